// A note goes to the agency that is chosen.
(() => {
  'use strict';
  document.addEventListener('change', e => {
    if (e.target.matches('[data-note-to]')) e.target.form.dataset.send = e.target.value;
  });
})();

// The keyboard of the call page: its sections, the command line, and Enter from field to field.
(() => {
  'use strict';
  const { setText, typing } = window.hotline;
  const { changed, complete, refer } = window.hotline.call;
  const { add } = window.hotline.persons;
  const form = document.getElementById('form');

  const parts = [...document.querySelectorAll('.sec')];
  function marks() {
    parts.forEach((part, i) => {
      const begun = [...part.querySelectorAll('input, select, textarea')].some(f =>
        f.id !== 'disposition' && (f.type === 'radio' || f.type === 'checkbox' ? f.checked : f.value !== '' && f.value !== 'vi'));
      const link = document.querySelector(`[data-part-link="${i + 1}"]`);
      const small = link.querySelector('small');
      setText(small, begun ? small.dataset.begun : small.dataset.empty);
      link.classList.toggle('begun', begun);
    });
  }
  function go(number) {
    const part = document.getElementById(`part-${number}`);
    part.scrollIntoView({ block: 'start' });
    (part.querySelector('input:checked') ?? part.querySelector('input, select, textarea'))?.focus({ preventScroll: true });
  }
  document.querySelectorAll('[data-part-link]').forEach(a => a.addEventListener('click', e => { e.preventDefault(); go(a.dataset.partLink); }));
  form.addEventListener('focusin', e => {
    const current = e.target.closest('.sec');
    for (const part of parts) part.classList.toggle('current', part === current);
    document.querySelectorAll('[data-part-link]').forEach(a => a.toggleAttribute('aria-current', current?.id === `part-${a.dataset.partLink}`));
  });

  // ---- command line --------------------------------------------------------------------------------------------------
  const command = document.getElementById('command');
  let cameFrom = null;
  function openCommand() { cameFrom = document.activeElement; command.focus(); }
  window.hotline.commands = {
    run(item) {
      const { do: what, value } = item.dataset;
      command.value = '';
      if (what === 'refer') refer(`?${value}`);
      if (what === 'complete') complete(value);
      if (what === 'part') go(value);
      if (what === 'child') add('victim').querySelector('[data-of=born]').focus();
      if (what === 'interpreter') {
        const box = document.getElementById('interpreter');
        box.checked = true;
        changed(box, 0);
        (cameFrom ?? box).focus();
      }
    },
    leave() { command.value = ''; (cameFrom ?? document.getElementById('caller-number')).focus(); },
  };

  const quick = document.getElementById('close-quickly');
  addEventListener('keydown', e => {
    if (quick.open) {
      const button = quick.querySelector(`[data-digit="${CSS.escape(e.key)}"]`);
      if (button) { e.preventDefault(); button.click(); }
      return;
    }
    if (e.altKey && /^Digit[1-7]$/.test(e.code)) { e.preventDefault(); go(e.code.slice(5)); }
    else if (e.key === '/' && !e.ctrlKey && e.target !== command && (!typing(e.target) || e.target.matches('[type=radio], [type=checkbox], select') || e.target.value === '')) { e.preventDefault(); openCommand(); }
    else if (e.key === 'F8' && document.getElementById('quick')) { e.preventDefault(); quick.showModal(); }
    else if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); refer(); }
    else if (e.key === 'Enter' && e.target.matches('#form input, #form select, #caller-number') && e.target.getAttribute('aria-expanded') !== 'true') {
      e.preventDefault();
      const all = [...document.querySelectorAll('#caller-number, #form input, #form select, #form textarea')].filter(f => f.offsetParent !== null && (f.type !== 'radio' || f.checked || !document.querySelector(`input[name="${CSS.escape(f.name)}"]:checked`)));
      const here = all.indexOf(e.target);
      let next = here + 1;
      while (next < all.length && all[next].type === 'radio' && all[next].name === e.target.name) next++;
      all[next]?.focus();
    }
  });
  document.addEventListener('call-changed', marks);
  marks();
})();

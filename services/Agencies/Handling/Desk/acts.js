// A form with data-api is an act on the service's own interface: its fields become JSON, its version If-Match. A refusal is
// said beside the button and nothing typed is lost.
(() => {
  'use strict';
  const { send, say } = window.hotline;

  function tell(form, text) {
    const place = form.querySelector('[data-problem]');
    if (!place) { alert(text); return; }
    place.textContent = text;
    place.hidden = false;
  }

  const words = code => code === 'version.stale' ? say('act-stale') : code === 'referral.wrong-state' ? say('act-state') : say('act-refused', code);

  async function act(form) {
    const value = {};
    for (const [name, text] of new FormData(form)) if (text !== '') value[name] = text;
    const version = form.dataset.version;
    try {
      const answer = await send('POST', form.dataset.api, value, version ? { 'If-Match': `"${version}"` } : {});
      if (answer.ok) { location.assign(form.dataset.then ?? location.href); return; }
      tell(form, words((await answer.json().catch(() => ({}))).code ?? answer.status));
    } catch {
      tell(form, say('act-offline'));
    }
    delete form.dataset.acting;
    delete form.dataset.sent;
  }

  document.addEventListener('submit', e => {
    const form = e.target;
    if (form.dataset.api === undefined) return;
    e.preventDefault();
    if (form.dataset.acting !== undefined) return;
    form.dataset.acting = '';
    act(form);
  });
})();

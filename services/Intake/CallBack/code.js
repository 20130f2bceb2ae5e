// The call-back code: given on the call page, said once; checked where a reporter rings again. In bodies only, never in an address.
(() => {
  'use strict';
  const { send } = window.hotline;

  document.addEventListener('click', async e => {
    const give = e.target.closest('[data-give-code]');
    if (!give) return;
    give.disabled = true;
    const answer = await send('POST', `/api/v1/calls/${give.dataset.giveCode}/call-back-code`, {}).catch(() => null);
    give.disabled = false;
    const shown = document.getElementById('given-code');
    shown.hidden = false;
    shown.textContent = answer?.ok ? (await answer.json()).code : give.dataset.failed;
    if (answer?.ok) give.textContent = give.dataset.again;
  });

  const form = document.getElementById('check-code');
  form?.addEventListener('submit', async e => {
    e.preventDefault();
    delete form.dataset.sent;
    const outcome = document.getElementById('code-outcome');
    const typed = form.elements.code.value;
    const answer = await send('POST', '/api/v1/call-back-codes/check', { code: typed }).catch(() => null);
    const says = word => document.getElementById(`code-words`).content.querySelector(`[data-word="${CSS.escape(word)}"]`)?.textContent ?? word;
    if (!answer?.ok) {
      const code = answer ? (await answer.json().catch(() => ({}))).code : null;
      outcome.textContent = says(code === 'call-back-code.unknown' ? 'unknown' : code === 'call-back-code.too-many' ? 'too-many' : answer && answer.status < 500 ? 'malformed' : 'away');
      return;
    }
    const told = await answer.json();
    const verdict = document.createElement('b');
    verdict.textContent = told.mayTell ? `${says('may')} ${says(`state.${told.state}`)}` : says('may-not');
    outcome.replaceChildren(verdict, ` ${says(`because.${told.because}`)} `);
    const link = (href, text) => { const a = document.createElement('a'); a.href = href; a.textContent = text; return a; };
    outcome.append(link(`/calls/${told.callId}`, told.reference), ...told.cases.flatMap(c => [' ', link(`/cases/${c.id}`, c.code)]));
    form.reset();
  });
})();

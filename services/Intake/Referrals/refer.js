// The refer page: chooses, shows what each agency will see, sends one referral per agency and file, once.
(() => {
  'use strict';
  const { send } = window.hotline;
  const form = document.getElementById('refer'), button = document.getElementById('send');
  const says = JSON.parse(form.dataset.says), problem = document.getElementById('problem'), leaks = document.getElementById('leaks');
  const agencies = [...form.querySelectorAll('[data-agency]')];
  const keys = new Map(), done = new Set();
  let cases = JSON.parse(form.dataset.cases), sending = false;

  const urgency = () => form.querySelector('[name=urgency]:checked').value;
  // Where there are several files, each agency is given some of them; file by file in the order of the cases.
  const gets = (agency, file) => agency.querySelector('[data-choose]').checked && (agency.querySelectorAll('[data-file]')[file]?.checked ?? true);
  const files = Math.max(1, agencies[0]?.querySelectorAll('[data-file]').length ?? 0);
  const filesFor = agency => [...Array(files).keys()].filter(file => gets(agency, file));
  const chosen = () => agencies.filter(a => filesFor(a).length > 0);
  const withheld = agency => [...agency.querySelectorAll('[data-withhold]:checked')].map(w => w.dataset.withhold);

  // One key for one wish: a lost answer and a second press do not send twice.
  function keyOf(wish) {
    if (!keys.has(wish)) {
      const b = crypto.getRandomValues(new Uint8Array(16));
      b[6] = (b[6] & 15) | 64; b[8] = (b[8] & 63) | 128;
      const h = [...b].map(x => x.toString(16).padStart(2, '0')).join('');
      keys.set(wish, `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`);
    }
    return keys.get(wish);
  }

  function show() {
    document.getElementById('check-urgency').textContent = urgency();
    const given = agency => files === 1 ? '' : ` (${filesFor(agency).map(file => file + 1).join(', ')})`;
    document.getElementById('check-agencies').textContent = chosen().map(a => a.dataset.name + given(a)).join(', ') || says.none;
    const kept = chosen().filter(a => withheld(a).length > 0).map(a => `${a.dataset.name}: ${[...a.querySelectorAll('[data-withhold]:checked')].map(w => w.parentElement.textContent.trim()).join(', ')}`);
    document.getElementById('check-withheld').textContent = kept.join('; ') || says.nothing;
    for (const agency of agencies) {
      const on = agency.querySelector('[data-choose]').checked, groups = withheld(agency);
      agency.classList.toggle('off', !on);
      for (const cell of document.querySelectorAll(`[data-column="${CSS.escape(agency.dataset.agency)}"]`)) {
        cell.hidden = !gets(agency, Number(cell.closest('[data-file-of]').dataset.fileOf));
        // What was withheld from an agency that holds the case stays withheld.
        if (!cell.querySelector('[data-seen]') || 'held' in cell.dataset) continue;
        const hide = cell.dataset.groups.split(' ').some(group => groups.includes(group));
        cell.querySelector('[data-seen]').hidden = hide;
        cell.querySelector('[data-kept]').hidden = !hide;
      }
    }
  }

  async function openCases() {
    if (cases.length > 0) return;
    const victims = JSON.parse(form.dataset.victims);
    const wishes = victims.length > 1 ? victims.map(personId => ({ callId: form.dataset.call, personId })) : [{ callId: form.dataset.call, ...(victims[0] ? { personId: victims[0] } : {}) }];
    const made = [];
    for (const wish of wishes) {
      const answer = await send('POST', '/api/v1/cases', wish, { 'Idempotency-Key': keyOf(JSON.stringify(wish)) });
      if (!answer.ok) throw answer;
      made.push((await answer.json()).id);
    }
    cases = made;
  }

  async function refer(agency, file, caseId, confirm) {
    const wish = {
      agency: agency.dataset.agency, urgency: urgency(), purpose: agency.querySelector('[data-purpose]').value,
      ground: agency.querySelectorAll('[data-ground]')[file].value || null, withhold: withheld(agency), ...(confirm ? { confirm: true } : {}),
    };
    const answer = await send('POST', `/api/v1/cases/${caseId}/referrals`, wish, { 'Idempotency-Key': keyOf(caseId + JSON.stringify(wish)) });
    if (answer.ok) return { word: says.sent };
    const why = await answer.json().catch(() => ({}));
    if (why.code === 'referral.already-open') {
      const update = { urgency: wish.urgency, ...(wish.withhold.length ? { withhold: wish.withhold } : {}), ...(confirm ? { confirm: true } : {}) };
      const updated = await send('POST', `/api/v1/referrals/${why.id}/updates`, update, { 'Idempotency-Key': keyOf(why.id + JSON.stringify(update)) });
      return updated.ok ? { word: says.updated } : { refused: await updated.json().catch(() => ({})) };
    }
    return { refused: why };
  }

  function refused(why) {
    if (why.missing) return `${says['referral.incomplete']} ${why.missing.map(m => says[m] ?? m).join(', ')}`;
    return says[why.code] ?? `${says.other} (${why.code ?? ''})`;
  }

  async function all(confirm) {
    if (sending) return;
    const to = chosen();
    problem.hidden = leaks.hidden = true;
    if (to.length === 0) { problem.textContent = says.none; problem.hidden = false; return; }
    sending = true; button.disabled = true;
    let failed = false;
    const places = [];
    try {
      await openCases();
      for (const agency of to)
        for (const file of filesFor(agency)) {
          const mark = cases[file] + agency.dataset.agency;
          if (done.has(mark)) continue;
          const { word, refused: why } = await refer(agency, file, cases[file], confirm);
          const line = agency.querySelector('.outcome');
          line.textContent = word ?? refused(why);
          line.hidden = false;
          agency.classList.toggle('late', !word);
          if (word) done.add(mark);
          else { failed = true; if (why.places) places.push(...why.places); }
        }
    } catch (why) {
      // Thrown is the answer that opened no case, or nothing: then there was none.
      failed = true;
      problem.textContent = !(why instanceof Response) ? says.away : says[why.status] ?? says['not-opened'];
      problem.hidden = false;
    }
    sending = false; button.disabled = false;
    if (places.length > 0) {
      leaks.querySelector('ul').replaceChildren(...[...new Set(places.map(p => p.path))].map(p => Object.assign(document.createElement('li'), { textContent: p })));
      leaks.hidden = false;
      leaks.scrollIntoView({ block: 'nearest' });
    } else if (failed && problem.hidden) { problem.textContent = says.other; problem.hidden = false; }
    if (!failed) location.assign(`/cases/${cases[0]}`);
  }

  form.addEventListener('change', show);
  form.addEventListener('submit', e => e.preventDefault());
  button.addEventListener('click', () => all(false));
  document.getElementById('confirm').addEventListener('click', () => all(true));
  addEventListener('keydown', e => {
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); all(false); }
    if (e.key === 'Escape') location.assign(`/calls/${form.dataset.call}`);
  });
  if ('open' in form.dataset) {
    const open = () => send('POST', '/session/call-open').catch(() => {});
    open();
    setInterval(open, 60000);
  }
  show();
  button.focus({ preventScroll: true }); // Where the check is below, the page begins at its beginning all the same.
})();

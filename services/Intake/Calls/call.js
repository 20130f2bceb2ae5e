// The call page. What is typed goes field by field to the sealed draft on the server; during a cut it stays on the page,
// which says so, and goes when the network is back. Nothing is put into the browser's storage.
(() => {
  'use strict';
  const { send, now, timeOf, setText } = window.hotline;
  const { list: persons, read: readPerson, add: addPerson, fill: fillPerson } = window.hotline.persons;
  const bar = document.getElementById('call'), form = document.getElementById('form');
  const save = document.getElementById('save'), told = document.getElementById('told');
  const address = `/api/v1/calls/${bar.dataset.call}`;
  let version = Number(bar.dataset.version);

  // ---- what is to be saved -------------------------------------------------------------------------------------------
  const dirty = new Map();          // JSON pointer -> value
  const dirtyPersons = new Set();   // ids; 'removed' ones too
  const removed = new Set();        // ids of persons that were taken off the page
  let personsChanged = false, busy = false, unsavedSince = null, timer = null, failures = 0;

  const fields = pointer => document.querySelectorAll(`[data-field="${CSS.escape(pointer)}"]`);

  function valueOf(field) {
    switch (field.dataset.kind) {
      case 'list': return [...fields(field.dataset.field)].filter(f => f.checked).map(f => f.value);
      case 'flag': return field.checked;
      case 'bool': return field.value === '' ? null : field.value === 'true';
      case 'code': return field.dataset.code || null;
      default: return field.value === '' ? null : field.value;
    }
  }

  function changed(field, delay) {
    if (field.dataset.of) {
      const person = field.closest('[data-person]');
      dirtyPersons.add(person.dataset.person);
      personsChanged = true;
    } else if (field.dataset.field) {
      field.removeAttribute('aria-invalid');
      dirty.set(field.dataset.field, valueOf(field));
    } else return;
    unsavedSince ??= now();
    later(delay);
    announce();
  }

  // The sections say which are begun (call-keys.js).
  function announce() { document.dispatchEvent(new Event('call-changed')); }

  function later(delay) { clearTimeout(timer); timer = setTimeout(flush, delay); }

  function put(target, pointer, value) {
    const path = pointer.slice(1).split('/');
    for (const name of path.slice(0, -1)) target = target[name] ??= {};
    target[path.at(-1)] = value;
  }

  // ---- saving --------------------------------------------------------------------------------------------------------
  async function flush() {
    if (busy || (dirty.size === 0 && !personsChanged)) return;
    busy = true;
    const sent = new Map(dirty), sentPersons = new Set(dirtyPersons), withPersons = personsChanged;
    const patch = {};
    for (const [pointer, value] of sent) put(patch, pointer, value);
    const boxes = [...persons.querySelectorAll('[data-person]')];
    if (withPersons) patch.persons = boxes.map(readPerson);
    personsChanged = false;
    dirtyPersons.clear();
    for (const [pointer, value] of sent) if (dirty.get(pointer) === value) dirty.delete(pointer);
    const back = () => {
      for (const [pointer, value] of sent) if (!dirty.has(pointer)) dirty.set(pointer, value);
      for (const id of sentPersons) dirtyPersons.add(id);
      personsChanged ||= withPersons;
    };
    let wait = 0;
    try {
      const answer = await send('PATCH', address, patch, { 'If-Match': `"${version}"` });
      if (answer.ok) {
        const amended = await answer.json();
        version = amended.version;
        if (withPersons) boxes.forEach((box, i) => { box.dataset.id = amended.persons[i]; });
        failures = 0;
        if (dirty.size === 0 && !personsChanged) { unsavedSince = null; saved(); } else wait = 1;
        after(sent);
      } else if (answer.status === 412) {
        back();
        await merge();
        wait = 50;
      } else if (answer.status === 401) {
        back();
        askToSignIn();
        wait = 3000;
      } else if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) {
        refuse(sent, sentPersons, withPersons, await answer.json().catch(() => ({})));
        wait = dirty.size > 0 || personsChanged ? 50 : 0;
      } else { back(); wait = 3000; }
    } catch {
      back();
      failures++;
      wait = Math.min(5000, 500 * failures);
    }
    busy = false;
    show();
    if (wait) later(wait);
  }

  // One field is not acceptable: the others are sent again without it; it stays on the page, marked.
  function refuse(sent, sentPersons, withPersons, problem) {
    const at = problem.at ?? '';
    let found = false;
    for (const [pointer, value] of sent) {
      if (at === pointer || at.startsWith(pointer + '/')) {
        found = true;
        for (const field of fields(pointer)) field.setAttribute('aria-invalid', 'true');
      } else if (!dirty.has(pointer)) dirty.set(pointer, value);
    }
    if (withPersons && !at.startsWith('/persons')) { personsChanged = true; for (const id of sentPersons) dirtyPersons.add(id); }
    else if (withPersons) found = true;
    if (!found) { dirty.clear(); personsChanged = false; }
    tell(bar.dataset.refused);
  }

  // The answer to our own sending was lost: the person that we have without an id is there already.
  function ownOf(person) {
    const box = [...persons.querySelectorAll('[data-person]:not([data-id])')].find(b => {
      const own = readPerson(b);
      return own.role === person.role && (own.fullName ?? null) === (person.fullName ?? null) && (own.phone ?? null) === (person.phone ?? null);
    });
    if (box) box.dataset.id = person.id;
    return box;
  }

  // Somebody was quicker. Their fields come onto the page, but for those that are being typed here; then ours are sent again.
  async function merge() {
    const answer = await fetch(address, { credentials: 'same-origin', redirect: 'error' });
    if (!answer.ok) throw new Error('away');
    const call = await answer.json();
    version = call.version;
    for (const field of document.querySelectorAll('[data-field]')) {
      if (dirty.has(field.dataset.field) || field === document.activeElement) continue;
      const value = field.dataset.field.slice(1).split('/').reduce((o, name) => o?.[name], call);
      if (field.dataset.kind === 'list') field.checked = (value ?? []).includes(field.value);
      else if (field.dataset.kind === 'flag') field.checked = value === true;
      else if (field.type === 'radio') field.checked = value !== undefined && value !== null && String(value) === field.value;
      else if (field.dataset.kind === 'code') { field.dataset.code = value ?? ''; field.dispatchEvent(new Event('code-changed')); }
      else field.value = value ?? '';
    }
    const theirs = call.persons ?? [];
    for (const box of persons.querySelectorAll('[data-person]'))
      if (box.dataset.id && !dirtyPersons.has(box.dataset.person) && !theirs.some(p => p.id === box.dataset.id)) box.remove();
    for (const person of theirs) {
      const box = persons.querySelector(`[data-id="${CSS.escape(person.id)}"]`) ?? ownOf(person);
      if (box) { if (!dirtyPersons.has(person.id)) fillPerson(box, person); }
      else if (!removed.has(person.id)) addPerson(person.role, person);
    }
    tell(bar.dataset.merged);
    announce();
  }

  // ---- what the page says --------------------------------------------------------------------------------------------
  const words = save.querySelector('span');
  function saved() {
    setText(words, `${bar.dataset.saved} ${timeOf(now())}`);
    save.classList.remove('amber');
    if (told.dataset.kind === 'session') told.hidden = true;
  }
  function show() {
    if (unsavedSince === null || (failures === 0 && told.dataset.kind !== 'session')) return;
    setText(words, `${bar.dataset.unsaved} ${timeOf(unsavedSince)}`);
    save.classList.add('amber');
  }
  function tell(text, link) {
    const line = told.querySelector('span');
    line.replaceChildren(text);
    told.dataset.kind = link ? 'session' : 'word';
    if (link) {
      const a = document.createElement('a');
      a.href = link; a.target = '_blank'; a.rel = 'noopener'; a.textContent = ' → ' + link;
      line.append(a);
    }
    told.hidden = false;
  }
  const askToSignIn = () => tell(bar.dataset.signIn, '/sign-in');
  const isSaved = () => dirty.size === 0 && !personsChanged && !busy;
  addEventListener('beforeunload', e => { if (!isSaved()) e.preventDefault(); });
  // The page stays for what is not saved: that is sent again until somebody has signed in.
  document.addEventListener('signed-out', e => { if (!isSaved()) { e.preventDefault(); askToSignIn(); show(); } });
  addEventListener('online', () => later(0));
  addEventListener('pagehide', () => { if (dirty.size > 0 || personsChanged) flush(); });

  // The second tab is told, and so is the first.
  const tabs = new BroadcastChannel(`call-${bar.dataset.call}`);
  tabs.onmessage = e => { tell(bar.dataset.elsewhere); if (e.data === 'here?') tabs.postMessage('here'); };
  tabs.postMessage('here?');

  form.addEventListener('input', e => changed(e.target, e.target.matches('[type=radio], [type=checkbox], select') ? 0 : 400));
  form.addEventListener('change', e => changed(e.target, 0));
  form.addEventListener('submit', e => { e.preventDefault(); delete form.dataset.sent; });
  bar.addEventListener('input', e => changed(e.target, 400));
  bar.addEventListener('change', e => changed(e.target, 0));

  // ---- panes beside --------------------------------------------------------------------------------------------------
  async function pane(id) {
    const part = document.getElementById(id);
    try {
      const answer = await fetch(part.dataset.address, { credentials: 'same-origin', redirect: 'error' });
      if (!answer.ok) return;
      const html = new DOMParser().parseFromString(await answer.text(), 'text/html');
      part.replaceChildren(...html.body.childNodes);
    } catch { /* shown again with the next save */ }
  }
  let adviceTimer = null;
  function after(sent) {
    if (sent.has('/callerNumber')) pane('earlier');
    clearTimeout(adviceTimer);
    adviceTimer = setTimeout(() => pane('advice'), 600);
  }
  pane('earlier');
  pane('advice');

  document.addEventListener('click', async e => {
    const button = e.target.closest('[data-attach], [data-add-person], [data-remove-person], [data-complete]');
    if (!button) return;
    if (button.dataset.attach) {
      button.disabled = true;
      const answer = await send('POST', `/api/v1/cases/${button.dataset.attach}/calls`, { callId: bar.dataset.call }).catch(() => null);
      if (answer?.ok) { pane('earlier'); pane('advice'); } else { button.disabled = false; refusedBy(answer); }
    }
    if (button.dataset.addPerson) addPerson(button.dataset.addPerson).querySelector('[data-of=fullName]').focus();
    if ('removePerson' in button.dataset) {
      const box = button.closest('[data-person]');
      if (box.dataset.id) removed.add(box.dataset.id);
      box.remove();
      personsChanged = true; unsavedSince ??= now(); later(0); announce();
    }
    if (button.dataset.complete) complete(button.dataset.complete);
  });

  // What was asked for was not done, and why. Null: nothing came back.
  function refusedBy(answer) {
    document.getElementById('close-quickly')?.close();
    if (!answer) tell(bar.dataset.away);
    else if (answer.status === 401) askToSignIn();
    else tell(bar.dataset.notDone);
  }

  // ---- ending --------------------------------------------------------------------------------------------------------
  async function complete(disposition) {
    clearTimeout(timer);
    while (busy) await new Promise(r => setTimeout(r, 50));
    await flush();
    // Nothing is ended before all that was typed is kept.
    if (dirty.size > 0 || personsChanged) {
      show();
      if (failures > 0) refusedBy(null); else document.getElementById('close-quickly')?.close();
      return;
    }
    const answer = await send('POST', `${address}/complete`, { disposition }).catch(() => null);
    if (!answer?.ok) { refusedBy(answer); return; }
    await send('POST', '/session/call-over').catch(() => {});
    location.assign('/desk');
  }
  document.getElementById('complete')?.addEventListener('click', () => complete(document.getElementById('disposition').value));

  async function refer(query = '') {
    clearTimeout(timer);
    while (busy) await new Promise(r => setTimeout(r, 50));
    await flush();
    location.assign(`/calls/${bar.dataset.call}/refer${query}`);
  }
  document.getElementById('refer').addEventListener('click', e => { e.preventDefault(); refer(); });

  // An open call keeps the session awake, also through a cut of the network.
  if ('open' in bar.dataset) {
    const open = () => send('POST', '/session/call-open').catch(() => {});
    open();
    setInterval(open, 60000);
  }

  window.hotline.call = { changed, complete, refer };
})();

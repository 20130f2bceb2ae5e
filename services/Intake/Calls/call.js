// The call page. What is typed goes field by field to the sealed draft on the server; during a cut it stays on the page,
// which says so, and goes when the network is back. Nothing is put into the browser's storage.
(() => {
  'use strict';
  const { send, now, timeOf, setText, typing } = window.hotline;
  const bar = document.getElementById('call'), form = document.getElementById('form');
  const save = document.getElementById('save'), told = document.getElementById('told');
  const persons = document.getElementById('persons');
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
    marks();
  }

  function later(delay) { clearTimeout(timer); timer = setTimeout(flush, delay); }

  function put(target, pointer, value) {
    const path = pointer.slice(1).split('/');
    for (const name of path.slice(0, -1)) target = target[name] ??= {};
    target[path.at(-1)] = value;
  }

  // ---- persons -------------------------------------------------------------------------------------------------------
  function born(text) {
    const t = text.trim();
    let m;
    if (t === '') return {};
    if ((m = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/.exec(t))) {
      const [d, mo, y] = [Number(m[1]), Number(m[2]), Number(m[3])];
      const date = new Date(Date.UTC(y, mo - 1, d));
      if (date.getUTCMonth() === mo - 1 && date.getUTCDate() === d) return { birthDate: date.toISOString().slice(0, 10), birthYear: y };
    }
    if (/^(19|20)\d\d$/.test(t)) return { birthYear: Number(t) };
    if (/^\d{1,2}$/.test(t)) return { ageApprox: Number(t) };
    return null;
  }

  function readPerson(box) {
    // The server names persons; one that it has not seen has no id yet.
    const person = box.dataset.id ? { id: box.dataset.id } : {};
    for (const field of box.querySelectorAll('[data-of]')) {
      if (field.dataset.of !== 'born') { person[field.dataset.of] = field.value || null; continue; }
      const date = born(field.value);
      field.toggleAttribute('aria-invalid', date === null);
      if (date === null) field.setAttribute('aria-invalid', 'true');
      box.querySelector('[id^=born-wrong]').hidden = date !== null;
      Object.assign(person, date ?? {});
    }
    return person;
  }

  let made = 0;
  function addPerson(role, person = {}) {
    const id = person.id ?? `new-${++made}`;
    const box = document.getElementById('new-person').content.cloneNode(true).querySelector('[data-person]');
    box.dataset.person = id;
    if (person.id) box.dataset.id = person.id; else delete box.dataset.id;
    for (const e of box.querySelectorAll('[id], [for], [aria-describedby]'))
      for (const name of ['id', 'for', 'aria-describedby'])
        if (e.hasAttribute(name)) e.setAttribute(name, e.getAttribute(name).replace(/-new$/, `-${id}`));
    fillPerson(box, { role, ...person });
    persons.append(box);
    return box;
  }

  function fillPerson(box, person) {
    for (const field of box.querySelectorAll('[data-of]')) {
      if (field === document.activeElement) continue;
      const name = field.dataset.of;
      field.value = name !== 'born' ? person[name] ?? ''
        : person.birthDate ? person.birthDate.split('-').reverse().join('/') : person.birthYear ?? person.ageApprox ?? '';
    }
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
        tell(bar.dataset.signIn, '/sign-in');
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
    marks();
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
  addEventListener('beforeunload', e => { if (dirty.size > 0 || personsChanged || busy) e.preventDefault(); });
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
      const answer = await send('POST', `/api/v1/cases/${button.dataset.attach}/calls`, { callId: bar.dataset.call });
      if (answer.ok) { pane('earlier'); pane('advice'); } else button.disabled = false;
    }
    if (button.dataset.addPerson) addPerson(button.dataset.addPerson).querySelector('[data-of=fullName]').focus();
    if ('removePerson' in button.dataset) {
      const box = button.closest('[data-person]');
      if (box.dataset.id) removed.add(box.dataset.id);
      box.remove();
      personsChanged = true; unsavedSince ??= now(); later(0); marks();
    }
    if (button.dataset.complete) complete(button.dataset.complete);
  });

  // ---- ending --------------------------------------------------------------------------------------------------------
  async function complete(disposition) {
    clearTimeout(timer);
    while (busy) await new Promise(r => setTimeout(r, 50));
    await flush();
    if (dirty.size > 0 || personsChanged) { show(); return; }
    const answer = await send('POST', `${address}/complete`, { disposition }).catch(() => null);
    if (!answer?.ok) { tell(bar.dataset.refused); return; }
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

  // ---- sections ------------------------------------------------------------------------------------------------------
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
      if (what === 'child') addPerson('victim').querySelector('[data-of=born]').focus();
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
  marks();
})();

// What every page needs: the server's time, running clocks, live parts, the idle lock, keys. No framework, nothing stored
// in the browser. Other scripts find this one's functions in window.hotline.
(() => {
  'use strict';
  const body = document.body;
  const words = JSON.parse(body.dataset.words);
  const say = (name, ...values) => words[name].replace(/\{(\d)\}/g, (_, i) => values[i]);

  // Server time rules: the browser's wall clock may be wrong by a day, its monotonic one is not.
  let ahead = Number(body.dataset.now) - performance.now();
  const now = () => performance.now() + ahead;

  const vietNam = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Ho_Chi_Minh', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
  const dayOf = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Ho_Chi_Minh', day: '2-digit', month: '2-digit' });
  const timeOf = at => vietNam.format(at);

  const antiforgery = document.querySelector('meta[name=antiforgery]');

  // A request that changes something. After a new sign-in in another tab the page's token is old: ask for the new one, once.
  async function send(method, path, value, headers = {}) {
    const ask = () => fetch(path, {
      method, credentials: 'same-origin', redirect: 'error',
      headers: { ...(value === undefined ? {} : { 'Content-Type': 'application/json' }), 'X-Antiforgery': antiforgery?.content ?? '', ...headers },
      body: value === undefined ? undefined : JSON.stringify(value),
    });
    let answer = await ask();
    if (answer.status === 403 && (await answer.clone().json().catch(() => ({}))).code === 'auth.antiforgery') {
      const fresh = await fetch('/session/antiforgery', { credentials: 'same-origin' });
      if (fresh.ok) {
        antiforgery.content = await fresh.text();
        answer = await ask();
      }
    }
    return answer;
  }

  // Clocks: mm:ss under an hour, hours and minutes under a day, then the date.
  function span(ms, at) {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    const two = n => String(n).padStart(2, '0');
    if (seconds < 3600) return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
    if (seconds < 86400) return say('hours', Math.floor(seconds / 3600), two(Math.floor(seconds / 60) % 60));
    return `${dayOf.format(at)} ${timeOf(at).slice(0, 5)}`;
  }

  function setText(element, text) { if (element.textContent !== text) element.textContent = text; }

  function tick() {
    const t = now();
    for (const clock of document.querySelectorAll('[data-clock]')) {
      const at = Number(clock.dataset.at), [figure, what] = clock.children;
      const over = clock.dataset.clock === 'until' && t >= at;
      if (clock.dataset.clock === 'since') setText(figure, say('waited', span(t - at, at)));
      else if (over) setText(figure, span(t - at, at));
      else setText(figure, at - t >= 86400000 ? say('due', span(at - t, at)) : say('left', span(at - t, at)));
      setText(what, over ? clock.dataset.overdue : clock.dataset.for);
      clock.classList.toggle('danger', over && 'danger' in clock.dataset);
      clock.classList.toggle('late', (over && !('danger' in clock.dataset)) || (!over && clock.dataset.amber !== undefined && t >= Number(clock.dataset.amber)));
    }
    for (const face of document.querySelectorAll('[data-time-of-day]')) setText(face, timeOf(t));
    for (const timer of document.querySelectorAll('[data-timer]')) setText(timer, span(t - Number(timer.dataset.timer), t));
  }
  setInterval(tick, 1000);

  // Live parts: an element with data-part="/address" is fetched again when a referral it may show has changed.
  const offline = document.querySelector('[data-offline]');
  const setOffline = gone => { if (offline) offline.hidden = !gone; };
  const pending = new Map();

  async function refresh(part) {
    if (pending.get(part)) { pending.set(part, 'again'); return; }
    pending.set(part, 'once');
    try {
      const answer = await fetch(part.dataset.part, { credentials: 'same-origin', redirect: 'error' });
      if (answer.status === 401) signedOut();
      if (answer.ok) put(part, await answer.text());
      setOffline(false);
    } catch { setOffline(true); }
    const again = pending.get(part) === 'again';
    pending.delete(part);
    if (again) refresh(part);
  }

  // Loaded again, the page asks to sign in. Not while something on it is not saved yet: whoever keeps it prevents that. And who
  // is signing out right now is on the way to the sign-in page already, and not back to this one by it.
  function signedOut() {
    if (document.querySelector('form[action="/sign-out"][data-sent]')) return;
    if (document.dispatchEvent(new Event('signed-out', { cancelable: true }))) location.reload();
  }

  // Keeps what somebody is typing into, and the focus.
  function put(part, html) {
    if (part.querySelector('input:focus, textarea:focus, select:focus, dialog[open], form[data-busy]')) { part.dataset.stale = ''; return; }
    // What somebody typed or chose and left for a moment is theirs: it is put back into the new part, field by field. A choice
    // that is no longer there is left empty, never another one's.
    const changed = f => f.options ? [...f.options].some(o => o.selected !== o.defaultSelected) : f.type !== 'hidden' && f.value !== f.defaultValue;
    const typed = [...part.querySelectorAll('input[id], textarea[id], select[id]')].filter(changed).map(f => [f.id, f.value]);
    const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute('data-key') : null;
    const parsed = new DOMParser().parseFromString(html, 'text/html');
    // A part may come with its own frame: where it is asked for next, and by whose changes.
    const frame = parsed.body.firstElementChild?.matches('[data-part]') ? parsed.body.firstElementChild : null;
    if (frame) Object.assign(part.dataset, frame.dataset);
    part.replaceChildren(...(frame ?? parsed.body).childNodes);
    for (const [id, value] of typed) if (part.querySelector(`#${CSS.escape(id)}`)) part.querySelector(`#${CSS.escape(id)}`).value = value;
    delete part.dataset.stale;
    tick();
    if (focused) part.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
    part.dispatchEvent(new CustomEvent('part-changed', { bubbles: true }));
  }
  document.addEventListener('focusout', e => {
    const part = e.target.closest?.('[data-stale]');
    if (part) setTimeout(() => { if (!part.contains(document.activeElement)) refresh(part); }, 0);
  });

  // What rings: alarms in the bell of the page, and pages to this person. Once each, and only where somebody has touched the
  // page before: browsers keep it silent until then. The title says it to who looks at another tab.
  const title = document.title, pagesShown = document.querySelector('[data-paged]');
  let rung = null;
  function ring() {
    try {
      const sound = new AudioContext(), tone = sound.createOscillator(), volume = sound.createGain();
      for (const at of [0, 0.3, 0.6]) {
        volume.gain.setValueAtTime(0.2, sound.currentTime + at);
        volume.gain.setValueAtTime(0, sound.currentTime + at + 0.15);
      }
      tone.frequency.value = 880;
      tone.connect(volume).connect(sound.destination);
      tone.start();
      tone.stop(sound.currentTime + 1);
      tone.onended = () => sound.close();
    } catch { /* A machine without sound still shows it. */ }
  }
  document.addEventListener('part-changed', e => {
    if (!e.target.matches('[data-bell]')) return;
    const rings = e.target.querySelector('[data-rings]')?.dataset.rings.split(' ') ?? [];
    document.title = rings.length > 0 ? `(${rings.length}) ${title}` : title;
    if (rung && rings.some(id => !rung.has(id))) ring();
    rung = new Set(rings);
  });
  function page(e) {
    const { subject, reference, urgency } = JSON.parse(e.data);
    const line = document.createElement('p'), link = document.createElement('a');
    line.className = `bell${urgency === 'P0' ? ' danger' : ''}`;
    line.dataset.of = subject;
    link.href = pagesShown.dataset.paged.replace('{0}', subject);
    link.textContent = say('paged', reference, urgency);
    line.append(link);
    pagesShown.querySelector(`[data-of="${CSS.escape(subject)}"]`)?.remove();
    pagesShown.append(line);
    ring();
  }

  let source = null, pages = null, lost = null;
  function listen() {
    if (source || document.hidden || !('live' in body.dataset)) return;
    source = new EventSource('/live');
    if (pagesShown) {
      pages = new EventSource('/api/v1/events');
      pages.addEventListener('page', page);
    }
    source.addEventListener('now', e => { ahead = Number(e.data) - performance.now(); clearTimeout(lost); setOffline(false); });
    source.addEventListener('changed', e => {
      const ids = e.data.split(' ');
      for (const part of document.querySelectorAll('[data-part]'))
        if (!part.dataset.only || part.dataset.only.split(' ').some(id => ids.includes(id))) refresh(part);
    });
    source.onopen = () => { clearTimeout(lost); setOffline(false); for (const part of document.querySelectorAll('[data-part]')) refresh(part); };
    source.onerror = () => {
      clearTimeout(lost);
      lost = setTimeout(() => setOffline(true), 3000);
      if (source.readyState === EventSource.CLOSED) { quiet(); setTimeout(listen, 2000); }
    };
  }
  function quiet() {
    source?.close();
    pages?.close();
    source = pages = null;
  }
  // A hidden tab holds no connection: browsers allow six to one address.
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) quiet(); else listen();
  });
  addEventListener('pagehide', quiet);

  // Idle lock. The server decides; the page only leaves when it is time, and says that somebody is there.
  if (body.dataset.idle) {
    const limit = Number(body.dataset.idle) * 1000;
    let touched = now(), told = now();
    const touch = () => {
      touched = now();
      if (touched - told > 60000) { told = touched; send('POST', '/session/awake').catch(() => {}); }
    };
    for (const kind of ['keydown', 'pointerdown', 'wheel']) addEventListener(kind, touch, { passive: true });
    setInterval(() => { if (now() - touched > limit) location.replace(`/unlock?to=${encodeURIComponent(body.dataset.place)}`); }, 5000);
  }

  // Keys: an element with data-key="n" is pressed by that key, when nobody is typing.
  const typing = e => e.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(e.tagName);
  addEventListener('keydown', e => {
    if (e.altKey || e.ctrlKey || e.metaKey || typing(e.target) || document.querySelector('dialog[open]')) return;
    const place = document.querySelector(`[data-press="${CSS.escape(e.key.toLowerCase())}"]`);
    if (place) { e.preventDefault(); place.matches('input, textarea, select') ? place.focus() : place.click(); }
  });

  document.addEventListener('click', e => {
    const button = e.target.closest('[data-print], [data-open], [data-close]');
    if (!button) return;
    if ('print' in button.dataset) print();
    if (button.dataset.open) document.getElementById(button.dataset.open)?.showModal();
    if ('close' in button.dataset) button.closest('dialog')?.close();
  });

  // form[data-send="/api/v1/..."]: its fields as JSON, to the address chosen in its select[data-to] where there is one; then
  // what is live is read again. Refusals are said in data-refused.
  document.addEventListener('submit', async e => {
    const form = e.target;
    if (form.dataset.send === undefined) return;
    e.preventDefault();
    const to = form.querySelector('select[data-to]')?.value ?? form.dataset.send;
    if (form.dataset.busy !== undefined) return;
    form.dataset.busy = '';
    const value = form.dataset.json ? JSON.parse(form.dataset.json) : Object.fromEntries([...new FormData(form)].filter(([name, text]) => name !== 'antiforgery' && text !== ''));
    const line = form.querySelector('[data-outcome]');
    const answer = await send('POST', to, value).catch(() => null);
    delete form.dataset.busy;
    delete form.dataset.sent;
    if (line) { line.hidden = Boolean(answer?.ok); line.textContent = answer?.ok ? '' : form.dataset.refused; }
    if (!answer?.ok) return;
    form.reset();
    if (form.dataset.then) { location.assign(form.dataset.then); return; }
    document.activeElement?.blur();
    for (const part of document.querySelectorAll('[data-part]')) refresh(part);
  });

  // A form is sent once, however often the button is pressed.
  document.addEventListener('submit', e => {
    if (e.target.dataset.sent !== undefined) { e.preventDefault(); return; }
    e.target.dataset.sent = '';
  });
  // What the back button brings up is asked for again: after signing out there is nothing to see.
  addEventListener('pageshow', e => {
    for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent;
    if (e.persisted) location.reload();
  });

  // An element with data-tab="name" is shown in each tab where the same name is open as well.
  for (const note of document.querySelectorAll('[data-tab]')) {
    const tabs = new BroadcastChannel(note.dataset.tab);
    tabs.onmessage = e => { note.hidden = false; if (e.data === 'here?') tabs.postMessage('here'); };
    tabs.postMessage('here?');
  }

  window.hotline = { now, timeOf, send, say, refresh, span, setText, typing };
  tick();
  listen();
})();

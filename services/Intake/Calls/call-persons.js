// The persons of a call as the page shows them: a box each, read into what the server takes and filled from what it says.
(() => {
  'use strict';
  const list = document.getElementById('persons');

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

  function read(box) {
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
  function add(role, person = {}) {
    const id = person.id ?? `new-${++made}`;
    const box = document.getElementById('new-person').content.cloneNode(true).querySelector('[data-person]');
    box.dataset.person = id;
    if (person.id) box.dataset.id = person.id; else delete box.dataset.id;
    for (const e of box.querySelectorAll('[id], [for], [aria-describedby]'))
      for (const name of ['id', 'for', 'aria-describedby'])
        if (e.hasAttribute(name)) e.setAttribute(name, e.getAttribute(name).replace(/-new$/, `-${id}`));
    fill(box, { role, ...person });
    list.append(box);
    return box;
  }

  function fill(box, person) {
    for (const field of box.querySelectorAll('[data-of]')) {
      if (field === document.activeElement) continue;
      const name = field.dataset.of;
      field.value = name !== 'born' ? person[name] ?? ''
        : person.birthDate ? person.birthDate.split('-').reverse().join('/') : person.birthYear ?? person.ageApprox ?? '';
    }
  }

  window.hotline.persons = { list, read, add, fill };
})();

// The case finder: what is asked goes in the body of a request, never into an address.
(() => {
  'use strict';
  const { send } = window.hotline;
  const form = document.getElementById('find'), outcome = document.getElementById('outcome'), results = document.getElementById('results');
  const when = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Ho_Chi_Minh', day: '2-digit', month: '2-digit', year: 'numeric', hour: '2-digit', minute: '2-digit' });
  const cell = (...children) => { const td = document.createElement('td'); td.append(...children); return td; };

  form.addEventListener('submit', async e => {
    e.preventDefault();
    delete form.dataset.sent;
    const asked = Object.fromEntries([...new FormData(form)].map(([k, v]) => [k, v.trim()]).filter(([, v]) => v !== ''));
    results.hidden = true;
    if (Object.keys(asked).length === 0) { outcome.textContent = form.dataset.empty; return; }
    if ('birthYear' in asked) {
      if (!/^(19|20)\d\d$/.test(asked.birthYear)) { outcome.textContent = form.dataset.wrong; return; }
      asked.birthYear = Number(asked.birthYear);
    }
    const answer = await send('POST', '/api/v1/cases/search', asked).catch(() => null);
    if (!answer?.ok) { outcome.textContent = answer && answer.status < 500 ? form.dataset.wrong : form.dataset.away; return; }
    const { items } = await answer.json();
    outcome.textContent = items.length === 0 ? form.dataset.none : items.length >= 50 ? form.dataset.more : '';
    results.hidden = items.length === 0;
    results.querySelector('tbody').replaceChildren(...items.map(item => {
      const row = document.createElement('tr'), link = document.createElement('a');
      link.href = `/cases/${item.id}`; link.textContent = item.code;
      row.append(cell(link), cell(when.format(new Date(item.createdAt)).replace(',', '')),
        cell(item.persons.map(p => [p.fullName ?? form.dataset.unnamed, ...p.birthYears].join(', ')).join('; ')));
      return row;
    }));
  });
})();

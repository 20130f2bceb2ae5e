// Type-ahead without marks: provinces, communes, commands. A list under the field, moved through with the arrows.
(() => {
  'use strict';
  const fold = text => text.normalize('NFD').replace(/[\u0300-\u036f]/g, '').replace(/[đĐ]/g, 'd').toLowerCase().replace(/\s+/g, ' ').trim();
  const bare = name => name.replace(/^(Tỉnh|Thành phố|Xã|Phường|Đặc khu) /, '');
  const most = 8;

  function combo(input, list, find, choose, leave) {
    let options = [], at = -1;
    const close = () => { list.hidden = true; at = -1; input.setAttribute('aria-expanded', 'false'); input.removeAttribute('aria-activedescendant'); };
    const mark = to => {
      list.children[at]?.setAttribute('aria-selected', 'false');
      at = (to + options.length) % options.length;
      const option = list.children[at];
      option.setAttribute('aria-selected', 'true');
      option.scrollIntoView({ block: 'nearest' });
      input.setAttribute('aria-activedescendant', option.id);
    };
    const open = async () => {
      options = fold(input.value) === '' ? [] : (await find(fold(input.value))).slice(0, most);
      if (options.length === 0 || document.activeElement !== input) { close(); return; }
      list.replaceChildren(...options.map((option, i) => {
        const item = document.createElement('li');
        item.role = 'option'; item.id = `${list.id}-${i}`;
        item.setAttribute('aria-selected', 'false');
        const name = document.createElement('b'), beside = document.createElement('span');
        name.textContent = option.name; beside.textContent = option.beside ?? '';
        item.append(name, ' ', beside);
        item.addEventListener('pointerdown', e => { e.preventDefault(); close(); choose(option); });
        return item;
      }));
      list.hidden = false;
      input.setAttribute('aria-expanded', 'true');
      mark(0);
    };
    input.addEventListener('input', open);
    input.addEventListener('blur', () => setTimeout(close, 100));
    input.addEventListener('keydown', e => {
      if (e.key === 'Escape') { if (!list.hidden) e.stopPropagation(); close(); leave?.(); }
      if (list.hidden) return;
      if (e.key === 'ArrowDown') { e.preventDefault(); mark(at + 1); }
      if (e.key === 'ArrowUp') { e.preventDefault(); mark(at - 1); }
      if (e.key === 'Enter' && !e.ctrlKey) { e.preventDefault(); e.stopPropagation(); const option = options[at]; close(); choose(option); }
    });
  }

  const read = new Map();
  const rows = address => {
    if (!read.has(address))
      read.set(address, fetch(address).then(a => a.text()).then(t => t.trim().split('\n').slice(1).map(l => l.trim().split(','))).catch(() => { read.delete(address); return []; }));
    return read.get(address);
  };
  // What begins with the words comes before what only has them.
  const best = (all, words) => all.filter(o => o.folded.includes(words)).sort((a, b) => a.folded.indexOf(words) - b.folded.indexOf(words) || a.folded.length - b.folded.length);

  const province = document.getElementById('province'), commune = document.getElementById('commune');
  if (province) {
    const provinces = async () => (await rows(province.dataset.places)).map(([code, vi, , , old]) => ({ code, name: vi, beside: old === bare(vi) ? '' : old.replaceAll(';', ', '), folded: `${fold(bare(vi))} ${fold(old)}` }));
    const change = field => field.dispatchEvent(new Event('change', { bubbles: true }));
    const setProvince = (code, name) => { province.dataset.code = code; province.value = name; change(province); };
    combo(province, document.getElementById('province-list'), async words => best(await provinces(), words), o => setProvince(o.code, o.name));
    // What is no province any more is no code.
    province.addEventListener('input', () => { province.dataset.code = ''; });
    province.addEventListener('code-changed', async () => {
      province.value = (await provinces()).find(p => p.code === province.dataset.code)?.name ?? '';
    });
    combo(commune, document.getElementById('commune-list'), async words => {
      const names = new Map((await provinces()).map(p => [p.code, p.name]));
      const within = province.dataset.code;
      return best((await rows(commune.dataset.places)).filter(r => !within || r[3] === within)
        .map(([, vi, , of]) => ({ name: vi, province: of, beside: names.get(of), folded: fold(bare(vi)) })), words);
    }, o => {
      commune.value = o.name;
      change(commune);
      if (!province.dataset.code) provinces().then(all => setProvince(o.province, all.find(p => p.code === o.province)?.name ?? ''));
    });
  }

  const command = document.getElementById('command');
  if (command) {
    const items = [...document.querySelectorAll('#command-list li')].map(item => ({ item, name: item.textContent, says: item.dataset.say.split('|').map(fold) }));
    combo(command, document.getElementById('commands'), async words => {
      const asked = words.replace(/^\//, '').split(' ');
      const fits = say => asked.every(w => say.includes(w));
      return items.filter(i => i.says.some(fits)).sort((a, b) => Math.min(...a.says.filter(fits).map(s => s.length)) - Math.min(...b.says.filter(fits).map(s => s.length)));
    }, o => window.hotline.commands.run(o.item), () => window.hotline.commands.leave());
  }
})();

// Keeps one page for the day the network is away: the telephone numbers of the duty desks. No case data, no other page.
const copy = '/call-sheet/copy', shelf = 'call-sheet';
async function keep() {
  const answer = await fetch(copy, { credentials: 'same-origin', redirect: 'error' });
  if (!answer.ok) return;
  const page = await answer.clone().text();
  const cache = await caches.open(shelf);
  await cache.put(copy, answer);
  for (const [, address] of page.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)) await cache.add(address).catch(() => {});
}
self.addEventListener('install', e => { self.skipWaiting(); e.waitUntil(keep().catch(() => {})); });
self.addEventListener('activate', e => e.waitUntil(self.clients.claim()));
self.addEventListener('message', e => { if (e.data === 'keep') e.waitUntil(keep().catch(() => {})); });
self.addEventListener('fetch', e => {
  const url = new URL(e.request.url);
  if (url.origin !== location.origin) return;
  if (e.request.mode === 'navigate' && url.pathname === '/call-sheet')
    e.respondWith(fetch(e.request).catch(async () => (await caches.match(copy)) ?? Response.error()));
  else if (url.pathname.startsWith('/assets/'))
    e.respondWith(fetch(e.request).catch(async () => (await caches.match(e.request)) ?? Response.error()));
});

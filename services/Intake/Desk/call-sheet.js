// Registers the worker that keeps the call sheet, and asks it to renew its copy.
(() => {
  'use strict';
  if (!('serviceWorker' in navigator)) return;
  navigator.serviceWorker.register('/call-sheet-worker.js').then(() => navigator.serviceWorker.ready).then(r => r.active?.postMessage('keep')).catch(() => {});
})();

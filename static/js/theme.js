// Light or dark: what the person chose on this device, else what the system says. Runs in the head, before the first paint.
(function () {
  'use strict';
  const root = document.documentElement;
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  const chosen = () => {
    try { return localStorage.getItem('yl-theme'); } catch (blocked) { return null; } // a browser that keeps nothing
  };
  const apply = () => root.setAttribute('data-bs-theme', chosen() || (system.matches ? 'dark' : 'light'));
  apply();
  system.addEventListener('change', apply);
  document.addEventListener('click', (event) => {
    if (!event.target.closest('[data-yl="theme"]')) return;
    const next = root.getAttribute('data-bs-theme') === 'dark' ? 'light' : 'dark';
    try { localStorage.setItem('yl-theme', next); } catch (blocked) { /* then it lasts for this page */ }
    root.setAttribute('data-bs-theme', next);
  });
})();

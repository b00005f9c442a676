// Dialogs: <button data-yl-open="ID"> opens <dialog id="ID">, [data-yl-close] and a press beside it close it.
// <dialog data-yl-auto> opens as soon as it is in the page. The browser keeps the focus inside and gives it back.
(function () {
  'use strict';
  const open = (dialog) => { if (dialog && !dialog.open) dialog.showModal(); };
  document.addEventListener('click', (event) => {
    const opener = event.target.closest('[data-yl-open]');
    if (opener) {
      const from = opener.closest('dialog');
      if (from) from.close();
      open(document.getElementById(opener.dataset.ylOpen));
      return;
    }
    const dialog = event.target.closest('dialog[open]');
    if (!dialog) return;
    const beside = event.target === dialog && dialog.dataset.ylStay === undefined;
    if (beside || event.target.closest('[data-yl-close]')) dialog.close();
  });
  const auto = () => document.querySelectorAll('dialog[data-yl-auto]').forEach(open);
  document.addEventListener('htmx:afterSwap', auto);
  auto();
})();

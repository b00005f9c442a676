// Keys. / search · ? all shortcuts · J K rows ([data-yl="row"]) · a letter presses [data-key="f"] of the chosen row, else of the
// page · Enter opens the chosen row · Ctrl+Enter saves the form (or presses [data-key="ctrl+enter"]) · Alt+R presses [data-key="alt+r"], likewise every letter.
(function () {
  'use strict';
  const typing = (element) => element.matches('input:not([type="checkbox"]):not([type="radio"]), textarea, select, [contenteditable="true"]');
  const rows = () => Array.from(document.querySelectorAll('[data-yl="row"]'));
  const chosen = () => document.querySelector('[data-yl="row"].is-on');
  const press = (key) => {
    const row = chosen();
    const inRow = row && row.querySelector(`[data-key="${key}"]`);
    const target = inRow || Array.from(document.querySelectorAll(`[data-key="${key}"]`)).find((button) => !button.closest('[data-yl="row"]'));
    if (target && !target.disabled) target.click();
    return Boolean(target);
  };
  const choose = (step) => {
    const list = rows();
    if (!list.length) return false;
    const at = list.indexOf(chosen());
    const next = Math.max(0, Math.min(list.length - 1, at + step));
    list.forEach((row, index) => {
      row.classList.toggle('is-on', index === next);
      row.toggleAttribute('aria-current', index === next);
      if (index === next) row.setAttribute('aria-current', 'true');
    });
    const link = list[next].querySelector('a, button');
    if (link) link.focus({ preventScroll: true });
    list[next].scrollIntoView({ block: 'nearest' });
    return true;
  };
  const save = (target) => {
    if (press('ctrl+enter')) return true;
    const form = target.closest('form') || document.querySelector('main form[data-yl~="keep"], main form[hx-post]');
    if (form) form.requestSubmit();
    return Boolean(form);
  };
  const plain = (event) => {
    const key = event.key.toLowerCase();
    if (key === '/') {
      const search = document.getElementById('q');
      if (search) { search.focus(); search.select(); }
      return Boolean(search);
    }
    if (key === '?') {
      const list = document.getElementById('keys');
      if (list) list.showModal();
      return Boolean(list);
    }
    if (key === 'j' || key === 'k') return choose(key === 'j' ? 1 : -1);
    if (key === 'enter' && chosen() && event.target === document.body) return press('enter') || Boolean(chosen().querySelector('a').click());
    return /^[a-z]$/.test(key) && press(key);
  };
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing || event.target === document) return;
    const control = event.ctrlKey || event.metaKey;
    let done = false;
    if (control && event.key === 'Enter') done = event.target.id !== 'q' && save(event.target);
    else if (event.altKey && /^Key[A-Z]$/.test(event.code)) done = press('alt+' + event.code.slice(3).toLowerCase());
    else if (!control && !event.altKey && !typing(event.target) && !document.querySelector('dialog[open]')) done = plain(event);
    if (done) event.preventDefault();
  });
})();

// The search field: a combobox whose options htmx brings; the focus stays in the field. Enter opens the marked hit (data-href),
// Ctrl+Enter its data-ctrl-href; pressed before the answer is there, it waits for it.
(function () {
  'use strict';
  const form = document.querySelector('[data-yl="search"]');
  if (!form) return;
  const input = form.querySelector('input[type="search"]'); // the first one is the form's token
  const box = form.querySelector('.yl-hits');
  let shownFor = '';
  let wanted = null;
  let asked = '';
  const hits = () => Array.from(box.querySelectorAll('.yl-hit'));
  const marked = () => hits().findIndex((hit) => hit.getAttribute('aria-selected') === 'true');
  const mark = (at) => {
    const list = hits();
    if (!list.length) { input.removeAttribute('aria-activedescendant'); return; }
    const next = (at + list.length) % list.length;
    list.forEach((hit, index) => hit.setAttribute('aria-selected', index === next ? 'true' : 'false'));
    input.setAttribute('aria-activedescendant', list[next].id);
    list[next].scrollIntoView({ block: 'nearest' });
  };
  const show = (on) => {
    box.hidden = !on;
    input.setAttribute('aria-expanded', on ? 'true' : 'false');
    if (!on) input.removeAttribute('aria-activedescendant');
  };
  const go = (hit, control) => { window.location.href = (control && hit.dataset.ctrlHref) || hit.dataset.href; };
  input.addEventListener('htmx:beforeRequest', (event) => {
    asked = input.value.trim();
    if (!asked) { event.preventDefault(); shownFor = ''; show(false); }
  });
  box.addEventListener('htmx:afterSwap', () => {
    shownFor = asked;
    show(input.value.trim() !== '');
    mark(0);
    const first = hits()[0];
    if (wanted && first) go(first, wanted.control);
    wanted = null;
  });
  input.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    const at = marked();
    if (event.key === 'ArrowDown' && !box.hidden) { event.preventDefault(); mark(at + 1); }
    if (event.key === 'ArrowUp' && !box.hidden) { event.preventDefault(); mark(at - 1); }
    if (event.key === 'Escape' && !box.hidden) { event.preventDefault(); show(false); }
    if (event.key !== 'Enter' || !input.value.trim()) return;
    const control = event.ctrlKey || event.metaKey;
    if (shownFor !== input.value.trim()) { event.preventDefault(); wanted = { control: control }; return; }
    if (at >= 0) { event.preventDefault(); go(hits()[at], control); }
  });
  input.addEventListener('focus', () => { if (shownFor && shownFor === input.value.trim()) show(true); });
  box.addEventListener('click', (event) => {
    const hit = event.target.closest('.yl-hit');
    if (hit) go(hit, event.ctrlKey);
  });
  document.addEventListener('click', (event) => { if (!form.contains(event.target)) show(false); });
  form.addEventListener('focusout', (event) => { if (event.relatedTarget && !form.contains(event.relatedTarget)) show(false); });
})();

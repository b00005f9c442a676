// Tables that stack on narrow screens become flex rows and would lose their table roles: say them outright.
(function () {
  'use strict';
  const roles = { THEAD: 'rowgroup', TBODY: 'rowgroup', TR: 'row', TD: 'cell' };
  const name = (table) => {
    table.setAttribute('role', 'table');
    table.querySelectorAll('thead, tbody, tr, td').forEach((part) => part.setAttribute('role', roles[part.tagName]));
    table.querySelectorAll('th').forEach((cell) => cell.setAttribute('role', cell.scope === 'row' ? 'rowheader' : 'columnheader'));
  };
  const all = (place) => place.querySelectorAll('table.yl-stackable').forEach(name);
  document.addEventListener('htmx:afterSwap', (event) => all(event.detail.target.parentElement || document));
  all(document);
})();

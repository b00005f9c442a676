// The map of an alliance: a plain press on a member opens it beside the map by htmx; with a modifier it is an ordinary link.
// htmx prevents the jump for links of HTML, not for those of SVG, so it is done here.
(function () {
  'use strict';
  document.addEventListener('click', (event) => {
    const member = event.target.closest('.yl-tiermap a');
    if (!member) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) event.stopPropagation();
    else event.preventDefault();
  }, true);
})();

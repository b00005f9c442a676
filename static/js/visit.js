// The follow-up form. The first reading (or the first that was refused) has the focus · "None" and another answer exclude each other ·
// a digit chooses in the group that has the focus, a group of boxes is one stop of Tab (arrows move in it) · Enter in a number goes
// on to the next field · data-yl="repeat-visit" takes over the way of life of the last visit · a link to a field sets the focus there.
(function () {
  'use strict';
  const form = document.getElementById('visit');
  if (!form) return;
  const first = form.querySelector('[aria-invalid="true"]') || document.getElementById('id_systolic');
  // Whoever comes by keyboard types at once; a finger is not met by a keyboard over half the page.
  if (first && document.activeElement === document.body && window.matchMedia('(hover: hover)').matches) first.focus();
  const changed = (input) => input.dispatchEvent(new Event('input', { bubbles: true }));

  form.addEventListener('input', (event) => {
    const box = event.target;
    if (!['symptoms', 'adverse_reaction'].includes(box.name) || !box.checked) return;
    form.querySelectorAll(`input[name="${box.name}"]`).forEach((other) => {
      if (other !== box && (box.value === 'none' || other.value === 'none')) other.checked = false;
    });
  });

  // Boxes behave like radios: Tab enters and leaves a group, arrows move in it. Otherwise ten symptoms are ten keys to pass by.
  const boxes = (group) => Array.from(group.querySelectorAll('input[type="checkbox"]'));
  const stop = (group, at) => boxes(group).forEach((box, index) => { box.tabIndex = index === at ? 0 : -1; });
  form.querySelectorAll('.yl-checks[role="group"]').forEach((group) => stop(group, 0));
  form.addEventListener('focusin', (event) => {
    const group = event.target.type === 'checkbox' && event.target.closest('.yl-checks[role="group"]');
    if (group) stop(group, boxes(group).indexOf(event.target));
  });
  const step = (group, from, by) => {
    const list = boxes(group);
    const next = list[(list.indexOf(from) + by + list.length) % list.length];
    next.focus();
  };
  const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  const stops = () => Array.from(form.querySelectorAll('input, select, textarea, summary, button')).filter((field) => field.tabIndex >= 0 && field.type !== 'hidden' && !field.disabled && field.checkVisibility());
  form.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const group = event.target.closest('.yl-checks[role="group"]');
    if (group && event.target.type === 'checkbox' && STEPS[event.key]) {
      event.preventDefault();
      step(group, event.target, STEPS[event.key]);
    }
    if (event.key === 'Enter' && event.target.matches('input[type="text"], input[type="date"]')) {
      const list = stops();
      event.preventDefault();
      (list[list.indexOf(event.target) + 1] || event.target).focus();
    }
  });

  form.addEventListener('keydown', (event) => {
    const group = event.target.closest('[role="radiogroup"], [role="group"]');
    if (!group || !/^[1-9]$/.test(event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
    const choice = group.querySelectorAll('input')[Number(event.key) - 1];
    if (!choice) return;
    event.preventDefault();
    choice.checked = choice.type === 'radio' ? true : !choice.checked;
    choice.focus();
    changed(choice);
  });

  // What is unfolded is to be filled in: its first field has the focus.
  form.querySelectorAll('details').forEach((fold) => fold.addEventListener('toggle', () => {
    const field = fold.open && document.activeElement === fold.querySelector('summary') && fold.querySelector('.form-control, .form-select');
    if (field) field.focus();
  }));
  document.addEventListener('click', (event) => {
    const summary = event.target.closest('summary');
    if (summary) summary.focus();
    if (event.target.closest('[data-yl="repeat-visit"]')) {
      const fold = document.getElementById('habits');
      form.querySelectorAll('[data-last]').forEach((input) => { if (!input.value) input.value = input.dataset.last; });
      if (fold) fold.open = true;
      changed(form);
    }
    const link = event.target.closest('#visit-state a[href^="#"], [data-yl="to-field"]');
    const named = link && link.dataset.field && form.querySelector(`[name="${link.dataset.field}"]`);
    const field = link && (named || document.querySelector(link.getAttribute('href')));
    if (field) { event.preventDefault(); const fold = field.closest('details'); if (fold) fold.open = true; field.focus(); }
  });
})();

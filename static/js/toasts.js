// Toasts: what just happened. A view uses Django's messages (config/toasts.py sends those of a part as the event "yl:toast" with
// {toasts: [{text, tone}]}); a script may dispatch "yl:toast" with {text, tone}. A failed request tells
// that nothing is lost. Good news goes by itself, the rest waits to be closed.
(function () {
  'use strict';
  const place = document.getElementById('toasts');
  if (!place) return;
  const shape = document.getElementById('toast-shape').content.firstElementChild;
  const icons = { green: 'check-circle-fill', red: 'x-octagon-fill', amber: 'exclamation-triangle-fill', info: 'info-circle-fill' };
  const leave = (toast) => {
    if (toast.dataset.tone === 'green') window.setTimeout(() => toast.matches(':hover, :focus-within') ? leave(toast) : toast.remove(), 6000);
  };
  const show = (text, tone) => {
    const toast = shape.cloneNode(true);
    toast.dataset.tone = tone;
    toast.setAttribute('role', tone === 'red' ? 'alert' : 'status');
    toast.querySelector('i').className = 'bi bi-' + (icons[tone] || icons.info);
    toast.querySelector('.yl-grow').textContent = text;
    place.append(toast);
    leave(toast);
  };
  document.addEventListener('yl:toast', (event) => {
    (event.detail.toasts || [event.detail]).forEach((toast) => show(toast.text, toast.tone || 'green'));
  });
  document.addEventListener('htmx:responseError', (event) => {
    if (!event.detail.xhr.getResponseHeader('X-CSRFToken')) show(place.dataset.failed, 'red');
  });
  document.addEventListener('htmx:sendError', () => show(place.dataset.offline, 'amber'));
  document.addEventListener('click', (event) => {
    if (event.target.closest('[data-yl-dismiss]')) event.target.closest('.yl-toast').remove();
  });
  place.querySelectorAll('.yl-toast').forEach(leave);
})();

// A session that ends in the middle of a form: sign in over the page, nothing typed is lost, then go on.
//
// htmx requests: the server answers 401 with the sign-in dialog (accounts/middleware.py), aimed at #yl-sign-in.
// Plain forms marked data-yl="keep": before they are sent, the session is asked for; the same dialog answers.
// Whoever signs in must be the person the page was made for; the server checks that. Signing in makes a new CSRF token, which is
// put everywhere in the page before what waited is sent again.
(function () {
  'use strict';
  const place = document.getElementById('yl-sign-in');
  const body = document.body;
  if (!place || !body.dataset.ylSession) return;
  const waiting = [];

  const refresh = (token) => {
    if (!token) return;
    body.setAttribute('hx-headers', JSON.stringify(Object.assign(JSON.parse(body.getAttribute('hx-headers')), { 'X-CSRFToken': token })));
    document.querySelectorAll('input[name="csrfmiddlewaretoken"]').forEach((input) => { input.value = token; });
  };
  const dialog = () => place.querySelector('dialog');
  const open = () => {
    const name = place.querySelector('input[name="username"]');
    if (name && !name.value) name.value = body.dataset.ylUser;
    if (!dialog().open) dialog().showModal();
    const first = place.querySelector('input[type="password"], input[name="code"]'); // password, then the code: or a word only
    if (first) first.focus();
  };
  const say = (key) => document.dispatchEvent(new CustomEvent('yl:toast', { detail: { text: document.getElementById('toasts').dataset[key], tone: 'amber' } }));

  // ---- htmx
  // What no click, key or form caused (a poll, a part that loads) must not keep a forgotten screen signed in.
  document.addEventListener('htmx:configRequest', (event) => {
    const cause = event.detail.triggeringEvent;
    if (!cause || !cause.isTrusted) event.detail.headers['X-Yilian-Unattended'] = '1';
  });
  const again = (detail) => () => {
    const config = detail.requestConfig;
    const sender = config.triggeringEvent && config.triggeringEvent.submitter;
    const values = sender && sender.name ? { [sender.name]: sender.value } : {};
    window.htmx.ajax(config.verb, config.path, { source: config.elt, event: config.triggeringEvent, values: values });
  };
  document.addEventListener('htmx:beforeSwap', (event) => {
    if (event.detail.xhr.status !== 401 || place.contains(event.detail.requestConfig.elt)) return;
    waiting.push(again(event.detail));
    if (dialog() && dialog().open) event.detail.shouldSwap = false; // a second request must not wipe the password being typed
  });
  document.addEventListener('htmx:afterSwap', (event) => {
    if (place.contains(event.detail.target) && dialog()) open();
  });
  document.addEventListener('htmx:responseError', (event) => {
    const token = event.detail.xhr.getResponseHeader('X-CSRFToken'); // signed in again in another tab: new token, once more
    const config = event.detail.requestConfig;
    if (event.detail.xhr.status !== 403 || !token || config.elt.dataset.ylAgain) return;
    config.elt.dataset.ylAgain = '1';
    refresh(token);
    again(event.detail)();
  });
  document.addEventListener('yl:signed-in', (event) => {
    refresh(event.detail.csrf);
    if (dialog()) dialog().close();
    place.replaceChildren();
    waiting.splice(0).forEach((resume) => resume());
  });
  place.addEventListener('close', () => { waiting.length = 0; }, true); // Escape or "not now": stay on the page, send nothing

  // ---- plain forms
  const ask = () => fetch(body.dataset.ylSession, { headers: JSON.parse(body.getAttribute('hx-headers')), credentials: 'same-origin' });
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (!form.matches('form[data-yl="keep"]') || event.defaultPrevented || form.dataset.ylAlive) return;
    event.preventDefault();
    if (form.getAttribute('aria-busy') === 'true') return; // pressed twice: it is on its way
    form.setAttribute('aria-busy', 'true');
    const submitter = event.submitter;
    const send = () => { form.dataset.ylAlive = '1'; form.requestSubmit(submitter); delete form.dataset.ylAlive; };
    ask().finally(() => form.removeAttribute('aria-busy')).then((answer) => {
      refresh(answer.headers.get('X-CSRFToken'));
      if (answer.status === 204) return send();
      if (answer.status !== 401) return say('failed');
      return answer.text().then((html) => {
        waiting.push(send);
        place.innerHTML = html;
        window.htmx.process(place);
        open();
      });
    }, () => say('offline'));
  });
})();

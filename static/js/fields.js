// Numbers while they are typed. data-hard="50,300": outside, it cannot be saved; data-warn="90,180": outside, it asks;
// data-milligram="18.016": looks like mg/dL, offers mmol/L; data-percent="3": looks like a percentage, offers the ratio with so many
// decimals; data-above="ID": must be more than that field (swapped pressures).
// A button data-yl="repeat" fills empty fields with their data-last (data-when says of which day). The server decides; this helps.
(function () {
  'use strict';
  const words = () => { const shape = document.getElementById('range-words'); return shape ? shape.dataset : {}; };
  const fill = (text, values) => (text || '').replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  const bounds = (text) => { const pair = (text || '').split(',').map(Number); return pair.length === 2 ? { low: pair[0], high: pair[1] } : null; };
  const outside = (value, range) => range !== null && (value < range.low || value > range.high);
  const message = (input) => document.getElementById(input.id + '-msg');

  const say = (input, tone, text, button) => {
    input.classList.toggle('is-refused', tone === 'red');
    input.classList.toggle('is-warn', tone === 'amber');
    input.setAttribute('aria-invalid', tone === 'red' ? 'true' : 'false');
    const line = message(input);
    if (!line) return;
    line.replaceChildren();
    line.removeAttribute('data-tone');
    if (!text) return;
    if (tone) line.dataset.tone = tone;
    const icon = document.createElement('i');
    icon.className = 'bi bi-' + (tone === 'red' ? 'x-octagon-fill' : tone === 'amber' ? 'exclamation-triangle-fill' : 'arrow-repeat');
    icon.setAttribute('aria-hidden', 'true');
    const said = document.createElement('span');
    said.textContent = text;
    line.append(icon, said);
    if (button) line.append(button);
  };
  const remedy = (input, other) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'btn btn-sm';
    button.textContent = fill(words().take, { other: other });
    button.addEventListener('click', () => { input.value = other; input.dispatchEvent(new Event('input', { bubbles: true })); input.focus(); });
    return button;
  };
  const otherUnit = (input, value) => {
    if (input.dataset.milligram) return { words: words().milligram, other: (value / parseFloat(input.dataset.milligram)).toFixed(1) };
    if (input.dataset.percent) return { words: words().percent, other: (value / 100).toFixed(Number(input.dataset.percent)) };
    return null;
  };
  const judge = (input) => {
    const value = parseFloat(input.value);
    const hard = bounds(input.dataset.hard);
    const warn = bounds(input.dataset.warn);
    const lower = input.dataset.above && document.getElementById(input.dataset.above);
    if (Number.isNaN(value)) return say(input, '', '');
    if (outside(value, hard)) {
      const meant = otherUnit(input, value);
      if (meant && !outside(parseFloat(meant.other), warn || hard)) return say(input, 'red', fill(meant.words, { value: value, other: meant.other }), remedy(input, meant.other));
      return say(input, 'red', fill(words().refused, hard));
    }
    if (lower && lower.value && value <= parseFloat(lower.value)) return say(input, 'red', words().swapped);
    if (outside(value, warn)) return say(input, 'amber', fill(words().warned, warn));
    return say(input, '', '');
  };
  document.addEventListener('input', (event) => {
    const input = event.target;
    if (!input.matches || !input.matches('input[data-hard]')) return;
    delete input.dataset.again;
    judge(input);
    document.querySelectorAll(`input[data-above="${input.id}"]`).forEach((upper) => { if (upper.value) judge(upper); });
  });
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-yl="repeat"]');
    if (button) {
      button.closest('form').querySelectorAll('input[data-last]').forEach((input) => {
        if (input.value || !input.dataset.last) return;
        input.value = input.dataset.last;
        input.dispatchEvent(new Event('input', { bubbles: true }));
        input.dataset.again = '1';
        say(input, '', fill(words().again, { when: input.dataset.when || '' }));
      });
    }
    if (event.target.closest('[data-yl="print"]')) window.print();
  });
})();

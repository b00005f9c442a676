// Charts: <div data-chart="KIND" data-source="ID"> draws the JSON of <script type="application/json" id="ID"> with ECharts.
// A kind registers itself: yilianCharts.kinds.KIND = (data, look) => option. Tooltips are rich text: no style attribute is written.
// The colours are the tokens of the page, so a chart is drawn anew when the theme changes.
(function () {
  'use strict';
  const root = document.documentElement;
  const kinds = {};
  const drawn = new Map();

  const token = (name) => getComputedStyle(root).getPropertyValue('--yl-' + name).trim();
  const look = (element) => {
    const font = { fontFamily: token('sans'), fontSize: 12, color: token('ink-3') };
    return {
      token: token,
      font: font,
      narrow: window.matchMedia('(max-width: 767.98px)').matches,
      width: element.clientWidth,
      height: element.clientHeight,
      words: element.dataset,
      language: root.lang,
      tip: (extra) => Object.assign({
        renderMode: 'richText', confine: true, backgroundColor: token('surface'), borderColor: token('line-2'),
        textStyle: { color: token('ink'), fontSize: 12, fontFamily: token('sans') },
      }, extra),
      axis: (extra) => Object.assign({
        axisLine: { lineStyle: { color: token('line-2') } }, axisTick: { show: false }, axisLabel: Object.assign({}, font),
        splitLine: { lineStyle: { color: token('grid') } },
      }, extra),
    };
  };
  const draw = (element) => {
    const source = document.getElementById(element.dataset.source);
    const kind = kinds[element.dataset.chart];
    if (!source || !kind || !element.clientWidth) return;
    const old = drawn.get(element);
    if (old) old.dispose();
    const chart = window.echarts.init(element, null, { renderer: 'canvas' });
    const shared = { animation: false, aria: { enabled: false }, textStyle: { fontFamily: token('sans') } };
    chart.setOption(Object.assign(shared, kind(JSON.parse(source.textContent), look(element))));
    drawn.set(element, chart);
  };
  const drop = () => drawn.forEach((chart, element) => { if (!element.isConnected) { chart.dispose(); drawn.delete(element); } });
  const all = () => { drop(); document.querySelectorAll('[data-chart]').forEach(draw); };
  const fresh = () => { drop(); document.querySelectorAll('[data-chart]').forEach((element) => { if (!drawn.has(element)) draw(element); }); };

  let later = 0;
  window.addEventListener('resize', () => { window.clearTimeout(later); later = window.setTimeout(all, 120); });
  new MutationObserver(all).observe(root, { attributes: true, attributeFilter: ['data-bs-theme'] });
  document.addEventListener('htmx:afterSwap', fresh);
  document.addEventListener('toggle', fresh, true);
  document.addEventListener('DOMContentLoaded', all);
  window.yilianCharts = { kinds: kinds };
})();

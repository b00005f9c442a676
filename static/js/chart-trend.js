// trend: readings over one time axis, a panel for each kind of reading, the target band, the assessment lines, numbered events.
// {from, to, events: [{at, name}], panels: [{title, band: [low, high], lines: [{value, name}], series: [{name, tone, dots, out,
//  urgent, points: [[day, value, label]]}]}]}. `tone` c1 c2 c3; `dots` small points without a line (home readings); from `out` a
// point is off target (diamond), from `urgent` an emergency (square): shape and label, not colour alone.
(function () {
  'use strict';
  const HEAD = 48, GAP = 42, FOOT = 24;
  const heights = (count, height) => {
    const room = height - HEAD - FOOT - (count - 1) * GAP;
    return count === 1 ? [room] : [Math.round(room * 0.62)].concat(Array(count - 1).fill(Math.round(room * 0.38 / (count - 1))));
  };
  const range = (panel) => {
    const all = panel.series.flatMap((one) => one.points.map((point) => point[1])).concat(panel.band || []);
    const spread = Math.max(...all) - Math.min(...all);
    const step = [0.5, 1, 2, 5, 10, 20, 50, 100].find((size) => spread / size <= 7) || 100;
    return { min: Math.floor(Math.min(...all) / step) * step, max: Math.ceil(Math.max(...all) / step) * step, interval: step };
  };
  // A value is printed only where the next one does not stand in its way.
  const free = (one, index, span) => {
    const next = one.points[index + 1];
    return !next || new Date(next[0]) - new Date(one.points[index][0]) > span / 8;
  };
  const mark = (one, look, span) => one.points.map((point, index) => {
    const urgent = one.urgent !== undefined && point[1] >= one.urgent;
    const out = one.out !== undefined && point[1] >= one.out;
    const colour = look.token(urgent ? 'red-solid' : out ? 'amber-solid' : one.tone || 'c1');
    return {
      value: point, symbol: urgent ? 'rect' : out ? 'diamond' : 'circle', symbolSize: urgent || out ? 10 : 6, itemStyle: { color: colour },
      label: {
        show: (urgent || out) && !look.narrow && Boolean(point[2]) && free(one, index, span), formatter: () => point[2], position: 'right', distance: 7,
        color: look.token(urgent ? 'red' : 'amber'), fontWeight: 600, fontSize: 12, backgroundColor: look.token('surface'), padding: [1, 3],
      },
    };
  });
  const events = (list, named, look) => ({
    silent: true, symbol: 'none',
    data: list.map((event, index) => ({
      xAxis: event.at, lineStyle: { color: look.token('edge'), type: 'dashed', width: 1 },
      label: {
        show: named, formatter: String(index + 1), position: 'end', color: look.token('ink'), fontSize: 11, fontWeight: 600,
        backgroundColor: look.token('surface'), padding: [2, 5], borderColor: look.token('edge'), borderWidth: 1, borderRadius: 3,
        offset: [shift(list, index), 0],
      },
    })),
  });
  const days = (list, a, b) => Math.abs(new Date(list[a].at) - new Date(list[b].at)) / 86400000;
  const shift = (list, index) => {
    if (index > 0 && days(list, index, index - 1) < 14) return 9;
    return index + 1 < list.length && days(list, index, index + 1) < 14 ? -9 : 0;
  };
  const series = (panel, at, data, look) => panel.series.map((one, index) => {
    const colour = look.token(one.tone || 'c1');
    const shared = { name: one.name, xAxisIndex: at, yAxisIndex: at, itemStyle: { color: colour } };
    if (one.dots) return Object.assign(shared, { type: 'scatter', data: one.points, symbolSize: 3, itemStyle: { color: colour, opacity: 0.75 }, silent: true });
    const first = index === panel.series.findIndex((other) => !other.dots);
    return Object.assign(shared, {
      type: 'line', data: mark(one, look, new Date(data.to) - new Date(data.from)), lineStyle: { color: colour, width: first ? 1.75 : 1.5 }, z: first ? 4 : 3,
      markLine: first ? events(data.events || [], at === 0, look) : undefined,
      markArea: first && panel.band ? { silent: true, itemStyle: { color: look.token('band') }, data: [[{ yAxis: panel.band[0] }, { yAxis: panel.band[1] }]] } : undefined,
    });
  });
  const limits = (panel, at, look) => ({
    type: 'line', xAxisIndex: at, yAxisIndex: at, data: [], silent: true,
    markLine: {
      silent: true, symbol: 'none',
      data: (panel.lines || []).map((line) => ({
        yAxis: line.value, lineStyle: { color: look.token('c2'), type: [2, 3] },
        label: { formatter: `${line.name} ${line.value}`, position: 'insideStartTop', color: look.token('ink-3'), fontSize: 12 },
      })),
    },
  });
  window.yilianCharts.kinds.trend = (data, look) => {
    const count = data.panels.length;
    const high = heights(count, look.height);
    const tops = high.map((_, at) => HEAD + high.slice(0, at).reduce((sum, one) => sum + one + GAP, 0));
    const month = new Intl.DateTimeFormat(look.language, { month: 'short' });
    const label = (value) => {
      const day = new Date(value);
      return day.getMonth() === 0 ? `${day.getFullYear()}-01` : month.format(day);
    };
    return {
      grid: high.map((height, at) => ({ left: 40, right: look.narrow ? 16 : 56, top: tops[at], height: height })),
      title: data.panels.map((panel, at) => ({ text: panel.title, left: 0, top: tops[at] - (at ? 28 : 42), textStyle: Object.assign({}, look.font, { fontWeight: 500, color: look.token('ink-2') }) })),
      tooltip: look.tip({ trigger: 'axis', axisPointer: { lineStyle: { color: look.token('edge') } } }),
      axisPointer: { link: [{ xAxisIndex: 'all' }] },
      xAxis: high.map((_, at) => look.axis({
        type: 'time', gridIndex: at, min: data.from, max: data.to, splitLine: { show: false },
        axisLabel: Object.assign({}, look.font, { show: at === count - 1, hideOverlap: true, formatter: label }),
      })),
      yAxis: data.panels.map((panel, at) => look.axis(Object.assign({ gridIndex: at, axisLine: { show: false } }, range(panel)))),
      series: data.panels.flatMap((panel, at) => series(panel, at, data, look).concat(limits(panel, at, look))),
    };
  };
})();

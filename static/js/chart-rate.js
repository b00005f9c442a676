// rate: one rate by month against its target; the first line is the one asked for, the others stand for comparison.
// {months: ["2026-01", …], target, lines: [{name, end, data: [63.1, null, …]}]}, in percent; null where there is no denominator.
(function () {
  'use strict';
  const bounds = (data) => {
    const all = data.lines.flatMap((line) => line.data).concat(data.target === null || data.target === undefined ? [] : [data.target]).filter((value) => value !== null);
    if (!all.length) return { min: 0, max: 100 };
    return { min: Math.max(0, Math.floor(Math.min(...all) / 5) * 5 - 5), max: Math.min(100, Math.ceil(Math.max(...all) / 5) * 5 + 5) };
  };
  const line = (one, index, data, look) => {
    const first = index === 0;
    const colour = look.token(first ? 'c3' : 'c2');
    const target = data.target === null || data.target === undefined ? [] : [{
      yAxis: data.target, lineStyle: { color: look.token('green-solid'), type: 'solid', width: 1 },
      label: { formatter: `${look.words.wordTarget} ${data.target}%`, position: 'insideStartTop', color: look.token('green'), fontSize: 12 },
    }];
    return {
      name: one.name, type: 'line', data: one.data, symbol: 'circle', symbolSize: first ? 5 : 0, itemStyle: { color: colour },
      lineStyle: { width: first ? 2 : 1.25, color: colour, type: first ? 'solid' : [5, 3] }, labelLayout: { moveOverlap: 'shiftY' },
      endLabel: { show: !look.narrow && Boolean(one.end), formatter: one.end, color: look.token(first ? 'ink' : 'ink-3'), fontSize: 12, fontWeight: first ? 600 : 400, lineHeight: 18, width: 96 },
      markLine: first ? { silent: true, symbol: 'none', data: target } : undefined,
    };
  };
  window.yilianCharts.kinds.rate = (data, look) => {
    const month = new Intl.DateTimeFormat(look.language, { month: 'short' });
    return {
      grid: { left: 40, right: look.narrow ? 16 : 100, top: 16, bottom: 24 },
      tooltip: look.tip({ trigger: 'axis', valueFormatter: (value) => value === null || value === undefined ? '–' : `${value}%` }),
      xAxis: look.axis({ type: 'category', data: data.months.map((one) => month.format(new Date(`${one}-15`))), boundaryGap: false, splitLine: { show: false } }),
      yAxis: look.axis(Object.assign({ axisLine: { show: false }, axisLabel: Object.assign({}, look.font, { formatter: '{value}%' }) }, bounds(data))),
      series: data.lines.map((one, index) => line(one, index, data, look)),
    };
  };
})();

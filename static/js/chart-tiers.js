// tiers: the three tiers of an alliance as boxes, flows up solid and down dashed, width by count; the chosen member's flows stand out.
// {on, nodes: [{id, name, short, tier: 1|2|3, note}], flows: [{from, to, n, dir: "up"|"down"}]}
(function () {
  'use strict';
  const box = (width, height) => `path://M6,0H${width - 6}A6,6 0 0 1 ${width},6V${height - 6}A6,6 0 0 1 ${width - 6},${height}H6A6,6 0 0 1 0,${height - 6}V6A6,6 0 0 1 6,0Z`;
  // Along and across: on a wide screen the tiers are rows, on a narrow one columns.
  const places = (look) => {
    const wide = !look.narrow;
    return {
      wide: wide,
      size: wide ? [[204, 56], [184, 56], [Math.min(98, Math.floor(look.width / 9) - 8), 56]] : [[74, 56], [74, 56], [98, 48]],
      deep: wide ? [56, look.height / 2 - 4, look.height - 48] : [41, look.width / 2 - 14, look.width - 53],
      long: wide ? look.width : look.height,
    };
  };
  const nodesOf = (data, at, look) => [3, 2, 1].flatMap((tier, row) => {
    const members = data.nodes.filter((node) => node.tier === tier);
    return members.map((node, index) => {
      const along = at.long * (index + 0.5) / members.length;
      const on = node.id === data.on;
      const [width, height] = at.size[row];
      const name = at.wide && row < 2 ? node.name : node.short;
      const note = at.wide || row === 2 ? node.note : node.note.replace(' · ', '\n');
      return {
        id: node.id, name: node.name, row: row, along: along, across: at.deep[row],
        x: at.wide ? along : at.deep[row], y: at.wide ? at.deep[row] : along,
        symbol: box(width, height), symbolSize: Math.max(width, height), symbolKeepAspect: true,
        itemStyle: { color: look.token(on ? 'act-soft' : 'surface'), borderColor: look.token(on ? 'act' : row === 0 ? 'ink-2' : 'edge'), borderWidth: on || row === 0 ? 2 : 1 },
        label: { show: true, formatter: `{a|${name}}\n{b|${note}}`, rich: { a: { fontSize: 13, fontWeight: 600, color: look.token('ink'), lineHeight: 19 }, b: { fontSize: 12, color: look.token('ink-3'), lineHeight: 16 } } },
      };
    });
  });
  const childrenOf = (flows) => {
    const children = {};
    flows.forEach((flow) => {
      const [parent, child] = flow.dir === 'up' ? [flow.to, flow.from] : [flow.from, flow.to];
      children[parent] = children[parent] || [];
      if (!children[parent].includes(child)) children[parent].push(child);
    });
    return children;
  };
  // Flows run between anchors on the edges of the boxes, so that the arrows meet them.
  const ends = (flow, where, children, at) => {
    const up = flow.dir === 'up';
    const parent = where[up ? flow.to : flow.from];
    const child = where[up ? flow.from : flow.to];
    const list = children[up ? flow.to : flow.from];
    const side = (up ? -1 : 1) * (at.wide ? 11 : 9);
    const span = (at.wide ? at.size[parent.row][0] : at.size[parent.row][1]) * 0.84;
    const spread = (list.indexOf(up ? flow.from : flow.to) - (list.length - 1) / 2) * (span / list.length);
    const edge = (node, along, sign) => at.wide ? [along, node.across + sign * at.size[node.row][1] / 2] : [node.across + sign * at.size[node.row][0] / 2, along];
    const low = edge(child, child.along + side, -1);
    const high = edge(parent, parent.along + spread + side * (list.length > 2 ? 0.55 : 1), 1);
    return { low: low, high: high, start: up ? low : high, end: up ? high : low };
  };
  const drawFlow = (flow, index, context, out) => {
    const { data, where, children, at, look, most } = context;
    const up = flow.dir === 'up';
    const on = flow.from === data.on || flow.to === data.on;
    const { low, high, start, end } = ends(flow, where, children, at);
    const dot = (id, point, label) => ({ id: id, x: point[0], y: point[1], symbolSize: 0.01, silent: true, label: label });
    out.nodes.push(dot(`s${index}`, start), dot(`e${index}`, end));
    out.links.push({
      source: `s${index}`, target: `e${index}`, value: flow.n, says: `${where[flow.from].name} → ${where[flow.to].name}`,
      symbol: ['none', 'arrow'], symbolSize: [0, 8],
      lineStyle: { width: 1 + 5 * flow.n / most, color: look.token(up ? 'c3' : 'c2'), type: up ? 'solid' : [4, 3], opacity: on ? 1 : 0.38, curveness: 0 },
    });
    if (!on || !at.wide) return;
    const part = up ? 0.42 : 0.6;
    const middle = [low[0] + (high[0] - low[0]) * part, low[1] + (high[1] - low[1]) * part];
    out.nodes.push(dot(`n${index}`, middle, { show: true, formatter: (up ? '↑' : '↓') + flow.n, fontSize: 12, fontWeight: 600, color: look.token(up ? 'act' : 'ink-2'), backgroundColor: look.token('surface'), padding: [1, 3], borderRadius: 3 }));
  };
  window.yilianCharts.kinds.tiers = (data, look) => {
    const at = places(look);
    const members = nodesOf(data, at, look);
    const where = Object.fromEntries(members.map((node) => [node.id, node]));
    const corners = [{ id: '_a', x: 0, y: 0, symbolSize: 0 }, { id: '_b', x: look.width, y: look.height, symbolSize: 0 }];
    const out = { nodes: corners.concat(members), links: [] };
    const context = { data: data, where: where, children: childrenOf(data.flows), at: at, look: look, most: Math.max(1, ...data.flows.map((flow) => flow.n)) };
    data.flows.forEach((flow, index) => drawFlow(flow, index, context, out));
    return {
      tooltip: look.tip({ formatter: (item) => item.dataType === 'edge' ? `${item.data.says}\n${item.data.value} ${look.words.wordTrips}` : item.data.name || '' }),
      series: [{ type: 'graph', layout: 'none', left: 0, right: 0, top: 0, bottom: 0, data: out.nodes, links: out.links, z: 2 }],
    };
  };
})();

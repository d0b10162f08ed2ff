// SPDX-License-Identifier: BSD-3-Clause
// Contributions of features to many predictions: dots pushed apart where they are dense, coloured by the feature's value.
import { numbers } from '../decode';
import { Cell, escapeHtml, label, withUnit } from '../format';
import { Beeswarm } from '../model';
import { sequential } from '../theme';
import { baseOption, categoryAxis, Chart, Context, extent, grid, LegendItem, markLine, textWidth, ticks, tooltip, valueAxis } from './chart';
import { legendGraphics, legendHeight, shape } from './legend';

// Places across the band, -1..1: dots of one bin of x stand alternately above and below the middle.
function spread(values: ArrayLike<number>, begin: number, count: number, low: number, high: number): number[] {
  const bins = 120;
  const filled: number[] = [];
  const rank: number[] = [];
  const bin: number[] = [];
  for (let i = 0; i < count; ++i) {
    const b = Math.floor(((values[begin + i] - low) / (high - low || 1)) * (bins - 1));
    bin.push(b);
    rank.push(filled[b] || 0);
    filled[b] = (filled[b] || 0) + 1;
  }
  let most = 1;
  for (const f of filled) if (f > most) most = f;
  const step = Math.min(0.22, 2 / most);
  return rank.map(function (r) { return (r % 2 ? 1 : -1) * Math.ceil(r / 2) * step; });
}

export function beeswarm(b: Beeswarm, ctx: Context): Chart {
  const values = numbers(b.values);
  const levels = numbers(b.levels);
  const n = b.features.length ? values.length / b.features.length : 0;
  const range = extent(values, [0]);
  const t = ticks(range[0], range[1], ctx.width / 100);
  const colour = sequential(0, 1);
  const items: LegendItem[] = [
    { name: 'low value', mark: 'circle', colour: colour(0) }, { name: 'middle', mark: 'circle', colour: colour(0.5) },
    { name: 'high value', mark: 'circle', colour: colour(1) },
  ];
  let missing = false;
  for (let i = 0; i < levels.length; ++i) missing = missing || !isFinite(levels[i]);
  if (missing) items.push({ name: 'no value', mark: 'circle', colour: ctx.theme.muted });
  const option = baseOption(ctx);
  const top = legendHeight(ctx, items);
  let longest = 0;
  for (const f of b.features) longest = Math.max(longest, textWidth(f, ctx.theme.font));
  const left = Math.ceil(Math.min(longest + 12, ctx.width * 0.4));
  const band = ctx.paper ? 20 : 34;
  const height = b.features.length * band;
  option.grid.push(grid(left, top, ctx.width - left - 16, height));
  option.xAxis.push(valueAxis(ctx, 0, label(b.quantity), t, { horizontal: true }));
  const category = categoryAxis(ctx, 0, b.features, { inverse: true });
  category.axisLabel = { color: ctx.theme.ink, fontSize: ctx.theme.font, fontFamily: ctx.theme.family, interval: 0, width: left - 10, overflow: 'break', margin: 8 };
  option.yAxis.push(category);
  const r = (ctx.paper ? 1.3 : 2.4) * (n > 300 ? 0.8 : 1);
  b.features.forEach(function (name, k) {
    const across = spread(values, k * n, n, t.min, t.max);
    const data: number[][] = [];
    for (let i = 0; i < n; ++i) data.push([values[k * n + i], k]);
    option.series.push({ type: 'custom', name, data, z: 5, animation: false, renderItem: function (params: any, api: any) {
      const p = api.coord([api.value(0), api.value(1)]);
      if (!isFinite(p[0])) return null;
      const level = levels[k * n + params.dataIndex];
      return shape('circle', p[0], p[1] + across[params.dataIndex] * band * 0.42, r, { fill: isFinite(level) ? colour(level) : ctx.theme.muted, opacity: 0.85 });
    } });
  });
  option.series.push(markLine(ctx, 0, 'x', 0, ''));
  option.graphic = legendGraphics(ctx, items);
  const name = function (i: number) { return b.labels.length ? b.labels[i] : b.noun + ' ' + (i + 1); };
  option.tooltip = tooltip(ctx, function (p) {
    if (!b.features[p.seriesIndex]) return '';
    return '<b>' + escapeHtml(name(p.dataIndex)) + '</b><br>' + escapeHtml(b.features[p.seriesIndex]) + ' ' + withUnit(p.value[0], b.quantity);
  }, 'item');
  return {
    option, height: Math.ceil(top + height + ctx.theme.font * 3.6), legend: items, notes: [],
    alt: b.quantity.name + ' of ' + b.features.length + ' features to ' + n + ' predictions: ' + b.features.slice(0, 10).map(function (f, k) {
      const e = extent(Array.prototype.slice.call(values, k * n, (k + 1) * n));
      return f + ' from ' + withUnit(e[0], b.quantity) + ' to ' + withUnit(e[1], b.quantity);
    }).join('; ') + '.',
    csv: function () {
      const rows: Cell[][] = [[b.noun].concat(b.features)];
      for (let i = 0; i < n; ++i) rows.push(([name(i)] as Cell[]).concat(b.features.map(function (_, k) { return values[k * n + i]; })));
      return rows;
    },
    entityAt: function (p) { return b.labels.length && b.features[p.seriesIndex] ? b.labels[p.dataIndex] : ''; },
  };
}

// SPDX-License-Identifier: BSD-3-Clause
// A matrix on a hexagonal grid (self-organising maps): rows lie in each other's gaps, odd ones half a cell to the right.
import { numbers } from '../decode';
import { Cell, escapeHtml, fixed, withUnit } from '../format';
import { Heatmap } from '../model';
import { diverging, inkOn, sequential } from '../theme';
import { symmetric } from './attribution';
import { baseOption, Chart, Context, drawing, extent, grid, textWidth, ticks, tooltip } from './chart';
import { colourBar, colourBarRoom, legendGraphics, legendHeight, nameAbove } from './legend';

const FLAT = Math.sqrt(3) / 2;  // from row to row, in widths of a cell

// Corners of a cell of this width around its middle, the point up.
function corners(x: number, y: number, width: number): number[][] {
  const r = width / 2 / FLAT;
  return [[x, y - r], [x + width / 2, y - r / 2], [x + width / 2, y + r / 2], [x, y + r], [x - width / 2, y + r / 2], [x - width / 2, y - r / 2]];
}

export function hexagons(h: Heatmap, ctx: Context): Chart {
  const values = numbers(h.values);
  const n = h.columns.length;
  const q = h.quantity;
  const font = ctx.theme.font;
  const found = extent(values);
  const t = h.diverging ? symmetric(found, h.limits, 4) : ticks(h.limits[0] === null ? found[0] : h.limits[0], h.limits[1] === null ? found[1] : h.limits[1], 4);
  const scale = h.diverging ? diverging(ctx.theme, t.max) : sequential(t.min, t.max);
  let longest = 0;
  for (const r of h.rows) longest = Math.max(longest, textWidth(r, font));
  const left = Math.ceil(Math.min(longest + 12, ctx.width * 0.35) + (h.row_name ? font * 1.5 : 0));
  const across = n + (h.rows.length > 1 ? 0.5 : 0);  // widths of a cell
  const cell = Math.min(ctx.paper ? 34 : 52, (ctx.width - left - colourBarRoom(ctx, t) - 20) / across);
  const width = cell * across;
  const height = cell * (FLAT * (h.rows.length - 1) + 1 / FLAT);
  const bar = Math.max(height, ctx.paper ? 70 : 90);
  const top = legendHeight(ctx, []) + nameAbove(ctx, q, bar);
  const middle = function (i: number): number[] {
    const row = Math.floor(i / n);
    return [left + cell * (i % n + 0.5 + (row % 2) / 2), top + cell * (0.5 / FLAT + FLAT * row)];
  };
  const option = baseOption(ctx);
  option.grid.push(grid(left, top, width, height));
  option.xAxis.push({ type: 'value', min: 0, max: 1, show: false });
  option.yAxis.push({ type: 'value', min: 0, max: 1, show: false });
  const data: number[][] = [];
  for (let i = 0; i < values.length; ++i) data.push([0, 0, i]);
  option.series.push({ type: 'custom', data, animation: false, z: 2, renderItem: function (params: any) {
    const i = params.dataIndex;
    const [x, y] = middle(i);
    const fill = isFinite(values[i]) ? scale(values[i]) : ctx.theme.missing;
    const children: any[] = [{ type: 'polygon', shape: { points: corners(x, y, cell) }, style: { fill, stroke: ctx.theme.background, lineWidth: 1 } }];
    const text = fixed(values[i], q.digits);
    if (h.show_values && isFinite(values[i]) && textWidth(text, font) < cell) {
      children.push({ type: 'text', x, y, style: { text, fill: inkOn(fill), fontSize: font * 0.95, fontFamily: ctx.theme.family, align: 'center', verticalAlign: 'middle' } });
    }
    return { type: 'group', children };
  } });
  option.series.push(drawing(0, 3, function () {
    const words = { fontSize: font, fontFamily: ctx.theme.family };
    const out: any[] = [];
    const every = Math.max(1, Math.ceil((textWidth(h.columns[n - 1], font) + 4) / cell));
    h.rows.forEach(function (name, r) {
      out.push({ type: 'text', x: left - 6, y: middle(r * n)[1], style: { text: name, fill: ctx.theme.muted, align: 'right', verticalAlign: 'middle', ...words } });
    });
    const last = (h.rows.length - 1) * n;
    h.columns.forEach(function (name, c) {
      if (c % every === 0) out.push({ type: 'text', x: middle(last + c)[0], y: top + height + 5, style: { text: name, fill: ctx.theme.muted, align: 'center', ...words } });
    });
    out.push({ type: 'text', x: left + width / 2, y: top + height + 7 + font * 1.4, style: { text: h.column_name, fill: ctx.theme.ink, align: 'center', ...words } });
    out.push({ type: 'text', x: font * 0.7, y: top + height / 2, rotation: Math.PI / 2, style: { text: h.row_name, fill: ctx.theme.ink, align: 'center', verticalAlign: 'middle', ...words } });
    return out;
  }));
  option.graphic = legendGraphics(ctx, []).concat(colourBar(ctx, left + width + 12, top, bar, t, scale, q));
  option.tooltip = tooltip(ctx, function (params) {
    const i = params.dataIndex;
    return '<b>' + escapeHtml(h.row_name + ' ' + h.rows[Math.floor(i / n)]) + ', ' + escapeHtml(h.column_name + ' ' + h.columns[i % n]) + '</b><br>' +
      escapeHtml(q.name) + ' ' + withUnit(values[i], q);
  }, 'item');
  return {
    option, height: Math.ceil(top + Math.max(height + font * (h.column_name ? 3.2 : 1.8), bar + 8)), legend: [], notes: [],
    alt: q.name + ' on a hexagonal map of ' + h.rows.length + ' rows and ' + n + ' columns, from ' + fixed(found[0], q.digits) + ' to ' + withUnit(found[1], q) + '.',
    csv: function () {
      const rows: Cell[][] = [([h.row_name || 'row'] as Cell[]).concat(h.columns)];
      h.rows.forEach(function (r, i) { rows.push(([r] as Cell[]).concat(h.columns.map(function (_, j) { return values[i * n + j]; }))); });
      return rows;
    },
  };
}

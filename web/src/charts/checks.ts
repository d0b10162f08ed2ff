// SPDX-License-Identifier: BSD-3-Clause
// Two checks: does the band hold what it claims, and do attributions add up.
import { numbers } from '../decode';
import { Cell, escapeHtml, fixed, label, signed, withUnit } from '../format';
import { Completeness, Coverage } from '../model';
import { axisRoom, baseOption, Chart, Context, drawing, extent, grid, LegendItem, ticks, Ticks, tooltip, valueAxis } from './chart';
import { legendGraphics, legendHeight } from './legend';

interface Pair { boxes: { left: number; top: number; width: number; height: number }[]; height: number }

// Two plots beside each other, or below each other when narrow.
export function pair(ctx: Context, top: number, left0: number, left1: number, ratio: number): Pair {
  const foot = ctx.theme.font * 3.6;
  const wide = ctx.width >= 440;
  const half = wide ? ctx.width / 2 : ctx.width;
  const h = Math.round(Math.min(280, (half - Math.max(left0, left1) - 12) * ratio));
  const boxes = [{ left: left0, top, width: half - left0 - 12, height: h },
    { left: (wide ? half : 0) + left1, top: wide ? top : top + h + foot + 6, width: half - left1 - 12, height: h }];
  return { boxes, height: Math.ceil(boxes[1].top + h + foot) };
}

function diagonal(ctx: Context, axis: number, tolerance: number, t: Ticks): any {
  return drawing(axis, -5, function (point) {
    const items: any[] = [];
    if (tolerance > 0) {
      items.push({ type: 'polygon', shape: { points: [point(t.min, t.min - tolerance), point(t.max, t.max - tolerance), point(t.max, t.max + tolerance),
        point(t.min, t.min + tolerance)] }, style: { fill: ctx.theme.missing } });
    }
    const a = point(t.min, t.min);
    const b = point(t.max, t.max);
    items.push({ type: 'line', shape: { x1: a[0], y1: a[1], x2: b[0], y2: b[1] }, style: { stroke: ctx.theme.muted, lineWidth: 1, lineDash: [4, 3] } });
    return items;
  }, { clip: true });
}

function level(ctx: Context, axis: number, value: number, low: number, high: number): any {
  return drawing(axis, -5, function (point, box) {
    const y = point(0, value)[1];
    const y1 = point(0, high)[1];
    const y2 = point(0, low)[1];
    return [{ type: 'rect', shape: { x: box.x, y: y1, width: box.width, height: y2 - y1 }, style: { fill: ctx.theme.missing } },
      { type: 'line', shape: { x1: box.x, y1: y, x2: box.x + box.width, y2: y }, style: { stroke: ctx.theme.muted, lineWidth: 1, lineDash: [4, 3] } }];
  }, { clip: true });
}

function points(ctx: Context, axis: number, data: number[][], size: number): any {
  return { type: 'scatter', xAxisIndex: axis, yAxisIndex: axis, data, symbolSize: ctx.paper ? size * 0.65 : size, animation: false, z: 4,
    itemStyle: { color: ctx.theme.blue, opacity: data.length > 200 ? 0.5 : 0.85 } };
}

export function coverage(c: Coverage, ctx: Context): Chart {
  const nominal = numbers(c.nominal);
  const actual = numbers(c.actual);
  const wells = numbers(c.entity_actual);
  const width = numbers(c.entity_width);
  const order: number[] = [];
  for (let i = 0; i < wells.length; ++i) if (isFinite(wells[i])) order.push(i);
  order.sort(function (a, b) { return wells[a] - wells[b]; });
  const percent: Ticks = { min: 0, max: 100, step: 25, digits: 0 };
  const lowest = order.length ? wells[order[0]] * 100 : 50;
  const tw = ticks(Math.min(lowest, 80), 100, 4);
  tw.max = 100;
  const items: LegendItem[] = [
    { name: 'Bands of the model', mark: 'dot', colour: ctx.theme.blue },
    { name: 'Exactly as claimed', mark: 'dash', colour: ctx.theme.muted },
    { name: 'within 5 points', mark: 'band', colour: ctx.theme.missing, border: ctx.theme.grid },
  ];
  const option = baseOption(ctx);
  const left = Math.ceil(axisRoom(ctx, percent, true)) + 4;
  const p = pair(ctx, legendHeight(ctx, items), left, left, 0.85);
  for (const b of p.boxes) option.grid.push(grid(b.left, b.top, b.width, b.height));
  option.xAxis.push(valueAxis(ctx, 0, 'Claimed coverage (%)', percent, { horizontal: true }));
  option.yAxis.push(valueAxis(ctx, 0, 'Observed inside (%)', percent));
  const data: number[][] = [];
  for (let i = 0; i < nominal.length; ++i) data.push([nominal[i] * 100, actual[i] * 100]);
  option.series.push(diagonal(ctx, 0, 5, percent));
  option.series.push({ type: 'line', data, animation: false, silent: true, showSymbol: false, lineStyle: { color: ctx.theme.blue, width: ctx.theme.line } });
  option.series.push(points(ctx, 0, data, 7));
  const tr = ticks(1, Math.max(2, order.length), 4);
  option.xAxis.push(valueAxis(ctx, 1, 'Wells, in order', { min: 0, max: order.length + 1, step: Math.max(1, tr.step), digits: 0 }, { horizontal: true, splitLine: { show: false } }));
  option.xAxis[1].axisLabel.showMaxLabel = false;
  option.yAxis.push(valueAxis(ctx, 1, 'Inside the ' + Math.round(c.main_level * 100) + ' % band (%)', tw));
  option.series.push(level(ctx, 1, c.main_level * 100, c.main_level * 100 - 5, c.main_level * 100 + 5));
  const dots = points(ctx, 1, order.map(function (w, i) { return [i + 1, wells[w] * 100]; }), 6);
  dots.id = 'wells';
  option.series.push(dots);
  option.graphic = legendGraphics(ctx, items);
  option.tooltip = tooltip(ctx, function (params) {
    if (params.seriesId !== 'wells') return 'Claimed ' + fixed(params.value[0], 0) + ' %, observed inside ' + fixed(params.value[1], 1) + ' %';
    const w = order[params.dataIndex];
    return '<b>' + escapeHtml(c.entities[w]) + '</b><br>inside ' + fixed(wells[w] * 100, 1) + ' %' + (width.length ? '<br>' + escapeHtml(c.width_quantity.name) + ' ' + withUnit(width[w], c.width_quantity) : '');
  }, 'item');
  const close = order.filter(function (w) { return Math.abs(wells[w] - c.main_level) <= 0.05; }).length;
  const at = Array.prototype.indexOf.call(nominal, c.main_level);
  return {
    option, height: p.height, legend: items,
    notes: (c.variable ? [c.variable + '.'] : []).concat(order.length ? [close + ' of ' + order.length + ' ' + c.noun + 's lie within 5 points of the claimed ' + Math.round(c.main_level * 100) + ' %.'] : []),
    alt: 'Coverage of the bands' + (at >= 0 ? ': the ' + Math.round(c.main_level * 100) + ' % band holds ' + fixed(actual[at] * 100, 1) + ' % of observations' : '') +
      (order.length ? '; ' + close + ' of ' + order.length + ' ' + c.noun + 's within 5 points' : '') + '.',
    csv: function () {
      const rows: Cell[][] = [['what', 'nominal', 'actual', label(c.width_quantity)]];
      for (let i = 0; i < nominal.length; ++i) rows.push(['all ' + c.noun + 's', nominal[i], actual[i], NaN]);
      c.entities.forEach(function (e, i) { rows.push([e, c.main_level, wells.length ? wells[i] : NaN, width.length ? width[i] : NaN]); });
      return rows;
    },
    entityAt: function (params) { return params.seriesId === 'wells' ? c.entities[order[params.dataIndex]] : ''; },
  };
}

export function completeness(c: Completeness, ctx: Context): Chart {
  const d = numbers(c.difference);
  const s = numbers(c.attribution_sum);
  const q = c.quantity;
  const tolerance = c.tolerance === null ? 0 : c.tolerance;
  const found = extent(d, s);
  const t = ticks(found[0], found[1], 4);
  const residual: number[] = [];
  let worst = 0;
  let worstAt = 0;
  for (let i = 0; i < d.length; ++i) {
    residual.push(d[i] - s[i]);
    if (Math.abs(residual[i]) > worst) {
      worst = Math.abs(residual[i]);
      worstAt = i;
    }
  }
  const tr = ticks(-Math.max(worst, tolerance * 1.2), Math.max(worst, tolerance * 1.2), 4);
  const items: LegendItem[] = [{ name: 'Explained samples', mark: 'dot', colour: ctx.theme.blue }, { name: 'Exact sum', mark: 'dash', colour: ctx.theme.muted }];
  if (tolerance > 0) items.push({ name: 'tolerance \u00b1' + withUnit(tolerance, q), mark: 'band', colour: ctx.theme.missing, border: ctx.theme.grid });
  const option = baseOption(ctx);
  const p = pair(ctx, legendHeight(ctx, items), Math.ceil(axisRoom(ctx, t, true)) + 4, Math.ceil(axisRoom(ctx, tr, true)) + 4, 0.85);
  for (const b of p.boxes) option.grid.push(grid(b.left, b.top, b.width, b.height));
  const unit = q.unit ? ' (' + q.unit + ')' : '';
  option.xAxis.push(valueAxis(ctx, 0, 'Sum of attributions' + unit, t, { horizontal: true }));
  option.yAxis.push(valueAxis(ctx, 0, 'Prediction \u2212 base value' + unit, t));
  option.xAxis.push(valueAxis(ctx, 1, 'Prediction \u2212 base value' + unit, t, { horizontal: true }));
  option.yAxis.push(valueAxis(ctx, 1, 'Completeness residual' + unit, tr));
  option.series.push(diagonal(ctx, 0, tolerance, t));
  option.series.push(points(ctx, 0, residual.map(function (_, i) { return [s[i], d[i]]; }), 6));
  option.series.push(level(ctx, 1, 0, -tolerance, tolerance));
  option.series.push(points(ctx, 1, residual.map(function (r, i) { return [d[i], r]; }), 6));
  option.graphic = legendGraphics(ctx, items);
  option.tooltip = tooltip(ctx, function (params) {
    const i = params.dataIndex;
    return '<b>' + escapeHtml(c.labels[i]) + '</b><br>prediction \u2212 base ' + signed(d[i], q.digits) + ' ' + escapeHtml(q.unit) + '<br>sum ' + signed(s[i], q.digits) + ' ' + escapeHtml(q.unit) +
      '<br>residual ' + signed(residual[i], q.digits + 1) + ' ' + escapeHtml(q.unit);
  }, 'item');
  const inside = residual.filter(function (r) { return Math.abs(r) <= tolerance; }).length;
  const note = d.length ? 'Largest residual ' + withUnit(worst, q) + ' (' + c.labels[worstAt] + ')' + (tolerance > 0 ? '; ' + inside + ' of ' + d.length + ' within the tolerance' : '') + '.' : '';
  return {
    option, height: p.height, legend: items, notes: note ? [note] : [], alt: 'Completeness check of ' + d.length + ' explained samples. ' + note,
    csv: function () {
      const rows: Cell[][] = [['sample', 'prediction_minus_base', 'attribution_sum', 'residual']];
      c.labels.forEach(function (l, i) { rows.push([l, d[i], s[i], residual[i]]); });
      return rows;
    },
    entityAt: function (params) { return params.seriesType === 'scatter' ? c.labels[params.dataIndex] : ''; },
  };
}

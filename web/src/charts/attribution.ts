// SPDX-License-Identifier: BSD-3-Clause
// Attribution: lag x variable heat map with the sum per driver beside it; one prediction as a waterfall.
import { numbers } from '../decode';
import { Cell, escapeHtml, fixed, label, signed, withUnit } from '../format';
import { AttributionHeatmap, Quantity, Waterfall } from '../model';
import { diverging, sequential } from '../theme';
import { baseOption, Chart, Context, drawing, extent, grid, hatched, textWidth, ticks, Ticks, tooltip, valueAxis } from './chart';
import { colourBar, colourBarRoom, legendGraphics, legendHeight, nameAbove } from './legend';

export function symmetric(found: [number, number], limits: [number | null, number | null], wanted: number): Ticks {
  const low = limits[0] === null ? found[0] : limits[0];
  const high = limits[1] === null ? found[1] : limits[1];
  const most = Math.max(Math.abs(low), Math.abs(high)) || 1;
  const t = ticks(-most, most, wanted);
  return { min: -Math.max(t.max, -t.min), max: Math.max(t.max, -t.min), step: t.step, digits: t.digits };
}

function nameAxis(ctx: Context, index: number, names: string[], more?: any): any {
  const axis: any = { type: 'category', gridIndex: index, data: names, inverse: true, axisLine: { show: false }, axisTick: { show: false },
    axisLabel: { color: ctx.theme.ink, fontSize: ctx.theme.font, fontFamily: ctx.theme.family, interval: 0, margin: 8 } };
  for (const key in more || {}) axis[key] = more[key];
  return axis;
}

// The look-back that holds a share of the summed absolute attribution: to the end of the cell in which it is reached.
function memory(values: ArrayLike<number>, lags: ArrayLike<number>, rows: number, share: number): number {
  const n = lags.length;
  const sums = new Float64Array(n);
  let total = 0;
  for (let l = 0; l < n; ++l) {
    for (let v = 0; v < rows; ++v) if (isFinite(values[v * n + l])) sums[l] += Math.abs(values[v * n + l]);
    total += sums[l];
  }
  let running = 0;
  for (let l = 0; l < n; ++l) {
    running += sums[l];
    if (running >= share * total) return l + 1 < n ? lags[l + 1] : n > 1 ? 2 * lags[l] - lags[l - 1] : lags[l] + 1;
  }
  return NaN;
}

// Cells reach halfway to their neighbours.
function edges(lags: ArrayLike<number>): number[] {
  const n = lags.length;
  const e: number[] = [];
  for (let i = 0; i <= n; ++i) {
    if (n === 1) e.push(lags[0] + i - 0.5);
    else if (i === 0) e.push(lags[0] - (lags[1] - lags[0]) / 2);
    else if (i === n) e.push(lags[n - 1] + (lags[n - 1] - lags[n - 2]) / 2);
    else e.push((lags[i - 1] + lags[i]) / 2);
  }
  return e;
}

function rowSums(values: ArrayLike<number>, rows: number, columns: number): number[] {
  const sums: number[] = [];
  for (let v = 0; v < rows; ++v) {
    let sum = 0;
    for (let l = 0; l < columns; ++l) if (isFinite(values[v * columns + l])) sum += values[v * columns + l];
    sums.push(sum);
  }
  return sums;
}

// One item per cell, so that each has its tooltip.
function cells(ctx: Context, values: ArrayLike<number>, rows: number, e: number[], height: number, scale: (v: number) => string): any {
  const n = e.length - 1;
  const data: number[][] = [];
  for (let i = 0; i < rows * n; ++i) data.push([e[i % n], Math.floor(i / n)]);
  return {
    type: 'custom', xAxisIndex: 0, yAxisIndex: 0, z: 1, animation: false, data, clip: false,
    renderItem: function (params: any, api: any) {
      const l = params.dataIndex % n;
      const a = api.coord([e[l], api.value(1)]);
      const b = api.coord([e[l + 1], api.value(1)]);
      const y = a[1] - height / rows / 2;
      const value = values[params.dataIndex];
      const width = b[0] - a[0];
      if (!isFinite(value)) return { type: 'group', children: hatched(ctx, a[0], y, width, height / rows - 1) };
      return { type: 'rect', shape: { x: a[0], y, width: width + (l < n - 1 ? 0.5 : 0), height: height / rows - 1 }, style: { fill: scale(value) } };
    },
  };
}

function accounting(h: AttributionHeatmap, sums: number[]): string[] {
  const q = h.quantity;
  const notes: string[] = [];
  let total = 0;
  for (const s of sums) total += s;
  const unit = q.unit ? '\u00a0' + q.unit : '';
  if (h.prediction !== null && h.base_value !== null) {
    notes.push('Base value ' + withUnit(h.base_value, q) + ', attributions ' + signed(total, q.digits) + unit + ', prediction ' + withUnit(h.prediction, q) + '.');
  }
  if (h.residual !== null) {
    const share = Math.abs(total) > 0 ? ' (' + fixed(Math.abs(h.residual / total) * 100, 1) + '\u00a0% of the sum)' : '';
    notes.push('Completeness residual ' + signed(h.residual, q.digits + 1) + unit + share + '.');
  }
  return notes;
}

export function attribution(h: AttributionHeatmap, ctx: Context): Chart {
  const values = numbers(h.values);
  const lags = numbers(h.lags);
  const rows = h.variables.length;
  const sums = rowSums(values, rows, lags.length);
  const found = extent(values);
  const t = h.magnitude ? ticks(0, h.limits[1] === null ? found[1] : h.limits[1], 4) : symmetric(found, h.limits, 4);
  const scale = h.magnitude ? sequential(0, t.max) : diverging(ctx.theme, t.max);
  const say = h.magnitude ? fixed : signed;
  const e = edges(lags);
  const option = baseOption(ctx);
  let top = legendHeight(ctx, []) + ctx.theme.font * 1.4;
  let longest = 0;
  for (const name of h.variables) longest = Math.max(longest, textWidth(name, ctx.theme.font));
  const left = Math.ceil(Math.min(longest + 14, ctx.width * 0.38));
  const room = colourBarRoom(ctx, t) + 4;
  const beside = ctx.width > 430;  // else the sums stand under the chart
  const sumWidth = beside ? Math.max(74, Math.min(150, ctx.width * 0.18)) : 0;
  const width = ctx.width - left - room - sumWidth - (beside ? 14 : 0) - 4;
  const row = ctx.paper ? 22 : 34;
  const height = Math.max(rows * row, ctx.paper ? 100 : 124);
  top += nameAbove(ctx, h.quantity, height);
  option.grid.push(grid(left, top, width, height));
  const tx = ticks(lags[0], lags[lags.length - 1], width / 62);
  option.xAxis.push(valueAxis(ctx, 0, 'Lag (' + h.lag_unit + ' before)', { min: e[0], max: e[e.length - 1], step: tx.step, digits: tx.digits }, { horizontal: true, splitLine: { show: false } }));
  const marks: number[] = [];
  for (let v = Math.ceil(e[0] / tx.step) * tx.step; v <= e[e.length - 1]; v += tx.step) marks.push(v);
  option.xAxis[0].interval = null;
  option.xAxis[0].axisLabel.customValues = marks;
  option.xAxis[0].axisTick.customValues = marks;
  option.yAxis.push(nameAxis(ctx, 0, h.variables));
  if (longest + 14 > ctx.width * 0.38) {
    option.yAxis[0].axisLabel.width = left - 10;
    option.yAxis[0].axisLabel.overflow = 'break';
    option.yAxis[0].axisLabel.lineHeight = ctx.theme.font * 1.15;
  }
  option.series.push(cells(ctx, values, rows, e, height, scale));
  if (beside) {
    const ends = extent(sums, [0]);
    const ts = ticks(ends[0], ends[1], 2);
    option.grid.push(grid(left + width + 14, top, sumWidth - 8, height));
    option.xAxis.push(valueAxis(ctx, 1, 'Sum' + (h.quantity.unit ? ' (' + h.quantity.unit + ')' : ''), ts, { horizontal: true }));
    option.yAxis.push(nameAxis(ctx, 1, h.variables, { axisLabel: { show: false } }));
    option.series.push({ type: 'bar', xAxisIndex: 1, yAxisIndex: 1, barWidth: '55%', animation: false, silent: true, tooltip: { show: false },
      data: sums.map(function (s) { return { value: s, itemStyle: { color: h.magnitude ? ctx.theme.blue : s < 0 ? ctx.theme.diverging[1] : ctx.theme.diverging[7] } }; }) });
    option.series.push(drawing(1, 6, function (point, box) {
      const x = point(0, 0)[0];
      return [{ type: 'line', shape: { x1: x, y1: box.y, x2: x, y2: box.y + box.height }, style: { stroke: ctx.theme.axis, lineWidth: 1 } }];
    }));
  }
  option.graphic = legendGraphics(ctx, []).concat(colourBar(ctx, left + width + sumWidth + (beside ? 24 : 12), top, height, t, scale, h.quantity));
  const half = h.half_within === null ? memory(values, lags, rows, 0.5) : h.half_within;
  const most = h.most_within === null ? memory(values, lags, rows, 0.9) : h.most_within;
  option.tooltip = tooltip(ctx, function (params) {
    const v = Math.floor(params.dataIndex / lags.length);
    return '<b>' + escapeHtml(h.variables[v]) + '</b><br>lag ' + lags[params.dataIndex % lags.length] + ' ' + escapeHtml(h.lag_unit) + ': ' +
      say(values[params.dataIndex], h.quantity.digits + 1) + ' ' + escapeHtml(h.quantity.unit);
  }, 'item');
  const notes = accounting(h, sums);
  if (!beside) {
    notes.unshift('Sums over lags (' + h.quantity.unit + '): ' + h.variables.map(function (n, v) { return n + ' ' + say(sums[v], h.quantity.digits); }).join(', ') + '.');
  }
  notes.push('Half of the summed absolute attribution lies within ' + fixed(half, 0) + ', 90\u00a0% within ' + fixed(most, 0) + ' ' + h.lag_unit + ' before the explained date, that one counted.');
  return {
    option, height: Math.ceil(top + height + ctx.theme.font * 3.6), legend: [], notes,
    alt: 'Attribution by lag and variable' + (h.entity ? ' for ' + h.entity : '') + ': sums ' + h.variables.map(function (name, v) { return name + ' ' + say(sums[v], h.quantity.digits) + ' ' + h.quantity.unit; }).join(', ') + '. ' + notes.join(' '),
    csv: function () {
      const rowsOut: Cell[][] = [(['lag_' + h.lag_unit] as Cell[]).concat(h.variables)];
      for (let l = 0; l < lags.length; ++l) rowsOut.push(([lags[l]] as Cell[]).concat(h.variables.map(function (_, v) { return values[v * lags.length + l]; })));
      return rowsOut;
    },
  };
}

export function waterfall(w: Waterfall, ctx: Context): Chart {
  const values = numbers(w.values);
  const q: Quantity = w.quantity;
  const base = w.base_value === null ? 0 : w.base_value;
  const names = ['Base value'].concat(w.drivers);
  const from: number[] = [base];
  const to: number[] = [base];
  let at = base;
  for (let i = 0; i < values.length; ++i) {
    from.push(at);
    at += values[i];
    to.push(at);
  }
  names.push('Prediction');
  from.push(at);
  to.push(at);
  const observed = w.observed === null ? NaN : w.observed;
  if (isFinite(observed)) names.push('Observed');
  const found = extent(from, to, isFinite(observed) ? [observed] : []);
  const padding = (found[1] - found[0]) * 0.12 || 0.1;
  const t = ticks(found[0] - padding, found[1] + padding, ctx.width / 110);
  let longest = 0;
  for (const name of names) longest = Math.max(longest, textWidth(name, ctx.theme.font));
  const option = baseOption(ctx);
  const top = legendHeight(ctx, []);
  const left = Math.ceil(Math.min(longest + 14, ctx.width * 0.36));
  const row = ctx.paper ? 17 : 26;
  const height = names.length * row;
  option.grid.push(grid(left, top, ctx.width - left - 16, height));
  option.xAxis.push(valueAxis(ctx, 0, label(q), t, { horizontal: true }));
  option.yAxis.push(nameAxis(ctx, 0, names));
  option.series.push(drawing(0, 3, function (point) {
    const items: any[] = [];
    const h = row * 0.56;
    names.forEach(function (name, i) {
      const end = name === 'Observed' ? observed : to[i];
      const a = point(i < from.length ? from[i] : end, i);
      const b = point(end, i);
      const driver = i > 0 && i <= values.length;
      if (driver) {
        const rise = values[i - 1] >= 0;
        items.push({ type: 'rect', shape: { x: Math.min(a[0], b[0]), y: a[1] - h / 2, width: Math.max(1, Math.abs(b[0] - a[0])), height: h },
          style: { fill: ctx.theme.diverging[rise ? 7 : 1] } });
        items.push({ type: 'line', shape: { x1: b[0], y1: b[1] - h / 2, x2: b[0], y2: b[1] + row }, style: { stroke: ctx.theme.axis, lineWidth: 0.8 } });
      } else {
        items.push({ type: 'circle', shape: { cx: b[0], cy: b[1], r: ctx.paper ? 2.6 : 4.5 }, style: { fill: name === 'Prediction' ? '#0072B2' : ctx.theme.observed } });
      }
      const text = driver ? signed(values[i - 1], q.digits) : fixed(end, q.digits);
      const rightmost = Math.max(a[0], b[0]);
      items.push({ type: 'text', x: rightmost + 6, y: b[1], style: { text, fill: ctx.theme.ink, fontSize: ctx.theme.font, fontFamily: ctx.theme.family, verticalAlign: 'middle',
        stroke: ctx.theme.background, lineWidth: 2 } });
    });
    return items;
  }));
  option.graphic = legendGraphics(ctx, []);
  option.tooltip = { show: false };
  return {
    option, height: Math.ceil(top + height + ctx.theme.font * 3.6), legend: [], notes: [],
    alt: 'From the base value ' + withUnit(base, q) + ' to the prediction ' + withUnit(at, q) + ': ' + w.drivers.map(function (n, i) { return n + ' ' + signed(values[i], q.digits); }).join(', ') + '.',
    csv: function () {
      const rows: Cell[][] = [['term', label(q)], ['base value', base]];
      w.drivers.forEach(function (n, i) { rows.push([n, values[i]]); });
      rows.push(['prediction', w.prediction === null ? NaN : w.prediction], ['observed', observed]);
      return rows;
    },
  };
}

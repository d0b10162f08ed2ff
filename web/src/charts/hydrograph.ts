// SPDX-License-Identifier: BSD-3-Clause
// Levels over time: precipitation hanging from the top, observed dots, simulated line with band, periods behind,
// residuals below, all on one time axis.
import { count, numbers } from '../decode';
import { Cell, escapeHtml, fixed, isoDate, label, signed, stepText, times, withUnit } from '../format';
import { Hydrograph, PeriodKind } from '../model';
import { DASHES, SKY } from '../theme';
import { axisRoom, baseOption, Box, Chart, Context, drawing, extent, grid, LegendItem, ticks, Ticks, timeAxis, tooltip, valueAxis }
  from './chart';
import { legendGraphics, legendHeight } from './legend';
import * as sample from './sample';

const SPLITS: PeriodKind[] = ['training', 'validation', 'test'];
const ALL: PeriodKind[] = SPLITS.concat(['freezing', 'thawing']);
const FULL_HEIGHT_MS = 4.2 * 365.25 * 86400e3;  // longer windows show freezing and thawing as a strip

interface Data {
  h: Hydrograph; t: Float64Array; observed: ArrayLike<number>; simulated: ArrayLike<number>; lower: ArrayLike<number>;
  upper: ArrayLike<number>; rain: ArrayLike<number>; baselines: ArrayLike<number>[]; residual: Float64Array;
  start: number; end: number;
}

function decode(h: Hydrograph): Data {
  const t = times(h.axis);
  const observed = numbers(h.observed);
  const simulated = numbers(h.simulated);
  const n = observed.length && simulated.length ? t.length : 0;
  const residual = new Float64Array(n);
  for (let i = 0; i < n; ++i) residual[i] = simulated[i] - observed[i];
  const step = t.length > 1 ? t[t.length - 1] - t[t.length - 2] : 86400e3;
  return { h, t, observed, simulated, lower: numbers(h.lower), upper: numbers(h.upper), rain: numbers(h.precipitation),
    baselines: h.baselines.map(function (b) { return numbers(b.values); }), residual,
    start: t.length ? t[0] : 0, end: t.length ? t[t.length - 1] + step : 1 };
}

function legend(ctx: Context, d: Data): LegendItem[] {
  const items: LegendItem[] = [];
  const h = d.h;
  if (count(h.observed)) items.push({ name: 'Observed', mark: 'dot', colour: ctx.theme.observed });
  if (count(h.simulated)) items.push({ name: 'Simulated', mark: 'line', colour: ctx.theme.blue });
  if (count(h.lower)) {
    items.push({ name: Math.round(h.band_level * 100) + ' % band', mark: 'band', colour: ctx.theme.dark ? 'rgba(61,159,224,0.28)' : 'rgba(0,114,178,0.2)' });
  }
  if (!ctx.paper) {
    h.baselines.forEach(function (b, i) {
      items.push({ name: b.name, mark: 'dash', colour: ctx.theme.baseline, dash: DASHES[i % 4] as number[],
        toggles: 'baseline' + i, hidden: true });
    });
  }
  if (count(h.precipitation)) items.push({ name: h.precipitation_quantity.name, mark: 'square', colour: SKY });
  for (const kind of ALL) {
    if (h.periods.some(function (p) { return p.kind === kind; })) {
      items.push({ name: kind.charAt(0).toUpperCase() + kind.slice(1), mark: 'band', colour: ctx.theme.periods[kind],
        border: ctx.theme.axis });
    }
  }
  return items;
}

// Backgrounds; freezing and thawing fill the height in short windows and are a strip at the bottom in long ones.
function periodSeries(ctx: Context, d: Data, axis: number, strip: boolean): any {
  return drawing(axis, -10, function (point, box: Box) {
    const items: any[] = [];
    const from = d.h.periods.filter(function (p) { return SPLITS.indexOf(p.kind) >= 0; });
    const seasons = d.h.periods.filter(function (p) { return SPLITS.indexOf(p.kind) < 0; });
    for (const p of from.concat(seasons)) {
      const x1 = Math.max(box.x, point(p.start * 1000, 0)[0]);
      const x2 = Math.min(box.x + box.width, point(p.end * 1000, 0)[0]);
      if (x2 <= x1) continue;
      const season = SPLITS.indexOf(p.kind) < 0;
      const long = (d.end - d.start) * box.width / (point(d.end, 0)[0] - point(d.start, 0)[0]) > FULL_HEIGHT_MS;
      if (season && long && !strip) continue;
      const height = season && long ? Math.min(7, box.height) : box.height;
      items.push({ type: 'rect', shape: { x: x1, y: box.y + box.height - height, width: x2 - x1, height },
        style: { fill: ctx.theme.periods[p.kind] } });
    }
    return items;
  }, { id: 'periods' + axis });
}

function bandSeries(ctx: Context, axis: number, polygons: number[][][]): any {
  return drawing(axis, 1, function (point) {
    return polygons.map(function (run) {
      const points: number[][] = [];
      for (const p of run) points.push(point(p[0], p[2]));
      for (let i = run.length - 1; i >= 0; --i) points.push(point(run[i][0], run[i][1]));
      return { type: 'polygon', shape: { points }, style: { fill: ctx.theme.blue, opacity: ctx.theme.band } };
    });
  }, { id: 'band', clip: true });
}

// In files plain circles: a third of the size of scatter's paths.
function circles(axis: number, id: string, points: number[][], size: number, colour: string): any {
  return drawing(axis, 3, function (point) {
    return points.map(function (p) {
      const at = point(p[0], p[1]);
      return { type: 'circle', shape: { cx: at[0], cy: at[1], r: size / 2 }, style: { fill: colour } };
    });
  }, { id, clip: true });
}
function dotSeries(ctx: Context, axis: number, id: string, points: number[][], size: number, colour: string): any {
  return ctx.paper ? circles(axis, id, points, size, colour) : { id, symbolSize: size, data: points };
}

interface Layout { rain: number; level: number; residual: number; overview: number; count: number }

function layout(d: Data, ctx: Context): Layout {
  let next = 0;
  const rain = d.rain.length ? next++ : -1;
  const level = next++;
  const residual = d.residual.length ? next++ : -1;
  const overview = ctx.paper ? -1 : next++;
  return { rain, level, residual, overview, count: next };
}

function levelTicks(d: Data, from: number, to: number, hidden: { [group: string]: boolean }, height: number): Ticks {
  const pick = function (v: ArrayLike<number>) { return Array.prototype.slice.call(v, from, to); };
  const lists: ArrayLike<number>[] = [pick(d.observed), pick(d.simulated), pick(d.lower), pick(d.upper)];
  d.baselines.forEach(function (b, i) { if (!hidden['baseline' + i]) lists.push(pick(b)); });
  const range = extent.apply(null, lists);
  return ticks(range[0], range[1], Math.max(2, height / 40));
}

// The series for one window: full detail when its points fit the pixels, reduced otherwise.
function windowSeries(ctx: Context, d: Data, l: Layout, start: number, end: number, width: number,
  hidden: { [group: string]: boolean }): any[] {
  const from = Math.max(0, sample.lowerBound(d.t, start) - 1);
  const to = Math.min(d.t.length, sample.lowerBound(d.t, end) + 1);
  const many = ctx.paper ? width * 1.5 : width * 1.2;
  const visible = to - from;
  const dot = Math.max(ctx.theme.dot * 0.62, Math.min(ctx.theme.dot * 1.4, ctx.theme.dot * Math.sqrt(width / visible)));
  const series: any[] = [];
  if (d.rain.length) {
    const bars = sample.bars(d.t, d.rain, from, to, width / 1.5);
    const step = visible > 0 ? width / Math.min(visible, width / 1.5) : 4;
    series.push({ id: 'rain', data: bars, barWidth: Math.max(1, Math.min(14, step * 0.8)) });
  }
  if (d.lower.length) series.push(bandSeries(ctx, l.level, sample.band(d.t, d.lower, d.upper, from, to, many)));
  if (d.observed.length) {
    series.push(dotSeries(ctx, l.level, 'observed', sample.dots(d.t, d.observed, from, to, many), dot, ctx.theme.observed));
  }
  d.baselines.forEach(function (b, i) {
    series.push({ id: 'baseline' + i, data: hidden['baseline' + i] ? [] : sample.line(d.t, b, from, to, many) });
  });
  if (d.simulated.length) series.push({ id: 'simulated', data: sample.line(d.t, d.simulated, from, to, many) });
  if (d.residual.length) {
    series.push(dotSeries(ctx, l.residual, 'residual', sample.dots(d.t, d.residual, from, to, many), Math.max(1.5, dot * 0.8), ctx.theme.muted));
  }
  return series;
}

const STYLES: { [id: string]: (ctx: Context, l: Layout) => any } = {
  rain: function (_, l) { return { type: 'bar', axis: l.rain, itemStyle: { color: SKY }, barCategoryGap: 0 }; },
  observed: function (ctx, l) { return { type: 'scatter', axis: l.level, z: 3, itemStyle: { color: ctx.theme.observed, opacity: 1 } }; },
  simulated: function (ctx, l) { return { type: 'line', axis: l.level, z: 5, showSymbol: false, connectNulls: false,
    lineStyle: { color: ctx.theme.blue, width: ctx.theme.line } }; },
  residual: function (ctx, l) { return { type: 'scatter', axis: l.residual, z: 3, itemStyle: { color: ctx.theme.muted, opacity: 1 } }; },
};

function fullSeries(ctx: Context, l: Layout, partial: any[]): any[] {
  return partial.map(function (s) {
    const index = /^baseline(\d+)$/.exec(s.id);
    const style = index ? { type: 'line', axis: l.level, z: 4, showSymbol: false, connectNulls: false,
      lineStyle: { color: ctx.theme.baseline, width: ctx.theme.line * 0.9, type: DASHES[Number(index[1]) % 4] } }
      : s.type === 'custom' ? { axis: s.xAxisIndex } : STYLES[s.id](ctx, l);
    const result: any = { animation: false, silent: true, xAxisIndex: style.axis, yAxisIndex: style.axis };
    for (const key in style) if (key !== 'axis') result[key] = style[key];
    for (const key in s) result[key] = s[key];
    return result;
  });
}

function hover(d: Data): (params: any) => string {
  return function (params: any): string {
    const first = params.length ? params[0] : params;
    if (!first) return '';
    const ms = Number(first.axisValue);
    let i = Math.min(d.t.length - 1, sample.lowerBound(d.t, ms));
    if (i > 0 && ms - d.t[i - 1] < d.t[i] - ms) --i;
    const q = d.h.quantity;
    const rows: [string, string][] = [];
    if (d.observed.length) rows.push(['Observed', withUnit(d.observed[i], q)]);
    if (d.simulated.length) rows.push(['Simulated', withUnit(d.simulated[i], q)]);
    if (d.lower.length) {
      rows.push([Math.round(d.h.band_level * 100) + ' % band', fixed(d.lower[i], q.digits) + ' to ' + withUnit(d.upper[i], q)]);
    }
    if (d.residual.length && isFinite(d.residual[i])) {
      rows.push(['Residual', signed(d.residual[i], q.digits) + (q.unit ? '\u00a0' + q.unit : '')]);
    }
    if (d.rain.length) rows.push([d.h.precipitation_quantity.name, withUnit(d.rain[i], d.h.precipitation_quantity)]);
    return '<b>' + stepText(d.h.axis, i, d.t) + '</b>' + rows.map(function (r) {
      return '<div style="display:flex;justify-content:space-between;gap:18px"><span>' + escapeHtml(r[0]) + '</span><span>' +
        escapeHtml(r[1]) + '</span></div>';
    }).join('');
  };
}

function table(d: Data): Cell[][] {
  const q = d.h.quantity;
  const unit = q.unit ? '_' + q.unit : '';
  const columns: [string, ArrayLike<number>][] = [];
  if (d.observed.length) columns.push(['observed' + unit, d.observed]);
  if (d.simulated.length) columns.push(['simulated' + unit, d.simulated]);
  if (d.lower.length) columns.push(['lower' + unit, d.lower], ['upper' + unit, d.upper]);
  d.h.baselines.forEach(function (b, i) { columns.push([b.name + unit, d.baselines[i]]); });
  if (d.rain.length) columns.push([d.h.precipitation_quantity.name + ' ' + d.h.precipitation_quantity.unit, d.rain]);
  const rows: Cell[][] = [(['date'] as Cell[]).concat(columns.map(function (c) { return c[0]; }))];
  for (let i = 0; i < d.t.length; ++i) {
    rows.push(([stepText(d.h.axis, i, d.t)] as Cell[]).concat(columns.map(function (c) { return c[1][i]; })));
  }
  return rows;
}

function describe(d: Data): string {
  const q = d.h.quantity;
  let n = 0;
  for (let i = 0; i < d.observed.length; ++i) if (isFinite(d.observed[i])) ++n;
  const range = extent(d.observed);
  return 'Hydrograph of ' + d.h.entity + ', ' + isoDate(d.start) + ' to ' + isoDate(d.t[d.t.length - 1]) + ': ' + n +
    ' observed values' + (n ? ' from ' + fixed(range[0], q.digits) + ' to ' + withUnit(range[1], q) : '') +
    (d.simulated.length ? ', with the simulated line' : '') + (d.lower.length ? ' and its band' : '') + '.';
}

interface Frame { left: number; width: number; tops: number[]; heights: number[]; bottom: number; total: number }

function frame(ctx: Context, l: Layout, items: LegendItem[], t: Ticks): Frame {
  const f = ctx.theme.font;
  const left = Math.ceil(Math.max(axisRoom(ctx, t, true), f * 4.6));
  const width = ctx.width - left - f * 1.7;
  const scale = ctx.paper ? Math.min(1, 0.55 + ctx.width / 1500) : ctx.width < 520 ? 0.85 : 1;
  const tops: number[] = [];
  const heights: number[] = [];
  let y = legendHeight(ctx, items);
  const add = function (height: number, gap: number) {
    tops.push(y);
    heights.push(height);
    y += height + gap;
  };
  if (l.rain >= 0) add(62 * scale, f * 1.1);
  add(250 * scale, l.residual >= 0 ? f * 1.4 : 0);
  if (l.residual >= 0) add(Math.max(78 * scale, f * 6.6), 0);
  const bottom = y;
  y += f * 2.0;
  if (l.overview >= 0) {
    y += 6;
    add(30, 0);
  }
  return { left, width, tops, heights, bottom, total: Math.ceil(y + (ctx.paper ? 2 : 6)) };
}

function axes(ctx: Context, d: Data, l: Layout, fr: Frame, t: Ticks, option: any): void {
  for (let g = 0; g < l.count; ++g) {
    option.grid.push(grid(fr.left, fr.tops[g], fr.width, fr.heights[g]));
    const last = g === (l.residual >= 0 ? l.residual : l.level);
    option.xAxis.push(timeAxis(ctx, g, d.start, d.end, fr.width, last));
  }
  if (l.rain >= 0) {
    const most = ticks(0, extent(d.rain)[1], 3);
    option.yAxis.push(valueAxis(ctx, l.rain, d.h.precipitation_quantity.unit, most, { inverse: true, splitLine: { show: false } }));
    option.yAxis[0].axisLabel.showMaxLabel = most.max / most.step > 1.5 ? false : true;
    option.xAxis[l.rain].axisLine.onZero = true;
    option.xAxis[l.rain].position = 'top';
  }
  option.yAxis.push(valueAxis(ctx, l.level, label(d.h.quantity), t, { id: 'level', inverse: d.h.downward }));
  if (l.residual >= 0) {
    const reach = extent(d.residual);
    const most = Math.max(Math.abs(reach[0]), Math.abs(reach[1]));
    const r = ticks(-most, most, 2);
    option.yAxis.push(valueAxis(ctx, l.residual, 'Residual' + (d.h.quantity.unit ? ' (' + d.h.quantity.unit + ')' : ''), r));
  }
  for (const axis of option.yAxis) {
    axis.nameGap = fr.left - ctx.theme.font * 1.45;
    axis.axisPointer = { show: false };
  }
}

function zoomControls(ctx: Context, d: Data, l: Layout, fr: Frame, option: any): void {
  const linked: number[] = [];
  for (let g = 0; g < l.overview; ++g) linked.push(g);
  option.yAxis.push({ type: 'value', gridIndex: l.overview, show: false, scale: true, inverse: d.h.downward, axisPointer: { show: false } });
  option.xAxis[l.overview].show = false;
  option.xAxis[l.overview].axisPointer = { show: false };
  const y = d.observed.length ? d.observed : d.simulated;
  const sparse = sample.segments(y, 0, y.length).length > 60;  // weekly values on a daily axis: joined
  option.series.push({ id: 'overview', type: 'line', silent: true, animation: false, showSymbol: false, xAxisIndex: l.overview, yAxisIndex: l.overview,
    connectNulls: false, lineStyle: { color: ctx.theme.muted, width: 1 }, tooltip: { show: false },
    data: sparse ? sample.dots(d.t, y, 0, d.t.length, 400) : sample.line(d.t, y, 0, d.t.length, 400) });
  const handle = { color: ctx.theme.background, borderColor: ctx.theme.muted, borderWidth: 1 };
  option.dataZoom = [
    { type: 'inside', id: 'inside', xAxisIndex: linked, filterMode: 'none', zoomOnMouseWheel: 'ctrl', moveOnMouseWheel: false,
      preventDefaultMouseMove: false, minValueSpan: 20 * (d.t.length > 1 ? d.t[1] - d.t[0] : 86400e3) },
    { type: 'slider', id: 'slider', xAxisIndex: linked, filterMode: 'none', left: fr.left, top: fr.tops[l.overview], width: fr.width,
      height: 30, showDataShadow: false, brushSelect: false, showDetail: false, backgroundColor: 'transparent',
      borderColor: ctx.theme.grid, fillerColor: 'rgba(0,114,178,0.12)', handleStyle: handle, moveHandleSize: 0, handleSize: '80%' },
  ];
  option.axisPointer = { link: [{ xAxisIndex: linked }] };
  option.tooltip = tooltip(ctx, hover(d), 'axis');
}

export function hydrograph(h: Hydrograph, ctx: Context): Chart {
  const d = decode(h);
  const l = layout(d, ctx);
  const items = legend(ctx, d);
  const hidden: { [group: string]: boolean } = {};
  h.baselines.forEach(function (_, i) { hidden['baseline' + i] = true; });
  const t = levelTicks(d, 0, d.t.length, hidden, 250);
  const fr = frame(ctx, l, items, t);
  const option = baseOption(ctx);
  axes(ctx, d, l, fr, t, option);
  option.series = fullSeries(ctx, l, windowSeries(ctx, d, l, d.start, d.end, fr.width, hidden));
  option.series.push(periodSeries(ctx, d, l.level, true));
  if (l.residual >= 0) {
    option.series.push(periodSeries(ctx, d, l.residual, false));
    option.series.push(drawing(l.residual, 2, function (point, box) {
      const y = point(d.start, 0)[1];
      return [{ type: 'line', shape: { x1: box.x, y1: y, x2: box.x + box.width, y2: y }, style: { stroke: ctx.theme.axis, lineWidth: 1 } }];
    }, { id: 'zero' }));
  }
  option.graphic = legendGraphics(ctx, items);
  option.tooltip = { show: false };
  if (l.overview >= 0) zoomControls(ctx, d, l, fr, option);
  return {
    option, height: fr.total, legend: items, notes: [], alt: describe(d), csv: function () { return table(d); },
    range: [d.start, d.end],
    window: function (start, end, now) {
      const from = sample.lowerBound(d.t, start);
      const to = sample.lowerBound(d.t, end);
      const w = levelTicks(d, from, to, now, 250);
      return {
        series: windowSeries(ctx, d, l, start, end, fr.width, now),
        yAxis: [{ id: 'level', min: w.min, max: w.max, interval: w.step,
          axisLabel: { formatter: function (value: number) { return fixed(value, w.digits); } } }],
      };
    },
  };
}

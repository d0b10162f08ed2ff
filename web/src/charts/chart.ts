// SPDX-License-Identifier: BSD-3-Clause
// What every chart is made of. A builder is a pure function of its data and a Context: no page, no clock, so that
// the page and the static files draw the same.
import { Cell, fixed } from '../format';
import { Theme } from '../theme';

export interface Context {
  width: number;    // px
  theme: Theme;
  paper: boolean;   // static file or print: the legend is drawn inside
  letter: string;   // panel letter, "" = none
}

export interface LegendItem {
  name: string;
  mark: 'line' | 'dash' | 'dot' | 'square' | 'band' | 'circle' | 'rect' | 'triangle' | 'diamond' | 'pin' | 'roundRect';
  colour: string;
  dash?: number[];
  border?: string;
  toggles?: string;   // id of a group of series that the reader may hide
  hidden?: boolean;   // at first
}

export interface Chart {
  option: any;
  height: number;
  legend: LegendItem[];
  notes: string[];               // sentences under the chart, from the data
  alt: string;                   // text alternative
  csv: () => Cell[][];
  entityAt?: (params: any) => string;   // the entity behind a clicked element, "" = none
  // Series for a window of time (ms) at full or reduced detail, for charts that zoom.
  window?: (start: number, end: number, hidden: { [group: string]: boolean }) => any;
  range?: [number, number];
  field?: FieldControl;          // maps of a grid
}

// What the page asks a map of a grid for. Cells are numbers of the grid, -1 = none; times are indices.
export interface FieldControl {
  times: string[];
  frame: (time: number) => any;  // option with the series of that time
  cell: (x: number, y: number) => number;
  text: (cell: number, time: number) => string;
  values: (cell: number) => number[];
  entity: (cell: number) => string;  // that a click opens, "" = none
}

export interface Ticks { min: number; max: number; step: number; digits: number }

// Limits rounded outwards to a step of 1, 2, 2.5 or 5 times a power of ten.
export function ticks(low: number, high: number, wanted: number): Ticks {
  if (!isFinite(low) || !isFinite(high)) return { min: 0, max: 1, step: 0.5, digits: 1 };
  if (high <= low) {
    const half = Math.abs(low) > 0 ? Math.abs(low) * 0.05 : 0.5;
    low -= half;
    high += half;
  }
  const raw = (high - low) / Math.max(1, wanted);
  const power = Math.pow(10, Math.floor(Math.log(raw) / Math.LN10));
  const factor = raw / power <= 1 ? 1 : raw / power <= 2 ? 2 : raw / power <= 2.5 ? 2.5 : raw / power <= 5 ? 5 : 10;
  const step = factor * power;
  const digits = Math.max(0, -Math.floor(Math.log(power) / Math.LN10 + 1e-9) + (factor === 2.5 ? 1 : 0) -
    (factor === 10 ? 1 : 0));
  return { min: Math.floor(low / step + 1e-9) * step, max: Math.ceil(high / step - 1e-9) * step, step, digits };
}

export function extent(...lists: ArrayLike<number>[]): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const list of lists) {
    for (let i = 0; i < list.length; ++i) {
      if (list[i] < low) low = list[i];
      if (list[i] > high) high = list[i];
    }
  }
  return [low, high];
}

// An upper estimate without measuring (Duktape has no fonts): the widths of DejaVu Sans, the widest font that the charts may
// get.
export function textWidth(text: string, font: number): number {
  let em = 0;
  for (let i = 0; i < text.length; ++i) {
    const c = text.charAt(i);
    em += /[ijl.,:;'|! ]/.test(c) ? 0.31 : /[tfr()\[\]\-\/]/.test(c) ? 0.4 : /[mwMW%@\u2014]/.test(c) ? 0.95 : /[A-Z\u2212+=<>]/.test(c) ? 0.72 : 0.62;
  }
  return em * font;
}

// The widest label of a value axis.
export function labelWidth(ctx: Context, t: Ticks): number {
  return Math.max(textWidth(fixed(t.min, t.digits), ctx.theme.font), textWidth(fixed(t.max, t.digits), ctx.theme.font));
}

// Room that a value axis needs left of the plot: its longest label, and its name turned by 90 degrees.
export function axisRoom(ctx: Context, t: Ticks, named: boolean): number {
  return labelWidth(ctx, t) + 13 + (named ? ctx.theme.font * 1.5 : 0);
}

export function valueAxis(ctx: Context, gridIndex: number, name: string, t: Ticks, more?: any): any {
  const vertical = !more || !more.horizontal;
  const axis: any = {
    type: 'value', gridIndex, min: t.min, max: t.max, interval: t.step, name, nameLocation: 'middle', nameMoveOverlap: false,
    nameGap: vertical ? axisRoom(ctx, t, false) : ctx.theme.font * 2.1,
    nameTextStyle: { color: ctx.theme.ink, fontSize: ctx.theme.font, fontFamily: ctx.theme.family },
    axisLine: { show: true, lineStyle: { color: ctx.theme.axis, width: 1 }, onZero: false },
    axisTick: { show: true, length: 4, lineStyle: { color: ctx.theme.axis } },
    axisLabel: {
      color: ctx.theme.muted, fontSize: ctx.theme.font, fontFamily: ctx.theme.family, margin: 7,
      showMinLabel: true, showMaxLabel: true,
      formatter: function (value: number) { return fixed(value, t.digits); },
    },
    splitLine: { show: true, lineStyle: { color: ctx.theme.grid, width: 1 } },
  };
  for (const key in more || {}) {
    if (key !== 'horizontal') axis[key] = more[key];
  }
  return axis;
}

export function categoryAxis(ctx: Context, gridIndex: number, names: string[], more?: any): any {
  const axis: any = {
    type: 'category', gridIndex, data: names,
    axisLine: { show: true, lineStyle: { color: ctx.theme.axis }, onZero: false },
    axisTick: { show: false },
    axisLabel: { color: ctx.theme.muted, fontSize: ctx.theme.font, fontFamily: ctx.theme.family, interval: 0, margin: 7 },
    splitLine: { show: false },
    nameLocation: 'middle', nameMoveOverlap: false,
    nameTextStyle: { color: ctx.theme.ink, fontSize: ctx.theme.font, fontFamily: ctx.theme.family },
  };
  for (const key in more || {}) axis[key] = more[key];
  return axis;
}

// Dates in ms since 1970.
export function timeAxis(ctx: Context, index: number, start: number, end: number, width: number, labels: boolean): any {
  return {
    type: 'time', gridIndex: index, min: start, max: end, splitNumber: Math.max(2, Math.floor(width / (width < 420 ? 70 : 95))),
    axisLine: { show: true, lineStyle: { color: ctx.theme.axis }, onZero: false },
    axisTick: { show: labels, length: 4, lineStyle: { color: ctx.theme.axis } },
    axisLabel: { show: labels, color: ctx.theme.muted, fontSize: ctx.theme.font, fontFamily: ctx.theme.family, hideOverlap: true,
      margin: 7, formatter: { year: '{yyyy}', month: '{yyyy}-{MM}', day: '{yyyy}-{MM}-{dd}', hour: '{MM}-{dd} {HH}:{mm}',
        minute: '{HH}:{mm}', second: '{HH}:{mm}', millisecond: '{HH}:{mm}', none: '{yyyy}-{MM}-{dd}' } },
    splitLine: { show: false },
    axisPointer: { show: !ctx.paper, label: { show: false } },
  };
}

// An option with what all charts share.
export function baseOption(ctx: Context): any {
  return {
    animation: false, useUTC: true, backgroundColor: ctx.paper ? '#ffffff' : 'transparent',
    textStyle: { fontFamily: ctx.theme.family, fontSize: ctx.theme.font, color: ctx.theme.ink },
    grid: [], xAxis: [], yAxis: [], series: [], graphic: [],
  };
}

export function grid(left: number, top: number, width: number, height: number): any {
  return { left, top, width, height, outerBoundsMode: 'none', containLabel: false };
}

export function tooltip(ctx: Context, formatter: (params: any) => string, trigger: 'item' | 'axis'): any {
  if (ctx.paper) return { show: false };
  return {
    trigger, formatter, confine: true, transitionDuration: 0, renderMode: 'html',
    backgroundColor: ctx.theme.background, borderColor: ctx.theme.axis, borderWidth: 1, padding: [6, 9],
    textStyle: { color: ctx.theme.ink, fontSize: 13, fontFamily: ctx.theme.family },
    axisPointer: { type: 'line', animation: false, lineStyle: { color: ctx.theme.muted, width: 1, type: 'solid' } },
    extraCssText: 'box-shadow:none;border-radius:3px;font-variant-numeric:tabular-nums',
  };
}

// A custom series whose one item draws everything with the given function of the coordinate system.
export function drawing(axis: number, z: number, draw: (point: (x: any, y: any) => number[], box: Box) => any[],
  more?: any): any {
  const series: any = {
    type: 'custom', xAxisIndex: axis, yAxisIndex: axis, z, silent: true, data: [[0, 0]], clip: false,
    tooltip: { show: false }, encode: { x: -1, y: -1 },
    renderItem: function (params: any, api: any) {
      const box: Box = params.coordSys;
      return { type: 'group', children: draw(function (x, y) { return api.coord([x, y]); }, box) };
    },
  };
  for (const key in more || {}) series[key] = more[key];
  return series;
}
export interface Box { x: number; y: number; width: number; height: number }

// A labelled line across the plot at a value of the x or y axis.
export function markLine(ctx: Context, axis: number, along: 'x' | 'y', value: number, label: string): any {
  return drawing(axis, 8, function (point, box) {
    const p = point(along === 'x' ? value : 0, along === 'y' ? value : 0);
    const x = along === 'x';
    const shape = x ? { x1: p[0], y1: box.y, x2: p[0], y2: box.y + box.height }
      : { x1: box.x, y1: p[1], x2: box.x + box.width, y2: p[1] };
    const items: any[] = [{ type: 'line', shape, style: { stroke: ctx.theme.ink, lineWidth: 1, lineDash: [2, 3] } }];
    if (label) {
      items.push({
        type: 'text', x: x ? p[0] - 3 : box.x + box.width - 3, y: x ? box.y + 4 : p[1] - 3, rotation: x ? Math.PI / 2 : 0,
        style: { text: label, fill: ctx.theme.ink, fontSize: ctx.theme.font * 0.95, fontFamily: ctx.theme.family,
          align: 'right', verticalAlign: 'bottom', stroke: ctx.theme.background, lineWidth: 3 },
      });
    }
    return items;
  });
}

// Missing cells: light grey with diagonal hatching.
export function hatched(ctx: Context, x: number, y: number, width: number, height: number): any[] {
  const items: any[] = [{ type: 'rect', shape: { x, y, width, height }, style: { fill: ctx.theme.missing } }];
  const lines: any[] = [];
  for (let d = 4; d < width + height; d += 6) {
    const x1 = Math.min(d, width);
    const y1 = d - x1;
    const y2 = Math.min(d, height);
    const x2 = d - y2;
    lines.push({ type: 'line', shape: { x1: x + x1, y1: y + y1, x2: x + x2, y2: y + y2 },
      style: { stroke: ctx.theme.hatch, lineWidth: 0.7 } });
  }
  return items.concat(lines);
}

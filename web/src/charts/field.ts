// SPDX-License-Identifier: BSD-3-Clause
// A quantity on a grid: cells as they are, cells without value hatched, cells outside the training range hatched over their
// colour, lines and points on top. On the page it zooms, plays through its times and says what stands under the pointer.
import { numbers } from '../decode';
import { Cell, escapeHtml, fixed, label, plural, withUnit } from '../format';
import { FieldMap } from '../model';
import { pngAddress } from '../png';
import { diverging, Scale, sequential } from '../theme';
import { baseOption, Box, Chart, Context, drawing, grid, hatched, ticks, Ticks, tooltip, valueAxis } from './chart';
import { colourBar, colourBarRoom, legendGraphics, legendHeight, nameAbove, shape } from './legend';
import { movingScaleBar, northArrow, polylines } from './map_parts';

const STEPS = 253;  // colours of the picture; 0 is transparent, 254 and 255 are free for hatching

interface Colours { scale: Scale; bar: Ticks; text: (v: number) => string; of: (v: number) => number; below: boolean; above: boolean }

function logarithm(v: number): number { return v > 0 ? Math.log(v) / Math.LN10 : -Infinity; }

function power(t: number): string {
  const v = Math.pow(10, t);
  return v >= 1e5 || v < 1e-3 ? '1e' + Math.round(t) : String(Number(v.toPrecision(2)));
}

function colours(m: FieldMap, ctx: Context, values: ArrayLike<number>): Colours {
  const of = m.log_scale ? logarithm : function (v: number) { return v; };
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; ++i) {
    const v = of(values[i]);
    if (v < low && isFinite(v)) low = v;
    if (v > high) high = v;
  }
  const least = low;
  const most = high;
  if (m.limits[0] !== null) low = of(m.limits[0]);
  if (m.limits[1] !== null) high = of(m.limits[1]);
  let bar: Ticks;
  let scale: Scale;
  if (m.diverging) {
    const end = Math.max(Math.abs(low), Math.abs(high));
    bar = ticks(-end, end, 4);
    scale = diverging(ctx.theme, bar.max);
  } else {
    bar = ticks(low, high, ctx.width < 420 ? 3 : 5);
    scale = sequential(bar.min, bar.max);
  }
  const text = m.log_scale ? power : function (v: number) { return fixed(v, bar.digits); };
  return { scale, bar, text, of, below: least < bar.min - 1e-12, above: most > bar.max + 1e-12 };
}

// Pixels on a side of a cell: enough to hatch small grids and to stay sharp where viewers smooth pictures.
function magnification(m: FieldMap, ctx: Context): number {
  const wanted = ctx.paper ? 1000 : m.outside && numbers(m.outside).length ? 900 : 0;
  return Math.max(1, Math.min(12, Math.round(wanted / Math.max(m.columns, m.rows))));
}

function picture(m: FieldMap, ctx: Context, c: Colours, time: number): string {
  const values = numbers(m.values);
  const outside = m.outside ? numbers(m.outside) : [];
  const s = magnification(m, ctx);
  const width = m.columns * s;
  const height = m.rows * s;
  const pixels = new Uint8Array(width * height);
  const cells = m.rows * m.columns;
  const span = c.bar.max - c.bar.min;
  for (let r = 0; r < m.rows; ++r) {
    for (let k = 0; k < m.columns; ++k) {
      const v = values[time * cells + r * m.columns + k];
      if (!isFinite(v)) continue;
      const f = Math.max(0, Math.min(1, (c.of(v) - c.bar.min) / span));
      const colour = 1 + Math.round(f * (STEPS - 1));
      const out = outside.length > 0 && outside[r * m.columns + k] > 0;
      for (let y = r * s; y < (r + 1) * s; ++y) {
        for (let x = k * s; x < (k + 1) * s; ++x) pixels[y * width + x] = out && (x + y) % 7 === 0 ? 254 : colour;
      }
    }
  }
  const palette: string[] = ['#ffffff'];
  for (let i = 0; i < STEPS; ++i) palette.push(c.scale(c.bar.min + span * i / (STEPS - 1)));
  palette.push(ctx.theme.dark ? '#e6e9ec' : '#1a1d21', '#ffffff');
  return pngAddress(pixels, width, height, palette, !ctx.paper);
}

interface View { left: number; top: number; width: number; height: number; kmPerPx: number; x: [number, number]; y: [number, number] }

// Equal aspect: what is left over on a side is empty.
function view(m: FieldMap, ctx: Context, top: number, room: number): View {
  const width = m.columns * m.cell_width;
  const height = m.rows * m.cell_height;
  const middle = m.top - height / 2;
  const kmY = m.projected ? 0.001 : 110.95;
  const kmX = m.projected ? 0.001 : 111.32 * Math.max(0.02, Math.cos(middle * Math.PI / 180));
  const left = ctx.theme.font * 2.6;
  const widest = ctx.width - left - room;
  const tallest = ctx.paper ? widest * 1.3 : Math.max(300, Math.min(widest * 1.3, 640));
  const scale = Math.max(width * kmX / widest, height * kmY / tallest) || 1;
  return { left, top, width: width * kmX / scale, height: height * kmY / scale, kmPerPx: scale,
    x: [m.left, m.left + width], y: [m.top - height, m.top] };
}

function axis(m: FieldMap, ctx: Context, range: [number, number], px: number, horizontal: boolean): any {
  const a = valueAxis(ctx, 0, '', { min: range[0], max: range[1], step: 1, digits: 0 }, { horizontal, interval: null });
  a.splitLine.show = false;
  a.splitNumber = Math.max(2, Math.round(px / (horizontal ? 90 : 70)));
  a.axisLabel.showMinLabel = false;
  a.axisLabel.showMaxLabel = false;
  a.axisLabel.hideOverlap = true;
  a.axisLabel.formatter = function (v: number) {
    if (m.projected) return String(Number((v / 1000).toFixed(3)));
    const letter = horizontal ? (v < 0 ? 'W' : 'E') : (v < 0 ? 'S' : 'N');
    return String(Number(Math.abs(v).toFixed(4))) + '\u00b0\u202f' + letter;
  };
  if (!horizontal) {
    a.axisLabel.rotate = 90;
    a.axisLabel.align = 'center';
    a.axisLabel.verticalAlign = 'bottom';
  }
  return a;
}

function place(m: FieldMap, x: number, y: number): string {
  if (m.projected) return 'x ' + fixed(x / 1000, 3) + ' km, y ' + fixed(y / 1000, 3) + ' km';
  return fixed(Math.abs(y), 3) + '\u00b0 ' + (y < 0 ? 'S' : 'N') + ', ' + fixed(Math.abs(x), 3) + '\u00b0 ' + (x < 0 ? 'W' : 'E');
}

// The cell that holds a point; -1 = outside the grid.
function cellAt(m: FieldMap, x: number, y: number): number {
  const column = Math.floor((x - m.left) / m.cell_width);
  const row = Math.floor((m.top - y) / m.cell_height);
  return column < 0 || row < 0 || column >= m.columns || row >= m.rows ? -1 : row * m.columns + column;
}

function series(m: FieldMap, ctx: Context, c: Colours, v: View, time: number): any[] {
  const address = picture(m, ctx, c, time);
  const corners = function (point: (x: any, y: any) => number[]) {
    const a = point(v.x[0], v.y[1]);
    const b = point(v.x[1], v.y[0]);
    return { x: a[0], y: a[1], width: b[0] - a[0], height: b[1] - a[1] };
  };
  return [
    drawing(0, -12, function (point, box: Box) {
      const r = corners(point);
      const x = Math.max(r.x, box.x);
      const y = Math.max(r.y, box.y);
      const right = Math.min(r.x + r.width, box.x + box.width);
      const bottom = Math.min(r.y + r.height, box.y + box.height);
      return right > x && bottom > y ? hatched(ctx, x, y, right - x, bottom - y) : [];
    }, { id: 'missing', clip: true }),
    drawing(0, -10, function (point) {
      const r = corners(point);
      return [{ type: 'image', silent: true, style: { image: address, x: r.x, y: r.y, width: r.width, height: r.height } }];
    }, { id: 'field', clip: true }),
  ];
}

function pointSeries(m: FieldMap, ctx: Context): any {
  const points = m.points.filter(function (p) { return p.x !== null && p.y !== null; });
  const r = ctx.paper ? 2.6 : 4.5;
  return {
    type: 'custom', xAxisIndex: 0, yAxisIndex: 0, z: 5, animation: false, id: 'points', clip: true,
    data: points.map(function (p) { return { name: p.entity, value: [p.x, p.y] }; }),
    renderItem: function (_: any, api: any) {
      const at = api.coord([api.value(0), api.value(1)]);
      return shape('circle', at[0], at[1], r, { fill: ctx.theme.background, stroke: ctx.theme.ink, lineWidth: ctx.paper ? 0.8 : 1.4 });
    },
  };
}

function csvRows(m: FieldMap): Cell[][] {
  const values = numbers(m.values);
  const cells = m.rows * m.columns;
  const rows: Cell[][] = [[m.projected ? 'x_m' : 'longitude', m.projected ? 'y_m' : 'latitude',
    ...m.times.map(function (t) { return t ? label(m.quantity) + ' ' + t : label(m.quantity); })]];
  for (let i = 0; i < cells; ++i) {
    const found = m.times.map(function (_, t) { return values[t * cells + i]; });
    if (!found.some(isFinite)) continue;
    rows.push([m.left + (i % m.columns + 0.5) * m.cell_width, m.top - (Math.floor(i / m.columns) + 0.5) * m.cell_height, ...found]);
  }
  return rows;
}

function notes(m: FieldMap, missing: number, paper: boolean): string[] {
  const text: string[] = [];
  if (m.block > 1) {
    text.push('Drawn as means of ' + m.block + ' \u00d7 ' + m.block + ' cells, so that the page stays small; the files of the run hold every cell.');
  }
  if (missing) text.push('Hatched grey: no value.');
  if (m.outside && numbers(m.outside).length) text.push('Hatched over the colour: outside what the model has learnt from.');
  if (!paper && m.times.length > 1) text.push('Click a cell to keep its values over time.');
  return text;
}

export function fieldMap(m: FieldMap, ctx: Context): Chart {
  const values = numbers(m.values);
  const c = colours(m, ctx, values);
  let missing = 0;
  let least = Infinity;
  let most = -Infinity;
  for (let i = 0; i < values.length; ++i) {
    if (!isFinite(values[i])) ++missing;
    else {
      least = Math.min(least, values[i]);
      most = Math.max(most, values[i]);
    }
  }
  const room = Math.max(ctx.paper ? 52 : 74, colourBarRoom(ctx, c.bar, c.text) + 6);
  const top = legendHeight(ctx, []) + (ctx.paper && m.times.length > 1 ? ctx.theme.font * 1.5 : 0);
  let v = view(m, ctx, top, room);
  const above = nameAbove(ctx, m.quantity, Math.max(60, v.height - 90) - 6);
  if (above) v = view(m, ctx, top + above, room);
  const last = m.times.length - 1;
  const option = baseOption(ctx);
  option.graphic = legendGraphics(ctx, []);
  option.grid.push(grid(v.left, v.top, v.width, v.height));
  option.xAxis.push(axis(m, ctx, v.x, v.width, true));
  option.yAxis.push(axis(m, ctx, v.y, v.height, false));
  option.series = series(m, ctx, c, v, last);
  option.series.push(drawing(0, 7, function (_, box) {
    return [{ type: 'rect', shape: { x: box.x, y: box.y, width: box.width, height: box.height }, style: { fill: 'none', stroke: ctx.theme.axis } }];
  }));
  if (m.lines.length) option.series.push(polylines(m.lines, ctx));
  if (m.points.length) option.series.push(pointSeries(m, ctx));
  const right = v.left + v.width + 10;
  const barHeight = Math.max(60, v.height - 90);
  for (const e of colourBar(ctx, right, v.top + 6, barHeight - 6, c.bar, c.scale, m.quantity, c)) option.graphic.push(e);
  for (const e of northArrow(ctx, right + 10, v.top + v.height - 66)) option.graphic.push(e);
  option.series.push(movingScaleBar(ctx, v.x, v.width * v.kmPerPx, room - 14));
  const font = ctx.theme.font;
  const words = { fill: ctx.theme.muted, font: font + 'px ' + ctx.theme.family };
  const system = (m.projected ? 'Coordinates in km' : '') + (m.reference_system ? (m.projected ? ', ' : '') + m.reference_system : '');
  if (system) {
    option.graphic.push({ type: 'text', silent: true, x: v.left + v.width, y: v.top + v.height + font * 2, style: { text: system, align: 'right', ...words } });
  }
  if (ctx.paper && m.times.length > 1) {
    option.graphic.push({ type: 'text', silent: true, x: v.left, y: v.top - font * 1.4, style: { text: m.times[last], ...words } });
  }
  if (!ctx.paper) {
    option.tooltip = tooltip(ctx, function (params) { return '<b>' + escapeHtml(params.name || '') + '</b>'; }, 'item');
    const zoom = { type: 'inside', filterMode: 'none', zoomOnMouseWheel: 'ctrl', moveOnMouseMove: true, moveOnMouseWheel: false,
      preventDefaultMouseMove: false, minSpan: 2 };
    option.dataZoom = [{ id: 'x', xAxisIndex: 0, ...zoom }, { id: 'y', yAxisIndex: 0, ...zoom }];
  }
  const cells = m.rows * m.columns;
  const entities = m.cell_entity ? numbers(m.cell_entity) : [];
  return {
    option, height: Math.ceil(v.top + v.height + font * (system ? 3.4 : 2.2)), legend: [], notes: notes(m, missing, ctx.paper),
    alt: 'Map of ' + m.quantity.name + ' on a grid of ' + m.rows + ' by ' + m.columns + ' cells' +
      (m.times.length > 1 ? ' at ' + plural(m.times.length, 'time') : '') + (isFinite(least) ? ', from ' + fixed(least, m.quantity.digits) + ' to ' +
      withUnit(most, m.quantity) : ', without a value') + '. The CSV file lists every cell.',
    csv: function () { return csvRows(m); },
    entityAt: function (params) { return params.seriesId === 'points' ? params.name || '' : ''; },
    field: {
      times: m.times,
      frame: function (time) { return { series: series(m, ctx, c, v, time) }; },
      cell: function (x, y) { return cellAt(m, x, y); },
      text: function (cell, time) {
        const x = m.left + (cell % m.columns + 0.5) * m.cell_width;
        const y = m.top - (Math.floor(cell / m.columns) + 0.5) * m.cell_height;
        const value = values[time * cells + cell];
        return (isFinite(value) ? withUnit(value, m.quantity) : 'no value') + ' at ' + place(m, x, y);
      },
      values: function (cell) { return m.times.map(function (_, t) { return values[t * cells + cell]; }); },
      entity: function (cell) { return entities.length && entities[cell] >= 0 ? m.entities[entities[cell]] : ''; },
    },
  };
}

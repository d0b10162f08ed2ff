// SPDX-License-Identifier: BSD-3-Clause
// Entities on a map: equal aspect, scale bar, north arrow, coordinates; a strip of dots when no place is known.
import { Cell, escapeHtml, fixed, label, plural, withUnit } from '../format';
import { MapPoint, PointMap } from '../model';
import { CATEGORIES, diverging, Scale, sequential, SHAPES } from '../theme';
import { axisRoom, baseOption, Chart, Context, drawing, extent, grid, LegendItem, ticks, Ticks, tooltip, valueAxis }
  from './chart';
import { colourBar, colourBarRoom, legendGraphics, legendHeight, nameAbove, shape } from './legend';
import { northArrow, polylines, scaleBar } from './map_parts';

const NAN = NaN;
function num(v: number | null): number { return v === null ? NAN : v; }

interface Colours { scale: Scale; bar: Ticks | null; low: number; high: number }

function colours(m: PointMap, ctx: Context): Colours {
  const values = m.points.map(function (p) { return num(p.value); });
  const found = extent(values);
  if (m.categories.length) return { scale: function () { return ''; }, bar: null, low: NAN, high: NAN };
  if (m.diverging) {
    const most = Math.max(Math.abs(m.limits[0] === null ? found[0] : m.limits[0]), Math.abs(m.limits[1] === null ? found[1] : m.limits[1]));
    const t = ticks(-most, most, 4);
    return { scale: diverging(ctx.theme, t.max), bar: t, low: t.min, high: t.max };
  }
  const low = m.limits[0] === null ? found[0] : m.limits[0];
  const high = m.limits[1] === null ? found[1] : m.limits[1];
  const t = ticks(low, high, 5);
  return { scale: sequential(t.min, t.max), bar: t, low: t.min, high: t.max };
}

interface Style { mark: string; fill: string }

function styleOf(m: PointMap, ctx: Context, c: Colours, p: MapPoint): Style {
  if (m.categories.length) {
    return p.category < 0 ? { mark: 'circle', fill: ctx.theme.missing }
      : { mark: SHAPES[p.category % 6], fill: CATEGORIES[p.category % 6] };
  }
  const v = num(p.value);
  if (!isFinite(v)) return { mark: 'circle', fill: ctx.theme.missing };
  return { mark: v < c.low ? 'pin' : v > c.high ? 'triangle' : 'circle', fill: c.scale(v) };
}

function legend(m: PointMap, ctx: Context, c: Colours): LegendItem[] {
  const items: LegendItem[] = [];
  const tally = function (test: (p: MapPoint) => boolean) { return m.points.filter(test).length; };
  m.categories.forEach(function (name, i) {
    items.push({ name: name + ' (' + tally(function (p) { return p.category === i; }) + ')', mark: SHAPES[i % 6] as any,
      colour: CATEGORIES[i % 6], border: ctx.theme.ink });
  });
  if (!m.categories.length) {
    const below = tally(function (p) { return num(p.value) < c.low; });
    const above = tally(function (p) { return num(p.value) > c.high; });
    const d = c.bar ? c.bar.digits : 1;
    if (below) {
      items.push({ name: m.quantity.name + ' < ' + fixed(c.low, d) + ' (' + plural(below, m.noun) + ')', mark: 'pin',
        colour: c.scale(c.low), border: ctx.theme.ink });
    }
    if (above) {
      items.push({ name: m.quantity.name + ' > ' + fixed(c.high, d) + ' (' + plural(above, m.noun) + ')', mark: 'triangle',
        colour: c.scale(c.high), border: ctx.theme.ink });
    }
  }
  const none = tally(function (p) { return m.categories.length ? p.category < 0 : !isFinite(num(p.value)); });
  if (none) {
    items.push({ name: (m.categories.length ? 'unclassified (' : 'not scored (') + none + ')', mark: 'circle', colour: ctx.theme.missing,
      border: ctx.theme.ink });
  }
  return items;
}

function pointSeries(m: PointMap, ctx: Context, c: Colours, points: MapPoint[], place: (p: MapPoint) => number[]): any {
  const r = ctx.paper ? 3.2 : 5.5;
  return {
    type: 'custom', xAxisIndex: 0, yAxisIndex: 0, z: 5, animation: false, id: 'points', clip: false,
    data: points.map(function (p) { return { name: p.entity, value: place(p) }; }),
    renderItem: function (params: any, api: any) {
      const at = api.coord([api.value(0), api.value(1)]);
      const s = styleOf(m, ctx, c, points[params.dataIndex]);
      return shape(s.mark, at[0], at[1], r, { fill: s.fill, stroke: ctx.theme.ink, lineWidth: ctx.paper ? 0.5 : 0.8 });
    },
  };
}

function hover(m: PointMap, points: MapPoint[]): (params: any) => string {
  return function (params) {
    const p = points[params.dataIndex];
    if (!p) return '';
    let text = '<b>' + escapeHtml(p.entity) + '</b>';
    if (m.categories.length) text += '<br>' + escapeHtml(p.category < 0 ? 'unclassified' : m.categories[p.category]);
    if (p.value !== null) text += '<br>' + escapeHtml(m.quantity.name) + ' ' + withUnit(p.value, m.quantity);
    return text;
  };
}

function common(m: PointMap, ctx: Context, items: LegendItem[], points: MapPoint[], unplaced: number): Chart {
  const option = baseOption(ctx);
  option.tooltip = tooltip(ctx, hover(m, points), 'item');
  option.graphic = legendGraphics(ctx, items);
  const values = m.points.map(function (p) { return num(p.value); }).filter(isFinite);
  const range = extent(values);
  const what = m.categories.length ? 'type' : m.quantity.name;
  return {
    option, height: 0, legend: items, notes: [],
    alt: 'Map of ' + plural(m.points.length, m.noun) + ' by ' + what + (values.length && !m.categories.length
      ? ', from ' + fixed(range[0], m.quantity.digits) + ' to ' + withUnit(range[1], m.quantity) : '') +
      (unplaced ? '; ' + unplaced + ' without coordinates' : '') + '. The table of ' + m.noun + 's lists the same values.',
    csv: function () {
      const rows: Cell[][] = [[m.noun, m.projected ? 'x_m' : 'longitude', m.projected ? 'y_m' : 'latitude', label(m.quantity), 'category']];
      for (const p of m.points) rows.push([p.entity, num(p.x), num(p.y), num(p.value), p.category < 0 ? '' : m.categories[p.category]]);
      return rows;
    },
    entityAt: function (params) { return params.seriesId === 'points' && points[params.dataIndex] ? points[params.dataIndex].entity : ''; },
  };
}

// Dots along the quantity, stacked where they meet.
function strip(m: PointMap, ctx: Context): Chart {
  const c = colours(m, ctx);
  const items = legend(m, ctx, c);
  const points = m.points.filter(function (p) { return p.value !== null; });
  const chart = common(m, ctx, items, points, m.points.length);
  const values = points.map(function (p) { return num(p.value); });
  const found = extent(values);
  const t = ticks(Math.min(found[0], isFinite(c.low) ? c.low : found[0]), Math.max(found[1], isFinite(c.high) ? c.high : found[1]), ctx.width / 80);
  const size = ctx.paper ? 8 : 13;
  const width = ctx.width - 44;
  const columns: { [x: string]: number } = {};
  let tallest = 1;
  const at = values.map(function (v) {
    const x = Math.round((v - t.min) / (t.max - t.min) * width / size);
    columns[x] = (columns[x] || 0) + 1;
    tallest = Math.max(tallest, columns[x]);
    return [t.min + x * size / width * (t.max - t.min), columns[x] - 0.5];
  });
  const top = legendHeight(ctx, items);
  const height = Math.max(50, (tallest + 0.5) * size);
  chart.option.grid.push(grid(22, top, width, height));
  chart.option.xAxis.push(valueAxis(ctx, 0, label(m.quantity), t, { horizontal: true }));
  chart.option.yAxis.push({ type: 'value', gridIndex: 0, min: 0, max: height / size, show: false });
  chart.option.series.push(pointSeries(m, ctx, c, points, function (p) { return at[points.indexOf(p)]; }));
  chart.height = Math.ceil(top + height + ctx.theme.font * 3.8);
  chart.notes.push('The places of these ' + m.noun + 's are unknown: each dot is a ' + m.noun + ' at its value, not at its place.');
  return chart;
}

interface View { x: Ticks; y: Ticks; left: number; top: number; width: number; height: number; kmPerPx: number }

// Limits such that one kilometre is as long on both axes (geographic coordinates: at the middle latitude).
function view(m: PointMap, ctx: Context, points: MapPoint[], top: number, room: number): View {
  const xs = points.map(function (p) { return num(p.x); });
  const ys = points.map(function (p) { return num(p.y); });
  const ex = extent(xs);
  const ey = extent(ys);
  const kmY = m.projected ? 0.001 : 110.95;
  const kmX = m.projected ? 0.001 : 111.32 * Math.cos((ey[0] + ey[1]) / 2 * Math.PI / 180);
  let spanX = Math.max((ex[1] - ex[0]) * kmX * 1.12, 0.5);
  let spanY = Math.max((ey[1] - ey[0]) * kmY * 1.12, 0.5);
  const left = Math.ceil(axisRoom(ctx, { min: -1000, max: 1000, step: 1, digits: m.projected ? 1 : 0 }, false) + 8);
  const width = ctx.width - left - room;
  const height = Math.min(Math.max(width * spanY / spanX, width * 0.55), width * (ctx.paper ? 1.15 : 1.0));
  const scale = Math.max(spanX / width, spanY / height);
  spanX = scale * width;
  spanY = scale * height;
  const cx = (ex[0] + ex[1]) / 2;
  const cy = (ey[0] + ey[1]) / 2;
  const axis = function (middle: number, span: number, px: number): Ticks {
    const t = ticks(middle - span / 2, middle + span / 2, px / 75);
    return { min: middle - span / 2, max: middle + span / 2, step: t.step, digits: t.digits };
  };
  return { x: axis(cx, spanX / kmX, width), y: axis(cy, spanY / kmY, height), left, top, width, height, kmPerPx: scale };
}

function coordinateAxis(ctx: Context, m: PointMap, t: Ticks, index: number, horizontal: boolean): any {
  const values: number[] = [];
  for (let v = Math.ceil(t.min / t.step) * t.step; v <= t.max; v += t.step) values.push(v);
  const axis = valueAxis(ctx, index, '', t, { horizontal, interval: null, splitLine: { show: true, lineStyle: { color: ctx.theme.grid } } });
  axis.axisTick.customValues = values;
  axis.axisLabel.customValues = values;
  axis.splitLine.show = false;
  axis.axisLabel.hideOverlap = true;
  axis.axisLabel.formatter = function (v: number) {
    if (m.projected) return fixed(v / 1000, t.step >= 1000 ? 0 : t.step >= 100 ? 1 : 2);
    const letter = horizontal ? (v < 0 ? 'W' : 'E') : (v < 0 ? 'S' : 'N');
    return fixed(Math.abs(v), t.digits) + '\u00b0\u202f' + letter;
  };
  if (!horizontal) {
    axis.axisLabel.rotate = 90;
    axis.axisLabel.verticalAlign = 'bottom';
    axis.axisLabel.align = 'center';
  }
  return axis;
}

export function pointMap(m: PointMap, ctx: Context): Chart {
  const placed = m.points.filter(function (p) { return isFinite(num(p.x)) && isFinite(num(p.y)); });
  placed.sort(function (a, b) { return num(b.value) - num(a.value) || 0; });  // the poor ones on top
  if (!placed.length && !m.categories.length) return strip(m, ctx);
  const c = colours(m, ctx);
  const items = legend(m, ctx, c);
  const lost = m.points.filter(function (p) { return placed.indexOf(p) < 0; });
  const chart = common(m, ctx, items, placed, lost.length);
  if (lost.length) {
    chart.notes.push((placed.length ? 'Without coordinates, not on the map: ' : 'The places of these ' + m.noun + 's are unknown: ') +
      lost.map(function (p) { return p.entity + (m.categories.length && p.category >= 0 ? ' (' + m.categories[p.category] + ')' : ''); }).join(', ') + '.');
  }
  let top = legendHeight(ctx, items);
  if (!placed.length) {
    chart.height = Math.ceil(top + 4);
    return chart;
  }
  const room = Math.max(ctx.paper ? 52 : 74, c.bar ? colourBarRoom(ctx, c.bar) + 6 : 0);
  let v = view(m, ctx, placed, top, room);
  const above = c.bar ? nameAbove(ctx, m.quantity, Math.max(60, v.height - 90) - 6) : 0;
  if (above) {
    top += above;
    v = view(m, ctx, placed, top, room);
  }
  chart.option.grid.push(grid(v.left, top, v.width, v.height));
  chart.option.xAxis.push(coordinateAxis(ctx, m, v.x, 0, true));
  chart.option.yAxis.push(coordinateAxis(ctx, m, v.y, 0, false));
  chart.option.series.push(drawing(0, -10, function (_, box) {
    return [{ type: 'rect', shape: { x: box.x, y: box.y, width: box.width, height: box.height }, style: { fill: 'none', stroke: ctx.theme.axis } }];
  }));
  if (m.rivers.length) chart.option.series.push(polylines(m.rivers, ctx));
  chart.option.series.push(pointSeries(m, ctx, c, placed, function (p) { return [num(p.x), num(p.y)]; }));
  const right = v.left + v.width + 10;
  const g = chart.option.graphic;
  const barHeight = Math.max(60, v.height - 90);
  if (c.bar) for (const e of colourBar(ctx, right, top + 6, barHeight - 6, c.bar, c.scale, m.quantity)) g.push(e);
  for (const e of northArrow(ctx, right + 10, top + v.height - 66)) g.push(e);
  for (const e of scaleBar(ctx, right, top + v.height - 1, room - 14, v.kmPerPx)) g.push(e);
  const system = (m.projected ? 'Coordinates in km' : '') + (m.reference_system ? (m.projected ? ', ' : '') + m.reference_system : '');
  if (system) {
    g.push({ type: 'text', silent: true, x: v.left + v.width, y: top + v.height + ctx.theme.font * 2, style: { text: system, fill: ctx.theme.muted,
      align: 'right', font: ctx.theme.font + 'px ' + ctx.theme.family } });
  }
  chart.height = Math.ceil(top + v.height + ctx.theme.font * (system ? 3.4 : 2.2));
  return chart;
}

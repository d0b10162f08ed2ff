// SPDX-License-Identifier: BSD-3-Clause
// Boxes with whiskers, groups beside each other in every category. They stand upright where there is room for every box and
// name, else they lie.
import { numbers } from '../decode';
import { Cell, escapeHtml, fixed, label, withUnit } from '../format';
import { BoxPlot } from '../model';
import { CATEGORIES } from '../theme';
import { axisRoom, baseOption, categoryAxis, Chart, Context, extent, grid, LegendItem, markLine, textWidth, ticks, tooltip, valueAxis } from './chart';
import { legendGraphics, legendHeight, shape } from './legend';

const FEWEST = 5;   // values of a box; fewer are dots

// Order statistics of one box; `beyond` are indices into the values.
export interface Box { n: number; low: number; lower: number; median: number; upper: number; high: number; mean: number; beyond: number[] }

// Between order statistics linearly, as stats::quantile does.
function quantile(sorted: number[], p: number): number {
  const at = p * (sorted.length - 1);
  const below = Math.floor(at);
  return below + 1 < sorted.length ? sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
}

export function boxOf(values: ArrayLike<number>): Box {
  const kept: number[] = [];
  for (let i = 0; i < values.length; ++i) if (isFinite(values[i])) kept.push(values[i]);
  kept.sort(function (a, b) { return a - b; });
  const n = kept.length;
  const box: Box = { n, low: NaN, lower: NaN, median: NaN, upper: NaN, high: NaN, mean: NaN, beyond: [] };
  if (!n) return box;
  box.lower = quantile(kept, 0.25);
  box.median = quantile(kept, 0.5);
  box.upper = quantile(kept, 0.75);
  box.mean = kept.reduce(function (sum, v) { return sum + v; }, 0) / n;
  const reach = 1.5 * (box.upper - box.lower);
  const inside = n < FEWEST ? [] : kept.filter(function (v) { return v >= box.lower - reach && v <= box.upper + reach; });
  box.low = inside.length ? inside[0] : NaN;
  box.high = inside.length ? inside[inside.length - 1] : NaN;
  for (let i = 0; i < values.length; ++i) {
    if (isFinite(values[i]) && (!inside.length || values[i] < box.low || values[i] > box.high)) box.beyond.push(i);
  }
  return box;
}

interface Item { category: number; value: number; index: number }   // index -1: the box, else the value's

export function boxes(b: BoxPlot, ctx: Context): Chart {
  const values = b.groups.map(function (g) { return g.values.map(numbers); });
  const all = values.map(function (g) { return g.map(boxOf); });
  const range = extent.apply(null, ([] as ArrayLike<number>[]).concat.apply(b.marks.map(function (m) { return [m.value === null ? NaN : m.value]; }), values as any) as ArrayLike<number>[]);
  const low = b.limits[0] === null ? range[0] : b.limits[0];
  const high = b.limits[1] === null ? range[1] : b.limits[1];
  const many = b.groups.length > 1;
  const items: LegendItem[] = many ? b.groups.map(function (g, k) { return { name: g.name, mark: 'square' as 'square', colour: CATEGORIES[k % 6] }; }) : [];
  const option = baseOption(ctx);
  const top = legendHeight(ctx, items);
  let longest = 0;
  for (const c of b.categories) longest = Math.max(longest, textWidth(c, ctx.theme.font));
  const n = Math.max(1, b.groups.length);
  const upright = ticks(low, high, 5);
  const room = Math.ceil(axisRoom(ctx, upright, true)) + 4;
  const space = (ctx.width - room - 16) / Math.max(1, b.categories.length);
  const lies = space < longest + 6 || space * 0.8 / n < (ctx.paper ? 5 : 9);
  const t = lies ? ticks(low, high, ctx.width / 100) : upright;
  const named = b.category_name ? ctx.theme.font * 1.5 : 0;
  const left = lies ? Math.ceil(Math.min(longest + 12 + named, ctx.width * 0.4)) : room;
  const thick = (ctx.paper ? 8 : 13) + (n === 1 ? 6 : 0);
  const height = lies ? b.categories.length * (thick * n + (ctx.paper ? 5 : 9)) : Math.round(Math.min(320, (ctx.width - left) * 0.6));
  option.grid.push(grid(left, top, ctx.width - left - 16, height));
  const value = valueAxis(ctx, 0, label(b.quantity), t, { horizontal: lies });
  const category = categoryAxis(ctx, 0, b.categories, lies ? { inverse: true } : {});
  if (lies) category.axisLabel = { color: ctx.theme.ink, fontSize: ctx.theme.font, fontFamily: ctx.theme.family, interval: 0, width: left - 10 - named, overflow: 'break', lineHeight: ctx.theme.font * 1.15, margin: 8 };
  if (b.category_name) {
    category.name = b.category_name;
    category.nameGap = lies ? left - named * 0.8 : ctx.theme.font * 2.1;
  }
  option.xAxis.push(lies ? value : category);
  option.yAxis.push(lies ? category : value);
  const band = (lies ? height : ctx.width - left - 16) / Math.max(1, b.categories.length);
  const each = band * 0.8 / n;
  const thickness = Math.min(each * 0.8, ctx.paper ? 18 : 34);
  const shownAt = function (v: number): boolean { return v >= t.min && v <= t.max; };
  let outside = 0;
  values.forEach(function (group) {
    group.forEach(function (list) {
      for (let i = 0; i < list.length; ++i) if (isFinite(list[i]) && !shownAt(list[i])) ++outside;
    });
  });
  const shown = all.map(function (group, k) {
    const list: Item[] = [];
    group.forEach(function (box, c) {
      if (box.n >= FEWEST) list.push({ category: c, value: box.median, index: -1 });
      for (const i of box.beyond) {
        const v = values[k][c][i];
        if (shownAt(v)) list.push({ category: c, value: v, index: i });
      }
    });
    return list;
  });
  const inside = function (v: number): number { return Math.max(t.min, Math.min(t.max, v)); };
  b.groups.forEach(function (g, k) {
    const colour = many ? CATEGORIES[k % 6] : ctx.theme.blue;
    const off = (k - (n - 1) / 2) * each;
    option.series.push({ type: 'custom', name: g.name, z: 5, animation: false, clip: false,
      data: shown[k].map(function (item) { return lies ? [item.value, item.category] : [item.category, item.value]; }),
      renderItem: function (params: any, api: any) {
        const item = shown[k][params.dataIndex];
        if (!item) return null;
        const box = all[k][item.category];
        const at = function (v: number): number[] {
          const p = api.coord(lies ? [inside(v), item.category] : [item.category, inside(v)]);
          return lies ? [p[0], p[1] + off] : [p[0] + off, p[1]];
        };
        if (item.index >= 0) {
          const p = at(item.value);
          return shape('circle', p[0], p[1], ctx.paper ? 1.5 : 2.8, { fill: colour, opacity: 0.85 });
        }
        return { type: 'group', children: boxShapes(ctx, box, at, shownAt, lies, thickness, colour) };
      } });
  });
  for (const m of b.marks) if (m.value !== null) option.series.push(markLine(ctx, 0, lies ? 'x' : 'y', m.value, m.label));
  option.graphic = legendGraphics(ctx, items);
  const words = function (k: number, c: number): string {
    const box = all[k][c];
    return box.n === 0 ? 'no value' : 'median ' + withUnit(box.median, b.quantity) + ', quartiles ' + fixed(box.lower, b.quantity.digits) + ' and ' + withUnit(box.upper, b.quantity) +
      ', mean ' + withUnit(box.mean, b.quantity) + ', n = ' + box.n;
  };
  const place = function (k: number, c: number): string { return b.categories[c] + (b.groups[k].name ? ', ' + b.groups[k].name : ''); };
  const entity = function (k: number, item: Item): string { return item.index >= 0 && b.groups[k].labels.length ? b.groups[k].labels[item.category][item.index] : ''; };
  option.tooltip = tooltip(ctx, function (p) {
    const item = shown[p.seriesIndex] && shown[p.seriesIndex][p.dataIndex];
    if (!item) return '';
    const head = '<b>' + escapeHtml(place(p.seriesIndex, item.category)) + '</b><br>';
    return item.index < 0 ? head + escapeHtml(words(p.seriesIndex, item.category)) : head + escapeHtml(entity(p.seriesIndex, item)) + ' ' + withUnit(item.value, b.quantity);
  }, 'item');
  const notes = ['Boxes: quartiles and median; diamond: mean; whiskers reach at most 1.5 boxes far; dots: ' + b.noun + 's beyond, and those of fewer than ' + FEWEST + '.'];
  if (outside) notes.push(outside + (outside === 1 ? ' ' + b.noun + ' lies' : ' ' + b.noun + 's lie') + ' outside the axis and ' + (outside === 1 ? 'counts' : 'count') + ' in the boxes.');
  return {
    option, height: Math.ceil(top + height + ctx.theme.font * (lies || b.category_name ? 3.6 : 2.2)), legend: items, notes,
    alt: b.quantity.name + ' of ' + b.noun + 's: ' + b.categories.slice(0, 14).map(function (_, c) {
      return b.groups.map(function (_g, k) { return place(k, c) + ' ' + words(k, c); }).join('; ');
    }).join('; ') + '.',
    csv: function () {
      const rows: Cell[][] = [['category', 'group', b.noun, label(b.quantity)]];
      b.groups.forEach(function (g, k) {
        values[k].forEach(function (list, c) {
          for (let i = 0; i < list.length; ++i) rows.push([b.categories[c], g.name, g.labels.length ? g.labels[c][i] : '', list[i]]);
        });
      });
      return rows;
    },
    entityAt: function (p) {
      const item = shown[p.seriesIndex] && shown[p.seriesIndex][p.dataIndex];
      return item ? entity(p.seriesIndex, item) : '';
    },
  };
}

// `at`: the point of a value on the middle line of the box, that of the axis' end for one outside.
function boxShapes(ctx: Context, box: Box, at: (v: number) => number[], shownAt: (v: number) => boolean, lies: boolean, thickness: number, colour: string): any[] {
  const half = thickness / 2;
  const across = function (v: number, width: number, style: any): any {
    const p = at(v);
    return { type: 'line', style, shape: lies ? { x1: p[0], y1: p[1] - width, x2: p[0], y2: p[1] + width } : { x1: p[0] - width, y1: p[1], x2: p[0] + width, y2: p[1] } };
  };
  const along = function (from: number, to: number): any {
    const p = at(from);
    const q = at(to);
    return { type: 'line', shape: { x1: p[0], y1: p[1], x2: q[0], y2: q[1] }, style: thin };
  };
  const thin = { stroke: colour, lineWidth: ctx.paper ? 0.8 : 1.2 };
  const p = at(box.lower);
  const q = at(box.upper);
  const rect = lies ? { x: Math.min(p[0], q[0]), y: p[1] - half, width: Math.abs(q[0] - p[0]), height: thickness }
    : { x: p[0] - half, y: Math.min(p[1], q[1]), width: thickness, height: Math.abs(q[1] - p[1]) };
  const mean = at(box.mean);
  const shapes: any[] = [along(box.low, box.lower), along(box.upper, box.high)];
  for (const end of [box.low, box.high]) if (shownAt(end)) shapes.push(across(end, half * 0.55, thin));
  shapes.push(
    { type: 'rect', shape: rect, style: { fill: ctx.theme.background } },
    { type: 'rect', shape: rect, style: { fill: colour, fillOpacity: 0.28, stroke: colour, lineWidth: thin.lineWidth } },
  );
  if (shownAt(box.median)) shapes.push(across(box.median, half, { stroke: ctx.theme.ink, lineWidth: ctx.paper ? 1.4 : 2.2 }));
  if (shownAt(box.mean)) shapes.push(shape('diamond', mean[0], mean[1], Math.min(half * 0.45, ctx.paper ? 1.8 : 3.4), { fill: colour, stroke: ctx.theme.background, lineWidth: 0.8 }));
  return shapes;
}

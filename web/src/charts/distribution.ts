// SPDX-License-Identifier: BSD-3-Clause
// Cumulative curves of skill over wells, with baselines and published marks.
import { numbers } from '../decode';
import { Cell, escapeHtml, fixed, label, withUnit } from '../format';
import { Role, SkillDistribution } from '../model';
import { CATEGORIES, DASHES } from '../theme';
import { axisRoom, baseOption, Chart, Context, extent, grid, LegendItem, markLine, ticks, tooltip, valueAxis } from './chart';
import { legendGraphics, legendHeight } from './legend';

export interface LineStyle { colour: string; dash: number[] | null; width: number; item: LegendItem }

// Blue for the model, Okabe-Ito for other models, grey dashes for baselines; in the order given.
export function roleStyles(ctx: Context, items: { name: string; role: Role }[]): LineStyle[] {
  let models = 0;
  let baselines = 0;
  return items.map(function (item) {
    if (item.role === 'baseline') {
      const dash = DASHES[baselines++ % DASHES.length] as number[];
      return { colour: ctx.theme.baseline, dash, width: ctx.theme.line, item: { name: item.name, mark: 'dash', colour: ctx.theme.baseline, dash } };
    }
    const colour = item.role === 'model' && models === 0 ? ctx.theme.blue : CATEGORIES[models % CATEGORIES.length];
    ++models;
    const width = ctx.theme.line * (item.role === 'model' ? 1.5 : 1.1);
    return { colour, dash: null, width, item: { name: item.name, mark: 'line', colour } };
  });
}

function sorted(values: ArrayLike<number>): number[] {
  const list: number[] = [];
  for (let i = 0; i < values.length; ++i) if (isFinite(values[i])) list.push(values[i]);
  return list.sort(function (a, b) { return a - b; });
}
export function median(list: number[]): number {
  if (!list.length) return NaN;
  const half = list.length >> 1;
  return list.length % 2 ? list[half] : (list[half - 1] + list[half]) / 2;
}

// Corners of the step function on [low, high], in percent.
function steps(list: number[], low: number, high: number): number[][] {
  const n = list.length;
  let below = 0;
  while (below < n && list[below] < low) ++below;
  const points = [[low, 100 * below / n]];
  for (let i = below; i < n && list[i] <= high; ++i) {
    points.push([list[i], 100 * i / n], [list[i], 100 * (i + 1) / n]);
  }
  const last = points[points.length - 1];
  if (last[0] < high) points.push([high, last[1]]);
  return points;
}

export function distribution(s: SkillDistribution, ctx: Context): Chart {
  const lists = s.items.map(function (item) { return sorted(numbers(item.values)); });
  const found = extent.apply(null, lists);
  const tx = ticks(s.limits[0] === null ? found[0] : s.limits[0], s.limits[1] === null ? found[1] : s.limits[1], ctx.width / 75);
  const styles = roleStyles(ctx, s.items);
  const items = styles.map(function (style, i) {
    style.item.name += ', median ' + fixed(median(lists[i]), s.quantity.digits);
    return style.item;
  });
  const option = baseOption(ctx);
  const ty = { min: 0, max: 100, step: 25, digits: 0 };
  const top = legendHeight(ctx, items);
  const left = Math.ceil(axisRoom(ctx, ty, true)) + 4;
  const height = Math.round(Math.min(300, (ctx.width - left) * 0.68));
  option.grid.push(grid(left, top, ctx.width - left - 14, height));
  option.xAxis.push(valueAxis(ctx, 0, label(s.quantity), tx, { horizontal: true }));
  option.yAxis.push(valueAxis(ctx, 0, 'Share of ' + s.noun + 's at or below (%)', ty));
  s.items.forEach(function (item, i) {
    option.series.push({ type: 'line', name: item.name, data: steps(lists[i], tx.min, tx.max), showSymbol: false, animation: false, z: 5 - (item.role === 'baseline' ? 2 : 0),
      symbolSize: 1, lineStyle: { color: styles[i].colour, width: styles[i].width, type: styles[i].dash || 'solid' }, itemStyle: { color: styles[i].colour } });
  });
  for (const m of s.marks) {
    if (m.value !== null && m.value >= tx.min && m.value <= tx.max) option.series.push(markLine(ctx, 0, 'x', m.value, m.label));
  }
  option.graphic = legendGraphics(ctx, items);
  option.tooltip = tooltip(ctx, function (params) {
    const x = params.length ? params[0].axisValue : NaN;
    if (!isFinite(x)) return '';
    return '<b>' + escapeHtml(s.quantity.name) + ' \u2264 ' + withUnit(x, s.quantity) + '</b>' + lists.map(function (list, i) {
      const share = list.filter(function (v) { return v <= x; }).length;
      return '<div>' + escapeHtml(s.items[i].name) + ': ' + share + ' of ' + list.length + ' ' + s.noun + 's (' + fixed(100 * share / Math.max(1, list.length), 0) + ' %)</div>';
    }).join('');
  }, 'axis');
  const counts = lists.map(function (list) { return list.length; });
  const differ = counts.some(function (c) { return c !== counts[0]; });
  return {
    option, height: Math.ceil(top + height + ctx.theme.font * 3.6), legend: items,
    notes: ['n = ' + (differ ? s.items.map(function (item, i) { return counts[i] + ' (' + item.name + ')'; }).join(', ') : (counts[0] || 0)) + ' ' + s.noun + 's.'],
    alt: 'Cumulative distribution of ' + s.quantity.name + ' over ' + s.noun + 's: ' + s.items.map(function (item, i) {
      return item.name + ' median ' + withUnit(median(lists[i]), s.quantity);
    }).join('; ') + '.',
    csv: function () {
      const rows: Cell[][] = [['series', label(s.quantity), 'share_at_or_below']];
      s.items.forEach(function (item, i) { lists[i].forEach(function (v, k) { rows.push([item.name, v, (k + 1) / lists[i].length]); }); });
      return rows;
    },
  };
}

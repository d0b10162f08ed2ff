// SPDX-License-Identifier: BSD-3-Clause
// Contributions of each driver per month or period, stacked around zero.
import { numbers } from '../decode';
import { Cell, escapeHtml, label, signed } from '../format';
import { SeasonalAttribution } from '../model';
import { driverColours } from '../theme';
import { axisRoom, baseOption, categoryAxis, Chart, Context, drawing, grid, LegendItem, textWidth, ticks, tooltip, valueAxis } from './chart';
import { legendGraphics, legendHeight } from './legend';

function zero(ctx: Context, axis: number, vertical: boolean): any {
  return drawing(axis, 6, function (point, box) {
    const p = point(0, 0);
    const shape = vertical ? { x1: p[0], y1: box.y, x2: p[0], y2: box.y + box.height } : { x1: box.x, y1: p[1], x2: box.x + box.width, y2: p[1] };
    return [{ type: 'line', shape, style: { stroke: ctx.theme.axis, lineWidth: 1 } }];
  });
}

export function seasonal(s: SeasonalAttribution, ctx: Context): Chart {
  const drivers = s.drivers.map(function (d) { return numbers(d.values); });
  const names = s.drivers.map(function (d) { return d.name; });
  const colours = driverColours(names);
  const observed = numbers(s.observed);
  const simulated = numbers(s.simulated);
  let low = 0;
  let high = 0;
  s.categories.forEach(function (_, i) {
    let up = 0;
    let down = 0;
    for (const d of drivers) {
      if (d[i] > 0) up += d[i];
      if (d[i] < 0) down += d[i];
    }
    for (const line of [observed, simulated]) {
      if (line.length && isFinite(line[i])) {
        up = Math.max(up, line[i]);
        down = Math.min(down, line[i]);
      }
    }
    low = Math.min(low, down);
    high = Math.max(high, up);
  });
  const t = ticks(low, high, 5);
  const items: LegendItem[] = names.map(function (name, i) { return { name, mark: 'square' as 'square', colour: colours[i] }; });
  if (simulated.length) items.push({ name: 'Simulated', mark: 'line', colour: ctx.theme.ink });
  if (observed.length) items.push({ name: 'Observed', mark: 'circle', colour: ctx.theme.observed });
  const option = baseOption(ctx);
  const top = legendHeight(ctx, items);
  const left = Math.ceil(axisRoom(ctx, t, true)) + 4;
  const height = Math.round(Math.min(300, (ctx.width - left) * 0.6));
  option.grid.push(grid(left, top, ctx.width - left - 10, height));
  const crowded = s.categories.some(function (c) { return textWidth(c, ctx.theme.font) + 4 > (ctx.width - left) / s.categories.length; });
  option.xAxis.push(categoryAxis(ctx, 0, s.categories, crowded ? { axisLabel: { color: ctx.theme.muted, fontSize: ctx.theme.font, fontFamily: ctx.theme.family, interval: 'auto', hideOverlap: true } } : {}));
  option.xAxis[0].axisPointer = { type: 'shadow', shadowStyle: { color: 'rgba(128,128,128,0.12)' } };
  option.yAxis.push(valueAxis(ctx, 0, label(s.quantity), t));
  drivers.forEach(function (d, k) {
    option.series.push({ type: 'bar', name: names[k], stack: 'drivers', barWidth: '62%', animation: false, itemStyle: { color: colours[k] },
      data: Array.prototype.map.call(d, function (v: number) { return isFinite(v) ? v : '-'; }) });
  });
  if (simulated.length) {
    option.series.push({ type: 'line', name: 'Simulated', data: Array.prototype.slice.call(simulated), animation: false, showSymbol: false, z: 7,
      lineStyle: { color: ctx.theme.ink, width: ctx.theme.line } });
  }
  if (observed.length) {
    option.series.push({ type: 'scatter', name: 'Observed', data: Array.prototype.slice.call(observed), animation: false, z: 8, symbolSize: ctx.paper ? 5 : 8,
      itemStyle: { color: ctx.theme.observed, borderColor: ctx.theme.background, borderWidth: 1, opacity: 1 } });
  }
  option.series.push(zero(ctx, 0, false));
  option.graphic = legendGraphics(ctx, items);
  option.tooltip = tooltip(ctx, function (params) {
    if (!params.length) return '';
    const i = params[0].dataIndex;
    let sum = 0;
    const rows = drivers.map(function (d, k) {
      if (isFinite(d[i])) sum += d[i];
      return '<div>' + escapeHtml(names[k]) + ': ' + signed(d[i], s.quantity.digits) + '</div>';
    });
    return '<b>' + escapeHtml(s.categories[i]) + '</b> (' + escapeHtml(s.quantity.unit) + ')' + rows.join('') + '<div>sum: ' + signed(sum, s.quantity.digits) + '</div>' +
      (observed.length ? '<div>observed: ' + signed(observed[i], s.quantity.digits) + '</div>' : '');
  }, 'axis');
  return {
    option, height: Math.ceil(top + height + ctx.theme.font * 2.2), legend: items, notes: [],
    alt: 'Attribution by season' + (s.entity ? ' for ' + s.entity : '') + ': ' + names.map(function (name, k) {
      let best = 0;
      for (let i = 1; i < drivers[k].length; ++i) if (Math.abs(drivers[k][i]) > Math.abs(drivers[k][best])) best = i;
      return name + ' strongest in ' + s.categories[best] + ' (' + signed(drivers[k][best], s.quantity.digits) + ' ' + s.quantity.unit + ')';
    }).join('; ') + '.',
    csv: function () {
      const rows: Cell[][] = [(['category'] as Cell[]).concat(names, observed.length ? ['observed'] : [], simulated.length ? ['simulated'] : [])];
      s.categories.forEach(function (c, i) {
        rows.push(([c] as Cell[]).concat(drivers.map(function (d) { return d[i]; }), observed.length ? [observed[i]] : [], simulated.length ? [simulated[i]] : []));
      });
      return rows;
    },
  };
}

// SPDX-License-Identifier: BSD-3-Clause
// Contributions of each driver per month or period, stacked around zero; and the mean signatures of types.
import { numbers } from '../decode';
import { Cell, escapeHtml, fixed, label, plural, signed } from '../format';
import { ClusterSignatures, SeasonalAttribution } from '../model';
import { CATEGORIES, driverColours } from '../theme';
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

function wrap(text: string, width: number, font: number): string[] {
  const lines = [''];
  for (const part of text.match(/[^ \-\u2013]*[ \-\u2013]?/g) || []) {  // may break after a space, hyphen or dash
    const last = lines[lines.length - 1];
    if (last && textWidth((last + part).trim(), font) > width) lines.push(part);
    else lines[lines.length - 1] = last + part;
  }
  return lines;
}

export function clusters(c: ClusterSignatures, ctx: Context): Chart {
  const font = ctx.theme.font;
  const n = c.clusters.length;
  const means = c.clusters.map(function (k) { return numbers(k.mean); });
  const spreads = c.clusters.map(function (k) { return numbers(k.spread); });
  let low = 0;
  let high = 0;
  means.forEach(function (m, k) {
    for (let i = 0; i < m.length; ++i) {
      const s = spreads[k].length && isFinite(spreads[k][i]) ? spreads[k][i] : 0;
      low = Math.min(low, m[i] - s);
      high = Math.max(high, m[i] + s);
    }
  });
  let longest = 0;
  for (const f of c.features) longest = Math.max(longest, textWidth(f, font));
  const left = Math.ceil(Math.min(longest + 12, ctx.width * 0.42));
  const least = ctx.paper ? 92 : 150;
  const across = Math.max(1, Math.min(n, Math.floor((ctx.width - left) / least)));
  const panel = (ctx.width - left) / across;
  const t = ticks(low, high, panel / (ctx.paper ? 52 : 70));
  const gap = ctx.paper ? 22 : 30;
  const heads = c.clusters.map(function (k) { return wrap(k.name + ' (' + plural(k.size, c.noun).replace(' ', '\u00a0') + ')', panel - 8, font * 1.1); });
  const headHeight = Math.max.apply(null, heads.map(function (h) { return h.length; }).concat([1])) * font * 1.25 + 6;
  const row = longest + 12 > ctx.width * 0.42 ? font * 2.5 : ctx.paper ? 15 : 22;  // long names take two lines
  const height = c.features.length * row;
  const option = baseOption(ctx);
  option.graphic = legendGraphics(ctx, []);
  let top = legendHeight(ctx, []);
  const foot = font * 3.6;
  c.clusters.forEach(function (_, k) {
    const column = k % across;
    if (k > 0 && column === 0) top += headHeight + height + foot + 6;
    const x = left + column * panel;
    if (column === 0) {
      const inRow = Math.min(across, n - k);
      option.graphic.push({ type: 'text', silent: true, x: left + (inRow * panel - gap) / 2, y: top + headHeight + height + font * 2.1, style: { text: label(c.quantity),
        fill: ctx.theme.ink, align: 'center', font: font + 'px ' + ctx.theme.family } });
    }
    option.grid.push(grid(x, top + headHeight, panel - gap, height));
    option.xAxis.push(valueAxis(ctx, k, '', t, { horizontal: true }));
    const axis = categoryAxis(ctx, k, c.features, { inverse: true, axisLine: { show: false } });
    axis.axisLabel = { show: column === 0, color: ctx.theme.ink, fontSize: font, fontFamily: ctx.theme.family, interval: 0, margin: 8, width: left - 10, overflow: 'break', lineHeight: font * 1.15 };
    option.yAxis.push(axis);
    heads[k].forEach(function (text, i) {
      option.graphic.push({ type: 'text', silent: true, x: x, y: top + i * font * 1.25 + (headHeight - 6 - heads[k].length * font * 1.25), style: { text, fill: ctx.theme.ink, font: 'bold ' + font + 'px ' + ctx.theme.family } });
    });
    option.series.push({ type: 'bar', xAxisIndex: k, yAxisIndex: k, barWidth: '60%', animation: false, name: c.clusters[k].name, itemStyle: { color: CATEGORIES[k % 6] }, data: Array.prototype.slice.call(means[k]) });
    option.series.push(drawing(k, 5, function (point) {
      const items: any[] = [];
      for (let i = 0; i < spreads[k].length; ++i) {
        const a = point(means[k][i] - spreads[k][i], i);
        const b = point(means[k][i] + spreads[k][i], i);
        items.push({ type: 'line', shape: { x1: a[0], y1: a[1], x2: b[0], y2: b[1] }, style: { stroke: ctx.theme.ink, lineWidth: 1 } });
      }
      return items;
    }));
    option.series.push(zero(ctx, k, true));
  });
  option.tooltip = tooltip(ctx, function (params) {
    return '<b>' + escapeHtml(params.seriesName) + '</b><br>' + escapeHtml(c.features[params.dataIndex]) + ' ' + signed(Number(params.value), c.quantity.digits) + ' ' + escapeHtml(c.quantity.unit);
  }, 'item');
  return {
    option, height: Math.ceil(top + headHeight + height + foot), legend: [],
    notes: c.clusters.filter(function (k) { return k.evidence; }).map(function (k) { return k.name + ': ' + k.evidence; }),
    alt: 'Mean signatures of ' + n + ' types: ' + c.clusters.map(function (k, i) {
      let best = 0;
      for (let f = 1; f < means[i].length; ++f) if (Math.abs(means[i][f]) > Math.abs(means[i][best])) best = f;
      return k.name + ' (' + plural(k.size, c.noun) + '), strongest ' + c.features[best] + ' ' + fixed(means[i][best], c.quantity.digits) + ' ' + c.quantity.unit;
    }).join('; ') + '.',
    csv: function () {
      const rows: Cell[][] = [['type', c.noun + 's', 'feature', label(c.quantity), 'standard deviation']];
      c.clusters.forEach(function (k, i) {
        c.features.forEach(function (f, j) { rows.push([k.name, k.size, f, means[i][j], spreads[i].length ? spreads[i][j] : NaN]); });
      });
      return rows;
    },
  };
}

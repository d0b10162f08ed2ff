// SPDX-License-Identifier: BSD-3-Clause
// Bars, scatter, lines and heat maps of anything.
import { numbers } from '../decode';
import { Cell, escapeHtml, fixed, isoDate, label, withUnit } from '../format';
import { Bars, Heatmap, Lines, Quantity, Scatter } from '../model';
import { CATEGORIES, diverging, inkOn, sequential, SHAPES } from '../theme';
import { symmetric } from './attribution';
import { axisRoom, baseOption, categoryAxis, Chart, Context, drawing, extent, grid, hatched, LegendItem, markLine, textWidth, ticks, timeAxis, tooltip, valueAxis }
  from './chart';
import { roleStyles } from './distribution';
import { logAxis, logLimits } from './learning';
import { hexagons } from './hexagons';
import { colourBar, colourBarRoom, legendGraphics, legendHeight, nameAbove, shape } from './legend';

function list(values: ArrayLike<number>): number[] { return Array.prototype.slice.call(values); }

export function bars(b: Bars, ctx: Context): Chart {
  const groups = b.groups.map(function (g) { return numbers(g.values); });
  const lows = b.low.map(function (s) { return numbers(s); });
  const highs = b.high.map(function (s) { return numbers(s); });
  const end = function (ends: ArrayLike<number>[], k: number, i: number, value: number) {
    return ends.length && ends[k].length && isFinite(ends[k][i]) ? ends[k][i] : value;
  };
  let low = 0;
  let high = 0;
  b.categories.forEach(function (_, i) {
    let up = 0;
    let down = 0;
    groups.forEach(function (g, k) {
      if (!isFinite(g[i])) return;
      up = b.stacked ? up + Math.max(0, g[i]) : Math.max(up, end(highs, k, i, g[i]));
      down = b.stacked ? down + Math.min(0, g[i]) : Math.min(down, end(lows, k, i, g[i]));
    });
    low = Math.min(low, down);
    high = Math.max(high, up);
  });
  for (const m of b.marks) {
    if (m.value !== null) high = Math.max(high, m.value);
    if (m.value !== null) low = Math.min(low, m.value);
  }
  const h = b.horizontal;
  const t = ticks(low, high, h ? ctx.width / 100 : 5);
  const items: LegendItem[] = b.groups.length > 1 ? b.groups.map(function (g, k) { return { name: g.name, mark: 'square' as 'square', colour: CATEGORIES[k % 6] }; }) : [];
  const option = baseOption(ctx);
  const top = legendHeight(ctx, items);
  let longest = 0;
  for (const c of b.categories) longest = Math.max(longest, textWidth(c, ctx.theme.font));
  const left = h ? Math.ceil(Math.min(longest + 12, ctx.width * 0.4)) : Math.ceil(axisRoom(ctx, t, true)) + 4;
  const per = (ctx.paper ? 11 : 18) * (b.stacked ? 1 : Math.max(1, groups.length)) + (ctx.paper ? 6 : 8);
  const height = h ? b.categories.length * per : Math.round(Math.min(300, (ctx.width - left) * 0.6));
  option.grid.push(grid(left, top, ctx.width - left - 16, height));
  const value = valueAxis(ctx, 0, label(b.quantity), t, { horizontal: h });
  const category = categoryAxis(ctx, 0, b.categories, h ? { inverse: true } : {});
  if (h) category.axisLabel = { color: ctx.theme.ink, fontSize: ctx.theme.font, fontFamily: ctx.theme.family, interval: 0, width: left - 10, overflow: 'break', lineHeight: ctx.theme.font * 1.15, margin: 8 };
  else category.axisLabel.interval = 'auto';
  option.xAxis.push(h ? value : category);
  option.yAxis.push(h ? category : value);
  groups.forEach(function (g, k) {
    option.series.push({ type: 'bar', name: b.groups[k].name, stack: b.stacked ? 'all' : undefined, animation: false, barGap: '8%', barCategoryGap: '28%',
      itemStyle: { color: b.groups.length > 1 ? CATEGORIES[k % 6] : ctx.theme.blue }, data: list(g).map(function (v) { return isFinite(v) ? v : '-'; }) });
  });
  if (lows.length && !b.stacked) {
    option.series.push(drawing(0, 6, function (point) {
      const items2: any[] = [];
      const a = point(0, 0);
      const c = h ? point(0, 1) : point(1, 0);
      const band = b.categories.length > 1 ? Math.abs(h ? c[1] - a[1] : c[0] - a[0]) : h ? height : ctx.width - left - 16;
      const n = groups.length;
      const barSize = band * 0.72 / (n + 0.08 * (n - 1));
      groups.forEach(function (g, k) {
        const off = (k - (n - 1) / 2) * barSize * 1.08;
        for (let i = 0; i < g.length; ++i) {
          if (!isFinite(lows[k][i]) || !isFinite(highs[k][i])) continue;
          const p = h ? point(lows[k][i], i) : point(i, lows[k][i]);
          const q = h ? point(highs[k][i], i) : point(i, highs[k][i]);
          items2.push({ type: 'line', shape: { x1: p[0] + (h ? 0 : off), y1: p[1] + (h ? off : 0), x2: q[0] + (h ? 0 : off), y2: q[1] + (h ? off : 0) }, style: { stroke: ctx.theme.ink, lineWidth: 1 } });
        }
      });
      return items2;
    }));
  }
  for (const m of b.marks) if (m.value !== null) option.series.push(markLine(ctx, 0, h ? 'x' : 'y', m.value, m.label));
  option.graphic = legendGraphics(ctx, items);
  option.tooltip = tooltip(ctx, function (params) {
    return '<b>' + escapeHtml(b.categories[params.dataIndex]) + '</b><br>' + escapeHtml(params.seriesName) + ' ' + withUnit(Number(params.value), b.quantity);
  }, 'item');
  return {
    option, height: Math.ceil(top + height + ctx.theme.font * (h ? 3.6 : 2.2)), legend: items, notes: [],
    alt: b.quantity.name + ' of ' + b.categories.length + ' categories: ' + b.categories.slice(0, 12).map(function (c, i) {
      return c + ' ' + groups.map(function (g) { return withUnit(g[i], b.quantity); }).join(' / ');
    }).join('; ') + '.',
    csv: function () {
      const head: Cell[] = ['category'];
      b.groups.forEach(function (g) {
        head.push(g.name);
        if (lows.length) head.push(g.name + ' low', g.name + ' high');
      });
      const rows: Cell[][] = [head];
      b.categories.forEach(function (c, i) {
        const row: Cell[] = [c];
        groups.forEach(function (g, k) {
          row.push(g[i]);
          if (lows.length) row.push(end(lows, k, i, NaN), end(highs, k, i, NaN));
        });
        rows.push(row);
      });
      return rows;
    },
  };
}

// An axis of names at 0, 1, ...
function namedAxis(ctx: Context, s: Scatter, width: number): any {
  const last = s.x_names.length - 1;
  const all = s.x_names.map(function (_, i) { return i; });
  const axis = valueAxis(ctx, 0, label(s.x), { min: -0.5, max: last + 0.5, step: 1, digits: 0 }, { horizontal: true, splitLine: { show: false } });
  delete axis.interval;
  axis.axisLabel.customValues = all;
  axis.axisTick.customValues = all;
  axis.axisLabel.width = width / (last + 1) - 4;
  axis.axisLabel.overflow = 'truncate';
  axis.axisLabel.formatter = function (v: number) { return s.x_names[Math.round(v)] || ''; };
  return axis;
}

export function scatter(s: Scatter, ctx: Context): Chart {
  const xs = s.groups.map(function (g) { return numbers(g.x); });
  const ys = s.groups.map(function (g) { return numbers(g.y); });
  const fx = numbers(s.fit_x);
  const fy = numbers(s.fit_y);
  const fl = numbers(s.fit_low);
  const fh = numbers(s.fit_high);
  const rx = extent.apply(null, (s.one_to_one ? xs.concat(ys) : xs) as ArrayLike<number>[]);
  const ry = extent.apply(null, (s.one_to_one ? xs.concat(ys) : ys) as ArrayLike<number>[]);
  const tx = ticks(rx[0], rx[1], s.one_to_one ? 5 : ctx.width / 90);
  const ty = ticks(ry[0], ry[1], 5);
  const many = s.groups.length > 1;
  const items: LegendItem[] = many ? s.groups.map(function (g, k) { return { name: g.name, mark: SHAPES[k % 6] as any, colour: CATEGORIES[k % 6] }; }) : [];
  if (fx.length) items.push({ name: 'Fitted line', mark: 'line', colour: ctx.theme.ink });
  if (fl.length) items.push({ name: '95 % confidence', mark: 'band', colour: ctx.theme.missing, border: ctx.theme.grid });
  if (s.one_to_one) items.push({ name: '1:1', mark: 'dash', colour: ctx.theme.muted });
  const option = baseOption(ctx);
  const top = legendHeight(ctx, items);
  const left = Math.ceil(axisRoom(ctx, ty, true)) + 4;
  let width = ctx.width - left - 16;
  let height = Math.round(Math.min(320, width * 0.68));
  if (s.one_to_one) width = height = Math.min(width, 380);
  option.grid.push(grid(left, top, width, height));
  option.xAxis.push(s.x_names.length ? namedAxis(ctx, s, width) : valueAxis(ctx, 0, label(s.x), tx, { horizontal: true }));
  option.yAxis.push(valueAxis(ctx, 0, label(s.y), ty));
  const xText = function (v: number): string { return s.x_names.length ? s.x_names[Math.round(v)] || '' : withUnit(v, s.x); };
  const total = xs.reduce(function (sum, x) { return sum + x.length; }, 0);
  const r = (ctx.paper ? 2.4 : 4) * (total > 300 ? 0.7 : 1);
  s.groups.forEach(function (g, k) {
    const data: number[][] = [];
    for (let i = 0; i < xs[k].length; ++i) data.push([xs[k][i], ys[k][i]]);
    option.series.push({ type: 'custom', name: g.name, data, z: 5, animation: false, renderItem: function (_: any, api: any) {
      const p = api.coord([api.value(0), api.value(1)]);
      if (!isFinite(p[0]) || !isFinite(p[1])) return null;
      return shape(many ? SHAPES[k % 6] : 'circle', p[0], p[1], r, { fill: CATEGORIES[k % 6], opacity: total > 300 ? 0.5 : 0.85 });
    } });
  });
  option.series.push(drawing(0, 2, function (point) {
    const out: any[] = [];
    if (fl.length) {
      const points: number[][] = [];
      for (let i = 0; i < fx.length; ++i) points.push(point(fx[i], fh[i]));
      for (let i = fx.length - 1; i >= 0; --i) points.push(point(fx[i], fl[i]));
      out.push({ type: 'polygon', shape: { points }, style: { fill: ctx.theme.missing } });
    }
    if (fx.length) {
      const points: number[][] = [];
      for (let i = 0; i < fx.length; ++i) points.push(point(fx[i], fy[i]));
      out.push({ type: 'polyline', shape: { points }, style: { stroke: ctx.theme.ink, lineWidth: ctx.theme.line, fill: 'none' } });
    }
    if (s.one_to_one) {
      const a = point(tx.min, tx.min);
      const b = point(tx.max, tx.max);
      out.push({ type: 'line', shape: { x1: a[0], y1: a[1], x2: b[0], y2: b[1] }, style: { stroke: ctx.theme.muted, lineWidth: 1, lineDash: [4, 3] } });
    }
    return out;
  }, { clip: true }));
  option.graphic = legendGraphics(ctx, items);
  const name = function (k: number, i: number) { return s.groups[k].labels.length ? s.groups[k].labels[i] : s.groups[k].name; };
  option.tooltip = tooltip(ctx, function (p) {
    if (!s.groups[p.seriesIndex]) return '';
    return '<b>' + escapeHtml(name(p.seriesIndex, p.dataIndex)) + '</b><br>' + escapeHtml(s.x.name) + ' ' + escapeHtml(xText(p.value[0])) + '<br>' + escapeHtml(s.y.name) + ' ' + withUnit(p.value[1], s.y);
  }, 'item');
  return {
    option, height: Math.ceil(top + height + ctx.theme.font * 3.6), legend: items, notes: s.note ? [s.note] : [],
    alt: s.y.name + ' against ' + s.x.name + ', ' + total + ' points. ' + s.note,
    csv: function () {
      const rows: Cell[][] = [['group', 'label', label(s.x), label(s.y)]];
      s.groups.forEach(function (g, k) { for (let i = 0; i < xs[k].length; ++i) rows.push([g.name, g.labels.length ? g.labels[i] : '', s.x_names.length ? xText(xs[k][i]) : xs[k][i], ys[k][i]]); });
      return rows;
    },
    entityAt: function (p) { return s.groups[p.seriesIndex] && s.groups[p.seriesIndex].labels.length ? s.groups[p.seriesIndex].labels[p.dataIndex] : ''; },
  };
}

export function lines(l: Lines, ctx: Context): Chart {
  const xs = l.lines.map(function (k) {
    const x = numbers(k.x);
    return l.dates ? list(x).map(function (s) { return 1000 * s; }) : x;
  });
  const xText = function (x: number): string { return l.dates ? isoDate(x) : withUnit(x, l.x); };
  const ys = l.lines.map(function (k) { return numbers(k.y); });
  const lows = l.lines.map(function (k) { return numbers(k.low); });
  const highs = l.lines.map(function (k) { return numbers(k.high); });
  const marked = l.y_marks.map(function (m) { return m.value === null ? NaN : m.value; });
  const rx = extent.apply(null, xs as ArrayLike<number>[]);
  const ry = extent.apply(null, (ys as ArrayLike<number>[]).concat(lows, highs, [marked]));
  const logX = l.log_x && rx[0] > 0;
  const logY = l.log_y && ry[0] > 0;
  const tx = ticks(rx[0], rx[1], ctx.width / 80);
  const ty = ticks(ry[0], ry[1], 5);
  const styles = roleStyles(ctx, l.lines);
  const items = l.lines.length > 1 || l.lines.some(function (k) { return k.name !== ''; }) ? styles.map(function (s) { return s.item; }) : [];
  const option = baseOption(ctx);
  const top = legendHeight(ctx, items);
  const left = Math.ceil(axisRoom(ctx, logY ? { min: logLimits(ry[0], ry[1])[0], max: 1, step: 1, digits: 2 } : ty, true)) + 4;
  const height = Math.round(Math.min(300, (ctx.width - left) * 0.62));
  option.grid.push(grid(left, top, ctx.width - left - 18, height));
  const pad = l.dates ? Math.max((rx[1] - rx[0]) * 0.04, 15 * 86400e3) : 0;
  option.xAxis.push(l.dates ? timeAxis(ctx, 0, rx[0] - pad, rx[1] + pad, ctx.width - left - 18, true) : logX ? logAxis(ctx, 0, label(l.x), rx[0], rx[1], { horizontal: true }) : valueAxis(ctx, 0, label(l.x), tx, { horizontal: true, splitLine: { show: false } }));
  option.yAxis.push(logY ? logAxis(ctx, 0, label(l.y), ry[0], ry[1]) : valueAxis(ctx, 0, label(l.y), ty));
  option.yAxis[0].nameGap = left - ctx.theme.font * 1.45;
  l.lines.forEach(function (k, i) {
    const data: any[][] = [];
    for (let j = 0; j < xs[i].length; ++j) data.push([xs[i][j], isFinite(ys[i][j]) ? ys[i][j] : '-']);
    option.series.push({ type: 'line', name: k.name, data, animation: false, showSymbol: l.points, symbol: SHAPES[i % 6], symbolSize: ctx.paper ? 4 : 7, z: 4,
      itemStyle: { color: styles[i].colour }, lineStyle: { color: styles[i].colour, width: styles[i].width, type: styles[i].dash || 'solid' } });
    if (lows[i].length) {
      option.series.push(drawing(0, 1, function (point) {
        const points: number[][] = [];
        for (let j = 0; j < xs[i].length; ++j) if (isFinite(highs[i][j])) points.push(point(xs[i][j], highs[i][j]));
        for (let j = xs[i].length - 1; j >= 0; --j) if (isFinite(lows[i][j])) points.push(point(xs[i][j], lows[i][j]));
        return [{ type: 'polygon', shape: { points }, style: { fill: styles[i].colour, opacity: 0.2 } }];
      }, { clip: true }));
    }
  });
  for (const m of l.x_marks) if (m.value !== null) option.series.push(markLine(ctx, 0, 'x', l.dates ? 1000 * m.value : m.value, m.label));
  for (const m of l.y_marks) if (m.value !== null) option.series.push(markLine(ctx, 0, 'y', m.value, m.label));
  option.graphic = legendGraphics(ctx, items);
  option.tooltip = tooltip(ctx, function (params) {
    if (!params.length) return '';
    return '<b>' + escapeHtml(l.x.name) + ' ' + xText(Number(params[0].axisValue)) + '</b>' + params.map(function (p: any) {
      return '<div>' + escapeHtml(p.seriesName || l.y.name) + ': ' + withUnit(Number(p.value[1]), l.y) + '</div>';
    }).join('');
  }, 'axis');
  return {
    option, height: Math.ceil(top + height + ctx.theme.font * 3.6), legend: items, notes: [],
    alt: l.y.name + ' against ' + l.x.name + ': ' + l.lines.map(function (k, i) {
      const e = extent(ys[i]);
      return (k.name || 'line') + ' from ' + fixed(e[0], l.y.digits) + ' to ' + withUnit(e[1], l.y);
    }).join('; ') + '.',
    csv: function () {
      const rows: Cell[][] = [['line', label(l.x), label(l.y), 'low', 'high']];
      l.lines.forEach(function (k, i) { for (let j = 0; j < xs[i].length; ++j) rows.push([k.name, l.dates ? isoDate(xs[i][j]) : xs[i][j], ys[i][j], lows[i].length ? lows[i][j] : NaN, highs[i].length ? highs[i][j] : NaN]); });
      return rows;
    },
  };
}

export function heatmap(h: Heatmap, ctx: Context): Chart {
  if (h.hexagonal) return hexagons(h, ctx);
  const values = numbers(h.values);
  const n = h.columns.length;
  const q: Quantity = h.quantity;
  const found = extent(values);
  const t = h.diverging ? symmetric(found, h.limits, 4) : ticks(h.limits[0] === null ? found[0] : h.limits[0], h.limits[1] === null ? found[1] : h.limits[1], 4);
  const scale = h.diverging ? diverging(ctx.theme, t.max) : sequential(t.min, t.max);
  const font = ctx.theme.font;
  let longest = 0;
  for (const r of h.rows) longest = Math.max(longest, textWidth(r, font));
  const option = baseOption(ctx);
  const left = Math.ceil(Math.min(longest + 12, ctx.width * 0.35) + (h.row_name ? font * 1.5 : 0));
  const room = colourBarRoom(ctx, t) + 8;
  let top = legendHeight(ctx, []);
  const width = ctx.width - left - room;
  let widest = 0;
  for (const c of h.columns) widest = Math.max(widest, textWidth(c, font));
  const turned = widest + 4 > width / Math.max(1, n) && n <= 24;
  const foot = turned ? Math.min(widest, 120) * 0.72 + font : font * 1.7;
  const cell = Math.max(ctx.paper ? 11 : 16, Math.min(ctx.paper ? 22 : 34, width / Math.max(1, n)));
  const height = Math.max(h.rows.length * cell, ctx.paper ? 70 : 90);
  top += nameAbove(ctx, q, height);
  option.grid.push(grid(left, top, width, height));
  option.xAxis.push(categoryAxis(ctx, 0, h.columns, { name: h.column_name, nameGap: foot + font * 0.6 }));
  if (turned) option.xAxis[0].axisLabel.rotate = 45;
  else option.xAxis[0].axisLabel.interval = 'auto';
  option.yAxis.push(categoryAxis(ctx, 0, h.rows, { inverse: true, name: h.row_name, nameGap: left - font * 1.45 }));
  option.yAxis[0].axisLabel.interval = cell * h.rows.length < h.rows.length * font ? 'auto' : 0;
  if (longest + 12 > ctx.width * 0.35) {
    option.yAxis[0].axisLabel.width = ctx.width * 0.35 - 6;
    option.yAxis[0].axisLabel.overflow = 'truncate';
  }
  const data: number[][] = [];
  for (let i = 0; i < values.length; ++i) data.push([i % n, Math.floor(i / n)]);
  option.series.push({ type: 'custom', data, animation: false, z: 2, renderItem: function (params: any, api: any) {
    const p = api.coord([api.value(0), api.value(1)]);
    const w = width / n;
    const hgt = height / h.rows.length;
    const x = p[0] - w / 2;
    const y = p[1] - hgt / 2;
    const v = values[params.dataIndex];
    if (!isFinite(v)) return { type: 'group', children: hatched(ctx, x, y, w - 1, hgt - 1) };
    const fill = scale(v);
    const children: any[] = [{ type: 'rect', shape: { x, y, width: w - (w > 6 ? 1 : -0.4), height: hgt - 1 }, style: { fill } }];
    const text = fixed(v, q.digits);
    if (h.show_values && textWidth(text, font) < w) {
      children.push({ type: 'text', x: p[0], y: p[1], style: { text, fill: inkOn(fill), fontSize: font * 0.95, fontFamily: ctx.theme.family, align: 'center', verticalAlign: 'middle' } });
    }
    return { type: 'group', children };
  } });
  option.graphic = legendGraphics(ctx, []).concat(colourBar(ctx, left + width + 12, top, height, t, scale, q));
  option.tooltip = tooltip(ctx, function (params) {
    const i = params.dataIndex;
    return '<b>' + escapeHtml(h.rows[Math.floor(i / n)]) + '</b>, ' + escapeHtml(h.columns[i % n]) + '<br>' + escapeHtml(q.name) + ' ' + withUnit(values[i], q);
  }, 'item');
  return {
    option, height: Math.ceil(top + height + foot + font * (h.column_name ? 2.0 : 0.6)), legend: [], notes: [],
    alt: q.name + ' for ' + h.rows.length + ' rows and ' + n + ' columns, from ' + fixed(found[0], q.digits) + ' to ' + withUnit(found[1], q) + '.',
    csv: function () {
      const rows: Cell[][] = [([h.row_name || 'row'] as Cell[]).concat(h.columns)];
      h.rows.forEach(function (r, i) { rows.push(([r] as Cell[]).concat(h.columns.map(function (_, j) { return values[i * n + j]; }))); });
      return rows;
    },
  };
}

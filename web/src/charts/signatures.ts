// SPDX-License-Identifier: BSD-3-Clause
// Types of dynamics: for each a heat map of its mean signature (drivers by months), with the share of each driver behind
// its row. All panels have the same colours.
import { numbers } from '../decode';
import { Cell, escapeHtml, fixed, label, plural, signed } from '../format';
import { ClusterSignatures } from '../model';
import { diverging } from '../theme';
import { baseOption, Box, Chart, Context, drawing, grid, hatched, textWidth, ticks, tooltip } from './chart';
import { colourBar, colourBarRoom, legendGraphics, legendHeight, nameAbove } from './legend';

function wrap(text: string, width: number, font: number): string[] {
  const lines = [''];
  for (const part of text.match(/[^ \-\u2013]*[ \-\u2013]?/g) || []) {  // may break after a space, hyphen or dash
    const last = lines[lines.length - 1];
    if (last && textWidth((last + part).trim(), font) > width) lines.push(part);
    else lines[lines.length - 1] = last + part;
  }
  return lines;
}

function most(c: ClusterSignatures): number {
  let found = 0;
  for (const k of c.clusters) {
    const m = numbers(k.mean);
    for (let i = 0; i < m.length; ++i) if (isFinite(m[i])) found = Math.max(found, Math.abs(m[i]));
  }
  return found || 1;
}

function strongest(c: ClusterSignatures, mean: ArrayLike<number>): string {
  let best = 0;
  for (let i = 1; i < mean.length; ++i) if (!isFinite(mean[best]) || Math.abs(mean[i]) > Math.abs(mean[best])) best = i;
  const n = c.columns.length;
  return c.rows[Math.floor(best / n)] + ' ' + c.columns[best % n] + ' ' + signed(mean[best], c.quantity.digits);
}

export function signatures(c: ClusterSignatures, ctx: Context): Chart {
  const font = ctx.theme.font;
  const means = c.clusters.map(function (k) { return numbers(k.mean); });
  const shares = c.clusters.map(function (k) { return numbers(k.share); });
  const t = ticks(-most(c), most(c), 4);
  const scale = diverging(ctx.theme, t.max);
  const bar = colourBarRoom(ctx, t) + 12;
  const shareRoom = shares.some(function (s) { return s.length > 0; }) ? textWidth('100 %', font) + 10 : 0;
  let left = 0;
  for (const r of c.rows) left = Math.max(left, textWidth(r, font));
  left = Math.ceil(Math.min(left + 12, ctx.width * 0.3));
  const width = ctx.width - left - shareRoom - bar;
  const row = ctx.paper ? 14 : 22;
  const height = c.rows.length * row;
  const option = baseOption(ctx);
  option.graphic = legendGraphics(ctx, []);
  const words = { fill: ctx.theme.ink, font: font + 'px ' + ctx.theme.family };
  const start = legendHeight(ctx, []) + nameAbove(ctx, c.quantity, ctx.paper ? 100 : 120);
  let top = start;
  const every = Math.max(1, Math.ceil(c.columns.length * (textWidth('Mmm', font) + 4) / width));
  c.clusters.forEach(function (cluster, k) {
    const head = wrap(cluster.name + ' (' + plural(cluster.size, c.noun).replace(' ', '\u00a0') + ')', ctx.width - left - bar, font * 1.1);
    head.forEach(function (text, i) {
      option.graphic.push({ type: 'text', silent: true, x: left, y: top + i * font * 1.3, style: { text, fill: ctx.theme.ink, font: 'bold ' + font + 'px ' + ctx.theme.family } });
    });
    top += head.length * font * 1.3 + 4;
    if (k === 0 && shareRoom) {
      option.graphic.push({ type: 'text', silent: true, x: left + width + shareRoom - 2, y: top - font * 1.3, style: { text: 'share', align: 'right', fill: ctx.theme.muted, font: words.font } });
    }
    option.grid.push(grid(left, top, width, height));
    option.xAxis.push({ type: 'value', gridIndex: k, min: 0, max: c.columns.length, show: false });
    option.yAxis.push({ type: 'value', gridIndex: k, min: 0, max: c.rows.length, inverse: true, show: false });
    option.series.push({
      type: 'custom', xAxisIndex: k, yAxisIndex: k, animation: false, name: cluster.name,
      data: Array.prototype.map.call(means[k], function (v: number, i: number) { return [i % c.columns.length, Math.floor(i / c.columns.length), v]; }),
      renderItem: function (_: any, api: any) {
        const a = api.coord([api.value(0), api.value(1)]);
        const b = api.coord([api.value(0) + 1, api.value(1) + 1]);
        const v = api.value(2);
        if (!isFinite(v)) return { type: 'group', children: hatched(ctx, a[0], a[1], b[0] - a[0], b[1] - a[1]) };
        return { type: 'rect', shape: { x: a[0], y: a[1], width: b[0] - a[0] + 0.4, height: b[1] - a[1] + 0.4 }, style: { fill: scale(v) } };
      },
    });
    option.series.push(drawing(k, 6, function (_, box: Box) {
      return [{ type: 'rect', shape: { x: box.x, y: box.y, width: box.width, height: box.height }, style: { fill: 'none', stroke: ctx.theme.axis, lineWidth: 0.8 } }];
    }));
    c.rows.forEach(function (name, i) {
      const y = top + (i + 0.5) * row;
      option.graphic.push({ type: 'text', silent: true, x: left - 8, y, style: { text: name, align: 'right', verticalAlign: 'middle', ...words } });
      if (shares[k].length && isFinite(shares[k][i])) {
        option.graphic.push({ type: 'text', silent: true, x: left + width + shareRoom - 2, y, style: { text: fixed(shares[k][i], 0) + '\u00a0%', align: 'right', verticalAlign: 'middle', ...words } });
      }
    });
    top += height;
    c.columns.forEach(function (name, i) {
      if (i % every) return;
      option.graphic.push({ type: 'text', silent: true, x: left + (i + 0.5) * width / c.columns.length, y: top + 4, style: { text: name, align: 'center', fill: ctx.theme.muted, font: words.font } });
    });
    top += font * 1.4 + 14;
  });
  const tall = Math.min(top - start - 20, ctx.paper ? 150 : 220);
  for (const e of colourBar(ctx, left + width + shareRoom + 12, start + 14, tall - 14, t, scale, c.quantity)) option.graphic.push(e);
  option.tooltip = tooltip(ctx, function (params) {
    const v = params.value;
    return '<b>' + escapeHtml(params.seriesName) + '</b><br>' + escapeHtml(c.rows[v[1]]) + ', ' + escapeHtml(c.columns[v[0]]) + ' ' + signed(v[2], c.quantity.digits) + ' ' + escapeHtml(c.quantity.unit);
  }, 'item');
  return {
    option, height: Math.ceil(Math.max(top, start + tall + 20)), legend: [],
    notes: c.clusters.filter(function (k) { return k.evidence; }).map(function (k) { return k.name + ': ' + k.evidence; }),
    alt: 'Mean signatures of ' + c.clusters.length + ' types: ' + c.clusters.map(function (k, i) {
      return k.name + ' (' + plural(k.size, c.noun) + '), strongest ' + strongest(c, means[i]);
    }).join('; ') + '.',
    csv: function () {
      const rows: Cell[][] = [['type', c.noun + 's', 'driver', 'column', label(c.quantity), 'share (%)']];
      c.clusters.forEach(function (k, i) {
        c.rows.forEach(function (r, j) {
          c.columns.forEach(function (column, l) { rows.push([k.name, k.size, r, column, means[i][j * c.columns.length + l], shares[i].length ? shares[i][j] : NaN]); });
        });
      });
      return rows;
    },
  };
}

// SPDX-License-Identifier: BSD-3-Clause
// What maps share: scale bar, north arrow, lines and areas.
import { numbers } from '../decode';
import { Polyline } from '../model';
import { Context, drawing } from './chart';

export function scaleBar(ctx: Context, x: number, y: number, most: number, kmPerPx: number): any[] {
  const limit = most * kmPerPx;
  const power = Math.pow(10, Math.floor(Math.log(limit) / Math.LN10));
  const km = limit / power >= 5 ? 5 * power : limit / power >= 2 ? 2 * power : power;
  const width = km / kmPerPx;
  const style = { stroke: ctx.theme.ink, lineWidth: 1.2 };
  const text = km >= 1 ? km + ' km' : Math.round(km * 1000) + ' m';
  return [
    { type: 'polyline', silent: true, shape: { points: [[x, y - 5], [x, y], [x + width, y], [x + width, y - 5]] }, style: { stroke: style.stroke, lineWidth: 1.2, fill: 'none' } },
    { type: 'text', silent: true, x, y: y - 7, style: { text, fill: ctx.theme.ink, align: 'left', verticalAlign: 'bottom',
      font: ctx.theme.font + 'px ' + ctx.theme.family } },
  ];
}

export function northArrow(ctx: Context, x: number, y: number): any[] {
  return [
    { type: 'polygon', silent: true, shape: { points: [[x, y], [x + 6, y + 18], [x, y + 14], [x - 6, y + 18]] }, style: { fill: ctx.theme.ink } },
    { type: 'text', silent: true, x, y: y + 20, style: { text: 'N', fill: ctx.theme.ink, align: 'center', verticalAlign: 'top',
      font: 'bold ' + ctx.theme.font + 'px ' + ctx.theme.family } },
  ];
}

export function polylines(lines: Polyline[], ctx: Context): any {
  return drawing(0, 1, function (point) {
    return lines.map(function (line) {
      const x = numbers(line.x);
      const y = numbers(line.y);
      const points: number[][] = [];
      for (let i = 0; i < x.length; ++i) points.push(point(x[i], y[i]));
      const water = ctx.theme.dark ? '#3f6f8f' : '#8fbbd6';
      return line.closed ? { type: 'polygon', shape: { points }, style: { fill: ctx.theme.dark ? '#1b2a35' : '#eaf3f8', stroke: water, lineWidth: 0.8 } }
        : { type: 'polyline', shape: { points }, style: { stroke: water, lineWidth: ctx.paper ? 0.9 : 1.4, fill: 'none' } };
    });
  }, { clip: true });
}

// A scale bar right of the plot that follows the zoom: `range` of x is `km` wide.
export function movingScaleBar(ctx: Context, range: [number, number], km: number, most: number): any {
  return drawing(0, 8, function (point, box) {
    const wide = point(range[1], 0)[0] - point(range[0], 0)[0];
    return scaleBar(ctx, box.x + box.width + 10, box.y + box.height - 1, most, km / wide);
  });
}

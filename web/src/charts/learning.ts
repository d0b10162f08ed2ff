// SPDX-License-Identifier: BSD-3-Clause
// Loss over epochs, training and validation, one pair of lines per member.
import { numbers } from '../decode';
import { Cell, escapeHtml, fixed, label } from '../format';
import { LearningCurves } from '../model';
import { VERMILION } from '../theme';
import { axisRoom, baseOption, Chart, Context, extent, grid, LegendItem, ticks, Ticks, tooltip, valueAxis } from './chart';
import { legendGraphics, legendHeight } from './legend';

// The limits of a log axis: whole decades would hide a small range, so 1-2-5 steps.
export function logLimits(low: number, high: number): [number, number] {
  const nice = [1, 2, 5, 10];
  const round = function (v: number, up: boolean) {
    const power = Math.pow(10, Math.floor(Math.log(v) / Math.LN10 + 1e-12));
    let best = up ? power * 10 : power;
    for (const f of nice) {
      if (up && f * power >= v * 0.999) return f * power;
      if (!up && f * power <= v * 1.001) best = f * power;
    }
    return best;
  };
  return [round(low, false), round(high, true)];
}

export function logAxis(ctx: Context, gridIndex: number, name: string, low: number, high: number, more?: any): any {
  const [min, max] = logLimits(low, high);
  const digits = Math.max(0, -Math.floor(Math.log(min) / Math.LN10 + 1e-9));
  const axis = valueAxis(ctx, gridIndex, name, { min, max, step: 1, digits }, more);
  const values: number[] = [];
  const decades = Math.log(max / min) / Math.LN10;
  const factors = decades > 2.5 ? [1] : decades > 1.2 ? [1, 3] : [1, 2, 3, 5];
  for (let power = Math.pow(10, Math.floor(Math.log(min) / Math.LN10 + 1e-9)); power <= max * 1.001; power *= 10) {
    for (const f of factors) if (f * power >= min * 0.999 && f * power <= max * 1.001) values.push(f * power);
  }
  axis.type = 'log';
  delete axis.interval;
  axis.axisLabel.customValues = values;
  axis.axisTick.customValues = values;
  axis.splitLine.show = false;
  axis.axisLabel.formatter = function (v: number) {
    const d = Math.max(0, -Math.floor(Math.log(v) / Math.LN10 + 1e-9));
    return fixed(v, d);
  };
  return axis;
}

export function learning(c: LearningCurves, ctx: Context): Chart {
  const training = c.curves.map(function (k) { return numbers(k.training); });
  const validation = c.curves.map(function (k) { return numbers(k.validation); });
  let epochs = 1;
  for (const v of training.concat(validation)) epochs = Math.max(epochs, v.length);
  const found = extent.apply(null, training.concat(validation));
  const log = c.log_scale && found[0] > 0;
  const ty: Ticks = ticks(found[0], found[1], 4);
  const tx = ticks(1, epochs, Math.min(8, ctx.width / 60));
  if (tx.step < 1) tx.step = 1;
  const items: LegendItem[] = [{ name: 'Training', mark: 'line', colour: ctx.theme.baseline }];
  const validated = validation.some(function (v) { return v.length > 0; });
  if (validated) items.push({ name: 'Validation', mark: 'line', colour: ctx.theme.blue });
  const best = c.curves.filter(function (k) { return k.best_epoch >= 0; }).length > 0;
  if (best) items.push({ name: 'Best epoch (kept)', mark: 'diamond', colour: VERMILION });
  const option = baseOption(ctx);
  const top = legendHeight(ctx, items);
  const left = Math.ceil(axisRoom(ctx, log ? { min: 0, max: 1, step: 1, digits: 2 } : ty, true)) + 4;
  const height = Math.round(Math.min(300, (ctx.width - left) * 0.68));
  option.grid.push(grid(left, top, ctx.width - left - 16, height));
  option.xAxis.push(valueAxis(ctx, 0, 'Epoch', { min: 1, max: Math.max(2, epochs), step: tx.step, digits: 0 },
    { horizontal: true, splitLine: { show: false }, interval: null, minInterval: 1, splitNumber: Math.floor(ctx.width / 70) }));
  option.xAxis[0].axisLabel.showMaxLabel = epochs <= 12;  // of more, the last tick may stand too near to the last but one
  option.yAxis.push(log ? logAxis(ctx, 0, label(c.loss), found[0], found[1]) : valueAxis(ctx, 0, label(c.loss), ty));
  option.yAxis[0].nameGap = left - ctx.theme.font * 1.45;
  const line = function (name: string, v: ArrayLike<number>, colour: string, width: number, z: number): any {
    const data: number[][] = [];
    for (let i = 0; i < v.length; ++i) if (isFinite(v[i])) data.push([i + 1, v[i]]);
    return { type: 'line', name, data, showSymbol: data.length < 2, symbolSize: 4, animation: false, z, itemStyle: { color: colour },
      lineStyle: { color: colour, width, opacity: c.curves.length > 3 ? 0.75 : 1 } };
  };
  c.curves.forEach(function (k, i) {
    option.series.push(line(k.name + ', training', training[i], ctx.theme.baseline, ctx.theme.line * 0.8, 2));
    if (validation[i].length > 0) option.series.push(line(k.name + ', validation', validation[i], ctx.theme.blue, ctx.theme.line, 3));
  });
  if (best) {
    option.series.push({ type: 'scatter', name: 'best', symbol: 'diamond', symbolSize: ctx.paper ? 5 : 9, z: 6, animation: false,
      itemStyle: { color: VERMILION, opacity: 1 }, data: c.curves.map(function (k, i) {
        const v = validation[i].length > 0 ? validation[i] : training[i]; // without a loss of validation on the line of training
        return [k.best_epoch + 1, k.best_epoch >= 0 ? v[k.best_epoch] : NaN];
      })
        .filter(function (p) { return isFinite(p[1]); }) });
  }
  option.graphic = legendGraphics(ctx, items);
  option.tooltip = tooltip(ctx, function (params) {
    if (!params.length) return '';
    const e = Math.round(params[0].axisValue);
    return '<b>Epoch ' + e + '</b>' + c.curves.slice(0, 10).map(function (k, i) {
      return '<div>' + escapeHtml(k.name) + ': training ' + fixed(training[i][e - 1], c.loss.digits) +
        (validation[i].length > 0 ? ', validation ' + fixed(validation[i][e - 1], c.loss.digits) : '') + '</div>';
    }).join('');
  }, 'axis');
  return {
    option, height: Math.ceil(top + height + ctx.theme.font * 3.6), legend: items, notes: [],
    alt: 'Learning curves of ' + c.curves.length + ' members over ' + epochs + ' epochs; ' + c.loss.name + ' from ' + fixed(found[1], c.loss.digits) +
      ' down to ' + fixed(found[0], c.loss.digits) + '.',
    csv: function () {
      const rows: Cell[][] = [['member', 'epoch', 'training', 'validation', 'best']];
      c.curves.forEach(function (k, i) {
        for (let e = 0; e < Math.max(training[i].length, validation[i].length); ++e) {
          rows.push([k.name, e + 1, e < training[i].length ? training[i][e] : NaN, e < validation[i].length ? validation[i][e] : NaN, e === k.best_epoch ? 1 : 0]);
        }
      });
      return rows;
    },
  };
}

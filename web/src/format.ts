// SPDX-License-Identifier: BSD-3-Clause
// Numbers, dates and CSV as text.
import { Axis, Quantity } from './model';

const MINUS = '\u2212';

// More digits than this stand as powers of ten: 2.5e-12.
const MOST_DIGITS = 7;

export function fixed(value: number, digits: number): string {
  if (!isFinite(value)) return '\u2013';
  if (digits > MOST_DIGITS && Math.abs(value) < 0.001) return small(value, digits);
  const text = Math.abs(value).toFixed(Math.max(0, Math.min(10, digits)));
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}
function small(value: number, digits: number): string {
  const size = Math.abs(value);
  if (size < 0.5 * Math.pow(10, -digits)) return '0';
  const own = Math.max(0, Math.min(6, digits + Math.floor(Math.log(size) / Math.LN10 + 1e-9)));
  return (value < 0 ? MINUS : '') + size.toExponential(own).replace('-', MINUS);
}
export function signed(value: number, digits: number): string {
  const text = fixed(value, digits);
  return value > 0 && Number(text) !== 0 ? '+' + text : text;
}
export function withUnit(value: number, quantity: Quantity): string {
  return fixed(value, quantity.digits) + (quantity.unit && isFinite(value) ? '\u00a0' + quantity.unit : '');
}
export function label(quantity: Quantity): string {
  return quantity.unit ? quantity.name + ' (' + quantity.unit + ')' : quantity.name;
}

export function pad(value: number, width: number): string {
  let text = String(value);
  while (text.length < width) text = '0' + text;
  return text;
}
export function isoDate(ms: number): string {
  const d = new Date(ms);
  return pad(d.getUTCFullYear(), 4) + '-' + pad(d.getUTCMonth() + 1, 2) + '-' + pad(d.getUTCDate(), 2);
}
export function isoTime(ms: number): string {
  const d = new Date(ms);
  return isoDate(ms) + 'T' + pad(d.getUTCHours(), 2) + ':' + pad(d.getUTCMinutes(), 2);
}

// Milliseconds of each step of an axis.
export function times(axis: Axis): Float64Array {
  const result = new Float64Array(axis.size);
  const first = new Date(axis.first * 1000);
  for (let i = 0; i < axis.size; ++i) {
    if (axis.unit === 'month') {
      result[i] = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + i * axis.count, 1);
    } else {
      result[i] = (axis.first + i * axis.count * (axis.unit === 'day' ? 86400 : 3600)) * 1000;
    }
  }
  return result;
}
export function stepText(axis: Axis, index: number, ms: ArrayLike<number>): string {
  return axis.unit === 'hour' ? isoTime(ms[index]) : isoDate(ms[index]);
}

export type Cell = string | number;
export function csv(rows: Cell[][]): string {
  return rows.map(function (row) {
    return row.map(function (cell) {
      if (typeof cell === 'number') return isFinite(cell) ? String(cell) : '';
      return /[",\n\r]/.test(cell) ? '"' + cell.replace(/"/g, '""') + '"' : cell;
    }).join(',');
  }).join('\n') + '\n';
}

export function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

export function plural(n: number, one: string, many?: string): string {
  return n + ' ' + (n === 1 ? one : many || one + 's');
}

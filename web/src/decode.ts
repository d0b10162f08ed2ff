// SPDX-License-Identifier: BSD-3-Clause
// Packed series back to numbers; the packings are described in phreatic/report/encode.hpp.
import { unzlibSync } from 'fflate';
import { Series } from './model';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
let reverse: Uint8Array | null = null;

export function base64Bytes(text: string): Uint8Array {
  if (!reverse) {
    reverse = new Uint8Array(128);
    for (let i = 0; i < 64; ++i) reverse[ALPHABET.charCodeAt(i)] = i;
  }
  const pad = text.charAt(text.length - 2) === '=' ? 2 : text.charAt(text.length - 1) === '=' ? 1 : 0;
  const bytes = new Uint8Array(text.length / 4 * 3 - pad);
  let at = 0;
  for (let i = 0; i < text.length; i += 4) {
    const group = reverse[text.charCodeAt(i)] << 18 | reverse[text.charCodeAt(i + 1)] << 12 |
      reverse[text.charCodeAt(i + 2)] << 6 | reverse[text.charCodeAt(i + 3)];
    bytes[at++] = group >> 16;
    if (at < bytes.length) bytes[at++] = group >> 8 & 255;
    if (at < bytes.length) bytes[at++] = group & 255;
  }
  return bytes;
}

function fromDifferences(bytes: Uint8Array, n: number, scale: number): Float64Array {
  const values = new Float64Array(n);
  const digits = Math.round(-Math.log(scale) / Math.LN10);
  const inverse = Math.pow(10, digits);  // k / 10^d is the nearest double to the decimal; k * 10^-d is not
  let last = 0;
  for (let i = 0; i < n; ++i) {
    const code = bytes[i] + bytes[n + i] * 256 + bytes[2 * n + i] * 65536 + bytes[3 * n + i] * 16777216;
    if (code === 0) {
      values[i] = NaN;
      continue;
    }
    const zigzag = code - 1;
    last += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    values[i] = last / inverse;
  }
  return values;
}

function fromFloats(bytes: Uint8Array, n: number): Float64Array {
  const floats = new Float32Array(bytes.buffer, bytes.byteOffset, n);
  const values = new Float64Array(n);
  for (let i = 0; i < n; ++i) values[i] = Number(floats[i].toPrecision(7));  // 0.1, not 0.10000000149
  return values;
}

// Numbers with NaN for missing. Decoded once per series object.
export function numbers(series: Series): ArrayLike<number> {
  const cache = series as unknown as { decoded?: ArrayLike<number> };
  if (cache.decoded) return cache.decoded;
  let values: ArrayLike<number>;
  if ('enc' in series) {
    const bytes = unzlibSync(base64Bytes(series.data));
    values = series.enc === 'q4' ? fromDifferences(bytes, series.n, series.scale as number)
      : fromFloats(bytes, series.n);
  } else {
    const plain = new Float64Array(series.length);
    for (let i = 0; i < plain.length; ++i) plain[i] = series[i] === null ? NaN : series[i] as number;
    values = plain;
  }
  cache.decoded = values;
  return values;
}

export function count(series: Series): number {
  return 'enc' in series ? series.n : series.length;
}

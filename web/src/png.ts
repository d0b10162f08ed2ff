// SPDX-License-Identifier: BSD-3-Clause
// A picture of at most 256 colours as PNG (ISO 15948) in a data address: the same in the page and in static files, where
// there is no canvas.
import { zlibSync } from 'fflate';

let table: Uint32Array | null = null;

function crc(bytes: Uint8Array): number {
  if (!table) {
    table = new Uint32Array(256);
    for (let n = 0; n < 256; ++n) {
      let c = n;
      for (let k = 0; k < 8; ++k) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
      table[n] = c >>> 0;
    }
  }
  let c = 0xffffffff;
  for (let i = 0; i < bytes.length; ++i) c = table[(c ^ bytes[i]) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

function word(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16 & 255;
  bytes[at + 2] = value >>> 8 & 255;
  bytes[at + 3] = value & 255;
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  word(bytes, 0, data.length);
  for (let i = 0; i < 4; ++i) bytes[4 + i] = name.charCodeAt(i);
  bytes.set(data, 8);
  word(bytes, 8 + data.length, crc(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export function base64Text(bytes: Uint8Array): string {
  const parts: string[] = [];
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group = bytes[i] << 16 | (left > 1 ? bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);
    text += ALPHABET.charAt(group >> 18) + ALPHABET.charAt(group >> 12 & 63) + (left > 1 ? ALPHABET.charAt(group >> 6 & 63) : '=') +
      (left > 2 ? ALPHABET.charAt(group & 63) : '=');
    if (text.length > 8000) {
      parts.push(text);
      text = '';
    }
  }
  parts.push(text);
  return parts.join('');
}

// pixels [height][width] of indices into colours ("rgb(r,g,b)" or "#rrggbb"); index 0 is transparent whatever its colour.
export function pngAddress(pixels: Uint8Array, width: number, height: number, colours: string[], quick: boolean): string {
  const rows = new Uint8Array((width + 1) * height);
  for (let y = 0; y < height; ++y) rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const head = new Uint8Array(13);
  word(head, 0, width);
  word(head, 4, height);
  head[8] = 8;  // bits
  head[9] = 3;  // palette
  const palette = new Uint8Array(colours.length * 3);
  colours.forEach(function (c, i) {
    const rgb = /(\d+),\s*(\d+),\s*(\d+)/.exec(c);
    for (let k = 0; k < 3; ++k) palette[i * 3 + k] = rgb ? Number(rgb[k + 1]) : parseInt(c.substr(1 + 2 * k, 2), 16);
  });
  const parts = [new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', head), chunk('PLTE', palette),
    chunk('tRNS', new Uint8Array([0])), chunk('IDAT', zlibSync(rows, { level: quick ? 1 : 0 })), chunk('IEND', new Uint8Array(0))];
  let size = 0;
  for (const p of parts) size += p.length;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const p of parts) {
    bytes.set(p, at);
    at += p.length;
  }
  return 'data:image/png;base64,' + base64Text(bytes);
}

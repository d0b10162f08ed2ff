// SPDX-License-Identifier: BSD-3-Clause
// The legend inside static charts, colour bars, panel letters. On screen the legend is HTML (page/figure.ts).
import { fixed, label } from '../format';
import { Quantity } from '../model';
import { Scale } from '../theme';
import { Context, labelWidth, LegendItem, Ticks, textWidth } from './chart';

const SWATCH = 2.0;  // widths in fonts

function rows(ctx: Context, items: LegendItem[], indent: number): { item: LegendItem; x: number; row: number }[] {
  const font = ctx.theme.font;
  const placed: { item: LegendItem; x: number; row: number }[] = [];
  let x = indent;
  let row = 0;
  for (const item of items) {
    const width = font * (SWATCH + 0.5) + textWidth(item.name, font) + font * 1.1;
    if (x > indent && x + width - font > ctx.width) {
      x = indent;
      ++row;
    }
    placed.push({ item, x, row });
    x += width;
  }
  return placed;
}

// Height in px that the legend takes at the top of the chart.
export function legendHeight(ctx: Context, items: LegendItem[]): number {
  if (!ctx.paper) return ctx.letter ? 20 : 10;
  if (items.length === 0) return ctx.theme.font * (ctx.letter ? 1.8 : 0.8);
  const placed = rows(ctx, items, indentOf(ctx));
  return (placed[placed.length - 1].row + 1) * ctx.theme.font * 1.5 + ctx.theme.font * 0.8;
}

function indentOf(ctx: Context): number { return ctx.letter ? ctx.theme.font * 2.2 : 2; }

export function symbol(item: LegendItem, x: number, y: number, font: number, line: number): any[] {
  const width = font * SWATCH;
  const middle = y + font / 2;
  const c = item.colour;
  if (item.mark === 'line' || item.mark === 'dash') {
    return [{ type: 'line', shape: { x1: x, y1: middle, x2: x + width, y2: middle },
      style: { stroke: c, lineWidth: Math.max(1.2, line), lineDash: item.mark === 'dash' ? item.dash || [5, 4] : null } }];
  }
  if (item.mark === 'band' || item.mark === 'square') {
    return [{ type: 'rect', shape: { x: x + (item.mark === 'band' ? 0 : width / 4), y: y + font * 0.05,
      width: item.mark === 'band' ? width : width / 2, height: font * 0.9 },
      style: { fill: c, stroke: item.border || 'none', lineWidth: item.border ? 0.8 : 0 } }];
  }
  const r = item.mark === 'dot' ? font * 0.2 : font * 0.36;
  return [shape(item.mark, x + width / 2, middle, r, { fill: c, stroke: item.border || 'none', lineWidth: 0.7 })];
}

// A point symbol of radius r; the same shapes as SHAPES in theme.ts.
export function shape(mark: string, x: number, y: number, r: number, style: any): any {
  if (mark === 'rect' || mark === 'roundRect') {
    return { type: 'rect', shape: { x: x - r * 0.9, y: y - r * 0.9, width: r * 1.8, height: r * 1.8,
      r: mark === 'roundRect' ? r * 0.6 : 0 }, style };
  }
  if (mark === 'triangle') {
    return { type: 'polygon', shape: { points: [[x, y - r], [x + r, y + r * 0.85], [x - r, y + r * 0.85]] }, style };
  }
  if (mark === 'diamond') {
    return { type: 'polygon', shape: { points: [[x, y - 1.2 * r], [x + 1.2 * r, y], [x, y + 1.2 * r], [x - 1.2 * r, y]] },
      style };
  }
  if (mark === 'pin') {
    return { type: 'polygon', shape: { points: [[x, y + r], [x + r, y - r * 0.85], [x - r, y - r * 0.85]] }, style };
  }
  return { type: 'circle', shape: { cx: x, cy: y, r }, style };
}

// Legend (paper only) and panel letter, as graphic elements.
export function legendGraphics(ctx: Context, items: LegendItem[]): any[] {
  const font = ctx.theme.font;
  const elements: any[] = [];
  if (ctx.letter) {
    elements.push({ type: 'text', x: 0, y: 3, silent: true, style: { text: '(' + ctx.letter + ')', fill: ctx.theme.ink,
      font: 'bold ' + font + 'px ' + ctx.theme.family } });
  }
  if (!ctx.paper) return elements;
  for (const { item, x, row } of rows(ctx, items, indentOf(ctx))) {
    const y = 3 + row * font * 1.5;
    for (const e of symbol(item, x, y, font, ctx.theme.line)) elements.push(e);
    elements.push({ type: 'text', x: x + font * (SWATCH + 0.5), y: y + font / 2, style: { text: item.name,
      fill: ctx.theme.ink, font: font + 'px ' + ctx.theme.family, verticalAlign: 'middle' } });
  }
  return elements;
}

// The widest label of a colour bar whose numbers may be written in a way of their own.
function barLabels(ctx: Context, t: Ticks, text?: (v: number) => string): number {
  if (!text) return labelWidth(ctx, t);
  let widest = 0;
  for (let i = 0; i <= Math.round((t.max - t.min) / t.step); ++i) widest = Math.max(widest, textWidth(text(t.min + i * t.step), ctx.theme.font));
  return widest;
}

// Room right of a plot for a colour bar with its labels and turned name.
export function colourBarRoom(ctx: Context, t: Ticks, text?: (v: number) => string): number {
  return 12 + 12 + 8 + barLabels(ctx, t, text) + ctx.theme.font * 1.6;
}

// The bar's name in lines above it, where it is longer than the bar; none: it stands beside the bar, turned.
function linesAbove(ctx: Context, quantity: Quantity, height: number): string[] {
  const text = label(quantity);
  const font = ctx.theme.font;
  if (textWidth(text, font) <= height) return [];
  const lines = [''];
  for (const part of text.match(/[^ ]* ?/g) || []) {
    const last = lines[lines.length - 1];
    if (last && textWidth((last + part).trim(), font) > ctx.width - 8) lines.push(part);
    else lines[lines.length - 1] = last + part;
  }
  return lines;
}

// Height that they need above the bar.
export function nameAbove(ctx: Context, quantity: Quantity, height: number): number {
  const lines = linesAbove(ctx, quantity, height).length;
  return lines ? lines * ctx.theme.font * 1.3 + 6 : 0;
}

// A vertical colour bar with ticks, unit and arrows where values lie outside.
export function colourBar(ctx: Context, left: number, top: number, height: number, t: Ticks, scale: Scale,
  quantity: Quantity, more?: { text: (v: number) => string; below: boolean; above: boolean }): any[] {
  const font = ctx.theme.font;
  const elements: any[] = [];
  const n = Math.max(24, Math.min(64, Math.round(height / 2)));
  for (let i = 0; i < n; ++i) {
    const y = top + height * i / n;
    elements.push({ type: 'rect', silent: true, shape: { x: left, y, width: 12, height: height / n + 0.6 },
      style: { fill: scale(t.max - (t.max - t.min) * (i + 0.5) / n) } });
  }
  elements.push({ type: 'rect', silent: true, shape: { x: left, y: top, width: 12, height },
    style: { fill: 'none', stroke: ctx.theme.axis, lineWidth: 0.8 } });
  // Arrows where values lie outside the colours.
  const arrow = function (y: number, by: number, value: number) {
    elements.push({ type: 'polygon', silent: true, shape: { points: [[left, y], [left + 12, y], [left + 6, y + by]] },
      style: { fill: scale(value), stroke: ctx.theme.axis, lineWidth: 0.8 } });
  };
  if (more && more.above) arrow(top, -7, t.max);
  if (more && more.below) arrow(top + height, 7, t.min);
  const steps = Math.round((t.max - t.min) / t.step);
  for (let i = 0; i <= steps; ++i) {
    const value = t.min + i * t.step;
    const text = more ? more.text(value) : fixed(value, t.digits);
    const y = top + height * (1 - (value - t.min) / (t.max - t.min));
    elements.push({ type: 'line', silent: true, shape: { x1: left + 12, y1: y, x2: left + 15, y2: y },
      style: { stroke: ctx.theme.axis, lineWidth: 1 } });
    elements.push({ type: 'text', silent: true, x: left + 18, y, style: { text, fill: ctx.theme.muted,
      font: font + 'px ' + ctx.theme.family, verticalAlign: 'middle' } });
  }
  const above = linesAbove(ctx, quantity, height);
  above.forEach(function (text, i) {
    elements.push({ type: 'text', silent: true, x: ctx.width - 2, y: top - 10 - (above.length - 1 - i) * font * 1.3, style: { text: text.trim(),
      fill: ctx.theme.ink, font: font + 'px ' + ctx.theme.family, align: 'right', verticalAlign: 'bottom' } });
  });
  if (above.length) return elements;
  elements.push({ type: 'text', silent: true, x: left + 23 + barLabels(ctx, t, more ? more.text : undefined) + font * 0.7, y: top + height / 2,
    rotation: Math.PI / 2, style: { text: label(quantity), fill: ctx.theme.ink, font: font + 'px ' + ctx.theme.family,
      align: 'center', verticalAlign: 'middle' } });
  return elements;
}

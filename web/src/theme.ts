// SPDX-License-Identifier: BSD-3-Clause
// Colours of the report: Okabe-Ito for categories, viridis for quantities, blue-red centred on zero for signed ones.

export interface Theme {
  dark: boolean; font: number; family: string; line: number; dot: number;
  ink: string; muted: string; background: string; axis: string; grid: string; missing: string; hatch: string;
  observed: string; blue: string; baseline: string; band: number; periods: { [kind: string]: string }; diverging: string[];
}

export const BLUE = '#0072B2';
export const VERMILION = '#D55E00';
export const GREEN = '#009E73';
export const SKY = '#56B4E9';
export const ORANGE = '#E69F00';
export const PURPLE = '#CC79A7';
export const CATEGORIES = [BLUE, VERMILION, GREEN, SKY, ORANGE, PURPLE];
export const SHAPES = ['circle', 'rect', 'triangle', 'diamond', 'pin', 'roundRect'];
export const DASHES: (number[] | 'solid')[] = [[6, 4], [2, 3], [9, 3, 2, 3], [4, 2, 4, 6]];

const VIRIDIS = ['#440154', '#482878', '#3e4a89', '#31688e', '#26828e', '#1f9e89', '#35b779', '#6ece58', '#b5de2b',
  '#fde725'];

// Single quotes inside: the names stand in attributes of SVG.
const SCREEN_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Noto Sans', 'Liberation Sans', " +
  "'DejaVu Sans', sans-serif";
const PAPER_FONT = "Arial, Helvetica, 'Liberation Sans', 'DejaVu Sans', sans-serif";

const LIGHT: Theme = {
  dark: false, font: 12, family: SCREEN_FONT, line: 1.6, dot: 3.6,
  ink: '#1a1d21', muted: '#56606b', background: '#ffffff', axis: '#8d96a0', grid: '#e3e7ea', missing: '#eceef0',
  hatch: '#b4bac1', observed: '#1a1d21', blue: BLUE, baseline: '#7a828b', band: 0.2,
  periods: { training: '#ffffff', validation: '#ededee', test: '#fff6cf', freezing: '#cfe6f7', thawing: '#d3ecd6' },
  diverging: ['#8c1119', '#c9432f', '#eb9274', '#f7d6c8', '#f7f7f7', '#cde2ef', '#7fb8da', '#3182bd', '#0b4a86'],
};
const DARK: Theme = {
  dark: true, font: 12, family: SCREEN_FONT, line: 1.6, dot: 3.6,
  ink: '#e6e9ec', muted: '#a9b2bb', background: '#15181b', axis: '#6b747d', grid: '#2a2f34', missing: '#24282c',
  hatch: '#565e66', observed: '#f0f2f4', blue: '#3d9fe0', baseline: '#98a1aa', band: 0.28,  // blue: lighter, 4.5:1 on the background
  periods: { training: '#15181b', validation: '#26292d', test: '#2c2911', freezing: '#152b3d', thawing: '#142d1f' },
  diverging: ['#ffb3a1', '#f4795f', '#c24a35', '#6b3229', '#2b2f33', '#25455c', '#2d78ad', '#56a9e0', '#aad9ff'],
};

export function screenTheme(dark: boolean): Theme { return dark ? DARK : LIGHT; }

// 8 pt text at 96 px to the inch.
export function paperTheme(): Theme {
  const theme: Theme = {} as Theme;
  for (const key in LIGHT) (theme as any)[key] = (LIGHT as any)[key];
  theme.font = 8 * 96 / 72;
  theme.family = PAPER_FONT;
  theme.line = 1.1;
  theme.dot = 2.4;
  theme.axis = '#5c646c';
  return theme;
}

function channel(hex: string, at: number): number { return parseInt(hex.substr(at, 2), 16); }

function blend(stops: string[], fraction: number): string {
  const f = Math.min(1, Math.max(0, fraction)) * (stops.length - 1);
  const i = Math.min(stops.length - 2, Math.floor(f));
  const w = f - i;
  let text = 'rgb(';
  for (let c = 1; c < 7; c += 2) {
    text += Math.round(channel(stops[i], c) * (1 - w) + channel(stops[i + 1], c) * w) + (c < 5 ? ',' : ')');
  }
  return text;
}

export type Scale = (value: number) => string;

export function sequential(low: number, high: number): Scale {
  return function (value) { return blend(VIRIDIS, high > low ? (value - low) / (high - low) : 0.5); };
}
// limit > 0; blue = rise, red = fall.
export function diverging(theme: Theme, limit: number): Scale {
  return function (value) { return blend(theme.diverging, limit > 0 ? 0.5 + 0.5 * value / limit : 0.5); };
}

// Near-black or near-white text on a cell of this "rgb(...)" colour.
export function inkOn(colour: string): string {
  const rgb = (/(\d+),(\d+),(\d+)/.exec(colour) || ['', '255', '255', '255']).slice(1).map(Number);
  return 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2] > 140 ? '#111417' : '#ffffff';
}

// The same driver has the same colour in every chart: known names by what they are, the rest in order.
const KNOWN: [RegExp, string][] = [
  [/^(p|rr|pr|prec|rain|snowmelt)/i, SKY], [/pump|abstract|extract|withdraw/i, PURPLE],
  [/^(t|ta|tg|tmean|tsin)$|temp|frost/i, VERMILION], [/^(e|et|eto|pet|evap)|evapo|humid|^rh$/i, GREEN],
  [/radia|sun|^rs$|^q$/i, ORANGE], [/stage|river|discharge|level|static/i, BLUE],
];
export function driverColours(names: string[]): string[] {
  const taken: { [colour: string]: boolean } = {};
  const colours = names.map(function (name) {
    for (const [pattern, colour] of KNOWN) {
      if (pattern.test(name) && !taken[colour]) {
        taken[colour] = true;
        return colour;
      }
    }
    return '';
  });
  const free = CATEGORIES.filter(function (c) { return !taken[c]; });
  return colours.map(function (c) { return c || free.shift() || '#8d96a0'; });
}

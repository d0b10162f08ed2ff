// SPDX-License-Identifier: BSD-3-Clause
// A chart as an SVG file, without a browser: for papers, for print, for downloads.
import { build } from './charts/index';
import { tableRows } from './charts/table';
import { Chart, Context } from './charts/chart';
import { init } from './echarts';
import { csv } from './format';
import { Content } from './model';
import { paperTheme } from './theme';

const PX_PER_MM = 96 / 25.4;

export function paperContext(widthMm: number, letter: string): Context {
  return { width: widthMm * PX_PER_MM, theme: paperTheme(), paper: true, letter };
}

// Readers of SVG differ on dominant-baseline (librsvg and Inkscape ignore it); a shift by a fraction of the font does the same
// for all.
function plain(svg: string): string {
  return svg.replace(/<text dominant-baseline="central"/g, '<text dy="0.35em"')
    .replace(/<style ><!\[CDATA\[[^]*?\]\]>\s*<\/style>/, '')  // hover effects: nothing for a file
    .replace(/ (ecmeta_[a-z_]+|class|pointer-events)="[^"]*"/g, '');
}

export function svgOf(chart: Chart, ctx: Context): string {
  const instance = init(null, null, { renderer: 'svg', ssr: true, width: ctx.width, height: chart.height });
  instance.setOption(chart.option);
  const svg = instance.renderToSVGString();
  instance.dispose();  // or timers keep the host alive
  const mm = function (px: number) { return (px / PX_PER_MM).toFixed(2) + 'mm'; };
  return plain(svg).replace(/<svg width="[^"]*" height="[^"]*"/, '<svg width="' + mm(ctx.width) + '" height="' + mm(chart.height) + '"');
}

export function renderSvg(content: Content, widthMm: number, letter: string): string {
  const ctx = paperContext(widthMm, letter);
  // ZRender counts the charts it has drawn in its ids; a file must not depend on what was drawn before it.
  return svgOf(build(content, ctx), ctx).replace(/\bzr\d+-/g, 'c-');
}

export function renderCsv(content: Content): string {
  return csv(content.type === 'table' ? tableRows(content) : build(content, paperContext(180, '')).csv());
}

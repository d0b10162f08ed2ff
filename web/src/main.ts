// SPDX-License-Identifier: BSD-3-Clause
// The bundle's face: `phreatic.mount()` in the page; `phreatic.svg(...)`, `phreatic.csv(...)` for static files.
import { renderCsv, renderSvg } from './static';

export function svg(json: string, widthMm: number, letter: string): string { return renderSvg(JSON.parse(json), widthMm, letter); }
export function csv(json: string): string { return renderCsv(JSON.parse(json)); }
export { mount } from './page/page';

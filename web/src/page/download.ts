// SPDX-License-Identifier: BSD-3-Clause
// Saving the data and the picture of a chart; pictures are the static figures, 180 mm wide.
import { build } from '../charts/index';
import { init } from '../echarts';
import { Content } from '../model';
import { paperContext, renderCsv, renderSvg } from '../static';
import { el } from './dom';

export function save(name: string, url: string): void {
  const a = el('a', { href: url, download: name });
  document.body.appendChild(a);
  a.click();
  document.body.removeChild(a);
}

function saveText(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: type + ';charset=utf-8' }));
  save(name, url);
  setTimeout(function () { URL.revokeObjectURL(url); }, 10000);
}

export function saveCsv(name: string, content: Content): void { saveText(name + '.csv', 'text/csv', renderCsv(content)); }
export function saveSvg(name: string, content: Content): void {
  saveText(name + '.svg', 'image/svg+xml', '<?xml version="1.0" encoding="UTF-8"?>\n' + renderSvg(content, 180, ''));
}
export function savePng(name: string, content: Content): void {
  const ctx = paperContext(180, '');
  const chart = build(content, ctx);
  const host = el('div');
  const instance = init(host, null, { renderer: 'canvas', width: ctx.width, height: chart.height, devicePixelRatio: 300 / 96 });
  instance.setOption(chart.option);
  save(name + '.png', instance.getDataURL({ type: 'png', pixelRatio: 300 / 96, backgroundColor: '#ffffff' }));
  instance.dispose();
}

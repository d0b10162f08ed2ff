// SPDX-License-Identifier: BSD-3-Clause
// The legend of a chart on screen: the same symbols as in static files, as HTML, with boxes to show and hide.
import { LegendItem } from '../charts/chart';
import { symbol } from '../charts/legend';
import { append, el, svgEl } from './dom';

function numbersOf(points: number[][]): string { return points.map(function (p) { return p.join(','); }).join(' '); }

function drawn(element: any): SVGElement {
  const s = element.shape;
  const style: { [name: string]: string } = { fill: element.style.fill || 'none', stroke: element.style.stroke || 'none',
    'stroke-width': String(element.style.lineWidth || 0) };
  if (element.style.lineDash) style['stroke-dasharray'] = element.style.lineDash.join(' ');
  const add = function (geometry: { [name: string]: any }): { [name: string]: string } {
    for (const key in geometry) style[key] = String(geometry[key]);
    return style;
  };
  if (element.type === 'line') return svgEl('line', add({ x1: s.x1, y1: s.y1, x2: s.x2, y2: s.y2 }));
  if (element.type === 'rect') return svgEl('rect', add({ x: s.x, y: s.y, width: s.width, height: s.height, rx: s.r || 0 }));
  if (element.type === 'circle') return svgEl('circle', add({ cx: s.cx, cy: s.cy, r: s.r }));
  return svgEl('polygon', add({ points: numbersOf(s.points) }));
}

export function legend(items: LegendItem[], toggled: (group: string, hidden: boolean) => void, hidden: { [group: string]: boolean }): HTMLElement {
  const list = el('ul', { class: 'legend', 'aria-label': 'Legend' });
  for (const item of items) {
    const icon = svgEl('svg', { width: '26', height: '14', viewBox: '-1 -1 26 14', 'aria-hidden': 'true' });
    append(icon, symbol(item, 0, 0, 12, 1.8).map(drawn));
    if (item.toggles) {
      const box = el('input', { type: 'checkbox' });
      const group = item.toggles;
      box.checked = !hidden[group];
      box.addEventListener('change', function () { toggled(group, !box.checked); });
      list.appendChild(el('li', {}, el('label', {}, box, icon, item.name)));
    } else {
      list.appendChild(el('li', {}, icon, item.name));
    }
  }
  return list;
}

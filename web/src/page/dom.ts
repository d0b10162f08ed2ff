// SPDX-License-Identifier: BSD-3-Clause
// Elements from data; texts are always text, never markup.

export type Attributes = { [name: string]: string };
export type Child = Node | string | null;

export function el<K extends keyof HTMLElementTagNameMap>(tag: K, attributes?: Attributes, ...children: Child[]): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const name in attributes || {}) node.setAttribute(name, (attributes as Attributes)[name]);
  append(node, children);
  return node;
}

const SVG = 'http://www.w3.org/2000/svg';
export function svgEl(tag: string, attributes: Attributes, ...children: Node[]): SVGElement {
  const node = document.createElementNS(SVG, tag) as SVGElement;
  for (const name in attributes) node.setAttribute(name, attributes[name]);
  append(node, children);
  return node;
}

export function append(node: Node, children: Child[]): void {
  for (const child of children) {
    if (child === null) continue;
    node.appendChild(typeof child === 'string' ? document.createTextNode(child) : child);
  }
}

export function clear(node: Node): void { while (node.firstChild) node.removeChild(node.firstChild); }

export function button(text: string, label: string, act: () => void, kind?: string): HTMLButtonElement {
  const b = el('button', { type: 'button', 'aria-label': label, class: kind || 'plain' }, text);
  b.addEventListener('click', act);
  return b;
}

export function facts(list: [string, string][]): HTMLElement {
  const dl = el('dl', { class: 'facts' });
  for (const [name, value] of list) dl.appendChild(el('div', {}, el('dt', {}, name), el('dd', {}, value)));
  return dl;
}

// Figures in two columns. Narrow ones stand beside each other, also where a wide one comes between them (the style sheet
// fills holes); one that is left over has its caption beside it, so that no half of the page is empty.
export function figureGrid(figures: HTMLElement[]): HTMLElement {
  const narrow = figures.filter(function (f) { return f.classList.contains('narrow'); });
  if (narrow.length % 2 === 1) narrow[narrow.length - 1].classList.add('beside');
  return el('div', { class: 'figures' }, ...figures);
}

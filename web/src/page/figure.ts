// SPDX-License-Identifier: BSD-3-Clause
// A chart on the page: heading, legend, chart, notes, caption, downloads. Drawn when it comes near the window; drawn
// again when its width or the reader's colours change.
import { Chart } from '../charts/chart';
import { build, isNarrow } from '../charts/index';
import { init } from '../echarts';
import { Figure, Panels } from '../model';
import { paperContext, svgOf } from '../static';
import { screenTheme } from '../theme';
import { button, clear, el } from './dom';
import { saveCsv, savePng, saveSvg } from './download';
import { FieldPanel } from './field';
import { legend } from './legend';
import { Press } from './press';

export interface Actions { open: (entity: string) => void; knows: (entity: string) => boolean; panels: Panels }

let darkQuery: MediaQueryList;
let observer: IntersectionObserver;
let sizes: ResizeObserver;
const alive: FigureView[] = [];

export class FigureView {
  root: HTMLElement;
  private figure: Figure;
  private actions: Actions;
  private box: HTMLElement;
  private legendBox: HTMLElement;
  private notes: HTMLElement;
  private printed: HTMLElement;
  private instance: any = null;
  private chart: Chart | null = null;
  private width = 0;
  private near = false;
  private range: [number, number] | null = null;
  private hidden: { [group: string]: boolean } = {};
  private waiting = false;
  private field: FieldPanel | null = null;
  onZoom: (range: [number, number] | null) => void = function () {};

  constructor(figure: Figure, name: string, actions: Actions, controls?: HTMLElement) {
    this.figure = figure;
    this.actions = actions;
    this.box = el('div', { class: 'chart', role: 'img', tabindex: '0' });
    this.legendBox = el('div', { class: 'legend-box' });
    this.notes = el('p', { class: 'notes' });
    this.printed = el('div', { class: 'printed', 'aria-hidden': 'true' });
    const content = figure.content;
    const what = figure.heading || name;
    if (content.type === 'field') this.field = new FieldPanel(what, function (entity) { if (actions.knows(entity)) actions.open(entity); });
    const save = el('span', { class: 'save' },
      button('CSV', 'Data of \u201c' + what + '\u201d as CSV', function () { saveCsv(name, content); }, 'link'),
      button('SVG', 'Picture of \u201c' + what + '\u201d as SVG', function () { saveSvg(name, content); }, 'link'),
      button('PNG', 'Picture of \u201c' + what + '\u201d as PNG', function () { savePng(name, content); }, 'link'));
    this.root = el('figure', { class: isNarrow(content) ? 'narrow' : 'wide', id: 'fig-' + name, 'data-type': content.type },
      el('div', { class: 'figure-head' }, figure.heading ? el('h3', {}, figure.heading) : controls || null, save), this.field ? this.field.controls : null, this.legendBox, this.box, this.printed, this.field ? this.field.below() : null,
      el('figcaption', {}, figure.caption), this.notes);
    alive.push(this);
    const self = this;
    this.box.addEventListener('keydown', function (event) { self.key(event); });
    observer.observe(this.box);
    sizes.observe(this.box);
  }

  owns(box: Element): boolean { return this.box === box; }
  seen(): void {
    this.near = true;
    this.draw();
  }
  resized(width: number): void {
    if (Math.abs(width - this.width) < 1 || width < 40) return;
    this.width = width;
    this.rebuild();
  }

  rebuild(): void {
    if (this.width < 40) return;
    const ctx = { width: this.width, theme: screenTheme(darkQuery.matches), paper: false, letter: '' };
    const first = this.chart === null;
    this.chart = build(this.figure.content, ctx);
    if (first) for (const item of this.chart.legend) if (item.toggles) this.hidden[item.toggles] = !!item.hidden;
    this.box.style.height = this.chart.height + 'px';
    this.box.setAttribute('aria-label', this.figure.alt || this.chart.alt);
    clear(this.notes);
    if (this.chart.notes.length > 2) {
      this.notes.appendChild(el('span', { class: 'lines' }, ...this.chart.notes.map(function (n) { return el('span', {}, n); })));
    } else {
      this.notes.textContent = this.chart.notes.join(' ');
    }
    const self = this;
    clear(this.legendBox);
    if (this.chart.legend.length) {
      this.legendBox.appendChild(legend(this.chart.legend, function (group, hidden) {
        self.hidden[group] = hidden;
        self.refresh();
      }, this.hidden));
    }
    this.drop();
    if (this.near) this.draw();
  }

  private drop(): void {
    if (this.field) this.field.stop();
    if (this.instance) this.instance.dispose();
    this.instance = null;
  }

  private draw(): void {
    if (this.instance || !this.chart) return;
    const chart = this.chart;
    const self = this;
    this.instance = init(this.box, null, { renderer: chart.window ? 'canvas' : 'svg', width: this.width, height: chart.height });
    this.instance.setOption(chart.option);
    const press = new Press(this.instance);
    this.instance.on('mouseup', function (params: any) {
      const entity = chart.entityAt && press.endsAt(params.event) ? chart.entityAt(params) : '';
      if (entity && self.actions.knows(entity)) self.actions.open(entity);
    });
    if (chart.field && this.field) this.field.attach(this.instance, chart.field);
    if (chart.window) {
      this.instance.on('datazoom', function () { self.zoomed(); });
      if (this.range) this.zoom(this.range[0], this.range[1]);
      else this.refresh();
    }
    this.box.setAttribute('data-drawn', 'yes');
  }

  // --- Time charts ---
  zoom(start: number, end: number): void {
    this.range = [start, end];
    if (this.instance && this.chart && this.chart.range) {
      const [low, high] = this.chart.range;
      const from = Math.max(low, Math.min(start, high));
      const to = Math.min(high, Math.max(end, low));
      this.instance.dispatchAction({ type: 'dataZoom', batch: [{ dataZoomId: 'inside', startValue: from, endValue: to },
        { dataZoomId: 'slider', startValue: from, endValue: to }] });
    }
  }
  zoomLast(years: number): void {
    if (!this.chart || !this.chart.range) return;
    const [low, high] = this.chart.range;
    const now = this.range || [low, high];
    const span = years * 365.25 * 86400e3;
    if (years <= 0 || span >= high - low) return this.zoom(low, high);
    const end = Math.min(high, Math.max(now[1], low + span));
    this.zoom(end - span, end);
  }
  private zoomed(): void {
    const z = this.instance.getOption().dataZoom[0];
    this.range = [z.startValue, z.endValue];
    if (this.waiting) return;
    this.waiting = true;
    const self = this;
    window.requestAnimationFrame(function () {
      self.waiting = false;
      self.refresh();
      if (!self.chart || !self.chart.range || !self.range) return;
      const all = self.range[0] <= self.chart.range[0] && self.range[1] >= self.chart.range[1];
      self.onZoom(all ? null : self.range);
    });
  }
  private refresh(): void {
    if (!this.instance || !this.chart || !this.chart.window || !this.chart.range) return;
    const r = this.range || this.chart.range;
    const part = this.chart.window(r[0], r[1], this.hidden);
    this.instance.setOption(part);
    for (const s of part.series) if (s.id === 'simulated' || s.id === 'observed') this.box.setAttribute('data-' + s.id, String(s.data.length));
  }
  private key(event: KeyboardEvent): void {
    if (!this.chart || !this.chart.range || !this.chart.window) return;
    const [low, high] = this.chart.range;
    const now = this.range || [low, high];
    const span = now[1] - now[0];
    const middle = (now[0] + now[1]) / 2;
    const move = function (by: number): [number, number] {
      const start = Math.max(low, Math.min(high - span, now[0] + by));
      return [start, start + span];
    };
    let next: [number, number] | null = null;
    if (event.key === 'ArrowLeft') next = move(-span / 4);
    else if (event.key === 'ArrowRight') next = move(span / 4);
    else if (event.key === '+' || event.key === '=') next = [middle - span / 4, middle + span / 4];
    else if (event.key === '-') next = [Math.max(low, middle - span), Math.min(high, middle + span)];
    else if (event.key === 'Home' || event.key === '0') next = [low, high];
    if (!next) return;
    event.preventDefault();
    this.zoom(next[0], next[1]);
  }

  // --- Print: the static figure, as vectors ---
  print(): void {
    const ctx = paperContext(this.root.classList.contains('narrow') ? 86 : 178, '');
    this.printed.innerHTML = svgOf(build(this.figure.content, ctx), ctx);
  }
  printedAlready(): void { clear(this.printed); }

  remove(): void {
    this.drop();
    observer.unobserve(this.box);
    sizes.unobserve(this.box);
    alive.splice(alive.indexOf(this), 1);
  }
}

function of(box: Element): FigureView | null {
  for (const view of alive) if (view.owns(box)) return view;
  return null;
}
// Once, before the first figure; not when the bundle is loaded, for that also happens without a window.
export function startFigures(): void {
  darkQuery = window.matchMedia('(prefers-color-scheme: dark)');
  observer = new IntersectionObserver(function (entries) {
    for (const e of entries) {
      const view = e.isIntersecting ? of(e.target) : null;
      if (view) view.seen();
    }
  }, { rootMargin: '600px 0px' });
  sizes = new ResizeObserver(function (entries) {
    for (const e of entries) {
      const view = of(e.target);
      if (view) view.resized(Math.floor(e.contentRect.width));
    }
  });
  darkQuery.addEventListener('change', function () { for (const view of alive) view.rebuild(); });
  window.addEventListener('beforeprint', function () { for (const view of alive) view.print(); });
  window.addEventListener('afterprint', function () { for (const view of alive) view.printedAlready(); });
}

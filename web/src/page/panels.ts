// SPDX-License-Identifier: BSD-3-Clause
// The section of entities (wells, gauges, sites): the table, and under it everything about the chosen one.
import { isChart } from '../charts/index';
import { isoDate } from '../format';
import { Hydrograph, Panel, Report } from '../model';
import { append, button, clear, el, facts, figureGrid } from './dom';
import { Actions, FigureView } from './figure';
import * as state from './state';
import { TableView } from './table';

export class PanelsView {
  root: HTMLElement;
  private report: Report;
  private box: HTMLElement;
  private table: TableView | null = null;
  private views: FigureView[] = [];
  private levels: FigureView | null = null;
  private shown = '';
  private actions: Actions;

  constructor(report: Report, actions: Actions) {
    this.report = report;
    this.actions = actions;
    const w = report.panels;
    this.root = el('section', { id: w.id, class: 'panels', 'aria-labelledby': w.id + '-heading' }, el('h2', { id: w.id + '-heading' }, w.heading),
      ...w.paragraphs.map(function (p) { return el('p', {}, p); }));
    if (w.table) {
      this.table = new TableView(w.table, actions, w);
      this.root.appendChild(el('div', { class: 'figures' }, this.table.root));
    }
    this.box = el('div', { class: 'panel', id: 'panel', tabindex: '-1' });
    this.root.appendChild(this.box);
  }

  find(entity: string): number {
    const panels = this.report.panels.panels;
    for (let i = 0; i < panels.length; ++i) if (panels[i].entity === entity) return i;
    return -1;
  }

  // Shows what the address says.
  restore(): void {
    const v = state.read().values;
    const panels = this.report.panels.panels;
    if (!panels.length) return;
    const index = this.find(v[this.report.panels.noun] || '');
    this.show(index < 0 ? 0 : index);
    const from = Date.parse((v.from || '') + 'T00:00:00Z');
    const to = Date.parse((v.to || '') + 'T00:00:00Z');
    if (this.levels && isFinite(from) && isFinite(to) && to > from) this.levels.zoom(from, to);
    if (this.table) this.table.restore();
  }

  open(entity: string): void {
    const index = this.find(entity);
    if (index < 0) return;
    const change: { [key: string]: string } = { from: '', to: '' };
    change[this.report.panels.noun] = entity;
    state.change(this.report.panels.id, change, true);
    this.show(index);
    this.box.scrollIntoView({ block: 'start' });
    this.box.focus({ preventScroll: true });
  }

  private show(index: number): void {
    const panel = this.report.panels.panels[index];
    if (panel.entity === this.shown) return;
    this.shown = panel.entity;
    for (const view of this.views) view.remove();
    this.views = [];
    clear(this.box);
    const all = this.report.panels.panels.length;
    append(this.box, [this.header(panel, index), all > 1 ? el('p', { class: 'print-only' }, 'The chosen one of ' + all + ' ' + this.report.panels.noun + 's; the page itself shows each of them.') : null, panel.facts.length ? facts(panel.facts) : null,
      ...panel.warnings.map(function (w) { return el('p', { class: 'warning' }, w); }), this.charts(panel)]);
    if (this.table) this.table.choose(panel.entity);
  }

  private header(panel: Panel, index: number): HTMLElement {
    const panels = this.report.panels.panels;
    const noun = this.report.panels.noun;
    const self = this;
    const choice = el('select', { 'aria-label': noun });
    panels.forEach(function (p, i) {
      const option = el('option', { value: String(i) }, p.entity);
      option.selected = i === index;
      choice.appendChild(option);
    });
    choice.addEventListener('change', function () { self.actions.open(panels[Number(choice.value)].entity); });
    const step = function (by: number) { return function () { self.actions.open(panels[(index + by + panels.length) % panels.length].entity); }; };
    return el('div', { class: 'panel-head' },
      el('h3', {}, panel.entity, panel.hydrograph && panel.hydrograph.detail ? el('span', { class: 'detail' }, ' ' + panel.hydrograph.detail) : null),
      el('div', { class: 'tools' }, button('Previous', 'Previous ' + noun, step(-1)), choice, button('Next', 'Next ' + noun, step(1))));
  }

  private charts(panel: Panel): HTMLElement {
    const stem = this.report.panels.noun + '-' + panel.entity.replace(/[^A-Za-z0-9_-]+/g, '-');
    const roots: HTMLElement[] = [];
    this.levels = null;
    if (panel.hydrograph) {
      this.levels = this.hydrograph(panel.hydrograph, stem + '-levels');
      this.views.push(this.levels);
      roots.push(this.levels.root);
    }
    for (const figure of panel.figures) {
      if (!isChart(figure.content)) {
        roots.push(new TableView(figure, this.actions, null).root);
        continue;
      }
      const view = new FigureView(figure, stem + '-' + figure.id, this.actions);
      this.views.push(view);
      roots.push(view.root);
    }
    return figureGrid(roots);
  }

  private hydrograph(h: Hydrograph, name: string): FigureView {
    let view: FigureView | null = null;
    const zoom = function (years: number) { return function () { if (view) view.zoomLast(years); }; };
    const controls = el('div', { class: 'tools zoom', role: 'group', 'aria-label': 'Time shown' }, button('All', 'Show all years', zoom(0)),
      button('10 years', 'Show ten years', zoom(10)), button('5 years', 'Show five years', zoom(5)), button('1 year', 'Show one year', zoom(1)),
      el('span', { class: 'hint' }, 'Or the handles below, Ctrl and the wheel, arrow keys, + and \u2212.'));
    const caption = h.quantity.name + ' observed and simulated' + (h.downward ? '; the axis points down' : '') + '.' +
      (h.lower && (h.lower as any).length !== 0 ? ' The band should hold ' + Math.round(h.band_level * 100) + ' % of the observations.' : '') +
      ' Residual = simulated \u2212 observed.';
    view = new FigureView({ id: 'levels', heading: '', caption, alt: '', content: h }, name, this.actions, controls);
    view.onZoom = function (range) {
      state.change(null, range ? { from: isoDate(range[0]), to: isoDate(range[1]) } : { from: '', to: '' });
    };
    return view;
  }
}

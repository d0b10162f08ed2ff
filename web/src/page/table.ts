// SPDX-License-Identifier: BSD-3-Clause
// A table that sorts and filters; a row of an entity with a panel opens it.
import { cells } from '../charts/table';
import { Cell, fixed } from '../format';
import { Column, Figure, Panels, Table } from '../model';
import { button, clear, el } from './dom';
import { saveCsv } from './download';
import { Actions } from './figure';
import * as state from './state';

export class TableView {
  root: HTMLElement;
  private table: Table;
  private columns: ArrayLike<Cell>[];
  private largest: number[];  // largest absolute value of each column with bars
  private body: HTMLElement;
  private heads: HTMLElement[] = [];
  private count: HTMLElement;
  private input: HTMLInputElement;
  private sort: number;
  private descending: boolean;
  private chosen = '';
  private actions: Actions;
  private keeps: Panels | null;  // the table of panels: its state is in the address

  constructor(figure: Figure, actions: Actions, keeps: Panels | null) {
    this.table = figure.content as Table;
    this.actions = actions;
    this.keeps = keeps;
    this.columns = this.table.columns.map(cells);
    const columns = this.columns;
    this.largest = this.table.columns.map(function (c, k) {
      let most = 0;
      const all = columns[k];
      for (let i = 0; c.bar && i < all.length; ++i) if (isFinite(all[i] as number)) most = Math.max(most, Math.abs(all[i] as number));
      return most;
    });
    this.sort = this.table.sort_column;
    this.descending = this.table.descending;
    this.body = el('tbody');
    this.count = el('span', { class: 'count', 'aria-live': 'polite' });
    this.input = el('input', { type: 'search', placeholder: 'Filter rows', 'aria-label': 'Filter rows by any text' });
    const self = this;
    const name = figure.id;
    const content = figure.content;
    this.input.addEventListener('input', function () {
      self.fill();
      self.keep();
    });
    const area = el('div', { class: 'table-scroll', tabindex: '0', role: 'region', 'aria-label': figure.heading || figure.caption },
      el('table', {}, el('thead', {}, el('tr', {}, ...this.table.columns.map(function (_, i) { return self.head(i); }))), this.body));
    this.root = el('figure', { class: (this.table.columns.length <= 4 ? 'narrow' : 'wide') + ' table' + (this.table.columns.length > 8 ? ' many' : ''), id: 'fig-' + name, 'data-type': 'table' }, figure.heading ? el('h3', {}, figure.heading) : null,
      el('div', { class: 'figure-head' }, el('div', { class: 'tools' }, this.input, this.count), el('span', { class: 'save' },
        button('CSV', 'Table as CSV', function () { saveCsv(name, content); }, 'link'))), area, el('figcaption', {}, figure.caption), this.meanings());
    this.restore();
  }

  // What the columns mean, where they stand.
  private meanings(): HTMLElement {
    const told = this.table.columns.filter(function (c) { return c.help; });
    return el('p', { class: 'notes' }, told.map(function (c) { return c.name + ': ' + c.help; }).join('. ') + (told.length ? '.' : ''));
  }

  private head(index: number): HTMLElement {
    const c = this.table.columns[index];
    const self = this;
    const b = el('button', { type: 'button' }, el('span', {}, c.name), c.unit ? el('span', { class: 'unit' }, ' ' + c.unit) : null,
      el('span', { class: 'arrow', 'aria-hidden': 'true' }));
    if (c.help) b.title = c.help;
    b.addEventListener('click', function () {
      if (self.sort === index) {
        self.descending = !self.descending;
      } else {
        self.sort = index;
        self.descending = c.numeric;
      }
      self.fill();
      self.keep();
    });
    const th = el('th', { scope: 'col', class: c.numeric ? 'number' : 'text' }, b);
    this.heads.push(th);
    return th;
  }

  private keep(): void {
    if (!this.keeps) return;
    state.change(null, { sort: this.sort < 0 ? '' : this.table.columns[this.sort].name, desc: this.descending ? '1' : '0', filter: this.input.value });
  }
  restore(): void {
    if (this.keeps) {
      const v = state.read().values;
      for (let i = 0; i < this.table.columns.length; ++i) {
        if (this.table.columns[i].name === v.sort) {
          this.sort = i;
          this.descending = v.desc === '1';
        }
      }
      this.input.value = v.filter || '';
    }
    this.fill();
  }

  private order(): number[] {
    const rows: number[] = [];
    const wanted = this.input.value.toLowerCase().trim();
    for (let i = 0; i < this.table.rows; ++i) {
      const text = this.columns.map(function (c) { return typeof c[i] === 'string' ? c[i] as string : ''; }).join('\n').toLowerCase();
      if (!wanted || text.indexOf(wanted) >= 0) rows.push(i);
    }
    if (this.sort < 0) return rows;
    const column = this.columns[this.sort];
    const sign = this.descending ? -1 : 1;
    return rows.sort(function (a, b) {
      const x = column[a];
      const y = column[b];
      if (typeof x === 'string') return sign * x.localeCompare(y as string, 'en', { numeric: true }) || a - b;
      const missing = Number(!isFinite(x)) - Number(!isFinite(y as number));
      return missing || sign * (x - (y as number) || 0) || a - b;
    });
  }

  fill(): void {
    const rows = this.order();
    clear(this.body);
    for (const i of rows) this.body.appendChild(this.row(i));
    this.count.textContent = rows.length === this.table.rows ? this.table.rows + ' rows' : rows.length + ' of ' + this.table.rows + ' rows';
    const self = this;
    this.heads.forEach(function (th, i) {
      const on = i === self.sort;
      th.setAttribute('aria-sort', on ? self.descending ? 'descending' : 'ascending' : 'none');
      (th.querySelector('.arrow') as HTMLElement).textContent = on ? self.descending ? ' \u25bc' : ' \u25b2' : '';
    });
  }

  private row(i: number): HTMLElement {
    const t = this.table;
    const entity = t.entity_column >= 0 ? String(this.columns[t.entity_column][i]) : '';
    const opens = entity !== '' && this.actions.knows(entity);
    const tr = el('tr', opens ? { class: entity === this.chosen ? 'opens chosen' : 'opens' } : {});
    const self = this;
    t.columns.forEach(function (c, k) {
      const value = self.columns[k][i];
      const text = typeof value === 'number' ? fixed(value, c.digits) : value;
      const td = el('td', { class: c.numeric ? 'number' : text.length > 20 ? 'text long' : 'text' });
      if (k === t.entity_column && opens) {
        td.appendChild(el('a', { href: self.address(entity) }, text));
      } else {
        td.textContent = text;
      }
      const bar = typeof value === 'number' ? self.bar(c, k, value) : null;
      if (bar) {
        td.classList.add('with-bar');
        td.insertBefore(bar, td.firstChild);
      }
      tr.appendChild(td);
    });
    if (opens) {
      tr.addEventListener('click', function (event) {
        if ((event as MouseEvent).ctrlKey || (event as MouseEvent).metaKey) return;
        event.preventDefault();
        self.actions.open(entity);
      });
    }
    return tr;
  }

  private address(entity: string): string {
    const change: { [key: string]: string } = { from: '', to: '' };
    const panels = this.actions.panels;
    change[panels.noun] = entity;
    return state.link(panels.id, change);
  }

  // Behind a number: a bar from zero, as wide as the number is large.
  private bar(column: Column, k: number, value: number): HTMLElement | null {
    if (!column.bar || !isFinite(value)) return null;
    const most = this.largest[k];
    const share = most > 0 ? Math.abs(value) / most * 100 : 0;
    return el('span', { class: 'bar', style: 'width:' + share.toFixed(1) + '%', 'aria-hidden': 'true' });
  }

  choose(entity: string): void {
    this.chosen = entity;
    this.fill();
  }
}

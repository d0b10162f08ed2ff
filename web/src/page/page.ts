// SPDX-License-Identifier: BSD-3-Clause
// The page from the model: navigation, summary, sections, panels, provenance.
import { isChart } from '../charts/index';
import { Report, Section } from '../model';
import { append, button, el, facts, figureGrid } from './dom';
import { Actions, FigureView, startFigures } from './figure';
import * as state from './state';
import { TableView } from './table';
import { PanelsView } from './panels';

function summary(r: Report): HTMLElement {
  const header = el('header', { id: 'summary' }, el('h1', {}, r.title), r.subtitle ? el('p', { class: 'subtitle' }, r.subtitle) : null,
    el('p', { class: 'finding' }, r.finding));
  if (r.warnings.length) {
    header.appendChild(el('div', { class: 'warnings', role: 'note', 'aria-labelledby': 'warnings-heading' },
      el('h2', { id: 'warnings-heading' }, r.warnings.length === 1 ? 'Warning' : r.warnings.length + ' warnings'),
      el('ul', {}, ...r.warnings.map(function (w) { return el('li', {}, w); }))));
  }
  if (r.notes.length) {
    header.appendChild(el('div', { class: 'notes', role: 'note', 'aria-labelledby': 'notes-heading' },
      el('h2', { id: 'notes-heading' }, r.notes.length === 1 ? 'Note' : 'Notes'),
      el('ul', {}, ...r.notes.map(function (n) { return el('li', {}, n); }))));
  }
  return header;
}

function section(s: Section, actions: Actions): HTMLElement {
  const node = el('section', { id: s.id, class: s.figures.length ? '' : 'text-only', 'aria-labelledby': s.id + '-heading' }, el('h2', { id: s.id + '-heading' }, s.heading),
    ...s.paragraphs.map(function (p) { return el('p', {}, p); }));
  if (s.figures.length) {
    node.appendChild(figureGrid(s.figures.map(function (f) {
      return isChart(f.content) ? new FigureView(f, f.id, actions).root : new TableView(f, actions, null).root;
    })));
  }
  return node;
}

function provenance(r: Report): HTMLElement {
  const p = r.provenance;
  const node = el('section', { id: 'provenance', 'aria-labelledby': 'provenance-heading' }, el('h2', { id: 'provenance-heading' }, 'How do I reproduce it?'));
  if (p.command) {
    append(node, [el('p', {}, 'Run again with'), el('pre', { tabindex: '0' }, el('code', {}, p.command))]);
  }
  if (p.facts.length) node.appendChild(facts(p.facts));
  if (p.study) node.appendChild(el('details', { class: 'study' }, el('summary', {}, 'Study file as resolved'), el('pre', { tabindex: '0' }, el('code', {}, p.study))));
  node.appendChild(el('p', { class: 'licences' }, 'Charts drawn with Apache ECharts (Apache License 2.0).'));
  return node;
}

function navigation(r: Report, entries: [string, string][]): HTMLElement {
  return el('nav', { 'aria-label': 'Sections of the report' }, el('p', { class: 'nav-title' }, r.title),
    el('ol', {}, ...entries.map(function (e) { return el('li', {}, el('a', { href: '#' + e[0], 'data-section': e[0] }, e[1])); })),
    button('Print or save as PDF', 'Print or save as PDF', function () { window.print(); }));
}

// Marks the section at the top of the window in the navigation.
function follow(ids: string[]): void {
  const mark = function () {
    let current = ids[0];
    for (const id of ids) {
      const node = document.getElementById(id);
      if (node && node.getBoundingClientRect().top < 140) current = id;
    }
    const links = document.querySelectorAll('nav a');
    for (let i = 0; i < links.length; ++i) {
      if (links[i].getAttribute('data-section') === current) links[i].setAttribute('aria-current', 'true');
      else links[i].removeAttribute('aria-current');
    }
  };
  window.addEventListener('scroll', mark, { passive: true });
  mark();
}

export function mount(): void {
  startFigures();
  const host = document.getElementById('report') as HTMLElement;
  const r: Report = JSON.parse((document.getElementById('model') as HTMLElement).textContent || '');
  let panels: PanelsView | null = null;
  const known: { [entity: string]: boolean } = {};
  for (const p of r.panels.panels) known['$' + p.entity] = true;
  const actions: Actions = {
    open: function (entity) { if (panels) panels.open(entity); },
    knows: function (entity) { return known['$' + entity] === true; },
    panels: r.panels,
  };
  const main = el('main', { id: 'main', tabindex: '-1' }, summary(r), ...r.sections.map(function (s) { return section(s, actions); }));
  const entries: [string, string][] = [['summary', 'Summary']];
  for (const s of r.sections) entries.push([s.id, s.heading]);
  if (r.panels.panels.length || r.panels.table) {
    panels = new PanelsView(r, actions);
    main.appendChild(panels.root);
    entries.push([r.panels.id, r.panels.heading]);
  }
  main.appendChild(provenance(r));
  entries.push(['provenance', 'How do I reproduce it?']);
  append(host, [el('a', { class: 'skip', href: '#summary' }, 'Skip to the content'), el('div', { class: 'layout' }, navigation(r, entries), main)]);

  const apply = function () {
    if (panels) panels.restore();
    const id = state.read().section;
    const target = id ? document.getElementById(id === r.panels.id && state.read().values[r.panels.noun] ? 'panel' : id) : null;
    if (target) target.scrollIntoView({ block: 'start' });
  };
  window.addEventListener('popstate', apply);
  // Links of the navigation keep the rest of the address.
  host.addEventListener('click', function (event) {
    const a = (event.target as HTMLElement).closest ? (event.target as HTMLElement).closest('nav a, a.skip') : null;
    if (!a) return;
    event.preventDefault();
    const id = (a.getAttribute('href') || '').substr(1);
    state.change(id, {}, true);
    const node = document.getElementById(id);
    if (node) node.scrollIntoView({ block: 'start' });
  });
  window.addEventListener('beforeprint', function () {
    const all = document.querySelectorAll('details:not(.study)');
    for (let i = 0; i < all.length; ++i) (all[i] as HTMLDetailsElement).open = true;
  });
  follow(entries.map(function (e) { return e[0]; }));
  apply();
  host.setAttribute('data-ready', 'yes');
}

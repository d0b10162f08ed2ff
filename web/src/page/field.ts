// SPDX-License-Identifier: BSD-3-Clause
// What a map of a grid has on the page beside its picture: a slider over the times, buttons that zoom, the value under the
// pointer, and the cell that a click has kept with its values over time.
import { FieldControl } from '../charts/chart';
import { button, clear, el, svgEl } from './dom';
import { Press } from './press';

export class FieldPanel {
  controls: HTMLElement;
  readout: HTMLElement;
  private kept: HTMLElement;
  private slider: HTMLInputElement | null = null;
  private stamp: HTMLElement;
  private playing: HTMLButtonElement | null = null;
  private timer = 0;
  private field: FieldControl | null = null;
  private instance: any = null;
  private time = -1;
  private cell = -1;
  private open: (entity: string) => void;

  constructor(name: string, open: (entity: string) => void) {
    this.open = open;
    const self = this;
    this.stamp = el('output', { class: 'time' });
    const zoom = function (factor: number) { return function () { self.zoom(factor); }; };
    this.controls = el('div', { class: 'tools field', role: 'group', 'aria-label': 'Map of ' + name },
      button('+', 'Zoom in', zoom(0.5)), button('\u2212', 'Zoom out', zoom(2)), button('All', 'Show the whole map', zoom(0)),
      el('span', { class: 'hint' }, 'Or Ctrl and the wheel; drag to move.'));
    this.readout = el('p', { class: 'readout', 'aria-live': 'polite' });
    this.kept = el('div', { class: 'kept' });
    this.readout.appendChild(document.createTextNode('\u00a0'));
  }

  below(): HTMLElement { return el('div', {}, this.readout, this.kept); }

  private addSlider(times: string[]): void {
    const self = this;
    this.slider = el('input', { type: 'range', min: '0', max: String(times.length - 1), step: '1', value: String(times.length - 1), 'aria-label': 'Time shown' });
    this.slider.addEventListener('input', function () {
      self.stop();
      self.show(Number((self.slider as HTMLInputElement).value));
    });
    this.playing = button('Play', 'Play through the times', function () { if (self.timer) self.stop(); else self.play(); });
    this.controls.insertBefore(el('span', { class: 'times' }, this.playing, this.slider, this.stamp), this.controls.firstChild);
  }

  // A chart was drawn (again).
  attach(instance: any, field: FieldControl): void {
    this.instance = instance;
    this.field = field;
    if (field.times.length > 1 && !this.slider) this.addSlider(field.times);
    const last = field.times.length - 1;
    if (this.time < 0) this.time = last;
    this.label();
    if (this.time !== last) instance.setOption(field.frame(this.time));
    const self = this;
    const at = function (event: any): number {
      if (!instance.containPixel({ gridIndex: 0 }, [event.offsetX, event.offsetY])) return -1;
      const xy = instance.convertFromPixel({ gridIndex: 0 }, [event.offsetX, event.offsetY]);
      return field.cell(xy[0], xy[1]);
    };
    instance.getZr().on('mousemove', function (event: any) { self.say(at(event)); });
    instance.getZr().on('globalout', function () { self.say(-1); });
    const press = new Press(instance);
    instance.getZr().on('mouseup', function (event: any) {
      const cell = press.endsAt(event) ? at(event) : -1;
      if (cell < 0) return;
      const entity = field.entity(cell);
      if (entity) self.open(entity);
      self.keep(cell);
    });
  }

  private label(): void {
    if (!this.field) return;
    this.stamp.textContent = this.field.times[this.time];
    if (this.slider) {
      this.slider.value = String(this.time);
      this.slider.setAttribute('aria-valuetext', this.field.times[this.time]);
    }
  }

  show(time: number): void {
    if (!this.field || !this.instance) return;
    this.time = time;
    this.label();
    this.instance.setOption(this.field.frame(time));
    if (this.cell >= 0) this.keep(this.cell);
  }

  private play(): void {
    const self = this;
    const count = this.field ? this.field.times.length : 0;
    if (this.playing) this.playing.textContent = 'Stop';
    if (this.time === count - 1) this.show(0);
    this.timer = window.setInterval(function () {
      if (self.time + 1 >= count) self.stop();
      else self.show(self.time + 1);
    }, 250);
  }
  stop(): void {
    if (this.timer) window.clearInterval(this.timer);
    this.timer = 0;
    if (this.playing) this.playing.textContent = 'Play';
  }

  private say(cell: number): void {
    this.readout.textContent = cell < 0 || !this.field ? '\u00a0' : this.field.text(cell, this.time);
  }

  private keep(cell: number): void {
    if (!this.field) return;
    this.cell = cell;
    clear(this.kept);
    this.kept.appendChild(el('p', {}, 'Kept: ' + this.field.text(cell, this.time)));
    const values = this.field.values(cell);
    if (values.length > 1) this.kept.appendChild(sparkline(values, this.time, this.field.times));
  }

  // factor 0: the whole map.
  private zoom(factor: number): void {
    if (!this.instance) return;
    const zooms = this.instance.getOption().dataZoom;
    const batch = [0, 1].map(function (i) {
      const middle = (zooms[i].start + zooms[i].end) / 2;
      const half = Math.min(50, (zooms[i].end - zooms[i].start) / 2 * (factor || 100));
      const start = Math.max(0, Math.min(100 - 2 * half, middle - half));
      return { dataZoomId: zooms[i].id, start: factor ? start : 0, end: factor ? start + 2 * half : 100 };
    });
    this.instance.dispatchAction({ type: 'dataZoom', batch });
  }
}

// The values of one cell over the times, the shown time marked.
function sparkline(values: number[], now: number, times: string[]): SVGElement {
  const width = 320;
  const height = 64;
  const known = values.filter(isFinite);
  const low = Math.min(...known);
  const span = Math.max(...known) - low || 1;
  const x = function (i: number) { return 4 + i / (values.length - 1) * (width - 8); };
  const y = function (v: number) { return 6 + (1 - (v - low) / span) * (height - 12); };
  let path = '';
  let pen = false;
  values.forEach(function (v, i) {
    if (isFinite(v)) path += (pen ? 'L' : 'M') + x(i).toFixed(1) + ' ' + y(v).toFixed(1);
    pen = isFinite(v);
  });
  const parts = [svgEl('path', { d: path, fill: 'none', stroke: 'currentColor', 'stroke-width': '1.5' })];
  if (isFinite(values[now])) parts.push(svgEl('circle', { cx: x(now).toFixed(1), cy: y(values[now]).toFixed(1), r: '3.5', fill: 'currentColor' }));
  return svgEl('svg', { viewBox: '0 0 ' + width + ' ' + height, class: 'sparkline', role: 'img',
    'aria-label': 'Values of the kept cell from ' + times[0] + ' to ' + times[times.length - 1] }, ...parts);
}

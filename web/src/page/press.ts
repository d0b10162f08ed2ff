// SPDX-License-Identifier: BSD-3-Clause
// A click on a chart, known by the button that goes down and up again at one place. The browser's own click is lost where a
// mark under the pointer is drawn anew (highlighted) between the two, as it is when a finger lands on it.
const still = 5;  // pixels

// event: zrender's mouse event.
export class Press {
  private x = NaN;
  private y = NaN;

  constructor(instance: any) {
    const self = this;
    instance.getZr().on('mousedown', function (event: any) {
      if (event.event && event.event.button) return;  // only the main one
      self.x = event.offsetX;
      self.y = event.offsetY;
    });
  }

  endsAt(event: any): boolean {
    if (event.event && event.event.button) return false;
    return Math.abs(event.offsetX - this.x) < still && Math.abs(event.offsetY - this.y) < still;
  }
}

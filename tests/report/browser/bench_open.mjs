// SPDX-License-Identifier: BSD-3-Clause
// How big the demonstration report is and how long Chromium takes to open it from disk. Asserts the limits of the report
// (10 MB, 2 s) on an idle machine; a busy one is refused, because its times mean nothing.
//   node tests/report/browser/bench_open.mjs [--busy]     --busy: print the times anyway, assert only the size
import { loadavg } from 'node:os';
import { statSync } from 'node:fs';
import { browser, open, page_file } from './common.mjs';

const busy = process.argv.includes('--busy');
if (!busy && loadavg()[0] > 0.5) {
  console.error(`load ${loadavg()[0].toFixed(2)} is over 0.5: not measured`);
  process.exit(1);
}
const chromium = await browser();
const times = [];
for (let i = 0; i < 7; ++i) {
  const { page } = await open(chromium.context);
  times.push(await page.evaluate(() => performance.getEntriesByType('navigation')[0].loadEventEnd));
  await page.close();
}
await chromium.close();
times.sort((a, b) => a - b);
const size = statSync(page_file).size / 1e6;
console.log(`size ${size.toFixed(2)} MB; load event after ${times[3].toFixed(0)} ms (median of 7; ${times[0].toFixed(0)} to ${times[6].toFixed(0)}); ` +
  `load average ${loadavg()[0].toFixed(2)}`);
if (size > 10 || (!busy && times[3] > 2000)) process.exit(1);

// SPDX-License-Identifier: BSD-3-Clause
// Opens a report in Debian's Chromium with the network off and everything it complains about recorded.
import { createRequire } from 'node:module';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const { chromium } = createRequire(join(root, 'web/package.json'))('playwright-core');

export const lock_file = join(root, 'web/package-lock.json');
export const page_file = process.env.PHREATIC_DEMO_REPORT || join(root, 'build/tests/demo_report.html');
export const pictures = process.env.PHREATIC_PICTURES || join(root, 'build/tests/report-pictures');
const program = process.env.PHREATIC_CHROMIUM || '/usr/bin/chromium';

export async function browser() {
  if (!existsSync(program)) throw new Error(`Chromium is not at ${program}: install it (tools/install_packages --check)`);
  const profile = mkdtempSync(join(tmpdir(), 'phreatic-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: program, headless: true, acceptDownloads: true, offline: true, viewport: { width: 1280, height: 900 },
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  });
  context.setDefaultTimeout(60000);
  return { context, async close() { await context.close(); rmSync(profile, { recursive: true, force: true }); } };
}

// A page of the report; `told` collects console errors, page errors and every request that is not the file itself.
export async function open(context, { hash = '', width = 1280, height = 900, dark = false, file = page_file } = {}) {
  const page = await context.newPage();
  const told = [];
  page.on('console', (m) => { if (['error', 'warning'].includes(m.type())) told.push(`${m.type()}: ${m.text()}`); });
  page.on('pageerror', (e) => told.push(`error: ${e.message}`));
  page.on('request', (r) => { if (!/^(data|blob):/.test(r.url()) && !r.url().startsWith(pathToFileURL(file).href)) told.push(`request: ${r.url()}`); });
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
  await page.goto(pathToFileURL(file).href + hash);
  await page.waitForSelector('#report[data-ready]');
  return { page, told };
}

// Scrolls through the page so that every chart is drawn.
export async function draw_all(page) {
  await page.evaluate(async () => {
    for (let y = 0; y < document.documentElement.scrollHeight; y += 500) {
      window.scrollTo(0, y);
      await new Promise((r) => setTimeout(r, 40));
    }
    window.scrollTo(0, 0);
  });
  await page.waitForFunction(() => [...document.querySelectorAll('.chart')].every((c) => c.dataset.drawn === 'yes'));
}

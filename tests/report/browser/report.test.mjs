// SPDX-License-Identifier: BSD-3-Clause
// The demonstration report in Chromium, from disk, network off. Pictures of it go to build/tests/report-pictures.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { browser, draw_all, lock_file, open, page_file, pictures } from './common.mjs';

let chromium;
before(async () => { chromium = await browser(); mkdirSync(pictures, { recursive: true }); });
after(async () => { await chromium.close(); });

const model = () => JSON.parse(/id="model">([^]*?)<\/script>/.exec(readFileSync(page_file, 'utf8'))[1]);
const first_rows = (page, n) => page.$$eval('#wells tbody tr', (rows, k) => rows.slice(0, k).map((r) => r.cells[0].textContent), n);
const csv_rows = (text) => text.trim().split('\n').map((line) => line.split(','));

async function saved(page, act) {
  const [download] = await Promise.all([page.waitForEvent('download'), act()]);
  return { name: download.suggestedFilename(), path: await download.path() };
}

test('opens from disk without a request or a complaint, and every part is there', async () => {
  const { page, told } = await open(chromium.context);
  await draw_all(page);
  const m = model();
  for (const id of ['summary', ...m.sections.map((s) => s.id), 'wells', 'provenance']) assert.equal(await page.locator(`#${id}`).count(), 1, id);
  for (const s of m.sections) for (const f of s.figures) assert.equal(await page.locator(`#fig-${f.id}`).count(), 1, f.id);
  assert.equal(await page.textContent('.finding'), m.finding);
  assert.equal(await page.locator('.warnings li').count(), m.warnings.length);
  assert.equal(await page.locator('#wells tbody tr').count(), m.panels.panels.length);
  assert.equal(await page.locator('nav a').count(), m.sections.length + 3);
  assert.deepEqual(told, []);
  await page.close();
});

test('the lock file names no registry', () => {
  const lock = JSON.parse(readFileSync(lock_file, 'utf8'));
  for (const [name, p] of Object.entries(lock.packages)) assert.ok(!('resolved' in p) && (name === '' || p.integrity), name);
});

test('is small, for fifty wells of fifteen years of days', () => {
  const m = model();
  assert.ok(m.panels.panels.length >= 48 && m.panels.panels[0].hydrograph.axis.size >= 5478);
  assert.ok(statSync(page_file).size < 10e6, `${statSync(page_file).size} bytes`);
});

test('names with quotes and </script> are only text', async () => {
  const { page, told } = await open(chromium.context);
  const odd = model().panels.panels.find((p) => p.entity.includes('</script>')).entity;
  await page.locator('#wells tbody a', { hasText: odd }).click();
  assert.ok((await page.textContent('.panel-head h3')).startsWith(odd));
  await page.reload();
  assert.ok((await page.textContent('.panel-head h3')).startsWith(odd), 'the address leads back to it');
  assert.deepEqual(told, []);
  await page.close();
});

test('the table sorts by numbers and filters', async () => {
  const { page } = await open(chromium.context);
  const table = model().panels.table.content;
  const names = table.columns[0].cells;
  const by = (column, sign) => names.map((name, i) => [name, column.cells[i]]).sort((a, b) => sign * (a[1] - b[1])).map((p) => p[0]);
  const nse = table.columns.find((c) => c.name === 'NSE');
  const rmse = table.columns.find((c) => c.name === 'RMSE');
  assert.deepEqual(await first_rows(page, 48), by(nse, -1), 'as the report asks: NSE, best first');
  await page.click('#wells th button:has-text("RMSE")');
  assert.deepEqual(await first_rows(page, 48), by(rmse, -1));
  await page.click('#wells th button:has-text("RMSE")');
  assert.deepEqual(await first_rows(page, 48), by(rmse, 1));
  assert.equal(await page.getAttribute('#wells th:has-text("RMSE")', 'aria-sort'), 'ascending');
  await page.fill('#wells input[type=search]', 'extraction');
  const types = table.columns.find((c) => c.name === 'Type').cells;
  assert.equal(await page.locator('#wells tbody tr').count(), types.filter((t) => t === 'Extraction').length);
  await page.reload();
  assert.equal(await page.inputValue('#wells input[type=search]'), 'extraction', 'the address keeps the filter');
  assert.equal(await page.getAttribute('#wells th:has-text("RMSE")', 'aria-sort'), 'ascending');
  await page.close();
});

test('a row opens its well by mouse and by keyboard, and back goes back', async () => {
  const { page, told } = await open(chromium.context);
  const [first, second, third] = await first_rows(page, 3);
  await page.locator('#wells tbody tr').nth(1).locator('td').nth(3).click();
  assert.ok((await page.textContent('.panel-head h3')).startsWith(second));
  assert.match(page.url(), new RegExp(`well=${second}`));
  await page.locator('#wells tbody a').nth(2).focus();
  await page.keyboard.press('Enter');
  assert.ok((await page.textContent('.panel-head h3')).startsWith(third));
  assert.equal(await page.locator('.panel figure').count(), 4);
  await page.goBack();
  assert.ok((await page.textContent('.panel-head h3')).startsWith(second));
  await page.click('.panel-head button:has-text("Next")');
  assert.ok(!(await page.textContent('.panel-head h3')).startsWith(second));
  assert.ok(first);
  assert.deepEqual(told, []);
  await page.close();
});

test('a dot on the map opens its well', async () => {
  const { page } = await open(chromium.context);
  const map = page.locator('#fig-skill-map .chart');
  await map.scrollIntoViewIfNeeded();
  const dots = map.locator('path[fill^="rgb("][stroke="#1a1d21"]');
  await dots.first().waitFor();
  assert.equal(await dots.count(), 46, 'two of the 48 wells have no place');
  await dots.last().click();
  assert.match(page.url(), /#wells\?well=/);
  await page.close();
});

test('zoom shows every value, moves by keyboard, and stands in the address', async () => {
  const { page, told } = await open(chromium.context, { hash: '#wells?well=W01' });
  const chart = page.locator('.panel .chart').first();
  const drawn = async (name) => Number(await chart.getAttribute(`data-${name}`));
  await page.waitForSelector('.panel .chart[data-simulated]');
  const all = await drawn('simulated');
  assert.ok(all > 500 && all < 2500, `reduced in the overview: ${all}`);
  await page.click('.zoom button:has-text("1 year")');
  await page.waitForFunction(() => /from=/.test(location.hash));
  const days = await drawn('simulated');
  assert.ok(days >= 365 && days <= 368, `every day of one year: ${days}`);
  const from = () => /from=([\d-]+)/.exec(page.url())[1];
  const before_key = from();
  await chart.focus();
  await page.keyboard.press('ArrowLeft');
  await page.waitForFunction((old) => !location.hash.includes(old), `from=${before_key}`);
  assert.ok(from() < before_key);
  const url = page.url();
  const again = await chromium.context.newPage();
  await again.goto(url);
  await again.waitForSelector('.panel .chart[data-simulated]');
  await again.waitForFunction(() => Number(document.querySelector('.panel .chart').dataset.simulated) < 400);
  await again.close();
  await page.keyboard.press('Home');
  await page.waitForFunction(() => !/from=/.test(location.hash));
  assert.equal(await drawn('simulated'), all);
  assert.deepEqual(told, []);
  await page.close();
});

test('baselines are shown when asked for', async () => {
  const { page } = await open(chromium.context, { hash: '#wells?well=W01' });
  await page.waitForSelector('.panel .chart[data-simulated]');
  const grey = () => page.locator('.panel .chart').first().screenshot();
  const without = await grey();
  await page.check('.panel .legend input[type=checkbox]');
  await page.waitForTimeout(200);
  assert.ok(!without.equals(await grey()));
  await page.close();
});

test('data and pictures are saved', async () => {
  const { page } = await open(chromium.context, { hash: '#wells?well=W01' });
  await page.waitForSelector('.panel .chart[data-simulated]');
  const levels = page.locator('#fig-well-W01-levels .save');
  const csv = await saved(page, () => levels.getByText('CSV').click());
  assert.equal(csv.name, 'well-W01-levels.csv');
  const rows = csv_rows(readFileSync(csv.path, 'utf8'));
  assert.equal(rows.length, 1 + 5478);
  assert.deepEqual(rows[1][0], '2005-01-01');
  assert.ok(Number.isFinite(Number(rows[1][2])));
  const svg = await saved(page, () => levels.getByText('SVG').click());
  assert.match(readFileSync(svg.path, 'utf8'), /^<\?xml[^]*<svg width="180\.00mm"/);
  const png = readFileSync((await saved(page, () => page.locator('#fig-skill-map .save').getByText('PNG').click())).path);
  assert.equal(png.toString('latin1', 1, 4), 'PNG');
  assert.ok(Math.abs(png.readUInt32BE(16) - 180 / 25.4 * 300) < 3, '180 mm at 300 dpi');
  const table = csv_rows(readFileSync((await saved(page, () => page.locator('#fig-wells-table .save').getByText('CSV').click())).path, 'utf8'));
  assert.equal(table.length, 49);
  await page.close();
});

test('everything can be reached by keyboard and every chart has a text', async () => {
  const { page } = await open(chromium.context);
  await draw_all(page);
  const texts = await page.$$eval('.chart', (charts) => charts.map((c) => [c.getAttribute('role'), c.getAttribute('aria-label'), c.tabIndex]));
  assert.ok(texts.length > 10);
  for (const [role, label, tab] of texts) assert.ok(role === 'img' && label.length > 20 && !/NaN|undefined/.test(label) && tab === 0, label);
  const names = await page.$$eval('button, input, select, a', (all) => all.filter((e) => !(e.getAttribute('aria-label') || e.textContent || e.closest('label')?.textContent || '').trim()).length);
  assert.equal(names, 0, 'controls without a name');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  const levels = await page.$$eval('h1, h2, h3', (hs) => hs.map((h) => Number(h.tagName[1])));
  assert.equal(levels[0], 1);
  for (let i = 1; i < levels.length; ++i) assert.ok(levels[i] <= levels[i - 1] + 1, 'no heading level is skipped');
  await page.close();
});

// WCAG contrast of every text in the page against what is behind it.
for (const dark of [false, true]) {
  test(`texts have a contrast of 4.5 to 1, ${dark ? 'dark' : 'light'}`, async () => {
    const { page } = await open(chromium.context, { dark });
    await draw_all(page);
    const poor = await page.evaluate(() => {
      const parse = (c) => (c.match(/[\d.]+/g) || []).map(Number);
      const luminance = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
      const behind = (e) => {
        for (let n = e; n; n = n.parentElement) {
          const c = parse(getComputedStyle(n).backgroundColor);
          if (c.length === 3 || c[3] > 0.99) return c;
        }
        return parse(getComputedStyle(document.body).backgroundColor);
      };
      const bad = [];
      const walker = document.createTreeWalker(document.getElementById('report'), NodeFilter.SHOW_TEXT);
      for (let t = walker.nextNode(); t; t = walker.nextNode()) {
        const e = t.parentElement;
        if (!t.textContent.trim() || !e.getClientRects().length) continue;
        const svg = e.closest('svg');
        // Numbers inside cells of a heat map stand on the cell; theme.ts chooses their colour.
        if (svg && e.getAttribute('text-anchor') === 'middle' && /^[−\d.]+$/.test(t.textContent) && e.closest('[data-type=heatmap]')) continue;
        const style = getComputedStyle(e);
        const ink = luminance(parse(svg ? style.fill : style.color));
        const paper = luminance(behind(svg ? svg.parentElement : e));
        const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
        if (ratio < 4.5) bad.push(`${t.textContent.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
      }
      return bad;
    });
    assert.deepEqual(poor, []);
    await page.close();
  });
}

test('a map of a grid plays through its times, says its values, zooms, and a cell opens its well', async () => {
  const { page, told } = await open(chromium.context);
  const field = '#fig-heads';
  await page.locator(field).scrollIntoViewIfNeeded();
  await page.waitForSelector(`${field} .chart[data-drawn]`);
  const picture = () => page.locator(`${field} .chart svg image`).first().getAttribute('href').then((h) => h ?? page.locator(`${field} .chart svg image`).first().getAttribute('xlink:href'));
  const before = await picture();
  assert.match(before, /^data:image\/png;base64,/);
  await page.locator(`${field} input[type=range]`).fill('3');
  assert.equal(await page.textContent(`${field} output.time`), '2019-04');
  await page.waitForFunction(([at, old]) => {
    const image = document.querySelector(at);
    return (image.getAttribute('href') ?? image.getAttribute('xlink:href')) !== old;
  }, [`${field} .chart svg image`, before]);
  const m = model().sections.find((s) => s.id === 'fields').figures.find((f) => f.id === 'heads').content;
  const box = await page.locator(`${field} .chart svg image`).first().boundingBox();
  const at = (column, row) => [box.x + (column + 0.5) * box.width / m.columns, box.y + (row + 0.5) * box.height / m.rows];
  await page.mouse.move(...at(42, 30));
  // 150 - 12 * 0 - 5 * 0 + 1.5 cos(0) * 0.6 at the middle, in April
  assert.match(await page.textContent(`${field} .readout`), /^150\.90\u00a0m at 45\.375\u00b0 N, 124\.925\u00b0 E$/);
  await page.mouse.move(...at(1, 1));
  assert.match(await page.textContent(`${field} .readout`), /^no value at/);
  await page.mouse.click(...at(42, 30));
  assert.match(await page.textContent(`${field} .kept`), /^Kept: 150\.90/);
  assert.equal(await page.locator(`${field} .kept svg.sparkline`).count(), 1);
  const wide = box.width;
  // The picture is drawn with the next frame, not with the click.
  const becomes = (factor) => page.waitForFunction(([at, width]) => Math.abs(document.querySelector(at).getBoundingClientRect().width / width - 1) < 0.01,
    [`${field} .chart svg image`, factor * wide]);
  await page.click(`${field} button[aria-label="Zoom in"]`);
  await becomes(2);
  await page.click(`${field} button[aria-label="Show the whole map"]`);
  await becomes(1);
  const again = await page.locator(`${field} .chart svg image`).first().boundingBox();
  const cell = m.points.find((p) => p.entity === 'W03');
  const column = Math.floor((cell.x - m.left) / m.cell_width);
  const row = Math.floor((m.top - cell.y) / m.cell_height);
  await page.mouse.click(again.x + (column + 0.5) * again.width / m.columns, again.y + (row + 0.5) * again.height / m.rows);
  await page.waitForFunction(() => document.querySelector('.panel-head h3').textContent.startsWith('W03'));
  assert.deepEqual(told, []);
  await page.close();
});

test('prints each section on its own page, charts as vectors', async () => {
  const { page, told } = await open(chromium.context, { dark: true });
  const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true, path: join(pictures, 'report.pdf') });
  assert.equal(pdf.toString('latin1', 0, 4), '%PDF');
  const bitmaps = pdf.toString('latin1').match(/\/Subtype\s*\/Image/g) || [];
  const fields = model().sections.flatMap((s) => s.figures).filter((f) => f.content.type === 'field').length;
  assert.ok(bitmaps.length <= 2 * fields, 'a map of a grid is a picture with its transparency; no other chart is a bitmap');
  const pages = Number(/\/Type\s*\/Pages[^>]*\/Count (\d+)/.exec(pdf.toString('latin1'))?.[1] || 0);
  assert.ok(pages === 0 || (pages >= 6 && pages < 20), `${pages} pages`);
  await page.emulateMedia({ media: 'print' });
  await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
  const shown = await page.$$eval('figure:not(.table)', (all) => all.map((f) => [getComputedStyle(f.querySelector('.chart')).display, f.querySelectorAll('.printed svg').length]));
  for (const [display, svgs] of shown) assert.ok(display === 'none' && svgs === 1);
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)');
  assert.deepEqual(told, []);
  await page.close();
});

for (const width of [390, 800, 1280]) {
  for (const dark of [false, true]) {
    test(`fits ${width} px, ${dark ? 'dark' : 'light'}`, async () => {
      const { page, told } = await open(chromium.context, { width, dark, hash: '#?well=W06' });
      await draw_all(page);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= width, 'nothing sticks out');
      await page.screenshot({ path: join(pictures, `report-${width}-${dark ? 'dark' : 'light'}.png`), fullPage: true });
      assert.deepEqual(told, []);
      await page.close();
    });
  }
}

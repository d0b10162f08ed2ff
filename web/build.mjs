// SPDX-License-Identifier: BSD-3-Clause
// Builds the charts: TypeScript lowered to ES5 by tsc (types checked), bundled by esbuild into one file that runs
// in browsers and in Duktape alike.   node build.mjs [--out DIR]     (default dist/)
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const at = process.argv.indexOf('--out');
const out = at > 0 ? process.argv[at + 1] : join(here, 'dist');
const lowered = join(out, 'lowered');
mkdirSync(out, { recursive: true });
rmSync(lowered, { recursive: true, force: true });

execFileSync(process.execPath,
  [join(here, 'node_modules/typescript/bin/tsc'), '-p', join(here, 'tsconfig.json'), '--outDir', lowered],
  { stdio: 'inherit' });

const notice = '/*! Phreatic charts (BSD-3-Clause). Contains Apache ECharts 6.1.0 (Apache-2.0, (c) The Apache Software ' +
  'Foundation, https://echarts.apache.org), ZRender 6.1.0 (BSD-3-Clause, (c) Baidu Inc.), tslib (0BSD, (c) Microsoft), ' +
  'fflate 0.8.3 (MIT, (c) 2023 Arjun Barrett). */';
const script = join(out, 'phreatic-report.js');
await esbuild.build({
  entryPoints: [join(lowered, 'main.js')],
  outfile: script,
  nodePaths: [join(here, 'node_modules')],
  bundle: true,
  // Not minifySyntax: it moves `in` into the head of for loops, which Duktape 2.7 cannot parse.
  minifyWhitespace: true,
  minifyIdentifiers: true,
  target: 'es5',
  format: 'iife',
  globalName: 'phreatic',
  legalComments: 'none',
  banner: { js: notice },
  define: { 'process.env.NODE_ENV': '"production"' },
});
await esbuild.build({
  entryPoints: [join(here, 'src/style.css')],
  outfile: join(out, 'phreatic-report.css'),
  minify: true,
  target: 'chrome100',
});
if (/<\/script|<!--/i.test(readFileSync(script, 'utf8'))) throw new Error('the bundle cannot stand inside <script>');

// SPDX-License-Identifier: BSD-3-Clause
// One builder per type of figure.
import { Content } from '../model';
import { attribution, waterfall } from './attribution';
import { beeswarm } from './beeswarm';
import { boxes } from './boxes';
import { Chart, Context } from './chart';
import { completeness, coverage } from './checks';
import { distribution } from './distribution';
import { fieldMap } from './field';
import { bars, heatmap, lines, scatter } from './general';
import { hydrograph } from './hydrograph';
import { learning } from './learning';
import { pointMap } from './map';
import { seasonal } from './seasonal';
import { signatures } from './signatures';

const BUILDERS: { [type: string]: (content: any, ctx: Context) => Chart } = {
  hydrograph, map: pointMap, field: fieldMap, distribution, learning, coverage, completeness, attribution, seasonal, clusters: signatures, waterfall, beeswarm, bars, boxes, scatter, lines,
  heatmap,
};

export function isChart(content: Content): boolean { return content.type in BUILDERS; }
export function build(content: Content, ctx: Context): Chart { return BUILDERS[content.type](content, ctx); }

// Charts that do not gain from the full width of the page stand two in a row.
export function isNarrow(content: Content): boolean {
  if (content.type === 'heatmap') return content.columns.length <= 12;
  if (content.type === 'boxes') return content.categories.length * content.groups.length <= 12;
  return ['map', 'field', 'distribution', 'learning', 'seasonal', 'scatter', 'lines', 'bars', 'waterfall', 'clusters'].indexOf(content.type) >= 0;
}

// SPDX-License-Identifier: BSD-3-Clause
// Fewer points for the overview: largest-triangle-three-buckets (Steinarsson 2013, key steinarsson2013) for lines and
// dots, envelope for bands, maximum for bars. All keep gaps as gaps.

// Indices of at most `wanted` points of (x, y) on [from, to), first and last kept; y must not be NaN there.
function triangle(x: ArrayLike<number>, y: ArrayLike<number>, at: number[], wanted: number): number[] {
  const n = at.length;
  if (n <= wanted || wanted < 3) return n <= wanted ? at : [at[0], at[n - 1]];
  const kept = [at[0]];
  const size = (n - 2) / (wanted - 2);
  let a = at[0];
  for (let b = 0; b < wanted - 2; ++b) {
    const start = Math.floor(b * size) + 1;
    const end = Math.floor((b + 1) * size) + 1;
    const next = Math.min(n, Math.floor((b + 2) * size) + 1);
    let mx = 0;
    let my = 0;
    for (let i = end; i < next; ++i) {
      mx += x[at[i]];
      my += y[at[i]];
    }
    const m = Math.max(1, next - end);
    mx /= m;
    my /= m;
    let best = at[start];
    let largest = -1;
    for (let i = start; i < end; ++i) {
      const area = Math.abs((x[a] - mx) * (y[at[i]] - y[a]) - (x[a] - x[at[i]]) * (my - y[a]));
      if (area > largest) {
        largest = area;
        best = at[i];
      }
    }
    kept.push(best);
    a = best;
  }
  kept.push(at[n - 1]);
  return kept;
}

// Points [x, y] of the present values on [from, to], at most about `wanted`.
export function dots(x: ArrayLike<number>, y: ArrayLike<number>, from: number, to: number, wanted: number): number[][] {
  const present: number[] = [];
  for (let i = from; i < to; ++i) {
    if (isFinite(y[i])) present.push(i);
  }
  return triangle(x, y, present, wanted).map(function (i) { return [x[i], y[i]]; });
}

export function segments(y: ArrayLike<number>, from: number, to: number): number[][] {
  const found: number[][] = [];
  let run: number[] = [];
  for (let i = from; i < to; ++i) {
    if (isFinite(y[i])) {
      run.push(i);
    } else if (run.length) {
      found.push(run);
      run = [];
    }
  }
  if (run.length) found.push(run);
  return found;
}

// Points of a line with [x, '-'] at each gap.
export function line(x: ArrayLike<number>, y: ArrayLike<number>, from: number, to: number, wanted: number): any[][] {
  const points: any[][] = [];
  const total = Math.max(1, to - from);
  for (const run of segments(y, from, to)) {
    if (points.length) points.push([x[run[0]], '-']);
    const share = Math.max(3, Math.round(wanted * run.length / total));
    for (const i of triangle(x, y, run, share)) points.push([x[i], y[i]]);
  }
  return points;
}

// Polygons of a band: per run without gaps the list of [x, low, high], bucketed to the envelope when long.
export function band(x: ArrayLike<number>, low: ArrayLike<number>, high: ArrayLike<number>, from: number, to: number,
  wanted: number): number[][][] {
  const size = Math.max(1, Math.ceil((to - from) / Math.max(1, wanted)));
  return segments(low, from, to).map(function (run) {
    const points: number[][] = [];
    for (let i = 0; i < run.length; i += size) {
      let lowest = Infinity;
      let highest = -Infinity;
      const end = Math.min(run.length, i + size);
      for (let j = i; j < end; ++j) {
        lowest = Math.min(lowest, low[run[j]]);
        highest = Math.max(highest, high[run[j]]);
      }
      points.push([x[run[i + (end - i >> 1)]], lowest, highest]);
    }
    return points;
  });
}

// Bars [x, y]: the largest of each bucket.
export function bars(x: ArrayLike<number>, y: ArrayLike<number>, from: number, to: number, wanted: number): number[][] {
  const size = Math.max(1, Math.ceil((to - from) / Math.max(1, wanted)));
  const points: number[][] = [];
  for (let i = from; i < to; i += size) {
    let best = -1;
    for (let j = i; j < Math.min(to, i + size); ++j) {
      if (isFinite(y[j]) && (best < 0 || y[j] > y[best])) best = j;
    }
    if (best >= 0 && y[best] > 0) points.push([x[best], y[best]]);
  }
  return points;
}

// The first index whose x is >= value.
export function lowerBound(x: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = x.length;
  while (low < high) {
    const mid = low + high >> 1;
    if (x[mid] < value) low = mid + 1; else high = mid;
  }
  return low;
}

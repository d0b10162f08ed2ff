// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/series/lanes/stl_plan.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace phreatic::stats::lanes {
namespace {

int odd_at_least(double x) {
  const int whole = static_cast<int>(std::ceil(x - 1e-9));
  return whole + (whole % 2 == 0 ? 1 : 0);
}

// The rows k, k d, k d^2 and the fit for weights of one, of a window whose first point lies at `offset` from the position.
void append_table(std::vector<double>& rows, std::size_t count, int offset, double extra, double limit,
                  bool line) {
  const std::size_t pad = kTogether - 1;
  const std::size_t stride = count + 2 * pad;
  const std::size_t start = rows.size();
  rows.resize(start + 4 * stride, 0);
  double* const k = rows.data() + start + pad;
  const double h = std::max(-offset, offset + static_cast<int>(count) - 1) + extra;
  double s[3] = {};
  for (std::size_t j = 0; j < count; ++j) {
    const double d = offset + static_cast<double>(j);
    const double r = std::abs(d);
    const double u = r / h;
    const double rest = 1 - u * u * u;
    const double tricube = r > 0.999 * h ? 0 : (r <= 0.001 * h ? 1 : rest * rest * rest);
    k[j] = tricube;
    k[stride + j] = tricube * d;
    k[2 * stride + j] = tricube * d * d;
    for (std::size_t m = 0; m < 3; ++m) s[m] += k[m * stride + j];
  }
  const double centre = s[1] / s[0];
  double variance = 0;
  for (std::size_t j = 0; j < count; ++j) {
    const double d = offset + static_cast<double>(j) - centre;
    variance += k[j] * d * d / s[0];
  }
  const double slope = line && variance > limit ? -centre / variance : 0;
  for (std::size_t j = 0; j < count; ++j) {
    const double d = offset + static_cast<double>(j) - centre;
    k[3 * stride + j] = k[j] * (1 + slope * d) / s[0];
  }
}

}  // namespace

StlSpans spans_of(const StlParams& p, std::size_t steps) {
  StlSpans spans;
  spans.seasonal = p.periodic ? static_cast<int>(10 * steps + 1) : p.seasonal;
  spans.seasonal_degree = p.periodic ? 0 : p.seasonal_degree;
  spans.trend = p.trend > 0 ? p.trend : odd_at_least(1.5 * p.period / (1 - 1.5 / spans.seasonal));
  spans.low_pass = p.low_pass > 0 ? p.low_pass : odd_at_least(p.period + 1);
  return spans;
}

StlTables::StlTables(const StlParams& p, std::size_t steps) {
  const StlSpans spans = spans_of(p, steps);
  const auto period = static_cast<std::size_t>(p.period);
  plan_.steps = steps;
  plan_.period = period;
  plan_.inner = p.inner;
  plan_.outer = p.outer;
  plan_.periodic = p.periodic;
  for (std::size_t more = 0; more < 2; ++more)
    plan_.part[more] =
        windows(part_[more], steps / period + more, spans.seasonal, spans.seasonal_degree, true);
  plan_.low = windows(low_, steps, spans.low_pass, p.low_pass_degree, false);
  plan_.trend = windows(trend_, steps, spans.trend, p.trend_degree, false);
}

// As the neighbourhoods of the LOESS in stl.cpp: `span` points, moved inwards at the ends.
LoessWindows StlTables::windows(Store& store, std::size_t points, int span, int degree, bool beyond_ends) {
  const int n = static_cast<int>(points);
  const int count = std::min(span, n);
  const int half = (span + 1) / 2;
  const double extra = span > n ? (span - n) / 2 : 0;
  const double limit = 0.001 * (n - 1) * 0.001 * (n - 1);
  std::map<int, int> tables;
  const auto add = [&](int position, int first) {
    const auto [at, fresh] = tables.try_emplace(first - position, static_cast<int>(tables.size()));
    if (fresh)
      append_table(store.rows, static_cast<std::size_t>(count), first - position, extra, limit, degree > 0);
    store.first.push_back(first);
    store.table.push_back(at->second);
  };
  if (beyond_ends) add(-1, 0);
  int left = 0;
  for (int i = 0; i < n; ++i) {
    if (span < n && i >= half && left + count < n) ++left;
    add(i, left);
  }
  if (beyond_ends) add(n, n - count);
  return {.positions = store.first.size(),
          .count = static_cast<std::size_t>(count),
          .stride = static_cast<std::size_t>(count) + 2 * (kTogether - 1),
          .first = store.first.data(),
          .table = store.table.data(),
          .rows = store.rows.data(),
          .limit = limit,
          .line = degree > 0};
}

}  // namespace phreatic::stats::lanes

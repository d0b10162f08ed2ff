// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/trees/importance.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace phreatic::trees {
namespace {

// The line fitted to (x, y) near x0 with the rows begin .. end - 1, at x0. x ascending.
double local_line(const std::vector<double>& x, const std::vector<double>& y, std::size_t begin,
                  std::size_t end, double x0) {
  const double reach = std::max(x0 - x[begin], x[end - 1] - x0);
  double w0 = 0, wx = 0, wy = 0, wxx = 0, wxy = 0;
  for (std::size_t i = begin; i < end; ++i) {
    const double u = reach > 0 ? std::abs(x[i] - x0) / reach : 0;
    const double tricube = std::pow(1 - std::pow(std::min(u, 1.0), 3), 3);
    const double w = std::max(tricube, 1e-9), dx = x[i] - x0;
    w0 += w;
    wx += w * dx;
    wy += w * y[i];
    wxx += w * dx * dx;
    wxy += w * dx * y[i];
  }
  const double determinant = w0 * wxx - wx * wx;
  return determinant > 1e-12 * w0 * wxx ? (wxx * wy - wx * wxy) / determinant : wy / w0;
}

void add_trend(Dependence& d, const TrendParams& params) {
  const std::size_t n = d.value.size();
  if (n < 3) return;
  const auto near =
      std::clamp<std::size_t>(static_cast<std::size_t>(params.span * static_cast<double>(n)), 3, n);
  for (int p = 0; p < params.points; ++p) {
    const double share = params.points > 1 ? static_cast<double>(p) / (params.points - 1) : 0.5;
    const double x0 = d.value[static_cast<std::size_t>(std::lround(share * static_cast<double>(n - 1)))];
    if (!d.trend_value.empty() && x0 == d.trend_value.back()) continue;
    // The `near` rows around x0: the window slides to where both ends are equally far.
    const auto at =
        static_cast<std::size_t>(std::lower_bound(d.value.begin(), d.value.end(), x0) - d.value.begin());
    std::size_t begin = at >= near / 2 ? std::min(at - near / 2, n - near) : 0;
    while (begin > 0 && x0 - d.value[begin - 1] < d.value[begin + near - 1] - x0) --begin;
    while (begin + near < n && d.value[begin + near] - x0 < x0 - d.value[begin]) ++begin;
    d.trend_value.push_back(x0);
    d.trend.push_back(local_line(d.value, d.contribution, begin, begin + near, x0));
  }
}

}  // namespace

std::vector<Importance> importance(const Contributions& c) {
  std::vector<Importance> out;
  double all = 0;
  for (std::size_t f = 0; f < c.features(); ++f) {
    Importance i{.feature = c.names[f]};
    double mean = 0;
    i.lowest = std::numeric_limits<double>::infinity();
    i.highest = -i.lowest;
    for (std::size_t r = 0; r < c.rows; ++r) {
      mean += c.at(r, f) / static_cast<double>(c.rows);
      i.mean_absolute += std::abs(c.at(r, f)) / static_cast<double>(c.rows);
      i.lowest = std::min(i.lowest, c.at(r, f));
      i.highest = std::max(i.highest, c.at(r, f));
    }
    for (std::size_t r = 0; r < c.rows; ++r)
      i.variance += std::pow(c.at(r, f) - mean, 2) / static_cast<double>(c.rows);
    all += i.variance;
    out.push_back(i);
  }
  for (Importance& i : out) i.variance_share = all > 0 ? i.variance / all : 0;
  return out;
}

std::vector<std::size_t> by_importance(const std::vector<Importance>& list) {
  std::vector<std::size_t> order(list.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return list[a].mean_absolute > list[b].mean_absolute;
  });
  return order;
}

void describe(core::Describer& d, TrendParams& p) {
  d.field("span", p.span,
          {.help = "Share of the rows that each point of the trend is fitted to", .min = 0.01, .max = 1});
  d.field("points", p.points, {.help = "Points of the trend", .min = 2, .max = 1000});
}

Dependence dependence(const Contributions& c, const Table& table, std::size_t feature,
                      const TrendParams& params) {
  Dependence out;
  out.feature = c.names[feature];
  std::vector<std::pair<double, double>> points;
  double missing = 0;
  for (std::size_t r = 0; r < c.rows; ++r) {
    const auto v = static_cast<double>(table.row(r)[feature]);
    if (std::isnan(v)) {
      ++out.missing;
      missing += c.at(r, feature);
    } else {
      points.emplace_back(v, c.at(r, feature));
    }
  }
  out.missing_mean = missing / static_cast<double>(out.missing);
  std::stable_sort(points.begin(), points.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [value, contribution] : points) {
    out.value.push_back(value);
    out.contribution.push_back(contribution);
  }
  add_trend(out, params);
  return out;
}

Contributions as_factors(const Contributions& c, double base) {
  Contributions out = c;
  out.base = std::pow(base, c.base);
  for (double& v : out.values) v = std::pow(base, v);
  return out;
}

}  // namespace phreatic::trees

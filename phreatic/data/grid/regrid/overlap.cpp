// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/grid/regrid/overlap.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace phreatic::data {
namespace {

using Measure = double (*)(double);

double length(double v) { return v; }
double sine(double degrees) { return std::sin(std::clamp(degrees, -90.0, 90.0) * std::numbers::pi / 180); }

// Overlaps of [low, high] with the source's intervals, moved by `shift`.
void add(double low, double high, const std::vector<double>& edges, double shift, Measure measure,
         std::vector<Overlap>& out) {
  const bool rising = edges.back() > edges.front();
  const double step = std::abs(edges[1] - edges[0]);
  const int count = static_cast<int>(edges.size()) - 1;
  const double start = edges.front() + shift;
  // A guess from the even spacing, widened by one against rounding.
  const double a = rising ? (low - start) / step : (start - high) / step;
  const double b = rising ? (high - start) / step : (start - low) / step;
  if (!(b > 0 && a < count)) return;
  const int first = std::clamp(static_cast<int>(std::floor(a)) - 1, 0, count);
  const int last = std::clamp(static_cast<int>(std::ceil(b)) + 1, 0, count);
  Overlap overlap;
  for (int i = first; i < last; ++i) {
    const auto k = static_cast<std::size_t>(i);
    const double l = std::max(low, std::min(edges[k], edges[k + 1]) + shift);
    const double h = std::min(high, std::max(edges[k], edges[k + 1]) + shift);
    if (h - l <= 1e-9 * std::min(step, high - low)) continue;
    if (overlap.weights.empty()) overlap.first = i;
    overlap.weights.push_back(measure(h) - measure(l));
  }
  if (!overlap.weights.empty()) out.push_back(std::move(overlap));
}

AxisOverlaps overlaps(const std::vector<double>& target, const std::vector<double>& source, Measure measure,
                      bool around) {
  AxisOverlaps out(target.size() - 1);
  for (std::size_t i = 0; i + 1 < target.size(); ++i) {
    const double low = std::min(target[i], target[i + 1]);
    const double high = std::max(target[i], target[i + 1]);
    for (int turn = around ? -3 : 0; turn <= (around ? 3 : 0); ++turn)
      add(low, high, source, 360.0 * turn, measure, out[i]);
    std::sort(out[i].begin(), out[i].end(),
              [](const Overlap& a, const Overlap& b) { return a.first < b.first; });
  }
  return out;
}

}  // namespace

AxisOverlaps overlaps_x(const GeoGrid& target, const GeoGrid& source) {
  return overlaps(x_edges(target), x_edges(source), length, target.geographic && source.geographic);
}

AxisOverlaps overlaps_y(const GeoGrid& target, const GeoGrid& source) {
  const bool sphere = target.geographic && source.geographic;
  return overlaps(y_edges(target), y_edges(source), sphere ? sine : length, false);
}

}  // namespace phreatic::data

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/regression/huber.hpp"

#include <algorithm>
#include <cmath>

#include "phreatic/core/errors.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::stats {
namespace {

constexpr double kNormalQuartile = 0.6744897501960817;

void weighted_line(std::span<const double> x, std::span<const double> y, RobustLine& line) {
  double sum = 0;
  double mean_x = 0;
  double mean_y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    sum += line.weights[i];
    mean_x += line.weights[i] * x[i];
    mean_y += line.weights[i] * y[i];
  }
  mean_x /= sum;
  mean_y /= sum;
  double xx = 0;
  double xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += line.weights[i] * (x[i] - mean_x) * (x[i] - mean_x);
    xy += line.weights[i] * (x[i] - mean_x) * (y[i] - mean_y);
  }
  line.slope = xy / xx;
  line.intercept = mean_y - line.slope * mean_x;
}

}  // namespace

RobustLine huber_line(std::span<const double> x, std::span<const double> y, const HuberParams& params) {
  PHREATIC_ASSERT(x.size() == y.size() && x.size() >= 2);
  PHREATIC_ASSERT(*std::max_element(x.begin(), x.end()) > *std::min_element(x.begin(), x.end()));
  RobustLine line;
  line.weights.assign(x.size(), 1.0);
  weighted_line(x, y, line);
  double size = 0;
  for (const double v : y) size = std::max(size, std::abs(v));
  std::vector<double> residual(x.size());
  while (line.iterations < params.max_iterations) {
    for (std::size_t i = 0; i < x.size(); ++i)
      residual[i] = std::abs(y[i] - line.intercept - line.slope * x[i]);
    line.scale = median(residual) / kNormalQuartile;
    if (line.scale <= 1e-14 * size) {  // most points lie on the line: nothing to weigh by
      line.scale = 0;
      break;
    }
    for (std::size_t i = 0; i < x.size(); ++i)
      line.weights[i] =
          residual[i] <= params.tuning * line.scale ? 1 : params.tuning * line.scale / residual[i];
    const double intercept = line.intercept;
    const double slope = line.slope;
    weighted_line(x, y, line);
    ++line.iterations;
    if (std::abs(line.intercept - intercept) <= params.tolerance * std::abs(intercept) &&
        std::abs(line.slope - slope) <= params.tolerance * std::abs(slope))
      break;
  }
  return line;
}

}  // namespace phreatic::stats

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/regression/linear.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"
#include "phreatic/stats/least_squares.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::stats {
namespace {

constexpr double kDependent = 1e-12;  // 1 - R2 below which a column is taken for a function of the others

struct Centred {
  std::vector<double> values;
  double middle = 0;
  double scale = 0;  // 0: constant
};

Centred centred(std::span<const double> column) {
  Centred out{{column.begin(), column.end()}, mean(column), 0};
  for (double& v : out.values) v -= out.middle;
  double sum = 0;
  for (const double v : out.values) sum += v * v;
  out.scale = std::sqrt(sum / static_cast<double>(column.size()));
  if (out.scale <= 1e-13 * std::abs(out.middle)) out.scale = 0;
  for (double& v : out.values) v = out.scale > 0 ? v / out.scale : 0;
  return out;
}

}  // namespace

double LinearFit::value(std::span<const double> row) const {
  double sum = intercept;
  for (std::size_t j = 0; j < slopes.size(); ++j) sum += slopes[j] * row[j];
  return sum;
}

LinearFit linear_fit(const Columns& x, std::span<const double> y) {
  PHREATIC_ASSERT(!y.empty());
  std::vector<Centred> columns;
  Columns scaled;
  for (const auto& column : x) {
    PHREATIC_ASSERT(column.size() == y.size());
    columns.push_back(centred(column));
    scaled.push_back(columns.back().values);
  }
  const Centred target = centred(y);
  LinearFit fit;
  fit.intercept = target.middle;
  fit.slopes = nonnegative_least_squares(scaled, target.values, std::vector<bool>(x.size(), false));
  for (std::size_t j = 0; j < x.size(); ++j) {
    fit.slopes[j] = columns[j].scale > 0 ? fit.slopes[j] * target.scale / columns[j].scale : 0;
    fit.intercept -= fit.slopes[j] * columns[j].middle;
  }
  std::vector<double> fitted(y.size());
  double squares = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    fitted[i] = fit.intercept;
    for (std::size_t j = 0; j < x.size(); ++j) fitted[i] += fit.slopes[j] * x[j][i];
    squares += (y[i] - fitted[i]) * (y[i] - fitted[i]);
  }
  fit.r2 = nse(y, fitted);
  fit.residual_sd = std::sqrt(squares / static_cast<double>(y.size()));
  return fit;
}

std::vector<double> variance_inflation(const Columns& x) {
  std::vector<double> out;
  for (std::size_t j = 0; j < x.size(); ++j) {
    Columns others = x;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(j));
    if (centred(x[j]).scale == 0) {
      out.push_back(std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    const double rest = 1 - linear_fit(others, x[j]).r2;
    out.push_back(rest > kDependent ? 1 / rest : std::numeric_limits<double>::infinity());
  }
  return out;
}

std::vector<CollinearPair> collinear_pairs(const Columns& x, double threshold) {
  std::vector<CollinearPair> out;
  for (std::size_t a = 0; a < x.size(); ++a) {
    for (std::size_t b = a + 1; b < x.size(); ++b) {
      const double both = r2(x[a], x[b]);
      if (both > threshold) out.push_back({a, b, both});
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& p, const auto& q) { return p.r2 > q.r2; });
  return out;
}

}  // namespace phreatic::stats

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/regression/gwr.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"

namespace phreatic::stats {

void describe(core::Describer& d, GwrParams& p) {
  d.choice("kernel", p.kernel, {{"bisquare", GwrKernel::bisquare}, {"gaussian", GwrKernel::gaussian}},
           {.help = "How weights fall with distance"});
  d.field(
      "neighbours", p.neighbours,
      {.help = "Rows within the bandwidth; 0 = the number with the smallest AICc", .unit = "rows", .min = 0});
  d.field("time_ratios", p.time_ratios,
          {.help = "gtwr: weights of squared time against squared space that are tried, each over its range",
           .min = 0});
}

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kWiden = 1.0000001;  // so that the N-th row itself has a weight above zero
constexpr double kSingular = 1e-12;   // smallest pivot of X'WX scaled to a diagonal of ones

struct Local {
  bool solved = false;
  Eigen::VectorXd b;
  Eigen::MatrixXd inverse_xw;  // (X'WX)^-1 X'W, of the rows with weight
  std::vector<std::size_t> rows;
};

std::vector<double> squared_distances(const GwrFit& f, double x, double y, double t) {
  std::vector<double> d(f.x.size());
  for (std::size_t i = 0; i < d.size(); ++i) {
    const double dx = f.x[i] - x;
    const double dy = f.y[i] - y;
    d[i] = (dx * dx + dy * dy) / (f.space_range * f.space_range);
    if (f.t.empty()) continue;
    const double dt = (f.t[i] - t) / f.time_range;
    d[i] += f.time_ratio * dt * dt;
  }
  return d;
}

Local solve(const GwrFit& f, const std::vector<double>& squared) {
  std::vector<double> sorted = squared;
  const std::size_t nth = std::min(f.neighbours, sorted.size()) - 1;
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(nth), sorted.end());
  const double b2 = sorted[nth] * kWiden * kWiden;
  Local local;
  std::vector<double> weights;
  for (std::size_t i = 0; i < squared.size(); ++i) {
    const double u = b2 > 0 ? squared[i] / b2 : (squared[i] > 0 ? 2.0 : 0.0);
    const bool inside = f.kernel == GwrKernel::gaussian || u < 1;
    if (!inside) continue;
    weights.push_back(f.kernel == GwrKernel::gaussian ? std::exp(-u / 2) : (1 - u) * (1 - u));
    local.rows.push_back(i);
  }
  const auto n = static_cast<Eigen::Index>(weights.size());
  const auto k = static_cast<Eigen::Index>(f.columns + 1);
  if (n < k) return local;
  Eigen::MatrixXd x(n, k);
  Eigen::VectorXd target(n);
  for (Eigen::Index r = 0; r < n; ++r) {
    const std::size_t i = local.rows[static_cast<std::size_t>(r)];
    for (std::size_t c = 0; c < f.columns; ++c)
      x(r, static_cast<Eigen::Index>(c)) = f.covariates[i * f.columns + c];
    x(r, k - 1) = 1;
    target(r) = f.target[i];
  }
  const Eigen::Map<const Eigen::VectorXd> w(weights.data(), n);
  const Eigen::MatrixXd xw = x.transpose() * w.asDiagonal();
  // Scaled to a diagonal of ones, so that units do not decide on what is singular.
  Eigen::MatrixXd gram = xw * x;
  const Eigen::VectorXd scale = gram.diagonal().cwiseSqrt().cwiseInverse();
  if (!scale.allFinite()) return local;
  gram = scale.asDiagonal() * gram * scale.asDiagonal();
  const Eigen::LDLT<Eigen::MatrixXd> ldlt(gram);
  const auto pivots = ldlt.vectorD();
  if (!(pivots.minCoeff() > kSingular)) return local;
  local.inverse_xw = scale.asDiagonal() * ldlt.solve(scale.asDiagonal() * xw);
  local.b = local.inverse_xw * target;
  local.solved = true;
  return local;
}

// Fits at every row with the bandwidth of `f`.
void fit_rows(GwrFit& f) {
  const std::size_t rows = f.x.size();
  const std::size_t k = f.columns + 1;
  f.coefficients.assign(rows * k, kNaN);
  f.standard_errors.assign(rows * k, kNaN);
  f.fitted.assign(rows, kNaN);
  std::vector<double> trace(rows, kNaN);
  core::parallel_for(rows, [&](std::size_t i) {
    const Local local = solve(f, squared_distances(f, f.x[i], f.y[i], f.t.empty() ? 0 : f.t[i]));
    if (!local.solved) return;
    double value = 0;
    double own = 0;
    const auto at =
        static_cast<Eigen::Index>(std::find(local.rows.begin(), local.rows.end(), i) - local.rows.begin());
    for (std::size_t c = 0; c < k; ++c) {
      const auto e = static_cast<Eigen::Index>(c);
      const double x = c < f.columns ? f.covariates[i * f.columns + c] : 1;
      f.coefficients[i * k + c] = local.b(e);
      f.standard_errors[i * k + c] = local.inverse_xw.row(e).norm();
      value += local.b(e) * x;
      own += local.inverse_xw(e, at) * x;
    }
    f.fitted[i] = value;
    trace[i] = own;
  });
  f.rss = 0;
  f.trace = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    f.rss += (f.target[i] - f.fitted[i]) * (f.target[i] - f.fitted[i]);
    f.trace += trace[i];
  }
  const auto n = static_cast<double>(rows);
  const double left = n - 2 - f.trace;
  f.aicc = left > 0 ? n * std::log(2 * std::numbers::pi * f.rss / n) + n * (n + f.trace) / left : kNaN;
  f.solved = std::isfinite(f.aicc);
  const double sigma = std::sqrt(f.rss / (n - f.trace));
  for (double& e : f.standard_errors) e *= sigma;
}

// Smallest AICc over whole numbers, each evaluated once.
void choose_neighbours(GwrFit& f) {
  std::map<std::size_t, double> known;
  const auto score = [&](std::size_t n) {
    if (known.contains(n)) return known[n];
    f.neighbours = n;
    fit_rows(f);
    return known[n] = f.solved ? f.aicc : std::numeric_limits<double>::infinity();
  };
  const double golden = (std::sqrt(5.0) - 1) / 2;
  auto low = static_cast<double>(std::min(f.x.size(), 4 * (f.columns + 1)));
  auto high = static_cast<double>(f.x.size());
  while (high - low > 1) {
    const auto inner = static_cast<std::size_t>(std::lround(high - golden * (high - low)));
    const auto outer = static_cast<std::size_t>(std::lround(low + golden * (high - low)));
    if (inner == outer) break;
    if (score(inner) <= score(outer)) {
      high = static_cast<double>(outer);
    } else {
      low = static_cast<double>(inner);
    }
  }
  score(static_cast<std::size_t>(low));
  score(static_cast<std::size_t>(high));
  const auto best = std::min_element(known.begin(), known.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  f.neighbours = best->first;
  fit_rows(f);
}

double range_of(std::span<const double> v) {
  const auto [low, high] = std::minmax_element(v.begin(), v.end());
  return *high > *low ? *high - *low : 1;
}

}  // namespace

GwrFit gwr(const GwrData& data, const GwrParams& params) {
  const std::size_t rows = data.target.size();
  PHREATIC_ASSERT(data.x.size() == rows && data.y.size() == rows &&
                  data.covariates.size() == rows * data.columns);
  GwrFit f;
  if (rows < data.columns + 3) return f;
  const auto copy = [](std::span<const double> v) { return std::vector<double>(v.begin(), v.end()); };
  f.x = copy(data.x);
  f.y = copy(data.y);
  f.t = copy(data.t);
  f.covariates = copy(data.covariates);
  f.target = copy(data.target);
  f.columns = data.columns;
  f.kernel = params.kernel;
  f.space_range = std::max(range_of(data.x), range_of(data.y));
  if (!f.t.empty()) f.time_range = range_of(data.t);
  GwrFit best;
  const std::vector<double> ratios = f.t.empty() ? std::vector<double>{0} : params.time_ratios;
  for (const double ratio : ratios) {
    f.time_ratio = ratio;
    if (params.neighbours > 0) {
      f.neighbours = std::min(static_cast<std::size_t>(params.neighbours), rows);
      fit_rows(f);
    } else {
      choose_neighbours(f);
    }
    if (f.solved && (!best.solved || f.aicc < best.aicc)) best = f;
  }
  return best;
}

std::vector<double> gwr_coefficients(const GwrFit& fit, double x, double y, double t) {
  PHREATIC_ASSERT(fit.solved);
  const Local local = solve(fit, squared_distances(fit, x, y, t));
  if (!local.solved) return std::vector<double>(fit.columns + 1, kNaN);
  return {local.b.data(), local.b.data() + local.b.size()};
}

}  // namespace phreatic::stats

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/regression/additive.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>

#include "phreatic/core/errors.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::stats {
namespace {

constexpr std::size_t kOrder = 3;
constexpr double kRidge = 1e-8;  // keeps the constant and linear parts that no penalty sees apart

// The four cubic B-splines that are not 0 at x, and the first one's number. Knots at low + i (high - low) / intervals,
// carried on beyond both ends.
struct Basis {
  std::size_t first = 0;
  std::array<double, kOrder + 1> values{};
};
Basis basis_at(double x, double low, double high, std::size_t splines) {
  const auto intervals = static_cast<double>(splines - kOrder);
  const double at = std::clamp((x - low) / (high - low), 0.0, 1.0) * intervals;
  const double cell = std::min(std::floor(at), intervals - 1);
  const double t = at - cell;
  const double u = 1 - t;
  return {static_cast<std::size_t>(cell),
          {u * u * u / 6, (3 * t * t * t - 6 * t * t + 4) / 6, (3 * u * u * u - 6 * u * u + 4) / 6,
           t * t * t / 6}};
}

double spline_sum(const Basis& basis, const std::vector<double>& coefficients) {
  double sum = 0;
  for (std::size_t i = 0; i <= kOrder; ++i) sum += basis.values[i] * coefficients[basis.first + i];
  return sum;
}

// Normal equations of all terms, which any lambdas share.
struct Design {
  Eigen::MatrixXd columns;  // [rows][terms x splines], centred
  Eigen::VectorXd y;        // centred
  Eigen::MatrixXd gram;
  Eigen::VectorXd right;
  std::vector<double> means;  // of the columns
  double mean_y = 0;
  std::size_t splines = 0;
  std::vector<AdditiveTerm> terms;  // ranges
};

Design make_design(const Columns& x, std::span<const double> y, std::size_t splines) {
  Design out;
  out.splines = splines;
  const auto rows = static_cast<Eigen::Index>(y.size());
  out.columns = Eigen::MatrixXd::Zero(rows, static_cast<Eigen::Index>(x.size() * splines));
  for (std::size_t j = 0; j < x.size(); ++j) {
    PHREATIC_ASSERT(x[j].size() == y.size());
    const auto [low, high] = std::minmax_element(x[j].begin(), x[j].end());
    out.terms.push_back({*low, *high, 0, 0, std::vector<double>(splines, 0.0)});
    if (!(*high > *low)) continue;
    for (std::size_t i = 0; i < y.size(); ++i) {
      const Basis basis = basis_at(x[j][i], *low, *high, splines);
      for (std::size_t s = 0; s <= kOrder; ++s)
        out.columns(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j * splines + basis.first + s)) =
            basis.values[s];
    }
  }
  const Eigen::RowVectorXd means = out.columns.colwise().mean();
  out.columns.rowwise() -= means;
  out.means.assign(means.data(), means.data() + means.size());
  out.mean_y = mean(y);
  out.y = Eigen::Map<const Eigen::VectorXd>(y.data(), rows).array() - out.mean_y;
  out.gram = out.columns.transpose() * out.columns;
  out.right = out.columns.transpose() * out.y;
  return out;
}

Eigen::MatrixXd penalised(const Design& design, const std::vector<double>& lambdas) {
  Eigen::MatrixXd out = design.gram;
  const std::size_t splines = design.splines;
  for (std::size_t j = 0; j < lambdas.size(); ++j) {
    for (std::size_t s = 0; s + 2 < splines; ++s) {
      const std::array<double, 3> difference = {1, -2, 1};
      for (std::size_t a = 0; a < 3; ++a) {
        for (std::size_t b = 0; b < 3; ++b)
          out(static_cast<Eigen::Index>(j * splines + s + a),
              static_cast<Eigen::Index>(j * splines + s + b)) += lambdas[j] * difference[a] * difference[b];
      }
    }
  }
  out.diagonal().array() += kRidge;
  return out;
}

AdditiveFit solve(const Design& design, const std::vector<double>& lambdas) {
  const Eigen::LLT<Eigen::MatrixXd> factor(penalised(design, lambdas));
  const Eigen::VectorXd beta = factor.solve(design.right);
  AdditiveFit out;
  out.intercept = design.mean_y;
  out.terms = design.terms;
  out.edf = 1 + factor.solve(design.gram).trace();
  const auto rows = static_cast<double>(design.y.size());
  const double squares = (design.y - design.columns * beta).squaredNorm();
  const double left = rows - std::min(out.edf, rows - 1e-6);
  out.gcv = rows * squares / (left * left);
  for (std::size_t j = 0; j < out.terms.size(); ++j) {
    AdditiveTerm& term = out.terms[j];
    term.lambda = lambdas[j];
    for (std::size_t s = 0; s < design.splines; ++s) {
      const std::size_t column = j * design.splines + s;
      term.coefficients[s] = term.high > term.low ? beta(static_cast<Eigen::Index>(column)) : 0.0;
      term.centre += term.coefficients[s] * design.means[column];
    }
  }
  return out;
}

}  // namespace

double AdditiveTerm::value(double x) const {
  if (!(high > low)) return 0;
  return spline_sum(basis_at(x, low, high, coefficients.size()), coefficients) - centre;
}

double AdditiveFit::value(std::span<const double> row) const {
  double sum = intercept;
  for (std::size_t j = 0; j < terms.size(); ++j) sum += terms[j].value(row[j]);
  return sum;
}

AdditiveFit additive_fit_with(const Columns& x, std::span<const double> y, int splines,
                              const std::vector<double>& lambdas) {
  PHREATIC_ASSERT(y.size() > 1 && splines > 4 && lambdas.size() == x.size());
  return solve(make_design(x, y, static_cast<std::size_t>(splines)), lambdas);
}

AdditiveFit additive_fit(const Columns& x, std::span<const double> y, const AdditiveParams& params) {
  PHREATIC_ASSERT(y.size() > 1 && params.splines > 4 && !params.lambdas.empty());
  const Design design = make_design(x, y, static_cast<std::size_t>(params.splines));
  std::vector<double> lambdas(x.size(), params.lambdas.front());
  AdditiveFit best = solve(design, lambdas);
  const auto consider = [&](const std::vector<double>& candidate) {
    AdditiveFit fit = solve(design, candidate);
    if (!(fit.gcv < best.gcv)) return false;
    best = std::move(fit);
    lambdas = candidate;
    return true;
  };
  for (const double lambda : params.lambdas) consider(std::vector<double>(x.size(), lambda));
  bool changed = true;
  for (int sweep = 0; sweep < params.sweeps && changed; ++sweep) {
    changed = false;
    for (std::size_t j = 0; j < x.size(); ++j) {
      for (const double lambda : params.lambdas) {
        std::vector<double> candidate = lambdas;
        candidate[j] = lambda;
        changed = (candidate != lambdas && consider(candidate)) || changed;
      }
    }
  }
  return best;
}

}  // namespace phreatic::stats

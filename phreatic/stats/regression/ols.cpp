// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/regression/ols.hpp"

#include <Eigen/Dense>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"

namespace phreatic::stats {
namespace {

// Share of a column's variance that must be left after the columns before it.
constexpr double kIndependent = 1e-12;

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Centres the columns and finds those that are constant or depend on others (modified Gram-Schmidt).
void find_dependent(Matrix x, OlsFit& fit) {
  std::vector<Eigen::Index> kept;
  for (Eigen::Index j = 0; j < x.cols(); ++j) {
    const double largest = x.col(j).cwiseAbs().maxCoeff();
    x.col(j).array() -= x.col(j).mean();
    const double before = x.col(j).squaredNorm();
    if (before <= kIndependent * largest * largest * static_cast<double>(x.rows())) {
      fit.constant.push_back(static_cast<std::size_t>(j));
      continue;
    }
    for (const Eigen::Index k : kept) x.col(j) -= x.col(k).dot(x.col(j)) * x.col(k);
    const double left = x.col(j).squaredNorm();
    if (left <= kIndependent * before) {
      fit.dependent.push_back(static_cast<std::size_t>(j));
      continue;
    }
    x.col(j) /= std::sqrt(left);
    kept.push_back(j);
  }
}

std::vector<double> values_of(const Matrix& m) { return {m.data(), m.data() + m.size()}; }

// Slopes, then the intercept: of all that fit best those of least norm for columns of mean 0 and mean square 1; 0 for
// constant columns.
Eigen::VectorXd least_norm(const Matrix& given, const Eigen::VectorXd& target, const OlsFit& fit) {
  const Eigen::RowVectorXd middle = given.colwise().mean();
  Matrix x = given.rowwise() - middle;
  Eigen::RowVectorXd scale = (x.colwise().squaredNorm() / static_cast<double>(x.rows())).cwiseSqrt();
  for (const std::size_t j : fit.constant) {
    x.col(static_cast<Eigen::Index>(j)).setZero();
    scale[static_cast<Eigen::Index>(j)] = 1;
  }
  for (Eigen::Index j = 0; j < x.cols(); ++j) x.col(j) /= scale[j];
  Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> solver;
  solver.setThreshold(std::sqrt(kIndependent));
  solver.compute(x);
  Eigen::VectorXd b(given.cols() + 1);
  b.head(given.cols()) = solver.solve(target - Eigen::VectorXd::Constant(target.size(), target.mean()))
                             .cwiseQuotient(scale.transpose());
  b[given.cols()] = target.mean() - middle.dot(b.head(given.cols()));
  return b;
}

}  // namespace

double OlsFit::standard_error(std::size_t k) const {
  const std::size_t n = coefficients.size();
  if (rows <= n) return std::numeric_limits<double>::quiet_NaN();
  return std::sqrt(rss / static_cast<double>(rows - n) * inverse[k * n + k]);
}

OlsFit ols(std::span<const double> x, std::span<const double> y, std::size_t columns) {
  PHREATIC_ASSERT(x.size() == y.size() * columns);
  const auto n = static_cast<Eigen::Index>(y.size());
  const auto p = static_cast<Eigen::Index>(columns);
  OlsFit fit;
  fit.rows = y.size();
  if (n == 0) return fit;
  const Eigen::Map<const Matrix> given(x.data(), n, p);
  find_dependent(given, fit);
  Matrix design(n, p + 1);
  design.leftCols(p) = given;
  design.col(p).setOnes();
  const Eigen::Map<const Eigen::VectorXd> target(y.data(), n);
  fit.tss = (target.array() - target.mean()).matrix().squaredNorm();
  fit.solved = n >= p + 1 && fit.constant.empty() && fit.dependent.empty();
  if (!fit.solved) {
    const Eigen::VectorXd b = least_norm(given, target, fit);
    fit.coefficients = {b.data(), b.data() + b.size()};
    fit.rss = (target - design * b).squaredNorm();
    return fit;
  }
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(design);
  const Eigen::VectorXd b = qr.solve(target);
  const Eigen::MatrixXd r = qr.matrixQR().topRows(p + 1).triangularView<Eigen::Upper>();
  const Eigen::MatrixXd inverse_r =
      r.triangularView<Eigen::Upper>().solve(Eigen::MatrixXd::Identity(p + 1, p + 1));
  fit.coefficients = {b.data(), b.data() + b.size()};
  fit.inverse = values_of(inverse_r * inverse_r.transpose());
  fit.gram = values_of(r.transpose() * r);
  fit.rss = (target - design * b).squaredNorm();
  return fit;
}

OlsFit ols(const Columns& x, std::span<const double> y) {
  std::vector<double> rows(y.size() * x.size());
  for (std::size_t j = 0; j < x.size(); ++j) {
    PHREATIC_ASSERT(x[j].size() == y.size());
    for (std::size_t i = 0; i < y.size(); ++i) rows[i * x.size() + j] = x[j][i];
  }
  return ols(rows, y, x.size());
}

double ols_value(std::span<const double> coefficients, const double* x) {
  double sum = coefficients.back();
  for (std::size_t k = 0; k + 1 < coefficients.size(); ++k) sum += coefficients[k] * x[k];
  return sum;
}

}  // namespace phreatic::stats

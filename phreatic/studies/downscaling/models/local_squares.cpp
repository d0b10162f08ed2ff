// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/models/local_squares.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace phreatic::studies::downscaling {
namespace {

constexpr double kWiden = 1.0000001;  // so that the N-th place itself has a weight above zero
constexpr double kSingular = 1e-10;   // smallest pivot of X'WX scaled to a diagonal of ones

double squared_distance(const OnSphere& a, const OnSphere& b) {
  double sum = 0;
  for (std::size_t k = 0; k < 3; ++k) sum += (a[k] - b[k]) * (a[k] - b[k]);
  return sum;
}

}  // namespace

OnSphere on_sphere(double longitude, double latitude) {
  const double x = longitude * std::numbers::pi / 180, y = latitude * std::numbers::pi / 180;
  return {std::cos(y) * std::cos(x), std::cos(y) * std::sin(x), std::sin(y)};
}

std::vector<double> bisquare_weights(const OnSphere& at, const std::vector<OnSphere>& places,
                                     std::size_t neighbours) {
  std::vector<double> weights(places.size(), 1.0);
  if (neighbours == 0) return weights;
  std::vector<double> squared;
  for (const OnSphere& place : places) squared.push_back(squared_distance(at, place));
  std::vector<double> sorted = squared;
  const auto nth = sorted.begin() + static_cast<std::ptrdiff_t>(std::min(neighbours, sorted.size()) - 1);
  std::nth_element(sorted.begin(), nth, sorted.end());
  const double reach = *nth * kWiden * kWiden;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double left = std::max(0.0, 1 - squared[i] / reach);
    weights[i] = left * left;
  }
  return weights;
}

Standard::Standard(const Rows& rows) {
  const auto p = static_cast<Eigen::Index>(rows.names.size());
  const auto n = static_cast<double>(rows.count);
  const auto columns = [&](std::size_t i) { return Eigen::Map<const Eigen::VectorXd>(rows.row(i), p); };
  mean = scale = Eigen::VectorXd::Zero(p);
  for (std::size_t i = 0; i < rows.count; ++i) mean += columns(i) / n;
  for (std::size_t i = 0; i < rows.count; ++i) scale += (columns(i) - mean).cwiseAbs2() / n;
  for (double& s : scale) s = s > 0 ? std::sqrt(s) : 1;
}

Eigen::VectorXd Standard::row(const Rows& rows, std::size_t i) const {
  Eigen::VectorXd x(mean.size() + 1);
  x << (Eigen::Map<const Eigen::VectorXd>(rows.row(i), mean.size()) - mean).cwiseQuotient(scale), 1;
  return x;
}

void Standard::back(Eigen::VectorXd& b) const {
  const auto p = mean.size();
  b.head(p) = b.head(p).cwiseQuotient(scale);
  b[p] -= b.head(p).dot(mean);
}

bool solve_gram(const Eigen::MatrixXd& gram, const Eigen::VectorXd& right, Eigen::VectorXd& b) {
  const Eigen::VectorXd scale = gram.diagonal().cwiseSqrt().cwiseInverse();
  if (!scale.allFinite()) return false;
  const Eigen::LDLT<Eigen::MatrixXd> ldlt(scale.asDiagonal() * gram * scale.asDiagonal());
  if (!(ldlt.vectorD().minCoeff() > kSingular)) return false;
  b = scale.cwiseProduct(ldlt.solve(right.cwiseProduct(scale)));
  return true;
}

bool invert(const Eigen::MatrixXd& gram, Eigen::MatrixXd& inverse) {
  const Eigen::VectorXd scale = gram.diagonal().cwiseSqrt().cwiseInverse();
  if (!scale.allFinite()) return false;
  const Eigen::LDLT<Eigen::MatrixXd> ldlt(scale.asDiagonal() * gram * scale.asDiagonal());
  if (!(ldlt.vectorD().minCoeff() > kSingular)) return false;
  const auto size = gram.rows();
  inverse = scale.asDiagonal() * ldlt.solve(Eigen::MatrixXd::Identity(size, size)) * scale.asDiagonal();
  return true;
}

double corrected_aic(double rows, double squares, double trace) {
  if (!std::isfinite(squares) || rows - 2 - trace <= 0) return std::numeric_limits<double>::infinity();
  return rows * std::log(2 * std::numbers::pi * std::max(squares, 1e-12) / rows) +
         rows * (rows + trace) / (rows - 2 - trace);
}

}  // namespace phreatic::studies::downscaling

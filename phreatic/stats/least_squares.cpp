// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/least_squares.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"

namespace phreatic::stats {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

class Solver {
 public:
  Solver(const LeastSquaresProblem& problem, const LeastSquaresParams& params, std::vector<double> start)
      : problem_(problem), params_(params), x_(std::move(start)) {
    PHREATIC_ASSERT(x_.size() == problem.lower.size() && x_.size() == problem.upper.size());
    for (std::size_t j = 0; j < x_.size(); ++j) x_[j] = std::clamp(x_[j], problem.lower[j], problem.upper[j]);
    residual_ = evaluate(x_);
    cost_ = cost_of(residual_);
  }

  LeastSquaresResult run() {
    LeastSquaresResult result;
    result.converged = x_.empty() && std::isfinite(cost_);  // nothing to search
    while (std::isfinite(cost_) && !result.converged && result.iterations < params_.max_iterations) {
      ++result.iterations;
      jacobian();
      result.converged = !improve();
    }
    result.x = x_;
    result.cost = cost_;
    return result;
  }

 private:
  VectorXd evaluate(const std::vector<double>& x) const {
    VectorXd r(static_cast<Index>(problem_.residual_count));
    problem_.residuals(x, {r.data(), problem_.residual_count});
    return r;
  }
  static double cost_of(const VectorXd& r) {
    const double cost = r.squaredNorm();
    return std::isfinite(cost) ? cost : std::numeric_limits<double>::infinity();
  }

  void jacobian() {
    jacobian_.resize(residual_.size(), static_cast<Index>(x_.size()));
    std::vector<std::vector<double>> points(x_.size(), x_);
    for (std::size_t j = 0; j < x_.size(); ++j) {
      const double h = params_.difference * std::max(1.0, std::abs(x_[j]));
      points[j][j] += x_[j] + h > problem_.upper[j] ? -h : h;
    }
    if (problem_.prepare) problem_.prepare(points);
    for (std::size_t j = 0; j < x_.size(); ++j) {
      jacobian_.col(static_cast<Index>(j)) = (evaluate(points[j]) - residual_) / (points[j][j] - x_[j]);
    }
    if (!jacobian_.allFinite())
      jacobian_ = jacobian_.unaryExpr([](double v) { return std::isfinite(v) ? v : 0; });
  }

  // The damped step with bounded parameters held; `held` grows until no free one would cross its bound at
  // once.
  VectorXd step(double damping) const {
    const VectorXd gradient = jacobian_.transpose() * residual_;
    MatrixXd normal = jacobian_.transpose() * jacobian_;
    const double largest = std::max(normal.diagonal().maxCoeff(), 1e-300);
    std::vector<bool> held(x_.size(), false);
    for (std::size_t round = 0; round <= x_.size(); ++round) {
      MatrixXd system = normal;
      VectorXd right = -gradient;
      for (Index j = 0; j < system.rows(); ++j) {
        system(j, j) += damping * std::max(normal(j, j), 1e-9 * largest);
        if (!held[static_cast<std::size_t>(j)]) continue;
        system.row(j).setZero();
        system.col(j).setZero();
        system(j, j) = 1;
        right(j) = 0;
      }
      VectorXd s = system.ldlt().solve(right);
      bool changed = false;
      for (std::size_t j = 0; j < x_.size(); ++j) {
        const double d = s(static_cast<Index>(j));
        const bool outward = (x_[j] <= problem_.lower[j] && d < 0) || (x_[j] >= problem_.upper[j] && d > 0);
        if (outward && !held[j]) held[j] = changed = true;
      }
      if (!changed) return s;
    }
    return VectorXd::Zero(static_cast<Index>(x_.size()));
  }

  // Tries steps with growing damping. False when no further fall is worth it.
  bool improve() {
    for (int attempt = 0; attempt < 12; ++attempt) {
      const VectorXd s = step(damping_);
      std::vector<double> moved = x_;
      double change = 0;
      for (std::size_t j = 0; j < x_.size(); ++j) {
        moved[j] = std::clamp(x_[j] + s(static_cast<Index>(j)), problem_.lower[j], problem_.upper[j]);
        change = std::max(change, std::abs(moved[j] - x_[j]) / std::max(1.0, std::abs(x_[j])));
      }
      if (!(change > params_.step_tolerance)) return false;
      VectorXd r = evaluate(moved);
      const double cost = cost_of(r);
      if (cost < cost_) {
        const double fall = (cost_ - cost) / std::max(cost_, 1e-300);
        x_ = std::move(moved);
        residual_ = std::move(r);
        cost_ = cost;
        damping_ = std::max(damping_ / 5, 1e-12);
        return fall > params_.cost_tolerance;
      }
      damping_ *= 4;
    }
    return false;
  }

  const LeastSquaresProblem& problem_;
  const LeastSquaresParams& params_;
  std::vector<double> x_;
  VectorXd residual_;
  MatrixXd jacobian_;
  double cost_ = 0;
  double damping_ = 1e-2;
};

}  // namespace

LeastSquaresResult least_squares(const LeastSquaresProblem& problem, std::vector<double> start,
                                 const LeastSquaresParams& params) {
  return Solver(problem, params, std::move(start)).run();
}

std::vector<double> nonnegative_least_squares(const std::vector<std::vector<double>>& columns,
                                              std::span<const double> y,
                                              const std::vector<bool>& nonnegative) {
  const auto m = static_cast<Index>(columns.size());
  MatrixXd z(static_cast<Index>(y.size()), m);
  VectorXd norm(m);
  for (Index j = 0; j < m; ++j) {
    const auto& column = columns[static_cast<std::size_t>(j)];
    PHREATIC_ASSERT(column.size() == y.size());
    z.col(j) = Eigen::Map<const VectorXd>(column.data(), z.rows());
    norm(j) = z.col(j).norm();
    if (norm(j) > 0) z.col(j) /= norm(j);
  }
  const MatrixXd gram = z.transpose() * z;
  const VectorXd right = z.transpose() * Eigen::Map<const VectorXd>(y.data(), z.rows());
  std::vector<Index> bounded;
  for (Index j = 0; j < m; ++j) {
    if (nonnegative[static_cast<std::size_t>(j)]) bounded.push_back(j);
  }
  PHREATIC_ASSERT(bounded.size() <= 16);
  VectorXd best = VectorXd::Zero(m);
  double best_cost = std::numeric_limits<double>::infinity();
  for (unsigned set = 0; set < (1U << bounded.size()); ++set) {
    std::vector<bool> zero(columns.size(), false);
    for (std::size_t i = 0; i < bounded.size(); ++i) {
      zero[static_cast<std::size_t>(bounded[i])] = ((set >> i) & 1U) != 0;
    }
    MatrixXd system = gram;
    VectorXd rhs = right;
    for (Index j = 0; j < m; ++j) {
      if (!zero[static_cast<std::size_t>(j)]) continue;
      system.row(j).setZero();
      system.col(j).setZero();
      rhs(j) = 0;
    }
    const VectorXd b = system.completeOrthogonalDecomposition().solve(rhs);
    const bool feasible = std::all_of(bounded.begin(), bounded.end(), [&](Index j) { return b(j) >= 0; });
    const double cost = b.dot(gram * b) - 2 * b.dot(right);  // less y'y
    if (feasible && cost < best_cost) {
      best_cost = cost;
      best = b;
    }
  }
  std::vector<double> result(columns.size());
  for (Index j = 0; j < m; ++j) result[static_cast<std::size_t>(j)] = norm(j) > 0 ? best(j) / norm(j) : 0;
  return result;
}

}  // namespace phreatic::stats

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/models/combination.hpp"

#include <Eigen/Dense>
#include <cmath>

#include "phreatic/core/errors.hpp"

namespace phreatic::studies::downscaling {

std::vector<double> combination_weights(const std::vector<const std::vector<double>*>& held,
                                        const std::vector<double>& observed,
                                        const std::function<bool(std::size_t)>& use) {
  const auto m = static_cast<Eigen::Index>(held.size());
  PHREATIC_ASSERT(m >= 1 && m <= 10);
  // Of errors: with weights that sum to one, the squared error is w' E w.
  Eigen::MatrixXd e = Eigen::MatrixXd::Zero(m, m);
  Eigen::VectorXd row(m);
  for (std::size_t i = 0; i < observed.size(); ++i) {
    if (!use(i)) continue;
    for (Eigen::Index k = 0; k < m; ++k) row[k] = (*held[static_cast<std::size_t>(k)])[i] - observed[i];
    e += row * row.transpose();
  }
  std::vector<double> best(held.size(), 1.0 / static_cast<double>(m));
  double least = INFINITY;
  for (unsigned subset = 1; subset < (1U << m); ++subset) {
    std::vector<Eigen::Index> in;
    for (Eigen::Index k = 0; k < m; ++k) {
      if (((subset >> k) & 1U) != 0) in.push_back(k);
    }
    const auto size = static_cast<Eigen::Index>(in.size());
    const Eigen::MatrixXd part = e(in, in);
    const Eigen::VectorXd w = part.completeOrthogonalDecomposition().solve(Eigen::VectorXd::Ones(size));
    if (!(std::abs(w.sum()) > 0)) continue;
    const Eigen::VectorXd share = w / w.sum();
    if (share.minCoeff() < 0) continue;
    const double error = share.dot(part * share);
    if (!(error < least * (1 - 1e-9))) continue;
    least = error;
    best.assign(held.size(), 0.0);
    for (Eigen::Index k = 0; k < size; ++k)
      best[static_cast<std::size_t>(in[static_cast<std::size_t>(k)])] = share[k];
  }
  return best;
}

Predictor combined(std::vector<Predictor> parts, std::vector<double> weights) {
  return [parts = std::move(parts), weights = std::move(weights)](const Rows& rows) {
    std::vector<double> out(rows.count, 0.0);
    for (std::size_t k = 0; k < parts.size(); ++k) {
      if (weights[k] == 0) continue;
      const std::vector<double> part = parts[k](rows);
      for (std::size_t i = 0; i < out.size(); ++i) out[i] += weights[k] * part[i];
    }
    return out;
  };
}

}  // namespace phreatic::studies::downscaling

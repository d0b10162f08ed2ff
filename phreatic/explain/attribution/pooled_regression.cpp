// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/explain/attribution/pooled_regression.hpp"

#include <Eigen/Dense>

#include "phreatic/core/parallel.hpp"

namespace phreatic::explain {

namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMap = Eigen::Map<const Matrix>;
using Map = Eigen::Map<Matrix>;

Eigen::Index index(std::size_t i) { return static_cast<Eigen::Index>(i); }

}  // namespace

PooledRegression::PooledRegression(std::size_t replicates, std::size_t covariates, std::size_t modulators,
                                   std::size_t cells)
    : covariates_(covariates), modulators_(modulators), cells_(cells), p_(covariates * modulators) {
  replicates_.resize(replicates);
  for (Replicate& r : replicates_) {
    r.zz.assign(p_ * p_, 0.0);
    r.ze.assign(p_ * cells_, 0.0);
    r.slope.assign(p_ * cells_, 0.0);
  }
}

void PooledRegression::add(std::size_t replicate, std::size_t draws, std::span<const double> z,
                           std::span<const double> e, std::span<const double> modulators) {
  if (draws < 2) return;
  Replicate& r = replicates_[replicate];
  Matrix zc = ConstMap(z.data(), index(draws), index(covariates_));
  zc.rowwise() -= zc.colwise().mean().eval();
  // Centring z is enough: sum (z - zm)(e - em)' = sum (z - zm) e'.
  const Matrix zz = zc.transpose() * zc;
  const Matrix ze = zc.transpose() * ConstMap(e.data(), index(draws), index(cells_));
  Map pooled_zz(r.zz.data(), index(p_), index(p_));
  Map pooled_ze(r.ze.data(), index(p_), index(cells_));
  const Eigen::Index q = index(covariates_);
  for (std::size_t a = 0; a < modulators_; ++a) {
    pooled_ze.middleRows(index(a) * q, q) += modulators[a] * ze;
    for (std::size_t b = 0; b < modulators_; ++b) {
      pooled_zz.block(index(a) * q, index(b) * q, q, q) += modulators[a] * modulators[b] * zz;
    }
  }
  r.degrees += static_cast<double>(draws - 1);
}

void PooledRegression::solve() {
  Matrix zz = Matrix::Zero(index(p_), index(p_));
  Matrix ze = Matrix::Zero(index(p_), index(cells_));
  double degrees = 0;
  for (const Replicate& r : replicates_) {
    zz += ConstMap(r.zz.data(), index(p_), index(p_));
    ze += ConstMap(r.ze.data(), index(p_), index(cells_));
    degrees += r.degrees;
  }
  const double largest = p_ == 0 ? 0 : zz.diagonal().maxCoeff();
  core::parallel_for(replicates_.size(), [&](std::size_t i) {
    Replicate& r = replicates_[i];
    Matrix a = zz - ConstMap(r.zz.data(), index(p_), index(p_));
    const Matrix rhs = ze - ConstMap(r.ze.data(), index(p_), index(cells_));
    // Ridge worth p draws: strong while draws are few, nothing when they are many.
    const double ridge = static_cast<double>(p_) / std::max(1.0, degrees - r.degrees);
    for (Eigen::Index k = 0; k < a.rows(); ++k) a(k, k) += ridge * a(k, k) + 1e-12 * largest + 1e-300;
    Map(r.slope.data(), index(p_), index(cells_)) = a.ldlt().solve(rhs);
  });
}

void PooledRegression::correct(std::size_t replicate, std::size_t windows, std::span<const double> z_mean,
                               std::span<double> e_mean) const {
  Map(e_mean.data(), index(windows), index(cells_)).noalias() -=
      ConstMap(z_mean.data(), index(windows), index(p_)) *
      ConstMap(replicates_[replicate].slope.data(), index(p_), index(cells_));
}

}  // namespace phreatic::explain

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/clustering/som_start.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "phreatic/core/random.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::stats {
namespace {

// The start plane reaches this many standard deviations along each component.
constexpr double kStartReach = 1.5;
constexpr Eigen::Index kDirect = 64;  // smaller sides of matrices whose whole decomposition is computed

struct Components {
  Eigen::MatrixXd axes;       // [coordinate][component], length 1; at most two
  Eigen::VectorXd deviation;  // standard deviations along them
};

Components all_components(const Eigen::MatrixXd& x) {
  const Eigen::BDCSVD<Eigen::MatrixXd> svd(x, Eigen::ComputeThinU | Eigen::ComputeThinV);
  const Eigen::Index found = std::min<Eigen::Index>(2, svd.singularValues().size());
  return {svd.matrixV().leftCols(found),
          svd.singularValues().head(found) / std::sqrt(static_cast<double>(x.rows()))};
}

// Lanczos' method on x^T x with full reorthogonalisation, until two eigenvalues stand to 1e-12 of the largest; at the
// latest with as many steps as x has rows or columns, when they are exact.
Components first_components(const Eigen::MatrixXd& x) {
  const Eigen::Index most = std::min(x.rows(), x.cols());
  core::RandomStream random(1, "som components");
  const auto drawn = [&] {
    return Eigen::VectorXd::NullaryExpr(x.cols(), [&] { return random.normal(); }).eval();
  };
  Eigen::MatrixXd basis(x.cols(), most);
  Eigen::VectorXd diagonal(most), beside(most);
  Eigen::VectorXd next = drawn();
  const auto clear = [&](Eigen::Index count) {
    for (int pass = 0; pass < 2; ++pass)
      next -= basis.leftCols(count) * (basis.leftCols(count).transpose() * next).eval();
  };
  for (Eigen::Index k = 0; k < most; ++k) {
    basis.col(k) = next.normalized();
    next = x.transpose() * (x * basis.col(k)).eval();
    const double scale = next.norm();
    diagonal(k) = basis.col(k).dot(next);
    clear(k + 1);
    beside(k) = next.norm();
    if (beside(k) <= 1e-14 * scale) {  // a closed subspace: go on in another direction
      beside(k) = 0;
      next = drawn();
      clear(k + 1);
    }
    if (k + 1 < most && k % 8 != 7) continue;
    Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> small;
    small.computeFromTridiagonal(diagonal.head(k + 1), beside.head(k));
    const double largest = small.eigenvalues()(k);
    const auto last = small.eigenvectors().row(k).tail(2).cwiseAbs();
    if (k + 1 < most && beside(k) * last.maxCoeff() > 1e-12 * largest) continue;
    Components found{basis.leftCols(k + 1) * small.eigenvectors().rightCols(2).rowwise().reverse(), {}};
    const Eigen::Vector2d variances = small.eigenvalues().tail(2).reverse().cwiseMax(0.0);
    found.deviation = (variances / static_cast<double>(x.rows())).cwiseSqrt();
    return found;
  }
  return {};
}

Components principal_components(const Eigen::MatrixXd& x) {
  return std::min(x.rows(), x.cols()) <= kDirect ? all_components(x) : first_components(x);
}

// The plane of the first two principal components; missing values stand at the coordinate's mean.
struct Plane {
  Eigen::VectorXd mean;
  Eigen::MatrixXd axes;       // [coordinate][component], each times its standard deviation
  Eigen::Vector2d deviation;  // of the two components
};

Plane principal_plane(const Points& samples) {
  const auto n = static_cast<Eigen::Index>(samples.count);
  const auto d = static_cast<Eigen::Index>(samples.dimension);
  Plane plane{Eigen::VectorXd::Zero(d), Eigen::MatrixXd::Zero(d, 2), Eigen::Vector2d::Zero()};
  Eigen::MatrixXd x(n, d);
  for (Eigen::Index j = 0; j < d; ++j) {
    std::vector<double> column;
    column.reserve(samples.count);
    for (std::size_t i = 0; i < samples.count; ++i) column.push_back(samples[i][static_cast<std::size_t>(j)]);
    plane.mean(j) = mean(column);
    for (Eigen::Index i = 0; i < n; ++i) {
      const double v = column[static_cast<std::size_t>(i)];
      x(i, j) = std::isnan(v) ? 0 : v - plane.mean(j);
    }
  }
  const Components found = principal_components(x);
  for (Eigen::Index c = 0; c < found.deviation.size(); ++c) {
    plane.deviation(c) = found.deviation(c);
    Eigen::VectorXd axis = found.axes.col(c);
    Eigen::Index largest = 0;
    axis.cwiseAbs().maxCoeff(&largest);
    if (axis(largest) < 0) axis = -axis;  // the sign of a component is free: fix it
    plane.axes.col(c) = axis * plane.deviation(c);
  }
  return plane;
}

// Sides for about 5 sqrt(n) nodes (vesanto2000), the longer along the first component.
void choose_sides(const Plane& plane, std::size_t samples, Som& som) {
  const double nodes = std::max(4.0, 5 * std::sqrt(static_cast<double>(samples)));
  const double ratio =
      plane.deviation(1) > 0 ? std::clamp(plane.deviation(0) / plane.deviation(1), 1.0, 4.0) : 4;
  som.rows = std::max(2, static_cast<int>(std::lround(std::sqrt(nodes / ratio))));
  som.columns = std::max(2, static_cast<int>(std::lround(nodes / som.rows)));
}

void start_on_plane(const Plane& plane, Som& som) {
  const auto place = [](int i, int count) { return count == 1 ? 0.0 : 2.0 * i / (count - 1) - 1; };
  const bool wide = som.columns >= som.rows;
  som.codebook.clear();
  for (int r = 0; r < som.rows; ++r) {
    for (int c = 0; c < som.columns; ++c) {
      const double along_columns = kStartReach * place(c, som.columns);
      const double along_rows = kStartReach * place(r, som.rows);
      const Eigen::VectorXd w = plane.mean + plane.axes.col(0) * (wide ? along_columns : along_rows) +
                                plane.axes.col(1) * (wide ? along_rows : along_columns);
      som.codebook.insert(som.codebook.end(), w.data(), w.data() + w.size());
    }
  }
}

void start_on_samples(const Plane& plane, const Points& samples, std::uint64_t seed, Som& som) {
  core::RandomStream random(seed, "som start");
  som.codebook.clear();
  som.codebook.reserve(som.nodes() * som.dimension);
  for (std::size_t node = 0; node < som.nodes(); ++node) {
    const auto x = samples[random.below(samples.count)];
    for (std::size_t j = 0; j < x.size(); ++j) {
      som.codebook.push_back(std::isnan(x[j]) ? plane.mean(static_cast<Eigen::Index>(j)) : x[j]);
    }
  }
}

}  // namespace

void start_som(const Points& samples, const SomParams& params, Som& som) {
  const Plane plane = principal_plane(samples);
  if (som.rows == 0) choose_sides(plane, samples.count, som);
  if (params.start == SomStart::principal_components) {
    start_on_plane(plane, som);
  } else {
    start_on_samples(plane, samples, params.seed, som);
  }
}

}  // namespace phreatic::stats

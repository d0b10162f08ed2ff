// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/regression/gaussian_process.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <numeric>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"

namespace phreatic::stats {
namespace {

using Point = std::vector<double>;

std::size_t width_of(std::span<const std::size_t> groups) {
  return std::accumulate(groups.begin(), groups.end(), std::size_t{0});
}

// Squared distances within each group: [group][a][b], only b <= a for one set of rows with itself.
std::vector<Eigen::MatrixXd> squared_distances(std::span<const double> features,
                                               std::span<const std::size_t> groups) {
  const std::size_t width = width_of(groups), rows = features.size() / width;
  const auto n = static_cast<Eigen::Index>(rows);
  std::vector<Eigen::MatrixXd> out(groups.size(), Eigen::MatrixXd::Zero(n, n));
  core::parallel_for(rows, [&](std::size_t a) {
    for (std::size_t b = 0; b < a; ++b) {
      std::size_t f = 0;
      for (std::size_t g = 0; g < groups.size(); ++g) {
        double sum = 0;
        for (std::size_t end = f + groups[g]; f < end; ++f)
          sum += std::pow(features[a * width + f] - features[b * width + f], 2);
        out[g](static_cast<Eigen::Index>(a), static_cast<Eigen::Index>(b)) = sum;
      }
    }
  });
  return out;
}

// Lower triangle of the covariance for parameters log(n), log(s), log(lengths).
Eigen::MatrixXd covariance(const std::vector<Eigen::MatrixXd>& squares, const Point& p) {
  const Eigen::Index n = squares[0].rows();
  Eigen::MatrixXd k(n, n);
  const double signal = std::exp(2 * p[1]), noise = std::exp(2 * p[0]);
  core::parallel_for(static_cast<std::size_t>(n), [&](std::size_t column) {
    const auto b = static_cast<Eigen::Index>(column);
    for (Eigen::Index a = b; a < n; ++a) {
      double r = 0;
      for (std::size_t g = 0; g < squares.size(); ++g) r += squares[g](a, b) * std::exp(-2 * p[2 + g]);
      k(a, b) = signal * std::exp(-std::sqrt(r)) + (a == b ? noise + 1e-10 * signal : 0);
    }
  });
  return k;
}

// Nelder and Mead's simplex with its usual coefficients; returns the best point.
Point least(const std::function<double(const Point&)>& f, const Point& start, int steps) {
  const std::size_t n = start.size();
  std::vector<std::pair<double, Point>> simplex;
  int used = 0;
  const auto at = [&](const Point& p) {
    ++used;
    return std::pair(f(p), p);
  };
  simplex.push_back(at(start));
  for (std::size_t i = 0; i < n; ++i) {
    Point p = start;
    p[i] += 0.5;
    simplex.push_back(at(p));
  }
  const auto order = [](const auto& a, const auto& b) { return a.first < b.first; };
  while (used < steps) {
    std::stable_sort(simplex.begin(), simplex.end(), order);
    if (simplex.back().first - simplex.front().first < 1e-4) break;
    Point centre(n, 0.0);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t k = 0; k < n; ++k) centre[k] += simplex[i].second[k] / static_cast<double>(n);
    }
    const auto moved = [&](double by) {
      Point p = centre;
      for (std::size_t k = 0; k < n; ++k) p[k] += by * (simplex[n].second[k] - centre[k]);
      return at(p);
    };
    const auto mirrored = moved(-1);
    if (mirrored.first < simplex[0].first) {
      const auto further = moved(-2);
      simplex[n] = further.first < mirrored.first ? further : mirrored;
    } else if (mirrored.first < simplex[n - 1].first) {
      simplex[n] = mirrored;
    } else {
      const auto nearer = moved(mirrored.first < simplex[n].first ? -0.5 : 0.5);
      if (nearer.first < std::min(mirrored.first, simplex[n].first)) {
        simplex[n] = nearer;
      } else {
        for (std::size_t i = 1; i <= n; ++i) {
          Point p = simplex[0].second;
          for (std::size_t k = 0; k < n; ++k) p[k] += 0.5 * (simplex[i].second[k] - p[k]);
          simplex[i] = at(p);
        }
      }
    }
  }
  return std::min_element(simplex.begin(), simplex.end(), order)->second;
}

}  // namespace

GaussianProcess fit_gaussian_process(std::span<const double> features, std::span<const std::size_t> groups,
                                     std::span<const double> target, std::span<const double> start_lengths,
                                     int steps) {
  PHREATIC_ASSERT(target.size() >= 3 && target.size() <= kMostGaussianRows &&
                  start_lengths.size() == groups.size() &&
                  features.size() == target.size() * width_of(groups));
  const auto n = static_cast<Eigen::Index>(target.size());
  const Eigen::Map<const Eigen::VectorXd> y(target.data(), n);
  const std::vector<Eigen::MatrixXd> squares = squared_distances(features, groups);
  const auto minus_log_likelihood = [&](const Point& p) {
    if (std::any_of(p.begin(), p.end(), [](double v) { return std::abs(v) > 25; })) return 1e300;
    const Eigen::LLT<Eigen::MatrixXd> factor(covariance(squares, p));
    if (factor.info() != Eigen::Success) return 1e300;
    const double half_log = factor.matrixLLT().diagonal().array().log().sum();
    return 0.5 * y.dot(factor.solve(y)) + half_log +
           0.5 * static_cast<double>(n) * std::log(2 * std::numbers::pi);
  };
  const double spread = std::sqrt(y.squaredNorm() / static_cast<double>(n));
  Point start{std::log(0.5 * spread), std::log(0.8 * spread)};
  for (const double length : start_lengths) start.push_back(std::log(length));
  const Point best = spread > 0 ? least(minus_log_likelihood, start, steps) : start;
  GaussianProcess out;
  out.groups.assign(groups.begin(), groups.end());
  out.features.assign(features.begin(), features.end());
  out.noise = std::exp(best[0]);
  out.signal = std::exp(best[1]);
  for (std::size_t g = 0; g < groups.size(); ++g) out.lengths.push_back(std::exp(best[2 + g]));
  if (!(spread > 0)) return out;
  const Eigen::LLT<Eigen::MatrixXd> factor(covariance(squares, best));
  out.solved = factor.info() == Eigen::Success;
  if (!out.solved) return out;
  const Eigen::VectorXd weights = factor.solve(y);
  out.weights.assign(weights.begin(), weights.end());
  out.log_likelihood = -minus_log_likelihood(best);
  return out;
}

std::vector<double> gaussian_process_mean(const GaussianProcess& gp, std::span<const double> features) {
  PHREATIC_ASSERT(gp.solved);
  const std::size_t width = width_of(gp.groups), rows = features.size() / width;
  std::vector<double> out(rows, 0.0);
  core::parallel_for(rows, [&](std::size_t i) {
    for (std::size_t j = 0; j < gp.weights.size(); ++j) {
      double r = 0;
      std::size_t f = 0;
      for (std::size_t g = 0; g < gp.groups.size(); ++g) {
        double sum = 0;
        for (const std::size_t end = f + gp.groups[g]; f < end; ++f)
          sum += std::pow(features[i * width + f] - gp.features[j * width + f], 2);
        r += sum / (gp.lengths[g] * gp.lengths[g]);
      }
      out[i] += gp.weights[j] * gp.signal * gp.signal * std::exp(-std::sqrt(r));
    }
  });
  return out;
}

}  // namespace phreatic::stats

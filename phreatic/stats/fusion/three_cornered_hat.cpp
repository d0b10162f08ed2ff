// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/fusion/three_cornered_hat.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"

namespace phreatic::stats {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

// Covariance of the products over the common months, divisor M - 1, and how many these are.
Matrix covariance_of(const std::vector<Series>& products, std::size_t& months) {
  const auto count = static_cast<Eigen::Index>(products.size());
  Vector mean = Vector::Zero(count);
  Vector at(count);
  months = 0;
  const auto load = [&](std::size_t t) {
    for (Eigen::Index i = 0; i < count; ++i) at[i] = products[static_cast<std::size_t>(i)][t];
    return !at.hasNaN();
  };
  for (std::size_t t = 0; t < products[0].size(); ++t) {
    if (!load(t)) continue;
    mean += at;
    ++months;
  }
  mean /= static_cast<double>(std::max<std::size_t>(months, 1));
  Matrix c = Matrix::Zero(count, count);
  for (std::size_t t = 0; t < products[0].size(); ++t) {
    if (!load(t)) continue;
    at -= mean;
    for (Eigen::Index j = 0; j < count; ++j) {
      for (Eigen::Index i = j; i < count; ++i) c(i, j) += at[i] * at[j];
    }
  }
  for (Eigen::Index j = 0; j < count; ++j) {
    for (Eigen::Index i = 0; i < j; ++i) c(i, j) = c(j, i);
  }
  return c / std::max(1.0, static_cast<double>(months) - 1);
}

// s_i^2 + s_j^2 = v_ij by least squares: with a_i = sum_j v_ij, s_i^2 = (a_i - total / (2 (N - 1))) / (N - 2).
Vector classical_variances(const Matrix& c) {
  const Eigen::Index count = c.rows();
  Vector a = Vector::Zero(count);
  for (Eigen::Index i = 0; i < count; ++i) {
    for (Eigen::Index j = 0; j < count; ++j) {
      if (i != j) a[i] += c(i, i) + c(j, j) - 2 * c(i, j);
    }
  }
  const double shared = a.sum() / (2 * static_cast<double>(count - 1));
  return (a.array() - shared) / static_cast<double>(count - 2);
}

// The problem in the unknowns x = (r_1 .. r_n, q), all divided by K:
//   F = x' A x / 2 + b' x + f0,  H = x_n - x' B x
struct Quadratics {
  Matrix a, b_matrix;
  Vector b;
  double f0 = 0;
};

Quadratics quadratics(const Matrix& s) {
  const Eigen::Index n = s.rows();
  Quadratics out;
  out.a = Matrix::Zero(n + 1, n + 1);
  out.b = Vector::Zero(n + 1);
  for (Eigen::Index i = 0; i < n; ++i) {
    out.a(i, i) += 2;                           // r_iN = r_i
    for (Eigen::Index j = i + 1; j < n; ++j) {  // r_ij = s_ij - q + r_i + r_j
      const Eigen::Index at[] = {i, j, n};
      const double sign[] = {1, 1, -1};
      for (int k = 0; k < 3; ++k) {
        out.b[at[k]] += 2 * s(i, j) * sign[k];
        for (int l = 0; l < 3; ++l) out.a(at[k], at[l]) += 2 * sign[k] * sign[l];
      }
      out.f0 += s(i, j) * s(i, j);
    }
  }
  const Matrix inverse = s.llt().solve(Matrix::Identity(n, n));
  out.b_matrix = Matrix::Zero(n + 1, n + 1);
  out.b_matrix.topLeftCorner(n, n) = inverse;
  const Vector ones = inverse.rowwise().sum();
  out.b_matrix.block(0, n, n, 1) = -ones;
  out.b_matrix.block(n, 0, 1, n) = -ones.transpose();
  out.b_matrix(n, n) = ones.sum();
  return out;
}

// The minimum of F where H >= 0. Stationary points of F - lambda H are (A + 2 lambda B) x = lambda e_n - b; in the basis
// where A is the identity and B diagonal they need no solve, and H along them rises with lambda.
Vector constrained_minimum(const Quadratics& p, bool& on_boundary) {
  const Eigen::Index size = p.a.rows();
  const Eigen::LLT<Matrix> llt(p.a);
  const Matrix lower = llt.matrixL();
  Matrix reduced = lower.triangularView<Eigen::Lower>().solve(p.b_matrix);
  reduced = lower.triangularView<Eigen::Lower>().solve(reduced.transpose().eval());
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(0.5 * (reduced + reduced.transpose()));
  const Vector d = eigen.eigenvalues().cwiseMax(0.0);
  const auto into = [&](const Vector& v) -> Vector {
    return eigen.eigenvectors().transpose() * lower.triangularView<Eigen::Lower>().solve(v);
  };
  const Vector b = into(p.b);
  Vector last = Vector::Zero(size);
  last[size - 1] = 1;
  const Vector c = into(last);
  const auto at = [&](double lambda) -> Vector {
    return (lambda * c - b).array() / (1 + 2 * lambda * d.array());
  };
  const auto slack = [&](const Vector& z) { return c.dot(z) - (d.array() * z.array().square()).sum(); };
  Vector z = at(0);
  on_boundary = slack(z) < 0;
  if (on_boundary) {
    double low = 0, high = 1;
    while (slack(at(high)) < 0 && high < 1e300) high *= 4;
    for (int i = 0; i < 200 && high - low > 1e-15 * high; ++i) {
      const double middle = low > 0 ? std::sqrt(low * high) : 0.25 * high;
      (slack(at(middle)) < 0 ? low : high) = middle;
      if (low == 0 && high < 1e-300) break;
    }
    z = at(high);
  }
  const Vector back = eigen.eigenvectors() * z;
  return lower.transpose().triangularView<Eigen::Upper>().solve(back);
}

// Singular to working accuracy: a product repeated, or a combination of others.
bool is_singular(const Matrix& s) {
  const Vector scale = s.diagonal().cwiseMax(0.0).cwiseSqrt();
  if (!(scale.minCoeff() > 1e-9 * scale.maxCoeff())) return true;
  const Matrix r = scale.cwiseInverse().asDiagonal() * s * scale.cwiseInverse().asDiagonal();
  return !(Eigen::SelfAdjointEigenSolver<Matrix>(r, Eigen::EigenvaluesOnly).eigenvalues()[0] > 1e-10);
}

Matrix differences(const Matrix& c) {
  const Eigen::Index n = c.rows() - 1;
  Matrix s(n, n);
  for (Eigen::Index j = 0; j < n; ++j) {
    for (Eigen::Index i = 0; i < n; ++i) s(i, j) = c(i, j) - c(i, n) - c(n, j) + c(n, n);
  }
  return s;
}

Matrix generalised_covariance(const Matrix& s, Hat& hat) {
  const Eigen::Index n = s.rows();
  double log_det = 0;
  const Matrix factor = s.llt().matrixL();
  for (Eigen::Index i = 0; i < n; ++i) log_det += 2 * std::log(factor(i, i));
  const double k = std::exp(log_det / static_cast<double>(n));
  const Quadratics p = quadratics(s / k);
  const Vector x = constrained_minimum(p, hat.on_boundary);
  hat.objective = 0.5 * x.dot(p.a * x) + p.b.dot(x) + p.f0;
  if (!hat.on_boundary && n == 2) hat.objective = 0;  // all r_ij vanish; what is left is rounding
  Matrix r(n + 1, n + 1);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < n; ++j) r(i, j) = s(i, j) + k * (x[i] + x[j] - x[n]);
    r(i, n) = r(n, i) = k * x[i];
  }
  r(n, n) = k * x[n];
  return r;
}

}  // namespace

void describe(core::Describer& d, HatParams& p) {
  d.choice(
      "method", p.method, {{"generalised", HatMethod::generalised}, {"classical", HatMethod::classical}},
      {.help = "With correlated errors (generalised) or without (classical; variances may be negative)"});
  d.choice("denominator", p.denominator,
           {{"mean_absolute", HatDenominator::mean_absolute},
            {"standard_deviation", HatDenominator::standard_deviation}},
           {.help = "What relative uncertainties are percentages of"});
  d.field("min_months", p.min_months, {.help = "Fewest common months", .min = 3});
}

std::string to_text(HatDenominator denominator) {
  return denominator == HatDenominator::mean_absolute ? "mean absolute anomaly" : "standard deviation";
}

std::string to_text(HatStatus status) {
  switch (status) {
    case HatStatus::too_few_months:
      return "too few common months";
    case HatStatus::singular:
      return "products repeat each other";
    case HatStatus::ok:
      break;
  }
  return "ok";
}

double relative_uncertainty(double sd, Series values, HatDenominator denominator) {
  double count = 0, sum = 0;
  for (const double v : values) {
    if (std::isnan(v)) continue;
    ++count;
    sum += v;
  }
  double absolute = 0, squares = 0;
  for (const double v : values) {
    if (std::isnan(v)) continue;
    absolute += std::abs(v - sum / count);
    squares += (v - sum / count) * (v - sum / count);
  }
  const double below =
      denominator == HatDenominator::mean_absolute ? absolute / count : std::sqrt(squares / (count - 1));
  return below > 0 ? 100 * sd / below : kUndefined;
}

Hat three_cornered_hat(const std::vector<Series>& products, const HatParams& params) {
  const std::size_t count = products.size();
  PHREATIC_ASSERT(count >= 3 && count <= kMaxHatProducts);
  for (const Series& p : products) PHREATIC_ASSERT(p.size() == products[0].size());
  Hat hat;
  hat.covariance.assign(count * count, kUndefined);
  hat.sd.assign(count, kUndefined);
  hat.relative.assign(count, kUndefined);
  const Matrix c = covariance_of(products, hat.months);
  if (hat.months < static_cast<std::size_t>(std::max(params.min_months, 3))) {
    hat.status = HatStatus::too_few_months;
    return hat;
  }
  const Matrix s = differences(c);
  if (is_singular(s)) {
    hat.status = HatStatus::singular;
    return hat;
  }
  const auto put = [&](Eigen::Index i, Eigen::Index j, double v) {
    hat.covariance[static_cast<std::size_t>(i) * count + static_cast<std::size_t>(j)] = v;
  };
  const auto size = static_cast<Eigen::Index>(count);
  if (params.method == HatMethod::classical) {
    const Vector v = classical_variances(c);
    for (Eigen::Index i = 0; i < size; ++i) put(i, i, v[i]);
  } else {
    const Matrix r = generalised_covariance(s, hat);
    for (Eigen::Index i = 0; i < size; ++i) {
      for (Eigen::Index j = 0; j < size; ++j) put(i, j, r(i, j));
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    const double variance = hat.covariance[i * count + i];
    hat.sd[i] = variance >= 0 ? std::sqrt(variance) : kUndefined;
    std::vector<double> common;
    for (std::size_t t = 0; t < products[i].size(); ++t) {
      const bool all =
          std::none_of(products.begin(), products.end(), [&](Series p) { return std::isnan(p[t]); });
      if (all) common.push_back(products[i][t]);
    }
    hat.relative[i] = relative_uncertainty(hat.sd[i], common, params.denominator);
  }
  return hat;
}

std::vector<Hat> three_cornered_hats(const std::vector<Series>& values, std::size_t cells, std::size_t steps,
                                     const HatParams& params) {
  std::vector<Hat> hats(cells);
  for (const Series& v : values) PHREATIC_ASSERT(v.size() == cells * steps);
  constexpr std::size_t kChunk = 64;
  core::parallel_for((cells + kChunk - 1) / kChunk, [&](std::size_t chunk) {
    std::vector<Series> products(values.size());
    for (std::size_t c = chunk * kChunk; c < std::min(cells, (chunk + 1) * kChunk); ++c) {
      for (std::size_t i = 0; i < values.size(); ++i) products[i] = values[i].subspan(c * steps, steps);
      hats[c] = three_cornered_hat(products, params);
    }
  });
  return hats;
}

Combination combine(const Hat& hat, const std::vector<std::size_t>& members, CombinationWeights weights) {
  PHREATIC_ASSERT(!members.empty());
  const std::size_t all = hat.sd.size();
  const auto count = static_cast<Eigen::Index>(members.size());
  Combination out;
  Matrix r(count, count);
  out.equal = hat.status != HatStatus::ok;
  for (Eigen::Index i = 0; i < count; ++i) {
    for (Eigen::Index j = 0; j < count; ++j) {
      const double v =
          hat.covariance[members[static_cast<std::size_t>(i)] * all + members[static_cast<std::size_t>(j)]];
      r(i, j) = std::isnan(v) ? 0 : v;  // the classical hat has no covariances
    }
    out.equal = out.equal || !(r(i, i) > 0);
  }
  Vector w = Vector::Ones(count) / static_cast<double>(count);
  if (!out.equal) {
    if (weights == CombinationWeights::inverse_variance) {
      w = r.diagonal().cwiseInverse();
    } else {
      const Eigen::LDLT<Matrix> solver(r);
      w = solver.solve(Vector::Ones(count));
      // On the boundary R is singular: the weights of least variance are not one.
      if (!(solver.rcond() > 1e-12) || !(w.sum() > 0)) w = r.diagonal().cwiseInverse();
    }
    w /= w.sum();
  }
  out.sd = out.equal ? kUndefined : std::sqrt(std::max(0.0, w.dot(r * w)));
  out.weights.assign(w.begin(), w.end());
  return out;
}

std::vector<ProductGroup> rank_groups(const Hat& hat, const std::vector<Series>& products,
                                      CombinationWeights weights, HatDenominator denominator) {
  std::vector<ProductGroup> groups;
  for (std::size_t set = 1; set < (std::size_t{1} << products.size()); ++set) {
    ProductGroup group;
    for (std::size_t i = 0; i < products.size(); ++i) {
      if ((set >> i & 1U) != 0) group.members.push_back(i);
    }
    group.combination = combine(hat, group.members, weights);
    std::vector<double> series;
    for (std::size_t t = 0; t < products[0].size(); ++t) {
      double sum = 0;
      for (const Series& p : products) sum += 0 * p[t];  // a month that any product lacks is no common one
      for (std::size_t k = 0; k < group.members.size(); ++k)
        sum += group.combination.weights[k] * products[group.members[k]][t];
      series.push_back(sum);
    }
    group.relative = relative_uncertainty(group.combination.sd, series, denominator);
    groups.push_back(std::move(group));
  }
  std::stable_sort(groups.begin(), groups.end(), [](const ProductGroup& a, const ProductGroup& b) {
    if (std::isnan(a.combination.sd) || std::isnan(b.combination.sd))
      return !std::isnan(a.combination.sd) && std::isnan(b.combination.sd);
    return a.combination.sd < b.combination.sd;
  });
  return groups;
}

}  // namespace phreatic::stats

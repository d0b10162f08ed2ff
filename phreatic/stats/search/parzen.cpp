// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/search/parzen.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "phreatic/core/errors.hpp"
#include "phreatic/stats/special.hpp"

namespace phreatic::stats {
namespace {

constexpr std::size_t kFullWeights = 25;  // so many of the newest points weigh the same

std::vector<double> kernel_weights(std::size_t points) {
  std::vector<double> w(points + 1, 1.0);  // the last one is the prior's
  if (points > kFullWeights) {
    const std::size_t old = points - kFullWeights;
    const double oldest = 1.0 / static_cast<double>(points);
    for (std::size_t i = 0; i < old; ++i)
      w[i] =
          old == 1 ? oldest : oldest + (1 - oldest) * static_cast<double>(i) / static_cast<double>(old - 1);
  }
  double sum = 0;
  for (const double x : w) sum += x;
  for (double& x : w) x /= sum;
  return w;
}

// log(Phi(b) - Phi(a)), a < b, without losing the tails.
double log_mass(double a, double b) {
  if (a > 0) return log_mass(-b, -a);
  const double below = 0.5 * std::erfc(-a / std::numbers::sqrt2);
  if (b <= 0) return std::log(0.5 * std::erfc(-b / std::numbers::sqrt2) - below);
  return std::log1p(-0.5 * std::erfc(b / std::numbers::sqrt2) - below);
}

// To the farther one of the two neighbours; a single point's are the bounds.
std::vector<double> distances(const std::vector<double>& values, double low, double high) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> out(values.size());
  const std::size_t n = order.size();
  for (std::size_t i = 0; i < n; ++i) {
    const double before = values[order[i]] - (i > 0 ? values[order[i - 1]] : low);
    const double after = (i + 1 < n ? values[order[i + 1]] : high) - values[order[i]];
    out[order[i]] = std::max(before, after);
    if (n > 1 && i == 0) out[order[i]] = after;
    if (n > 1 && i + 1 == n) out[order[i]] = before;
  }
  return out;
}

}  // namespace

ParzenDensity::ParzenDensity(const std::vector<SearchDimension>& space,
                             const std::vector<std::vector<double>>& points)
    : weights_(kernel_weights(points.size())) {
  for (std::size_t d = 0; d < space.size(); ++d) {
    std::vector<double> values;
    for (const std::vector<double>& point : points) values.push_back(point.at(d));
    axes_.push_back(space[d].kind == SearchDimension::Kind::choice ? choices(space[d], values)
                                                                   : numbers(space[d], values));
  }
}

ParzenDensity::Axis ParzenDensity::numbers(const SearchDimension& d,
                                           const std::vector<double>& values) const {
  Axis axis;
  axis.dimension = d;
  axis.step = d.kind == SearchDimension::Kind::whole && d.step == 0 ? 1 : d.step;
  axis.low = d.low - axis.step / 2;
  axis.high = d.high + axis.step / 2;
  axis.middles = values;
  if (d.logarithmic) {
    axis.low = std::log(axis.low);
    axis.high = std::log(axis.high);
    for (double& m : axis.middles) m = std::log(m);
  }
  const double range = axis.high - axis.low;
  axis.sigmas = distances(axis.middles, axis.low, axis.high);
  const double narrowest = range / std::min(100.0, static_cast<double>(values.size()) + 2);
  for (double& sigma : axis.sigmas) sigma = std::clamp(sigma, narrowest, range);
  axis.middles.push_back((axis.low + axis.high) / 2);
  axis.sigmas.push_back(range);
  for (std::size_t k = 0; k < axis.middles.size(); ++k) {
    axis.mass.push_back(log_mass((axis.low - axis.middles[k]) / axis.sigmas[k],
                                 (axis.high - axis.middles[k]) / axis.sigmas[k]));
  }
  return axis;
}

ParzenDensity::Axis ParzenDensity::choices(const SearchDimension& d,
                                           const std::vector<double>& values) const {
  Axis axis;
  axis.dimension = d;
  const double even = 1.0 / static_cast<double>(values.size() + 1);
  for (std::size_t k = 0; k <= values.size(); ++k) {
    std::vector<double> chance(d.choices, even);
    if (k < values.size()) chance.at(static_cast<std::size_t>(values[k])) += 1;
    const double sum = even * static_cast<double>(d.choices) + (k < values.size() ? 1 : 0);
    for (double& c : chance) c /= sum;
    axis.chance.push_back(std::move(chance));
  }
  return axis;
}

double ParzenDensity::log_kernel(const Axis& axis, std::size_t kernel, double value) const {
  if (axis.dimension.kind == SearchDimension::Kind::choice)
    return std::log(axis.chance[kernel].at(static_cast<std::size_t>(value)));
  const double sigma = axis.sigmas[kernel];
  const double middle = axis.middles[kernel];
  const auto scaled = [&](double x) {
    return ((axis.dimension.logarithmic ? std::log(x) : x) - middle) / sigma;
  };
  if (axis.step > 0)
    return log_mass(scaled(value - axis.step / 2), scaled(value + axis.step / 2)) - axis.mass[kernel];
  const double z = scaled(value);
  return -0.5 * z * z - std::log(std::sqrt(2 * std::numbers::pi) * sigma) - axis.mass[kernel];
}

double ParzenDensity::log_density(const std::vector<double>& values) const {
  PHREATIC_ASSERT(values.size() == axes_.size());
  std::vector<double> terms(weights_.size());
  for (std::size_t k = 0; k < weights_.size(); ++k) {
    terms[k] = std::log(weights_[k]);
    for (std::size_t d = 0; d < axes_.size(); ++d) terms[k] += log_kernel(axes_[d], k, values[d]);
  }
  const double most = *std::max_element(terms.begin(), terms.end());
  double sum = 0;
  for (const double t : terms) sum += std::exp(t - most);
  return most + std::log(sum);
}

double ParzenDensity::draw(const Axis& axis, std::size_t kernel, core::RandomStream& random) const {
  const SearchDimension& d = axis.dimension;
  if (d.kind == SearchDimension::Kind::choice) {
    double left = random.uniform();
    for (std::size_t c = 0; c + 1 < d.choices; ++c) {
      left -= axis.chance[kernel][c];
      if (left < 0) return static_cast<double>(c);
    }
    return static_cast<double>(d.choices - 1);
  }
  const double sigma = axis.sigmas[kernel];
  const double middle = axis.middles[kernel];
  const double a = normal_cdf((axis.low - middle) / sigma);
  const double b = normal_cdf((axis.high - middle) / sigma);
  double x = std::clamp(middle + sigma * normal_quantile(random.uniform(a, b)), axis.low, axis.high);
  if (d.logarithmic) x = std::exp(x);
  if (axis.step > 0) x = d.low + std::round((x - d.low) / axis.step) * axis.step;
  return std::clamp(x, d.low, d.high);
}

std::vector<double> ParzenDensity::draw(core::RandomStream& random) const {
  double left = random.uniform();
  std::size_t kernel = 0;
  while (kernel + 1 < weights_.size() && (left -= weights_[kernel]) >= 0) ++kernel;
  std::vector<double> values;
  for (const Axis& axis : axes_) values.push_back(draw(axis, kernel, random));
  return values;
}

}  // namespace phreatic::stats

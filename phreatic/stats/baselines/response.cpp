// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/baselines/response.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <unsupported/Eigen/FFT>

#include "phreatic/core/errors.hpp"
#include "phreatic/stats/special.hpp"

namespace phreatic::stats {
namespace {

// Four-point Gauss-Legendre rule on [0, 1].
constexpr std::array<double, 4> kNodes{0.069431844202973714, 0.33000947820757187, 0.66999052179242813,
                                       0.93056815579702629};
constexpr std::array<double, 4> kWeights{0.17392742256872693, 0.32607257743127307, 0.32607257743127307,
                                         0.17392742256872693};

// Integral of theta over [k, k + 1], far enough from 0 for the rule.
double by_quadrature(double n, double a, double log_factor, double k) {
  double sum = 0;
  for (std::size_t i = 0; i < kNodes.size(); ++i) {
    const double t = k + kNodes[i];
    sum += kWeights[i] * std::exp((n - 1) * std::log(t) - t / a - log_factor);
  }
  return sum;
}

// The smallest multiple of 4 that is >= n (and >= 4) with no prime factor above 5, which is what the transform is
// quick for: of real series it takes half a transform for these, a whole one for others.
std::size_t quick_size(std::size_t n) {
  for (std::size_t size = std::max<std::size_t>((n + 3) / 4 * 4, 4);; size += 4) {
    std::size_t rest = size;
    for (const std::size_t factor : {2, 3, 5}) {
      while (rest % factor == 0) rest /= factor;
    }
    if (rest == 1) return size;
  }
}

double exponential_block(double a, double k) { return -std::exp(-k / a) * std::expm1(-1 / a); }

}  // namespace

std::vector<double> block_response(double n, double a_steps, std::size_t count) {
  PHREATIC_ASSERT(n > 0 && a_steps > 0);
  std::vector<double> block(count, 0);
  // The rule is good to 1e-9 where theta changes little over a step: not near 0, and not for a below two
  // steps.
  const double first_smooth = a_steps < 2 ? INFINITY : 3 * n + 12;
  int sign = 0;
  const double log_factor = n * std::log(a_steps) + ::lgamma_r(n, &sign);
  double before = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto k = static_cast<double>(i);
    if (n == 1) {
      block[i] = exponential_block(a_steps, k);
    } else if (k < first_smooth) {
      const double after = gamma_p(n, (k + 1) / a_steps);
      block[i] = after - before;
      before = after;
    } else {
      block[i] = by_quadrature(n, a_steps, log_factor, k);
    }
    // Past the peak the rest of the response is below a geometric sum of what is left.
    if (k > 2 * a_steps * (n + 1) && block[i] * (a_steps + 1) * 2 < 1e-13) break;
  }
  return block;
}

std::vector<double> hantush_block_response(double a_steps, double b, std::size_t count) {
  PHREATIC_ASSERT(a_steps > 0 && b > 0);
  // With u = log t the integral over a step is that of exp(-e^u / a - a b e^-u) du: smooth, and below
  // exp(-kNothing) outside of [first, last].
  constexpr double kNothing = 40;
  const double scale = 2 * std::sqrt(b);
  const double first = a_steps * b / (scale + kNothing);
  const double last = a_steps * (scale + kNothing);
  const auto part = [&](double from, double to) {
    const double u0 = std::log(from);
    const double width = std::log(to) - u0;
    const int panels = std::max(static_cast<int>(std::ceil(width / 0.1)), 1);
    double sum = 0;
    for (int panel = 0; panel < panels; ++panel) {
      for (std::size_t i = 0; i < kNodes.size(); ++i) {
        const double t = std::exp(u0 + width * (panel + kNodes[i]) / panels);
        sum += kWeights[i] * std::exp(scale - t / a_steps - a_steps * b / t);
      }
    }
    return sum * width / panels;
  };
  const double whole = part(first, last);
  std::vector<double> block(count, 0);
  for (std::size_t k = 0; k < count; ++k) {
    const double from = std::max(static_cast<double>(k), first);
    const double to = std::min(static_cast<double>(k) + 1, last);
    if (static_cast<double>(k) >= last) break;
    if (to > from) block[k] = part(from, to) / whole;
  }
  return block;
}

struct Convolver::Impl {
  using Spectrum = std::vector<std::complex<double>>;
  std::size_t steps = 0;
  std::size_t size = 0;
  Eigen::FFT<double> fft;
  std::vector<Spectrum> spectra;

  Spectrum transform(std::span<const double> x) {
    std::vector<double> padded(size, 0);
    std::copy(x.begin(), x.end(), padded.begin());
    Spectrum spectrum;
    fft.fwd(spectrum, padded);
    return spectrum;
  }
};

Convolver::Convolver(std::size_t steps) : impl_(std::make_unique<Impl>()) {
  impl_->steps = steps;
  impl_->size = quick_size(2 * steps);
  impl_->fft.SetFlag(Eigen::FFT<double>::HalfSpectrum);
}

Convolver::~Convolver() = default;

std::size_t Convolver::add(std::span<const double> x) {
  impl_->spectra.emplace_back();
  replace(impl_->spectra.size() - 1, x);
  return impl_->spectra.size() - 1;
}

void Convolver::replace(std::size_t stress, std::span<const double> x) {
  PHREATIC_ASSERT(stress < impl_->spectra.size() && x.size() == impl_->steps);
  impl_->spectra[stress] = impl_->transform(x);
}

std::vector<std::vector<double>> Convolver::convolve(std::span<const double> block,
                                                     std::span<const std::size_t> stresses) {
  PHREATIC_ASSERT(block.size() <= impl_->steps);
  const Impl::Spectrum response = impl_->transform(block);
  std::vector<std::vector<double>> results;
  results.reserve(stresses.size());
  for (const std::size_t stress : stresses) {
    Impl::Spectrum product = impl_->spectra.at(stress);
    for (std::size_t i = 0; i < product.size(); ++i) product[i] *= response[i];
    std::vector<double> result;
    impl_->fft.inv(result, product, static_cast<Eigen::Index>(impl_->size));
    result.resize(impl_->steps);
    results.push_back(std::move(result));
  }
  return results;
}

std::vector<double> unit_response(const Response& response, double step_days, std::span<const double> x,
                                  Convolver& convolver, std::size_t stress) {
  std::vector<double> level(x.begin(), x.end());
  if (response.kind == ResponseKind::constant) return level;
  const double a_steps = response.a_days / step_days;
  if (response.kind == ResponseKind::exponential) {
    const double carry = std::exp(-1 / a_steps);
    const double take = -std::expm1(-1 / a_steps);
    double state = 0;
    for (double& v : level) v = state = carry * state + take * v;
    return level;
  }
  const auto block = response.kind == ResponseKind::hantush
                         ? hantush_block_response(a_steps, response.b, x.size())
                         : block_response(response.n, a_steps, x.size());
  return convolver.convolve(block, std::span(&stress, 1)).front();
}

}  // namespace phreatic::stats

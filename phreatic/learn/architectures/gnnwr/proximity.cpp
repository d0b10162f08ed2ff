// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/architectures/gnnwr/proximity.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/learn/kernels/dense/dense.hpp"

namespace phreatic::learn {
namespace {

constexpr double kEpsilon = 1e-5;  // of batch normalisation
constexpr float kMomentum = 0.1F;

}  // namespace

Proximity::Proximity(const ProximityParams& params, std::size_t references, std::size_t stride)
    : params_(params),
      hidden_(static_cast<std::size_t>(params.hidden)),
      references_(references),
      stride_(stride) {
  const std::size_t units = hidden_ == 0 ? 2 : hidden_;
  const std::size_t count = kernels::dense_padded(5 * hidden_ + units + 1);
  for (auto* v : {&value, &gradient, &state1, &state2}) v->assign(count, 0.0F);
  mean_.assign(hidden_, 0.0F);
  variance_.assign(hidden_, 1.0F);
  for (auto* v : {&space_slope_, &time_slope_, &constant_}) v->assign(units, 0.0F);
  deviation_.assign(hidden_, 1.0);
  if (hidden_ == 0) {
    space_slope_ = {1.0F, 0.0F};
    time_slope_ = {0.0F, 1.0F};
  }
}

void Proximity::start(std::uint64_t seed) {
  core::RandomStream random(seed, "gnnwr proximity");
  const auto fill = [&](float* p, std::size_t count, std::size_t inputs) {
    const double bound = std::sqrt(6.0 / static_cast<double>(inputs));
    for (std::size_t i = 0; i < count; ++i) p[i] = static_cast<float>(random.uniform(-bound, bound));
  };
  fill(value.data(), 2 * hidden_, 2);
  std::fill_n(value.begin() + static_cast<std::ptrdiff_t>(3 * hidden_), hidden_, 1.0F);
  fill(value.data() + 5 * hidden_, hidden_ == 0 ? 2 : hidden_, hidden_ == 0 ? 2 : hidden_);
}

void Proximity::load(const GnnwrWeights& w) {
  const std::vector<float>* const parts[] = {&w.proximity_space, &w.proximity_time,  &w.proximity_bias,
                                             &w.proximity_scale, &w.proximity_shift, &w.proximity_out};
  auto at = value.begin();
  for (const auto* part : parts) at = std::copy(part->begin(), part->end(), at);
  *at = w.proximity_out_bias;
  mean_ = w.proximity_mean;
  variance_ = w.proximity_variance;
}

void Proximity::store(GnnwrWeights& w, bool gradients) const {
  auto at = (gradients ? gradient : value).begin();
  const auto take = [&](std::vector<float>& part, std::size_t count) {
    part.assign(at, at + static_cast<std::ptrdiff_t>(count));
    at += static_cast<std::ptrdiff_t>(count);
  };
  for (auto* part :
       {&w.proximity_space, &w.proximity_time, &w.proximity_bias, &w.proximity_scale, &w.proximity_shift})
    take(*part, hidden_);
  take(w.proximity_out, hidden_ == 0 ? 2 : hidden_);
  w.proximity_out_bias = *at;
  w.proximity_mean = mean_;
  w.proximity_variance = variance_;
}

// Means and covariances of the two distances over all pairs.
void Proximity::measure(std::size_t rows, const float* space, const float* time) {
  std::vector<std::array<double, 5>> sums(rows);
  core::parallel_for(rows, [&](std::size_t r) {
    std::array<double, 5> s{};
    for (std::size_t j = 0; j < references_; ++j) {
      const double d = space[r * stride_ + j];
      const double e = time[r * stride_ + j];
      s[0] += d;
      s[1] += e;
      s[2] += d * d;
      s[3] += d * e;
      s[4] += e * e;
    }
    sums[r] = s;
  });
  moments_ = {};
  for (const auto& s : sums) {
    for (std::size_t k = 0; k < 5; ++k) moments_[k] += s[k];
  }
  pairs_ = static_cast<double>(rows * references_);
  for (double& m : moments_) m /= pairs_;
  moments_[2] -= moments_[0] * moments_[0];
  moments_[3] -= moments_[0] * moments_[1];
  moments_[4] -= moments_[1] * moments_[1];
}

// The hidden units as affine functions of the two distances.
void Proximity::set_affine(bool training) {
  const float* const a = value.data();
  const float* const b = a + hidden_;
  const float* const c = b + hidden_;
  const float* const scale = c + hidden_;
  const float* const shift = scale + hidden_;
  for (std::size_t h = 0; h < hidden_; ++h) {
    if (!params_.batch_norm) {
      space_slope_[h] = a[h];
      time_slope_[h] = b[h];
      constant_[h] = c[h];
      continue;
    }
    double mean = mean_[h];
    double variance = variance_[h];
    if (training) {
      mean = a[h] * moments_[0] + b[h] * moments_[1] + c[h];
      variance = std::max(0.0, double(a[h]) * a[h] * moments_[2] + 2.0 * a[h] * b[h] * moments_[3] +
                                   double(b[h]) * b[h] * moments_[4]);
      mean_[h] += kMomentum * (static_cast<float>(mean) - mean_[h]);
      variance_[h] += kMomentum * (static_cast<float>(variance * pairs_ / (pairs_ - 1)) - variance_[h]);
    }
    deviation_[h] = std::sqrt(variance + kEpsilon);
    const double factor = scale[h] / deviation_[h];
    space_slope_[h] = static_cast<float>(factor * a[h]);
    time_slope_[h] = static_cast<float>(factor * b[h]);
    constant_[h] = static_cast<float>(factor * (c[h] - mean) + shift[h]);
  }
}

const float* Proximity::forward(std::size_t rows, const float* space, const float* time, bool training) {
  if (v_.size() < rows * stride_) {
    v_.resize(rows * stride_);
    q_.resize(rows * stride_);
  }
  if (training && params_.batch_norm) measure(rows, space, time);
  set_affine(training);
  const kernels::PairFunction f{space_slope_.size(),
                                space_slope_.data(),
                                time_slope_.data(),
                                constant_.data(),
                                value.data() + 5 * hidden_,
                                hidden_ == 0 ? -std::numeric_limits<float>::max() : 0.0F,
                                static_cast<float>(params_.negative_slope)};
  core::parallel_for(rows, [&](std::size_t r) {
    const std::size_t at = r * stride_;
    kernels::pair_forward(f, stride_, space + at, time + at, q_.data() + at, v_.data() + at);
  });
  return v_.data();
}

void Proximity::backward(std::size_t rows, const float* space, const float* time, const float* dv) {
  const std::size_t units = space_slope_.size();
  const kernels::PairFunction f{units,
                                space_slope_.data(),
                                time_slope_.data(),
                                constant_.data(),
                                value.data() + 5 * hidden_,
                                hidden_ == 0 ? -std::numeric_limits<float>::max() : 0.0F,
                                static_cast<float>(params_.negative_slope)};
  const std::size_t width = 4 * units + 1;
  std::vector<float> parts(rows * width);
  core::parallel_for(rows, [&](std::size_t r) {
    const std::size_t at = r * stride_;
    std::vector<float> g(stride_);
    kernels::pair_backward(f, stride_, space + at, time + at, q_.data() + at, dv + at, g.data(),
                           parts.data() + r * width);
  });
  std::vector<double> sums(width, 0.0);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t k = 0; k < width; ++k) sums[k] += parts[r * width + k];
  }
  std::fill(gradient.begin(), gradient.end(), 0.0F);
  float* const out = gradient.data() + 5 * hidden_;
  for (std::size_t h = 0; h < units; ++h) out[h] = static_cast<float>(sums[4 * h + 3]);
  out[units] = static_cast<float>(sums[4 * units]);
  for (std::size_t h = 0; h < hidden_; ++h) {
    const double o = value[5 * hidden_ + h];
    const double one = o * sums[4 * h];
    const double with_d = o * sums[4 * h + 1];
    const double with_e = o * sums[4 * h + 2];
    if (!params_.batch_norm) {
      gradient[h] = static_cast<float>(with_d);
      gradient[hidden_ + h] = static_cast<float>(with_e);
      gradient[2 * hidden_ + h] = static_cast<float>(one);
      continue;
    }
    const double a = value[h];
    const double b = value[hidden_ + h];
    const double s = deviation_[h];
    const double with_u = (a * (with_d - moments_[0] * one) + b * (with_e - moments_[1] * one)) / s;
    const double factor = value[3 * hidden_ + h] / s;
    const double u_d = (a * moments_[2] + b * moments_[3]) / s;  // mean of u (d - mean d)
    const double u_e = (a * moments_[3] + b * moments_[4]) / s;
    gradient[h] = static_cast<float>(factor * (with_d - one * moments_[0] - with_u * u_d));
    gradient[hidden_ + h] = static_cast<float>(factor * (with_e - one * moments_[1] - with_u * u_e));
    gradient[3 * hidden_ + h] = static_cast<float>(with_u);
    gradient[4 * hidden_ + h] = static_cast<float>(one);
  }
}

double Proximity::spread(std::size_t rows) const {
  double sum = 0;
  double squares = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t j = 0; j < references_; ++j) {
      const double v = v_[r * stride_ + j];
      sum += v;
      squares += v * v;
    }
  }
  const auto n = static_cast<double>(rows * references_);
  return std::sqrt(std::max(0.0, squares / n - sum / n * sum / n));
}

}  // namespace phreatic::learn

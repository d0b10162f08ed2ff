// SPDX-License-Identifier: BSD-3-Clause
// The proximity network of GTNNWR (wu2021), the same for every pair of a row and a reference point:
//   s_h = a_h ds + b_h dt + c_h;  n_h = batchnorm(s_h) over all pairs of the batch;  v = act(sum_h o_h max(n_h, 0) + o)
// without hidden units v = act(o_1 ds + o_2 dt + o). act(q) = q for q > 0, else slope q.
// Statistics of the s_h follow from the means and covariances of ds and dt, so one pass forward and one
// backward over the pairs are enough.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "phreatic/learn/architectures/gnnwr/gnnwr.hpp"

namespace phreatic::learn {

class Proximity {
 public:
  Proximity(const ProximityParams& params, std::size_t references, std::size_t stride);
  void start(std::uint64_t seed);
  void load(const GnnwrWeights& weights);
  void store(GnnwrWeights& weights, bool gradients) const;

  // v: [rows][stride] from the distances [rows][stride]; with training, of the batch's statistics, which also
  // move the running ones. The result stays until the next call.
  const float* forward(std::size_t rows, const float* space, const float* time, bool training);
  // Adds nothing: overwrites the gradients from those of the last forward's result.
  void backward(std::size_t rows, const float* space, const float* time, const float* dv);
  // Standard deviation over all pairs of the last forward's result.
  double spread(std::size_t rows) const;

  // All parameters, padded to a multiple of kernels::kDenseLane; order: a, b, c, batch scale, batch shift
  // [hidden] each, then o [hidden or 2] and o's constant.
  std::vector<float> value, gradient, state1, state2;

 private:
  void set_affine(bool training);
  void measure(std::size_t rows, const float* space, const float* time);

  ProximityParams params_;
  std::size_t hidden_;
  std::size_t references_;
  std::size_t stride_;
  std::vector<float> mean_, variance_;  // [hidden] running
  std::vector<float> space_slope_, time_slope_,
      constant_;                     // [hidden] n_h = space_slope ds + time_slope dt + constant
  std::vector<double> deviation_;    // [hidden] of the batch
  std::array<double, 5> moments_{};  // mean ds, mean dt, var ds, cov, var dt
  double pairs_ = 0;
  std::vector<float> v_;
  std::vector<float> q_;  // before the activation
};

}  // namespace phreatic::learn

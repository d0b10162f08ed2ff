// SPDX-License-Identifier: BSD-3-Clause
// Preconditioned conjugate gradients for eight scenarios at once. Links, incomplete factors (gustafsson1978) and second level
// (nicolaides1987) are the baseline's and shared; the excess of every cell (storage, bounds) is each scenario's own. A lane
// has its own step lengths and its own end, after which nothing of it changes, and no sum runs over lanes: what a lane
// gives does not depend on the others, bit for bit.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <vector>

#include "phreatic/flow/ensemble/lane_kernels.hpp"
#include "phreatic/flow/solver/coarse_correction.hpp"
#include "phreatic/flow/steps/outer_loop.hpp"

namespace phreatic::flow {

// What the lanes of a step share, made from the baseline's system.
class SharedSystem {
 public:
  explicit SharedSystem(const Layout& layout);
  // `links` and excess of the baseline at the end of the step.
  void set(const LinkMatrix<float>& links, const Padded<std::int8_t>& ibound, bool new_coarse);
  // Second level for one lane: solution of sums (every kLanes-th value from `lane` on); returns sums.solution.
  double solve_coarse(const double* sums, std::size_t lane, float* solution);

  Layout layout;  // in one strip
  const LinkMatrix<float>* links = nullptr;
  IncompleteFactor<float> factor;
  CoarseCorrection coarse;

 private:
  std::mutex mutex_;
  std::vector<double> one_;
};

// How far a lane is solved: until the change that is left is a part of the closure, as judged by what the change was
// for the norm of the residual last time; `reduction` when that is not known.
struct LaneGoal {
  bool active = false;
  double change_per_norm = 0;
  double wanted_change = 0;
  double reduction = 2e-4;
};

class LaneSolver {
 public:
  explicit LaneSolver(const Layout& layout);
  std::size_t bytes() const { return 6 * (cells_ + 2 * pad_) * kLanes * sizeof(float); }
  float* residual() { return at(r_); }  // [cells][8], set before solve(); changed by it
  float* excess() { return at(excess_); }
  const float* correction() const { return at(d_); }
  // Norm sqrt(r M^-1 r) before the first iteration, and iterations, by lane.
  struct Result {
    std::array<double, kLanes> norm{};
    std::array<int, kLanes> iterations{};
  };
  Result solve(SharedSystem& shared, const std::array<LaneGoal, kLanes>& goals, int most);

 private:
  struct alignas(32) Eight {
    float of[kLanes];
  };
  using Vector = std::vector<Eight>;
  float* at(Vector& v) { return v[pad_].of; }
  const float* at(const Vector& v) const { return v[pad_].of; }

  std::size_t cells_, pad_;
  Vector excess_, r_, z_, p_, q_, d_;
};

}  // namespace phreatic::flow

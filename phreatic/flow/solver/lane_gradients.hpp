// SPDX-License-Identifier: BSD-3-Clause
// Conjugate gradients for several right-hand sides of one matrix at once: the lanes stand side by side in memory, so the
// matrix and its factors are read once for all of them, and the recurrences of the preconditioner, which bind a single
// system to the latency of one operation after the other, run on whole vectors. Preconditioner and second level are those of
// a SwitchedPreconditioner<float>. Each lane has its own steps and its own end; what a lane gets does not depend on the others.
#pragma once

#include <array>
#include <vector>

#include "phreatic/flow/solver/conjugate_gradients.hpp"
#include "phreatic/flow/solver/preconditioner.hpp"

namespace phreatic::flow {

class LaneGradients {
 public:
  static constexpr std::size_t kCount = kLanes;

  void allocate(const Layout& layout);
  bool allocated() const { return !r_.empty(); }
  std::size_t bytes() const { return 5 * r_.bytes(); }

  // A lane's right-hand side; null: the lane is not used.
  struct Lane {
    const Padded<double>* residual = nullptr;
    double reduction = 0.1;
    LinearResult result;
  };
  // Solves A d_l = residual_l / scale_l for all lanes, each until the preconditioned residual has fallen to its reduction.
  // `by` has factors of a matrix near A.
  void solve(const Layout& layout, const LinkMatrix<float>& a, SwitchedPreconditioner<float>& by,
             std::array<Lane, kCount>& lanes, int most_iterations);
  // Lane l of the solution, in units of the head.
  void correction(const Layout& layout, std::size_t l, Padded<double>& out) const;

 private:
  using Sums = std::array<double, kCount>;
  using Factors = std::array<float, kCount>;
  void start(const Layout& layout, const std::array<Lane, kCount>& lanes);
  Sums precondition(const Layout& layout, const LinkMatrix<float>& a, SwitchedPreconditioner<float>& by,
                    const Factors& alpha, bool update);
  Sums solve_coarse(SwitchedPreconditioner<float>& by);
  Sums multiply(const Layout& layout, const LinkMatrix<float>& a, SwitchedPreconditioner<float>& by,
                const Factors& beta);
  Sums sum_rows() const;
  // Calls use(first cell, count, block) for the pieces of a row that belong to one block of the second level.
  template <class Use>
  static void for_blocks(const CoarseCorrection& coarse, std::size_t start, std::size_t first_block,
                         std::size_t begin, std::size_t end, Use&& use);

  Padded<float> r_, z_, p_, q_, d_;  // [cells * kCount]
  std::vector<float> zeros_;         // a row of no links
  Sums scale_{};
  std::vector<Sums> row_sums_;
  std::vector<std::vector<Sums>> coarse_sums_;  // per strip, by block
  std::vector<Sums> coarse_;                    // solution by block
};

}  // namespace phreatic::flow

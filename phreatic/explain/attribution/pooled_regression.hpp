// SPDX-License-Identifier: BSD-3-Clause
// Inside explain: regression on covariates of known mean zero, pooled over the windows of a chunk and
// cross-fitted over replicates. With e the draws of a cell and z those of the covariates (E z = 0 exactly),
//   phi_r = mean_r e - (m (x) mean_r z)' b_(-r),
// b_(-r) the ridge coefficients from all replicates but r: independent of replicate r, so E phi_r = E e
// exactly, whatever b is. m are modulators of the window (1 and its own linear effects), so that b
// varies with it.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace phreatic::explain {

class PooledRegression {
 public:
  PooledRegression(std::size_t replicates, std::size_t covariates, std::size_t modulators, std::size_t cells);

  // Draws of one window, one replicate, one round: z [draws][covariates], e [draws][cells]; at least two
  // draws count. Calls for different replicates may run in parallel.
  void add(std::size_t replicate, std::size_t draws, std::span<const double> z, std::span<const double> e,
           std::span<const double> modulators);
  // Computes the coefficients from what was added so far.
  void solve();
  // Number of coefficients per cell: covariates x modulators.
  std::size_t coefficients() const { return p_; }
  // e_mean [windows][cells] -= z_mean [windows][coefficients] b_(-replicate). Row of z_mean: modulators (x)
  // z.
  void correct(std::size_t replicate, std::size_t windows, std::span<const double> z_mean,
               std::span<double> e_mean) const;

 private:
  struct Replicate {
    std::vector<double> zz;     // [p][p]
    std::vector<double> ze;     // [p][cells]
    double degrees = 0;         // draws less one mean per window and round
    std::vector<double> slope;  // [p][cells] from all other replicates
  };
  std::size_t covariates_, modulators_, cells_, p_;
  std::vector<Replicate> replicates_;
};

}  // namespace phreatic::explain

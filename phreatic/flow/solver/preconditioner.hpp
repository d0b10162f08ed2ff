// SPDX-License-Identifier: BSD-3-Clause
// Preconditioners of conjugate gradients on link matrices, and the policy that chooses among them and switches: incomplete
// factors; beside them a second level where convergence is slow; complete factors in models of one layer where incomplete ones
// take very many iterations; multigrid when asked for. What is kept from matrix to matrix is made anew when it no longer
// helps as it did.
//
// What ConjugateGradients asks of a preconditioner M (there are two, this and FactorOnly):
//   double apply(layout, a, r, z, before_row)     z = M^-1 r; returns r.z. before_row(strip, layer, row, begin, end) is called once
//                                                 for every row, before its r is read.
//   void add(layout, layer, row, begin, end, p)   adds what of M^-1 r apply() has not put into z (a second level)
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "phreatic/flow/grid/layout.hpp"
#include "phreatic/flow/solver/coarse_correction.hpp"
#include "phreatic/flow/solver/complete_factor.hpp"
#include "phreatic/flow/solver/incomplete_factor.hpp"
#include "phreatic/flow/solver/multigrid.hpp"
#include "phreatic/flow/steps/simulation.hpp"

namespace phreatic::flow {

// Incomplete factors alone, which others may be using at the same time.
template <class T>
class FactorOnly {
 public:
  void use(const IncompleteFactor<T>& factor, const Layout& layout) {
    factor_ = &factor;
    sums_.assign(static_cast<std::size_t>(layout.nlay) * static_cast<std::size_t>(layout.nrow), 0.0);
  }
  template <class BeforeRow>
  double apply(const Layout& layout, const LinkMatrix<T>& a, const Padded<T>& r, Padded<T>& z,
               BeforeRow&& before_row) {
    return factor_->solve(layout, a, r, z, before_row, sums_);
  }
  void add(const Layout&, int, int, std::size_t, std::size_t, Padded<T>&) const {}

 private:
  const IncompleteFactor<T>* factor_ = nullptr;
  std::vector<double> sums_;  // of rows
};

template <class T>
class SwitchedPreconditioner {
 public:
  // `multigrid`: a V-cycle in place of incomplete factors and what comes in beside them.
  void allocate(const Layout& layout, bool multigrid = false);
  std::size_t bytes() const;
  // Nothing of earlier matrices is left in the spans of a layout.
  void clear(const Layout& layout);
  // Factors of the matrix, and of the levels that are wanted and are not or no longer there; cells with ibound <= 0 take no part.
  void factor(const Layout& layout, const LinkMatrix<T>& a, const Padded<std::int8_t>& ibound,
              double relaxation);
  // Takes the pivots of cells in the layout's spans from factors of a matrix near this one, in place of factor().
  void take_factor(const Layout& layout, const IncompleteFactor<T>& from) { incomplete_.take(layout, from); }
  template <class BeforeRow>
  double apply(const Layout& layout, const LinkMatrix<T>& a, const Padded<T>& r, Padded<T>& z,
               BeforeRow&& before_row);
  void add(const Layout& layout, int layer, int row, std::size_t begin, std::size_t end, Padded<T>& p) const;

  // How many iterations a system took to fall by `reduction`: decides on the levels of the next ones.
  void judge(int iterations, double reduction);
  // The matrix is another one from now on (a new length of step): parts kept from the old one are made anew.
  void refresh() { coarse_is_old_ = true; }
  // What is kept from earlier systems is made anew for the next one; which levels are in use stays.
  void forget();
  Levels levels() const { return {coarse_wanted_, complete_wanted_}; }
  void use(Levels levels);
  // The preconditioner as it stands, for systems that are solved beside this one (lane_gradients.hpp).
  const IncompleteFactor<T>& incomplete() const { return incomplete_; }
  CoarseCorrection& second_level() { return coarse_; }
  // Whether incomplete factors and second level are the preconditioner (not complete factors or multigrid).
  bool is_incomplete() const { return !complete_.factored() && !complete_wanted_ && !multigrid_; }

 private:
  void add_sums(const Layout& layout, int strip, int layer, int row, std::size_t begin, std::size_t end,
                const Padded<T>& r);
  double solve_coarse();
  void judge_multigrid(int iterations);
  void judge_coarse(int iterations, double reduction);
  void judge_complete(int iterations, double reduction);

  IncompleteFactor<T> incomplete_;
  std::vector<double> row_sums_;
  CoarseCorrection coarse_;
  std::vector<std::vector<double>> coarse_sums_;  // per strip
  bool coarse_wanted_ = false;
  bool coarse_is_old_ = true;
  std::unique_ptr<Multigrid<T>> multigrid_;
  bool multigrid_is_old_ = true;
  int fewest_iterations_ = 0;  // since the coarse levels were made
  CompleteFactor complete_;
  bool complete_wanted_ = false;
  bool complete_is_old_ = false;
  double wasted_ = 0;            // iterations beyond the fewest since the complete factors were made
  double fewest_per_digit_ = 0;  // iterations, since the second level was made; 0: none yet
};

template <class T>
template <class BeforeRow>
double SwitchedPreconditioner<T>::apply(const Layout& layout, const LinkMatrix<T>& a, const Padded<T>& r,
                                        Padded<T>& z, BeforeRow&& before_row) {
  if (complete_.factored() || (multigrid_ && multigrid_->ready())) {
    for_each_strip(layout, [&](int strip) {
      const FlushDenormals flush;
      for_rows(layout, strip, [&](int k, int i, std::size_t begin, std::size_t end) {
        before_row(strip, k, i, begin, end);
      });
    });
    if (multigrid_) return multigrid_->solve(layout, a, incomplete_, r, z);
    return complete_.solve(incomplete_.inverse(), r, z);
  }
  for (std::vector<double>& sums : coarse_sums_) std::fill(sums.begin(), sums.end(), 0.0);
  const auto rows = [&](int strip, int k, int i, std::size_t begin, std::size_t end) {
    before_row(strip, k, i, begin, end);
    if (coarse_.factored()) add_sums(layout, strip, k, i, begin, end, r);
  };
  const double fine = incomplete_.solve(layout, a, r, z, rows, row_sums_);
  return coarse_.factored() ? fine + solve_coarse() : fine;
}

}  // namespace phreatic::flow

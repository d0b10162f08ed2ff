// SPDX-License-Identifier: BSD-3-Clause
// Preconditioned conjugate gradients on the structured symmetric matrix of links (row_kernels.hpp), with a
// relaxed modified incomplete Cholesky factorisation of no fill as preconditioner (gustafsson1978): M = (D +
// L) D^-1 (D + L'), with the off-diagonals of A and pivots D so that a part `relaxation` of the fill is kept
// on the diagonal. Between strips of rows the preconditioner's couplings are left out, so that strips run on
// several threads.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "phreatic/flow/grid/layout.hpp"
#include "phreatic/flow/solver/coarse_correction.hpp"
#include "phreatic/flow/solver/complete_factor.hpp"
#include "phreatic/flow/solver/incomplete_factor.hpp"
#include "phreatic/flow/solver/multigrid.hpp"
#include "phreatic/flow/solver/row_kernels/row_kernels.hpp"
#include "phreatic/flow/steps/simulation.hpp"

namespace phreatic::flow {

struct LinearResult {
  int iterations = 0;
  double reduction = 0;  // reached, of the preconditioned residual norm
  bool converged = false;
};

template <class T>
class ConjugateGradients {
 public:
  // `multigrid`: a V-cycle in place of incomplete factors and what comes in beside them.
  void allocate(const Layout& layout, bool multigrid = false);
  std::size_t bytes() const;
  // Nothing of earlier systems is left in the spans of a layout, so that those of another one can be solved: what is
  // outside its spans then counts as 0.
  void clear(const Layout& layout);
  // The same in some cells that are beside the spans of the next layout: there its neighbours read 0.
  void clear(std::size_t begin, std::size_t end);
  // Pivots of the preconditioner; cells with ibound <= 0 take no part.
  void factor(const Layout& layout, const LinkMatrix<T>& a, const Padded<std::int8_t>& ibound,
              double relaxation);
  // Takes the pivots of cells in the layout's spans from factors of a matrix near this one, in place of factor().
  void take_factor(const Layout& layout, const IncompleteFactor<T>& from) { incomplete_.take(layout, from); }
  // Solves A d = residual from d = 0 until sqrt(r M^-1 r) fell by `reduction`; correction() holds d
  // afterwards.
  LinearResult solve(const Layout& layout, const LinkMatrix<T>& a, const Padded<double>& residual,
                     double reduction, int most_iterations);
  // d in units of the head: correction()[n] * scale().
  const Padded<T>& correction() const { return d_; }
  // The matrix is another one from now on (a new length of step): parts kept from the old one are made anew.
  void refresh() { coarse_is_old_ = true; }
  double scale() const { return scale_; }
  // What is kept from earlier systems is made anew for the next one; which levels are in use stays.
  void forget();
  // The preconditioner as it stands, for systems that are solved beside this one (lane_gradients.hpp).
  const IncompleteFactor<T>& incomplete() const { return incomplete_; }
  CoarseCorrection& second_level() { return coarse_; }
  // How many iterations a system took to fall by `reduction`: decides on levels as after solve().
  void judge(int iterations, double reduction);
  // Off: solve() leaves the levels as they are, and the caller judges.
  void judge_by_itself(bool on) { judges_ = on; }
  // Whether incomplete factors and second level are the preconditioner (not complete factors or multigrid).
  bool is_incomplete() const { return !complete_.factored() && !complete_wanted_ && !multigrid_; }
  Levels levels() const { return {coarse_wanted_, complete_wanted_}; }
  void use(Levels levels);

 private:
  double precondition(const Layout& layout, const LinkMatrix<T>& a, T alpha, bool update);
  double multiply(const Layout& layout, const LinkMatrix<T>& a, T beta);
  void start(const Layout& layout, const Padded<double>& residual);
  double sum_rows() const;
  void add_coarse_sums(const Layout& layout, int strip, int layer, int row, std::size_t begin,
                       std::size_t end);
  void add_coarse(int layer, int row, std::size_t start, std::size_t begin, std::size_t end);
  double solve_coarse();
  void judge_coarse(int iterations, double reduction);
  void judge_complete(int iterations, double reduction);
  void update_rows(const Layout& layout, T alpha);

  IncompleteFactor<T> incomplete_;
  Padded<T> r_, z_, p_, q_, d_;
  std::vector<double> row_sums_;
  double scale_ = 1;
  CoarseCorrection coarse_;
  std::vector<std::vector<double>> coarse_sums_;  // per strip
  bool coarse_wanted_ = false;
  bool coarse_is_old_ = true;
  std::unique_ptr<Multigrid<T>> multigrid_;
  bool multigrid_is_old_ = true;
  bool judges_ = true;
  int fewest_iterations_ = 0;  // since the coarse levels were made
  CompleteFactor complete_;
  bool complete_wanted_ = false;
  bool complete_is_old_ = false;
  double wasted_ = 0;            // iterations beyond the fewest since the complete factors were made
  double fewest_per_digit_ = 0;  // iterations, since the second level was made; 0: none yet
};

}  // namespace phreatic::flow

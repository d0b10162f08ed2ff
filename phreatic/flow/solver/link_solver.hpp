// SPDX-License-Identifier: BSD-3-Clause
// A solver of the symmetric systems of a run: conjugate gradients with the preconditioner that is kept and switched from system
// to system.
#pragma once

#include "phreatic/flow/solver/conjugate_gradients.hpp"
#include "phreatic/flow/solver/preconditioner.hpp"

namespace phreatic::flow {

template <class T>
class LinkSolver {
 public:
  void allocate(const Layout& layout, bool multigrid = false) {
    gradients_.allocate(layout);
    preconditioner_.allocate(layout, multigrid);
  }
  std::size_t bytes() const { return gradients_.bytes() + preconditioner_.bytes(); }
  // Nothing of earlier systems is left in the spans of a layout, so that those of another one can be solved.
  void clear(const Layout& layout) {
    gradients_.clear(layout);
    preconditioner_.clear(layout);
  }
  void factor(const Layout& layout, const LinkMatrix<T>& a, const Padded<std::int8_t>& ibound,
              double relaxation) {
    preconditioner_.factor(layout, a, ibound, relaxation);
  }
  // ConjugateGradients::solve; what it took decides on the preconditioner of the next systems.
  LinearResult solve(const Layout& layout, const LinkMatrix<T>& a, const Padded<double>& residual,
                     double reduction, int most_iterations) {
    const LinearResult result =
        gradients_.solve(layout, a, preconditioner_, residual, reduction, most_iterations);
    if (judges_) preconditioner_.judge(result.iterations, reduction);
    return result;
  }
  const Padded<T>& correction() const { return gradients_.correction(); }
  double scale() const { return gradients_.scale(); }
  // Off: solve() leaves the preconditioner as it is, and the caller judges.
  void judge_by_itself(bool on) { judges_ = on; }
  SwitchedPreconditioner<T>& preconditioner() { return preconditioner_; }
  const SwitchedPreconditioner<T>& preconditioner() const { return preconditioner_; }

 private:
  ConjugateGradients<T> gradients_;
  SwitchedPreconditioner<T> preconditioner_;
  bool judges_ = true;
};

}  // namespace phreatic::flow

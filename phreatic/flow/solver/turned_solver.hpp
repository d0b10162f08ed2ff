// SPDX-License-Identifier: BSD-3-Clause
// Policy for the systems of an adjoint: one matrix a step, several right-hand sides, good starts. Outer
// iterations are generalised conjugate residuals (key eisenstat1983) in doubles on the true matrix; their
// preconditioner is conjugate gradients in single precision on its symmetric part. Where that stalls (a strongly
// unsymmetric matrix: steep Newton systems) BiCGSTAB with the factors of the matrix itself takes over.
#pragma once

#include <cstdint>
#include <vector>

#include "phreatic/flow/grid/layout.hpp"
#include "phreatic/flow/solver/general_matrix.hpp"
#include "phreatic/flow/solver/lane_gradients.hpp"
#include "phreatic/flow/solver/link_solver.hpp"

namespace phreatic::flow {

class TurnedSolver {
 public:
  explicit TurnedSolver(const Layout& layout);

  // The system of a step: A (already the one to be solved with), what of its diagonal is not links, and whether its
  // links are symmetric. Cells with ibound <= 0 take no part. `dt` tells steps of one length apart.
  void start_step(const GeneralMatrix& a, const Padded<double>& holding, const Padded<std::int8_t>& ibound,
                  bool symmetric, double dt);
  // Solves A x = b from the x given until |b - A x| <= tolerance |b|; x is 0 where ibound <= 0.
  LinearResult solve(const Padded<double>& b, double tolerance, Padded<double>& x);
  // The same for several right-hand sides: in lanes side by side where that is quicker. Each is solved as far as if it were alone.
  struct System {
    const Padded<double>* b = nullptr;
    Padded<double>* x = nullptr;
    LinearResult result;
  };
  void solve(std::vector<System>& systems, double tolerance);
  std::size_t bytes() const;

 private:
  bool same_cells() const;
  double norm_of(const Padded<double>& b, Padded<double>& x) const;
  double start_residual(const Padded<double>& b, double norm_b, Padded<double>& x);
  void solve_side_by_side(System* first, std::size_t count, double tolerance);
  void note(const LinearResult& solved, double reduction);
  double correct(Padded<double>& r, Padded<double>& z, Padded<double>& w, Padded<double>& x);
  double residual(const Padded<double>& b, const Padded<double>& x);
  LinearResult residuals(double norm_b, double tolerance, Padded<double>& x, double now);
  LinearResult general(const Padded<double>& b, double norm_b, double tolerance, Padded<double>& x);

  static constexpr std::size_t kKept = 3;  // directions
  const Layout& layout_;
  const GeneralMatrix* a_ = nullptr;
  const Padded<std::int8_t>* ibound_ = nullptr;
  bool symmetric_ = true;
  double dt_ = -1;
  std::vector<std::int8_t> factored_for_;  // cells that took part in the factors
  int uses_ = 0;                           // of the factors, in steps
  int stalled_ = 0;                        // steps in which the symmetric part was no preconditioner
  LinkMatrix<float> links_;
  LinkSolver<float> cg_;
  BiConjugateGradients general_;
  bool general_ready_ = false;
  bool general_factored_ = false;
  Padded<double> r_;
  int slowest_iterations_ = 0;  // of the systems of this step, and their reduction
  double slowest_reduction_ = 0;
  LaneGradients lanes_;                    // made when several systems are first solved
  std::vector<Padded<double>> residuals_;  // of the lanes
  std::vector<Padded<double>> z_, w_;
  std::vector<double> ww_;
};

}  // namespace phreatic::flow

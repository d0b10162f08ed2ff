// SPDX-License-Identifier: BSD-3-Clause
// Unsymmetric matrix on the structured grid, for Newton's method and perched links, and BiCGSTAB
// (vandervorst1992) with a relaxed incomplete LU factorisation of no fill (D-ILU). Row n of A x:
//   excess_n x_n + sum over links  c (x_n - x_m)
// with the coefficient of row n towards the larger number in right, front, down [n] and that of the row of
// the larger number towards n in left, back, up [n]: both stand at the smaller number of the link.
#pragma once

#include <cstdint>

#include "phreatic/flow/grid/layout.hpp"
#include "phreatic/flow/solver/conjugate_gradients.hpp"
#include "phreatic/flow/solver/general_factor.hpp"

namespace phreatic::flow {

struct GeneralMatrix {
  Padded<double> excess;
  Padded<double> right, left;
  Padded<double> front, back;
  Padded<double> down, up;

  void allocate(const Layout& layout);
  void clear();
  std::size_t bytes() const { return 7 * excess.bytes(); }
};

// Turns a into its transpose: links change sides, and excess keeps the diagonal.
void transpose(const Layout& layout, GeneralMatrix& a);

// y = A x in all rows of the spans, those of cells that take no part too.
void multiply(const Layout& layout, const GeneralMatrix& a, const Padded<double>& x, Padded<double>& y);
// Row n of A x.
double row_product(const Layout& layout, const GeneralMatrix& a, const Padded<double>& x, std::size_t n);

class BiConjugateGradients {
 public:
  void allocate(const Layout& layout);
  std::size_t bytes() const { return 9 * r_.bytes(); }
  // Cells with ibound <= 0 take no part.
  void factor(const Layout& layout, const GeneralMatrix& a, const Padded<std::int8_t>& ibound,
              double relaxation);
  // Solves A d = residual from d = 0 until the residual norm fell by `reduction`. Where the factors without fill
  // fail, or take too many iterations, those of GeneralFactor take their place until start_step(): old ones as
  // long as they are good enough.
  LinearResult solve(const Layout& layout, const GeneralMatrix& a, const Padded<std::int8_t>& ibound,
                     const Padded<double>& residual, double reduction, int most_iterations);
  // Nothing of earlier matrices is used from here on.
  void start_step();
  const Padded<double>& correction() const { return d_; }

 private:
  void multiply(const Layout& layout, const GeneralMatrix& a, const Padded<double>& x,
                Padded<double>& y) const;
  void precondition(const Layout& layout, const GeneralMatrix& a, const Padded<double>& x, Padded<double>& y);
  LinearResult iterate(const Layout& layout, const GeneralMatrix& a, const Padded<double>& residual,
                       double reduction, int most_iterations);

  Padded<double> inverse_, r_, shadow_, p_, v_, s_, t_, y_, d_;
  GeneralFactor filled_;
  bool use_filled_ = false;
};

}  // namespace phreatic::flow

// SPDX-License-Identifier: BSD-3-Clause
// Factors of an unsymmetric matrix on the structured grid beyond those without fill: where much of an aquifer
// falls dry, the coefficients of Newton's matrix span so many orders that incomplete factors without fill fail.
// Complete ones (key demmel1999) where they stay small, otherwise incomplete ones with fill (key saad1994).
#pragma once

#include <cstdint>
#include <memory>

#include "phreatic/flow/grid/layout.hpp"

namespace phreatic::flow {

struct GeneralMatrix;

class GeneralFactor {
 public:
  GeneralFactor();
  ~GeneralFactor();
  GeneralFactor(const GeneralFactor&) = delete;
  GeneralFactor& operator=(const GeneralFactor&) = delete;

  // Factors the rows of cells with ibound > 0. False when the matrix is singular; there are no factors then.
  bool factor(const Layout& layout, const GeneralMatrix& a, const Padded<std::int8_t>& ibound);
  // y = M^-1 x on those cells; other cells of y are left as they are. The factors may be of an older matrix.
  void solve(const Padded<double>& x, Padded<double>& y);
  bool ready() const { return ready_; }
  void forget() { ready_ = false; }

 private:
  struct Factors;
  std::unique_ptr<Factors> factors_;
  bool ready_ = false;
};

}  // namespace phreatic::flow

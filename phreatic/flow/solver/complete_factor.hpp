// SPDX-License-Identifier: BSD-3-Clause
// Complete Cholesky factors of a link matrix as preconditioner of conjugate gradients, for models of one
// layer, where they are small. The factors may be those of an older matrix: they stay symmetric positive
// definite, so the iteration stays right; it is short as long as the matrix has changed little. Barriers and
// strong contrasts, which incomplete factors answer with hundreds of iterations, do not matter to it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "phreatic/flow/grid/layout.hpp"

namespace phreatic::flow {

template <class T>
struct LinkMatrix;

class CompleteFactor {
 public:
  CompleteFactor();
  ~CompleteFactor();
  CompleteFactor(const CompleteFactor&) = delete;
  CompleteFactor& operator=(const CompleteFactor&) = delete;

  // Whether a model may have it: one layer, not so large that the factors would be.
  void allocate(const Layout& layout);
  bool possible() const { return possible_; }
  bool factored() const { return factored_; }
  void forget();  // cells and factors: the next ones depend on nothing that was before
  // Whether some cell takes part now that the factors do not know.
  bool misses(const Padded<std::int8_t>& ibound) const;
  // Cells with ibound <= 0 take no part.
  template <class T>
  void factor(const Layout& layout, const LinkMatrix<T>& a, const Padded<std::int8_t>& ibound);
  // z = M^-1 r on the cells where `takes_part` is not 0, which may be fewer than when the factors were made;
  // returns r.z. Elsewhere z is 0 or stays as it is.
  template <class T>
  double solve(const Padded<T>& takes_part, const Padded<T>& r, Padded<T>& z);
  std::size_t bytes() const;

 private:
  struct Factor;
  void take_cells(const Layout& layout, const Padded<std::int8_t>& ibound);

  std::unique_ptr<Factor> factor_;
  bool possible_ = false;
  bool factored_ = false;
  std::vector<std::size_t> cells_;    // that have a row
  std::vector<std::int32_t> row_of_;  // [cells of the grid]; -1: none
  std::vector<char> known_;           // [rows] took part when the factors were made
  std::vector<double> right_hand_;
};

}  // namespace phreatic::flow

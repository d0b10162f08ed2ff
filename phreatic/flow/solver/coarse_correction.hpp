// SPDX-License-Identifier: BSD-3-Clause
// Second level of the preconditioner: M^-1 + P (P' A P)^-1 P', with P constant on blocks of cells of a layer,
// some thousand blocks in all, and a direct solution there (nicolaides1987). It takes care of the slow,
// smooth part of the error, which incomplete factorisations leave. The matrix of the blocks may be older than
// A: it stays symmetric positive definite, so the iteration stays right.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "phreatic/flow/grid/layout.hpp"

namespace phreatic::flow {

template <class T>
struct LinkMatrix;

class CoarseCorrection {
 public:
  CoarseCorrection();
  ~CoarseCorrection();
  CoarseCorrection(const CoarseCorrection&) = delete;
  CoarseCorrection& operator=(const CoarseCorrection&) = delete;

  // Sets the blocks up; small models go without.
  void allocate(const Layout& layout);
  bool possible() const { return blocks_ > 0; }
  bool factored() const { return factored_; }
  void drop() { factored_ = false; }
  template <class T>
  void factor(const Layout& layout, const LinkMatrix<T>& a, const Padded<std::int8_t>& ibound);

  int width() const { return width_; }
  std::size_t blocks() const { return blocks_; }
  // Block of the first column of a row; the next block in the row is `stride()` further.
  std::size_t first_block(int layer, int row) const {
    return (static_cast<std::size_t>(row / width_) * across_) * layers_ + static_cast<std::size_t>(layer);
  }
  std::size_t stride() const { return layers_; }
  // Solves for the sums of the residual over blocks; returns sums.solution.
  double solve(const std::vector<double>& sums);
  const std::vector<double>& solution() const { return solution_; }

 private:
  struct Factor;
  std::unique_ptr<Factor> factor_;
  int width_ = 1;
  std::size_t across_ = 0;  // blocks in a row
  std::size_t layers_ = 0;
  std::size_t blocks_ = 0;
  bool factored_ = false;
  std::vector<double> solution_;
};

}  // namespace phreatic::flow

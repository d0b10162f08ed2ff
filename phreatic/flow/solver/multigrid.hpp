// SPDX-License-Identifier: BSD-3-Clause
// Multigrid preconditioner by semi-coarsening: blocks of 2 x 2 cells of a layer become one, layers stay. Sums
// of links over blocks are links again, so every level is a structured matrix of the same form, smoothed by
// incomplete factors of it before and after (a V-cycle). Corrections of constant blocks are too small by
// about a half and are taken 1.8 times (key braess1995). Symmetric, so that conjugate gradients take it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "phreatic/flow/solver/incomplete_factor.hpp"

namespace phreatic::flow {

template <class T>
class Multigrid {
 public:
  Multigrid();
  ~Multigrid();
  Multigrid(const Multigrid&) = delete;
  Multigrid& operator=(const Multigrid&) = delete;

  // Levels down to some hundred cells a layer.
  void allocate(const Layout& layout);
  bool ready() const { return ready_; }
  // `fine` is the smoother of the finest level, made for `a` already.
  void factor(const Layout& layout, const LinkMatrix<T>& a, const Padded<std::int8_t>& ibound);
  // z = one V-cycle on r from z = 0; returns r.z.
  double solve(const Layout& layout, const LinkMatrix<T>& a, const IncompleteFactor<T>& fine,
               const Padded<T>& r, Padded<T>& z);
  std::size_t bytes() const;

 private:
  struct Level;
  struct Coarsest;
  void cycle(std::size_t level);
  void solve_coarsest(Level& level);

  bool ready_ = false;
  std::vector<std::unique_ptr<Level>> levels_;  // below the finest
  std::unique_ptr<Coarsest> coarsest_;
  Padded<T> left_, extra_;  // workspaces of the finest level
};

}  // namespace phreatic::flow

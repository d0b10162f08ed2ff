// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/solver/general_factor.hpp"

#include <Eigen/IterativeLinearSolvers>
#include <Eigen/SparseLU>
#include <vector>

#include "phreatic/flow/solver/general_matrix.hpp"

namespace phreatic::flow {
namespace {

using Matrix = Eigen::SparseMatrix<double, Eigen::ColMajor, int>;

// Cells up to which complete factors stay small: fill grows with the square of a layer's width.
constexpr std::size_t kCompleteFlat = 150000;
constexpr std::size_t kCompleteDeep = 25000;
constexpr double kDropTolerance = 1e-5;
constexpr int kFill = 15;

}  // namespace

struct GeneralFactor::Factors {
  std::vector<std::size_t> cells;    // that have a row
  std::vector<std::int32_t> row_of;  // [cells of the grid]; -1: none
  Matrix matrix;
  Eigen::SparseLU<Matrix> complete;
  Eigen::IncompleteLUT<double> incomplete;
  bool is_complete = true;
  bool known_pattern = false;
  Eigen::VectorXd right_hand, solution;

  // The cells that take part now; false when they are those of before.
  bool take_cells(const Layout& layout, const Padded<std::int8_t>& ibound) {
    std::vector<std::size_t> now;
    for (std::size_t n = 0; n < layout.cells; ++n) {
      if (ibound[n] > 0) now.push_back(n);
    }
    if (now == cells) return false;
    cells = std::move(now);
    row_of.assign(layout.cells, -1);
    for (std::size_t i = 0; i < cells.size(); ++i) row_of[cells[i]] = static_cast<std::int32_t>(i);
    return true;
  }

  void assemble(const Layout& layout, const GeneralMatrix& a) {
    const std::size_t row = static_cast<std::size_t>(layout.ncol);
    const std::size_t layer = layout.layer_cells;
    std::vector<Eigen::Triplet<double>> entries;
    entries.reserve(7 * cells.size());
    for (const std::size_t n : cells) {
      const int i = row_of[n];
      double diagonal = a.excess[n];
      const auto link = [&](bool inside, double c, std::size_t m) {
        if (!inside) return;
        diagonal += c;
        if (row_of[m] >= 0) entries.emplace_back(i, row_of[m], -c);
      };
      link(n + 1 < layout.cells, a.right[n], n + 1);
      link(n >= 1, *(a.left.data() + n - 1), n - 1);
      link(n + row < layout.cells, a.front[n], n + row);
      link(n >= row, *(a.back.data() + n - row), n - row);
      link(n + layer < layout.cells, a.down[n], n + layer);
      link(n >= layer, n >= layer ? a.up[n - layer] : 0.0, n - layer);
      entries.emplace_back(i, i, diagonal);
    }
    const auto size = static_cast<Eigen::Index>(cells.size());
    matrix.resize(size, size);
    matrix.setFromTriplets(entries.begin(), entries.end());
    matrix.makeCompressed();
  }
};

GeneralFactor::GeneralFactor() = default;
GeneralFactor::~GeneralFactor() = default;

bool GeneralFactor::factor(const Layout& layout, const GeneralMatrix& a, const Padded<std::int8_t>& ibound) {
  if (!factors_) factors_ = std::make_unique<Factors>();
  Factors& f = *factors_;
  if (f.take_cells(layout, ibound)) f.known_pattern = false;
  f.assemble(layout, a);
  f.is_complete = f.cells.size() <= (layout.nlay == 1 ? kCompleteFlat : kCompleteDeep);
  if (f.cells.empty()) return ready_ = false;
  if (!f.is_complete) {
    f.incomplete.setDroptol(kDropTolerance);
    f.incomplete.setFillfactor(kFill);
    f.incomplete.compute(f.matrix);
    return ready_ = f.incomplete.info() == Eigen::Success;
  }
  if (!f.known_pattern) {
    f.complete.analyzePattern(f.matrix);
    f.known_pattern = true;
  }
  f.complete.factorize(f.matrix);
  return ready_ = f.complete.info() == Eigen::Success;
}

void GeneralFactor::solve(const Padded<double>& x, Padded<double>& y) {
  Factors& f = *factors_;
  f.right_hand.resize(static_cast<Eigen::Index>(f.cells.size()));
  for (std::size_t i = 0; i < f.cells.size(); ++i) f.right_hand[static_cast<Eigen::Index>(i)] = x[f.cells[i]];
  if (f.is_complete) {
    f.solution = f.complete.solve(f.right_hand);
  } else {
    f.solution = f.incomplete.solve(f.right_hand);
  }
  for (std::size_t i = 0; i < f.cells.size(); ++i) y[f.cells[i]] = f.solution[static_cast<Eigen::Index>(i)];
}

}  // namespace phreatic::flow

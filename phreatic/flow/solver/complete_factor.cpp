// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/solver/complete_factor.hpp"

#include <Eigen/SparseCholesky>
#include <algorithm>

#include "phreatic/flow/solver/incomplete_factor.hpp"
#include "phreatic/flow/steps/simulation.hpp"

namespace phreatic::flow {
namespace {
constexpr std::size_t kLargestModel = 300000;  // some 35 entries a cell: 400 bytes
}  // namespace

struct CompleteFactor::Factor {
  using Matrix = Eigen::SparseMatrix<double>;
  Eigen::SimplicialLDLT<Matrix> cholesky;
  Matrix matrix;
  Eigen::VectorXd solution;
  bool analysed = false;
};

CompleteFactor::CompleteFactor() = default;
CompleteFactor::~CompleteFactor() = default;

void CompleteFactor::allocate(const Layout& layout) {
  possible_ = layout.nlay == 1 && layout.span_cells > kSmallModel && layout.span_cells <= kLargestModel;
  factored_ = false;
  factor_.reset();
  cells_.clear();
  row_of_.clear();
}

void CompleteFactor::forget() {
  factored_ = false;
  cells_.clear();
  std::fill(row_of_.begin(), row_of_.end(), -1);
}

std::size_t CompleteFactor::bytes() const {
  if (!factor_) return 0;
  const auto entries = static_cast<std::size_t>(factor_->cholesky.matrixL().nestedExpression().nonZeros() +
                                                factor_->matrix.nonZeros());
  return entries * (sizeof(double) + sizeof(int)) + row_of_.capacity() * sizeof(std::int32_t) +
         cells_.capacity() * (sizeof(std::size_t) + 2 * sizeof(double));
}

// Rows for all cells that take part now or did before: a cell that dries keeps its row, and the pattern
// stays.
void CompleteFactor::take_cells(const Layout& layout, const Padded<std::int8_t>& ibound) {
  if (!factor_) factor_ = std::make_unique<Factor>();
  row_of_.resize(layout.cells, -1);
  bool grown = false;
  for (std::size_t n = 0; n < layout.cells && !grown; ++n) grown = ibound[n] > 0 && row_of_[n] < 0;
  if (!grown) return;
  cells_.clear();
  for (std::size_t n = 0; n < layout.cells; ++n) {
    if (ibound[n] <= 0 && row_of_[n] < 0) continue;
    row_of_[n] = static_cast<std::int32_t>(cells_.size());
    cells_.push_back(n);
  }
  right_hand_.assign(cells_.size(), 0.0);
  factor_->analysed = false;
}

bool CompleteFactor::misses(const Padded<std::int8_t>& ibound) const {
  for (std::size_t n = 0; n < row_of_.size(); ++n) {
    if (ibound[n] > 0 && (row_of_[n] < 0 || known_[static_cast<std::size_t>(row_of_[n])] == 0)) return true;
  }
  return false;
}

template <class T>
void CompleteFactor::factor(const Layout& layout, const LinkMatrix<T>& a, const Padded<std::int8_t>& ibound) {
  take_cells(layout, ibound);
  const auto columns = static_cast<std::size_t>(layout.ncol);
  known_.resize(cells_.size());
  for (std::size_t row = 0; row < cells_.size(); ++row) known_[row] = ibound[cells_[row]] > 0 ? 1 : 0;
  std::vector<double> diagonal(cells_.size(), 0.0);
  std::vector<Eigen::Triplet<double>> entries;
  entries.reserve(3 * cells_.size());
  const auto link = [&](std::size_t row, std::size_t n, std::size_t m, double c) {
    if (c != 0 && ibound[n] > 0) diagonal[row] += c;
    if (m >= layout.cells || row_of_[m] < 0) return;
    const auto other = static_cast<std::size_t>(row_of_[m]);
    if (c != 0 && ibound[m] > 0) diagonal[other] += c;
    const bool both = ibound[n] > 0 && ibound[m] > 0;
    entries.emplace_back(static_cast<int>(other), static_cast<int>(row), both ? -c : 0.0);
  };
  for (std::size_t row = 0; row < cells_.size(); ++row) {
    const std::size_t n = cells_[row];
    if (ibound[n] > 0) diagonal[row] += static_cast<double>(a.excess[n]);
    // Links to fixed heads left of and behind a cell stand at those cells, which may have no row.
    const std::size_t column = n % columns;
    if (column > 0 && row_of_[n - 1] < 0 && ibound[n] > 0)
      diagonal[row] += static_cast<double>(a.right[n - 1]);
    if (n >= columns && row_of_[n - columns] < 0 && ibound[n] > 0)
      diagonal[row] += static_cast<double>(a.front[n - columns]);
    if (column + 1 < columns) link(row, n, n + 1, static_cast<double>(a.right[n]));
    link(row, n, n + columns, static_cast<double>(a.front[n]));
  }
  for (std::size_t row = 0; row < cells_.size(); ++row) {
    const double d = diagonal[row] > 0 ? diagonal[row] * (1 + 1e-12) : 1.0;
    entries.emplace_back(static_cast<int>(row), static_cast<int>(row), d);
  }
  const auto size = static_cast<Eigen::Index>(cells_.size());
  factor_->matrix.resize(size, size);
  factor_->matrix.setFromTriplets(entries.begin(), entries.end());
  if (!factor_->analysed) factor_->cholesky.analyzePattern(factor_->matrix);
  factor_->analysed = true;
  factor_->cholesky.factorize(factor_->matrix);
  factored_ = factor_->cholesky.info() == Eigen::Success && factor_->cholesky.vectorD().minCoeff() > 0;
  if (!factored_) possible_ = false;  // not definite in this arithmetic: incomplete factors go on alone
}

template <class T>
double CompleteFactor::solve(const Padded<T>& takes_part, const Padded<T>& r, Padded<T>& z) {
  const auto size = static_cast<Eigen::Index>(cells_.size());
  for (std::size_t row = 0; row < cells_.size(); ++row) {
    const std::size_t n = cells_[row];
    right_hand_[row] = takes_part[n] != 0 ? static_cast<double>(r[n]) : 0.0;
  }
  const Eigen::Map<const Eigen::VectorXd> b(right_hand_.data(), size);
  factor_->solution = factor_->cholesky.solve(b);
  double product = 0;
  for (std::size_t row = 0; row < cells_.size(); ++row) {
    const std::size_t n = cells_[row];
    const double value = takes_part[n] != 0 ? factor_->solution[static_cast<Eigen::Index>(row)] : 0.0;
    z[n] = static_cast<T>(value);
    product += right_hand_[row] * value;
  }
  return product;
}

template void CompleteFactor::factor(const Layout&, const LinkMatrix<float>&, const Padded<std::int8_t>&);
template void CompleteFactor::factor(const Layout&, const LinkMatrix<double>&, const Padded<std::int8_t>&);
template double CompleteFactor::solve(const Padded<float>&, const Padded<float>&, Padded<float>&);
template double CompleteFactor::solve(const Padded<double>&, const Padded<double>&, Padded<double>&);

}  // namespace phreatic::flow

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/solver/coarse_correction.hpp"

#include <Eigen/SparseCholesky>
#include <algorithm>
#include <cmath>

#include "phreatic/flow/solver/incomplete_factor.hpp"
#include "phreatic/flow/steps/simulation.hpp"

namespace phreatic::flow {
namespace {
constexpr double kMostBlocks = 7500;
constexpr int kSmallestWidth = 28;  // cells
}  // namespace

struct CoarseCorrection::Factor {
  Eigen::SimplicialLDLT<Eigen::SparseMatrix<double>> cholesky;
  bool analysed = false;
};

CoarseCorrection::CoarseCorrection() = default;
CoarseCorrection::~CoarseCorrection() = default;

void CoarseCorrection::allocate(const Layout& layout) {
  blocks_ = 0;
  factored_ = false;
  if (layout.span_cells <= kSmallModel) return;
  const double cells = static_cast<double>(layout.cells);
  width_ = std::max(kSmallestWidth, static_cast<int>(std::ceil(std::sqrt(cells / kMostBlocks))));
  layers_ = static_cast<std::size_t>(layout.nlay);
  across_ = static_cast<std::size_t>((layout.ncol + width_ - 1) / width_);
  blocks_ = across_ * static_cast<std::size_t>((layout.nrow + width_ - 1) / width_) * layers_;
  solution_.assign(blocks_, 0.0);
  factor_ = std::make_unique<Factor>();
}

template <class T>
void CoarseCorrection::factor(const Layout& layout, const LinkMatrix<T>& a,
                              const Padded<std::int8_t>& ibound) {
  std::vector<double> diagonal(blocks_, 0.0), right(blocks_, 0.0), front(blocks_, 0.0), down(blocks_, 0.0);
  const auto link = [&](std::size_t n, std::size_t m, std::size_t here, std::size_t there, double c,
                        std::vector<double>& links) {
    if (c == 0) return;
    if (ibound[n] > 0 && ibound[m] > 0 && here == there) return;
    if (ibound[n] > 0) diagonal[here] += c;
    if (ibound[m] > 0) diagonal[there] += c;
    if (ibound[n] > 0 && ibound[m] > 0) links[here] += c;
  };
  for (int strip = 0; strip < layout.strips; ++strip) {
    for_rows(layout, strip, [&](int k, int i, std::size_t begin, std::size_t end) {
      const std::size_t start = layout.row_start(k, i);
      const std::size_t first = first_block(k, i);
      const std::size_t ahead = first_block(k, i + 1);
      const auto width = static_cast<std::size_t>(width_);
      for (std::size_t n = begin; n < end; ++n) {
        const std::size_t column = n - start;
        const std::size_t block = first + column / width * layers_;
        if (ibound[n] > 0) diagonal[block] += static_cast<double>(a.excess[n]);
        link(n, n + 1, block, first + (column + 1) / width * layers_, static_cast<double>(a.right[n]), right);
        link(n, n + static_cast<std::size_t>(layout.ncol), block, ahead + column / width * layers_,
             static_cast<double>(a.front[n]), front);
        if (k + 1 < layout.nlay) {
          link(n, n + layout.layer_cells, block, block + 1, static_cast<double>(a.down[n]), down);
        }
      }
    });
  }
  std::vector<Eigen::Triplet<double>> entries;
  const auto add = [&](std::size_t from, std::size_t to, double c) {
    if (to < blocks_) entries.emplace_back(static_cast<int>(to), static_cast<int>(from), -c);
  };
  for (std::size_t b = 0; b < blocks_; ++b) {
    const double d = diagonal[b] > 0 ? diagonal[b] * (1 + 1e-9) : 1.0;
    entries.emplace_back(static_cast<int>(b), static_cast<int>(b), d);
    add(b, b + layers_, right[b]);
    add(b, b + layers_ * across_, front[b]);
    add(b, b + 1, down[b]);
  }
  const auto size = static_cast<Eigen::Index>(blocks_);
  Eigen::SparseMatrix<double> matrix(size, size);
  matrix.setFromTriplets(entries.begin(), entries.end());
  if (!factor_->analysed) factor_->cholesky.analyzePattern(matrix);
  factor_->analysed = true;
  factor_->cholesky.factorize(matrix);
  factored_ = factor_->cholesky.info() == Eigen::Success;
}

double CoarseCorrection::solve(const std::vector<double>& sums) {
  const auto size = static_cast<Eigen::Index>(blocks_);
  const Eigen::Map<const Eigen::VectorXd> b(sums.data(), size);
  Eigen::Map<Eigen::VectorXd> x(solution_.data(), size);
  x = factor_->cholesky.solve(b);
  return b.dot(x);
}

template void CoarseCorrection::factor(const Layout&, const LinkMatrix<float>&, const Padded<std::int8_t>&);
template void CoarseCorrection::factor(const Layout&, const LinkMatrix<double>&, const Padded<std::int8_t>&);

}  // namespace phreatic::flow

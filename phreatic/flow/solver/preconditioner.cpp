// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/solver/preconditioner.hpp"

#include <algorithm>
#include <cmath>

#include "phreatic/flow/solver/row_kernels/row_kernels.hpp"

namespace phreatic::flow {

template <class T>
void SwitchedPreconditioner<T>::allocate(const Layout& layout, bool multigrid) {
  row_sums_.assign(static_cast<std::size_t>(layout.nlay) * static_cast<std::size_t>(layout.nrow), 0.0);
  incomplete_.allocate(layout);
  coarse_.allocate(layout);
  coarse_sums_.assign(static_cast<std::size_t>(layout.strips), std::vector<double>(coarse_.blocks(), 0.0));
  coarse_wanted_ = false;
  complete_.allocate(layout);
  complete_wanted_ = complete_is_old_ = false;
  multigrid_.reset();
  multigrid_is_old_ = true;
  if (!multigrid) return;
  multigrid_ = std::make_unique<Multigrid<T>>();
  multigrid_->allocate(layout);
}

template <class T>
std::size_t SwitchedPreconditioner<T>::bytes() const {
  return incomplete_.bytes() + complete_.bytes() + (multigrid_ ? multigrid_->bytes() : 0);
}

template <class T>
void SwitchedPreconditioner<T>::clear(const Layout& layout) {
  incomplete_.clear(layout);
  std::fill(row_sums_.begin(), row_sums_.end(), 0.0);
}

template <class T>
void SwitchedPreconditioner<T>::forget() {
  coarse_is_old_ = multigrid_is_old_ = true;
  if (complete_.factored()) complete_.forget();
}

template <class T>
void SwitchedPreconditioner<T>::use(Levels levels) {
  coarse_wanted_ = levels.coarse;
  complete_wanted_ = levels.complete;
}

// Adds the residual of a row to the sums over blocks.
template <class T>
void SwitchedPreconditioner<T>::add_sums(const Layout& layout, int strip, int layer, int row,
                                         std::size_t begin, std::size_t end, const Padded<T>& r) {
  const RowKernels<T>& kernels = row_kernels<T>();
  std::vector<double>& sums = coarse_sums_[static_cast<std::size_t>(strip)];
  const std::size_t start = layout.row_start(layer, row);
  const auto width = static_cast<std::size_t>(coarse_.width());
  for (std::size_t n = begin; n < end;) {
    const std::size_t block = (n - start) / width;
    const std::size_t stop = std::min(end, start + (block + 1) * width);
    sums[coarse_.first_block(layer, row) + block * coarse_.stride()] +=
        kernels.masked_sum(stop - n, incomplete_.inverse().data() + n, r.data() + n);
    n = stop;
  }
}

template <class T>
void SwitchedPreconditioner<T>::add(const Layout& layout, int layer, int row, std::size_t begin,
                                    std::size_t end, Padded<T>& p) const {
  if (!coarse_.factored()) return;
  const std::size_t start = layout.row_start(layer, row);
  const RowKernels<T>& kernels = row_kernels<T>();
  const auto width = static_cast<std::size_t>(coarse_.width());
  for (std::size_t n = begin; n < end;) {
    const std::size_t block = (n - start) / width;
    const std::size_t stop = std::min(end, start + (block + 1) * width);
    const double value = coarse_.solution()[coarse_.first_block(layer, row) + block * coarse_.stride()];
    kernels.masked_add(stop - n, incomplete_.inverse().data() + n, static_cast<T>(value), p.data() + n);
    n = stop;
  }
}

template <class T>
double SwitchedPreconditioner<T>::solve_coarse() {
  std::vector<double>& all = coarse_sums_.front();
  for (std::size_t s = 1; s < coarse_sums_.size(); ++s) {
    for (std::size_t b = 0; b < all.size(); ++b) all[b] += coarse_sums_[s][b];
  }
  return coarse_.solve(all);
}

template <class T>
void SwitchedPreconditioner<T>::factor(const Layout& layout, const LinkMatrix<T>& a,
                                       const Padded<std::int8_t>& ibound, double relaxation) {
  if (multigrid_) {
    incomplete_.factor(layout, a, ibound, 0);
    if (multigrid_is_old_) multigrid_->factor(layout, a, ibound);
    if (multigrid_is_old_) fewest_iterations_ = 0;
    multigrid_is_old_ = false;
    return;
  }
  if (complete_wanted_ && (complete_is_old_ || !complete_.factored() || complete_.misses(ibound))) {
    complete_.factor(layout, a, ibound);
    complete_wanted_ = complete_.factored();
    complete_is_old_ = false;
    fewest_per_digit_ = wasted_ = 0;
  }
  if (coarse_wanted_ && (coarse_is_old_ || !coarse_.factored())) {
    coarse_.factor(layout, a, ibound);
    coarse_is_old_ = false;
    fewest_per_digit_ = 0;
  }
  incomplete_.factor(layout, a, ibound, relaxation);
}

// The coarse correction is taken in where convergence is slow, dropped where it is not needed, and made anew
// when it no longer helps as it did.
template <class T>
void SwitchedPreconditioner<T>::judge_coarse(int iterations, double reduction) {
  constexpr double kSlow = 8;  // iterations per decimal digit
  constexpr double kFast = 3.5;
  if (!coarse_.possible() || reduction > 0.011) return;
  const double per_digit = iterations / -std::log10(reduction);
  if (!coarse_.factored()) {
    coarse_wanted_ = per_digit > kSlow;
    return;
  }
  if (per_digit < kFast) {
    coarse_.drop();
    coarse_wanted_ = false;
    return;
  }
  if (fewest_per_digit_ == 0 || per_digit < fewest_per_digit_) fewest_per_digit_ = per_digit;
  coarse_is_old_ = per_digit > 1.5 * fewest_per_digit_ + 1;
}

// Complete factors are made where incomplete ones take very many iterations, and made anew when the
// iterations that older ones cost would have paid for it.
template <class T>
void SwitchedPreconditioner<T>::judge_complete(int iterations, double reduction) {
  constexpr int kVeryMany = 60;
  constexpr double kPrice = 25;  // iterations that a factorisation takes
  if (!complete_.possible()) return;
  if (!complete_.factored()) {
    complete_wanted_ = iterations > kVeryMany;
    if (complete_wanted_) coarse_.drop();
    if (complete_wanted_) coarse_wanted_ = false;
    return;
  }
  const double digits = std::max(0.3, -std::log10(reduction));
  const double per_digit = iterations / digits;
  if (fewest_per_digit_ == 0 || per_digit < fewest_per_digit_) fewest_per_digit_ = per_digit;
  wasted_ += iterations - fewest_per_digit_ * digits;
  complete_is_old_ = wasted_ > kPrice;
}

// Older coarse levels do until they cost three iterations more.
template <class T>
void SwitchedPreconditioner<T>::judge_multigrid(int iterations) {
  if (fewest_iterations_ == 0) fewest_iterations_ = iterations;
  multigrid_is_old_ = iterations > fewest_iterations_ + 3;
}

template <class T>
void SwitchedPreconditioner<T>::judge(int iterations, double reduction) {
  if (multigrid_) {
    judge_multigrid(iterations);
    return;
  }
  judge_complete(iterations, reduction);
  if (!complete_wanted_) judge_coarse(iterations, reduction);
}

template class SwitchedPreconditioner<float>;
template class SwitchedPreconditioner<double>;

}  // namespace phreatic::flow

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/solver/conjugate_gradients.hpp"

#include <algorithm>
#include <cmath>

namespace phreatic::flow {

template <class T>
void ConjugateGradients<T>::allocate(const Layout& layout, bool multigrid) {
  for (Padded<T>* array : {&r_, &z_, &p_, &q_, &d_}) *array = layout.array<T>();
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
std::size_t ConjugateGradients<T>::bytes() const {
  return 6 * r_.bytes() + complete_.bytes() + (multigrid_ ? multigrid_->bytes() : 0);
}

template <class T>
void ConjugateGradients<T>::clear(const Layout& layout) {
  for_rows(layout, [&](int, int, std::size_t begin, std::size_t end) {
    for (Padded<T>* array : {&r_, &z_, &p_, &q_, &d_})
      std::fill(array->data() + begin, array->data() + end, T{});
  });
  std::fill(row_sums_.begin(), row_sums_.end(), 0.0);
  incomplete_.clear(layout);
}

template <class T>
void ConjugateGradients<T>::clear(std::size_t begin, std::size_t end) {
  for (Padded<T>* array : {&z_, &p_}) std::fill(array->data() + begin, array->data() + end, T{});
}

template <class T>
void ConjugateGradients<T>::forget() {
  coarse_is_old_ = multigrid_is_old_ = true;
  if (complete_.factored()) complete_.forget();
}

template <class T>
void ConjugateGradients<T>::use(Levels levels) {
  coarse_wanted_ = levels.coarse;
  complete_wanted_ = levels.complete;
}

template <class T>
double ConjugateGradients<T>::sum_rows() const {
  double sum = 0;
  for (const double value : row_sums_) sum += value;
  return sum;
}

// Adds the residual of a row to the sums over blocks.
template <class T>
void ConjugateGradients<T>::add_coarse_sums(const Layout& layout, int strip, int layer, int row,
                                            std::size_t begin, std::size_t end) {
  const RowKernels<T>& kernels = row_kernels<T>();
  std::vector<double>& sums = coarse_sums_[static_cast<std::size_t>(strip)];
  const std::size_t start = layout.row_start(layer, row);
  const auto width = static_cast<std::size_t>(coarse_.width());
  for (std::size_t n = begin; n < end;) {
    const std::size_t block = (n - start) / width;
    const std::size_t stop = std::min(end, start + (block + 1) * width);
    sums[coarse_.first_block(layer, row) + block * coarse_.stride()] +=
        kernels.masked_sum(stop - n, incomplete_.inverse().data() + n, r_.data() + n);
    n = stop;
  }
}

template <class T>
void ConjugateGradients<T>::add_coarse(int layer, int row, std::size_t start, std::size_t begin,
                                       std::size_t end) {
  const RowKernels<T>& kernels = row_kernels<T>();
  const auto width = static_cast<std::size_t>(coarse_.width());
  for (std::size_t n = begin; n < end;) {
    const std::size_t block = (n - start) / width;
    const std::size_t stop = std::min(end, start + (block + 1) * width);
    const double value = coarse_.solution()[coarse_.first_block(layer, row) + block * coarse_.stride()];
    kernels.masked_add(stop - n, incomplete_.inverse().data() + n, static_cast<T>(value), p_.data() + n);
    n = stop;
  }
}

template <class T>
double ConjugateGradients<T>::solve_coarse() {
  std::vector<double>& all = coarse_sums_.front();
  for (std::size_t s = 1; s < coarse_sums_.size(); ++s) {
    for (std::size_t b = 0; b < all.size(); ++b) all[b] += coarse_sums_[s][b];
  }
  return coarse_.solve(all);
}

template <class T>
void ConjugateGradients<T>::factor(const Layout& layout, const LinkMatrix<T>& a,
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

template <class T>
void ConjugateGradients<T>::start(const Layout& layout, const Padded<double>& residual) {
  for_each_strip(layout, [&](int strip) {
    for_rows(layout, strip, [&](int k, int i, std::size_t begin, std::size_t end) {
      double largest = 0;
      for (std::size_t n = begin; n < end; ++n) largest = std::max(largest, std::abs(residual[n]));
      row_sums_[layout.row_index(k, i)] = largest;
    });
  });
  const double largest = *std::max_element(row_sums_.begin(), row_sums_.end());
  scale_ = largest > 0 ? largest : 1.0;
  std::fill(row_sums_.begin(), row_sums_.end(), 0.0);
  const double factor = 1 / scale_;
  for_each_strip(layout, [&](int strip) {
    for_rows(layout, strip, [&](int, int, std::size_t begin, std::size_t end) {
      for (std::size_t n = begin; n < end; ++n) {
        r_[n] = static_cast<T>(residual[n] * factor);
        d_[n] = 0;
        p_[n] = 0;
      }
    });
  });
}

// d += alpha p, r -= alpha q.
template <class T>
void ConjugateGradients<T>::update_rows(const Layout& layout, T alpha) {
  const RowKernels<T>& kernels = row_kernels<T>();
  for_each_strip(layout, [&](int strip) {
    const FlushDenormals flush;
    for_rows(layout, strip, [&](int, int, std::size_t begin, std::size_t end) {
      kernels.update(end - begin, alpha, p_.data() + begin, q_.data() + begin, d_.data() + begin,
                     r_.data() + begin);
    });
  });
}

// d += alpha p, r -= alpha q when `update`, then z = M^-1 r; returns r.z.
template <class T>
double ConjugateGradients<T>::precondition(const Layout& layout, const LinkMatrix<T>& a, T alpha,
                                           bool update) {
  const RowKernels<T>& kernels = row_kernels<T>();
  if (complete_.factored() || (multigrid_ && multigrid_->ready())) {
    if (update) update_rows(layout, alpha);
    if (multigrid_) return multigrid_->solve(layout, a, incomplete_, r_, z_);
    return complete_.solve(incomplete_.inverse(), r_, z_);
  }
  for (std::vector<double>& sums : coarse_sums_) std::fill(sums.begin(), sums.end(), 0.0);
  const double fine =
      incomplete_.solve(layout, a, r_, z_, [&](int strip, int k, int i, std::size_t begin, std::size_t end) {
        if (update) {
          kernels.update(end - begin, alpha, p_.data() + begin, q_.data() + begin, d_.data() + begin,
                         r_.data() + begin);
        }
        if (coarse_.factored()) add_coarse_sums(layout, strip, k, i, begin, end);
      });
  return coarse_.factored() ? fine + solve_coarse() : fine;
}

// p = z + beta p, q = A p; returns p.q.
template <class T>
double ConjugateGradients<T>::multiply(const Layout& layout, const LinkMatrix<T>& a, T beta) {
  const RowKernels<T>& kernels = row_kernels<T>();
  const auto columns = static_cast<std::ptrdiff_t>(layout.ncol);
  const auto below = static_cast<std::ptrdiff_t>(layout.layer_cells);
  for_each_strip(layout, [&](int strip) {
    const FlushDenormals flush;
    for_rows(layout, strip, [&](int k, int i, std::size_t begin, std::size_t end) {
      kernels.direction(end - begin, beta, z_.data() + begin, p_.data() + begin);
      if (coarse_.factored()) add_coarse(k, i, layout.row_start(k, i), begin, end);
    });
  });
  for_each_strip(layout, [&](int strip) {
    const FlushDenormals flush;
    for_rows(layout, strip, [&](int k, int i, std::size_t begin, std::size_t end) {
      const T* p = p_.data() + begin;
      const RowVectors<T> vectors{p, p + columns, p - columns, k == layout.nlay - 1 ? p : p + below,
                                  k == 0 ? p : p - below};
      row_sums_[layout.row_index(k, i)] =
          kernels.multiply(end - begin, a.row(layout, k, begin), vectors, q_.data() + begin);
    });
  });
  return sum_rows();
}

// The coarse correction is taken in where convergence is slow, dropped where it is not needed, and made anew
// when it no longer helps as it did.
template <class T>
void ConjugateGradients<T>::judge_coarse(int iterations, double reduction) {
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
void ConjugateGradients<T>::judge_complete(int iterations, double reduction) {
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

template <class T>
LinearResult ConjugateGradients<T>::solve(const Layout& layout, const LinkMatrix<T>& a,
                                          const Padded<double>& residual, double reduction,
                                          int most_iterations) {
  start(layout, residual);
  double rz = precondition(layout, a, 0, false);
  const double first = rz;
  double beta = 0;
  LinearResult result;
  while (result.iterations < most_iterations && rz > 0) {
    const double pq = multiply(layout, a, static_cast<T>(beta));
    if (!(pq > 0)) break;
    const double next = precondition(layout, a, static_cast<T>(rz / pq), true);
    ++result.iterations;
    beta = next / rz;
    rz = next;
    if (rz <= reduction * reduction * first) break;
  }
  result.reduction = first > 0 ? std::sqrt(std::max(0.0, rz) / first) : 0.0;
  result.converged = result.reduction <= reduction;
  if (multigrid_) {  // older coarse levels do until they cost three iterations more
    if (fewest_iterations_ == 0) fewest_iterations_ = result.iterations;
    multigrid_is_old_ = result.iterations > fewest_iterations_ + 3;
    return result;
  }
  if (judges_) judge(result.iterations, reduction);
  return result;
}

template <class T>
void ConjugateGradients<T>::judge(int iterations, double reduction) {
  judge_complete(iterations, reduction);
  if (!complete_wanted_) judge_coarse(iterations, reduction);
}

template class ConjugateGradients<float>;
template class ConjugateGradients<double>;

}  // namespace phreatic::flow

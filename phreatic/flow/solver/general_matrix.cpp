// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/solver/general_matrix.hpp"

#include <algorithm>
#include <cmath>

namespace phreatic::flow {
namespace {

// Offsets of the three links of a cell, and whether the layer has a neighbour above or below.
struct Offsets {
  std::size_t column = 1;
  std::size_t row = 0;
  std::size_t layer = 0;
};

Offsets offsets_of(const Layout& layout) {
  return {1, static_cast<std::size_t>(layout.ncol), layout.layer_cells};
}

template <class Body>
void for_cells(const Layout& layout, Body&& body) {
  for (int strip = 0; strip < layout.strips; ++strip) {
    for_rows(layout, strip, [&](int k, int i, std::size_t begin, std::size_t end) {
      for (std::size_t n = begin; n < end; ++n) body(k, i, n);
    });
  }
}

constexpr int kMostWithoutFill = 40;    // iterations, before factors with fill are made
constexpr int kMostWithOldFactors = 6;  // iterations, before they are made anew

double dot(const Layout& layout, const Padded<double>& x, const Padded<double>& y) {
  double sum = 0;
  for_cells(layout, [&](int, int, std::size_t n) { sum += x[n] * y[n]; });
  return sum;
}

}  // namespace

void GeneralMatrix::allocate(const Layout& layout) {
  for (Padded<double>* array : {&excess, &right, &left, &front, &back, &down, &up})
    *array = layout.array<double>();
}

void GeneralMatrix::clear() {
  for (Padded<double>* array : {&excess, &right, &left, &front, &back, &down, &up}) array->fill(0.0);
}

void transpose(const Layout& layout, GeneralMatrix& a) {
  const Offsets o = offsets_of(layout);
  const auto turn = [&](Padded<double>& forward, Padded<double>& backward, std::size_t offset,
                        std::size_t n) {
    const double lean = forward[n] - backward[n];
    if (lean == 0) return;
    a.excess[n] += lean;
    a.excess[n + offset] -= lean;
    std::swap(forward[n], backward[n]);
  };
  for_cells(layout, [&](int k, int i, std::size_t n) {
    turn(a.right, a.left, o.column, n);
    if (i + 1 < layout.nrow) turn(a.front, a.back, o.row, n);
    if (k + 1 < layout.nlay) turn(a.down, a.up, o.layer, n);
  });
}

void multiply(const Layout& layout, const GeneralMatrix& a, const Padded<double>& x, Padded<double>& y) {
  const auto columns = static_cast<std::ptrdiff_t>(layout.ncol);
  const auto below = static_cast<std::ptrdiff_t>(layout.layer_cells);
  for_each_strip(layout, [&](int strip) {
    for_rows(layout, strip, [&](int k, int, std::size_t begin, std::size_t end) {
      const auto size = static_cast<std::ptrdiff_t>(end - begin);
      const double* at = x.data() + begin;
      const double* excess = a.excess.data() + begin;
      const double* right = a.right.data() + begin;
      const double* left = a.left.data() + begin;
      const double* front = a.front.data() + begin;
      const double* back = a.back.data() + begin;
      double* out = y.data() + begin;
      for (std::ptrdiff_t j = 0; j < size; ++j) {
        out[j] = excess[j] * at[j] + right[j] * (at[j] - at[j + 1]) + left[j - 1] * (at[j] - at[j - 1]) +
                 front[j] * (at[j] - at[j + columns]) + back[j - columns] * (at[j] - at[j - columns]);
      }
      if (k + 1 < layout.nlay) {
        const double* down = a.down.data() + begin;
        for (std::ptrdiff_t j = 0; j < size; ++j) out[j] += down[j] * (at[j] - at[j + below]);
      }
      if (k > 0) {
        const double* up = a.up.data() + begin;
        for (std::ptrdiff_t j = 0; j < size; ++j) out[j] += up[j - below] * (at[j] - at[j - below]);
      }
    });
  });
}

double row_product(const Layout& layout, const GeneralMatrix& a, const Padded<double>& x, std::size_t n) {
  const double* at = x.data() + n;
  const auto columns = static_cast<std::ptrdiff_t>(layout.ncol);
  const auto below = static_cast<std::ptrdiff_t>(layout.layer_cells);
  double product = a.excess[n] * *at + a.right[n] * (*at - at[1]) + (a.left.data() + n)[-1] * (*at - at[-1]) +
                   a.front[n] * (*at - at[columns]) + (a.back.data() + n)[-columns] * (*at - at[-columns]);
  if (n + layout.layer_cells < layout.cells) product += a.down[n] * (*at - at[below]);
  if (n >= layout.layer_cells) product += a.up[n - layout.layer_cells] * (*at - at[-below]);
  return product;
}

void BiConjugateGradients::allocate(const Layout& layout) {
  for (Padded<double>* array : {&inverse_, &r_, &shadow_, &p_, &v_, &s_, &t_, &y_, &d_}) {
    *array = layout.array<double>();
  }
}

void BiConjugateGradients::multiply(const Layout& layout, const GeneralMatrix& a, const Padded<double>& x,
                                    Padded<double>& y) const {
  const Offsets o = offsets_of(layout);
  for_cells(layout, [&](int k, int, std::size_t n) {
    if (inverse_[n] == 0) {
      y[n] = 0;
      return;
    }
    const double here = x[n];
    const double* at = x.data() + n;
    double value = a.excess[n] * here + a.right[n] * (here - at[1]) + a.front[n] * (here - at[o.row]);
    value +=
        *(a.left.data() + n - 1) * (here - *(at - 1)) + *(a.back.data() + n - o.row) * (here - *(at - o.row));
    if (k + 1 < layout.nlay) value += a.down[n] * (here - at[o.layer]);
    if (k > 0) value += a.up[n - o.layer] * (here - *(at - o.layer));
    y[n] = value;
  });
}

void BiConjugateGradients::factor(const Layout& layout, const GeneralMatrix& a,
                                  const Padded<std::int8_t>& ibound, double relaxation) {
  const Offsets o = offsets_of(layout);
  const auto lost = [&](std::size_t m, double down_link, double up_link, double others) {
    return up_link * inverse_[m] * (down_link + relaxation * others);
  };
  for_cells(layout, [&](int k, int, std::size_t n) {
    const double* left = a.left.data() + n - 1;
    const double* back = a.back.data() + n - o.row;
    double diagonal = a.excess[n] + a.right[n] + *left + a.front[n] + *back + a.down[n];
    if (k > 0) diagonal += a.up[n - o.layer];
    if (ibound[n] <= 0 || diagonal == 0) {
      inverse_[n] = 0;
      return;
    }
    double pivot = diagonal;
    if (*left != 0) pivot -= lost(n - 1, a.right[n - 1], *left, a.front[n - 1] + a.down[n - 1]);
    if (*back != 0)
      pivot -= lost(n - o.row, a.front[n - o.row], *back, a.right[n - o.row] + a.down[n - o.row]);
    if (k > 0) {
      const std::size_t m = n - o.layer;
      pivot -= lost(m, a.down[m], a.up[m], a.right[m] + a.front[m]);
    }
    if (!(std::abs(pivot) > 1e-4 * std::abs(diagonal))) pivot = diagonal;
    inverse_[n] = 1 / pivot;
  });
}

void BiConjugateGradients::precondition(const Layout& layout, const GeneralMatrix& a, const Padded<double>& x,
                                        Padded<double>& y) {
  if (use_filled_ && filled_.ready()) {
    filled_.solve(x, y);
    return;
  }
  const Offsets o = offsets_of(layout);
  for_cells(layout, [&](int k, int, std::size_t n) {
    const double* at = y.data() + n;
    double value = x[n] + *(a.left.data() + n - 1) * *(at - 1) + *(a.back.data() + n - o.row) * *(at - o.row);
    if (k > 0) value += a.up[n - o.layer] * *(at - o.layer);
    y[n] = inverse_[n] * value;
  });
  for (int k = layout.nlay - 1; k >= 0; --k) {
    for (int i = layout.nrow - 1; i >= 0; --i) {
      const std::size_t row = layout.row_index(k, i);
      const std::size_t start = layout.row_start(k, i);
      for (int j = layout.end[row] - 1; j >= layout.begin[row]; --j) {
        const std::size_t n = start + static_cast<std::size_t>(j);
        double value = a.right[n] * y[n + 1] + a.front[n] * y[n + o.row];
        if (k + 1 < layout.nlay) value += a.down[n] * y[n + o.layer];
        y[n] += inverse_[n] * value;
      }
    }
  }
}

void BiConjugateGradients::start_step() {
  filled_.forget();
  use_filled_ = false;
}

LinearResult BiConjugateGradients::solve(const Layout& layout, const GeneralMatrix& a,
                                         const Padded<std::int8_t>& ibound, const Padded<double>& residual,
                                         double reduction, int most_iterations) {
  LinearResult result;
  if (!use_filled_) {
    result = iterate(layout, a, residual, reduction, std::min(most_iterations, kMostWithoutFill));
    if (result.converged || most_iterations <= kMostWithoutFill) return result;
    use_filled_ = true;
  }
  if (filled_.ready()) {
    LinearResult old = iterate(layout, a, residual, reduction, kMostWithOldFactors);
    old.iterations += result.iterations;
    if (old.converged) return old;
    result = old;
  }
  use_filled_ = filled_.factor(layout, a, ibound);
  LinearResult last = iterate(layout, a, residual, reduction, most_iterations);
  last.iterations += result.iterations;
  return last;
}

LinearResult BiConjugateGradients::iterate(const Layout& layout, const GeneralMatrix& a,
                                           const Padded<double>& residual, double reduction,
                                           int most_iterations) {
  LinearResult result;
  for_cells(layout, [&](int, int, std::size_t n) {
    d_[n] = 0;
    r_[n] = inverse_[n] == 0 ? 0.0 : residual[n];
    shadow_[n] = r_[n];
    p_[n] = 0;
    v_[n] = 0;
  });
  const double first = std::sqrt(dot(layout, r_, r_));
  double rho = 1;
  double alpha = 1;
  double omega = 1;
  double norm = first;
  while (norm > reduction * first && result.iterations < most_iterations) {
    const double next = dot(layout, shadow_, r_);
    if (next == 0 || !std::isfinite(next)) break;
    const double beta = next / rho * (alpha / omega);
    rho = next;
    for_cells(layout, [&](int, int, std::size_t n) { p_[n] = r_[n] + beta * (p_[n] - omega * v_[n]); });
    precondition(layout, a, p_, y_);
    multiply(layout, a, y_, v_);
    const double sv = dot(layout, shadow_, v_);
    if (sv == 0 || !std::isfinite(sv)) break;
    alpha = rho / sv;
    for_cells(layout, [&](int, int, std::size_t n) {
      d_[n] += alpha * y_[n];
      s_[n] = r_[n] - alpha * v_[n];
    });
    precondition(layout, a, s_, y_);
    multiply(layout, a, y_, t_);
    const double tt = dot(layout, t_, t_);
    omega = tt > 0 ? dot(layout, t_, s_) / tt : 0.0;
    for_cells(layout, [&](int, int, std::size_t n) {
      d_[n] += omega * y_[n];
      r_[n] = s_[n] - omega * t_[n];
    });
    norm = std::sqrt(dot(layout, r_, r_));
    ++result.iterations;
    if (omega == 0) break;
  }
  result.reduction = first > 0 ? norm / first : 0.0;
  result.converged = result.reduction <= reduction;
  return result;
}

}  // namespace phreatic::flow

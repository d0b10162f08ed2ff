// SPDX-License-Identifier: BSD-3-Clause
// Preconditioned conjugate gradients on the structured symmetric matrix of links (row_kernels.hpp), for whatever preconditioner
// (preconditioner.hpp says what it has to give). Sums go row by row, so that results are the same for any number of threads.
#pragma once

#include <cmath>
#include <vector>

#include "phreatic/flow/grid/layout.hpp"
#include "phreatic/flow/solver/incomplete_factor.hpp"
#include "phreatic/flow/solver/row_kernels/row_kernels.hpp"

namespace phreatic::flow {

struct LinearResult {
  int iterations = 0;
  double reduction = 0;  // reached, of the preconditioned residual norm
  bool converged = false;
};

template <class T>
class ConjugateGradients {
 public:
  void allocate(const Layout& layout);
  std::size_t bytes() const { return 5 * r_.bytes(); }
  // Systems on the spans of another layout may follow: what is beside those spans counts as 0.
  void clear(const Layout& layout);
  void clear(std::size_t begin, std::size_t end);
  // Solves A d = residual from d = 0 until sqrt(r M^-1 r) fell by `reduction`; correction() holds d
  // afterwards.
  template <class M>
  LinearResult solve(const Layout& layout, const LinkMatrix<T>& a, M& preconditioner,
                     const Padded<double>& residual, double reduction, int most_iterations);
  // d in units of the head: correction()[n] * scale().
  const Padded<T>& correction() const { return d_; }
  double scale() const { return scale_; }

 private:
  void start(const Layout& layout, const Padded<double>& residual);
  template <class M>
  void direct(const Layout& layout, const M& preconditioner, T beta);
  double multiply(const Layout& layout, const LinkMatrix<T>& a);
  double sum_rows() const;

  Padded<T> r_, z_, p_, q_, d_;
  std::vector<double> row_sums_;
  double scale_ = 1;
};

// p = M^-1 r + beta p
template <class T>
template <class M>
void ConjugateGradients<T>::direct(const Layout& layout, const M& preconditioner, T beta) {
  const RowKernels<T>& kernels = row_kernels<T>();
  for_each_strip(layout, [&](int strip) {
    const FlushDenormals flush;
    for_rows(layout, strip, [&](int k, int i, std::size_t begin, std::size_t end) {
      kernels.direction(end - begin, beta, z_.data() + begin, p_.data() + begin);
      preconditioner.add(layout, k, i, begin, end, p_);
    });
  });
}

template <class T>
template <class M>
LinearResult ConjugateGradients<T>::solve(const Layout& layout, const LinkMatrix<T>& a, M& preconditioner,
                                          const Padded<double>& residual, double reduction,
                                          int most_iterations) {
  start(layout, residual);
  const RowKernels<T>& kernels = row_kernels<T>();
  double rz = preconditioner.apply(layout, a, r_, z_, [](int, int, int, std::size_t, std::size_t) {});
  const double first = rz;
  double beta = 0;
  LinearResult result;
  while (result.iterations < most_iterations && rz > 0) {
    direct(layout, preconditioner, static_cast<T>(beta));
    const double pq = multiply(layout, a);
    if (!(pq > 0)) break;
    const T alpha = static_cast<T>(rz / pq);
    const double next =
        preconditioner.apply(layout, a, r_, z_, [&](int, int, int, std::size_t begin, std::size_t end) {
          kernels.update(end - begin, alpha, p_.data() + begin, q_.data() + begin, d_.data() + begin,
                         r_.data() + begin);
        });
    ++result.iterations;
    beta = next / rz;
    rz = next;
    if (rz <= reduction * reduction * first) break;
  }
  result.reduction = first > 0 ? std::sqrt(std::max(0.0, rz) / first) : 0.0;
  result.converged = result.reduction <= reduction;
  return result;
}

}  // namespace phreatic::flow

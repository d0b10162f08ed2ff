// SPDX-License-Identifier: BSD-3-Clause
// The inner loops of the linear solver, each over one row of cells. One source per instruction set is
// compiled from row_kernels_body.hpp; row_kernels<T>() gives the table for this machine.
//
// The matrix is kept as links: row n of A x is  excess_n x_n + sum_m c_nm (x_n - x_m)  with c >= 0
// (symmetric), which keeps flow balance whatever the precision. Pointers stand at the first cell of the row;
// `right[-1]` is the link to the left of it.
#pragma once

#include <cstddef>

namespace phreatic::flow {

// Links of a row and of the rows behind (towards smaller row numbers) and above it.
template <class T>
struct RowLinks {
  const T* excess;
  const T* right;
  const T* front;
  const T* back;  // front links of the row behind
  const T* down;
  const T* up;  // down links of the row above
};

// A vector at a row and at its neighbour rows; where there is none any readable row will do, its links are 0.
template <class T>
struct RowVectors {
  const T* here;
  const T* front;
  const T* back;
  const T* down;
  const T* up;
};

template <class T>
struct RowKernels {
  // q = A p; returns p.q
  double (*multiply)(std::size_t n, const RowLinks<T>& a, const RowVectors<T>& p, T* q);
  // d += alpha p, r -= alpha q
  void (*update)(std::size_t n, T alpha, const T* p, const T* q, T* d, T* r);
  // p = z + beta p
  void (*direction)(std::size_t n, T beta, const T* z, T* p);
  // z = inverse (r + sum of lower links z); recurrence along the row
  void (*forward)(std::size_t n, const RowLinks<T>& a, const T* inverse, const T* r, const T* back,
                  const T* up, T* z);
  // z += inverse (sum of upper links z); recurrence against the row; returns r.z
  double (*backward)(std::size_t n, const RowLinks<T>& a, const T* inverse, const T* r, const T* front,
                     const T* down, T* z);
};

template <class T>
const RowKernels<T>& row_kernels();

// Flushes denormal numbers to zero in this thread while alive (x86 only): corrections fade to nothing far
// from where something changes, and denormals would be a hundred times slower.
class FlushDenormals {
 public:
  FlushDenormals();
  ~FlushDenormals();
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  unsigned saved_ = 0;
};

}  // namespace phreatic::flow

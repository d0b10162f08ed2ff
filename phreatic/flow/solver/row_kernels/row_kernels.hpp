// SPDX-License-Identifier: BSD-3-Clause
// The inner loops of the linear solver, each over one row of cells. One source per instruction set is
// compiled from row_kernels_body.hpp; row_kernels<T>() gives the table for this machine.
//
// The matrix is kept as links: row n of A x is  excess_n x_n + sum_m c_nm (x_n - x_m)  with c >= 0
// (symmetric), which keeps flow balance whatever the precision. Pointers stand at the first cell of the row;
// `right[-1]` is the link to the left of it.
#pragma once

#include <cstddef>
#include <cstdint>

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

// A row of cells for the storage kernels (storage.hpp has the equations); flows go into `residual`, slopes
// into the excess of the matrix. Only wet cells (ibound > 0) are touched.
struct StorageRow {
  const std::int8_t* ibound;
  const double* top;
  const double* bottom;
  const double* area;
  const double* ss;  // specific storage, or storage coefficient when `coefficient`
  const double* sy;  // convertible rows only
  const double* head;
  const double* old;
  double per_dt;  // 1 / dt (1/T)
  bool coefficient;
};

// Conductances of a row of cells and the heads that they stand between.
struct LinkRow {
  const double* right;  // right[-1] is the link to the left
  const double* front;
  const double* back;
  const double* head;
  const double* head_front;
  const double* head_back;
};

struct ResidualSums {
  double wet = 0;
  double fixed = 0;
};

// Sums of positive and of negative flows (absolute values).
struct SignedSums {
  double positive = 0;
  double negative = 0;
};

// Vectors of several lanes stand side by side: cell n of lane l at kLanes n + l. Coefficients are shared.
inline constexpr std::size_t kLanes = 8;

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
  // sum of x where inverse is not 0
  double (*masked_sum)(std::size_t n, const T* inverse, const T* x);
  // x += value where inverse is not 0
  void (*masked_add)(std::size_t n, const T* inverse, T value, T* x);
  // Storage of a row of confined or of convertible cells.
  void (*confined_storage)(std::size_t n, const StorageRow& row, double* residual, T* excess);
  void (*convertible_storage)(std::size_t n, const StorageRow& row, double* residual, T* excess);
  // Flows out of storage of such rows, those of specific storage and of specific yield apart.
  SignedSums (*confined_storage_sums)(std::size_t n, const StorageRow& row);
  SignedSums (*convertible_storage_sums)(std::size_t n, const StorageRow& row);
  // Whether an active convertible cell holds less water than `share` of its thickness.
  bool (*any_shallow)(std::size_t n, const std::int8_t* ibound, const std::int8_t* convertible,
                      const double* top, const double* bottom, const double* head, double share);
  // Wet thickness of active cells: 0 where ibound is 0; of full thickness where not convertible.
  void (*thickness)(std::size_t n, const std::int8_t* ibound, const std::int8_t* convertible,
                    const double* top, const double* bottom, const double* head, double* wet);
  // Harmonic conductance between two cells: width t1 t2 / (t1 l2 + t2 l1), 0 where t1 t2 is.
  void (*harmonic)(std::size_t n, const double* width, const double* t1, const double* l1, const double* t2,
                   const double* l2, double* link);
  // Adds the flows over the links along rows and columns to the residual, and copies the links into the matrix.
  void (*horizontal_links)(std::size_t n, const LinkRow& row, double* residual, T* right, T* front);
  // The same for links to the layer below or above, which are 0 where a cell is dry; `matrix` may be null.
  void (*vertical_links)(std::size_t n, const double* link, const std::int8_t* here, const std::int8_t* there,
                         const double* head, const double* other, double* residual, T* matrix);
  // Adds the flow balance of a difference of heads: excess (old - d) out of storage and that over the links, less `off`,
  // and takes it `part` times (1 wet, 0 else); returns the sum of absolute values.
  double (*difference_balance)(std::size_t n, const RowLinks<T>& a, const RowVectors<double>& d,
                               const double* old, const double* off, const T* part, double* residual);
  // to += scale x; returns the largest absolute value of scale x
  double (*add_scaled)(std::size_t n, double scale, const T* x, double* to);
  double (*product)(std::size_t n, const double* x, const double* y);  // x.y
  double (*absolute_sum)(std::size_t n, const double* x);
  // Sums of |residual| in wet cells and in fixed heads; the residual becomes 0 where ibound <= 0.
  ResidualSums (*finish_residual)(std::size_t n, const std::int8_t* ibound, double* residual);
  // residual -= of in wet cells, 0 elsewhere; returns the sum of its absolute values.
  double (*take_off)(std::size_t n, const std::int8_t* ibound, const double* of, double* residual);
  // The same as above for kLanes vectors side by side; scalars and sums are by lane.
  void (*multiply_lanes)(std::size_t n, const RowLinks<T>& a, const RowVectors<T>& p, T* q, double* sums);
  void (*update_lanes)(std::size_t n, const T* alpha, const T* p, const T* q, T* d, T* r);
  void (*direction_lanes)(std::size_t n, const T* beta, const T* z, T* p);
  void (*forward_lanes)(std::size_t n, const RowLinks<T>& a, const T* inverse, const T* r, const T* back,
                        const T* up, T* z);
  void (*backward_lanes)(std::size_t n, const RowLinks<T>& a, const T* inverse, const T* r, const T* front,
                         const T* down, T* z, double* sums);
  // sums += x, x += value where inverse is not 0
  void (*masked_sum_lanes)(std::size_t n, const T* inverse, const T* x, double* sums);
  void (*masked_add_lanes)(std::size_t n, const T* inverse, const T* value, T* x);
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

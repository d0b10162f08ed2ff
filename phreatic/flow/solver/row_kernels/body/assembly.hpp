// SPDX-License-Identifier: BSD-3-Clause
// Storage and links of a row of cells. Included once per instruction set (row_kernels_body.hpp).
#pragma once

#include <cstddef>
#include <cstdint>

#include "phreatic/flow/solver/row_kernels/body/loops.hpp"
#include "phreatic/flow/solver/row_kernels/row_kernels.hpp"

namespace phreatic::flow {
namespace {

template <class T>
void confined_storage_row(std::size_t n, const StorageRow& row, double* residual, T* excess) {
  PHREATIC_NO_DEPENDENCE
  for (std::size_t j = 0; j < n; ++j) {
    const double b = row.coefficient ? 1.0 : row.top[j] - row.bottom[j];
    const double c = row.ibound[j] > 0 ? row.ss[j] * row.area[j] * b * row.per_dt : 0.0;
    residual[j] += row.ibound[j] > 0 ? c * (row.old[j] - row.head[j]) : 0.0;
    excess[j] += static_cast<T>(c);
  }
}

inline double clamped(double x) {
  x = x < 0.0 ? 0.0 : x;
  return x > 1.0 ? 1.0 : x;
}

// Storage of one convertible cell. Wet or not enters as a factor, so that loops have no branches; heads of
// cells that are not wet are finite.
struct ConvertibleStorage {
  double b, head, old;  // thickness; heads above the bottom
  double s, s_old;      // saturations
  double ss, sy;        // specific storage and yield times area over the time step; 0 where not wet

  double elastic_flow() const { return ss * (s_old * (old - 0.5 * b * s_old) - s * (head - 0.5 * b * s)); }
  double drained_flow() const { return sy * b * (s_old - s); }
};

// Calls use(j, storage of cell j) along a row; what `use` writes must not be what the row reads.
template <class Use>
inline void for_convertible(std::size_t n, const StorageRow& row, Use&& use) {
  const std::int8_t* __restrict ibound = row.ibound;
  const double* __restrict top = row.top;
  const double* __restrict bottom = row.bottom;
  const double* __restrict area = row.area;
  const double* __restrict specific = row.ss;
  const double* __restrict yield = row.sy;
  const double* __restrict heads = row.head;
  const double* __restrict olds = row.old;
  const double per_dt = row.per_dt;
  const double coefficient = row.coefficient ? 1.0 : 0.0;
  PHREATIC_NO_DEPENDENCE
  for (std::size_t j = 0; j < n; ++j) {
    const double b = top[j] - bottom[j];
    const double head = heads[j] - bottom[j];
    const double old = olds[j] - bottom[j];
    const double scale = 1 / (b > 1e-300 ? b : 1e-300);
    const double per_area = static_cast<double>(ibound[j] > 0) * area[j] * per_dt;
    use(j, ConvertibleStorage{b, head, old, clamped(head * scale), clamped(old * scale),
                              specific[j] * per_area * (coefficient + (1 - coefficient) * b),
                              yield[j] * per_area});
  }
}

template <class T>
void convertible_storage_row(std::size_t n, const StorageRow& row, double* __restrict residual,
                             T* __restrict excess) {
  for_convertible(n, row, [&](std::size_t j, const ConvertibleStorage& cell) {
    residual[j] += cell.elastic_flow() + cell.drained_flow();
    const double full = cell.s < 1 ? 1.0 : 0.0;
    const double empty = cell.s > 0 ? 1.0 : 0.0;
    excess[j] += static_cast<T>(cell.ss * cell.s + full * empty * cell.sy);
  });
}

[[maybe_unused]] SignedSums signed_sums(double sum, double absolute) {
  return {0.5 * (absolute + sum), 0.5 * (absolute - sum)};
}

[[maybe_unused]] SignedSums confined_storage_sums_row(std::size_t n, const StorageRow& row) {
  double sum = 0;
  double absolute = 0;
  for (std::size_t j = 0; j < n; ++j) {
    const double b = row.coefficient ? 1.0 : row.top[j] - row.bottom[j];
    const double c = row.ibound[j] > 0 ? row.ss[j] * row.area[j] * b * row.per_dt : 0.0;
    const double flow = row.ibound[j] > 0 ? c * (row.old[j] - row.head[j]) : 0.0;
    sum += flow;
    absolute += flow < 0 ? -flow : flow;
  }
  return signed_sums(sum, absolute);
}

[[maybe_unused]] SignedSums convertible_storage_sums_row(std::size_t n, const StorageRow& row) {
  double sum = 0;
  double absolute = 0;
  for_convertible(n, row, [&](std::size_t, const ConvertibleStorage& cell) {
    const double elastic = cell.elastic_flow();
    const double drained = cell.drained_flow();
    sum += elastic + drained;
    absolute += (elastic < 0 ? -elastic : elastic) + (drained < 0 ? -drained : drained);
  });
  return signed_sums(sum, absolute);
}

[[maybe_unused]] bool any_shallow_row(std::size_t n, const std::int8_t* ibound,
                                      const std::int8_t* convertible, const double* top, const double* bottom,
                                      const double* head, double share) {
  double found = 0;
  for (std::size_t j = 0; j < n; ++j) {
    const double counts = static_cast<double>((ibound[j] != 0) & (convertible[j] != 0));
    const double low = head[j] - bottom[j] < share * (top[j] - bottom[j]) ? 1.0 : 0.0;
    found += counts * low;
  }
  return found > 0;
}

[[maybe_unused]] void thickness_row(std::size_t n, const std::int8_t* ibound, const std::int8_t* convertible,
                                    const double* top, const double* bottom, const double* head,
                                    double* wet) {
  PHREATIC_NO_DEPENDENCE
  for (std::size_t j = 0; j < n; ++j) {
    const double cut = head[j] < top[j] ? head[j] : top[j];
    const double upper = convertible[j] != 0 ? cut : top[j];
    wet[j] = ibound[j] != 0 ? upper - bottom[j] : 0.0;
  }
}

[[maybe_unused]] void harmonic_row(std::size_t n, const double* width, const double* t1, const double* l1,
                                   const double* t2, const double* l2, double* link) {
  PHREATIC_NO_DEPENDENCE
  for (std::size_t j = 0; j < n; ++j) {
    const double product = t1[j] * t2[j];
    const double sum = t1[j] * l2[j] + t2[j] * l1[j];
    const double value = width[j] * product / (product > 0 ? sum : 1.0);
    link[j] = product > 0 ? value : 0.0;
  }
}

template <class T>
void horizontal_links_row(std::size_t n, const LinkRow& row, double* residual, T* matrix_right,
                          T* matrix_front) {
  const double* right = row.right;
  const double* front = row.front;
  const double* back = row.back;
  const double* h = row.head;
  const double* hf = row.head_front;
  const double* hb = row.head_back;
  PHREATIC_NO_DEPENDENCE
  for (std::size_t j = 0; j < n; ++j) {
    residual[j] += right[j] * (h[j + 1] - h[j]) + *(right + j - 1) * (*(h + j - 1) - h[j]) +
                   front[j] * (hf[j] - h[j]) + back[j] * (hb[j] - h[j]);
    matrix_right[j] = static_cast<T>(right[j]);
    matrix_front[j] = static_cast<T>(front[j]);
  }
}

template <class T>
void vertical_links_row(std::size_t n, const double* link, const std::int8_t* here, const std::int8_t* there,
                        const double* head, const double* other, double* residual, T* matrix) {
  if (matrix == nullptr) {
    PHREATIC_NO_DEPENDENCE
    for (std::size_t j = 0; j < n; ++j) {
      const double c = ((here[j] != 0) & (there[j] != 0)) ? link[j] : 0.0;
      residual[j] += c * (other[j] - head[j]);
    }
    return;
  }
  PHREATIC_NO_DEPENDENCE
  for (std::size_t j = 0; j < n; ++j) {
    const double c = ((here[j] != 0) & (there[j] != 0)) ? link[j] : 0.0;
    residual[j] += c * (other[j] - head[j]);
    matrix[j] = static_cast<T>(c);
  }
}

}  // namespace
}  // namespace phreatic::flow

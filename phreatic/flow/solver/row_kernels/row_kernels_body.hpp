// SPDX-License-Identifier: BSD-3-Clause
// Bodies of the row kernels; included once per instruction set, inside an anonymous namespace of that source.
// Recurrences along a row, z_j = a_j + b_j z_{j-1}, are done eight at a time for floats by doubling distances
// (Kogge and Stone 1973, key kogge1973): latency is that of three steps instead of eight.
#pragma once

#include <cstddef>
#include <cstring>

#include "phreatic/flow/solver/row_kernels/row_kernels.hpp"

// What a loop writes is not what it reads in another turn.
#if defined(__clang__)
#define PHREATIC_NO_DEPENDENCE  // clang warns where it cannot vectorise; it only fuzzes here
#else
#define PHREATIC_NO_DEPENDENCE _Pragma("GCC ivdep")
#endif

namespace phreatic::flow {
namespace {

template <class T>
double multiply_row(std::size_t n, const RowLinks<T>& a, const RowVectors<T>& x, T* q) {
  const T* excess = a.excess;
  const T* right = a.right;
  const T* front = a.front;
  const T* back = a.back;
  const T* down = a.down;
  const T* up = a.up;
  const T* p = x.here;
  const T* pf = x.front;
  const T* pb = x.back;
  const T* pd = x.down;
  const T* pu = x.up;
  T sum = 0;
  PHREATIC_NO_DEPENDENCE
  for (std::size_t j = 0; j < n; ++j) {
    const T here = p[j];
    T value = excess[j] * here;
    value += right[j] * (here - p[j + 1]);
    value += *(right + j - 1) * (here - *(p + j - 1));
    value += front[j] * (here - pf[j]);
    value += back[j] * (here - pb[j]);
    value += down[j] * (here - pd[j]);
    value += up[j] * (here - pu[j]);
    q[j] = value;
    sum += here * value;
  }
  return static_cast<double>(sum);
}

template <class T>
void update_row(std::size_t n, T alpha, const T* p, const T* q, T* d, T* r) {
  PHREATIC_NO_DEPENDENCE
  for (std::size_t j = 0; j < n; ++j) {
    d[j] += alpha * p[j];
    r[j] -= alpha * q[j];
  }
}

template <class T>
void direction_row(std::size_t n, T beta, const T* z, T* p) {
  PHREATIC_NO_DEPENDENCE
  for (std::size_t j = 0; j < n; ++j) p[j] = z[j] + beta * p[j];
}

template <class T>
double masked_sum_row(std::size_t n, const T* inverse, const T* x) {
  T sum = 0;
  for (std::size_t j = 0; j < n; ++j) sum += inverse[j] != 0 ? x[j] : T(0);
  return static_cast<double>(sum);
}

template <class T>
void masked_add_row(std::size_t n, const T* inverse, T value, T* x) {
  for (std::size_t j = 0; j < n; ++j) x[j] += inverse[j] != 0 ? value : T(0);
}

// --- assembly
// -------------------------------------------------------------------------------------------------

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

template <class T>
double difference_balance_row(std::size_t n, const RowLinks<T>& a, const RowVectors<double>& x,
                              const double* old, const double* off, const T* part, double* residual) {
  const T* excess = a.excess;
  const T* right = a.right;
  const T* front = a.front;
  const T* back = a.back;
  const T* down = a.down;
  const T* up = a.up;
  const double* d = x.here;
  const double* df = x.front;
  const double* db = x.back;
  const double* dd = x.down;
  const double* du = x.up;
  double sum = 0;
  PHREATIC_NO_DEPENDENCE
  for (std::size_t j = 0; j < n; ++j) {
    const double here = d[j];
    double value = residual[j] - off[j] + static_cast<double>(excess[j]) * (old[j] - here);
    value += static_cast<double>(right[j]) * (d[j + 1] - here);
    value += static_cast<double>(*(right + j - 1)) * (*(d + j - 1) - here);
    value += static_cast<double>(front[j]) * (df[j] - here);
    value += static_cast<double>(back[j]) * (db[j] - here);
    value += static_cast<double>(down[j]) * (dd[j] - here);
    value += static_cast<double>(up[j]) * (du[j] - here);
    value *= static_cast<double>(part[j]);
    residual[j] = value;
    sum += value < 0 ? -value : value;
  }
  return sum;
}

template <class T>
double add_scaled_row(std::size_t n, double scale, const T* x, double* to) {
  constexpr std::size_t kWide = 8;
  double most[kWide] = {};
  const auto add = [&](std::size_t j, std::size_t l) {
    const double value = scale * static_cast<double>(x[j]);
    const double size = value < 0 ? -value : value;
    most[l] = size > most[l] ? size : most[l];
    to[j] += value;
  };
  std::size_t j = 0;
  for (; j + kWide <= n; j += kWide) {
    PHREATIC_NO_DEPENDENCE
    for (std::size_t l = 0; l < kWide; ++l) add(j + l, l);
  }
  for (; j < n; ++j) add(j, 0);
  double largest = 0;
  for (const double size : most) largest = size > largest ? size : largest;
  return largest;
}

[[maybe_unused]] double product_row(std::size_t n, const double* x, const double* y) {
  double sum = 0;
  for (std::size_t j = 0; j < n; ++j) sum += x[j] * y[j];
  return sum;
}

[[maybe_unused]] double absolute_sum_row(std::size_t n, const double* x) {
  double sum = 0;
  for (std::size_t j = 0; j < n; ++j) sum += x[j] < 0 ? -x[j] : x[j];
  return sum;
}

[[maybe_unused]] ResidualSums finish_residual_row(std::size_t n, const std::int8_t* ibound,
                                                  double* residual) {
  double wet = 0;
  double fixed = 0;
  for (std::size_t j = 0; j < n; ++j) {
    const double size = residual[j] < 0 ? -residual[j] : residual[j];
    wet += ibound[j] > 0 ? size : 0.0;
    fixed += ibound[j] < 0 ? size : 0.0;
    residual[j] = ibound[j] > 0 ? residual[j] : 0.0;
  }
  return {wet, fixed};
}

[[maybe_unused]] double take_off_row(std::size_t n, const std::int8_t* ibound, const double* of,
                                     double* residual) {
  double sum = 0;
  PHREATIC_NO_DEPENDENCE
  for (std::size_t j = 0; j < n; ++j) {
    const double left = ibound[j] > 0 ? residual[j] - of[j] : 0.0;
    residual[j] = left;
    sum += left < 0 ? -left : left;
  }
  return sum;
}

// --- recurrences, one at a time
// -------------------------------------------------------------------------------

// The values before the first and behind the last column of a row are those of another row, which another
// thread may be writing: without a link to them they are not read.
template <class T>
void forward_some(std::size_t first, std::size_t n, const RowLinks<T>& a, const T* inverse, const T* r,
                  const T* back, const T* up, T* z) {
  T link = *(a.right + first - 1);
  T last = link != 0 ? *(z + first - 1) : T{0};
  for (std::size_t j = first; j < n; ++j) {
    const T known = r[j] + a.back[j] * back[j] + a.up[j] * up[j];
    last = inverse[j] * (known + link * last);
    link = a.right[j];
    z[j] = last;
  }
}

template <class T>
double backward_some(std::size_t n, const RowLinks<T>& a, const T* inverse, const T* r, const T* front,
                     const T* down, T* z) {
  double sum = 0;
  T last = n > 0 && a.right[n - 1] != 0 ? z[n] : T{0};
  for (std::size_t j = n; j-- > 0;) {
    const T known = a.front[j] * front[j] + a.down[j] * down[j];
    last = z[j] + inverse[j] * (known + a.right[j] * last);
    z[j] = last;
    sum += static_cast<double>(r[j]) * static_cast<double>(last);
  }
  return sum;
}

// --- recurrences, eight floats at a time
// ----------------------------------------------------------------------

typedef float Eight __attribute__((vector_size(32)));  // NOLINT: GCC's vector extension wants typedef

inline Eight load(const float* from) {
  Eight value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
inline void store(float* to, Eight value) { std::memcpy(to, &value, sizeof value); }

// Solves z_j = a_j + b_j z_{j-1} for eight j, given the z before them in every lane of `carry`.
inline Eight scan_up(Eight a, Eight b, Eight carry) {
  const Eight zero = {0, 0, 0, 0, 0, 0, 0, 0};
  const Eight one = {1, 1, 1, 1, 1, 1, 1, 1};
  a += b * __builtin_shufflevector(a, zero, 8, 0, 1, 2, 3, 4, 5, 6);
  b *= __builtin_shufflevector(b, one, 8, 0, 1, 2, 3, 4, 5, 6);
  a += b * __builtin_shufflevector(a, zero, 8, 8, 0, 1, 2, 3, 4, 5);
  b *= __builtin_shufflevector(b, one, 8, 8, 0, 1, 2, 3, 4, 5);
  a += b * __builtin_shufflevector(a, zero, 8, 8, 8, 8, 0, 1, 2, 3);
  b *= __builtin_shufflevector(b, one, 8, 8, 8, 8, 0, 1, 2, 3);
  return a + b * carry;
}

// The same against the row: z_j = a_j + b_j z_{j+1}.
inline Eight scan_down(Eight a, Eight b, Eight carry) {
  const Eight zero = {0, 0, 0, 0, 0, 0, 0, 0};
  const Eight one = {1, 1, 1, 1, 1, 1, 1, 1};
  a += b * __builtin_shufflevector(a, zero, 1, 2, 3, 4, 5, 6, 7, 8);
  b *= __builtin_shufflevector(b, one, 1, 2, 3, 4, 5, 6, 7, 8);
  a += b * __builtin_shufflevector(a, zero, 2, 3, 4, 5, 6, 7, 8, 8);
  b *= __builtin_shufflevector(b, one, 2, 3, 4, 5, 6, 7, 8, 8);
  a += b * __builtin_shufflevector(a, zero, 4, 5, 6, 7, 8, 8, 8, 8);
  b *= __builtin_shufflevector(b, one, 4, 5, 6, 7, 8, 8, 8, 8);
  return a + b * carry;
}

template <class T>
void forward_row(std::size_t n, const RowLinks<T>& a, const T* inverse, const T* r, const T* back,
                 const T* up, T* z) {
  forward_some(0, n, a, inverse, r, back, up, z);
}

template <>
[[maybe_unused]] void forward_row<float>(std::size_t n, const RowLinks<float>& a, const float* inverse,
                                         const float* r, const float* back, const float* up, float* z) {
  const float before = *(a.right - 1) != 0 ? *(z - 1) : 0.0F;
  Eight carry = {before, before, before, before, before, before, before, before};
  std::size_t j = 0;
  for (; j + 8 <= n; j += 8) {
    const Eight scale = load(inverse + j);
    const Eight known = load(r + j) + load(a.back + j) * load(back + j) + load(a.up + j) * load(up + j);
    const Eight value = scan_up(scale * known, scale * load(a.right + j - 1), carry);
    store(z + j, value);
    carry = __builtin_shufflevector(value, value, 7, 7, 7, 7, 7, 7, 7, 7);
  }
  forward_some(j, n, a, inverse, r, back, up, z);
}

template <class T>
double backward_row(std::size_t n, const RowLinks<T>& a, const T* inverse, const T* r, const T* front,
                    const T* down, T* z) {
  return backward_some(n, a, inverse, r, front, down, z);
}

template <>
[[maybe_unused]] double backward_row<float>(std::size_t n, const RowLinks<float>& a, const float* inverse,
                                            const float* r, const float* front, const float* down, float* z) {
  const float behind = a.right[n - 1] != 0 ? z[n] : 0.0F;
  Eight carry = {behind, behind, behind, behind, behind, behind, behind, behind};
  Eight dot = {0, 0, 0, 0, 0, 0, 0, 0};
  std::size_t j = n;
  for (; j >= 8; j -= 8) {
    const std::size_t at = j - 8;
    const Eight scale = load(inverse + at);
    const Eight known = load(a.front + at) * load(front + at) + load(a.down + at) * load(down + at);
    const Eight value = scan_down(load(z + at) + scale * known, scale * load(a.right + at), carry);
    store(z + at, value);
    dot += load(r + at) * value;
    carry = __builtin_shufflevector(value, value, 0, 0, 0, 0, 0, 0, 0, 0);
  }
  double sum = backward_some(j, a, inverse, r, front, down, z);
  for (int lane = 0; lane < 8; ++lane) sum += static_cast<double>(dot[lane]);
  return sum;
}

// --- lanes side by side: no recurrence crosses lanes, so every operation is one on a whole vector
// ----------------------------------------------------------------------

template <class T>
struct LaneVector;
template <>
struct LaneVector<float> {
  typedef float Type
      __attribute__((vector_size(4 * kLanes)));  // NOLINT: GCC's vector extension wants typedef
};
template <>
struct LaneVector<double> {
  typedef double Type __attribute__((vector_size(8 * kLanes)));  // NOLINT
};

template <class T>
struct Lanes {
  using Vector = typename LaneVector<T>::Type;
  static void take(const T* from, Vector& value) { std::memcpy(&value, from, sizeof value); }
  static void give(const Vector& value, T* to) { std::memcpy(to, &value, sizeof value); }
  static void add(const Vector& value, double* sums) {
    for (std::size_t l = 0; l < kLanes; ++l) sums[l] += static_cast<double>(value[l]);
  }
};

template <class T>
void multiply_lanes_row(std::size_t n, const RowLinks<T>& a, const RowVectors<T>& x, T* q, double* sums) {
  using L = Lanes<T>;
  typename L::Vector sum = {}, here, left, right, other;
  if (n > 0) {
    L::take(x.here - kLanes, left);
    L::take(x.here, here);
  }
  for (std::size_t j = 0; j < n; ++j) {
    const std::size_t at = kLanes * j;
    L::take(x.here + at + kLanes, right);
    typename L::Vector value = a.excess[j] * here;
    value += a.right[j] * (here - right);
    value += *(a.right + j - 1) * (here - left);
    L::take(x.front + at, other);
    value += a.front[j] * (here - other);
    L::take(x.back + at, other);
    value += a.back[j] * (here - other);
    L::take(x.down + at, other);
    value += a.down[j] * (here - other);
    L::take(x.up + at, other);
    value += a.up[j] * (here - other);
    L::give(value, q + at);
    sum += here * value;
    left = here;
    here = right;
  }
  for (std::size_t l = 0; l < kLanes; ++l) sums[l] = 0;
  L::add(sum, sums);
}

template <class T>
void update_lanes_row(std::size_t n, const T* alpha, const T* p, const T* q, T* d, T* r) {
  using L = Lanes<T>;
  typename L::Vector factor, from, to;
  L::take(alpha, factor);
  for (std::size_t at = 0; at < kLanes * n; at += kLanes) {
    L::take(p + at, from);
    L::take(d + at, to);
    L::give(to + factor * from, d + at);
    L::take(q + at, from);
    L::take(r + at, to);
    L::give(to - factor * from, r + at);
  }
}

template <class T>
void direction_lanes_row(std::size_t n, const T* beta, const T* z, T* p) {
  using L = Lanes<T>;
  typename L::Vector factor, from, to;
  L::take(beta, factor);
  for (std::size_t at = 0; at < kLanes * n; at += kLanes) {
    L::take(z + at, from);
    L::take(p + at, to);
    L::give(from + factor * to, p + at);
  }
}

// Of the neighbours in the row only those with a link are read: others may belong to another thread.
template <class T>
void forward_lanes_row(std::size_t n, const RowLinks<T>& a, const T* inverse, const T* r, const T* back,
                       const T* up, T* z) {
  using L = Lanes<T>;
  typename L::Vector last = {}, known, other;
  T link = *(a.right - 1);
  if (link != 0) L::take(z - kLanes, last);
  for (std::size_t j = 0; j < n; ++j) {
    const std::size_t at = kLanes * j;
    L::take(r + at, known);
    L::take(back + at, other);
    known += a.back[j] * other;
    L::take(up + at, other);
    known += a.up[j] * other;
    last = inverse[j] * known + (inverse[j] * link) * last;
    L::give(last, z + at);
    link = a.right[j];
  }
}

template <class T>
void backward_lanes_row(std::size_t n, const RowLinks<T>& a, const T* inverse, const T* r, const T* front,
                        const T* down, T* z, double* sums) {
  using L = Lanes<T>;
  typename L::Vector last = {}, sum = {}, known, other;
  if (n > 0 && a.right[n - 1] != 0) L::take(z + kLanes * n, last);
  for (std::size_t j = n; j-- > 0;) {
    const std::size_t at = kLanes * j;
    L::take(front + at, other);
    known = a.front[j] * other;
    L::take(down + at, other);
    known += a.down[j] * other;
    L::take(z + at, other);
    last = other + inverse[j] * known + (inverse[j] * a.right[j]) * last;
    L::give(last, z + at);
    L::take(r + at, other);
    sum += other * last;
  }
  for (std::size_t l = 0; l < kLanes; ++l) sums[l] = 0;
  L::add(sum, sums);
}

template <class T>
void masked_sum_lanes_row(std::size_t n, const T* inverse, const T* x, double* sums) {
  using L = Lanes<T>;
  typename L::Vector sum = {}, value;
  for (std::size_t j = 0; j < n; ++j) {
    L::take(x + kLanes * j, value);
    sum += (inverse[j] != 0 ? T(1) : T(0)) * value;
  }
  L::add(sum, sums);
}

template <class T>
void masked_add_lanes_row(std::size_t n, const T* inverse, const T* values, T* x) {
  using L = Lanes<T>;
  typename L::Vector value, to;
  L::take(values, value);
  for (std::size_t j = 0; j < n; ++j) {
    L::take(x + kLanes * j, to);
    L::give(to + (inverse[j] != 0 ? T(1) : T(0)) * value, x + kLanes * j);
  }
}

template <class T>
constexpr RowKernels<T> make_kernels() {
  return {multiply_row<T>,
          update_row<T>,
          direction_row<T>,
          forward_row<T>,
          backward_row<T>,
          masked_sum_row<T>,
          masked_add_row<T>,
          confined_storage_row<T>,
          convertible_storage_row<T>,
          confined_storage_sums_row,
          convertible_storage_sums_row,
          any_shallow_row,
          thickness_row,
          harmonic_row,
          horizontal_links_row<T>,
          vertical_links_row<T>,
          difference_balance_row<T>,
          add_scaled_row<T>,
          product_row,
          absolute_sum_row,
          finish_residual_row,
          take_off_row,
          multiply_lanes_row<T>,
          update_lanes_row<T>,
          direction_lanes_row<T>,
          forward_lanes_row<T>,
          backward_lanes_row<T>,
          masked_sum_lanes_row<T>,
          masked_add_lanes_row<T>};
}

}  // namespace
}  // namespace phreatic::flow

// SPDX-License-Identifier: BSD-3-Clause
// Inner loops of decompositions, trends, correlations, maps and order patterns of many series, compiled once for each instruction set (lane_body.hpp).
// Only plain pointers cross this line: what a kernel's source instantiates must not be taken by the linker for all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "phreatic/core/isa.hpp"

namespace phreatic::stats::lanes {

inline constexpr std::size_t kMostLanes =
    8;  // doubles of the widest vector; arrays read by kernels are padded by it
inline constexpr std::size_t kTogether = 4;  // neighbouring windows that a kernel sums in one pass

// Windows of one LOESS of equally spaced points: position p is fitted from the points first[p] .. first[p] + count - 1
// with the tricube weights of table[p]. A table: three rows (k, k d, k d^2; d = point - position) for weighted fits and
// one (the fit itself) for weights of one, each padded with kTogether - 1 zeros at both ends.
struct LoessWindows {
  std::size_t positions = 0;
  std::size_t count = 0;
  std::size_t stride = 0;  // of a row of a table
  const int* first = nullptr;
  const int* table = nullptr;
  const double* rows = nullptr;  // [table][4][stride]
  double limit = 0;              // of the variance of d, below which a line is a constant
  bool line = true;
};

struct StlPlan {
  std::size_t steps = 0;
  std::size_t period = 0;
  int inner = 5;
  int outer = 0;
  bool periodic = false;
  LoessWindows part[2];  // of subseries with steps / period values, and with one more; positions -1 .. count
  LoessWindows low;
  LoessWindows trend;
};

// One batch of `lanes` series side by side. in[lane]: values, NaN = missing; outputs of the same size.
struct StlBatch {
  const double* in[kMostLanes] = {};
  double* trend[kMostLanes] = {};
  double* seasonal[kMostLanes] = {};
  double* weights[kMostLanes] = {};
  bool undecided[kMostLanes] = {};  // a neighbourhood had no value: the lane is to be computed one by one
  double* work = nullptr;           // stl_work() doubles
};

// Slopes (y_j - y_i) / (t_j - t_i) of all pairs i < j, row by row; rows are padded to a multiple of the lanes with NaN.
struct PairRows {
  std::size_t count = 0;
  const double* y = nullptr;  // [count + kMostLanes], NaN = missing and behind the end
  const double* t = nullptr;  // as y; any number behind the end
  const double* inverse =
      nullptr;  // 1 / (t_j - t_i): in the order of the slopes, or of j - i - 1 for equal steps
  bool equal_steps = false;
};

struct SignCounts {
  long greater = 0;
  long less = 0;
};

// c = c keep_column + a b, all of one type; keep null: c = a b. Element (i, k) of a lies at a[i a_row + k a_inner]; b [inner]
// [columns] is packed by pack_columns(). Every element is summed in the order of k, whatever rows are asked for together.
template <class T>
struct ProductOf {
  std::size_t rows = 0, columns = 0, inner = 0;
  const T* a = nullptr;
  std::size_t a_row = 0, a_inner = 1;
  const T* packed = nullptr;
  T* c = nullptr;
  std::size_t c_row = 0;
  const T* keep = nullptr;  // [columns, up to a whole panel]
};
using Product = ProductOf<double>;
using FloatProduct = ProductOf<float>;
inline constexpr std::size_t kInnerBlock = 252;  // a multiple of the rows of all kernels' tiles

// Order patterns of windows x_t, x_{t+delay}, ..., as sum_i (m - 1 - i)! #{j > i: x_j < x_i}; m! where a value is NaN.
struct Ordinals {
  const double* values = nullptr;  // [windows + (order - 1) delay]
  std::size_t windows = 0;
  int order = 3;  // 2..8
  std::size_t delay = 1;
  bool gaps = false;               // false: there is no NaN
  std::uint16_t* codes = nullptr;  // [windows]
  double* weights = nullptr;       // [windows] variances of the windows; null: not wanted
};

struct LaneKernels {
  std::size_t lanes = 1;
  void (*stl)(const StlPlan& plan, StlBatch& batch);
  SignCounts (*slopes)(const PairRows& rows, float* out);  // out: pair_slots(count, lanes)
  // counts[k] = how many of `size` values (a multiple of 16, NaN never counts) are <= pivots[k], k < 6.
  void (*count)(const float* values, std::size_t size, const float* pivots, long* counts);
  // Writes the slopes whose float lies in (low[k], high[k]] to out[k], k < 3; sizes[k] says how many, at most room.
  void (*collect)(const PairRows& rows, const float* values, const float* low, const float* high,
                  double* const* out, std::size_t* sizes);
  void (*inverses)(const PairRows& rows, double* out);  // of the order of the slopes
  void (*product)(const Product& product);
  // out[k] = sum_t x_t x_{t+k}, k < lags; x [count] is followed by lags + 4 kMostLanes zeros.
  void (*lagged)(const double* x, std::size_t count, std::size_t lags, double* out);
  void (*ordinals)(const Ordinals& ordinals);
  void (*float_product)(const FloatProduct& product);
};

std::size_t stl_work(const StlPlan& plan, std::size_t lanes);
// Floats that the slopes of `count` values take, padding included.
std::size_t pair_slots(std::size_t count, std::size_t lanes);

// Columns of a panel: two vectors.
template <class T>
std::size_t panel_columns(const LaneKernels& kernels) {
  return 2 * kernels.lanes * sizeof(double) / sizeof(T);
}
template <class T = double>
std::size_t padded_columns(const LaneKernels& kernels, std::size_t columns) {
  const std::size_t width = panel_columns<T>(kernels);
  return (columns + width - 1) / width * width;
}
// Element (k, j) of b lies at b[k b_inner + j b_column]. Packed: blocks of kInnerBlock inner places, in each the panels
// (the last filled with zeros), in each [inner][column].
void pack_columns(const LaneKernels& kernels, const double* b, std::size_t b_inner, std::size_t b_column,
                  std::size_t inner, std::size_t columns, std::vector<double>& packed);
void pack_columns(const LaneKernels& kernels, const float* b, std::size_t b_inner, std::size_t b_column,
                  std::size_t inner, std::size_t columns, std::vector<float>& packed);

const LaneKernels& portable_lane_kernels();
const LaneKernels& avx2_lane_kernels();
const LaneKernels& avx512_lane_kernels();
const LaneKernels& lane_kernels(core::Isa isa = core::Isa::automatic);

}  // namespace phreatic::stats::lanes

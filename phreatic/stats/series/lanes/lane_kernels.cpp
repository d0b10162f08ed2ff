// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/series/lanes/lane_kernels.hpp"

#include <algorithm>

namespace phreatic::stats::lanes {

std::size_t stl_work(const StlPlan& plan, std::size_t lanes) {
  return lanes * (10 * plan.steps + 5 * (plan.steps + 2 * plan.period));
}

std::size_t pair_slots(std::size_t count, std::size_t lanes) {
  std::size_t slots = 0;
  for (std::size_t i = 0; i + 1 < count; ++i) slots += (count - 1 - i + lanes - 1) / lanes * lanes;
  return (slots + 15) / 16 * 16;
}

namespace {

template <class T>
void pack(const LaneKernels& kernels, const T* b, std::size_t b_inner, std::size_t b_column,
          std::size_t inner, std::size_t columns, std::vector<T>& packed) {
  const std::size_t width = panel_columns<T>(kernels);
  packed.resize(padded_columns<T>(kernels, columns) * inner);
  T* out = packed.data();
  for (std::size_t start = 0; start < inner; start += kInnerBlock) {
    const std::size_t end = std::min(start + kInnerBlock, inner);
    for (std::size_t panel = 0; panel < columns; panel += width) {
      const std::size_t there = std::min(width, columns - panel);
      for (std::size_t k = start; k < end; ++k, out += width) {
        const T* const in = b + k * b_inner + panel * b_column;
        for (std::size_t j = 0; j < there; ++j) out[j] = in[j * b_column];
        for (std::size_t j = there; j < width; ++j) out[j] = 0;
      }
    }
  }
}

}  // namespace

void pack_columns(const LaneKernels& kernels, const double* b, std::size_t b_inner, std::size_t b_column,
                  std::size_t inner, std::size_t columns, std::vector<double>& packed) {
  pack(kernels, b, b_inner, b_column, inner, columns, packed);
}

void pack_columns(const LaneKernels& kernels, const float* b, std::size_t b_inner, std::size_t b_column,
                  std::size_t inner, std::size_t columns, std::vector<float>& packed) {
  pack(kernels, b, b_inner, b_column, inner, columns, packed);
}

const LaneKernels& lane_kernels(core::Isa isa) {
#ifdef PHREATIC_LANES_X86
  switch (core::resolve_isa(isa)) {
    case core::Isa::avx512:
      return avx512_lane_kernels();
    case core::Isa::avx2:
      return avx2_lane_kernels();
    default:
      break;
  }
#else
  core::resolve_isa(isa);
#endif
  return portable_lane_kernels();
}

}  // namespace phreatic::stats::lanes

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/series/lanes/lane_kernels.hpp"

namespace phreatic::stats::lanes {

std::size_t stl_work(const StlPlan& plan, std::size_t lanes) {
  return lanes * (10 * plan.steps + 5 * (plan.steps + 2 * plan.period));
}

std::size_t pair_slots(std::size_t count, std::size_t lanes) {
  std::size_t slots = 0;
  for (std::size_t i = 0; i + 1 < count; ++i) slots += (count - 1 - i + lanes - 1) / lanes * lanes;
  return (slots + 15) / 16 * 16;
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

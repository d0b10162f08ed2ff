// SPDX-License-Identifier: BSD-3-Clause
#include <immintrin.h>

#include "phreatic/stats/series/lanes/ordinal_body.hpp"
#include "phreatic/stats/series/lanes/pair_body.hpp"
#include "phreatic/stats/series/lanes/product_body.hpp"
#include "phreatic/stats/series/lanes/stl_body.hpp"

namespace phreatic::stats::lanes {
namespace {

using Vectors = Doubles<8>;

struct Bits {
  typedef std::int32_t Mask __attribute__((vector_size(4 * 8)));
  static unsigned of(const Mask& mask) {
    return static_cast<unsigned>(_mm256_movemask_ps(reinterpret_cast<const __m256&>(mask)));
  }
};

void stl_batch(const StlPlan& plan, StlBatch& batch) { StlLanes<Vectors>(plan, batch).run(); }

}  // namespace

const LaneKernels& avx512_lane_kernels() {
  static constexpr LaneKernels kernels{Vectors::kWidth,
                                       stl_batch,
                                       slopes_of<Vectors>,
                                       count_up_to<Vectors>,
                                       collect_between<Vectors, Bits>,
                                       inverses_of<Vectors>,
                                       product_of<Vectors, 12>,
                                       lagged_products<Vectors>,
                                       ordinals_of<Vectors>,
                                       product_of<FloatsOf<Vectors>, 12>};
  return kernels;
}

}  // namespace phreatic::stats::lanes

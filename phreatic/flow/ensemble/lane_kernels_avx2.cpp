// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/ensemble/lane_kernels_body.hpp"

namespace phreatic::flow {
extern const LaneKernels kAvx2LaneKernels;
const LaneKernels kAvx2LaneKernels = kKernels;
}  // namespace phreatic::flow

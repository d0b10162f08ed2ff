// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/ensemble/lane_kernels_body.hpp"

namespace phreatic::flow {
extern const LaneKernels kPortableLaneKernels;
const LaneKernels kPortableLaneKernels = kKernels;
}  // namespace phreatic::flow

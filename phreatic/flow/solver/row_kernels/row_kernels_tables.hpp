// SPDX-License-Identifier: BSD-3-Clause
// The tables that the sources per instruction set fill.
#pragma once

#include "phreatic/flow/solver/row_kernels/row_kernels.hpp"

namespace phreatic::flow {
extern const RowKernels<float> kPortableFloatKernels;
extern const RowKernels<double> kPortableDoubleKernels;
extern const RowKernels<float> kAvx2FloatKernels;
extern const RowKernels<double> kAvx2DoubleKernels;
}  // namespace phreatic::flow

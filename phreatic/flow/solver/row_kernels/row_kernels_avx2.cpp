// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/solver/row_kernels/row_kernels_body.hpp"
#include "phreatic/flow/solver/row_kernels/row_kernels_tables.hpp"

namespace phreatic::flow {
const RowKernels<float> kAvx2FloatKernels = make_kernels<float>();
const RowKernels<double> kAvx2DoubleKernels = make_kernels<double>();
}  // namespace phreatic::flow

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/solver/row_kernels/row_kernels_body.hpp"
#include "phreatic/flow/solver/row_kernels/row_kernels_tables.hpp"

namespace phreatic::flow {
const RowKernels<float> kPortableFloatKernels = make_kernels<float>();
const RowKernels<double> kPortableDoubleKernels = make_kernels<double>();
}  // namespace phreatic::flow

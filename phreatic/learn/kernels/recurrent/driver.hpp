// SPDX-License-Identifier: BSD-3-Clause
// forward() on a kernel of the caller's choice (the tests bring one of their own), and the kernel of a
// resolved instruction set.
#pragma once

#include "phreatic/learn/kernels/recurrent/kernel.hpp"
#include "phreatic/learn/kernels/recurrent/recurrent.hpp"

namespace phreatic::kernels {

const Kernel& kernel_of(Isa isa);  // isa: not automatic, and available

void forward_on(const Kernel& kernel, const Shape& shape, const Weights& weights, const Input& x,
                const State& initial, const Output& output, Workspace* workspace);

}  // namespace phreatic::kernels

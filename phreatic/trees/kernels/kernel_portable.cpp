// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/trees/kernels/kernel_body.hpp"

namespace phreatic::trees {
const Kernel kPortableKernel{"portable", bin, blend, patterns};
}  // namespace phreatic::trees

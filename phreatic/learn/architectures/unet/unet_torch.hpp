// SPDX-License-Identifier: BSD-3-Clause
// The forward pass of the U-Net. Private to learn.
#pragma once

#include <ATen/core/Tensor.h>

#include "phreatic/learn/architectures/parameters_torch.hpp"
#include "phreatic/learn/architectures/unet/unet.hpp"

namespace phreatic::learn {

// maps [B][channels][rows][columns], sides multiples of unet_multiple() -> [B][bands][rows][columns].
at::Tensor unet_forward(const Parameters& parameters, const UnetParams& params, const at::Tensor& maps);

}  // namespace phreatic::learn

// SPDX-License-Identifier: BSD-3-Clause
// Settings of the U-Net (architectures/unet/unet.hpp).
#pragma once

#include "phreatic/learn/settings.hpp"

namespace phreatic::learn {

struct UnetParams {
  int width = 16;          // channels of the finest level
  int levels = 3;          // resolutions
  bool attention = false;  // gates on the skips
};
void describe(core::Describer& d, UnetParams& p);

}  // namespace phreatic::learn

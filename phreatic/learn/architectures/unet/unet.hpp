// SPDX-License-Identifier: BSD-3-Clause
// U-Net (key ronneberger2015unet): a map from maps, by convolutions of 3 x 3 at several resolutions.
//
//   down, level l = 0 .. L-1:  d_l = C(C(p_l)), p_0 the input maps, p_l = largest of 2 x 2 cells of d_(l-1)
//   up,   level l = L-2 .. 0:  u_l = C(C([g(d_l), T(u_(l+1))])), u_(L-1) = d_(L-1)
//   outputs:                   H(u_0), a linear map of every cell's channels
// C: convolution of 3 x 3 with a border of zeros, then ReLU; T: transposed convolution of 2 x 2 by steps of 2; channels
// width 2^l. g: nothing, or an attention gate (key oktay2018attention): g(d) = d sigmoid(psi(relu(a d + b T(u)))) with
// linear maps of channels a, b, psi. There is no normalisation, so that a tile of a map gives what the whole map gives.
// Header and layout are free of libtorch.
#pragma once

#include <cstddef>
#include <vector>

#include "phreatic/learn/architectures/architecture.hpp"
#include "phreatic/learn/architectures/unet/params.hpp"

namespace phreatic::learn {

struct UnetShape {
  UnetParams params;
  std::size_t channels = 0;  // input maps
  std::size_t bands = 0;     // output maps
};
// Convolutions that a ReLU follows start as He's uniform (key he2015), biases at 0.
ParameterLayout unet_layout(const UnetShape& shape);
// Cells on each side that an output depends on, as far as it is not cut at the border of the map.
std::size_t unet_reach(const UnetParams& params);
// Sides of a map that the levels divide evenly.
std::size_t unet_multiple(const UnetParams& params);

// What the trainer sees: a square of cells row by row as steps, and kSumSteps more behind them. Inputs
// [B][cells + kSumSteps][channels + 1], the last one a cell's weight in the sums (1 for cells that count wholly); outputs
// [B][cells + kSumSteps][bands]. With s_b = gain_b x weighted sum of band b the two last steps are asinh(s_b), and
// asinh(g s_b) - asinh(g s_0), g = kRatioGain: the logarithm of how much of the first band is left, but for a constant.
inline constexpr std::size_t kSumSteps = 2;
inline constexpr double kRatioGain = 30;
struct UnetPatchShape {
  UnetShape net;
  std::size_t side = 0;
  std::vector<float> gains;  // [bands]
};
ArchitectureKind unet_patches(const UnetPatchShape& shape);

}  // namespace phreatic::learn

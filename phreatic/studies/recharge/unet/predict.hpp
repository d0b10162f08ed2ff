// SPDX-License-Identifier: BSD-3-Clause
// Responses of sites by a trained U-Net.
#pragma once

#include <vector>

#include "phreatic/studies/recharge/unet/maps.hpp"

namespace phreatic::studies::recharge {

// Input `input` of site which[i] is taken from around site donors[i].
struct Exchanged {
  std::size_t input = 0;
  std::vector<std::size_t> donors;
};

// Storage (m3 of aquifer) of every band by the mean of the networks, [which][bands]: the rise over the site's own cells in its square, which is seen
// as in training, with nothing around it.
std::vector<std::vector<double>> unet_storage(const std::vector<learn::MapModel>& models,
                                              const UnetMaps& maps, const std::vector<std::size_t>& which,
                                              learn::DeviceKind device, const Exchanged* exchanged = nullptr);

// log10 of S0, k and the steady response of the sites, [sites]; NaN where not predicted.
struct UnetAnswers {
  std::vector<double> s0, k, steady;
  explicit UnetAnswers(std::size_t sites);
};
void take_answers(const UnetMaps& maps, const std::vector<std::size_t>& which,
                  const std::vector<std::vector<double>>& storage, const TargetParams& targets,
                  UnetAnswers& out);

}  // namespace phreatic::studies::recharge

// SPDX-License-Identifier: BSD-3-Clause
// Trained surrogates used on another model's map, without scenarios and without training.
#pragma once

#include "phreatic/studies/engine/kind.hpp"

namespace phreatic::studies::recharge {

// The data are a recharge study: its model, window, adjoint and scan. Runs its baseline (and adjoint where the surrogates
// need it) and writes maps/ as a scan does, cells outside of the training range masked and counted. Throws InputError: no
// run folder, inputs that the other model has no map of, --compare.
std::vector<std::string> apply(const ApplyRequest& request, core::Context& context);

}  // namespace phreatic::studies::recharge

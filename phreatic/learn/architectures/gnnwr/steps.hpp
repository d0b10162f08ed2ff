// SPDX-License-Identifier: BSD-3-Clause
// The optimiser's step at an epoch and update, from the settings.
#pragma once

#include <cstdint>

#include "phreatic/learn/architectures/gnnwr/settings.hpp"
#include "phreatic/learn/kernels/dense/dense.hpp"

namespace phreatic::learn {

// Learning rate of an epoch, 0-based.
double rate_of(const GnnwrTrainingParams& params, int epoch);

// update: 1-based number of the step since the start of training.
kernels::DenseStep step_of(const GnnwrTrainingParams& params, int epoch, std::uint64_t update);

}  // namespace phreatic::learn

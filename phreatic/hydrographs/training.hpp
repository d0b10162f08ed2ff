// SPDX-License-Identifier: BSD-3-Clause
// The training stage: one ensemble per unit (units.hpp), each in its own folder under model/.
#pragma once

#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/hydrographs/units.hpp"
#include "phreatic/learn/trainer.hpp"

namespace phreatic::hydrographs {

struct UnitTraining {
  Unit unit;
  learn::TrainResult result;
  std::size_t training_windows = 0;
  std::size_t validation_windows = 0;
};

// Trains every unit of `models` into its folder. Units that cannot be trained (no complete window) become
// problems, told together after the others are done. Throws Interrupted with everything finished so far on
// disk.
std::vector<UnitTraining> train_units(const Prepared& prepared, const Models& models,
                                      learn::ResumeMode resume, core::Context& context);

}  // namespace phreatic::hydrographs

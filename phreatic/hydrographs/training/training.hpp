// SPDX-License-Identifier: BSD-3-Clause
// The training stage: one ensemble per unit (units.hpp), each in its own folder under model/.
#pragma once

#include <functional>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/hydrographs/targets/units.hpp"
#include "phreatic/learn/trainer.hpp"

namespace phreatic::hydrographs {

struct UnitTraining {
  Unit unit;
  learn::TrainResult result;
  std::size_t training_windows = 0;
  std::size_t validation_windows = 0;
};

// Asked after each epoch of each member; false ends it (pruning of trials).
using KeepGoing = std::function<bool(std::size_t member, const learn::EpochRecord&)>;

// Trains every unit of `models` into its folder. Units that cannot be trained (no complete window) become
// problems, told together after the others are done. Throws Interrupted with everything finished so far on
// disk.
std::vector<UnitTraining> train_units(const Prepared& prepared, const Models& models,
                                      learn::ResumeMode resume, core::Context& context,
                                      const KeepGoing& keep_going = {});

}  // namespace phreatic::hydrographs

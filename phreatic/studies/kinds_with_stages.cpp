// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/kinds.hpp"

#include <algorithm>

#include "phreatic/studies/comparison/kind.hpp"
#include "phreatic/studies/recharge/stages.hpp"
#include "phreatic/studies/recharge/unet/stage.hpp"
#include "phreatic/studies/tuning/kind.hpp"
#include "phreatic/studies/wells/stages/apply.hpp"
#include "phreatic/studies/wells/stages/stages.hpp"
#include "phreatic/studies/wells/stages/trial.hpp"

namespace phreatic::studies {

Kinds kinds_with_stages() {
  Kinds all = kinds();
  for (Kind& kind : all) {
    if (kind.name == "recharge") {
      kind.stages = [](const StudyFile& study) { return recharge::stages(study, recharge::unet_work); };
      kind.learns = {};
    }
    if (kind.name != "wells") continue;  // others need no libtorch and are whole already
    kind.stages = wells::stages;
    kind.apply = wells::apply;
    kind.tunable->make = wells::make_trial;
  }
  // Kinds that run others.
  const auto outer = [](const Kind& kind) { return kind.name == "tuning" || kind.name == "comparison"; };
  Kinds others = all;
  std::erase_if(others, outer);
  for (Kind& kind : all) {
    if (kind.name == "tuning") kind.stages = tuning::stages(others);
    if (kind.name == "comparison") kind.stages = comparison::stages(others);
  }
  return all;
}

}  // namespace phreatic::studies

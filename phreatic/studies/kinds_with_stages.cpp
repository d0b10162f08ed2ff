// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "phreatic/studies/kinds.hpp"
#include "phreatic/studies/recharge/stages.hpp"
#include "phreatic/studies/recharge/unet/stage.hpp"
#include "phreatic/studies/tuning/kind.hpp"
#include "phreatic/studies/wells/apply.hpp"
#include "phreatic/studies/wells/stages.hpp"
#include "phreatic/studies/wells/trial.hpp"

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
  const auto is_search = [](const Kind& kind) { return kind.name == "tuning"; };
  const auto search = std::find_if(all.begin(), all.end(), is_search);
  Kinds others = all;
  std::erase_if(others, is_search);
  search->stages = tuning::stages(std::move(others));
  return all;
}

}  // namespace phreatic::studies

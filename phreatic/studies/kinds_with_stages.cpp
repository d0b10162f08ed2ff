// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/kinds.hpp"
#include "phreatic/studies/wells/apply.hpp"
#include "phreatic/studies/wells/stages.hpp"

namespace phreatic::studies {

Kinds kinds_with_stages() {
  Kinds all = kinds();
  for (Kind& kind : all) {
    if (kind.name != "wells") continue;  // others need no libtorch and are whole already
    kind.stages = wells::stages;
    kind.apply = wells::apply;
  }
  return all;
}

}  // namespace phreatic::studies

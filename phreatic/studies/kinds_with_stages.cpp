// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/kinds.hpp"
#include "phreatic/studies/downscaling/stages.hpp"
#include "phreatic/studies/regression/kind.hpp"
#include "phreatic/studies/wells/apply.hpp"
#include "phreatic/studies/wells/kind.hpp"
#include "phreatic/studies/wells/stages.hpp"

namespace phreatic::studies {

Kinds kinds_with_stages() {
  Kind wells = wells::kind();
  wells.stages = wells::stages;
  wells.apply = wells::apply;
  return {wells, downscaling::kind(), regression::kind()};
}

}  // namespace phreatic::studies

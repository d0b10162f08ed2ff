// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/kinds.hpp"

#include "phreatic/studies/comparison/kind.hpp"
#include "phreatic/studies/downscaling/stages.hpp"
#include "phreatic/studies/recharge/kind.hpp"
#include "phreatic/studies/regression/kind.hpp"
#include "phreatic/studies/tuning/kind.hpp"
#include "phreatic/studies/wells/kind.hpp"

namespace phreatic::studies {

Kinds kinds() {
  Kinds all = {wells::kind(), recharge::kind(), downscaling::kind(), regression::kind()};
  const Kinds whole = all;
  all.push_back(tuning::kind(whole));
  all.push_back(comparison::kind(whole));
  return all;
}

}  // namespace phreatic::studies

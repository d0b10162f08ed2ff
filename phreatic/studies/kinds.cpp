// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/kinds.hpp"

#include "phreatic/studies/downscaling/stages.hpp"
#include "phreatic/studies/recharge/kind.hpp"
#include "phreatic/studies/regression/kind.hpp"
#include "phreatic/studies/wells/kind.hpp"

namespace phreatic::studies {

Kinds kinds() { return {wells::kind(), recharge::kind(), downscaling::kind(), regression::kind()}; }

}  // namespace phreatic::studies

// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "phreatic/studies/engine/kind.hpp"

namespace phreatic::studies::recharge {

Kind kind();

}  // namespace phreatic::studies::recharge

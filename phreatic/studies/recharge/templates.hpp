// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace phreatic::studies::recharge {

std::string study_template();  // examples/recharge.yml

}  // namespace phreatic::studies::recharge

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/page.hpp"

namespace phreatic::studies::recharge {

Page page(const std::filesystem::path&) { return {}; }

}  // namespace phreatic::studies::recharge

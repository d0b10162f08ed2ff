// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "phreatic/studies/downscaling/settings.hpp"
#include "phreatic/studies/engine/kind.hpp"

namespace phreatic::studies::downscaling {

engine::Graph stages(const StudyFile& study);
Page page(const std::filesystem::path& run);
Kind kind();

}  // namespace phreatic::studies::downscaling

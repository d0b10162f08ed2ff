// SPDX-License-Identifier: BSD-3-Clause
// The stage `outlook` of forecasts: how likely levels below, near and above normal are, and how good that was.
#pragma once

#include <string>
#include <vector>

#include "phreatic/hydrographs/forecasts/outlook.hpp"
#include "phreatic/hydrographs/prediction/band_book.hpp"
#include "phreatic/studies/engine/stage.hpp"

namespace phreatic::studies::wells {

// `suffixes`: what the files of each target end in.
engine::Stage outlook_stage(const std::vector<std::string>& suffixes);

// The errors that a book holds; it must outlive them.
hydrographs::ForecastErrors errors_of(const hydrographs::BandBook& book);

}  // namespace phreatic::studies::wells

// SPDX-License-Identifier: BSD-3-Clause
// A basin with groundwater as a page: where the water stands, where it comes from and goes to, levels and
// discharge.
#pragma once

#include <string>

#include "phreatic/basin/basin.hpp"
#include "phreatic/report/report.hpp"

namespace phreatic::studies {

// Of a basin with groundwater (Basin::ground set). `command` goes into the provenance.
report::Report basin_page(const basin::Basin& basin, const std::string& command);

}  // namespace phreatic::studies

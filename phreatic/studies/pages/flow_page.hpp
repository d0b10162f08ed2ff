// SPDX-License-Identifier: BSD-3-Clause
// A run of a MODFLOW 6 folder as a page: head maps of the last saved step, water balance, hydrographs.
#pragma once

#include <filesystem>

#include "phreatic/report/report.hpp"

namespace phreatic::studies {

// From the record and the result files in the run folder. Throws InputError when there is no record or nothing was saved.
report::Report flow_page(const std::filesystem::path& run);

}  // namespace phreatic::studies

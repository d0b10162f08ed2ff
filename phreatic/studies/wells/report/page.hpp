// SPDX-License-Identifier: BSD-3-Clause
// The report of a wells study, made from the files of its run folder alone.
#pragma once

#include <filesystem>
#include <string>

#include "phreatic/studies/engine/kind.hpp"

namespace phreatic::studies::wells {

// Parts of the run that are not there yet are left out, and the page says so. Throws InputError when the folder holds no run.
Page page(const std::filesystem::path& folder);

// "38 of 43 wells reach NSE > 0.7; median 0.81; the 90 % band holds 89 % of the observations." from
// metrics.csv.
std::string headline(const std::filesystem::path& folder);

}  // namespace phreatic::studies::wells

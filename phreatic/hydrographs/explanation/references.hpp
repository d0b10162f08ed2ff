// SPDX-License-Identifier: BSD-3-Clause
// Which reference windows each explained date is compared with: by entity and season (explain/windows.hpp), by the winter
// they end in, and by how alike the drivers other than temperature were.
#pragma once

#include <span>

#include "phreatic/explain/windows.hpp"
#include "phreatic/hydrographs/settings.hpp"
#include "phreatic/hydrographs/targets/prepared.hpp"

namespace phreatic::hydrographs {

// What reference_winters and reference_alike need and the data do not have: a temperature, other drivers, two whole winters.
void check_references(const Prepared& prepared, const ExplainParams& params, const std::string& file,
                      core::Problems& problems);

// explain::choose_references, and of each date's references the `reference_alike` nearest. Distance: over the drivers other
// than temperature that the entity has, and over the last twelfth, the last quarter and the whole of the window of `lags` steps, the
// sum of squared differences of sums, each over its variance among the date's references.
explain::References references_of(const Prepared& prepared, const ExplainParams& params, std::size_t lags,
                                  std::span<const explain::WindowId> references,
                                  std::span<const explain::WindowId> explained);

}  // namespace phreatic::hydrographs

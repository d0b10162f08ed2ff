// SPDX-License-Identifier: BSD-3-Clause
// The report as one JSON value: the contract between the figures and the charts (web/src/model.ts mirrors
// it). Names are those of figures.hpp and report.hpp; NaN is null; long series are packed (encode.hpp).
#pragma once

#include "phreatic/report/encode.hpp"
#include "phreatic/report/report.hpp"

namespace phreatic::report {

inline constexpr int kModelVersion = 2;

// Asserts that array sizes fit together and that ids are unique and of [a-z0-9-].
Json model_json(const Report& report);
Json figure_json(const Figure& figure);

// A text as an id: lower case letters, digits and hyphens; "entity" when nothing is left.
std::string slug(const std::string& text);

}  // namespace phreatic::report

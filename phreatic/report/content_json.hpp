// SPDX-License-Identifier: BSD-3-Clause
// Figures as JSON, and the small parts that all of them have; for the sources of this folder. model.hpp says what for.
#pragma once

#include <vector>

#include "phreatic/report/encode.hpp"
#include "phreatic/report/figures.hpp"

namespace phreatic::report {

// content_json.cpp
Json content_json(const Hydrograph& hydrograph);
Json content_json(const FigureContent& content);
// map_json.cpp
Json content_json(const PointMap& map);
Json content_json(const FieldMap& map);

Json number(double v);  // NaN: null
double resolution(const Quantity& q);
Json to_json(const Quantity& q);
Json to_json(const Limits& l);

}  // namespace phreatic::report

// SPDX-License-Identifier: BSD-3-Clause
// Invented wells for the report's tests and for looking at it: linear reservoirs fed by invented weather, a
// "model" that is the truth plus a slow error. Nothing here is a result.
#pragma once

#include <string>
#include <vector>

#include "phreatic/report/report.hpp"

namespace phreatic::report::demo {

struct Well {
  std::string name;
  double longitude = kUnknown;
  double latitude = kUnknown;
  int type = 0;  // index into kTypes
  bool depth = false;
  std::vector<double> observed, simulated, lower, upper, climatology, persistence, precipitation;
  double nse = kUnknown, nse_climatology = kUnknown, nse_ridge = kUnknown, rmse = kUnknown,
         coverage = kUnknown;
  std::vector<double> attribution;  // [variable][lag] of the summary heat map
  std::vector<double> seasonal;     // [variable][month]
};

inline constexpr int kLags = 120;
inline const std::vector<std::string> kVariables = {"Precipitation", "Temperature", "Evapotranspiration",
                                                    "Pumping"};
inline const std::vector<std::string> kTypes = {"Precipitation infiltration\u2013evaporation",
                                                "Precipitation infiltration\u2013runoff", "Extraction"};

core::TimeAxis axis(int years);
std::vector<Period> periods(int years);
std::vector<Well> wells(int count, int years);

// Heads of twelve months on a grid of degrees, with cells that have no value or lie outside the training range.
FieldMap heads(const std::vector<Well>& wells);
// One field in a projected system, coloured by logarithm.
FieldMap conductivities(std::size_t rows, std::size_t columns);
Section field_section(const std::vector<Well>& wells);

// The whole page with every kind of figure.
Report report(int well_count, int years);

}  // namespace phreatic::report::demo

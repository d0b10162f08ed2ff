// SPDX-License-Identifier: BSD-3-Clause
// The study's sites.csv.
#pragma once

#include <vector>

#include "phreatic/studies/recharge/page/tables.hpp"
#include "phreatic/studies/recharge/scenarios/sites/sites.hpp"

namespace phreatic::studies::recharge {

// row, column (from 1, of the centre), x_m, y_m, rows, columns (cells), area_km2, rate_mm_per_day, run (from 1).
Table table_of(const std::vector<Site>& sites, const Ground& ground);
std::vector<Site> sites_of(const Table& table);

}  // namespace phreatic::studies::recharge

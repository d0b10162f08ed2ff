// SPDX-License-Identifier: BSD-3-Clause
// Periods that each entity has for itself: freezing and thawing by its own temperature, seasons by its own rain.
#pragma once

#include <span>
#include <vector>

#include "phreatic/explain/aggregate.hpp"
#include "phreatic/explain/types.hpp"

namespace phreatic::explain {

// As explain_periods and type_period_table, with the periods of each entity of the table: `periods` [entity].
std::vector<PeriodAttribution> explain_own_periods(const AttributionTable& table,
                                                   std::span<const std::vector<Period>> periods);
std::vector<TypePeriodRow> type_own_period_table(const AttributionTable& table, std::span<const int> cluster,
                                                 std::span<const std::vector<Period>> periods);

}  // namespace phreatic::explain

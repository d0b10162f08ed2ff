// SPDX-License-Identifier: BSD-3-Clause
// Sensors of one variable as one series: the bias of each further one against the first, over the months that both have,
// is taken off it; what a month has is averaged by declared weights. Method: docs/methods/downscaling.md.
#pragma once

#include <string>
#include <vector>

#include "phreatic/data/series/monthly.hpp"

namespace phreatic::studies::downscaling {

struct WeightedSensor {
  data::MonthlyValues values;
  double weight = 1;
};

// All on the same places. The bias is that of each place where both have at least 12 months in common, else the mean
// bias of the others, which is said with the count. Adds problems: another unit than the first's, a layer without time, no
// place with 12 months in common.
data::MonthlyValues merge_sensors(const std::vector<WeightedSensor>& sensors, const std::string& name,
                                  const std::string& file, core::Problems& problems);

}  // namespace phreatic::studies::downscaling

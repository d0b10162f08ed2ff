// SPDX-License-Identifier: BSD-3-Clause
// Values of a stream package over time: what PACKAGEDATA says, and settings of PERIOD blocks, which hold until they are set anew.
#pragma once

#include <memory>
#include <vector>

#include "phreatic/flow/mf6/text/series.hpp"
#include "phreatic/flow/model.hpp"

namespace phreatic::flow::mf6 {

// One value of a reach from a period on. Columns beyond the values are auxiliary ones.
struct SfrSetting {
  std::size_t column = 0;
  std::size_t reach = 0;
  double value = 0;
  int series = -1;  // >= 0: from a time series
};

struct SfrPeriod {
  int period = 0;  // 0-based
  std::vector<SfrSetting> settings;
};

struct SfrStress {
  std::size_t columns = 0;  // of values
  std::size_t aux = 0;
  PackageValues start;  // cells, boundnames and values before the first period
  std::vector<SfrSetting> series_at_start;
  std::vector<SfrPeriod> periods;  // increasing
  SeriesSet series;
};

StressProvider make_sfr_provider(std::shared_ptr<const SfrStress> stress);

}  // namespace phreatic::flow::mf6

// SPDX-License-Identifier: BSD-3-Clause
// What the downscaled field says: trends with false-discovery rate, seasons, zones, drivers. Method: docs/methods/downscaling.md.
#pragma once

#include "phreatic/studies/downscaling/downscale.hpp"

namespace phreatic::studies::downscaling {

// Per fine cell; NaN where the cell has no series.
struct CellTrends {
  std::vector<double> slope, lower, upper;  // mm/a
  std::vector<double> p, q;                 // two-sided; adjusted (Benjamini and Hochberg)
  std::vector<double> amplitude,
      peak_month;  // of the season: half its mean range, mm; month of its maximum, 1..12
};

struct ZoneTrend {
  std::string zone;
  double cells = 0;                    // covered, fractional
  double mean = 0, low = 0, high = 0;  // mean slope of cells; 5 and 95 % of cells, mm/a
  double least = 0, most = 0;
  double standard_error = 0;                        // of the mean slope, errors of cells correlated in space
  double slope = 0, slope_low = 0, slope_high = 0;  // of the zone's mean series, with its interval
  double significant = 0;                           // share of cells with q below the rate
  std::vector<double> series;                       // [month] mean, mm
};

struct DriverCorrelation {
  std::string driver;
  std::string part;  // trend, seasonal, remainder
  double r = 0, low = 0, high = 0;
};

struct Analysis {
  CellTrends trends;
  std::vector<ZoneTrend> zones;         // the fastest fall first
  std::vector<std::string> zone_order;  // all zones in the order of their file
  std::vector<DriverCorrelation> drivers;
  std::vector<double> mean, mean_trend, mean_seasonal, mean_remainder;  // of the region
  std::vector<std::string> said;
};

Analysis analyse(const Inputs& inputs, const Storage& storage, const Downscaled& result,
                 const AnalysisParams& params, const ZonesInput& zones, std::uint64_t seed);

}  // namespace phreatic::studies::downscaling

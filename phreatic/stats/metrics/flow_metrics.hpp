// SPDX-License-Identifier: BSD-3-Clause
// Scores of discharge: biases of parts of the flow duration curve in percent (yilmaz2008), and of peaks. Steps count where
// observed and simulated are there; with fewer than 20 all are NaN.
//   FHV  the highest 2 %:      100 sum (s - o) / sum o, both sorted by themselves
//   FLV  the lowest 30 %:      -100 (sum ln s/s_min - sum ln o/o_min) / sum ln o/o_min
//   FMS  slope of the middle:  100 ((ln s_20 - ln s_70) / (ln o_20 - ln o_70) - 1), q_p exceeded in p % of the steps
// Flows of 1e-6 and less count as 1e-6 in logarithms.
// Peaks are observed maxima that rise above all within `apart` steps on both sides, and above mean + standard deviation:
//   peak_timing   mean |steps from the observed to the simulated maximum within +-window|
//   peak_error    mean of 100 |s_max / o - 1| over them, s_max within the same window
#pragma once

#include "phreatic/stats/metrics/metric_table.hpp"

namespace phreatic::stats {

struct FlowScores {
  double fhv = 0, flv = 0, fms = 0;
  double peak_timing = 0, peak_error = 0;
  std::size_t peaks = 0;
};
FlowScores flow_scores(Series observed, Series simulated, std::size_t apart = 30, std::size_t window = 3);

// Appends FHV, FLV, FMS, peak_timing, peak_error, peaks.
void append_flow_metrics(MetricTable& table, const MetricKey& key, Series observed, Series simulated);

}  // namespace phreatic::stats

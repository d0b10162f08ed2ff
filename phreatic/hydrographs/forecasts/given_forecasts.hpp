// SPDX-License-Identifier: BSD-3-Clause
// Forecasts that somebody else made (another program, a foundation model, a spreadsheet), as CSV, scored as ours are.
//   well, issue_date, lead, quantile, value      long: a row for each quantile; or
//   well, issue_date, lead, 0.05, 0.5, 0.95      wide: a column for each quantile (also q0.05); a column `mean` too
// Lead in steps of the study, or the day that is forecast in a column `date`. Docs: docs/guide/given_forecasts.md
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "phreatic/hydrographs/evaluation/evaluation.hpp"
#include "phreatic/hydrographs/forecasts/lead_forecasts.hpp"

namespace phreatic::hydrographs {

struct GivenForecasts {
  std::string name;                                 // in tables; of a file its name without folder and ending
  std::size_t wells = 0, steps = 0;                 // of the panel
  std::vector<double> quantiles;                    // ascending; may be empty
  using Grid = std::vector<double>;                 // [well][step], NaN where nothing was forecast
  std::map<std::size_t, Grid> mean;                 // by lead; empty without a column `mean`
  std::map<std::size_t, std::vector<Grid>> values;  // by lead: [quantile]
  std::vector<std::string> remarks;                 // what was left out or put in order, one sentence each

  std::vector<std::size_t> leads() const;
  // What is scored as the level: the mean where it is given, else the median; NaN where there is none of both.
  Grid level(std::size_t lead) const;
  const Grid* at(std::size_t lead, double quantile) const;  // null: not given
};

// Adds problems with file and line: unknown wells, dates off the axis, leads under 1, quantiles outside (0, 1), values that
// are no numbers, forecasts given twice.
GivenForecasts read_given_forecasts(const std::filesystem::path& path, const Prepared& prepared,
                                    core::Problems& problems);

// The study's own forecasts of every lead, as if they had been given: level and the ends of its band.
GivenForecasts own_forecasts(const Prepared& prepared, const LeadForecasts& forecasts,
                             const std::string& name, double band_level);

// Scores of all of them and of persistence and the damped anomaly in the test period, lead by lead, each on the steps
// that all of them forecast at that lead and that were observed. Besides the metrics of forecasts `quantile_score`, twice
// the mean quantile loss over the quantiles given (an approximation of the CRPS, comparable only between equal sets).
struct GivenScores {
  stats::MetricTable table;
  std::vector<std::string> remarks;
  std::size_t scored = 0;  // observations, over all leads
};
GivenScores score_given(const Prepared& prepared, const std::vector<GivenForecasts>& all, double band_level);

}  // namespace phreatic::hydrographs

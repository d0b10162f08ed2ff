// SPDX-License-Identifier: BSD-3-Clause
// A trained model used with other data than it was trained on: later dates, a climate scenario, other wells.
// Reads the model's folder (model_file.hpp) and nothing else of the run that made it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "phreatic/hydrographs/evaluation/outputs.hpp"
#include "phreatic/hydrographs/forecasts/forecast.hpp"

namespace phreatic::hydrographs {

// How often an input leaves the range that was seen in training, where a network extrapolates.
struct RangeCount {
  std::string entity;
  std::string input;
  std::string unit;
  double training_min = 0, training_max = 0;
  double lowest = 0, highest = 0;  // of the new values; NaN without any
  std::size_t steps = 0;           // with a value
  std::size_t below = 0, above = 0;
};

struct Applied {
  std::string target;                  // its name
  std::string suffix;                  // of its files (targets.hpp)
  RunSeries series;                    // simulated, band, spread, members' range, drivers
  std::optional<LeadForecasts> leads;  // of models that forecast
  std::vector<RangeCount> ranges;      // [entity and input]
  std::vector<std::string> said;       // what the user must know, a sentence each
};

// `model`: a run folder or its folder model/. `data` holds the drivers, for forecasts the targets known so
// far, and attributes of entities that the model does not know; its split is not looked at. Throws InputError
// with every problem: missing, damaged or newer files, an input that is missing or in another unit, another
// time step, an entity that no unit can simulate (units of one entity only, missing attributes, no value of
// the target to take its mean and variation from). One result for each target of the model.
std::vector<Applied> apply_model(const std::filesystem::path& model, Prepared data, core::Context& context);

// Mean simulated value of two applications by entity and period: all common steps, each year, each season.
struct PeriodDifference {
  std::string entity;
  std::string period;  // "all", "2031", "winter" ...
  std::size_t steps = 0;
  double first = 0, second = 0;  // means over the steps that both have
  bool is_year() const { return !period.empty() && period[0] >= '0' && period[0] <= '9'; }
};
std::vector<PeriodDifference> compare_applied(const Applied& first, const Applied& second);

// predictions.nc, predictions.csv, forecasts.nc (models that forecast), ranges.csv; of further targets with
// their suffix.
void write_applied(const Applied& applied, const std::filesystem::path& folder);
void write_differences(const std::vector<PeriodDifference>& differences, const std::string& unit,
                       const std::filesystem::path& path);

}  // namespace phreatic::hydrographs

// SPDX-License-Identifier: BSD-3-Clause
// What a run folder holds besides the models, written by the stages and read back by the report:
//   predictions.nc, .csv    observed, simulated, band, members' range, baselines, drivers; [well][time]
//   explain/contributions.csv   one row per explained date: contribution of each driver, base, residual,
//                               standard errors
//   explain/lags.csv            mean and mean absolute contribution by well, lag and driver
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/core/calendar.hpp"
#include "phreatic/hydrographs/evaluation/evaluation.hpp"
#include "phreatic/hydrographs/explanation/explanation.hpp"

namespace phreatic::hydrographs {

// Named series of every well on one axis; what predictions.nc holds.
struct RunSeries {
  struct Field {
    std::string
        name;  // "observed", "simulated", "lower", "upper", "baseline_ridge", "driver_precipitation" ...
    std::string unit;
    std::string about;
    std::vector<double> values;  // [entity][time]
  };
  core::TimeAxis axis;
  std::vector<std::string> entities;
  std::vector<data::Place> places;
  std::vector<Field> fields;

  const Field* find(const std::string& name) const;
  std::span<const double> series(const Field& field, std::size_t entity) const {
    return {field.values.data() + entity * axis.size(), axis.size()};
  }
};

RunSeries collect_series(const Prepared& prepared, const std::vector<Simulation>& simulations,
                         const std::vector<std::vector<BaselineSimulation>>& baselines);

// Back from what was written.
std::vector<Simulation> simulations_of(const RunSeries& series);
std::vector<std::vector<BaselineSimulation>> baselines_of(const RunSeries& series);

// Taken by value, so that the series of very many wells can be moved in and are held once.
void write_run_series(RunSeries series, const std::filesystem::path& netcdf,
                      const std::filesystem::path& csv);
RunSeries read_run_series(const std::filesystem::path& netcdf);

// Writes explain/attributions.nc, [sample][lag][driver], while `explain` runs: it gets the sink to hand on to
// explain_series().
void write_cube(const std::filesystem::path& path, const Prepared& prepared,
                const std::vector<std::string>& drivers, std::size_t lags,
                const std::function<void(const CubeSink&)>& explain);

void write_explanation(const Explanation& explanation, const Prepared& prepared,
                       const std::filesystem::path& folder);
Explanation read_explanation(const std::filesystem::path& folder, const RunSeries& series);

}  // namespace phreatic::hydrographs

// SPDX-License-Identifier: BSD-3-Clause
// What becomes of water that is recharged, for every column of cells at once: how much of it is in storage at given dates, and
// how much of the rest which package has taken. One forward run and one sweep backward; exact to first order, so wrong only
// by what switches (drains that start, rivers that fall dry) and by how thickness changes with the amount.
//
//   StorageResponse r = storage_response(model, {.window = {0, 90}, .dates = {90, 120, 180, 270}});
//   r.stored[1][column]   m3 in storage on day 120 per m/d of recharge rate over days 0 to 90 in that column
//   r.fraction[1][column] the same per m3 recharged
//
// Times are simulation times (T). A date must be the end of a step, and the window must start and end with steps.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/flow/adjoint/adjoint.hpp"

namespace phreatic::flow {

struct StorageResponseParams {
  std::pair<double, double> window{0, 0};  // recharge from the first time to the second; equal: the whole run
  std::vector<double> dates;               // when storage is asked for
  std::vector<double> capture_dates;  // when the volumes taken by each package are asked for, a lane each
  double tolerance = 1e-6;            // of linear systems
  TrajectoryParams trajectory;
  EngineOptions engine;
};

// Volume that a package has taken since the start of the run (less outflow of the model, or more inflow), per unit recharged.
struct Capture {
  std::size_t package = 0;
  double date = 0;
  std::vector<double> fraction;  // [layer cells]
};

struct StorageResponse {
  std::vector<double> dates;
  double window_length = 0;  // (T)
  std::vector<std::vector<double>>
      stored;  // [dates][layer cells], L3 per (L/T); 0 where no cell of the column is active
  std::vector<std::vector<double>>
      fraction;  // [dates][layer cells], stored over recharged volume; NaN where not active
  std::vector<Capture> captures;
  std::vector<int> switches;   // [layer cells] largest count of the column (AdjointResult::switches)
  std::vector<int> dry_steps;  // [layer cells] of the column's cells
  AdjointResult details;       // without its maps
};

// Throws InputError: dates or window outside the run or between steps, a model without storage, packages without
// derivatives; RunError when the forward run does not converge.
StorageResponse storage_response(Model model, const StorageResponseParams& params);
StorageResponse storage_response(const Trajectory& trajectory, const StorageResponseParams& params);

// The step (0-based) that ends at a time; -1, and a problem, when there is none.
int step_ending_at(const Trajectory& trajectory, double time, const std::string& where,
                   core::Problems& problems);

// The measure "water in storage in all cells" at the end of a step; the measure "volume that a package has given the aquifer
// until the end of a step".
Measure storage_measure(std::string name, int step);
Measure volume_measure(std::string name, int package, int first, int last, const Trajectory& trajectory);

}  // namespace phreatic::flow

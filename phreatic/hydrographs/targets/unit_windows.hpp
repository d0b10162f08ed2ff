// SPDX-License-Identifier: BSD-3-Clause
// The windows of model units, and what must hold before they are trained: used by `check` and by the
// training itself, so that what check passes can be run.
#pragma once

#include <string>
#include <vector>

#include "phreatic/hydrographs/targets/units.hpp"

namespace phreatic::hydrographs {

// Windows of a unit. Training: of every range of its wells; where the study validates on overlapping steps,
// targets outside the ranges are not scored. Validation scores each step once.
learn::WindowSplit cut_windows(const Prepared& prepared, const TaskParams& task, const Unit& unit,
                               const learn::SeriesSet& set);

// The problem of a unit without a training window: how long a window is, what stands in the way, and the longest
// window that fits.
core::Problem no_training_window(const Prepared& prepared, const TaskParams& task, const Unit& unit,
                                 const learn::SeriesSet& set);

// A unit without any validation steps learns all its epochs; one that has some must be stopped by them.
bool wants_validation(const Prepared& prepared, const TaskParams& task, const Unit& unit);
core::Problem no_validation_window(const Unit& unit);

// What `check` tells of a unit.
struct UnitCount {
  std::string unit;
  std::size_t training = 0;  // windows
  std::size_t validation = 0;
  std::string drifting;  // learn::drift_text() of its entities that drift; empty: none
};

// Everything that training would refuse: settings of the network, drivers that some wells of a
// model lack, no window to train on. Adds every problem; returns the counts of units that could be looked at.
std::vector<UnitCount> check_training(const Prepared& prepared, const data::SplitParams& split,
                                      const TaskParams& task, core::Problems& problems);

// Observations of a well in its periods, of all targets.
struct Observations {
  std::size_t training = 0;
  std::size_t validation = 0;
  std::size_t test = 0;
};
Observations count_observations(const Prepared& prepared, std::size_t entity);

}  // namespace phreatic::hydrographs

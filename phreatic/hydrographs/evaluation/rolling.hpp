// SPDX-License-Identifier: BSD-3-Clause
// Evaluation from rolling origins (tashman2000): at each of several dates everything is trained and fitted again
// on what was observed before, and scored on the steps that follow. Origin k of K ends its test at
//   last - (K - 1 - k) step,  its test has `test` steps, the steps before them are training and validation.
// What an origin works on is a copy of the data that ends with its test; observations after the origin stand in
// the evaluation source alone, which training and baselines do not read.
#pragma once

#include <string>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/hydrographs/settings.hpp"
#include "phreatic/hydrographs/targets/units.hpp"

namespace phreatic::hydrographs {

// An entity with fewer observations before an origin is left out there: nothing can be learnt or fitted.
inline constexpr std::size_t kFewestBeforeOrigin = 10;

struct Origin {
  std::size_t number = 0;                   // from 1
  std::size_t of = 0;                       // how many origins there are
  core::Seconds date = 0;                   // of the first step that is scored
  core::StepRange test;                     // steps of the axis
  std::vector<data::EntitySplit> entities;  // [entity] its periods at this origin
  std::vector<std::size_t> kept;            // entities that take part
  std::vector<std::size_t> left_out;
  std::string name() const;   // "origin 2 of 4"
  std::string label() const;  // "origin 2016-07-01": its period in rolling/metrics.csv
};

// The origins in the order of time. Problems, at settings of the block `rolling` in `file`: a record that is too
// short for them, a sliding window without a length, a test shorter than the forecast's horizon, an origin at
// which no entity is left. Empty without origins.
std::vector<Origin> plan_origins(const Prepared& prepared, const RollingParams& params,
                                 const TaskParams& task, const std::string& file, core::Problems& problems);

// The data as they are at an origin.
Prepared at_origin(const Prepared& prepared, const Origin& origin);

// The first `end` steps alone, without an evaluation source; test periods are cut.
Prepared first_steps(const Prepared& prepared, std::size_t end);

// What `check` tells: for each origin its periods and each model's windows, for each entity its observations in
// training, validation and test by origin. Adds what training would refuse.
std::vector<std::string> describe_origins(const Prepared& prepared, const std::vector<Origin>& origins,
                                          const data::SplitParams& split, const TaskParams& task,
                                          core::Problems& problems);

}  // namespace phreatic::hydrographs

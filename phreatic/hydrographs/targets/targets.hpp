// SPDX-License-Identifier: BSD-3-Clause
// Several targets of one network: levels at wells, discharge at gauges. The network learns all of them from all
// entities; what follows (bands, baselines, scores, files) is done for one target at a time, on the entities
// that have it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/hydrographs/targets/units.hpp"

namespace phreatic::hydrographs {

// Whether the entity has any value of the variable, those of the evaluation source included.
bool observes(const Prepared& prepared, std::size_t entity, std::size_t variable);

// Entities that have the k-th target of the networks; all of them where there is one target.
std::vector<std::size_t> entities_with(const Prepared& prepared, std::size_t k);
// The data of those entities, with the k-th target as the one that is scored.
Prepared only_target(const Prepared& prepared, std::size_t k, const std::vector<std::size_t>& kept);
// Trained units for those entities alone; units that simulate none of them are left out.
Models only_entities(const Models& models, const std::vector<std::size_t>& kept);

// Calls `work` with the data of each target in turn, in the order of the networks' outputs. A single target is not
// copied.
using TargetWork = std::function<void(const Prepared& mine, const std::vector<std::size_t>& kept)>;
void for_each_target(const Prepared& prepared, const TargetWork& work);

// What names of files and folders of this target end in: nothing for the first, "_<name>" for the others.
std::string target_suffix(const std::string& name, std::size_t number);

// What happened when observations were put together to means over intervals.
struct IntervalCount {
  std::size_t observations = 0;  // before
  std::size_t intervals = 0;     // with a mean
  std::size_t cut = 0;           // observations of intervals that the axis does not hold whole
};
// Puts the mean of each interval's observations at its last step, nothing at the others. `begins`: a step, also
// before the axis, at which an interval begins.
IntervalCount mean_over_intervals(std::span<double> series, std::size_t interval, std::ptrdiff_t begins);
// At each step the mean of the last `interval` values; NaN where one of them is missing.
void trailing_mean(std::vector<double>& values, std::size_t interval);

// Puts the observations of every target with an interval on its intervals, in the panel and in the evaluation
// source; says what was done.
void group_observations(Prepared& prepared, const std::vector<TargetTask>& targets, core::Log& log);

// Names of `targets` that are no target of the data or stand twice, intervals where forecasts are made, bands from
// quantiles that a target does not have. `file` stands in messages.
void check_targets(const Prepared& prepared, const TaskParams& task, const UncertaintyParams& uncertainty,
                   const std::string& file, core::Problems& problems);

}  // namespace phreatic::hydrographs

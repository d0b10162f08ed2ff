// SPDX-License-Identifier: BSD-3-Clause
// What is explained, group by group: wells that the same units simulate, their series as one array, and the windows cut
// from it for explained dates and references. For the sources of this folder.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "phreatic/hydrographs/explanation/explanation.hpp"
#include "phreatic/hydrographs/prediction/pooled_differentiable.hpp"

namespace phreatic::hydrographs {

// Series of a group as one array [well][time][feature], and the windows cut from it.
struct GroupWindows {
  std::vector<float> inputs;
  std::vector<float> statics;
  std::optional<explain::SeriesWindows> explained;
  std::optional<explain::SeriesWindows> references;
  std::vector<explain::WindowId> explained_ids;
  std::vector<explain::WindowId> reference_ids;
  std::vector<ExplainedDate> dates;
  std::vector<explain::TargetScale> scales;
  // Forecasts that start from the damped anomaly: its own part at the largest lead, scaled; else empty.
  std::vector<double> explained_anchors;
  std::vector<double> reference_anchors;
};

struct PlannedGroup {
  UnitGroup group;
  GroupWindows windows;
  std::vector<std::size_t> columns;   // of its channels among the study's drivers
  std::size_t features = 0;           // drivers the group uses; the channels after them are past levels
  std::optional<std::size_t> anchor;  // forecasts are changes from this channel's last value
  std::size_t target = 0;             // of the networks
  std::size_t own_past = 0;  // the target's past level among the study's drivers, where it is an input
};

PlannedGroup plan_group(const Prepared& prepared, const Models& models, const ExplainParams& params,
                        const UnitGroup& group);

// The models of a group: loaded when its turn comes, for their working memory is many times their size.
std::unique_ptr<PooledDifferentiable> load_group(const PlannedGroup& plan, const Models& models);

}  // namespace phreatic::hydrographs

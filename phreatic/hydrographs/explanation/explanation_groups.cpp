// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/explanation/explanation_groups.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "phreatic/hydrographs/training/model_file.hpp"

namespace phreatic::hydrographs {
namespace {

// Scaled series of a group's wells.
struct GroupSeries {
  UnitScaling scaling;
  learn::SeriesSet set;
};

// The damped anomaly's forecast of a target at a step and the largest lead, scaled; 0 for other models.
double anchor_at(const learn::SeriesSet& set, std::size_t entity, std::size_t step, std::size_t target) {
  if (!set.targets[target].anchored_by_lead) return 0;
  const learn::LeadAnchors& anchors = set.entities[entity].anchors[target];
  return anchors.values[(step + 1) * anchors.spread.size() - 1];
}

// Which past-only input the target is the change since; their number without an anchor.
std::size_t anchor_feature(const learn::SeriesSet& set, std::size_t target) {
  const auto& past = set.past_features;
  const std::string& anchor = set.targets[target].anchor;
  if (anchor.empty()) return past.size();
  return static_cast<std::size_t>(std::find(past.begin(), past.end(), anchor) - past.begin());
}

}  // namespace

std::vector<bool> complete_steps(const learn::SeriesSet& set, std::size_t entity, std::size_t target) {
  const learn::Series& series = set.entities[entity];
  const std::size_t features = set.features.size();
  const std::size_t past = set.past_features.size();
  const std::size_t anchor = anchor_feature(set, target);
  std::vector<bool> complete(series.length);
  for (std::size_t t = 0; t < series.length; ++t) {
    const float* row = series.inputs.data() + t * features;
    complete[t] = std::none_of(row, row + features, [](float v) { return std::isnan(v); }) &&
                  (anchor == past || !std::isnan(series.past[t * past + anchor])) &&
                  !std::isnan(anchor_at(set, entity, t, target));
  }
  return complete;
}

namespace {

double training_range(const Prepared& prepared, std::size_t e) {
  const auto level = prepared.level(e);
  const learn::StepRange steps = prepared.calibration(e);
  double low = INFINITY;
  double high = -INFINITY;
  for (std::size_t t = steps.begin; t < steps.end; ++t) {
    if (std::isnan(level[t])) continue;
    low = std::min(low, level[t]);
    high = std::max(high, level[t]);
  }
  return high > low ? high - low : 1.0;
}

// What a network sees of a series, [time][channel], were nothing hidden (learn::encode_window).
std::vector<float> channels_of(const learn::SeriesSet& set, std::size_t entity) {
  const learn::Series& series = set.entities[entity];
  if (set.past_features.empty()) return series.inputs;
  const std::size_t features = set.features.size();
  const std::size_t past = set.past_features.size();
  std::vector<float> out;
  out.reserve(series.length * set.channels());
  for (std::size_t t = 0; t < series.length; ++t) {
    const auto row = series.inputs.begin() + static_cast<std::ptrdiff_t>(t * features);
    out.insert(out.end(), row, row + static_cast<std::ptrdiff_t>(features));
    for (std::size_t p = 0; p < past; ++p) {
      const float value = series.past[t * past + p];
      out.push_back(std::isnan(value) ? 0.0F : value);
      out.push_back(std::isnan(value) ? 0.0F : 1.0F);
    }
  }
  return out;
}

GroupWindows cut_group(const Prepared& prepared, const ExplainParams& params, const UnitGroup& group,
                       const GroupSeries& series_of_group, std::size_t lags) {
  const learn::SeriesSet& set = series_of_group.set;
  GroupWindows out;
  std::vector<explain::SeriesWindows::Slice> explained;
  std::vector<explain::SeriesWindows::Slice> references;
  for (std::size_t i = 0; i < group.simulates.size(); ++i) {
    const std::size_t e = group.simulates[i];
    const learn::Series& series = set.entities[i];
    const std::vector<float> channels = channels_of(set, i);
    out.inputs.insert(out.inputs.end(), channels.begin(), channels.end());
    out.statics.insert(out.statics.end(), series.statics.begin(), series.statics.end());
    const ExplainedSteps steps =
        explained_steps(prepared, params, e, lags, complete_steps(set, i, prepared.number));
    const data::Affine s = series_of_group.scaling.targets[e][prepared.number].value_or(data::Affine{});
    for (const std::size_t t : steps.dates) {
      explained.push_back({i, t});
      out.explained_ids.push_back({e, prepared.panel.axis.start(t)});
      ExplainedDate date;
      date.entity = e;
      date.step = t;
      out.dates.push_back(date);
      out.scales.push_back({s.scale, s.centre, training_range(prepared, e)});
      if (!set.targets[prepared.number].anchored_by_lead) continue;
      // Networks say the error in units of its usual size; the smallest share keeps the scale above 0.
      out.scales.back().scale *= std::max<double>(series.anchors[prepared.number].spread.back(), 1e-9);
      out.explained_anchors.push_back(s.scale * anchor_at(set, i, t, prepared.number));
      out.scales.back().offset += out.explained_anchors.back();
    }
    for (const std::size_t t : steps.references) {
      references.push_back({i, t});
      out.reference_ids.push_back({e, prepared.panel.axis.start(t)});
      out.reference_anchors.push_back(s.scale * anchor_at(set, i, t, prepared.number));
    }
  }
  const std::size_t times = prepared.panel.time_count();
  out.explained.emplace(out.inputs, group.simulates.size(), times, set.channels(), lags, std::move(explained),
                        out.statics);
  out.references.emplace(out.inputs, group.simulates.size(), times, set.channels(), lags,
                         std::move(references), out.statics);
  return out;
}

}  // namespace

PlannedGroup plan_group(const Prepared& prepared, const Models& models, const ExplainParams& params,
                        const UnitGroup& group) {
  const TaskParams& task = models.task;
  const std::vector<std::string> drivers = explained_drivers(prepared, task);
  PlannedGroup plan;
  plan.group = group;
  GroupSeries series;
  series.scaling =
      scaling_on(read_unit_model(models.folder, group.units.front().name), prepared, group.simulates);
  series.set = make_series(prepared, task, series.scaling, group.simulates, false);
  const learn::SeriesSet& set = series.set;
  plan.features = set.features.size();
  plan.target = prepared.number;
  if (const std::size_t anchor = anchor_feature(set, plan.target); anchor < set.past_features.size())
    plan.anchor = plan.features + 2 * anchor;
  plan.windows = cut_group(prepared, params, group, series, explained_lags(task.learn.window));
  const auto column = [&](const std::string& name) {
    return static_cast<std::size_t>(std::find(drivers.begin(), drivers.end(), name) - drivers.begin());
  };
  plan.own_past = column(past_input(prepared, plan.target));
  for (const std::string& name : set.features) plan.columns.push_back(column(name));
  for (const std::string& name : set.past_features) plan.columns.insert(plan.columns.end(), 2, column(name));
  return plan;
}

std::unique_ptr<PooledDifferentiable> load_group(const PlannedGroup& plan, const Models& models) {
  const learn::WindowParams& window = models.task.learn.window;
  auto model = std::make_unique<PooledDifferentiable>();
  for (const Unit& unit : plan.group.units)
    model->add(learn::load_model(models.folder / unit.name, models.task.learn.training.device), plan.target,
               explained_lags(window));
  if (models.task.forecasts()) model->hide(static_cast<std::size_t>(window.horizon), plan.features);
  if (plan.anchor) model->anchor(*plan.anchor);
  return model;
}

}  // namespace phreatic::hydrographs

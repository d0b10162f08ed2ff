// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/forecasts/forecast.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"
#include "phreatic/hydrographs/training/member_runs.hpp"
#include "phreatic/hydrographs/training/model_file.hpp"

namespace phreatic::hydrographs {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// Wells are forecast in groups whose outputs fit in about this much memory.
constexpr double kGroupBytes = 5e8;

std::size_t group_size(const Prepared& prepared, const TaskParams& task, std::size_t units) {
  const double per_well = 4.0 * static_cast<double>(task.learn.ensemble.members) *
                          static_cast<double>(units) * task.learn.window.horizon *
                          static_cast<double>(prepared.panel.time_count());
  return static_cast<std::size_t>(std::max(1.0, kGroupBytes / per_well));
}

LeadForecasts empty_forecasts(const Prepared& prepared, std::size_t leads) {
  const core::TimeAxis& axis = prepared.panel.axis;
  std::size_t first = axis.size() - 1;
  for (std::size_t e = 0; e < prepared.panel.entity_count(); ++e) {
    const learn::StepRange test = prepared.test(e);
    if (test.end > test.begin) first = std::min(first, test.begin);
  }
  LeadForecasts out;
  out.axis = core::TimeAxis(axis.start(first), axis.step(), axis.size() - first);
  out.wells = prepared.panel.entities;
  out.leads = leads;
  out.unit = prepared.panel.variables[prepared.target].unit;
  for (auto* values : {&out.level, &out.lower, &out.upper})
    values->assign(out.wells.size() * leads * out.times(), kMissing);
  return out;
}

// Outputs of one unit for the wells of a group that it simulates.
struct UnitOutput {
  UnitModel about;
  UnitScaling scaling;
  std::vector<std::size_t> wells;
  learn::Predictions predictions;
};

UnitOutput run_unit(const Prepared& prepared, const Models& models, const Unit& unit,
                    std::vector<std::size_t> wells, core::Context& context) {
  UnitModel about = read_unit_model(models.folder, unit.name);
  UnitScaling scaling = scaling_on(about, prepared, wells);
  const learn::SeriesSet set = make_series(prepared, models.task, scaling, wells, false);
  const auto model = learn::load_model(models.folder / unit.name, models.task.learn.training.device);
  const auto windows = forecast_windows(set, model->description().params.window);
  core::Context quiet{context.log, false};
  return {std::move(about), std::move(scaling), std::move(wells),
          learn::predict(*model, set, windows, quiet)};
}

class Forecaster {
 public:
  Forecaster(const Prepared& prepared, const TaskParams& task, const Banding& banding)
      : prepared_(prepared), banding_(banding) {
    out_.leads = empty_forecasts(prepared, static_cast<std::size_t>(task.learn.window.horizon));
    out_.horizon.resize(prepared.panel.entity_count());
  }

  void add_well(std::size_t e, const std::vector<UnitOutput>& outputs) {
    add_weights(e, outputs);
    const std::size_t times = prepared_.panel.time_count();
    const std::size_t first = times - out_.leads.times();
    for (std::size_t lead = 1; lead <= out_.leads.leads; ++lead) {
      Simulation simulation = merge_runs(runs_of(e, lead, outputs), times);
      banding_(e, lead - 1, simulation);
      const std::size_t to = (e * out_.leads.leads + lead - 1) * out_.leads.times();
      const auto keep = [&](const std::vector<double>& from, std::vector<double>& all) {
        std::copy(from.begin() + static_cast<std::ptrdiff_t>(first), from.end(),
                  all.begin() + static_cast<std::ptrdiff_t>(to));
      };
      keep(simulation.level, out_.leads.level);
      keep(simulation.lower, out_.leads.lower);
      keep(simulation.upper, out_.leads.upper);
      if (lead == out_.leads.leads) out_.horizon[e] = std::move(simulation);
    }
  }

  Forecasted take() { return std::move(out_); }

 private:
  void add_weights(std::size_t e, const std::vector<UnitOutput>& outputs) {
    for (const UnitOutput& output : outputs) {
      if (output.scaling.anchors[e].empty()) continue;
      // The same for all units of the well.
      const std::vector<double>& weight = output.scaling.anchors[e][prepared_.number].weight;
      out_.leads.network_weight.resize(out_.leads.wells.size() * out_.leads.leads, kMissing);
      std::copy(weight.begin(), weight.end(),
                out_.leads.network_weight.begin() + static_cast<std::ptrdiff_t>(e * out_.leads.leads));
    }
  }

  std::vector<MemberRun> runs_of(std::size_t e, std::size_t lead, const std::vector<UnitOutput>& outputs) {
    std::vector<MemberRun> all;
    for (const UnitOutput& output : outputs) {
      const auto at = std::find(output.wells.begin(), output.wells.end(), e);
      if (at == output.wells.end()) continue;
      const auto index = static_cast<std::size_t>(at - output.wells.begin());
      std::vector<MemberRun> runs =
          member_runs({output.about.name, index, prepared_.number,
                       output.scaling.targets[e][prepared_.number].value_or(data::Affine{}),
                       unseen_steps(output.about, prepared_, e), prepared_.panel.time_count()},
                      output.predictions, lead);
      std::move(runs.begin(), runs.end(), std::back_inserter(all));
    }
    return all;
  }

  const Prepared& prepared_;
  const Banding& banding_;
  Forecasted out_;
};

}  // namespace

std::vector<learn::Window> forecast_windows(const learn::SeriesSet& set, const learn::WindowParams& params) {
  std::vector<learn::Window> windows;
  const std::size_t length = params.length();
  for (std::size_t e = 0; e < set.entities.size(); ++e) {
    for (const learn::StepRange& stretch : complete_stretches(set.entities[e], set.features.size())) {
      for (std::size_t first = stretch.begin; first + length <= stretch.end; ++first) {
        const learn::Window window{e, first, length, length - params.scored()};
        if (learn::any_anchor(set, window)) windows.push_back(window);
      }
    }
  }
  return windows;
}

Forecasted forecast_series(const Prepared& prepared, const Models& models, const Banding& banding,
                           core::Context& context) {
  const std::size_t wells = prepared.panel.entity_count();
  const std::size_t group = group_size(prepared, models.task, models.units.size());
  Forecaster forecaster(prepared, models.task, banding);
  core::Progress progress("forecasting", wells, "wells", context.show_progress);
  for (std::size_t from = 0; from < wells; from += group) {
    const std::size_t to = std::min(wells, from + group);
    std::vector<UnitOutput> outputs;
    for (const Unit& unit : models.units) {
      core::throw_if_interrupted();
      std::vector<std::size_t> mine;
      for (const std::size_t e : unit.simulates) {
        if (e >= from && e < to) mine.push_back(e);
      }
      if (!mine.empty()) outputs.push_back(run_unit(prepared, models, unit, std::move(mine), context));
    }
    for (std::size_t e = from; e < to; ++e) {
      forecaster.add_well(e, outputs);
      progress.advance(1, prepared.panel.entities[e]);
    }
  }
  return forecaster.take();
}

}  // namespace phreatic::hydrographs

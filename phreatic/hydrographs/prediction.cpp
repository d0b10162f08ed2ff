// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/prediction.hpp"

#include "phreatic/core/errors.hpp"
#include "phreatic/hydrographs/member_runs.hpp"
#include "phreatic/hydrographs/model_file.hpp"

namespace phreatic::hydrographs {
namespace {

// Windows that simulate every step with enough look-back: whole stretches with carried state, or one window a
// step.
std::vector<learn::Window> simulation_windows(const learn::SeriesSet& set,
                                              const learn::WindowParams& params) {
  std::vector<learn::Window> windows;
  const std::size_t warmup = params.length() - params.scored();
  for (std::size_t e = 0; e < set.entities.size(); ++e) {
    for (const learn::StepRange& stretch : complete_stretches(set.entities[e], set.features.size())) {
      if (stretch.end - stretch.begin <= warmup) continue;
      if (params.mode == learn::WindowMode::simulation) {
        windows.push_back({e, stretch.begin, stretch.end - stretch.begin, warmup});
        continue;
      }
      for (std::size_t first = stretch.begin; first + params.length() <= stretch.end;
           first += params.scored()) {
        windows.push_back({e, first, params.length(), warmup});
      }
    }
  }
  return windows;
}

}  // namespace

std::vector<Simulation> simulate_series(const Prepared& prepared, const Models& models,
                                        const Banding& banding, core::Context& context) {
  const std::size_t wells = prepared.panel.entity_count();
  std::vector<std::vector<MemberRun>> runs(wells);
  core::Progress progress("simulating", models.units.size(), "models", context.show_progress);
  for (const Unit& unit : models.units) {
    core::throw_if_interrupted();
    const UnitModel about = read_unit_model(models.folder, unit.name);
    const UnitScaling scaling = scaling_on(about, prepared, unit.simulates);
    const learn::SeriesSet set = make_series(prepared, models.task, scaling, unit.simulates, false);
    const auto model = learn::load_model(models.folder / unit.name, models.task.learn.training.device);
    const auto windows = simulation_windows(set, model->description().params.window);
    const learn::Predictions predictions = learn::predict(*model, set, windows, context);
    for (std::size_t i = 0; i < unit.simulates.size(); ++i) {
      const std::size_t e = unit.simulates[i];
      std::vector<MemberRun> members = member_runs(
          {unit.name, i, prepared.number, scaling.targets[e][prepared.number].value_or(data::Affine{}),
           unseen_steps(about, prepared, e), prepared.panel.time_count(),
           model->description().targets.at(prepared.number).interval},
          predictions);
      std::move(members.begin(), members.end(), std::back_inserter(runs[e]));
    }
    progress.advance(1, unit.name);
  }
  std::vector<Simulation> simulations;
  for (std::size_t e = 0; e < wells; ++e) {
    simulations.push_back(merge_runs(runs[e], prepared.panel.time_count()));
    banding(e, 0, simulations.back());
  }
  return simulations;
}

}  // namespace phreatic::hydrographs

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/prediction/prediction.hpp"

#include "phreatic/core/errors.hpp"
#include "phreatic/hydrographs/training/member_runs.hpp"
#include "phreatic/hydrographs/training/model_file.hpp"

namespace phreatic::hydrographs {
namespace {

// Windows of the training's length over a stretch, the scored steps of one after those of another; the last is
// moved back to end with the stretch and scores what is left.
void add_windows(std::size_t entity, const learn::StepRange& stretch, const learn::WindowParams& params,
                 std::vector<learn::Window>& windows) {
  const std::size_t length = params.length();
  const std::size_t warmup = length - params.scored();
  for (std::size_t done = stretch.begin + warmup; done < stretch.end; done += params.scored()) {
    const std::size_t first = std::min(done - warmup, stretch.end - length);
    windows.push_back({entity, first, length, done - first});
  }
}

// Windows that simulate every step with enough look-back: whole stretches where a state is carried through them,
// else windows as in training.
std::vector<learn::Window> simulation_windows(const learn::SeriesSet& set,
                                              const learn::ModelDescription& model) {
  const learn::WindowParams& params = model.params.window;
  const bool whole = params.mode == learn::WindowMode::simulation && model.carries_state;
  const std::size_t warmup = params.length() - params.scored();
  std::vector<learn::Window> windows;
  for (std::size_t e = 0; e < set.entities.size(); ++e) {
    for (const learn::StepRange& stretch : complete_stretches(set.entities[e], set.features.size())) {
      const std::size_t steps = stretch.end - stretch.begin;
      if (steps < (whole ? warmup + 1 : params.length())) continue;
      if (whole) {
        windows.push_back({e, stretch.begin, steps, warmup});
      } else {
        add_windows(e, stretch, params, windows);
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
    const auto windows = simulation_windows(set, model->description());
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

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/prediction/target_prediction.hpp"

#include <mutex>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/hydrographs/baselines/baseline_files.hpp"

namespace phreatic::hydrographs {

TargetPrediction predict_target(const Prepared& mine, const Models& models, const Banding& banding,
                                const std::vector<std::string>& baselines,
                                const stats::ConformalParams& conformal, core::Context& context) {
  TargetPrediction out;
  const bool ahead = models.task.forecasts();
  if (ahead) {
    Forecasted forecasts = forecast_series(mine, models, banding, context);
    out.leads = std::move(forecasts.leads);
    out.simulations = std::move(forecasts.horizon);
  } else {
    out.simulations = simulate_series(mine, models, banding, context);
  }
  const BaselineParams params{baselines, conformal,
                              ahead ? static_cast<std::size_t>(models.task.learn.window.horizon) : 0};
  out.baselines.resize(mine.panel.entity_count());
  core::Progress progress("baselines", out.baselines.size(), "wells", context.show_progress);
  std::mutex advancing;
  core::parallel_for(out.baselines.size(), [&](std::size_t e) {
    core::throw_if_interrupted();
    out.baselines[e] = simulate_baselines(mine, params, e);
    const std::lock_guard lock(advancing);
    progress.advance();
  });
  for (const std::string& line : drivers_left_out(mine.panel.entities, out.baselines)) context.log.info(line);
  return out;
}

}  // namespace phreatic::hydrographs

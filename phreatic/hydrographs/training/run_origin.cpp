// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/training/run_origin.hpp"

#include <nlohmann/json.hpp>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/hydrographs/prediction/band_book.hpp"
#include "phreatic/hydrographs/prediction/target_prediction.hpp"
#include "phreatic/hydrographs/targets/targets.hpp"
#include "phreatic/hydrographs/training/training.hpp"

namespace phreatic::hydrographs {
namespace {

namespace fs = std::filesystem;

std::string suffix_of(const Prepared& mine) {
  return target_suffix(mine.panel.variables[mine.target].name, mine.number);
}

void predict_and_write(const Prepared& mine, const Models& models, const Origin& origin,
                       const OriginTask& task, const fs::path& folder, core::Context& context) {
  const auto leads = static_cast<std::size_t>(task.task.forecasts() ? task.task.learn.window.horizon : 1);
  BandBook book = make_band_book(mine, task.uncertainty, leads);
  const auto banding = [&](std::size_t e, std::size_t lead, Simulation& simulation) {
    add_band(mine, task.uncertainty, e, simulation);
    take_down(mine, e, lead, simulation, book);
  };
  const TargetPrediction predicted =
      predict_target(mine, models, banding, task.baselines, task.uncertainty.conformal, context);
  const std::string suffix = suffix_of(mine);
  if (predicted.leads) {
    write_forecasts(*predicted.leads, folder / ("forecasts" + suffix + ".nc"));
    write_band_book(book, folder / ("bands" + suffix + ".nc"));
  }
  write_run_series(
      after_origin(collect_series(mine, predicted.simulations, predicted.baselines), origin.test.begin),
      folder / ("predictions" + suffix + ".nc"), folder / ("predictions" + suffix + ".csv"));
}

}  // namespace

bool origin_is_done(const fs::path& folder, const std::string& key) {
  if (!fs::exists(folder / "done.json")) return false;
  const auto read = nlohmann::json::parse(core::read_file(folder / "done.json"), nullptr, false);
  return read.is_object() && read.value("key", "") == key;
}

void run_origin(const Prepared& data, const Origin& origin, const OriginTask& task, const fs::path& folder,
                learn::ResumeMode resume, core::Context& context) {
  core::make_folder(folder);
  fs::remove(folder / "done.json");
  const Prepared before = first_steps(data, origin.test.begin);
  const Models models{plan_units(before, task.split, task.task), task.task, folder / "model"};
  train_units(before, models, resume, context);
  for_each_target(data, [&](const Prepared& mine, const std::vector<std::size_t>& kept) {
    if (!kept.empty()) predict_and_write(mine, only_entities(models, kept), origin, task, folder, context);
  });
  fs::remove_all(models.folder);
  core::write_file_atomic(folder / "done.json", nlohmann::json{{"key", task.key},
                                                               {"origin", core::format_date(origin.date)},
                                                               {"first_scored_step", origin.test.begin},
                                                               {"steps", origin.test.size()}}
                                                        .dump(1) +
                                                    "\n");
}

void read_origin(const Prepared& data, bool forecasts, const fs::path& folder, const OriginWork& work) {
  for_each_target(data, [&](const Prepared& mine, const std::vector<std::size_t>& kept) {
    if (kept.empty()) return;
    const std::string suffix = suffix_of(mine);
    std::optional<LeadForecasts> leads;
    if (forecasts) leads = read_forecasts(folder / ("forecasts" + suffix + ".nc"));
    work(mine, read_run_series(folder / ("predictions" + suffix + ".nc")), leads);
  });
}

}  // namespace phreatic::hydrographs

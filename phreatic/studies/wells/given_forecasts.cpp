// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/given_forecasts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/hydrographs/forecasts/given_forecasts.hpp"
#include "phreatic/hydrographs/targets/targets.hpp"
#include "phreatic/studies/wells/input/load.hpp"

namespace phreatic::studies::wells {
namespace {

namespace fs = std::filesystem;

double summary(const stats::MetricTable& table, const std::string& period, const std::string& model,
               const std::string& metric) {
  for (const stats::MetricRow& row : table) {
    if (row.entity == "all" && row.period == period && row.model == model && row.metric == metric)
      return row.value;
  }
  return std::nan("");
}

// One line for each lead and model, leads in order.
std::vector<std::string> lines_of(const stats::MetricTable& table, double level) {
  std::vector<std::pair<std::string, std::string>> order;  // period, model
  for (const stats::MetricRow& row : table) {
    const std::pair key{row.period, row.model};
    if (row.entity == "all" && std::find(order.begin(), order.end(), key) == order.end())
      order.push_back(key);
  }
  std::vector<std::string> lines = {fmt::format("{:<16} {:<24} {:>10} {:>12} {:>10}", "period", "model",
                                                "median NSE", "median RMSE", "coverage")};
  for (const auto& [period, model] : order)
    lines.push_back(
        fmt::format("{:<16} {:<24} {:>10.3f} {:>12.4g} {:>10.3f}", period, model,
                    summary(table, period, model, "NSE_median"), summary(table, period, model, "RMSE_median"),
                    summary(table, period, model, stats::level_name("coverage", level) + "_mean")));
  return lines;
}

void check_names(const std::vector<hydrographs::GivenForecasts>& all, core::Problems& problems) {
  std::set<std::string> names = {"persistence", "damped_anomaly"};
  for (const hydrographs::GivenForecasts& one : all) {
    if (!names.insert(one.name).second)
      problems.add({.file = one.name,
                    .what = "is the name of another model of the table",
                    .mend = "Rename the file: its name without ending is the model's"});
  }
}

}  // namespace

std::vector<std::string> score_given_forecasts(const StudyFile& study, const std::vector<fs::path>& files,
                                               const fs::path& run, const fs::path& out,
                                               core::Context& context) {
  const WellsSettings settings = read_settings(study);
  const hydrographs::Prepared prepared = load_for_check(settings, study.path, context);
  const double level = settings.uncertainty.conformal.level;
  hydrographs::GivenScores scores;
  core::Problems problems;
  hydrographs::for_each_target(prepared, [&](const hydrographs::Prepared& mine, const auto&) {
    if (mine.number > 0) return;  // forecasts given are of the first target
    std::vector<hydrographs::GivenForecasts> all;
    if (!run.empty() && fs::exists(run / "forecasts.nc"))
      all.push_back(own_forecasts(mine, hydrographs::read_forecasts(run / "forecasts.nc"),
                                  hydrographs::model_name(settings.task), level));
    for (const fs::path& file : files) all.push_back(read_given_forecasts(file, mine, problems));
    check_names(all, problems);
    if (problems.empty()) scores = score_given(mine, all, level);
    if (problems.empty() && scores.scored == 0)
      problems.add(
          {.file = files.empty() ? run.string() : files.front().string(),
           .what = "nothing of these forecasts can be scored: " +
                   fmt::format("{}", fmt::join(scores.remarks, "; ")),
           .mend = "Give forecasts of the study's test period, each with a mean or the quantile 0.5, and "
                   "the settings that the study was run with"});
  });
  problems.throw_if_any();
  core::make_folder(out);
  stats::write_csv(scores.table, out / "metrics.csv");
  for (const std::string& remark : scores.remarks) context.log.info(remark);
  std::vector<std::string> lines = lines_of(scores.table, level);
  lines.push_back((out / "metrics.csv").string());
  return lines;
}

}  // namespace phreatic::studies::wells

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/report/data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/hydrographs/targets/targets.hpp"
#include "phreatic/studies/metrics_file.hpp"

namespace phreatic::studies::wells {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json read_json(const fs::path& path) {
  if (!fs::exists(path)) return nullptr;
  json read = json::parse(core::read_file(path), nullptr, false);
  if (read.is_discarded()) {
    throw core::InputError(
        {.file = path.string(), .what = "is damaged", .mend = "Delete it and run the study again"});
  }
  return read;
}

std::string metric_key(const std::string& entity, const std::string& name, const std::string& model,
                       const std::string& period) {
  return entity + '\n' + name + '\n' + model + '\n' + period;
}

}  // namespace

double ReportData::metric(const std::string& entity, const std::string& name, const std::string& of_model,
                          const std::string& period) const {
  const auto found = metric_index.find(metric_key(entity, name, of_model, period));
  return found == metric_index.end() ? std::numeric_limits<double>::quiet_NaN() : found->second;
}

std::vector<double> ReportData::over_wells(const std::string& name, const std::string& of_model,
                                           const std::string& period) const {
  std::vector<double> out;
  for (const std::string& entity : series.entities) out.push_back(metric(entity, name, of_model, period));
  return out;
}

std::string ReportData::level_unit() const {
  const hydrographs::RunSeries::Field* observed = series.find("observed");
  return observed != nullptr ? observed->unit : "m";
}

std::string ReportData::name_of_role(data::Role role) const {
  for (const json& variable :
       provenance.is_object() ? provenance.value("variables", json::array()) : json::array()) {
    if (variable.value("role", "") == data::to_text(role) && !variable.value("derived", false))
      return variable.value("name", "");
  }
  return "";
}

std::string ReportData::record_span() const {
  const std::size_t times = series.axis.size();
  const hydrographs::RunSeries::Field* observed = series.find("observed");
  std::size_t first = times;
  std::size_t last = 0;
  for (std::size_t i = 0; observed != nullptr && i < observed->values.size(); ++i) {
    if (std::isnan(observed->values[i])) continue;
    first = std::min(first, i % times);
    last = std::max(last, i % times);
  }
  if (first == times) return "no observed level";
  return core::format_date(series.axis.start(first)) + " to " + core::format_date(series.axis.start(last));
}

const json& facts_of_entity(const ReportData& data, std::size_t e) {
  static const json none;
  if (!data.split.is_object() || !data.split.contains("wells")) return none;
  const json& wells = data.split["wells"];
  const std::string& entity = data.series.entities[e];
  if (e < wells.size() && wells[e].value("entity", "") == entity) return wells[e];  // of a single target
  const auto found = std::find_if(wells.begin(), wells.end(),
                                  [&](const json& well) { return well.value("entity", "") == entity; });
  return found == wells.end() ? none : *found;
}

ReportData read_run(const fs::path& folder, std::size_t target) {
  if (!fs::exists(folder / "study.yml")) {
    throw core::InputError({.file = folder.string(),
                            .what = "is not a run folder (it holds no study.yml)",
                            .mend = "Run a study first: phreatic run STUDY.yml --out " + folder.string()});
  }
  ReportData data;
  data.folder = folder;
  data.settings = read_settings((folder / "study.yml").string(), {});
  if (!data.settings.forecasts()) std::erase(data.settings.baselines, "damped_anomaly");  // of forecasts only
  if (!fs::exists(folder / "predictions.nc") || !fs::exists(folder / "metrics.csv")) {
    throw core::InputError({.file = folder.string(),
                            .what = "holds no predictions and metrics yet",
                            .mend = "Run 'phreatic evaluate " + folder.string() + "' first"});
  }
  const std::vector<std::string> names = data.settings.target_names();
  data.number = target;
  data.targets = names.size();
  data.target = names.at(target);
  const std::string suffix = hydrographs::target_suffix(data.target, target);
  data.series = hydrographs::read_run_series(folder / ("predictions" + suffix + ".nc"));
  data.metrics = read_metrics(folder / "metrics.csv");
  if (names.size() > 1)
    std::erase_if(data.metrics, [&](const stats::MetricRow& row) { return row.variable != data.target; });
  if (data.settings.rolling.origins > 0 && fs::exists(folder / "rolling/metrics.csv")) {
    data.rolling = read_metrics(folder / "rolling/metrics.csv");
    std::erase_if(data.rolling, [&](const stats::MetricRow& row) {
      return names.size() > 1 && row.variable != data.target;
    });
  }
  for (const stats::MetricRow& row : data.metrics)
    data.metric_index.emplace(metric_key(row.entity, row.metric, row.model, row.period), row.value);
  // What is switched off may have been there in an earlier run.
  if (data.settings.explain.enabled && fs::exists(folder / ("explain" + suffix) / "contributions.csv"))
    data.explanation = hydrographs::read_explanation(folder / ("explain" + suffix), data.series);
  if (data.settings.forecasts())
    data.forecasts = hydrographs::read_forecasts(folder / ("forecasts" + suffix + ".nc"));
  data.training = read_json(folder / "training.json");
  if (target == 0) {  // types and truth are of the first target
    data.types = read_json(folder / "explain/types.json");
    if (data.settings.explain.enabled && data.settings.explain.compare_dates > 0)
      data.agreement = read_json(folder / "explain/agreement.json");
    if (data.settings.shows_attention()) data.looks = read_json(folder / "explain/attention.json");
    data.truth = read_json(folder / "explain/truth.json");
  }
  data.provenance = read_json(folder / "provenance.json");
  data.split = read_json(folder / "wells.json");
  data.explain_facts = read_json(folder / ("explain" + suffix) / "summary.json");
  if (data.explain_facts.is_null()) data.explain_facts = json::object();
  return data;
}

}  // namespace phreatic::studies::wells

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/stages/run_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "phreatic/core/files/files.hpp"
#include "phreatic/data/series/flags.hpp"
#include "phreatic/learn/training/status.hpp"
#include "phreatic/studies/wells/input/virtual_wells.hpp"

namespace phreatic::studies::wells {
namespace {

using nlohmann::json;

json or_null(double value) { return std::isfinite(value) ? json(value) : json(); }

json score_json(const basin::AttributionScore& model, const basin::AttributionScore& ceiling) {
  return {{"group", model.group},
          {"count", model.count},
          {"correlation", or_null(model.correlation)},
          {"slope", or_null(model.slope)},
          {"relative_rmse", or_null(model.relative_rmse)},
          {"ceiling_correlation", or_null(ceiling.correlation)},
          {"ceiling_slope", or_null(ceiling.slope)},
          {"ceiling_relative_rmse", or_null(ceiling.relative_rmse)}};
}

std::vector<std::size_t> columns_of(const TruthComparison& truth,
                                    const hydrographs::Explanation& explanation) {
  std::vector<std::size_t> columns;
  for (const std::string& group : truth.groups) {
    const auto found =
        std::find(explanation.drivers.begin(), explanation.drivers.end(), driver_of_group(group));
    columns.push_back(static_cast<std::size_t>(found - explanation.drivers.begin()));
  }
  return columns;
}

}  // namespace

void write_training(const std::vector<hydrographs::UnitTraining>& trained,
                    const std::filesystem::path& path) {
  json units = json::array();
  for (const hydrographs::UnitTraining& t : trained) {
    json members = json::array();
    for (const learn::MemberResult& m : t.result.members) {
      json training = json::array();
      json validation = json::array();
      for (const learn::EpochRecord& epoch : m.curve) {
        training.push_back(or_null(epoch.training_loss));
        validation.push_back(or_null(epoch.validation_loss));
      }
      members.push_back({{"seed", m.seed},
                         {"status", learn::words(m.status)},
                         {"message", m.message},
                         {"best_epoch", m.best_epoch},
                         {"best_validation_loss", or_null(m.best_validation_loss)},
                         {"training_loss", training},
                         {"validation_loss", validation}});
    }
    json unit = {{"name", t.unit.name},
                 {"training_windows", t.training_windows},
                 {"validation_windows", t.validation_windows},
                 {"members", members}};
    if (!t.result.drifting.empty()) unit["drifting"] = learn::drift_text(t.result.drifting);
    units.push_back(std::move(unit));
  }
  core::write_file_atomic(path, json{{"units", units}}.dump(1) + "\n");
}

void write_wells(const hydrographs::Prepared& prepared, const std::filesystem::path& path) {
  const auto range = [&](const learn::StepRange& steps) -> json {
    if (steps.end <= steps.begin) return json::array();
    return {prepared.panel.axis.start(steps.begin), steps.end < prepared.panel.time_count()
                                                        ? prepared.panel.axis.start(steps.end)
                                                        : prepared.panel.axis.end()};
  };
  const std::vector<data::Flag> flags = data::flag_panel(prepared.panel, prepared.flagged_targets(), {});
  json wells = json::array();
  for (std::size_t e = 0; e < prepared.panel.entity_count(); ++e) {
    const data::TargetRecord& record = prepared.records[e];
    json warnings = json::array();
    for (const data::Flag& flag : flags) {
      if (flag.entity == e) warnings.push_back(data::flag_text(flag, prepared.panel));
    }
    wells.push_back(
        {{"entity", prepared.panel.entities[e]},
         {"training", range(prepared.training(e))},
         {"validation", range(prepared.validation(e))},
         {"test", range(prepared.test(e))},
         {"depth", record.quantity == data::Quantity::depth},
         {"reference_level_m", record.reference_level_m ? json(*record.reference_level_m) : json()},
         {"observations", record.observations},
         {"warnings", warnings}});
  }
  json left_out = json::array();
  for (const data::LeftOut& well : prepared.loaded.left_out)
    left_out.push_back({{"entity", well.entity}, {"reason", well.reason}});
  core::write_file_atomic(
      path,
      json{{"wells", wells}, {"left_out", left_out}, {"warnings", prepared.loaded.warnings}}.dump(1) + "\n");
}

void write_truth(const TruthComparison& truth, const hydrographs::Explanation& explanation,
                 const hydrographs::Prepared& prepared, const std::filesystem::path& folder) {
  const std::size_t groups = truth.groups.size();
  const std::vector<std::size_t> columns = columns_of(truth, explanation);
  json scores = json::array();
  for (std::size_t i = 0; i < truth.model.size(); ++i)
    scores.push_back(score_json(truth.model[i], truth.ceiling[i]));
  json sample = json::array();
  std::string rows = "well,date,group,truth_m,attributed_m,ceiling_m\n";
  const std::size_t every = std::max<std::size_t>(1, explanation.dates.size() / 600);
  for (std::size_t g = 0; g < groups; ++g) {
    json x = json::array();
    json y = json::array();
    for (std::size_t i = 0; i < explanation.dates.size(); ++i) {
      const double t = truth.truth_m[i * groups + g];
      if (std::isnan(t)) continue;
      const double a = explanation.table.contribution(i, columns[g]);
      rows +=
          fmt::format("{},{},{},{:.6g},{:.6g},{:.6g}\n", prepared.panel.entities[explanation.dates[i].entity],
                      core::format_date(prepared.panel.axis.start(explanation.dates[i].step)),
                      truth.groups[g], t, a, truth.ceiling_m[i * groups + g]);
      if (i % every != 0) continue;
      x.push_back(t);
      y.push_back(a);
    }
    sample.push_back({{"group", truth.groups[g]}, {"truth", x}, {"attributed", y}});
  }
  json types = json::object();
  for (std::size_t e = 0; e < truth.true_types.size(); ++e)
    types[prepared.panel.entities[e]] = truth.true_types[e];
  core::write_file_atomic(folder / "truth.csv", rows);
  core::write_file_atomic(folder / "truth.json",
                          json{{"scores", scores},
                               {"mean_correlation", or_null(truth.mean_correlation)},
                               {"mean_slope", or_null(truth.mean_slope)},
                               {"mean_relative_rmse", or_null(truth.mean_relative_rmse)},
                               {"true_types", types},
                               {"sample", sample}}
                                  .dump(1) +
                              "\n");
}

}  // namespace phreatic::studies::wells

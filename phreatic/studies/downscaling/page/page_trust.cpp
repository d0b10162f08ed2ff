// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/studies/downscaling/page/page_files.hpp"

namespace phreatic::studies::downscaling {
namespace {

// Shapley values of each model, covariates in the order of the first.
void importance(const RunFiles& run, report::Section& s) {
  const Csv rows(run.folder / "importance.csv");
  if (rows.size() == 0) return;
  const auto models = rows.texts("model"), covariates = rows.texts("covariate");
  const auto share = rows.numbers("share"), mm = rows.numbers("mean_absolute_mm"),
             error = rows.numbers("standard_error_mm");
  report::Bars bars;
  bars.quantity = {"Share of the sum of mean absolute Shapley values", "%", 0};
  for (std::size_t i = 0; i < models.size() && models[i] == models[0]; ++i)
    bars.categories.push_back(covariates[i]);
  for (std::size_t i = 0; i < models.size(); ++i) {
    if (bars.groups.empty() || bars.groups.back().name != models[i])
      bars.groups.push_back({models[i], std::vector<double>(bars.categories.size(), report::kUnknown)});
    const auto at = std::find(bars.categories.begin(), bars.categories.end(), covariates[i]);
    if (at != bars.categories.end())
      bars.groups.back().values[static_cast<std::size_t>(at - bars.categories.begin())] = 100 * share[i];
  }
  s.figures.push_back({"importance", "What each model uses",
                       "Shapley values on coarse cells (SHAP); a covariate with its sums, and all classes "
                       "of a layer, count "
                       "as one. What a model uses is no cause, and place and time are no covariates here.",
                       "", bars});
  report::Table table;
  table.columns = {{"model", "", 0, "", models},
                   {"covariate", "", 0, "", covariates},
                   {"mean absolute", "mm", 2, "over 200 cell months", mm},
                   {"standard error", "mm", 2, "over these", error}};
  const auto truth = rows.has("true_share") ? rows.numbers("true_share") : std::vector<double>{};
  const bool known = std::any_of(truth.begin(), truth.end(), [](double v) { return !std::isnan(v); });
  if (known) {
    table.columns.push_back({"share", "", 3, "of the model's sum", share});
    table.columns.push_back({"true share", "", 3, "as the table of causes has it", truth});
    std::string ranks;
    for (const auto& [model, by] : run.summary["cause_ranks"].items()) {
      const auto text = [](const auto& r) {
        return r.is_null() ? "not known" : fmt::format("{:.2f}", r.template get<double>());
      };
      ranks += fmt::format("{}{} {}", ranks.empty() ? "" : "; ", model, text(by["share"]));
      for (const auto& [definition, r] : by.items()) {
        if (definition != "share") ranks += fmt::format(", {} {}", definition, text(r));
      }
    }
    s.paragraphs.push_back(
        "Rank correlation of importance with the true shares of the causes, and with other definitions of "
        "them where the table has some: " +
        ranks + ".");
  }
  s.figures.push_back(
      {"importance-table", "Shapley values", "The numbers of the figure above, in mm.", "", table});
}

// What optional covariates are worth: held-out errors with and without each.
void worth(const RunFiles& run, report::Section& s) {
  const auto path = run.folder / "covariate_value.csv";
  if (!std::filesystem::exists(path)) return;
  const Csv rows(path);
  if (rows.size() == 0) return;
  const auto with = rows.numbers("rmse_with_mm"), without = rows.numbers("rmse_without_mm");
  std::vector<double> change;
  for (std::size_t i = 0; i < with.size(); ++i) change.push_back(100 * (with[i] / without[i] - 1));
  report::Table table;
  table.columns = {{"covariate", "", 0, "", rows.texts("covariate")},
                   {"model", "", 0, "", rows.texts("model")},
                   {"validation", "", 0, "what the model had not seen", rows.texts("held_out_by")},
                   {"cells", "", 0, "", rows.texts("cells")},
                   {"RMSE with", "mm", 2, "", with},
                   {"RMSE without", "mm", 2, "", without},
                   {"change", "%", 1, "negative: the covariate helps", change}};
  s.figures.push_back({"covariate-value", "What optional covariates are worth",
                       "Everything fitted and validated once more without the covariate.", "", table});
}

void score_table(const RunFiles& run, report::Section& s, const std::string& entity, const std::string& id,
                 const std::string& heading, const std::string& caption,
                 const std::vector<report::Quantity>& what) {
  std::vector<std::pair<std::string, std::string>> keys;
  for (const auto& row : run.metrics) {
    const std::pair key{row.model, row.period};
    if (row.entity == entity && std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  }
  report::Table table;
  std::vector<std::string> models, periods;
  for (const auto& [model, period] : keys) {
    models.push_back(model);
    periods.push_back(period);
  }
  table.columns = {{"model", "", 0, "", models},
                   {"validation", "", 0, "what the model had not seen", periods}};
  for (const report::Quantity& q : what) {
    std::vector<double> values;
    for (const auto& [model, period] : keys) values.push_back(run.metric(entity, model, period, q.name));
    table.columns.push_back({q.name, q.unit, q.digits, "", values});
  }
  s.figures.push_back({id, heading, caption, "", table});
}

}  // namespace

report::Section trust_section(const RunFiles& run) {
  report::Section s{"trust", "Can I trust it?", {}, {}};
  score_table(run, s, "coarse cells", "coarse-scores", "Models on coarse cells",
              "Storage of coarse cells by each model alone, before the correction. Random splits leak: "
              "their test cells share mascons with training cells.",
              {{"RMSE", "mm", 1}, {"R2", "", 2}, {"n", "", 0}});
  if (!run.settings.truth.empty())
    score_table(run, s, "fine cells", "fine-scores", "Fine field against the withheld truth",
                "Each part by models that did not see it. Gain: how much less error than bilinear "
                "interpolation, with its 90 % interval; detail: correlation of what the "
                "field adds to bilinear with what the truth adds.",
                {{"RMSE", "mm", 1},
                 {"r", "", 3},
                 {"detail_r", "", 2},
                 {"RMSE_gain_percent", "%", 1},
                 {"RMSE_gain_percent_low_90", "%", 1},
                 {"RMSE_gain_percent_high_90", "%", 1}});
  s.paragraphs.push_back(fmt::format(
      "Closure: at most {:.1g} mm at the coarse cells, {:.1g} mm at {:g} degrees. Temporal continuity: "
      "median correlation of fine series with "
      "their coarse cell's {:.2f}; lag-1 autocorrelation {:.2f} against {:.2f}. Spatial detail: variance "
      "within coarse cells {:.1f} times that of "
      "bilinear interpolation, which may be signal or noise.",
      run.summary["closure"]["largest_mm"].get<double>(),
      run.summary["closure_mascon"]["largest_mm"].get<double>(), run.settings.model.mascon_deg,
      run.number("continuity"), run.number("lag1_fine"), run.number("lag1_coarse"),
      run.number("detail_ratio")));
  s.figures.push_back(run.raster(
      "uncertainty", "uncertainty.tif", 0, {"Standard deviation of the error", "mm", 1}, false, "Uncertainty",
      fmt::format("Errors of the products (three-cornered hat), of the model (jackknife over "
                  "blocks) and of structure ({:.1f} mm) together.",
                  run.summary["sd_structure_mm"].get<double>())));
  const double held = run.number("covered_90"), calibrated = run.number("covered_90_calibrated");
  s.figures.push_back(run.raster(
      "band", "uncertainty.tif", 3, {"Half width of the 90 % band", "mm", 1}, false, "90 % band",
      fmt::format(
          "{:.2f} times 1.645 standard deviations, which comes from {}.{}", run.number("band_factor"),
          run.summary["band_source"].get<std::string>(),
          std::isnan(held)
              ? ""
              : fmt::format(" Held out, plain bands hold {:.0f} % of the withheld truth, calibrated ones "
                            "{:.0f} %.",
                            100 * held, 100 * calibrated))));
  importance(run, s);
  worth(run, s);
  return s;
}

}  // namespace phreatic::studies::downscaling

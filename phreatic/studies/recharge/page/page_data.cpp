// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/page/page_data.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/data/grid/grid_file.hpp"
#include "phreatic/studies/metrics_file.hpp"

namespace phreatic::studies::recharge {
namespace {

nlohmann::json read_json(const std::filesystem::path& path) {
  auto out = nlohmann::json::parse(core::read_file(path), nullptr, false);
  if (!out.is_object()) throw core::InputError({.file = path.string(), .what = "is damaged"});
  return out;
}

PageMap read_map(const std::filesystem::path& path, std::size_t band = 0) {
  data::GridSource source;
  source.no_fill_values = true;
  const data::GridFile file(path, source);
  PageMap out{file.grid(), {}};
  file.read(band, {0, 0, out.grid.width, out.grid.height}, out.values);
  return out;
}

// Maps of the inputs with most to say, but for rate and area, which are the same for every cell.
std::vector<std::pair<std::string, PageMap>> shap_maps(const PageData& data, const std::string& target,
                                                       const std::filesystem::path& file) {
  std::vector<std::pair<std::string, PageMap>> out;
  if (!std::filesystem::exists(file)) return out;
  std::vector<std::string> bands;  // in the order of the surrogate's inputs, as in shap.csv
  for (const TableColumn& column : data.shap.columns) {
    if (column.name.rfind(target + " ", 0) == 0 && column.name != target + " base")
      bands.push_back(column.name.substr(target.size() + 1));
  }
  constexpr std::size_t shown = 3;
  for (const std::string& input : inputs_by_importance(data, target)) {
    if (out.size() == shown) break;
    if (input == "rate" || input == "area") continue;
    const auto band = static_cast<std::size_t>(std::find(bands.begin(), bands.end(), input) - bands.begin());
    out.emplace_back(input, read_map(file, band));
  }
  return out;
}

}  // namespace

std::string PageData::mapping_model(const std::string& target) const {
  return training["mapping"].value(target, "");
}

std::string PageData::mapping_models() const {
  const std::string response = mapping_model(response_column());
  const std::string decay = mapping_model("k_per_day");
  if (response == decay || steady_only()) return fmt::format("the model '{}'", response);
  return fmt::format("the models '{}' (response) and '{}' (decay)", response, decay);
}

double PageData::metric(const std::string& variable, const std::string& period, const std::string& metric,
                        const std::string& model) const {
  for (const stats::MetricRow& row : metrics) {
    if (row.variable == variable && row.period == period && row.metric == metric && row.model == model)
      return row.value;
  }
  return report::kUnknown;
}

std::string PageData::input_label(const std::string& input) const {
  return training.contains("labels") ? training["labels"].value(input, input) : input;
}

std::string PageData::input_words(const std::string& input) const {
  const std::string label = input_label(input);
  return label.substr(0, label.find(", "));
}

PageData read_page_data(const std::filesystem::path& run) {
  PageData out;
  out.folder = run;
  out.settings = read_settings(read_study(run.string(), {}));
  out.baseline = read_json(run / "baseline.json");
  out.design = read_json(run / "design.json");
  out.remarks = read_json(run / "targets.json");
  out.training = read_json(run / "training.json");
  if (!out.training.contains("mapping"))
    throw core::InputError({.file = (run / "training.json").string(),
                            .what = "does not say which surrogates made the maps: an older version wrote it",
                            .mend = "Run the study again with --force"});
  out.plan = read_json(run / "plan.json");
  out.sites = read_table(run / "sites.csv");
  out.targets = read_table(run / "targets.csv");
  out.storage = read_table(run / "storage.csv");
  out.features = read_table(run / "features.csv");
  out.predictions = read_table(run / "predictions.csv");
  out.shap = read_table(run / "shap.csv");
  out.ranking = read_table(run / "ranking.csv");
  out.plan_sites = read_table(run / "plan.csv");
  out.metrics = read_metrics(run / "metrics.csv");
  if (out.settings.surrogates.has_unet()) {
    out.unet = read_json(run / "unet.json");
    out.unet_predictions = read_table(run / "unet_predictions.csv");
    for (stats::MetricRow& row : read_metrics(run / "unet_metrics.csv"))
      out.metrics.push_back(std::move(row));
  }
  out.s0 = read_map(run / (out.steady_only() ? "maps/steady.tif" : "maps/s0.tif"));
  if (!out.steady_only()) {
    out.k = read_map(run / "maps/k.tif");
    out.left = read_map(run / fmt::format("maps/left_{:g}d.tif", out.settings.scan.days.back()));
  }
  out.applicability = read_map(run / "maps/applicability.tif");
  out.depth = read_map(run / "baseline/depth.tif");
  out.rivers = read_map(run / "baseline/rivers.tif");
  if (out.settings.scan.shap) {
    out.shap_response = shap_maps(out, out.response_column(), run / "maps/shap_response.tif");
    if (!out.steady_only()) out.shap_decay = shap_maps(out, "k_per_day", run / "maps/shap_decay.tif");
  }
  out.above = read_table(run / "above_steady.csv");
  out.returns = read_table(run / "experiments/returns.csv");
  if (!out.settings.year.weather.empty()) {
    out.year = read_json(run / "representative_year.json");
    out.years = read_table(run / "representative_year.csv");
  }
  if (std::filesystem::exists(run / "adjoint/response.tif")) {
    out.adjoint_response = read_map(run / "adjoint/response.tif");
    if (!out.steady_only()) out.adjoint_k = read_map(run / "adjoint/k.tif");
  }
  return out;
}

}  // namespace phreatic::studies::recharge

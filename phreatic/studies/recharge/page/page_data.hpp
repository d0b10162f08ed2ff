// SPDX-License-Identifier: BSD-3-Clause
// A finished run as the page needs it, from its files alone.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "phreatic/data/grid/geogrid.hpp"
#include "phreatic/report/report.hpp"
#include "phreatic/stats/metrics/metric_table.hpp"
#include "phreatic/studies/recharge/page/tables.hpp"
#include "phreatic/studies/recharge/settings.hpp"

namespace phreatic::studies::recharge {

struct PageMap {
  data::GeoGrid grid;
  std::vector<double> values;  // [row][column]
};

struct PageData {
  std::filesystem::path folder;
  RechargeSettings settings;
  nlohmann::json baseline, design, remarks, training, plan;
  Table sites, targets, storage, features, predictions, shap, ranking, plan_sites;
  nlohmann::json unet;  // null where there is none
  Table unet_predictions;
  stats::MetricTable metrics;
  PageMap s0, k, left, applicability;
  PageMap adjoint_response, adjoint_k;  // without values where there is no adjoint
  PageMap depth, rivers;                // of the baseline
  // Shapley values of the response and of the decay, the inputs with most to say first; empty with scan.shap: false.
  std::vector<std::pair<std::string, PageMap>> shap_response, shap_decay;
  Table above;  // sites whose response is above their steady one
  Table returns;
  nlohmann::json year;  // null where none was chosen
  Table years;

  // All periods of the model are steady: the response is the steady one, and there is no decay.
  bool steady_only() const { return baseline.value("steady_only", false); }
  std::string response_column() const { return steady_only() ? "steady_m3" : "s0_m3"; }
  std::string response_name() const { return steady_only() ? "Steady response" : "Response S0"; }
  // The model that made the maps of a target's column, as training chose it: "trees".
  std::string mapping_model(const std::string& target) const;
  // In words, of response and decay: "the model 'trees'".
  std::string mapping_models() const;
  // NaN when there is no such row.
  double metric(const std::string& variable, const std::string& period, const std::string& metric,
                const std::string& model) const;
  std::string input_label(const std::string& input) const;  // "Rate, log10 mm/d"
  std::string input_words(const std::string& input) const;  // without its unit: "Rate"
};
PageData read_page_data(const std::filesystem::path& run);

// Inputs of a target, those with the largest mean |SHAP| first; and how the prediction of a site comes about.
std::vector<std::string> inputs_by_importance(const PageData& data, const std::string& target);
report::Waterfall site_waterfall(const PageData& data, const std::string& target, const std::string& name,
                                 std::size_t site);

// The page, top to bottom.
report::Section response_section(
    const PageData& data);                             // storage curves, distributions, transient and steady
report::Section models_section(const PageData& data);  // scores, simulated against predicted
report::Section unet_section(const PageData& data);    // only where there is one
report::Section causes_section(const PageData& data);  // importance, dependence
report::Section map_section(const PageData& data);
report::Section plan_section(const PageData& data);
report::Section method_section(const PageData& data);
report::Panels site_panels(const PageData& data);

}  // namespace phreatic::studies::recharge

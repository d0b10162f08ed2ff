// SPDX-License-Identifier: BSD-3-Clause
// What the report reads from a run folder, and small helpers on it.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "phreatic/data/role.hpp"
#include "phreatic/hydrographs/evaluation/outputs.hpp"
#include "phreatic/hydrographs/forecasts/lead_forecasts.hpp"
#include "phreatic/report/report.hpp"
#include "phreatic/stats/metrics/metric_table.hpp"
#include "phreatic/studies/wells/settings.hpp"

namespace phreatic::studies::wells {

// A run as one of its targets shows it.
struct ReportData {
  std::filesystem::path folder;
  std::string target;       // its name
  std::size_t number = 0;   // of the target among those of the networks
  std::size_t targets = 1;  // of the study
  WellsSettings settings;
  hydrographs::RunSeries series;
  stats::MetricTable metrics;
  stats::MetricTable rolling;  // of rolling/metrics.csv; empty without rolling origins
  std::optional<hydrographs::Explanation> explanation;
  std::optional<hydrographs::LeadForecasts> forecasts;  // in forecast mode
  nlohmann::json training;                              // null when not there
  nlohmann::json agreement;                             // explain/agreement.json, of the first target
  nlohmann::json looks;                                 // explain/attention.json, of the first target
  nlohmann::json types;
  nlohmann::json truth;
  nlohmann::json provenance;
  nlohmann::json explain_facts;
  nlohmann::json split;  // per well: periods, as written by the data stage

  std::string model() const { return metrics.empty() ? "" : metrics.front().model; }
  // Values of metrics.csv by entity, metric, model and period; made by read_run().
  std::unordered_map<std::string, double> metric_index;

  // NaN when there is no such row.
  double metric(const std::string& entity, const std::string& metric, const std::string& model,
                const std::string& period = "test") const;
  std::vector<double> over_wells(const std::string& metric, const std::string& model,
                                 const std::string& period = "test") const;
  std::string level_unit() const;
  // "1999-01-01 to 2015-12-31": from the first to the last observed level of any well.
  std::string record_span() const;
  // The study's name of the first driver of this role; "" = it has none.
  std::string name_of_role(data::Role role) const;
};

ReportData read_run(const std::filesystem::path& folder, std::size_t target = 0);
// What wells.json says of the series' e-th entity; null when it is not there.
const nlohmann::json& facts_of_entity(const ReportData& data, std::size_t e);

// Sections, in the order of the page.
report::Section method_section(const ReportData& data);
report::Section trust_section(const ReportData& data);
std::optional<report::Section> forecast_section(const ReportData& data);
std::optional<report::Section> outlook_section(const ReportData& data);
std::optional<report::Section> rolling_section(const ReportData& data);
report::Section cause_section(const ReportData& data);
std::optional<report::Section> attention_section(const ReportData& data);
std::optional<report::Section> type_section(const ReportData& data);
std::optional<report::Section> truth_section(const ReportData& data);
report::Panels well_panels(const ReportData& data);
// Levels, band and baselines of the e-th entity over the whole record.
report::Hydrograph hydrograph(const ReportData& data, std::size_t e);
// Of a further target: its places' panels joined to those that are there, and its table of places.
void add_panels(const ReportData& data, report::Panels& panels);
report::Figure target_table(const ReportData& data);
report::Provenance provenance_part(const ReportData& data);
std::vector<std::string> warnings_of(const ReportData& data);
// Per well, which simple models have a higher NSE in the test period than the network; "" = none.
std::vector<std::string> beaten_by(const ReportData& data);

// A simple model is said to have the higher NSE from this difference on: with less, the two read the same.
inline constexpr double kHigherNse = 0.005;

}  // namespace phreatic::studies::wells

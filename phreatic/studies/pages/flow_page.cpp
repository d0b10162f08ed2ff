// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/pages/flow_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/flow/mf6/results/result_files.hpp"
#include "phreatic/flow/mf6/run.hpp"
#include "phreatic/flow/mf6/text/text.hpp"
#include "phreatic/studies/pages/block_map.hpp"

namespace phreatic::studies {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kCurves = 6;  // in one chart

// Heads of one layer; dry and inactive cells have no value.
report::Heatmap head_map(const flow::mf6::HeadFile& file, const flow::mf6::HeadFile::Record& record) {
  std::vector<double> heads = file.values(record);
  for (double& head : heads) {
    if (std::abs(head) >= 1e29) head = report::kUnknown;
  }
  return block_map(heads, static_cast<std::size_t>(record.nrow), static_cast<std::size_t>(record.ncol),
                   {"Head", "", 2});
}

// Maps of every layer (at most kCurves) at the last saved step.
report::Section head_section(const std::string& path) {
  const flow::mf6::HeadFile file(path);
  report::Section section{"heads", "Where does the water stand?", {}, {}};
  const auto steps = file.steps();
  for (const auto& record : file.records()) {
    if (std::pair{record.period, record.step} != steps.back() || section.figures.size() == kCurves) continue;
    section.figures.push_back(
        {fmt::format("head-layer-{}", record.layer), fmt::format("Layer {}", record.layer),
         fmt::format(
             "Heads of layer {} at time {:g} (period {}, step {}); inactive and dry cells are left blank.",
             record.layer, record.time, record.period, record.step),
         "", head_map(file, record)});
  }
  return section;
}

// In and out by term at the last saved step.
report::Section balance_section(const std::string& path) {
  const std::vector<flow::mf6::BudgetTerm> terms =
      flow::mf6::read_budget(path, {"FLOW-JA-FACE", "DATA-SPDIS", "DATA-SAT"});
  report::Bars bars;
  bars.quantity = {"Flow", "L3/T", 2};
  bars.groups = {{"into the aquifer", {}}, {"out of the aquifer", {}}};
  double time = 0;
  for (const auto& term : terms) {
    if (term.period != terms.back().period || term.step != terms.back().step) continue;
    time = term.time;
    bars.categories.push_back(term.package.empty() ? term.text
                                                   : fmt::format("{} ({})", term.text, term.package));
    bars.groups[0].values.push_back(term.inflow());
    bars.groups[1].values.push_back(term.outflow());
  }
  report::Section section{"balance", "Where does the water come from and go to?", {}, {}};
  if (!bars.categories.empty())
    section.figures.push_back({"water-balance", "Water balance",
                               fmt::format("Flows by budget term at time {:g}.", time), "", bars});
  return section;
}

// Curves of the observation files; time series of the model's own units.
void add_observations(const std::string& path, report::Section& section) {
  const auto file = std::make_shared<flow::mf6::TextFile>(flow::mf6::TextFile{path, core::read_file(path)});
  flow::mf6::LineReader lines({file, file->bytes, 1});
  if (!lines.next()) return;
  std::vector<std::string> names;
  flow::mf6::Words header(lines.line());
  for (std::string name(header.next()); !name.empty(); name = header.next()) names.push_back(name);
  if (names.size() < 2 || names[0] != "time") return;
  std::vector<std::vector<double>> columns(names.size());
  while (lines.next()) {
    flow::mf6::Words words(lines.line());
    for (std::vector<double>& column : columns) {
      double v = report::kUnknown;
      if (flow::mf6::parse_double(words.next(), v) != flow::mf6::NumberStatus::ok || std::abs(v) >= 1e29)
        v = report::kUnknown;
      column.push_back(v);
    }
  }
  report::Lines chart;
  chart.x = {"Time", "", 2};
  chart.y = {"Head", "", 2};
  for (std::size_t c = 1; c < names.size() && chart.lines.size() < kCurves; ++c)
    chart.lines.push_back({names[c], report::Role::model, columns[0], columns[c], {}, {}});
  section.figures.push_back(
      {fmt::format("hydrographs-{}", section.figures.size() + 1), fs::path(path).filename().string(),
       fmt::format(
           "Observed heads of {}{}.", fs::path(path).filename().string(),
           names.size() - 1 > kCurves ? fmt::format(", the first {} of {}", kCurves, names.size() - 1) : ""),
       "", chart});
}

}  // namespace

report::Report flow_page(const fs::path& run) {
  const fs::path record_file = run / flow::mf6::kRecordFile;
  const auto record = nlohmann::json::parse(core::read_file(record_file), nullptr, false);
  if (!record.is_object()) throw core::InputError({.file = record_file.string(), .what = "is damaged"});
  report::Report report;
  report.title = "Groundwater model " + record.value("model", "");
  report.subtitle = record.value("input", "");
  report.finding =
      fmt::format("{} steps, {} not converged; worst water balance error {:.2g} %.", record.value("steps", 0),
                  record.value("not_converged", 0), record.value("worst_balance_percent", 0.0));
  if (!record.value("complete", true)) report.warnings.emplace_back("The run has not come to its end.");
  const std::string heads = flow::mf6::recorded_file(run, record.value("head_file", "")).string();
  const std::string budget = flow::mf6::recorded_file(run, record.value("budget_file", "")).string();
  if (!heads.empty()) report.sections.push_back(head_section(heads));
  if (!budget.empty()) report.sections.push_back(balance_section(budget));
  report::Section observations{"hydrographs", "How do heads move?", {}, {}};
  for (const auto& file : record.value("observation_files", std::vector<std::string>{})) {
    if (const std::string path = flow::mf6::recorded_file(run, file).string(); !path.empty())
      add_observations(path, observations);
  }
  if (!observations.figures.empty()) report.sections.push_back(observations);
  if (report.sections.empty())
    throw core::InputError(
        {.file = run.string(), .what = "no heads or budget were saved", .mend = "Run with --save all"});
  report.provenance.command =
      "phreatic flow run " + record.value("input", "") + "; phreatic flow plot " + run.string();
  return report;
}

}  // namespace phreatic::studies

// SPDX-License-Identifier: BSD-3-Clause
// compare: two or more run folders side by side, well by well.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "cli/command.hpp"
#include "phreatic/core/context.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/stats/metrics/metrics.hpp"
#include "phreatic/studies/engine/record.hpp"
#include "phreatic/studies/metrics_file.hpp"

namespace phreatic::cli {
namespace {

class CompareCommand : public Command {
 public:
  explicit CompareCommand(const studies::Kinds& kinds) : kinds_(kinds) {}
  std::string name() const override { return "compare"; }
  std::string summary() const override {
    return "Compare the skill of run folders, one row for each well (or what the study is about)";
  }
  void add_options(CLI::App& app) override {
    app.add_option("RUNS", runs_, "Run folders; the first is the reference")->required()->expected(2, -1);
    app.add_option("--metric", metric_, "Metric as named in metrics.csv")->capture_default_str();
    app.add_option("--variable", variable_, "Target as named in metrics.csv; default: the first of each run");
    app.add_option("--period", period_, "Period as named in metrics.csv")->capture_default_str();
  }
  int run() override {
    std::vector<std::map<std::string, double>> values;
    std::vector<std::string> wells;
    core::Log log;
    for (const std::string& run : runs_) {
      if (const std::string why = studies::engine::outdated(run, "metrics.csv"); !why.empty())
        log.warn(fmt::format(
            "{}: metrics.csv is of earlier results ({}); run the study to its end to renew it", run, why));
      values.emplace_back();
      const stats::MetricTable table = studies::read_metrics(run + "/metrics.csv");
      const std::string headline = table.empty() ? "" : table.front().model;
      const std::string variable = !variable_.empty() || table.empty() ? variable_ : table.front().variable;
      for (const stats::MetricRow& row : table) {
        if (row.variable != variable || row.metric != metric_ || row.period != period_ ||
            row.model != headline || row.entity == "all")
          continue;
        values.back()[row.entity] = row.value;
        if (std::find(wells.begin(), wells.end(), row.entity) == wells.end()) wells.push_back(row.entity);
      }
      if (values.back().empty()) {
        throw core::InputError(
            {.file = run + "/metrics.csv", .what = fmt::format("has no {} of period {}", metric_, period_)});
      }
    }
    print(wells, values);
    return kDone;
  }

 private:
  void print(const std::vector<std::string>& wells,
             const std::vector<std::map<std::string, double>>& values) const {
    fmt::print("{} ({})\n{:<24}", metric_, period_, entity());
    for (const std::string& run : runs_)
      fmt::print(" {:>18.18}", run.substr(run.size() > 18 ? run.size() - 18 : 0));
    fmt::print("\n");
    for (const std::string& well : wells) {
      fmt::print("{:<24}", well);
      for (const auto& run : values)
        fmt::print(" {:>18.3f}", run.contains(well) ? run.at(well) : std::nan(""));
      fmt::print("\n");
    }
    fmt::print("{:<24}", "median");
    for (const auto& run : values) {
      std::vector<double> all;
      for (const auto& [well, value] : run) all.push_back(value);
      fmt::print(" {:>18.3f}", stats::median(all));
    }
    fmt::print("\n");
  }

  // What a row is about, by the kind of the first run.
  std::string entity() const {
    if (!std::filesystem::exists(runs_.front() + "/study.yml")) return "entity";
    return studies::kind_of(kinds_, studies::read_study(runs_.front(), {})).entity;
  }

  const studies::Kinds& kinds_;
  std::vector<std::string> runs_;
  std::string metric_ = "NSE";
  std::string period_ = "test";
  std::string variable_;
};

}  // namespace

std::unique_ptr<Command> make_compare_command(const studies::Kinds& kinds) {
  return std::make_unique<CompareCommand>(kinds);
}

}  // namespace phreatic::cli

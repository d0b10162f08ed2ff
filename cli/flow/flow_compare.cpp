// SPDX-License-Identifier: BSD-3-Clause
// flow compare: heads and budgets of a run beside those of a reference.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/flow/flow_parts.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/flow/mf6/results/compare.hpp"
#include "phreatic/flow/mf6/results/result_files.hpp"
#include "phreatic/flow/mf6/run.hpp"

namespace phreatic::cli {
namespace {

namespace fs = std::filesystem;

// The head (.hds) or budget (.cbc) file of a run folder: as its record says, or the only one there is.
fs::path result_file(const fs::path& run, const char* key, const std::string& ending) {
  if (!fs::is_directory(run)) return run;
  const fs::path record = run / flow::mf6::kRecordFile;
  if (fs::exists(record)) {
    const auto json = nlohmann::json::parse(core::read_file(record), nullptr, false);
    if (json.is_object() && !json.value("complete", true))
      fmt::print(stderr, "phreatic: {}: the run has not come to its end; its results are a part\n",
                 run.string());
    fs::path file = flow::mf6::recorded_file(run, json.is_object() ? json.value(key, "") : "");
    if (!file.empty()) return file;
  }
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(run)) {
    if (entry.path().extension() == ending) found.push_back(entry.path());
  }
  if (found.size() == 1) return found.front();
  throw core::InputError({.file = run.string(),
                          .what = fmt::format("holds {} files {}", found.empty() ? "no" : "several", ending),
                          .mend = found.empty() ? "Run with --save all where the output control saves nothing"
                                                : "Name the file itself"});
}

class FlowCompare : public FlowPart {
 public:
  void add(CLI::App& flow) override {
    app_ = flow.add_subcommand("compare", "Compare heads and budgets of a run with those of a reference");
    app_->add_option("RUN", run_, "Folder of a run, or its head file")->required();
    app_->add_option("REFERENCE", reference_, "Head file (.hds) to compare with")->required();
    app_->add_option("--budget", budget_, "Budget file (.cbc) of the reference")->type_name("FILE");
    app_->add_option("--run-budget", run_budget_, "Budget file of the run, where it is not in the folder RUN")
        ->type_name("FILE");
    app_->add_option("--tolerance", tolerance_,
                     "Largest head difference (L); more, or other dry cells: exit code 1");
    app_->add_option("--percentile", percentile_, "The tolerance holds for this percentage of the cells")
        ->check(CLI::Range(0.0, 100.0))
        ->capture_default_str();
    app_->add_option("--dry", dry_, "Values that may be dry in one file only")->capture_default_str();
    app_->add_option("--budget-tolerance", budget_tolerance_,
                     "Largest difference of a budget term, in % of the total inflow; more: exit code 1");
    app_->footer(
        "Steps that both files have are compared. Exit code 0: within what is given. 1: not. 2: bad input.");
  }
  int run() override {
    bool good = heads();
    if (!budget_.empty()) good = budgets() && good;
    return good ? kDone : kFailed;
  }

 private:
  bool heads() {
    const fs::path ours = result_file(run_, "head_file", ".hds");
    const auto d = flow::mf6::compare_heads(ours, reference_, percentile_);
    fmt::print("heads: {} layers of steps, {} values\n", d.records, d.values);
    fmt::print("  largest difference {:.3e}  ({})\n", d.largest,
               d.largest_where.empty() ? "equal" : d.largest_where);
    fmt::print("  rms {:.3e}, median {:.3e}, 99 % {:.3e}, 99.9 % {:.3e}\n", d.rms, d.p50, d.p99, d.p999);
    fmt::print("  dry in one only: {}; inactive in one only: {}{}\n", d.dry_disagreement,
               d.inactive_disagreement, d.first_dry.empty() ? "" : "  (first: " + d.first_dry + ")");
    if (tolerance_ < 0) return true;
    const bool good =
        d.at_percentile <= tolerance_ && d.dry_disagreement <= dry_ && d.inactive_disagreement == 0;
    fmt::print("  {}: tolerance {:g}{}\n", good ? "within" : "NOT WITHIN", tolerance_,
               percentile_ < 100 ? fmt::format(" for {} % of the values", percentile_) : "");
    return good;
  }

  bool budgets() {
    std::vector<std::string> missing;
    const fs::path ours =
        run_budget_.empty() ? result_file(run_, "budget_file", ".cbc") : fs::path(run_budget_);
    const auto terms = flow::mf6::compare_budgets(ours, budget_, missing);
    // The worst step of every term.
    std::map<std::pair<std::string, std::string>, const flow::mf6::BudgetDifference*> worst;
    double largest = 0;
    for (const auto& d : terms) {
      auto& kept = worst[{d.text, d.package}];
      if (kept == nullptr || d.percent > kept->percent) kept = &d;
      largest = std::max(largest, d.percent);
    }
    fmt::print("budget: {} terms of steps; the worst step of each\n", terms.size());
    fmt::print("  {:<10} {:<16} {:>6} {:>5} {:>14} {:>14} {:>14} {:>14} {:>10} {:>10}\n", "term", "package",
               "period", "step", "in", "reference", "out", "reference", "% inflow", "one entry");
    for (const auto& [key, d] : worst) {
      fmt::print("  {:<10} {:<16} {:>6} {:>5} {:>14.7g} {:>14.7g} {:>14.7g} {:>14.7g} {:>10.2e} {:>10.2e}\n",
                 d->text, d->package, d->period, d->step, d->ours_in, d->reference_in, d->ours_out,
                 d->reference_out, d->percent, d->entry_percent);
    }
    for (const auto& [key, d] : worst) {
      if (d->text.find('/') != std::string::npos)
        fmt::print(
            "  {} of {}: two names of versions of MODFLOW 6 for an array-based package, compared as one "
            "term\n",
            d->text, d->package);
    }
    for (const std::string& line : missing) fmt::print("  {}\n", line);
    if (budget_tolerance_ < 0) return true;
    const bool good = largest <= budget_tolerance_ && missing.empty();
    fmt::print("  {}: tolerance {:g} %\n", good ? "within" : "NOT WITHIN", budget_tolerance_);
    return good;
  }

  std::string run_, reference_, budget_, run_budget_;
  double tolerance_ = -1, budget_tolerance_ = -1, percentile_ = 100;
  std::size_t dry_ = 0;
};

}  // namespace

std::unique_ptr<FlowPart> make_flow_compare() { return std::make_unique<FlowCompare>(); }

}  // namespace phreatic::cli

// SPDX-License-Identifier: BSD-3-Clause
// Prints the verification table of docs/methods/flow.md:  flow_table [model ...]
//   small models of cases/flow, listings compared, too:   test_flow_table --cases
//   real models:   test_flow_table --real [shellmound | nohfb | hfb]
//   speed:         test_flow_table --time FOLDER ...
//   error:         test_flow_table --error FOLDER ...   final heads against a run a thousand times tighter
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include "listing_budgets.hpp"
#include "phreatic/core/context.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/flow/mf6/input/reader.hpp"
#include "phreatic/flow/mf6/results/compare.hpp"
#include "phreatic/flow/mf6/run.hpp"
#include "verification.hpp"

namespace {

using phreatic::flow::Simulation;
using namespace phreatic::flow::testing;

void row(const std::string& name) {
  const std::filesystem::path folder = shared_data() / "mf6" / name;
  try {
    const auto start = std::chrono::steady_clock::now();
    auto read = phreatic::flow::mf6::read_simulation({.folder = folder});
    Simulation simulation(std::move(read.model));
    const Comparison c =
        run_and_compare(simulation, folder / "ref/heads_tight.hds", folder / "ref/budget_tight.cbc");
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("| %s | %d/%d | %.1e | %ld | %ld | %.1e %s | %.1e | %d / %d | %.2f | %s\n", name.c_str(),
                c.saved, c.steps, c.head_error, c.dry, c.dry_differences, c.budget_error,
                c.worst_term.c_str(), c.balance_percent, c.outer, c.inner, seconds, c.message.c_str());
  } catch (const std::exception& e) {
    std::printf("| %s | %s\n", name.c_str(), e.what());
  }
}

// A real model at a tolerance: errors, cells beyond the limit, wall time.
struct RealCase {
  std::string label;
  std::string folder;
  std::string name_file;
  std::string heads;
  double limit = 0;  // in the model's unit of length
  std::string unit;
};

std::string place(const phreatic::flow::Grid& grid, std::size_t n) {
  const std::size_t in_layer = n % grid.layer_cells();
  const auto columns = static_cast<std::size_t>(grid.ncol);
  return "(" + std::to_string(n / grid.layer_cells() + 1) + "," + std::to_string(in_layer / columns + 1) +
         "," + std::to_string(in_layer % columns + 1) + ")";
}

void real_row(const RealCase& real, const char* closure, phreatic::flow::EngineOptions options) {
  const std::filesystem::path folder = shared_data() / "mf6-real" / real.folder;
  try {
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t clock = std::clock();
    auto read = phreatic::flow::mf6::read_simulation({.folder = folder, .name_file = real.name_file});
    Simulation simulation(std::move(read.model), options);
    const Comparison c = run_and_compare(simulation, folder / real.heads, {}, real.limit);
    const double cpu = static_cast<double>(std::clock() - clock) / CLOCKS_PER_SEC;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const double within =
        c.compared == 0 ? 0.0
                        : 100 * (1 - static_cast<double>(c.beyond.size()) / static_cast<double>(c.compared));
    std::printf("| %s | %s | %d/%d | %.1e %s | %.4f %% | %zu | %ld | %.1e | %d / %d | %.1f (%.1f) |\n",
                real.label.c_str(), closure, c.saved, c.steps, c.head_error, real.unit.c_str(), within,
                c.beyond.size(), c.dry_differences, c.balance_percent, c.outer, c.inner, seconds, cpu);
    if (!c.message.empty()) std::printf("  %s\n", c.message.c_str());
    for (std::size_t i = 0; i < std::min<std::size_t>(c.beyond.size(), 10); ++i) {
      const Beyond& b = c.beyond[i];
      std::printf("  beyond: period %d step %d cell %s: %.4f, reference %.4f\n", b.period, b.step,
                  place(simulation.model().grid, b.cell).c_str(), b.ours, b.theirs);
    }
  } catch (const std::exception& e) {
    std::printf("| %s | %s |\n", real.label.c_str(), e.what());
  }
}

void real_models(const std::string& which) {
  const RealCase cases[] = {
      {"shellmound_sfr", "shellmound_delta", "mfsim.nam", "ref/heads_tight.hds", 0.001, "m"},
      {"shellmound", "shellmound_delta", "mfsim_riv.nam", "ref/heads_riv_tight.hds", 0.01, "m"},
      {"nohfb", "edwards_eaa", "mfsim_nohfb.nam", "ref/heads_nohfb_tight.hds", 0.05, "ft"},
      {"hfb", "edwards_eaa", "mfsim.nam", "ref/heads_tight.hds", 0.05, "ft"}};
  std::printf(
      "| model | closure | saved/steps | max head error | within limit | values beyond | dry differences | "
      "balance %% | outer / inner | s (processor) |\n|---|---|---|---|---|---|---|---|---|---|\n");
  for (const RealCase& real : cases) {
    if (!which.empty() && which != real.label) continue;
    real_row(real, "the engine's", {});
    real_row(real, "the model's", {.head_tolerance = 1e9, .balance_tolerance = 1e9, .large_model_ease = 1});
  }
}

// Largest difference of the final heads from a run with every tolerance a thousandth.
void error_of_model(const std::filesystem::path& folder) {
  const auto final_heads = [&](const phreatic::flow::EngineOptions& options, double part) {
    auto model = std::move(phreatic::flow::mf6::read_simulation({.folder = folder}).model);
    model.solver.outer_dvclose *= part;
    Simulation simulation(std::move(model), options);
    while (!simulation.finished()) simulation.advance();
    return simulation.heads();
  };
  phreatic::flow::EngineOptions tight;
  tight.head_tolerance *= 1e-3;
  tight.balance_tolerance *= 1e-3;
  tight.large_model_ease = 1;
  const std::vector<double> reference = final_heads(tight, 1e-3);
  const std::vector<double> heads = final_heads({}, 1);
  double worst = 0;
  for (std::size_t n = 0; n < heads.size(); ++n) worst = std::max(worst, std::abs(heads[n] - reference[n]));
  std::printf("%s: final heads within %.1e of a run a thousand times tighter\n", folder.filename().c_str(),
              worst);
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Reads and runs a model; time, iterations, memory.
void time_model(const std::filesystem::path& folder) {
  const auto start = std::chrono::steady_clock::now();
  const std::clock_t cpu = std::clock();
  Simulation simulation(std::move(phreatic::flow::mf6::read_simulation({.folder = folder}).model));
  const double read = seconds_since(start);
  int outer = 0;
  int inner = 0;
  int steps = 0;
  double balance = 0;
  while (!simulation.finished()) {
    const auto& report = simulation.advance();
    ++steps;
    outer += report.outer_iterations;
    inner += report.inner_iterations;
    balance = std::max(balance, std::abs(report.balance_percent));
    if (!report.message.empty()) std::printf("%s\n", report.message.c_str());
  }
  const double cells = static_cast<double>(simulation.heads().size());
  std::printf(
      "%s: read and set up %.2f s, all %.2f s (cpu %.2f s), %d steps, %d / %d iterations, balance %.1e %%, "
      "%.0f B per cell\n",
      folder.filename().c_str(), read, seconds_since(start),
      static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC, steps, outer, inner, balance,
      static_cast<double>(simulation.memory_bytes()) / cells);
}

// Largest difference of a printed rate of the volume budgets, in part of the inflow; 1 where budgets or rows differ.
double listing_error(const std::filesystem::path& ours, const std::filesystem::path& theirs) {
  const auto a = phreatic::flow::testing_listing::budgets_of(ours);
  const auto b = phreatic::flow::testing_listing::budgets_of(theirs);
  double worst = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    double total = 0;
    for (const auto& [name, rate] : b[i]) total = std::max(total, rate);
    if (a[i].size() != b[i].size()) return 1;
    for (std::size_t k = 1; k < a[i].size(); ++k) {
      if (a[i][k].first != b[i][k].first) return 1;
      worst = std::max(worst, std::abs(a[i][k].second - b[i][k].second) / total);
    }
  }
  return worst;
}

// The small models of cases/flow that MODFLOW 6.6.2 runs, by the files of both.
void cases() {
  namespace fs = std::filesystem;
  namespace mf6 = phreatic::flow::mf6;
  const fs::path all = phreatic::flow::testing::shared_data() / "cases/flow";
  const fs::path out = fs::temp_directory_path() / "phreatic-flow-table";
  std::printf(
      "| model | head records | max head error | dry differences | budget error %% | listing error | outer / "
      "inner |\n");
  std::printf("|---|---|---|---|---|---|---|\n");
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(all)) {
    if (fs::exists(entry.path() / "ref/heads_tight.hds")) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  for (const fs::path& folder : folders) {
    fs::remove_all(out);
    phreatic::core::Log log(true);
    phreatic::core::Context context{log, false};
    mf6::RunRequest request;
    request.folder = folder;
    request.out = out;
    const mf6::RunSummary s = mf6::run_simulation(request, context);
    fs::path heads, budget, listing;
    for (const std::string& file : s.files) {
      const std::string ending = fs::path(file).extension();
      if (ending == ".hds") heads = file;
      if (ending == ".cbc") budget = file;
      if (ending == ".lst") listing = file;
    }
    const auto d = mf6::compare_heads(heads, folder / "ref/heads_tight.hds");
    double percent = 0;
    std::vector<std::string> missing;
    const bool has_budget = fs::exists(folder / "ref/budget_tight.cbc");
    if (has_budget) {
      for (const auto& term : mf6::compare_budgets(budget, folder / "ref/budget_tight.cbc", missing))
        percent = std::max(percent, term.percent);
    }
    std::printf("| %s | %zu | %.1e | %zu | %s | %.1e | %zu / %zu |\n", folder.filename().c_str(), d.records,
                d.largest, d.dry_disagreement, has_budget ? fmt::format("{:.1e}", percent).c_str() : "-",
                listing_error(listing, folder / "ref/listing.lst"), s.outer, s.inner);
  }
  fs::remove_all(out);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> names(argv + 1, argv + argc);
  if (names.empty()) {
    names = {"test057_transientchd", "test030_hani_row",
             "test019_VilhelmsenGC", "test038_idomain",
             "test021_twri",         "test053_npf-a",
             "test007_75x75",        "mar_small_3x60x60",
             "test025_VariableCV",   "test004_lpfss",
             "test060_gms_ets",      "test041_flowdivert",
             "test005_advgw_tidal",  "test027_TimeseriesTest_idomain",
             "test035_fhb",          "flopy_mf6_freyberg"};
  }
  if (names.front() == "--time" || names.front() == "--error") {
    for (std::size_t i = 1; i < names.size(); ++i) {
      names.front() == "--time" ? time_model(names[i]) : error_of_model(names[i]);
    }
    return 0;
  }
  if (names.front() == "--cases") {
    cases();
    return 0;
  }
  if (names.front() == "--real") {
    real_models(names.size() > 1 ? names[1] : "");
    return 0;
  }
  std::printf(
      "| model | saved/steps | max head error | dry values | dry differences | budget error | balance %% | "
      "outer / inner | s |\n");
  std::printf("|---|---|---|---|---|---|---|---|---|\n");
  for (const std::string& name : names) row(name);
  return 0;
}

// SPDX-License-Identifier: BSD-3-Clause
// Prints the verification table of docs/methods/flow.md:  flow_table [model ...]
//   real models:   test_flow_table --real [shellmound | nohfb | hfb]
//   speed:         test_flow_table --time FOLDER
#include <chrono>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/flow/mf6/reader.hpp"
#include "verification.hpp"

namespace {

using phreatic::flow::Simulation;
using namespace phreatic::flow::testing;

struct Case {
  std::string label;
  std::filesystem::path folder;
  std::string name_file = "mfsim.nam";
  std::string heads = "ref/heads_tight.hds";
};

double part_within(const std::vector<double>& errors, double limit) {
  if (errors.empty()) return 1;
  const auto good = std::count_if(errors.begin(), errors.end(), [&](double e) { return e <= limit; });
  return static_cast<double>(good) / static_cast<double>(errors.size());
}

void row(const Case& model) {
  const std::string& name = model.label;
  const std::filesystem::path& folder = model.folder;
  try {
    const auto start = std::chrono::steady_clock::now();
    auto read = phreatic::flow::mf6::read_simulation({.folder = folder, .name_file = model.name_file});
    Simulation simulation(std::move(read.model));
    const Comparison c =
        run_and_compare(simulation, folder / model.heads, folder / "ref/budget_tight.cbc", true);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (c.head_error > 1e-3)
      std::printf("  within 0.05: %.5f  within 0.01: %.5f\n", part_within(c.head_errors, 0.05),
                  part_within(c.head_errors, 0.01));
    std::printf("| %s | %d/%d | %.1e | %ld | %ld | %.1e %s | %.1e | %d / %d | %.2f | %s\n", name.c_str(),
                c.saved, c.steps, c.head_error, c.dry, c.dry_differences, c.budget_error,
                c.worst_term.c_str(), c.balance_percent, c.outer, c.inner, seconds, c.message.c_str());
  } catch (const std::exception& e) {
    std::printf("| %s | %s\n", name.c_str(), e.what());
  }
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
  std::printf(
      "| model | saved/steps | max head error | dry values | dry differences | budget error | balance %% | "
      "outer / inner | s |\n");
  std::printf("|---|---|---|---|---|---|---|---|---|\n");
  if (names.front() == "--time") {
    for (std::size_t i = 1; i < names.size(); ++i) time_model(names[i]);
    return 0;
  }
  if (names.front() == "--real") {
    const std::filesystem::path real = shared_data() / "mf6-real";
    const std::string which = names.size() > 1 ? names[1] : "";
    if (which.empty() || which == "shellmound")
      row({"shellmound_delta, mfsim_riv.nam", real / "shellmound_delta", "mfsim_riv.nam",
           "ref/heads_riv_tight.hds"});
    if (which.empty() || which == "nohfb")
      row({"edwards_eaa, mfsim_nohfb.nam", real / "edwards_eaa", "mfsim_nohfb.nam",
           "ref/heads_nohfb_tight.hds"});
    if (which.empty() || which == "hfb") row({"edwards_eaa", real / "edwards_eaa"});
    return 0;
  }
  for (const std::string& name : names) row({name, shared_data() / "mf6" / name});
  return 0;
}

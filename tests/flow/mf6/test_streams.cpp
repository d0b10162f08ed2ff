// SPDX-License-Identifier: BSD-3-Clause
// Routed streams against MODFLOW 6 (numbers stored by tests/reference/flow/make_streams.py), their balance, and bad input.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <sstream>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files.hpp"
#include "phreatic/flow/mf6/observations.hpp"
#include "phreatic/flow/mf6/reader.hpp"
#include "phreatic/flow/mf6/writer.hpp"
#include "phreatic/flow/packages/package_state.hpp"
#include "phreatic/flow/steps/specific_discharge.hpp"
#include "small_model.hpp"

namespace phreatic::flow::mf6 {
namespace {

namespace fs = std::filesystem;
using Files = std::map<std::string, std::string>;

// Tests run at the top of the sources.
fs::path fixtures() { return "tests/reference/flow/streams"; }

std::vector<std::string> cut(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, at);) parts.push_back(part);
  return parts;
}

Files input_of(const std::string& name) { return small_model::parts_of(fixtures() / (name + ".txt")); }

ReadResult read(const Files& files) { return read_simulation({"nowhere", "mfsim.nam", files}); }

// Everything that is wrong with the files, as text.
std::string complaints(const Files& files) {
  try {
    read(files);
  } catch (const core::InputError& error) {
    return error.what();
  }
  return "";
}

// Rows of a kind ("head", "stage", a budget term), one for each step.
std::vector<std::vector<std::string>> rows_of(const std::string& name, const std::string& kind) {
  std::vector<std::vector<std::string>> rows;
  for (const std::string& line : cut(core::read_file(fixtures() / (name + ".csv")), '\n')) {
    std::vector<std::string> words = cut(line, ',');
    if (words.front() != kind) continue;
    words.erase(words.begin(), words.begin() + (kind == "names" ? 1 : 2));
    rows.push_back(std::move(words));
  }
  return rows;
}

std::vector<std::string> names() {
  std::vector<std::string> out;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(fixtures(), none)) {
    if (entry.path().extension() == ".csv") out.push_back(entry.path().stem().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

const BudgetTerm& term_of(const std::vector<BudgetTerm>& terms, const std::string& text) {
  for (const BudgetTerm& term : terms) {
    if (term.text == text) return term;
  }
  throw std::runtime_error("no term " + text);
}

// What comes into and leaves each reach.
std::vector<double> balance(const std::vector<BudgetTerm>& terms, std::size_t reaches,
                            std::vector<double>* gross) {
  std::vector<double> sum(reaches, 0.0);
  gross->assign(reaches, 0.0);
  for (const BudgetTerm& term : terms) {
    for (std::size_t i = 0; i < term.flow.size(); ++i) {
      sum[static_cast<std::size_t>(term.from[i])] += term.flow[i];
      (*gross)[static_cast<std::size_t>(term.from[i])] += std::abs(term.flow[i]);
    }
  }
  return sum;
}

class Networks : public ::testing::TestWithParam<std::string> {};

TEST_P(Networks, HeadsStagesFlowsAndObservationsAreThoseOfModflow) {
  ReadResult result = read(input_of(GetParam()));
  const Observer observer(result.model);
  const std::size_t p = 2;
  ASSERT_EQ(result.model.packages[p].kind, PackageKind::sfr);
  Simulation simulation(std::move(result.model));
  const auto heads = rows_of(GetParam(), "head");
  const auto stages = rows_of(GetParam(), "stage");
  const auto observed = rows_of(GetParam(), "observed");
  std::size_t step = 0;
  for (; !simulation.finished(); ++step) {
    const StepReport& report = simulation.advance();
    ASSERT_EQ(report.status, StepStatus::converged) << report.message;
    EXPECT_LT(std::abs(report.balance_percent), 1e-3);
    ASSERT_LT(step, heads.size());
    for (std::size_t n = 0; n < heads[step].size(); ++n)
      ASSERT_NEAR(simulation.heads()[n], std::stod(heads[step][n]), 1e-4)
          << "cell " << n + 1 << " step " << step;
    const SpecificDischarge discharge = specific_discharge(simulation);
    const std::vector<double> saturation = simulation.saturation();
    const std::pair<const char*, const std::vector<double>*> arrays[] = {
        {"qx", &discharge.x}, {"qy", &discharge.y}, {"qz", &discharge.z}, {"sat", &saturation}};
    for (const auto& [kind, values] : arrays) {
      const auto wanted = rows_of(GetParam(), kind)[step];
      ASSERT_EQ(wanted.size(), values->size());
      for (std::size_t n = 0; n < wanted.size(); ++n)
        EXPECT_NEAR((*values)[n], std::stod(wanted[n]), 2e-6)
            << kind << " cell " << n + 1 << " step " << step;
    }
    const PackageState& state = *simulation.package_state(p);
    const std::vector<BudgetTerm> terms = state.budget();
    const std::vector<double> now = state.state_values();
    const BudgetTerm& between = term_of(terms, "FLOW-JA-FACE");
    std::vector<double> gross;
    const std::vector<double> rest = balance(terms, now.size(), &gross);
    for (std::size_t r = 0; r < now.size(); ++r) {
      EXPECT_LE(std::abs(rest[r]), 1e-9 * gross[r] + 1e-12) << "reach " << r + 1;
      const double wanted = std::stod(stages[step][r]);
      // Where all water seeps away MODFLOW's stage depends on the path of its iteration.
      if (*state.observe("DOWNSTREAM-FLOW", r) == 0 && *state.observe("SFR", r) > 0) continue;
      if (now[r] == kInactiveHead) continue;
      if (wanted == kDryHead || now[r] == kDryHead) {
        EXPECT_LT(*state.observe("DEPTH", r), 1e-6) << "reach " << r + 1 << " step " << step;
        continue;
      }
      EXPECT_NEAR(now[r], wanted, 1e-4) << "reach " << r + 1 << " step " << step;
    }
    for (const char* text :
         {"FLOW-JA-FACE", "GWF", "RAINFALL", "EVAPORATION", "RUNOFF", "EXT-INFLOW", "EXT-OUTFLOW"}) {
      const auto rows = rows_of(GetParam(), text)[step];
      const BudgetTerm& term = term_of(terms, text);
      ASSERT_EQ(rows.size(), term.flow.size()) << text;
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto words = cut(rows[i], ':');
        EXPECT_EQ(term.from[i] + 1, std::stoi(words[0])) << text;
        EXPECT_EQ(term.to[i] + 1, std::stoi(words[1])) << text << " reach " << words[0];
        // 6.2.1, unlike 6.6, keeps old diversions of reaches that ran dry in this term, and terms of inactive reaches.
        if (std::string(text) == "EXT-OUTFLOW" && std::stod(words[2]) > 0) continue;
        if (now[static_cast<std::size_t>(term.from[i])] == kInactiveHead) continue;
        EXPECT_NEAR(term.flow[i], std::stod(words[2]),
                    1e-4 * (gross[static_cast<std::size_t>(term.from[i])] + 1))
            << text << " reach " << words[0] << " to " << words[1] << " step " << step;
      }
    }
    EXPECT_EQ(between.flow.size(), between.aux.size());
    std::vector<double> seen;
    std::vector<double> of_cells;
    const std::vector<double> all = observer.values(simulation);
    for (std::size_t i = 0; i < all.size(); ++i)
      (simulation.model().observations[i].file == "m.obs.csv" ? seen : of_cells).push_back(all[i]);
    const auto model_wanted = rows_of(GetParam(), "mobs")[step];
    const auto bounds_wanted = rows_of(GetParam(), "gobs")[step];
    ASSERT_EQ(of_cells.size(), model_wanted.size() + bounds_wanted.size());
    for (std::size_t i = 0; i < of_cells.size(); ++i) {
      const double wanted =
          std::stod(i < model_wanted.size() ? model_wanted[i] : bounds_wanted[i - model_wanted.size()]);
      EXPECT_NEAR(of_cells[i], wanted, 2e-4 * (std::abs(wanted) + 1)) << i << " step " << step;
    }
    ASSERT_EQ(seen.size(), observed[step].size());
    const auto what = rows_of(GetParam(), "names").front();
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (what[i].rfind("STAGE", 0) == 0) continue;
      const double wanted = std::stod(observed[step][i]);
      EXPECT_NEAR(seen[i], wanted, 1e-4 * (std::abs(wanted) + 100)) << what[i] << " step " << step;
    }
  }
  EXPECT_EQ(step, heads.size());
}

INSTANTIATE_TEST_SUITE_P(Random, Networks, ::testing::ValuesIn(names()),
                         [](const auto& one) { return one.param; });

// --- bad input

// A file of a fixture with one piece of text replaced.
Files with(const std::string& file, const std::string& from, const std::string& to) {
  Files files = input_of("random00");
  const std::size_t at = files[file].find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) files[file].replace(at, from.size(), to);
  return files;
}

// Three reaches in a row.
Files plain() {
  Files files = input_of("random00");
  files["m.sfr"] =
      "BEGIN OPTIONS\n  UNIT_CONVERSION 86400\nEND OPTIONS\nBEGIN DIMENSIONS\n  NREACHES 3\nEND DIMENSIONS\n"
      "BEGIN PACKAGEDATA\n  1 1 2 2 200 5 1e-3 21 0.5 0.1 0.03 1 1 0\n  2 1 2 3 200 5 1e-3 20 0.5 0.1 0.03 2 "
      "1 0\n"
      "  3 1 2 4 200 5 1e-3 19 0.5 0.1 0.03 1 1 0\nEND PACKAGEDATA\n"
      "BEGIN CONNECTIONDATA\n  1 -2\n  2 1 -3\n  3 2\nEND CONNECTIONDATA\nBEGIN PERIOD 1\n  1 INFLOW "
      "1000\nEND PERIOD\n";
  return files;
}

Files plain_with(const std::string& from, const std::string& to) {
  Files files = plain();
  const std::size_t at = files["m.sfr"].find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) files["m.sfr"].replace(at, from.size(), to);
  return files;
}

TEST(StreamInput, AGoodNetworkIsRead) { EXPECT_EQ(complaints(plain()), ""); }

TEST(StreamInput, EveryFaultIsNamedWithItsReach) {
  const std::tuple<const char*, const char*, const char*> faults[] = {
      {"2 3 200 5 1e-3", "2 3 200 -5 1e-3", "reach 2: a width of -5"},
      {"2 3 200 5 1e-3", "2 3 200 5 -1e-3", "reach 2: a gradient of -0.001"},
      {"2 3 200 5 1e-3", "2 3 0 5 1e-3", "reach 2: a length of 0"},
      {"20 0.5 0.1 0.03", "20 0.5 0.1 0", "Manning's roughness: '0' is out of range"},
      {"20 0.5 0.1 0.03", "20 40 0.1 0.03", "is not above the bottom of its cell"},
      {"  2 1 -3\n", "  2 -1 -3\n", "are both downstream of each other"},
      {"  1 -2\n", "  1 2\n", "are both upstream of each other"},
      {"  2 1 -3\n", "  2 1 3\n", "are both upstream of each other"},
      {"  3 2\n", "  3 1\n", "is not connected to reach 3"},
      {"  3 2\n", "  3 3\n", "is connected to itself"},
      {"  3 2\n", "  3 7\n", "reach 7, which is not there"},
      {"  3 2\n", "  3 2 1\n", "NCON says 1"},
      {"  3 2\n", "", "reach 3 is missing"},
      {"0.03 2 1 0", "0.03 2 0.5 0", "add to 0.5"},
      {"  1 INFLOW 1000\n", "  1 INFLOW much\n", "neither a number nor a time series"},
      {"  1 INFLOW 1000\n", "  1 STATUS SLEEPY\n", "ACTIVE, INACTIVE, SIMPLE"},
      {"  1 INFLOW 1000\n", "  4 INFLOW 1000\n", "1 to 3"},
      {"  1 INFLOW 1000\n", "  1 DIVERSION 1 5\n", "has no diversions"},
      {"UNIT_CONVERSION 86400\n", "STORAGE\n", "kinematic wave"},
  };
  for (const auto& [from, to, text] : faults) {
    const std::string said = complaints(plain_with(from, to));
    EXPECT_NE(said.find(text), std::string::npos) << "with '" << to << "': " << said;
    EXPECT_NE(said.find("m.sfr"), std::string::npos) << said;
  }
}

TEST(StreamInput, ALoopIsShown) {
  Files files = plain();
  std::string& text = files["m.sfr"];
  text.replace(text.find("0.03 1 1 0\n  2"), 10, "0.03 2 1 0");
  text.replace(text.find("0.03 1 1 0\nEND"), 10, "0.03 2 1 0");
  text.replace(text.find("  1 -2\n"), 7, "  1 3 -2\n");
  text.replace(text.find("  3 2\n"), 6, "  3 2 -1\n");
  const std::string said = complaints(files);
  EXPECT_NE(said.find("in a loop"), std::string::npos) << said;
  EXPECT_NE(said.find("-> "), std::string::npos) << said;
}

TEST(StreamInput, AReachInAnInactiveCellIsRefused) {
  Files files = plain();
  files["m.dis"].replace(
      files["m.dis"].find("END GRIDDATA"), 12,
      "  IDOMAIN LAYERED\n    INTERNAL\n 1 1 1 1 1 1 1 1\n 1 0 1 1 1 1 1 1\n 1 1 1 1 1 1 1 1\n"
      " 1 1 1 1 1 1 1 1\n 1 1 1 1 1 1 1 1\n 1 1 1 1 1 1 1 1\n    CONSTANT 1\nEND GRIDDATA");
  const std::string said = complaints(files);
  EXPECT_NE(said.find("(1, 2, 2) is not active"), std::string::npos) << said;
}

TEST(StreamInput, AnObservationOfAnUnknownNameIsRefused) {
  const std::string said = complaints(with("m.obs", "SFR REACH1", "SFR REACH9"));
  EXPECT_NE(said.find("'REACH9' is no boundname"), std::string::npos) << said;
  const std::string stage = complaints(with("m.obs", "SFR REACH1", "STAGE REACH1"));
  EXPECT_NE(stage.find("a name of one reach"), std::string::npos) << stage;
}

// --- cross-section tables

Files with_sections() {
  Files files =
      plain_with("BEGIN CONNECTIONDATA",
                 "BEGIN CROSSSECTIONS\n  2 TAB6 FILEIN v.tab\nEND CROSSSECTIONS\nBEGIN CONNECTIONDATA");
  files["m.sfr"] +=
      "BEGIN PERIOD 2\n  3 CROSS_SECTION TAB6 FILEIN box.tab\n  2 EVAPORATION 0.01\n  2 RAINFALL 0.02\nEND "
      "PERIOD\n";
  files["v.tab"] =
      "BEGIN DIMENSIONS\n  NROW 3\n  NCOL 2\nEND DIMENSIONS\nBEGIN TABLE\n  0 2\n  0.5 0\n  1 2\nEND TABLE\n";
  files["box.tab"] =
      "BEGIN DIMENSIONS\n  NROW 4\n  NCOL 3\nEND DIMENSIONS\nBEGIN TABLE\n  0 3 1\n  0 0 2\n  1 0 1\n  1 3 "
      "1\nEND TABLE\n";
  return files;
}

void expect_sections(Model model) {
  Simulation simulation(std::move(model));
  for (int period = 0; period < 2; ++period) {
    const StepReport& report = simulation.advance();
    ASSERT_EQ(report.status, StepStatus::converged) << report.message;
    const PackageState& state = *simulation.package_state(2);
    // A triangle 5 wide and 2 high: at depth d, width 2.5 d.
    const double d = *state.observe("DEPTH", 1);
    EXPECT_GT(d, 0.05);
    EXPECT_NEAR(*state.observe("WET-WIDTH", 1), 2.5 * d, 1e-12);
    EXPECT_NEAR(*state.observe("WET-AREA", 1), 1.25 * d * d, 1e-12);
    EXPECT_NEAR(*state.observe("WET-PERIMETER", 1), 2 * std::hypot(1.25, 1.0) * d, 1e-12);
    const double rain = period == 0 ? 0 : 0.02 * 200 * 5;
    const double evaporation = period == 0 ? 0 : 0.01 * 200 * 2.5 * d;
    EXPECT_NEAR(*state.observe("EVAPORATION", 1), evaporation, 1e-9);
    const double middle = *state.observe("INFLOW", 1) + 0.5 * (rain - evaporation - *state.observe("SFR", 1));
    const double radius = 1.25 * d * d / (2 * std::hypot(1.25, 1.0) * d);
    EXPECT_NEAR(86400 * std::sqrt(1e-3) / 0.03 * 1.25 * d * d * std::pow(radius, 2.0 / 3.0), middle,
                1e-8 * middle);
    // The walls of the box are wet, its bed is twice as rough.
    const double last = *state.observe("DEPTH", 2);
    EXPECT_NEAR(*state.observe("WET-PERIMETER", 2), period == 0 ? 5 : 5 + 2 * last, 1e-12);
    const double through = *state.observe("INFLOW", 2) - 0.5 * *state.observe("SFR", 2);
    const double rough = period == 0 ? 0.03 : 0.06;
    EXPECT_NEAR(86400 * std::sqrt(1e-3) / rough * 5 * std::pow(last, 5.0 / 3.0), through, 1e-8 * through);
  }
}

TEST(StreamSections, TablesHoldFromTheirPeriodOnAndAreWrittenAgain) {
  EXPECT_EQ(complaints(with_sections()), "");
  expect_sections(read(with_sections()).model);
  const fs::path folder = fs::path(::testing::TempDir()) / "stream_sections";
  fs::remove_all(folder);
  write_simulation(read(with_sections()).model, folder, {});
  expect_sections(read_simulation({folder, "mfsim.nam"}).model);
  fs::remove_all(folder);
}

TEST(StreamSections, FaultsOfATableAreNamed) {
  const std::tuple<const char*, const char*, const char*> faults[] = {
      {"NROW 3", "NROW 4", "3 rows, NROW says 4"},
      {"  0.5 0\n", "  0.5 0.1\n", "its lowest HEIGHT is 0.1"},
      {"  0.5 0\n", "  1.5 0\n", "go backwards"},
      {"  0.5 0\n", "  0.5 deep\n", "deep"},
  };
  for (const auto& [from, to, text] : faults) {
    Files files = with_sections();
    std::string& table = files["v.tab"];
    table.replace(table.find(from), std::string(from).size(), to);
    EXPECT_NE(complaints(files).find(text), std::string::npos) << complaints(files);
  }
}

// --- written and read again

TEST(StreamFiles, ARestoredRunGoesOnBitForBitWithPassThroughCellsToo) {
  for (const char* name : {"random02", "random07"}) {
    Files files = input_of(name);
    // A third layer between the two, passed through in one row.
    auto change = [&](const std::string& file, const std::string& from, const std::string& to) {
      std::string& text = files[file];
      ASSERT_NE(text.find(from), std::string::npos) << from;
      text.replace(text.find(from), from.size(), to);
    };
    change("m.dis", "NLAY 2", "NLAY 3");
    std::string middle =
        "    CONSTANT 5\n    CONSTANT 4\n    CONSTANT -20\n  IDOMAIN LAYERED\n    CONSTANT 1\n    INTERNAL\n";
    for (int i = 0; i < 6; ++i) middle += i == 2 ? " 1 -1 -1 -1 -1 -1 -1 1\n" : " 1 1 1 1 1 1 1 1\n";
    change("m.dis", "    CONSTANT 5\n    CONSTANT -20\n", middle + "    CONSTANT 1\n");
    change("m.npf", "    CONSTANT 1\n    CONSTANT 0\n", "    CONSTANT 1\n    CONSTANT 0\n    CONSTANT 0\n");
    files["m.nam"].replace(files["m.nam"].find("  OBS6 m.mobs\n"), 14, "");
    change("m.ghb", "  OBS6 FILEIN m.gobs\n", "");
    Simulation whole(read(files).model);
    for (int step = 0; step < 3; ++step) whole.advance();
    Simulation rest(read(files).model);
    rest.restore(whole.save());
    while (!whole.finished()) {
      whole.advance();
      rest.advance();
      EXPECT_EQ(whole.heads(), rest.heads()) << name;
      EXPECT_EQ(whole.package_state(2)->state_values(), rest.package_state(2)->state_values()) << name;
    }
    EXPECT_TRUE(rest.finished());
  }
}

TEST(StreamFiles, AWrittenNetworkGivesTheSameHeads) {
  for (const char* name : {"random00", "random07", "random10"}) {
    const Files files = input_of(name);
    Simulation first(read(files).model);
    const fs::path folder = fs::path(::testing::TempDir()) / ("streams_" + std::string(name));
    fs::remove_all(folder);
    write_simulation(read(files).model, folder, {});
    ReadResult again = read_simulation({folder, "mfsim.nam"});
    ASSERT_EQ(again.model.observations.size(), read(files).model.observations.size());
    Simulation second(std::move(again.model));
    while (!first.finished()) {
      first.advance();
      second.advance();
      for (std::size_t n = 0; n < first.heads().size(); ++n)
        ASSERT_NEAR(first.heads()[n], second.heads()[n], 1e-9);
      EXPECT_EQ(first.package_state(2)->state_values().size(),
                second.package_state(2)->state_values().size());
    }
    fs::remove_all(folder);
  }
}

}  // namespace
}  // namespace phreatic::flow::mf6

// SPDX-License-Identifier: BSD-3-Clause
// Routed streams against MODFLOW 6 (numbers stored by tests/reference/flow/make_streams.py), their balance and their files.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <sstream>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/flow/mf6/input/observations.hpp"
#include "phreatic/flow/mf6/input/reader.hpp"
#include "phreatic/flow/mf6/writer.hpp"
#include "phreatic/flow/packages/package_state.hpp"
#include "phreatic/flow/steps/specific_discharge.hpp"
#include "stream_files.hpp"

namespace phreatic::flow::mf6 {
namespace {

using streams::cut;
using streams::Files;
using streams::fixtures;
using streams::input_of;
using streams::read;
namespace fs = std::filesystem;

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

// SPDX-License-Identifier: BSD-3-Clause
// Result files against those MODFLOW 6 wrote: heads byte for byte, budgets and the run term by term.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "phreatic/core/files/files.hpp"
#include "phreatic/flow/mf6/input/reader.hpp"
#include "phreatic/flow/mf6/results/binary_files.hpp"
#include "phreatic/flow/mf6/results/compare.hpp"
#include "phreatic/flow/mf6/results/result_files.hpp"
#include "phreatic/flow/mf6/run.hpp"
#include "shared_models.hpp"
#include "small_model.hpp"

namespace {

using namespace phreatic;
using namespace phreatic::flow;

class Results : public ::testing::TestWithParam<std::string> {};

// The reference's heads, written by us, are the reference's bytes.
TEST_P(Results, HeadFilesAreByteForByteTheSame) {
  const auto folder = shared_models::shared_data() / "mf6" / GetParam();
  if (!std::filesystem::exists(folder)) GTEST_SKIP();
  const auto reference = folder / "ref/heads_tight.hds";
  const Grid grid = mf6::read_simulation({folder}).model.grid;
  const mf6::HeadFile heads(reference);
  const small_model::Folder out;
  {
    mf6::AppendFile file(out.path() / "h.hds");
    std::vector<double> all;
    for (const auto& record : heads.records()) {
      const std::vector<double> layer = heads.values(record);
      all.insert(all.end(), layer.begin(), layer.end());
      if (record.layer != grid.nlay) continue;
      StepTime time;
      time.period = record.period - 1;
      time.step = record.step - 1;
      time.end = record.time;
      time.period_time = record.period_time;
      mf6::write_heads(file, grid, time, all);
      all.clear();
    }
    file.flush();
  }
  EXPECT_TRUE(core::read_file(out.path() / "h.hds") == core::read_file(reference));
}

// The number of connections is that of the reference's FLOW-JA-FACE.
TEST_P(Results, ConnectionsAreThoseOfTheReference) {
  const auto folder = shared_models::shared_data() / "mf6" / GetParam();
  if (!std::filesystem::exists(folder / "ref/budget_tight.cbc")) GTEST_SKIP();
  const Grid grid = mf6::read_simulation({folder}).model.grid;
  const auto terms = mf6::read_budget(folder / "ref/budget_tight.cbc");
  const auto faces =
      std::find_if(terms.begin(), terms.end(), [](const auto& t) { return t.text == "FLOW-JA-FACE"; });
  ASSERT_NE(faces, terms.end());
  const mf6::Connections links = mf6::connections(grid);
  ASSERT_EQ(links.ja.size(), faces->values.size());
  ASSERT_EQ(links.ia.size(), grid.cells() + 1);
  // Flow into n from m is minus flow into m from n, which holds only in the right order.
  for (std::size_t n = 0; n < grid.cells(); ++n) {
    for (std::int32_t i = links.ia[n]; i < links.ia[n + 1]; ++i) {
      const auto m = static_cast<std::size_t>(links.ja[static_cast<std::size_t>(i) - 1]) - 1;
      if (m == n) continue;
      const double q = faces->values[static_cast<std::size_t>(i) - 1];
      bool found = false;
      for (std::int32_t j = links.ia[m]; j < links.ia[m + 1]; ++j) {
        if (links.ja[static_cast<std::size_t>(j) - 1] != static_cast<std::int32_t>(n) + 1) continue;
        EXPECT_DOUBLE_EQ(q, -faces->values[static_cast<std::size_t>(j) - 1]);
        found = true;
      }
      EXPECT_TRUE(found);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shared, Results, ::testing::ValuesIn(shared_models::names()),
                         [](const auto& one) { return shared_models::test_name(one.param); });

std::map<std::string, std::string> contents(const std::filesystem::path& folder) {
  std::map<std::string, std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    out[entry.path().filename().string()] = core::read_file(entry.path());
  return out;
}

TEST(Run, WritesWhatTheOutputControlSaysAndNothingElsewhere) {
  const auto folder = shared_models::shared_data() / "mf6/test030_hani_row";
  if (!std::filesystem::exists(folder)) GTEST_SKIP();
  const small_model::Folder out;
  core::Log log(true);
  core::Context context{log, false};
  const mf6::RunSummary summary =
      mf6::run_simulation({.folder = folder, .out = out.path(), .save_all = true}, context);
  EXPECT_TRUE(summary.complete);
  // Same layout as the reference: same bytes but for the numbers.
  const auto budget = mf6::read_budget(folder / "ref/budget_tight.cbc");
  const auto ours = mf6::read_budget(out.path() / "model.output.cbc");
  ASSERT_EQ(ours.size(), budget.size());
  EXPECT_EQ(std::filesystem::file_size(out.path() / "model.output.cbc"),
            std::filesystem::file_size(folder / "ref/budget_tight.cbc"));
  for (std::size_t i = 0; i < ours.size(); ++i) {
    EXPECT_EQ(ours[i].text, budget[i].text);
    EXPECT_EQ(ours[i].package, budget[i].package);
    EXPECT_EQ(ours[i].cell, budget[i].cell);
    EXPECT_EQ(ours[i].row, budget[i].row);
    ASSERT_EQ(ours[i].values.size(), budget[i].values.size());
    for (std::size_t k = 0; k < ours[i].values.size(); ++k)
      EXPECT_NEAR(ours[i].values[k], budget[i].values[k], 1e-4);
  }
  const auto heads = mf6::compare_heads(out.path() / "model.output.hds", folder / "ref/heads_tight.hds");
  EXPECT_LT(heads.largest, 1e-4);
}

// MODFLOW 6.2.1 writes RCH where newer versions write RCHA.
TEST(Run, BudgetsOfArrayBasedPackagesAreComparedUnderTheNamesOfAllVersions) {
  const small_model::Folder folder;
  auto files = small_model::files();
  files["m.nam"].insert(files["m.nam"].find(" OC6"), " RCH6 m.rcha rain\n");
  files["m.rcha"] =
      "BEGIN OPTIONS\n READASARRAYS\nEND OPTIONS\nBEGIN PERIOD 1\n RECHARGE\n  CONSTANT 0.001\nEND PERIOD\n";
  small_model::put_all(folder, files);
  const small_model::Folder out;
  core::Log log(true);
  core::Context context{log, false};
  mf6::run_simulation({.folder = folder.path(), .out = out.path(), .save_all = true}, context);
  std::filesystem::path ours;
  for (const auto& entry : std::filesystem::directory_iterator(out.path())) {
    if (entry.path().extension() == ".cbc") ours = entry.path();
  }
  ASSERT_FALSE(ours.empty());
  std::string bytes = contents(out.path())[ours.filename().string()];
  const std::string newer = "            RCHA";
  const std::string older = "             RCH";
  ASSERT_NE(bytes.find(newer), std::string::npos);
  for (std::size_t at = 0; (at = bytes.find(newer)) != std::string::npos;)
    bytes.replace(at, newer.size(), older);
  out.put("older.cbc", bytes);
  std::vector<std::string> missing;
  const auto terms = mf6::compare_budgets(ours, out.path() / "older.cbc", missing);
  EXPECT_TRUE(missing.empty()) << missing.front();
  std::size_t met = 0;
  for (const auto& term : terms) {
    if (term.text != "RCHA/RCH") continue;
    ++met;
    EXPECT_GT(term.ours_in, 0);
    EXPECT_EQ(term.percent, 0);
    EXPECT_EQ(term.entry_percent, 0);
  }
  EXPECT_EQ(met, 3U);  // steps
}

// Stopped after any step and resumed, a run gives the same bytes.
TEST(Run, ResumedGivesTheSameBytes) {
  const auto folder = shared_models::shared_data() / "mf6/test005_advgw_tidal";
  if (!std::filesystem::exists(folder)) GTEST_SKIP();
  core::Log log(true);
  core::Context context{log, false};
  const small_model::Folder whole;
  mf6::run_simulation({.folder = folder, .out = whole.path(), .save_all = true}, context);
  const small_model::Folder cut;
  // A checkpoint after every step; the state after step 137 is kept, and what was written later is put back.
  struct Stop {};
  std::size_t steps = 0;
  try {
    mf6::RunRequest request{.folder = folder, .out = cut.path(), .save_all = true, .checkpoint_s = 0};
    request.after_step = [&](const StepReport&) {
      if (++steps == 138) throw Stop{};
    };
    mf6::run_simulation(request, context);
    FAIL();
  } catch (const Stop&) {
  }
  ASSERT_TRUE(std::filesystem::exists(cut.path() / mf6::kStateFile));
  mf6::run_simulation({.folder = folder, .out = cut.path(), .save_all = true, .resume = true}, context);
  EXPECT_FALSE(std::filesystem::exists(cut.path() / mf6::kStateFile));
  auto a = contents(whole.path());
  auto b = contents(cut.path());
  a.erase(mf6::kRecordFile);
  b.erase(mf6::kRecordFile);
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, bytes] : a) EXPECT_TRUE(bytes == b[name]) << name;
}

TEST(Run, ResumeRefusesOtherSettings) {
  const small_model::Folder folder;
  small_model::put_all(folder, small_model::files());
  core::Log log(true);
  core::Context context{log, false};
  struct Stop {};
  mf6::RunRequest request{.folder = folder.path(), .checkpoint_s = 0};
  std::size_t steps = 0;
  request.after_step = [&](const StepReport&) {
    if (++steps == 2) throw Stop{};
  };
  EXPECT_THROW(mf6::run_simulation(request, context), Stop);
  EXPECT_THROW(mf6::run_simulation({.folder = folder.path(), .save_all = true, .resume = true}, context),
               core::InputError);
  EXPECT_TRUE(mf6::run_simulation({.folder = folder.path(), .resume = true}, context).complete);
}

TEST(Files, CutOffFilesAreRefused) {
  const small_model::Folder folder;
  folder.put("a.hds", std::string(60, '\1'));
  folder.put("a.cbc", std::string(30, '\1'));
  EXPECT_THROW(mf6::HeadFile(folder.path() / "a.hds"), core::InputError);
  EXPECT_THROW(mf6::read_budget(folder.path() / "a.cbc"), core::InputError);
  EXPECT_THROW(mf6::HeadFile(folder.path() / "none.hds"), core::InputError);
}

}  // namespace

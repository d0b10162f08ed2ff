// SPDX-License-Identifier: BSD-3-Clause
// Small models that once went wrong, each with what MODFLOW 6.6.2 made of it: heads, budgets, listing and
// BUDGETCSV, or its refusal (shared data, cases/flow).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "../listing_budgets.hpp"
#include "phreatic/core/context.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/flow/mf6/results/compare.hpp"
#include "phreatic/flow/mf6/results/result_files.hpp"
#include "phreatic/flow/mf6/run.hpp"
#include "shared_models.hpp"
#include "small_model.hpp"

namespace phreatic::flow::mf6 {
namespace {

namespace fs = std::filesystem;
using testing_listing::Budget;
using testing_listing::budgets_of;
using testing_listing::lines_of;

fs::path cases() { return shared_models::shared_data() / "cases/flow"; }

RunSummary run_into(const fs::path& model, const fs::path& out, bool save_all = false) {
  core::Log log(true);
  core::Context context{log, false};
  RunRequest request;
  request.folder = model;
  request.out = out;
  request.save_all = save_all;
  return run_simulation(request, context);
}

std::vector<std::string> fields(const std::string& line) {
  std::vector<std::string> out;
  std::stringstream in(line);
  for (std::string field; std::getline(in, field, ',');) out.push_back(field);
  return out;
}

void expect_same_csv(const fs::path& ours, const fs::path& theirs) {
  const std::vector<std::string> a = lines_of(ours);
  const std::vector<std::string> b = lines_of(theirs);
  ASSERT_EQ(a.size(), b.size());
  ASSERT_EQ(a.front(), b.front());
  for (std::size_t i = 1; i < a.size(); ++i) {
    const std::vector<std::string> x = fields(a[i]);
    const std::vector<std::string> y = fields(b[i]);
    ASSERT_EQ(x.size(), y.size());
    const double total = std::atof(y[y.size() - 3].c_str());
    for (std::size_t c = 0; c + 1 < x.size(); ++c)  // the last column is a rounding error in both
      EXPECT_NEAR(std::atof(x[c].c_str()), std::atof(y[c].c_str()), 1e-6 * total)
          << a.front() << " row " << i;
  }
}

void expect_same_listing(const fs::path& ours, const fs::path& theirs) {
  const std::vector<Budget> a = budgets_of(ours);
  const std::vector<Budget> b = budgets_of(theirs);
  ASSERT_EQ(a.size(), b.size()) << "volume budgets";
  ASSERT_FALSE(a.empty());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].size(), b[i].size());
    double total = 0;
    for (const auto& [name, rate] : b[i]) total = name == "TOTAL IN IN " ? rate : total;
    ASSERT_GT(total, 0);
    for (std::size_t k = 0; k < a[i].size(); ++k) {
      EXPECT_EQ(a[i][k].first, b[i][k].first);
      // Four decimals are printed.
      EXPECT_NEAR(a[i][k].second, b[i][k].second, 1e-6 * total + 1e-4) << a[i][k].first;
    }
  }
}

void expect_same_heads_and_budget(const fs::path& out, const fs::path& reference) {
  const HeadDifference d = compare_heads(out / "heads", reference / "heads_tight.hds");
  EXPECT_EQ(d.records, HeadFile(reference / "heads_tight.hds").records().size());
  EXPECT_EQ(d.records, HeadFile(out / "heads").records().size());
  EXPECT_EQ(d.dry_disagreement, 0U) << d.first_dry;
  EXPECT_EQ(d.inactive_disagreement, 0U);
  EXPECT_LE(d.largest, 1e-5) << d.largest_where;
  if (!fs::exists(reference / "budget_tight.cbc")) return;
  std::vector<std::string> missing;
  for (const BudgetDifference& term :
       compare_budgets(out / "budget", reference / "budget_tight.cbc", missing))
    EXPECT_LE(term.percent, 0.01) << term.text << " " << term.package;
  EXPECT_TRUE(missing.empty()) << missing.front();
}

class FlowCase : public ::testing::TestWithParam<const char*> {};

TEST_P(FlowCase, AsModflow) {
  const fs::path model = cases() / GetParam();
  if (!fs::exists(model)) GTEST_SKIP() << GetParam() << " is not there";
  const small_model::Folder out;
  const RunSummary summary = run_into(model, out.path());
  EXPECT_TRUE(summary.complete) << summary.stopped;
  EXPECT_EQ(summary.warned, 0U);
  fs::path listing;
  for (const std::string& file : summary.files) {
    const fs::path path(file);
    if (path.extension() == ".lst") listing = path;
    if (path.extension() == ".hds") fs::rename(path, out.path() / "heads");
    if (path.extension() == ".cbc") fs::rename(path, out.path() / "budget");
  }
  expect_same_heads_and_budget(out.path(), model / "ref");
  expect_same_listing(listing, model / "ref/listing.lst");
  if (fs::exists(model / "ref/b.csv")) expect_same_csv(out.path() / "b.csv", model / "ref/b.csv");
}

INSTANTIATE_TEST_SUITE_P(SharedData, FlowCase,
                         ::testing::Values("01a_perched_recharge_only", "01b_perched_held_transient",
                                           "02_drain_depth_newton", "03_rclose_zero", "04_newton_nwt_p03b",
                                           "05_thickstrt_start_below_bottom", "06_ats_sliver",
                                           "07_chd_listing_gross", "08_budgetcsv_names",
                                           "09_listing_without_print", "10_double_quotes", "11_obs_binary",
                                           "12_text_after_row", "12b_more_numbers_in_row",
                                           "13_blocks_after_last_period", "16_rcha_aux_reset",
                                           "17_tas_then_block"),
                         [](const auto& one) { return shared_models::test_name(one.param); });

// MODFLOW 6.6.2 ends this one with the starting head in the group, and elsewhere with an outflow a thousand times
// the inflow, so only the group is compared; the rest must be the model without it.
TEST(IsolatedGroup, KeepsItsHeadsAndTheRestIsAsWithoutIt) {
  const fs::path model = cases() / "14_isolated_group_unstressed";
  if (!fs::exists(model)) GTEST_SKIP() << "14_isolated_group_unstressed is not there";
  const small_model::Folder out;
  const small_model::Folder without;
  const small_model::Folder out_without;
  const RunSummary summary = run_into(model, out.path());
  ASSERT_TRUE(summary.complete) << summary.stopped;
  EXPECT_LT(summary.worst_balance_percent, 1e-3);
  const auto noted = std::count_if(summary.notes.begin(), summary.notes.end(), [](const std::string& note) {
    return note.find("3 connected active cells around cell (1, 4, 4)") != std::string::npos;
  });
  EXPECT_EQ(noted, 1);
  fs::copy(model, without.path(), fs::copy_options::recursive);
  std::string dis = core::read_file(model / "m.dis");
  for (std::size_t at = 0; (at = dis.find("1 1 0 1 0 1", at)) != std::string::npos;)
    dis.replace(at, 11, "1 1 0 0 0 1");
  without.put("m.dis", dis);
  run_into(without.path(), out_without.path());
  const HeadFile with(out.path() / "m.hds");
  const HeadFile rest(out_without.path() / "m.hds");
  ASSERT_EQ(with.records().size(), rest.records().size());
  for (std::size_t r = 0; r < with.records().size(); ++r) {
    const std::vector<double> a = with.values(with.records()[r]);
    const std::vector<double> b = rest.values(rest.records()[r]);
    for (std::size_t n = 0; n < a.size(); ++n) {
      if (n == 3 * 9 + 3) {
        EXPECT_EQ(a[n], 8) << r;
      } else {
        EXPECT_NEAR(a[n], b[n], 1e-7) << r << " " << n;
      }
    }
  }
}

class RefusedCase : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(RefusedCase, IsRefusedWithTheReason) {
  const fs::path model = cases() / GetParam().first;
  if (!fs::exists(model)) GTEST_SKIP() << GetParam().first << " is not there";
  try {
    read_simulation({.folder = model});
    FAIL() << "it was read";
  } catch (const core::InputError& error) {
    EXPECT_NE(std::string(error.what()).find(GetParam().second), std::string::npos) << error.what();
  }
}

INSTANTIATE_TEST_SUITE_P(
    SharedData, RefusedCase,
    ::testing::Values(std::pair{"15a_riv_stage_below_bottom",
                                "m.riv:5: RIV-1: the stage 3 is under the river's bottom 3.5"},
                      std::pair{"15b_ghb_below_cell",
                                "m.ghb:5: GHB-1: the head -3 is under the bottom of the cell 0"},
                      std::pair{"15c_chd_twice", "cell (1, 1, 1) has two fixed heads in period 1"},
                      std::pair{"15d_newton_perched", "NPF PERCHED: cannot be used with NEWTON"},
                      std::pair{"15e_evt_pxdp_falls", "m.evt:8: EVT-1: pxdp falls from 0.5 to 0.2"}),
    [](const auto& one) { return shared_models::test_name(one.param.first); });

TEST(BinaryObservations, HaveModflowsLayout) {
  const small_model::Folder folder;
  const small_model::Folder out;
  auto files = small_model::files();
  files["m.nam"].insert(files["m.nam"].find(" OC6"), " OBS6 m.obs\n");
  files["m.obs"] = "BEGIN CONTINUOUS FILEOUT o.bin BINARY\n h1 HEAD 1 1 1\n h2 HEAD 1 2 2\nEND CONTINUOUS\n";
  small_model::put_all(folder, files);
  run_into(folder.path(), out.path());
  const std::string bytes = core::read_file(out.path() / "o.bin");
  // "cont", "double" from byte 6, the length of names in bytes 12-15, blanks to byte 100; then the number of
  // names, the names, and time and heads of each of three steps.
  ASSERT_EQ(bytes.size(), 100U + 4 + 2 * 40 + 3 * 3 * 8);
  EXPECT_EQ(bytes.substr(0, 15), "cont double  40");
  EXPECT_EQ(bytes.substr(15, 85), std::string(85, ' '));
  std::int32_t names = 0;
  std::memcpy(&names, bytes.data() + 100, sizeof names);
  EXPECT_EQ(names, 2);
  EXPECT_EQ(bytes.substr(104, 3), "H1 ");
  double last[3];
  std::memcpy(last, bytes.data() + 184 + 2 * 24, sizeof last);
  EXPECT_EQ(last[0], 11);
  EXPECT_EQ(last[1], 9);
}

}  // namespace
}  // namespace phreatic::flow::mf6

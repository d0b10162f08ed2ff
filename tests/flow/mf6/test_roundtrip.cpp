// SPDX-License-Identifier: BSD-3-Clause
// read -> write -> read gives the same model, step by step.
#include <gtest/gtest.h>

#include "phreatic/flow/mf6/input/reader.hpp"
#include "phreatic/flow/mf6/writer.hpp"
#include "shared_models.hpp"
#include "small_model.hpp"

namespace {

using namespace phreatic;
using namespace phreatic::flow;

template <class T>
void expect_same(const CellArray<T>& a, const CellArray<T>& b, std::size_t cells, const char* what) {
  ASSERT_EQ(a.empty(), b.empty()) << what;
  for (std::size_t n = 0; !a.empty() && n < cells; ++n) ASSERT_EQ(a[n], b[n]) << what << " " << n;
}

void expect_same_steps(const Model& a, const Model& b) {
  for (std::size_t p = 0; p < a.packages.size(); ++p) {
    StressProvider one = a.packages[p].provider;
    StressProvider two = b.packages[p].provider;
    PackageValues x, y;
    double time = 0;
    for (std::size_t period = 0; period < a.periods.size(); ++period) {
      const std::vector<double> lengths = step_lengths(a.periods[period]);
      double at = time;
      for (std::size_t s = 0; s < lengths.size(); ++s) {
        StepTime step;
        step.period = static_cast<int>(period);
        step.step = static_cast<int>(s);
        step.start = at;
        at = s + 1 == lengths.size() ? time + a.periods[period].perlen : at + lengths[s];
        step.end = at;
        step.dt = step.end - step.start;
        one(step, x);
        two(step, y);
        ASSERT_EQ(x.cell, y.cell) << a.packages[p].name << " period " << period + 1;
        ASSERT_EQ(x.values.size(), y.values.size());
        for (std::size_t i = 0; i < x.values.size(); ++i)
          ASSERT_EQ(x.values[i], y.values[i])
              << a.packages[p].name << " period " << period + 1 << " step " << s + 1;
        ASSERT_EQ(x.aux, y.aux);
        ASSERT_EQ(x.boundnames, y.boundnames);
      }
      time += a.periods[period].perlen;
    }
  }
}

void expect_same_model(const Model& a, const Model& b) {
  const std::size_t cells = a.grid.cells();
  ASSERT_EQ(cells, b.grid.cells());
  EXPECT_EQ(a.grid.delr, b.grid.delr);
  EXPECT_EQ(a.grid.delc, b.grid.delc);
  EXPECT_EQ(a.grid.top, b.grid.top);
  EXPECT_EQ(a.grid.botm, b.grid.botm);
  EXPECT_EQ(a.grid.xorigin, b.grid.xorigin);
  EXPECT_EQ(a.start_heads, b.start_heads);
  expect_same(a.grid.idomain, b.grid.idomain, cells, "idomain");
  expect_same(a.flow.icelltype, b.flow.icelltype, cells, "icelltype");
  expect_same(a.flow.k, b.flow.k, cells, "k");
  expect_same(a.flow.k22, b.flow.k22, cells, "k22");
  expect_same(a.flow.k33, b.flow.k33, cells, "k33");
  if (a.flow.rewet.enabled) expect_same(a.flow.rewet.wetdry, b.flow.rewet.wetdry, cells, "wetdry");
  EXPECT_EQ(a.flow.rewet.enabled, b.flow.rewet.enabled);
  EXPECT_EQ(a.flow.rewet.factor, b.flow.rewet.factor);
  EXPECT_EQ(a.flow.averaging, b.flow.averaging);
  EXPECT_EQ(a.flow.variable_cv, b.flow.variable_cv);
  EXPECT_EQ(a.flow.dewatered, b.flow.dewatered);
  EXPECT_EQ(a.flow.perched, b.flow.perched);
  EXPECT_EQ(a.storage.present, b.storage.present);
  if (a.storage.present) {
    expect_same(a.storage.ss, b.storage.ss, cells, "ss");
    expect_same(a.storage.sy, b.storage.sy, cells, "sy");
    expect_same(a.storage.iconvert, b.storage.iconvert, cells, "iconvert");
    EXPECT_EQ(a.storage.ss_confined_only, b.storage.ss_confined_only);
  }
  ASSERT_EQ(a.periods.size(), b.periods.size());
  for (std::size_t p = 0; p < a.periods.size(); ++p) {
    EXPECT_EQ(a.periods[p].perlen, b.periods[p].perlen);
    EXPECT_EQ(a.periods[p].nstp, b.periods[p].nstp);
    EXPECT_EQ(a.periods[p].tsmult, b.periods[p].tsmult);
    EXPECT_EQ(a.periods[p].steady, b.periods[p].steady);
  }
  EXPECT_EQ(a.solver.outer_dvclose, b.solver.outer_dvclose);
  EXPECT_EQ(a.solver.inner_rclose, b.solver.inner_rclose);
  EXPECT_EQ(a.solver.residual_norm, b.solver.residual_norm);
  EXPECT_EQ(a.solver.bicgstab, b.solver.bicgstab);
  EXPECT_EQ(a.solver.under_relaxation, b.solver.under_relaxation);
  EXPECT_EQ(a.newton.enabled, b.newton.enabled);
  ASSERT_EQ(a.barriers.size(), b.barriers.size());
  for (std::size_t i = 0; i < a.barriers.size(); ++i)
    EXPECT_EQ(a.barriers[i].barriers.size(), b.barriers[i].barriers.size());
  ASSERT_EQ(a.observations.size(), b.observations.size());
  EXPECT_EQ(a.output.head_file, b.output.head_file);
  EXPECT_EQ(a.output.periods.size(), b.output.periods.size());
  ASSERT_EQ(a.packages.size(), b.packages.size());
  for (std::size_t p = 0; p < a.packages.size(); ++p) {
    EXPECT_EQ(a.packages[p].name, b.packages[p].name);
    EXPECT_EQ(a.packages[p].text, b.packages[p].text);
    EXPECT_EQ(a.packages[p].aux_names, b.packages[p].aux_names);
    EXPECT_EQ(a.packages[p].fixed_cell, b.packages[p].fixed_cell);
    EXPECT_EQ(a.packages[p].auto_flow_reduce, b.packages[p].auto_flow_reduce);
    EXPECT_EQ(a.packages[p].infiltration_factor, b.packages[p].infiltration_factor);
  }
  expect_same_steps(a, b);
}

class RoundTrip : public ::testing::TestWithParam<std::string> {};

TEST_P(RoundTrip, GivesTheSameModel) {
  const auto folder = shared_models::shared_data() / "mf6" / GetParam();
  if (!std::filesystem::exists(folder)) GTEST_SKIP();
  const Model first = mf6::read_simulation({folder}).model;
  for (const bool binary : {false, true}) {
    const small_model::Folder written;
    mf6::write_simulation(first, written.path(), {binary});
    expect_same_model(first, mf6::read_simulation({written.path()}).model);
  }
}

INSTANTIATE_TEST_SUITE_P(Shared, RoundTrip, ::testing::ValuesIn(shared_models::names()),
                         [](const auto& one) { return shared_models::test_name(one.param); });

TEST(RoundTripReal, Shellmound) {
  const auto folder = shared_models::shared_data() / "mf6-real/shellmound_delta";
  if (!std::filesystem::exists(folder)) GTEST_SKIP();
  const Model first = mf6::read_simulation({folder, "mfsim_riv.nam"}).model;
  const small_model::Folder written;
  mf6::write_simulation(first, written.path());
  expect_same_model(first, mf6::read_simulation({written.path()}).model);
}

TEST(RoundTripOwn, InfiltrationFactorOfRivers) {
  const small_model::Folder folder;
  auto files = small_model::files();
  files["m.nam"].replace(files["m.nam"].find("WEL6 m.wel"), 10, "RIV6 m.riv");
  files["m.riv"] =
      "BEGIN OPTIONS\n AUXILIARY zone f\n AUXINFILTRATIONNAME f\nEND OPTIONS\nBEGIN DIMENSIONS\n MAXBOUND "
      "1\nEND DIMENSIONS\nBEGIN PERIOD 1\n 1 2 2 8 100 6 3 0.3\nEND PERIOD 1\n";
  small_model::put_all(folder, files);
  const Model first = mf6::read_simulation({folder.path()}).model;
  ASSERT_TRUE(first.packages[0].infiltration_factor);
  PackageValues values;
  StressProvider provider = first.packages[0].provider;
  provider(StepTime{}, values);
  EXPECT_EQ(values.values, (std::vector<double>{8, 100, 6, 0.3}));
  EXPECT_EQ(values.aux, (std::vector<double>{3, 0.3}));
  const small_model::Folder written;
  mf6::write_simulation(first, written.path());
  expect_same_model(first, mf6::read_simulation({written.path()}).model);
}

TEST(RoundTripOwn, YieldThatDependsOnDepthIsRefused) {
  const small_model::Folder folder;
  for (const auto& [name, text] : small_model::files()) folder.put(name, text);
  Model model = mf6::read_simulation({.folder = folder.path()}).model;
  model.storage.shallow_share = 0.3;
  const small_model::Folder written;
  EXPECT_THROW(mf6::write_simulation(model, written.path()), core::InputError);
  EXPECT_TRUE(std::filesystem::is_empty(written.path()));
}

}  // namespace

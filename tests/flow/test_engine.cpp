// SPDX-License-Identifier: BSD-3-Clause
// Invariants, restart, rules of packages.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "models.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"

namespace phreatic::flow::testing {
namespace {

// A convertible transient basin with river, drains and recharge.
Model basin(int nlay, int nrow, int ncol, bool newton) {
  Model model = block(nlay, nrow, ncol, 25, 30, 15);
  model.flow.icelltype = std::int8_t{1};
  model.newton.enabled = newton;
  core::RandomStream random(7, "basin");
  std::vector<double> k(model.grid.cells());
  for (double& value : k) value = 10 * std::exp(0.5 * random.normal());
  model.flow.k = k;
  model.flow.k33 = 0.5;
  model.start_heads.assign(model.grid.cells(), 27.0);
  make_transient(model, 30, 6, 1.2, 1e-5, 0.2, true);
  std::vector<CellIndex> river, drains, all;
  std::vector<std::vector<double>> stages, elevations, rates;
  for (int i = 0; i < nrow; ++i) {
    river.push_back(model.grid.cell(0, i, 0));
    stages.push_back({26, 50, 24});
    drains.push_back(model.grid.cell(0, i, ncol - 1));
    elevations.push_back({26.5, 20});
    for (int j = 0; j < ncol; ++j) {
      all.push_back(model.grid.cell(0, i, j));
      rates.push_back({0.002});
    }
  }
  model.packages.push_back(package(PackageKind::riv, river, stages));
  model.packages.push_back(package(PackageKind::drn, drains, elevations));
  model.packages.push_back(package(PackageKind::rch, all, rates));
  return model;
}

std::vector<double> final_heads(Model model, EngineOptions options = {}) {
  Simulation simulation(std::move(model), options);
  while (!simulation.finished()) {
    const StepReport& report = simulation.advance();
    EXPECT_EQ(report.status, StepStatus::converged) << report.message;
    EXPECT_LE(std::abs(report.balance_percent), 1e-3);
  }
  return simulation.heads();
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double worst = 0;
  for (std::size_t n = 0; n < a.size(); ++n) worst = std::max(worst, std::abs(a[n] - b[n]));
  return worst;
}

// Each quick way must give what the plain sequential way gives.
TEST(Engine, QuickPathsAgreeWithThePlainOne) {
  const std::vector<double> plain = final_heads(
      basin(2, 12, 15, false),
      {.head_tolerance = 1e-8, .balance_tolerance = 1e-10, .extrapolate = false, .single_precision = false});
  EXPECT_LE(largest_difference(plain, final_heads(basin(2, 12, 15, false))), 1e-5);
}

TEST(Engine, MirroredGridGivesMirroredHeads) {
  for (const bool newton : {false, true}) {
    Model model = block(1, 9, 11, 20, 10, 10);
    model.newton.enabled = newton;
    model.flow.icelltype = std::int8_t{1};
    model.start_heads.assign(model.grid.cells(), 8.0);
    model.packages.push_back(
        package(PackageKind::chd, {model.grid.cell(0, 4, 0), model.grid.cell(0, 4, 10)}, {{8}, {8}}));
    model.packages.push_back(package(PackageKind::wel, {model.grid.cell(0, 4, 5)}, {{-20}}));
    const std::vector<double> heads = final_heads(model, kExact);
    for (int i = 0; i < 9; ++i) {
      for (int j = 0; j < 11; ++j) {
        const double here = heads[static_cast<std::size_t>(i * 11 + j)];
        EXPECT_NEAR(here, heads[static_cast<std::size_t>(i * 11 + 10 - j)], 1e-7);
        EXPECT_NEAR(here, heads[static_cast<std::size_t>((8 - i) * 11 + j)], 1e-7);
      }
    }
  }
}

TEST(Engine, TransposedGridGivesTransposedHeads) {
  Model model = basin(1, 6, 9, false);
  Model turned = basin(1, 9, 6, false);
  std::vector<double> k(54);
  for (int i = 0; i < 6; ++i) {
    for (int j = 0; j < 9; ++j)
      k[static_cast<std::size_t>(j * 6 + i)] = model.flow.k[static_cast<std::size_t>(i * 9 + j)];
  }
  turned.flow.k = k;
  for (std::size_t p = 0; p < model.packages.size(); ++p) {
    PackageValues values;
    model.packages[p].provider(StepTime{}, values);
    for (CellIndex& cell : values.cell) cell = (cell % 9) * 6 + cell / 9;
    turned.packages[p].provider = constant_values(values);
  }
  const std::vector<double> a = final_heads(std::move(model), kExact);
  const std::vector<double> b = final_heads(std::move(turned), kExact);
  for (int i = 0; i < 6; ++i) {
    for (int j = 0; j < 9; ++j) {
      EXPECT_NEAR(a[static_cast<std::size_t>(i * 9 + j)], b[static_cast<std::size_t>(j * 6 + i)], 1e-7);
    }
  }
}

// Results do not depend on the number of threads, bit for bit; large enough to be cut into strips.
TEST(Engine, SameWhateverTheThreads) {
  const int threads = core::thread_count();
  core::set_thread_count(1);
  Model model = basin(2, 260, 500, false);
  model.periods[0].nstp = 2;
  const std::vector<double> one = final_heads(model);
  core::set_thread_count(3);
  const std::vector<double> three = final_heads(model);
  core::set_thread_count(threads);
  EXPECT_EQ(one, three);
}

TEST(Engine, RestartGoesOnAsIfNothingHappened) {
  for (const bool newton : {false, true}) {
    Simulation whole(basin(2, 8, 9, newton));
    for (int s = 0; s < 3; ++s) whole.advance();
    const SavedState saved = whole.save();
    Simulation again(basin(2, 8, 9, newton));
    again.restore(saved);
    while (!whole.finished()) {
      whole.advance();
      again.advance();
      EXPECT_EQ(whole.heads(), again.heads());
    }
    EXPECT_TRUE(again.finished());
  }
}

// Large enough for what is kept from step to step: a second level (three layers), complete factors (one layer
// with strong contrasts). Restarts from every step that promises it go on bit for bit.
Model large_model(int layers, double contrast) {
  Model model = block(layers, 130, 170 / layers * 2, 50, 20, 20);
  core::RandomStream random(9, "restart");
  model.flow.k = std::vector<double>(model.grid.cells());
  for (double& k : model.flow.k.values) k = std::exp(contrast * random.normal());
  make_transient(model, 30, 10, 1.2, 1e-5, 0.1, false);
  const auto last = static_cast<CellIndex>(model.grid.cells()) - 1;
  model.packages.push_back(package(PackageKind::wel, {last / 2}, {{-50}}));
  model.packages.push_back(package(PackageKind::ghb, {0, last}, {{20, 100}, {10, 100}}));
  return model;
}

TEST(Engine, LargeModelsRestartBitForBit) {
  for (const int layers : {1, 3}) {
    const Model model = large_model(layers, layers == 1 ? 3 : 1);
    Simulation whole(model);
    std::vector<std::pair<std::size_t, SavedState>> saved;
    std::vector<std::vector<double>> heads;
    for (std::size_t s = 0; !whole.finished(); ++s) {
      ASSERT_EQ(whole.advance().status, StepStatus::converged);
      heads.push_back(whole.heads());
      if (whole.restarts_exactly() && !whole.finished()) saved.emplace_back(s, whole.save());
    }
    ASSERT_EQ(saved.size(), 2U);  // after 4 and 8 of 10
    EXPECT_TRUE(layers == 1 ? saved[0].second.solver.single.complete || saved[0].second.solver.full.complete
                            : saved[0].second.solver.single.coarse)
        << "nothing was kept: the test has tested nothing";
    for (const auto& [step, state] : saved) {
      Simulation again(model);
      again.restore(state);
      for (std::size_t s = step + 1; s < heads.size(); ++s) {
        again.advance();
        EXPECT_EQ(again.heads(), heads[s]) << layers << " layers, from step " << step << ", step " << s;
      }
    }
  }
}

TEST(Engine, NewtonAgreesWithPicardWhereTheyMustAgree) {
  // Uniform heads and properties in the flow direction leave no room for the weighting: storage and drains
  // only.
  Model model = block(1, 1, 1, 100, 20, 20);
  model.flow.icelltype = std::int8_t{1};
  model.start_heads = {15.0};
  make_transient(model, 20, 10, 1, 1e-5, 0.1, true);
  model.packages.push_back(package(PackageKind::drn, {0}, {{12, 30}}));
  Model other = model;
  other.newton.enabled = true;
  EXPECT_LE(largest_difference(final_heads(std::move(model), kExact), final_heads(std::move(other), kExact)),
            1e-4);
}

TEST(Engine, RiverInfiltrationFactor) {
  Model model = block(1, 1, 2, 10, 10, 10);
  model.packages.push_back(package(PackageKind::chd, {1}, {{4}}));
  Package river = package(PackageKind::riv, {0}, {{6, 10, 0, 0.25}});
  river.infiltration_factor = true;
  model.packages.push_back(std::move(river));
  Simulation simulation(std::move(model), kExact);
  simulation.advance();
  // Conductance 10 between the cells (K 1, thickness 10, width = length), 2.5 from the river: h = (10*4
  // + 2.5*6)/12.5.
  EXPECT_NEAR(simulation.heads()[0], 55 / 12.5, 1e-8);
}

TEST(Engine, FixedHeadThatFallsDryStopsTheStep) {
  Model model = block(1, 1, 3, 10, 10, 10);
  model.flow.icelltype = std::int8_t{1};
  model.packages.push_back(package(PackageKind::chd, {0}, {{-1}}));
  Simulation simulation(std::move(model));
  const StepReport& report = simulation.advance();
  EXPECT_EQ(report.status, StepStatus::constant_head_dry);
  EXPECT_NE(report.message.find("layer 1, row 1, column 1"), std::string::npos) << report.message;
}

TEST(Engine, NoConvergenceIsReportedWithPlaceAndSize) {
  Model model = basin(1, 5, 5, true);
  model.solver.outer_maximum = 1;
  model.solver.outer_dvclose = 1e-12;
  Simulation simulation(std::move(model), EngineOptions{.head_tolerance = 0, .balance_tolerance = 0});
  const StepReport& report = simulation.advance();
  EXPECT_EQ(report.status, StepStatus::not_converged);
  EXPECT_NE(report.message.find("layer"), std::string::npos) << report.message;
}

// Random small water-table models with every kind of boundary: each step converges and keeps its balance, and
// the order of the bounds does not matter.
Model random_water_table(std::uint64_t seed, bool newton, bool reversed) {
  core::RandomStream random(seed, "water table");
  const int nlay = 1 + static_cast<int>(random.below(2));
  const int nrow = 3 + static_cast<int>(random.below(5));
  const int ncol = 3 + static_cast<int>(random.below(5));
  Model model = block(nlay, nrow, ncol, 50, 40, 20);
  model.flow.icelltype = std::int8_t{1};
  model.newton.enabled = newton;
  std::vector<double> k(model.grid.cells());
  for (double& value : k) value = 5 * std::exp(0.7 * random.normal());
  model.flow.k = k;
  model.flow.k33 = 1.0;
  model.start_heads.assign(model.grid.cells(), random.uniform(33, 39));
  make_transient(model, 60, 8, 1.3, 1e-5, 0.15, true);
  const auto add = [&](PackageKind kind, int bounds, auto&& row) {
    std::vector<CellIndex> cells;
    std::vector<std::vector<double>> rows;
    for (int b = 0; b < bounds; ++b) {
      cells.push_back(static_cast<CellIndex>(random.below(static_cast<std::uint64_t>(nrow * ncol))));
      rows.push_back(row());
    }
    if (reversed) {
      std::reverse(cells.begin(), cells.end());
      std::reverse(rows.begin(), rows.end());
    }
    model.packages.push_back(package(kind, cells, rows));
  };
  using Row = std::vector<double>;
  add(PackageKind::riv, 3, [&] { return Row{random.uniform(34, 37), random.uniform(5, 50), 33}; });
  add(PackageKind::drn, 4, [&] { return Row{random.uniform(34, 38), random.uniform(5, 50)}; });
  add(PackageKind::ghb, 2, [&] { return Row{random.uniform(33, 38), random.uniform(1, 20)}; });
  add(PackageKind::wel, 2, [&] { return Row{random.uniform(-20, 10)}; });
  add(PackageKind::rch, 6, [&] { return Row{random.uniform(0, 0.003)}; });
  add(PackageKind::evt, 4, [&] { return Row{random.uniform(36, 39), random.uniform(0, 0.004), 3}; });
  model.packages[3].auto_flow_reduce = 0.1;
  return model;
}

TEST(Engine, RandomWaterTablesKeepTheirBalanceInEveryStep) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    for (const bool newton : {false, true}) {
      std::vector<std::vector<double>> heads(2);
      for (const bool reversed : {false, true}) {
        Simulation simulation(random_water_table(seed, newton, reversed));
        while (!simulation.finished()) {
          const StepReport& report = simulation.advance();
          ASSERT_EQ(report.status, StepStatus::converged) << seed << ": " << report.message;
          ASSERT_LE(std::abs(report.balance_percent), 1e-2) << seed;
        }
        heads[reversed ? 1 : 0] = simulation.heads();
      }
      EXPECT_LE(largest_difference(heads[0], heads[1]), 1e-6) << seed;
    }
  }
}

// A confined layer cut into thinner ones that are well connected, and cells halved where the flow is uniform.
TEST(Engine, RefinementLeavesHeadsAsTheyAre) {
  const auto heads = [](int nlay) {
    Model model = block(nlay, 7, 9, 20, 0, 12.0 / nlay);
    model.flow.k = 3.0;
    model.flow.k33 = 1e9;
    for (int k = 0; k < nlay; ++k) {
      model.packages.push_back(
          package(PackageKind::chd, {model.grid.cell(k, 0, 0), model.grid.cell(k, 6, 8)}, {{2}, {-1}}));
    }
    model.packages.push_back(package(PackageKind::wel, {model.grid.cell(nlay - 1, 3, 4)}, {{-30}}));
    return final_heads(std::move(model), kExact);
  };
  const std::vector<double> one = heads(1);
  const std::vector<double> three = heads(3);
  for (std::size_t n = 0; n < three.size(); ++n) EXPECT_NEAR(three[n], one[n % one.size()], 1e-5);
  const auto line = [](int cells) {
    Model model = block(1, 1, cells, 120.0 / cells, 0, 10);
    const double conductance = 10.0 / (0.5 * 120.0 / cells);  // of half a cell, 1 m wide
    model.grid.delc = {1.0};
    model.packages.push_back(package(PackageKind::ghb, {0, cells - 1}, {{6, conductance}, {0, conductance}}));
    return final_heads(std::move(model), kExact);
  };
  const std::vector<double> wide = line(12);
  const std::vector<double> narrow = line(24);
  for (std::size_t n = 0; n < wide.size(); ++n) {
    EXPECT_NEAR(wide[n], 0.5 * (narrow[2 * n] + narrow[2 * n + 1]), 1e-8);
    EXPECT_NEAR(wide[n], 6 - 6 * (static_cast<double>(n) + 0.5) / 12, 1e-8);
  }
}

TEST(Engine, BadModelsAreRefusedWithAllThatIsWrong) {
  Model model = block(1, 2, 2, 10, 10, 10);
  model.flow.k = -1.0;
  model.periods[0].nstp = 0;
  try {
    Simulation simulation(std::move(model));
    FAIL();
  } catch (const core::InputError& error) {
    EXPECT_EQ(error.problems().size(), 2U) << error.what();
  }
}

}  // namespace
}  // namespace phreatic::flow::testing

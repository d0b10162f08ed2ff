// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "phreatic/basin/lowland/land.hpp"
#include "phreatic/core/errors.hpp"

namespace phreatic::basin {
namespace {

LowlandParams part_of_the_large_one(double cell_m) {
  LowlandParams p = large_lowland(false);
  set_cell(p, 100);
  p.rows = 40;
  p.columns = 80;
  set_cell(p, cell_m);
  return p;
}

double stream_length(const LowlandParams& p) {
  double sum = 0;
  for (const StreamPart& part : make_lowland_land(p).streams) sum += part.length_m;
  return sum;
}

TEST(Lowland, CoversTheSameLandAtEveryCellSize) {
  const LowlandParams full = large_lowland(false);
  EXPECT_NEAR(full.rows * full.columns * full.cell_m * full.cell_m * 1e-6, 765.44, 1e-9);
  const double length = stream_length(part_of_the_large_one(100));
  EXPECT_GT(length, 10000);
  EXPECT_NEAR(stream_length(part_of_the_large_one(25)), length, 1e-6 * length);
  EXPECT_NEAR(stream_length(part_of_the_large_one(200)), length, 1e-6 * length);
  const auto mean = [](const std::vector<double>& v) {
    return std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size());
  };
  EXPECT_NEAR(mean(make_lowland_land(part_of_the_large_one(25)).surface),
              mean(make_lowland_land(part_of_the_large_one(100)).surface), 0.02);
}

TEST(Lowland, MergedLayersKeepTransmissivityResistanceAndThickness) {
  LowlandParams p = part_of_the_large_one(200);
  const flow::Model all = lowland_model(p);
  p.merge = {1, 2, 4, 8};
  const flow::Model merged = lowland_model(p);
  ASSERT_EQ(merged.grid.nlay, 4);
  const std::size_t cells = all.grid.layer_cells();
  const auto sums = [&](const flow::Model& model, std::size_t n) {
    double t = 0;
    double c = 0;
    for (std::size_t cell = n; cell < model.grid.cells(); cell += cells) {
      const double d = model.grid.cell_top(cell) - model.grid.botm[cell];
      t += d * model.flow.k[cell];
      c += d / model.flow.k33[cell];
    }
    return std::pair{t, c};
  };
  for (std::size_t n = 0; n < cells; n += 7) {
    EXPECT_NEAR(sums(merged, n).first, sums(all, n).first, 1e-9 * sums(all, n).first);
    EXPECT_NEAR(sums(merged, n).second, sums(all, n).second, 1e-9 * sums(all, n).second);
    EXPECT_EQ(merged.grid.botm[3 * cells + n], all.grid.botm[14 * cells + n]);
  }
}

TEST(Lowland, IsOneAquiferInTheEastAndFourOrMoreInTheWest) {
  const LowlandParams p = part_of_the_large_one(100);
  const flow::Model model = lowland_model(p);
  const std::size_t cells = model.grid.layer_cells();
  double east = 0;
  double west = 0;
  for (std::size_t n = 0; n < cells; ++n) {
    int aquifers = 1;
    for (std::size_t cell = n + cells; cell < model.grid.cells(); cell += cells) {
      const auto half = [&](std::size_t c) {
        return 0.5 * (model.grid.cell_top(c) - model.grid.botm[c]) / model.flow.k33[c];
      };
      aquifers += half(cell - cells) + half(cell) >= 200 ? 1 : 0;
    }
    const auto column = n % static_cast<std::size_t>(p.columns);
    if (column < 8) west += aquifers / (8.0 * p.rows);
    if (column + 8 >= static_cast<std::size_t>(p.columns)) east += aquifers / (8.0 * p.rows);
  }
  EXPECT_LT(east, 1.5);
  EXPECT_GT(west, 4);
}

TEST(Lowland, GivesInTheSteadyPeriodTheMeansOfTheYear) {
  LowlandParams p = part_of_the_large_one(200);
  const flow::Model model = lowland_model(p);
  flow::PackageValues values;
  flow::StepTime time;
  model.packages.front().provider(time, values);
  const double steady = values.value(0, 0);
  double mean = 0;
  for (int month = 1; month <= 12; ++month) {
    time.period = month;
    ++time.index;
    model.packages.front().provider(time, values);
    EXPECT_GE(values.value(0, 0), 0);
    mean += values.value(0, 0) / 12;
  }
  EXPECT_NEAR(mean, steady, 1e-12);
}

TEST(Lowland, RefusesCellsThatLeaveARestAndLayersThatDoNotAddUp) {
  LowlandParams p = large_lowland(true);
  EXPECT_THROW(set_cell(p, 33), core::InputError);
  LowlandParams whole = large_lowland(true);
  std::string told = "nothing was refused";
  try {
    set_cell(whole, 300);
  } catch (const core::InputError& error) {
    told = error.what();
  }
  EXPECT_NE(told.find("cells of 300 m leave a rest of the catchment of 20800 x 36800 m"), std::string::npos)
      << told;
  EXPECT_NE(told.find("Take 200 or 320 m"), std::string::npos) << told;
  p.merge = {1, 2};
  EXPECT_THROW(lowland_model(p), core::InputError);
}

}  // namespace
}  // namespace phreatic::basin

// SPDX-License-Identifier: BSD-3-Clause
// Inputs of the surrogates beyond kernel means: sides, and specific yield by season.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "phreatic/core/errors.hpp"
#include "phreatic/data/grid/cube.hpp"
#include "phreatic/data/io/geotiff.hpp"
#include "phreatic/studies/recharge/surrogates/features.hpp"
#include "phreatic/studies/recharge/surrogates/samples.hpp"
#include "small_ground.hpp"

namespace phreatic::studies::recharge {
namespace {

namespace fs = std::filesystem;
using testing::small_ground;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

FeatureMap river_map(const Ground& ground, int side) {
  FeatureMap map{"river", "River density", "-", std::vector<double>(ground.places(), 0.0), side};
  for (std::size_t row = 0; row < ground.rows(); ++row) map.values[row * ground.columns() + 30] = 1;
  return map;
}

TEST(Sides, ARiverOnOneSideIsOnTheRichestAndNotOnThePoorestOne) {
  const Ground ground = small_ground(41, 61, 100);
  const auto sides =
      smoothed(ground, {river_map(ground, -1), river_map(ground, 1), river_map(ground, 0)}, 500);
  const std::size_t beside = 20 * 61 + 25;  // one sigma west of the river
  const std::size_t far = 20 * 61 + 5;
  // A line of cells under a Gaussian of half of sigma: 100 m of it lie at its centre.
  const double expected = 100 / (250 * std::sqrt(2 * M_PI));
  EXPECT_NEAR(sides[1].values[beside], expected, 1e-3 * expected);
  EXPECT_LT(sides[0].values[beside], 1e-3 * expected);
  EXPECT_LT(sides[1].values[far], 1e-3 * expected);
  EXPECT_GT(sides[2].values[beside], sides[0].values[beside]);
  // Mirrored in the river, the sides change places and the inputs stay.
  EXPECT_NEAR(sides[1].values[20 * 61 + 35], sides[1].values[beside], 1e-12);
}

TEST(Sides, AreInputsOnlyWhenAskedFor) {
  const Ground ground = small_ground(10, 12, 100);
  Baseline baseline;
  const std::size_t n = ground.places();
  std::vector<double> ramp;
  for (std::size_t i = 0; i < n; ++i) ramp.push_back(1 + static_cast<double>(i));
  baseline.wet_depth_m = baseline.dry_depth_m = baseline.river_conductance = baseline.drain_conductance =
      ramp;
  baseline.river.assign(n, 0.0);
  baseline.river[5] = 1;
  const FirstAquifer aquifer{ramp, ramp, std::vector<int>(n, 1)};
  FeatureParams params;
  const auto named = [&](const SeasonalYield& yield) {
    std::vector<std::string> names, notes;
    for (const FeatureMap& map : feature_maps(ground, baseline, aquifer, yield, params, notes))
      names.push_back(map.name);
    return names;
  };
  const auto has = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  EXPECT_FALSE(has(named({}), "river_richest_side"));
  params.directions = true;
  EXPECT_TRUE(has(named({}), "river_richest_side"));
  EXPECT_TRUE(has(named({}), "river_poorest_side"));
  const auto seasonal = named({ramp, ramp});
  EXPECT_TRUE(has(seasonal, "specific_yield_wet"));
  EXPECT_FALSE(has(seasonal, "specific_yield"));
  EXPECT_TRUE(is_input_of("specific_yield_wet", "s0_m3"));
  EXPECT_FALSE(is_input_of("specific_yield_wet", "k_per_day"));
  EXPECT_TRUE(is_input_of("specific_yield_dry", "k_per_day"));
}

class Yield : public ::testing::Test {
 protected:
  fs::path folder =
      fs::temp_directory_path() / ("phreatic-test-recharge-yield-" + std::to_string(::getpid()));
  Ground ground = small_ground(4, 5, 100);  // recharge to day 30, followed to day 90
  ModelParams model;
  void SetUp() override {
    fs::remove_all(folder);
    fs::create_directories(folder);
    model.first_day = core::Seconds{0};
  }
  void TearDown() override { fs::remove_all(folder); }
  std::string raster(const std::string& name, double value) const {
    data::io::write_geotiff(folder / name, {.grid = ground.geo, .bands = {"sy"}, .unit = "1", .about = {}},
                            [&](data::io::RasterWriter& writer) {
                              writer.put(0, {0, 0, 5, 4}, std::vector<double>(20, value));
                            });
    return (folder / name).string();
  }
  std::string series(const std::vector<double>& days) const {
    data::CubeSchema schema{
        .grid = ground.geo, .times = {}, .variables = {{"sy", "1", "specific yield"}}, .attributes = {}};
    for (const double day : days)
      schema.times.push_back(static_cast<core::Seconds>(day * core::kSecondsPerDay));
    data::write_cube(folder / "sy.nc", schema, [&](data::CubeWriter& writer) {
      for (std::size_t t = 0; t < days.size(); ++t) {
        std::vector<double> values(20, 0.1 + 0.001 * days[t]);
        if (t == 0) values[3] = kMissing;
        writer.put(0, t, {0, 0, 5, 4}, values);
      }
    });
    return (folder / "sy.nc").string();
  }
  std::string told(const std::vector<std::string>& files) const {
    try {
      read_yield(ground, model, files, "study.yml");
    } catch (const core::InputError& error) {
      return error.what();
    }
    return "nothing was refused";
  }
};

TEST_F(Yield, OfTwoRastersIsThatOfTheSeasons) {
  const auto yield =
      read_yield(ground, model, {raster("wet.tif", 0.05), raster("dry.tif", 0.2)}, "study.yml");
  EXPECT_NEAR(yield.wet[7], 0.05, 1e-7);
  EXPECT_NEAR(yield.dry[7], 0.2, 1e-7);
  EXPECT_FALSE(read_yield(ground, model, {}, "study.yml").there());
}

TEST_F(Yield, OfAFileWithDatesIsTheMeanOverEachSeason) {
  // 10 and 20: while recharge flows; 40, 60 and 80: after it; 200: neither.
  const auto yield = read_yield(ground, model, {series({10, 20, 40, 60, 80, 200})}, "study.yml");
  EXPECT_NEAR(yield.wet[7], 0.115, 1e-6);
  EXPECT_NEAR(yield.wet[3], 0.12, 1e-6);  // the first date has no value there
  EXPECT_NEAR(yield.dry[7], 0.16, 1e-6);
}

TEST_F(Yield, IsRefusedWithWhatMendsIt) {
  EXPECT_NE(told({raster("wet.tif", 1.5), raster("dry.tif", 0.2)}).find("specific yield between 0 and 1"),
            std::string::npos);
  EXPECT_NE(told({raster("a.tif", 0.1)}).find("has no time"), std::string::npos)
      << told({raster("a.tif", 0.1)});
  EXPECT_NE(told({"a", "b", "c"}).find("3 files"), std::string::npos);
  const std::string wet_only = series({10, 20});
  EXPECT_NE(told({wet_only}).find("2 dates while recharge flows"), std::string::npos) << told({wet_only});
  model.first_day.reset();
  EXPECT_NE(told({wet_only}).find("Set model.first_day"), std::string::npos) << told({wet_only});
}

// By hand: yield 0.2, table at 1 m and 4 m, hb = 0.25 m, lambda = 0.5: drained shares 1/2 and 3/4.
TEST(SoilYield, IsTheModelsTimesTheDrainedShareOfTheSeason) {
  const Ground ground = testing::small_ground(3, 3, 100);
  Baseline baseline;
  baseline.wet_depth_m.assign(9, 1.0);
  baseline.dry_depth_m.assign(9, 4.0);
  baseline.wet_depth_m[4] = 0.2;  // within the air-entry height
  FeatureParams params;
  params.specific_yield = {"soil"};
  params.soil_air_entry_m = 0.25;
  params.soil_pore_index = 0.5;
  const SeasonalYield yield = seasonal_yield(ground, baseline, {}, params, "study.yml");
  EXPECT_NEAR(yield.wet[0], 0.2 * 0.5, 1e-12);
  EXPECT_NEAR(yield.dry[0], 0.2 * 0.75, 1e-12);
  EXPECT_EQ(yield.wet[4], 0);
  params.specific_yield = {"soil", "other.tif"};
  EXPECT_THROW(seasonal_yield(ground, baseline, {}, params, "study.yml"), core::InputError);
}

}  // namespace
}  // namespace phreatic::studies::recharge

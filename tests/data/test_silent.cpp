// SPDX-License-Identifier: BSD-3-Clause
// Inputs that gave wrong numbers without a word: amounts of rain in lengths other than mm, texts among the numbers of
// an attribute, temperatures in the wrong order, depths taken as levels.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "loading.hpp"
#include "phreatic/data/grid/cube.hpp"

namespace phreatic::data {
namespace {

std::string series(const std::string& header, int count, const std::function<std::string(int)>& value) {
  std::string text = header + "\n";
  for (int d = 0; d < count; ++d)
    text += core::format_date((core::days_from_civil({2001, 1, 1}) + d) * core::kSecondsPerDay) + "," +
            value(d) + "\n";
  return text;
}

class Silent : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* well : {"A", "B", "C", "D"})
      scratch_.write(fmt::format("wells/{}.csv", well), series("date,level", 400, [](int d) {
                       return fmt::format("{:.3f}", 10 + std::sin(d * 0.1));
                     }));
    scratch_.write("met.csv", series("date,P,tmax,tmin", 400, [](int d) {
                     return fmt::format("{:.1f},{:.1f},{:.1f}", d % 5 == 0 ? 7.5 : 0.0,
                                        15 + 5 * std::sin(d * 0.017), 5 + 5 * std::sin(d * 0.017));
                   }));
    scratch_.write("places.csv", "id,lon,lat\nA,5,52\nB,5,52\nC,5,52\nD,5,52\n");
  }
  Loaded load(const std::string& yaml) const {
    return load_text(
        "targets: {files: \"wells/{id}.csv\"}\n" + yaml +
            "split: {train: {last: 2001-07-31}, validation: {first: 2001-08-01, last: 2001-09-30}, "
            "test: {first: 2001-10-01}}\n",
        scratch_.folder());
  }
  static std::string told(const Loaded& loaded) {
    std::string out;
    for (const std::string& one : loaded.data.warnings) out += one + "\n";
    return out;
  }
  Scratch scratch_;
  const std::string rain_ = "drivers: {files: met.csv, columns: {column: P, name: rain, unit: mm/d}}\n";
};

TEST_F(Silent, RainInAnyLengthIsAnAmountAndSummed) {
  // Hourly values of 0.1 to 0.3: a day's sum, 24 x 0.2 = 4.8, in millimetres.
  std::string hours = "date,P\n";
  for (int h = 0; h < 24 * 400; ++h)
    hours +=
        fmt::format("{} {:02}:00,{:.1f}\n",
                    core::format_date((core::days_from_civil({2001, 1, 1}) + h / 24) * core::kSecondsPerDay),
                    h % 24, 0.1 * (1 + h % 3));
  scratch_.write("hourly.csv", hours);
  for (const auto& [unit, millimetres] :
       {std::pair{"mm", 1.0}, {"cm", 10.0}, {"m", 1000.0}, {"ft", 304.8}, {"0.1 mm", 0.1}}) {
    for (const char* name : {"rain", "pet"}) {
      const Loaded loaded = load(fmt::format(
          "drivers: {{files: hourly.csv, columns: {{column: P, name: {}, unit: {}}}}}\n", name, unit));
      const auto& panel = loaded.data.panel;
      const auto v = panel.find_variable(name);
      ASSERT_TRUE(v.has_value()) << loaded.problems;
      EXPECT_EQ(panel.variables[*v].unit, "mm/d") << unit;
      EXPECT_NEAR(panel.series(0, *v)[3], 4.8 * millimetres, 1e-9 * millimetres) << name << " in " << unit;
    }
    const Loaded stage =
        load(fmt::format("drivers: {{files: hourly.csv, columns: {{column: P, name: stage, unit: {}}}}}\n",
                         std::string(unit) == "mm" || std::string(unit) == "0.1 mm" ? "cm" : unit));
    EXPECT_EQ(stage.data.panel.variables[*stage.data.panel.find_variable("stage")].unit, "m");
  }
}

TEST_F(Silent, ARateAtIrregularDatesIsNotSummedOverLongerSteps) {
  std::string wet = "date,P\n";
  double total = 0;
  for (int d = 0; d < 378;
       d += d == 374 ? 3 : 1 + d % 7) {  // wet days alone, the last one the last of a week
    wet += fmt::format("{},{}\n",
                       core::format_date((core::days_from_civil({2001, 1, 1}) + d) * core::kSecondsPerDay),
                       1 + d % 4);
    total += 1 + d % 4;
  }
  scratch_.write("wet.csv", wet);
  const auto with = [&](const char* step, const char* unit) {
    return load(fmt::format(
        "step: {}\ndrivers: {{files: wet.csv, columns: {{column: P, name: rain, unit: {}, gaps: zero}}}}\n",
        step, unit));
  };
  EXPECT_NE(with("weekly", "mm/d").problems.find("days apart"), std::string::npos)
      << with("weekly", "mm/d").problems;
  EXPECT_NE(with("weekly", "mm/d").problems.find("unit: mm"), std::string::npos);
  for (const Loaded& loaded : {with("weekly", "mm"), with("daily", "mm/d"), with("daily", "mm")}) {
    EXPECT_EQ(loaded.problems, "");
    const auto& panel = loaded.data.panel;
    double sum = 0;
    for (const double v : panel.series(0, *panel.find_variable("rain"))) sum += std::isnan(v) ? 0 : v;
    EXPECT_NEAR(sum, total, 1e-9);
  }
}

TEST_F(Silent, ARateOfGridsAtIrregularDatesIsNotSummedOverLongerSteps) {
  const GeoGrid grid = grid_from_bounds(4, 51, 6, 53, 1, "EPSG:4326", true);
  std::vector<core::Seconds> times;
  for (int d = 0; d < 378; d += 1 + d % 7)
    times.push_back((core::days_from_civil({2001, 1, 1}) + d) * core::kSecondsPerDay);
  write_cube(scratch_.path("wet.nc"), {grid, times, {{"P", "", ""}}, {}}, [&](CubeWriter& cube) {
    for (std::size_t t = 0; t < times.size(); ++t)
      cube.put(0, t, {0, 0, 2, 2}, std::vector<double>(4, static_cast<double>(t % 4)));
  });
  const auto with = [&](const char* step, const char* unit) {
    return load(fmt::format("step: {}\nplaces: {{file: places.csv}}\n"
                            "grids: {{files: wet.nc, variable: P, method: nearest, name: rain, unit: {}, "
                            "gaps: zero}}\n",
                            step, unit))
        .problems;
  };
  const std::string refused = with("weekly", "mm/d");
  EXPECT_NE(refused.find("data.grids.1"), std::string::npos) << refused;
  EXPECT_NE(refused.find("days apart"), std::string::npos) << refused;
  EXPECT_NE(refused.find("unit: mm"), std::string::npos) << refused;
  EXPECT_EQ(with("weekly", "mm"), "");
  EXPECT_EQ(with("daily", "mm/d"), "");
}

TEST_F(Silent, ATextAmongTheNumbersOfAnAttributeIsNamed) {
  for (const char* cell : {"<3.5", "3;5", "3.5 m", "3.5*", "?", "1.234.5"}) {
    scratch_.write("a.csv", fmt::format("id\tdepth\nA\t3\nB\t{}\nC\t4.5\nD\t5\n", cell));
    const Loaded loaded = load(rain_ + "attributes: {file: a.csv, separator: tab}\n");
    EXPECT_NE(loaded.problems.find(fmt::format("3 cells are numbers, 1 is not: '{}' (line 3)", cell)),
              std::string::npos)
        << loaded.problems;
    EXPECT_EQ(
        load(rain_ + fmt::format("attributes: {{file: a.csv, separator: tab, missing: ['{}']}}\n", cell))
            .problems,
        "");
    EXPECT_EQ(load(rain_ + "attributes: {file: a.csv, separator: tab, categories: [depth]}\n").problems, "");
  }
  scratch_.write("a.csv", "id,soil\nA,sand\nB,clay\nC,3\nD,sand\n");
  const Loaded classes = load(rain_ + "attributes: {file: a.csv}\n");
  EXPECT_EQ(classes.problems, "");
  EXPECT_EQ(classes.data.panel.attributes.names.size(), 3U);
  std::string said;
  for (const std::string& one : classes.data.said) said += one + "\n";
  EXPECT_NE(said.find("column 'soil' holds classes: 3 columns of 0 and 1"), std::string::npos) << said;
}

TEST_F(Silent, TheMinimumBeforeTheMaximumIsRefused) {
  const std::string temperatures =
      "drivers: {files: met.csv, columns: [{column: tmax, name: tmax, unit: degC}, {column: tmin, name: "
      "tmin, unit: degC}]}\n"
      "places: {file: places.csv, id_column: id}\n";
  const auto with = [&](const char* from) {
    return load(temperatures +
                fmt::format("derived: {{kind: evaporation, method: hargreaves, from: {}}}\n", from));
  };
  EXPECT_EQ(with("[tmax, tmin]").problems, "");
  const Loaded turned = with("[tmin, tmax]");
  EXPECT_NE(turned.problems.find("'tmin' lies below 'tmax' in 400 of 400 steps of A"), std::string::npos)
      << turned.problems;
  EXPECT_NE(turned.problems.find("from: [tmax, tmin]"), std::string::npos);
}

TEST_F(Silent, DepthsTakenAsLevelsAreTold) {
  for (const char* name : {"depth_to_water", "DTW", "Flurabstand", "Grundwasserflurabstand",
                           "profondeur_nappe", "Abstich [m]", "depth to water (m)"}) {
    for (const char* well : {"A", "B", "C", "D"})
      scratch_.write(fmt::format("wells/{}.csv", well), series(fmt::format("date,{}", name), 400, [](int d) {
                       return fmt::format("{:.3f}", 3 + std::sin(d * 0.1));
                     }));
    EXPECT_NE(told(load(rain_)).find("tells a depth, its numbers are taken as levels"), std::string::npos)
        << name;
    const Loaded declared =
        load_text("targets: {files: \"wells/{id}.csv\", quantity: depth}\n" + rain_ +
                      "split: {train: {last: 2001-07-31}, validation: {first: 2001-08-01, last: "
                      "2001-09-30}, test: {first: 2001-10-01}}\n",
                  scratch_.folder());
    EXPECT_EQ(told(declared).find("tells a depth"), std::string::npos) << name;
  }
  EXPECT_EQ(told(load_text("targets: {files: \"wells/{id}.csv\", factor: -1}\n" + rain_, scratch_.folder()))
                .find("tells a depth"),
            std::string::npos);
}

}  // namespace
}  // namespace phreatic::data

// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <sstream>

#include "groundwater_land.hpp"
#include "phreatic/basin/write_basin.hpp"
#include "phreatic/core/files/files.hpp"

namespace phreatic::basin {
namespace {

namespace fs = std::filesystem;
using Columns = std::map<std::string, std::vector<std::string>>;

Columns read_table(const fs::path& file) {
  std::istringstream text(core::read_file(file));
  std::string line, cell;
  std::getline(text, line);
  std::vector<std::string> names;
  for (std::istringstream header(line); std::getline(header, cell, ',');) names.push_back(cell);
  Columns out;
  while (std::getline(text, line)) {
    std::istringstream cells(line);
    for (const std::string& name : names) {
      cell.clear();
      std::getline(cells, cell, ',');
      out[name].push_back(cell);
    }
  }
  return out;
}

TEST(GroundwaterWrite, FilesHoldTheRunAndMakeItAgain) {
  BasinParams p = testing::small_grid();
  p.years = 2;
  p.grid.irrigated_area = 0.2;
  const Basin basin = make_basin(p);
  const fs::path folder = fs::temp_directory_path() / ("phreatic_grid_" + std::to_string(getpid()));
  write_basin(basin, folder);

  const Columns gauges = read_table(folder / "gauges.csv");
  ASSERT_EQ(gauges.at("id").size(), basin.ground->gauges.size());
  for (const GaugeSeries& gauge : basin.ground->gauges) {
    const Columns table = read_table(folder / "discharge" / (gauge.id + ".csv"));
    ASSERT_EQ(table.at("date").size(), basin.axis.size());
    for (std::size_t t = 0; t < basin.axis.size(); ++t)
      ASSERT_NEAR(std::stod(table.at("discharge_m3_s")[t]), gauge.discharge_m3_s[t], 5.1e-5);
  }
  EXPECT_EQ(read_table(folder / "truth/cells.csv").at("row").size(), basin.ground->land.shape.cells());
  EXPECT_EQ(read_table(folder / "river.csv").at("reach").size(), basin.ground->land.reaches.size());

  // The written balance closes from its own numbers, to their last digit.
  const Columns balance = read_table(folder / "truth/water_balance.csv");
  const auto value = [&](const std::string& name, std::size_t t) {
    return std::stod(balance.at(name + "_mm")[t]);
  };
  for (std::size_t t = 1; t < basin.axis.size(); ++t) {
    const double in = value("precipitation", t) + value("returned", t);
    const double out = value("evaporation_canopy", t) + value("evaporation_snow", t) +
                       value("evaporation_soil", t) + value("evaporation_table", t) + value("pumped", t) +
                       value("outlet", t);
    double change = 0;
    for (const char* store : {"column_store", "aquifer_store", "runoff_store"})
      change += value(store, t) - value(store, t - 1);
    change -= value("river_debt", t) - value("river_debt", t - 1);
    ASSERT_NEAR(in - out, change, 2e-5) << t;
  }

  core::Tree tree = core::read_yaml((folder / "truth/basin.yml").string());
  BasinParams read;
  core::Problems problems;
  core::read_params(tree, read, problems);
  problems.throw_if_any();
  const Basin again = make_basin(read);
  for (std::size_t i = 0; i < basin.wells.size(); ++i)
    EXPECT_EQ(again.wells[i].level_m, basin.wells[i].level_m);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace phreatic::basin

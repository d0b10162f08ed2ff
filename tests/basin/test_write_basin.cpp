// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/write_basin.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "phreatic/core/files/files.hpp"

namespace phreatic::basin {
namespace {

namespace fs = std::filesystem;

class WriteBasin : public ::testing::Test {
 protected:
  WriteBasin() {
    params_.wells = 3;
    params_.years = 2;
    params_.all_weather = true;
    params_.observers.spikes_per_year = 2;
    basin_ = make_basin(params_);
    folder_ = fs::temp_directory_path() / ("phreatic_basin_" + std::to_string(getpid()));
    write_basin(basin_, folder_);
  }
  ~WriteBasin() override { fs::remove_all(folder_); }

  std::vector<std::vector<std::string>> table(const std::string& name) const {
    std::istringstream text(core::read_file(folder_ / name));
    std::vector<std::vector<std::string>> rows;
    for (std::string line; std::getline(text, line);) {
      rows.emplace_back();
      std::istringstream cells(line);
      for (std::string cell; std::getline(cells, cell, ',');) rows.back().push_back(cell);
    }
    return rows;
  }

  BasinParams params_;
  Basin basin_;
  fs::path folder_;
};

TEST_F(WriteBasin, DriverFilesHoldExactlyWhatTheSimulatorWasGiven) {
  for (const BasinWell& w : basin_.wells) {
    const auto rows = table("drivers/" + w.id + ".csv");
    ASSERT_EQ(rows.size(), basin_.axis.size() + 1);
    EXPECT_EQ(rows[0][1], "precipitation_mm");
    EXPECT_EQ(rows[0].size(), 8U);
    for (std::size_t t = 0; t < basin_.axis.size(); ++t) {
      ASSERT_EQ(rows[t + 1][0], core::format_date(basin_.axis.start(t)));
      for (std::size_t d = 0; d < kDriverCount; ++d)
        ASSERT_EQ(std::stod(rows[t + 1][d + 1]), w.drivers[d][t]);
    }
  }
}

TEST_F(WriteBasin, WellFilesLeaveOutWhatWasNotObserved) {
  for (const BasinWell& w : basin_.wells) {
    const auto rows = table("wells/" + w.id + ".csv");
    std::size_t row = 1;
    for (std::size_t t = 0; t < basin_.axis.size(); ++t) {
      if (std::isnan(w.observation.level_m[t])) continue;
      ASSERT_EQ(rows[row][0], core::format_date(basin_.axis.start(t)));
      ASSERT_NEAR(std::stod(rows[row][1]), w.observation.level_m[t], 5.1e-4);
      ++row;
    }
    EXPECT_EQ(row, rows.size());
  }
}

TEST_F(WriteBasin, ParametersAreWholeAndNested) {
  const auto json = nlohmann::json::parse(core::read_file(folder_ / "truth/parameters.json"));
  ASSERT_EQ(json.size(), 3U);
  for (const BasinWell& w : basin_.wells) {
    EXPECT_EQ(json[w.id]["type"], to_text(w.type));
    EXPECT_EQ(json[w.id]["aquifer"]["response"].get<double>(), w.params.aquifer.response_days);
    EXPECT_EQ(json[w.id]["soil"]["bypass"].get<double>(), w.params.soil.bypass);
    EXPECT_EQ(json[w.id]["frost"]["flux"].get<double>(), w.params.frost.flux_mm_per_day);
    EXPECT_EQ(json[w.id]["snow"]["degree_day"].get<double>(), w.params.snow.degree_day_mm);
  }
}

TEST_F(WriteBasin, TablesHaveARowPerWell) {
  for (const char* name : {"attributes.csv", "places.csv", "truth/types.csv"}) {
    const auto rows = table(name);
    ASSERT_EQ(rows.size(), 4U) << name;
    EXPECT_EQ(rows[0][0], "id");
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(rows[i + 1][0], basin_.wells[i].id);
  }
  std::size_t faults = 0;
  for (const BasinWell& w : basin_.wells) faults += w.observation.faults.size();
  EXPECT_EQ(table("truth/faults.csv").size(), faults + 1);
  // What stands in truth/basin.yml makes the same basin again.
  BasinParams again;
  core::Problems problems;
  core::read_params(core::read_yaml((folder_ / "truth/basin.yml").string()), again, problems);
  ASSERT_TRUE(problems.empty());
  EXPECT_EQ(make_basin(again).wells[1].level_m, basin_.wells[1].level_m);
}

// Wells written one by one and dropped are those of the basin that is held whole: every file, byte by byte.
TEST_F(WriteBasin, WellByWellGivesTheSameFiles) {
  const fs::path other = folder_.string() + "_one_by_one";
  const Basin made = make_and_write_basin(params_, other);
  EXPECT_TRUE(made.wells[0].level_m.empty());
  EXPECT_TRUE(made.weather.pet_mm.empty());
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
    if (!entry.is_regular_file()) continue;
    const fs::path name = fs::relative(entry.path(), folder_);
    EXPECT_EQ(core::read_file(other / name), core::read_file(entry.path())) << name;
    ++files;
  }
  EXPECT_EQ(files, 3 * 3U + 7U);
  fs::remove_all(other);
}

TEST_F(WriteBasin, WellsAloneHaveTheTypesAndParametersOfTheWholeBasin) {
  EXPECT_EQ(parameters_json(wells_of_basin(params_)), parameters_json(basin_));
}

}  // namespace
}  // namespace phreatic::basin

// SPDX-License-Identifier: BSD-3-Clause
// The examples of docs/guide/input.md for files as agencies give them out: the block in the guide is the one that is
// loaded here, and the values are those of the file.
#include <gtest/gtest.h>

#include <cmath>

#include "loading.hpp"
#include "phreatic/core/files/files.hpp"

namespace phreatic::data {
namespace {

namespace fs = std::filesystem;
const fs::path kRoot = ".";  // tests run in the source folder
const fs::path kFolder = kRoot / "tests/data/fixtures/input";

constexpr const char* kSplit =
    "split: {train: {last: 2012-01-15}, validation: {first: 2012-01-16, last: 2012-01-22}, test: {first: "
    "2012-01-23}}\n";

// The block of one example, completed by that of another.
LoadedData load_example(const std::string& name, const std::string& other) {
  const std::string block = core::read_file(kFolder / (name + ".yml"));
  expect_has(core::read_file(kRoot / "docs/guide/input.md"), "```yaml\n" + block + "```");
  Loaded loaded = load_text(block + core::read_file(kFolder / (other + ".yml")) + kSplit, kFolder);
  EXPECT_EQ(loaded.problems, "");
  return std::move(loaded.data);
}

double at(const LoadedData& data, const std::string& variable, std::size_t day) {
  const auto v = data.panel.find_variable(variable);
  return v && day < data.panel.time_count() ? data.panel.series(0, *v)[day] : -12345;
}

TEST(Examples, Dino) { EXPECT_DOUBLE_EQ(at(load_example("dino", "knmi"), "level", 2), 12.02); }

TEST(Examples, UsgsRdb) {
  const LoadedData data = load_example("usgs", "knmi");
  EXPECT_EQ(data.panel.entities, std::vector<std::string>{"000000000000001"});
  EXPECT_NEAR(at(data, "level", 3), -9.77 * 0.3048, 1e-12);
  EXPECT_TRUE(std::isnan(at(data, "level", 5)));
}

TEST(Examples, EnvironmentAgency) {
  const LoadedData data = load_example("ea", "knmi");
  EXPECT_DOUBLE_EQ(at(data, "level", 3), 12.53);
  EXPECT_TRUE(std::isnan(at(data, "level", 4)));
}

TEST(Examples, HubEau) {
  const LoadedData data = load_example("hubeau", "knmi");
  EXPECT_DOUBLE_EQ(at(data, "level", 4), 80.58);
  EXPECT_TRUE(std::isnan(at(data, "level", 3)));
}

TEST(Examples, Bro) {
  const LoadedData data = load_example("bro", "knmi");
  EXPECT_DOUBLE_EQ(at(data, "level", 3), 1.23);
  EXPECT_DOUBLE_EQ(at(data, "level", 10), 1.21);  // not that of the check by hand
}

TEST(Examples, Era5Land) {
  const LoadedData data = load_example("era5", "dino");
  EXPECT_NEAR(at(data, "precipitation", 0), 1.2, 1e-4);  // metres, accumulated since 00 UTC
  EXPECT_NEAR(at(data, "precipitation", 9), 12, 1e-3);
  EXPECT_NEAR(at(data, "temperature", 9), 1, 1e-3);
  expect_has(joined(data.warnings), "accumulate since 00 UTC");
}

TEST(Examples, Knmi) {
  const LoadedData data = load_example("knmi", "dino");
  EXPECT_DOUBLE_EQ(at(data, "precipitation", 1), 1.7);
  EXPECT_EQ(at(data, "precipitation", 2), 0);
  EXPECT_DOUBLE_EQ(at(data, "pet", 3), 0.8);
}

TEST(Examples, Dwd) {
  const LoadedData data = load_example("dwd", "dino");
  EXPECT_DOUBLE_EQ(at(data, "precipitation", 1), 1.3);
  EXPECT_NEAR(at(data, "precipitation", 6), (1.5 + 4.1) / 2, 1e-12);
  EXPECT_DOUBLE_EQ(at(data, "temperature", 0), -2.5);
}

}  // namespace
}  // namespace phreatic::data

// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <cmath>
#include <csignal>
#include <cstdio>

#include "loading.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/data/io/cf_series.hpp"

namespace phreatic::data::io {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

SeriesFile example(std::size_t steps = 100, core::Step step = {core::StepUnit::day, 1}) {
  SeriesFile file;
  file.stations = {"A", "B", "010"};
  file.places = {{7.5, 48.25, 100}, {8, 49, kNaN}, {kNaN, kNaN, kNaN}};
  file.axis = core::TimeAxis(core::days_from_civil({2001, 1, 1}) * core::kSecondsPerDay, step, steps);
  SeriesArray level{.name = "level",
                    .units = "m",
                    .long_name = "simulated groundwater level",
                    .attributes = {},
                    .values = {}};
  for (std::size_t i = 0; i < 3 * steps; ++i)
    level.values.push_back(i % 11 == 0 ? kNaN : 100 + 0.1 * static_cast<double>(i));
  file.arrays = {level};
  file.attributes = {{"title", std::string("an example")}};
  return file;
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

TEST(NetCdf, SeriesSurviveWritingAndReading) {
  const Scratch scratch;
  for (const core::Step step : {core::Step{core::StepUnit::day, 1}, core::Step{core::StepUnit::day, 7},
                                core::Step{core::StepUnit::month, 1}, core::Step{core::StepUnit::hour, 3}}) {
    const SeriesFile file = example(50, step);
    write_series(scratch.path("p.nc"), file);
    const SeriesFile back = read_series(scratch.path("p.nc"));
    EXPECT_EQ(back.stations, file.stations);
    EXPECT_EQ(back.axis, file.axis) << core::format_step(step);
    ASSERT_EQ(back.arrays.size(), 1U);
    EXPECT_EQ(back.arrays[0].units, "m");
    for (std::size_t i = 0; i < file.arrays[0].values.size(); ++i)
      ASSERT_TRUE(same(back.arrays[0].values[i], file.arrays[0].values[i]));
    for (std::size_t s = 0; s < 3; ++s) {
      EXPECT_TRUE(same(back.places[s].longitude, file.places[s].longitude));
      EXPECT_TRUE(same(back.places[s].elevation_m, file.places[s].elevation_m));
    }
  }
}

std::string peers_python() {
  const char* python = std::getenv("PHREATIC_PEERS_PYTHON");
  return python == nullptr ? "" : python;
}

// What the script prints, or its failure.
std::string check_series(const std::string& file, const std::string& mode) {
  const std::string command =
      fmt::format("{} tests/reference/data/check_series.py {} {} 2>&1", peers_python(), file, mode);
  std::string out;
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::array<char, 4096> buffer{};
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) out += buffer.data();
  const int status = ::pclose(pipe);
  return status == 0 ? out : fmt::format("status {}: {}", status, out);
}

TEST(NetCdf, XarrayOpensPredictionsWithoutComplaint) {
  if (peers_python().empty())
    GTEST_SKIP() << "PHREATIC_PEERS_PYTHON is not set (a Python with xarray and netCDF4)";
  const Scratch scratch;
  write_series(scratch.path("p.nc"), example());
  EXPECT_EQ(check_series(scratch.path("p.nc"), "read"),
            "2001-01-01 2001-04-10 100\nA,B,010\nm 110.2\n28 float64\n7.5 True\n"
            "2001-01-01 00:00:00 2001-01-02 00:00:00\n");
}

TEST(NetCdf, ReadsWhatXarrayWrites) {
  if (peers_python().empty())
    GTEST_SKIP() << "PHREATIC_PEERS_PYTHON is not set (a Python with xarray and netCDF4)";
  const Scratch scratch;
  ASSERT_EQ(check_series(scratch.path("S1.nc"), "write"), "");
  const Loaded loaded = load_text(
      "targets: {files: '{id}.nc', column: level}\n"
      "drivers: {files: '{id}.nc', columns: {column: rain, name: rain, unit: mm/d, gaps: linear}}\n",
      scratch.folder());
  ASSERT_EQ(loaded.problems, "");
  EXPECT_EQ(loaded.data.panel.entities, std::vector<std::string>{"S1"});
  EXPECT_EQ(loaded.data.panel.series(0, 0)[42], 42);
  EXPECT_TRUE(std::isnan(loaded.data.panel.series(0, 0)[7]));
  EXPECT_EQ(loaded.data.panel.series(0, 1)[7], 14);
  EXPECT_EQ(core::format_date(loaded.data.panel.axis.start(0)), "2001-01-01");
}

// One file in the four layouts of CF's discrete sampling geometries gives the same panel.
TEST(NetCdf, SamplingGeometries) {
  const Scratch scratch;
  const std::string units = "days since 2001-01-01";
  const std::vector<double> days = {0, 1, 2, 3, 0, 1, 2, 3};
  const std::vector<double> levels = {1, 2, 3, 4, 11, 12, 13, 14};
  const auto write = [&](const std::string& name, const NcSchema& schema, const std::vector<double>& time,
                         const std::string& extra, const std::vector<double>& extra_values) {
    write_netcdf(scratch.path(name), schema, [&](NcWriter& w) {
      w.put("station", {"P", "Q"});
      w.put("time", std::span<const double>(time));
      w.put("level", std::span<const double>(levels));
      if (!extra.empty()) w.put(extra, std::span<const double>(extra_values));
    });
  };
  NcVariable station{.name = "station",
                     .type = NcType::text,
                     .dimensions = {"station"},
                     .attributes = {{"cf_role", std::string("timeseries_id")}}};
  NcVariable time{.name = "time", .type = NcType::float64, .dimensions = {"time"}, .units = units};
  NcVariable level{.name = "level", .type = NcType::float64, .dimensions = {"station", "time"}, .units = "m"};
  write("orthogonal.nc", {{{"station", 2}, {"time", 4}}, {station, time, level}, {}}, {0, 1, 2, 3}, "", {});
  time.dimensions = {"station", "obs"};
  level.dimensions = {"station", "obs"};
  write("incomplete.nc", {{{"station", 2}, {"obs", 4}}, {station, time, level}, {}}, days, "", {});
  time.dimensions = level.dimensions = {"obs"};
  NcVariable size{.name = "row_size",
                  .type = NcType::int32,
                  .dimensions = {"station"},
                  .attributes = {{"sample_dimension", std::string("obs")}}};
  write("contiguous.nc", {{{"station", 2}, {"obs", 8}}, {station, time, level, size}, {}}, days, "row_size",
        {4, 4});
  NcVariable index{.name = "which",
                   .type = NcType::int32,
                   .dimensions = {"obs"},
                   .attributes = {{"instance_dimension", std::string("station")}}};
  write("indexed.nc", {{{"station", 2}, {"obs", 8}}, {station, time, level, index}, {}}, days, "which",
        {0, 0, 0, 0, 1, 1, 1, 1});
  for (const std::string name : {"orthogonal", "incomplete", "contiguous", "indexed"}) {
    core::Problems problems;
    const CsvTable table = read_series_table(scratch.path(name + ".nc"), {}, problems);
    ASSERT_TRUE(problems.empty()) << name << all_text(problems);
    const Loaded loaded =
        load_text(fmt::format("targets: {{files: {}.nc}}\nsplit: {{train: {{last: 2001-01-02}}, validation: "
                              "{{first: 2001-01-03, last: 2001-01-03}}, test: {{first: 2001-01-04}}}}\n",
                              name),
                  scratch.folder());
    ASSERT_EQ(loaded.problems, "") << name;
    EXPECT_EQ(loaded.data.panel.entities, (std::vector<std::string>{"P", "Q"})) << name;
    EXPECT_EQ(loaded.data.panel.values, levels) << name;
    expect_has(
        load_text(fmt::format("targets: {{files: {}.nc, unit: ft}}\n", name), scratch.folder()).problems,
        "the file gives 'level' in m, the study declares ft");
  }
}

TEST(NetCdf, ATruncatedFileIsRefusedAndNamed) {
  const Scratch scratch;
  write_series(scratch.path("p.nc"), example(2000));
  const std::string bytes = core::read_file(scratch.path("p.nc"));
  for (const double share : {0.0, 0.001, 0.1, 0.5, 0.9, 0.999}) {
    scratch.write("cut.nc",
                  bytes.substr(0, static_cast<std::size_t>(share * static_cast<double>(bytes.size()))));
    core::Problems problems;
    read_series_table(scratch.path("cut.nc"), {}, problems);
    ASSERT_EQ(problems.size(), 1U) << share;
    expect_has(all_text(problems), "cut.nc: ");
    expect_has(all_text(problems), "The file may be truncated or damaged");
  }
  core::Problems problems;
  read_series_table(scratch.write("x.nc", "date,level\n2001-01-01,1\n"), {}, problems);
  read_series_table(scratch.path("none.nc"), {}, problems);
  expect_has(all_text(problems), "this is not a complete NetCDF file");
  expect_has(all_text(problems), "there is no such file");
}

TEST(NetCdf, BadTimesAndNamesAreRefused) {
  const Scratch scratch;
  const auto text_of = [&](const std::string& units, const std::string& calendar, const CsvRequest& request) {
    NcVariable time{.name = "time", .type = NcType::float64, .dimensions = {"time"}, .units = units};
    if (!calendar.empty()) time.attributes = {{"calendar", calendar}};
    const NcVariable level{.name = "level", .type = NcType::float64, .dimensions = {"time"}};
    write_netcdf(scratch.path("t.nc"), {{{"time", 2}}, {time, level}, {}}, [](NcWriter& w) {
      const std::vector<double> values = {1, 2};
      w.put("time", std::span<const double>(values));
      w.put("level", std::span<const double>(values));
    });
    core::Problems problems;
    read_series_table(scratch.path("t.nc"), request, problems);
    return all_text(problems);
  };
  EXPECT_EQ(text_of("hours since 2001-01-01 00:00:00 UTC", "standard", {}), "");
  expect_has(text_of("months since 2001-01-01", "", {}), "units 'months since 2001-01-01' are not known");
  expect_has(text_of("days since yesterday", "", {}), "'yesterday' in its units is not a date");
  expect_has(text_of("days since 2001-01-01", "365_day", {}), "calendar '365_day' is not supported");
  CsvRequest request;
  request.numbers = {"head"};
  request.where = "well X";
  expect_has(text_of("days since 2001-01-01", "", request),
             "well X: there is no variable 'head' (allowed: 'time', 'level')");
}

// A cube [sample][lag][variable] written in chunks as samples come in.
TEST(NetCdf, CubesAreAppended) {
  const Scratch scratch;
  NcSchema schema;
  schema.dimensions = {{"sample", 0}, {"lag", 5}, {"variable", 2}};
  schema.variables = {{.name = "attribution",
                       .type = NcType::float32,
                       .dimensions = {"sample", "lag", "variable"},
                       .units = "m",
                       .fill = true},
                      {.name = "well", .type = NcType::int32, .dimensions = {"sample"}},
                      {.name = "variable", .type = NcType::text, .dimensions = {"variable"}}};
  std::vector<float> all;
  write_netcdf(scratch.path("cube.nc"), schema, [&](NcWriter& w) {
    w.put("variable", {"rain", "temperature"});
    for (std::size_t chunk = 1; chunk <= 3; ++chunk) {
      std::vector<float> values(chunk * 10);
      std::vector<std::int64_t> wells(chunk, static_cast<std::int64_t>(chunk));
      for (float& value : values)
        value = static_cast<float>(all.size() + static_cast<std::size_t>(&value - values.data()));
      all.insert(all.end(), values.begin(), values.end());
      w.append("attribution", std::span<const float>(values));
      w.append("well", std::span<const std::int64_t>(wells));
    }
  });
  const NcReader reader(scratch.path("cube.nc"));
  EXPECT_EQ(reader.shape_of("attribution"), (std::vector<std::size_t>{6, 5, 2}));
  EXPECT_EQ(reader.slab("attribution", {0, 0, 0}, {6, 5, 2}), all);
  EXPECT_EQ(reader.slab("attribution", {2, 1, 1}, {1, 2, 1}), (std::vector<float>{23, 25}));
  EXPECT_EQ(reader.raw("well"), (std::vector<double>{1, 2, 2, 3, 3, 3}));
  EXPECT_EQ(reader.texts("variable"), (std::vector<std::string>{"rain", "temperature"}));
  EXPECT_EQ(reader.text_attribute("attribution", "units"), "m");
  EXPECT_EQ(reader.text_attribute("", "Conventions"), "CF-1.8");
}

// When the disk is full: the reason, no half file, and the old file untouched.
TEST(NetCdfDeathTest, AFullDiskLeavesTheOldFile) {
  const Scratch scratch;
  write_series(scratch.path("p.nc"), example(10));
  const std::string before = core::hash_file(scratch.path("p.nc"));
  EXPECT_EXIT(
      {
        std::signal(SIGXFSZ, SIG_IGN);
        rlimit limit{};
        limit.rlim_cur = limit.rlim_max = 40000;
        ::setrlimit(RLIMIT_FSIZE, &limit);
        SeriesFile big = example(20000);
        for (double& value : big.arrays[0].values) value = std::sin(value * 1e6);
        try {
          write_series(scratch.path("p.nc"), big);
        } catch (const core::RunError& error) {
          std::fprintf(stderr, "%s", error.what());
          std::_Exit(core::hash_file(scratch.path("p.nc")) == before ? 7 : 8);
        }
        std::_Exit(9);
      },
      ::testing::ExitedWithCode(7), "p.nc");
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(scratch.folder())) ++files;
  EXPECT_EQ(files, 1U);
}

TEST(NetCdf, SeveralThreadsMayReadAtOnce) {
  const Scratch scratch;
  for (int i = 0; i < 20; ++i) write_series(scratch.path(fmt::format("{}.nc", i)), example(200));
  core::set_thread_count(4);
  std::vector<double> sums(20, 0);
  core::parallel_for(20, [&](std::size_t i) {
    const SeriesFile file = read_series(scratch.path(fmt::format("{}.nc", i)));
    for (const double value : file.arrays[0].values) sums[i] += std::isnan(value) ? 0 : value;
  });
  core::set_thread_count(2);
  for (const double sum : sums) EXPECT_NEAR(sum, 70836.5, 1e-6);
}

TEST(SeriesCsv, HoldsTheSameNumbers) {
  const Scratch scratch;
  SeriesFile file = example();
  file.stations[1] = "B, \"deep\"";
  write_series_csv(scratch.path("p.csv"), file);
  core::Problems problems;
  CsvRequest request;
  request.id = "well";
  const CsvTable table = read_csv(scratch.path("p.csv"), request, problems);
  EXPECT_TRUE(problems.empty()) << all_text(problems);
  EXPECT_EQ(table.id_names, file.stations);
  EXPECT_EQ(table.rows(), 300U - 28);
  EXPECT_NEAR(table.number(0, 0), file.arrays[0].values[1], 1e-7);
}

}  // namespace
}  // namespace phreatic::data::io

// SPDX-License-Identifier: BSD-3-Clause
// The weights of selection and attention that a study writes: sums, what cannot be seen, and the summary against the
// file.
#include "phreatic/hydrographs/explanation/attention.hpp"

#include <gtest/gtest.h>
#include <malloc.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "phreatic/core/files/files.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/data/io/netcdf.hpp"
#include "phreatic/data/series/derive.hpp"
#include "phreatic/hydrographs/training/training.hpp"

namespace phreatic::hydrographs {
namespace {

// Two wells, test from day 110.
Prepared make_prepared(std::size_t days = 160) {
  Prepared prepared;
  prepared.panel = data::make_panel(core::TimeAxis(0, {core::StepUnit::day, 1}, days), {"A", "B, old"},
                                    {{"level", "m"}, {"precipitation", "mm/d"}, {"pet", "mm/d"}});
  prepared.target = 0;
  prepared.drivers = {1, 2};
  for (std::size_t e = 0; e < 2; ++e) {
    for (std::size_t t = 0; t < days; ++t) {
      prepared.panel.series(e, 1)[t] = static_cast<double>((t * 7 + e) % 11);
      prepared.panel.series(e, 2)[t] = std::cos(0.3 * static_cast<double>(t));
      prepared.panel.series(e, 0)[t] = std::sin(0.2 * static_cast<double>(t)) + 5;
    }
    prepared.split.entities.push_back({{0, 80}, {80, 110}, {110, days}, false});
  }
  return prepared;
}

TaskParams make_task(learn::WindowMode mode) {
  TaskParams task;
  task.learn.model.architecture = "tft";
  task.learn.model.hidden_size = 8;
  task.learn.model.tft.attention_heads = 2;
  task.learn.window = {.mode = mode, .seq_length = 12, .predict_last_n = 4, .horizon = 3};
  task.learn.training.epochs = 2;
  task.learn.ensemble.members = 2;
  return task;
}

struct Exported {
  std::filesystem::path folder;
  AttentionSummary summary;
  ~Exported() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
};

void export_of(learn::WindowMode mode, Exported& out) {
  const Prepared prepared = make_prepared();
  out.folder = std::filesystem::temp_directory_path() / ("phreatic_attention_" + std::to_string(::getpid()) +
                                                         "_" + std::to_string(static_cast<int>(mode)));
  std::filesystem::remove_all(out.folder);
  std::filesystem::create_directories(out.folder);
  core::Log log(true);
  core::Context context{log, false};
  const TaskParams task = make_task(mode);
  const Models models{plan_units(prepared, {}, task), task, out.folder / "units"};
  train_units(prepared, models, learn::ResumeMode::fresh, context);
  ExplainParams params;
  params.stride = 3;
  out.summary = export_attention(prepared, models, params, out.folder / "attention.nc", context);
  write_attention(out.summary, out.folder);
}

// The weights of each row of `size` values sum to 1.
void expect_sums(const std::vector<double>& values, std::size_t size, const char* what) {
  ASSERT_EQ(values.size() % size, 0U) << what;
  for (std::size_t from = 0; from < values.size(); from += size) {
    double sum = 0;
    for (std::size_t i = 0; i < size; ++i) sum += values[from + i];
    ASSERT_NEAR(sum, 1, 1e-5) << what;
  }
}

TEST(Attention, WeightsOfEveryDateSumToOneAndSeeNothingLater) {
  for (const auto mode : {learn::WindowMode::simulation, learn::WindowMode::forecast}) {
    Exported exported;
    export_of(mode, exported);
    const bool ahead = mode == learn::WindowMode::forecast;
    const std::size_t steps = ahead ? 15 : 9;
    const std::size_t outputs = ahead ? 3 : 1;
    const data::io::NcReader file(exported.folder / "attention.nc");
    ASSERT_EQ(file.shape_of("attention"),
              (std::vector<std::size_t>{exported.summary.dates(), outputs, steps}));
    EXPECT_EQ(exported.summary.dates(), 2U * 17U);  // 50 test days, every third
    const std::vector<double> attention = file.values("attention");
    expect_sums(attention, steps, "attention");
    for (std::size_t i = 0; i < attention.size(); ++i) {
      const std::size_t output = i / steps % outputs;
      if (i % steps > steps - outputs + output) {
        EXPECT_EQ(attention[i], 0) << "sees a later step";
      }
    }
    expect_sums(file.values("past_selection"), exported.summary.past.variables.size(), "past");
    // The level is a variable of the past alone.
    const std::vector<double> future = file.values("future_selection");
    const std::size_t variables = exported.summary.future.variables.size();
    EXPECT_EQ(variables, ahead ? 3U : 2U);
    for (std::size_t i = 0; i < future.size(); ++i) EXPECT_EQ(std::isnan(future[i]), i % variables == 2U);
    const std::vector<double> last = file.values("step");
    EXPECT_EQ(last.back(), ahead ? 3 : 0);
  }
}

TEST(Attention, TheSummaryIsTheMeanOfTheFile) {
  Exported exported;
  export_of(learn::WindowMode::forecast, exported);
  const data::io::NcReader file(exported.folder / "attention.nc");
  const std::vector<double> attention = file.values("attention");
  const std::vector<double> station = file.values("station_index");
  const AttentionSummary& s = exported.summary;
  const std::size_t row = s.outputs * s.steps.size();
  for (std::size_t i = 0; i < row; ++i) {
    double sum = 0;
    double count = 0;
    for (std::size_t d = 0; d < s.dates(); ++d) {
      if (station[d] != 1) continue;
      sum += attention[d * row + i];
      ++count;
    }
    EXPECT_NEAR(s.mean[row + i], sum / count, 1e-6);
  }
  const auto looks = nlohmann::json::parse(core::read_file(exported.folder / "attention.json"));
  double past = 0;
  for (const auto& one : looks["selection"])
    if (one["part"] == "past") past += one["mean"].get<double>();
  EXPECT_NEAR(past, 1, 1e-5);
  const std::string csv = core::read_file(exported.folder / "importance.csv");
  EXPECT_NE(csv.find("\"B, old\",past,precipitation,"), std::string::npos) << csv;
  EXPECT_NE(csv.find("all,future,pet,"), std::string::npos) << csv;
}

// Noise around a common wave: r = 1 / (1 + s^2) for noise of s times the wave's deviation; the wave taken out, nothing
// is left to go together.
TEST(Attention, ItsCorrelationWithADriverIsThatOfTheFormulaAndVanishesWithTheSeasonsTheyShare) {
  const core::TimeAxis axis(0, {core::StepUnit::day, 1}, 1461);
  core::RandomStream random(1, "test");
  std::vector<double> a, b;
  for (std::size_t t = 0; t < 1461; ++t) {
    const double wave = std::sqrt(2.0) * std::cos(2 * 3.14159265358979 * data::season_phase(axis, t));
    a.push_back(3 + wave + 0.5 * random.normal());
    b.push_back(-5 + 2 * (wave + 0.5 * random.normal()));
  }
  const CorrelationInterval whole = block_correlation(a, b, 60, 200, 1);
  EXPECT_NEAR(whole.r, 1 / 1.25, 0.03);
  EXPECT_LT(whole.low, whole.r);
  EXPECT_GT(whole.high, whole.r);
  const CorrelationInterval rest =
      block_correlation(without_season(axis, a), without_season(axis, b), 60, 200, 2);
  EXPECT_NEAR(rest.r, 0, 0.08);
  EXPECT_LT(rest.low, 0);
  EXPECT_GT(rest.high, 0);
  const std::vector<double> left = without_season(axis, a);
  double sum = 0;
  for (const double v : left) sum += v;
  EXPECT_NEAR(sum / 1461, 0, 1e-9);
  EXPECT_TRUE(std::isnan(without_season(axis, std::vector<double>(a.begin(), a.begin() + 1))[0]));
  EXPECT_TRUE(std::isnan(block_correlation(a, std::vector<double>(1461, 2.0), 60, 20, 3).r));
}

// The first well's attention is the step's number on days 110 to 159, the second's is missing but for one step.
TEST(Attention, OverTimeIsTheMeanOfWellsAndTenDays) {
  const Prepared prepared = make_prepared();
  std::vector<double> attended(320, std::nan(""));
  for (std::size_t t = 110; t < 160; ++t) attended[t] = static_cast<double>(t);
  attended[160 + 120] = 0;
  const AttentionOverTime x = attention_over_time(prepared, attended);
  ASSERT_EQ(x.starts.size(), 5U);
  EXPECT_EQ(x.starts[0], 110 * 86400);
  EXPECT_DOUBLE_EQ(x.attention[0], 114.5);
  EXPECT_DOUBLE_EQ(x.attention[1], 1245.0 / 11);  // 120 ... 129, and the second well's 0
  ASSERT_EQ(x.drivers, (std::vector<std::string>{"precipitation", "pet"}));
  double rain = 0;
  for (std::size_t t = 110; t < 120; ++t) rain += static_cast<double>((t * 7) % 11);
  EXPECT_DOUBLE_EQ(x.values[0][0], rain / 10);
}

// Two wells, two drivers: a row each, the file beside the summary.
TEST(Attention, EveryWellAndDriverHasItsCorrelation) {
  Exported exported;
  export_of(learn::WindowMode::simulation, exported);
  ASSERT_EQ(exported.summary.drivers.size(), 4U);
  for (const AttentionDriver& row : exported.summary.drivers) {
    EXPECT_GT(row.steps, 40U);
    EXPECT_LE(row.as_is.low, row.as_is.high);
    EXPECT_TRUE(std::isnan(row.without_season.r)) << "less than two years";
  }
  const std::string text = core::read_file(exported.folder / "attention_drivers.csv");
  EXPECT_NE(text.find("\"B, old\",pet,"), std::string::npos) << text;
  const std::string dates = core::read_file(exported.folder / "attention_dates.csv");
  EXPECT_EQ(dates.find("begins,attention,precipitation,pet\n1970-0"), 0U) << dates;
}

double allocated() {
  const struct mallinfo2 now = mallinfo2();
  return static_cast<double>(now.uordblks) + static_cast<double>(now.hblkhd);
}

// Most bytes that one export has allocated at once, above what was before it: looked at all the while by a thread.
double peak_of_export(const Prepared& prepared, const Models& models, int stride,
                      const std::filesystem::path& file) {
  core::Log log(true);
  core::Context context{log, false};
  ExplainParams params;
  params.stride = stride;
  const double before = allocated();
  std::atomic<bool> done = false;
  double most = before;
  std::thread watch([&] {
    while (!done) {
      most = std::max(most, allocated());
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  });
  export_attention(prepared, models, params, file, context);
  done = true;
  watch.join();
  return most - before;
}

// The weights are written batch by batch: an export that is larger than memory needs no more of it than a small one.
// What may grow with the dates is their list and the summary, a few numbers a date; the caches of the file are full by
// the ten thousand dates of the first export.
TEST(Attention, AnExportNeedsNoMoreMemoryForMoreDates) {
  Prepared prepared = make_prepared(12000);
  for (auto& split : prepared.split.entities) split = {{0, 400}, {400, 700}, {700, 12000}, false};
  Exported exported;
  exported.folder =
      std::filesystem::temp_directory_path() / ("phreatic_attention_" + std::to_string(::getpid()) + "_long");
  std::filesystem::create_directories(exported.folder);
  core::Log log(true);
  core::Context context{log, false};
  TaskParams task = make_task(learn::WindowMode::simulation);
  task.learn.window = {.mode = learn::WindowMode::simulation, .seq_length = 128, .predict_last_n = 4};
  task.learn.model.hidden_size = 4;
  task.learn.model.tft.attention_heads = 1;
  task.learn.training.epochs = 1;
  task.learn.ensemble.members = 1;
  const Models models{plan_units(prepared, {}, task), task, exported.folder / "units"};
  train_units(prepared, models, learn::ResumeMode::fresh, context);
  const std::filesystem::path few = exported.folder / "few.nc", many = exported.folder / "many.nc";
  const double small = peak_of_export(prepared, models, 2, few);
  const double large = peak_of_export(prepared, models, 1, many);
  const auto more = static_cast<double>(std::filesystem::file_size(many) - std::filesystem::file_size(few));
  EXPECT_GT(more, 1e7);
  EXPECT_LT(large - small, more / 4) << "small " << small << ", large " << large;
}

}  // namespace
}  // namespace phreatic::hydrographs

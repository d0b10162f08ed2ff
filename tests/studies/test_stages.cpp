// SPDX-License-Identifier: BSD-3-Clause
// The stages of a wells study: for every file that the study names and every block of settings, what is changed reruns exactly the stages that depend on it,
// and what is only touched reruns nothing. Every run here is strict: a stage that reads what it did not declare ends the test.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "phreatic/basin/write_basin.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/hydrographs/evaluation/outputs.hpp"
#include "phreatic/studies/engine/record.hpp"
#include "phreatic/studies/kinds.hpp"

namespace phreatic::studies::wells {
namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;

constexpr const char* kStudy = R"(study: wells
data:
  wells: [V01, V02, V03, V04]
  targets: [{files: "wells/{id}.csv", column: level_m}]
  drivers:
    - files: drivers/{id}.csv
      columns:
        - {column: precipitation_mm, name: precipitation, unit: mm/d}
        - {column: temperature_degC, name: temperature, unit: degC}
        - {column: pet_mm, name: pet, unit: mm/d}
  attributes: [{file: attributes.csv}]
  places: {file: places.csv, longitude: longitude, latitude: latitude}
  split:
    train: {first: 2010-01-01, last: 2011-12-31}
    validation: {first: 2012-01-01, last: 2012-06-30}
    test: {first: 2012-07-01, last: 2013-06-30}
evaluation: [{files: "later/{id}.csv", column: level_m}]
window: {mode: simulation, seq_length: 120, predict_last_n: 60, stride: 30}
model: {hidden_size: 4}
loss: {kind: mse}
training: {epochs: 1, batch_size: 16, seed: 1}
ensemble: {members: 1}
baselines: [persistence]
explain: {stride: 60, reference_windows: 8, expected_gradients: {tolerance: 0.2, max_draws: 64}}
figures: {formats: []}
)";

class Stages : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string name = (fs::temp_directory_path() / "phreatic-stages-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    basin::BasinParams params;
    params.seed = 3;
    params.wells = 4;
    params.years = 5;
    params.first_year = 2009;
    basin::write_basin(basin::make_basin(params), folder_);
    core::make_folder(folder_ / "later");
    for (const auto& file : fs::directory_iterator(folder_ / "wells")) {
      fs::copy_file(file.path(), folder_ / "later" / file.path().filename());
      cut(file.path(), "2013-07");  // half a year less than there is, to be appended
      cut(folder_ / "later" / file.path().filename(), "2013-07");
      cut(folder_ / "drivers" / file.path().filename(), "2013-07");
    }
    core::write_file_atomic(folder_ / "study.yml", kStudy);
    run();
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }

  // Leaves out the lines from the first that holds `date` on.
  static void cut(const fs::path& file, const std::string& date) {
    const std::string text = core::read_file(file);
    const std::size_t at = text.find("\n" + date);
    ASSERT_NE(at, std::string::npos) << file;
    core::write_file_atomic(file, text.substr(0, at + 1));
  }

  // Runs the study; the stages that did something.
  static Names run(const std::vector<std::string>& settings = {}) {
    const fs::path log = folder_ / "run/log.txt";
    const std::uintmax_t before = fs::exists(log) ? fs::file_size(log) : 0;
    const Kinds kinds = kinds_with_stages();
    const StudyFile study = read_study((folder_ / "study.yml").string(), settings);
    engine::RunRequest request;
    request.out = folder_ / "run";
    request.quiet = true;
    request.strict = true;
    engine::run(graph_of(kind_of(kinds, study), study), request);
    std::istringstream lines(core::read_file(log).substr(before));
    Names ran;
    for (std::string line; std::getline(lines, line);) {
      const std::size_t at = line.find(": done in ");
      if (at != std::string::npos)
        ran.insert(line.substr(line.rfind(' ', at - 1) + 1, at - line.rfind(' ', at - 1) - 1));
    }
    return ran;
  }

  // Changes `from` into `to` where it first stands in a file, runs, and puts the file back; the stages that ran on the change.
  static Names with_change(const std::string& name, const std::string& from, const std::string& to) {
    const std::string before = core::read_file(folder_ / name);
    const std::size_t at = before.find(from);
    EXPECT_NE(at, std::string::npos) << name << " holds no " << from;
    std::string after = before;
    after.replace(at, from.size(), to);
    core::write_file_atomic(folder_ / name, after);
    const Names ran = run();
    core::write_file_atomic(folder_ / name, before);
    run();
    return ran;
  }
  // A line of a day put in before another.
  static Names without_day(const std::string& name, const std::string& day) {
    const std::string text = core::read_file(folder_ / name);
    const std::size_t at = text.find("\n" + day);
    return with_change(name, text.substr(at, text.find('\n', at + 1) - at), "");
  }
  static std::vector<double> simulated() {
    const auto series = hydrographs::read_run_series(folder_ / "run/predictions.nc");
    const auto values = series.series(*series.find("simulated"), 1);
    return {values.begin(), values.end()};
  }

  static fs::path folder_;
};
fs::path Stages::folder_;

const Names kAll = {"data", "check", "train", "predict", "evaluate", "explain", "types", "report"};
const Names kWithoutTraining = {"data", "check", "predict", "evaluate", "explain", "types", "report"};

TEST_F(Stages, NothingChangedOrOnlyTouchedRunsNothing) {
  EXPECT_EQ(run(), Names{});
  for (const char* name :
       {"wells/V01.csv", "drivers/V01.csv", "later/V01.csv", "attributes.csv", "places.csv"}) {
    core::write_file_atomic(folder_ / name, core::read_file(folder_ / name));
    EXPECT_EQ(run(), Names{}) << name;
  }
}

TEST_F(Stages, ALevelOrDriverOfTheCalibrationPeriodTrainsAgain) {
  EXPECT_EQ(without_day("wells/V01.csv", "2011-03-01"), kAll);
  EXPECT_EQ(with_change("drivers/V02.csv", "2011-03-01,", "2011-03-01,1"), kAll);
}

TEST_F(Stages, ALevelOrDriverOfTheTestPeriodDoesNot) {
  EXPECT_EQ(without_day("wells/V01.csv", "2013-03-01"), kWithoutTraining);
  EXPECT_EQ(with_change("drivers/V02.csv", "2013-03-01,", "2013-03-01,1"), kWithoutTraining);
}

TEST_F(Stages, AnEvaluationLevelIsScoredAgainWithoutTraining) {
  const std::string before = core::read_file(folder_ / "run/metrics.csv");
  EXPECT_EQ(with_change("later/V01.csv", "2012-09-01,", "2012-09-01,1"), kWithoutTraining);
  EXPECT_EQ(core::read_file(folder_ / "run/metrics.csv"), before) << "put back, the scores are the same";
}

TEST_F(Stages, EvaluationLevelsThatAreNoLongerNamedAreNoLongerScored) {
  const std::string study = core::read_file(folder_ / "study.yml");
  const std::string line = "evaluation: [{files: \"later/{id}.csv\", column: level_m}]\n";
  without_day("later/V01.csv", "2012-09-01");
  const Names ran = with_change("study.yml", line, "");
  EXPECT_TRUE(ran.contains("data"));
  EXPECT_FALSE(ran.contains("train"));
}

TEST_F(Stages, AttributesTrainAgainAndPlacesDoNot) {
  const std::string attributes = core::read_file(folder_ / "attributes.csv");
  const std::size_t row = attributes.find("\nV01,") + 5;
  EXPECT_EQ(with_change("attributes.csv", attributes.substr(row, attributes.find(',', row) - row), "77"),
            kAll);
  // The longitude of the first well.
  std::istringstream lines(core::read_file(folder_ / "places.csv"));
  std::string header;
  std::string row_text;
  std::getline(lines, header);
  std::getline(lines, row_text);
  std::istringstream names(header);
  std::istringstream cells(row_text);
  std::string cell;
  for (std::string column; std::getline(names, column, ',') && std::getline(cells, cell, ',');) {
    if (column == "longitude") break;
  }
  EXPECT_EQ(with_change("places.csv", "," + cell, ",7.5"), kWithoutTraining);
}

TEST_F(Stages, EverySettingRerunsTheStagesThatReadIt) {
  const std::vector<std::pair<std::string, Names>> expected = {
      {"title=Other", {"report"}},
      {"uncertainty.level=0.8", {"check", "predict", "evaluate", "types", "report"}},
      {"baselines=[climatology]", {"check", "predict", "evaluate", "types", "report"}},
      {"explain.stride=90", {"check", "explain", "types", "report"}},
      {"explain.type_rules.seed=5", {"check", "types"}},  // too few wells for types: the report stays
      {"training.seed=2", {"check", "train", "predict", "evaluate", "explain", "types", "report"}},
  };
  for (const auto& [setting, stages] : expected) {
    EXPECT_EQ(run({setting}), stages) << setting;
    EXPECT_EQ(run(), stages) << "back from " << setting;
  }
}

TEST_F(Stages, ALostModelIsTrainedAgainAndGivesTheSame) {
  fs::remove_all(folder_ / "run/model");
  EXPECT_EQ(run(), (Names{"predict", "train"}));
}

TEST_F(Stages, AppendedWeatherDoesNotTrainAgainAndLeavesOldDatesAsTheyWere) {
  const std::vector<double> before = simulated();
  std::vector<std::pair<fs::path, std::string>> files;
  for (const auto& file : fs::directory_iterator(folder_ / "drivers")) {
    const std::string text = core::read_file(file.path());
    files.emplace_back(file.path(), text);
    // The last 30 days once more, as days of July.
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    std::string more;
    for (std::size_t i = lines.size() - 30; i < lines.size(); ++i) {
      std::string line = lines[i];
      const std::size_t month = line.find("2013-06-");
      ASSERT_NE(month, std::string::npos) << line;
      more += line.replace(month, 8, "2013-07-") + "\n";
    }
    core::write_file_atomic(file.path(), text + more);
  }
  EXPECT_EQ(run({"data.end=2013-07-30"}), kWithoutTraining);
  const std::vector<double> after = simulated();
  ASSERT_EQ(after.size(), before.size() + 30);
  for (std::size_t t = 0; t < before.size(); ++t) {
    if (std::isnan(before[t])) continue;
    ASSERT_EQ(after[t], before[t]) << "step " << t;
  }
  EXPECT_FALSE(std::isnan(after.back()));
  for (const auto& [path, text] : files) core::write_file_atomic(path, text);
  run();
}

TEST_F(Stages, ProvenanceListsEveryFile) {
  const auto provenance = nlohmann::json::parse(core::read_file(folder_ / "run/provenance.json"));
  Names files;
  for (const auto& file : provenance.at("files")) files.insert(file.at("path").get<std::string>());
  for (const char* name :
       {"wells/V01.csv", "drivers/V04.csv", "later/V02.csv", "attributes.csv", "places.csv"})
    EXPECT_TRUE(files.contains(name)) << name;
}

// Strict: a stage that reads what it did not declare ends the test.
TEST_F(Stages, EveryModeReadsOnlyWhatItDeclared) {
  const std::vector<std::vector<std::string>> modes = {
      {"scope=single"},
      {"validation.scheme=blocks", "validation.blocks=2"},
      {"window.mode=forecast", "window.horizon=5", "window.stride=60",
       "baselines=[persistence, climatology]"},
      {"data.split.folds=2", "baselines=[ridge, transfer_function]"},
  };
  for (const std::vector<std::string>& settings : modes) {
    const Names ran = run(settings);
    EXPECT_TRUE(ran.contains("train") && ran.contains("evaluate") && ran.contains("report"))
        << settings.front();
    EXPECT_EQ(run(settings), Names{}) << settings.front();
  }
  run();
}

// The same study on wells that it makes itself: two more stages.
TEST_F(Stages, VirtualWellsAreMadeOnceAndComparedWithTheTruth) {
  const std::vector<std::string> basin = {"virtual_wells=true",
                                          "basin={seed: 3, wells: 4, years: 5, first_year: 2009}",
                                          "evaluation=[]", "data.wells=[]", "explain.stride=120"};
  const auto with = [&](const std::string& more) {
    std::vector<std::string> settings = basin;
    settings.push_back(more);
    return settings;
  };
  Names all = kAll;
  all.insert({"basin", "truth"});
  const Names first = run(basin);
  EXPECT_TRUE(first.contains("basin") && first.contains("data") && first.contains("truth"));
  EXPECT_EQ(run(basin), Names{});
  // Of so few wells no types are claimed: nothing changes for the report.
  EXPECT_EQ(run(with("explain.type_rules.seed=5")), (Names{"check", "types", "truth"}));
  EXPECT_EQ(run(with("explain.truth=false")), (Names{"check", "types", "report"}));
  EXPECT_FALSE(fs::exists(folder_ / "run/explain/truth.json"))
      << "no results of a stage that is switched off";
  run(basin);
  fs::remove(folder_ / "run/data/wells/V01.csv");
  EXPECT_EQ(run(basin), Names{"basin"}) << "the same files again: nothing behind them runs";
  EXPECT_EQ(run(with("basin.seed=4")), all);
  run();
}

}  // namespace
}  // namespace phreatic::studies::wells

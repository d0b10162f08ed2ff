// SPDX-License-Identifier: BSD-3-Clause
// The kind of study `regression`, end to end on its template, and what it refuses.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <vector>

#include "phreatic/core/files/files.hpp"
#include "phreatic/stats/regression/ols.hpp"
#include "phreatic/studies/metrics_file.hpp"
#include "phreatic/studies/regression/kind.hpp"
#include "phreatic/studies/regression/table.hpp"

namespace phreatic::studies::regression {
namespace {

namespace fs = std::filesystem;

class RegressionStudy : public ::testing::Test {
 protected:
  fs::path folder =
      fs::path(::testing::TempDir()) /
      ("regression_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
  core::Log log{true};
  core::Context context{log, false};
  void SetUp() override {
    fs::remove_all(folder);
    init(kind().templates[0], folder, false);
  }
  void TearDown() override { fs::remove_all(folder); }
  StudyFile study(const std::vector<std::string>& overrides) {
    return read_study((folder / "study.yml").string(), overrides);
  }
  std::string refused(const std::vector<std::string>& overrides) {
    try {
      kind().check(study(overrides), context);
    } catch (const core::InputError& error) {
      return error.what();
    }
    return "accepted";
  }
};

TEST_F(RegressionStudy, LocalModelsBeatOlsOnATableWhoseCoefficientsVary) {
  const Kind made = kind();
  engine::RunRequest options;
  options.out = folder / "run";
  options.quiet = true;
  options.strict = true;
  engine::run(graph_of(made, study({"seeds=1", "network.training.epochs=150", "figures.formats=[]"})),
              options);
  std::map<std::string, double> nse;
  for (const auto& row : read_metrics(folder / "run/metrics.csv")) {
    if (row.metric == "NSE" && row.period == "test" && row.entity != "all") nse[row.model] = row.value;
  }
  ASSERT_EQ(nse.size(), 3);
  EXPECT_GT(nse["gwr"], nse["ols"]);
  EXPECT_GT(nse["gnnwr"], nse["ols"]);
  EXPECT_TRUE(fs::exists(folder / "run/model/gnnwr/seed_1/gnnwr.json"));
  EXPECT_NE(core::read_file(folder / "run/report.html").find("coefficient-rain"), std::string::npos);
  EXPECT_NE(core::read_file(folder / "run/coefficients.csv").find("gwr,rain"), std::string::npos);
}

TEST_F(RegressionStudy, TheStudyThatARunKeepsReadsTheSameTable) {
  const std::string parts = "row,part\n0,train\n1,train\n2,valid\n3,valid\n4,test\n5,test\n";
  core::write_file_atomic(folder / "parts.csv", parts);
  const StudyFile own =
      study({"split.kind=file", "split.file=parts.csv", "split.row=row", "split.part=part"});
  const PreparedTable data = load_table(read_settings(own), own.path);
  const fs::path kept = folder / "elsewhere/run/study.yml";
  fs::create_directories(kept.parent_path());
  core::write_file_atomic(kept, graph_of(kind(), own).resolved);
  const StudyFile again = read_study(kept.string(), {});
  const PreparedTable same = load_table(read_settings(again), again.path);
  EXPECT_EQ(same.table.target, data.table.target);
  EXPECT_EQ(same.part, data.part);
  EXPECT_EQ(data.rows_of(Part::test), (std::vector<std::size_t>{4, 5}));
}

TEST_F(RegressionStudy, BlocksAndBufferLeaveNoTrainingRowBesideAScoredOne) {
  const PreparedTable data =
      load_table(read_settings(study({"split.buffer=5000"})), (folder / "study.yml").string());
  double nearest = INFINITY;
  for (const std::size_t i : data.rows_of(Part::training)) {
    for (const std::size_t j : data.rows_of(Part::test))
      nearest =
          std::min(nearest, std::hypot(data.table.x[i] - data.table.x[j], data.table.y[i] - data.table.y[j]));
  }
  EXPECT_GE(nearest, 5000);
  EXPECT_GT(data.rows_of(Part::left_out).size(), 0);
}

TEST_F(RegressionStudy, WhatIsWrongIsNamed) {
  EXPECT_NE(refused({"data.covariates=[rain, elevatoin]"}).find("did you mean 'elevation'?"),
            std::string::npos);
  EXPECT_NE(refused({"data.coordinates=degrees"}).find("longitude outside"), std::string::npos);
  EXPECT_NE(refused({"models=[gtnnwr]"}).find("need a time"), std::string::npos);
  EXPECT_NE(refused({"split.block_size=0"}).find("split.block_size"), std::string::npos);
  EXPECT_NE(refused({"split.kind=file"}).find("Name the table of parts"), std::string::npos);
  EXPECT_NE(refused({"split.block_size=1e9"}).find("leaves 0"), std::string::npos);
}

TEST_F(RegressionStudy, ColumnsThatCannotExplainAreRefused) {
  EXPECT_NE(refused({"data.covariates=[rain, level]"}).find("hold the target 'level'"), std::string::npos);
  EXPECT_NE(refused({"data.covariates=[rain, elevation, rain]"}).find("name 'rain' twice"),
            std::string::npos);
  EXPECT_NE(refused({"data.unit=metrs/yaer"}).find("no unit that is known"), std::string::npos);
  EXPECT_EQ(refused({"data.unit=ug/m3"}), "accepted");
  // The table with further columns: codes for missing, none at all, the same as another.
  std::string csv = core::read_file(folder / "table.csv"), changed;
  for (std::size_t start = 0, row = 0; start < csv.size(); ++row) {
    const std::size_t end = csv.find('\n', start);
    const std::string line = csv.substr(start, end - start);
    const std::string rain = line.substr(line.find(',', line.find(',') + 1) + 1);
    changed += line + (row == 0 ? ",coded,empty,again\n"
                                : (row == 7 ? ",-9999,," : ",0.5,,") + rain.substr(0, rain.find(',')) + "\n");
    if (row > 0 && row % 2 == 0) changed.replace(changed.rfind(",0.5,,"), 6, ",0.7,,");
    start = end + 1;
  }
  core::write_file_atomic(folder / "table.csv", changed);
  const std::string coded = refused({"data.covariates=[rain, coded]"});
  EXPECT_NE(coded.find("-9999 stands in 1 rows"), std::string::npos) << coded;
  EXPECT_NE(coded.find("missing_codes: [-9999]"), std::string::npos);
  EXPECT_EQ(refused({"data.covariates=[rain, coded]", "data.missing_codes=[-9999]"}), "accepted");
  EXPECT_NE(refused({"data.covariates=[rain, empty]"}).find("has no value in any row"), std::string::npos);
  EXPECT_NE(refused({"data.covariates=[rain, again]"}).find("the same values as column 'rain'"),
            std::string::npos);
}

TEST_F(RegressionStudy, ConstantColumnsAndRepeatedPlacesAreTold) {
  const std::string csv = core::read_file(folder / "table.csv");
  std::string changed;
  std::string first;
  for (std::size_t start = 0, row = 0; start < csv.size(); ++row) {
    const std::size_t end = csv.find('\n', start);
    const std::string line = csv.substr(start, end - start) + (row == 0 ? ",same\n" : ",3\n");
    changed += line;
    if (row == 1) first = line;
    start = end + 1;
  }
  core::write_file_atomic(folder / "table.csv", changed + first);
  EXPECT_NE(refused({"data.covariates=[rain, same]"}).find("is 3 in every row"), std::string::npos);
  std::string said;
  for (const std::string& line : kind().check(study({}), context)) said += line + "\n";
  EXPECT_NE(said.find("1 row is of the place of another row"), std::string::npos) << said;
}

TEST_F(RegressionStudy, AProcessOnTheResidualsExplainsWhatTheNetworkLeaves) {
  const Kind made = kind();
  engine::RunRequest options;
  options.out = folder / "run";
  options.quiet = true;
  engine::run(graph_of(made, study({"seeds=1", "models=[gnnwr, gnnwr_gp]", "network.training.epochs=20",
                                    "split.kind=random", "figures.formats=[]"})),
              options);
  std::map<std::string, double> nse;
  for (const auto& row : read_metrics(folder / "run/metrics.csv")) {
    if (row.metric == "NSE" && row.period == "test" && row.entity != "all") nse[row.model] = row.value;
  }
  EXPECT_GT(nse["gnnwr_gp"], nse["gnnwr"]);
  // The coefficients are those of the network.
  const std::string table = core::read_file(folder / "run/coefficients.csv");
  const auto value = [&](const std::string& key) {
    const std::size_t at = table.find("," + key + ",rain,") + key.size() + 7;
    return table.substr(at, table.find(',', at) - at);
  };
  EXPECT_EQ(value("gnnwr"), value("gnnwr_gp"));
}

TEST_F(RegressionStudy, StandardErrorsOfAProcessAreItsNetworksAndAnAutoencoderHasNoCoefficients) {
  engine::RunRequest options;
  options.out = folder / "run";
  options.quiet = true;
  engine::run(graph_of(kind(), study({"seeds=1", "models=[ols, gnnwr, gnnwr_gp, ssvaer]", "bootstrap=3",
                                      "network.training.epochs=10", "ssvaer.epochs=20", "split.kind=random",
                                      "figures.formats=[]"})),
              options);
  std::map<std::string, double> nse;
  for (const auto& row : read_metrics(folder / "run/metrics.csv")) {
    if (row.metric == "NSE" && row.period == "test" && row.entity != "all") nse[row.model] = row.value;
  }
  ASSERT_EQ(nse.size(), 4);
  EXPECT_LE(nse["ssvaer"], 1);
  EXPECT_GT(nse["ssvaer"], 0);  // better than the mean of the scored rows
  // row,part,x,y,model,term,coefficient,standard_error,significant
  std::map<std::string, std::vector<std::string>> of_model;
  std::istringstream lines(core::read_file(folder / "run/coefficients.csv"));
  for (std::string line; std::getline(lines, line);) {
    for (const std::string model : {"ols", "gnnwr", "gnnwr_gp", "ssvaer"}) {
      const std::size_t at = line.find("," + model + ",");
      if (at != std::string::npos) of_model[model].push_back(line.substr(at + model.size() + 2));
    }
  }
  EXPECT_EQ(of_model.count("ssvaer"), 0);
  ASSERT_FALSE(of_model["gnnwr"].empty());
  EXPECT_EQ(of_model["gnnwr"], of_model["gnnwr_gp"]);
  for (const std::string& row : of_model["gnnwr"]) {
    const std::size_t second = row.find(',', row.find(',') + 1) + 1;
    EXPECT_GT(std::stod(row.substr(second)), 0) << row;
  }
}

// Printed by the reference program's notebook, and METHODS.
TEST_F(RegressionStudy, OlsOfThePm25DataHasThePrintedCoefficients) {
  const char* const shared = std::getenv("PHREATIC_SHARED_DATA");
  if (shared == nullptr && fs::exists("../shared/data"))
    ::setenv("PHREATIC_SHARED_DATA", "../shared/data", 0);
  if (std::getenv("PHREATIC_SHARED_DATA") == nullptr ||
      !fs::exists(fs::path(std::getenv("PHREATIC_SHARED_DATA")) / "gnnwr"))
    GTEST_SKIP() << "the shared data (gnnwr) are not here";
  const std::string file = "examples/real/pm25-china.yml";
  const PreparedTable data = load_table(read_settings(read_study(file, {})), file);
  EXPECT_EQ(data.rows_of(Part::training).size(), 1017);
  EXPECT_EQ(data.rows_of(Part::validation).size(), 179);
  EXPECT_EQ(data.rows_of(Part::test).size(), 212);
  const learn::RowTable rows = learn::select_rows(data.table, data.rows_of(Part::training));
  std::vector<double> scaled = rows.covariates;
  for (std::size_t k = 0; k < 6; ++k) {
    double low = INFINITY;
    double high = -INFINITY;
    for (std::size_t i = 0; i < rows.rows; ++i) {
      low = std::min(low, scaled[6 * i + k]);
      high = std::max(high, scaled[6 * i + k]);
    }
    for (std::size_t i = 0; i < rows.rows; ++i) scaled[6 * i + k] = (scaled[6 * i + k] - low) / (high - low);
  }
  const std::vector<double> printed{4.84385, -8.85402, 0.17612, 18.69575, 35.19490, -23.06419, 22.06353};
  const std::vector<double> ours = stats::ols(scaled, rows.target, 6).coefficients;
  for (std::size_t k = 0; k < 7; ++k) EXPECT_NEAR(ours[k], printed[k], 2e-4) << k;
}

}  // namespace
}  // namespace phreatic::studies::regression

// SPDX-License-Identifier: BSD-3-Clause
// A study of sensitivities from its file to its files of results.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "../adjoint/valley.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/data/grid/grid_file.hpp"
#include "phreatic/data/io/netcdf.hpp"
#include "phreatic/flow/mf6/adjoint/adjoint_study.hpp"
#include "phreatic/flow/mf6/writer.hpp"

namespace phreatic::flow::mf6 {
namespace {

namespace fs = std::filesystem;

class AdjointStudyFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("phreatic-adjoint-study-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    put_model(false);
  }
  void put_model(bool rare_bounds) {
    testing::Form form;
    form.convertible = true;
    form.rare_bounds = rare_bounds;
    Model model = testing::Valley(form).model();
    model.periods = {{30, 3, 1, false, {}}, {60, 2, 1, false, {}}};
    model.barriers.front().period = 0;
    model.solver.outer_dvclose = 1e-8;
    write_simulation(model, folder_ / "model", {});
  }
  void TearDown() override { fs::remove_all(folder_); }

  AdjointRun run(const std::string& text) {
    std::ofstream(folder_ / "study.yml") << text;
    core::Log log(true);
    core::Context context{log, false};
    return run_adjoint_study(read_adjoint_study(folder_ / "study.yml"), folder_ / "study.yml",
                             folder_ / "out", context);
  }
  std::string refusal(const std::string& text) {
    try {
      run(text);
    } catch (const core::InputError& e) {
      return e.what();
    }
    return "";
  }

  fs::path folder_;
};

TEST_F(AdjointStudyFiles, SumsAndMapsOfAStudyAgreeWithEachOther) {
  const AdjointRun r =
      run("model: model\n"
          "measures:\n"
          "  - {name: head, kind: heads, cells: [\"1 5 4\"]}\n"
          "  - {name: stored, kind: storage, times: [30, 90]}\n"
          "recharge: {window: [0, 30], after: [0, 60]}\n");
  ASSERT_TRUE(r.sensitivities && r.recharge);
  ASSERT_EQ(r.sensitivities->measures.size(), 3u);
  const data::io::NcReader maps(folder_ / "out" / "maps.nc");
  EXPECT_EQ(maps.shape_of("head_by_k"), (std::vector<std::size_t>{3, 6, 7}));
  EXPECT_EQ(maps.shape_of("head_by_well"), (std::vector<std::size_t>{2, 3, 6, 7}));
  double sum = 0;
  for (const double v : maps.values("head_by_k")) sum += v;
  const std::string table = core::read_file(folder_ / "out" / "sensitivities.csv");
  const std::size_t at = table.find("\nhead,");
  ASSERT_NE(at, std::string::npos);
  std::istringstream line(table.substr(at + 1, table.find('\n', at + 1) - at));
  std::vector<std::string> fields;
  for (std::string field; std::getline(line, field, ',');) fields.push_back(field);
  ASSERT_EQ(fields.at(2), "k");
  EXPECT_NEAR(std::stod(fields.at(4)), sum, 1e-9 * std::abs(sum));

  const data::io::NcReader recharge(folder_ / "out" / "recharge.nc");
  const std::vector<double> stored = recharge.values("stored");
  std::vector<double> total(stored.end() - 42, stored.end());
  for (const char* package : {"CHD", "GHB", "RIV", "DRN", "EVT"}) {
    const std::vector<double> taken = recharge.values(std::string("taken_by_") + package);
    for (std::size_t c = 0; c < total.size(); ++c) total[c] += taken[c];
  }
  for (const double t : total) EXPECT_NEAR(t, 1, 1e-5);
}

TEST_F(AdjointStudyFiles, MapsAsNetCdfAndGeoTiffAreTheSameGridsToReadersOfGrids) {
  testing::Form form;
  Model model = testing::Valley(form).model();
  model.grid.delr.assign(model.grid.delr.size(), 50.0);
  model.grid.delc.assign(model.grid.delc.size(), 40.0);
  model.periods = {{30, 3, 1, false, {}}};
  model.barriers.front().period = 0;
  model.grid.xorigin = 1000;
  model.grid.yorigin = 5000;
  model.solver.outer_dvclose = 1e-8;
  write_simulation(model, folder_ / "even", {});
  run("model: even\ngeotiff: true\nrecharge: {window: [0, 30], after: [0]}\n");
  data::GridSource source;
  const data::GridFile tif(folder_ / "out" / "geotiff" / "stored_0_after.tif", source);
  source.variable = "stored";
  const data::GridFile nc(folder_ / "out" / "recharge.nc", source);
  EXPECT_EQ(tif.grid().width, model.grid.ncol);
  EXPECT_EQ(tif.grid().height, model.grid.nrow);
  const std::array<double, 6> place{1000, 50, 0, 5000 + 40.0 * model.grid.nrow, 0, -40};
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_NEAR(tif.grid().transform[i], place[i], 1e-9) << i;
    EXPECT_NEAR(nc.grid().transform[i], place[i], 1e-9) << i;
  }
  std::vector<double> a, b;
  tif.read(0, {0, 0, model.grid.ncol, model.grid.nrow}, a);
  nc.read(0, {0, 0, model.grid.ncol, model.grid.nrow}, b);
  ASSERT_EQ(a.size(), b.size());
  double largest = 0;
  for (std::size_t c = 0; c < a.size(); ++c) {
    if (std::isnan(a[c])) {
      EXPECT_TRUE(std::isnan(b[c])) << c;
      continue;
    }
    EXPECT_EQ(a[c], b[c]) << c;
    largest = std::max(largest, a[c]);
  }
  EXPECT_GT(largest, 0.01);
  EXPECT_LE(largest, 1);
}

TEST_F(AdjointStudyFiles, EverythingWrongInAStudyIsNamedAtOnce) {
  const std::string text = refusal(
      "model: model\n"
      "measures:\n"
      "  - {name: a, kind: heads, cells: [\"1 31 99\", \"x\"], weights: [1]}\n"
      "  - {name: a, kind: flow, package: RIW, window: [0, 402]}\n"
      "  - {name: c, kind: storage, times: [55]}\n");
  for (const char* part : {"study.yml:3: measures: a: cell 1 31 99 is outside the grid",
                           "study.yml:5: measures: c: ", "'x' is no cell", "1 weights for 2 cells",
                           "the name stands twice", "did you mean 'RIV'?", "time 402 is outside the run",
                           "time 55 lies between two steps", "The nearest is 60"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  EXPECT_NE(refusal("model: model\n").find("asks for nothing"), std::string::npos);
  EXPECT_NE(refusal("model: model\nparameters: [rechage]\nrecharge: {window: [0, 30]}\n")
                .find("did you mean 'recharge'"),
            std::string::npos);
  EXPECT_NE(
      refusal("model: model\nrecharge: {window: [0, 30], after: [7]}\n").find("recharge: dates: time 37"),
      std::string::npos);
}

TEST_F(AdjointStudyFiles, FractionsOfEvapotranspirationAreLeftOutWithANote) {
  const std::string heads = "model: model\nmeasures:\n  - {name: a, kind: heads, cells: [\"1 3 3\"]}\n";
  const auto noted = [](const AdjointRun& of) {
    return std::count_if(of.notes.begin(), of.notes.end(), [](const std::string& note) {
      return note.find("(PXDP, PETM) are left out") != std::string::npos;
    });
  };
  EXPECT_EQ(noted(run(heads)), 0);
  put_model(true);
  EXPECT_EQ(noted(run(heads)), 1);
  EXPECT_EQ(noted(run(heads + "parameters: [k]\n")), 0);
}

TEST_F(AdjointStudyFiles, AScratchFolderThatCannotBeWrittenIsSaid) {
  try {
    run("model: model\nmemory_mb: 0\nscratch: /dev/null/there\nrecharge: {window: [0, 30], after: [0]}\n");
    FAIL() << "nothing was thrown";
  } catch (const core::RunError& e) {
    EXPECT_NE(std::string(e.what()).find("/dev/null/there"), std::string::npos) << e.what();
  }
}

}  // namespace
}  // namespace phreatic::flow::mf6

// SPDX-License-Identifier: BSD-3-Clause
// Exact properties of the sweep backward, and what it refuses.
#include <gtest/gtest.h>

#include <unistd.h>

#include <cmath>
#include <random>

#include "phreatic/core/parallel.hpp"
#include "phreatic/flow/adjoint/storage_response.hpp"
#include "reference.hpp"
#include "valley.hpp"

namespace phreatic::flow::testing {
namespace {

std::vector<double> noise(std::size_t size, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<double> values(size);
  for (double& v : values) v = uniform(generator);
  return values;
}

// <w, L q> = <L' w, q> of the whole linearised run, for random sources in every cell and step, and random weights on heads
// of many dates.
void expect_dot_product(const Form& form) {
  const Trajectory run = record_run(Valley(form).model(), tight_engine(), {});
  const std::size_t cells = run.model().grid.cells();
  SweepParams params;
  params.tolerance = 1e-13;
  params.wanted.wells = true;
  params.group_of_step.resize(run.steps());
  for (std::size_t k = 0; k < run.steps(); ++k) params.group_of_step[k] = static_cast<int>(k);
  Measure measure{"random", {}, {}, {}};
  std::vector<double> buffer;
  for (std::size_t k = 0; k < run.steps(); k += 2) {
    const std::vector<double> w = noise(cells, static_cast<unsigned>(100 + k));
    const std::vector<double>& heads = run.heads(k + 1, buffer);
    for (std::size_t n = 0; n < cells; ++n) {
      if (run.model().grid.idomain[n] > 0 && std::abs(heads[n]) < 1e29)
        measure.heads.push_back({static_cast<int>(k), static_cast<CellIndex>(n), w[n]});
    }
  }
  params.measures = {measure};
  const AdjointResult result = sweep(run, params);
  double backward = 0;
  double size = 0;
  for (std::size_t k = 0; k < run.steps(); ++k) {
    const std::vector<double> q = noise(cells, static_cast<unsigned>(k));
    for (std::size_t n = 0; n < cells; ++n) {
      backward += q[n] * result.measures[0].wells[k][n];
      size += std::abs(q[n] * result.measures[0].wells[k][n]);
    }
  }
  double forward = 0;
  linear_run(
      run, 1e-13,
      [&](std::size_t k, Padded<double>& q) {
        const std::vector<double> values = noise(cells, static_cast<unsigned>(k));
        for (std::size_t n = 0; n < cells; ++n) {
          if (run.model().grid.idomain[n] > 0) q[n] = values[n];
        }
      },
      [&](std::size_t k, const StepPoint&, const Padded<double>& d) {
        for (const HeadTerm& t : measure.heads) {
          if (t.step == static_cast<int>(k)) forward += t.weight * d[static_cast<std::size_t>(t.cell)];
        }
      });
  EXPECT_GT(std::abs(forward), 1e-6 * size);
  EXPECT_NEAR(backward, forward, 1e-8 * std::abs(forward)) << form.name;
}

TEST(Adjoint, ForwardAndBackwardGiveTheSameDotProduct) {
  for (const double tsmult : {1.5, 5.0}) {
    for (int kind = 0; kind < 4; ++kind) {
      Form form;
      form.name = "kind " + std::to_string(kind) + ", tsmult " + std::to_string(tsmult);
      form.tsmult = tsmult;
      form.convertible = kind > 0;
      form.newton = kind == 2;
      form.variable_cv = kind == 3;
      expect_dot_product(form);
      form.adaptive = true;
      expect_dot_product(form);
    }
  }
}

// The valley without its steady periods: water recharged is in storage or has gone through a package.
Model transient_valley(const Form& form) {
  Model model = Valley(form).model();
  model.periods = {{30, 5, form.tsmult, false, {}}, {60, 4, 1.2, false, {}}};
  model.barriers = {{0, model.barriers.front().barriers}};
  return model;
}

TEST(Adjoint, StoredAndCapturedWaterAddUpToWhatWasRecharged) {
  for (int kind = 0; kind < 5; ++kind) {
    Form form;
    form.convertible = kind > 0;
    form.newton = kind == 2;
    form.variable_cv = kind == 3;
    form.pass_through = kind < 2 || kind == 4;
    form.rare_bounds = form.shallow_yield = kind == 4;
    StorageResponseParams params;
    params.window = {0, 30};
    params.dates = params.capture_dates = {30, 90};
    params.tolerance = 1e-11;
    params.engine = tight_engine();
    const StorageResponse r = storage_response(transient_valley(form), params);
    for (std::size_t d = 0; d < r.dates.size(); ++d) {
      for (std::size_t c = 0; c < r.fraction[d].size(); ++c) {
        double sum = r.fraction[d][c];
        for (const Capture& capture : r.captures) {
          if (capture.date == r.dates[d]) sum += capture.fraction[c];
        }
        EXPECT_NEAR(sum, 1, 1e-6) << "kind " << kind << ", date " << r.dates[d] << ", column " << c;
        if (kind == 0) {
          EXPECT_GE(r.fraction[d][c], 0);
          EXPECT_LE(r.fraction[d][c], 1);
        }
      }
    }
    EXPECT_EQ(r.window_length, 30);
  }
}

TEST(Adjoint, WaterRechargedInOneColumnIsWhereTheMapSays) {
  StorageResponseParams params;
  params.window = {0, 30};
  params.dates = {30, 90};
  params.tolerance = 1e-11;
  params.engine = tight_engine();
  const StorageResponse r = storage_response(transient_valley({}), params);
  // Two runs, apart by a source of 1 m/d in the column for 30 days.
  const std::size_t column = 23;
  std::vector<double> stored[2];
  for (int with = 0; with < 2; ++with) {
    Model model = transient_valley({});
    if (with == 1) {
      PackageValues on, off;
      on.cell = off.cell = {static_cast<CellIndex>(column)};
      on.values = {model.grid.area(column) * 1e-4};
      off.values = {0};
      Package well;
      well.name = "extra";
      well.provider = period_values({{0, on}, {1, off}});
      model.packages.push_back(well);
    }
    Simulation run(std::move(model), tight_engine());
    double water = 0;
    while (!run.finished()) {
      run.advance();
      const StorageFlows flows = run.storage_flows();
      for (std::size_t n = 0; n < run.model().grid.cells(); ++n)
        water -= run.last_step().time.dt * (flows.specific_storage[n] + flows.specific_yield[n]);
      if (run.last_step().time.last_of_period) stored[with].push_back(water);
    }
  }
  for (std::size_t d = 0; d < 2; ++d)
    EXPECT_NEAR(r.stored[d][column], (stored[1][d] - stored[0][d]) / 1e-4, 1e-2);
}

TEST(Adjoint, IsTheSameFromScratchFileAndMemoryAndForAnyNumberOfThreads) {
  Form form;
  form.convertible = true;
  StorageResponseParams params;
  params.window = {0, 30};
  params.dates = {30, 90};
  const StorageResponse kept = storage_response(transient_valley(form), params);
  params.trajectory.memory_mb = 0;
  params.trajectory.scratch_folder = std::filesystem::temp_directory_path();
  core::set_thread_count(1);
  const StorageResponse read = storage_response(transient_valley(form), params);
  core::set_thread_count(2);
  EXPECT_EQ(kept.stored, read.stored);
  const Trajectory run = record_run(transient_valley(form), {}, params.trajectory);
  EXPECT_EQ(run.memory_bytes(), 0u);
  EXPECT_GT(run.scratch_bytes(), 10 * run.model().grid.cells() * sizeof(double));
}

TEST(Adjoint, AFullDiskIsSaidWithTheRemedy) {
  if (!std::filesystem::exists("/dev/full"))
    GTEST_SKIP() << "this system has no /dev/full to stand for a full disk";
  TrajectoryParams params;
  params.memory_mb = 0;
  params.scratch_folder = "/dev/full/nowhere";
  try {
    record_run(transient_valley({}), {}, params);
    FAIL() << "nothing was thrown";
  } catch (const core::RunError& e) {
    EXPECT_NE(std::string(e.what()).find("/dev/full/nowhere"), std::string::npos) << e.what();
  }
}

// The message of the InputError of a sweep.
std::string refusal(const Trajectory& run, const Measure& measure) {
  try {
    SweepParams params;
    params.measures = {measure};
    params.wanted.recharge = true;
    sweep(run, params);
  } catch (const core::InputError& e) {
    return e.what();
  }
  return "";
}

TEST(Adjoint, RefusesMeasuresThatCannotBeTaken) {
  Form form;
  form.convertible = true;
  Model model = transient_valley(form);
  model.start_heads[static_cast<std::size_t>(Valley::cell(0, 5, 0))] = -100;  // dry for good
  model.grid.idomain = [&] {
    std::vector<std::int8_t> domain(model.grid.cells(), 1);
    domain.at(static_cast<std::size_t>(Valley::cell(2, 0, 0))) = 0;
    return domain;
  }();
  const Trajectory run = record_run(std::move(model), {}, {});
  const auto has = [](const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  has(refusal(run, {"empty", {}, {}, {}}), "measure empty: has no active cells");
  has(refusal(run, {"inactive", {{1, Valley::cell(2, 0, 0), 1}}, {}, {}}),
      "cell (3, 1, 1), which is not active");
  has(refusal(run, {"dry", {{1, Valley::cell(0, 5, 0), 1}}, {}, {}}),
      "cell (1, 6, 1), which is dry at the end of period 1, step 2");
  has(refusal(run, {"late", {{99, Valley::cell(0, 1, 1), 1}}, {}, {}}), "step 100, outside the run");
  has(refusal(run, {"weights", {}, {}, {{1, 1.0, std::make_shared<std::vector<char>>(7, 1)}}}),
      "weights for 7 cells");
  has(refusal(run, {"nan", {{1, Valley::cell(0, 1, 1), std::nan("")}}, {}, {}}), "no number");
  EXPECT_EQ(refusal(run, {"good", {{1, Valley::cell(0, 1, 1), 1}}, {}, {}}), "");
}

TEST(Adjoint, DatesOutsideTheRunOrBetweenStepsAreNamedWithTheNearest) {
  StorageResponseParams params;
  params.window = {0, 17};
  params.dates = {31, 400};
  try {
    storage_response(transient_valley({}), params);
    FAIL() << "nothing was thrown";
  } catch (const core::InputError& e) {
    ASSERT_EQ(e.problems().size(), 3u) << e.what();
    EXPECT_NE(std::string(e.what()).find("window: time 17 lies between two steps"), std::string::npos)
        << e.what();
    EXPECT_NE(std::string(e.what()).find("dates: time 31 lies between two steps"), std::string::npos);
    EXPECT_NE(std::string(e.what()).find("The nearest is 30"), std::string::npos);
    EXPECT_NE(std::string(e.what()).find("dates: time 400 is outside the run"), std::string::npos);
  }
}

TEST(Adjoint, StepsThatDidNotConvergeAreCountedWhereTheModelSaysContinue) {
  Form form;
  form.convertible = true;
  StorageResponseParams params;
  params.dates = {90};
  Model model = transient_valley(form);
  model.solver.outer_maximum = 1;
  model.solver.outer_dvclose = 1e-12;
  EXPECT_THROW(storage_response(model, params), core::RunError);
  model.solver.continue_unconverged = true;
  const StorageResponse r = storage_response(model, params);
  EXPECT_GT(r.details.steps_not_converged, 0u);
}

TEST(Adjoint, DryCellsAndDrainsThatStopHaveNoSensitivityAndAreMapped) {
  // A row of convertible cells that drains until the cell under a drain falls under its elevation.
  Model model = block(1, 1, 6, 100, 10, 10);
  make_transient(model, 400, 8, 1.3, 1e-5, 0.1, true);
  model.flow.icelltype = 1;
  model.flow.k = 5.0;
  model.start_heads = {9, 9, 9, 9, 9, 9};
  model.grid.botm = {0, 0, 0, 0, 0, 8.5};
  model.packages.push_back(package(PackageKind::drn, {2}, {{8.0, 50}}));
  model.packages.push_back(package(PackageKind::ghb, {0}, {{2.0, 50}}));
  model.solver.outer_dvclose = 1e-9;
  const Trajectory run = record_run(std::move(model), tight_engine(), {});
  std::vector<double> buffer;
  const std::vector<double> last = run.heads(run.steps(), buffer);
  ASSERT_EQ(last[5], kDryHead);
  ASSERT_LT(last[2], 8.0);
  SweepParams params;
  params.measures = {{"head", {{static_cast<int>(run.steps()) - 1, 3, 1.0}}, {}, {}}};
  params.wanted = {true, true, true, true, true, false, false};
  const AdjointResult result = sweep(run, params);
  EXPECT_GT(result.dry_steps[5], 0);
  EXPECT_GT(result.switches[5], 0);
  EXPECT_GT(result.switches[2], 0);
  EXPECT_EQ(result.dry_cells, 1u);
  const MeasureSensitivity& s = result.measures.front();
  for (const std::vector<double>* map : {&s.k, &s.k33, &s.ss, &s.sy, &s.recharge[0], &s.wells[0]}) {
    for (const double v : *map) EXPECT_LT(std::abs(v), 1e6);
  }
}

TEST(Adjoint, StreamsAreRefusedWithTheRemedy) {
  Model model = transient_valley({});
  Package streams;
  streams.kind = PackageKind::sfr;
  streams.name = "SFR-1";
  model.packages.push_back(streams);
  core::Problems problems;
  check_adjoint(model, problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_NE(problems.items().front().text().find("Put rivers (RIV)"), std::string::npos);
}

// --- shared data

// Where something switches within the step of the difference, forward and backward differ, and no more can be asked.
class ReferenceSensitivities : public ::testing::TestWithParam<std::pair<const char*, double>> {};

TEST_P(ReferenceSensitivities, AgreeWithFiniteDifferencesOfModflow) {
  const auto [name, tolerance] = GetParam();
  const std::filesystem::path folder = shared_data() / "adjoint" / name;
  if (shared_data().empty() || !std::filesystem::exists(folder))
    GTEST_SKIP() << "adjoint/" << name
                 << " is not there: the reference data are outside of the project (PHREATIC_SHARED_DATA)";
  int count = 0;
  for (const Agreement& a : compare_sensitivities(folder)) {
    EXPECT_LT(a.smooth_worst, tolerance) << a.parameter << ": " << a.smooth_where;
    EXPECT_LT(a.beyond_spread, tolerance) << a.parameter << ": " << a.where;
    count += a.count;
  }
  EXPECT_GT(count, 20);
}

INSTANTIATE_TEST_SUITE_P(
    SharedData, ReferenceSensitivities,
    ::testing::Values(std::pair{"box_steady", 2e-5}, std::pair{"box_transient", 1e-5},
                      std::pair{"freyberg_steady", 2e-5}, std::pair{"freyberg_transient", 1e-5},
                      std::pair{"freyberg_steady_then_transient", 1e-4},
                      std::pair{"freyberg_iconvert1", 1e-4}, std::pair{"hfb_confined", 1e-5},
                      std::pair{"mixed_steady_transient", 1e-5}, std::pair{"valley_convertible", 1e-5},
                      std::pair{"valley_newton", 2e-5}, std::pair{"variablecv", 1e-5},
                      std::pair{"mar_small", 1e-3}),
    [](const auto& one) { return std::string(one.param.first); });

// Its matrices need factors with fill in many steps.
INSTANTIATE_TEST_SUITE_P(SlowSharedData, ReferenceSensitivities,
                         ::testing::Values(std::pair{"mar_small_newton", 1e-3}),
                         [](const auto& one) { return std::string(one.param.first); });

class ExactBox : public ::testing::TestWithParam<const char*> {};

TEST_P(ExactBox, DiscreteSolutionIsReachedInEveryCell) {
  const std::filesystem::path folder = shared_data() / "adjoint" / GetParam();
  const std::filesystem::path file = folder / "exact_wel_q.csv.gz";
  if (shared_data().empty() || !std::filesystem::exists(file))
    GTEST_SKIP() << GetParam()
                 << " is not there: the reference data are outside of the project (PHREATIC_SHARED_DATA)";
  const Trajectory run = record_run(reference_model(folder), tight_engine(), {});
  SweepParams params;
  params.measures = reference_measures(folder / "measure.txt", run);
  params.wanted.wells = true;
  params.tolerance = 1e-12;
  const AdjointResult result = sweep(run, params);
  std::istringstream in(unzipped(file));
  std::string line;
  std::getline(in, line);
  std::map<std::string, double> largest, worst;
  int count = 0;
  while (std::getline(in, line)) {
    const std::vector<std::string> f = split(line);
    const double exact = std::stod(f[5]);
    const auto period = static_cast<std::size_t>(std::max(0, std::stoi(f[1]) - 1));
    const CellIndex n = run.model().grid.cell(std::stoi(f[2]) - 1, std::stoi(f[3]) - 1, std::stoi(f[4]) - 1);
    for (const MeasureSensitivity& s : result.measures) {
      if (s.name != f[0]) continue;
      largest[f[0]] = std::max(largest[f[0]], std::abs(exact));
      worst[f[0]] = std::max(worst[f[0]], std::abs(s.wells[period][static_cast<std::size_t>(n)] - exact));
      ++count;
    }
  }
  EXPECT_GT(count, 7000);
  for (const auto& [name, off] : worst) EXPECT_LT(off, 1e-8 * largest[name]) << name;
}

INSTANTIATE_TEST_SUITE_P(SharedData, ExactBox, ::testing::Values("box_steady", "box_transient"),
                         [](const auto& one) { return std::string(one.param); });

}  // namespace
}  // namespace phreatic::flow::testing

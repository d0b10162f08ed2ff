// SPDX-License-Identifier: BSD-3-Clause
// Transfer functions fitted to wells of the 2022 modelling challenge, against pastas' fits of the same
// (tests/reference/stats/pastas_real.py). Skipped where the shared data is not there.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "phreatic/stats/baselines/transfer_function.hpp"

namespace phreatic::stats {
namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();

std::string shared_data() {
  const char* folder = std::getenv("PHREATIC_SHARED_DATA");
  return folder != nullptr ? folder : "../shared/data";
}

struct Table {
  std::vector<std::int64_t> day;
  std::vector<std::vector<double>> rows;
};

Table read_table(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  Table table;
  while (std::getline(file, line)) {
    std::stringstream cells(line);
    std::string cell;
    std::getline(cells, cell, ',');
    table.day.push_back(core::day_of(*core::parse_date(cell, core::DateOrder::iso)));
    table.rows.emplace_back();
    while (std::getline(cells, cell, ',')) table.rows.back().push_back(cell.empty() ? kGap : std::stod(cell));
  }
  return table;
}

struct Expected {
  std::string well;
  double gain;
  double n;
  double a_days;
  double evaporation_factor;
  double base_m;
  double training_nse;
};

class RealWells : public testing::TestWithParam<Expected> {};

TEST_P(RealWells, FitAgreesWithPastas) {
  const Expected& expected = GetParam();
  const std::string folder = shared_data() + "/wells/gw-challenge-2022/" + expected.well;
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no " << folder;
  const Table drivers = read_table(folder + "/input_data.csv");
  const Table heads = read_table(folder + "/heads.csv");  // the calibration part only
  const std::int64_t first = drivers.day.front();
  std::vector<double> rain;
  std::vector<double> evaporation;
  for (const auto& row : drivers.rows) {
    rain.push_back(row[0]);
    evaporation.push_back(row[8]);
  }
  std::vector<double> target(rain.size(), kGap);
  for (std::size_t i = 0; i < heads.day.size(); ++i) {
    target[static_cast<std::size_t>(heads.day[i] - first)] = heads.rows[i].at(0);
  }
  const auto last = static_cast<std::size_t>(heads.day.back() - first);
  const BaselineData data{core::TimeAxis(first * core::kSecondsPerDay, {}, rain.size()),
                          target,
                          {"precipitation", "evaporation"},
                          {rain, evaporation},
                          {0, last + 1 - 4 * 365},
                          {last + 1 - 4 * 365, last + 1}};
  const auto fit = transfer_function_baseline(data, {});
  ASSERT_TRUE(fit.ok) << fit.reason;
  EXPECT_TRUE(fit.converged);
  EXPECT_NEAR(fit.model.recharge.gain / expected.gain, 1, 1e-3);
  EXPECT_NEAR(fit.model.recharge.n / expected.n, 1, 1e-3);
  EXPECT_NEAR(fit.model.recharge.a_days / expected.a_days, 1, 1e-3);
  EXPECT_NEAR(fit.model.evaporation_factor / expected.evaporation_factor, 1, 1e-3);
  EXPECT_NEAR(fit.model.base_m, expected.base_m, 1e-3);
  const double fit_nse = nse(slice(target, data.train), slice(fit.result.simulated, data.train));
  EXPECT_NEAR(fit_nse, expected.training_nse, 1e-5);
  std::cout << fit.result.description << '\n';
}

INSTANTIATE_TEST_SUITE_P(
    Challenge, RealWells,
    testing::Values(Expected{"Germany", 0.5212163853246919, 0.9666872855932424, 107.9970360652526,
                             0.8679773086877951, 374.5349711552406, 0.6973349895031302},
                    Expected{"Netherlands", 0.11226145533331476, 0.7838500272682007, 114.7594648373421,
                             0.8382146331666861, 11.096363569108837, 0.5432814548932665}),
    [](const auto& which) { return which.param.well; });

}  // namespace
}  // namespace phreatic::stats

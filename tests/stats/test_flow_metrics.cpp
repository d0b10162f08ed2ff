// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "phreatic/core/random.hpp"
#include "phreatic/stats/metrics/flow_metrics.hpp"

namespace phreatic::stats {
namespace {

std::vector<double> flows(std::size_t n) {
  core::RandomStream random(7, "flows");
  std::vector<double> out;
  double q = 1;
  for (std::size_t t = 0; t < n; ++t) {
    q = 0.95 * q + (random.uniform() < 0.05 ? random.gamma(2, 3) : 0.02);
    out.push_back(q);
  }
  return out;
}

std::vector<double> mapped(const std::vector<double>& values, auto f) {
  std::vector<double> out;
  for (const double v : values) out.push_back(f(v));
  return out;
}

TEST(FlowScores, flows_times_a_number_keep_their_curve_but_for_the_high_volume) {
  const auto o = flows(2000);
  const FlowScores s = flow_scores(o, mapped(o, [](double v) { return 1.25 * v; }));
  EXPECT_NEAR(s.fhv, 25, 1e-9);
  EXPECT_NEAR(s.flv, 0, 1e-9);
  EXPECT_NEAR(s.fms, 0, 1e-9);
  EXPECT_NEAR(s.peak_error, 25, 1e-9);
  EXPECT_EQ(s.peak_timing, 0);
  EXPECT_GT(s.peaks, 5U);
}

// ln s = 1.2 ln o: every difference of logarithms grows by a fifth.
TEST(FlowScores, a_power_of_the_flow_changes_slope_and_low_volume_by_its_exponent) {
  const auto o = flows(2000);
  const FlowScores s = flow_scores(o, mapped(o, [](double v) { return std::pow(v, 1.2); }));
  EXPECT_NEAR(s.fms, 20, 1e-9);
  EXPECT_NEAR(s.flv, -20, 1e-9);
}

// An intermittent river: its zeros count as 1e-6 where logarithms are taken, in what is observed and in what is simulated.
TEST(FlowScores, zeros_count_as_a_millionth_in_logarithms) {
  const auto flow = flows(2000);
  auto sorted = flow;
  std::sort(sorted.begin(), sorted.end());
  const double dry_below = sorted[100];  // 5 %; from 30 % on the low flows have no volume
  const auto o = mapped(flow, [&](double v) { return v < dry_below ? 0 : v; });
  ASSERT_EQ(std::count(o.begin(), o.end(), 0.0), 100);
  const auto simulated = mapped(o, [](double v) { return 1.1 * v; });
  const FlowScores dry = flow_scores(o, simulated);
  const auto least = [](double v) { return std::max(v, 1e-6); };
  const FlowScores floored = flow_scores(mapped(o, least), mapped(simulated, least));
  EXPECT_FALSE(std::isnan(dry.fms));
  EXPECT_EQ(dry.fms, floored.fms);
  EXPECT_FALSE(std::isnan(dry.flv));
  EXPECT_EQ(dry.flv, floored.flv);
}

TEST(FlowScores, late_peaks_are_told_and_gaps_and_short_series_are_left_out) {
  auto o = flows(2000);
  std::vector<double> late(o.size(), o.front());
  for (std::size_t t = 2; t < o.size(); ++t) late[t] = o[t - 2];
  EXPECT_NEAR(flow_scores(o, late).peak_timing, 2, 0.2);
  EXPECT_NEAR(flow_scores(o, late).peak_error, 0, 1);
  auto half = o;
  for (std::size_t t = 0; t < half.size(); t += 2) half[t] = std::nan("");
  EXPECT_FALSE(std::isnan(flow_scores(half, o).fhv));
  EXPECT_EQ(flow_scores(half, o).fms, 0);
  const std::vector<double> few(10, 1.0);
  EXPECT_TRUE(std::isnan(flow_scores(few, few).fhv));
  const std::vector<double> zeros(100, 0.0);  // a dry river has no curve
  EXPECT_TRUE(std::isnan(flow_scores(zeros, zeros).fhv));
  EXPECT_TRUE(std::isnan(flow_scores(zeros, zeros).fms));
  EXPECT_EQ(flow_scores(zeros, zeros).peaks, 0U);
}

}  // namespace
}  // namespace phreatic::stats

// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <cmath>
#include <deque>

#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/stats/metrics/paired_bootstrap.hpp"

namespace phreatic::stats {
namespace {

// Entities whose errors of two models are independent normals of the given standard deviations.
struct Wells {
  std::deque<std::vector<double>> values;
  std::vector<PairedSeries> series;
  Wells(std::size_t wells, std::size_t steps, double first, double second, double between = 0) {
    for (std::size_t e = 0; e < wells; ++e) {
      core::RandomStream random(4, "wells", e);
      const double own = between * random.normal();
      for (int k = 0; k < 3; ++k) values.emplace_back();
      std::vector<double>* three[] = {&values[3 * e], &values[3 * e + 1], &values[3 * e + 2]};
      for (std::size_t t = 0; t < steps; ++t) {
        const double o = 100 + std::sin(0.1 * static_cast<double>(t));
        three[0]->push_back(o);
        three[1]->push_back(o + (first + own) * random.normal());
        three[2]->push_back(o + second * random.normal());
      }
    }
    for (std::size_t e = 0; e < wells; ++e)
      series.push_back({values[3 * e], values[3 * e + 1], values[3 * e + 2]});
  }
};

TEST(PairedBootstrap, the_difference_is_that_of_the_scores_and_changes_its_sign_with_the_order) {
  Wells wells(7, 400, 0.2, 0.4);
  std::vector<double> first, second;
  for (const PairedSeries& s : wells.series) {
    first.push_back(nse(s.observed, s.first));
    second.push_back(nse(s.observed, s.second));
  }
  const PairedDifference d = paired_nse_difference(wells.series, {});
  EXPECT_NEAR(d.mean.value, mean(first) - mean(second), 1e-9);
  EXPECT_NEAR(d.median.value, median(first) - median(second), 1e-9);
  EXPECT_EQ(d.entities, 7U);
  EXPECT_EQ(d.first_better, 7U);
  EXPECT_EQ(d.blocks, 5U);
  EXPECT_LT(d.mean.p_value, 0.01);
  EXPECT_GT(d.mean.low, 0);
  for (PairedSeries& s : wells.series) std::swap(s.first, s.second);
  const PairedDifference back = paired_nse_difference(wells.series, {});
  EXPECT_DOUBLE_EQ(back.mean.value, -d.mean.value);
  EXPECT_NEAR(back.mean.low, -d.mean.high, 1e-12);
  EXPECT_NEAR(back.median.high, -d.median.low, 1e-12);
}

TEST(PairedBootstrap, a_model_against_itself_differs_by_nothing) {
  Wells wells(5, 300, 0.3, 0.3);
  for (PairedSeries& s : wells.series) s.second = s.first;
  const PairedDifference d = paired_nse_difference(wells.series, {});
  EXPECT_EQ(d.mean.value, 0);
  EXPECT_EQ(d.mean.low, 0);
  EXPECT_EQ(d.median.high, 0);
  EXPECT_EQ(d.mean.p_value, 1);
}

// With one block of time only entities are drawn: the resamples' standard deviation is that of a mean of n draws from
// the n differences.
TEST(PairedBootstrap, over_entities_alone_the_interval_is_that_of_a_mean) {
  Wells wells(60, 200, 0.3, 0.4, 0.1);
  std::vector<double> differences;
  for (const PairedSeries& s : wells.series)
    differences.push_back(nse(s.observed, s.first) - nse(s.observed, s.second));
  double squares = 0;
  for (const double v : differences) squares += std::pow(v - mean(differences), 2);
  const double sd = std::sqrt(squares / 60 / 60);
  const PairedDifference d = paired_nse_difference(wells.series, {.block_steps = 200, .resamples = 20000});
  EXPECT_NEAR((d.mean.high - d.mean.low) / (2 * 1.96 * sd), 1, 0.05);
  EXPECT_EQ(d.blocks, 1U);
}

TEST(PairedBootstrap, gaps_leave_pairs_out_threads_change_nothing_and_constant_levels_have_no_skill) {
  Wells wells(4, 300, 0.2, 0.3);
  Wells same(4, 300, 0.2, 0.3);
  for (std::size_t t = 0; t < 300; t += 3) same.values[1][t] = std::nan("");
  for (std::size_t t = 0; t < 300; t += 3) wells.values[0][t] = std::nan("");
  core::set_thread_count(1);
  const PairedDifference one = paired_nse_difference(wells.series, {});
  core::set_thread_count(3);
  const PairedDifference three = paired_nse_difference(same.series, {});
  EXPECT_EQ(one.mean.low, three.mean.low);
  EXPECT_EQ(one.mean.value, three.mean.value);
  const std::vector<double> flat(300, 2.5);
  const std::vector<PairedSeries> constant = {{flat, wells.series[0].first, wells.series[0].second}};
  EXPECT_TRUE(std::isnan(paired_nse_difference(constant, {}).mean.value));
  EXPECT_EQ(paired_nse_difference(constant, {}).entities, 0U);
}

}  // namespace
}  // namespace phreatic::stats

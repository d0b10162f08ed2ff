// SPDX-License-Identifier: BSD-3-Clause
// Slow means against the answers of a linear reservoir.
#include "phreatic/data/series/derive.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace phreatic::data {
namespace {

std::vector<double> slow(const std::vector<double>& in, double time_constant) {
  std::vector<double> out(in.size());
  slow_mean(in, time_constant, out);
  return out;
}

TEST(SlowMean, AConstantStaysAndAStepAnswersAsALinearReservoir) {
  EXPECT_EQ(slow(std::vector<double>(50, 3.0), 7), std::vector<double>(50, 3.0));
  std::vector<double> step(1000, 1.0);
  for (std::size_t t = 600; t < step.size(); ++t) step[t] = 2.0;
  const std::vector<double> out = slow(step, 100);
  for (std::size_t t = 600; t < step.size(); ++t) {
    const double days = static_cast<double>(t - 600) + 1;
    EXPECT_NEAR(out[t], 2 - std::exp(-days / 100), 1e-12);  // dS/dt = (x - S) / 100
  }
}

TEST(SlowMean, ItBeginsAsThePlainMeanAndReadsNothingLater) {
  std::vector<double> in;
  for (int t = 0; t < 200; ++t) in.push_back((t * 37) % 11);
  const std::vector<double> out = slow(in, 150);
  double sum = 0;
  for (std::size_t t = 0; t < 150; ++t) {
    sum += in[t];
    EXPECT_NEAR(out[t], sum / static_cast<double>(t + 1), 1e-12);
  }
  std::vector<double> changed = in;
  for (std::size_t t = 170; t < in.size(); ++t) changed[t] = 1e6;
  const std::vector<double> other = slow(changed, 150);
  for (std::size_t t = 0; t < 170; ++t) EXPECT_EQ(out[t], other[t]);
}

TEST(SlowMean, GapsArePassedOverAndNothingStandsBeforeTheFirstValue) {
  const double gap = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> out = slow({gap, gap, 4, gap, 4, 4}, 3);
  EXPECT_TRUE(std::isnan(out[0]) && std::isnan(out[1]));
  for (std::size_t t = 2; t < 6; ++t) EXPECT_EQ(out[t], 4);
}

}  // namespace
}  // namespace phreatic::data

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/clustering/som.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"

namespace phreatic::stats {
namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();
using Values = std::vector<double>;

double round4(double v) { return std::round(1e4 * v) / 1e4; }

// tests/reference/stats/clustering.py: MiniSom with a codebook that is given.
TEST(Som, QualityAgreesWithMiniSom) {
  Values x;
  const double centre[3][2] = {{0, 0}, {3, 0.5}, {1, 4}};
  for (int i = 0; i < 30; ++i) {
    x.push_back(round4(centre[i % 3][0] + 0.9 * std::sin(1.7 * i * i)));
    x.push_back(round4(centre[i % 3][1] + 0.9 * std::cos(2.3 * i * i + 1)));
  }
  Som som{3, 4, SomGrid::rectangular, 2, {}};
  for (int k = 0; k < 12; ++k) {
    const int from = 5 * k % 12;
    const int r = from / 4;
    const int c = from % 4;
    som.codebook.push_back(c + 0.2 * std::sin(r + c));
    som.codebook.push_back(1.3 * r + 0.3 * std::cos(r * c));
  }
  const auto quality = assess(som, Points(x, 30, 2));
  EXPECT_NEAR(quality.quantisation_error, 0.9180414726834523, 1e-12);
  EXPECT_NEAR(quality.topographic_error, 0.5, 1e-12);
  const Values expected{0.857035493437099,  0.6265493708626507, 0.7661781662438484, 1.0,
                        0.888479938264337,  0.7917823126307708, 0.588115074653012,  0.9563375270940745,
                        0.6574548040462512, 0.8004584202578188, 0.7569194025274082, 0.5826009236797856};
  const auto u = u_matrix(som);
  const double highest = *std::max_element(u.begin(), u.end());
  for (std::size_t i = 0; i < 12; ++i) EXPECT_NEAR(u[i] / highest, expected[i], 1e-12);
}

TEST(Som, HexagonalNeighbours) {
  const Som som{3, 3, SomGrid::hexagonal, 1, Values(9, 0)};
  std::size_t of_middle = 0;
  for (std::size_t b = 0; b < 9; ++b) of_middle += adjacent(som, 4, b) ? 1 : 0;
  EXPECT_EQ(of_middle, 6U);
  EXPECT_TRUE(adjacent(som, 4, 2));   // up and right of an odd row
  EXPECT_FALSE(adjacent(som, 4, 0));  // not up and left
  EXPECT_FALSE(adjacent(som, 4, 4));
}

// Samples uniform on a square: a trained map of any kind keeps neighbours together and beats one node.
Values square(std::size_t n) {
  core::RandomStream random(4, "square");
  Values x(2 * n);
  for (double& v : x) v = random.uniform();
  return x;
}

TEST(Som, TrainedMapsKeepTheTopology) {
  const Values x = square(600);
  const Points samples(x, 600, 2);
  for (const auto grid : {SomGrid::rectangular, SomGrid::hexagonal}) {
    for (const auto training : {SomTraining::batch, SomTraining::online}) {
      SomParams params;
      params.rows = params.columns = 6;
      params.grid = grid;
      params.training = training;
      params.epochs = 40;
      const auto quality = assess(train_som(samples, params), samples);
      EXPECT_LT(quality.quantisation_error, 0.11);  // one node: 0.38; 36 cells of side 1/6: 0.064
      EXPECT_LT(quality.topographic_error, 0.08);
    }
  }
}

TEST(Som, BatchWithNarrowNeighbourhoodEndsAtAFixedPointOfLloyd) {
  const Values x = square(200);
  const Points samples(x, 200, 2);
  SomParams params;
  params.rows = 2;
  params.columns = 3;
  params.epochs = 200;
  params.radius_end = 1e-2;
  const Som som = train_som(samples, params);
  const auto quality = assess(som, samples);
  for (std::size_t node = 0; node < 6; ++node) {
    double sum = 0;
    double n = 0;
    for (std::size_t i = 0; i < 200; ++i) {
      if (quality.nodes[i] != static_cast<int>(node)) continue;
      sum += x[2 * i];
      n += 1;
    }
    ASSERT_GT(n, 0);
    EXPECT_NEAR(som.codebook[2 * node], sum / n, 1e-9);
  }
}

TEST(Som, AChainOrdersALine) {
  Values x(100);
  for (std::size_t i = 0; i < x.size(); ++i) x[(37 * i) % 100] = static_cast<double>(i);
  for (const auto start : {SomStart::principal_components, SomStart::random}) {
    SomParams params;
    params.rows = 1;
    params.columns = 8;
    params.start = start;
    const Som som = train_som(Points(x, 100, 1), params);
    const bool rising = som.codebook[0] < som.codebook[7];
    for (std::size_t c = 1; c < 8; ++c) EXPECT_EQ(som.codebook[c] > som.codebook[c - 1], rising);
  }
}

TEST(Som, GapsAreLeftOut) {
  // Two groups that differ in every coordinate, with a third of the values missing.
  core::RandomStream random(6, "gaps");
  Values x;
  for (std::size_t i = 0; i < 40; ++i) {
    for (std::size_t j = 0; j < 10; ++j) {
      const double v = (i < 20 ? 0.0 : 5.0) + 0.1 * random.normal();
      x.push_back(random.uniform() < 0.33 ? kGap : v);
    }
  }
  for (std::size_t j = 0; j < 10; ++j) x.push_back(kGap);
  const Points samples(x, 41, 10);
  SomParams params;
  params.rows = 1;
  params.columns = 2;
  const auto quality = assess(train_som(samples, params), samples);
  for (std::size_t i = 1; i < 40; ++i) EXPECT_EQ(quality.nodes[i] == quality.nodes[0], i < 20);
  EXPECT_EQ(quality.nodes[40], -1);
  EXPECT_TRUE(std::isnan(quality.distances[40]));
  EXPECT_EQ(quality.hits[0], 20U);
}

TEST(Som, SameForAnyThreadsAndSidesAreChosen) {
  const Values x = square(100);
  const Points samples(x, 100, 2);
  const int before = core::thread_count();
  core::set_thread_count(1);
  const Som one = train_som(samples, {});
  core::set_thread_count(3);
  const Som three = train_som(samples, {});
  core::set_thread_count(before);
  EXPECT_EQ(one.codebook, three.codebook);
  EXPECT_NEAR(one.rows * one.columns, 50, 8);
  const Som single = train_som(Points(Values{1, 2}, 1, 2), {});
  EXPECT_EQ(assess(single, Points(Values{1, 2}, 1, 2)).quantisation_error, 0);
}

}  // namespace
}  // namespace phreatic::stats

// SPDX-License-Identifier: BSD-3-Clause
// Regression weighted by distances in space and time, of rows that share places and months.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "phreatic/core/random.hpp"
#include "phreatic/stats/regression/gwr.hpp"
#include "phreatic/studies/downscaling/models/placewise_gtwr.hpp"
#include "phreatic/studies/downscaling/models/placewise_gwr.hpp"

namespace phreatic::studies::downscaling {
namespace {

// The house's GWR of single rows, which is checked against mgwr, on a patch so small that the sphere is flat.
TEST(PlacewiseGwr, HasTheCoefficientsOfGwrOfItsRowsWithTheSameBandwidth) {
  core::RandomStream random(8, "gwr");
  Rows rows;
  rows.names = {"rain", "heat"};
  for (std::size_t i = 0; i < 300; ++i) {
    rows.longitude.push_back(random.uniform(0, 0.01));
    rows.latitude.push_back(random.uniform(0, 0.01));
    rows.days.push_back(0);
    rows.x.insert(rows.x.end(), {random.normal(), 100 + random.normal()});
    rows.y.push_back((1 + 300 * rows.longitude.back()) * rows.x[2 * i] + rows.x[2 * i + 1] + random.normal());
  }
  rows.count = 300;
  const PlacewiseGwr found(rows);
  ASSERT_GT(found.neighbours(), 0U);
  EXPECT_EQ(found.places(), 300U);
  const stats::GwrFit peer = stats::gwr({rows.longitude, rows.latitude, {}, rows.x, rows.y, 2},
                                        {.neighbours = static_cast<int>(found.neighbours())});
  ASSERT_TRUE(peer.solved);
  for (std::size_t i = 0; i < 300; i += 7) {
    const std::vector<double> b = found.coefficients(rows.longitude[i], rows.latitude[i]);
    for (std::size_t k = 0; k < 3; ++k)
      EXPECT_NEAR(b[k], peer.coefficients[3 * i + k],
                  1e-4 * std::max(1.0, std::abs(peer.coefficients[3 * i + k])))
          << i << " " << k;
  }
}

TEST(PlacewiseGwr, RowsOfOnePlaceCountAsIfEachStoodAlone) {
  core::RandomStream random(9, "gwr");
  Rows once, apart;
  for (Rows* rows : {&once, &apart}) rows->names = {"rain"};
  for (std::size_t place = 0; place < 100; ++place) {
    const double x = random.uniform(0, 10), y = random.uniform(0, 10);
    for (std::size_t month = 0; month < 8; ++month) {
      const double rain = random.normal(), storage = (1 + x) * rain + random.normal();
      for (Rows* rows : {&once, &apart}) {
        // A millionth of a degree apart, each row is a place of its own.
        rows->longitude.push_back(x + (rows == &apart ? 1e-6 * static_cast<double>(month) : 0));
        rows->latitude.push_back(y);
        rows->days.push_back(0);
        rows->x.push_back(rain);
        rows->y.push_back(storage);
        ++rows->count;
      }
    }
  }
  const PlacewiseGwr a(once), b(apart);
  EXPECT_EQ(a.places(), 100U);
  EXPECT_EQ(b.places(), 800U);
  ASSERT_EQ(8 * a.neighbours(), b.neighbours()) << "the same share of the places";
  EXPECT_NEAR(a.coefficients(5, 5)[0], b.coefficients(5, 5)[0], 1e-3);
}

// Six places of 96 months each; the slope of the first covariate rises with time.
Rows rows_of_six_places() {
  core::RandomStream random(11, "gtwr");
  Rows rows;
  rows.names = {"a", "b"};
  for (int place = 0; place < 6; ++place) {
    for (int month = 0; month < 96; ++month) {
      const double a = random.normal(), b = 3 + random.normal();
      rows.x.insert(rows.x.end(), {a, b});
      rows.longitude.push_back(75 + place % 3);
      rows.latitude.push_back(36 + place / 3);
      rows.days.push_back(30.4375 * month);
      rows.y.push_back((2 + 0.05 * month) * a + 0.5 * b + 0.2 * place + 0.1 * random.normal());
      ++rows.count;
    }
  }
  return rows;
}

TEST(PlacewiseGtwr, HasTheCoefficientsOfLeastSquaresWeightedByBothDistances) {
  const Rows rows = rows_of_six_places();
  const double years = 3, at_x = 75.8, at_y = 36.3, at_day = 1200;
  const std::size_t neighbours = 5;
  const auto distance = [&](std::size_t i) {  // of chords, by latitude and longitude
    const double f = M_PI / 180, x = rows.longitude[i] * f, y = rows.latitude[i] * f;
    return std::hypot(std::cos(y) * std::cos(x) - std::cos(at_y * f) * std::cos(at_x * f),
                      std::cos(y) * std::sin(x) - std::cos(at_y * f) * std::sin(at_x * f),
                      std::sin(y) - std::sin(at_y * f));
  };
  std::vector<double> of_places;
  for (std::size_t i = 0; i < rows.count; i += 96) of_places.push_back(distance(i));
  std::sort(of_places.begin(), of_places.end());
  const double reach = of_places[neighbours - 1] * 1.0000001;
  std::array<std::array<double, 4>, 3> normal{};  // X'WX and X'Wy
  for (std::size_t i = 0; i < rows.count; ++i) {
    const double u = distance(i) / reach, v = (rows.days[i] - at_day) / (365.25 * years);
    if (u >= 1 || std::abs(v) >= 1) continue;
    const double w = std::pow((1 - u * u) * (1 - v * v), 2);
    const std::array<double, 4> x = {rows.row(i)[0], rows.row(i)[1], 1, rows.y[i]};
    for (std::size_t k = 0; k < 3; ++k) {
      for (std::size_t m = 0; m < 4; ++m) normal[k][m] += w * x[k] * x[m];
    }
  }
  for (std::size_t k = 0; k < 3; ++k) {  // elimination by Gauss and Jordan
    for (std::size_t other = 0; other < 3; ++other) {
      if (other == k) continue;
      const double f = normal[other][k] / normal[k][k];
      for (std::size_t m = 0; m < 4; ++m) normal[other][m] -= f * normal[k][m];
    }
  }
  const auto found = PlacewiseGtwr(rows, neighbours, years).coefficients(at_x, at_y, at_day);
  for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(found[k], normal[k][3] / normal[k][k], 1e-8) << k;
}

TEST(PlacewiseGtwr, WithoutAnEndInTimeIsGeographicallyWeightedRegression) {
  const Rows rows = rows_of_six_places();
  const PlacewiseGwr space(rows);
  const auto expected = space.coefficients(76.2, 36.6);
  const auto found = PlacewiseGtwr(rows, space.neighbours(), std::numeric_limits<double>::infinity())
                         .coefficients(76.2, 36.6, 700);
  for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(found[k], expected[k], 1e-9);
}

// 20 years after the last row, and just within reach of it, all rows count alike.
TEST(PlacewiseGtwr, WhereTooFewRowsCountAllRowsCountAlike) {
  const Rows rows = rows_of_six_places();
  const PlacewiseGtwr model(rows, 5, 2);
  const double last = 30.4375 * 95;
  const auto far = model.coefficients(76, 36.5, last + 20 * 365.25);
  const auto edge = model.coefficients(76, 36.5, last + 2 * 365.25 - 20);
  for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(edge[k], far[k], 1e-9) << k;
  EXPECT_NEAR(far[0], 2 + 0.05 * 47.5, 0.2) << "the mean slope";
}

TEST(PlacewiseGtwr, TakesAShortTimeWhereSlopesChangeInTime) {
  const Rows rows = rows_of_six_places();
  const PlacewiseGtwr model(rows);
  EXPECT_EQ(model.years(), 2);
  const auto error = [&](const std::vector<double>& found) {
    double sum = 0;
    for (std::size_t i = 0; i < rows.count; ++i) sum += std::pow(found[i] - rows.y[i], 2);
    return std::sqrt(sum / static_cast<double>(rows.count));
  };
  EXPECT_LT(error(model.predict(rows)), 0.35) << "2 years hold a change of the slope of 0.6 on each side";
  EXPECT_GT(error(PlacewiseGwr(rows).predict(rows)), 1.2);
}

}  // namespace
}  // namespace phreatic::studies::downscaling

// SPDX-License-Identifier: BSD-3-Clause
// Exact invariants of the parts of a downscaling study.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "phreatic/core/random.hpp"
#include "phreatic/studies/downscaling/correction.hpp"
#include "phreatic/studies/downscaling/downscale.hpp"
#include "phreatic/studies/downscaling/models/coefficients.hpp"
#include "phreatic/studies/downscaling/models/combination.hpp"
#include "phreatic/studies/downscaling/models/importance.hpp"
#include "phreatic/studies/downscaling/models/models.hpp"
#include "phreatic/studies/downscaling/storage/layers.hpp"
#include "phreatic/studies/downscaling/storage/schemes.hpp"
#include "tests/studies/downscaling/region.hpp"

namespace phreatic::studies::downscaling {
namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();

std::vector<core::Seconds> days(std::initializer_list<core::CivilDate> dates) {
  std::vector<core::Seconds> out;
  for (const auto& d : dates) out.push_back(core::days_from_civil(d) * core::kSecondsPerDay);
  return out;
}

TEST(Months, TheSecondSolutionOfAMonthGoesToTheNextWhereThatIsFree) {
  std::vector<std::string> said;
  core::Problems problems;
  // GRACE: 2011-10-16 and 2011-10-31 are October and November.
  const auto months = data::months_of(days({{2011, 9, 16}, {2011, 10, 16}, {2011, 10, 31}, {2011, 12, 16}}),
                                      data::MonthStamp::inside, "f", said, problems);
  EXPECT_EQ(months, days({{2011, 9, 1}, {2011, 10, 1}, {2011, 11, 1}, {2011, 12, 1}}));
  EXPECT_EQ(said.size(), 1U);
  EXPECT_TRUE(problems.empty());
  data::months_of(days({{2011, 10, 16}, {2011, 10, 31}, {2011, 11, 16}}), data::MonthStamp::inside, "f", said,
                  problems);
  EXPECT_EQ(problems.size(), 1U) << "November is taken";
}

TEST(Months, StampsAtTheEndOfAMonthBelongToIt) {
  std::vector<std::string> said;
  core::Problems problems;
  EXPECT_EQ(data::months_of(days({{2005, 1, 1}, {2005, 2, 1}}), data::MonthStamp::end, "f", said, problems),
            days({{2004, 12, 1}, {2005, 1, 1}}));
}

TEST(Cells, MeansOfCoarseCellsWeighFineOnesByTheirAreaOnTheSphere) {
  const Cells cells = make_cells({0, 60, 1, 61, 1, 0.5, 0.5});
  // Two rows of two cells; areas of rows are differences of the sines of their edges.
  const double north = std::sin(61 * M_PI / 180) - std::sin(60.5 * M_PI / 180),
               south = std::sin(60.5 * M_PI / 180) - std::sin(60 * M_PI / 180);
  EXPECT_NEAR(aggregate(cells, std::vector<double>{1, 1, 3, 3}, 0)[0], (north + 3 * south) / (north + south),
              1e-12);
  EXPECT_NEAR(aggregate(cells, std::vector<double>{1, kGap, 3, kGap}, 0.4)[0],
              (north + 3 * south) / (north + south), 1e-12);
  EXPECT_TRUE(std::isnan(aggregate(cells, std::vector<double>{1, kGap, kGap, kGap}, 0.5)[0]));
}

TEST(Upsampling, APlaneStaysAPlaneBetweenCoarseCentres) {
  const Cells cells = make_cells({10, 40, 13, 42, 0.5, 0.1, 0.5});
  const auto plane = [](const data::GeoGrid& grid, std::size_t i) {
    const auto [x, y] = centre(grid, i);
    return 3 * x - 7 * y;
  };
  std::vector<double> coarse;
  for (std::size_t c = 0; c < cells.coarse.cells(); ++c) coarse.push_back(plane(cells.coarse, c));
  const auto fine = Upsampler(cells).bilinear(coarse);
  for (std::size_t i = 0; i < fine.size(); ++i) {
    const auto [x, y] = centre(cells.fine, i);
    if (x < 10.25 || x > 12.75 || y < 40.25 || y > 41.75) continue;
    EXPECT_NEAR(fine[i], plane(cells.fine, i), 1e-9);
  }
}

TEST(Closure, MeansOfCoarseCellsAreKeptWhateverTheModelSays) {
  const Cells cells = make_cells({10, 40, 13, 42, 0.5, 0.1, 0.5});
  const Upsampler up(cells);
  core::RandomStream random(3, "closure");
  std::vector<double> coarse(cells.coarse.cells()), fine(cells.fine.cells());
  for (double& v : coarse) v = 100 * random.normal();
  for (double& v : fine) v = random.uniform() < 0.1 ? kGap : 300 * random.normal();
  coarse[5] = kGap;
  const Closure left = close_on(cells, up, coarse, fine, 1e-4);
  EXPECT_LT(left.largest, 1e-9);
  EXPECT_EQ(left.cells, cells.coarse.cells() - 1);
  const auto means = aggregate(cells, fine, 0);
  for (std::size_t c = 0; c < coarse.size(); ++c) {
    if (c == 5) {
      EXPECT_TRUE(std::isnan(means[c]));
    } else {
      EXPECT_NEAR(means[c], coarse[c], 1e-9);
    }
  }
  EXPECT_LT(closure_at(cells, coarse, fine, 3).largest, 1e-9);
}

TEST(Gaps, FilledMonthsAreMarkedAndLongGapsStay) {
  std::vector<double> y(48);
  for (std::size_t t = 0; t < y.size(); ++t) y[t] = static_cast<double>(t);
  for (const std::size_t t : {5U, 6U, 20U, 21U, 22U, 23U, 24U, 47U}) y[t] = kGap;
  std::vector<std::uint8_t> filled(y.size());
  fill_gaps(y, filled, {.gaps = GapPolicy::interpolate, .gap_months = 3});
  EXPECT_NEAR(y[5], 5, 1e-12);
  EXPECT_EQ(filled[5], 1);
  EXPECT_TRUE(std::isnan(y[22])) << "five months are too long";
  EXPECT_TRUE(std::isnan(y[47])) << "nothing is carried beyond the last value";
  fill_gaps(y, filled, {.gaps = GapPolicy::season, .gap_months = 3});
  EXPECT_NEAR(y[22], 22, 1e-6) << "a line without season goes on";
  EXPECT_EQ(filled[22], 1);
  EXPECT_EQ(filled[4], 0);
}

// A slope that changes from west to east: what networks of distances are for, and least squares cannot say.
TEST(Models, AllButTheLinearOnesLearnASlopeThatVariesInSpace) {
  Rows rows;
  rows.names = {"rain", "heat"};
  core::RandomStream random(3, "rows");
  for (std::size_t i = 0; i < 1200; ++i) {
    rows.longitude.push_back(random.uniform(60, 90));
    rows.latitude.push_back(random.uniform(30, 45));
    rows.days.push_back(30.0 * static_cast<double>(i % 24));
    rows.x.insert(rows.x.end(), {random.uniform(0, 1), random.uniform(0, 1)});
    const double slope = (rows.longitude.back() - 75) / 15;
    rows.y.push_back(50 * slope * rows.x[2 * i] + 5 * rows.x[2 * i + 1]);
  }
  rows.count = rows.y.size();
  core::Log log(true);
  core::Context context{log, false};
  const auto error = [&](const std::string& name) {
    const std::vector<double> predicted = find_model(name)->fit(rows, 1, context)(rows);
    double sum = 0;
    for (std::size_t i = 0; i < rows.count; ++i)
      sum += (predicted[i] - rows.y[i]) * (predicted[i] - rows.y[i]);
    return std::sqrt(sum / static_cast<double>(rows.count));
  };
  const double linear = error("ols");
  EXPECT_LT(error("gnnwr"), 0.5 * linear);
  EXPECT_LT(error("gtnnwr"), 0.5 * linear);
  EXPECT_LT(error("gwr"), 0.5 * linear);
}

TEST(Blocks, CellsOfOneBlockAreInOnePart) {
  const Cells cells = make_cells({0, 0, 12, 9, 0.5, 0.1, 0.5});
  std::size_t parts = 0;
  const auto part = block_parts(cells.coarse, 3, 4, 0, parts);
  EXPECT_EQ(parts, 4U);
  for (std::size_t a = 0; a < part.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      const auto [ax, ay] = centre(cells.coarse, a);
      const auto [bx, by] = centre(cells.coarse, b);
      if (std::floor(ax / 3) == std::floor(bx / 3) && std::floor(ay / 3) == std::floor(by / 3)) {
        EXPECT_EQ(part[a], part[b]);
      }
    }
  }
}

// Two models with independent errors: inverse variances; a third that is one of them with more error gets nothing.
TEST(Combination, WeightsAreInverseVariancesOfIndependentErrorsAndNeverNegative) {
  core::RandomStream random(1, "combination");
  std::vector<double> observed, a, b, c;
  for (int i = 0; i < 40000; ++i) {
    const double y = 10 * random.normal(), ea = random.normal(), eb = 2 * random.normal();
    observed.push_back(y);
    a.push_back(y + ea);
    b.push_back(y + eb);
    c.push_back(y + 3 * ea);
  }
  const auto all = [](std::size_t) { return true; };
  const auto two = combination_weights({&a, &b}, observed, all);
  EXPECT_NEAR(two[0], 0.8, 0.01);
  EXPECT_NEAR(two[0] + two[1], 1, 1e-12);
  const auto three = combination_weights({&a, &b, &c}, observed, all);
  EXPECT_EQ(three[2], 0) << "least squares alone would take it off";
  const auto first = combination_weights({&a, &b}, observed, [](std::size_t i) { return i < 20000; });
  EXPECT_NE(first[0], two[0]) << "left-out rows take no part";
}

TEST(Coefficients, OfALinearModelAreItsOwnAndTheirErrorsAreThoseOfItsParts) {
  Inputs in;
  in.cells = make_cells({74, 36, 75, 37, 0.5, 0.1, 0.5});
  in.axis = core::TimeAxis(0, {core::StepUnit::month, 1}, 24);
  const std::size_t cells = in.cells.fine.cells();
  core::RandomStream random(4, "coefficients");
  Covariate rain{.name = "rain", .group = "rain"};
  for (std::size_t i = 0; i < cells * 24; ++i) rain.fine.push_back(static_cast<float>(random.normal()));
  rain.coarse.assign(4 * 24, 0.0F);
  in.covariates = {rain};
  Samples samples;
  for (std::size_t t = 0; t < 24; ++t) samples.fine_at.push_back(predictable(in, t));
  samples.rows = make_rows(in, samples.fine_at[0], Scale::fine, false);
  // A slope that varies in space.
  const auto model = [](double more) {
    return Predictor([more](const Rows& rows) {
      std::vector<double> out;
      for (std::size_t i = 0; i < rows.count; ++i)
        out.push_back(7 + (rows.longitude[i] - 70 + more) * rows.row(i)[0]);
      return out;
    });
  };
  const auto found = local_coefficients(in, samples, false, model(0), {model(-0.3), {}, model(0.3)});
  ASSERT_EQ(found.names, std::vector<std::string>{"rain"});
  for (std::size_t i = 0; i < cells; ++i) {
    EXPECT_NEAR(found.value[0][i], centre(in.cells.fine, i).first - 70, 1e-9);
    EXPECT_NEAR(found.standard_error[0][i], 0.3, 1e-9) << "(2 - 1) / 2 (0.09 + 0.09), its root";
  }
}

TEST(Importance, RanksAreComparedWithTheTrueSharesAndWhatIsNoCauseHasNone) {
  const std::vector<Importance> found{
      {"m", "rain", 5, 0, 0.5}, {"m", "season", 3, 0, 0.3}, {"m", "heat", 2, 0, 0.2}};
  const CauseRanks ranks = ranks_of_causes(found, {{"rain", 0.6}, {"heat", 0.3}, {"pumping", 0.1}});
  EXPECT_NEAR(ranks.correlation, 0.5, 1e-12) << "ranks 1 2 3 against 1 3 2";
  EXPECT_EQ(ranks.no_cause, std::vector<std::string>{"season"});
  EXPECT_EQ(ranks.unseen, std::vector<std::string>{"pumping"});
  EXPECT_TRUE(std::isnan(ranks_of_causes({found.begin(), found.begin() + 2}, {}).correlation));
}

TEST(Causes, FurtherColumnsAreOtherDefinitionsOfTheShare) {
  const auto path = region_folder() / "causes.csv";
  core::write_file_atomic(path, "effect,driver,share\n0.2,rain,0.7\n0.8,heat,0.3\n");
  core::Problems problems;
  const auto causes = read_causes(path.string(), problems);
  ASSERT_TRUE(problems.empty());
  ASSERT_EQ(causes.size(), 2U);
  EXPECT_EQ(causes[0].definition, "share");
  EXPECT_EQ(causes[0].share[1], (std::pair<std::string, double>{"heat", 0.3}));
  EXPECT_EQ(causes[1].definition, "effect");
  EXPECT_EQ(causes[1].share[0], (std::pair<std::string, double>{"rain", 0.2}));
  core::write_file_atomic(path, "driver,share\nrain,much\n");
  read_causes(path.string(), problems);
  EXPECT_FALSE(problems.empty());
}

// Of a linear model the Shapley value of a covariate is its coefficient times its deviation from the mean.
TEST(Importance, OfALinearModelIsItsCoefficientTimesTheMeanDeviation) {
  core::RandomStream random(2, "importance test");
  Rows rows;
  rows.names = {"a", "a, 3 months", "b", "nothing"};
  for (std::size_t i = 0; i < 4000; ++i) {
    const double a = random.normal(), b = 2 * random.normal();
    rows.x.insert(rows.x.end(), {a, -a, b, random.normal()});
    rows.longitude.push_back(0);
    rows.latitude.push_back(0);
    rows.days.push_back(0);
    ++rows.count;
  }
  const Predictor linear = [](const Rows& r) {
    std::vector<double> out;
    for (std::size_t i = 0; i < r.count; ++i)
      out.push_back(5 * r.row(i)[0] + 2 * r.row(i)[1] + 3 * r.row(i)[2]);
    return out;
  };
  const auto found = importance_of("linear", linear, rows, {"a", "a", "b", "nothing"}, 7);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].covariate, "b");
  const double mean = std::sqrt(2 / M_PI);             // of |normal|
  EXPECT_NEAR(found[0].mean_absolute, 6 * mean, 1.2);  // 200 rows, 16 background rows each
  EXPECT_EQ(found[1].covariate, "a");
  EXPECT_NEAR(found[1].mean_absolute, 3 * mean, 0.6);  // both columns together: 5 a - 2 a
  EXPECT_EQ(found[2].mean_absolute, 0);
}

}  // namespace
}  // namespace phreatic::studies::downscaling

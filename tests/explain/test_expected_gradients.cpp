// SPDX-License-Identifier: BSD-3-Clause
// Expected gradients against closed forms over a finite set of references, and their errors against the
// scatter over seeds.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>

#include "functions.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/explain/attribution/expected_gradients.hpp"

namespace phreatic::explain {
namespace {

constexpr std::size_t kSteps = 5, kFeatures = 3, kCells = kSteps * kFeatures;

std::vector<float> normal_numbers(std::size_t n, std::uint64_t seed, double scale = 1) {
  core::RandomStream random(seed, "test");
  std::vector<float> out(n);
  for (float& v : out) v = static_cast<float>(scale * random.normal());
  return out;
}

std::vector<double> row_of(const WindowSource& source, std::size_t i) {
  std::vector<float> x(source.steps() * source.features()), s(source.statics());
  source.inputs(i, x);
  source.static_inputs(i, s);
  std::vector<double> u(x.begin(), x.end());
  u.insert(u.end(), s.begin(), s.end());
  return u;
}

struct Result {
  std::vector<double> cube, sums, errors;
  double value = 0, base = 0, residual = 0;
  int draws = 0;
  bool converged = false;
};

struct Explained {
  std::map<std::size_t, Result> windows;
  ExpectedGradientsSummary summary;
};

Explained explain(model::Differentiable& f, const WindowSource& windows, const WindowSource& training,
                  const ExpectedGradientsParams& params, TargetScale scale = {}) {
  References references;
  references.groups.emplace_back(training.size());
  std::iota(references.groups[0].begin(), references.groups[0].end(), 0U);
  references.group_of.assign(windows.size(), 0);
  const std::vector<TargetScale> scales(windows.size(), scale);
  core::Log log(true);
  core::Context context{log, false};
  Explained run;
  run.summary = expected_gradients(
      f, windows, training, references, scales, params,
      [&](const WindowAttribution& w) {
        Result r;
        r.cube.assign(w.attributions.begin(), w.attributions.end());
        r.cube.insert(r.cube.end(), w.statics.begin(), w.statics.end());
        r.sums.assign(w.driver_sums.begin(), w.driver_sums.end());
        r.errors.assign(w.driver_errors.begin(), w.driver_errors.end());
        r.value = w.value;
        r.base = w.base;
        r.residual = w.residual;
        r.draws = w.draws;
        r.converged = w.converged;
        EXPECT_TRUE(run.windows.emplace(w.window, r).second) << "window twice";
      },
      context);
  EXPECT_EQ(run.windows.size(), windows.size());
  return run;
}

test::Mlp small_network(std::size_t statics = 0, std::uint64_t seed = 5) {
  const std::size_t n = kCells + statics;
  const auto w = normal_numbers(4 * n, seed, 0.35);
  std::vector<std::vector<double>> rows;
  for (std::size_t h = 0; h < 4; ++h) {
    rows.emplace_back(w.begin() + static_cast<std::ptrdiff_t>(h * n),
                      w.begin() + static_cast<std::ptrdiff_t>((h + 1) * n));
  }
  return {kSteps, kFeatures, rows, {0.2, -0.4, 0.1, 0.5}, {1.0, -0.7, 0.8, 0.5}, 0.3, statics};
}

// Exact attribution of a network: mean over references of the closed path integrals.
template <class F>
std::vector<double> exact(const F& f, const WindowSource& windows, std::size_t i,
                          const WindowSource& training) {
  const auto u = row_of(windows, i);
  std::vector<double> phi(u.size(), 0.0);
  for (std::size_t r = 0; r < training.size(); ++r) {
    const auto one = f.path(u, row_of(training, r));
    for (std::size_t k = 0; k < phi.size(); ++k) phi[k] += one[k] / static_cast<double>(training.size());
  }
  return phi;
}

std::vector<double> sums_of(const std::vector<double>& cube) {
  std::vector<double> sums(kFeatures, 0.0);
  for (std::size_t i = 0; i < kCells; ++i) sums[i % kFeatures] += cube[i];
  return sums;
}

ExpectedGradientsParams loose(std::uint64_t seed) {
  ExpectedGradientsParams p;
  p.tolerance = 1;  // every window stops at min_draws
  p.seed = seed;
  return p;
}

TEST(ExpectedGradients, LinearFunctionIsExact) {
  const auto w = normal_numbers(kCells, 1);
  test::Linear f(kSteps, kFeatures, {w.begin(), w.end()});
  const DenseWindows windows(kSteps, kFeatures, normal_numbers(6 * kCells, 2));
  const DenseWindows training(kSteps, kFeatures, normal_numbers(37 * kCells, 3));
  const Explained run = explain(f, windows, training, loose(1), {.scale = 2, .offset = 100, .range = 5});
  for (const auto& [i, r] : run.windows) {
    const auto x = row_of(windows, i);
    for (std::size_t k = 0; k < kCells; ++k) {
      double mean = 0;
      for (std::size_t j = 0; j < training.size(); ++j) mean += row_of(training, j)[k] / 37;
      EXPECT_NEAR(r.cube[k], 2 * w[k] * (x[k] - mean), 1e-5);
    }
    EXPECT_NEAR(r.residual, 0, 1e-5);
    EXPECT_LT(r.errors[0], 1e-5);
    EXPECT_GT(r.value, 70);  // the offset is in value and base
    EXPECT_GT(r.base, 70);
  }
  EXPECT_EQ(run.summary.converged, 6U);
}

// phi_i = mean over r of (u_i - r_i) (Q (u + r))_i / 2.
TEST(ExpectedGradients, QuadraticWithInteractionsIsUnbiased) {
  const auto a = normal_numbers(kCells * kCells, 11, 0.3);
  std::vector<double> q(kCells * kCells);
  for (std::size_t i = 0; i < kCells; ++i) {
    for (std::size_t j = 0; j < kCells; ++j) q[i * kCells + j] = a[i * kCells + j] + a[j * kCells + i];
  }
  test::Quadratic f(kSteps, kFeatures, q);
  const DenseWindows windows(kSteps, kFeatures, normal_numbers(3 * kCells, 12));
  const DenseWindows training(kSteps, kFeatures, normal_numbers(50 * kCells, 13));
  std::vector<std::vector<double>> truth(3, std::vector<double>(kCells, 0.0));
  for (std::size_t w = 0; w < 3; ++w) {
    const auto u = row_of(windows, w);
    for (std::size_t r = 0; r < training.size(); ++r) {
      const auto v = row_of(training, r);
      for (std::size_t i = 0; i < kCells; ++i) {
        double slope = 0;
        for (std::size_t j = 0; j < kCells; ++j) slope += q[i * kCells + j] * (u[j] + v[j]) / 2;
        truth[w][i] += (u[i] - v[i]) * slope / 50;
      }
    }
  }
  constexpr int kSeeds = 300;
  std::vector<double> sum(3 * kCells, 0.0), squares(3 * kCells, 0.0);
  for (int seed = 0; seed < kSeeds; ++seed) {
    const Explained run = explain(f, windows, training, loose(static_cast<std::uint64_t>(seed)));
    for (const auto& [w, r] : run.windows) {
      for (std::size_t i = 0; i < kCells; ++i) {
        const double error = r.cube[i] - truth[w][i];
        sum[w * kCells + i] += error;
        squares[w * kCells + i] += error * error;
      }
    }
  }
  // 45 cells: the largest |z| of as many standard normal numbers passes 4 in 0.3 % of all cases.
  for (std::size_t i = 0; i < sum.size(); ++i) {
    const double sd = std::sqrt(squares[i] / kSeeds);
    EXPECT_LT(std::abs(sum[i] / kSeeds), 4 * sd / std::sqrt(kSeeds)) << "cell " << i;
    EXPECT_GT(sd, 0);
  }
}

// Bias, honest errors and the gain of the surrogate on a network with closed path integrals.
TEST(ExpectedGradients, NetworkIsUnbiasedAndErrorsAreHonest) {
  test::Mlp f = small_network();
  const std::size_t n = 12;
  const DenseWindows windows(kSteps, kFeatures, normal_numbers(n * kCells, 21));
  const DenseWindows training(kSteps, kFeatures, normal_numbers(80 * kCells, 22));
  std::vector<std::vector<double>> truth;
  for (std::size_t w = 0; w < n; ++w) truth.push_back(sums_of(exact(f, windows, w, training)));
  constexpr int kSeeds = 200;
  double squares[2] = {0, 0}, variances = 0, worst = 0;
  std::vector<double> sum(n * kFeatures, 0.0), sq(n * kFeatures, 0.0);
  for (int seed = 0; seed < kSeeds; ++seed) {
    for (const bool variate : {false, true}) {
      ExpectedGradientsParams p = loose(static_cast<std::uint64_t>(seed));
      p.control_variate = variate;
      for (const auto& [w, r] : explain(f, windows, training, p).windows) {
        for (std::size_t d = 0; d < kFeatures; ++d) {
          const double error = r.sums[d] - truth[w][d];
          squares[variate ? 1 : 0] += error * error;
          if (!variate) continue;
          variances += r.errors[d] * r.errors[d];
          sum[w * kFeatures + d] += error;
          sq[w * kFeatures + d] += error * error;
        }
      }
    }
  }
  for (std::size_t i = 0; i < sum.size(); ++i) {
    worst = std::max(worst, std::abs(sum[i]) / std::sqrt(sq[i]));
  }
  EXPECT_LT(worst, 4);                                     // of 36 z-values
  EXPECT_NEAR(std::sqrt(variances / squares[1]), 1, 0.1);  // stated against true error
  EXPECT_LT(squares[1], squares[0] / 2);                   // variance more than halved
}

// Of an ensemble each draw asks one member: unbiased for the mean of all, with honest errors, statics too.
TEST(ExpectedGradients, AnEnsembleIsSampledByMemberWithoutBias) {
  constexpr std::size_t kMembers = 7, kStatics = 1;
  std::vector<std::unique_ptr<test::Mlp>> members;
  for (std::size_t m = 0; m < kMembers; ++m)
    members.emplace_back(new test::Mlp(small_network(kStatics, 100 + m)));
  test::Ensemble f(std::move(members));
  const std::size_t n = 6, drivers = kFeatures + kStatics;
  const DenseWindows windows(kSteps, kFeatures, normal_numbers(n * kCells, 21), kStatics,
                             normal_numbers(n, 23));
  const DenseWindows training(kSteps, kFeatures, normal_numbers(80 * kCells, 22), kStatics,
                              normal_numbers(80, 24));
  std::vector<std::vector<double>> truth;
  for (std::size_t w = 0; w < n; ++w) {
    const auto phi = exact(f, windows, w, training);
    truth.push_back(sums_of(phi));
    truth.back().push_back(phi.back());
  }
  constexpr int kSeeds = 200;
  double squares = 0, variances = 0;
  std::uint64_t draws = 0;
  std::vector<double> sum(n * drivers, 0.0), sq(n * drivers, 0.0);
  for (int seed = 0; seed < kSeeds; ++seed) {
    ExpectedGradientsParams p = loose(static_cast<std::uint64_t>(seed));
    p.attribute_statics = true;
    p.min_draws = 48;  // 6 a replicate: fewer than members
    const Explained run = explain(f, windows, training, p);
    draws += run.summary.draws;
    for (const auto& [w, r] : run.windows) {
      for (std::size_t d = 0; d < drivers; ++d) {
        const double error = r.sums[d] - truth[w][d];
        squares += error * error;
        variances += r.errors[d] * r.errors[d];
        sum[w * drivers + d] += error;
        sq[w * drivers + d] += error * error;
      }
    }
  }
  for (std::size_t i = 0; i < sum.size(); ++i)
    EXPECT_LT(std::abs(sum[i]) / std::sqrt(sq[i]), 4);  // 24 z-values
  EXPECT_NEAR(std::sqrt(variances / squares), 1, 0.1);
  std::size_t asked = 0;
  for (const auto& [member, rows] : f.asked) asked += rows;
  EXPECT_EQ(asked, draws * (1 + 2 * kStatics));  // a gradient and a central difference for each draw
  EXPECT_EQ(f.asked.size(), kMembers);
}

TEST(ExpectedGradients, StopsByToleranceAndReportsCompleteness) {
  test::Mlp f = small_network();
  const DenseWindows windows(kSteps, kFeatures, normal_numbers(40 * kCells, 31));
  const DenseWindows training(kSteps, kFeatures, normal_numbers(200 * kCells, 32));
  ExpectedGradientsParams p;
  p.tolerance_absolute = 0.02;
  p.min_draws = 16;
  const Explained run = explain(f, windows, training, p);
  double base = 0;
  std::vector<double> gradient;
  for (std::size_t r = 0; r < 200; ++r) {
    gradient.assign(kCells, 0);
    base += f.row(row_of(training, r), gradient) / 200;
  }
  double square = 0;
  int least = 1 << 30, most = 0;
  for (const auto& [w, r] : run.windows) {
    const auto truth = sums_of(exact(f, windows, w, training));
    EXPECT_TRUE(r.converged);
    EXPECT_NEAR(r.base, base, 1e-6);
    EXPECT_NEAR(r.value, f.row(row_of(windows, w), gradient), 1e-6);
    EXPECT_NEAR(r.residual, std::accumulate(r.sums.begin(), r.sums.end(), 0.0) + r.base - r.value, 1e-9);
    for (std::size_t d = 0; d < kFeatures; ++d) {
      EXPECT_LE(r.errors[d], 0.02);
      square += (r.sums[d] - truth[d]) * (r.sums[d] - truth[d]);
    }
    least = std::min(least, r.draws);
    most = std::max(most, r.draws);
  }
  EXPECT_LT(std::sqrt(square / (40 * kFeatures)), 0.02);
  EXPECT_LT(least, most);  // easy windows stop earlier
  EXPECT_EQ(run.summary.converged, 40U);
  EXPECT_LE(run.summary.largest_error, 1);
  EXPECT_GT(run.summary.rms_residual_in_errors, 0.6);
  EXPECT_LT(run.summary.rms_residual_in_errors, 1.7);
}

TEST(ExpectedGradients, GivesUpAtMaxDrawsAndSaysSo) {
  test::Mlp f = small_network();
  const DenseWindows windows(kSteps, kFeatures, normal_numbers(2 * kCells, 31));
  const DenseWindows training(kSteps, kFeatures, normal_numbers(50 * kCells, 32));
  ExpectedGradientsParams p;
  p.tolerance_absolute = 1e-9;
  p.max_draws = 96;
  const Explained run = explain(f, windows, training, p);
  for (const auto& [w, r] : run.windows) {
    EXPECT_FALSE(r.converged);
    EXPECT_EQ(r.draws, 96);
  }
  EXPECT_EQ(run.summary.converged, 0U);
  EXPECT_GT(run.summary.largest_error, 1);
}

TEST(ExpectedGradients, SameResultForAnyThreadsAndOtherWindowsChunked) {
  test::Mlp f = small_network();
  const DenseWindows windows(kSteps, kFeatures, normal_numbers(30 * kCells, 31));
  const DenseWindows training(kSteps, kFeatures, normal_numbers(50 * kCells, 32));
  ExpectedGradientsParams p;
  p.tolerance = 0.01;
  const int threads = core::thread_count();
  core::set_thread_count(1);
  const Explained one = explain(f, windows, training, p);
  core::set_thread_count(3);
  const Explained three = explain(f, windows, training, p);
  core::set_thread_count(threads);
  for (const auto& [w, r] : one.windows) EXPECT_EQ(r.cube, three.windows.at(w).cube);
  EXPECT_EQ(one.summary.draws, three.summary.draws);
}

TEST(ExpectedGradients, StaticsGetOneValueEach) {
  constexpr std::size_t kStatics = 2;
  test::Mlp f = small_network(kStatics);
  const DenseWindows windows(kSteps, kFeatures, normal_numbers(5 * kCells, 41), kStatics,
                             normal_numbers(5 * kStatics, 42));
  const DenseWindows training(kSteps, kFeatures, normal_numbers(60 * kCells, 43), kStatics,
                              normal_numbers(60 * kStatics, 44));
  ExpectedGradientsParams p;
  p.attribute_statics = true;
  p.tolerance_absolute = 0.005;
  for (const auto& [w, r] : explain(f, windows, training, p).windows) {
    const auto truth = exact(f, windows, w, training);
    ASSERT_EQ(r.sums.size(), kFeatures + kStatics);
    for (std::size_t s = 0; s < kStatics; ++s) {
      EXPECT_NEAR(r.cube[kCells + s], truth[kCells + s], 4 * r.errors[kFeatures + s] + 1e-4);
      EXPECT_DOUBLE_EQ(r.cube[kCells + s], r.sums[kFeatures + s]);
    }
    EXPECT_NEAR(r.residual, 0, 0.03);
  }
}

// Statics that are not explained are those of the explained window, on the references too.
TEST(ExpectedGradients, KeptStaticsAreTheWindowsOwn) {
  test::Mlp f = small_network(1);
  const DenseWindows windows(kSteps, kFeatures, normal_numbers(4 * kCells, 51), 1,
                             {1.0F, 1.0F, -2.0F, -2.0F});
  const DenseWindows training(kSteps, kFeatures, normal_numbers(60 * kCells, 53), 1, std::vector<float>(60));
  ExpectedGradientsParams p;
  p.tolerance_absolute = 0.005;
  for (const auto& [w, r] : explain(f, windows, training, p).windows) {
    double base = 0;
    std::vector<double> gradient(kCells + 1);
    for (std::size_t j = 0; j < 60; ++j) {
      auto u = row_of(training, j);
      u.back() = w < 2 ? 1 : -2;
      base += f.row(u, gradient) / 60;
    }
    EXPECT_NEAR(r.base, base, 1e-6);
    EXPECT_NEAR(r.residual, 0, 0.02);
    EXPECT_EQ(r.sums.size(), kFeatures);
  }
}

TEST(ExpectedGradients, MoreReferencesThanBaseDrawsAreSampledEvenly) {
  test::Mlp f = small_network();
  const DenseWindows windows(kSteps, kFeatures, normal_numbers(2 * kCells, 61));
  const DenseWindows training(kSteps, kFeatures, normal_numbers(5000 * kCells, 62));
  ExpectedGradientsParams p = loose(3);
  p.base_draws = 400;
  const Explained some = explain(f, windows, training, p);
  p.base_draws = 5000;
  const Explained all = explain(f, windows, training, p);
  const double sd_of_mean = 1.2 / std::sqrt(400.0);
  EXPECT_NE(some.windows.at(0).base, all.windows.at(0).base);
  EXPECT_NEAR(some.windows.at(0).base, all.windows.at(0).base, 4 * sd_of_mean);
  EXPECT_EQ(some.summary.evaluations, 402U);
}

TEST(ExpectedGradients, WindowEqualToItsOnlyReferenceGetsNothing) {
  test::Mlp f = small_network();
  const auto x = normal_numbers(kCells, 71);
  const DenseWindows windows(kSteps, kFeatures, x), training(kSteps, kFeatures, x);
  const Explained run = explain(f, windows, training, {});
  for (const double phi : run.windows.at(0).cube) EXPECT_EQ(phi, 0);
  EXPECT_NEAR(run.windows.at(0).residual, 0, 1e-12);
}

TEST(ExpectedGradients, ConstantWellIsRefused) {
  test::Mlp f = small_network();
  const DenseWindows windows(kSteps, kFeatures, normal_numbers(kCells, 1));
  EXPECT_THROW(explain(f, windows, windows, {}, {.scale = 1, .offset = 0, .range = 0}), core::InputError);
}

}  // namespace
}  // namespace phreatic::explain

// SPDX-License-Identifier: BSD-3-Clause
// The linear solver's second level and the wetting sweep, against plain forms written apart.
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>

#include "models.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/flow/grid/aquifer.hpp"
#include "phreatic/flow/solver/coarse_correction.hpp"
#include "phreatic/flow/solver/link_solver.hpp"
#include "phreatic/flow/solver/multigrid.hpp"
#include "phreatic/flow/steps/wetting.hpp"

namespace phreatic::flow::testing {
namespace {

// Random links on a grid that is large enough for a second level; some cells take no part.
struct System {
  Layout layout;
  LinkMatrix<double> a;
  Padded<std::int8_t> ibound;
  Padded<double> residual;

  // Logarithms of the links have the standard deviation `contrast`.
  explicit System(double excess, int layers = 2, double contrast = 1) {
    layout = make_layout(block(layers, 130, 125 * 2 / layers, 10, 0, 10).grid);
    a.allocate(layout);
    ibound = layout.array<std::int8_t>();
    residual = layout.array<double>();
    core::RandomStream random(3, "second level");
    const auto columns = static_cast<std::size_t>(layout.ncol);
    for (std::size_t n = 0; n < layout.cells; ++n) {
      ibound[n] = random.uniform() < 0.03 ? std::int8_t{0} : std::int8_t{1};
      if (ibound[n] > 0) residual[n] = random.normal();
    }
    for (std::size_t n = 0; n < layout.cells; ++n) {
      const std::size_t in_layer = n % layout.layer_cells;
      const auto link = [&](std::size_t m) {
        return ibound[n] > 0 && ibound[m] > 0 ? std::exp(contrast * random.normal()) : 0.0;
      };
      if (n % columns + 1 < columns) a.right[n] = link(n + 1);
      if (in_layer + columns < layout.layer_cells) a.front[n] = link(n + columns);
      if (n + layout.layer_cells < layout.cells) a.down[n] = 1e-3 * link(n + layout.layer_cells);
      a.excess[n] = excess;
    }
  }

  template <class Use>
  void for_links(Use&& use) const {
    const auto columns = static_cast<std::size_t>(layout.ncol);
    for (std::size_t n = 0; n < layout.cells; ++n) {
      use(n, n + 1, a.right[n]);
      use(n, n + columns, a.front[n]);
      use(n, n + layout.layer_cells, a.down[n]);
    }
  }

  // Largest |residual - A d| of the cells that take part.
  double left_over(const Padded<double>& d, double scale) const {
    std::vector<double> left(layout.cells);
    for (std::size_t n = 0; n < left.size(); ++n) left[n] = residual[n] - a.excess[n] * d[n] * scale;
    for_links([&](std::size_t n, std::size_t m, double c) {
      if (c == 0) return;
      const double flow = c * (d[n] - d[m]) * scale;
      left[n] -= flow;
      left[m] += flow;
    });
    double worst = 0;
    for (std::size_t n = 0; n < left.size(); ++n) {
      if (ibound[n] > 0) worst = std::max(worst, std::abs(left[n]));
    }
    return worst;
  }
};

TEST(SecondLevel, SolvesTheBlockSums) {
  const System system(1e-3);
  CoarseCorrection coarse;
  coarse.allocate(system.layout);
  ASSERT_TRUE(coarse.possible());
  coarse.factor(system.layout, system.a, system.ibound);
  ASSERT_TRUE(coarse.factored());
  const Layout& layout = system.layout;
  const auto block_of = [&](std::size_t n) {
    const auto columns = static_cast<std::size_t>(layout.ncol);
    const int layer = static_cast<int>(n / layout.layer_cells);
    const int row = static_cast<int>(n % layout.layer_cells / columns);
    const std::size_t across = n % columns / static_cast<std::size_t>(coarse.width());
    return static_cast<Eigen::Index>(coarse.first_block(layer, row) + across * coarse.stride());
  };
  const auto blocks = static_cast<Eigen::Index>(coarse.blocks());
  Eigen::MatrixXd sums = Eigen::MatrixXd::Zero(blocks, blocks);
  for (std::size_t n = 0; n < layout.cells; ++n) {
    if (system.ibound[n] > 0) sums(block_of(n), block_of(n)) += system.a.excess[n];
  }
  system.for_links([&](std::size_t n, std::size_t m, double c) {
    if (c == 0) return;
    const Eigen::Index p = block_of(n), q = block_of(m);
    sums(p, p) += c;
    sums(q, q) += c;
    sums(p, q) -= c;
    sums(q, p) -= c;
  });
  std::vector<double> right(coarse.blocks());
  for (std::size_t b = 0; b < right.size(); ++b) right[b] = std::sin(1.0 + static_cast<double>(b));
  const Eigen::Map<const Eigen::VectorXd> b(right.data(), blocks);
  const Eigen::VectorXd expected = sums.ldlt().solve(b);
  EXPECT_NEAR(coarse.solve(right), b.dot(expected), 1e-6 * std::abs(b.dot(expected)));
  for (Eigen::Index i = 0; i < blocks; ++i) {
    EXPECT_NEAR(coarse.solution()[static_cast<std::size_t>(i)], expected(i), 1e-6 * expected.norm());
  }
}

TEST(SecondLevel, SameSolutionInFewerIterations) {
  const System system(1e-5);
  LinkSolver<double> solver;
  solver.allocate(system.layout);
  int iterations[2] = {};
  for (int& count : iterations) {  // the first solution shows that convergence is slow
    solver.factor(system.layout, system.a, system.ibound, 0.97);
    const LinearResult result = solver.solve(system.layout, system.a, system.residual, 1e-10, 2000);
    ASSERT_TRUE(result.converged);
    count = result.iterations;
    EXPECT_LE(system.left_over(solver.correction(), solver.scale()), 1e-6);
  }
  EXPECT_LE(iterations[1], 3 * iterations[0] / 4) << iterations[0] << " and " << iterations[1];
}

TEST(ConjugateGradients, TakeWhateverPreconditionsAndGiveTheSameWithTheSameFactors) {
  const System system(1e-3);
  LinkSolver<double> switched;
  switched.allocate(system.layout);
  switched.factor(system.layout, system.a, system.ibound, 0.97);
  const LinearResult expected = switched.solve(system.layout, system.a, system.residual, 1e-8, 2000);
  ASSERT_TRUE(expected.converged);
  IncompleteFactor<double> factor;
  factor.allocate(system.layout);
  factor.factor(system.layout, system.a, system.ibound, 0.97);
  FactorOnly<double> only;
  only.use(factor, system.layout);
  ConjugateGradients<double> gradients;
  gradients.allocate(system.layout);
  const LinearResult found = gradients.solve(system.layout, system.a, only, system.residual, 1e-8, 2000);
  EXPECT_EQ(found.iterations, expected.iterations);
  for (std::size_t n = 0; n < system.layout.cells; ++n)
    ASSERT_EQ(gradients.correction()[n], switched.correction()[n]) << n;
}

double dot(const Padded<double>& x, const Padded<double>& y) {
  double sum = 0;
  for (std::size_t n = 0; n < x.size(); ++n) sum += x[n] * y[n];
  return sum;
}

TEST(CompleteFactor, SolvesWhatItWasMadeFor) {
  const System system(1e-4, 1, 1);
  CompleteFactor complete;
  complete.allocate(system.layout);
  ASSERT_TRUE(complete.possible());
  complete.factor(system.layout, system.a, system.ibound);
  ASSERT_TRUE(complete.factored());
  Padded<double> part = system.layout.array<double>();
  for (std::size_t n = 0; n < system.layout.cells; ++n) part[n] = system.ibound[n];
  Padded<double> z = system.layout.array<double>();
  const double product = complete.solve(part, system.residual, z);
  EXPECT_NEAR(product, dot(system.residual, z), 1e-9 * product);
  EXPECT_LE(system.left_over(z, 1), 1e-6);
}

TEST(CompleteFactor, StaysSymmetricAndPositiveWhenCellsDropOut) {
  System system(1e-4, 1, 3);
  CompleteFactor complete;
  complete.allocate(system.layout);
  complete.factor(system.layout, system.a, system.ibound);
  EXPECT_FALSE(complete.misses(system.ibound));
  core::RandomStream random(8, "drop out");
  Padded<double> part = system.layout.array<double>(), u = part, v = part, mu = part, mv = part;
  std::size_t fresh = 0;
  for (std::size_t n = 0; n < system.layout.cells; ++n) {
    if (system.ibound[n] == 0) fresh = n;
    part[n] = system.ibound[n] > 0 && random.uniform() < 0.9 ? 1 : 0;
    u[n] = random.normal();
    v[n] = random.normal();
  }
  EXPECT_GT(complete.solve(part, u, mu), 0);
  complete.solve(part, v, mv);
  EXPECT_NEAR(dot(v, mu), dot(u, mv), 1e-9 * std::sqrt(dot(mu, mu) * dot(v, v)));
  for (std::size_t n = 0; n < system.layout.cells; ++n) {
    if (part[n] == 0) {
      ASSERT_EQ(mu[n], 0);
    }
  }
  system.ibound[fresh] = 1;
  EXPECT_TRUE(complete.misses(system.ibound));
}

TEST(CompleteFactor, TakesOverWhereIncompleteOnesAreSlow) {
  const System system(1e-5, 1, 2);
  LinkSolver<double> solver;
  solver.allocate(system.layout);
  int iterations[2] = {};
  for (int& count : iterations) {
    solver.factor(system.layout, system.a, system.ibound, 0.97);
    const LinearResult result = solver.solve(system.layout, system.a, system.residual, 1e-10, 5000);
    ASSERT_TRUE(result.converged);
    count = result.iterations;
    EXPECT_LE(system.left_over(solver.correction(), solver.scale()), 1e-5);
  }
  EXPECT_GT(iterations[0], 60);
  EXPECT_LE(iterations[1], 3);
}

TEST(Multigrid, IsSymmetricAndPositive) {
  const System system(1e-4, 2, 2);
  IncompleteFactor<double> fine;
  fine.allocate(system.layout);
  fine.factor(system.layout, system.a, system.ibound, 0);
  Multigrid<double> multigrid;
  multigrid.allocate(system.layout);
  multigrid.factor(system.layout, system.a, system.ibound);
  core::RandomStream random(8, "multigrid");
  Padded<double> u = system.layout.array<double>(), v = u, mu = u, mv = u;
  for (std::size_t n = 0; n < system.layout.cells; ++n) {
    if (system.ibound[n] == 0) continue;
    u[n] = random.normal();
    v[n] = random.normal();
  }
  const double product = multigrid.solve(system.layout, system.a, fine, u, mu);
  EXPECT_GT(product, 0);
  EXPECT_NEAR(product, dot(u, mu), 1e-10 * product);
  multigrid.solve(system.layout, system.a, fine, v, mv);
  EXPECT_NEAR(dot(v, mu), dot(u, mv), 1e-10 * std::sqrt(dot(mu, mu) * dot(v, v)));
}

// A square aquifer between fixed heads, steady: as many iterations at every size.
int multigrid_iterations(int cells, bool multigrid, double& worst) {
  Model model = block(3, cells, cells, 10, 30, 10);
  model.flow.k = 5.0;
  model.flow.k33 = 0.5;
  model.packages.push_back(
      package(PackageKind::chd, {0, static_cast<CellIndex>(model.grid.cells()) - 1}, {{30}, {20}}));
  Simulation simulation(std::move(model), {.head_tolerance = 1e-9,
                                           .balance_tolerance = 1e-10,
                                           .large_model_ease = 1,
                                           .single_precision = false,
                                           .multigrid = multigrid});
  const StepReport& report = simulation.advance();
  EXPECT_EQ(report.status, StepStatus::converged) << report.message;
  // Heads lie point by point symmetric around the mean of both corners.
  const std::vector<double>& heads = simulation.heads();
  worst = 0;
  for (std::size_t n = 0; n < heads.size(); ++n)
    worst = std::max(worst, std::abs(heads[n] + heads[heads.size() - 1 - n] - 50));
  return report.inner_iterations;
}

TEST(Multigrid, TakesHardlyMoreIterationsInLargerModels) {
  double worst[3] = {};
  const int small = multigrid_iterations(32, true, worst[0]);
  const int large = multigrid_iterations(128, true, worst[1]);
  const int without = multigrid_iterations(128, false, worst[2]);
  for (const double w : worst) EXPECT_LE(w, 1e-5);
  EXPECT_LE(large, 3 * small / 2 + 3) << small << ", " << large << ", without " << without;
  EXPECT_LE(2 * large, without);
}

// MODFLOW 6's sweep in its plainest form: every cell in turn, its neighbours in turn, state changed at once.
void plain_sweep(const Model& model, int iteration, FlowState& state) {
  const Grid& g = model.grid;
  const Rewetting& rewet = model.flow.rewet;
  const auto cells = static_cast<int>(g.cells());
  const int layer = static_cast<int>(g.layer_cells());
  for (int n = 0; n < cells; ++n) {
    const auto cell = static_cast<std::size_t>(n);
    const double wetdry = rewet.wetdry[cell];
    if (g.idomain[cell] <= 0 || state.ibound[cell] != 0 || wetdry == 0 || iteration % rewet.every != 0)
      continue;
    const int row = n % layer / g.ncol, column = n % g.ncol;
    for (const int step : {-layer, -g.ncol, -1, 1, g.ncol, layer}) {
      const int m = n + step;
      const bool beside = std::abs(step) != layer;
      if (m < 0 || m >= cells || state.ibound[cell] != 0) continue;
      if (step == -1 && column == 0) continue;
      if (step == 1 && column == g.ncol - 1) continue;
      if (step == -g.ncol && row == 0) continue;
      if (step == g.ncol && row == g.nrow - 1) continue;
      const auto other = static_cast<std::size_t>(m);
      if (g.idomain[other] <= 0 || state.ibound[other] <= 0 || (beside && wetdry < 0)) continue;
      const double threshold = std::abs(wetdry);
      if (state.head[other] < g.botm[cell] + threshold) continue;
      const double rise = rewet.equation == 0 ? state.head[other] - g.botm[cell] : threshold;
      state.head[cell] = g.botm[cell] + rewet.factor * rise;
      state.ibound[cell] = 1;
    }
  }
  for (std::size_t n = 0; n < g.cells(); ++n) {
    if (g.idomain[n] <= 0 || state.ibound[n] == 0 || model.flow.icelltype[n] == 0) continue;
    if (std::min(state.head[n], g.cell_top(n)) > g.botm[n]) continue;
    state.head[n] = kDryHead;
    state.ibound[n] = 0;
  }
}

TEST(Wetting, SweepAsThePlainOne) {
  int rewetted = 0, dried = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    core::RandomStream random(seed, "wetting");
    Model model = block(1 + static_cast<int>(random.below(3)), 2 + static_cast<int>(random.below(4)),
                        2 + static_cast<int>(random.below(4)), 10, 30, 10);
    const std::size_t cells = model.grid.cells();
    std::vector<std::int8_t> idomain(cells, 1), types(cells, 1);
    std::vector<double> wetdry(cells);
    for (std::size_t n = 0; n < cells; ++n) {
      if (random.uniform() < 0.1) idomain[n] = 0;
      if (random.uniform() < 0.2) types[n] = 0;
      wetdry[n] = random.uniform() < 0.3 ? 0.0 : random.uniform(-3, 3);
    }
    model.grid.idomain = idomain;
    model.flow.icelltype = types;
    model.flow.rewet = {true, random.uniform(0.2, 1), 1 + static_cast<int>(random.below(2)),
                        static_cast<int>(random.below(2)), wetdry};
    const Aquifer aquifer = make_aquifer(model);
    FlowState state;
    state.head = aquifer.layout.array<double>();
    state.old = aquifer.layout.array<double>();
    state.ibound = aquifer.layout.array<std::int8_t>();
    for (std::size_t n = 0; n < cells; ++n) {
      const bool dry = idomain[n] > 0 && types[n] != 0 && random.uniform() < 0.4;
      state.ibound[n] = idomain[n] > 0 && !dry ? std::int8_t{1} : std::int8_t{0};
      state.head[n] = idomain[n] <= 0 ? kInactiveHead : dry ? kDryHead : random.uniform(-2, 32);
    }
    FlowState plain = state;
    const Wetting wetting(model, aquifer);
    for (int iteration = 1; iteration <= 3; ++iteration) {
      const WettingResult result = wetting.sweep(model, aquifer, iteration, state);
      rewetted += result.rewetted;
      dried += result.dried;
      plain_sweep(model, iteration, plain);
      for (std::size_t n = 0; n < cells; ++n) {
        ASSERT_EQ(state.ibound[n], plain.ibound[n]) << seed << " cell " << n;
        ASSERT_EQ(state.head[n], plain.head[n]) << seed << " cell " << n;
      }
    }
  }
  EXPECT_GT(rewetted, 500);
  EXPECT_GT(dried, 500);
}

}  // namespace
}  // namespace phreatic::flow::testing

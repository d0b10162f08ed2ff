// SPDX-License-Identifier: BSD-3-Clause
// Random small confined models against a dense solution written apart.
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>

#include "models.hpp"
#include "phreatic/core/random.hpp"

namespace phreatic::flow::testing {
namespace {

// Confined random model with inactive cells, fixed heads, wells, general heads and recharge.
Model random_model(std::uint64_t seed) {
  core::RandomStream random(seed, "flow test");
  const int nlay = 1 + static_cast<int>(random.below(3));
  const int nrow = 2 + static_cast<int>(random.below(5));
  const int ncol = 2 + static_cast<int>(random.below(5));
  std::vector<double> delr, delc;
  for (int j = 0; j < ncol; ++j) delr.push_back(random.uniform(10, 50));
  for (int i = 0; i < nrow; ++i) delc.push_back(random.uniform(10, 50));
  Model model = block(nlay, delc, delr, 100, 20);
  const std::size_t cells = model.grid.cells();
  std::vector<std::int8_t> idomain(cells, 1);
  std::vector<double> k(cells), k22(cells), k33(cells);
  for (std::size_t n = 0; n < cells; ++n) {
    if (n > 0 && random.uniform() < 0.15)
      idomain[n] = random.uniform() < 0.5 ? std::int8_t{0} : std::int8_t{-1};
    k[n] = std::exp(random.normal());
    k22[n] = std::exp(random.normal());
    k33[n] = 0.1 * std::exp(random.normal());
  }
  model.grid.idomain = idomain;
  model.flow.k = k;
  model.flow.k22 = k22;
  model.flow.k33 = k33;
  model.packages.push_back(package(PackageKind::chd, {0}, {{95}}));
  std::vector<CellIndex> some;
  std::vector<std::vector<double>> rates, heads;
  for (std::size_t n = 1; n < cells; ++n) {
    if (idomain[n] <= 0) continue;
    some.push_back(static_cast<CellIndex>(n));
    rates.push_back({random.uniform(-5, 5)});
    heads.push_back({random.uniform(80, 100), random.uniform() < 0.3 ? random.uniform(0.01, 10) : 1e-4});
  }
  model.packages.push_back(package(PackageKind::wel, some, rates));
  model.packages.push_back(package(PackageKind::ghb, some, heads));
  return model;
}

// Heads of a confined steady model by assembling every link plainly and a dense factorisation.
Eigen::VectorXd dense_heads(const Model& model) {
  const Grid& g = model.grid;
  const auto cells = static_cast<Eigen::Index>(g.cells());
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(cells, cells);
  Eigen::VectorXd b = Eigen::VectorXd::Zero(cells);
  const auto link = [&](std::size_t n, std::size_t m, double c) {
    const auto i = static_cast<Eigen::Index>(n);
    const auto j = static_cast<Eigen::Index>(m);
    a(i, i) += c;
    a(j, j) += c;
    a(i, j) -= c;
    a(j, i) -= c;
  };
  const double thickness = 20;
  for (int k = 0; k < g.nlay; ++k) {
    for (int i = 0; i < g.nrow; ++i) {
      for (int j = 0; j < g.ncol; ++j) {
        const auto n = static_cast<std::size_t>(g.cell(k, i, j));
        if (g.idomain[n] <= 0) continue;
        const double dx = g.delr[static_cast<std::size_t>(j)];
        const double dy = g.delc[static_cast<std::size_t>(i)];
        if (j + 1 < g.ncol && g.idomain[n + 1] > 0) {
          const double dx2 = g.delr[static_cast<std::size_t>(j) + 1];
          link(n, n + 1, dy * thickness / (dx / 2 / model.flow.k[n] + dx2 / 2 / model.flow.k[n + 1]));
        }
        const auto front = static_cast<std::size_t>(i + 1 < g.nrow ? g.cell(k, i + 1, j) : 0);
        if (i + 1 < g.nrow && g.idomain[front] > 0) {
          const double dy2 = g.delc[static_cast<std::size_t>(i) + 1];
          link(n, front, dx * thickness / (dy / 2 / model.flow.k22[n] + dy2 / 2 / model.flow.k22[front]));
        }
        for (int below = k + 1; below < g.nlay; ++below) {
          const auto m = static_cast<std::size_t>(g.cell(below, i, j));
          if (g.idomain[m] == 0) break;
          if (g.idomain[m] < 0) continue;
          link(n, m, dx * dy / (thickness / 2 / model.flow.k33[n] + thickness / 2 / model.flow.k33[m]));
          break;
        }
      }
    }
  }
  StepTime time;
  for (const Package& p : model.packages) {
    PackageValues values;
    p.provider(time, values);
    for (std::size_t q = 0; q < values.size(); ++q) {
      const auto n = static_cast<Eigen::Index>(values.cell[q]);
      if (p.kind == PackageKind::wel) b(n) += values.value(0, q);
      if (p.kind == PackageKind::ghb) {
        a(n, n) += values.value(1, q);
        b(n) += values.value(1, q) * values.value(0, q);
      }
    }
  }
  for (Eigen::Index n = 0; n < cells; ++n) {
    if (g.idomain[static_cast<std::size_t>(n)] > 0 && n > 0) continue;
    a.row(n).setZero();
    a(n, n) = 1;
    b(n) = n == 0 ? 95 : 0;
  }
  return a.fullPivLu().solve(b);
}

TEST(Engine, RandomModelsAgainstDenseSolution) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Model model = random_model(seed);
    const Eigen::VectorXd expected = dense_heads(model);
    for (const bool newton : {false, true}) {
      Model copy = model;
      copy.newton.enabled = newton;
      Simulation simulation(std::move(copy), kExact);
      ASSERT_EQ(simulation.advance().status, StepStatus::converged) << seed;
      for (std::size_t n = 0; n < model.grid.cells(); ++n) {
        if (model.grid.idomain[n] <= 0) {
          EXPECT_EQ(simulation.heads()[n], kInactiveHead);
        } else {
          EXPECT_NEAR(simulation.heads()[n], expected(static_cast<Eigen::Index>(n)), 1e-6)
              << seed << " cell " << n;
        }
      }
    }
  }
}

}  // namespace
}  // namespace phreatic::flow::testing

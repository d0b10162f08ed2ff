// SPDX-License-Identifier: BSD-3-Clause
// Reaches that hold water (the option STORAGE): a published wave, the analytic speed of one, balance, restarts, files.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numeric>

#include "phreatic/core/context.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/flow/mf6/run.hpp"
#include "phreatic/flow/mf6/writer.hpp"
#include "phreatic/flow/packages/package_state.hpp"
#include "phreatic/flow/packages/sfr/reach.hpp"
#include "stream_files.hpp"

namespace phreatic::flow::mf6 {
namespace {

using streams::complaints;
using streams::cut;
using streams::Files;
using streams::input_of;
using streams::plain_with;
using streams::read;

Reach channel(double length, double width, double gradient) {
  Reach reach;
  reach.length = length;
  reach.width = width;
  reach.gradient = gradient;
  return reach;
}

// Outflows of one reach without aquifer that gets `inflow`, a value a step.
std::vector<double> routed(const Reach& reach, double roughness, double weight, double dt,
                           const std::vector<double>& inflow) {
  std::vector<double> out;
  ReachStorage before{dt, weight, inflow.front(), inflow.front()};
  for (std::size_t k = 1; k < inflow.size(); ++k) {
    ReachInput in;
    in.reach = &reach;
    in.section = Section(nullptr, reach.width);
    in.manning = std::sqrt(reach.gradient) / roughness;
    in.inflow = inflow[k];
    in.storage = before;
    const ReachResult result = solve_reach(in);
    EXPECT_NEAR(result.downstream, inflow[k] + result.storage, 1e-9 * (1 + inflow[k]));
    out.push_back(result.downstream);
    before.inflow = inflow[k];
    before.outflow = result.downstream;
  }
  return out;
}

// Ponce (1989), example 9-3, with the outflows that MODFLOW 6 holds its own SFR to (its test gwf_sfr_kinematic01).
TEST(StreamStorage, TheWaveOfPonceIsRoutedAsByModflow) {
  const std::vector<double> inflow = {0, 30, 60, 90, 120, 150, 120, 90, 60, 30, 0, 0, 0, 0};
  const std::array<std::vector<double>, 2> wanted = {
      {{0., 10.68920803, 58.58988171, 92.59647491, 125.23616408, 144.76383592, 117.40352509, 89.57181956,
        64.81693279, 53.46056541, 11.22910318, 4.95517783, 2.72890377},
       {0., 15.3918031, 58.58988171, 92.59647491, 125.23616408, 144.76383592, 117.40352509, 88.84252125,
        62.90365264, 47.01932528, 19.87588927, 9.96585666, 5.63155787}}};
  for (std::size_t w = 0; w < 2; ++w) {
    const std::vector<double> out =
        routed(channel(7200, 10, 1.0 / 7200), 0.03574737676661647, w == 0 ? 0.5 : 1, 3600, inflow);
    ASSERT_EQ(out.size(), wanted[w].size());
    for (std::size_t k = 0; k < out.size(); ++k)
      EXPECT_NEAR(out[k], wanted[w][k], 1e-5 * (1 + wanted[w][k]))
          << "step " << k + 1 << " weight " << (w == 0 ? 0.5 : 1);
  }
}

// A small wave on a base flow keeps its volume and runs at dQ/dA = 5/3 of the water's speed (Lighthill and Whitham): its centre of
// gravity is late by length over that at the end of a chain of reaches.
TEST(StreamStorage, ASmallWaveRunsAtTheKinematicSpeed) {
  const Reach reach = channel(200, 12, 4e-4);
  const double roughness = 0.03, base = 10, dt = 60;
  std::vector<double> flow(400, base);
  for (int k = 0; k < 60; ++k)
    flow[static_cast<std::size_t>(k) + 5] += 0.05 * (1 - std::cos(2 * M_PI * k / 60));
  const auto centre = [&](const std::vector<double>& q) {
    double sum = 0, moment = 0;
    for (std::size_t k = 0; k < q.size(); ++k) {
      sum += q[k] - base;
      moment += (q[k] - base) * static_cast<double>(k) * dt;
    }
    return std::pair{sum * dt, moment / sum};
  };
  const auto [volume, start] = centre(flow);
  for (int r = 0; r < 10; ++r) {
    std::vector<double> next = routed(reach, roughness, 1, dt, flow);
    next.insert(next.begin(), base);
    flow = next;
  }
  const auto [left, end] = centre(flow);
  const double depth = std::pow(base * roughness / (std::sqrt(4e-4) * 12), 0.6);
  const double speed = 5.0 / 3 * base / (12 * depth);
  EXPECT_NEAR(left, volume, 1e-4 * volume);
  EXPECT_NEAR(end - start, 2000 / speed, 0.01 * 2000 / speed);
}

Files with_storage(const std::string& name) {
  Files files = input_of(name);
  files["m.sfr"].replace(files["m.sfr"].find("BEGIN OPTIONS\n"), 14, "BEGIN OPTIONS\n  STORAGE\n");
  // Shorter steps, so that Courant numbers are on both sides of 1.
  files["m.tdis"] =
      "BEGIN OPTIONS\n  TIME_UNITS DAYS\nEND OPTIONS\nBEGIN DIMENSIONS\n  NPER 3\nEND DIMENSIONS\nBEGIN "
      "PERIODDATA\n"
      "  1 1 1\n  0.02 6 1.3\n  5 8 1.5\nEND PERIODDATA\n";
  return files;
}

TEST(StreamStorage, EveryReachIsInBalanceAndWithoutChangeItIsTheSteadyNetwork) {
  for (const char* name : {"random02", "random03", "random06", "random07"}) {
    Simulation simulation(read(with_storage(name)).model);
    double most = 0;
    while (!simulation.finished()) {
      const StepReport& report = simulation.advance();
      ASSERT_EQ(report.status, StepStatus::converged) << report.message;
      EXPECT_LT(std::abs(report.balance_percent), 1e-3);
      const std::vector<BudgetTerm> terms = simulation.package_state(2)->budget();
      std::vector<double> sum(14, 0.0), gross(14, 0.0);
      for (const BudgetTerm& term : terms) {
        for (std::size_t i = 0; i < term.flow.size(); ++i) {
          sum[static_cast<std::size_t>(term.from[i])] += term.flow[i];
          gross[static_cast<std::size_t>(term.from[i])] += std::abs(term.flow[i]);
          if (term.text == "STORAGE") {
            most = std::max(most, std::abs(term.flow[i]));
            if (report.time.steady) {
              EXPECT_EQ(term.flow[i], 0);
            }
          }
        }
      }
      for (std::size_t r = 0; r < sum.size(); ++r)
        EXPECT_LE(std::abs(sum[r]), 1e-9 * gross[r] + 1e-12) << name << " reach " << r + 1;
    }
    EXPECT_GT(most, 1) << name;
  }
}

TEST(StreamStorage, ARestoredRunGoesOnBitForBit) {
  for (const char* name : {"random02", "random07"}) {
    Simulation whole(read(with_storage(name)).model);
    for (int step = 0; step < 4; ++step) whole.advance();
    Simulation rest(read(with_storage(name)).model);
    rest.restore(whole.save());
    while (!whole.finished()) {
      whole.advance();
      rest.advance();
      EXPECT_EQ(whole.heads(), rest.heads()) << name;
      EXPECT_EQ(whole.package_state(2)->state_values(), rest.package_state(2)->state_values()) << name;
    }
  }
}

TEST(StreamStorage, ItIsWrittenAndReadAgain) {
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "stream_storage";
  std::filesystem::remove_all(folder);
  write_simulation(read(with_storage("random02")).model, folder, {});
  ReadResult again = read_simulation({folder, "mfsim.nam"});
  EXPECT_TRUE(dynamic_cast<const StreamNetwork&>(*again.model.packages[2].data).storage);
  Simulation first(read(with_storage("random02")).model);
  Simulation second(std::move(again.model));
  while (!first.finished()) {
    first.advance();
    second.advance();
    for (std::size_t n = 0; n < first.heads().size(); ++n)
      ASSERT_NEAR(first.heads()[n], second.heads()[n], 1e-9);
  }
  std::filesystem::remove_all(folder);
}

TEST(StreamStorage, WhatIsIgnoredIsSaid) {
  const Files files =
      plain_with("BEGIN PERIOD 1", "BEGIN INITIALSTAGES\n  1 22\nEND INITIALSTAGES\nBEGIN PERIOD 1");
  Files held = files;
  held["m.sfr"].replace(held["m.sfr"].find("BEGIN OPTIONS\n"), 14, "BEGIN OPTIONS\n  STORAGE\n");
  const auto said = [](const Files& all) {
    const auto notes = read(all).notes;
    return std::accumulate(notes.begin(), notes.end(), std::string());
  };
  EXPECT_EQ(said(files).find("INITIALSTAGES has no effect"), std::string::npos);
  EXPECT_NE(said(held).find("INITIALSTAGES has no effect"), std::string::npos);
}

// A line for every outer iteration; the last changes of a step are small, and the counts run on from step to step.
TEST(StreamConvergence, TheLargestChangesOfEveryOuterIterationAreWritten) {
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "stream_convergence";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  Files files = input_of("random02");
  files["m.sfr"].replace(files["m.sfr"].find("BEGIN OPTIONS\n"), 14,
                         "BEGIN OPTIONS\n  PACKAGE_CONVERGENCE FILEOUT conv.csv\n");
  for (const auto& [name, text] : files) core::write_file_atomic(folder / name, text);
  core::Log log(true);
  core::Context context{log, false};
  RunRequest request;
  request.folder = folder;
  const RunSummary summary = run_simulation(request, context);
  const std::vector<std::string> lines = cut(core::read_file(folder / "conv.csv"), '\n');
  ASSERT_EQ(lines.size(), summary.outer + 1);
  EXPECT_EQ(lines.front(),
            "total_inner_iterations,totim,kper,kstp,nouter,dvmax,dvmax_loc,dinflowmax,dinflowmax_loc");
  double inner = 0;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> words = cut(lines[i], ',');
    ASSERT_EQ(words.size(), 9u);
    EXPECT_GE(std::stod(words[0]), inner);
    inner = std::stod(words[0]);
    const bool last = i + 1 == lines.size() || std::stoi(cut(lines[i + 1], ',')[4]) == 1;
    if (last) {
      EXPECT_LT(std::abs(std::stod(words[5])), 0.05) << lines[i];
    }
    for (const int at : {6, 8}) {
      EXPECT_GE(std::stoi(words[static_cast<std::size_t>(at)]), 1);
      EXPECT_LE(std::stoi(words[static_cast<std::size_t>(at)]), 14);
    }
  }
  EXPECT_EQ(inner, static_cast<double>(summary.inner));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace phreatic::flow::mf6

// SPDX-License-Identifier: BSD-3-Clause
// The kernels against the double-precision reference, and what must hold exactly.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cases.hpp"
#include "phreatic/core/parallel.hpp"

namespace {

using namespace phreatic::kernels;
using cases::Floats;

// Of the issue: gradients agree to 1e-5 relative.
constexpr double kTolerance = 1e-5;

const std::vector<Shape> kShapes{
    // batch, steps, inputs, hidden
    {Cell::lstm, 1, 1, 1, 1},   {Cell::lstm, 2, 3, 3, 7},    {Cell::lstm, 5, 9, 8, 20},
    {Cell::lstm, 7, 6, 5, 33},  {Cell::lstm, 33, 5, 20, 8},  {Cell::lstm, 13, 4, 2, 100},
    {Cell::lstm, 70, 7, 8, 64}, {Cell::lstm, 1, 12, 17, 48}, {Cell::lstm, 9, 1, 4, 128},
    {Cell::lstm, 3, 20, 1, 16}, {Cell::lstm, 1, 5, 2, 24},   {Cell::lstm, 150, 3, 9, 12}};

class EveryKernel : public testing::TestWithParam<cases::Named> {};

std::string describe(Shape s, Cell cell) {
  return std::string(cell == Cell::lstm ? "lstm" : "gru") + " B " + std::to_string(s.batch) + " T " +
         std::to_string(s.steps) + " F " + std::to_string(s.inputs) + " H " + std::to_string(s.hidden);
}

TEST_P(EveryKernel, AgreesWithDoublePrecisionReference) {
  for (Shape shape : kShapes) {
    for (const Cell cell : {Cell::lstm, Cell::gru}) {
      shape.cell = cell;
      SCOPED_TRACE(describe(shape, cell));
      const reference::Problem problem = cases::random_problem(shape, 1);
      cases::expect_close(cases::run(*GetParam().kernel, problem), reference::run(problem),
                          cell == Cell::lstm, kTolerance);
    }
  }
}

TEST_P(EveryKernel, LongSequenceAgrees) {
  for (const Cell cell : {Cell::lstm, Cell::gru}) {
    const reference::Problem problem = cases::random_problem({cell, 6, 365, 8, 32}, 2);
    cases::expect_close(cases::run(*GetParam().kernel, problem), reference::run(problem), cell == Cell::lstm,
                        kTolerance);
  }
}

TEST_P(EveryKernel, SameBitsWhateverTheThreads) {
  const int before = phreatic::core::thread_count();
  for (const Shape shape : {Shape{Cell::lstm, 100, 9, 5, 20}, Shape{Cell::gru, 64, 9, 8, 33},
                            Shape{Cell::lstm, 9, 5, 3, 17}, Shape{Cell::gru, 1300, 2, 2, 5}}) {
    const reference::Problem problem = cases::random_problem(shape, 3);
    phreatic::core::set_thread_count(1);
    const cases::Result one = cases::run(*GetParam().kernel, problem);
    for (const int threads : {2, 3, 7}) {
      phreatic::core::set_thread_count(threads);
      EXPECT_TRUE(cases::run(*GetParam().kernel, problem) == one) << threads << " threads";
    }
  }
  phreatic::core::set_thread_count(before);
}

TEST_P(EveryKernel, HiddenStateOfTheLastStepIsTheLastOutput) {
  for (const Cell cell : {Cell::lstm, Cell::gru}) {
    const Shape s{cell, 5, 4, 3, 19};
    const cases::Result r = cases::run(*GetParam().kernel, cases::random_problem(s, 4));
    for (std::size_t b = 0; b < s.batch; ++b) {
      for (std::size_t j = 0; j < s.hidden; ++j) {
        EXPECT_EQ(r.h_last[b * s.hidden + j], r.h[(b * s.steps + s.steps - 1) * s.hidden + j]);
      }
    }
  }
}

// A NaN in one row reaches that row's output and the weights' gradients, and no other row.
TEST_P(EveryKernel, NanStaysVisible) {
  for (const Cell cell : {Cell::lstm, Cell::gru}) {
    const Shape s{cell, 3, 4, 2, 9};
    reference::Problem problem = cases::random_problem(s, 5);
    problem.x[(1 * s.steps + 2) * s.inputs] = std::numeric_limits<double>::quiet_NaN();
    const cases::Result r = cases::run(*GetParam().kernel, problem);
    for (std::size_t j = 0; j < s.hidden; ++j) {
      EXPECT_FALSE(std::isnan(r.h_last[0 * s.hidden + j]));
      EXPECT_TRUE(std::isnan(r.h_last[1 * s.hidden + j]));
      EXPECT_FALSE(std::isnan(r.h_last[2 * s.hidden + j]));
    }
    EXPECT_TRUE(std::isnan(r.dweight_hh[0]));
  }
}

// Sums beyond what exp can hold saturate instead of overflowing.
TEST_P(EveryKernel, HugeInputsSaturate) {
  for (const Cell cell : {Cell::lstm, Cell::gru}) {
    reference::Problem problem = cases::random_problem({cell, 4, 6, 3, 10}, 6);
    for (double& x : problem.x) x = static_cast<float>(x * 1e4);
    const cases::Result r = cases::run(*GetParam().kernel, problem);
    const reference::Result expected = reference::run(problem);
    EXPECT_LT(cases::relative_error(r.h, expected.h), kTolerance);
    for (const float value : r.dx) EXPECT_TRUE(std::isfinite(value));
    for (const float value : r.dweight_hh) EXPECT_TRUE(std::isfinite(value));
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, EveryKernel, testing::ValuesIn(cases::kernels_here()),
                         [](const auto& item) { return item.param.name; });

// The reference itself: its gradients against finite differences of its loss.
TEST(Reference, GradientsMatchFiniteDifferences) {
  for (const Cell cell : {Cell::lstm, Cell::gru}) {
    reference::Problem problem = cases::random_problem({cell, 2, 4, 3, 5}, 7);
    const reference::Result exact = reference::run(problem);
    const auto check = [&](reference::Doubles& values, const reference::Doubles& gradient) {
      for (std::size_t i = 0; i < values.size(); ++i) {
        const double kept = values[i];
        constexpr double kStep = 1e-5;
        values[i] = kept + kStep;
        const double up = reference::loss(problem, reference::run(problem));
        values[i] = kept - kStep;
        const double down = reference::loss(problem, reference::run(problem));
        values[i] = kept;
        EXPECT_NEAR((up - down) / (2 * kStep), gradient[i], 1e-7);
      }
    };
    check(problem.weight_ih, exact.dweight_ih);
    check(problem.weight_hh, exact.dweight_hh);
    check(problem.bias_ih, exact.dbias_ih);
    check(problem.bias_hh, exact.dbias_hh);
    check(problem.x, exact.dx);
    check(problem.h0, exact.dh0);
    if (cell == Cell::lstm) check(problem.c0, exact.dc0);
  }
}

// The kernels' own gradients against finite differences of their own (float) outputs.
TEST(Kernels, GradientsMatchFiniteDifferences) {
  for (const Cell cell : {Cell::lstm, Cell::gru}) {
    reference::Problem problem = cases::random_problem({cell, 3, 4, 2, 6}, 8);
    const Kernel& kernel = kernel_of(resolve_isa());
    const cases::Result exact = cases::run(kernel, problem);
    const auto loss = [&] {
      const cases::Result r = cases::run(kernel, problem);
      double sum = 0;
      for (std::size_t i = 0; i < r.h.size(); ++i) sum += r.h[i] * problem.dh[i];
      for (std::size_t i = 0; i < r.c_last.size(); ++i) sum += r.c_last[i] * problem.dc_last[i];
      return sum;
    };
    const auto check = [&](reference::Doubles& values, const Floats& gradient) {
      for (std::size_t i = 0; i < values.size(); ++i) {
        const double kept = values[i];
        constexpr double kStep = 1.0 / 256;  // float noise / step and step^2 are both small
        values[i] = kept + kStep;
        const double up = loss();
        values[i] = kept - kStep;
        const double down = loss();
        values[i] = kept;
        EXPECT_NEAR((up - down) / (2 * kStep), gradient[i], 1e-3);
      }
    };
    check(problem.x, exact.dx);
    check(problem.weight_hh, exact.dweight_hh);
    check(problem.weight_ih, exact.dweight_ih);
    check(problem.h0, exact.dh0);
  }
}

}  // namespace

// SPDX-License-Identifier: BSD-3-Clause
// The kernels and the double-precision reference against numbers from torch.nn.LSTM and GRU.
#include <gtest/gtest.h>

#include <cmath>

#include "cases.hpp"
#include "torch_fixtures.hpp"

namespace {

using namespace phreatic::kernels;

reference::Doubles values(std::size_t count, int k, double scale) {
  reference::Doubles v(count);
  for (std::size_t i = 0; i < count; ++i) {
    v[i] = static_cast<float>(scale * std::sin(1.3 * static_cast<double>(i) + k));
  }
  return v;
}

reference::Problem fixture_problem(Cell cell) {
  const Shape s{cell, 2, 4, 3, 5};
  const std::size_t rows = s.gates() * s.hidden;
  const std::size_t states = s.batch * s.hidden;
  return {s,
          values(rows * s.inputs, 0, 0.6),
          values(rows * s.hidden, 1, 0.6),
          values(rows, 2, 0.6),
          values(rows, 3, 0.6),
          values(s.batch * s.steps * s.inputs, 4, 1.5),
          values(states, 5, 0.8),
          values(states, 6, 0.8),
          values(states * s.steps, 7, 1.0),
          values(states, 8, 1.0)};
}

reference::Result expected(Cell cell) {
  if (cell == Cell::lstm) {
    using namespace torch_fixtures::lstm;
    return {h, c_last, dweight_ih, dweight_hh, dbias_ih, dbias_hh, dx, dh0, dc0};
  }
  using namespace torch_fixtures::gru;
  return {h, {}, dweight_ih, dweight_hh, dbias_ih, dbias_hh, dx, dh0, {}};
}

TEST(TorchFixtures, KernelsAgree) {
  for (const Cell cell : {Cell::lstm, Cell::gru}) {
    const reference::Problem problem = fixture_problem(cell);
    for (const auto& [name, kernel] : cases::kernels_here()) {
      SCOPED_TRACE(name);
      cases::expect_close(cases::run(*kernel, problem), expected(cell), cell == Cell::lstm, 2e-6);
    }
  }
}

TEST(TorchFixtures, ReferenceAgrees) {
  for (const Cell cell : {Cell::lstm, Cell::gru}) {
    const reference::Result ours = reference::run(fixture_problem(cell));
    const reference::Result theirs = expected(cell);
    const auto check = [](const reference::Doubles& a, const reference::Doubles& b) {
      ASSERT_EQ(a.size(), b.size());
      for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-8);
    };
    check(ours.h, theirs.h);
    check(ours.dweight_ih, theirs.dweight_ih);
    check(ours.dweight_hh, theirs.dweight_hh);
    check(ours.dbias_ih, theirs.dbias_ih);
    check(ours.dbias_hh, theirs.dbias_hh);
    check(ours.dx, theirs.dx);
    check(ours.dh0, theirs.dh0);
    if (cell == Cell::lstm) check(ours.dc0, theirs.dc0);
  }
}

}  // namespace

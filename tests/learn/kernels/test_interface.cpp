// SPDX-License-Identifier: BSD-3-Clause
// The ways to call the kernels: windows in place, parts of the output, subsets of gradients, inference,
// instruction sets, activations.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "cases.hpp"
#include "phreatic/core/errors.hpp"

namespace {

using namespace phreatic::kernels;
using cases::Floats;

struct Model {
  Floats w_ih, w_hh, b_ih, b_hh;
  explicit Model(const reference::Problem& p)
      : w_ih(cases::to_floats(p.weight_ih)),
        w_hh(cases::to_floats(p.weight_hh)),
        b_ih(cases::to_floats(p.bias_ih)),
        b_hh(cases::to_floats(p.bias_hh)) {}
  Weights weights() const { return {w_ih.data(), w_hh.data(), b_ih.data(), b_hh.data()}; }
};

class EachCell : public testing::TestWithParam<Cell> {};
INSTANTIATE_TEST_SUITE_P(Cells, EachCell, testing::Values(Cell::lstm, Cell::gru),
                         [](const auto& cell) { return cell.param == Cell::lstm ? "lstm" : "gru"; });

TEST_P(EachCell, WindowsInPlaceEqualCopies) {
  const Shape s{GetParam(), 6, 5, 3, 10};
  const reference::Problem p = cases::random_problem(s, 11);
  const Model model(p);
  // A series [time][F + 1], of which windows start at every other step; the last column is not an input.
  const std::size_t columns = s.inputs + 1;
  Floats series(40 * columns);
  for (std::size_t i = 0; i < series.size(); ++i) series[i] = std::sin(0.7F * static_cast<float>(i));
  Floats copy(s.batch * s.steps * s.inputs);
  std::vector<const float*> rows(s.batch);
  for (std::size_t b = 0; b < s.batch; ++b) {
    rows[b] = series.data() + 2 * b * columns;
    for (std::size_t t = 0; t < s.steps; ++t) {
      for (std::size_t f = 0; f < s.inputs; ++f) {
        copy[(b * s.steps + t) * s.inputs + f] = rows[b][t * columns + f];
      }
    }
  }
  const Floats dh = cases::to_floats(p.dh);
  const auto run = [&](const Input& x) {
    Workspace workspace;
    Floats h(s.batch * s.steps * s.hidden), dw(model.w_ih.size());
    forward(s, model.weights(), x, {}, {.h = h.data()}, &workspace);
    backward(s, model.weights(), x, {.dh = dh.data()}, workspace, {.dweight_ih = dw.data()});
    h.insert(h.end(), dw.begin(), dw.end());
    return h;
  };
  const Floats expected = run({.base = copy.data()});
  EXPECT_EQ(run({.rows = rows.data(), .step_stride = columns}), expected);
  EXPECT_EQ(run({.base = series.data(), .row_stride = 2 * columns, .step_stride = columns}), expected);
}

TEST_P(EachCell, PartsOfTheOutputAreThoseParts) {
  const Shape s{GetParam(), 7, 6, 3, 11};
  const reference::Problem p = cases::random_problem(s, 12);
  const Model model(p);
  const Floats x = cases::to_floats(p.x);
  Floats all(s.batch * s.steps * s.hidden), last(s.batch * s.hidden), part(s.batch * 100, -9.0F);
  Workspace workspace;
  forward(s, model.weights(), {.base = x.data()}, {}, {.h = all.data()}, &workspace);
  forward(s, model.weights(), {.base = x.data()}, {}, {.h = last.data(), .first_step = 5}, nullptr);
  forward(s, model.weights(), {.base = x.data()}, {}, {.h = part.data(), .first_step = 2, .row_stride = 100},
          nullptr);
  for (std::size_t b = 0; b < s.batch; ++b) {
    for (std::size_t j = 0; j < s.hidden; ++j) {
      EXPECT_EQ(last[b * s.hidden + j], all[(b * s.steps + 5) * s.hidden + j]);
      for (std::size_t t = 2; t < s.steps; ++t) {
        EXPECT_EQ(part[b * 100 + (t - 2) * s.hidden + j], all[(b * s.steps + t) * s.hidden + j]);
      }
    }
    for (std::size_t i = 4 * s.hidden; i < 100; ++i) EXPECT_EQ(part[b * 100 + i], -9.0F);
  }
}

// A gradient given for late steps only, or for the last state, equals the full one with zeros; and subsets of
// the wanted gradients equal the whole set.
TEST_P(EachCell, PartialGradientsEqualFullOnesWithZeros) {
  const Shape s{GetParam(), 9, 6, 3, 12};
  const reference::Problem p = cases::random_problem(s, 13);
  const Model model(p);
  const Floats x = cases::to_floats(p.x);
  const Input input{.base = x.data()};
  const std::size_t first = 4, tail = s.steps - first;
  Floats full(s.batch * s.steps * s.hidden, 0.0F), part(s.batch * tail * s.hidden), last(s.batch * s.hidden);
  for (std::size_t b = 0; b < s.batch; ++b) {
    for (std::size_t i = 0; i < tail * s.hidden; ++i) {
      const std::size_t at = (b * s.steps + first) * s.hidden + i;
      part[b * tail * s.hidden + i] = full[at] = static_cast<float>(p.dh[at]);
    }
  }
  Workspace workspace;
  forward(s, model.weights(), input, {}, {}, &workspace);
  const auto run = [&](const OutputGradient& gradient) {
    Floats dw(model.w_hh.size()), dx(x.size());
    backward(s, model.weights(), input, gradient, workspace, {.dweight_hh = dw.data(), .dx = dx.data()});
    Floats only_dx(x.size()), only_dw(model.w_hh.size());
    backward(s, model.weights(), input, gradient, workspace, {.dx = only_dx.data()});
    backward(s, model.weights(), input, gradient, workspace, {.dweight_hh = only_dw.data()});
    EXPECT_EQ(only_dx, dx);
    EXPECT_EQ(only_dw, dw);
    dw.insert(dw.end(), dx.begin(), dx.end());
    return dw;
  };
  EXPECT_EQ(run({.dh = part.data(), .first_step = first}), run({.dh = full.data()}));

  for (std::size_t b = 0; b < s.batch; ++b) {
    for (std::size_t i = 0; i < s.steps * s.hidden; ++i) {
      float& value = full[b * s.steps * s.hidden + i];
      if (i < (s.steps - 1) * s.hidden) {
        value = 0.0F;
      } else {
        last[b * s.hidden + i - (s.steps - 1) * s.hidden] = value;
      }
    }
  }
  const Floats expected = run({.dh = full.data()});
  EXPECT_EQ(run({.dh = last.data(), .first_step = s.steps - 1}), expected);
  EXPECT_EQ(run({.dh_last = last.data()}), expected);
}

// Two halves of a sequence, the state and its gradient passed on, equal the whole.
TEST_P(EachCell, HalvesEqualTheWhole) {
  const bool lstm = GetParam() == Cell::lstm;
  const Shape s{GetParam(), 5, 8, 2, 9}, half{GetParam(), 5, 4, 2, 9};
  const reference::Problem p = cases::random_problem(s, 14);
  const Model model(p);
  const Weights w = model.weights();
  const Floats x = cases::to_floats(p.x), dh = cases::to_floats(p.dh);
  const Input one{.base = x.data(), .row_stride = 16};
  const Input two{.base = x.data() + 8, .row_stride = 16};
  Floats h(s.batch * s.hidden), c(h), dh0(h), dc0(h), dx(x.size()), expected(x.size()), h_end(h),
      expected_end(h);
  Workspace whole, first, second;
  forward(s, w, {.base = x.data()}, {}, {.h_last = expected_end.data()}, &whole);
  backward(s, w, {.base = x.data()}, {.dh = dh.data()}, whole, {.dx = expected.data()});
  float* const c_or_null = lstm ? c.data() : nullptr;
  float* const dc_or_null = lstm ? dc0.data() : nullptr;
  forward(half, w, one, {}, {.h_last = h.data(), .c_last = c_or_null}, &first);
  forward(half, w, two, {.h = h.data(), .c = c_or_null}, {.h_last = h_end.data()}, &second);
  backward(half, w, two, {.dh = dh.data() + 4 * s.hidden, .row_stride = s.steps * s.hidden}, second,
           {.dx = dx.data() + 8, .dx_row_stride = 16, .dh0 = dh0.data(), .dc0 = dc_or_null});
  backward(half, w, one,
           {.dh = dh.data(), .row_stride = s.steps * s.hidden, .dh_last = dh0.data(), .dc_last = dc_or_null},
           first, {.dx = dx.data(), .dx_row_stride = 16});
  EXPECT_EQ(h_end, expected_end);
  for (std::size_t i = 0; i < dx.size(); ++i) EXPECT_NEAR(dx[i], expected[i], 1e-5);
}

TEST_P(EachCell, WorkspaceIsReusedAndMissingBiasIsZero) {
  const reference::Problem small = cases::random_problem({GetParam(), 3, 3, 2, 5}, 15);
  const reference::Problem large = cases::random_problem({GetParam(), 40, 9, 6, 30}, 16);
  const auto run = [](const reference::Problem& p, Workspace& workspace, bool bias) {
    const Model model(p);
    const Floats x = cases::to_floats(p.x), dh = cases::to_floats(p.dh);
    const Floats zeros(model.b_ih.size(), 0.0F);
    Weights w = model.weights();
    w.bias_ih = w.bias_hh = bias ? zeros.data() : nullptr;
    Floats dw(model.w_hh.size());
    forward(p.shape, w, {.base = x.data()}, {}, {}, &workspace);
    backward(p.shape, w, {.base = x.data()}, {.dh = dh.data()}, workspace, {.dweight_hh = dw.data()});
    return dw;
  };
  Workspace shared, fresh, fresh2;
  const Floats a = run(small, shared, true);
  const Floats b = run(large, shared, true);
  const std::size_t bytes = shared.bytes();
  EXPECT_EQ(run(small, shared, false), a);
  EXPECT_EQ(run(large, shared, false), b);
  EXPECT_EQ(shared.bytes(), bytes);
  EXPECT_EQ(run(small, fresh, true), a);
  EXPECT_EQ(run(large, fresh2, true), b);
}

TEST(InstructionSets, EnvironmentChooses) {
  ASSERT_EQ(setenv("PHREATIC_ISA", "portable", 1), 0);
  EXPECT_EQ(resolve_isa(), Isa::portable);
  ASSERT_EQ(setenv("PHREATIC_ISA", "sse9", 1), 0);
  EXPECT_THROW(resolve_isa(), phreatic::core::InputError);
  ASSERT_EQ(unsetenv("PHREATIC_ISA"), 0);
  EXPECT_TRUE(isa_available(resolve_isa()));
  for (const Isa isa : {Isa::avx2, Isa::avx512}) {
    if (isa_available(isa)) {
      EXPECT_EQ(resolve_isa(isa), isa);
    } else {
      EXPECT_THROW(resolve_isa(isa), phreatic::core::InputError);
    }
  }
}

// The bounds that activations.hpp states, against double precision.
TEST(Activations, KeepTheirBounds) {
  Floats x;
  for (int i = -40000; i <= 40000; ++i) x.push_back(static_cast<float>(i) * 5e-4F);
  for (float v = 1e-30F; v < 1e-3F; v *= 3.7F) x.insert(x.end(), {v, -v});
  while (x.size() % 16 != 0) x.push_back(0.0F);
  for (const auto& [name, kernel] : cases::kernels_here()) {
    SCOPED_TRACE(name);
    const auto worst = [&, k = kernel](Activation which, double (*exact)(double)) {
      Floats y(x.size());
      k->activate(which, x.data(), y.data(), x.size());
      double error = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double e = exact(x[i]);
        error = std::max(error, std::abs(y[i] - e) / std::max(std::abs(e), 1e-37));
      }
      return error;
    };
    // Without fused multiplication the product x log2(e) is rounded, which costs exp a factor |x|.
    const double exp_bound = name.starts_with("portable") ? 3e-6 : 6e-7;
    EXPECT_LT(worst(Activation::exponential, [](double v) { return std::exp(v); }), exp_bound);
    EXPECT_LT(worst(Activation::sigmoid, [](double v) { return 1 / (1 + std::exp(-v)); }), exp_bound);
    EXPECT_LT(worst(Activation::hyperbolic_tangent, [](double v) { return std::tanh(v); }), 5e-7);
  }
}

TEST(Activations, LimitsAndNan) {
  Floats x(16, 0.0F), y(16);
  x[0] = HUGE_VALF;
  x[1] = -HUGE_VALF;
  x[2] = NAN;
  x[3] = 500.0F;
  x[4] = -500.0F;
  for (const auto& [name, kernel] : cases::kernels_here()) {
    SCOPED_TRACE(name);
    kernel->activate(Activation::sigmoid, x.data(), y.data(), x.size());
    EXPECT_EQ(y[0], 1.0F);
    EXPECT_NEAR(y[1], 0.0F, 1e-17);
    EXPECT_TRUE(std::isnan(y[2]));
    EXPECT_EQ(y[3], 1.0F);
    EXPECT_NEAR(y[4], 0.0F, 1e-17);
    EXPECT_EQ(y[5], 0.5F);
    kernel->activate(Activation::hyperbolic_tangent, x.data(), y.data(), x.size());
    EXPECT_NEAR(y[0], 1.0F, 2e-7);
    EXPECT_NEAR(y[1], -1.0F, 2e-7);
    EXPECT_TRUE(std::isnan(y[2]));
    EXPECT_EQ(y[5], 0.0F);
  }
}

}  // namespace

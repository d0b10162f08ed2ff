// SPDX-License-Identifier: BSD-3-Clause
#include "cases.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "phreatic/core/random.hpp"

namespace cases {

using namespace phreatic::kernels;

Problem random_problem(const Shape& shape, std::uint64_t seed) {
  phreatic::core::RandomStream random(seed, "kernel-tests", shape.hidden, shape.inputs);
  const auto values = [&](std::size_t count, double scale) {
    reference::Doubles v(count);
    for (double& value : v) value = static_cast<float>(scale * (2 * random.uniform() - 1));
    return v;
  };
  const std::size_t rows = shape.gates() * shape.hidden;
  const double weight = 1.5 / std::sqrt(static_cast<double>(shape.hidden));
  return {shape,
          values(rows * shape.inputs, 1.0),
          values(rows * shape.hidden, weight),
          values(rows, 0.5),
          values(rows, 0.5),
          values(shape.batch * shape.steps * shape.inputs, 2.0),
          values(shape.batch * shape.hidden, 1.0),
          values(shape.batch * shape.hidden, 1.0),
          values(shape.batch * shape.steps * shape.hidden, 1.0),
          values(shape.batch * shape.hidden, 1.0)};
}

Floats to_floats(const reference::Doubles& values) { return {values.begin(), values.end()}; }

Result run(const Kernel& kernel, const Problem& p) {
  const Shape& s = p.shape;
  const bool lstm = s.cell == Cell::lstm;
  const Floats w_ih = to_floats(p.weight_ih), w_hh = to_floats(p.weight_hh), b_ih = to_floats(p.bias_ih),
               b_hh = to_floats(p.bias_hh), x = to_floats(p.x), h0 = to_floats(p.h0), c0 = to_floats(p.c0),
               dh = to_floats(p.dh), dc = to_floats(p.dc_last);
  const std::size_t states = s.batch * s.hidden;
  Result r{Floats(states * s.steps), Floats(states),           Floats(lstm ? states : 0), Floats(w_ih.size()),
           Floats(w_hh.size()),      Floats(b_ih.size()),      Floats(b_hh.size()),       Floats(x.size()),
           Floats(states),           Floats(lstm ? states : 0)};
  const Weights weights{w_ih.data(), w_hh.data(), b_ih.data(), b_hh.data()};
  const Input input{.base = x.data()};
  Workspace workspace;
  forward_on(kernel, s, weights, input, {.h = h0.data(), .c = lstm ? c0.data() : nullptr},
             {.h = r.h.data(), .h_last = r.h_last.data(), .c_last = lstm ? r.c_last.data() : nullptr},
             &workspace);
  backward(s, weights, input, {.dh = dh.data(), .dc_last = lstm ? dc.data() : nullptr}, workspace,
           {.dweight_ih = r.dweight_ih.data(),
            .dweight_hh = r.dweight_hh.data(),
            .dbias_ih = r.dbias_ih.data(),
            .dbias_hh = r.dbias_hh.data(),
            .dx = r.dx.data(),
            .dh0 = r.dh0.data(),
            .dc0 = lstm ? r.dc0.data() : nullptr});
  return r;
}

double relative_error(const Floats& value, const reference::Doubles& expected) {
  EXPECT_EQ(value.size(), expected.size());
  double largest = 0, error = 0;
  for (std::size_t i = 0; i < std::min(value.size(), expected.size()); ++i) {
    largest = std::max(largest, std::abs(expected[i]));
    const double difference = std::abs(value[i] - expected[i]);
    error = std::isnan(difference) ? HUGE_VAL : std::max(error, difference);
  }
  return largest > 0 ? error / largest : error;
}

void expect_close(const Result& result, const reference::Result& expected, bool lstm, double tolerance) {
  EXPECT_LT(relative_error(result.h, expected.h), tolerance) << "h";
  EXPECT_LT(relative_error(result.dweight_ih, expected.dweight_ih), tolerance) << "dweight_ih";
  EXPECT_LT(relative_error(result.dweight_hh, expected.dweight_hh), tolerance) << "dweight_hh";
  EXPECT_LT(relative_error(result.dbias_ih, expected.dbias_ih), tolerance) << "dbias_ih";
  EXPECT_LT(relative_error(result.dbias_hh, expected.dbias_hh), tolerance) << "dbias_hh";
  EXPECT_LT(relative_error(result.dx, expected.dx), tolerance) << "dx";
  EXPECT_LT(relative_error(result.dh0, expected.dh0), tolerance) << "dh0";
  if (!lstm) return;
  EXPECT_LT(relative_error(result.c_last, expected.c_last), tolerance) << "c_last";
  EXPECT_LT(relative_error(result.dc0, expected.dc0), tolerance) << "dc0";
}

std::vector<Named> kernels_here() {
  std::vector<Named> list;
#ifdef PHREATIC_EMULATE_AVX512
  list.push_back({"avx512_emulated", &emulated_avx512_kernel()});
#endif
  for (const Isa isa : {Isa::portable, Isa::avx2, Isa::avx512}) {
    if (isa_available(isa)) list.push_back({isa_name(isa), &kernel_of(isa)});
  }
  return list;
}

}  // namespace cases

// SPDX-License-Identifier: BSD-3-Clause
// The networks of variables against plain loops in double precision, and their gradients against central differences
// of these.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "phreatic/core/random.hpp"
#include "phreatic/learn/kernels/variables.hpp"

namespace {

using namespace phreatic::kernels;
using Doubles = std::vector<double>;

constexpr std::size_t kRows = 70, kVariables = 3, kSingle = 2, kWidth = 10, kChannels = 4;
constexpr double kDropout = 0.3;
constexpr std::uint64_t kKey = 0x1234567890ABCDEFULL;

// In the order of VariableNetworks.
enum Part {
  kX,
  kWeights,
  kFirst,
  kFirstBias,
  kOwn,
  kOwnBias,
  kSecond,
  kSecondBias,
  kGate,
  kGateBias,
  kScale,
  kShift,
  kParts
};
constexpr const char* kNames[] = {"x",      "weights",     "first", "first_bias", "own",   "own_bias",
                                  "second", "second_bias", "gate",  "gate_bias",  "scale", "shift"};

// The mask of a place, as documented: an integer hash of the place with the key.
double mask(std::size_t row, std::size_t variable, std::size_t unit) {
  const std::size_t padded = 16;
  auto x = static_cast<std::uint32_t>((row * kVariables + variable) * padded + unit) * 0x9E3779B9U +
           static_cast<std::uint32_t>(kKey);
  x ^= x >> 16;
  x *= 0x7FEB352DU;
  x ^= static_cast<std::uint32_t>(kKey >> 32) ^ (x >> 15);
  x *= 0x846CA68BU;
  x ^= x >> 16;
  return x < kDropout * 4294967296.0 ? 0 : 1 / (1 - kDropout);
}

struct Problem {
  bool second = true;
  Doubles part[kParts];
  Doubles upstream = Doubles(kRows * kWidth);

  explicit Problem(bool has_second) : second(has_second) {
    const std::size_t square = kVariables * kWidth * kWidth;
    const std::size_t sizes[] = {kRows * kChannels,
                                 kRows * kVariables,
                                 kChannels * kWidth,
                                 kVariables * kWidth,
                                 kChannels * kWidth,
                                 kVariables * kWidth,
                                 has_second ? square : 0,
                                 has_second ? kVariables * kWidth : 0,
                                 2 * square,
                                 2 * kVariables * kWidth,
                                 kVariables * kWidth,
                                 kVariables * kWidth};
    phreatic::core::RandomStream random(1, "variables");
    for (std::size_t p = 0; p < kParts; ++p) {
      for (std::size_t i = 0; i < sizes[p]; ++i)  // floats, so that both sides start from the same numbers
        part[p].push_back(static_cast<double>(static_cast<float>(0.6 * random.normal())));
    }
    for (double& v : upstream) v = static_cast<double>(static_cast<float>(random.normal()));
  }

  // A network's value before its weight, [kWidth].
  Doubles network(std::size_t r, std::size_t v) const {
    const std::size_t channel = v < kSingle ? v : 2 * v - kSingle;
    const std::size_t count = v < kSingle ? 1 : 2;
    Doubles a(kWidth), y(kWidth);
    for (std::size_t h = 0; h < kWidth; ++h) {
      a[h] = part[kFirstBias][v * kWidth + h];
      y[h] = part[kOwnBias][v * kWidth + h];
      for (std::size_t c = channel; c < channel + count; ++c) {
        a[h] += part[kX][r * kChannels + c] * part[kFirst][c * kWidth + h];
        y[h] += part[kX][r * kChannels + c] * part[kOwn][c * kWidth + h];
      }
      a[h] = a[h] > 0 ? a[h] : std::expm1(a[h]);
    }
    Doubles u = a;
    if (second) {
      for (std::size_t h = 0; h < kWidth; ++h) {
        u[h] = part[kSecondBias][v * kWidth + h];
        for (std::size_t k = 0; k < kWidth; ++k) u[h] += part[kSecond][(v * kWidth + h) * kWidth + k] * a[k];
        u[h] *= mask(r, v, h);
      }
    }
    double mean = 0, square = 0;
    for (std::size_t h = 0; h < kWidth; ++h) {
      double z[2];
      for (std::size_t half = 0; half < 2; ++half) {
        const std::size_t row = 2 * v * kWidth + half * kWidth + h;
        z[half] = part[kGateBias][row];
        for (std::size_t k = 0; k < kWidth; ++k) z[half] += part[kGate][row * kWidth + k] * u[k];
      }
      y[h] += z[0] / (1 + std::exp(-z[1]));
      mean += y[h] / kWidth;
    }
    for (const double one : y) square += (one - mean) * (one - mean) / kWidth;
    for (std::size_t h = 0; h < kWidth; ++h)
      y[h] = part[kScale][v * kWidth + h] * (y[h] - mean) / std::sqrt(square + 1e-5) +
             part[kShift][v * kWidth + h];
    return y;
  }

  Doubles outputs() const {
    Doubles out(kRows * kWidth);
    for (std::size_t r = 0; r < kRows; ++r) {
      for (std::size_t v = 0; v < kVariables; ++v) {
        const Doubles y = network(r, v);
        for (std::size_t h = 0; h < kWidth; ++h)
          out[r * kWidth + h] += part[kWeights][r * kVariables + v] * y[h];
      }
    }
    return out;
  }
  double loss() const {
    const Doubles out = outputs();
    double sum = 0;
    for (std::size_t i = 0; i < out.size(); ++i) sum += out[i] * upstream[i];
    return sum;
  }
};

struct Kernel {
  std::vector<float> part[kParts], gradient[kParts], upstream;
  VariableNetworks call;
  VariableGradients result;

  explicit Kernel(const Problem& problem) : upstream(problem.upstream.begin(), problem.upstream.end()) {
    for (std::size_t p = 0; p < kParts; ++p) {
      part[p].assign(problem.part[p].begin(), problem.part[p].end());
      gradient[p].assign(part[p].size(), NAN);  // all of it has to be written
    }
    call = {.rows = kRows, .variables = kVariables, .single = kSingle, .width = kWidth};
    const float** given[] = {&call.x,    &call.weights,   &call.first,  &call.first_bias,
                             &call.own,  &call.own_bias,  &call.second, &call.second_bias,
                             &call.gate, &call.gate_bias, &call.scale,  &call.shift};
    float** wanted[] = {&result.x,    &result.weights,   &result.first,  &result.first_bias,
                        &result.own,  &result.own_bias,  &result.second, &result.second_bias,
                        &result.gate, &result.gate_bias, &result.scale,  &result.shift};
    for (std::size_t p = 0; p < kParts; ++p) {
      *given[p] = part[p].empty() ? nullptr : part[p].data();
      *wanted[p] = part[p].empty() ? nullptr : gradient[p].data();
    }
    call.dropout = problem.second ? kDropout : 0;
    call.key = kKey;
  }
};

void expect_near(const std::vector<float>& got, const Doubles& wanted, double tolerance,
                 const std::string& what) {
  double largest = 0;
  for (const double w : wanted) largest = std::max(largest, std::abs(w));
  ASSERT_EQ(got.size(), wanted.size()) << what;
  for (std::size_t i = 0; i < got.size(); ++i)
    ASSERT_NEAR(static_cast<double>(got[i]), wanted[i], tolerance * largest) << what << ' ' << i;
}

class Variables : public testing::TestWithParam<Isa> {};

TEST_P(Variables, HaveTheValuesAndGradientsOfPlainLoops) {
  for (const bool second : {true, false}) {
    Problem problem(second);
    Kernel kernel(problem);
    std::vector<float> out(kRows * kWidth);
    variables_forward(kernel.call, out.data(), GetParam());
    expect_near(out, problem.outputs(), 1e-5, "out");
    variables_backward(kernel.call, kernel.upstream.data(), kernel.result, GetParam());
    for (std::size_t p = 0; p < kParts; ++p) {
      Doubles slopes;
      for (double& value : problem.part[p]) {
        const double middle = value;
        value = middle + 1e-5;
        const double above = problem.loss();
        value = middle - 1e-5;
        slopes.push_back((above - problem.loss()) / 2e-5);
        value = middle;
      }
      if (!slopes.empty()) expect_near(kernel.gradient[p], slopes, 2e-5, kNames[p]);
    }
  }
}

// Of an explanation only the gradient of the inputs is wanted.
TEST_P(Variables, GradientsOfTheInputsAreTheSameWithoutThoseOfTheParameters) {
  const Problem problem(true);
  Kernel all(problem), inputs(problem);
  inputs.result = {.x = inputs.gradient[kX].data(), .weights = inputs.gradient[kWeights].data()};
  variables_backward(all.call, all.upstream.data(), all.result, GetParam());
  variables_backward(inputs.call, inputs.upstream.data(), inputs.result, GetParam());
  EXPECT_EQ(all.gradient[kX], inputs.gradient[kX]);
  EXPECT_EQ(all.gradient[kWeights], inputs.gradient[kWeights]);
}

TEST_P(Variables, LinearMapsOfRowsHaveTheValuesAndGradientsOfPlainLoops) {
  for (const auto& [inputs, outputs] : {std::pair<std::size_t, std::size_t>{10, 3}, {16, 32}, {7, 16}}) {
    phreatic::core::RandomStream random(2, "linear");
    const auto numbers = [&](std::size_t count) {
      std::vector<float> out(count);
      for (float& v : out) v = static_cast<float>(random.normal());
      return out;
    };
    const auto x = numbers(kRows * inputs), w = numbers(outputs * inputs), b = numbers(outputs);
    const auto dy = numbers(kRows * outputs);
    Doubles y(kRows * outputs), dx(x.size()), dw(w.size()), db(outputs);
    for (std::size_t r = 0; r < kRows; ++r) {
      for (std::size_t o = 0; o < outputs; ++o) {
        const auto down = static_cast<double>(dy[r * outputs + o]);
        y[r * outputs + o] = static_cast<double>(b[o]);
        db[o] += down;
        for (std::size_t k = 0; k < inputs; ++k) {
          y[r * outputs + o] +=
              static_cast<double>(w[o * inputs + k]) * static_cast<double>(x[r * inputs + k]);
          dx[r * inputs + k] += down * static_cast<double>(w[o * inputs + k]);
          dw[o * inputs + k] += down * static_cast<double>(x[r * inputs + k]);
        }
      }
    }
    const RowsLinear call{kRows, inputs, outputs, x.data(), w.data(), b.data()};
    std::vector<float> got(y.size()), gx(x.size()), gw(w.size()), gb(outputs);
    rows_linear_forward(call, got.data(), GetParam());
    rows_linear_backward(call, dy.data(), {gx.data(), gw.data(), gb.data()}, GetParam());
    expect_near(got, y, 1e-6, "y");
    expect_near(gx, dx, 1e-6, "dx");
    expect_near(gw, dw, 1e-6, "dw");
    expect_near(gb, db, 1e-6, "db");
  }
}

INSTANTIATE_TEST_SUITE_P(OfEachInstructionSet, Variables, testing::Values(Isa::portable, Isa::automatic),
                         [](const auto& one) {
                           return one.param == Isa::portable ? std::string("portable")
                                                             : std::string("automatic");
                         });

}  // namespace

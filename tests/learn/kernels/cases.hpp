// SPDX-License-Identifier: BSD-3-Clause
// Random problems, and the kernels run on them with every array wanted.
#pragma once

#include <string>
#include <vector>

#include "phreatic/learn/kernels/recurrent/driver.hpp"
#include "reference.hpp"

namespace cases {

using phreatic::kernels::Kernel;
using reference::Problem;
using reference::Shape;
using Floats = std::vector<float>;

// Values that are exact in float, so that the reference sees the same numbers.
Problem random_problem(const Shape& shape, std::uint64_t seed);

struct Result {
  Floats h, h_last, c_last, dweight_ih, dweight_hh, dbias_ih, dbias_hh, dx, dh0, dc0;
  bool operator==(const Result&) const = default;
};

Result run(const Kernel& kernel, const Problem& problem);

Floats to_floats(const reference::Doubles& values);

// Largest difference over the largest value of the reference.
double relative_error(const Floats& value, const reference::Doubles& expected);

// Every array against the double-precision reference.
void expect_close(const Result& result, const reference::Result& expected, bool lstm, double tolerance);

// The kernels that this machine runs, and AVX-512's on emulated intrinsics when SIMDe was there to build it.
struct Named {
  std::string name;
  const Kernel* kernel;
};
std::vector<Named> kernels_here();
const Kernel& emulated_avx512_kernel();

}  // namespace cases

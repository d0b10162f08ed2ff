// SPDX-License-Identifier: BSD-3-Clause
// LSTM and GRU in double precision, one loop per index, forward and backward: what the kernels are compared
// with.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "phreatic/learn/kernels/recurrent/recurrent.hpp"

namespace reference {

using phreatic::kernels::Cell;
using phreatic::kernels::Shape;
using Doubles = std::vector<double>;

struct Problem {
  Shape shape;
  Doubles weight_ih, weight_hh, bias_ih, bias_hh;  // torch's layout
  Doubles x, h0, c0;                               // [B][T][F], [B][H], [B][H]
  Doubles dh, dc_last;                             // [B][T][H], [B][H]
};

struct Result {
  Doubles h, c_last;  // [B][T][H], [B][H]
  Doubles dweight_ih, dweight_hh, dbias_ih, dbias_hh, dx, dh0, dc0;
};

Result run(const Problem& problem);

// sum(h * dh) + sum(c_last * dc_last), the scalar whose gradients run() gives.
double loss(const Problem& problem, const Result& result);

}  // namespace reference

// SPDX-License-Identifier: BSD-3-Clause
// Sampled Shapley values (key shapley1953; by permutations: Castro et al. 2009, key castro2009, Strumbelj and
// Kononenko 2014, key strumbelj2014) of groups of drivers, for any model that gives a value. The game: with
// the groups in S taken from the explained window x and all others from a reference r,
//   v_r(S) = f(x_S, r_rest),   phi_g = E_r E_order [ v_r(before g, and g) - v_r(before g) ],
//   sum_g phi_g = f(x) - E f(r), exactly: a walk from r to x is a telescoping sum.
// Orders come in antithetic pairs (Mitchell et al. 2022, key mitchell2022): an order and its reverse, with
// the same reference. A pair is exact where groups interact by twos at most.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/core/settings/params.hpp"
#include "phreatic/explain/attribution/expected_gradients.hpp"
#include "phreatic/explain/windows.hpp"
#include "phreatic/model/predictor.hpp"

namespace phreatic::explain {

struct ShapleyParams {
  int pairs = 64;                  // of orders, for each window; raised to a multiple of few references
  bool attribute_statics = false;  // true: all static attributes together are one more group
  std::uint64_t seed = 1;
};
void describe(core::Describer& d, ShapleyParams& p);

// In target units. Spans live only during the call.
struct ShapleyAttribution {
  std::size_t window = 0;
  double value = 0;                         // f(x)
  double base = 0;                          // mean of f over the references drawn
  std::span<const double> contributions;    // [group], then the static attributes when asked
  std::span<const double> standard_errors;  // from the scatter of the pairs; NaN for a single pair
  int pairs = 0;
};

// `group_of_feature` [F]: which group a feature belongs to, 0 .. groups - 1, all steps of it. References are
// drawn without replacement, over and over; where there are no more of them than pairs each is used equally
// often, so that `base` is their mean. The sink is called in order of index. Throws InputError when a window
// has no reference.
void shapley_values(model::Predictor& f, const WindowSource& windows, const WindowSource& training,
                    const References& references, std::span<const TargetScale> scales,
                    std::span<const std::size_t> group_of_feature, const ShapleyParams& params,
                    const std::function<void(const ShapleyAttribution&)>& sink, core::Context& context);

}  // namespace phreatic::explain

// SPDX-License-Identifier: BSD-3-Clause
// Expected gradients (Erion et al. 2021, key erion2021; with recurrent models of water: Jiang et al. 2022,
// key jiang2022): the contribution of input i to f at x, against references x',
//   phi_i = E[(x_i - x'_i) * df(x' + alpha (x - x')) / dx_i],  x' uniform on the references, alpha ~ U(0, 1),
//   sum_i phi_i = f(x) - E f(x')   (completeness).
// Draws are made in R independent replicates of m stratified draws each; replicates are pooled, never
// selected, and the standard error is their standard deviation / sqrt(R). Variance is taken out by a linear
// surrogate whose expectation is known exactly (docs/methods/explanation.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/core/settings/params.hpp"
#include "phreatic/explain/windows.hpp"
#include "phreatic/model/differentiable.hpp"

namespace phreatic::explain {

struct ExpectedGradientsParams {
  ReferenceChoice references = ReferenceChoice::same_entity;
  double season_half_width_days = 30;
  double tolerance = 0.01;  // standard error of each driver's sum, as a share of the target's range
  std::optional<double> tolerance_absolute;  // the same in target units; when given it replaces `tolerance`
  int min_draws = 32;
  int max_draws = 4096;
  int replicates = 8;
  bool attribute_statics = false;  // false: a reference keeps the statics of the explained window
  bool control_variate = true;     // off only to measure what it gains
  int base_draws = 4096;           // references per group for E f(x'); all of them where there are no more
  std::uint64_t seed = 1;
};
void describe(core::Describer& d, ExpectedGradientsParams& p);

// From the model's scaled output y to target units: scale * y + offset. `range` is the training range of the
// window's entity in target units; the tolerance is relative to it.
struct TargetScale {
  double scale = 1;
  double offset = 0;
  double range = 1;
};

// What a sink gets for each window, in order of index. Spans live only during the call. All in target units.
struct WindowAttribution {
  std::size_t window = 0;
  double value = 0;                       // f(x)
  double base = 0;                        // E f(x')
  double base_standard_error = 0;         // 0 when all references were evaluated
  double residual = 0;                    // sum phi + base - f(x): an independent check, never distributed
  std::span<const double> attributions;   // [T][F]
  std::span<const double> statics;        // [S]; empty unless asked
  std::span<const double> driver_sums;    // [F] sums over steps, then [S] when statics are asked
  std::span<const double> driver_errors;  // standard errors of driver_sums
  int draws = 0;
  bool converged = false;
};
using AttributionSink = std::function<void(const WindowAttribution&)>;

struct ExpectedGradientsSummary {
  ReferenceChoice references = ReferenceChoice::same_entity;
  std::size_t windows = 0;
  std::size_t converged = 0;
  std::uint64_t draws = 0;        // gradient evaluations in all
  std::uint64_t evaluations = 0;  // further evaluations without gradient (base values, f(x))
  double largest_error = 0;       // largest standard error / tolerance
  double largest_residual = 0;    // largest |residual| / range
  double rms_residual_in_errors =
      0;  // root mean square of residual / its own standard error; near 1 is honest
};

// Explains every window of `windows` against `references` (whose indices are of `training`), `scales` one per
// window. Works in chunks: memory does not grow with the number of windows. Throws InputError on shapes that
// do not fit.
ExpectedGradientsSummary expected_gradients(model::Differentiable& f, const WindowSource& windows,
                                            const WindowSource& training, const References& references,
                                            std::span<const TargetScale> scales,
                                            const ExpectedGradientsParams& params,
                                            const AttributionSink& sink, core::Context& context);

}  // namespace phreatic::explain

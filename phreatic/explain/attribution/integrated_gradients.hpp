// SPDX-License-Identifier: BSD-3-Clause
// Integrated gradients (Sundararajan et al. 2017, key sundararajan2017): the contribution of input i to f at
// x along the straight path from one baseline x',
//   phi_i = (x_i - x'_i) * integral_0^1 df(x' + alpha (x - x')) / dx_i dalpha,   sum_i phi_i = f(x) - f(x').
// The integral is a Gauss-Legendre sum: exact for polynomials of degree 2 nodes - 1 along the path.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/explain/windows.hpp"
#include "phreatic/model/differentiable.hpp"

namespace phreatic::explain {

struct IntegratedGradientsParams {
  int nodes = 16;
};
void describe(core::Describer& d, IntegratedGradientsParams& p);

struct PathAttribution {
  std::size_t window = 0;
  double value = 0;                      // f(x), scaled
  double base = 0;                       // f(x'), scaled
  double residual = 0;                   // sum phi + base - value: the error of the quadrature
  std::span<const double> attributions;  // [T][F], scaled
};

// Explains every window against the one baseline [T][F] (for example zeros, the training mean in scaled
// space); statics stay those of the window. The sink is called in order of index.
void integrated_gradients(model::Differentiable& f, const WindowSource& windows,
                          std::span<const float> baseline, const IntegratedGradientsParams& params,
                          const std::function<void(const PathAttribution&)>& sink);

// Nodes and weights of Gauss-Legendre quadrature on [0, 1].
std::vector<std::pair<double, double>> gauss_legendre(int nodes);

}  // namespace phreatic::explain

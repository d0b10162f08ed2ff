// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/explain/attribution/integrated_gradients.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "phreatic/core/context.hpp"
#include "phreatic/core/errors.hpp"

namespace phreatic::explain {

namespace {

constexpr std::size_t kRowsPerCall = 1024;

// Legendre polynomial of degree n at z in [-1, 1] and its derivative.
std::pair<double, double> legendre(int n, double z) {
  double p = 1;
  double before = 0;
  for (int k = 1; k <= n; ++k) {
    const double next = ((2 * k - 1) * z * p - (k - 1) * before) / k;
    before = p;
    p = next;
  }
  return {p, n * (z * p - before) / (z * z - 1)};
}

// Arrays for a batch of windows with all their nodes.
struct PathBatch {
  std::vector<float> window, inputs, statics, values, gradients;
};

}  // namespace

void describe(core::Describer& d, IntegratedGradientsParams& p) {
  d.field("nodes", p.nodes,
          {.help = "Gauss-Legendre nodes along the path from the baseline", .min = 1, .max = 1024});
}

std::vector<std::pair<double, double>> gauss_legendre(int nodes) {
  std::vector<std::pair<double, double>> result(static_cast<std::size_t>(nodes));
  for (int i = 0; i < nodes; ++i) {
    double z = std::cos(std::numbers::pi * (nodes - i - 0.25) / (nodes + 0.5));
    for (int iteration = 0; iteration < 100; ++iteration) {
      const auto [p, slope] = legendre(nodes, z);
      z -= p / slope;
      if (std::abs(p / slope) < 1e-15) break;
    }
    const double slope = legendre(nodes, z).second;
    result[static_cast<std::size_t>(i)] = {(1 + z) / 2, 1 / ((1 - z * z) * slope * slope)};
  }
  return result;
}

void integrated_gradients(model::Differentiable& f, const WindowSource& windows,
                          std::span<const float> baseline, const IntegratedGradientsParams& params,
                          const std::function<void(const PathAttribution&)>& sink) {
  const std::size_t cells = windows.steps() * windows.features();
  PHREATIC_ASSERT(f.shape() == shape_of(windows) && baseline.size() == cells);
  const auto rule = gauss_legendre(params.nodes);
  // Rows of one window: its nodes, the baseline, the window itself.
  const std::size_t rows = rule.size() + 2;
  const std::size_t statics = windows.statics();
  const std::size_t per_call = std::max<std::size_t>(1, kRowsPerCall / rows);
  PathBatch b{std::vector<float>(cells), std::vector<float>(per_call * rows * cells),
              std::vector<float>(per_call * rows * statics), std::vector<float>(per_call * rows),
              std::vector<float>(per_call * rows * cells)};
  std::vector<double> phi(cells);
  for (std::size_t first = 0; first < windows.size(); first += per_call) {
    core::throw_if_interrupted();
    const std::size_t count = std::min(per_call, windows.size() - first);
    for (std::size_t w = 0; w < count; ++w) {
      windows.inputs(first + w, b.window);
      for (std::size_t r = 0; r < rows; ++r) {
        const double alpha = r < rule.size() ? rule[r].first : (r == rule.size() ? 0.0 : 1.0);
        float* row = b.inputs.data() + (w * rows + r) * cells;
        for (std::size_t i = 0; i < cells; ++i) {
          row[i] = static_cast<float>(baseline[i] + alpha * (static_cast<double>(b.window[i]) - baseline[i]));
        }
        windows.static_inputs(first + w, std::span(b.statics).subspan((w * rows + r) * statics, statics));
      }
    }
    f.value_and_gradient(count * rows, b.inputs.data(), b.statics.data(), b.values.data(),
                         b.gradients.data());
    for (std::size_t w = 0; w < count; ++w) {
      std::fill(phi.begin(), phi.end(), 0.0);
      windows.inputs(first + w, b.window);
      for (std::size_t r = 0; r < rule.size(); ++r) {
        const float* g = b.gradients.data() + (w * rows + r) * cells;
        for (std::size_t i = 0; i < cells; ++i) {
          phi[i] += rule[r].second * g[i] * (static_cast<double>(b.window[i]) - baseline[i]);
        }
      }
      PathAttribution out{.window = first + w, .attributions = phi};
      out.base = b.values[w * rows + rule.size()];
      out.value = b.values[w * rows + rule.size() + 1];
      for (const double p : phi) out.residual += p;
      out.residual += out.base - out.value;
      sink(out);
    }
  }
}

}  // namespace phreatic::explain

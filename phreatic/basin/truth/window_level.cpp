// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/truth/window_level.hpp"

#include <array>
#include <vector>

#include "phreatic/basin/truth/ceiling.hpp"
#include "phreatic/core/parallel.hpp"

namespace phreatic::basin {
namespace {

// One row [days][driver] as series.
struct Row {
  std::array<std::vector<double>, kDriverCount> series;
  Row(const float* inputs, std::size_t days) {
    for (std::size_t i = 0; i < days * kDriverCount; ++i) series[i % kDriverCount].push_back(inputs[i]);
  }
  Forcing forcing() const { return {{series[0], series[1], series[2], series[3]}}; }
};

}  // namespace

void WindowLevel::value(std::size_t batch, const float* inputs, const float* /*statics*/, float* values) {
  core::parallel_for(batch, [&](std::size_t b) {
    const Row row(inputs + b * shape().cells(), days_);
    values[b] = static_cast<float>(final_level_m(well_, row.forcing(), well_.neutral_state()));
  });
}

void WindowLevel::value_and_gradient(std::size_t batch, const float* inputs, const float* /*statics*/,
                                     float* values, float* gradients) {
  core::parallel_for(batch, [&](std::size_t b) {
    const Row row(inputs + b * shape().cells(), days_);
    const LevelGradient g = level_gradient(well_, row.forcing(), well_.neutral_state());
    values[b] = static_cast<float>(g.level_m);
    float* out = gradients + b * shape().cells();
    for (std::size_t i = 0; i < shape().cells(); ++i)
      out[i] = static_cast<float>(g.gradient[i % kDriverCount][i / kDriverCount]);
  });
}

}  // namespace phreatic::basin

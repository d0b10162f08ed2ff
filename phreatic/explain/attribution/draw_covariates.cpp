// SPDX-License-Identifier: BSD-3-Clause
// What a chunk's surrogate is made of: its slope, and the covariates and modulators by which draws are corrected.
#include <algorithm>

#include "phreatic/core/random.hpp"
#include "phreatic/explain/attribution/draw_chunk.hpp"

namespace phreatic::explain {

// Mean gradient over a few draws of their own, so that the surrogate is independent of the estimate.
std::vector<double> DrawChunk::pilot_slope() {
  const InputCells& cells = setting_.cells;
  const std::size_t draws = std::clamp<std::size_t>(windows_.size(), 16, 128);
  core::RandomStream random(setting_.params.seed, "expected gradients pilot", windows_.front().index);
  std::vector<float> reference(cells.count());
  batch_.resize(cells, draws);
  for (std::size_t k = 0; k < draws; ++k) {
    const auto w = static_cast<std::size_t>(random.below(windows_.size()));
    const auto j = static_cast<std::size_t>(random.below(design_.index.size()));
    cells.read(setting_.training, design_.index[j], reference);
    set_row({window_cells(w), cells.count()}, reference, random.uniform(), k);
  }
  evaluate_gradients(setting_.f, cells, batch_);
  std::vector<double> slope(cells.count(), 0.0);
  const auto n = static_cast<double>(draws);
  for (std::size_t k = 0; k < draws; ++k) {
    for (std::size_t i = 0; i < cells.dynamic(); ++i) {
      slope[i] += batch_.gradients[k * cells.dynamic() + i] / n;
    }
    for (std::size_t i = cells.dynamic(); i < cells.count(); ++i) {
      slope[i] += batch_.static_gradients[k * cells.statics + i - cells.dynamic()] / n;
    }
  }
  return slope;
}

void DrawChunk::set_modulators() {
  const InputCells& cells = setting_.cells;
  covariate_count_ = setting_.params.control_variate ? 2 * surrogate_.covariates + 3 : 0;
  modulator_count_ = 1 + surrogate_.covariates;
  modulators_.assign(windows_.size() * modulator_count_, 0.0);
  for (std::size_t w = 0; w < windows_.size(); ++w) {
    double* own = modulators_.data() + w * modulator_count_;
    own[0] = 1;
    for (std::size_t i = 0; i < cells.count(); ++i) {
      own[1 + surrogate_.covariate_of[cells.driver_of(i)]] +=
          (window_cells(w)[i] - design_.mean[i]) * surrogate_.slope[i];
    }
  }
}

void DrawChunk::covariates(std::size_t reference, double alpha, double* z) const {
  const std::size_t n = surrogate_.covariates;
  const double* c = surrogate_.reference_covariates.data() + reference * n;
  const double centred = alpha - 0.5;
  for (std::size_t d = 0; d < n; ++d) {
    z[d] = c[d];
    z[n + d] = c[d] * centred;
  }
  z[2 * n] = design_.value[reference];
  z[2 * n + 1] = design_.value[reference] * centred;
  z[2 * n + 2] = centred;
}

}  // namespace phreatic::explain

// SPDX-License-Identifier: BSD-3-Clause
// Inside explain: expected gradients of a chunk of windows that share references and statics.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "phreatic/explain/attribution/expected_gradients.hpp"
#include "phreatic/explain/attribution/input_cells.hpp"
#include "phreatic/explain/attribution/pooled_regression.hpp"
#include "phreatic/explain/attribution/reference_design.hpp"

namespace phreatic::explain {

// What all chunks of a run share.
struct DrawSetting {
  model::Differentiable& f;
  const WindowSource& windows;
  const WindowSource& training;
  std::span<const TargetScale> scales;
  const ExpectedGradientsParams& params;
  InputCells cells;
};

class DrawChunk {
 public:
  DrawChunk(const DrawSetting& setting, const ReferenceDesign& design,
            std::span<const std::uint32_t> windows);
  // Draws until every window has converged or has used all its draws; each goes to the sink then.
  void run(const AttributionSink& sink, ExpectedGradientsSummary& summary);

 private:
  struct Window {
    std::uint32_t index = 0;
    std::size_t draws = 0;  // per replicate, made so far
    std::size_t next = 0;   // per replicate, in the next round
    double value = 0;       // f(x), scaled
    double tolerance = 0;   // scaled
  };
  // Windows [first, last) of a round and the first row of each in the batch.
  struct Part {
    std::vector<std::size_t> windows;  // positions in the chunk
    std::vector<std::size_t> row;      // first row of each
    std::size_t rows = 0;
  };

  void read_windows();
  std::vector<double> pilot_slope();
  void set_modulators();
  std::vector<Part> plan_round() const;
  void draw(const Part& part);
  void place_rows(const Part& part);
  void set_row(std::span<const float> x, std::span<const float> reference, double alpha, std::size_t row);
  void accumulate(const Part& part, std::size_t replicate);
  void covariates(std::size_t reference, double alpha, double* z) const;
  void estimate();
  void estimate_block(std::size_t first, std::size_t last);
  void finish_round(const AttributionSink& sink, ExpectedGradientsSummary& summary);
  void emit(std::size_t window, const std::vector<double>& errors, bool converged, double total_error,
            const AttributionSink& sink, ExpectedGradientsSummary& summary);
  // Reference and alpha of a draw: a Kronecker sequence with a random shift per window and replicate.
  std::pair<std::size_t, double> point(std::size_t window, std::size_t replicate, std::size_t draw) const;
  // The member of f that a draw asks: each in turn, beginning anywhere, so that every draw's is uniform.
  std::size_t member(std::size_t window, std::size_t replicate, std::size_t draw) const;
  const float* window_cells(std::size_t window) const { return x_.data() + window * setting_.cells.count(); }

  DrawSetting setting_;
  const ReferenceDesign& design_;
  std::size_t replicates_;
  std::vector<Window> windows_;
  std::vector<std::size_t> active_;  // positions of windows that still draw
  std::vector<float> x_;             // [window][cells]
  std::vector<float> statics_;       // [S] of all windows, when statics are not explained
  Surrogate surrogate_;
  std::size_t covariate_count_ = 0;
  std::size_t modulator_count_ = 1;
  std::vector<double> modulators_;            // [window][modulators]
  std::vector<double> shifts_;                // [window][replicate][2]
  std::vector<std::size_t> first_members_;    // [window][replicate]
  std::vector<std::size_t> rows_;             // [draw of a part], its row in the batch
  std::vector<double> e_sum_;                 // [window][replicate][cells]
  std::vector<double> z_sum_;                 // [window][replicate][covariates]
  std::vector<double> driver_sums_;           // [window][replicate][drivers], after estimate()
  std::vector<double> cube_;                  // [window][cells], mean over replicates, after estimate()
  std::vector<PooledRegression> regression_;  // one, or none without control variates
  RowBatch batch_;
};

// Windows per chunk so that its sums stay near 128 MB.
std::size_t chunk_size(const InputCells& cells, const ExpectedGradientsParams& params);

}  // namespace phreatic::explain

// SPDX-License-Identifier: BSD-3-Clause
// Windows put together to the arrays of one weight update, free of libtorch.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "phreatic/learn/architectures/layout.hpp"
#include "phreatic/learn/samples/dataset.hpp"

namespace phreatic::learn {

struct Batch {
  std::size_t rows = 0;          // B
  std::size_t steps = 0;         // T, of the longest window; shorter ones are followed by zeros
  std::size_t scored = 0;        // steps from the first that any window scores to the end
  std::vector<float> x;          // [B][T][sequence_inputs]: channels, then statics when they are repeated
  std::vector<float> statics;    // [B][S] when they set the initial state
  std::vector<float> target;     // [B][scored][targets]; 0 where masked
  std::vector<float> weight;     // [B][scored][targets]: entity weight; 0 where masked
  std::vector<double> observed;  // [targets]: how many are not masked
};

// Factors of entities in the loss, [entity][target]: Series::weights, times 1 / (s + epsilon)^2 for the nse
// loss with s the standard deviation of the entity's observed targets in the scored steps of `training`
// (key kratzert2019).
std::vector<double> loss_weights(const SeriesSet& set, const std::vector<Window>& training,
                                 const LossParams& loss);

// Inputs and targets of windows, one row each. Windows stand at the start of their rows: networks are causal,
// so that what follows a shorter window does not change its outputs.
class BatchMaker {
 public:
  BatchMaker(const SeriesSet& set, const NetworkShape& shape) : set_(set), shape_(shape) {}
  void inputs(std::span<const Window> windows, Batch& batch) const;
  void targets(std::span<const Window> windows, const std::vector<double>& weights, Batch& batch) const;

 private:
  const SeriesSet& set_;
  const NetworkShape& shape_;
};

// Hash of all that training on these windows reads: names, windows, inputs, statics, scored targets, weights.
// What lies outside the windows does not enter.
std::string data_hash(const SeriesSet& set, const WindowSplit& windows);

}  // namespace phreatic::learn

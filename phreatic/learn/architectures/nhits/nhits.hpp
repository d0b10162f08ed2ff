// SPDX-License-Identifier: BSD-3-Clause
// N-HiTS (Challu et al. 2023, key challu2023; docs/methods/nhits.md): blocks that each see what the blocks before
// have left of the past level, pool it, and add a forecast of a few knots, interpolated over the horizon.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "phreatic/learn/architectures/architecture.hpp"

namespace phreatic::learn {

// What settings and data fix about the network.
struct NhitsShape {
  ModelParams model;
  std::size_t features = 0;       // drivers, in the past and over the horizon
  std::size_t past_features = 1;  // the first is the level that the blocks take apart
  std::size_t statics = 0;        // S; 0 when the model does not use them
  std::size_t heads = 1;          // outputs of all targets
  std::size_t past = 1;           // L, steps up to the issue date
  std::size_t horizon = 1;

  std::size_t blocks() const { return model.nhits.pooling.size(); }
  std::size_t pooling(std::size_t block) const {
    return static_cast<std::size_t>(model.nhits.pooling[block]);
  }
  std::size_t knots(std::size_t block) const;
  std::size_t inputs(std::size_t block) const;  // of its first map
  std::size_t channels() const { return features + 2 * past_features; }
};
NhitsShape nhits_shape(const ModelParams& params, const InputShape& inputs);

// Names and order: block.<i>.<j>.weight [out][in] and .bias; j = 0 the input, 1 ... layers the hidden maps, the
// last the outputs: L values taken off the past level, then the knots [heads][knots].
ParameterLayout nhits_layout(const NhitsShape& shape);

std::unique_ptr<Architecture> make_nhits(const ModelParams& params, const InputShape& inputs);

}  // namespace phreatic::learn

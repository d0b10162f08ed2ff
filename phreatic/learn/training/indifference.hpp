// SPDX-License-Identifier: BSD-3-Clause
// Physics as a regulariser: an input x that is known to move nothing above a value a gets noise there in training,
//   x_t <- a + |x_t - a + s e_t|  where x_t > a,   e_t standard normal, new for every window and update;
// reflected at a, so that no value comes to stand where the input does have an effect. For small s the squared error
// grows by s^2 sum (df/dx_t)^2 over those steps (key bishop1995): a penalty on the gradient of the output, without second
// derivatives and for every architecture. Prediction sees no noise.
#pragma once

#include <cstdint>
#include <optional>

#include "phreatic/learn/samples/dataset.hpp"
#include "phreatic/learn/samples/samples.hpp"
#include "phreatic/learn/settings.hpp"

namespace phreatic::learn {

struct Indifference {
  std::size_t channel = 0;
  float above = 0;      // scaled
  float noise_std = 0;  // scaled
};

// Nothing where it is off. Throws InputError when the set has no such input.
std::optional<Indifference> indifference_of(const SeriesSet& set, const IndifferenceParams& params);

// Adds the noise to the inputs of a batch; random numbers are those of (seed, stream).
void add_noise(const Indifference& indifference, std::uint64_t seed, std::uint64_t stream, Batch& batch);

}  // namespace phreatic::learn

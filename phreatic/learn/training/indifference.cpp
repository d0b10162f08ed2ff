// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/training/indifference.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/random.hpp"

namespace phreatic::learn {

std::optional<Indifference> indifference_of(const SeriesSet& set, const IndifferenceParams& params) {
  if (params.input.empty() || params.noise_std <= 0) return std::nullopt;
  const auto found = std::find(set.features.begin(), set.features.end(), params.input);
  if (found == set.features.end())
    throw core::InputError({.where = "training.indifference.input",
                            .what = "'" + params.input + "' is no driver that the network sees in all steps",
                            .allowed = fmt::format("{}", fmt::join(set.features, ", ")),
                            .mend = "Name one of them, or leave it empty"});
  const auto channel = static_cast<std::size_t>(found - set.features.begin());
  const FeatureScale scale = set.scales.empty() ? FeatureScale{} : set.scales[channel];
  return Indifference{channel, static_cast<float>((params.above - scale.centre) / scale.spread),
                      static_cast<float>(params.noise_std)};
}

void add_noise(const Indifference& indifference, std::uint64_t seed, std::uint64_t stream, Batch& batch) {
  core::RandomStream random(seed, "indifference", stream);
  for (std::size_t i = indifference.channel; i < batch.x.size(); i += batch.channels) {
    const auto noise = static_cast<float>(random.normal());
    float& x = batch.x[i];
    if (x > indifference.above)
      x = indifference.above + std::abs(x - indifference.above + indifference.noise_std * noise);
  }
}

}  // namespace phreatic::learn

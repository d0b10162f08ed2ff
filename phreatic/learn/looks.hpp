// SPDX-License-Identifier: BSD-3-Clause
// What a network selected and looked at: weights that some architectures make beside their outputs (tft). They
// say where it looked, not what moved the output. Free of libtorch.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "phreatic/learn/trainer.hpp"

namespace phreatic::learn {

// Weights of windows, each group of them with sum 1; means over the members.
struct WindowLooks {
  std::size_t windows = 0;
  std::size_t encoder = 0;    // steps before the decoder
  std::size_t decoder = 0;    // scored part of a training window, or what of it the window holds
  std::size_t outputs = 0;    // scored steps of the windows
  std::size_t variables = 0;  // features, then past features
  std::size_t features = 0;
  std::size_t statics_count = 0;  // 0 where the network does not use them
  std::vector<float> statics;     // [window][static]
  std::vector<float> past;        // [window][encoder][variable]
  std::vector<float> future;      // [window][decoder][feature]
  std::vector<float> attention;   // [window][output][step]: 0 at steps after the output's own
  std::size_t steps() const { return encoder + decoder; }
};

// Whether networks of this kind have such weights.
bool has_looks(const ModelDescription& model);
// How many windows of so many steps one call of look() may take: a bound of its memory.
std::size_t look_windows(Model& model, std::size_t steps);
// `windows`: of one length and warm-up, at most look_windows() of them; the model must have such weights.
WindowLooks look(Model& model, const SeriesSet& set, std::span<const Window> windows);

}  // namespace phreatic::learn

// SPDX-License-Identifier: BSD-3-Clause
// What the neural models learn from, free of libtorch: scaled series per entity, and windows cut from them.
//
//   window = warm-up steps (run, not scored) + scored steps
//   simulation   scored = every step after the warm-up
//   seq-to-one   scored = the last step only (predict_last_n = 1)
//   forecast     the scored steps are the horizon; past-only inputs are hidden there
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/core/step_range.hpp"
#include "phreatic/learn/samples/target.hpp"

namespace phreatic::learn {

// A simple forecast of one target that networks improve on: target = value + spread * output.
struct LeadAnchors {
  std::vector<float>
      values;  // [time][lead], scaled, of the step itself as forecast lead + 1 steps before; NaN: none
  std::vector<float> spread;  // [lead], 0 or more; above 0 in training
};

// One entity (well, gauge). Values are scaled as the model shall see them; scaling is the caller's.
struct Series {
  std::string name;
  std::size_t length = 0;       // time steps
  std::vector<float> inputs;    // [time][feature], known in past and future; NaN: no window may contain it
  std::vector<float> past;      // [time][past feature], seen up to the issue date only; NaN = not observed
  std::vector<float> statics;   // [static]
  std::vector<float> targets;   // [time][target]; NaN = not observed, contributes nothing to the loss
  std::vector<double> weights;  // [target], factor of this entity in the loss; empty = 1
  std::vector<LeadAnchors> anchors;  // [target]; empty where no target is anchored by lead
};

// value in its own unit = centre + spread * scaled
struct FeatureScale {
  double centre = 0;
  double spread = 1;
};

struct SeriesSet {
  std::vector<std::string> features;       // names of inputs
  std::vector<std::string> past_features;  // names of past-only inputs (observed levels ...); often empty
  std::vector<std::string> statics;
  std::vector<Target> targets;
  std::vector<Series> entities;
  std::vector<FeatureScale> scales = {};  // of features; empty: they stand in their own units

  // What a network sees per step: every feature; then per past-only feature its value (0 where hidden or not
  // observed) and a flag (1 where seen).
  std::size_t channels() const { return features.size() + 2 * past_features.size(); }
};

// Throws InputError when sizes do not fit together, a static is NaN, or a value is infinite.
void check(const SeriesSet& set);

struct Window {
  std::size_t entity = 0;
  std::size_t first = 0;   // first step in its series
  std::size_t length = 0;  // steps, warm-up and scored part together
  std::size_t warmup = 0;  // < length; in forecasts the last warm-up step is the issue date
  std::size_t scored() const { return length - warmup; }
  bool operator==(const Window&) const = default;
};

// Windows that train the weights, and windows that stop and select. All of one list have the same length.
struct WindowSplit {
  std::vector<Window> training;
  std::vector<Window> validation;
};

using core::StepRange;

enum class WindowMode { simulation, last_step, forecast };

struct WindowParams {
  WindowMode mode = WindowMode::simulation;
  int seq_length = 365;  // steps a window holds, warm-up included; forecast: up to the issue date
  std::optional<int> predict_last_n;  // scored steps of a simulation window; default: half of seq_length
  int horizon = 1;                    // forecast: steps predicted after the issue date
  std::optional<int> stride;  // steps between windows; default: the scored part, 1 for the other modes

  std::size_t length() const;  // steps of one window
  std::size_t scored() const;  // of which scored
};
void describe(core::Describer& d, WindowParams& p);

struct WindowList {
  std::vector<Window> windows;
  std::size_t too_early = 0;   // left out: the look-back would start before the series
  std::size_t input_gap = 0;   // left out: a NaN input inside
  std::size_t no_targets = 0;  // left out: nothing observed in the scored part (only when asked)
  std::size_t no_anchor = 0;  // left out: no target can be predicted, its anchor is missing at the issue date
};

// Windows whose scored steps lie in ranges[entity] (size: entities); the look-back may reach back before it.
// In simulation mode the last window of a range is moved back to end with the range and scores only what is
// not scored yet. need_targets: leave out windows without any observed target (for training).
WindowList make_windows(const SeriesSet& set, const std::vector<StepRange>& ranges,
                        const WindowParams& params, bool need_targets);

// One window per entity over ranges[entity] with a warm-up of up to `warmup` steps before it (less where the
// series or a gap in the inputs begins; at least one step is scored): whole-series simulation.
WindowList whole_series(const SeriesSet& set, const std::vector<StepRange>& ranges, std::size_t warmup);

// Asserts that windows lie inside their series; throws InputError when an input inside one is missing.
void check_windows(const SeriesSet& set, const std::vector<Window>& windows);

// Steps before the scored ones whose outputs the longest observation interval needs.
std::size_t longest_reach(std::span<const Target> targets);

// The target's anchor at the window's issue date; 0 without an anchor, NaN where it is missing.
float anchor_of(const SeriesSet& set, const Window& window, const Target& target);
// What an output at a step of the window stands for: target number k is centre + spread * output. 0 and 1 for
// a target without an anchor; a NaN centre where it is missing.
struct OutputScale {
  float centre = 0;
  float spread = 1;
};
OutputScale output_scale(const SeriesSet& set, const Window& window, std::size_t k, std::size_t step);
// Whether any target can be predicted in the window: it has no anchor, or its anchor is known.
bool any_anchor(const SeriesSet& set, const Window& window);

// The channels of a window as a network sees them, [time][channel], into out (window.length * channels()).
void encode_window(const SeriesSet& set, const Window& window, float* out);

}  // namespace phreatic::learn

// SPDX-License-Identifier: BSD-3-Clause
// Learning-rate schedules, and which epoch is best: small state machines over epochs, free of libtorch.
//   step    rate = r0 * factor^floor(e / step_epochs)
//   cosine  rate = r0 * (f + (1 - f) * (1 + cos(pi e / (E - 1))) / 2)    (Loshchilov & Hutter 2017, one cycle)
//   plateau rate = r0 * factor^cuts; a cut after `patience` epochs without a better validation loss
// with e the epoch from 0, E all epochs, f final_fraction; a warm-up multiplies by
// (e + 1) / (warmup_epochs + 1).
#pragma once

#include <limits>

#include "phreatic/learn/settings.hpp"

namespace phreatic::learn {

struct SelectionState {
  double best_loss = std::numeric_limits<double>::infinity();
  int best_epoch = 0;  // 1-based; 0 = none yet
  int epochs_since_best = 0;
  int epochs_since_cut = 0;  // plateau: without a better loss since the last cut or best
  int cuts = 0;
  bool operator==(const SelectionState&) const = default;
};

// Learning rate of epoch e (from 0).
double learning_rate_at(const TrainingParams& params, int epoch, const SelectionState& state);

// Takes the validation loss of epoch (1-based); returns whether its weights are the best so far. NaN = there
// is no validation, or keep = last: the latest weights are the best, and no epoch is one without improvement.
bool take_validation_loss(const TrainingParams& params, int epoch, double loss, SelectionState& state);
bool stops_early(const TrainingParams& params, const SelectionState& state);

}  // namespace phreatic::learn

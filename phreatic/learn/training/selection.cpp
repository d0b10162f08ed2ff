// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/training/selection.hpp"

#include <cmath>
#include <numbers>

namespace phreatic::learn {

double learning_rate_at(const TrainingParams& params, int epoch, const SelectionState& state) {
  const ScheduleParams& s = params.schedule;
  double rate = params.learning_rate;
  switch (s.kind) {
    case ScheduleKind::constant:
      break;
    case ScheduleKind::step:
      rate *= std::pow(s.factor, epoch / s.step_epochs);
      break;
    case ScheduleKind::cosine: {
      const double share = params.epochs > 1 ? static_cast<double>(epoch) / (params.epochs - 1) : 0.0;
      rate *= s.final_fraction + (1.0 - s.final_fraction) * 0.5 * (1.0 + std::cos(std::numbers::pi * share));
      break;
    }
    case ScheduleKind::plateau:
      rate *= std::pow(s.factor, state.cuts);
      break;
  }
  if (epoch < s.warmup_epochs) rate *= (epoch + 1.0) / (s.warmup_epochs + 1.0);
  return rate;
}

bool take_validation_loss(const TrainingParams& params, int epoch, double loss, SelectionState& state) {
  if (std::isnan(loss)) {
    state.best_epoch = epoch;
    return true;
  }
  if (params.keep == KeptEpoch::last) {
    state.best_loss = loss;
    state.best_epoch = epoch;
    return true;
  }
  const bool first = state.best_epoch == 0;
  if (first || loss < state.best_loss - params.early_stopping_min_delta) {
    state.best_loss = loss;
    state.best_epoch = epoch;
    state.epochs_since_best = 0;
    state.epochs_since_cut = 0;
    return true;
  }
  ++state.epochs_since_best;
  if (++state.epochs_since_cut >= params.schedule.patience) {
    ++state.cuts;
    state.epochs_since_cut = 0;
  }
  return false;
}

bool stops_early(const TrainingParams& params, const SelectionState& state) {
  return params.early_stopping_patience > 0 && state.epochs_since_best >= params.early_stopping_patience;
}

}  // namespace phreatic::learn

// SPDX-License-Identifier: BSD-3-Clause
// Entities whose target drifts away from where it was: what is learnt from the others does not reach them, and
// they move the weights and the validation loss of all (docs/methods/training.md). Judged from the observations
// alone, before any training: those in the scored steps of all windows, training and validation, in order of
// time. Free of libtorch.
//   outside  of the first and of the last quarter of the observations, the larger share that lies outside the
//            range of all the others
//   trend    r^2 of a straight line in time
// An entity drifts with outside >= 0.5 or trend >= 0.6.
#pragma once

#include <string>
#include <vector>

#include "phreatic/learn/samples/dataset.hpp"
#include "phreatic/learn/settings.hpp"

namespace phreatic::learn {

struct Drift {
  std::string entity;
  std::string target;
  double outside = 0;
  double trend = 0;
};

// Of observations in order of time (no NaN) and their steps; zeros with fewer than 40.
Drift drift_of(const std::vector<double>& steps, const std::vector<double>& values);

// Those that drift, in the order of the set. Targets that start from an anchor are passed over (what is learnt
// there is a change, which does not drift); none where fewer than three entities are observed.
std::vector<Drift> drifting_entities(const SeriesSet& set, const WindowSplit& windows);

// Puts what `auto` stands for in place of it: `pooled` and `equal` where nothing drifts, else `bounded` and
// `robust`.
TrainingParams without_auto(TrainingParams params, bool drifting);

// [entity] factors of training/robust.hpp for the first epoch, before any loss is known: 0 for entities that drift,
// 1 for the others; empty where none drifts, or half of them or more.
std::vector<double> factors_of(const std::vector<Drift>& drifting, const SeriesSet& set);

// "W1 (82 % of the last or first quarter of its levels outside the range of the others), W2 (...)"; all names.
std::string drift_text(const std::vector<Drift>& drifting);

}  // namespace phreatic::learn

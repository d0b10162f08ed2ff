// SPDX-License-Identifier: BSD-3-Clause
// Training, validation and test: by date (with overrides per well) and by well (held-out wells, k folds over
// wells). Periods are half-open ranges of steps of the panel's axis. Method: docs/methods/data.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/settings/params.hpp"
#include "phreatic/core/step_range.hpp"
#include "phreatic/data/panel.hpp"

namespace phreatic::data {

// First and last day, both included.
struct PeriodParams {
  core::OptionalDate first;
  core::OptionalDate last;
};
void describe(core::Describer& d, PeriodParams& p);

// Other periods for some wells.
struct WellPeriodsParams {
  std::vector<std::string> wells;
  PeriodParams train;
  PeriodParams validation;
  PeriodParams test;
};
void describe(core::Describer& d, WellPeriodsParams& p);

struct SplitParams {
  PeriodParams train;       // default: from the first step to the validation period
  PeriodParams validation;  // default: the last 20 % of the observed record before the test period
  PeriodParams test;        // default: the last 20 % of the observed record
  std::vector<WellPeriodsParams> periods;
  std::vector<std::string> held_out;
  int folds = 0;  // k folds over wells; 0 = none
  std::uint64_t seed = 1;
};
void describe(core::Describer& d, SplitParams& p);

using core::StepRange;

struct EntitySplit {
  StepRange train;
  StepRange validation;
  StepRange test;
  bool held_out = false;  // never used in training or validation
  bool operator==(const EntitySplit&) const = default;
};

struct Split {
  std::string name;  // "split", "fold 2 of 5", "origin 3 of 4"
  std::vector<EntitySplit> entities;
  std::string said;  // periods that were chosen by default, for the log
};

// The split by dates with held-out wells. `targets` are the indices of target variables: default periods
// follow from where they are observed. Problems: unknown wells, periods that overlap, are empty or out of
// order.
Split make_split(const Panel& panel, const std::vector<std::size_t>& targets, const SplitParams& params,
                 core::Problems& problems);

// k splits; in each, every well of one fold is held out. Folds differ in size by at most one well and depend
// on the seed only.
std::vector<Split> fold_splits(const Split& base, int folds, std::uint64_t seed);

}  // namespace phreatic::data

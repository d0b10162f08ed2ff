// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/split.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/core/random.hpp"

namespace phreatic::data {

void describe(core::Describer& d, PeriodParams& p) {
  d.field("first", p.first, {.help = "First day", .aliases = {"start"}});
  d.field("last", p.last, {.help = "Last day, included", .aliases = {"end"}});
}

void describe(core::Describer& d, WellPeriodsParams& p) {
  d.field("wells", p.wells, {.help = "Wells that these periods are for", .required = true});
  d.section("train", p.train, "Training period");
  d.section("validation", p.validation, "Validation period");
  d.section("test", p.test, "Test period");
}

void describe(core::Describer& d, SplitParams& p) {
  d.section("train", p.train, "Training period; default: from the first step to the validation period");
  d.section("validation", p.validation,
            "Validation period; default: the last 20 % of the observed record before the test period");
  d.section("test", p.test, "Test period; default: the last 20 % of the observed record");
  d.list("periods", p.periods, "Other periods for some wells");
  d.field("held_out", p.held_out, {.help = "Wells that training never sees"});
  d.field("folds", p.folds,
          {.help = "Folds over wells (each held out once), 0 for none", .min = 0, .max = 1000});
  d.field("seed", p.seed, {.help = "Seed of the folds"});
}

namespace {

struct Periods {
  PeriodParams train;
  PeriodParams validation;
  PeriodParams test;
};

void override_with(PeriodParams& base, const PeriodParams& other) {
  if (other.first) base.first = other.first;
  if (other.last) base.last = other.last;
}

// Steps whose start lies in [first day, last day].
StepRange to_range(const core::TimeAxis& axis, const PeriodParams& period) {
  StepRange range{0, axis.size()};
  if (period.first) range.begin = axis.lower_bound(*period.first);
  if (period.last) range.end = axis.lower_bound((core::day_of(*period.last) + 1) * core::kSecondsPerDay);
  return range;
}

// Where any entity observes any target.
StepRange observed_range(const Panel& panel, const std::vector<std::size_t>& targets) {
  StepRange range{panel.time_count(), 0};
  for (std::size_t e = 0; e < panel.entity_count(); ++e) {
    for (const std::size_t v : targets) {
      const auto series = panel.series(e, v);
      for (std::size_t t = 0; t < series.size(); ++t) {
        if (std::isnan(series[t])) continue;
        range.begin = std::min(range.begin, t);
        range.end = std::max(range.end, t + 1);
      }
    }
  }
  return range;
}

std::size_t last_fifth(const StepRange& range) { return range.end - (range.size() + 4) / 5; }

// Dates to steps, with the defaults for what is not given.
EntitySplit resolve(const core::TimeAxis& axis, const Periods& periods, const StepRange& observed) {
  EntitySplit split;
  const bool test_given = periods.test.first || periods.test.last;
  split.test = test_given ? to_range(axis, periods.test) : StepRange{last_fifth(observed), observed.end};
  if (test_given && !periods.test.first) split.test.begin = std::max(split.test.begin, last_fifth(observed));
  const StepRange before_test{observed.begin, std::min(observed.end, split.test.begin)};
  const bool validation_given = periods.validation.first || periods.validation.last;
  split.validation = validation_given ? to_range(axis, periods.validation)
                                      : StepRange{last_fifth(before_test), split.test.begin};
  if (!periods.validation.last) split.validation.end = split.test.begin;
  if (validation_given && !periods.validation.first && periods.train.last)
    split.validation.begin = axis.lower_bound((core::day_of(*periods.train.last) + 1) * core::kSecondsPerDay);
  split.train = to_range(axis, periods.train);
  if (!periods.train.last) split.train.end = std::min(split.train.end, split.validation.begin);
  if (!validation_given && periods.train.last)
    split.validation.begin = std::max(split.validation.begin, split.train.end);
  return split;
}

std::string range_text(const core::TimeAxis& axis, const StepRange& range) {
  if (range.empty()) return "empty";
  const core::Seconds last_day = axis.start(range.end) - core::kSecondsPerDay;
  return core::format_date(axis.start(range.begin)) + " to " + core::format_date(last_day);
}

void check(const core::TimeAxis& axis, const EntitySplit& split, const std::string& where,
           core::Problems& problems) {
  const auto problem = [&](const std::string& what, const std::string& mend) {
    problems.add(
        {.where = where,
         .what = fmt::format("{}: train {}, validation {}, test {}", what, range_text(axis, split.train),
                             range_text(axis, split.validation), range_text(axis, split.test)),
         .allowed = "train, then validation, then test, without overlap",
         .mend = mend});
  };
  if (split.train.empty()) return problem("the training period is empty", "Move it into the data's dates");
  if (split.validation.empty())
    return problem("the validation period is empty", "Give its first and last day");
  if (split.test.empty()) return problem("the test period is empty", "Give its first and last day");
  if (split.train.end > split.validation.begin || split.validation.end > split.test.begin)
    problem("periods overlap or are out of order", "Change the dates under split");
}

std::size_t find_well(const Panel& panel, const std::string& well, const std::string& where,
                      core::Problems& problems) {
  if (const auto found = panel.find_entity(well)) return *found;
  const std::string near = core::nearest(well, panel.entities);
  problems.add({.where = where,
                .what = fmt::format("there is no well '{}'{}", well,
                                    near.empty() ? "" : "; did you mean '" + near + "'?")});
  return panel.entity_count();
}

}  // namespace

Split make_split(const Panel& panel, const std::vector<std::size_t>& targets, const SplitParams& params,
                 core::Problems& problems) {
  Split split;
  split.name = "split";
  const Periods base{params.train, params.validation, params.test};
  std::vector<Periods> periods(panel.entity_count(), base);
  for (const WellPeriodsParams& some : params.periods) {
    for (const std::string& well : some.wells) {
      const std::size_t e = find_well(panel, well, "split.periods", problems);
      if (e == panel.entity_count()) continue;
      override_with(periods[e].train, some.train);
      override_with(periods[e].validation, some.validation);
      override_with(periods[e].test, some.test);
    }
  }
  const StepRange observed = observed_range(panel, targets);
  if (observed.empty()) {
    problems.add({.where = "split", .what = "no target is observed at any time"});
    return split;
  }
  for (std::size_t e = 0; e < panel.entity_count(); ++e) {
    split.entities.push_back(resolve(panel.axis, periods[e], observed));
    const bool same_as_before = e > 0 && split.entities[e] == split.entities[e - 1];
    if (!same_as_before) check(panel.axis, split.entities[e], "split, well " + panel.entities[e], problems);
  }
  const bool all_given = base.train.last && base.validation.first && base.test.first;
  if (!all_given && params.periods.empty()) {
    const EntitySplit& first = split.entities.front();
    split.said =
        fmt::format("split by default: train {}, validation {}, test {}", range_text(panel.axis, first.train),
                    range_text(panel.axis, first.validation), range_text(panel.axis, first.test));
  }
  for (const std::string& well : params.held_out) {
    const std::size_t e = find_well(panel, well, "split.held_out", problems);
    if (e < panel.entity_count()) split.entities[e].held_out = true;
  }
  return split;
}

std::vector<Split> fold_splits(const Split& base, int folds, std::uint64_t seed) {
  std::vector<Split> splits;
  core::RandomStream random(seed, "folds");
  const std::vector<std::size_t> order = random.permutation(base.entities.size());
  for (int fold = 0; fold < folds; ++fold) {
    Split split = base;
    split.name = fmt::format("fold {} of {}", fold + 1, folds);
    for (std::size_t i = static_cast<std::size_t>(fold); i < order.size();
         i += static_cast<std::size_t>(folds)) {
      split.entities[order[i]].held_out = true;
    }
    splits.push_back(std::move(split));
  }
  return splits;
}

}  // namespace phreatic::data

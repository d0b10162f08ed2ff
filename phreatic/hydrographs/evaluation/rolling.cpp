// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/evaluation/rolling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/hydrographs/targets/targets.hpp"
#include "phreatic/hydrographs/targets/unit_windows.hpp"

namespace phreatic::hydrographs {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

std::size_t observed(std::span<const double> series, const core::StepRange& steps) {
  const auto part = core::slice(series, {steps.begin, std::max(steps.begin, steps.end)});
  return static_cast<std::size_t>(
      std::count_if(part.begin(), part.end(), [](double v) { return !std::isnan(v); }));
}

// One past the last step at which anything is observed.
std::size_t end_of_record(const Prepared& prepared) {
  std::size_t end = 0;
  for (std::size_t e = 0; e < prepared.panel.entity_count(); ++e) {
    for (const std::size_t v : prepared.targets()) {
      const std::vector<double> known = prepared.known(e, v);
      for (std::size_t t = known.size(); t > end; --t) {
        if (!std::isnan(known[t - 1])) end = t;
      }
    }
  }
  return end;
}

// Training and validation of one entity before `cut`.
data::EntitySplit periods_before(const Prepared& prepared, const RollingParams& params, std::size_t e,
                                 std::size_t cut, std::size_t end) {
  data::EntitySplit out = prepared.split.entities[e];
  std::size_t begin = std::min(out.train.begin, cut);
  if (params.training == OriginTraining::sliding) {
    const auto length = static_cast<std::size_t>(params.training_length);
    begin = std::max(begin, cut - std::min(cut, length));
  }
  const auto kept_back =
      static_cast<std::size_t>(std::lround(params.validation * static_cast<double>(cut - begin)));
  out.train = {begin, cut - kept_back};
  out.validation = {cut - kept_back, cut};
  out.test = {cut, end};
  return out;
}

std::size_t observed_before(const Prepared& prepared, const data::EntitySplit& split, std::size_t e,
                            std::size_t v) {
  return observed(prepared.panel.series(e, v), {split.train.begin, split.validation.end});
}

Origin make_origin(const Prepared& prepared, const RollingParams& params, const core::StepRange& test) {
  Origin origin;
  origin.test = test;
  origin.date = prepared.panel.axis.start(test.begin);
  for (std::size_t e = 0; e < prepared.panel.entity_count(); ++e) {
    origin.entities.push_back(periods_before(prepared, params, e, test.begin, test.end));
    const std::vector<std::size_t> targets = prepared.targets();
    const bool enough = std::any_of(targets.begin(), targets.end(), [&](std::size_t v) {
      return observed_before(prepared, origin.entities[e], e, v) >= kFewestBeforeOrigin;
    });
    (enough ? origin.kept : origin.left_out).push_back(e);
  }
  return origin;
}

std::string days(const core::TimeAxis& axis, const core::StepRange& steps) {
  if (steps.empty()) return "none";
  return core::format_date(axis.start(steps.begin)) + ".." + core::format_date(axis.start(steps.end - 1));
}

// Settings that contradict each other; whether planning makes sense.
bool check_params(const RollingParams& params, const TaskParams& task, const std::string& file,
                  core::Problems& problems) {
  const std::size_t before = problems.items().size();
  if (params.training == OriginTraining::sliding && params.training_length <= 0)
    problems.add({.file = file,
                  .where = "rolling.training_length",
                  .what = "is not given, but a sliding window needs its length",
                  .mend = "Give it in steps, or set 'rolling.training: expanding'"});
  if (params.training == OriginTraining::expanding && params.training_length > 0)
    problems.add({.file = file,
                  .where = "rolling.training_length",
                  .what = fmt::format("is {}, but an expanding window has no length of its own",
                                      params.training_length),
                  .mend = "Leave it out, or set 'rolling.training: sliding'"});
  if (task.forecasts() && params.test < task.learn.window.horizon)
    problems.add({.file = file,
                  .where = "rolling.test",
                  .what = fmt::format("is {}, shorter than the forecast's horizon of {} steps", params.test,
                                      task.learn.window.horizon),
                  .mend = "Set it at least as long as 'window.horizon'"});
  return problems.items().size() == before;
}

// Every target must be learnt from some entity.
void check_observed(const Prepared& prepared, const Origin& origin, const std::string& file,
                    core::Problems& problems) {
  for (const std::size_t v : prepared.targets()) {
    const auto enough = [&](std::size_t e) {
      return observed_before(prepared, origin.entities[e], e, v) >= kFewestBeforeOrigin;
    };
    if (std::any_of(origin.kept.begin(), origin.kept.end(), enough)) continue;
    const std::string of = prepared.others.empty() ? "" : " of '" + prepared.panel.variables[v].name + "'";
    problems.add({.file = file,
                  .where = "rolling.origins",
                  .what = fmt::format("{} ({}): no well has {} observations{} before it", origin.name(),
                                      core::format_date(origin.date), kFewestBeforeOrigin, of),
                  .mend = "Use fewer origins or a shorter 'rolling.step'"});
  }
}

// Folds over wells need wells, of those that take part in the origin.
void check_folds(const Prepared& data, int folds, core::Problems& problems) {
  const auto& splits = data.split.entities;
  const auto wells = std::count_if(splits.begin(), splits.end(), [](const auto& s) { return !s.held_out; });
  if (folds <= wells) return;
  problems.add({.where = "data.split.folds",
                .what = fmt::format("is {}, but only {} wells have {} observations before the origin", folds,
                                    wells, kFewestBeforeOrigin),
                .mend = "Use fewer folds, fewer origins or a shorter 'rolling.step'"});
}

}  // namespace

std::string Origin::name() const { return fmt::format("origin {} of {}", number, of); }
std::string Origin::label() const { return "origin " + core::format_date(date); }

std::vector<Origin> plan_origins(const Prepared& prepared, const RollingParams& params,
                                 const TaskParams& task, const std::string& file, core::Problems& problems) {
  std::vector<Origin> origins;
  if (params.origins == 0 || !check_params(params, task, file, problems)) return origins;
  const core::TimeAxis& axis = prepared.panel.axis;
  std::size_t end = end_of_record(prepared);
  if (params.last)
    end = std::min(axis.size(), axis.lower_bound((core::day_of(*params.last) + 1) * core::kSecondsPerDay));
  const auto count = static_cast<std::size_t>(params.origins);
  const auto test = static_cast<std::size_t>(params.test);
  const std::size_t step = params.step > 0 ? static_cast<std::size_t>(params.step) : test;
  std::size_t first = axis.size();
  for (const data::EntitySplit& split : prepared.split.entities) first = std::min(first, split.train.begin);
  const std::size_t needed = (count - 1) * step + test;
  if (first + needed >= end) {
    problems.add(
        {.file = file,
         .where = "rolling.origins",
         .what = fmt::format("{} origins {} steps apart with a test of {} steps reach back {} steps from {}; "
                             "the training period begins {} steps before it",
                             count, step, test, needed, core::format_date(axis.start(end > 0 ? end - 1 : 0)),
                             end > first ? end - first : 0),
         .mend = "Use fewer origins, a shorter 'rolling.step' or 'rolling.test'"});
    return origins;
  }
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t stop = end - (count - 1 - k) * step;
    Origin origin = make_origin(prepared, params, {stop - test, stop});
    origin.number = k + 1;
    origin.of = count;
    check_observed(prepared, origin, file, problems);
    origins.push_back(std::move(origin));
  }
  return origins;
}

Prepared first_steps(const Prepared& prepared, std::size_t end) {
  const data::Panel& from = prepared.panel;
  PHREATIC_ASSERT(end <= from.time_count());
  Prepared cut;
  cut.target = prepared.target;
  cut.others = prepared.others;
  cut.number = prepared.number;
  cut.drivers = prepared.drivers;
  cut.split = prepared.split;
  for (data::EntitySplit& split : cut.split.entities) {
    split.test.begin = std::min(split.test.begin, end);
    split.test.end = std::min(split.test.end, end);
  }
  cut.panel = data::make_panel(core::TimeAxis(from.axis.start(0), from.axis.step(), end), from.entities,
                               from.variables);
  cut.panel.attributes = from.attributes;
  for (std::size_t e = 0; e < from.entity_count(); ++e) {
    for (std::size_t v = 0; v < from.variable_count(); ++v) {
      const auto values = from.series(e, v).first(end);
      std::copy(values.begin(), values.end(), cut.panel.series(e, v).begin());
    }
  }
  return cut;
}

Prepared at_origin(const Prepared& prepared, const Origin& origin) {
  Prepared whole = prepared.panel.entity_count() == origin.kept.size()
                       ? prepared
                       : only_target(prepared, prepared.number, origin.kept);
  Prepared out = first_steps(whole, origin.test.end);
  out.panel.places = whole.panel.places;
  out.records = whole.records;
  out.split.name = origin.name();
  const std::size_t times = out.panel.time_count();
  for (std::size_t i = 0; i < origin.kept.size(); ++i)
    out.split.entities[i] = origin.entities[origin.kept[i]];
  for (const std::size_t v : out.targets()) {
    std::vector<double>& later = out.evaluation[v];
    later.assign(origin.kept.size() * times, kMissing);
    for (std::size_t i = 0; i < origin.kept.size(); ++i) {
      const std::size_t e = origin.kept[i];
      const auto seen = out.panel.series(i, v);
      // An entity with too few observations of this target before the origin is not scored for it.
      const bool enough = prepared.others.empty() ||
                          observed_before(prepared, origin.entities[e], e, v) >= kFewestBeforeOrigin;
      const auto scored = prepared.scored(e, v).first(times);
      if (enough)
        std::copy(scored.begin(), scored.end(), later.begin() + static_cast<std::ptrdiff_t>(i * times));
      const std::size_t cut = enough ? origin.test.begin : 0;
      std::fill(seen.begin() + static_cast<std::ptrdiff_t>(cut), seen.end(), kMissing);
    }
  }
  return out;
}

std::vector<std::string> describe_origins(const Prepared& prepared, const std::vector<Origin>& origins,
                                          const data::SplitParams& split, const TaskParams& task,
                                          core::Problems& problems) {
  std::vector<std::string> lines;
  std::vector<std::string> counts(prepared.panel.entity_count());
  for (const Origin& origin : origins) {
    const Prepared data = at_origin(prepared, origin);
    const data::EntitySplit& periods = origin.entities[origin.kept.front()];
    std::string line =
        fmt::format("rolling, {}: train {}, validation {}, test {}", origin.name(),
                    days(prepared.panel.axis, periods.train), days(prepared.panel.axis, periods.validation),
                    days(prepared.panel.axis, periods.test));
    core::Problems found;
    check_folds(data, split.folds, found);
    const auto counts_of_units =
        found.empty() ? check_training(data, split, task, found) : std::vector<UnitCount>{};
    for (const UnitCount& count : counts_of_units)
      line += fmt::format("; model {}: {} training windows, {} validation windows", count.unit,
                          count.training, count.validation);
    for (core::Problem problem : found.items()) {
      problem.where =
          fmt::format("rolling, {} ({}), {}", origin.name(), core::format_date(origin.date), problem.where);
      problems.add(std::move(problem));
    }
    lines.push_back(line);
    for (std::size_t i = 0; i < origin.kept.size(); ++i) {
      const Observations n = count_observations(data, i);
      counts[origin.kept[i]] += fmt::format(", {}/{}/{}", n.training, n.validation, n.test);
    }
    for (const std::size_t e : origin.left_out) counts[e] += ", left out";
  }
  if (origins.empty()) return lines;
  for (std::size_t e = 0; e < counts.size(); ++e)
    lines.push_back(fmt::format("rolling, {}: observations in training/validation/test by origin: {}",
                                prepared.panel.entities[e], counts[e].substr(2)));
  return lines;
}

}  // namespace phreatic::hydrographs

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/samples/dataset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/core/errors.hpp"

namespace phreatic::learn {
namespace {

void check_size(core::Problems& problems, const Series& s, const char* what, std::size_t got,
                std::size_t want) {
  if (got == want) return;
  problems.add({.where = fmt::format("entity '{}'", s.name),
                .what = fmt::format("{} {} values, expected {}", got, what, want)});
}

void check_values(core::Problems& problems, const Series& s, const char* what,
                  const std::vector<float>& values, bool nan_allowed) {
  const auto bad = std::find_if(values.begin(), values.end(),
                                [&](float v) { return std::isinf(v) || (!nan_allowed && std::isnan(v)); });
  if (bad == values.end()) return;
  problems.add({.where = fmt::format("entity '{}'", s.name),
                .what = fmt::format("{} value number {} is {}", what, bad - values.begin() + 1, *bad),
                .allowed = nan_allowed ? "finite or missing" : "finite"});
}

void check_target(const SeriesSet& set, const Target& target, core::Problems& problems) {
  const std::string where = "target '" + target.name + "'";
  const auto& past = set.past_features;
  if (!target.anchor.empty() && std::find(past.begin(), past.end(), target.anchor) == past.end())
    problems.add({.where = where, .what = "its anchor '" + target.anchor + "' is no past-only input"});
  if (!(target.weight >= 0) || std::isinf(target.weight))
    problems.add({.where = where,
                  .what = fmt::format("its weight in the loss is {}", target.weight),
                  .allowed = "0 or more"});
  if (target.anchored_by_lead && (!target.anchor.empty() || target.interval > 1))
    problems.add(
        {.where = where, .what = "is anchored by lead, which allows no other anchor and no interval"});
  if (target.interval == 0)
    problems.add({.where = where, .what = "its observation step is 0 steps", .allowed = "1 or more"});
}

void check_anchors(core::Problems& problems, const Series& s, const std::vector<Target>& targets) {
  const bool any = std::any_of(targets.begin(), targets.end(), [](auto& t) { return t.anchored_by_lead; });
  if (!any) return;
  check_size(problems, s, "anchored target", s.anchors.size(), targets.size());
  for (std::size_t k = 0; k < std::min(targets.size(), s.anchors.size()); ++k) {
    if (!targets[k].anchored_by_lead) continue;
    check_size(problems, s, "anchor", s.anchors[k].values.size(), s.length * s.anchors[k].spread.size());
    for (const float spread : s.anchors[k].spread) {
      if (!(spread >= 0) || std::isinf(spread))
        problems.add({.where = fmt::format("entity '{}'", s.name),
                      .what = "a spread of its anchors is negative or not finite"});
    }
  }
}

bool row_has_nan(const Series& s, std::size_t features, std::size_t step) {
  const float* row = s.inputs.data() + step * features;
  return std::any_of(row, row + features, [](float v) { return std::isnan(v); });
}

// gap_before[t] = number of steps < t with a NaN input.
std::vector<std::size_t> count_gaps(const Series& s, std::size_t features) {
  std::vector<std::size_t> before(s.length + 1, 0);
  for (std::size_t t = 0; t < s.length; ++t)
    before[t + 1] = before[t] + (row_has_nan(s, features, t) ? 1 : 0);
  return before;
}

// Observations in the scored steps, those with the window's outputs over their whole interval.
bool any_target(const SeriesSet& set, const Window& w) {
  const std::size_t n = set.targets.size();
  const float* rows = set.entities[w.entity].targets.data() + w.first * n;
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t step = std::max(w.warmup, set.targets[k].interval - 1); step < w.length; ++step) {
      if (!std::isnan(rows[step * n + k])) return true;
    }
  }
  return false;
}

void check_range(const SeriesSet& set, const std::vector<StepRange>& ranges) {
  PHREATIC_ASSERT(ranges.size() == set.entities.size());
  for (std::size_t e = 0; e < ranges.size(); ++e) PHREATIC_ASSERT(ranges[e].end <= set.entities[e].length);
}

struct Cutter {
  const SeriesSet& set;
  const WindowParams& params;
  bool need_targets;
  WindowList list;

  // A window of the usual length that scores [begin, end).
  void add(std::size_t entity, std::size_t begin, std::size_t end, const std::vector<std::size_t>& gaps) {
    const std::size_t length = params.length();
    if (end < length) {
      ++list.too_early;
      return;
    }
    const Window w{entity, end - length, length, length - (end - begin)};
    if (gaps[end] != gaps[w.first]) {
      ++list.input_gap;
    } else if (need_targets && !any_target(set, w)) {
      ++list.no_targets;
    } else if (!any_anchor(set, w)) {
      ++list.no_anchor;
    } else {
      list.windows.push_back(w);
    }
  }

  void cut(std::size_t entity, const StepRange& range) {
    if (range.end <= range.begin) return;
    const std::vector<std::size_t> gaps = count_gaps(set.entities[entity], set.features.size());
    const std::size_t scored = params.scored();
    const bool simulation = params.mode == WindowMode::simulation;
    const std::size_t stride =
        params.stride ? static_cast<std::size_t>(*params.stride) : (simulation ? scored : std::size_t{1});
    std::size_t begin = range.begin;
    for (; begin + scored <= range.end; begin += stride) add(entity, begin, begin + scored, gaps);
    if (!simulation) return;
    const std::size_t covered = begin == range.begin ? range.begin : begin - stride + scored;
    const std::size_t last = std::max(covered, range.end - std::min(scored, range.end));
    if (last < range.end) add(entity, last, range.end, gaps);
  }
};

}  // namespace

void check(const SeriesSet& set) {
  core::Problems problems;
  for (const Series& s : set.entities) {
    check_size(problems, s, "input", s.inputs.size(), s.length * set.features.size());
    check_size(problems, s, "past input", s.past.size(), s.length * set.past_features.size());
    check_size(problems, s, "static", s.statics.size(), set.statics.size());
    check_size(problems, s, "target", s.targets.size(), s.length * set.targets.size());
    if (!s.weights.empty()) check_size(problems, s, "weight", s.weights.size(), set.targets.size());
    check_values(problems, s, "input", s.inputs, true);
    check_values(problems, s, "past input", s.past, true);
    check_values(problems, s, "static", s.statics, false);
    check_values(problems, s, "target", s.targets, true);
    check_anchors(problems, s, set.targets);
    if (std::any_of(s.weights.begin(), s.weights.end(), [](double w) { return !(w >= 0) || std::isinf(w); }))
      problems.add(
          {.where = fmt::format("entity '{}'", s.name), .what = "a loss weight is negative or not finite"});
  }
  for (const Target& target : set.targets) check_target(set, target, problems);
  problems.throw_if_any();
}

std::size_t WindowParams::length() const {
  return static_cast<std::size_t>(seq_length) +
         (mode == WindowMode::forecast ? static_cast<std::size_t>(horizon) : 0);
}

std::size_t WindowParams::scored() const {
  if (mode == WindowMode::last_step) return 1;
  if (mode == WindowMode::forecast) return static_cast<std::size_t>(horizon);
  const int n = predict_last_n.value_or(std::max(1, seq_length / 2));
  return static_cast<std::size_t>(std::min(n, seq_length));
}

void describe(core::Describer& d, WindowParams& p) {
  d.choice("mode", p.mode,
           {{"simulation", WindowMode::simulation},
            {"last_step", WindowMode::last_step},
            {"forecast", WindowMode::forecast}},
           {.help = "What of a window is scored: every step after the warm-up, the last step only, or the "
                    "horizon after an issue date"});
  d.field("seq_length", p.seq_length,
          {.help = "Steps of a window, warm-up included; in forecasts those up to the issue date",
           .unit = "steps",
           .min = 1,
           .max = 1e6});
  d.field("predict_last_n", p.predict_last_n,
          {.help = "Scored steps of a simulation window; default half of seq_length",
           .unit = "steps",
           .min = 1,
           .max = 1e6});
  d.field("horizon", p.horizon,
          {.help = "Steps predicted after the issue date (forecast)", .unit = "steps", .min = 1, .max = 1e5});
  d.field("stride", p.stride,
          {.help = "Steps between training windows; default the scored part in simulations, else 1",
           .unit = "steps",
           .min = 1,
           .max = 1e6});
}

WindowList make_windows(const SeriesSet& set, const std::vector<StepRange>& ranges,
                        const WindowParams& params, bool need_targets) {
  check_range(set, ranges);
  Cutter cutter{set, params, need_targets, {}};
  for (std::size_t e = 0; e < ranges.size(); ++e) cutter.cut(e, ranges[e]);
  return std::move(cutter.list);
}

WindowList whole_series(const SeriesSet& set, const std::vector<StepRange>& ranges, std::size_t warmup) {
  check_range(set, ranges);
  WindowList list;
  for (std::size_t e = 0; e < ranges.size(); ++e) {
    const StepRange range = ranges[e];
    if (range.end <= range.begin) continue;
    const std::vector<std::size_t> gaps = count_gaps(set.entities[e], set.features.size());
    if (gaps[range.end] != gaps[range.begin]) {
      ++list.input_gap;
      continue;
    }
    std::size_t first = range.begin;
    while (first > 0 && range.begin - first < warmup && gaps[first] == gaps[first - 1]) --first;
    list.windows.push_back({e, first, range.end - first, range.begin - first});
  }
  return list;
}

void check_windows(const SeriesSet& set, const std::vector<Window>& windows) {
  const std::size_t n = set.features.size();
  core::Problems problems;
  std::vector<bool> named(set.entities.size(), false);
  for (const Window& w : windows) {
    PHREATIC_ASSERT(w.entity < set.entities.size() && w.warmup < w.length);
    const Series& s = set.entities[w.entity];
    PHREATIC_ASSERT(w.first + w.length <= s.length);
    if (named[w.entity]) continue;
    const float* x = s.inputs.data() + w.first * n;
    const auto at = static_cast<std::size_t>(
        std::find_if(x, x + w.length * n, [](float v) { return std::isnan(v); }) - x);
    if (at == w.length * n) continue;
    named[w.entity] = true;
    problems.add(
        {.where = fmt::format("entity '{}', input '{}'", s.name, set.features[at % n]),
         .what = fmt::format("missing at step {} of its series, inside a window", w.first + at / n + 1),
         .mend = "choose a gap policy for the inputs"});
  }
  problems.throw_if_any();
}

std::size_t longest_reach(std::span<const Target> targets) {
  std::size_t reach = 0;
  for (const Target& target : targets) reach = std::max(reach, target.interval - 1);
  return reach;
}

bool any_anchor(const SeriesSet& set, const Window& w) {
  if (set.targets.empty()) return true;
  for (std::size_t k = 0; k < set.targets.size(); ++k) {
    // Without an anchor by lead it is the same at every scored step.
    const std::size_t end = set.targets[k].anchored_by_lead ? w.length : w.warmup + 1;
    for (std::size_t step = w.warmup; step < end; ++step) {
      if (!std::isnan(output_scale(set, w, k, step).centre)) return true;
    }
  }
  return false;
}

OutputScale output_scale(const SeriesSet& set, const Window& w, std::size_t k, std::size_t step) {
  const Target& target = set.targets[k];
  if (!target.anchored_by_lead) return {anchor_of(set, w, target), 1};
  const LeadAnchors& anchors = set.entities[w.entity].anchors[k];
  const std::size_t lead = step - w.warmup;
  PHREATIC_ASSERT(step >= w.warmup && lead < anchors.spread.size());
  return {anchors.values[(w.first + step) * anchors.spread.size() + lead], anchors.spread[lead]};
}

float anchor_of(const SeriesSet& set, const Window& w, const Target& target) {
  if (target.anchor.empty()) return 0;
  PHREATIC_ASSERT(w.warmup > 0);
  const std::size_t past = set.past_features.size();
  const auto index =
      static_cast<std::size_t>(std::find(set.past_features.begin(), set.past_features.end(), target.anchor) -
                               set.past_features.begin());
  return set.entities[w.entity].past[(w.first + w.warmup - 1) * past + index];
}

void encode_window(const SeriesSet& set, const Window& w, float* out) {
  const Series& s = set.entities[w.entity];
  const std::size_t features = set.features.size();
  const std::size_t past = set.past_features.size();
  for (std::size_t k = 0; k < w.length; ++k) {
    const std::size_t t = w.first + k;
    out = std::copy_n(s.inputs.data() + t * features, features, out);
    for (std::size_t p = 0; p < past; ++p) {
      const float value = s.past[t * past + p];
      const bool seen = k < w.warmup && !std::isnan(value);
      *out++ = seen ? value : 0.0F;
      *out++ = seen ? 1.0F : 0.0F;
    }
  }
}

}  // namespace phreatic::learn

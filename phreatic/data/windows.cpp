// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/windows.hpp"

#include <fmt/format.h>

#include <cmath>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"

namespace phreatic::data {
namespace {

// count[t] = missing values before step t.
std::vector<std::uint32_t> missing_before(std::span<const double> series) {
  std::vector<std::uint32_t> count(series.size() + 1, 0);
  for (std::size_t t = 0; t < series.size(); ++t) count[t + 1] = count[t] + (std::isnan(series[t]) ? 1U : 0U);
  return count;
}

// Steps at which any target is observed, before step t.
std::vector<std::uint32_t> observed_before(const Panel& panel, std::size_t entity,
                                           const std::vector<std::size_t>& targets) {
  std::vector<std::uint32_t> count(panel.time_count() + 1, 0);
  for (std::size_t t = 0; t < panel.time_count(); ++t) {
    bool any = false;
    for (const std::size_t v : targets) any = any || !std::isnan(panel.series(entity, v)[t]);
    count[t + 1] = count[t] + (any ? 1U : 0U);
  }
  return count;
}

class EntityWindows {
 public:
  EntityWindows(const Panel& panel, std::size_t entity, const std::vector<std::size_t>& inputs,
                const std::vector<std::size_t>& targets, const Range& range, const WindowParams& params)
      : entity_(entity), steps_(panel.time_count()), range_(range), params_(params) {
    counts_.missing_input.assign(inputs.size(), 0);
    if (range.empty()) return;
    for (const std::size_t v : inputs) missing_.push_back(missing_before(panel.series(entity, v)));
    observed_ = observed_before(panel, entity, targets);
    for (std::size_t t = range.first; t < std::min(range.end, steps_); t += params.stride) consider(t);
  }

  std::vector<Window> take_windows() { return std::move(windows_); }
  WindowCounts take_counts() { return std::move(counts_); }

 private:
  // t: the last input step (simulation) or the first predicted one (forecast).
  void consider(std::size_t t) {
    const bool forecast = params_.horizon > 0;
    const std::size_t end = forecast ? t : t + 1;  // of the inputs
    const std::size_t predicted_end = forecast ? t + params_.horizon : t + 1;
    if (end < params_.length) {
      ++counts_.too_early;
      return;
    }
    if (predicted_end > steps_) {
      ++counts_.too_late;
      return;
    }
    const std::size_t first = end - params_.length;
    const std::size_t inputs_end = forecast && params_.future_inputs ? predicted_end : end;
    bool complete = true;
    for (std::size_t i = 0; i < missing_.size(); ++i) {
      if (missing_[i][inputs_end] == missing_[i][first]) continue;
      complete = false;
      ++counts_.missing_input[i];
    }
    if (!complete) {
      ++counts_.incomplete_inputs;
      return;
    }
    const std::size_t back = std::min(params_.predict_last, params_.length);
    const std::size_t predicted_first = forecast ? t : std::max(range_.first, t + 1 - back);
    const std::size_t counted_end = std::min(predicted_end, range_.end);
    if (params_.need_target && observed_[counted_end] == observed_[predicted_first]) {
      ++counts_.no_target;
      return;
    }
    ++counts_.taken;
    windows_.push_back({static_cast<std::uint32_t>(entity_), static_cast<std::uint32_t>(first),
                        static_cast<std::uint32_t>(end - 1)});
  }

  std::size_t entity_;
  std::size_t steps_;
  Range range_;
  const WindowParams& params_;
  std::vector<std::vector<std::uint32_t>> missing_;  // per input
  std::vector<std::uint32_t> observed_;
  std::vector<Window> windows_;
  WindowCounts counts_;
};

void add(WindowCounts& sum, const WindowCounts& more) {
  sum.taken += more.taken;
  sum.too_early += more.too_early;
  sum.too_late += more.too_late;
  sum.incomplete_inputs += more.incomplete_inputs;
  sum.no_target += more.no_target;
  for (std::size_t i = 0; i < more.missing_input.size(); ++i) sum.missing_input[i] += more.missing_input[i];
}

}  // namespace

WindowSet enumerate_windows(const Panel& panel, const std::vector<std::size_t>& inputs,
                            const std::vector<std::size_t>& targets, const std::vector<Range>& ranges,
                            const WindowParams& params) {
  PHREATIC_ASSERT(ranges.size() == panel.entity_count() && params.length > 0 && params.stride > 0 &&
                  params.predict_last > 0);
  std::vector<std::vector<Window>> windows(panel.entity_count());
  WindowSet set;
  set.by_entity.resize(panel.entity_count());
  core::parallel_for(panel.entity_count(), [&](std::size_t e) {
    EntityWindows of_entity(panel, e, inputs, targets, ranges[e], params);
    windows[e] = of_entity.take_windows();
    set.by_entity[e] = of_entity.take_counts();
  });
  set.counts.missing_input.assign(inputs.size(), 0);
  for (std::size_t e = 0; e < panel.entity_count(); ++e) {
    set.windows.insert(set.windows.end(), windows[e].begin(), windows[e].end());
    add(set.counts, set.by_entity[e]);
  }
  return set;
}

std::vector<Range> ranges_of(const Split& split, Part part) {
  std::vector<Range> ranges;
  for (const EntitySplit& e : split.entities) {
    if (part == Part::test) {
      ranges.push_back(e.test);
    } else {
      ranges.push_back(e.held_out ? Range{} : part == Part::train ? e.train : e.validation);
    }
  }
  return ranges;
}

std::string counts_text(const WindowCounts& counts, const Panel& panel,
                        const std::vector<std::size_t>& inputs) {
  const std::size_t skipped =
      counts.too_early + counts.too_late + counts.incomplete_inputs + counts.no_target;
  std::string text = fmt::format("{} windows taken, {} skipped", counts.taken, skipped);
  std::string reasons;
  const auto reason = [&](std::size_t n, const std::string& why) {
    if (n > 0) reasons += fmt::format("{}{} {}", reasons.empty() ? ": " : ", ", n, why);
  };
  reason(counts.too_early, "before the first full window");
  reason(counts.too_late, "after the last full forecast");
  reason(counts.incomplete_inputs, "with missing inputs");
  std::string names;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (counts.missing_input[i] > 0)
      names += fmt::format("{}{} {}", names.empty() ? "" : ", ", panel.variables[inputs[i]].name,
                           counts.missing_input[i]);
  }
  if (!names.empty()) reasons += " (" + names + ")";
  reason(counts.no_target, "without observation");
  return text + reasons;
}

}  // namespace phreatic::data

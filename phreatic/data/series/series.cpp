// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/series/series.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "phreatic/core/errors.hpp"

namespace phreatic::data {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  const std::int64_t q = a / b;
  return a % b != 0 && a < 0 ? q - 1 : q;
}

}  // namespace

StepGrid::StepGrid(const core::Step& step, core::Seconds anchor) : step_(step), anchor_(anchor) {
  length_ = step.count * (step.unit == core::StepUnit::hour ? core::Seconds{3600} : core::kSecondsPerDay);
  if (step.unit == core::StepUnit::month) anchor_ = 0;
}

std::int64_t StepGrid::index(core::Seconds time) const {
  if (step_.unit != core::StepUnit::month) return floor_divide(time - anchor_, length_);
  const core::CivilDate date = core::civil_from_days(core::day_of(time));
  return floor_divide((date.year - 1970) * 12 + date.month - 1, step_.count);
}

core::Seconds StepGrid::start(std::int64_t index) const {
  if (step_.unit != core::StepUnit::month) return anchor_ + index * length_;
  const std::int64_t months = index * step_.count;
  const std::int64_t year = floor_divide(months, 12);
  return core::days_from_civil({static_cast<int>(1970 + year), static_cast<int>(months - year * 12 + 1), 1}) *
         core::kSecondsPerDay;
}

namespace {

void sort_by_time(RawSeries& series) {
  std::vector<std::size_t> order(series.times.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return series.times[a] < series.times[b]; });
  const auto apply = [&](auto& column) {
    auto sorted = column;
    for (std::size_t i = 0; i < order.size(); ++i) sorted[i] = column[order[i]];
    column = std::move(sorted);
  };
  apply(series.times);
  for (std::vector<double>& column : series.columns) apply(column);
}

// Merges rows [first, last) of equal time into row `to`; false when the policy refuses.
bool merge_rows(RawSeries& series, std::size_t first, std::size_t last, std::size_t to, Duplicates policy) {
  bool allowed = policy != Duplicates::refuse;
  for (std::vector<double>& column : series.columns) {
    double sum = 0;
    std::size_t count = 0;
    double kept = kNaN;
    for (std::size_t row = first; row < last; ++row) {
      const double value = column[row];
      if (std::isnan(value)) continue;
      if (count > 0 && value != kept && policy == Duplicates::same) allowed = false;
      if (count == 0) kept = value;
      sum += value;
      ++count;
    }
    column[to] = policy == Duplicates::mean && count > 0 ? sum / static_cast<double>(count) : kept;
  }
  return allowed;
}

}  // namespace

TidyReport tidy(RawSeries& series, Duplicates policy) {
  TidyReport report;
  const std::vector<core::Seconds>& times = series.times;
  bool increasing = true;
  for (std::size_t i = 1; i < times.size(); ++i) {
    if (times[i] < times[i - 1]) report.was_unordered = true;
    if (times[i] <= times[i - 1]) increasing = false;
  }
  if (increasing) return report;
  if (report.was_unordered) sort_by_time(series);
  std::size_t to = 0;
  for (std::size_t first = 0; first < times.size();) {
    std::size_t last = first + 1;
    while (last < times.size() && times[last] == times[first]) ++last;
    const bool allowed = last == first + 1 ? merge_rows(series, first, last, to, Duplicates::first)
                                           : merge_rows(series, first, last, to, policy);
    report.duplicates += last - first - 1;
    if (!allowed) {
      if (!report.refused) report.refused_time = times[first];
      report.refused = true;
      ++report.refused_count;
    }
    series.times[to++] = times[first];
    first = last;
  }
  series.times.resize(to);
  for (std::vector<double>& column : series.columns) column.resize(to);
  return report;
}

core::Seconds native_step(const std::vector<core::Seconds>& times) {
  const std::size_t n = std::min<std::size_t>(times.size(), 2001);
  if (n < 2) return 0;
  std::vector<core::Seconds> steps(n - 1);
  for (std::size_t i = 0; i + 1 < n; ++i) steps[i] = times[i + 1] - times[i];
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::nth_element(steps.begin(), middle, steps.end());
  return *middle;
}

namespace {

struct StepSum {
  double sum = 0;
  std::size_t count = 0;
};

double finish_step(const StepSum& step, core::Seconds length, core::Seconds native,
                   const AggregateRule& rule) {
  if (step.count == 0) return kNaN;
  const double expected = native > 0 && native < length
                              ? std::floor(static_cast<double>(length) / static_cast<double>(native))
                              : 1;
  const auto present = static_cast<double>(step.count);
  if (rule.min_coverage > 0 && present + 1e-9 < rule.min_coverage * expected) return kNaN;
  if (rule.aggregate == Aggregate::mean) return step.sum / present;
  const double scale = rule.min_coverage > 0 && present < expected ? expected / present : 1;
  const core::Seconds covered = expected > 1 ? native : length;  // time that one value stands for
  const double days =
      rule.rate_per_day ? static_cast<double>(covered) / static_cast<double>(core::kSecondsPerDay) : 1;
  return step.sum * scale * days;
}

// Exactly one value in every step of the grid, as in most files of a gauge or a station.
bool one_value_a_step(const std::vector<core::Seconds>& times, core::Seconds native, const StepGrid& grid,
                      std::int64_t first) {
  if (grid.step().unit == core::StepUnit::month) return false;
  const core::Seconds length = grid.start(first + 1) - grid.start(first);
  if (native != length) return false;
  std::int64_t uneven = 0;
  for (std::size_t i = 1; i < times.size(); ++i) uneven |= times[i] - times[i - 1] - length;
  return uneven == 0;
}

}  // namespace

StepSeries to_steps(const std::vector<core::Seconds>& times, const std::vector<double>& values,
                    core::Seconds native, const StepGrid& grid, const AggregateRule& rule) {
  StepSeries out;
  if (times.empty()) return out;
  out.first = grid.index(times.front());
  if (one_value_a_step(times, native, grid, out.first)) {
    const double share =
        finish_step({1.0, 1}, native, native, rule);  // of a sum: days that a rate stands for
    out.values.resize(times.size());
    std::transform(values.begin(), values.end(), out.values.begin(),
                   [&](double v) { return (v * rule.factor + rule.offset) * share; });
    return out;
  }
  const std::int64_t last = grid.index(times.back());
  out.values.assign(static_cast<std::size_t>(last - out.first + 1), kNaN);
  StepSum current;
  std::int64_t step = out.first;
  core::Seconds begin = grid.start(step);
  core::Seconds end = grid.start(step + 1);
  const auto close = [&] {
    out.values[static_cast<std::size_t>(step - out.first)] = finish_step(current, end - begin, native, rule);
    current = {};
  };
  for (std::size_t row = 0; row < times.size(); ++row) {
    if (times[row] >= end) {
      close();
      step = times[row] < end + (end - begin) ? step + 1 : grid.index(times[row]);
      if (grid.step().unit == core::StepUnit::month) step = grid.index(times[row]);
      begin = grid.start(step);
      end = grid.start(step + 1);
    }
    if (std::isnan(values[row])) continue;
    current.sum += values[row] * rule.factor + rule.offset;
    ++current.count;
  }
  close();
  return out;
}

}  // namespace phreatic::data

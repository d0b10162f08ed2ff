// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/explain/windows.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "phreatic/core/errors.hpp"

namespace phreatic::explain {

namespace {

constexpr double kDaysPerYear = 365.2425;
constexpr int kSeasonsPerYear = 24;  // half-months: groups of same_season
constexpr int kDays = 366;           // groups of same_day; the 366th day goes with the 365th

// Middle, in days of the year, of the half-month that holds `time`; and its number 0..23.
int half_month(core::Seconds time) {
  const int index = static_cast<int>((core::day_of_year(time) - 1) * kSeasonsPerYear / kDaysPerYear);
  return std::min(index, kSeasonsPerYear - 1);
}
int day_key(core::Seconds time) { return std::min(core::day_of_year(time), 365); }
double middle_day(int half_month_index) { return (half_month_index + 0.5) * kDaysPerYear / kSeasonsPerYear; }

double day_distance(double a, double b) {
  const double d = std::abs(a - b);
  return std::min(d, kDaysPerYear - d);
}

std::size_t group_key(const WindowId& id, ReferenceChoice choice) {
  switch (choice) {
    case ReferenceChoice::all_training:
      return 0;
    case ReferenceChoice::same_entity:
      return id.entity;
    case ReferenceChoice::same_season:
      return id.entity * kSeasonsPerYear + static_cast<std::size_t>(half_month(id.time));
    case ReferenceChoice::same_day:
      return id.entity * kDays + static_cast<std::size_t>(day_key(id.time));
  }
  return 0;
}

bool belongs(const WindowId& reference, std::size_t key, ReferenceChoice choice, double half_width_days) {
  if (choice == ReferenceChoice::all_training) return true;
  if (choice == ReferenceChoice::same_entity) return reference.entity == key;
  if (choice == ReferenceChoice::same_day) return group_key(reference, choice) == key;
  const int season = static_cast<int>(key % kSeasonsPerYear);
  return reference.entity == key / kSeasonsPerYear &&
         day_distance(core::day_of_year(reference.time), middle_day(season)) <= half_width_days;
}

}  // namespace

DenseWindows::DenseWindows(std::size_t steps, std::size_t features, std::vector<float> inputs,
                           std::size_t statics, std::vector<float> static_inputs)
    : steps_(steps),
      features_(features),
      statics_(statics),
      count_(steps * features == 0 ? 0 : inputs.size() / (steps * features)),
      inputs_(std::move(inputs)),
      static_inputs_(std::move(static_inputs)) {
  PHREATIC_ASSERT(inputs_.size() == count_ * steps_ * features_);
  PHREATIC_ASSERT(static_inputs_.size() == count_ * statics_);
}

void DenseWindows::inputs(std::size_t index, std::span<float> out) const {
  const std::size_t n = steps_ * features_;
  std::copy_n(inputs_.begin() + static_cast<std::ptrdiff_t>(index * n), n, out.begin());
}

void DenseWindows::static_inputs(std::size_t index, std::span<float> out) const {
  std::copy_n(static_inputs_.begin() + static_cast<std::ptrdiff_t>(index * statics_), statics_, out.begin());
}

SeriesWindows::SeriesWindows(std::span<const float> series, std::size_t entities, std::size_t times,
                             std::size_t features, std::size_t steps, std::vector<Slice> slices,
                             std::span<const float> static_inputs)
    : series_(series),
      static_inputs_(static_inputs),
      times_(times),
      features_(features),
      steps_(steps),
      statics_(entities == 0 ? 0 : static_inputs.size() / entities),
      slices_(std::move(slices)) {
  PHREATIC_ASSERT(series_.size() == entities * times_ * features_);
  PHREATIC_ASSERT(static_inputs_.size() == entities * statics_);
  for (const Slice& s : slices_) {
    PHREATIC_ASSERT(s.entity < entities && s.last < times_ && s.last + 1 >= steps_);
  }
}

void SeriesWindows::inputs(std::size_t index, std::span<float> out) const {
  const Slice& s = slices_[index];
  const std::size_t first = (s.entity * times_ + s.last + 1 - steps_) * features_;
  std::copy_n(series_.begin() + static_cast<std::ptrdiff_t>(first), steps_ * features_, out.begin());
}

void SeriesWindows::static_inputs(std::size_t index, std::span<float> out) const {
  const std::size_t first = slices_[index].entity * statics_;
  std::copy_n(static_inputs_.begin() + static_cast<std::ptrdiff_t>(first), statics_, out.begin());
}

std::string to_text(ReferenceChoice choice) {
  switch (choice) {
    case ReferenceChoice::all_training:
      return "all_training";
    case ReferenceChoice::same_entity:
      return "same_entity";
    case ReferenceChoice::same_season:
      return "same_season";
    case ReferenceChoice::same_day:
      return "same_day";
  }
  return "";
}

References choose_references(std::span<const WindowId> training, std::span<const WindowId> explained,
                             ReferenceChoice choice, double half_width_days) {
  References result;
  result.choice = choice;
  std::map<std::size_t, std::uint32_t> group_of_key;
  core::Problems problems;
  for (const WindowId& id : explained) {
    const std::size_t key = group_key(id, choice);
    const auto [it, added] = group_of_key.try_emplace(key, static_cast<std::uint32_t>(result.groups.size()));
    if (added) {
      std::vector<std::uint32_t> members;
      for (std::size_t r = 0; r < training.size(); ++r) {
        if (belongs(training[r], key, choice, half_width_days)) {
          members.push_back(static_cast<std::uint32_t>(r));
        }
      }
      if (members.empty()) {
        problems.add({.where = "entity " + std::to_string(id.entity) + ", " + core::format_date(id.time),
                      .what = "no training window can serve as its reference (" + to_text(choice) + ")",
                      .allowed = "at least one",
                      .mend = "choose references of all training windows or a longer training period"});
      }
      result.groups.push_back(std::move(members));
    }
    result.group_of.push_back(it->second);
  }
  problems.throw_if_any();
  return result;
}

}  // namespace phreatic::explain

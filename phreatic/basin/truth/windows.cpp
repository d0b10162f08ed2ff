// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/truth/windows.hpp"

#include <fmt/format.h>

#include "phreatic/core/errors.hpp"

namespace phreatic::basin {

Forcing window_forcing(const Basin& basin, Window window, int look_back_days) {
  const auto days = static_cast<std::size_t>(look_back_days);
  return basin.wells[window.well].forcing().part(window.last + 1 - days, days);
}

WellState window_state(const Basin& basin, Window window, const TruthParams& p, const WellModel& model) {
  if (p.initial == InitialState::neutral) return model.neutral_state();
  const BasinWell& well = basin.wells[window.well];
  const std::size_t first = window.last + 1 - static_cast<std::size_t>(p.look_back_days);
  return first == 0 ? well.initial : well.states[first - 1];
}

std::array<std::size_t, kDriverCount> group_of_driver(std::span<const DriverGroup> groups) {
  std::array<std::size_t, kDriverCount> out;
  out.fill(groups.size());
  core::Problems problems;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (const Driver driver : groups[g].drivers) {
      std::size_t& mine = out[static_cast<std::size_t>(driver)];
      if (mine != groups.size()) {
        problems.add(
            {.where = "driver groups", .what = to_text(driver) + " is in two groups", .allowed = "one"});
      }
      mine = g;
    }
  }
  problems.throw_if_any();
  return out;
}

namespace {

void check_window(const Basin& basin, Window window, int look_back_days, core::Problems& problems) {
  const bool fits = window.well < basin.wells.size() && window.last < basin.axis.size() &&
                    window.last + 1 >= static_cast<std::size_t>(look_back_days);
  if (fits) return;
  problems.add({.where = fmt::format("window of well {} ending on day {}", window.well, window.last),
                .what = "does not lie in the basin",
                .allowed = fmt::format("wells 0..{}, last days {}..{}", basin.wells.size() - 1,
                                       look_back_days - 1, basin.axis.size() - 1)});
}

}  // namespace

void check_tasks(const Basin& basin, std::span<const TruthTask> tasks, const TruthParams& p) {
  core::Problems problems;
  if (p.look_back_days < 1) {
    problems.add({.where = "look_back_days", .what = "is less than a day", .allowed = "1 or more"});
  }
  for (const TruthTask& task : tasks) {
    check_window(basin, task.target, p.look_back_days, problems);
    for (const Window& reference : task.references)
      check_window(basin, reference, p.look_back_days, problems);
    if (task.references.empty()) {
      problems.add({.where = fmt::format("well {}, day {}", task.target.well, task.target.last),
                    .what = "has no reference window",
                    .allowed = "one or more"});
    }
    if (problems.size() > 20) break;
  }
  problems.throw_if_any();
}

std::vector<Window> spread_references(const Basin& basin, std::size_t well, std::size_t first,
                                      std::size_t end, std::size_t count, int look_back_days) {
  const std::size_t lowest = first + static_cast<std::size_t>(look_back_days) - 1;
  PHREATIC_ASSERT(end <= basin.axis.size() && lowest < end && count > 0);
  const std::size_t there = end - lowest;
  const std::size_t n = std::min(count, there);
  std::vector<Window> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back({well, lowest + (2 * i + 1) * there / (2 * n)});
  return out;
}

std::vector<Window> same_day_references(const Basin& basin, Window target, std::size_t first, std::size_t end,
                                        int look_back_days) {
  const core::CivilDate date = core::civil_from_days(core::day_of(basin.axis.start(target.last)));
  const std::int64_t origin = core::day_of(basin.axis.start(0));
  const std::size_t lowest = first + static_cast<std::size_t>(look_back_days) - 1;
  std::vector<Window> out;
  const int first_year = core::year_of(basin.axis.start(0));
  for (int year = first_year; year <= core::year_of(basin.axis.end() - 1); ++year) {
    core::CivilDate other{year, date.month, date.day};
    if (!core::is_valid(other)) other.day = 28;
    const std::int64_t last = core::days_from_civil(other) - origin;
    if (year == date.year || last < static_cast<std::int64_t>(lowest) ||
        last >= static_cast<std::int64_t>(end)) {
      continue;
    }
    out.push_back({target.well, static_cast<std::size_t>(last)});
  }
  return out;
}

}  // namespace phreatic::basin

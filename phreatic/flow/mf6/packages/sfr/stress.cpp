// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/packages/sfr/stress.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "phreatic/core/errors.hpp"

namespace phreatic::flow::mf6 {
namespace {

class SfrProvider {
 public:
  explicit SfrProvider(std::shared_ptr<const SfrStress> stress) : stress_(std::move(stress)) {}

  Change operator()(const StepTime& time, PackageValues& out) {
    Change change = Change::none;
    if (out.values.empty() || time.period < reached_) {
      out = stress_->start;
      applied_ = 0;
      series_.clear();
      for (const SfrSetting& setting : stress_->series_at_start) apply(setting, out);
      change = Change::cells;
    }
    reached_ = time.period;
    while (applied_ < stress_->periods.size() && stress_->periods[applied_].period <= time.period) {
      for (const SfrSetting& setting : stress_->periods[applied_].settings) apply(setting, out);
      ++applied_;
      if (change == Change::none) change = Change::values;
    }
    for (const auto& [place, series] : series_) {
      const std::optional<double> value = step_value(stress_->series[series], time.start, time.end);
      if (!value) {
        throw core::InputError(
            {.file = stress_->series[series].place.file,
             .where = "time series " + stress_->series[series].name,
             .what = fmt::format("does not cover the step from {} to {}", time.start, time.end)});
      }
      if (std::exchange(at(out, place.first, place.second), *value) != *value && change == Change::none)
        change = Change::values;
    }
    return change;
  }

 private:
  double& at(PackageValues& out, std::size_t column, std::size_t reach) const {
    if (column < stress_->columns) return out.value(column, reach);
    return out.aux[(column - stress_->columns) * out.size() + reach];
  }

  void apply(const SfrSetting& setting, PackageValues& out) {
    if (setting.series >= 0) {
      series_[{setting.column, setting.reach}] = setting.series;
      return;
    }
    series_.erase({setting.column, setting.reach});
    at(out, setting.column, setting.reach) = setting.value;
  }

  std::shared_ptr<const SfrStress> stress_;
  std::map<std::pair<std::size_t, std::size_t>, int> series_;  // in use now
  std::size_t applied_ = 0;                                    // periods
  int reached_ = -1;
};

}  // namespace

StressProvider make_sfr_provider(std::shared_ptr<const SfrStress> stress) {
  return SfrProvider(std::move(stress));
}

}  // namespace phreatic::flow::mf6

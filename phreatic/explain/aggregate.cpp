// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/explain/aggregate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"

namespace phreatic::explain {

namespace {

constexpr std::size_t kMonths = 12;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Rows [first, last) of a well whose times lie in [from, to].
struct RowRange {
  std::size_t first = 0;
  std::size_t last = 0;
};

RowRange rows_between(const AttributionTable& table, std::size_t well, core::Seconds from, core::Seconds to) {
  const auto well_range = std::equal_range(table.well.begin(), table.well.end(), well);
  const auto offset = well_range.first - table.well.begin();
  const auto count = well_range.second - well_range.first;
  const auto begin = table.time.begin() + offset;
  const auto end = begin + count;
  const auto low = std::lower_bound(begin, end, from);
  const auto high = std::upper_bound(low, end, to);
  return {static_cast<std::size_t>(low - table.time.begin()),
          static_cast<std::size_t>(high - table.time.begin())};
}

std::vector<double> shares_of(const std::vector<double>& values) {
  double total = 0;
  for (const double v : values) total += std::abs(v);
  std::vector<double> shares(values.size(), 0.0);
  for (std::size_t i = 0; i < values.size() && total > 0; ++i) shares[i] = std::abs(values[i]) / total;
  return shares;
}

EventAttribution change_between(const AttributionTable& table, std::size_t first, std::size_t last) {
  EventAttribution event;
  event.well = table.well[first];
  event.from = table.time[first];
  event.to = table.time[last];
  event.observed_change_m = table.observed_m[last] - table.observed_m[first];
  event.simulated_change_m = table.simulated_m[last] - table.simulated_m[first];
  event.base_change_m = table.base_m[last] - table.base_m[first];
  for (std::size_t v = 0; v < table.drivers.size(); ++v) {
    event.contribution_m.push_back(table.contribution(last, v) - table.contribution(first, v));
  }
  event.share = shares_of(event.contribution_m);
  return event;
}

}  // namespace

AttributionDigest::AttributionDigest(std::vector<WindowId> ids, std::vector<std::string> wells,
                                     std::vector<std::string> drivers, std::size_t steps,
                                     std::size_t dynamic_drivers, std::vector<double> observed_m)
    : steps_(steps), dynamic_drivers_(dynamic_drivers) {
  PHREATIC_ASSERT(observed_m.size() == ids.size() && dynamic_drivers <= drivers.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    PHREATIC_ASSERT(ids[i].entity < wells.size());
    PHREATIC_ASSERT(i == 0 || ids[i].entity > ids[i - 1].entity ||
                    (ids[i].entity == ids[i - 1].entity && ids[i].time > ids[i - 1].time));
    table_.well.push_back(ids[i].entity);
    table_.time.push_back(ids[i].time);
  }
  added_.assign(wells.size(), 0);
  sums_.assign(wells.size() * steps * dynamic_drivers, 0.0);
  absolute_sums_ = sums_;
  table_.contribution_m.assign(ids.size() * drivers.size(), kNaN);
  table_.error_m = table_.contribution_m;
  table_.base_m.assign(ids.size(), kNaN);
  table_.simulated_m = table_.base_m;
  table_.observed_m = std::move(observed_m);
  table_.wells = std::move(wells);
  table_.drivers = std::move(drivers);
}

void AttributionDigest::add(const WindowAttribution& window) {
  const std::size_t drivers = table_.drivers.size();
  PHREATIC_ASSERT(window.window < table_.rows() && window.driver_sums.size() == drivers &&
                  window.attributions.size() == steps_ * dynamic_drivers_);
  table_.base_m[window.window] = window.base;
  table_.simulated_m[window.window] = window.value;
  for (std::size_t v = 0; v < drivers; ++v) {
    table_.contribution_m[window.window * drivers + v] = window.driver_sums[v];
    table_.error_m[window.window * drivers + v] = window.driver_errors[v];
  }
  const std::size_t well = table_.well[window.window];
  ++added_[well];
  double* sum = sums_.data() + well * steps_ * dynamic_drivers_;
  double* absolute = absolute_sums_.data() + well * steps_ * dynamic_drivers_;
  for (std::size_t step = 0; step < steps_; ++step) {
    const std::size_t lag = steps_ - 1 - step;
    for (std::size_t v = 0; v < dynamic_drivers_; ++v) {
      const double phi = window.attributions[step * dynamic_drivers_ + v];
      sum[lag * dynamic_drivers_ + v] += phi;
      absolute[lag * dynamic_drivers_ + v] += std::abs(phi);
    }
  }
}

LagProfile AttributionDigest::lag_profile() const {
  LagProfile profile{added_.size(), steps_, dynamic_drivers_, sums_, absolute_sums_};
  const std::size_t cells = steps_ * dynamic_drivers_;
  for (std::size_t i = 0; i < sums_.size(); ++i) {
    const auto n = static_cast<double>(added_[i / cells]);
    profile.mean_m[i] = n > 0 ? sums_[i] / n : kNaN;
    profile.mean_absolute_m[i] = n > 0 ? absolute_sums_[i] / n : kNaN;
  }
  return profile;
}

std::size_t memory_length(const LagProfile& profile, std::size_t well, double share, std::size_t driver) {
  std::vector<double> cumulative(profile.lags);
  double total = 0;
  for (std::size_t lag = 0; lag < profile.lags; ++lag) {
    for (std::size_t v = 0; v < profile.drivers; ++v) {
      if (driver != kAllDrivers && driver != v) continue;
      total += profile.mean_absolute_m[(well * profile.lags + lag) * profile.drivers + v];
    }
    cumulative[lag] = total;
  }
  if (!(total > 0)) return 0;
  for (std::size_t lag = 0; lag < profile.lags; ++lag) {
    if (cumulative[lag] >= share * total) return lag + 1;
  }
  return profile.lags;
}

std::vector<double> seasonal_profile(const AttributionTable& table) {
  const std::size_t drivers = table.drivers.size();
  std::vector<double> mean(table.wells.size() * kMonths * drivers, 0.0);
  std::vector<double> count = mean;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto month = static_cast<std::size_t>(core::month_of(table.time[row]) - 1);
    for (std::size_t v = 0; v < drivers; ++v) {
      const std::size_t at = (table.well[row] * kMonths + month) * drivers + v;
      if (std::isnan(table.contribution(row, v))) continue;
      mean[at] += table.contribution(row, v);
      count[at] += 1;
    }
  }
  for (std::size_t i = 0; i < mean.size(); ++i) mean[i] = count[i] > 0 ? mean[i] / count[i] : kNaN;
  return mean;
}

EventAttribution explain_event(const AttributionTable& table, std::size_t well, core::Seconds from,
                               core::Seconds to) {
  const RowRange rows = rows_between(table, well, from, to);
  if (rows.last < rows.first + 2) {
    throw core::InputError({.where = "well " + table.wells.at(well) + ", event " + core::format_date(from) +
                                     " to " + core::format_date(to),
                            .what = "fewer than two explained dates lie in it",
                            .allowed = "at least two",
                            .mend = "explain dates of that time, or give other dates"});
  }
  return change_between(table, rows.first, rows.last - 1);
}

std::vector<PeriodAttribution> explain_periods(const AttributionTable& table,
                                               std::span<const Period> periods) {
  std::vector<PeriodAttribution> result;
  for (std::size_t well = 0; well < table.wells.size(); ++well) {
    for (const Period& period : periods) {
      const RowRange rows = rows_between(table, well, period.start, period.end - 1);
      if (rows.last < rows.first + 2) continue;
      // A period of which only a small part was explained would pass for the whole.
      const double covered = static_cast<double>(table.time[rows.last - 1] - table.time[rows.first]);
      if (covered < 0.5 * static_cast<double>(period.end - period.start)) continue;
      result.push_back({period.name, period.year, change_between(table, rows.first, rows.last - 1)});
    }
  }
  return result;
}

DriverShares driver_shares(const AttributionTable& table, std::size_t well) {
  const std::size_t drivers = table.drivers.size();
  const RowRange rows = rows_between(table, well, std::numeric_limits<core::Seconds>::min(),
                                     std::numeric_limits<core::Seconds>::max());
  DriverShares shares;
  for (std::size_t v = 0; v < drivers; ++v) {
    double mean = 0;
    for (std::size_t row = rows.first; row < rows.last; ++row) mean += table.contribution(row, v);
    const auto n = static_cast<double>(rows.last - rows.first);
    mean /= n;
    double absolute = 0;
    for (std::size_t row = rows.first; row < rows.last; ++row) {
      absolute += std::abs(table.contribution(row, v) - mean);
    }
    shares.mean_absolute_m.push_back(absolute / n);
  }
  shares.share = shares_of(shares.mean_absolute_m);
  return shares;
}

}  // namespace phreatic::explain

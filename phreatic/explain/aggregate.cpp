// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/explain/aggregate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"
#include "phreatic/explain/own_periods.hpp"

namespace phreatic::explain {

namespace {

constexpr std::size_t kMonths = 12;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Rows [first, last) of an entity whose times lie in [from, to].
struct RowRange {
  std::size_t first = 0;
  std::size_t last = 0;
};

RowRange rows_between(const AttributionTable& table, std::size_t entity, core::Seconds from,
                      core::Seconds to) {
  const auto entity_range = std::equal_range(table.entity.begin(), table.entity.end(), entity);
  const auto offset = entity_range.first - table.entity.begin();
  const auto count = entity_range.second - entity_range.first;
  const auto begin = table.time.begin() + offset;
  const auto end = begin + count;
  const auto low = std::lower_bound(begin, end, from);
  const auto high = std::upper_bound(low, end, to);
  return {static_cast<std::size_t>(low - table.time.begin()),
          static_cast<std::size_t>(high - table.time.begin())};
}

// Of those that are there; NaN for the others.
std::vector<double> shares_of(const std::vector<double>& values) {
  double total = 0;
  for (const double v : values) total += std::isnan(v) ? 0.0 : std::abs(v);
  std::vector<double> shares;
  for (const double v : values) shares.push_back(total > 0 || std::isnan(v) ? std::abs(v) / total : 0.0);
  return shares;
}

// Sum over the drivers that the entity has.
double absolute_at(const LagProfile& profile, std::size_t entity, std::size_t lag, std::size_t driver) {
  double sum = 0;
  for (std::size_t v = 0; v < profile.drivers; ++v) {
    const double here = profile.mean_absolute[(entity * profile.lags + lag) * profile.drivers + v];
    if ((driver == kAllDrivers || driver == v) && !std::isnan(here)) sum += here;
  }
  return sum;
}

EventAttribution change_between(const AttributionTable& table, std::size_t first, std::size_t last) {
  EventAttribution event;
  event.entity = table.entity[first];
  event.from = table.time[first];
  event.to = table.time[last];
  event.observed_change = table.observed[last] - table.observed[first];
  event.simulated_change = table.simulated[last] - table.simulated[first];
  event.base_change = table.base[last] - table.base[first];
  for (std::size_t v = 0; v < table.drivers.size(); ++v) {
    event.contributions.push_back(table.contribution(last, v) - table.contribution(first, v));
  }
  event.share = shares_of(event.contributions);
  return event;
}

}  // namespace

AttributionDigest::AttributionDigest(std::vector<WindowId> ids, std::vector<std::string> entities,
                                     std::vector<std::string> drivers, std::size_t steps,
                                     std::size_t dynamic_drivers, std::vector<double> observed)
    : steps_(steps), dynamic_drivers_(dynamic_drivers) {
  PHREATIC_ASSERT(observed.size() == ids.size() && dynamic_drivers <= drivers.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    PHREATIC_ASSERT(ids[i].entity < entities.size());
    PHREATIC_ASSERT(i == 0 || ids[i].entity > ids[i - 1].entity ||
                    (ids[i].entity == ids[i - 1].entity && ids[i].time > ids[i - 1].time));
    table_.entity.push_back(ids[i].entity);
    table_.time.push_back(ids[i].time);
  }
  for (Sums* sums : {&converged_, &others_}) {
    sums->added.assign(entities.size(), 0);
    sums->plain.assign(entities.size() * steps * dynamic_drivers, 0.0);
    sums->absolute = sums->plain;
  }
  table_.converged.assign(ids.size(), 0);
  table_.contributions.assign(ids.size() * drivers.size(), kNaN);
  table_.errors = table_.contributions;
  table_.base.assign(ids.size(), kNaN);
  table_.simulated = table_.base;
  table_.observed = std::move(observed);
  table_.entities = std::move(entities);
  table_.drivers = std::move(drivers);
}

void AttributionDigest::add(const WindowAttribution& window) {
  const std::size_t drivers = table_.drivers.size();
  PHREATIC_ASSERT(window.window < table_.rows() && window.driver_sums.size() == drivers &&
                  window.attributions.size() == steps_ * dynamic_drivers_);
  table_.base[window.window] = window.base;
  table_.simulated[window.window] = window.value;
  for (std::size_t v = 0; v < drivers; ++v) {
    table_.contributions[window.window * drivers + v] = window.driver_sums[v];
    table_.errors[window.window * drivers + v] = window.driver_errors[v];
  }
  const std::size_t entity = table_.entity[window.window];
  table_.converged[window.window] = window.converged ? 1 : 0;
  Sums& sums = window.converged ? converged_ : others_;
  ++sums.added[entity];
  double* sum = sums.plain.data() + entity * steps_ * dynamic_drivers_;
  double* absolute = sums.absolute.data() + entity * steps_ * dynamic_drivers_;
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
  LagProfile profile{converged_.added.size(), steps_, dynamic_drivers_, converged_.plain,
                     converged_.absolute};
  const std::size_t cells = steps_ * dynamic_drivers_;
  for (std::size_t i = 0; i < profile.mean.size(); ++i) {
    const Sums& sums = converged_.added[i / cells] > 0 ? converged_ : others_;
    const auto n = static_cast<double>(sums.added[i / cells]);
    profile.mean[i] = n > 0 ? sums.plain[i] / n : kNaN;
    profile.mean_absolute[i] = n > 0 ? sums.absolute[i] / n : kNaN;
  }
  return profile;
}

std::vector<bool> rows_that_count(const AttributionTable& table) {
  std::vector<bool> counts(table.rows(), true);
  if (table.converged.empty()) return counts;
  std::vector<bool> some(table.entities.size(), false);
  for (std::size_t row = 0; row < table.rows(); ++row)
    some[table.entity[row]] = some[table.entity[row]] || table.converged[row] != 0;
  for (std::size_t row = 0; row < table.rows(); ++row)
    counts[row] = !some[table.entity[row]] || table.converged[row] != 0;
  return counts;
}

std::size_t memory_length(const LagProfile& profile, std::size_t entity, double share, std::size_t driver) {
  std::vector<double> cumulative(profile.lags);
  double total = 0;
  for (std::size_t lag = 0; lag < profile.lags; ++lag) {
    total += absolute_at(profile, entity, lag, driver);
    cumulative[lag] = total;
  }
  if (!(total > 0)) return 0;
  for (std::size_t lag = 0; lag < profile.lags; ++lag) {
    if (cumulative[lag] >= share * total) return lag + 1;
  }
  return profile.lags;
}

WindowFit window_fit(const LagProfile& profile, std::size_t entity) {
  WindowFit fit;
  fit.oldest_steps = std::max<std::size_t>(1, profile.lags / 36);
  fit.proposed_steps = profile.lags;
  double total = 0;
  double oldest = 0;
  for (std::size_t lag = 0; lag < profile.lags; ++lag) {
    const double here = absolute_at(profile, entity, lag, kAllDrivers);
    total += here;
    if (lag + fit.oldest_steps >= profile.lags) oldest += here;
  }
  if (!(total > 0)) {
    fit.oldest_share = kNaN;
    return fit;
  }
  fit.oldest_share = oldest / total;
  const auto steps = static_cast<double>(profile.lags);
  fit.too_short = fit.oldest_share > 3 * static_cast<double>(fit.oldest_steps) / steps;
  if (!fit.too_short) return fit;
  const double tau = -steps / std::log(std::min(fit.oldest_share, 0.99));
  fit.proposed_steps = static_cast<std::size_t>(std::ceil(std::clamp(3 * tau, steps, 10 * steps)));
  return fit;
}

std::vector<double> seasonal_profile(const AttributionTable& table) {
  const std::size_t drivers = table.drivers.size();
  std::vector<double> mean(table.entities.size() * kMonths * drivers, 0.0);
  std::vector<double> count = mean;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto month = static_cast<std::size_t>(core::month_of(table.time[row]) - 1);
    for (std::size_t v = 0; v < drivers; ++v) {
      const std::size_t at = (table.entity[row] * kMonths + month) * drivers + v;
      if (std::isnan(table.contribution(row, v))) continue;
      mean[at] += table.contribution(row, v);
      count[at] += 1;
    }
  }
  for (std::size_t i = 0; i < mean.size(); ++i) mean[i] = count[i] > 0 ? mean[i] / count[i] : kNaN;
  return mean;
}

std::vector<PeriodAttribution> explain_periods(const AttributionTable& table,
                                               std::span<const Period> periods) {
  const std::vector<std::vector<Period>> each(table.entities.size(), {periods.begin(), periods.end()});
  return explain_own_periods(table, each);
}

std::vector<PeriodAttribution> explain_own_periods(const AttributionTable& table,
                                                   std::span<const std::vector<Period>> periods) {
  PHREATIC_ASSERT(periods.size() == table.entities.size());
  std::vector<PeriodAttribution> result;
  for (std::size_t entity = 0; entity < table.entities.size(); ++entity) {
    for (const Period& period : periods[entity]) {
      const RowRange rows = rows_between(table, entity, period.start, period.end - 1);
      if (rows.last < rows.first + 2) continue;
      // A period of which only a small part was explained would pass for the whole.
      const double covered = static_cast<double>(table.time[rows.last - 1] - table.time[rows.first]);
      if (covered < 0.5 * static_cast<double>(period.end - period.start)) continue;
      result.push_back({period.name, period.year, change_between(table, rows.first, rows.last - 1)});
    }
  }
  return result;
}

DriverShares driver_shares(const AttributionTable& table, std::size_t entity) {
  const std::size_t drivers = table.drivers.size();
  const RowRange rows = rows_between(table, entity, std::numeric_limits<core::Seconds>::min(),
                                     std::numeric_limits<core::Seconds>::max());
  const std::vector<bool> counts = rows_that_count(table);
  std::vector<std::size_t> taken;
  for (std::size_t row = rows.first; row < rows.last; ++row) {
    if (counts[row]) taken.push_back(row);
  }
  const auto n = static_cast<double>(taken.size());
  DriverShares shares;
  for (std::size_t v = 0; v < drivers; ++v) {
    double mean = 0;
    for (const std::size_t row : taken) mean += table.contribution(row, v);
    mean /= n;
    double absolute = 0;
    for (const std::size_t row : taken) absolute += std::abs(table.contribution(row, v) - mean);
    shares.mean_absolute.push_back(absolute / n);
  }
  shares.share = shares_of(shares.mean_absolute);
  return shares;
}

}  // namespace phreatic::explain

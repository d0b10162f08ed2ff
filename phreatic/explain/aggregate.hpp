// SPDX-License-Identifier: BSD-3-Clause
// Summing attributions up: by lag, variable, month, period, entity and event. The cube [T][F] of a window is
// seen once, as it streams by (AttributionDigest); what is kept grows with entities x dates x drivers only.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "phreatic/core/calendar.hpp"
#include "phreatic/explain/attribution/expected_gradients.hpp"
#include "phreatic/explain/periods.hpp"

namespace phreatic::explain {

// Attributions summed over the window, per explained date. Dates of one entity are contiguous and in order.
struct AttributionTable {
  std::vector<std::string> entities;
  std::vector<std::string> drivers;   // F dynamic drivers, then S static attributes when they were explained
  std::vector<std::size_t> entity;    // [row]
  std::vector<core::Seconds> time;    // [row]
  std::vector<double> contributions;  // [row][driver]; NaN = the entity's model has no such driver
  std::vector<double> errors;         // [row][driver] standard errors; NaN likewise
  std::vector<double> base;           // [row]
  std::vector<double> simulated;      // [row] f(x)
  std::vector<double> observed;       // [row]; NaN = not observed
  std::size_t rows() const { return time.size(); }
  double contribution(std::size_t row, std::size_t driver) const {
    return contributions[row * drivers.size() + driver];
  }
  // [row] within the wanted standard error; empty: all are.
  std::vector<char> converged;
};

// Rows of an entity that shares, lags and memory are taken from: the converged ones; all where none is.
std::vector<bool> rows_that_count(const AttributionTable& table);

// Mean and mean absolute attribution per entity, lag and driver, over the rows that count; NaN for a driver that the
// entity does not have. Lag 0 is the explained date's own step.
struct LagProfile {
  std::size_t entities = 0, lags = 0, drivers = 0;
  std::vector<double> mean;           // [entity][lag][driver]
  std::vector<double> mean_absolute;  // [entity][lag][driver]
};

// Takes windows from expected_gradients and builds both. `ids`, `entities` and `drivers` name what the
// windows are, in order of entity, then time; the first `dynamic_drivers` of `drivers` have lags, the others
// are static. `observed` one per window (NaN = not observed).
class AttributionDigest {
 public:
  AttributionDigest(std::vector<WindowId> ids, std::vector<std::string> entities,
                    std::vector<std::string> drivers, std::size_t steps, std::size_t dynamic_drivers,
                    std::vector<double> observed);
  void add(const WindowAttribution& window);
  const AttributionTable& table() const { return table_; }
  LagProfile lag_profile() const;

 private:
  std::size_t steps_;
  std::size_t dynamic_drivers_ = 0;
  // Per entity, of converged windows and of the others.
  struct Sums {
    std::vector<std::size_t> added;
    std::vector<double> plain, absolute;
  };
  Sums converged_, others_;
  AttributionTable table_;
};

// Memory length: the smallest lag (in steps, counted from 1 = the explained step alone) by which the
// cumulative mean |phi| reaches `share` of its total, over the drivers that the entity has; 0 where nothing is
// attributed.
inline constexpr std::size_t kAllDrivers = static_cast<std::size_t>(-1);
std::size_t memory_length(const LagProfile& profile, std::size_t entity, double share,
                          std::size_t driver = kAllDrivers);

// Whether a window is long enough for an entity. What acts from before a window's first step has nowhere to stand
// but in its oldest steps: where these hold more than three times their even share, contributions pile up there,
// and a memory length says no more than how long the window is.
struct WindowFit {
  std::size_t oldest_steps = 0;  // a 36th of the window (ten days of a year), at least 1
  double oldest_share = 0;  // of the summed mean |phi| that stands in them; NaN where nothing is attributed
  bool too_short = false;
  // For a memory that fades exponentially, exp(-lag / tau), and leaves oldest_share beyond the window:
  // three tau, which hold 95 % of it; ten windows at most. The window itself where it is long enough.
  std::size_t proposed_steps = 0;
};
WindowFit window_fit(const LagProfile& profile, std::size_t entity);

// Monthly climatology of contributions per entity: mean over the dates of each month [entity][12][driver];
// NaN where a month has no date.
std::vector<double> seasonal_profile(const AttributionTable& table);

// What happened between two dates of one entity: changes from the first row to the last, in target units.
// Contributions add up to the simulated change when both dates share a base value; `base_change` is what is
// left then.
struct EventAttribution {
  std::size_t entity = 0;
  core::Seconds from = 0, to = 0;
  double observed_change = 0;  // NaN when either end is not observed
  double simulated_change = 0;
  double base_change = 0;
  std::vector<double> contributions;  // [driver]; NaN = the entity does not have it
  std::vector<double> share;          // |contribution| / sum of |contributions|; NaN likewise
};
// From the entity's first to its last row inside [from, to]; throws InputError when the entity has fewer than
// two dates there.
EventAttribution explain_event(const AttributionTable& table, std::size_t entity, core::Seconds from,
                               core::Seconds to);

// Every occurrence of every period for every entity whose explained dates span at least half of it.
struct PeriodAttribution {
  std::string period;
  int year = 0;
  EventAttribution event;
};
std::vector<PeriodAttribution> explain_periods(const AttributionTable& table,
                                               std::span<const Period> periods);

// Importance of drivers over some rows: mean |contribution - its mean over the entity's rows| and its share;
// over the rows that count. NaN for drivers that the entity does not have.
struct DriverShares {
  std::vector<double> mean_absolute;
  std::vector<double> share;
};
DriverShares driver_shares(const AttributionTable& table, std::size_t entity);

}  // namespace phreatic::explain

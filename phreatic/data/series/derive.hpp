// SPDX-License-Identifier: BSD-3-Clause
// Inputs computed from other variables of the panel: lags, rolling sums and means, slow means, sine and cosine
// of the season.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "phreatic/core/calendar.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/data/panel.hpp"
#include "phreatic/data/sources.hpp"

namespace phreatic::data {

// out[t] = in[t - lag]; NaN before.
void lag_series(std::span<const double> in, std::size_t lag, std::span<double> out);
// Sum or mean of in[t - length + 1 .. t]; NaN where one of them is NaN or before the start.
void rolling(std::span<const double> in, std::size_t length, bool mean, std::span<double> out);
// Mean with weights that fade as exp(-age / time_constant), from the record's start on: until `time_constant`
// steps have passed the plain mean of all of them, so that no starting value is guessed. Missing values are
// passed over; NaN before the first value. Causal.
void slow_mean(std::span<const double> in, double time_constant, std::span<double> out);
// Phase of the middle of each step within its year, in [0, 1).
double season_phase(const core::TimeAxis& axis, std::size_t step);

// One variable that the parameters ask for.
struct DerivedVariable {
  Variable
      variable;  // "precipitation_lag3", "precipitation_sum30", "temperature_mean7", "precipitation_slow1095",
                 // "season_sin"
  DerivedKind kind = DerivedKind::lag;
  std::size_t from = 0;  // variable of the panel
  std::size_t steps = 0;
  bool cosine = false;
  // Of evaporation: temperature, or maximum and minimum; radiation, humidity, wind where the method needs them.
  EvaporationMethod method = EvaporationMethod::oudin;
  std::vector<std::size_t> weather = {};
};

// Does it need the latitude of the well?
bool needs_latitude(const DerivedVariable& what);
// Does its result depend on the elevation of the well?
bool needs_elevation(const DerivedVariable& what);

// The variables in order; problems for unknown names, for missing `from` or `steps`, and for weather that a
// method needs and no driver's role gives. `step` is that of the axis.
std::vector<DerivedVariable> list_derived(const std::vector<DerivedParams>& params,
                                          const std::vector<Variable>& variables, const core::Step& step,
                                          core::Problems& problems);

// Computes one of them for one entity.
void compute_derived(const Panel& panel, std::size_t entity, const DerivedVariable& what,
                     std::span<double> out);

}  // namespace phreatic::data

// SPDX-License-Identifier: BSD-3-Clause
// Inputs that are computed from others, appended to the panel.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "phreatic/core/parallel.hpp"
#include "phreatic/data/load/internal.hpp"
#include "phreatic/data/series/derive.hpp"

namespace phreatic::data::loading {

// Appends variables full of NaN as inputs.
void add_inputs(const std::vector<Variable>& more, LoadedData& data) {
  if (more.empty()) return;
  std::vector<Variable> all = data.panel.variables;
  all.insert(all.end(), more.begin(), more.end());
  Panel panel = make_panel(data.panel.axis, data.panel.entities, all);
  panel.places = data.panel.places;
  const std::size_t block = data.panel.variable_count() * data.panel.time_count();
  for (std::size_t e = 0; e < data.panel.entities.size(); ++e) {
    const auto from = data.panel.values.begin() + static_cast<std::ptrdiff_t>(e * block);
    std::copy(from, from + static_cast<std::ptrdiff_t>(block), panel.series(e, 0).begin());
  }
  for (std::size_t v = data.panel.variable_count(); v < all.size(); ++v) data.inputs.push_back(v);
  data.panel = std::move(panel);
}

namespace {

bool has_value(std::span<const double> series) {
  return std::any_of(series.begin(), series.end(), [](double x) { return !std::isnan(x); });
}

// Has the well all that the input is computed from?
bool has_sources(const LoadedData& data, const DerivedVariable& what, std::size_t e) {
  if (what.kind == DerivedKind::calendar) return false;
  if (what.kind != DerivedKind::evaporation) return has_value(data.panel.series(e, what.from));
  return std::all_of(what.weather.begin(), what.weather.end(),
                     [&](std::size_t v) { return has_value(data.panel.series(e, v)); });
}

// A derived input without any value would leave the models without a word.
void refuse_empty(const LoadedData& data, const std::vector<DerivedVariable>& derived, std::size_t first,
                  core::Problems& problems) {
  const std::vector<std::string>& wells = data.panel.entities;
  for (std::size_t i = 0; i < derived.size(); ++i) {
    std::string empty;
    std::size_t count = 0;
    for (std::size_t e = 0; e < wells.size(); ++e) {
      if (!has_sources(data, derived[i], e) || has_value(data.panel.series(e, first + i))) continue;
      if (++count <= 5) empty += (empty.empty() ? "" : ", ") + wells[e];
    }
    if (count > 5) empty += fmt::format(" and {} more", count - 5);
    if (count > 0)
      problems.add({.where = "data.derived, '" + derived[i].variable.name + "'",
                    .what = derived[i].kind == DerivedKind::evaporation
                                ? fmt::format("it has no value for {}: no step has all of its weather", empty)
                                : fmt::format("it has no value for {}: {} steps are asked for, the record "
                                              "has {} and gaps count",
                                              empty, derived[i].steps, data.panel.time_count()),
                    .mend = "Shorten its steps, or close the gaps of what it is computed from"});
  }
}

// Hargreaves and Penman take the daily maximum, then the minimum: the other way round evaporation is 0 throughout.
void check_range(const DerivedVariable& one, LoadedData& data, core::Problems& problems) {
  if (one.kind != DerivedKind::evaporation ||
      (one.method != EvaporationMethod::hargreaves && one.method != EvaporationMethod::penman))
    return;
  const std::string& high = data.panel.variables[one.weather[0]].name;
  const std::string& low = data.panel.variables[one.weather[1]].name;
  for (std::size_t e = 0; e < data.panel.entity_count(); ++e) {
    const auto highs = data.panel.series(e, one.weather[0]);
    const auto lows = data.panel.series(e, one.weather[1]);
    std::size_t both = 0;
    std::size_t below = 0;
    for (std::size_t t = 0; t < highs.size(); ++t) {
      both += std::isnan(highs[t] - lows[t]) ? 0U : 1U;
      below += highs[t] < lows[t] ? 1U : 0U;
    }
    if (below == 0) continue;
    const std::string what = fmt::format("'{}' lies below '{}' in {} of {} steps of {}", high, low, below,
                                         both, data.panel.entities[e]);
    if (2 * below > both) {
      problems.add(
          {.where = "data.derived, '" + one.variable.name + "'",
           .what = what,
           .mend = fmt::format("'from' is the daily maximum, then the minimum: from: [{}, {}]", low, high)});
      return;
    }
    data.warnings.push_back(fmt::format("{}: {}; evaporation is computed there as if both were the same",
                                        one.variable.name, what));
  }
}

std::string wells_without(const LoadedData& data, double Place::*what) {
  const std::vector<std::string>& wells = data.panel.entities;
  std::string out;
  std::size_t count = 0;
  for (std::size_t e = 0; e < wells.size(); ++e) {
    if (std::isnan(data.panel.places[e].*what) && ++count <= 5) out += (out.empty() ? "" : ", ") + wells[e];
  }
  return count > 5 ? out + fmt::format(" and {} more", count - 5) : out;
}

// Evaporation needs the latitude; where the elevation is unknown, the air is that of the sea's level.
void check_places(const DerivedVariable& one, LoadedData& data, core::Problems& problems) {
  const std::string latitude = needs_latitude(one) ? wells_without(data, &Place::latitude) : "";
  if (!latitude.empty())
    problems.add(
        {.where = "data.derived, '" + one.variable.name + "'",
         .what = "the latitude is not known of " + latitude,
         .mend = "Name a table of the wells' coordinates under data.places, or use method: makkink"});
  const std::string elevation = needs_elevation(one) ? wells_without(data, &Place::elevation_m) : "";
  if (!elevation.empty())
    data.said.push_back(
        fmt::format("{}: elevation unknown of {}: computed with the air pressure at sea level",
                    one.variable.name, elevation));
}

}  // namespace

void add_derived(const DataParams& params, LoadedData& data, core::Problems& problems) {
  const std::vector<DerivedVariable> derived =
      list_derived(params.derived, data.panel.variables, data.panel.axis.step(), problems);
  const std::size_t first = data.panel.variable_count();
  std::vector<Variable> names;
  for (const DerivedVariable& one : derived) {
    names.push_back(one.variable);
    check_places(one, data, problems);
    check_range(one, data, problems);
  }
  add_inputs(names, data);
  core::parallel_for(data.panel.entity_count(), [&](std::size_t e) {
    for (std::size_t i = 0; i < derived.size(); ++i)
      compute_derived(data.panel, e, derived[i], data.panel.series(e, first + i));
  });
  refuse_empty(data, derived, first, problems);
}

}  // namespace phreatic::data::loading

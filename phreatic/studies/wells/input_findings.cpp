// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/input_findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::studies::wells {
namespace {

using hydrographs::Prepared;

constexpr std::size_t kNamed = 5;         // entities that are named
constexpr std::size_t kFewestPairs = 30;  // from which an agreement is no chance
constexpr double kSame = 1 - 1e-6;        // correlation of a series with itself in another unit and rounding

std::string named(const std::vector<std::string>& all) {
  std::string text;
  for (std::size_t i = 0; i < std::min(all.size(), kNamed); ++i) text += (i == 0 ? "" : ", ") + all[i];
  return all.size() > kNamed ? fmt::format("{} and {} more", text, all.size() - kNamed) : text;
}

bool constant(std::span<const double> values) {
  const double* first = nullptr;
  std::size_t count = 0;
  for (const double& v : values) {
    if (std::isnan(v)) continue;
    if (first == nullptr) first = &v;
    if (v != *first) return false;
    ++count;
  }
  return count > 1;
}

void add_constant_drivers(const Prepared& prepared, std::vector<std::string>& out) {
  const data::Panel& panel = prepared.panel;
  for (const std::size_t v : prepared.drivers) {
    std::vector<std::string> wells;
    for (std::size_t e = 0; e < panel.entity_count(); ++e) {
      const core::StepRange steps = prepared.training(e);
      const std::span<const double> series = panel.series(e, v);
      if (steps.empty() || !constant(series.subspan(steps.begin, steps.end - steps.begin))) continue;
      if (!constant(series)) wells.push_back(panel.entities[e]);
    }
    if (!wells.empty())
      out.push_back(
          fmt::format("driver '{}' is constant in the training period of {} but not later: what it does "
                      "there cannot be learnt, and "
                      "later values lie outside the training range",
                      panel.variables[v].name, named(wells)));
  }
}

bool observed_together(const Prepared& prepared, std::size_t a, std::size_t b) {
  const data::Panel& panel = prepared.panel;
  std::vector<char> seen(panel.time_count(), 0);
  for (std::size_t e = 0; e < panel.entity_count(); ++e) {
    const auto series = panel.series(e, a);
    for (std::size_t t = 0; t < seen.size(); ++t) seen[t] |= std::isnan(series[t]) ? 0 : 1;
  }
  for (std::size_t e = 0; e < panel.entity_count(); ++e) {
    const auto series = panel.series(e, b);
    const core::StepRange steps = prepared.training(e);
    for (std::size_t t = steps.begin; t < steps.end; ++t)
      if (seen[t] != 0 && !std::isnan(series[t])) return true;
  }
  return false;
}

// Mean of the last `length` values, NaN where one is missing.
std::vector<double> trailing(std::span<const double> values, std::size_t length) {
  std::vector<double> out(values.size(), std::nan(""));
  for (std::size_t t = length - 1; t < values.size(); ++t) {
    double sum = 0;
    for (std::size_t k = 0; k < length; ++k) sum += values[t - k];
    out[t] = sum / static_cast<double>(length);
  }
  return out;
}

bool is_the_same(std::span<const double> target, std::span<const double> driver) {
  std::vector<double> a, b;
  for (std::size_t t = 0; t < target.size(); ++t) {
    if (std::isnan(target[t]) || std::isnan(driver[t])) continue;
    a.push_back(target[t]);
    b.push_back(driver[t]);
  }
  return a.size() >= kFewestPairs && !constant(b) && std::abs(stats::pearson(a, b)) > kSame;
}

}  // namespace

std::vector<std::string> input_findings(const Prepared& prepared) {
  std::vector<std::string> out;
  add_constant_drivers(prepared, out);
  const data::Panel& panel = prepared.panel;
  if (panel.entity_count() == 1 && !panel.attributes.names.empty())
    out.push_back("there is one well: its attributes are constant, tell a network nothing and are not used");
  for (const std::size_t other : prepared.others) {
    if (observed_together(prepared, prepared.target, other)) continue;
    out.push_back(
        fmt::format("no step of the training period has both '{}' and '{}' observed: one network learns them "
                    "from different times",
                    panel.variables[prepared.target].name, panel.variables[other].name));
  }
  return out;
}

void refuse_targets_as_drivers(const Prepared& prepared, const hydrographs::TaskParams& task,
                               const std::string& study_file, core::Problems& problems) {
  if (task.forecasts() && task.forecast.drivers == hydrographs::HorizonDrivers::hidden) return;
  const data::Panel& panel = prepared.panel;
  for (const std::size_t v : prepared.drivers) {
    if (panel.variables[v].derived) continue;
    for (const std::size_t k : prepared.targets()) {
      std::size_t interval = 1;
      for (const auto& one : task.targets)
        if (one.name == panel.variables[k].name) interval = static_cast<std::size_t>(one.interval);
      std::vector<std::string> places;
      for (std::size_t e = 0; e < panel.entity_count(); ++e) {
        const auto driver = panel.series(e, v);
        const std::vector<double> means = interval > 1 ? trailing(driver, interval) : std::vector<double>();
        if (is_the_same(panel.series(e, k), interval > 1 ? std::span<const double>(means) : driver))
          places.push_back(panel.entities[e]);
      }
      if (places.empty()) continue;
      problems.add({.file = study_file,
                    .where = fmt::format("data.drivers, '{}'", panel.variables[v].name),
                    .what = fmt::format(
                        "holds the observations of the target '{}' at {}: the network would be told what "
                        "it is asked for",
                        panel.variables[k].name, named(places)),
                    .mend = "Leave the driver out; what is known up to an issue date is an input of "
                            "'window.mode: forecast'"});
    }
  }
}

}  // namespace phreatic::studies::wells

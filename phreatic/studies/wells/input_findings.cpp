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
constexpr std::size_t kLags = 32;         // of a target that simulations are looked through for
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

// The driver is the target as it was `lag` steps before. Most are told apart by their first pairs.
bool is_the_same(std::span<const double> target, std::span<const double> driver, std::size_t lag) {
  std::vector<double> a, b;
  for (std::size_t t = lag; t < driver.size(); ++t) {
    if (std::isnan(target[t - lag]) || std::isnan(driver[t])) continue;
    a.push_back(target[t - lag]);
    b.push_back(driver[t]);
    if (a.size() == kFewestPairs && !constant(b) && std::abs(stats::pearson(a, b)) <= kSame) return false;
  }
  return a.size() >= kFewestPairs && !constant(b) && std::abs(stats::pearson(a, b)) > kSame;
}

// Lags at which the network would be told what it is asked for: in forecasts those before the issue date is reached, in
// simulations, where no past target is known, all that are looked at.
std::size_t refused_lags(const hydrographs::TaskParams& task) {
  return task.forecasts() ? static_cast<std::size_t>(task.learn.window.horizon) : kLags;
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

namespace {

// A driver that holds a target's observations: at which places, and how many steps late at the first of them.
struct TargetCopy {
  std::size_t driver = 0, target = 0, lag = 0;
  std::vector<std::string> places;
};

std::vector<TargetCopy> copies_of_targets(const Prepared& prepared, const hydrographs::TaskParams& task) {
  std::vector<TargetCopy> out;
  if (task.forecasts() && task.forecast.drivers == hydrographs::HorizonDrivers::hidden) return out;
  const data::Panel& panel = prepared.panel;
  for (const std::size_t v : prepared.drivers) {
    if (panel.variables[v].derived) continue;
    for (const std::size_t k : prepared.targets()) {
      const auto interval =
          static_cast<std::size_t>(hydrographs::task_of(task.targets, panel.variables[k].name).interval);
      TargetCopy copy{v, k, 0, {}};
      for (std::size_t e = 0; e < panel.entity_count(); ++e) {
        const auto driver = panel.series(e, v);
        const std::vector<double> means = interval > 1 ? trailing(driver, interval) : std::vector<double>();
        const auto seen = interval > 1 ? std::span<const double>(means) : driver;
        std::size_t lag = 0;
        while (lag < refused_lags(task) && !is_the_same(panel.series(e, k), seen, lag)) ++lag;
        if (lag == refused_lags(task)) continue;
        if (copy.places.empty()) copy.lag = lag;
        copy.places.push_back(panel.entities[e]);
      }
      if (!copy.places.empty()) out.push_back(std::move(copy));
    }
  }
  return out;
}

std::string copy_words(const Prepared& prepared, const TargetCopy& copy) {
  return fmt::format("holds the observations of the target '{}' at {}{}",
                     prepared.panel.variables[copy.target].name, named(copy.places),
                     copy.lag > 0 ? fmt::format(", {} steps late", copy.lag) : "");
}

}  // namespace

std::vector<std::string> observed_target_findings(const Prepared& prepared,
                                                  const hydrographs::TaskParams& task) {
  std::vector<std::string> out;
  if (!task.observed_targets) return out;
  const std::vector<TargetCopy> copies = copies_of_targets(prepared, task);
  for (const TargetCopy& copy : copies)
    out.push_back(fmt::format("driver '{}' {}; 'observed_targets: true' lets it stand",
                              prepared.panel.variables[copy.driver].name, copy_words(prepared, copy)));
  if (copies.empty())
    out.push_back("'observed_targets: true' is set, but no driver was found to hold a target");
  return out;
}

void refuse_targets_as_drivers(const Prepared& prepared, const hydrographs::TaskParams& task,
                               const std::string& study_file, core::Problems& problems) {
  if (task.observed_targets) return;
  for (const TargetCopy& copy : copies_of_targets(prepared, task))
    problems.add({.file = study_file,
                  .where = fmt::format("data.drivers, '{}'", prepared.panel.variables[copy.driver].name),
                  .what = copy_words(prepared, copy) + ": the network would be told what it is asked for",
                  .mend = "Leave the driver out; what is known up to an issue date is an input of "
                          "'window.mode: forecast'. To let it stand, and say so in the headline: "
                          "'observed_targets: true'"});
}

}  // namespace phreatic::studies::wells

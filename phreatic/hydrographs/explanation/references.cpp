// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/explanation/references.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "phreatic/core/errors.hpp"

namespace phreatic::hydrographs {
namespace {

constexpr std::size_t kParts[] = {12, 4, 1};  // of a window, at its end

std::vector<std::size_t> other_drivers(const Prepared& prepared) {
  const auto temperature = prepared.panel.find_role(data::Role::temperature);
  std::vector<std::size_t> out;
  for (const std::size_t v : prepared.drivers)
    if (v != temperature) out.push_back(v);
  return out;
}

// Sums of the other drivers over the parts of windows, from sums up to each step that are made once for an entity.
class WindowSums {
 public:
  WindowSums(const Prepared& prepared, std::size_t lags)
      : prepared_(prepared), lags_(lags), drivers_(other_drivers(prepared)) {}

  // [driver][part] of the window that ends with the step of `id`; NaN in what is missing.
  std::vector<double> of(const explain::WindowId& id) {
    if (id.entity != entity_) read(id.entity);
    const auto step = prepared_.panel.axis.index_of(id.time);
    PHREATIC_ASSERT(step.has_value() && *step + 1 >= lags_);
    std::vector<double> out;
    for (const std::vector<double>& sum : sums_) {
      for (const std::size_t part : kParts)
        out.push_back(sum[*step + 1] - sum[*step + 1 - std::max<std::size_t>(1, lags_ / part)]);
    }
    return out;
  }

 private:
  void read(std::size_t entity) {
    entity_ = entity;
    sums_.clear();
    for (const std::size_t v : drivers_) {
      const auto series = prepared_.panel.series(entity, v);
      if (std::all_of(series.begin(), series.end(), [](double x) { return std::isnan(x); })) continue;
      std::vector<double> sum(series.size() + 1, 0);
      for (std::size_t t = 0; t < series.size(); ++t)
        sum[t + 1] = sum[t] + (std::isnan(series[t]) ? 0 : series[t]);
      sums_.push_back(std::move(sum));
    }
  }

  const Prepared& prepared_;
  std::size_t lags_;
  std::vector<std::size_t> drivers_;
  std::size_t entity_ = static_cast<std::size_t>(-1);
  std::vector<std::vector<double>> sums_;  // [driver][step + 1]
};

// The `keep` rows of `others` nearest to `own`, in their order there.
std::vector<std::size_t> nearest(const std::vector<double>& own,
                                 const std::vector<std::vector<double>>& others, std::size_t keep) {
  std::vector<double> distance(others.size(), 0);
  for (std::size_t k = 0; k < own.size(); ++k) {
    double mean = 0, square = 0;
    for (const auto& row : others) mean += row[k] / static_cast<double>(others.size());
    for (const auto& row : others) square += (row[k] - mean) * (row[k] - mean);
    if (square <= 0) continue;
    for (std::size_t r = 0; r < others.size(); ++r)
      distance[r] += (others[r][k] - own[k]) * (others[r][k] - own[k]) / square;
  }
  std::vector<std::size_t> order(others.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return distance[a] < distance[b]; });
  order.resize(std::min(keep, order.size()));
  std::sort(order.begin(), order.end());
  return order;
}

}  // namespace

void check_references(const Prepared& prepared, const ExplainParams& params, const std::string& file,
                      core::Problems& problems) {
  if (!params.enabled) return;
  const auto temperature = prepared.panel.find_role(data::Role::temperature);
  const auto refuse = [&](const std::string& where, const std::string& what, const std::string& mend) {
    problems.add({.file = file, .where = where, .what = what, .mend = mend});
  };
  if (params.reference_alike > 0 && other_drivers(prepared).empty())
    refuse("explain.reference_alike", "is set, but there is no driver other than temperature to be alike in",
           "Set 'explain.reference_alike: 0'");
  if (params.reference_winters != ReferenceWinters::mild) return;
  if (!temperature)
    return refuse(
        "explain.reference_winters", "is 'mild', but none of the drivers is temperature",
        "Give one of them 'role: temperature' in 'data.drivers', or set 'explain.reference_winters: all'");
  if (prepared.panel.axis.mean_step_days() > 10)
    return refuse("explain.reference_winters",
                  "is 'mild', but the steps are longer than 10 days: winters are not told from them",
                  "Set 'explain.reference_winters: all'");
  for (std::size_t e = 0; e < prepared.panel.entity_count(); ++e) {
    const core::StepRange steps = prepared.calibration(e);
    if (steps.empty() ||
        !explain::in_mild_winters(prepared.panel.axis, prepared.panel.series(e, *temperature), params.frost,
                                  steps.begin, steps.end)
             .empty())
      continue;
    return refuse(
        "explain.reference_winters",
        fmt::format(
            "is 'mild', but {} has fewer than two whole winters with all temperatures before the test period",
            prepared.panel.entities[e]),
        "Set 'explain.reference_winters: all', or extend the training period");
  }
}

explain::References references_of(const Prepared& prepared, const ExplainParams& params, std::size_t lags,
                                  std::span<const explain::WindowId> references,
                                  std::span<const explain::WindowId> explained) {
  const auto& p = params.expected_gradients;
  explain::References chosen =
      explain::choose_references(references, explained, p.references, p.season_half_width_days);
  if (params.reference_alike <= 0) return chosen;
  WindowSums sums(prepared, lags);
  explain::References alike{chosen.choice, {}, {}};
  for (std::size_t i = 0; i < explained.size(); ++i) {
    const std::vector<std::uint32_t>& group = chosen.groups[chosen.group_of[i]];
    std::vector<std::vector<double>> others;
    for (const std::uint32_t r : group) others.push_back(sums.of(references[r]));
    std::vector<std::uint32_t> kept;
    for (const std::size_t k :
         nearest(sums.of(explained[i]), others, static_cast<std::size_t>(params.reference_alike)))
      kept.push_back(group[k]);
    alike.group_of.push_back(static_cast<std::uint32_t>(alike.groups.size()));
    alike.groups.push_back(std::move(kept));
  }
  return alike;
}

}  // namespace phreatic::hydrographs

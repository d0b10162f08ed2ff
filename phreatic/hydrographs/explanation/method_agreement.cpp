// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/explanation/method_agreement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/csv_cell.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/explain/attribution/integrated_gradients.hpp"
#include "phreatic/explain/attribution/permutation_importance.hpp"
#include "phreatic/explain/attribution/shapley_values.hpp"
#include "phreatic/hydrographs/explanation/explanation_groups.hpp"
#include "phreatic/hydrographs/explanation/references.hpp"
#include "phreatic/stats/metrics/metrics.hpp"
#include "phreatic/stats/series/correlation.hpp"

namespace phreatic::hydrographs {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// Some windows of a list.
class SomeWindows final : public explain::WindowSource {
 public:
  SomeWindows(const explain::WindowSource& all, std::vector<std::size_t> chosen)
      : all_(all), chosen_(std::move(chosen)) {}
  std::size_t size() const override { return chosen_.size(); }
  std::size_t steps() const override { return all_.steps(); }
  std::size_t features() const override { return all_.features(); }
  std::size_t statics() const override { return all_.statics(); }
  void inputs(std::size_t index, std::span<float> out) const override { all_.inputs(chosen_[index], out); }
  void static_inputs(std::size_t index, std::span<float> out) const override {
    all_.static_inputs(chosen_[index], out);
  }

 private:
  const explain::WindowSource& all_;
  std::vector<std::size_t> chosen_;
};

template <class T>
std::vector<T> some(const std::vector<T>& all, const std::vector<std::size_t>& chosen) {
  std::vector<T> out;
  for (const std::size_t i : chosen) out.push_back(all[i]);
  return out;
}

// One well of a group, its explained windows and those on which other methods are asked.
struct Asked {
  std::vector<std::size_t> all, chosen, references;
};

std::map<std::size_t, Asked> asked_of(const PlannedGroup& plan, int dates) {
  std::map<std::size_t, Asked> wells;
  for (std::size_t i = 0; i < plan.windows.explained_ids.size(); ++i)
    wells[plan.windows.explained_ids[i].entity].all.push_back(i);
  for (std::size_t i = 0; i < plan.windows.reference_ids.size(); ++i) {
    const auto well = wells.find(plan.windows.reference_ids[i].entity);
    if (well != wells.end()) well->second.references.push_back(i);
  }
  for (auto& [entity, asked] : wells) {
    const std::size_t n = std::min(asked.all.size(), static_cast<std::size_t>(dates));
    for (std::size_t k = 0; k < n; ++k)
      asked.chosen.push_back(asked.all[(2 * k + 1) * asked.all.size() / (2 * n)]);
  }
  return wells;
}

class Comparison {
 public:
  Comparison(const Prepared& prepared, const PlannedGroup& plan, PooledDifferentiable& model,
             const ExplainParams& params, const Explanation& explanation, core::Context& context)
      : prepared_(prepared),
        plan_(plan),
        model_(model),
        params_(params),
        explanation_(explanation),
        context_(context) {
    for (const std::size_t d : plan.columns) {
      const auto known = std::find(groups_.begin(), groups_.end(), d);
      group_of_channel_.push_back(static_cast<std::size_t>(known - groups_.begin()));
      if (known == groups_.end()) groups_.push_back(d);
    }
  }

  MethodImportance of(std::size_t entity, const Asked& asked) {
    MethodImportance out;
    out.entity = entity;
    out.dates = asked.chosen.size();
    const std::vector<double> gradients = known_contributions(entity, asked);
    const std::vector<double> shapley = shapley_contributions(asked);
    const std::vector<double> path = path_contributions(asked);
    out.expected_gradients = importance(gradients);
    out.shapley = importance(shapley);
    out.integrated_gradients = importance(path);
    out.permutation = permuted(entity, asked);
    out.shapley_correlation = stats::pearson(gradients, shapley);
    out.gradients_correlation = stats::pearson(gradients, path);
    return out;
  }

 private:
  std::size_t drivers() const { return explanation_.drivers.size(); }

  // Mean |contribution| by driver of [date][group].
  std::vector<double> importance(const std::vector<double>& contributions) const {
    std::vector<double> out(drivers(), kNone);
    const std::size_t dates = contributions.size() / groups_.size();
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      double sum = 0;
      for (std::size_t t = 0; t < dates; ++t) sum += std::abs(contributions[t * groups_.size() + g]);
      out[groups_[g]] = sum / static_cast<double>(dates);
    }
    return out;
  }

  std::vector<double> known_contributions(std::size_t entity, const Asked& asked) const {
    const explain::AttributionTable& table = explanation_.table;
    std::vector<double> out;
    for (const std::size_t i : asked.chosen) {
      std::size_t row = 0;
      while (row < table.rows() &&
             (table.entity[row] != entity || table.time[row] != plan_.windows.explained_ids[i].time))
        ++row;
      PHREATIC_ASSERT(row < table.rows());
      for (const std::size_t d : groups_) out.push_back(table.contribution(row, d));
    }
    return out;
  }

  std::vector<double> shapley_contributions(const Asked& asked) {
    const SomeWindows windows(*plan_.windows.explained, asked.chosen);
    const auto ids = some(plan_.windows.explained_ids, asked.chosen);
    const auto references =
        references_of(prepared_, params_, explanation_.lags, plan_.windows.reference_ids, ids);
    explain::ShapleyParams shapley;
    shapley.seed = params_.expected_gradients.seed;
    std::vector<double> out;
    core::Context quiet{context_.log, false};
    explain::shapley_values(
        model_, windows, *plan_.windows.references, references, some(plan_.windows.scales, asked.chosen),
        group_of_channel_, shapley,
        [&](const explain::ShapleyAttribution& one) {
          out.insert(out.end(), one.contributions.begin(), one.contributions.end());
        },
        quiet);
    return out;
  }

  // From the mean of the well's reference windows.
  std::vector<double> path_contributions(const Asked& asked) {
    const explain::WindowSource& references = *plan_.windows.references;
    std::vector<float> baseline(references.steps() * references.features(), 0.0F);
    std::vector<float> one(baseline.size());
    for (const std::size_t r : asked.references) {
      references.inputs(r, one);
      for (std::size_t i = 0; i < one.size(); ++i)
        baseline[i] += one[i] / static_cast<float>(asked.references.size());
    }
    std::vector<double> out;
    const SomeWindows windows(*plan_.windows.explained, asked.chosen);
    explain::integrated_gradients(model_, windows, baseline, {}, [&](const explain::PathAttribution& path) {
      std::vector<double> sums(groups_.size(), 0.0);
      for (std::size_t i = 0; i < path.attributions.size(); ++i)
        sums[group_of_channel_[i % group_of_channel_.size()]] += path.attributions[i];
      for (const double sum : sums)
        out.push_back(sum * plan_.windows.scales[asked.chosen[path.window]].scale);
    });
    return out;
  }

  std::vector<double> permuted(std::size_t entity, const Asked& asked) {
    std::vector<double> observed;
    for (const std::size_t i : asked.all) {
      const explain::TargetScale& scale = plan_.windows.scales[i];
      const double level = prepared_.scored_level(entity)[plan_.windows.dates[i].step];
      observed.push_back((level - scale.offset) / scale.scale);
    }
    explain::PermutationImportanceParams permutation;
    permutation.seed = params_.expected_gradients.seed;
    const SomeWindows windows(*plan_.windows.explained, asked.all);
    const auto found = explain::permutation_importance(
        model_, windows, some(plan_.windows.explained_ids, asked.all), observed, permutation);
    std::vector<double> out(drivers(), kNone);
    // Of a value and the flag beside it the value tells.
    for (std::size_t c = group_of_channel_.size(); c-- > 0;)
      out[groups_[group_of_channel_[c]]] =
          found.importance[c] * plan_.windows.scales[asked.all.front()].scale;
    return out;
  }

  const Prepared& prepared_;
  const PlannedGroup& plan_;
  PooledDifferentiable& model_;
  const ExplainParams& params_;
  const Explanation& explanation_;
  core::Context& context_;
  std::vector<std::size_t> groups_;            // drivers of the group, in the order of its channels
  std::vector<std::size_t> group_of_channel_;  // index into groups_
};

std::size_t strongest(const std::vector<double>& importance) {
  std::size_t best = importance.size();
  for (std::size_t d = 0; d < importance.size(); ++d) {
    if (!std::isnan(importance[d]) && (best == importance.size() || importance[d] > importance[best]))
      best = d;
  }
  return best;
}

// One method beside expected gradients, over the wells; `contributions` false: it has none.
nlohmann::json method_json(const std::string& name, const MethodAgreement& agreement,
                           std::vector<double> MethodImportance::*importance,
                           double MethodImportance::*correlation) {
  std::vector<double> correlations, ranks;
  double same = 0;
  for (const MethodImportance& well : agreement.wells) {
    if (correlation != nullptr) correlations.push_back(well.*correlation);
    ranks.push_back(stats::spearman(well.expected_gradients, well.*importance));
    same += strongest(well.expected_gradients) == strongest(well.*importance) ? 1 : 0;
  }
  const auto value = [](double v) { return std::isnan(v) ? nlohmann::json() : nlohmann::json(v); };
  return {{"method", name},
          {"correlation", value(stats::median(correlations))},
          {"rank_correlation", value(stats::median(ranks))},
          {"same_strongest", value(same / static_cast<double>(agreement.wells.size()))}};
}

}  // namespace

MethodAgreement compare_methods(const Prepared& prepared, const Models& models, const ExplainParams& params,
                                const Explanation& explanation, core::Context& context) {
  PHREATIC_ASSERT(params.compare_dates > 0);
  MethodAgreement out{explanation.drivers, {}};
  for (const UnitGroup& group : group_units(models.units)) {
    const PlannedGroup plan = plan_group(prepared, models, params, group);
    const auto model = load_group(plan, models);
    Comparison comparison(prepared, plan, *model, params, explanation, context);
    for (const auto& [entity, asked] : asked_of(plan, params.compare_dates)) {
      core::throw_if_interrupted();
      out.wells.push_back(comparison.of(entity, asked));
    }
  }
  std::stable_sort(out.wells.begin(), out.wells.end(),
                   [](const MethodImportance& a, const MethodImportance& b) { return a.entity < b.entity; });
  return out;
}

void write_agreement(const MethodAgreement& agreement, const Prepared& prepared,
                     const std::filesystem::path& csv, const std::filesystem::path& json) {
  const std::string unit = prepared.panel.variables[prepared.target].unit;
  const auto number = [](double v) { return std::isnan(v) ? std::string() : fmt::format("{:.6g}", v); };
  std::string rows = fmt::format(
      "well,driver,dates,expected_gradients_{0},shapley_{0},integrated_gradients_{0},permutation_{0}\n",
      unit);
  for (const MethodImportance& well : agreement.wells) {
    for (std::size_t d = 0; d < agreement.drivers.size(); ++d)
      rows += fmt::format("{},{},{},{},{},{},{}\n", core::csv_cell(prepared.panel.entities[well.entity]),
                          core::csv_cell(agreement.drivers[d]), well.dates,
                          number(well.expected_gradients[d]), number(well.shapley[d]),
                          number(well.integrated_gradients[d]), number(well.permutation[d]));
  }
  core::write_file_atomic(csv, rows);
  nlohmann::json methods = nlohmann::json::array();
  if (!agreement.wells.empty()) {
    methods.push_back(method_json("Shapley values", agreement, &MethodImportance::shapley,
                                  &MethodImportance::shapley_correlation));
    methods.push_back(method_json("integrated gradients", agreement, &MethodImportance::integrated_gradients,
                                  &MethodImportance::gradients_correlation));
    methods.push_back(
        method_json("permutation importance", agreement, &MethodImportance::permutation, nullptr));
  }
  core::write_file_atomic(
      json, nlohmann::json{{"wells", agreement.wells.size()}, {"methods", methods}}.dump(1) + "\n");
}

}  // namespace phreatic::hydrographs

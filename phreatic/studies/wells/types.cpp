// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "phreatic/core/files/files.hpp"
#include "phreatic/explain/own_periods.hpp"
#include "phreatic/stats/clustering/cluster_choice.hpp"
#include "phreatic/stats/clustering/kmeans.hpp"

namespace phreatic::studies::wells {
namespace {

using nlohmann::json;

constexpr const char* kMonths[12] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Of each well: freezing and thawing by its own temperature; wet and dry seasons by its own rain where no well has
// frost.
std::vector<std::vector<explain::Period>> study_periods(const hydrographs::Prepared& prepared,
                                                        const explain::FrostParams& frost) {
  const auto& axis = prepared.panel.axis;
  const std::size_t wells = prepared.panel.entity_count();
  std::vector<std::vector<explain::Period>> periods(wells);
  if (const auto temperature = prepared.panel.find_role(data::Role::temperature);
      temperature && axis.mean_step_days() <= 10) {
    bool any = false;
    for (std::size_t e = 0; e < wells; ++e) {
      periods[e] = explain::freeze_thaw_periods(axis, prepared.panel.series(e, *temperature), frost);
      any = any || !periods[e].empty();
    }
    if (any) return periods;
  }
  if (const auto rain = prepared.panel.find_role(data::Role::precipitation)) {
    for (std::size_t e = 0; e < wells; ++e)
      periods[e] = explain::wet_dry_periods(axis, prepared.panel.series(e, *rain));
  }
  return periods;
}

// k-means on the standardised levels themselves: what a study without explanations would do.
double raw_recovery(const hydrographs::Prepared& prepared, const std::vector<int>& true_types,
                    std::uint64_t seed) {
  const std::size_t wells = prepared.panel.entity_count();
  const std::size_t times = prepared.panel.time_count();
  std::vector<double> values;
  for (std::size_t e = 0; e < wells; ++e) {
    const auto level = prepared.level(e);
    const data::Affine scale = data::fit_affine({level.begin(), level.end()}, data::ScalerKind::zscore);
    for (const double v : level)
      values.push_back(std::isnan(v) ? 0.0 : scale.scaled(v));  // a gap stands at the mean
  }
  stats::KMeansParams params;
  params.clusters = static_cast<int>(std::set<int>(true_types.begin(), true_types.end()).size());
  params.seed = seed;
  return stats::adjusted_rand_index(stats::kmeans(stats::Points(values, wells, times), params).labels,
                                    true_types);
}

std::string summary(const TypesResult& result) {
  const explain::Types& t = result.types;
  std::string text = fmt::format(
      "The wells' signatures (shares of the driver groups and their monthly contributions) were grouped by "
      "k-means; {} types were taken, the number with "
      "the widest mean silhouette among those tried{}.",
      t.count,
      t.silhouette_and_gap_agree ? ", and the gap statistic agrees"
                                 : "; the gap statistic would take another number");
  if (result.has_recovery) {
    text += fmt::format(
        " The true types are known here: adjusted Rand index {:.2f} (k-means on the raw levels: {:.2f}).",
        result.recovery.adjusted_rand, result.recovery.adjusted_rand_raw);
  }
  return text;
}

json or_null(double value) { return std::isfinite(value) ? json(value) : json(); }

json numbers(const std::vector<double>& values) {
  json out = json::array();
  for (const double v : values) out.push_back(or_null(v));
  return out;
}

// Names of the clusters. Those that the rules name alike are told apart by the driver group in whose share they
// stand out most from each other ("... (more precipitation)"), and by a number where that is the same too.
std::vector<std::string> cluster_names(const TypesResult& result) {
  const explain::Types& t = result.types;
  const std::size_t groups = result.signatures.groups.size();
  std::vector<std::string> names;
  for (const auto& cluster : t.clusters) names.push_back(explain::to_text(cluster.type));
  const std::vector<std::string> plain = names;
  for (std::size_t c = 0; c < names.size(); ++c) {
    if (std::count(plain.begin(), plain.end(), plain[c]) == 1) continue;
    std::size_t most = 0;
    double lead = -1;
    for (std::size_t g = 0; g < groups; ++g) {
      double others = 0;
      double n = 0;
      for (std::size_t k = 0; k < names.size(); ++k) {
        if (k == c || plain[k] != plain[c]) continue;
        others += t.mean_share[k * groups + g];
        ++n;
      }
      const double above = t.mean_share[c * groups + g] - others / n;
      if (above > lead) {
        lead = above;
        most = g;
      }
    }
    names[c] += " (more " + explain::to_text(result.signatures.groups[most]) + ")";
  }
  const std::vector<std::string> told = names;
  for (std::size_t c = 0; c < names.size(); ++c) {
    if (std::count(told.begin(), told.end(), told[c]) == 1) continue;
    names[c] += fmt::format(
        " {}", 1 + std::count(told.begin(), told.begin() + static_cast<std::ptrdiff_t>(c), told[c]));
  }
  return names;
}

json cluster_json(const TypesResult& result, const std::string& name, std::size_t c) {
  const std::size_t groups = result.signatures.groups.size();
  std::vector<double> mean(result.types.mean_share.begin() + static_cast<std::ptrdiff_t>(c * groups),
                           result.types.mean_share.begin() + static_cast<std::ptrdiff_t>((c + 1) * groups));
  const auto first = result.types.mean_seasonal.begin() + static_cast<std::ptrdiff_t>(c * groups * 12);
  mean.insert(mean.end(), first, first + static_cast<std::ptrdiff_t>(groups * 12));
  const auto size = std::count(result.types.cluster.begin(), result.types.cluster.end(), static_cast<int>(c));
  return {
      {"name", name}, {"evidence", result.types.clusters[c].reason}, {"size", size}, {"mean", numbers(mean)}};
}

std::vector<std::string> feature_names(const explain::Signatures& signatures) {
  std::vector<std::string> names;
  for (const auto group : signatures.groups) names.push_back(explain::to_text(group) + " share");
  for (const auto group : signatures.groups) {
    for (const char* month : kMonths) names.push_back(explain::to_text(group) + " " + month);
  }
  return names;
}

}  // namespace

explain::DriverGroup group_of_role(data::Role role) {
  switch (role) {
    case data::Role::precipitation:
      return explain::DriverGroup::precipitation;
    case data::Role::temperature:
      return explain::DriverGroup::temperature;
    case data::Role::evaporation_demand:
    case data::Role::radiation:
    case data::Role::humidity:
      return explain::DriverGroup::evaporation;
    case data::Role::pumping:
      return explain::DriverGroup::pumping;
    default:
      return explain::DriverGroup::other;
  }
}

TypesResult find_study_types(const hydrographs::Prepared& prepared,
                             const hydrographs::ExplainParams& settings,
                             const hydrographs::Explanation& explanation,
                             const std::vector<int>& true_types) {
  TypesResult result;
  result.drivers = explanation.drivers;
  std::vector<explain::DriverGroup> groups;
  for (const std::string& driver : explanation.table.drivers) {
    const auto variable = prepared.panel.find_variable(driver);
    groups.push_back(group_of_role(variable ? prepared.panel.variables[*variable].role : data::Role::other));
  }
  result.signatures = explain::signatures(explanation.table, groups);
  explain::TypesParams params = settings.type_rules;
  params.max_types = std::min(params.max_types, static_cast<int>(prepared.panel.entity_count()) - 1);
  result.types = explain::find_types(explanation.table, result.signatures, params);
  result.periods = explain::type_own_period_table(explanation.table, result.types.cluster,
                                                  study_periods(prepared, settings.frost));
  if (!true_types.empty()) {
    result.has_recovery = true;
    result.recovery = {stats::adjusted_rand_index(result.types.cluster, true_types),
                       raw_recovery(prepared, true_types, params.seed)};
  }
  return result;
}

void write_types(const TypesResult& result, const std::vector<std::string>& wells,
                 const std::filesystem::path& path) {
  const explain::Types& t = result.types;
  json clusters = json::array();
  const std::vector<std::string> cluster_name = cluster_names(result);
  for (std::size_t c = 0; c < t.clusters.size(); ++c)
    clusters.push_back(cluster_json(result, cluster_name[c], c));
  json tried = json::array();
  for (std::size_t i = 0; i < t.tried.size(); ++i) {
    tried.push_back({{"k", t.tried[i]},
                     {"silhouette", or_null(t.silhouette[i])},
                     {"gap", or_null(t.gap[i])},
                     {"gap_error", or_null(t.gap_error[i])}});
  }
  json periods = json::array();
  for (const explain::TypePeriodRow& row : result.periods) {
    periods.push_back({{"type", cluster_name[static_cast<std::size_t>(row.cluster)]},
                       {"cluster", row.cluster},
                       {"period", row.period},
                       {"occurrences", row.occurrences},
                       {"observed_change", or_null(row.observed_change)},
                       {"simulated_change", or_null(row.simulated_change)},
                       {"same_sign", or_null(row.sign_agreement)},
                       {"share", numbers(row.share)}});
  }
  json names = json::array();
  json reasons = json::array();
  for (std::size_t e = 0; e < wells.size(); ++e) {
    names.push_back(cluster_name[static_cast<std::size_t>(t.cluster[e])]);
    reasons.push_back({{"well", wells[e]},
                       {"cluster", t.cluster[e]},
                       {"own_type", explain::to_text(t.entities[e].type)},
                       {"reason", t.entities[e].reason},
                       {"silhouette", or_null(t.entity_silhouette[e])}});
  }
  json out = {{"summary", summary(result)},
              {"features", feature_names(result.signatures)},
              {"drivers", result.drivers},
              {"clusters", clusters},
              {"k", tried},
              {"labels", t.cluster},
              {"well_types", names},
              {"wells", reasons},
              {"periods", periods}};
  if (result.has_recovery)
    out["recovery"] = {{"adjusted_rand", result.recovery.adjusted_rand},
                       {"adjusted_rand_raw_levels", result.recovery.adjusted_rand_raw}};
  core::write_file_atomic(path, out.dump(1) + "\n");
}

}  // namespace phreatic::studies::wells

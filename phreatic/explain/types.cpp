// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/explain/types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/core/errors.hpp"
#include "phreatic/explain/own_periods.hpp"
#include "phreatic/explain/type_evidence.hpp"
#include "phreatic/stats/clustering/cluster_choice.hpp"
#include "phreatic/stats/clustering/kmeans.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::explain {
namespace {

constexpr std::size_t kMonths = 12;

// Mean of each column over the entities that have it; NaN where none has.
std::vector<double> column_means(std::span<const double> block, std::size_t entities) {
  const std::size_t columns = block.size() / entities;
  std::vector<double> means;
  std::vector<double> column(entities);
  for (std::size_t c = 0; c < columns; ++c) {
    for (std::size_t w = 0; w < entities; ++w) column[w] = block[w * columns + c];
    means.push_back(stats::mean(column));
  }
  return means;
}

// Columns of one block of the signature, scaled so that blocks, not columns, weigh the same. What an entity does not
// have stands at the mean of the others, where it tells nobody apart.
void add_block(std::vector<std::vector<double>>& features, std::span<const double> block,
               std::size_t entities, double weight) {
  if (weight <= 0 || block.empty()) return;
  const std::size_t columns = block.size() / entities;
  const std::vector<double> mean = column_means(block, entities);
  double squares = 0;
  for (std::size_t i = 0; i < block.size(); ++i) {
    const double off = block[i] - mean[i % columns];
    if (!std::isnan(off)) squares += off * off;
  }
  const double spread = std::sqrt(squares / static_cast<double>(entities));
  for (std::size_t w = 0; w < entities; ++w) {
    for (std::size_t c = 0; c < columns; ++c) {
      const double off = block[w * columns + c] - mean[c];
      features[w].push_back(spread > 0 && !std::isnan(off) ? weight * off / spread : 0.0);
    }
  }
}

std::vector<double> features_of(const Signatures& s, const TypesParams& p, std::size_t& dimension) {
  std::vector<std::vector<double>> rows(s.entities);
  add_block(rows, completed_shares(s), s.entities, p.share_weight);
  add_block(rows, s.seasonal, s.entities, p.seasonal_weight);
  add_block(rows, s.unexplained, s.entities, p.unexplained_weight);
  dimension = rows.front().size();
  std::vector<double> out;
  for (const auto& row : rows) out.insert(out.end(), row.begin(), row.end());
  return out;
}

// Means of a block over the entities of each cluster.
std::vector<double> cluster_means(std::span<const double> block, std::span<const int> labels,
                                  std::size_t clusters) {
  const std::size_t columns = block.size() / labels.size();
  std::vector<double> means;
  for (std::size_t k = 0; k < clusters; ++k) {
    std::vector<double> members;
    for (std::size_t w = 0; w < labels.size(); ++w) {
      if (labels[w] != static_cast<int>(k)) continue;
      const auto row = block.begin() + static_cast<std::ptrdiff_t>(w * columns);
      members.insert(members.end(), row, row + static_cast<std::ptrdiff_t>(columns));
    }
    const std::vector<double> mean =
        members.empty() ? std::vector<double>(columns, 0.0) : column_means(members, members.size() / columns);
    means.insert(means.end(), mean.begin(), mean.end());
  }
  return means;
}

std::vector<double> pairwise_distances(const stats::Points& points) {
  std::vector<double> distances(points.count * points.count, 0.0);
  for (std::size_t i = 0; i < points.count; ++i) {
    for (std::size_t j = 0; j < points.count; ++j)
      distances[i * points.count + j] = std::sqrt(stats::squared_distance(points[i], points[j]));
  }
  return distances;
}

// The partition with the widest mean silhouette among the numbers allowed, or the number that was given.
void cluster_entities(const stats::Points& points, const TypesParams& p, Types& out) {
  stats::ClusterChoiceParams choice;
  choice.largest = std::min(p.max_types, static_cast<int>(points.count) - 1);
  choice.seed = p.seed;
  const stats::ClusterChoice tried = stats::choose_clusters(points, choice);
  int best = p.types.value_or(0);
  double widest = -2;
  for (const stats::ClusterEvidence& row : tried.table) {
    out.tried.push_back(row.k);
    out.silhouette.push_back(row.silhouette);
    out.gap.push_back(row.gap);
    out.gap_error.push_back(row.gap_error);
    if (!p.types && row.k >= p.min_types && row.silhouette > widest) {
      widest = row.silhouette;
      best = row.k;
    }
  }
  out.count = best;
  out.silhouette_and_gap_agree = tried.k_gap == best;
  stats::KMeansParams kmeans;
  kmeans.clusters = best;
  kmeans.seed = p.seed;
  const stats::KMeansResult result = stats::kmeans(points, kmeans);
  out.cluster = result.labels;
  const auto clusters = static_cast<std::size_t>(best);
  for (std::size_t w = 0; w < points.count; ++w) {
    for (std::size_t k = 0; k < clusters; ++k) {
      const std::span<const double> centre(result.centres.data() + k * points.dimension, points.dimension);
      out.distances.push_back(std::sqrt(stats::squared_distance(points[w], centre)));
    }
  }
  out.entity_silhouette = stats::silhouettes(pairwise_distances(points), out.cluster);
}

}  // namespace

std::string to_text(DriverGroup group) {
  switch (group) {
    case DriverGroup::precipitation:
      return "precipitation";
    case DriverGroup::temperature:
      return "temperature";
    case DriverGroup::evaporation:
      return "evaporation";
    case DriverGroup::pumping:
      return "pumping";
    case DriverGroup::other:
      break;
  }
  return "other";
}

std::string to_text(DynamicsType type) {
  switch (type) {
    case DynamicsType::extraction:
      return "extraction";
    case DynamicsType::runoff:
      return "precipitation infiltration-runoff";
    case DynamicsType::evaporation:
      return "precipitation infiltration-evaporation";
    case DynamicsType::unclassified:
      break;
  }
  return "unclassified";
}

void describe(core::Describer& d, TypesParams& p) {
  d.field("min_types", p.min_types, {.help = "Smallest number of types tried", .min = 2, .max = 50});
  d.field("max_types", p.max_types, {.help = "Largest number of types tried", .min = 2, .max = 50});
  d.field(
      "types", p.types,
      {.help = "A given number of types instead of the one with the widest silhouette", .min = 2, .max = 50});
  d.field("share_weight", p.share_weight,
          {.help = "Weight of the drivers' shares in the distance of two entities", .min = 0});
  d.field("seasonal_weight", p.seasonal_weight, {.help = "Weight of the monthly contributions", .min = 0});
  d.field("unexplained_weight", p.unexplained_weight, {.help = "Weight of the monthly residuals", .min = 0});
  d.field("evaporation_share", p.evaporation_share,
          {.help = "Share of evaporation from which a type is named after it", .min = 0, .max = 1});
  d.field("least_precipitation_share", p.least_precipitation_share,
          {.help = "Below this share of precipitation no name speaks of it", .min = 0, .max = 1});
  d.field("pumping_first_month", p.pumping_first_month,
          {.help = "First month of the pumping season", .min = 1, .max = 12});
  d.field("pumping_last_month", p.pumping_last_month,
          {.help = "Last month of the pumping season", .min = 1, .max = 12});
  d.field("unexplained_decline_sd", p.unexplained_decline_sd,
          {.help = "Least mean decline over the pumping season that weather leaves unexplained",
           .unit = "level sd",
           .min = 0});
  d.field("significance", p.significance,
          {.help = "Of the one-sided tests over years", .min = 0.0001, .max = 0.5});
  d.field("recession_ratio", p.recession_ratio,
          {.help = "Least ratio of the fall in the first half after a peak to that in the second", .min = 1});
  d.field("seed", p.seed, {.help = "Seed of the clustering"});
}

Signatures signatures(const AttributionTable& table, std::span<const DriverGroup> group_of_driver) {
  PHREATIC_ASSERT(group_of_driver.size() == table.drivers.size());
  Signatures out;
  out.entities = table.entities.size();
  for (const DriverGroup g : {DriverGroup::precipitation, DriverGroup::temperature, DriverGroup::evaporation,
                              DriverGroup::pumping, DriverGroup::other}) {
    if (std::find(group_of_driver.begin(), group_of_driver.end(), g) != group_of_driver.end())
      out.groups.push_back(g);
  }
  const std::size_t groups = out.groups.size();
  for (std::size_t w = 0; w < out.entities; ++w) {
    const WellRows rows = rows_of_well(table, group_of_driver, out.groups, w);
    double total = 0;
    for (const double v : rows.mean_absolute) total += std::isnan(v) ? 0.0 : v;
    for (const double v : rows.mean_absolute)
      out.share.push_back(total > 0 || std::isnan(v) ? v / total : 0.0);
    for (std::size_t g = 0; g < groups; ++g) {
      const bool none = std::isnan(rows.mean_absolute[g]);
      for (std::size_t m = 0; m < kMonths; ++m) {
        const double v = rows.monthly[g * kMonths + m];
        out.seasonal.push_back(rows.level_sd > 0 || none ? v / rows.level_sd : 0.0);
      }
    }
    for (std::size_t m = 0; m < kMonths; ++m)
      out.unexplained.push_back(rows.level_sd > 0 ? rows.monthly_residual[m] / rows.level_sd : 0.0);
  }
  return out;
}

std::vector<double> completed_shares(const Signatures& s) {
  std::vector<double> out = s.share;
  if (s.entities == 0) return out;
  const std::vector<double> mean = column_means(s.share, s.entities);
  const std::size_t groups = s.groups.size();
  for (std::size_t w = 0; w < s.entities; ++w) {
    const std::span<double> row(out.data() + w * groups, groups);
    double absent = 0;
    for (std::size_t g = 0; g < groups; ++g)
      absent += std::isnan(row[g]) && !std::isnan(mean[g]) ? mean[g] : 0.0;
    if (absent == 0) continue;
    const double room = std::min(absent, 0.9);  // means of different entities may sum to more than the whole
    for (std::size_t g = 0; g < groups; ++g)
      row[g] = std::isnan(row[g]) ? mean[g] * room / absent : row[g] * (1 - room);
  }
  return out;
}

Types find_types(const AttributionTable& table, const Signatures& s, const TypesParams& p) {
  const auto needed = static_cast<std::size_t>(std::max(p.types.value_or(p.min_types), 2)) + 1;
  if (s.entities < needed) {
    throw core::InputError(
        {.where = "explain.type_rules",
         .what = fmt::format("{} entities are too few to find {} types or more", s.entities, needed - 1),
         .mend = "Set explain.types: false, or use more entities"});
  }
  Types out;
  std::size_t dimension = 0;
  const std::vector<double> features = features_of(s, p, dimension);
  cluster_entities(stats::Points(features, s.entities, dimension), p, out);
  const auto clusters = static_cast<std::size_t>(out.count);
  out.mean_share = cluster_means(s.share, out.cluster, clusters);
  out.mean_seasonal = cluster_means(s.seasonal, out.cluster, clusters);
  for (std::size_t w = 0; w < s.entities; ++w) {
    TypeEvidence evidence = entity_evidence(table, s, w, p);
    name_type(evidence, s.groups, p);
    out.entities.push_back(std::move(evidence));
  }
  for (std::size_t k = 0; k < clusters; ++k) {
    TypeEvidence evidence = cluster_evidence(out, s, k);
    name_type(evidence, s.groups, p);
    out.clusters.push_back(std::move(evidence));
  }
  return out;
}

std::vector<TypePeriodRow> type_period_table(const AttributionTable& table, std::span<const int> cluster,
                                             std::span<const Period> periods) {
  const std::vector<std::vector<Period>> each(table.entities.size(), {periods.begin(), periods.end()});
  return type_own_period_table(table, cluster, each);
}

std::vector<TypePeriodRow> type_own_period_table(const AttributionTable& table, std::span<const int> cluster,
                                                 std::span<const std::vector<Period>> periods) {
  std::vector<TypePeriodRow> out;
  std::vector<std::size_t> observed;
  std::vector<std::size_t> agreeing;
  std::vector<std::vector<std::size_t>> given;  // [row][driver] occurrences at entities that have it
  const std::size_t drivers = table.drivers.size();
  const std::vector<PeriodAttribution> events = explain_own_periods(table, periods);
  const auto row_of = [&](const PeriodAttribution& event) {
    const int k = cluster[event.event.entity];
    const auto found = std::find_if(out.begin(), out.end(), [&](const TypePeriodRow& r) {
      return r.cluster == k && r.period == event.period;
    });
    if (found != out.end()) return static_cast<std::size_t>(found - out.begin());
    TypePeriodRow row;
    row.cluster = k;
    row.period = event.period;
    row.contributions.assign(drivers, 0.0);
    row.share.assign(drivers, 0.0);
    out.push_back(std::move(row));
    observed.push_back(0);
    agreeing.push_back(0);
    given.emplace_back(drivers, 0);
    return out.size() - 1;
  };
  for (const PeriodAttribution& event : events) {
    const std::size_t r = row_of(event);
    TypePeriodRow& row = out[r];
    ++row.occurrences;
    row.simulated_change += event.event.simulated_change;
    for (std::size_t d = 0; d < drivers; ++d) {
      const double change = event.event.contributions[d];
      if (std::isnan(change)) continue;
      ++given[r][d];
      row.contributions[d] += change;
      row.share[d] += std::abs(change);
    }
    if (std::isnan(event.event.observed_change)) continue;
    ++observed[r];
    row.observed_change += event.event.observed_change;
    if (event.event.observed_change * event.event.simulated_change > 0) ++agreeing[r];
  }
  for (std::size_t r = 0; r < out.size(); ++r) {
    TypePeriodRow& row = out[r];
    const auto n = static_cast<double>(row.occurrences);
    row.simulated_change /= n;
    row.observed_change =
        observed[r] > 0 ? row.observed_change / static_cast<double>(observed[r]) : std::nan("");
    row.sign = row.simulated_change > 0 ? 1 : (row.simulated_change < 0 ? -1 : 0);
    row.sign_agreement =
        observed[r] > 0 ? static_cast<double>(agreeing[r]) / static_cast<double>(observed[r]) : std::nan("");
    double total = 0;
    for (std::size_t d = 0; d < drivers; ++d) {
      const double times = given[r][d] > 0 ? static_cast<double>(given[r][d]) : std::nan("");
      row.contributions[d] /= times;
      row.share[d] /= times;
      total += std::isnan(times) ? 0.0 : row.share[d];
    }
    for (double& v : row.share) v = total > 0 || std::isnan(v) ? v / total : 0.0;
  }
  std::sort(out.begin(), out.end(), [](const TypePeriodRow& a, const TypePeriodRow& b) {
    return a.cluster != b.cluster ? a.cluster < b.cluster : a.period < b.period;
  });
  return out;
}

}  // namespace phreatic::explain

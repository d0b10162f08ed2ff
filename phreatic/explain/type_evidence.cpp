// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/explain/type_evidence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "phreatic/stats/metrics/metrics.hpp"
#include "phreatic/stats/special.hpp"

namespace phreatic::explain {
namespace {

constexpr std::size_t kMonths = 12;

struct RowRange {
  std::size_t first = 0;
  std::size_t end = 0;
};

RowRange range_of(const AttributionTable& table, std::size_t entity) {
  const auto range = std::equal_range(table.entity.begin(), table.entity.end(), entity);
  return {static_cast<std::size_t>(range.first - table.entity.begin()),
          static_cast<std::size_t>(range.second - table.entity.begin())};
}

double deviation(std::span<const double> values) {
  const double mean = stats::mean(values);
  double squares = 0;
  double n = 0;
  for (const double v : values) {
    if (std::isnan(v)) continue;
    squares += (v - mean) * (v - mean);
    n += 1;
  }
  return n > 0 ? std::sqrt(squares / n) : 0.0;
}

// Mean of `values` by calendar month of their rows; 0 in months without a value.
std::array<double, kMonths> by_month(const AttributionTable& table, const RowRange& rows,
                                     std::span<const double> values) {
  std::array<double, kMonths> sum{};
  std::array<double, kMonths> n{};
  for (std::size_t r = rows.first; r < rows.end; ++r) {
    const double v = values[r - rows.first];
    if (std::isnan(v)) continue;
    const auto m = static_cast<std::size_t>(core::month_of(table.time[r]) - 1);
    sum[m] += v;
    n[m] += 1;
  }
  for (std::size_t m = 0; m < kMonths; ++m) sum[m] = n[m] > 0 ? sum[m] / n[m] : 0.0;
  return sum;
}

void centre(std::vector<double>& values) {
  const double mean = stats::mean(values);
  for (double& v : values) v -= mean;
}

// One-sided p-value of mean(values) > 0 by Student's t over years; 1 with fewer than three years.
double one_sided_p(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  if (values.size() < 3) return 1;
  const double mean = stats::mean(values);
  double squares = 0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  const double error = std::sqrt(squares / (n - 1) / n);
  if (error <= 0) return mean > 0 ? 0.0 : 1.0;
  const double t = mean / error;
  const double freedom = n - 1;
  const double tail = 0.5 * stats::beta_i(freedom / 2, 0.5, freedom / (freedom + t * t));
  return t > 0 ? tail : 1 - tail;
}

// Changes of observed - simulated over each pumping season, and from its end to the next one's start, in
// level sd.
void unexplained_changes(const AttributionTable& table, const RowRange& rows, double level_sd,
                         const TypesParams& p, TypeEvidence& out) {
  struct Season {
    double start = NAN;
    double end = NAN;
  };
  std::map<int, Season> seasons;
  for (std::size_t r = rows.first; r < rows.end; ++r) {
    const double residual = table.observed[r] - table.simulated[r];
    const int month = core::month_of(table.time[r]);
    if (std::isnan(residual) || month < p.pumping_first_month || month > p.pumping_last_month) continue;
    Season& season = seasons[core::year_of(table.time[r])];
    if (std::isnan(season.start)) season.start = residual;
    season.end = residual;
  }
  std::vector<double> declines;
  std::vector<double> recoveries;
  const Season* last = nullptr;
  for (const auto& [year, season] : seasons) {
    if (level_sd > 0) declines.push_back((season.start - season.end) / level_sd);
    if (last != nullptr && level_sd > 0) recoveries.push_back((season.start - last->end) / level_sd);
    last = &season;
  }
  out.years = static_cast<int>(declines.size());
  out.unexplained_decline_sd = declines.empty() ? 0.0 : stats::mean(declines);
  out.unexplained_recovery_sd = recoveries.empty() ? 0.0 : stats::mean(recoveries);
  out.decline_p = one_sided_p(declines);
  out.recovery_p = one_sided_p(recoveries);
}

// Falls after peaks of the simulated level: a recession is steep at first. A peak stands half a standard
// deviation or more above the low that follows it, with at least three dates between.
void recessions(const AttributionTable& table, const RowRange& rows, double level_sd, TypeEvidence& out) {
  std::vector<double> ratios;
  const auto level = [&](std::size_t r) { return table.simulated[r]; };
  for (std::size_t r = rows.first + 1; r + 1 < rows.end;) {
    if (!(level(r) > level(r - 1) && level(r) >= level(r + 1))) {
      ++r;
      continue;
    }
    std::size_t low = r + 1;
    while (low + 1 < rows.end && level(low + 1) <= level(low)) ++low;
    if (low - r >= 4 && level(r) - level(low) >= 0.5 * level_sd) {
      const std::size_t middle = r + (low - r) / 2;
      const double second = level(middle) - level(low);
      if (second > 0) ratios.push_back((level(r) - level(middle)) / second);
    }
    r = low;
  }
  out.peaks = static_cast<int>(ratios.size());
  out.recession_ratio = ratios.empty() ? 0.0 : stats::median(ratios);
}

// Sums over the group's drivers that the entity has; empty when it has none (an entity without rows has all).
std::vector<double> sums_of_group(const AttributionTable& table, const RowRange& rows,
                                  std::span<const DriverGroup> group_of_driver, DriverGroup group) {
  std::vector<double> sums(rows.end - rows.first, 0.0);
  bool any = sums.empty();
  for (std::size_t d = 0; d < table.drivers.size(); ++d) {
    if (group_of_driver[d] != group) continue;
    for (std::size_t r = rows.first; r < rows.end; ++r) {
      const double v = table.contribution(r, d);
      if (std::isnan(v)) continue;
      any = true;
      sums[r - rows.first] += v;
    }
  }
  if (!any) sums.clear();
  return sums;
}

bool pumping_leads(const TypeEvidence& e, std::span<const DriverGroup> groups) {
  if (!e.pumping_given) return false;
  std::size_t largest = 0;
  for (std::size_t g = 1; g < groups.size(); ++g) {
    if (std::isnan(e.share[largest]) || e.share[g] > e.share[largest]) largest = g;
  }
  return groups[largest] == DriverGroup::pumping;
}

// The test for entities without a pumping driver.
bool declines_unexplained(const TypeEvidence& e, const TypesParams& p) {
  return !e.pumping_given && e.unexplained_decline_sd >= p.unexplained_decline_sd &&
         e.decline_p < p.significance && e.unexplained_recovery_sd > 0 && e.recovery_p < p.significance;
}

bool shows_recession(const TypeEvidence& e, const TypesParams& p) {
  return e.peaks >= 2 && e.recession_ratio >= p.recession_ratio;
}

double share_of(const TypeEvidence& e, std::span<const DriverGroup> groups, DriverGroup wanted) {
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (groups[g] == wanted && !std::isnan(e.share[g])) return e.share[g];
  }
  return 0;
}

std::string extraction_reason(const TypeEvidence& e, std::span<const DriverGroup> groups) {
  if (e.pumping_given)
    return fmt::format("pumping has the largest share ({:.0f} %)",
                       100 * share_of(e, groups, DriverGroup::pumping));
  if (e.pumping_mixed)
    return fmt::format(
        "in {:.0f} % of the wells pumping has the largest share or, where it is not given, levels fall "
        "over the pumping season and recover after it, which weather does not explain",
        100 * e.extraction_share);
  return fmt::format(
      "levels fall by {:.2f} level sd over the pumping season and recover after it, which weather does "
      "not explain",
      e.unexplained_decline_sd);
}

}  // namespace

WellRows rows_of_well(const AttributionTable& table, std::span<const DriverGroup> group_of_driver,
                      std::span<const DriverGroup> groups, std::size_t entity) {
  const RowRange rows = range_of(table, entity);
  WellRows out;
  const std::span<const double> simulated(table.simulated.data() + rows.first, rows.end - rows.first);
  out.level_sd = deviation(simulated);
  for (const DriverGroup group : groups) {
    std::vector<double> values = sums_of_group(table, rows, group_of_driver, group);
    if (values.empty()) {
      out.mean_absolute.push_back(std::nan(""));
      out.monthly.insert(out.monthly.end(), kMonths, std::nan(""));
      continue;
    }
    centre(values);
    double absolute = 0;
    for (const double v : values)
      absolute += std::abs(v) / static_cast<double>(std::max<std::size_t>(1, values.size()));
    out.mean_absolute.push_back(absolute);
    const auto months = by_month(table, rows, values);
    out.monthly.insert(out.monthly.end(), months.begin(), months.end());
  }
  std::vector<double> residual;
  for (std::size_t r = rows.first; r < rows.end; ++r)
    residual.push_back(table.observed[r] - table.simulated[r]);
  centre(residual);
  const auto months = by_month(table, rows, residual);
  out.monthly_residual.assign(months.begin(), months.end());
  return out;
}

TypeEvidence entity_evidence(const AttributionTable& table, const Signatures& s, std::size_t entity,
                             const TypesParams& p) {
  TypeEvidence out;
  const std::size_t groups = s.groups.size();
  out.share.assign(s.share.begin() + static_cast<std::ptrdiff_t>(entity * groups),
                   s.share.begin() + static_cast<std::ptrdiff_t>((entity + 1) * groups));
  for (std::size_t g = 0; g < groups; ++g)
    out.pumping_given =
        out.pumping_given || (s.groups[g] == DriverGroup::pumping && !std::isnan(out.share[g]));
  const RowRange rows = range_of(table, entity);
  const double level_sd = deviation({table.simulated.data() + rows.first, rows.end - rows.first});
  unexplained_changes(table, rows, level_sd, p, out);
  recessions(table, rows, level_sd, out);
  out.extraction_share = pumping_leads(out, s.groups) || declines_unexplained(out, p) ? 1 : 0;
  out.recession_share = shows_recession(out, p) ? 1 : 0;
  return out;
}

TypeEvidence cluster_evidence(const Types& types, const Signatures& s, std::size_t k) {
  TypeEvidence out;
  const std::size_t groups = s.groups.size();
  out.share.assign(types.mean_share.begin() + static_cast<std::ptrdiff_t>(k * groups),
                   types.mean_share.begin() + static_cast<std::ptrdiff_t>((k + 1) * groups));
  double n = 0;
  double pumped = 0;
  std::vector<double> ratios;
  for (std::size_t w = 0; w < types.entities.size(); ++w) {
    if (types.cluster[w] != static_cast<int>(k)) continue;
    const TypeEvidence& entity = types.entities[w];
    n += 1;
    pumped += entity.pumping_given ? 1 : 0;
    out.unexplained_decline_sd += entity.unexplained_decline_sd;
    out.unexplained_recovery_sd += entity.unexplained_recovery_sd;
    out.extraction_share += entity.extraction_share;
    out.recession_share += entity.recession_share;
    out.years = std::max(out.years, entity.years);
    out.peaks += entity.peaks;
    if (entity.peaks > 0) ratios.push_back(entity.recession_ratio);
  }
  out.pumping_given = n > 0 && pumped == n;
  out.pumping_mixed = pumped > 0 && pumped < n;
  for (double* mean : {&out.unexplained_decline_sd, &out.unexplained_recovery_sd, &out.extraction_share,
                       &out.recession_share})
    *mean /= std::max(1.0, n);
  out.recession_ratio = ratios.empty() ? 0.0 : stats::median(ratios);
  return out;
}

void name_type(TypeEvidence& e, std::span<const DriverGroup> groups, const TypesParams& p) {
  const double evaporation = share_of(e, groups, DriverGroup::evaporation);
  const double precipitation = share_of(e, groups, DriverGroup::precipitation);
  if (pumping_leads(e, groups) || (!e.pumping_given && e.extraction_share > 0.5)) {
    e.type = DynamicsType::extraction;
    e.reason = extraction_reason(e, groups);
  } else if (precipitation < p.least_precipitation_share) {
    e.reason = fmt::format("precipitation has a share of {:.0f} % only (rule: at least {:.0f} %)",
                           100 * precipitation, 100 * p.least_precipitation_share);
  } else if (evaporation >= p.evaporation_share) {
    e.type = DynamicsType::evaporation;
    e.reason = fmt::format("evaporation has a share of {:.0f} % (rule: at least {:.0f} %)", 100 * evaporation,
                           100 * p.evaporation_share);
  } else if (e.recession_share > 0.5) {
    e.type = DynamicsType::runoff;
    e.reason = fmt::format(
        "levels fall after peaks as a recession (first half {:.1f} times the second over {} peaks) and "
        "evaporation has {:.0f} % only",
        e.recession_ratio, e.peaks, 100 * evaporation);
  } else {
    e.reason = fmt::format(
        "evaporation has {:.0f} % (rule: {:.0f} %) and falls after peaks are no recession (ratio {:.1f} over "
        "{} peaks, rule: {:.1f})",
        100 * evaporation, 100 * p.evaporation_share, e.recession_ratio, e.peaks, p.recession_ratio);
  }
}

}  // namespace phreatic::explain

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/scenarios/targets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace phreatic::studies::recharge {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

std::map<std::string, const SiteResponse*> responses(const std::vector<RunResult>& runs) {
  std::map<std::string, const SiteResponse*> out;
  for (const RunResult& run : runs) {
    for (const SiteResponse& site : run.sites) out[site.site] = run.complete ? &site : nullptr;
  }
  return out;
}

std::map<std::string, double> largest_overlaps(const std::vector<RunResult>& runs) {
  std::map<std::string, double> out;
  for (const RunResult& run : runs) {
    for (const Overlap& o : run.overlaps) {
      out[o.a] = std::max(out[o.a], o.share);
      out[o.b] = std::max(out[o.b], o.share);
    }
  }
  return out;
}

const std::vector<std::string>& number_columns() {
  static const std::vector<std::string> names = {
      "s0_m3",           "aquifer_m3",     "water_m3",       "infiltrated_m3",  "normalised",
      "efficiency",      "k_per_day",      "half_life_days", "decay_intercept", "decay_r2",
      "decay_points",    "steady_m3",      "edge_share",     "overlap",         "largest_rise_m",
      "k_early_per_day", "k_late_per_day", "share_early",    "two_phase_r2"};
  return names;
}

// In the order of number_columns().
std::vector<double> row_of(const Site& site, const SiteResponse& r, const Decay& decay, double days,
                           double overlap) {
  const double infiltrated = site.water_m3_per_day() * days;
  const double aquifer = r.aquifer_m3.front();
  const double water = r.water_m3.front();
  return {decay.s0,
          aquifer,
          water,
          infiltrated,
          aquifer / infiltrated,
          water / infiltrated,
          decay.status == DecayStatus::fitted ? decay.k : kMissing,
          decay.half_life_days,
          decay.intercept,
          decay.r2,
          static_cast<double>(decay.points),
          r.steady_m3,
          r.largest_rise_m > 0 ? r.edge_rise_m / r.largest_rise_m : kMissing,
          overlap,
          r.largest_rise_m,
          decay.phases.k_early,
          decay.phases.k_late,
          decay.phases.share_early,
          decay.phases.r2};
}

// Of a model without transient periods: the steady response and its neighbourhood alone.
std::vector<double> steady_row(const SiteResponse& r, double overlap) {
  std::vector<double> out;
  for (const std::string& name : number_columns())
    out.push_back(name == "steady_m3"        ? r.steady_m3
                  : name == "overlap"        ? overlap
                  : name == "largest_rise_m" ? r.largest_rise_m
                  : name == "edge_share"
                      ? (r.largest_rise_m > 0 ? r.edge_rise_m / r.largest_rise_m : kMissing)
                      : kMissing);
  return out;
}

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t shown = 6;
  const auto end = names.begin() + static_cast<std::ptrdiff_t>(std::min(shown, names.size()));
  return fmt::format("{}{}", fmt::join(names.begin(), end, ", "), names.size() > shown ? " ..." : "");
}

}  // namespace

Table targets_table(const std::vector<Site>& sites, const std::vector<RunResult>& runs,
                    const Schedule& schedule, const TargetParams& params) {
  const auto response = responses(runs);
  const auto overlap = largest_overlaps(runs);
  std::vector<double> days;
  for (std::size_t i = 0; i < schedule.instants(); ++i) days.push_back(schedule.day_after_end(i));
  Table table;
  std::vector<std::vector<double>> columns(number_columns().size());
  std::vector<std::string> remarks;
  for (const Site& site : sites) {
    table.ids.push_back(site.id);
    const auto found = response.find(site.id);
    if (found == response.end() || found->second == nullptr) {
      for (auto& column : columns) column.push_back(kMissing);
      remarks.emplace_back("its run failed");
      continue;
    }
    const SiteResponse& r = *found->second;
    if (schedule.steady_only) {
      const auto near = overlap.find(site.id);
      const auto row = steady_row(r, near == overlap.end() ? 0 : near->second);
      for (std::size_t c = 0; c < columns.size(); ++c) columns[c].push_back(row[c]);
      remarks.emplace_back(r.steady_m3 > 0 ? "" : "no rise of the water table");
      continue;
    }
    const Decay decay = fit_decay(days, params.volume == Volume::aquifer ? r.aquifer_m3 : r.water_m3, params);
    const auto near = overlap.find(site.id);
    const auto row = row_of(site, r, decay, schedule.days(), near == overlap.end() ? 0 : near->second);
    for (std::size_t c = 0; c < columns.size(); ++c) columns[c].push_back(row[c]);
    remarks.push_back(remark(decay));
  }
  for (std::size_t c = 0; c < columns.size(); ++c) table.add(number_columns()[c], std::move(columns[c]));
  table.add("remark", std::move(remarks));
  return table;
}

std::vector<std::string> target_remarks(const Table& targets, const std::vector<RunResult>& runs,
                                        const TargetParams& params) {
  std::vector<std::string> out;
  for (const RunResult& run : runs) {
    if (!run.complete)
      out.push_back(fmt::format("run {} failed {} times: {}", run.run + 1, run.attempts, run.message));
  }
  std::vector<std::string> pairs;
  for (const RunResult& run : runs) {
    for (const Overlap& o : run.overlaps) {
      if (o.share > params.overlap)
        pairs.push_back(fmt::format("{} and {} ({:.0f} %)", o.a, o.b, 100 * o.share));
    }
  }
  if (!pairs.empty())
    out.push_back(fmt::format("responses of {} pairs of sites overlap by more than {:g} %: {}", pairs.size(),
                              100 * params.overlap, listed(pairs)));
  std::vector<std::string> edge;
  for (std::size_t i = 0; i < targets.ids.size(); ++i) {
    const double share = targets.numbers("edge_share")[i];
    if (share > params.edge_rise) edge.push_back(fmt::format("{} ({:.0f} %)", targets.ids[i], 100 * share));
  }
  if (!edge.empty())
    out.push_back(
        fmt::format("the rise at the model's edge is more than {:g} % of the largest rise for {} sites: {}",
                    100 * params.edge_rise, edge.size(), listed(edge)));
  std::vector<std::string> more;
  for (std::size_t i = 0; i < targets.ids.size(); ++i) {
    const double efficiency = targets.numbers("efficiency")[i];
    if (efficiency > 1) more.push_back(fmt::format("{} ({:.2f})", targets.ids[i], efficiency));
  }
  if (!more.empty())
    out.push_back(
        fmt::format("{} sites hold more water than flowed in there, their neighbours' with it: {}; ask for a "
                    "wider spacing",
                    more.size(), listed(more)));
  std::map<std::string, std::vector<std::string>> odd;
  for (std::size_t i = 0; i < targets.ids.size(); ++i) {
    const std::string& text = targets.texts("remark")[i];
    if (text.empty() || text == "its run failed") continue;
    const std::string kind = text.find("no exponential") != std::string::npos ? "the tail is no exponential"
                             : text.find("below 0") != std::string::npos      ? "storage falls below 0"
                             : text.find("only") == 0       ? "too few points to fit a decay to"
                             : text.find("no storage") == 0 ? "no storage at the end of recharge"
                                                            : text;
    odd[kind].push_back(targets.ids[i]);
  }
  for (const auto& [kind, sites] : odd)
    out.push_back(fmt::format("{} sites: {} ({})", sites.size(), kind, listed(sites)));
  return out;
}

Table storage_table(const std::vector<Site>& sites, const std::vector<RunResult>& runs,
                    const Schedule& schedule, Volume volume) {
  const auto response = responses(runs);
  Table table;
  table.key = "days_after_end";
  for (std::size_t i = 0; i < schedule.instants(); ++i)
    table.ids.push_back(fmt::format("{:g}", schedule.day_after_end(i)));
  for (const Site& site : sites) {
    const auto found = response.find(site.id);
    const bool there = found != response.end() && found->second != nullptr;
    const auto& series = !there                      ? std::vector<double>(schedule.instants(), kMissing)
                         : volume == Volume::aquifer ? found->second->aquifer_m3
                                                     : found->second->water_m3;
    table.add(site.id, series);
  }
  return table;
}

}  // namespace phreatic::studies::recharge

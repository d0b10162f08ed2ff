// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/simulate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files.hpp"
#include "phreatic/core/parallel.hpp"

namespace phreatic::studies::recharge {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

flow::PackageValues recharge_values(const Ground& ground, const std::vector<Site>& sites) {
  flow::PackageValues values;
  for (const Site& site : sites) {
    for (std::size_t r = site.row; r < site.row + site.rows; ++r) {
      for (std::size_t c = site.column; c < site.column + site.columns; ++c) {
        values.cell.push_back(ground.top_cell(r * ground.columns() + c));
        values.values.push_back(1e-3 * site.rate_mm_per_day);
      }
    }
  }
  return values;
}

// Rise at an instant, [places]; 0 where a run has no water table.
std::vector<double> rise(const ColumnSeries& with, const ColumnSeries& without, std::size_t instant,
                         std::size_t places) {
  std::vector<double> out(places);
  for (std::size_t place = 0; place < places; ++place) {
    const double d = with.head_m[instant * places + place] - without.head_m[instant * places + place];
    out[place] = std::isnan(d) ? 0 : d;
  }
  return out;
}

bool at_edge(const Ground& ground, std::size_t place) {
  const std::size_t r = place / ground.columns();
  const std::size_t c = place % ground.columns();
  if (r == 0 || c == 0 || r + 1 == ground.rows() || c + 1 == ground.columns()) return true;
  return !ground.exists[place - 1] || !ground.exists[place + 1] || !ground.exists[place - ground.columns()] ||
         !ground.exists[place + ground.columns()];
}

void add_volumes(const Ground& ground, const Baseline& baseline, const ColumnSeries& with,
                 const std::vector<std::size_t>& owner, RunResult& result) {
  const std::size_t places = ground.places();
  for (std::size_t i = 0; i < ground.schedule.instants(); ++i) {
    for (SiteResponse& site : result.sites) {
      site.aquifer_m3.push_back(0);
      site.water_m3.push_back(0);
    }
    const std::vector<double> rises = rise(with, baseline.series, i, places);
    for (std::size_t place = 0; place < places; ++place) {
      if (!ground.exists[place]) continue;
      SiteResponse& site = result.sites[owner[place]];
      site.aquifer_m3.back() += rises[place] * ground.cell_area();
      site.water_m3.back() +=
          (with.water_m[i * places + place] - baseline.series.water_m[i * places + place]) *
          ground.cell_area();
      if (i > 0) continue;
      site.largest_rise_m = std::max(site.largest_rise_m, rises[place]);
      if (at_edge(ground, place)) site.edge_rise_m = std::max(site.edge_rise_m, rises[place]);
    }
  }
}

// Sums of rise x length x leakage factor on the borders between neighbourhoods, at the end of recharge.
void add_overlaps(const Ground& ground, const std::vector<double>& rises,
                  const std::vector<std::size_t>& owner, const std::vector<double>& leakage_m,
                  RunResult& result) {
  std::map<std::pair<std::size_t, std::size_t>, double> border;
  const auto meet = [&](std::size_t p, std::size_t q, double length) {
    if (!ground.exists[p] || !ground.exists[q] || owner[p] == owner[q]) return;
    const double factor =
        std::isnan(leakage_m[p]) ? 0.5 * (ground.cell_width() + ground.cell_height()) : leakage_m[p];
    // Half of the rise on the border is each site's own.
    border[std::minmax(owner[p], owner[q])] +=
        0.5 * std::max(0.0, 0.5 * (rises[p] + rises[q])) * length * factor;
  };
  for (std::size_t place = 0; place < ground.places(); ++place) {
    if (place % ground.columns() + 1 < ground.columns()) meet(place, place + 1, ground.cell_height());
    if (place + ground.columns() < ground.places())
      meet(place, place + ground.columns(), ground.cell_width());
  }
  for (const auto& [pair, volume] : border) {
    const SiteResponse& a = result.sites[pair.first];
    const SiteResponse& b = result.sites[pair.second];
    const double smaller = std::min(a.aquifer_m3.front(), b.aquifer_m3.front());
    result.overlaps.push_back({a.site, b.site, smaller > 0 ? volume / smaller : kMissing});
  }
}

RunOutcome run_once(const Ground& ground, const Baseline& baseline, const std::vector<Site>& sites,
                    const flow::EngineOptions& options) {
  flow::Model model = ground.model;
  model.packages.push_back(extra_recharge(ground, sites, false));
  flow::Simulation simulation(std::move(model), options);
  if (baseline.restarts) {
    simulation.restore(baseline.start);
  } else {
    for (std::size_t s = 0; s < ground.schedule.first; ++s) simulation.advance();
  }
  return follow(simulation, ground);
}

// Steady response of the sites, added to the result; NaN when the run fails.
void add_steady(const Ground& ground, const Baseline& baseline, const std::vector<Site>& sites,
                const std::vector<std::size_t>& owner, RunResult& result) {
  flow::Model model = ground.model;
  model.periods.resize(1);
  model.start_heads = baseline.steady_heads;
  model.packages.push_back(extra_recharge(ground, sites, true));
  flow::Simulation simulation(std::move(model), kScenarioEngine);
  const bool converged = simulation.advance().status == flow::StepStatus::converged;
  for (SiteResponse& site : result.sites) site.steady_m3 = converged ? 0 : kMissing;
  for (std::size_t place = 0; converged && place < ground.places(); ++place) {
    const flow::CellIndex with = ground.top_cell(place, simulation.heads());
    const flow::CellIndex without = ground.top_cell(place, baseline.steady_heads);
    if (with == flow::kNoCell || without == flow::kNoCell) continue;
    result.sites[owner[place]].steady_m3 +=
        ground.cell_area() * (simulation.heads()[static_cast<std::size_t>(with)] -
                              baseline.steady_heads[static_cast<std::size_t>(without)]);
  }
}

}  // namespace

flow::Package extra_recharge(const Ground& ground, const std::vector<Site>& sites, bool steady) {
  flow::Package package;
  package.kind = flow::PackageKind::rch;
  package.name = "RCH_SITES";
  const Schedule schedule = ground.schedule;
  package.provider = [values = recharge_values(ground, sites), schedule, steady, given = -1](
                         const flow::StepTime& time, flow::PackageValues& out) mutable {
    const int flows = steady || schedule.has_recharge(time.index) ? 1 : 0;
    if (flows == given) return flow::Change::none;
    given = flows;
    out = flows == 1 ? values : flow::PackageValues{};
    return flow::Change::cells;
  };
  return package;
}

std::vector<std::size_t> neighbourhoods(const Ground& ground, const std::vector<Site>& sites) {
  std::vector<std::size_t> owner(ground.places(), 0);
  for (std::size_t place = 0; place < ground.places(); ++place) {
    const double y = (static_cast<double>(place / ground.columns()) + 0.5) * ground.cell_height();
    const double x = (static_cast<double>(place % ground.columns()) + 0.5) * ground.cell_width();
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t s = 0; s < sites.size(); ++s) {
      const double dy = y - (static_cast<double>(sites[s].row) + 0.5 * static_cast<double>(sites[s].rows)) *
                                ground.cell_height();
      const double dx =
          x - (static_cast<double>(sites[s].column) + 0.5 * static_cast<double>(sites[s].columns)) *
                  ground.cell_width();
      if (dx * dx + dy * dy >= least) continue;
      least = dx * dx + dy * dy;
      owner[place] = s;
    }
  }
  return owner;
}

RunResult simulate_run(const Ground& ground, const Baseline& baseline, const std::vector<Site>& sites,
                       const std::vector<double>& leakage_m, bool steady) {
  PHREATIC_ASSERT(!sites.empty());
  RunResult result;
  result.run = sites.front().run;
  for (const Site& site : sites) {
    result.sites.push_back({site.id, {}, {}, 0, 0, kMissing});
  }
  RunOutcome outcome = run_once(ground, baseline, sites, kScenarioEngine);
  if (!outcome.complete) {
    ++result.attempts;
    outcome = run_once(ground, baseline, sites, kRetryEngine);
  }
  result.complete = outcome.complete;
  result.not_converged = outcome.not_converged;
  result.message = outcome.message;
  if (!outcome.complete) return result;
  const std::vector<std::size_t> owner = neighbourhoods(ground, sites);
  add_volumes(ground, baseline, outcome.series, owner, result);
  add_overlaps(ground, rise(outcome.series, baseline.series, 0, ground.places()), owner, leakage_m, result);
  if (steady && !baseline.steady_heads.empty()) add_steady(ground, baseline, sites, owner, result);
  return result;
}

std::vector<RunResult> simulate_all(const Ground& ground, const Baseline& baseline,
                                    const std::vector<Site>& sites, const std::vector<double>& leakage_m,
                                    bool steady, const std::string& fingerprint,
                                    const std::filesystem::path& folder, core::Context& context) {
  core::make_folder(folder);
  std::map<int, std::vector<Site>> runs;
  for (const Site& site : sites) runs[site.run].push_back(site);
  std::vector<const std::vector<Site>*> order;
  for (const auto& [run, members] : runs) order.push_back(&members);
  std::vector<RunResult> results(order.size());
  core::Progress progress("scenarios", order.size(), "runs", context.show_progress);
  std::mutex shown;
  core::parallel_for(order.size(), [&](std::size_t i) {
    core::throw_if_interrupted();
    const auto file = result_file(folder, order[i]->front().run);
    if (!std::filesystem::exists(file) || !read_result(file, fingerprint, results[i]) ||
        !results[i].complete) {
      results[i] = simulate_run(ground, baseline, *order[i], leakage_m, steady);
      core::write_file_atomic(file, to_json(results[i], fingerprint));
    }
    const std::lock_guard<std::mutex> lock(shown);
    progress.advance();
  });
  for (const RunResult& result : results) {
    if (!result.complete)
      context.log.warn(fmt::format("run {} failed {} times: {}; its {} sites have no response",
                                   result.run + 1, result.attempts, result.message, result.sites.size()));
  }
  return results;
}

std::filesystem::path result_file(const std::filesystem::path& folder, int run) {
  return folder / fmt::format("run_{:04}.json", run + 1);
}

}  // namespace phreatic::studies::recharge

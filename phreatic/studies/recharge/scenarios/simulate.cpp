// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/scenarios/simulate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/flow/ensemble/ensemble.hpp"
#include "phreatic/studies/recharge/scenarios/mf6_engine.hpp"
#include "phreatic/studies/recharge/scenarios/scenario_model.hpp"

namespace phreatic::studies::recharge {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

bool at_edge(const Ground& ground, std::size_t place) {
  const std::size_t r = place / ground.columns();
  const std::size_t c = place % ground.columns();
  if (r == 0 || c == 0 || r + 1 == ground.rows() || c + 1 == ground.columns()) return true;
  return !ground.exists[place - 1] || !ground.exists[place + 1] || !ground.exists[place - ground.columns()] ||
         !ground.exists[place + ground.columns()];
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

void add_largest_rises(const Ground& ground, const std::vector<double>& rises,
                       const std::vector<std::size_t>& owner, RunResult& result) {
  for (std::size_t place = 0; place < ground.places(); ++place) {
    if (!ground.exists[place]) continue;
    SiteResponse& site = result.sites[owner[place]];
    site.largest_rise_m = std::max(site.largest_rise_m, rises[place]);
    if (at_edge(ground, place)) site.edge_rise_m = std::max(site.edge_rise_m, rises[place]);
  }
}

// The rises of a site; a scenario of one site has those of the whole model.
const flow::Rise& rise_of(const flow::ScenarioResult& scenario, std::size_t site) {
  return scenario.sites.empty() ? scenario.rise : scenario.sites[site];
}

// Storage at the instants of the schedule.
void add_volumes(const Ground& ground, const flow::ScenarioResult& scenario, std::size_t first_step,
                 RunResult& result) {
  for (std::size_t s = 0; s < result.sites.size(); ++s) {
    const flow::Rise& rise = rise_of(scenario, s);
    for (std::size_t i = 0; i < ground.schedule.instants(); ++i) {
      const std::size_t step = ground.schedule.end - 1 + i - first_step;
      result.sites[s].aquifer_m3.push_back(rise.volume[step]);
      result.sites[s].water_m3.push_back(rise.water[step]);
    }
  }
}

flow::EnsembleParams ensemble_params(std::vector<double> dates) {
  return {.dates = std::move(dates), .lanes = kLanes, .memory_mb = 0, .engine = kScenarioEngine};
}

std::vector<flow::Scenario> scenarios_of(const Ground& ground, const std::vector<std::vector<Site>>& runs,
                                         double first, double last) {
  std::vector<flow::Scenario> out;
  for (const std::vector<Site>& sites : runs)
    out.push_back(scenario_of(ground, sites, fmt::format("run {}", sites.front().run + 1), first, last));
  return out;
}

using RunMaps = std::vector<std::vector<std::vector<double>>>;  // [runs][bands][places]

// Steady responses, added to the results; NaN where a run fails. Their rises are the last band of `maps`.
void add_steady(const Ground& ground, const Baseline& baseline, const std::vector<std::vector<Site>>& runs,
                core::Context& context, std::vector<RunResult>& results, RunMaps& maps) {
  const flow::Model model = steady_model(ground, baseline);
  const auto done = flow::run_ensemble(
      model, scenarios_of(ground, runs, 0, 1e300), ensemble_params({}), context,
      [&](const flow::ScenarioHeads& at) { maps[at.scenario].push_back(at.table_rise()); });
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const flow::ScenarioResult& scenario = done.scenarios[r];
    for (std::size_t s = 0; s < runs[r].size() && scenario.status == flow::ScenarioStatus::done; ++s)
      results[r].sites[s].steady_m3 = rise_of(scenario, s).volume.back();
  }
}

void say_once(const std::vector<std::string>& notes, core::Context& context) {
  for (const std::string& note : notes) context.log.info(note);
}

}  // namespace

void add_rises(const Ground& ground, const std::vector<double>& rises, const std::vector<std::size_t>& owner,
               const std::vector<double>& leakage_m, RunResult& result) {
  add_largest_rises(ground, rises, owner, result);
  add_overlaps(ground, rises, owner, leakage_m, result);
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

std::vector<RunResult> simulate_runs(const Ground& ground, const Baseline& baseline,
                                     const std::vector<std::vector<Site>>& runs,
                                     const std::vector<double>& leakage_m, const Measures& measures,
                                     core::Context& context) {
  std::vector<RunResult> results;
  std::vector<std::vector<std::size_t>> owners;
  for (const std::vector<Site>& sites : runs) {
    PHREATIC_ASSERT(!sites.empty());
    RunResult result;
    result.run = sites.front().run;
    for (const Site& site : sites) result.sites.push_back({site.id, {}, {}, 0, 0, kMissing});
    results.push_back(std::move(result));
    owners.push_back(neighbourhoods(ground, sites));
  }
  const WindowModel window = window_model(ground, baseline);
  const double first = window.time_of(ground.schedule.start_day());
  const double last = window.time_of(ground.schedule.end_day());
  core::Log quiet(true);
  core::Context silent{quiet, false};
  RunMaps maps(runs.size());
  std::vector<double> dates = {last};
  if (measures.rises) {
    dates.clear();
    for (const std::size_t i : rise_instants(ground.schedule))
      dates.push_back(window.time_of(ground.schedule.steps[ground.schedule.end - 1 + i].end));
  }
  const auto done = flow::run_ensemble(
      window.model, scenarios_of(ground, runs, first, last), ensemble_params(dates), silent,
      [&](const flow::ScenarioHeads& at) { maps[at.scenario].push_back(at.table_rise()); });
  say_once(done.notes, context);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const flow::ScenarioResult& scenario = done.scenarios[r];
    results[r].complete = scenario.status == flow::ScenarioStatus::done;
    results[r].attempts = scenario.message.empty() ? 1 : 2;
    results[r].message = scenario.message;
    if (!results[r].complete) continue;
    add_volumes(ground, scenario, window.first_step, results[r]);
    add_rises(ground, maps[r].front(), owners[r], leakage_m, results[r]);
  }
  if (ground.steady_only()) {
    for (RunResult& result : results) {
      for (SiteResponse& site : result.sites)
        site.steady_m3 = result.complete ? site.aquifer_m3.front() : kMissing;
    }
  } else if (measures.steady && !baseline.steady_heads.empty())
    add_steady(ground, baseline, runs, silent, results, maps);
  for (std::size_t r = 0; r < runs.size() && measures.rises; ++r) {
    if (results[r].complete) results[r].rises = cut_rises(ground, runs[r], owners[r], maps[r]);
  }
  return results;
}

RunResult simulate_run(const Ground& ground, const Baseline& baseline, const std::vector<Site>& sites,
                       const std::vector<double>& leakage_m, const Measures& measures,
                       core::Context& context) {
  return simulate_runs(ground, baseline, {sites}, leakage_m, measures, context).front();
}

std::vector<RunResult> simulate_all(const Ground& ground, const Baseline& baseline,
                                    const std::vector<Site>& sites, const std::vector<double>& leakage_m,
                                    const Measures& measures, const std::string& fingerprint,
                                    const std::filesystem::path& folder, core::Context& context,
                                    const std::string& mf6) {
  core::make_folder(folder);
  std::map<int, std::vector<Site>> runs;
  for (const Site& site : sites) runs[site.run].push_back(site);
  std::vector<RunResult> results;
  std::vector<std::size_t> missing;  // indices into results
  std::vector<std::vector<Site>> wanted;
  for (const auto& [run, members] : runs) {
    const auto file = result_file(folder, run);
    results.emplace_back();
    if (std::filesystem::exists(file) && read_result(file, fingerprint, results.back()) &&
        results.back().complete && (!measures.rises || std::filesystem::exists(rises_file(folder, run))))
      continue;
    missing.push_back(results.size() - 1);
    wanted.push_back(members);
  }
  core::Progress progress("scenarios", results.size(), "runs", context.show_progress);
  progress.advance(results.size() - missing.size());
  for (std::size_t first = 0; first < wanted.size(); first += kLanes) {
    core::throw_if_interrupted();
    const std::size_t last = std::min(wanted.size(), first + kLanes);
    const std::vector<std::vector<Site>> members(wanted.begin() + static_cast<std::ptrdiff_t>(first),
                                                 wanted.begin() + static_cast<std::ptrdiff_t>(last));
    const auto block = mf6.empty() ? simulate_runs(ground, baseline, members, leakage_m, measures, context)
                                   : simulate_runs_mf6(ground, baseline, members, leakage_m, measures, mf6,
                                                       folder / "mf6", context);
    for (std::size_t i = first; i < last; ++i) {
      results[missing[i]] = block[i - first];
      if (measures.rises && block[i - first].complete)
        write_rises(rises_file(folder, block[i - first].run), block[i - first].rises);
      results[missing[i]].rises.clear();  // they are in the file
      core::write_file_atomic(result_file(folder, block[i - first].run),
                              to_json(block[i - first], fingerprint));
    }
    progress.advance(last - first);
  }
  for (const RunResult& result : results) {
    if (!result.complete)
      context.log.warn(fmt::format("run {} failed: {}; its {} sites have no response", result.run + 1,
                                   result.message, result.sites.size()));
  }
  return results;
}

std::filesystem::path result_file(const std::filesystem::path& folder, int run) {
  return folder / fmt::format("run_{:04}.json", run + 1);
}

}  // namespace phreatic::studies::recharge

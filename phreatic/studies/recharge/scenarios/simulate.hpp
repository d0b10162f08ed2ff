// SPDX-License-Identifier: BSD-3-Clause
// Scenario runs: the model with the extra recharge of a run's sites, compared with the baseline site by site. Every
// run leaves a small file; what is there is not computed again.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/studies/recharge/scenarios/rises.hpp"
#include "phreatic/studies/recharge/scenarios/sites/sites.hpp"
#include "phreatic/studies/recharge/surrogates/baseline.hpp"

namespace phreatic::studies::recharge {

// Response of one site over its neighbourhood: the cells that are nearer to it than to any other site of its run.
struct SiteResponse {
  std::string site;
  std::vector<double> aquifer_m3;  // [instants] rise of the water table x area of cells
  std::vector<double> water_m3;    // [instants] water that is in storage more than in the baseline
  double largest_rise_m = 0;       // at the end of recharge
  double edge_rise_m = 0;          // largest rise in cells at the edge of the model
  double steady_m3 = 0;            // aquifer volume of the steady response; NaN where not simulated
};

// Water of two sites of a run that mixes: rise on their common border x its length x leakage factor, as part of
// the smaller S0. That is what lies beyond the border where rises fall exponentially with the leakage factor.
struct Overlap {
  std::string a, b;
  double share = 0;
};

struct RunResult {
  int run = 0;
  bool complete = false;
  int attempts = 1;
  std::size_t not_converged = 0;
  std::string message;
  std::vector<SiteResponse> sites;
  std::vector<Overlap> overlaps;
  // By Measures::rises only: bands of rise_instants(), then the steady one where it was simulated. In a file of their own.
  std::vector<SiteRises> rises;
};

// What is measured beside storage.
struct Measures {
  bool steady = false;  // the steady response, where the baseline has one
  bool rises = false;   // maps of the rise around every site
};

// What is known from the rises at the end of recharge [places]: largest ones, those at the edge, overlaps.
void add_rises(const Ground& ground, const std::vector<double>& rises, const std::vector<std::size_t>& owner,
               const std::vector<double>& leakage_m, RunResult& result);

// Runs that are simulated together, and leave their files together.
inline constexpr int kLanes = 16;

// Which of the sites each cell belongs to (nearest centre), [places].
std::vector<std::size_t> neighbourhoods(const Ground& ground, const std::vector<Site>& sites);

// Simulates runs beside the baseline in lanes (flow/ensemble), from the start of recharge on. A step that does not
// converge is tried again with smaller ones. Failures are in the results, never thrown.
std::vector<RunResult> simulate_runs(const Ground& ground, const Baseline& baseline,
                                     const std::vector<std::vector<Site>>& runs,
                                     const std::vector<double>& leakage_m, const Measures& measures,
                                     core::Context& context);
RunResult simulate_run(const Ground& ground, const Baseline& baseline, const std::vector<Site>& sites,
                       const std::vector<double>& leakage_m, const Measures& measures,
                       core::Context& context);

// Runs that have no valid result in `folder` (run_0001.json ...), and writes them there. `fingerprint` says what the
// results depend on; files with another one are made anew. Failed runs are tried again by every call. mf6: the
// MODFLOW 6 executable that runs them (mf6_engine.hpp); empty: the embedded engine.
std::vector<RunResult> simulate_all(const Ground& ground, const Baseline& baseline,
                                    const std::vector<Site>& sites, const std::vector<double>& leakage_m,
                                    const Measures& measures, const std::string& fingerprint,
                                    const std::filesystem::path& folder, core::Context& context,
                                    const std::string& mf6 = "");

std::string to_json(const RunResult& result, const std::string& fingerprint);
// Throws InputError for a file that is no result; an empty fingerprint takes any.
bool read_result(const std::filesystem::path& file, const std::string& fingerprint, RunResult& result);
std::filesystem::path result_file(const std::filesystem::path& folder, int run);

}  // namespace phreatic::studies::recharge

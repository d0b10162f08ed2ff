// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/decision/infill.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "phreatic/core/errors.hpp"
#include "phreatic/studies/recharge/scenarios/targets.hpp"
#include "phreatic/studies/recharge/surrogates/samples.hpp"

namespace phreatic::studies::recharge {
namespace {

// Rows of `more` below those of `table`, column by column of `table`.
void append_rows(Table& table, const Table& more) {
  for (TableColumn& column : table.columns) {
    for (const TableColumn& from : more.columns) {
      if (from.name != column.name) continue;
      column.numbers.insert(column.numbers.end(), from.numbers.begin(), from.numbers.end());
      column.texts.insert(column.texts.end(), from.texts.begin(), from.texts.end());
    }
  }
  table.ids.insert(table.ids.end(), more.ids.begin(), more.ids.end());
}

// The same inputs of the plan's sites, in the columns of the training sites.
Table features_of(const InfillInput& in, const std::vector<Site>& sites, const Table& like) {
  Table all = site_features(in.ground, sites, in.maps);
  if (like.has(kAdjointResponse)) {
    std::erase_if(all.columns, [](const TableColumn& c) { return c.name.rfind("adjoint_", 0) == 0; });
    std::size_t filled = 0;
    add_adjoint_columns(all, in.adjoint, in.ground, sites, in.targets, filled);
  }
  return all;
}

TrainedModel fitted_again(const TrainedModel& model, const Table& features, const Table& targets,
                          std::uint64_t seed) {
  TrainedModel out = model;
  const TargetSamples all = samples_of(features, targets, model.target, model.left_out);
  out.model = fit_surrogate(model.name, all.samples, {seed, model.trees});
  return out;
}

InfillRound summary(const std::vector<Site>& sites, const ScanMaps& maps, const RunResult& run,
                    const Ground& ground, const TargetParams& targets) {
  InfillRound out;
  for (std::size_t i = 0; i < sites.size() && run.complete; ++i) {
    out.promised_m3 += maps.s0_m3[sites[i].centre_row() * ground.columns() + sites[i].centre_column()];
    out.held_m3 +=
        (targets.volume == Volume::aquifer ? run.sites[i].aquifer_m3 : run.sites[i].water_m3).front();
  }
  out.sites = sites.size();
  return out;
}

}  // namespace

InfillResult plan_by_rounds(const InfillInput& in, const ScanMaps& first, Table features, Table targets,
                            core::Context& context) {
  TrainedModel response = in.models.response();
  const TrainedModel* const kept = in.models.decay();
  std::optional<TrainedModel> decay = kept == nullptr ? std::nullopt : std::optional(*kept);
  InfillResult out;
  out.maps = first;
  for (int round = 0; round < in.plan.rounds; ++round) {
    core::throw_if_interrupted();
    if (round > 0)
      out.maps = scan(in.ground, in.maps, features, response, decay ? &*decay : nullptr, in.scan);
    out.counted = {};
    out.ranked = rank_cells(in.ground, out.maps, in.baseline.wet_depth_m, in.places, in.exclude, in.scan,
                            in.plan, in.seed, out.counted);
    out.sites = greedy_plan(in.ground, out.ranked, out.maps, in.gaps_m, in.scan, in.plan);
    out.run = {};
    if (out.sites.empty()) break;
    out.run = simulate_run(in.ground, in.baseline, out.sites, in.leakage_m, {}, context);
    out.rounds.push_back(summary(out.sites, out.maps, out.run, in.ground, in.targets));
    if (!out.run.complete || !response.fitted() || (decay && !decay->fitted())) break;
    if (round + 1 == in.plan.rounds) break;
    std::vector<Site> named = out.sites;
    for (std::size_t i = 0; i < named.size(); ++i) {
      named[i].id = fmt::format("round {} {}", round + 1, named[i].id);
      out.run.sites[i].site = named[i].id;
      named[i].run = 0;
    }
    append_rows(features, features_of(in, named, features));
    append_rows(targets, targets_table(named, {out.run}, in.ground.schedule, in.targets));
    response = fitted_again(response, features, targets, in.seed);
    if (decay) decay = fitted_again(*decay, features, targets, in.seed);
  }
  return out;
}

}  // namespace phreatic::studies::recharge

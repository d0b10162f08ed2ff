// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/scenarios/adjoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "phreatic/core/files/files.hpp"
#include "phreatic/data/grid/grid_file.hpp"
#include "phreatic/data/io/geotiff.hpp"
#include "phreatic/flow/adjoint/storage_response.hpp"
#include "phreatic/studies/recharge/scenarios/decay.hpp"
#include "phreatic/studies/recharge/scenarios/scenario_model.hpp"

namespace phreatic::studies::recharge {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// Instants of the schedule, the first and last among them, spread evenly.
std::vector<std::size_t> chosen_instants(const Schedule& schedule, int dates) {
  const std::size_t all = schedule.instants();
  const std::size_t n = std::min(all, static_cast<std::size_t>(std::max(2, dates)));
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(n > 1 ? i * (all - 1) / (n - 1) : 0);
  return out;
}

// Volume of saturated aquifer: heads of the highest wet cells times area, at the end of a step.
flow::Measure volume_of_aquifer(const Ground& ground, const flow::Trajectory& run, int step) {
  flow::Measure measure;
  measure.name = fmt::format("aquifer volume after step {}", step + 1);
  std::vector<double> buffer;
  const std::vector<double>& heads = run.heads(static_cast<std::size_t>(step) + 1, buffer);
  for (std::size_t place = 0; place < ground.places(); ++place) {
    const flow::CellIndex top = ground.top_cell(place, heads);
    if (top != flow::kNoCell) measure.heads.push_back({step, top, ground.cell_area()});
  }
  return measure;
}

flow::SweepParams sweep_params(const Ground& ground, const WindowModel& window, const flow::Trajectory& run,
                               const std::vector<std::size_t>& instants, const AdjointParams& p,
                               const TargetParams& targets) {
  flow::SweepParams out;
  out.tolerance = p.tolerance;
  out.wanted.recharge = true;
  for (std::size_t k = 0; k < run.steps(); ++k) {
    const std::size_t step = window.first_step + k;
    out.group_of_step.push_back(step >= ground.schedule.first && step < ground.schedule.end ? 0 : -1);
  }
  for (const std::size_t i : instants) {
    const auto step = static_cast<int>(ground.schedule.end - 1 + i - window.first_step);
    out.measures.push_back(targets.volume == Volume::aquifer
                               ? volume_of_aquifer(ground, run, step)
                               : flow::storage_measure(fmt::format("water after step {}", step + 1), step));
  }
  return out;
}

// Series of a block of cells: mean over its cells of what a m3 in each leaves.
std::vector<double> series_of(const AdjointMaps& maps, const Ground& ground, std::size_t row,
                              std::size_t column, const Extent& extent) {
  std::vector<double> sum(maps.days.size(), 0.0);
  std::size_t n = 0;
  for (std::size_t r = row; r < std::min(row + extent.rows, ground.rows()); ++r) {
    for (std::size_t c = column; c < std::min(column + extent.columns, ground.columns()); ++c) {
      const std::size_t place = r * ground.columns() + c;
      if (!ground.exists[place]) continue;
      ++n;
      for (std::size_t d = 0; d < sum.size(); ++d) sum[d] += maps.stored[d][place];
    }
  }
  for (double& v : sum) v = n > 0 ? v / static_cast<double>(n) : kMissing;
  return sum;
}

// NaN become the smallest value; returns how many.
std::size_t fill(std::vector<double>& values, const std::vector<bool>& wanted) {
  double least = std::numeric_limits<double>::infinity();
  for (const double v : values) least = std::isnan(v) ? least : std::min(least, v);
  std::size_t filled = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isnan(values[i]) || (!wanted.empty() && !wanted[i])) continue;
    values[i] = std::isfinite(least) ? least : 0.0;
    ++filled;
  }
  return filled;
}

void write_map(const Ground& ground, const std::filesystem::path& file, const std::string& name,
               const std::string& unit, const std::string& about, const std::vector<double>& values) {
  data::io::write_geotiff(file,
                          {.grid = ground.geo, .bands = {name}, .unit = unit, .about = {{"quantity", about}}},
                          [&](data::io::RasterWriter& writer) {
                            writer.put(0, {0, 0, ground.geo.width, ground.geo.height}, values);
                          });
}

}  // namespace

AdjointMaps adjoint_maps(const Ground& ground, const Baseline& baseline, const AdjointParams& params,
                         const TargetParams& targets, core::Context& context) {
  AdjointMaps out;
  WindowModel window = window_model(ground, baseline);
  const auto instants = chosen_instants(ground.schedule, params.dates);
  flow::AdjointResult result;
  try {
    const flow::Trajectory run = flow::record_run(window.model, kScenarioEngine, {});
    core::throw_if_interrupted();
    result = flow::sweep(run, sweep_params(ground, window, run, instants, params, targets));
  } catch (const core::InputError& error) {
    out.trouble = error.what();
    context.log.warn("no maps by adjoint: " + out.trouble);
    return out;
  }
  out.notes = result.notes;
  if (result.systems_not_solved > 0)
    out.notes.push_back(fmt::format("{} of {} linear systems of the adjoint stayed above its tolerance",
                                    result.systems_not_solved, result.systems));
  const double days = ground.schedule.days();
  for (std::size_t i = 0; i < instants.size(); ++i) {
    out.days.push_back(ground.schedule.day_after_end(instants[i]));
    std::vector<double> stored(ground.places(), kMissing);
    const std::vector<double>& by_rate = result.measures[i].recharge.front();
    for (std::size_t place = 0; place < ground.places(); ++place) {
      if (ground.exists[place])
        stored[place] = by_rate[place] * ground.model_days / (ground.cell_area() * days);
    }
    out.stored.push_back(std::move(stored));
  }
  return out;
}

AdjointValue adjoint_value(const AdjointMaps& maps, const Ground& ground, std::size_t row, std::size_t column,
                           const Extent& extent, const TargetParams& targets) {
  const std::vector<double> series = series_of(maps, ground, row, column, extent);
  AdjointValue out{kMissing, kMissing};
  if (!(series.front() > 0)) return out;
  out.response = std::log10(series.front());
  TargetParams p = targets;
  p.fewest_points = std::min(p.fewest_points, static_cast<int>(series.size()));
  const Decay decay = fit_decay(maps.days, series, p);
  if (decay.status == DecayStatus::fitted) out.decay = std::log10(decay.k);
  return out;
}

void add_adjoint_columns(Table& features, const AdjointMaps& maps, const Ground& ground,
                         const std::vector<Site>& sites, const TargetParams& targets, std::size_t& filled) {
  std::vector<double> response, decay;
  for (const Site& site : sites) {
    const AdjointValue value =
        adjoint_value(maps, ground, site.row, site.column, {site.rows, site.columns}, targets);
    response.push_back(value.response);
    decay.push_back(value.decay);
  }
  filled = fill(response, {});
  features.add(kAdjointResponse, std::move(response));
  if (maps.steady()) return;
  filled += fill(decay, {});
  features.add(kAdjointDecay, std::move(decay));
}

std::vector<FeatureMap> adjoint_feature_maps(const AdjointMaps& maps, const Ground& ground,
                                             const Extent& extent, const TargetParams& targets) {
  std::vector<double> response(ground.places(), kMissing);
  std::vector<double> decay(ground.places(), kMissing);
  for (std::size_t place = 0; place < ground.places(); ++place) {
    if (!ground.exists[place]) continue;
    const std::size_t row = place / ground.columns();
    const std::size_t column = place % ground.columns();
    const AdjointValue value = adjoint_value(maps, ground, row - std::min(row, extent.rows / 2),
                                             column - std::min(column, extent.columns / 2), extent, targets);
    response[place] = value.response;
    decay[place] = value.decay;
  }
  fill(response, ground.exists);
  fill(decay, ground.exists);
  std::vector<FeatureMap> out = {{kAdjointResponse, "Response by the adjoint",
                                  maps.steady() ? "log10 m3 per m3/d" : "log10 m3 per m3",
                                  std::move(response)}};
  if (!maps.steady()) out.push_back({kAdjointDecay, "Decay by the adjoint", "log10 1/d", std::move(decay)});
  return out;
}

void write_adjoint_maps(const Ground& ground, const AdjointMaps& maps, const Extent& extent,
                        const std::vector<double>& left_days, const TargetParams& targets,
                        const std::filesystem::path& folder) {
  core::make_folder(folder);
  const auto features = adjoint_feature_maps(maps, ground, extent, targets);
  std::vector<double> response, decay;
  for (const double v : features[0].values) response.push_back(std::pow(10, v));
  write_map(ground, folder / "response.tif", "response", maps.steady() ? "d" : "1",
            maps.steady() ? "steady response per m3/d" : "storage at the end of recharge per m3 infiltrated",
            response);
  if (maps.steady()) return;
  for (const double v : features[1].values) decay.push_back(std::pow(10, v));
  write_map(ground, folder / "k.tif", "k", "d-1", "decay coefficient", decay);
  for (const double days : left_days) {
    std::vector<double> left;
    for (const double k : decay) left.push_back(std::exp(-k * days));
    const std::string name = fmt::format("left_{:g}d", days);
    write_map(ground, folder / (name + ".tif"), name, "1",
              fmt::format("fraction of S0 left after {:g} days", days), left);
  }
}

void write_adjoint(const Ground& ground, const AdjointMaps& maps, const std::filesystem::path& folder) {
  core::make_folder(folder);
  core::write_file_atomic(
      folder / "adjoint.json",
      nlohmann::json{{"days", maps.days}, {"trouble", maps.trouble}, {"notes", maps.notes}}.dump(1) + "\n");
  if (!maps.there()) return;
  std::vector<std::string> bands;
  for (const double day : maps.days) bands.push_back(fmt::format("day_{:g}", day));
  data::io::write_geotiff(
      folder / "stored.tif",
      {.grid = ground.geo,
       .bands = bands,
       .unit = "1",
       .about = {{"quantity", "stored per m3 infiltrated in a cell, by days after recharge"}}},
      [&](data::io::RasterWriter& writer) {
        for (std::size_t b = 0; b < maps.stored.size(); ++b)
          writer.put(b, {0, 0, ground.geo.width, ground.geo.height}, maps.stored[b]);
      });
}

AdjointMaps read_adjoint(const std::filesystem::path& folder) {
  const auto facts = nlohmann::json::parse(core::read_file(folder / "adjoint.json"), nullptr, false);
  if (!facts.is_object())
    throw core::InputError({.file = (folder / "adjoint.json").string(), .what = "is damaged"});
  AdjointMaps out;
  out.trouble = facts.value("trouble", "");
  out.notes = facts.value("notes", std::vector<std::string>{});
  out.days = facts.value("days", std::vector<double>{});
  if (out.days.empty()) return out;
  data::GridSource source;
  source.no_fill_values = true;
  const data::GridFile file(folder / "stored.tif", source);
  const data::GeoGrid& grid = file.grid();
  for (std::size_t b = 0; b < out.days.size(); ++b) {
    out.stored.emplace_back();
    file.read(b, {0, 0, grid.width, grid.height}, out.stored.back());
  }
  return out;
}

}  // namespace phreatic::studies::recharge

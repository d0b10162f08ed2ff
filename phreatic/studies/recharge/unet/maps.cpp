// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/unet/maps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "phreatic/core/errors.hpp"
#include "phreatic/studies/recharge/scenarios/rises.hpp"
#include "phreatic/studies/recharge/scenarios/simulate.hpp"

namespace phreatic::studies::recharge {
namespace {

constexpr double kRateScale = 25;      // mm/d
constexpr double kDrainageDepth = 10;  // m

// From 0 to 1 over the cells that exist; 0 elsewhere.
std::vector<float> from_0_to_1(const std::vector<double>& values) {
  double least = std::numeric_limits<double>::infinity();
  double most = -least;
  for (const double v : values) {
    if (std::isnan(v)) continue;
    least = std::min(least, v);
    most = std::max(most, v);
  }
  std::vector<float> out;
  for (const double v : values)
    out.push_back(std::isnan(v) || !(most > least) ? 0.0F : static_cast<float>((v - least) / (most - least)));
  return out;
}

// The network's cells: squares of the model's.
struct Blocks {
  const Ground& ground;
  std::size_t factor, rows, columns;

  Blocks(const Ground& g, double cell_m)
      : ground(g),
        factor(static_cast<std::size_t>(std::max(1L, std::lround(cell_m / g.cell_width())))),
        rows((g.rows() + factor - 1) / factor),
        columns((g.columns() + factor - 1) / factor) {}
  // Means over the cells that exist and have a value; NaN where there is none.
  std::vector<double> means(const std::vector<double>& values) const {
    std::vector<double> sum(rows * columns, 0.0);
    std::vector<double> count(rows * columns, 0.0);
    for (std::size_t place = 0; place < values.size(); ++place) {
      if (!ground.exists[place] || std::isnan(values[place])) continue;
      const std::size_t at = place / ground.columns() / factor * columns + place % ground.columns() / factor;
      sum[at] += values[place];
      count[at] += 1;
    }
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] /= count[i];  // 0 / 0 is NaN
    return sum;
  }
};

std::vector<float> as_floats(const std::vector<double>& values) {
  std::vector<float> out;
  for (const double v : values) out.push_back(std::isnan(v) ? 0.0F : static_cast<float>(v));
  return out;
}

void add(UnetMaps& out, const std::string& name, const std::string& label, std::vector<float> values) {
  out.set.inputs.push_back(name);
  out.labels.push_back(label);
  out.set.shared.push_back(std::move(values));
}

void add_six(const Blocks& blocks, const Baseline& baseline, const FirstAquifer& aquifer, UnetMaps& out) {
  const Ground& ground = blocks.ground;
  std::vector<double> transmissivity, resistance, conductance, below;
  for (std::size_t place = 0; place < ground.places(); ++place) {
    transmissivity.push_back(std::log10(std::max(aquifer.transmissivity[place], 1e-6)));
    resistance.push_back(std::log10(std::max(aquifer.resistance[place], 1e-2)));
    conductance.push_back((baseline.drain_conductance[place] + baseline.river_conductance[place]) /
                          ground.cell_area());
    const double table = ground.model.grid.top[place] - baseline.wet_depth_m[place];
    const double level = baseline.drainage_level_m[place];
    below.push_back(std::isnan(level) ? kDrainageDepth
                                      : std::clamp(level - table, -kDrainageDepth, kDrainageDepth));
  }
  conductance = blocks.means(conductance);
  for (double& c : conductance) c = std::log10(1 + 1e4 * c);
  out.set.inputs.push_back("rate");
  out.labels.emplace_back("Rate of recharge");
  add(out, "transmissivity", "Transmissivity", from_0_to_1(blocks.means(transmissivity)));
  add(out, "resistance", "Vertical resistance", from_0_to_1(blocks.means(resistance)));
  add(out, "depth", "Depth to water", as_floats(blocks.means(baseline.wet_depth_m)));
  add(out, "conductance", "Conductance of drains and rivers", from_0_to_1(conductance));
  add(out, "below_drainage", "Water table below drains and rivers", as_floats(blocks.means(below)));
}

// The other maps that are asked for; what there is not is told.
void add_others(const Blocks& blocks, const AdjointMaps& adjoint, const UnetSettings& settings,
                const TargetParams& targets, UnetMaps& out) {
  const Ground& ground = blocks.ground;
  std::vector<FeatureMap> maps;
  if (adjoint.there()) maps = adjoint_feature_maps(adjoint, ground, {1, 1}, targets);
  std::vector<double> yield(ground.places(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t place = 0; place < ground.places(); ++place) {
    const flow::CellIndex top = ground.top_cell(place);
    if (top != flow::kNoCell && ground.model.storage.present)
      yield[place] = ground.model.storage.sy[static_cast<std::size_t>(top)];
  }
  maps.push_back({"specific_yield", "Specific yield", "-", std::move(yield)});
  for (const std::string& name : settings.maps) {
    const auto found =
        std::find_if(maps.begin(), maps.end(), [&](const FeatureMap& m) { return m.name == name; });
    if (found == maps.end())
      out.notes.push_back("the U-Net goes without the map '" + name + "', which this study has not");
    else
      add(out, name, found->label, from_0_to_1(blocks.means(found->values)));
  }
}

std::map<std::string, SiteRises> all_rises(const std::vector<Site>& sites,
                                           const std::filesystem::path& runs) {
  std::map<std::string, SiteRises> out;
  int last = -1;
  for (const Site& site : sites) last = std::max(last, site.run);
  for (int run = 0; run <= last; ++run) {
    if (!std::filesystem::exists(rises_file(runs, run))) continue;
    for (SiteRises& r : read_rises(rises_file(runs, run))) out.insert_or_assign(r.site, std::move(r));
  }
  return out;
}

bool inside(const Ground& ground, std::int64_t row, std::int64_t column) {
  return row >= 0 && column >= 0 && row < static_cast<std::int64_t>(ground.rows()) &&
         column < static_cast<std::int64_t>(ground.columns());
}

// A cell of the network in a site's square: its share of recharge, what of it is the site's own, and the mean rises there.
struct SquareCell {
  double applied = 0, own = 0;
  std::vector<double> rises;  // [bands] sums over the model's cells
};
SquareCell square_cell(const Ground& ground, const Site& site, std::size_t number,
                       const std::vector<std::size_t>& owner, const SiteRises* rises, std::int64_t first_row,
                       std::int64_t first_column, std::size_t factor) {
  SquareCell out;
  out.rises.assign(rises == nullptr ? 0 : rises->bands(), 0.0);
  for (std::size_t i = 0; i < factor * factor; ++i) {
    const std::int64_t r = first_row + static_cast<std::int64_t>(i / factor);
    const std::int64_t c = first_column + static_cast<std::int64_t>(i % factor);
    if (!inside(ground, r, c)) continue;
    const auto row = static_cast<std::size_t>(r);
    const auto column = static_cast<std::size_t>(c);
    if (row >= site.row && row < site.row + site.rows && column >= site.column &&
        column < site.column + site.columns)
      out.applied += 1;
    const std::size_t place = row * ground.columns() + column;
    if (!ground.exists[place] || owner[place] != number) continue;
    out.own += 1;
    if (rises == nullptr || row < rises->row || row >= rises->row + rises->rows || column < rises->column ||
        column >= rises->column + rises->columns)
      continue;
    const std::size_t at = (row - rises->row) * rises->columns + column - rises->column;
    for (std::size_t b = 0; b < rises->bands(); ++b)
      out.rises[b] += static_cast<double>(rises->values[b * rises->rows * rises->columns + at]);
  }
  return out;
}

// The square of a site: its rate, the cells of its neighbourhood, its rises.
learn::MapSample sample_of(const Ground& ground, const Site& site, std::size_t number,
                           const std::vector<std::size_t>& owner, const SiteRises* rises, std::size_t side,
                           std::size_t bands, std::size_t factor, double& beyond) {
  learn::MapSample out;
  out.name = site.id;
  out.row = static_cast<std::int64_t>(site.centre_row() / factor) - static_cast<std::int64_t>(side / 2);
  out.column = static_cast<std::int64_t>(site.centre_column() / factor) - static_cast<std::int64_t>(side / 2);
  const std::size_t cells = side * side;
  out.input.assign(cells, 0.0F);
  out.counts.assign(cells, 0.0F);
  out.target.assign(bands * cells, rises == nullptr ? std::numeric_limits<float>::quiet_NaN() : 0.0F);
  const auto scale = static_cast<std::int64_t>(factor);
  const auto whole = static_cast<double>(factor * factor);
  double within = 0;
  for (std::size_t i = 0; i < cells; ++i) {
    const SquareCell cell = square_cell(ground, site, number, owner, rises,
                                        (out.row + static_cast<std::int64_t>(i / side)) * scale,
                                        (out.column + static_cast<std::int64_t>(i % side)) * scale, factor);
    out.input[i] = static_cast<float>(site.rate_mm_per_day / kRateScale * cell.applied / whole);
    out.counts[i] = static_cast<float>(cell.own / whole);
    if (cell.own == 0 || cell.rises.empty()) continue;
    for (std::size_t b = 0; b < cell.rises.size(); ++b)
      out.target[b * cells + i] = static_cast<float>(cell.rises[b] / cell.own);
    within += cell.rises.front();
  }
  double all = 0;
  for (std::size_t i = 0; rises != nullptr && i < rises->rows * rises->columns; ++i)
    all += static_cast<double>(rises->values[i]);
  beyond = all > 0 ? 1 - within / all : 0;
  // A run whose steady part failed has no last band.
  if (rises != nullptr && rises->bands() < bands)
    std::fill(out.target.begin() + static_cast<std::ptrdiff_t>(rises->bands() * cells), out.target.end(),
              std::numeric_limits<float>::quiet_NaN());
  return out;
}

void add_samples(const Ground& ground, const std::vector<Site>& sites,
                 const std::map<std::string, SiteRises>& rises, UnetMaps& out) {
  std::map<int, std::vector<std::size_t>> runs;
  for (std::size_t i = 0; i < sites.size(); ++i) runs[sites[i].run].push_back(i);
  out.set.samples.resize(sites.size());
  out.there.assign(sites.size(), false);
  out.beyond.assign(sites.size(), 0.0);
  for (const auto& [run, members] : runs) {
    std::vector<Site> together;
    for (const std::size_t i : members) together.push_back(sites[i]);
    const auto owner = neighbourhoods(ground, together);
    for (std::size_t m = 0; m < members.size(); ++m) {
      const auto found = rises.find(together[m].id);
      const SiteRises* own = found == rises.end() ? nullptr : &found->second;
      out.there[members[m]] = own != nullptr;
      out.set.samples[members[m]] = sample_of(ground, together[m], m, owner, own, out.set.side,
                                              out.set.bands.size(), out.factor, out.beyond[members[m]]);
    }
  }
}

}  // namespace

UnetMaps unet_maps(const Ground& ground, const Baseline& baseline, const FirstAquifer& aquifer,
                   const AdjointMaps& adjoint, const std::vector<Site>& sites,
                   const std::filesystem::path& runs, const UnetSettings& settings,
                   const TargetParams& targets) {
  UnetMaps out;
  const Blocks blocks(ground, settings.cell_m);
  out.factor = blocks.factor;
  out.cell_area = ground.cell_area() * static_cast<double>(blocks.factor * blocks.factor);
  out.set.rows = blocks.rows;
  out.set.columns = blocks.columns;
  add_six(blocks, baseline, aquifer, out);
  add_others(blocks, adjoint, settings, targets, out);
  const std::size_t multiple = learn::unet_multiple(settings.net);
  const auto cells = static_cast<std::size_t>(
      std::ceil(settings.patch_m / (ground.cell_width() * static_cast<double>(blocks.factor))));
  out.set.side = (cells + multiple - 1) / multiple * multiple;
  for (const std::size_t instant : rise_instants(ground.schedule)) {
    out.days.push_back(ground.schedule.day_after_end(instant));
    out.set.bands.push_back(fmt::format("rise after {:g} d", out.days.back()));
  }
  out.set.series = out.days.size();
  const auto rises = all_rises(sites, runs);
  out.steady = std::any_of(rises.begin(), rises.end(),
                           [&](const auto& entry) { return entry.second.bands() > out.days.size(); });
  if (out.steady) out.set.bands.emplace_back("steady rise");
  if (ground.steady_only()) {
    out.steady = out.steady_only = true;
    out.set.bands = {"steady rise"};
  }
  add_samples(ground, sites, rises, out);
  return out;
}

}  // namespace phreatic::studies::recharge

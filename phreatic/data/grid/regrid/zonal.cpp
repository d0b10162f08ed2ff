// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/grid/regrid/zonal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <optional>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"

namespace phreatic::data {

void describe(core::Describer& d, ZonalParams& p) {
  d.field("statistics", p.statistics,
          {.help = "count, sum, mean, min, max, stdev, variance, median, q05 (percentiles), majority, "
                   "variety, covered"});
  d.choice("weights", p.weights, {{"area", ZonalWeights::area}, {"cells", ZonalWeights::cells}},
           {.help = "Cells of a geographic grid weigh as their area on the sphere, or all the same"});
}

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// The q of "q05" or "median".
std::optional<double> quantile_of(const std::string& name) {
  if (name == "median") return 0.5;
  if (name.size() < 2 || name[0] != 'q' || name.find_first_not_of("0123456789.", 1) != std::string::npos)
    return std::nullopt;
  const double percent = std::strtod(name.c_str() + 1, nullptr);
  return percent <= 100 ? std::optional<double>(percent / 100) : std::nullopt;
}

bool needs_values(const std::string& name) {
  return name == "majority" || name == "variety" || quantile_of(name);
}

void check_statistics(const std::vector<std::string>& names) {
  core::Problems problems;
  for (const std::string& name : names) {
    const std::vector<std::string> known = {"count", "sum",   "mean",     "min",
                                            "max",   "stdev", "variance", "covered"};
    if (std::find(known.begin(), known.end(), name) == known.end() && !needs_values(name))
      problems.add({.where = "statistic '" + name + "'",
                    .what = "is not known",
                    .allowed =
                        "count, sum, mean, min, max, stdev, variance, median, q05 (percentiles), majority, "
                        "variety, covered"});
  }
  problems.throw_if_any();
}

struct Cell {
  double value = 0, weight = 0;
};

// One zone in one band.
struct Tally {
  double count = 0, sum = 0, weights = 0, mean = 0, squares = 0;
  double least = std::numeric_limits<double>::infinity();
  double most = -std::numeric_limits<double>::infinity();
  double all = 0;  // shares, with or without a value
  std::vector<Cell> cells;

  void add(double v, double share, double weight, bool keep) {
    all += share;
    if (std::isnan(v) || share == 0) return;
    count += share;
    sum += share * v;
    // West (1979): mean and sum of squares in one pass without cancellation.
    weights += weight;
    const double d = v - mean;
    mean += d * weight / weights;
    squares += weight * d * (v - mean);
    least = std::min(least, v);
    most = std::max(most, v);
    if (keep) cells.push_back({v, weight});
  }
};

// The weighted form of the usual sample quantile (type 7 where all weights are equal).
double quantile(const std::vector<Cell>& sorted, double q) {
  const std::size_t n = sorted.size();
  if (n == 1) return sorted[0].value;
  double before = 0;
  std::vector<double> place(n);
  for (std::size_t i = 0; i < n; ++i) {
    place[i] = static_cast<double>(i) * sorted[i].weight + static_cast<double>(n - 1) * before;
    before += sorted[i].weight;
  }
  const double wanted = q * place.back();
  const auto right = std::upper_bound(place.begin(), place.end(), wanted);
  if (right == place.end()) return sorted.back().value;
  const auto i = static_cast<std::size_t>(right - place.begin());
  const double t = (wanted - place[i - 1]) / (place[i] - place[i - 1]);
  return sorted[i - 1].value + t * (sorted[i].value - sorted[i - 1].value);
}

struct Heaviest {
  double value = kNaN;
  std::size_t variety = 0;
};

Heaviest heaviest(const std::vector<Cell>& sorted) {
  Heaviest out;
  double best = 0;
  for (std::size_t i = 0; i < sorted.size();) {
    double weight = 0;
    std::size_t k = i;
    for (; k < sorted.size() && sorted[k].value == sorted[i].value; ++k) weight += sorted[k].weight;
    if (weight > best) {
      best = weight;
      out.value = sorted[i].value;
    }
    ++out.variety;
    i = k;
  }
  return out;
}

double statistic(const std::string& name, const Tally& t, const std::vector<Cell>& sorted) {
  if (name == "count") return t.count;
  if (name == "covered") return t.all > 0 ? t.count / t.all : kNaN;
  if (t.count <= 0) return kNaN;
  if (name == "sum") return t.sum;
  if (name == "mean") return t.mean;
  if (name == "min") return t.least;
  if (name == "max") return t.most;
  if (name == "variance") return t.squares / t.weights;
  if (name == "stdev") return std::sqrt(t.squares / t.weights);
  if (name == "majority") return heaviest(sorted).value;
  if (name == "variety") return static_cast<double>(heaviest(sorted).variety);
  return quantile(sorted, *quantile_of(name));
}

class Zonal {
 public:
  Zonal(const GeoGrid& grid, const std::vector<Zone>& zones, const ZonalParams& params)
      : grid_(grid),
        zones_(zones),
        params_(params),
        keep_(std::any_of(params.statistics.begin(), params.statistics.end(), needs_values)),
        areas_(params.weights == ZonalWeights::area
                   ? row_areas(grid)
                   : std::vector<double>(static_cast<std::size_t>(grid.height), 1.0)),
        between_poles_(rows_between_poles(grid)) {
    whole_ = grid.cells() <= kWindowCells;
    std::size_t shares = 0;
    for (const Zone& zone : zones) {
      windows_.push_back(window_of(zone.polygons, grid));
      shares += windows_.back().cells();
    }
    remembered_ = whole_ && shares <= 4 * kWindowCells;
    covered_.resize(zones.size());
    if (!remembered_) return;
    core::parallel_for(zones.size(),
                       [&](std::size_t z) { covered_[z] = coverage(zones[z].polygons, windows_[z]); });
  }

  void band(const Bands& bands, int b, double* out) {
    std::vector<Tally> tallies(zones_.size());
    if (whole_) {
      const Window all{0, 0, grid_.width, grid_.height};
      bands.read(b, all, values_);
      core::parallel_for(zones_.size(), [&](std::size_t z) {
        if (remembered_) {
          add(covered_[z], all, values_, tallies[z]);
        } else {
          add(coverage(zones_[z].polygons, windows_[z]), all, values_, tallies[z]);
        }
        finish(tallies[z], out + z * params_.statistics.size());
      });
      return;
    }
    for (std::size_t z = 0; z < zones_.size(); ++z) {
      for (const Window& piece : pieces(bands, windows_[z])) {
        core::throw_if_interrupted();
        bands.read(b, piece, values_);
        add(coverage(zones_[z].polygons, piece), piece, values_, tallies[z]);
      }
      finish(tallies[z], out + z * params_.statistics.size());
    }
  }

  // Zones that no cell belongs to, and those that reach beyond the grid, as sentences.
  void tell_outside(std::vector<std::string>& said) const {
    constexpr std::size_t kNamed = 10;
    std::size_t partly = 0;
    for (std::size_t z = 0; z < zones_.size(); ++z) {
      if (windows_[z].cells() == 0) {
        said.push_back("zone " + zones_[z].id + " lies outside the grid");
        continue;
      }
      const double outside = share_outside(zones_[z]);
      if (outside > 0.001 && ++partly <= kNamed)
        said.push_back(fmt::format(
            "zone {}: {:.1f} % of its area lies outside the grid; its statistics, covered too, are "
            "those of the part inside",
            zones_[z].id, 100 * outside));
    }
    if (partly > kNamed)
      said.push_back(fmt::format("{} more zones lie partly outside the grid", partly - kNamed));
  }

 private:
  // In columns and rows.
  double share_outside(const Zone& zone) const {
    double whole = 0;
    double inside = 0;
    for (std::size_t i = 0; i < zone.polygons.size(); ++i) {
      if (i + zone.turned < zone.polygons.size()) whole += area(zone.polygons[i]);
      inside += area_within(zone.polygons[i], {0, 0, grid_.width, grid_.height});
    }
    return whole > 0 ? 1 - inside / whole : 0;
  }

  void add(const std::vector<CoveredRow>& rows, const Window& read, const std::vector<double>& values,
           Tally& tally) const {
    for (const CoveredRow& row : rows) {
      const double cell = areas_[static_cast<std::size_t>(row.row)];
      const double between_poles = between_poles_[static_cast<std::size_t>(row.row)];
      const double* v =
          values.data() +
          static_cast<std::size_t>(row.row - read.row) * static_cast<std::size_t>(read.columns) +
          (row.first - read.column);
      for (std::size_t k = 0; k < row.shares.size(); ++k) {
        const double share = between_poles < 1 ? std::min(1.0, row.shares[k] / between_poles) : row.shares[k];
        tally.add(v[k], share, share * cell, keep_);
      }
    }
  }

  void finish(Tally& tally, double* out) const {
    std::stable_sort(tally.cells.begin(), tally.cells.end(),
                     [](const Cell& a, const Cell& b) { return a.value < b.value; });
    for (std::size_t s = 0; s < params_.statistics.size(); ++s)
      out[s] = statistic(params_.statistics[s], tally, tally.cells);
    tally.cells = {};
  }

  const GeoGrid& grid_;
  const std::vector<Zone>& zones_;
  const ZonalParams& params_;
  bool keep_;
  bool whole_ = false;       // a band is read at once
  bool remembered_ = false;  // and the shares are found once for all bands
  std::vector<double> areas_;
  std::vector<double> between_poles_;  // cells that reach past a pole are cut there
  std::vector<Window> windows_;
  std::vector<std::vector<CoveredRow>> covered_;
  std::vector<double> values_;
};

}  // namespace

namespace {

ZonalTable empty_table(std::size_t bands, const std::vector<Zone>& zones, const ZonalParams& params) {
  check_statistics(params.statistics);
  ZonalTable out;
  out.statistics = params.statistics;
  for (const Zone& zone : zones) out.zones.push_back(zone.id);
  out.values.assign(bands * zones.size() * params.statistics.size(), kNaN);
  return out;
}

}  // namespace

ZonalTable zonal(const Bands& values, std::size_t bands, const GeoGrid& grid, const std::vector<Zone>& zones,
                 const ZonalParams& params) {
  ZonalTable out = empty_table(bands, zones, params);
  Zonal work(grid, zones, params);
  work.tell_outside(out.said);
  for (std::size_t b = 0; b < bands; ++b) {
    core::throw_if_interrupted();
    work.band(values, static_cast<int>(b), out.values.data() + b * zones.size() * params.statistics.size());
  }
  return out;
}

ZonalTable zonal(const GridStack& stack, const std::vector<Zone>& zones, const ZonalParams& params,
                 const core::Context& context) {
  ZonalTable out = empty_table(stack.size(), zones, params);
  const std::size_t size = zones.size() * params.statistics.size();
  Zonal work(stack.grid(), zones, params);
  work.tell_outside(out.said);
  core::Progress progress("zonal statistics", stack.size(), "bands", context.show_progress);
  for (std::size_t b = 0; b < stack.size(); ++b) {
    core::throw_if_interrupted();
    work.band(stack.open(b), stack.band(b), out.values.data() + b * size);
    progress.advance();
  }
  stack.finish();
  return out;
}

}  // namespace phreatic::data

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/scenarios/sites/sites.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "phreatic/core/random.hpp"
#include "phreatic/stats/designs/latin_hypercube.hpp"
#include "phreatic/stats/designs/orthogonal_array.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::studies::recharge {
namespace {

// Cells with a fixed head, at any time.
std::vector<bool> fixed_places(const Ground& ground) {
  std::vector<bool> fixed(ground.places(), false);
  for (const flow::Package& package : ground.model.packages) {
    if (package.kind != flow::PackageKind::chd) continue;
    flow::StressProvider provider = package.provider;
    flow::PackageValues values;
    flow::StepTime time;
    for (const StepSpan& step : ground.schedule.steps) {
      time.step = step.period == time.period && time.index > 0 ? time.step + 1 : 0;
      time.period = step.period;
      time.start = step.start;
      time.end = step.end;
      time.dt = step.end - step.start;
      if (provider(time, values) == flow::Change::cells) {
        for (const flow::CellIndex cell : values.cell) {
          if (cell != flow::kNoCell) fixed[static_cast<std::size_t>(cell) % ground.places()] = true;
        }
      }
      ++time.index;
    }
  }
  return fixed;
}

struct Draw {
  Extent extent;
  double rate = 0;
};

std::vector<Draw> draw_sizes(const Ground& ground, const ScenarioParams& p) {
  const auto n = static_cast<std::size_t>(p.sites);
  const auto cube = stats::latin_hypercube(n, 2, p.seed, "rate and area");
  std::vector<Draw> out;
  for (std::size_t i = 0; i < n; ++i) {
    const double area = p.area_km2[0] + cube[2 * i + 1] * (p.area_km2[1] - p.area_km2[0]);
    out.push_back({extent_of(ground, area),
                   p.rate_mm_per_day[0] + cube[2 * i] * (p.rate_mm_per_day[1] - p.rate_mm_per_day[0])});
  }
  return out;
}

// First cells of blocks with room among rows and columns of their centres.
struct Window {
  std::size_t row0, row1, column0, column1;  // half open
};
std::vector<std::pair<std::size_t, std::size_t>> rooms(const Places& places, const Window& w,
                                                       const Extent& e) {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  for (std::size_t r = w.row0; r < w.row1; ++r) {
    for (std::size_t c = w.column0; c < w.column1; ++c) {
      if (r < e.rows / 2 || c < e.columns / 2) continue;
      if (places.holds(r - e.rows / 2, c - e.columns / 2, e))
        out.emplace_back(r - e.rows / 2, c - e.columns / 2);
    }
  }
  return out;
}

Window bounding_box(const Ground& ground, const Places& places) {
  Window box{ground.rows(), 0, ground.columns(), 0};
  for (std::size_t r = 0; r < ground.rows(); ++r) {
    for (std::size_t c = 0; c < ground.columns(); ++c) {
      if (!places.is_free(r, c)) continue;
      box = {std::min(box.row0, r), std::max(box.row1, r + 1), std::min(box.column0, c),
             std::max(box.column1, c + 1)};
    }
  }
  return box;
}

Window stratum(const Window& box, const stats::Strata& strata, std::size_t i, std::size_t j) {
  const std::size_t high = box.row1 - box.row0;
  const std::size_t wide = box.column1 - box.column0;
  return {box.row0 + i * high / strata.rows, box.row0 + (i + 1) * high / strata.rows,
          box.column0 + j * wide / strata.columns, box.column0 + (j + 1) * wide / strata.columns};
}

void place_sites(const Ground& ground, const Places& places, const ScenarioParams& p, SiteDesign& design) {
  const std::vector<Draw> draws = draw_sizes(ground, p);
  const Window box = bounding_box(ground, places);
  const auto strata =
      stats::square_strata(draws.size(), static_cast<double>(box.row1 - box.row0) * ground.cell_height(),
                           static_cast<double>(box.column1 - box.column0) * ground.cell_width());
  design.strata_rows = strata.rows;
  design.strata_columns = strata.columns;
  const auto array = stats::two_factor_array(strata.rows, strata.columns, p.seed, "places");
  for (std::size_t i = 0; i < draws.size(); ++i) {
    std::vector<std::pair<std::size_t, std::size_t>> room;
    if (i < array.runs)
      room = rooms(places, stratum(box, strata, array.at(i, 0), array.at(i, 1)), draws[i].extent);
    if (room.empty()) {
      ++design.redistributed;
      room = rooms(places, box, draws[i].extent);
    }
    if (room.empty()) {
      design.notes.push_back(fmt::format("no room for a site of {} x {} cells: left out",
                                         draws[i].extent.rows, draws[i].extent.columns));
      ++design.left_out;
      continue;
    }
    core::RandomStream random(p.seed, "cell of a site", i);
    const auto [row, column] = room[random.below(room.size())];
    Site site{fmt::format("S{:0{}}", i + 1, std::to_string(draws.size()).size()),
              row,
              column,
              draws[i].extent.rows,
              draws[i].extent.columns,
              draws[i].rate,
              0,
              0};
    site.area_km2 = static_cast<double>(site.rows * site.columns) * ground.cell_area() * 1e-6;
    design.sites.push_back(site);
  }
}

[[noreturn]] void no_cell(const std::string& study_file, const ScenarioParams& p) {
  throw core::InputError(
      {.file = study_file,
       .where = "scenarios",
       .what = fmt::format(
           "no cell can take recharge: none is active, free of fixed heads, in the mask and {:g} m from "
           "the model's edge",
           p.edge_buffer_m),
       .mend = "Make scenarios.edge_buffer smaller or look at scenarios.mask"});
}

// Every site needs a place of its own.
void check_room(const Places& places, const ScenarioParams& p, const std::string& study_file) {
  if (static_cast<std::size_t>(p.sites) <= places.free_cells()) return;
  throw core::InputError(
      {.file = study_file,
       .where = "scenarios.sites",
       .what = fmt::format("{} sites, and {} cells that can take recharge", p.sites, places.free_cells()),
       .allowed = "no more sites than cells",
       .mend = "Ask for fewer sites, a smaller edge_buffer or a wider mask"});
}

// Gaps that sites ask for, from leakage factors.
std::vector<double> wanted_gaps(const std::vector<Site>& sites, const Ground& ground,
                                const std::vector<double>& leakage_m, const ScenarioParams& p,
                                const std::string& study_file) {
  std::vector<double> out;
  for (const Site& site : sites) {
    if (p.spacing_m > 0) {
      out.push_back(p.spacing_m);
      continue;
    }
    out.push_back(p.spacing_factors * leakage_m[site.centre_row() * ground.columns() + site.centre_column()]);
    if (!std::isnan(out.back())) continue;
    throw core::InputError(
        {.file = study_file,
         .where = "scenarios.spacing_factors",
         .what = "the leakage factor is not known: the model has neither layers nor drains and rivers "
                 "that give a resistance",
         .mend = "Give the gap between sites of one run itself: scenarios.spacing"});
  }
  return out;
}

}  // namespace

void check_area(const Ground& ground, double area_km2, const std::string& file, std::size_t line,
                const std::string& where, core::Problems& problems) {
  if (area_km2 * 1e6 >= ground.cell_area() * (1 - 1e-9)) return;
  problems.add({.file = file,
                .line = line,
                .where = where,
                .what = fmt::format("a site of {:g} km2 is smaller than a cell of {:g} km2", area_km2,
                                    ground.cell_area() * 1e-6),
                .mend = "Make sites at least as large as a cell, or the cells smaller"});
}

void spread_over_runs(const Ground& ground, const std::vector<double>& leakage_m, const ScenarioParams& p,
                      const std::string& study_file, SiteDesign& design) {
  const auto wanted = wanted_gaps(design.sites, ground, leakage_m, p, study_file);
  design.runs = colour(ground, design.sites, wanted, p.per_run);
  design.least_gap_m = *std::min_element(wanted.begin(), wanted.end());
  design.greatest_gap_m = *std::max_element(wanted.begin(), wanted.end());
  if (p.most_runs == 0 || design.runs <= p.most_runs) return;
  const auto fit = std::count_if(design.sites.begin(), design.sites.end(),
                                 [&](const Site& s) { return s.run < p.most_runs; });
  if (!p.shorten)
    throw core::InputError(
        {.file = study_file,
         .where = "scenarios.most_runs",
         .what = fmt::format("{} sites that keep their gap of {:.0f} to {:.0f} m need {} runs; {} of "
                             "them fit into {}",
                             design.sites.size(), design.least_gap_m, design.greatest_gap_m, design.runs, fit,
                             p.most_runs),
         .mend = "Allow more runs, ask for fewer sites, or set scenarios.shorten: true"});
  design.left_out += design.sites.size() - static_cast<std::size_t>(fit);
  design.notes.push_back(fmt::format("{} of {} sites fit into {} runs; the others are left out", fit,
                                     design.sites.size(), p.most_runs));
  std::erase_if(design.sites, [&](const Site& s) { return s.run >= p.most_runs; });
  design.runs = p.most_runs;
}

std::vector<bool> allowed_cells(const Ground& ground, const std::vector<double>& mask) {
  std::vector<bool> allowed = fixed_places(ground);
  for (std::size_t place = 0; place < ground.places(); ++place)
    allowed[place] = !allowed[place] && ground.exists[place] && (mask.empty() || mask[place] > 0);
  return allowed;
}

Extent extent_of(const Ground& ground, double area_km2) {
  const double cells = area_km2 * 1e6 / ground.cell_area();
  const auto side = static_cast<std::size_t>(std::max(1.0, std::floor(std::sqrt(cells))));
  Extent best{side, side};
  for (const Extent e : {Extent{side, side + 1}, Extent{side + 1, side + 1}}) {
    const auto off = [&](const Extent& x) {
      return std::abs(static_cast<double>(x.rows * x.columns) - cells);
    };
    if (off(e) < off(best)) best = e;
  }
  return best;
}

Places::Places(const Ground& ground, const std::vector<bool>& allowed, double buffer_m)
    : rows_(ground.rows()), columns_(ground.columns()), sum_((rows_ + 1) * (columns_ + 1), 0) {
  const auto summed = [&](auto value) {
    std::vector<std::size_t> sum((rows_ + 1) * (columns_ + 1), 0);
    for (std::size_t r = 0; r < rows_; ++r) {
      for (std::size_t c = 0; c < columns_; ++c)
        sum[(r + 1) * (columns_ + 1) + c + 1] = sum[r * (columns_ + 1) + c + 1] +
                                                sum[(r + 1) * (columns_ + 1) + c] -
                                                sum[r * (columns_ + 1) + c] + value(r, c);
    }
    return sum;
  };
  const auto exists =
      summed([&](std::size_t r, std::size_t c) -> std::size_t { return ground.exists[r * columns_ + c]; });
  const auto down = static_cast<std::size_t>(std::ceil(buffer_m / ground.cell_height()));
  const auto across = static_cast<std::size_t>(std::ceil(buffer_m / ground.cell_width()));
  const auto far_from_edge = [&](std::size_t r, std::size_t c) {
    if (r < down || c < across || r + down >= rows_ || c + across >= columns_) return false;
    const std::size_t top = (r - down) * (columns_ + 1);
    const std::size_t bottom = (r + down + 1) * (columns_ + 1);
    return exists[bottom + c + across + 1] - exists[top + c + across + 1] - exists[bottom + c - across] +
               exists[top + c - across] ==
           (2 * down + 1) * (2 * across + 1);
  };
  sum_ = summed([&](std::size_t r, std::size_t c) -> std::size_t {
    return allowed[r * columns_ + c] && far_from_edge(r, c);
  });
  free_ = sum_.back();
}

bool Places::holds(std::size_t row, std::size_t column, const Extent& e) const {
  if (row + e.rows > rows_ || column + e.columns > columns_) return false;
  const std::size_t top = row * (columns_ + 1) + column;
  const std::size_t bottom = (row + e.rows) * (columns_ + 1) + column;
  return sum_[bottom + e.columns] - sum_[top + e.columns] - sum_[bottom] + sum_[top] == e.rows * e.columns;
}

bool Places::is_free(std::size_t row, std::size_t column) const { return holds(row, column, {1, 1}); }

double gap_m(const Ground& ground, const Site& a, const Site& b) {
  const auto gap = [](std::size_t first, std::size_t n, std::size_t other, std::size_t m) {
    if (first + n <= other) return static_cast<double>(other - first - n);
    if (other + m <= first) return static_cast<double>(first - other - m);
    return 0.0;
  };
  return std::hypot(gap(a.row, a.rows, b.row, b.rows) * ground.cell_height(),
                    gap(a.column, a.columns, b.column, b.columns) * ground.cell_width());
}

int colour(const Ground& ground, std::vector<Site>& sites, const std::vector<double>& wanted, int per_run) {
  const std::size_t n = sites.size();
  std::vector<std::vector<std::size_t>> near(n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const double gap = gap_m(ground, sites[i], sites[j]);
      if (gap > 0 && gap >= std::max(wanted[i], wanted[j])) continue;
      near[i].push_back(j);
      near[j].push_back(i);
    }
  }
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return near[a].size() > near[b].size(); });
  for (Site& site : sites) site.run = -1;
  std::vector<int> size;
  for (const std::size_t i : order) {
    std::vector<bool> taken(size.size(), false);
    for (const std::size_t j : near[i]) {
      if (sites[j].run >= 0) taken[static_cast<std::size_t>(sites[j].run)] = true;
    }
    std::size_t run = 0;
    while (run < size.size() && (taken[run] || size[run] >= per_run)) ++run;
    if (run == size.size()) size.push_back(0);
    ++size[run];
    sites[i].run = static_cast<int>(run);
  }
  return static_cast<int>(size.size());
}

SiteDesign design_sites(const Ground& ground, const std::vector<double>& leakage_m,
                        const std::vector<double>& mask, const ScenarioParams& p,
                        const std::string& study_file) {
  core::Problems problems;
  check_area(ground, p.area_km2[0], study_file, 0, "scenarios.area", problems);
  problems.throw_if_any();
  const Places places(ground, allowed_cells(ground, mask), p.edge_buffer_m);
  if (places.free_cells() == 0) no_cell(study_file, p);
  check_room(places, p, study_file);
  SiteDesign design;
  place_sites(ground, places, p, design);
  if (design.sites.empty()) no_cell(study_file, p);
  spread_over_runs(ground, leakage_m, p, study_file, design);
  return design;
}

}  // namespace phreatic::studies::recharge

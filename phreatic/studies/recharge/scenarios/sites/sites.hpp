// SPDX-License-Identifier: BSD-3-Clause
// Hypothetical recharge sites: rate and size by a Latin hypercube, places by a strength-2 orthogonal array of strata,
// snapped to cells, spread over runs so that sites of one run do not touch each other (docs/methods/recharge.md).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "phreatic/studies/recharge/scenarios/ground.hpp"

namespace phreatic::studies::recharge {

// A block of cells that gets extra recharge.
struct Site {
  std::string id;
  std::size_t row = 0, column = 0;    // of its first cell, from the north-west
  std::size_t rows = 1, columns = 1;  // cells
  double rate_mm_per_day = 0;
  double area_km2 = 0;  // of its cells
  int run = 0;          // sites of one run are simulated together

  std::size_t centre_row() const { return row + rows / 2; }
  std::size_t centre_column() const { return column + columns / 2; }
  double water_m3_per_day() const { return rate_mm_per_day * 1e3 * area_km2; }
};

// rows x columns of cells whose area is nearest to `area_km2`, sides that differ by one cell at most.
struct Extent {
  std::size_t rows = 1, columns = 1;
};
Extent extent_of(const Ground& ground, double area_km2);

// Where a site may lie: every cell under it exists, is no fixed head, lies in the mask and at least `buffer` from the
// edge of the model along rows and columns.
class Places {
 public:
  // allowed [places].
  Places(const Ground& ground, const std::vector<bool>& allowed, double buffer_m);
  bool holds(std::size_t row, std::size_t column, const Extent& extent) const;
  bool is_free(std::size_t row, std::size_t column) const;  // of one cell
  std::size_t free_cells() const { return free_; }

 private:
  std::size_t rows_, columns_;
  std::vector<std::size_t> sum_;  // summed-area table of free cells
  std::size_t free_ = 0;
};
// Cells that may get water: they exist, hold no fixed head, and lie in the mask ([places], empty: everywhere).
std::vector<bool> allowed_cells(const Ground& ground, const std::vector<double>& mask);

struct SiteDesign {
  std::vector<Site> sites;
  std::size_t strata_rows = 0, strata_columns = 0;
  std::size_t redistributed = 0;  // sites whose stratum had no room
  std::size_t left_out = 0;       // by ScenarioParams::shorten
  int runs = 0;
  double least_gap_m = 0, greatest_gap_m = 0;  // that was asked for
  std::vector<std::string> notes;
};

// `leakage_m` [places]: leakage factor, NaN where unknown. Throws InputError: no cell that can take recharge, a site
// smaller than a cell, more runs than allowed (with how many sites fit), an unknown leakage factor.
SiteDesign design_sites(const Ground& ground, const std::vector<double>& leakage_m,
                        const std::vector<double>& mask, const ScenarioParams& params,
                        const std::string& study_file);

// Sites of the user's own file, given runs. Throws InputError with every problem: two sites of one id, cells outside
// the grid, inactive or fixed heads, an area that is smaller than a cell.
SiteDesign read_sites(const Ground& ground, const std::vector<double>& leakage_m,
                      const std::vector<double>& mask, const ScenarioParams& params,
                      const std::string& study_file);

// Adds a problem for an area smaller than a cell's.
void check_area(const Ground& ground, double area_km2, const std::string& file, std::size_t line,
                const std::string& where, core::Problems& problems);

// Runs of a design whose sites stand; leaves out what does not fit when ScenarioParams::shorten says so. Throws
// InputError as design_sites does.
void spread_over_runs(const Ground& ground, const std::vector<double>& leakage_m,
                      const ScenarioParams& params, const std::string& study_file, SiteDesign& design);

// Gap between two blocks of cells, m; 0 where they touch or overlap.
double gap_m(const Ground& ground, const Site& a, const Site& b);

// Gives each site the first run in which it keeps its gap to all others and that has room; sites with most conflicts
// first. wanted [sites]: gap that a site asks for; the larger of two counts. Returns the number of runs.
int colour(const Ground& ground, std::vector<Site>& sites, const std::vector<double>& wanted, int per_run);

}  // namespace phreatic::studies::recharge

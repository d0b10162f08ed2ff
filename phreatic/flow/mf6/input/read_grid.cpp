// SPDX-License-Identifier: BSD-3-Clause
// DIS and IC: the grid and the starting heads.
#include <fmt/format.h>

#include <limits>

#include "phreatic/flow/mf6/input/grid_data.hpp"
#include "phreatic/flow/mf6/text/lists.hpp"

namespace phreatic::flow::mf6 {
namespace {

constexpr int kMany = std::numeric_limits<int>::max();

const std::vector<BlockRule>& dis_rules() {
  static const std::vector<BlockRule> rules = {
      {"OPTIONS", false, true}, {"DIMENSIONS", false, true, true}, {"GRIDDATA", false, false, true}};
  return rules;
}

void read_dis_options(Context& context, ReadState& state, const std::vector<Block>& blocks,
                      bool& no_grid_file) {
  Grid& grid = state.model.grid;
  Keywords options(context, "DIS");
  options.on("LENGTH_UNITS", [&](Words& w, const Place&) { grid.length_units = w.upper(); });
  options.on("CRS", [&](Words& w, const Place&) {
    for (std::string_view word = w.next(); !word.empty(); word = w.next())
      grid.crs.append(grid.crs.empty() ? "" : " ").append(word);
  });
  options.flag("NOGRB", no_grid_file);
  options.number("XORIGIN", grid.xorigin, -1e300, 1e300, "a number");
  options.number("YORIGIN", grid.yorigin, -1e300, 1e300, "a number");
  options.number("ANGROT", grid.angrot, -1e300, 1e300, "a number");
  options.ignore({"EXPORT_ARRAY_ASCII", "EXPORT_ARRAY_NETCDF", "NCF6", "GRB6"});
  options.read(blocks, "OPTIONS");
}

bool check_thickness(Context& context, const Grid& grid, const ArrayData<double>& botm,
                     const ArrayShape& shape) {
  std::size_t bad = 0;
  std::size_t first = 0;
  const std::size_t layer = grid.layer_cells();
  // A cell reaches up to the bottom of the layer above it, active or not.
  for (std::size_t n = 0; n < grid.cells(); ++n) {
    if (grid.idomain[n] <= 0) continue;
    const double top = n < layer ? grid.top[n] : grid.botm[n - layer];
    if (top - grid.botm[n] > 0) continue;
    if (bad++ == 0) first = n;
  }
  if (bad == 0) return true;
  context.problem(botm.place_of(first, shape), "DIS BOTM",
                  fmt::format("the active cell {} has thickness {}{}", cell_text(grid, first),
                              grid.cell_top(first) - grid.botm[first],
                              bad > 1 ? fmt::format(", and {} more cells are like that", bad - 1) : ""),
                  "a bottom below the top");
  return false;
}

}  // namespace

void read_dis(Context& context, ReadState& state, const std::string& name, const Place& at) {
  const TextFilePtr file = context.open(name, at);
  if (!file) return;
  const auto blocks = read_blocks(context, file, dis_rules());
  Grid& grid = state.model.grid;
  bool no_grid_file = false;
  read_dis_options(context, state, blocks, no_grid_file);
  if (!no_grid_file) state.model.output.grid_file = name + ".grb";
  int nlay = 0;
  int nrow = 0;
  int ncol = 0;
  const std::size_t before = context.problem_count();
  Keywords(context, "DIS")
      .whole("NLAY", nlay, 1, kMany)
      .whole("NROW", nrow, 1, kMany)
      .whole("NCOL", ncol, 1, kMany)
      .read(blocks, "DIMENSIONS");
  if (context.problem_count() != before || find_block(blocks, "DIMENSIONS") == nullptr) return;
  const double cells = static_cast<double>(nlay) * nrow * ncol;
  if (nlay == 0 || nrow == 0 || ncol == 0 || cells > 2e9) {
    context.problem(find_block(blocks, "DIMENSIONS")->place, "DIS",
                    fmt::format("NLAY {}, NROW {}, NCOL {}", nlay, nrow, ncol),
                    "all three above 0, at most 2e9 cells");
    return;
  }
  grid.nlay = nlay;
  grid.nrow = nrow;
  grid.ncol = ncol;
  const ArrayShape all = shape_of(grid);
  const ArrayShape along_row{1, 1, ncol};
  const ArrayShape along_column{1, 1, nrow};
  ArrayData<double> delr, delc, top, botm;
  ArrayData<std::int32_t> idomain;
  GridData data(context, "DIS");
  data.array("DELR", along_row, delr);
  data.array("DELC", along_column, delc);
  data.array("TOP", ArrayShape::surface(nrow, ncol), top);
  data.array("BOTM", all, botm);
  data.array("IDOMAIN", all, idomain);
  data.read(blocks);
  if (find_block(blocks, "GRIDDATA") == nullptr) return;
  if (!delr.given()) missing(context, file, "DELR");
  if (!delc.given()) missing(context, file, "DELC");
  if (!top.given()) missing(context, file, "TOP");
  if (!botm.given()) missing(context, file, "BOTM");
  const auto positive = [](double v) { return v > 0; };
  bool good = delr.read && delc.read && top.read && botm.read && (idomain.read || !idomain.given());
  if (delr.read) good = check_values(context, grid, delr, "DIS DELR", along_row, "above 0", positive) && good;
  if (delc.read)
    good = check_values(context, grid, delc, "DIS DELC", along_column, "above 0", positive) && good;
  if (!good) return;
  grid.delr = expanded(delr, static_cast<std::size_t>(ncol));
  grid.delc = expanded(delc, static_cast<std::size_t>(nrow));
  grid.top = expanded(top, grid.layer_cells());
  grid.botm = expanded(botm, grid.cells());
  if (idomain.given()) grid.idomain = small(idomain);
  if (std::none_of(grid.idomain.values.begin(), grid.idomain.values.end(), [](int v) { return v > 0; })) {
    context.problem(idomain.places[0], "DIS IDOMAIN", "no cell is active", "some cells above 0");
    return;
  }
  state.have_grid = check_thickness(context, grid, botm, all);
  state.retain_text = std::size_t{32'000'000} + 8 * grid.cells();
  state.retain_binary = std::size_t{4'000'000} + 8 * grid.cells();
}

void read_ic(Context& context, ReadState& state, const std::string& name, const Place& at) {
  const TextFilePtr file = context.open(name, at);
  if (!file) return;
  const auto blocks =
      read_blocks(context, file, {{"OPTIONS", false, true}, {"GRIDDATA", false, false, true}});
  Keywords(context, "IC").ignore({"EXPORT_ARRAY_ASCII", "EXPORT_ARRAY_NETCDF"}).read(blocks, "OPTIONS");
  if (!state.have_grid || find_block(blocks, "GRIDDATA") == nullptr) return;
  ArrayData<double> heads;
  GridData data(context, "IC");
  data.array("STRT", shape_of(state.model.grid), heads);
  data.read(blocks);
  if (!heads.given()) return missing(context, file, "STRT");
  state.start_heads = heads.places[0];
  if (heads.read) state.model.start_heads = expanded(heads, state.model.grid.cells());
}

}  // namespace phreatic::flow::mf6

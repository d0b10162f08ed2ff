// SPDX-License-Identifier: BSD-3-Clause
// DIS, IC, NPF, STO, HFB: the grid and what the aquifer is made of.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>

#include "phreatic/flow/mf6/arrays.hpp"
#include "phreatic/flow/mf6/lists.hpp"
#include "phreatic/flow/mf6/packages.hpp"

namespace phreatic::flow::mf6 {
namespace {

constexpr int kMany = std::numeric_limits<int>::max();

ArrayShape shape_of(const Grid& grid) { return {grid.nlay, grid.nrow, grid.ncol}; }

// Arrays of a GRIDDATA block by name.
class GridData {
 public:
  using Reader = std::function<void(LineReader&, Words&)>;
  GridData(Context& context, std::string where) : context_(context), where_(std::move(where)) {}

  void array(const std::string& name, const ArrayShape& shape, ArrayData<double>& target) {
    readers_[name] = [this, name, shape, &target](LineReader& r, Words& w) {
      target = read_array<double>(context_, r, w, where_ + " " + name, shape);
    };
  }
  void array(const std::string& name, const ArrayShape& shape, ArrayData<std::int32_t>& target) {
    readers_[name] = [this, name, shape, &target](LineReader& r, Words& w) {
      target = read_array<std::int32_t>(context_, r, w, where_ + " " + name, shape);
    };
  }

  void read(const std::vector<Block>& blocks) {
    for (const Block& block : blocks) {
      if (block.name != "GRIDDATA") continue;
      LineReader reader(block.body);
      bool lost = false;  // inside numbers of an array that could not be read
      while (reader.next()) {
        Words words(reader.line());
        const std::string name = words.upper();
        const auto found = readers_.find(name);
        if (found != readers_.end()) {
          lost = false;
          const std::size_t before = context_.problem_count();
          found->second(reader, words);
          lost = context_.problem_count() != before;
        } else if (!lost) {
          unknown(name, {reader.path(), reader.number()});
          lost = true;
        }
      }
    }
  }

 private:
  void unknown(const std::string& name, const Place& place) {
    std::vector<std::string> names;
    std::string allowed;
    for (const auto& [known, reader] : readers_) {
      names.push_back(known);
      allowed += (allowed.empty() ? "" : ", ") + known;
    }
    const std::string near = core::nearest(name, names);
    context_.problem(place, where_ + " block GRIDDATA",
                     fmt::format("'{}' is no array of this package{}", name,
                                 near.empty() ? "" : fmt::format("; did you mean {}?", near)),
                     allowed);
  }

  Context& context_;
  std::string where_;
  std::map<std::string, Reader> readers_;
};

// A problem for the first active cell whose value is not as wanted.
template <class T, class Good>
bool check_values(Context& context, const Grid& grid, const ArrayData<T>& data, const std::string& where,
                  const ArrayShape& shape, const std::string& allowed, Good good) {
  if (!data.read) return false;
  if (data.values.size() == 1 && good(data.values[0])) return true;
  std::size_t bad = 0;
  std::size_t first = 0;
  for (std::size_t n = 0; n < shape.size(); ++n) {
    if (shape.size() == grid.cells() && grid.idomain[n] <= 0) continue;
    if (good(data.at(n))) continue;
    if (bad++ == 0) first = n;
  }
  if (bad == 0) return true;
  context.problem(data.place_of(first, shape), where,
                  fmt::format("{} at {}{}", data.at(first), shape.describe(first),
                              bad > 1 ? fmt::format(", and {} more values", bad - 1) : ""),
                  allowed);
  return false;
}

void missing(Context& context, const TextFilePtr& file, const std::string& name) {
  context.problem({file->path, 0}, "block GRIDDATA", fmt::format("the array {} is missing", name));
}

CellArray<std::int8_t> small(const ArrayData<std::int32_t>& data) {
  CellArray<std::int8_t> out;
  out.values.resize(data.values.size());
  std::transform(data.values.begin(), data.values.end(), out.values.begin(), [](std::int32_t v) {
    return static_cast<std::int8_t>(v > 0 ? 1 : v < 0 ? -1 : 0);
  });
  return out;
}

std::vector<double> expanded(ArrayData<double>& data, std::size_t size) {
  if (data.values.size() == size) return std::move(data.values);
  return std::vector<double>(size, data.values.empty() ? 0.0 : data.values[0]);
}

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
  const ArrayShape layer{1, nrow, ncol};
  const ArrayShape along_row{1, 1, ncol};
  const ArrayShape along_column{1, 1, nrow};
  ArrayData<double> delr, delc, top, botm;
  ArrayData<std::int32_t> idomain;
  GridData data(context, "DIS");
  data.array("DELR", along_row, delr);
  data.array("DELC", along_column, delc);
  ArrayShape surface = layer;
  surface.by_rows = true;
  data.array("TOP", surface, top);
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

namespace {

void read_npf_options(Context& context, ReadState& state, const std::vector<Block>& blocks, bool& k22_over,
                      bool& k33_over) {
  Flow& flow = state.model.flow;
  Keywords options(context, "NPF");
  options.flag("SAVE_FLOWS", state.model.save_flows);
  options.on("ALTERNATIVE_CELL_AVERAGING", [&](Words& w, const Place& p) {
    const std::string word = w.upper();
    if (word == "LOGARITHMIC") {
      flow.averaging = CellAveraging::logarithmic;
    } else if (word == "AMT-LMK") {
      flow.averaging = CellAveraging::amt_lmk;
    } else if (word == "AMT-HMK") {
      flow.averaging = CellAveraging::amt_hmk;
    } else {
      context.problem(p, "NPF ALTERNATIVE_CELL_AVERAGING", fmt::format("'{}' is not known", word),
                      "LOGARITHMIC, AMT-LMK, AMT-HMK");
    }
  });
  options.flag("THICKSTRT", flow.thickstrt);
  options.on("VARIABLECV", [&](Words& w, const Place&) {
    flow.variable_cv = true;
    flow.dewatered = w.upper() == "DEWATERED";
  });
  options.flag("PERCHED", flow.perched);
  options.on("REWET", [&](Words& w, const Place& p) {
    flow.rewet.enabled = true;
    for (std::string word = w.upper(); !word.empty(); word = w.upper()) {
      if (word == "WETFCT") {
        read_number(context, w, p, "NPF WETFCT", 0, 1e300, "a number from 0", flow.rewet.factor);
      } else if (word == "IWETIT") {
        read_whole(context, w, p, "NPF IWETIT", -kMany, kMany, flow.rewet.every);
        flow.rewet.every = std::max(flow.rewet.every, 1);
      } else if (word == "IHDWET") {
        read_whole(context, w, p, "NPF IHDWET", -kMany, kMany, flow.rewet.equation);
      } else {
        context.problem(p, "NPF REWET", fmt::format("'{}' is not known", word), "WETFCT, IWETIT, IHDWET");
        break;
      }
    }
  });
  options.flag("SAVE_SPECIFIC_DISCHARGE", state.model.save_specific_discharge);
  options.flag("SAVE_SATURATION", state.model.save_saturation);
  options.flag("K22OVERK", k22_over).flag("K33OVERK", k33_over);
  options.refuse("XT3D", "anisotropy must follow the rows and columns");
  options.refuse("TVK6", "conductivities do not change with time");
  options.refuse("HIGHEST_CELL_SATURATION", "");
  options.ignore({"PRINT_FLOWS", "EXPORT_ARRAY_ASCII", "EXPORT_ARRAY_NETCDF"});
  options.read(blocks, "OPTIONS");
}

// k times factor, cell by cell.
CellArray<double> product(const CellArray<double>& k, ArrayData<double>& factor) {
  CellArray<double> out;
  if (k.uniform() && factor.values.size() == 1) return CellArray<double>{k[0] * factor.values[0]};
  out.values.resize(std::max(k.values.size(), factor.values.size()));
  for (std::size_t n = 0; n < out.values.size(); ++n) out.values[n] = k[n] * factor.at(n);
  return out;
}

void refuse_angle(Context& context, const ArrayData<double>& angle, const char* name) {
  if (!angle.read || std::all_of(angle.values.begin(), angle.values.end(), [](double v) { return v == 0; }))
    return;
  context.problem(angle.places[0], fmt::format("NPF {}", name), "rotated conductivities are not supported",
                  "0", "Leave the array out where the tensor follows rows and columns");
}

}  // namespace

void read_npf(Context& context, ReadState& state, const std::string& name, const Place& at) {
  const TextFilePtr file = context.open(name, at);
  if (!file) return;
  const auto blocks =
      read_blocks(context, file, {{"OPTIONS", false, true}, {"GRIDDATA", false, false, true}});
  bool k22_over = false;
  bool k33_over = false;
  read_npf_options(context, state, blocks, k22_over, k33_over);
  if (!state.have_grid || find_block(blocks, "GRIDDATA") == nullptr) return;
  const Grid& grid = state.model.grid;
  const ArrayShape all = shape_of(grid);
  ArrayData<std::int32_t> icelltype;
  ArrayData<double> k, k22, k33, wetdry, angle1, angle2, angle3;
  GridData data(context, "NPF");
  data.array("ICELLTYPE", all, icelltype);
  data.array("K", all, k);
  data.array("K22", all, k22);
  data.array("K33", all, k33);
  data.array("WETDRY", all, wetdry);
  data.array("ANGLE1", all, angle1);
  data.array("ANGLE2", all, angle2);
  data.array("ANGLE3", all, angle3);
  data.read(blocks);
  if (!icelltype.given()) missing(context, file, "ICELLTYPE");
  if (!k.given()) missing(context, file, "K");
  const auto positive = [](double v) { return v > 0; };
  for (auto& [array, label] :
       {std::pair{&k, "NPF K"}, std::pair{&k22, "NPF K22"}, std::pair{&k33, "NPF K33"}}) {
    if (array->read) check_values(context, grid, *array, label, all, "above 0", positive);
  }
  refuse_angle(context, angle1, "ANGLE1");
  refuse_angle(context, angle2, "ANGLE2");
  refuse_angle(context, angle3, "ANGLE3");
  Flow& flow = state.model.flow;
  if (icelltype.read) {
    flow.icelltype = small(icelltype);
    state.icelltype = icelltype.places[0];
  }
  if (k.read) flow.k = std::move(k.values);
  if (k22.read) flow.k22 = k22_over ? product(flow.k, k22) : CellArray<double>(std::move(k22.values));
  if (k33.read) flow.k33 = k33_over ? product(flow.k, k33) : CellArray<double>(std::move(k33.values));
  if (wetdry.read) flow.rewet.wetdry = std::move(wetdry.values);
  if (flow.rewet.enabled && !wetdry.given()) missing(context, file, "WETDRY, which REWET needs");
}

void read_sto(Context& context, ReadState& state, const std::string& name, const Place& at) {
  const TextFilePtr file = context.open(name, at);
  if (!file) return;
  const auto blocks = read_blocks(
      context, file, {{"OPTIONS", false, true}, {"GRIDDATA", false, false, true}, {"PERIOD", true, true}});
  Storage& storage = state.model.storage;
  storage.present = true;
  bool save = false;
  Keywords options(context, "STO");
  options.flag("SAVE_FLOWS", save).flag("STORAGECOEFFICIENT", storage.storage_coefficient);
  options.flag("SS_CONFINED_ONLY", storage.ss_confined_only);
  options.refuse("TVS6", "storage does not change with time");
  options.ignore({"EXPORT_ARRAY_ASCII", "EXPORT_ARRAY_NETCDF"}).read(blocks, "OPTIONS");
  storage.save_flows = save || state.save_flows;
  bool steady = false;  // MODFLOW 6: transient until a period says otherwise
  std::size_t next = 0;
  for (StressPeriod& period : state.model.periods) period.steady = false;
  for (const Block& block : blocks) {
    if (block.name != "PERIOD") continue;
    const auto from = static_cast<std::size_t>(block.period) - 1;
    for (; next < std::min(from, state.model.periods.size()); ++next)
      state.model.periods[next].steady = steady;
    Keywords keys(context, "STO");
    keys.on("STEADY-STATE", [&](Words&, const Place&) { steady = true; });
    keys.on("TRANSIENT", [&](Words&, const Place&) { steady = false; });
    keys.read(block);
  }
  for (; next < state.model.periods.size(); ++next) state.model.periods[next].steady = steady;
  for (std::size_t p = 0; p < state.model.periods.size(); ++p) {
    if (!state.model.periods[p].steady && state.model.periods[p].perlen == 0)
      context.problem(state.period_one, fmt::format("TDIS period {}", p + 1),
                      "PERLEN 0 in a transient period", "above 0; 0 only in steady periods");
  }
  if (!state.have_grid || find_block(blocks, "GRIDDATA") == nullptr) return;
  const Grid& grid = state.model.grid;
  const ArrayShape all = shape_of(grid);
  ArrayData<std::int32_t> iconvert;
  ArrayData<double> ss, sy;
  GridData data(context, "STO");
  data.array("ICONVERT", all, iconvert);
  data.array("SS", all, ss);
  data.array("SY", all, sy);
  data.read(blocks);
  if (!iconvert.given()) missing(context, file, "ICONVERT");
  if (!ss.given()) missing(context, file, "SS");
  const auto from_zero = [](double v) { return v >= 0; };
  if (ss.read) check_values(context, grid, ss, "STO SS", all, "from 0", from_zero);
  if (sy.read) check_values(context, grid, sy, "STO SY", all, "from 0", from_zero);
  if (iconvert.read) storage.iconvert = small(iconvert);
  if (ss.read) storage.ss = std::move(ss.values);
  storage.sy = CellArray<double>{0.0};
  if (sy.read) storage.sy = std::move(sy.values);
  const bool convertible = std::any_of(storage.iconvert.values.begin(), storage.iconvert.values.end(),
                                       [](int v) { return v != 0; });
  if (convertible && !sy.given()) missing(context, file, "SY, which convertible cells need");
}

void read_hfb(Context& context, ReadState& state, const std::string& name, const Place& at) {
  const TextFilePtr file = context.open(name, at);
  if (!file) return;
  const auto blocks = read_blocks(
      context, file, {{"OPTIONS", false, true}, {"DIMENSIONS", false, true, true}, {"PERIOD", true, true}});
  Keywords(context, "HFB").ignore({"PRINT_INPUT"}).read(blocks, "OPTIONS");
  int most = 0;
  Keywords(context, "HFB").whole("MAXHFB", most, 0, kMany).read(blocks, "DIMENSIONS");
  if (!state.have_grid) return;
  const Grid& grid = state.model.grid;
  for (const Block& block : blocks) {
    if (block.name != "PERIOD") continue;
    BarrierPeriod period;
    period.period = block.period - 1;
    LineReader reader(block.body);
    while (reader.next()) {
      const Place place{reader.path(), reader.number()};
      Words words(reader.line());
      Barrier barrier;
      barrier.cell_a = read_cell(context, words, place, "HFB", grid);
      if (barrier.cell_a == kNoCell) continue;
      barrier.cell_b = read_cell(context, words, place, "HFB", grid);
      if (barrier.cell_b == kNoCell) continue;
      if (!read_number(context, words, place, "HFB HYDCHR", -1e300, 1e300, "a number", barrier.hydchr))
        continue;
      const CellIndex low = std::min(barrier.cell_a, barrier.cell_b);
      const CellIndex high = std::max(barrier.cell_a, barrier.cell_b);
      const bool beside = high - low == 1 && low % grid.ncol != grid.ncol - 1;
      const bool before =
          high - low == grid.ncol && low % (grid.ncol * grid.nrow) < grid.ncol * (grid.nrow - 1);
      if (!beside && !before) {
        context.problem(place, "HFB",
                        fmt::format("cells {} and {} are not neighbours in a layer",
                                    cell_text(grid, static_cast<std::size_t>(barrier.cell_a)),
                                    cell_text(grid, static_cast<std::size_t>(barrier.cell_b))));
        continue;
      }
      period.barriers.push_back(barrier);
    }
    if (static_cast<int>(period.barriers.size()) > most)
      context.problem(block.place, "HFB", fmt::format("{} barriers", period.barriers.size()),
                      fmt::format("at most MAXHFB = {}", most));
    state.model.barriers.push_back(std::move(period));
  }
}

}  // namespace phreatic::flow::mf6

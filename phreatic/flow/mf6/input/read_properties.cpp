// SPDX-License-Identifier: BSD-3-Clause
// NPF, STO, HFB: what the aquifer is made of.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "phreatic/flow/mf6/input/grid_data.hpp"
#include "phreatic/flow/mf6/text/lists.hpp"

namespace phreatic::flow::mf6 {
namespace {

constexpr int kMany = std::numeric_limits<int>::max();

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

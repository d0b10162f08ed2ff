// SPDX-License-Identifier: BSD-3-Clause
// CHD, WEL, DRN, RIV, GHB, RCH, EVT: their files into packages with providers (stress.hpp).
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "phreatic/flow/mf6/input/bound_checks.hpp"
#include "phreatic/flow/mf6/input/observations.hpp"
#include "phreatic/flow/mf6/input/package_files.hpp"
#include "phreatic/flow/mf6/input/stress.hpp"
#include "phreatic/flow/mf6/input/stress_file.hpp"
#include "phreatic/flow/packages/package_type.hpp"

namespace phreatic::flow::mf6 {
namespace {

constexpr int kMany = std::numeric_limits<int>::max();

struct Options {
  std::vector<std::string> aux;
  std::string multiplier;
  std::string depth_name;
  std::string infiltration_name;
  bool boundnames = false;
  bool arrays = false;
  bool save = false;
  bool print_flows = false;
  std::vector<std::pair<std::string, Place>> series;
  std::vector<std::pair<std::string, Place>> time_arrays;
  std::vector<std::pair<std::string, Place>> observations;
};

// Reads one package file.
class StressReader {
 public:
  StressReader(Context& context, ReadState& state, PackageKind kind, const std::string& name, const Place& at)
      : context_(context), state_(state), at_(at) {
    package_.kind = kind;
    package_.name = name;
    where_ = name;
  }

  void read(const std::string& file_name) {
    const TextFilePtr file = context_.open(file_name, at_);
    if (!file) return;
    file_ = file->path;
    std::vector<BlockRule> rules = {
        {"OPTIONS", false, true}, {"DIMENSIONS", false, true}, {"PERIOD", true, true}};
    const bool area = package_.kind == PackageKind::rch || package_.kind == PackageKind::evt;
    if (area && wants_arrays(file)) rules.back().open_close = false;
    const std::vector<Block> blocks = read_blocks(context_, file, rules);
    read_options(blocks);
    read_dimensions(blocks);
    package_.aux_names = options_.aux;
    package_.save_flows = options_.save || state_.save_flows;
    if (!state_.have_grid) return;
    find_columns();
    for (const auto& [name, place] : options_.series) series_.read(context_, name, place);
    if (options_.arrays) {
      package_.text = std::string(package_.kind.name()) + "A";
      package_.provider = make_provider(read_array_periods(periods(), options_.time_arrays, blocks));
    } else {
      package_.text = package_.kind.name();
      read_lists(blocks);
    }
    state_.model.packages.push_back(std::move(package_));
    state_.package_places.push_back({file_, 0});
    state_.printed.push_back({options_.print_flows, false});
    FeatureNames names;
    names.has_boundnames = options_.boundnames;
    for (const auto& [name, place] : options_.observations)
      read_package_observations(context_, state_, static_cast<int>(state_.model.packages.size()) - 1, names,
                                name, place);
  }

 private:
  static bool wants_arrays(const TextFilePtr& file) {
    LineReader reader({file, file->bytes, 1});
    while (reader.next() && !first_word_is(reader.line(), "END")) {
      if (first_word_is(reader.line(), "READASARRAYS")) return true;
    }
    return false;
  }

  void read_options(const std::vector<Block>& blocks) {
    Keywords keys(context_, where_);
    const auto file_list = [&](std::vector<std::pair<std::string, Place>>& list) {
      return [this, &list](Words& w, const Place& p) {
        const std::string name = read_file_name(context_, w, p, where_, "FILEIN");
        if (!name.empty()) list.emplace_back(name, p);
      };
    };
    keys.on("AUXILIARY", [&](Words& w, const Place&) {
      for (std::string word = w.upper(); !word.empty(); word = w.upper()) options_.aux.push_back(word);
    });
    keys.on("AUX", [&](Words& w, const Place&) {
      for (std::string word = w.upper(); !word.empty(); word = w.upper()) options_.aux.push_back(word);
    });
    keys.on("AUXMULTNAME", [&](Words& w, const Place&) { options_.multiplier = w.upper(); });
    keys.flag("BOUNDNAMES", options_.boundnames).flag("SAVE_FLOWS", options_.save);
    keys.flag("PRINT_FLOWS", options_.print_flows);
    keys.ignore({"PRINT_INPUT", "EXPORT_ARRAY_NETCDF", "EXPORT_ARRAY_ASCII"});
    keys.on("TS6", file_list(options_.series));
    keys.on("OBS6", file_list(options_.observations));
    keys.on("MOVER", [&](Words&, const Place& p) { context_.note(p, kMoverAlone); });
    package_options(keys, file_list(options_.time_arrays));
    keys.read(blocks, "OPTIONS");
  }

  void package_options(Keywords& keys, const Keywords::Handler& time_arrays) {
    const PackageKind kind = package_.kind;
    if (kind == PackageKind::wel) {
      keys.on("AUTO_FLOW_REDUCE", [&](Words& w, const Place& p) {
        package_.auto_flow_reduce = 0.1;
        if (!Words(w.rest()).next().empty())
          read_number(context_, w, p, where_ + " AUTO_FLOW_REDUCE", -1e300, 1e300, "a number",
                      package_.auto_flow_reduce);
        const double given = package_.auto_flow_reduce;
        package_.auto_flow_reduce = given <= 0 ? 0.1 : std::min(given, 1.0);
        if (package_.auto_flow_reduce != given)
          context_.note(p, fmt::format("AUTO_FLOW_REDUCE {} is taken as {}, as MODFLOW 6 does", given,
                                       package_.auto_flow_reduce));
      });
      keys.on("AUTO_FLOW_REDUCE_CSV", [&](Words&, const Place& p) {
        context_.note(p, "the CSV file of reduced well rates is left out");
      });
      keys.refuse("FLOW_REDUCTION_LENGTH", "AUTO_FLOW_REDUCE is a fraction of the cell's thickness");
    }
    if (kind == PackageKind::drn) {
      keys.on("AUXDEPTHNAME", [&](Words& w, const Place&) { options_.depth_name = w.upper(); });
    }
    if (kind == PackageKind::riv) {
      // Phreatic's own: an auxiliary column with the factor on water that leaves the river.
      keys.on("AUXINFILTRATIONNAME", [&](Words& w, const Place&) { options_.infiltration_name = w.upper(); });
    }
    if (kind == PackageKind::rch || kind == PackageKind::evt) {
      keys.flag("READASARRAYS", options_.arrays).flag("FIXED_CELL", package_.fixed_cell);
      keys.on("TAS6", time_arrays);
      keys.refuse("READARRAYGRID", "arrays of the whole grid; use READASARRAYS");
    }
    if (kind == PackageKind::evt) keys.flag("SURF_RATE_SPECIFIED", package_.surf_rate_specified);
    keys.refuse("READARRAYGRID", "arrays of the whole grid");
  }

  void read_dimensions(const std::vector<Block>& blocks) {
    Keywords keys(context_, where_);
    most_ = 0;
    keys.whole("MAXBOUND", most_, 0, kMany);
    if (package_.kind == PackageKind::evt) keys.whole("NSEG", package_.evt_segments, 1, 1000);
    keys.read(blocks, "DIMENSIONS");
    if (!options_.arrays && find_block(blocks, "DIMENSIONS") == nullptr &&
        find_block(blocks, "PERIOD") != nullptr)
      context_.problem({file_, 0}, where_, "the block DIMENSIONS with MAXBOUND is missing");
  }

  int aux_index(const std::string& name, const char* option) {
    if (name.empty()) return -1;
    const auto found = std::find(options_.aux.begin(), options_.aux.end(), name);
    if (found != options_.aux.end()) return static_cast<int>(found - options_.aux.begin());
    context_.problem({file_, 0}, where_ + " " + option, fmt::format("'{}' is no AUXILIARY name", name));
    return -1;
  }

  void find_columns() {
    const PackageType& type = package_type(package_.kind);
    for (BoundColumn& column : type.columns(package_))
      names_.push_back({std::move(column.name), column.low, std::move(column.allowed)});
    if (options_.arrays && package_.kind == PackageKind::evt) names_.resize(3);
    columns_.values = static_cast<int>(names_.size());
    columns_.aux = static_cast<int>(options_.aux.size());
    columns_.multiplied = type.multiplied;
    columns_.multiplier = aux_index(options_.multiplier, "AUXMULTNAME");
    columns_.infiltration_aux = aux_index(options_.infiltration_name, "AUXINFILTRATIONNAME");
    package_.infiltration_factor = columns_.infiltration_aux >= 0;
    package_.drain_depth_aux = aux_index(options_.depth_name, "AUXDEPTHNAME");
    for (const std::string& name : options_.aux) names_.push_back({name, -1e300, "a number"});
  }

  StressFile periods() { return {context_, state_, package_.kind, where_, file_, columns_, names_}; }

  void read_lists(const std::vector<Block>& blocks) {
    StressFile shared = periods();
    auto stress = std::make_shared<ListStress>();
    stress->columns = columns_;
    stress->where = where_;
    stress->dimensions = shared.dimensions(false);
    stress->names = names_;
    stress->boundnames = options_.boundnames;
    stress->series = series_;
    const BoundCheck check = make_bound_check(state_, package_, columns_.values,
                                              package_.kind == PackageKind::chd ? columns_.multiplier : -1);
    const ListSpec spec{
        where_, names_, options_.boundnames, &state_.model.grid, &series_, static_cast<std::size_t>(most_),
        check};
    if (package_.kind == PackageKind::chd) state_.fixed_heads.emplace_back();
    for (const Block& block : blocks) {
      if (block.name != "PERIOD" || shared.after_end(block)) continue;
      auto list = std::make_shared<BoundList>();
      const bool good = read_list(context_, block.body, block.binary_file, block.place, spec, *list);
      if (good && most_ == 0 && list->size() > 0)
        context_.problem(block.place, where_, fmt::format("{} bounds", list->size()), "at most MAXBOUND = 0");
      note_uses(block.period - 1, *list);
      if (package_.kind == PackageKind::chd)
        state_.fixed_heads.back().emplace_back(block.period - 1, list->cell);
      if (good)
        check_series_bounds(context_, state_, check, series_, *list, block.place, where_, block.period - 1,
                            next_period(blocks, block));
      ListPeriod period;
      period.period = block.period - 1;
      period.binary = !block.binary_file.empty();
      period.file = period.binary ? context_.path_of(block.binary_file).string() : block.body.file->path;
      if (!period.binary && !block.body.text.empty()) {
        period.offset = static_cast<std::size_t>(block.body.text.data() - block.body.file->bytes.data());
        period.length = block.body.text.size();
        period.first_line = block.body.line;
      }
      if (!good || shared.retain(list->bytes(), period.binary) || !list->uses.empty()) period.list = list;
      stress->periods.push_back(std::move(period));
    }
    check_series();
    package_.provider = make_provider(std::shared_ptr<const ListStress>(std::move(stress)));
  }

  // The period of the block after this one, or the end of the run (0-based).
  int next_period(const std::vector<Block>& blocks, const Block& block) const {
    const auto periods = static_cast<int>(state_.model.periods.size());
    for (const Block& other : blocks) {
      if (other.name == "PERIOD" && other.period > block.period) return std::min(other.period - 1, periods);
    }
    return periods;
  }

  void note_uses(int period, const BoundList& list) {
    if (!series_use_.empty()) close_uses(period);
    for (const SeriesUse& use : list.uses) series_use_[use.series] = period;
  }

  // Steps of periods [first, last) of series that were in use.
  void close_uses(int last) {
    for (const auto& [series, first] : series_use_) check_cover(series_[series], first, last);
    series_use_.clear();
  }
  void check_series() { close_uses(static_cast<int>(state_.model.periods.size())); }

  void check_cover(const TimeSeries& series, int first, int last) {
    periods().check_cover(series.name, series.place, series.times, series.method, first, last);
  }

  Context& context_;
  ReadState& state_;
  Place at_;
  Package package_;
  std::string where_;
  std::string file_;
  Options options_;
  int most_ = 0;
  StressColumns columns_;
  std::vector<ListColumn> names_;
  SeriesSet series_;
  std::map<int, int> series_use_;  // series in use: since which period
};

}  // namespace

void read_list_package(Context& context, ReadState& state, PackageKind kind, const std::string& file,
                       const std::string& name, const Place& at) {
  StressReader(context, state, kind, name, at).read(file);
}

}  // namespace phreatic::flow::mf6

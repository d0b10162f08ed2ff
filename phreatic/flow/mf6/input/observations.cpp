// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/input/observations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/core/files/files.hpp"
#include "phreatic/flow/mf6/input/package_files.hpp"
#include "phreatic/flow/mf6/text/lists.hpp"
#include "phreatic/flow/packages/package_state.hpp"

namespace phreatic::flow::mf6 {
namespace {

std::size_t index(CellIndex n) { return static_cast<std::size_t>(n); }

std::string cell_words(const Grid& grid, CellIndex cell) {
  const int layer = grid.nrow * grid.ncol;
  return fmt::format("{} {} {}", cell / layer + 1, cell % layer / grid.ncol + 1, cell % grid.ncol + 1);
}

// Reads one package's observation file.
class PackageObservations {
 public:
  PackageObservations(Context& context, ReadState& state, int package, const FeatureNames& names)
      : context_(context),
        state_(state),
        number_(package),
        package_(state.model.packages[static_cast<std::size_t>(package)]),
        names_(names),
        types_(package_files(package_.kind).observed) {
    if (types_.empty()) types_ = {std::string(package_.kind.name())};
  }

  void read(const std::string& name, const Place& named_at) {
    const TextFilePtr file = context_.open(name, named_at);
    if (!file) return;
    const auto blocks = read_blocks(context_, file, {{"OPTIONS", false, true}, {"CONTINUOUS", true, true}});
    Keywords(context_, where()).ignore({"DIGITS", "PRINT_INPUT"}).read(blocks, "OPTIONS");
    for (const Block& block : blocks) {
      if (block.name == "CONTINUOUS") read(block);
    }
  }

 private:
  std::string where() const { return package_.name + " OBS"; }

  void read(const Block& block) {
    std::string csv;
    bool binary = false;
    for (std::size_t i = 0; i < block.words.size(); ++i) {
      const std::string word = Words::to_upper(block.words[i]);
      if (word == "FILEOUT" && i + 1 < block.words.size()) csv = block.words[++i];
      if (word == "BINARY") binary = true;
    }
    if (csv.empty()) {
      context_.problem(block.place, where() + " block CONTINUOUS", "FILEOUT and a file name are missing");
      return;
    }
    LineReader reader(block.body);
    while (reader.next()) {
      Words words(reader.line());
      Observation one;
      one.file = csv;
      one.binary = binary;
      one.package = number_;
      one.name = Words::to_upper(words.next());
      one.type = words.upper();
      const Place place{reader.path(), reader.number()};
      if (known_type(one, place) && place_of(words, place, one))
        state_.model.observations.push_back(std::move(one));
    }
  }

  bool known_type(const Observation& one, const Place& place) {
    if (std::find(types_.begin(), types_.end(), one.type) != types_.end()) return true;
    if (one.type == "TO-MVR" || one.type == "FROM-MVR" || one.type == "WEL-REDUCTION") {
      context_.note(place, fmt::format("the observation '{}' of {} is left out", one.name, one.type));
      return false;
    }
    std::string allowed;
    for (const std::string& type : types_) allowed += (allowed.empty() ? "" : ", ") + type;
    context_.problem(place, where(), fmt::format("'{}' cannot be observed", one.type), allowed);
    return false;
  }

  bool place_of(Words& words, const Place& place, Observation& one) {
    Words ahead = words;
    const std::string_view first = ahead.next();
    std::int32_t number = 0;
    if (first.empty()) {
      context_.problem(place, where(), fmt::format("'{}' says no place", one.name),
                       names_.count > 0 ? "a number or a boundname" : "layer row column or a boundname");
      return false;
    }
    if (parse_int(first, number) != NumberStatus::ok) {
      one.boundname = Words::to_upper(first);
      return known_name(one, place);
    }
    if (names_.count == 0) {
      one.cell = read_cell(context_, words, place, where(), state_.model.grid, false);
      return one.cell != kNoCell;
    }
    if (number < 1 || number > names_.count) {
      context_.problem(place, where(), fmt::format("number {}", number),
                       fmt::format("1 to {}", names_.count));
      return false;
    }
    one.feature = number - 1;
    return true;
  }

  bool known_name(const Observation& one, const Place& place) {
    if (names_.count == 0) {
      if (names_.has_boundnames) return true;
      context_.problem(place, where(),
                       fmt::format("'{}' is a boundname, but the package has none", one.boundname),
                       "BOUNDNAMES among the options of the package, or layer row column");
      return false;
    }
    const auto found = std::count(names_.boundnames.begin(), names_.boundnames.end(), one.boundname);
    if (found == 0) {
      context_.problem(place, where(), fmt::format("'{}' is no boundname of the package", one.boundname));
    } else if (found > 1 && !additive(one.type)) {
      context_.problem(place, where(),
                       fmt::format("{} of '{}', a name of {} reaches", one.type, one.boundname, found),
                       "a name of one reach, or its number");
      return false;
    }
    return found > 0;
  }

  static bool additive(const std::string& type) {
    return type != "STAGE" && type != "DEPTH" && type.rfind("WET-", 0) != 0;
  }

  Context& context_;
  ReadState& state_;
  int number_;
  const Package& package_;
  const FeatureNames& names_;
  std::vector<std::string> types_;
};

// Flow into cell n from its neighbour m.
double flow_from(const FaceFlows& faces, const Grid& grid, CellIndex n, CellIndex m) {
  const CellIndex low = std::min(n, m);
  const CellIndex apart = std::max(n, m) - low;
  const double forward = apart == 1 && grid.ncol > 1           ? faces.right[index(low)]
                         : apart == grid.ncol && grid.nrow > 1 ? faces.front[index(low)]
                                                               : faces.down[index(low)];
  return low == m ? forward : -forward;
}

double list_value(const Observation& one, const PackageFlows& flows, const PackageValues& values) {
  double sum = 0;
  bool found = false;
  for (std::size_t b = 0; b < flows.flow.size(); ++b) {
    const bool here = one.boundname.empty()
                          ? values.cell[b] == one.cell
                          : b < values.boundnames.size() && values.boundnames[b] == one.boundname;
    if (!here) continue;
    found = true;
    sum += flows.flow[b];
  }
  return found ? sum : kNoObservation;
}

double feature_value(const Observation& one, const PackageState& state, const PackageValues& values) {
  if (one.feature >= 0)
    return state.observe(one.type, static_cast<std::size_t>(one.feature)).value_or(kNoObservation);
  double sum = 0;
  for (std::size_t f = 0; f < values.boundnames.size(); ++f) {
    if (values.boundnames[f] == one.boundname) sum += state.observe(one.type, f).value_or(0.0);
  }
  return sum;
}

}  // namespace

bool are_neighbours(const Grid& grid, CellIndex a, CellIndex b) {
  const CellIndex low = std::min(a, b);
  const CellIndex high = std::max(a, b);
  const int layer = grid.nrow * grid.ncol;
  if (low < 0 || index(high) >= grid.cells() || grid.idomain[index(a)] <= 0 || grid.idomain[index(b)] <= 0)
    return false;
  if (low / layer == high / layer)
    return (high == low + 1 && low / grid.ncol == high / grid.ncol) || high == low + grid.ncol;
  return cell_below(grid, low) == high;
}

void read_package_observations(Context& context, ReadState& state, int package, const FeatureNames& names,
                               const std::string& file, const Place& named_at) {
  PackageObservations(context, state, package, names).read(file, named_at);
}

std::string write_package_observations(const Model& model, const Package& package,
                                       const std::filesystem::path& folder, const std::string& stem) {
  std::map<std::string, std::string> blocks;
  for (const Observation& one : model.observations) {
    if (one.package < 0 || &model.packages[static_cast<std::size_t>(one.package)] != &package) continue;
    std::string place =
        one.feature >= 0 ? fmt::format("{}", one.feature + 1) : fmt::format("'{}'", one.boundname);
    if (one.cell != kNoCell) place = cell_words(model.grid, one.cell);
    blocks[fmt::format("'{}'{}", one.file, one.binary ? " BINARY" : "")] +=
        fmt::format("  '{}' {} {}\n", one.name, one.type, place);
  }
  if (blocks.empty()) return "";
  std::string text;
  for (const auto& [file, lines] : blocks)
    text += fmt::format("BEGIN CONTINUOUS FILEOUT {}\n{}END CONTINUOUS\n\n", file, lines);
  core::write_file_atomic(folder / (stem + ".obs"), text);
  return fmt::format("  OBS6 FILEIN {}.obs\n", stem);
}

Observer::Observer(const Model& model) {
  for (std::size_t i = 0; i < model.observations.size(); ++i) {
    const Observation& one = model.observations[i];
    packages_ = packages_ || one.package >= 0;
    faces_ = faces_ || (one.package < 0 && one.type == "FLOW-JA-FACE");
    if (one.package < 0 && one.type == "DRAWDOWN") starts_[i] = model.start_heads[index(one.cell)];
  }
}

std::vector<double> Observer::values(const Simulation& simulation) const {
  const Model& model = simulation.model();
  const std::vector<PackageFlows> flows =
      packages_ ? simulation.package_flows() : std::vector<PackageFlows>{};
  const FaceFlows faces = faces_ ? simulation.face_flows() : FaceFlows{};
  std::vector<double> out;
  for (std::size_t i = 0; i < model.observations.size(); ++i) {
    const Observation& one = model.observations[i];
    if (one.package >= 0) {
      const auto p = static_cast<std::size_t>(one.package);
      const PackageState* state = simulation.package_state(p);
      out.push_back(state != nullptr ? feature_value(one, *state, simulation.package_values(p))
                                     : list_value(one, flows[p], simulation.package_values(p)));
      continue;
    }
    if (model.grid.idomain[index(one.cell)] <= 0) {
      out.push_back(kNoObservation);
    } else if (one.type == "FLOW-JA-FACE") {
      out.push_back(flow_from(faces, model.grid, one.cell, one.other));
    } else {
      const double head = simulation.heads()[index(one.cell)];
      out.push_back(one.type == "DRAWDOWN" ? starts_.at(i) - head : head);
    }
  }
  return out;
}

}  // namespace phreatic::flow::mf6

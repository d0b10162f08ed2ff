// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "phreatic/flow/mf6/input/observations.hpp"
#include "phreatic/flow/mf6/packages/sfr/sfr_files.hpp"
#include "phreatic/flow/mf6/packages/sfr/sfr_text.hpp"
#include "phreatic/flow/mf6/text/lists.hpp"

namespace phreatic::flow::mf6 {
namespace {

constexpr int kMany = std::numeric_limits<int>::max();
constexpr double kLarge = 1e300;

class SfrReader {
 public:
  SfrReader(Context& context, ReadState& state, const std::string& name, const Place& at)
      : text_{context, state, name, "", 0, {}}, at_(at) {
    package_.kind = PackageKind::sfr;
    package_.name = name;
    package_.text = "SFR";
  }

  void read(const std::string& file_name) {
    const TextFilePtr file = text_.context.open(file_name, at_);
    if (!file) return;
    text_.file = file->path;
    text_.network->file = text_.file;
    const std::vector<Block> blocks = read_blocks(text_.context, file,
                                                  {{"OPTIONS", false, true},
                                                   {"DIMENSIONS", false, true, true},
                                                   {"PACKAGEDATA", false, true, true},
                                                   {"CROSSSECTIONS", false, true},
                                                   {"CONNECTIONDATA", false, true, true},
                                                   {"DIVERSIONS", false, true},
                                                   {"INITIALSTAGES", false, true},
                                                   {"PERIOD", true, true}});
    read_options(blocks);
    Keywords dimensions(text_.context, text_.where);
    dimensions.whole("NREACHES", text_.count, 1, kMany);
    dimensions.read(blocks, "DIMENSIONS");
    if (!text_.state.have_grid || text_.count < 1) return;
    for (const auto& [name, place] : series_files_) text_.stress->series.read(text_.context, name, place);
    const std::size_t before = text_.context.problem_count();
    read_reaches(blocks);
    each(blocks, "CONNECTIONDATA", true,
         [&](Words& w, std::size_t r, const Place& p) { connections(w, r, p); });
    each(blocks, "DIVERSIONS", false, [&](Words& w, std::size_t r, const Place& p) { diversion(w, r, p); });
    each(blocks, "CROSSSECTIONS", false, [&](Words& w, std::size_t r, const Place& p) {
      text_.stress->start.value(kStreamSection, r) = read_cross_section(text_, w, p);
    });
    if (const Block* block = find_block(blocks, "INITIALSTAGES"); block != nullptr && text_.network->storage)
      text_.context.note(
          block->place,
          "INITIALSTAGES has no effect on flow: as in MODFLOW 6 reaches hold no water before the first step");
    each(blocks, "INITIALSTAGES", false, [&](Words& w, std::size_t r, const Place& p) {
      double stage = 0;
      if (read_number(text_.context, w, p, text_.where + " INITIALSTAGES", text_.network->reaches[r].top,
                      kLarge, "at or above the top of the bed", stage))
        text_.stress->start.value(kStreamStage, r) = stage;
    });
    if (text_.context.problem_count() != before) return;
    core::Problems found;
    check_streams(*text_.network, text_.state.model.grid, text_.where, found);
    for (const core::Problem& p : found.items())
      text_.context.problem({p.file, p.line}, p.where, p.what, p.allowed, p.mend);
    for (const Block& block : blocks) {
      if (block.name == "PERIOD") read_stream_period(text_, block);
    }
    if (text_.context.problem_count() == before) check_upstream_fractions(text_);
    finish();
  }

 private:
  void read_options(const std::vector<Block>& blocks) {
    Keywords keys(text_.context, text_.where);
    const auto names = [&](Words& w, const Place&) {
      for (std::string word = w.upper(); !word.empty(); word = w.upper()) text_.aux_names.push_back(word);
    };
    keys.on("AUXILIARY", names).on("AUX", names);
    bool save = false;
    keys.flag("BOUNDNAMES", boundnames_).flag("SAVE_FLOWS", save);
    keys.flag("PRINT_FLOWS", printed_.flows).flag("PRINT_STAGE", printed_.state);
    keys.ignore({"PRINT_INPUT", "MAXIMUM_ITERATIONS", "MAXIMUM_PICARD_ITERATIONS", "MAXIMUM_DEPTH_CHANGE"});
    const auto out = [&](std::string& target, const char* what) {
      return [this, &target, what](Words& w, const Place& p) {
        target = read_file_name(text_.context, w, p, text_.where + " " + what, "FILEOUT");
      };
    };
    keys.on("STAGE", out(package_.output.state_file, "STAGE"));
    keys.on("BUDGET", out(package_.output.budget_file, "BUDGET"));
    keys.on("BUDGETCSV", out(package_.output.budget_csv_file, "BUDGETCSV"));
    keys.on("PACKAGE_CONVERGENCE", out(package_.output.convergence_file, "PACKAGE_CONVERGENCE"));
    keys.on("TS6", [&](Words& w, const Place& p) {
      const std::string name = read_file_name(text_.context, w, p, text_.where, "FILEIN");
      if (!name.empty()) series_files_.emplace_back(name, p);
    });
    keys.on("OBS6", [&](Words& w, const Place& p) {
      const std::string name = read_file_name(text_.context, w, p, text_.where, "FILEIN");
      if (!name.empty()) observation_files_.emplace_back(name, p);
    });
    keys.flag("STORAGE", text_.network->storage);
    keys.number("DEV_STORAGE_WEIGHT", text_.network->storage_weight, 0.5, 1, "0.5 to 1");
    keys.on("MOVER", [&](Words&, const Place& p) { text_.context.note(p, kMoverAlone); });
    double unit = 0;
    double length = 1;
    double time = 1;
    const char* above = "a number above 0";
    keys.number("UNIT_CONVERSION", unit, 1e-300, kLarge, above);
    keys.number("LENGTH_CONVERSION", length, 1e-300, kLarge, above);
    keys.number("TIME_CONVERSION", time, 1e-300, kLarge, above);
    keys.read(blocks, "OPTIONS");
    if (unit > 0 && (length != 1 || time != 1))
      text_.context.problem({text_.file, 0}, text_.where + " UNIT_CONVERSION",
                            "stands beside LENGTH_CONVERSION or TIME_CONVERSION", "one or the other");
    text_.network->conversion = unit > 0 ? unit : std::cbrt(length) * time;
    package_.save_flows = save || text_.state.save_flows;
  }

  // Goes through the lines of a block: use(words, reach, place). With `once` every reach must stand there, once.
  template <class Use>
  void each(const std::vector<Block>& blocks, const std::string& name, bool once, Use&& use) {
    const Block* block = find_block(blocks, name);
    if (block == nullptr) return;
    std::vector<std::size_t> lines(static_cast<std::size_t>(text_.count), 0);
    LineReader reader(block->body);
    while (reader.next()) {
      Words words(reader.line());
      const Place place{reader.path(), reader.number()};
      std::size_t r = 0;
      if (!read_reach_number(text_, words, place, text_.where + " " + name + " reach", r)) continue;
      if (once && lines[r] != 0)
        text_.context.problem(place, text_.where + " " + name,
                              fmt::format("reach {} stands twice, first in line {}", r + 1, lines[r]));
      lines[r] = place.line;
      use(words, r, place);
    }
    if (!once) return;
    const auto missing = std::count(lines.begin(), lines.end(), std::size_t{0});
    if (missing == 0) return;
    const auto first = std::find(lines.begin(), lines.end(), std::size_t{0}) - lines.begin();
    text_.context.problem(block->place, text_.where + " block " + name,
                          fmt::format("reach {} is missing{}", first + 1,
                                      missing > 1 ? fmt::format(", and {} more", missing - 1) : ""),
                          fmt::format("a line for each of the {} reaches", text_.count));
  }

  void read_reaches(const std::vector<Block>& blocks) {
    const auto n = static_cast<std::size_t>(text_.count);
    text_.network->reaches.resize(n);
    counts_.assign(n, {0, 0});
    std::size_t diversions = 0;
    // Numbers of diversions first: they decide how many columns there are.
    each(blocks, "DIVERSIONS", false, [&](Words& w, std::size_t, const Place&) {
      std::int32_t number = 0;
      if (parse_int(w.next(), number) == NumberStatus::ok && number > 0 && number <= text_.count)
        diversions = std::max(diversions, static_cast<std::size_t>(number));
    });
    text_.stress->columns = kStreamDiversions + diversions;
    text_.stress->aux = text_.aux_names.size();
    text_.stress->start.cell.assign(n, kNoCell);
    text_.stress->start.values.assign(text_.stress->columns * n, 0.0);
    text_.stress->start.aux.assign(text_.stress->aux * n, 0.0);
    if (boundnames_) text_.stress->start.boundnames.assign(n, "");
    each(blocks, "PACKAGEDATA", true, [&](Words& w, std::size_t r, const Place& p) { reach(w, r, p); });
  }

  bool cell_of(Words& words, const Place& place, CellIndex& cell) {
    Words ahead = words;
    const std::string first = ahead.upper();
    if (first == "NONE") {
      words = ahead;
      return true;
    }
    if (first == "0" && ahead.next() == "0" && ahead.next() == "0") {
      words = ahead;
      return true;
    }
    cell = read_cell(text_.context, words, place, text_.where + " PACKAGEDATA", text_.state.model.grid);
    return cell != kNoCell;
  }

  void reach(Words& words, std::size_t r, const Place& place) {
    Reach& reach = text_.network->reaches[r];
    text_.network->file = place.file;
    reach.line = place.line;
    if (!cell_of(words, place, reach.cell)) return;
    text_.stress->start.cell[r] = reach.cell;
    const std::array<std::pair<const char*, double*>, 5> numbers = {{{"RLEN", &reach.length},
                                                                     {"RWID", &reach.width},
                                                                     {"RGRD", &reach.gradient},
                                                                     {"RTP", &reach.top},
                                                                     {"RBTH", &reach.thickness}}};
    for (const auto& [name, target] : numbers) {
      if (!read_number(text_.context, words, place, text_.where + " " + name, -kLarge, kLarge, "a number",
                       *target))
        return;
    }
    if (!read_stream_value(text_, words, place, kStreamBedK, r, nullptr) ||
        !read_stream_value(text_, words, place, kStreamRoughness, r, nullptr))
      return;
    if (!read_whole(text_.context, words, place, text_.where + " NCON", 0, text_.count, counts_[r].first))
      return;
    if (!read_stream_value(text_, words, place, kStreamFraction, r, nullptr)) return;
    if (!read_whole(text_.context, words, place, text_.where + " NDV", 0, text_.count, counts_[r].second))
      return;
    for (std::size_t a = 0; a < text_.stress->aux; ++a) {
      if (!read_stream_value(text_, words, place, text_.stress->columns + a, r, nullptr)) return;
    }
    text_.stress->start.value(kStreamStatus, r) = 1;
    text_.stress->start.value(kStreamStage, r) = reach.top;
    text_.stress->start.value(kStreamSection, r) = -1;
    reach.diversions.resize(static_cast<std::size_t>(counts_[r].second), Diversion{-1, DiversionRule::upto});
    if (boundnames_) {
      reach.name = words.upper();
      text_.stress->start.boundnames[r] = reach.name;
    }
  }

  void connections(Words& words, std::size_t r, const Place& place) {
    Reach& reach = text_.network->reaches[r];
    for (std::string_view word = words.next(); !word.empty(); word = words.next()) {
      std::int32_t number = 0;
      if (parse_int(word, number) != NumberStatus::ok || number == 0) {
        if (static_cast<int>(reach.links.size()) >= counts_[r].first) return;  // a remark after the numbers
        text_.context.problem(place, text_.where + " CONNECTIONDATA",
                              fmt::format("'{}' is no reach number", word),
                              "whole numbers, negative for reaches downstream");
        return;
      }
      reach.links.push_back({std::abs(number) - 1, number < 0});
    }
    // MODFLOW 6 serves and writes connections by increasing number.
    std::sort(reach.links.begin(), reach.links.end(),
              [](const ReachLink& a, const ReachLink& b) { return a.reach < b.reach; });
    if (static_cast<int>(reach.links.size()) == counts_[r].first) return;
    text_.context.problem(place, text_.where + " CONNECTIONDATA",
                          fmt::format("reach {} has {} connections, NCON says {}", r + 1, reach.links.size(),
                                      counts_[r].first));
  }

  void diversion(Words& words, std::size_t r, const Place& place) {
    static const std::array<std::pair<const char*, DiversionRule>, 4> rules = {
        {{"FRACTION", DiversionRule::fraction},
         {"EXCESS", DiversionRule::excess},
         {"THRESHOLD", DiversionRule::threshold},
         {"UPTO", DiversionRule::upto}}};
    const std::string where = text_.where + " DIVERSIONS";
    int number = 0;
    std::size_t to = 0;
    auto& diversions = text_.network->reaches[r].diversions;
    if (!read_whole(text_.context, words, place, where, 1, static_cast<int>(diversions.size()), number))
      return;
    if (!read_reach_number(text_, words, place, where, to)) return;
    const std::string word = words.upper();
    const auto* rule =
        std::find_if(rules.begin(), rules.end(), [&](const auto& known) { return word == known.first; });
    if (rule == rules.end()) {
      text_.context.problem(place, where, fmt::format("'{}' is no rule of diversions", word),
                            "FRACTION, EXCESS, THRESHOLD, UPTO");
      return;
    }
    diversions[static_cast<std::size_t>(number - 1)] = {static_cast<int>(to), rule->second};
  }

  void finish() {
    package_.aux_names = text_.aux_names;
    package_.data = text_.network;
    package_.provider = make_sfr_provider(text_.stress);
    const int index = static_cast<int>(text_.state.model.packages.size());
    text_.state.model.packages.push_back(package_);
    text_.state.package_places.push_back({text_.file, 0});
    text_.state.printed.push_back(printed_);
    FeatureNames names;
    names.count = text_.count;
    names.boundnames = text_.stress->start.boundnames;
    for (const auto& [name, place] : observation_files_)
      read_package_observations(text_.context, text_.state, index, names, name, place);
  }

  SfrText text_;
  Place at_;
  Package package_;
  bool boundnames_ = false;
  PrintedTables printed_;
  std::vector<std::pair<int, int>> counts_;  // NCON and NDV
  std::vector<std::pair<std::string, Place>> series_files_;
  std::vector<std::pair<std::string, Place>> observation_files_;
};

}  // namespace

void read_sfr(Context& context, ReadState& state, PackageKind, const std::string& file,
              const std::string& name, const Place& at) {
  SfrReader(context, state, name, at).read(file);
}

PackageFiles sfr_files() {
  return {
      PackageKind::sfr,
      read_sfr,
      write_sfr,
      {"STAGE", "DEPTH", "EXT-INFLOW", "INFLOW", "UPSTREAM-FLOW", "OUTFLOW", "EXT-OUTFLOW", "DOWNSTREAM-FLOW",
       "RAINFALL", "RUNOFF", "EVAPORATION", "SFR", "WET-PERIMETER", "WET-AREA", "WET-WIDTH"},
      {{"STAGE", "STAGE"},
       {"DEPTH", "DEPTH"},
       {"WIDTH", "WET-WIDTH"},
       {"GWF HEAD", "GWF-HEAD"},
       {"CONDUCTANCE", "BED-CONDUCTANCE"},
       {"GRADIENT", "BED-GRADIENT"}}};
}

}  // namespace phreatic::flow::mf6

// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "phreatic/flow/mf6/lists.hpp"
#include "phreatic/flow/mf6/observations.hpp"
#include "phreatic/flow/mf6/packages/sfr/sfr_files.hpp"
#include "phreatic/flow/mf6/packages/sfr/stress.hpp"
#include "phreatic/flow/packages/sfr/network.hpp"

namespace phreatic::flow::mf6 {
namespace {

constexpr int kMany = std::numeric_limits<int>::max();
constexpr double kLarge = 1e300;

class SfrReader {
 public:
  SfrReader(Context& context, ReadState& state, const std::string& name, const Place& at)
      : context_(context), state_(state), at_(at), where_(name) {
    package_.kind = PackageKind::sfr;
    package_.name = name;
    package_.text = "SFR";
  }

  void read(const std::string& file_name) {
    const TextFilePtr file = context_.open(file_name, at_);
    if (!file) return;
    file_ = file->path;
    network_->file = file_;
    const std::vector<Block> blocks = read_blocks(context_, file,
                                                  {{"OPTIONS", false, true},
                                                   {"DIMENSIONS", false, true, true},
                                                   {"PACKAGEDATA", false, true, true},
                                                   {"CROSSSECTIONS", false, true},
                                                   {"CONNECTIONDATA", false, true, true},
                                                   {"DIVERSIONS", false, true},
                                                   {"INITIALSTAGES", false, true},
                                                   {"PERIOD", true, true}});
    read_options(blocks);
    Keywords dimensions(context_, where_);
    dimensions.whole("NREACHES", count_, 1, kMany);
    dimensions.read(blocks, "DIMENSIONS");
    if (!state_.have_grid || count_ < 1) return;
    for (const auto& [name, place] : series_files_) stress_->series.read(context_, name, place);
    const std::size_t before = context_.problem_count();
    read_reaches(blocks);
    each(blocks, "CONNECTIONDATA", true,
         [&](Words& w, std::size_t r, const Place& p) { connections(w, r, p); });
    each(blocks, "DIVERSIONS", false, [&](Words& w, std::size_t r, const Place& p) { diversion(w, r, p); });
    each(blocks, "CROSSSECTIONS", false, [&](Words& w, std::size_t r, const Place& p) {
      stress_->start.value(kStreamSection, r) = cross_section(w, p);
    });
    each(blocks, "INITIALSTAGES", false, [&](Words& w, std::size_t r, const Place& p) {
      double stage = 0;
      if (read_number(context_, w, p, where_ + " INITIALSTAGES", network_->reaches[r].top, kLarge,
                      "at or above the top of the bed", stage))
        stress_->start.value(kStreamStage, r) = stage;
    });
    if (context_.problem_count() != before) return;
    core::Problems found;
    check_streams(*network_, state_.model.grid, where_, found);
    for (const core::Problem& p : found.items())
      context_.problem({p.file, p.line}, p.where, p.what, p.allowed, p.mend);
    for (const Block& block : blocks) {
      if (block.name == "PERIOD") read_period(block);
    }
    if (context_.problem_count() == before) check_fractions();
    finish();
  }

 private:
  void read_options(const std::vector<Block>& blocks) {
    Keywords keys(context_, where_);
    const auto names = [&](Words& w, const Place&) {
      for (std::string word = w.upper(); !word.empty(); word = w.upper()) package_.aux_names.push_back(word);
    };
    keys.on("AUXILIARY", names).on("AUX", names);
    bool save = false;
    keys.flag("BOUNDNAMES", boundnames_).flag("SAVE_FLOWS", save);
    keys.ignore({"PRINT_INPUT", "PRINT_FLOWS", "PRINT_STAGE", "MAXIMUM_ITERATIONS",
                 "MAXIMUM_PICARD_ITERATIONS", "MAXIMUM_DEPTH_CHANGE"});
    const auto out = [&](std::string& target, const char* what) {
      return [this, &target, what](Words& w, const Place& p) {
        target = read_file_name(context_, w, p, where_ + " " + what, "FILEOUT");
      };
    };
    keys.on("STAGE", out(package_.output.state_file, "STAGE"));
    keys.on("BUDGET", out(package_.output.budget_file, "BUDGET"));
    keys.on("BUDGETCSV", out(package_.output.budget_csv_file, "BUDGETCSV"));
    keys.on("PACKAGE_CONVERGENCE", [&](Words&, const Place& p) {
      context_.note(
          p, "PACKAGE_CONVERGENCE has no effect: reaches are solved to rounding at every outer iteration");
    });
    keys.on("TS6", [&](Words& w, const Place& p) {
      const std::string name = read_file_name(context_, w, p, where_, "FILEIN");
      if (!name.empty()) series_files_.emplace_back(name, p);
    });
    keys.on("OBS6", [&](Words& w, const Place& p) {
      const std::string name = read_file_name(context_, w, p, where_, "FILEIN");
      if (!name.empty()) observation_files_.emplace_back(name, p);
    });
    keys.refuse("STORAGE",
                "the kinematic wave in reaches; without it reaches pass on what they get in every step");
    keys.refuse("DEV_STORAGE_WEIGHT", "it belongs to STORAGE");
    keys.refuse("MOVER", "water is not moved between packages");
    double unit = 0;
    double length = 1;
    double time = 1;
    const char* above = "a number above 0";
    keys.number("UNIT_CONVERSION", unit, 1e-300, kLarge, above);
    keys.number("LENGTH_CONVERSION", length, 1e-300, kLarge, above);
    keys.number("TIME_CONVERSION", time, 1e-300, kLarge, above);
    keys.read(blocks, "OPTIONS");
    if (unit > 0 && (length != 1 || time != 1))
      context_.problem({file_, 0}, where_ + " UNIT_CONVERSION",
                       "stands beside LENGTH_CONVERSION or TIME_CONVERSION", "one or the other");
    network_->conversion = unit > 0 ? unit : std::cbrt(length) * time;
    package_.save_flows = save || state_.save_flows;
  }

  // A reach number, 1 to NREACHES; nothing and a problem otherwise.
  bool reach_number(Words& words, const Place& place, const std::string& where, std::size_t& reach) {
    int number = 0;
    if (!read_whole(context_, words, place, where, 1, count_, number)) return false;
    reach = static_cast<std::size_t>(number - 1);
    return true;
  }

  // Goes through the lines of a block: use(words, reach, place). With `once` every reach must stand there, once.
  template <class Use>
  void each(const std::vector<Block>& blocks, const std::string& name, bool once, Use&& use) {
    const Block* block = find_block(blocks, name);
    if (block == nullptr) return;
    std::vector<std::size_t> lines(static_cast<std::size_t>(count_), 0);
    LineReader reader(block->body);
    while (reader.next()) {
      Words words(reader.line());
      const Place place{reader.path(), reader.number()};
      std::size_t r = 0;
      if (!reach_number(words, place, where_ + " " + name + " reach", r)) continue;
      if (once && lines[r] != 0)
        context_.problem(place, where_ + " " + name,
                         fmt::format("reach {} stands twice, first in line {}", r + 1, lines[r]));
      lines[r] = place.line;
      use(words, r, place);
    }
    if (!once) return;
    const auto missing = std::count(lines.begin(), lines.end(), std::size_t{0});
    if (missing == 0) return;
    const auto first = std::find(lines.begin(), lines.end(), std::size_t{0}) - lines.begin();
    context_.problem(block->place, where_ + " block " + name,
                     fmt::format("reach {} is missing{}", first + 1,
                                 missing > 1 ? fmt::format(", and {} more", missing - 1) : ""),
                     fmt::format("a line for each of the {} reaches", count_));
  }

  void read_reaches(const std::vector<Block>& blocks) {
    const auto n = static_cast<std::size_t>(count_);
    network_->reaches.resize(n);
    counts_.assign(n, {0, 0});
    std::size_t diversions = 0;
    // Numbers of diversions first: they decide how many columns there are.
    each(blocks, "DIVERSIONS", false, [&](Words& w, std::size_t, const Place&) {
      std::int32_t number = 0;
      if (parse_int(w.next(), number) == NumberStatus::ok && number > 0 && number <= count_)
        diversions = std::max(diversions, static_cast<std::size_t>(number));
    });
    stress_->columns = kStreamDiversions + diversions;
    stress_->aux = package_.aux_names.size();
    stress_->start.cell.assign(n, kNoCell);
    stress_->start.values.assign(stress_->columns * n, 0.0);
    stress_->start.aux.assign(stress_->aux * n, 0.0);
    if (boundnames_) stress_->start.boundnames.assign(n, "");
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
    cell = read_cell(context_, words, place, where_ + " PACKAGEDATA", state_.model.grid);
    return cell != kNoCell;
  }

  void reach(Words& words, std::size_t r, const Place& place) {
    Reach& reach = network_->reaches[r];
    network_->file = place.file;
    reach.line = place.line;
    if (!cell_of(words, place, reach.cell)) return;
    stress_->start.cell[r] = reach.cell;
    const std::array<std::pair<const char*, double*>, 5> numbers = {{{"RLEN", &reach.length},
                                                                     {"RWID", &reach.width},
                                                                     {"RGRD", &reach.gradient},
                                                                     {"RTP", &reach.top},
                                                                     {"RBTH", &reach.thickness}}};
    for (const auto& [name, target] : numbers) {
      if (!read_number(context_, words, place, where_ + " " + name, -kLarge, kLarge, "a number", *target))
        return;
    }
    if (!value(words, place, kStreamBedK, r, nullptr) || !value(words, place, kStreamRoughness, r, nullptr))
      return;
    if (!read_whole(context_, words, place, where_ + " NCON", 0, count_, counts_[r].first)) return;
    if (!value(words, place, kStreamFraction, r, nullptr)) return;
    if (!read_whole(context_, words, place, where_ + " NDV", 0, count_, counts_[r].second)) return;
    for (std::size_t a = 0; a < stress_->aux; ++a) {
      if (!value(words, place, stress_->columns + a, r, nullptr)) return;
    }
    stress_->start.value(kStreamStatus, r) = 1;
    stress_->start.value(kStreamStage, r) = reach.top;
    stress_->start.value(kStreamSection, r) = -1;
    reach.diversions.resize(static_cast<std::size_t>(counts_[r].second), Diversion{-1, DiversionRule::upto});
    if (boundnames_) {
      reach.name = words.upper();
      stress_->start.boundnames[r] = reach.name;
    }
  }

  // Smallest value and name of a column.
  std::pair<double, std::string> column_rule(std::size_t column) const {
    switch (column) {
      case kStreamBedK:
        return {0, "bed conductivity"};
      case kStreamRoughness:
        return {std::numeric_limits<double>::min(), "Manning's roughness"};
      case kStreamFraction:
        return {0, "upstream fraction"};
      case kStreamStage:
        return {-kLarge, "stage"};
      case kStreamInflow:
        return {-kLarge, "inflow"};
      case kStreamRainfall:
        return {-kLarge, "rainfall"};
      case kStreamEvaporation:
        return {-kLarge, "evaporation"};
      case kStreamRunoff:
        return {-kLarge, "runoff"};
      default:
        if (column >= stress_->columns) return {-kLarge, package_.aux_names[column - stress_->columns]};
        return {0, fmt::format("diversion {}", column - kStreamDiversions + 1)};
    }
  }

  // The next word as a value of a column, or a time series. Without a period it is the value at the start.
  bool value(Words& words, const Place& place, std::size_t column, std::size_t r, SfrPeriod* period) {
    const std::string_view word = words.next();
    const auto [low, name] = column_rule(column);
    const std::string where = fmt::format("{} reach {} {}", where_, r + 1, name);
    SfrSetting setting{column, r, 0, -1};
    const NumberStatus status = parse_double(word, setting.value);
    if (status == NumberStatus::not_a_number) setting.series = stress_->series.find(word);
    if (setting.series < 0 && (status != NumberStatus::ok || setting.value < low)) {
      context_.problem(place, where,
                       word.empty() ? "is missing"
                       : status == NumberStatus::not_a_number
                           ? fmt::format("'{}' is neither a number nor a time series of this package", word)
                           : fmt::format("'{}' is out of range", word),
                       low == 0  ? "a number from 0, or a time series"
                       : low > 0 ? "a number above 0, or a time series"
                                 : "a number or a time series");
      return false;
    }
    if (period != nullptr) {
      period->settings.push_back(setting);
    } else if (setting.series >= 0) {
      stress_->series_at_start.push_back(setting);
    } else if (column < stress_->columns) {
      stress_->start.value(column, r) = setting.value;
    } else {
      stress_->start.aux[(column - stress_->columns) * stress_->start.size() + r] = setting.value;
    }
    return true;
  }

  void connections(Words& words, std::size_t r, const Place& place) {
    Reach& reach = network_->reaches[r];
    for (std::string_view word = words.next(); !word.empty(); word = words.next()) {
      std::int32_t number = 0;
      if (parse_int(word, number) != NumberStatus::ok || number == 0) {
        if (static_cast<int>(reach.links.size()) >= counts_[r].first) return;  // a remark after the numbers
        context_.problem(place, where_ + " CONNECTIONDATA", fmt::format("'{}' is no reach number", word),
                         "whole numbers, negative for reaches downstream");
        return;
      }
      reach.links.push_back({std::abs(number) - 1, number < 0});
    }
    // MODFLOW 6 serves and writes connections by increasing number.
    std::sort(reach.links.begin(), reach.links.end(),
              [](const ReachLink& a, const ReachLink& b) { return a.reach < b.reach; });
    if (static_cast<int>(reach.links.size()) == counts_[r].first) return;
    context_.problem(place, where_ + " CONNECTIONDATA",
                     fmt::format("reach {} has {} connections, NCON says {}", r + 1, reach.links.size(),
                                 counts_[r].first));
  }

  void diversion(Words& words, std::size_t r, const Place& place) {
    static const std::array<std::pair<const char*, DiversionRule>, 4> rules = {
        {{"FRACTION", DiversionRule::fraction},
         {"EXCESS", DiversionRule::excess},
         {"THRESHOLD", DiversionRule::threshold},
         {"UPTO", DiversionRule::upto}}};
    const std::string where = where_ + " DIVERSIONS";
    int number = 0;
    std::size_t to = 0;
    auto& diversions = network_->reaches[r].diversions;
    if (!read_whole(context_, words, place, where, 1, static_cast<int>(diversions.size()), number)) return;
    if (!reach_number(words, place, where, to)) return;
    const std::string word = words.upper();
    const auto* rule =
        std::find_if(rules.begin(), rules.end(), [&](const auto& known) { return word == known.first; });
    if (rule == rules.end()) {
      context_.problem(place, where, fmt::format("'{}' is no rule of diversions", word),
                       "FRACTION, EXCESS, THRESHOLD, UPTO");
      return;
    }
    diversions[static_cast<std::size_t>(number - 1)] = {static_cast<int>(to), rule->second};
  }

  // TAB6 FILEIN file -> its index among the cross sections, -1 after a problem.
  double cross_section(Words& words, const Place& place) {
    const std::string where = where_ + " cross section";
    if (words.upper() != "TAB6") {
      context_.problem(place, where, "TAB6 FILEIN and a file name are missing");
      return -1;
    }
    const std::string name = read_file_name(context_, words, place, where, "FILEIN");
    if (name.empty()) return -1;
    const TextFilePtr file = context_.open(name, place);
    if (!file) return -1;
    const auto blocks = read_blocks(
        context_, file,
        {{"OPTIONS", false, false}, {"DIMENSIONS", false, false, true}, {"TABLE", false, true, true}});
    int rows = 0;
    int columns = 2;
    Keywords dimensions(context_, where);
    dimensions.whole("NROW", rows, 2, kMany).whole("NCOL", columns, 2, 3);
    dimensions.read(blocks, "DIMENSIONS");
    const Block* table = find_block(blocks, "TABLE");
    if (table == nullptr) return -1;
    CrossSection section;
    LineReader reader(table->body);
    while (reader.next()) {
      Words row(reader.line());
      const Place at{reader.path(), reader.number()};
      for (std::vector<double>* target : {&section.x, &section.height, &section.roughness}) {
        if (target == &section.roughness && columns < 3) continue;
        double number = 0;
        if (!read_number(context_, row, at, where, -kLarge, kLarge, "a number", number)) return -1;
        target->push_back(number);
      }
    }
    if (static_cast<int>(section.x.size()) != rows) {
      context_.problem(table->place, where, fmt::format("{} rows, NROW says {}", section.x.size(), rows));
      return -1;
    }
    network_->sections.push_back(std::move(section));
    return static_cast<double>(network_->sections.size() - 1);
  }

  void read_period(const Block& block) {
    if (!state_.model.periods.empty() &&
        static_cast<std::size_t>(block.period) > state_.model.periods.size()) {
      context_.note({file_, 0}, fmt::format("has periods after the last ({}) of the run; they have no effect",
                                            state_.model.periods.size()));
      return;
    }
    SfrPeriod period;
    period.period = block.period - 1;
    LineReader reader(block.body);
    while (reader.next()) {
      Words words(reader.line());
      const Place place{reader.path(), reader.number()};
      std::size_t r = 0;
      if (reach_number(words, place, where_ + " PERIOD reach", r)) setting(words, r, place, period);
    }
    stress_->periods.push_back(std::move(period));
  }

  void setting(Words& words, std::size_t r, const Place& place, SfrPeriod& period) {
    static const std::array<std::pair<const char*, StreamColumn>, 8> simple = {
        {{"BEDK", kStreamBedK},
         {"MANNING", kStreamRoughness},
         {"STAGE", kStreamStage},
         {"INFLOW", kStreamInflow},
         {"RAINFALL", kStreamRainfall},
         {"EVAPORATION", kStreamEvaporation},
         {"RUNOFF", kStreamRunoff},
         {"UPSTREAM_FRACTION", kStreamFraction}}};
    const std::string key = words.upper();
    for (const auto& [name, column] : simple) {
      if (key != name) continue;
      value(words, place, column, r, &period);
      return;
    }
    if (key == "STATUS") {
      status(words, r, place, period);
    } else if (key == "DIVERSION") {
      diverted(words, r, place, period);
    } else if (key == "CROSS_SECTION") {
      period.settings.push_back({kStreamSection, r, cross_section(words, place), -1});
    } else if (key == "AUXILIARY") {
      const std::string name = words.upper();
      const auto found = std::find(package_.aux_names.begin(), package_.aux_names.end(), name);
      if (found == package_.aux_names.end()) {
        context_.problem(place, where_ + " PERIOD", fmt::format("'{}' is no AUXILIARY name", name));
        return;
      }
      value(words, place, stress_->columns + static_cast<std::size_t>(found - package_.aux_names.begin()), r,
            &period);
    } else {
      context_.problem(place, where_ + " PERIOD", fmt::format("'{}' is no setting of a reach", key),
                       "STATUS, BEDK, MANNING, STAGE, INFLOW, RAINFALL, EVAPORATION, RUNOFF, DIVERSION, "
                       "UPSTREAM_FRACTION, CROSS_SECTION, AUXILIARY");
    }
  }

  void status(Words& words, std::size_t r, const Place& place, SfrPeriod& period) {
    const std::string word = words.upper();
    if (word != "ACTIVE" && word != "INACTIVE" && word != "SIMPLE") {
      context_.problem(place, fmt::format("{} reach {} STATUS", where_, r + 1), fmt::format("'{}'", word),
                       "ACTIVE, INACTIVE, SIMPLE");
      return;
    }
    period.settings.push_back({kStreamStatus, r,
                               word == "ACTIVE"     ? 1.0
                               : word == "INACTIVE" ? 0.0
                                                    : -1.0,
                               -1});
  }

  void diverted(Words& words, std::size_t r, const Place& place, SfrPeriod& period) {
    const auto& diversions = network_->reaches[r].diversions;
    const std::string where = fmt::format("{} reach {} DIVERSION", where_, r + 1);
    if (diversions.empty()) {
      context_.problem(place, where, "the reach has no diversions", "NDV above 0 in PACKAGEDATA");
      return;
    }
    int number = 0;
    if (!read_whole(context_, words, place, where, 1, static_cast<int>(diversions.size()), number)) return;
    const auto d = static_cast<std::size_t>(number - 1);
    if (!value(words, place, kStreamDiversions + d, r, &period)) return;
    const SfrSetting& last = period.settings.back();
    if (diversions[d].rule == DiversionRule::fraction && last.series < 0 && last.value > 1)
      context_.problem(place, where, fmt::format("a fraction of {}", last.value), "0 to 1");
  }

  // The fractions of the active reaches downstream of a reach must add to 1, those of diversions must be 0.
  void check_fractions() {
    const std::size_t n = network_->reaches.size();
    std::vector<double> status(n, 1), fraction(n);
    for (std::size_t r = 0; r < n; ++r) fraction[r] = stress_->start.value(kStreamFraction, r);
    for (const SfrSetting& s : stress_->series_at_start) {
      if (s.column == kStreamFraction) return;  // from time series: only their ratio counts
    }
    const std::size_t before = context_.problem_count();
    if (stress_->periods.empty() || stress_->periods.front().period > 0) check_fractions(status, fraction, 0);
    for (const SfrPeriod& period : stress_->periods) {
      bool changed = &period == &stress_->periods.front();
      for (const SfrSetting& s : period.settings) {
        if (s.column == kStreamFraction && s.series >= 0) return;
        if (s.column == kStreamFraction) fraction[s.reach] = s.value;
        if (s.column == kStreamStatus) status[s.reach] = s.value;
        changed = changed || s.column == kStreamFraction || s.column == kStreamStatus;
      }
      if (changed && context_.problem_count() == before) check_fractions(status, fraction, period.period);
    }
  }

  void check_fractions(const std::vector<double>& status, const std::vector<double>& fraction, int period) {
    for (std::size_t r = 0; r < network_->reaches.size(); ++r) {
      const Reach& reach = network_->reaches[r];
      double sum = 0;
      int followers = 0;
      for (const ReachLink& link : reach.links) {
        const auto to = static_cast<std::size_t>(link.reach);
        if (!link.downstream || status[to] == 0) continue;
        ++followers;
        sum += fraction[to];
      }
      const Place place{network_->file, reach.line};
      const std::string when = fmt::format("{} reach {}, period {}", where_, r + 1, period + 1);
      if (followers > 0 && std::abs(sum - 1) > 1e-6) {
        context_.problem(place, when,
                         fmt::format("the upstream fractions of the {} active reaches downstream add to {}",
                                     followers, sum),
                         "1", "Set USTRF in PACKAGEDATA or UPSTREAM_FRACTION in the period");
      }
      for (const Diversion& diversion : reach.diversions) {
        const auto to = static_cast<std::size_t>(diversion.to);
        if (fraction[to] == 0 || followers < 2) continue;
        context_.problem(
            place, when,
            fmt::format("reach {} gets a diversion, but its upstream fraction is {}", to + 1, fraction[to]),
            "0");
      }
    }
  }

  void finish() {
    package_.data = network_;
    package_.provider = make_sfr_provider(stress_);
    const int index = static_cast<int>(state_.model.packages.size());
    state_.model.packages.push_back(package_);
    state_.package_places.push_back({file_, 0});
    FeatureNames names;
    names.count = count_;
    names.boundnames = stress_->start.boundnames;
    for (const auto& [name, place] : observation_files_)
      read_package_observations(context_, state_, index, names, name, place);
  }

  Context& context_;
  ReadState& state_;
  Place at_;
  std::string where_;
  std::string file_;
  Package package_;
  std::shared_ptr<StreamNetwork> network_ = std::make_shared<StreamNetwork>();
  std::shared_ptr<SfrStress> stress_ = std::make_shared<SfrStress>();
  int count_ = 0;
  bool boundnames_ = false;
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
       "RAINFALL", "RUNOFF", "EVAPORATION", "SFR", "WET-PERIMETER", "WET-AREA", "WET-WIDTH"}};
}

}  // namespace phreatic::flow::mf6

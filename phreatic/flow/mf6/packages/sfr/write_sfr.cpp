// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <map>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/flow/mf6/input/observations.hpp"
#include "phreatic/flow/mf6/packages/sfr/sfr_files.hpp"
#include "phreatic/flow/mf6/write_stress.hpp"
#include "phreatic/flow/packages/package_type.hpp"
#include "phreatic/flow/packages/sfr/network.hpp"

namespace phreatic::flow::mf6 {
namespace {

class SfrWriter {
 public:
  SfrWriter(const Model& model, const Package& package, std::filesystem::path folder, std::string stem)
      : model_(model),
        package_(package),
        network_(dynamic_cast<const StreamNetwork&>(*package.data)),
        folder_(std::move(folder)),
        stem_(std::move(stem)),
        steps_(all_steps(model)) {}

  std::string write() {
    collect();
    const bool series = write_series();
    std::string text = options(series);
    text += fmt::format("BEGIN DIMENSIONS\n  NREACHES {}\nEND DIMENSIONS\n\n", network_.reaches.size());
    text += reaches() + sections() + connections() + diversions() + periods();
    std::string name = stem_ + ".sfr";
    core::write_file_atomic(folder_ / name, text);
    return name;
  }

 private:
  struct Key {
    std::size_t column;
    std::size_t reach;
    auto operator<=>(const Key&) const = default;
  };

  // The values of every step: what changes within a period becomes a time series.
  void collect() {
    StressProvider provider = package_.provider;
    PackageValues values;
    columns_ = static_cast<std::size_t>(value_columns(package_));
    const std::size_t all = columns_ + package_.aux_names.size();
    PackageValues before;
    for (const StepTime& step : steps_) {
      provider(step, values);
      if (step.index == 0) first_ = values;
      for (std::size_t c = 0; c < all; ++c) {
        for (std::size_t r = 0; r < values.size(); ++r) {
          const double now = at(values, c, r);
          if (step.index > 0 && now == at(before, c, r)) continue;
          if (step.step > 0 && (c == kStreamStatus || c == kStreamSection))
            throw core::InputError(
                {.where = package_.name,
                 .what = "the status or cross section of a reach changes within a period, which "
                         "MODFLOW 6 input cannot say"});
          changes_[{c, r}][static_cast<std::size_t>(step.index)] = now;
          if (step.step > 0) series_[{c, r}] = "";
        }
      }
      before = values;
    }
  }

  double at(const PackageValues& v, std::size_t column, std::size_t reach) const {
    return column < columns_ ? v.value(column, reach) : v.aux[(column - columns_) * v.size() + reach];
  }

  bool write_series() {
    if (series_.empty()) return false;
    std::string names = "  NAMES";
    std::string methods = "  METHODS";
    std::size_t number = 0;
    for (auto& [key, name] : series_) {
      name = fmt::format("TS_{}", ++number);
      names += " " + name;
      methods += " STEPWISE";
    }
    std::string out =
        "BEGIN ATTRIBUTES\n" + names + "\n" + methods + "\nEND ATTRIBUTES\n\nBEGIN TIMESERIES\n";
    std::map<Key, double> now;
    for (std::size_t s = 0; s <= steps_.size(); ++s) {
      out += fmt::format("  {}", s < steps_.size() ? steps_[s].start : steps_.back().end);
      for (const auto& [key, name] : series_) {
        const auto found = changes_[key].find(s);
        if (found != changes_[key].end()) now[key] = found->second;
        out += fmt::format(" {}", now[key]);
      }
      out += "\n";
    }
    core::write_file_atomic(folder_ / (stem_ + ".ts"), out + "END TIMESERIES\n");
    return true;
  }

  std::string options(bool series) const {
    std::string out = "BEGIN OPTIONS\n";
    if (!package_.aux_names.empty()) {
      out += "  AUXILIARY";
      for (const std::string& name : package_.aux_names) out += " " + name;
      out += "\n";
    }
    if (!first_.boundnames.empty()) out += "  BOUNDNAMES\n";
    if (package_.save_flows) out += "  SAVE_FLOWS\n";
    const PackageOutput& files = package_.output;
    if (!files.state_file.empty()) out += fmt::format("  STAGE FILEOUT '{}'\n", files.state_file);
    if (!files.budget_file.empty()) out += fmt::format("  BUDGET FILEOUT '{}'\n", files.budget_file);
    if (!files.budget_csv_file.empty())
      out += fmt::format("  BUDGETCSV FILEOUT '{}'\n", files.budget_csv_file);
    if (!files.convergence_file.empty())
      out += fmt::format("  PACKAGE_CONVERGENCE FILEOUT '{}'\n", files.convergence_file);
    if (network_.storage) out += "  STORAGE\n";
    if (network_.storage_weight != 1)
      out += fmt::format("  DEV_STORAGE_WEIGHT {}\n", network_.storage_weight);
    if (series) out += fmt::format("  TS6 FILEIN {}.ts\n", stem_);
    out += write_package_observations(model_, package_, folder_, stem_);
    if (network_.conversion != 1) out += fmt::format("  UNIT_CONVERSION {}\n", network_.conversion);
    return out + "END OPTIONS\n\n";
  }

  std::string word(std::size_t column, std::size_t reach) const {
    const auto series = series_.find({column, reach});
    return series != series_.end() ? series->second : fmt::format("{}", at(first_, column, reach));
  }

  std::string reaches() const {
    std::string out = "BEGIN PACKAGEDATA\n";
    const int layer = model_.grid.nrow * model_.grid.ncol;
    for (std::size_t r = 0; r < network_.reaches.size(); ++r) {
      const Reach& reach = network_.reaches[r];
      out += fmt::format("  {}", r + 1);
      out += reach.cell == kNoCell
                 ? " 0 0 0"
                 : fmt::format(" {} {} {}", reach.cell / layer + 1, reach.cell % layer / model_.grid.ncol + 1,
                               reach.cell % model_.grid.ncol + 1);
      out += fmt::format(" {} {} {} {} {} {} {} {} {} {}", reach.length, reach.width, reach.gradient,
                         reach.top, reach.thickness, word(kStreamBedK, r), word(kStreamRoughness, r),
                         reach.links.size(), word(kStreamFraction, r), reach.diversions.size());
      for (std::size_t a = 0; a < package_.aux_names.size(); ++a) out += " " + word(columns_ + a, r);
      if (!first_.boundnames.empty()) out += fmt::format(" '{}'", first_.boundnames[r]);
      out += "\n";
    }
    return out + "END PACKAGEDATA\n\n";
  }

  std::string section_file(double number) const {
    return fmt::format("{}.section{}.tab", stem_, static_cast<int>(number) + 1);
  }

  std::string sections() const {
    for (std::size_t s = 0; s < network_.sections.size(); ++s) {
      const CrossSection& section = network_.sections[s];
      const bool factors = !section.roughness.empty();
      std::string text =
          fmt::format("BEGIN DIMENSIONS\n  NROW {}\n  NCOL {}\nEND DIMENSIONS\n\nBEGIN TABLE\n",
                      section.x.size(), factors ? 3 : 2);
      for (std::size_t i = 0; i < section.x.size(); ++i) {
        text += fmt::format("  {} {}", section.x[i], section.height[i]);
        text += factors ? fmt::format(" {}\n", section.roughness[i]) : "\n";
      }
      core::write_file_atomic(folder_ / section_file(static_cast<double>(s)), text + "END TABLE\n");
    }
    std::string out;
    for (std::size_t r = 0; r < network_.reaches.size(); ++r) {
      const double section = first_.value(kStreamSection, r);
      if (section >= 0) out += fmt::format("  {} TAB6 FILEIN {}\n", r + 1, section_file(section));
    }
    return out.empty() ? "" : "BEGIN CROSSSECTIONS\n" + out + "END CROSSSECTIONS\n\n";
  }

  std::string connections() const {
    std::string out = "BEGIN CONNECTIONDATA\n";
    for (std::size_t r = 0; r < network_.reaches.size(); ++r) {
      out += fmt::format("  {}", r + 1);
      for (const ReachLink& link : network_.reaches[r].links)
        out += fmt::format(" {}{}", link.downstream ? "-" : "", link.reach + 1);
      out += "\n";
    }
    return out + "END CONNECTIONDATA\n\n";
  }

  std::string diversions() const {
    static const char* const kRules[] = {"FRACTION", "EXCESS", "THRESHOLD", "UPTO"};
    std::string out;
    for (std::size_t r = 0; r < network_.reaches.size(); ++r) {
      const auto& list = network_.reaches[r].diversions;
      for (std::size_t d = 0; d < list.size(); ++d)
        out += fmt::format("  {} {} {} {}\n", r + 1, d + 1, list[d].to + 1,
                           kRules[static_cast<std::size_t>(list[d].rule)]);
    }
    return out.empty() ? "" : "BEGIN DIVERSIONS\n" + out + "END DIVERSIONS\n\n";
  }

  // Whether PACKAGEDATA says the first value of a column, or MODFLOW takes it when nothing is said.
  bool said(std::size_t column, std::size_t reach) const {
    if (column >= columns_ || column == kStreamBedK || column == kStreamRoughness ||
        column == kStreamFraction || column == kStreamSection)
      return true;
    const double first = at(first_, column, reach);
    if (column == kStreamStatus) return first == 1;
    if (column == kStreamStage) return first == network_.reaches[reach].top;
    return first == 0;
  }

  std::string setting(std::size_t column, double value, const std::string& word) const {
    static const std::map<std::size_t, const char*> names = {
        {kStreamBedK, "BEDK"},     {kStreamRoughness, "MANNING"},         {kStreamStage, "STAGE"},
        {kStreamInflow, "INFLOW"}, {kStreamRainfall, "RAINFALL"},         {kStreamEvaporation, "EVAPORATION"},
        {kStreamRunoff, "RUNOFF"}, {kStreamFraction, "UPSTREAM_FRACTION"}};
    if (column == kStreamStatus)
      return value == 0 ? "STATUS INACTIVE" : value < 0 ? "STATUS SIMPLE" : "STATUS ACTIVE";
    if (column == kStreamSection) return "CROSS_SECTION TAB6 FILEIN " + section_file(value);
    if (column >= columns_) return "AUXILIARY " + package_.aux_names[column - columns_] + " " + word;
    const auto name = names.find(column);
    if (name != names.end()) return std::string(name->second) + " " + word;
    return fmt::format("DIVERSION {} {}", column - kStreamDiversions + 1, word);
  }

  std::string periods() const {
    std::map<int, std::string> blocks;
    for (const auto& [key, changes] : changes_) {
      const auto series = series_.find(key);
      for (const auto& [step, value] : changes) {
        if (step == 0 && said(key.column, key.reach)) continue;
        if (series != series_.end() && (step > 0 || said(key.column, key.reach))) continue;
        blocks[steps_[step].period] += fmt::format(
            "  {} {}\n", key.reach + 1,
            setting(key.column, value, series != series_.end() ? series->second : fmt::format("{}", value)));
      }
      // A series that starts with the value that goes without saying has to be named all the same.
      const bool in_packagedata = key.column >= columns_ || key.column == kStreamBedK ||
                                  key.column == kStreamRoughness || key.column == kStreamFraction;
      if (series != series_.end() && !in_packagedata && said(key.column, key.reach))
        blocks[0] += fmt::format("  {} {}\n", key.reach + 1, setting(key.column, 0, series->second));
    }
    std::string out;
    for (const auto& [period, text] : blocks)
      out += fmt::format("BEGIN PERIOD {0}\n{1}END PERIOD {0}\n\n", period + 1, text);
    return out;
  }

  const Model& model_;
  const Package& package_;
  const StreamNetwork& network_;
  std::filesystem::path folder_;
  std::string stem_;
  std::vector<StepTime> steps_;
  std::size_t columns_ = 0;
  PackageValues first_;
  std::map<Key, std::map<std::size_t, double>> changes_;  // by step
  std::map<Key, std::string> series_;
};

}  // namespace

std::string write_sfr(const Model& model, const Package& package, const std::filesystem::path& folder,
                      const std::string& stem) {
  return SfrWriter(model, package, folder, stem).write();
}

}  // namespace phreatic::flow::mf6

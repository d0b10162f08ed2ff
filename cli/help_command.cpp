// SPDX-License-Identifier: BSD-3-Clause
// help: every setting of a study, from the same descriptions that read the study file.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "cli/command.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/units.hpp"
#include "phreatic/studies/wells/settings.hpp"

namespace phreatic::cli {
namespace {

std::string markdown(const std::vector<core::FieldRow>& rows) {
  std::string out = "| setting | type | unit | default | allowed | meaning |\n|---|---|---|---|---|---|\n";
  for (const core::FieldRow& row : rows) {
    out += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", row.path, row.type, row.unit, row.default_value,
                       row.allowed, row.help);
  }
  return out;
}

void print_plain(const std::vector<core::FieldRow>& rows) {
  for (const core::FieldRow& row : rows) {
    if (row.type.find("block") != std::string::npos) {
      fmt::print("\n{}  -  {}\n", row.path, row.help);
      continue;
    }
    std::string about = row.type;
    if (row.unit != "-" && !row.unit.empty()) about += ", " + row.unit;
    if (!row.allowed.empty()) about += "; " + row.allowed;
    fmt::print("  {} = {}\n      {} ({})\n", row.path, row.default_value, row.help, about);
  }
}

class HelpCommand : public Command {
 public:
  std::string name() const override { return "help"; }
  std::string summary() const override { return "Explain the settings of a study file, block by block"; }
  void add_options(CLI::App& app) override {
    app.add_option("TOPIC", topic_,
                   "wells, units, or a block of the study file such as training, data, explain")
        ->default_str("wells");
    app.add_flag("--markdown", markdown_, "As a Markdown table (docs/guide/settings.md is made by this)");
  }
  int run() override {
    if (topic_ == "units") {
      for (const std::string& unit : core::known_units()) fmt::print("{}\n", unit);
      return kDone;
    }
    std::vector<core::FieldRow> rows = core::field_table(studies::wells::WellsSettings{});
    if (topic_ != "wells") {
      std::vector<std::string> blocks = {"wells", "units"};
      for (const core::FieldRow& row : rows) {
        if (row.path.find('.') == std::string::npos) blocks.push_back(row.path.substr(0, row.path.find('[')));
      }
      const auto outside = [&](const core::FieldRow& row) {
        return row.path != topic_ && row.path.rfind(topic_ + ".", 0) != 0 &&
               row.path.rfind(topic_ + "[", 0) != 0;
      };
      rows.erase(std::remove_if(rows.begin(), rows.end(), outside), rows.end());
      if (rows.empty()) {
        const std::string near = core::nearest(topic_, blocks);
        std::string allowed;
        for (const std::string& block : blocks) allowed += (allowed.empty() ? "" : ", ") + block;
        throw core::InputError(
            {.where = "phreatic help " + topic_,
             .what = "no such topic" + (near.empty() ? "" : "; did you mean '" + near + "'?"),
             .allowed = allowed});
      }
    }
    if (markdown_) {
      fmt::print("{}", markdown(rows));
    } else {
      print_plain(rows);
    }
    return kDone;
  }

 private:
  std::string topic_ = "wells";
  bool markdown_ = false;
};

}  // namespace

std::unique_ptr<Command> make_help_command() { return std::make_unique<HelpCommand>(); }

}  // namespace phreatic::cli

// SPDX-License-Identifier: BSD-3-Clause
// help: every setting of a study, from the same descriptions that read the study file.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "cli/command.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/units.hpp"
#include "phreatic/data/role.hpp"

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

// What is no block of a study file: where to read on.
struct Topic {
  const char* name;
  const char* text;
};
constexpr Topic kTopics[] = {
    {"analyse",
     "phreatic analyse STUDY.yml --out DIR: entropy, lags of the drivers, autocorrelation, groundwater index "
     "and "
     "groups of wells, before any model.\nSettings: phreatic help analysis. Methods: "
     "docs/methods/clustering.md"},
    {"flow",
     "phreatic flow run | check | compare | plot | write FOLDER: groundwater flow in a MODFLOW 6 model "
     "folder; "
     "phreatic flow --help lists the commands.\nGuide: docs/guide/flow.md"},
    {"adjoint",
     "phreatic flow adjoint STUDY.yml: the effect of recharge, wells and every parameter in every cell from "
     "one "
     "run backward.\nGuide: docs/guide/adjoint.md"},
    {"ensemble",
     "phreatic flow ensemble STUDY.yml --out RESULTS: many scenarios of one groundwater model.\n"
     "Guide: docs/guide/ensembles.md"},
    {"trees",
     "phreatic trees train | predict | explain: boosted trees on tables, with Shapley values; phreatic trees "
     "--help lists the commands.\nGuide: docs/guide/trees.md"},
    {"tune",
     "phreatic tune STUDY.yml --out RUN: a search over another study's settings. Settings: phreatic help "
     "tuning.\nGuide: docs/guide/tuning.md"},
    {"trial",
     "phreatic trial STUDY.yml --out DIR --set KEY=VALUE: one training and its score, for searches that "
     "other "
     "programs drive.\nGuide: docs/guide/tuning.md"},
    {"stl", "phreatic stl TABLE: season, trend and remainder of series.\nGuide: docs/guide/series.md"},
    {"trend",
     "phreatic trend TABLE: Mann-Kendall's test and Sen's slope of series.\nGuide: docs/guide/series.md"},
    {"grid", "phreatic grid: regridding, class shares and sums over polygons.\nGuide: docs/guide/grids.md"},
};

class HelpCommand : public Command {
 public:
  explicit HelpCommand(const studies::Kinds& kinds) : kinds_(kinds), topic_(kinds.front().name) {}
  std::string name() const override { return "help"; }
  std::string summary() const override { return "Explain the settings of a study file, block by block"; }
  void add_options(CLI::App& app) override {
    app.add_option("TOPIC", topic_,
                   "A kind of study (" + kind_names() +
                       "), a study that init writes, a command, units, roles (with the names "
                       "that tell them), or a block of the study file such as data")
        ->default_str(topic_);
    app.add_flag("--markdown", markdown_, "As a Markdown table (docs/guide/settings.md is made by this)");
  }
  int run() override {
    if (topic_ == "units") {
      for (const std::string& unit : core::known_units()) fmt::print("{}\n", unit);
      return kDone;
    }
    if (topic_ == "roles") {
      for (const data::Role role : data::all_roles())
        fmt::print("{:<19} {}\n", data::to_text(role), fmt::join(data::names_of_role(role), ", "));
      return kDone;
    }
    if (print_other_topic()) return kDone;
    const std::vector<core::FieldRow> rows = rows_of_topic();
    if (markdown_) {
      fmt::print("{}", markdown(rows));
    } else {
      print_plain(rows);
    }
    return kDone;
  }

 private:
  std::string kind_names() const {
    std::string names;
    for (const studies::Kind& kind : kinds_) names += (names.empty() ? "" : ", ") + kind.name;
    return names;
  }

  // A command, or a study that `init` writes under a name that is no kind's.
  bool print_other_topic() const {
    for (const Topic& topic : kTopics) {
      if (topic_ != topic.name) continue;
      fmt::print("{}\n", topic.text);
      return true;
    }
    for (const studies::Kind& kind : kinds_) {
      if (kind.name == topic_) return false;
    }
    for (const studies::Kind& kind : kinds_) {
      for (const studies::Template& one : kind.templates) {
        if (one.name != topic_) continue;
        fmt::print(
            "{}: a study of the kind '{}': {}.\n  phreatic init {} DIR   writes it\n  phreatic help {}   "
            "explains every setting\n",
            one.name, kind.name, one.about, one.name, kind.name);
        return true;
      }
    }
    return false;
  }

  // All settings of a kind, or one block of the first kind that has it.
  std::vector<core::FieldRow> rows_of_topic() const {
    std::vector<std::string> topics = {"units"};
    for (const Topic& topic : kTopics) topics.emplace_back(topic.name);
    for (const studies::Kind& kind : kinds_) {
      if (kind.name == topic_) return kind.settings();
      topics.push_back(kind.name);
      for (const studies::Template& one : kind.templates) topics.push_back(one.name);
    }
    for (const studies::Kind& kind : kinds_) {
      std::vector<core::FieldRow> block;
      for (const core::FieldRow& row : kind.settings()) {
        if (row.path == topic_ || row.path.rfind(topic_ + ".", 0) == 0 ||
            row.path.rfind(topic_ + "[", 0) == 0)
          block.push_back(row);
        if (row.path.find('.') == std::string::npos) topics.push_back(row.path.substr(0, row.path.find('[')));
      }
      if (!block.empty()) return block;
    }
    const std::string near = core::nearest(topic_, topics);
    std::string allowed;
    std::sort(topics.begin(), topics.end());
    topics.erase(std::unique(topics.begin(), topics.end()), topics.end());
    for (const std::string& topic : topics) allowed += (allowed.empty() ? "" : ", ") + topic;
    throw core::InputError({.where = "phreatic help " + topic_,
                            .what = "no such topic" + (near.empty() ? "" : "; did you mean '" + near + "'?"),
                            .allowed = allowed});
  }

  const studies::Kinds& kinds_;
  std::string topic_;
  bool markdown_ = false;
};

}  // namespace

std::unique_ptr<Command> make_help_command(const studies::Kinds& kinds) {
  return std::make_unique<HelpCommand>(kinds);
}

}  // namespace phreatic::cli

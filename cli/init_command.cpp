// SPDX-License-Identifier: BSD-3-Clause
// init: a commented study that runs.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "cli/command.hpp"
#include "phreatic/core/errors.hpp"

namespace phreatic::cli {
namespace {

class InitCommand : public Command {
 public:
  explicit InitCommand(const studies::Kinds& kinds) {
    for (const studies::Kind& kind : kinds)
      templates_.insert(templates_.end(), kind.templates.begin(), kind.templates.end());
  }
  std::string name() const override { return "init"; }
  std::string summary() const override { return "Write a commented study that runs, to start from"; }
  void add_options(CLI::App& app) override {
    std::string about;
    std::vector<std::string> names;
    for (const studies::Template& t : templates_) {
      about += (about.empty() ? "" : "; ") + t.name + ": " + t.about;
      names.push_back(t.name);
    }
    app.add_option("NAME", name_, about)->required()->check(CLI::IsMember(names));
    app.add_option("DIR", folder_, "Folder to write to")->required();
    app.add_flag("--force", force_, "Overwrite files that are there already");
  }
  int run() override {
    for (const studies::Template& t : templates_) {
      if (t.name != name_) continue;
      const std::string study = studies::init(t, folder_, force_).string();
      fmt::print("{}\nnext: phreatic check {}\n      phreatic run {} --out {}\n", study, study, study,
                 (std::filesystem::path(folder_) / "run").string());
      return kDone;
    }
    return kBadInput;
  }

 private:
  std::vector<studies::Template> templates_;
  std::string name_;
  std::string folder_;
  bool force_ = false;
};

}  // namespace

std::unique_ptr<Command> make_init_command(const studies::Kinds& kinds) {
  return std::make_unique<InitCommand>(kinds);
}

}  // namespace phreatic::cli

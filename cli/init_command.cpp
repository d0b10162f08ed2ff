// SPDX-License-Identifier: BSD-3-Clause
// init: a commented study that runs.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "cli/command.hpp"
#include "phreatic/basin/write_basin.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/files.hpp"
#include "phreatic/studies/wells/templates.hpp"

namespace phreatic::cli {
namespace {

class InitCommand : public Command {
 public:
  std::string name() const override { return "init"; }
  std::string summary() const override { return "Write a commented study that runs, to start from"; }
  void add_options(CLI::App& app) override {
    app.add_option("NAME", kind_,
                   "virtual-wells: wells made by a simulator, causes known; wells: for your own files, with "
                   "example files in place")
        ->required()
        ->check(CLI::IsMember({"virtual-wells", "wells"}));
    app.add_option("DIR", folder_, "Folder to write to")->required();
  }
  int run() override {
    const std::filesystem::path folder = folder_;
    const std::filesystem::path study = folder / "study.yml";
    if (std::filesystem::exists(study)) {
      throw core::InputError({.file = study.string(),
                              .what = "is there already",
                              .mend = "Name another folder; nothing was changed"});
    }
    core::make_folder(folder);
    if (kind_ == "wells") {
      basin::BasinParams small;
      small.wells = 6;
      small.years = 8;
      basin::write_basin(basin::make_basin(small), folder);
      core::write_file_atomic(study, studies::wells::own_wells_template());
    } else {
      core::write_file_atomic(study, studies::wells::virtual_wells_template());
    }
    fmt::print("{}\nnext: phreatic check {}\n      phreatic run {} --out {}\n", study.string(),
               study.string(), study.string(), (folder / "run").string());
    return kDone;
  }

 private:
  std::string kind_;
  std::string folder_;
};

}  // namespace

std::unique_ptr<Command> make_init_command() { return std::make_unique<InitCommand>(); }

}  // namespace phreatic::cli

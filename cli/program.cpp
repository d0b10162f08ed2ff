// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "cli/command.hpp"
#include "phreatic/core/context.hpp"
#include "phreatic/core/errors.hpp"

namespace phreatic::cli {
namespace {

constexpr const char* kFooter =
    "First steps\n"
    "  phreatic init virtual-wells my-study     a commented study that runs, in the folder my-study\n"
    "  phreatic check my-study/study.yml        everything that is wrong with a study, without running it\n"
    "  phreatic run my-study/study.yml          all stages; the report is runs/<name>/report.html\n"
    "  phreatic help wells                      every setting with unit, default and range\n"
    "\n"
    "Exit codes: 0 done, 1 failed, 2 bad input or usage, 130 interrupted (--resume goes on).\n";

int report_failure(const std::exception& error, int code) {
  std::fprintf(stderr, "phreatic: %s\n", error.what());
  return code;
}

int run_guarded(Command& command) {
  try {
    return command.run();
  } catch (const core::InputError& error) {
    const std::size_t n = error.problems().size();
    const int code = report_failure(error, kBadInput);
    if (n > 1) std::fprintf(stderr, "phreatic: %zu problems\n", n);
    return code;
  } catch (const core::Interrupted& error) {
    return report_failure(error, kInterrupted);
  } catch (const std::exception& error) {
    return report_failure(error, kFailed);
  }
}

}  // namespace

std::vector<std::unique_ptr<Command>> make_commands(const StudyRunner& runner) {
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(make_init_command());
  commands.push_back(make_check_command());
  commands.push_back(
      make_study_command("run", "Run every stage of a study that is not up to date, to the report", runner));
  commands.push_back(make_study_command("train", "Train the models of a study", runner));
  commands.push_back(make_study_command("predict", "Simulate all wells with the trained models", runner));
  commands.push_back(make_study_command("evaluate", "Score predictions and baselines: metrics.csv", runner));
  commands.push_back(make_study_command("explain", "Attribute predictions to the drivers: explain/", runner));
  commands.push_back(make_study_command("cluster", "Group wells into types of dynamics", runner));
  commands.push_back(make_report_command());
  commands.push_back(make_compare_command());
  commands.push_back(make_basin_command());
  commands.push_back(make_flow_command());
  commands.push_back(make_help_command());
  return commands;
}

int run_program(int argc, char** argv, const StudyRunner& runner,
                const std::function<int(char**)>& hand_over) {
  core::install_interrupt_handler();
  CLI::App app{"Phreatic: interpretable machine learning for groundwater", "phreatic"};
  app.set_version_flag("--version", std::string("phreatic ") + PHREATIC_VERSION);
  app.footer(kFooter);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  const auto commands = make_commands(runner);
  Command* chosen = nullptr;
  for (const auto& command : commands) {
    CLI::App* sub = app.add_subcommand(command->name(), command->summary());
    command->add_options(*sub);
    sub->callback([&chosen, pointer = command.get()] { chosen = pointer; });
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kBadInput;
  }
  PHREATIC_ASSERT(chosen != nullptr);
  if (chosen->learns() && !runner) {
    try {
      return hand_over(argv);
    } catch (const std::exception& error) {
      return report_failure(error, kFailed);
    }
  }
  return run_guarded(*chosen);
}

}  // namespace phreatic::cli

// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <new>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "cli/command.hpp"
#include "phreatic/core/context.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/events.hpp"

namespace phreatic::cli {
namespace {

std::string footer(const studies::Kinds& kinds) {
  const studies::Kind& first = kinds.front();
  std::string studies;
  for (const studies::Kind& kind : kinds) {
    for (const studies::Template& one : kind.templates)
      studies += fmt::format("    {:<17} {}\n", one.name, one.about);
  }
  return fmt::format(
      "First steps\n"
      "  phreatic init {} my-study     a commented study that runs, in the folder my-study; studies:\n{}"
      "  phreatic check my-study/study.yml        everything that is wrong with a study, without running it\n"
      "  phreatic run my-study/study.yml          all stages; the report is runs/my-study/report.html\n"
      "  phreatic help {}                      every setting with unit, default and range\n"
      "\n"
      "Exit codes: 0 done, 1 failed, 2 bad input or usage, 130 interrupted (--resume goes on).\n",
      first.templates.front().name, studies, first.name);
}

int report_failure(const std::exception& error, int code) {
  if (code == kFailed) core::event_failed("run", error.what());
  if (code == kInterrupted) core::event_failed("interrupted", error.what());
  std::fprintf(stderr, "phreatic: %s\n", error.what());
  return code;
}

int out_of_memory() {
  std::fprintf(
      stderr,
      "phreatic: the machine has not enough memory for this; take a shorter period (data.start, data.end), a "
      "longer data.step, a smaller grid or fewer entities, or a larger machine\n");
  return kFailed;
}

int run_guarded(Command& command) {
  try {
    return command.run();
  } catch (const core::InputError& error) {
    core::event_input_error(error);
    const std::size_t n = error.problems().size();
    const int code = report_failure(error, kBadInput);
    if (n > 1) std::fprintf(stderr, "phreatic: %zu problems\n", n);
    return code;
  } catch (const core::Interrupted& error) {
    return report_failure(error, kInterrupted);
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  } catch (const std::length_error&) {
    return out_of_memory();
  } catch (const nlohmann::json::exception&) {
    std::fprintf(
        stderr,
        "phreatic: a file of an earlier run is damaged, its JSON is not as phreatic writes it; run the study "
        "again in a new folder\n");
    return kFailed;
  } catch (const std::exception& error) {
    return report_failure(error, kFailed);
  }
}

// A descriptor 0, 1 or 2 that is closed would be given to the next file that is opened, and messages would land in it.
void fill_standard_descriptors() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) == -1) ::open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY);
  }
}

// What was printed is out, or the caller is told that it is not.
int flush_output(int code) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  std::fprintf(stderr, "phreatic: the output could not be written (disk full, or its reader has gone)\n");
  return code == kDone ? kFailed : code;
}

}  // namespace

std::vector<std::unique_ptr<Command>> make_commands(const Environment& environment) {
  const studies::Kinds& kinds = environment.kinds;
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(make_init_command(kinds));
  commands.push_back(make_check_command(kinds));
  commands.push_back(make_analyse_command(kinds));
  for (auto& command : make_study_commands(environment)) commands.push_back(std::move(command));
  commands.push_back(make_trial_command(environment));
  commands.push_back(make_apply_command(environment));
  commands.push_back(make_report_command(kinds));
  commands.push_back(make_compare_command(kinds));
  commands.push_back(make_basin_command());
  commands.push_back(make_flow_command());
  commands.push_back(make_grid_command());
  commands.push_back(make_tch_command());
  commands.push_back(make_stl_command());
  commands.push_back(make_trend_command());
  commands.push_back(make_trees_command());
  commands.push_back(make_help_command(kinds));
  return commands;
}

int run_program(int argc, char** argv, const Environment& environment) {
  fill_standard_descriptors();
  core::install_interrupt_handler();
  CLI::App app{"Phreatic: interpretable machine learning for groundwater", "phreatic"};
  app.set_version_flag("--version", std::string("phreatic ") + PHREATIC_VERSION);
  app.footer(footer(environment.kinds));
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  const auto commands = make_commands(environment);
  Command* chosen = nullptr;
  for (const auto& command : commands) {
    CLI::App* sub = app.add_subcommand(command->name(), command->summary());
    command->add_options(*sub);
    sub->callback([&chosen, pointer = command.get()] { chosen = pointer; });
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return flush_output(app.exit(error) == 0 ? kDone : kBadInput);
  }
  PHREATIC_ASSERT(chosen != nullptr);
  return flush_output(run_guarded(*chosen));
}

}  // namespace phreatic::cli

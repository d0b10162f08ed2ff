// SPDX-License-Identifier: BSD-3-Clause
// What both programs share: one command = one small object with its options beside its help. Commands know kinds of study only as a list that they are
// given.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "phreatic/studies/engine/kind.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}

namespace phreatic::cli {

// Exit codes of every command.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kBadInput = 2;
inline constexpr int kInterrupted = 130;

class Command {
 public:
  virtual ~Command() = default;
  virtual std::string name() const = 0;
  virtual std::string summary() const = 0;
  virtual void add_options(CLI::App& app) = 0;
  virtual int run() = 0;
};

// What the program gives its commands.
struct Environment {
  studies::Kinds kinds;
  // Runs the same command line in the program that has the stages of every kind (phreatic-learn); returns only when it cannot.
  std::function<int()> hand_over;
};

// The commands in the order of the help.
std::vector<std::unique_ptr<Command>> make_commands(const Environment& environment);

std::unique_ptr<Command> make_init_command(const studies::Kinds& kinds);
std::unique_ptr<Command> make_analyse_command(const studies::Kinds& kinds);
std::unique_ptr<Command> make_check_command(const studies::Kinds& kinds);
std::unique_ptr<Command> make_help_command(const studies::Kinds& kinds);
std::unique_ptr<Command> make_apply_command(const Environment& environment);
std::unique_ptr<Command> make_basin_command();
std::unique_ptr<Command> make_report_command(const studies::Kinds& kinds);
std::unique_ptr<Command> make_compare_command(const studies::Kinds& kinds);
std::unique_ptr<Command> make_flow_command();
std::unique_ptr<Command> make_grid_command();
std::unique_ptr<Command> make_stl_command();
std::unique_ptr<Command> make_tch_command();
std::unique_ptr<Command> make_trend_command();
std::unique_ptr<Command> make_trees_command();
std::unique_ptr<Command> make_trial_command(const Environment& environment);
// `run`, and the verbs of the kinds.
std::vector<std::unique_ptr<Command>> make_study_commands(const Environment& environment);

// Parses the command line and runs.
int run_program(int argc, char** argv, const Environment& environment);

}  // namespace phreatic::cli

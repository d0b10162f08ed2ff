// SPDX-License-Identifier: BSD-3-Clause
// What both programs share: one command = one small object with its options beside its help.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

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
  // Commands that learn run in phreatic-learn, which links libtorch; phreatic hands over to it.
  virtual bool learns() const { return false; }
  virtual void add_options(CLI::App& app) = 0;
  virtual int run() = 0;
};

// Runs the study stages; only phreatic-learn has one.
struct StudyRequest {
  std::string command;                // run train predict evaluate explain cluster
  std::string study;                  // a study file, or a run folder that holds study.yml
  std::string out;                    // run folder; empty: beside the study's name under runs/
  std::string resume = "no";          // no | exact | approximate
  std::vector<std::string> settings;  // key=value, replacing values of the study file
  std::string device;                 // empty: as in the study file
  int threads = 0;                    // 0: all cores
  bool quiet = false;
};
using StudyRunner = std::function<int(const StudyRequest&)>;

// The commands in the order of the help. `runner` is empty in phreatic.
std::vector<std::unique_ptr<Command>> make_commands(const StudyRunner& runner);

std::unique_ptr<Command> make_init_command();
std::unique_ptr<Command> make_check_command();
std::unique_ptr<Command> make_help_command();
std::unique_ptr<Command> make_basin_command();
std::unique_ptr<Command> make_report_command();
std::unique_ptr<Command> make_compare_command();
std::unique_ptr<Command> make_flow_command();
std::unique_ptr<Command> make_study_command(const std::string& name, const std::string& summary,
                                            const StudyRunner& runner);

// Parses the command line and runs. hand_over is called (with the original arguments) for a command that
// learns when this program cannot.
int run_program(int argc, char** argv, const StudyRunner& runner,
                const std::function<int(char**)>& hand_over);

}  // namespace phreatic::cli

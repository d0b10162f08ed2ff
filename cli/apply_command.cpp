// SPDX-License-Identifier: BSD-3-Clause
// apply: a trained model used with other data, without training and without the data it was trained on.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/command.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/core/parallel.hpp"

namespace phreatic::cli {
namespace {

class ApplyCommand : public Command {
 public:
  explicit ApplyCommand(const Environment& environment) : environment_(environment) {}
  std::string name() const override { return "apply"; }
  std::string summary() const override {
    return "Use a trained model with other data: later dates, a climate scenario, other wells, another map";
  }

  void add_options(CLI::App& app) override {
    app.add_option("MODEL", model_, "A run folder, or its folder model/")->required();
    app.add_option("STUDY", data_, "Study file, or a file of its 'data' block alone: what to use it with")
        ->required();
    app.add_option("-o,--out", out_, "Folder for the results")->required();
    app.add_option("--compare", compare_, "A second study: differences by well and period")
        ->type_name("STUDY");
    app.add_option("--set", settings_, "Replace a setting of both studies: --set data.end=2030-12-31")
        ->type_name("KEY=VALUE");
    app.add_option("--threads", threads_, "Threads to use (default: all cores)")->check(CLI::Range(1, 1024));
    app.add_flag("-q,--quiet", quiet_, "Only warnings and errors");
    app.footer(
        "Writes predictions.nc and .csv with bands, ranges.csv (how often inputs leave the range seen in "
        "training),\nforecasts.nc for models that forecast, and with --compare the folder compare/ and "
        "differences.csv.\nOf a recharge study: maps/ of every cell of another model, and how many lie "
        "outside of the "
        "training range.");
  }

  int run() override {
    studies::ApplyRequest request;
    request.model = model_;
    request.out = out_;
    request.data = studies::read_study(data_, settings_);
    if (!compare_.empty()) request.compare = studies::read_study(compare_, settings_);
    const studies::Kind& kind = studies::kind_of(environment_.kinds, request.data);
    if (!kind.apply) return environment_.hand_over();
    if (threads_ > 0) core::set_thread_count(threads_);
    core::make_folder(out_);
    core::Log log(quiet_, (request.out / "log.txt").string());
    core::Context context{log, !quiet_};
    for (const std::string& line : kind.apply(request, context)) fmt::print("{}\n", line);
    fmt::print("{}\n", out_);
    return kDone;
  }

 private:
  const Environment& environment_;
  std::string model_, data_, out_, compare_;
  std::vector<std::string> settings_;
  int threads_ = 0;
  bool quiet_ = false;
};

}  // namespace

std::unique_ptr<Command> make_apply_command(const Environment& environment) {
  return std::make_unique<ApplyCommand>(environment);
}

}  // namespace phreatic::cli

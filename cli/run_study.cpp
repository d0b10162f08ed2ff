// SPDX-License-Identifier: BSD-3-Clause
#include "cli/run_study.hpp"

#include <fmt/format.h>

#include "phreatic/core/parallel.hpp"
#include "phreatic/studies/wells/run.hpp"

namespace phreatic::cli {
namespace {

using studies::wells::Stage;

Stage last_stage(const std::string& command) {
  if (command == "train") return Stage::train;
  if (command == "predict") return Stage::predict;
  if (command == "evaluate") return Stage::evaluate;
  if (command == "explain") return Stage::explain;
  if (command == "cluster") return Stage::types;
  return Stage::report;
}

learn::ResumeMode resume_mode(const std::string& text) {
  if (text == "exact") return learn::ResumeMode::exact;
  return text == "approximate" ? learn::ResumeMode::approximate : learn::ResumeMode::fresh;
}

}  // namespace

int run_study(const StudyRequest& request) {
  if (request.threads > 0) core::set_thread_count(request.threads);
  studies::wells::RunRequest run;
  run.study = request.study;
  run.out = request.out;
  run.overrides = request.settings;
  if (!request.device.empty()) run.overrides.push_back("training.device=" + request.device);
  run.resume = resume_mode(request.resume);
  run.last = last_stage(request.command);
  run.quiet = request.quiet;
  fmt::print("{}\n", studies::wells::run_study(run).string());
  return kDone;
}

}  // namespace phreatic::cli

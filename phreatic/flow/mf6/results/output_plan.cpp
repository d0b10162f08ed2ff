// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/results/output_plan.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <set>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"

namespace phreatic::flow::mf6 {
namespace {

namespace fs = std::filesystem;

// One spelling for one file; the file need not be there.
fs::path spelled(const fs::path& path) {
  std::error_code ignored;
  const fs::path full = fs::weakly_canonical(fs::absolute(path), ignored);
  return ignored ? path.lexically_normal() : full;
}

}  // namespace

OutputPlan plan_outputs(const RunRequest& request, const Model& model) {
  OutputPlan plan;
  plan.control = model.output;
  for (const OutputPeriod& p : plan.control.periods) {
    plan.heads = plan.heads || p.save_head.any();
    plan.budget = plan.budget || p.save_budget.any();
  }
  if (request.save_all) plan.heads = plan.budget = true;
  const std::string stem = fs::path(plan.control.list_file).stem().string();
  if (plan.control.head_file.empty()) plan.control.head_file = stem + ".hds";
  if (plan.control.budget_file.empty()) plan.control.budget_file = stem + ".cbc";
  const auto add = [&](const char* what, const std::string& name) {
    if (!name.empty()) plan.files.push_back({what, output_path(request, name)});
  };
  if (plan.heads) add("HEAD", plan.control.head_file);
  if (plan.budget) add("BUDGET", plan.control.budget_file);
  add("LIST", plan.control.list_file);
  add("BUDGETCSV", plan.control.budget_csv_file);
  add("the grid file", plan.control.grid_file);
  for (const Package& package : model.packages) {
    add("STAGE of a package", package.output.state_file);
    add("BUDGET of a package", package.output.budget_file);
    add("BUDGETCSV of a package", package.output.budget_csv_file);
    add("PACKAGE_CONVERGENCE of a package", package.output.convergence_file);
  }
  std::set<std::string> observed;
  for (const Observation& one : model.observations) {
    if (observed.insert(one.file).second) add("OBS", one.file);
  }
  if (!request.netcdf.empty()) plan.files.push_back({"--netcdf", request.netcdf});
  const fs::path folder = request.out.empty() ? request.folder : request.out;
  plan.files.push_back({"the record", folder / kRecordFile});
  return plan;
}

void check_outputs(const RunRequest& request, const ReadResult& read) {
  core::Problems problems;
  std::map<fs::path, std::string> taken;
  for (const std::string& file : read.files) taken.emplace(spelled(file), "");
  for (const PlannedFile& file : plan_outputs(request, read.model).files) {
    const auto [known, fresh] = taken.emplace(spelled(file.path), file.what);
    if (fresh) continue;
    problems.add({.file = file.path.string(),
                  .where = file.what,
                  .what = known->second.empty() ? "is an input file of the model and would be overwritten"
                                                : fmt::format("is also the file of {}", known->second),
                  .allowed = "a file of its own",
                  .mend = known->second.empty() ? "Name another file, or another folder with --out"
                                                : "Name another file in the output control"});
  }
  problems.throw_if_any();
}

void try_outputs(const std::vector<PlannedFile>& files) {
  for (const PlannedFile& file : files) {
    if (file.path.has_parent_path()) core::make_folder(file.path.parent_path());
    const int descriptor = ::open(file.path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644);
    if (descriptor < 0)
      throw core::RunError(fmt::format("{}: cannot be written ({}): {}; nothing was changed",
                                       file.path.string(), file.what, std::strerror(errno)));
    ::close(descriptor);
  }
}

std::string name_in(const fs::path& folder, const fs::path& path) {
  return spelled(path).lexically_relative(spelled(folder)).generic_string();
}

}  // namespace phreatic::flow::mf6

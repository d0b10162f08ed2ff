// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/scenarios/mf6_engine.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <sstream>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/flow/grid/storage.hpp"
#include "phreatic/flow/mf6/results/result_files.hpp"
#include "phreatic/flow/mf6/writer.hpp"
#include "phreatic/studies/recharge/scenarios/scenario_model.hpp"

namespace phreatic::studies::recharge {
namespace {

namespace fs = std::filesystem;
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

bool is_program(const fs::path& path) {
  return fs::is_regular_file(path) && ::access(path.c_str(), X_OK) == 0;
}

// Runs the program in a folder, its output into mf6.out; the exit code, -1 where it could not be started.
int run_in(const fs::path& folder, const std::string& program) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "mf6.out", O_WRONLY | O_CREAT | O_TRUNC, 0644);
  ::posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  std::string name = program;
  char* arguments[] = {name.data(), nullptr};
  pid_t child = 0;
  const int started = ::posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (started != 0) return -1;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string end_of(const fs::path& file) {
  if (!fs::exists(file)) return "it wrote nothing";
  std::string text = core::read_file(file);
  constexpr std::size_t most = 400;
  if (text.size() > most) text = "..." + text.substr(text.size() - most);
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

bool is_wet(double head) { return std::abs(head) < 1e29; }

// Water that a cell's storage takes up between two heads, m3.
double stored(const flow::Model& model, std::size_t n, double head, double before) {
  const double bottom = model.grid.botm[n];
  const flow::StorageTerm term =
      flow::storage_term(flow::storage_cell(model, n, model.grid.area(n), 1.0), is_wet(head) ? head : bottom,
                         is_wet(before) ? before : bottom);
  return -(term.ss_flow + term.sy_flow);
}

// Rise of the water table, [places].
std::vector<double> rises_of(const Ground& ground, const std::vector<double>& with,
                             const std::vector<double>& without) {
  std::vector<double> out(ground.places(), 0.0);
  for (std::size_t place = 0; place < out.size(); ++place) {
    const flow::CellIndex a = ground.top_cell(place, with);
    const flow::CellIndex b = ground.top_cell(place, without);
    if (a == flow::kNoCell || b == flow::kNoCell) continue;
    out[place] = with[static_cast<std::size_t>(a)] - without[static_cast<std::size_t>(b)];
  }
  return out;
}

void add_instant(const Ground& ground, const std::vector<double>& with, const std::vector<double>& without,
                 const std::vector<double>& rises, const std::vector<std::size_t>& owner, RunResult& result) {
  for (SiteResponse& site : result.sites) {
    site.aquifer_m3.push_back(0);
    site.water_m3.push_back(0);
  }
  for (std::size_t place = 0; place < ground.places(); ++place)
    result.sites[owner[place]].aquifer_m3.back() += rises[place] * ground.cell_area();
  for (std::size_t n = 0; n < with.size(); ++n) {
    if (ground.model.grid.idomain[n] > 0 && with[n] != without[n])
      result.sites[owner[n % ground.places()]].water_m3.back() +=
          stored(ground.model, n, with[n], without[n]);
  }
}

struct Task {
  const Ground& ground;
  const std::vector<double>& leakage_m;
  const std::string& program;
  const fs::path& folder;
  const WindowModel& window;
  const std::vector<std::vector<double>>& baseline;  // [steps][cells]
  Measures measures;
};

// Maps of the rise at rise_instants() are added to `maps`.
RunResult transient_run(const Task& task, const std::vector<Site>& sites,
                        std::vector<std::vector<double>>& maps) {
  const Ground& ground = task.ground;
  const Schedule& schedule = ground.schedule;
  const auto kept = rise_instants(schedule);
  RunResult result;
  result.run = sites.front().run;
  for (const Site& site : sites) result.sites.push_back({site.id, {}, {}, 0, 0, kMissing});
  const std::string name = fmt::format("run_{:04}", result.run + 1);
  const flow::Scenario scenario = scenario_of(ground, sites, name, task.window.time_of(schedule.start_day()),
                                              task.window.time_of(schedule.end_day()));
  std::vector<std::vector<double>> heads;
  try {
    heads = mf6_heads(flow::scenario_model(task.window.model, scenario), task.program, task.folder / name);
  } catch (const core::RunError& error) {
    result.message = error.what();
    return result;
  }
  result.complete = true;
  const auto owner = neighbourhoods(ground, sites);
  for (std::size_t i = 0; i < schedule.instants(); ++i) {
    const std::size_t step = schedule.end - 1 + i - task.window.first_step;
    const auto rises = rises_of(ground, heads[step], task.baseline[step]);
    add_instant(ground, heads[step], task.baseline[step], rises, owner, result);
    if (i == 0) add_rises(ground, rises, owner, task.leakage_m, result);
    if (std::find(kept.begin(), kept.end(), i) != kept.end()) maps.push_back(rises);
  }
  return result;
}

void add_steady_mf6(const Task& task, const Baseline& baseline, const std::vector<Site>& sites,
                    std::vector<std::vector<double>>& maps, RunResult& result) {
  const flow::Model model = steady_model(task.ground, baseline);
  const std::string name = fmt::format("steady_{:04}", result.run + 1);
  std::vector<double> heads;
  try {
    heads = mf6_heads(flow::scenario_model(model, scenario_of(task.ground, sites, name, 0, 1e300)),
                      task.program, task.folder / name)
                .back();
  } catch (const core::RunError&) {
    return;  // the steady responses of the run stay without value
  }
  const auto rises = rises_of(task.ground, heads, baseline.steady_heads);
  const auto owner = neighbourhoods(task.ground, sites);
  for (SiteResponse& site : result.sites) site.steady_m3 = 0;
  for (std::size_t place = 0; place < rises.size(); ++place)
    result.sites[owner[place]].steady_m3 += rises[place] * task.ground.cell_area();
  maps.push_back(rises);
}

void one_run(const Task& task, const Baseline& baseline, const std::vector<Site>& sites, RunResult& result) {
  std::vector<std::vector<double>> maps;
  result = transient_run(task, sites, maps);
  if (!result.complete) return;
  if (task.measures.steady && !baseline.steady_heads.empty())
    add_steady_mf6(task, baseline, sites, maps, result);
  if (task.measures.rises)
    result.rises = cut_rises(task.ground, sites, neighbourhoods(task.ground, sites), maps);
}

}  // namespace

std::string mf6_program(const std::string& name) {
  const char* from_environment = std::getenv("MF6");
  const std::string wanted = !name.empty() ? name : from_environment != nullptr ? from_environment : "mf6";
  if (wanted.find('/') != std::string::npos) {
    if (is_program(wanted)) return fs::absolute(wanted).string();
  } else {
    const char* path = std::getenv("PATH");
    std::istringstream folders(path != nullptr ? path : "");
    for (std::string folder; std::getline(folders, folder, ':');) {
      if (is_program(fs::path(folder) / wanted)) return (fs::path(folder) / wanted).string();
    }
  }
  throw core::InputError(
      {.where = "scenarios.mf6",
       .what = wanted + " is no program",
       .allowed = "the path of a MODFLOW 6 executable",
       .mend = "Name it by scenarios.mf6 or the environment's MF6, or take scenarios.engine: embedded"});
}

std::vector<std::vector<double>> mf6_heads(const flow::Model& model, const std::string& program,
                                           const fs::path& folder) {
  flow::Model written = model;
  written.output = {};
  written.output.head_file = "heads.hds";
  written.output.list_file = "model.lst";
  flow::OutputPeriod every;
  every.save_head.all = true;
  written.output.periods = {every};
  flow::mf6::write_simulation(written, folder);
  const int code = run_in(folder, program);
  const fs::path file = folder / "heads.hds";
  if (code != 0 || !fs::exists(file))
    throw core::RunError(fmt::format("{} ended with {} in {}: {}", program, code, folder.string(),
                                     end_of(folder / "mf6.out")));
  const flow::mf6::HeadFile heads(file.string());
  std::vector<std::vector<double>> out;
  for (const auto& record : heads.records()) {
    if (record.layer == 1) out.emplace_back();
    const std::vector<double> values = heads.values(record);
    out.back().insert(out.back().end(), values.begin(), values.end());
  }
  std::size_t steps = 0;
  for (const flow::StressPeriod& period : model.periods) steps += static_cast<std::size_t>(period.nstp);
  if (out.size() != steps)
    throw core::RunError(fmt::format("{} gave heads of {} of {} steps: {}", program, out.size(), steps,
                                     end_of(folder / "mf6.out")));
  fs::remove_all(folder);
  return out;
}

std::vector<RunResult> simulate_runs_mf6(const Ground& ground, const Baseline& baseline,
                                         const std::vector<std::vector<Site>>& runs,
                                         const std::vector<double>& leakage_m, const Measures& measures,
                                         const std::string& program, const fs::path& folder,
                                         core::Context& context) {
  const WindowModel window = window_model(ground, baseline);
  context.log.info("scenarios by " + program);
  const auto heads = mf6_heads(window.model, program, folder / "baseline");
  const Task task{ground, leakage_m, program, folder, window, heads, measures};
  std::vector<RunResult> results(runs.size());
  core::parallel_for(runs.size(), [&](std::size_t r) {
    core::throw_if_interrupted();
    one_run(task, baseline, runs[r], results[r]);
  });
  return results;
}

}  // namespace phreatic::studies::recharge

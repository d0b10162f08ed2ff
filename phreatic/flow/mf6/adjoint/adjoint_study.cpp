// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/adjoint/adjoint_study.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <limits>
#include <sstream>

#include "phreatic/core/files/files.hpp"
#include "phreatic/core/files/folder_lock.hpp"
#include "phreatic/flow/mf6/adjoint/adjoint_files.hpp"
#include "phreatic/flow/mf6/adjoint/study_places.hpp"
#include "phreatic/flow/mf6/input/reader.hpp"

namespace phreatic::flow::mf6 {
namespace {

const std::vector<std::string> kParameters = {"recharge", "wells",    "k",          "storage",
                                              "bounds",   "barriers", "start_heads"};

double processor_s() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

WantedParameters wanted(const std::vector<std::string>& names) {
  const auto has = [&](const char* name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  return {has("recharge"), has("wells"),    has("k"),          has("storage"),
          has("bounds"),   has("barriers"), has("start_heads")};
}

// Measures of a study on a run.
class Resolver {
 public:
  Resolver(const Trajectory& run, core::Problems& problems) : run_(run), problems_(problems) {}

  std::vector<Measure> all(const std::vector<MeasureParams>& params) {
    std::vector<Measure> measures;
    for (const MeasureParams& p : params) {
      where_ = "measures: " + p.name;
      if (p.name.empty()) problem("a measure has no name", "", "Give it one: name: ...");
      for (const MeasureParams& other : params) {
        if (&other != &p && other.name == p.name && &other < &p) problem("the name stands twice", "", "");
      }
      const std::vector<CellIndex> cells = cells_of(p);
      if (!p.weights.empty() && p.weights.size() != p.cells.size())
        problem(fmt::format("{} weights for {} cells", p.weights.size(), p.cells.size()),
                "one weight for each of 'cells', or none", "");
      one(p, cells, measures);
    }
    return measures;
  }

 private:
  void problem(const std::string& what, const std::string& allowed, const std::string& mend) {
    problems_.add({.where = where_, .what = what, .allowed = allowed, .mend = mend});
  }

  std::vector<CellIndex> cells_of(const MeasureParams& p) {
    const Grid& grid = run_.model().grid;
    std::vector<CellIndex> cells;
    for (const std::string& text : p.cells) {
      std::istringstream in(text);
      int layer = 0, row = 0, column = 0;
      std::string rest;
      if (!(in >> layer >> row >> column) || (in >> rest)) {
        problem("'" + text + "' is no cell", "layer, row and column from 1, such as \"1 20 31\"", "");
      } else if (layer < 1 || layer > grid.nlay || row < 1 || row > grid.nrow || column < 1 ||
                 column > grid.ncol) {
        problem("cell " + text + " is outside the grid",
                fmt::format("layer 1 to {}, row 1 to {}, column 1 to {}", grid.nlay, grid.nrow, grid.ncol),
                "");
      } else {
        cells.push_back(grid.cell(layer - 1, row - 1, column - 1));
      }
    }
    return cells;
  }

  int package_of(const MeasureParams& p) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < run_.model().packages.size(); ++i) {
      names.push_back(run_.model().packages[i].name);
      std::string upper = p.package;
      std::transform(upper.begin(), upper.end(), upper.begin(),
                     [](unsigned char c) { return std::toupper(c); });
      if (names.back() == upper || names.back() == p.package) return static_cast<int>(i);
    }
    const std::string near = core::nearest(p.package, names);
    std::string allowed;
    for (const std::string& name : names) allowed += (allowed.empty() ? "" : ", ") + name;
    problem("package '" + p.package + "' is not in the model" +
                (near.empty() ? "" : "; did you mean '" + near + "'?"),
            allowed, "");
    return -1;
  }

  std::shared_ptr<const std::vector<char>> mask(const MeasureParams& p, const std::vector<CellIndex>& cells) {
    if (p.cells.empty()) return nullptr;
    auto out = std::make_shared<std::vector<char>>(run_.model().grid.cells(), 0);
    for (const CellIndex n : cells) (*out)[static_cast<std::size_t>(n)] = 1;
    return out;
  }

  void one(const MeasureParams& p, const std::vector<CellIndex>& cells, std::vector<Measure>& out) {
    const int package = p.kind == MeasureKind::flow ? package_of(p) : -1;
    if (p.kind != MeasureKind::flow && (!p.package.empty() || !p.window.empty()))
      problem("'package' and 'window' belong to measures of kind flow", "",
              "Leave them out, or set kind: flow");
    if (p.kind != MeasureKind::heads && !p.weights.empty())
      problem("weights belong to measures of kind heads", "", "Leave them out");
    if (!p.window.empty()) {
      volume(p, package, cells, out);
      return;
    }
    std::vector<double> times = p.times;
    if (times.empty()) times.push_back(run_.step(run_.steps() - 1).time.end);
    for (const double time : times) {
      const int step = step_ending_at(run_, time, where_, problems_);
      if (step < 0) continue;
      Measure measure;
      measure.name = times.size() == 1 ? p.name : fmt::format("{} at {:g}", p.name, time);
      if (p.kind == MeasureKind::flow) {
        measure.flows.push_back({step, package, 1.0, mask(p, cells)});
      } else if (p.kind == MeasureKind::storage) {
        measure.storage.push_back({step, 1.0, mask(p, cells)});
      } else {
        heads(p, cells, step, measure);
      }
      out.push_back(std::move(measure));
    }
  }

  void heads(const MeasureParams& p, const std::vector<CellIndex>& cells, int step, Measure& measure) {
    for (std::size_t i = 0; i < cells.size(); ++i)
      measure.heads.push_back({step, cells[i], i < p.weights.size() ? p.weights[i] : 1.0});
    if (!p.cells.empty()) return;
    // Without cells: the mean head of all cells that are wet then.
    std::vector<double> buffer;
    const std::vector<double>& values = run_.heads(static_cast<std::size_t>(step) + 1, buffer);
    for (std::size_t n = 0; n < values.size(); ++n) {
      if (run_.model().grid.idomain[n] > 0 && std::abs(values[n]) < 1e29)
        measure.heads.push_back({step, static_cast<CellIndex>(n), 1.0});
    }
    for (HeadTerm& term : measure.heads) term.weight = 1.0 / static_cast<double>(measure.heads.size());
  }

  void volume(const MeasureParams& p, int package, const std::vector<CellIndex>& cells,
              std::vector<Measure>& out) {
    if (p.window.size() != 2 || !(p.window[0] < p.window[1])) {
      problem("window must be two times, the first before the second", "[from, to]", "");
      return;
    }
    const double start = run_.step(0).time.start;
    int first = 0;
    if (std::abs(p.window[0] - start) > 1e-6 * std::max(1.0, std::abs(start)))
      first = step_ending_at(run_, p.window[0], where_, problems_) + 1;
    const int last = step_ending_at(run_, p.window[1], where_, problems_);
    if (last < 0) return;
    Measure measure = volume_measure(p.name, package, first, last, run_);
    for (FlowTerm& term : measure.flows) term.cells = mask(p, cells);
    out.push_back(std::move(measure));
  }

  const Trajectory& run_;
  core::Problems& problems_;
  std::string where_;
};

// Time after the window until half of what was stored at its end is left, by straight lines between dates.
std::vector<double> half_lives(const StorageResponse& r, double window_end) {
  std::vector<double> out;
  if (r.fraction.empty()) return out;
  out.assign(r.fraction.front().size(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t c = 0; c < out.size(); ++c) {
    const double half = 0.5 * r.fraction.front()[c];
    for (std::size_t d = 1; d < r.dates.size() && half > 0; ++d) {
      const double before = r.fraction[d - 1][c];
      const double now = r.fraction[d][c];
      if (now > half) continue;
      const double part = before > now ? (before - half) / (before - now) : 1.0;
      out[c] = r.dates[d - 1] + part * (r.dates[d] - r.dates[d - 1]) - window_end;
      break;
    }
  }
  return out;
}

void tell(AdjointRun& run, const AdjointResult& result, core::Context& context) {
  const auto warn = [&](const std::string& text) {
    run.warnings.push_back(text);
    context.log.warn(text);
  };
  if (result.steps_not_converged > 0)
    warn(fmt::format(
        "{} steps of the forward run did not converge (CONTINUE is set): derivatives are about the "
        "heads that were reached",
        result.steps_not_converged));
  if (result.systems_not_solved > 0)
    warn(fmt::format("{} of {} linear systems kept a larger residual than {:g} of their right-hand side",
                     result.systems_not_solved, result.systems, run.study.tolerance));
  if (result.dry_cells > 0)
    warn(fmt::format("{} cells are dry in some step: their sensitivity there is 0 (map dry_steps)",
                     result.dry_cells));
  if (result.switched_cells > 0)
    warn(fmt::format(
        "in {} cells something switches during the run (a cell that dries, a drain, a river bottom): "
        "the first order says least there (map switches)",
        result.switched_cells));
}

// What the derivatives by bounds leave out.
void note_fractions(AdjointRun& run, core::Context& context) {
  const std::vector<std::string>& wanted = run.study.parameters;
  if (run.study.measures.empty() || std::find(wanted.begin(), wanted.end(), "bounds") == wanted.end()) return;
  for (const Package& package : run.model.packages) {
    if (package.kind != PackageKind::evt || package.evt_segments < 2) continue;
    run.notes.push_back(
        fmt::format("{}: derivatives by its depth and rate fractions (PXDP, PETM) are left out; those by "
                    "surface, rate and "
                    "depth are there",
                    package.name));
    context.log.info("note: " + run.notes.back());
  }
}

void recharge_part(AdjointRun& run, const Trajectory& trajectory, core::Problems& problems) {
  const RechargeParams& p = run.study.recharge;
  if (p.window.empty()) return;
  if (p.window.size() != 2 || !(p.window[0] < p.window[1])) {
    problems.add({.where = "recharge.window", .what = "must be two times, the first before the second"});
    return;
  }
  StorageResponseParams params;
  params.window = {p.window[0], p.window[1]};
  run.window_end = p.window[1];
  for (const double after : p.after) params.dates.push_back(run.window_end + after);
  std::sort(params.dates.begin(), params.dates.end());
  if (p.captures && !params.dates.empty()) params.capture_dates = {params.dates.back()};
  params.tolerance = run.study.tolerance;
  try {
    run.recharge = storage_response(trajectory, params);
  } catch (const core::InputError& e) {
    for (core::Problem problem : e.problems()) {
      problem.where = "recharge: " + problem.where;
      problems.add(problem);
    }
    return;
  }
  run.half_life = half_lives(*run.recharge, run.window_end);
}

}  // namespace

void describe(core::Describer& d, MeasureParams& p) {
  d.field("name", p.name, {.help = "Name in files and on the page", .required = true});
  d.choice(
      "kind", p.kind,
      {{"heads", MeasureKind::heads}, {"flow", MeasureKind::flow}, {"storage", MeasureKind::storage}},
      {.help = "heads: weighted sum of heads; flow: flow of a package into the aquifer; storage: water in "
               "storage less that at the start"});
  d.field(
      "times", p.times,
      {.help = "Simulation times, each the end of a step; one measure for each; empty: the end of the run",
       .unit = "time unit"});
  d.field("window", p.window,
          {.help = "Of a flow: the volume between two times, [from, to], in place of the rate at 'times'",
           .unit = "time unit"});
  d.field(
      "package", p.package,
      {.help = "Of a flow: the package's name in the model, such as RIV-1 (phreatic flow check lists them)"});
  d.field("cells", p.cells,
          {.help = "Cells as \"layer row column\" from 1; empty: all of them (heads: their mean)"});
  d.field("weights", p.weights, {.help = "Of heads: a weight for each cell; empty: 1"});
}

void describe(core::Describer& d, RechargeParams& p) {
  d.field("window", p.window,
          {.help = "Recharge at a constant rate between two times, [from, to]; empty: no such part",
           .unit = "time unit"});
  d.field("after", p.after,
          {.help = "When storage is asked for, after the end of the window; each must be the end of a step",
           .unit = "time unit",
           .min = 0});
  d.field("captures", p.captures,
          {.help = "Also which package has taken what is no longer stored, at the last of these times"});
}

void describe(core::Describer& d, AdjointStudy& p) {
  d.field("model", p.model,
          {.help = "MODFLOW 6 simulation folder, as seen from this file", .required = true});
  d.field("name_file", p.name_file, {.help = "Simulation name file in it"});
  d.list("measures", p.measures, "Numbers whose derivatives are wanted");
  d.field(
      "parameters", p.parameters,
      {.help =
           "By what: recharge and wells (rates in every cell and period), k (K, K22, K33), storage (SS, SY), "
           "bounds (columns of every package), barriers (HYDCHR), start_heads",
       .choices = kParameters});
  d.section("recharge", p.recharge, "What becomes of water that is recharged, for every column of cells");
  d.field("tolerance", p.tolerance,
          {.help = "Of linear systems: residual over right-hand side", .min = 1e-14, .max = 0.1});
  d.field("head_tolerance", p.head_tolerance,
          {.help = "Forward run: outer iterations go on until heads change by less, or by OUTER_DVCLOSE",
           .unit = "length unit",
           .min = 1e-14});
  d.field("memory_mb", p.memory_mb,
          {.help = "Heads and bounds of all steps are kept in memory up to this, beyond it in a scratch file",
           .unit = "MB",
           .min = 0});
  d.field("scratch", p.scratch, {.help = "Folder for the scratch file; empty: the folder of the results"});
  d.field("geotiff", p.geotiff, {.help = "Maps of recharge as GeoTIFF, too; cells must be equally wide"});
}

AdjointStudy read_adjoint_study(const std::filesystem::path& file) {
  AdjointStudy study;
  const core::Tree tree = core::read_yaml(file.string());
  core::Problems problems;
  core::read_params(tree, study, problems);
  if (problems.empty() && study.measures.empty() && study.recharge.window.empty())
    problems.add({.file = file.string(),
                  .what = "asks for nothing",
                  .mend = "Name measures, or set recharge.window: [from, to]"});
  problems.throw_if_any();
  return study;
}

AdjointRun run_adjoint_study(const AdjointStudy& study, const std::filesystem::path& file,
                             const std::filesystem::path& out, core::Context& context) {
  AdjointRun run;
  run.study = study;
  ReadResult read =
      read_simulation({.folder = file.parent_path() / study.model, .name_file = study.name_file});
  run.notes = read.notes;
  for (const std::string& note : read.notes) context.log.info(note);
  core::Problems problems;
  check_adjoint(read.model, problems);
  problems.throw_if_any();
  const core::FolderLock lock(out);
  EngineOptions engine;
  engine.head_tolerance = study.head_tolerance;
  engine.large_model_ease = 1;
  double started = processor_s();
  std::size_t steps = 0;
  for (const StressPeriod& p : read.model.periods) steps += static_cast<std::size_t>(p.nstp);
  core::Progress forward("forward", steps, "steps", context.show_progress);
  const Trajectory trajectory =
      record_run(std::move(read.model), engine,
                 {study.memory_mb, study.scratch.empty() ? out : std::filesystem::path(study.scratch)},
                 [&](const StepReport&) { forward.advance(); });
  run.forward_s = processor_s() - started;
  run.steps = trajectory.steps();
  run.model = trajectory.model();
  note_fractions(run, context);
  run.scratch_bytes = trajectory.scratch_bytes();
  const RecordedStep& last = trajectory.step(trajectory.steps() - 1);
  if (last.status != StepStatus::converged && !run.model.solver.continue_unconverged)
    throw core::RunError(
        fmt::format("the forward run stopped in period {}, step {} without convergence; no "
                    "derivatives of such heads",
                    last.time.period + 1, last.time.step + 1));
  started = processor_s();
  SweepParams params;
  params.measures = Resolver(trajectory, problems).all(study.measures);
  params.wanted = wanted(study.parameters);
  params.tolerance = study.tolerance;
  for (const Measure& measure : params.measures) {
    if (problems.empty()) check_measure(measure, trajectory, problems);
  }
  if (problems.empty()) recharge_part(run, trajectory, problems);
  if (!problems.empty())
    throw core::InputError(
        in_study(problems.items(), core::read_yaml(file.string()), "measures", "measures: ", "recharge"));
  if (!params.measures.empty()) {
    core::Progress backward("backward", trajectory.steps(), "steps", context.show_progress);
    params.after_step = [&](std::size_t) {
      backward.advance();
      core::throw_if_interrupted();
    };
    run.sensitivities = sweep(trajectory, params);
  }
  run.backward_s = processor_s() - started;
  for (const AdjointResult* result :
       {run.sensitivities ? &*run.sensitivities : nullptr, run.recharge ? &run.recharge->details : nullptr}) {
    if (result == nullptr) continue;
    run.memory_bytes = std::max(run.memory_bytes, result->memory_bytes);
    if (run.warnings.empty()) tell(run, *result, context);
  }
  run.memory_bytes += trajectory.memory_bytes();
  write_adjoint_files(run, trajectory, out);
  return run;
}

std::string adjoint_example() {
  std::string text =
      "A study file:\n\n"
      "  model: model                    # folder with mfsim.nam, as seen from this file\n"
      "  measures:\n"
      "    - {name: well, kind: heads, cells: [\"1 31 36\"]}\n"
      "    - {name: stored, kind: storage, times: [100, 400]}\n"
      "    - {name: streams, kind: flow, package: RIV-1, window: [0, 400]}\n"
      "  parameters: [recharge, wells, k]\n"
      "  recharge:                       # what becomes of water recharged, column by column\n"
      "    window: [0, 90]\n"
      "    after: [0, 30, 90, 180]\n\n"
      "Times are simulation times and must be ends of steps. Settings:\n\n";
  for (const core::FieldRow& row : core::field_table(AdjointStudy{})) {
    if (row.type.find("block") != std::string::npos) continue;
    text += fmt::format("  {} = {}\n      {}\n", row.path, row.default_value, row.help);
  }
  return text;
}

}  // namespace phreatic::flow::mf6

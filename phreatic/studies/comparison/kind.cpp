// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/comparison/kind.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "phreatic/core/files/files.hpp"
#include "phreatic/studies/comparison/comparable.hpp"
#include "phreatic/studies/comparison/results.hpp"
#include "phreatic/studies/comparison/settings.hpp"
#include "phreatic/studies/wells/input/load.hpp"

namespace phreatic::studies::comparison {
namespace {

namespace fs = std::filesystem;

// What a run follows from, as a block of settings: the resolved study, told by its hash.
struct RunKey {
  std::string resolved;
};
void describe(core::Describer& d, RunKey& p) {
  d.field("resolved_study", p.resolved, {.help = "Hash of the run's resolved study file"});
}

const Kind& wells_kind(const Kinds& kinds) {
  for (const Kind& kind : kinds) {
    if (kind.name == "wells") return kind;
  }
  PHREATIC_ASSERT(!"a comparison runs studies of wells");
  return kinds.front();
}

// Files that any stage of the run reads, each once.
std::vector<engine::InputFile> inputs_of(const engine::Graph& graph) {
  std::map<std::string, fs::path> found;
  for (const engine::Stage& stage : graph.stages) {
    for (const engine::InputFile& input : stage.inputs) found[input.name] = input.path;
  }
  std::vector<engine::InputFile> out;
  for (const auto& [name, path] : found) out.push_back({name, path});
  return out;
}

// A whole study as one stage: its own run folder, whose stages are kept where they are up to date.
engine::Stage run_stage(const PlannedRun& run, const Kind& kind, const engine::Graph& graph) {
  engine::Stage stage{run.stage(), "run the study with the model " + run.model};
  stage.settings = {run.stage()};
  stage.goes_on = true;
  stage.inputs = inputs_of(graph);
  stage.outputs = {{"run", {run.folder + "/"}}};
  stage.work = [run, kind](engine::StageContext& context) {
    engine::RunRequest request;
    request.out = context.path("run");
    request.resume = context.resume();
    request.quiet = !context.context().show_progress;
    core::make_folder(request.out);
    context.context().log.info(run.stage() + ":");
    engine::run(graph_of(kind, run.study), request);
  };
  return stage;
}

engine::Stage compare_stage(const ComparisonSettings& settings, const std::string& study_file,
                            const std::vector<PlannedRun>& runs) {
  engine::Stage stage{"compare", "score the models beside each other"};
  for (const PlannedRun& run : runs) stage.needs.push_back({run.stage(), "run"});
  stage.settings = {"bootstrap"};
  stage.code_version = 2;  // R2 and RMSE of every place
  stage.outputs = {{"results", {"comparison.json"}},
                   {"tables", {"comparison.csv", "differences.csv", "entities.csv"}}};
  const std::vector<std::string> targets = target_names(settings, study_file);
  stage.work = [runs, targets, study_file](engine::StageContext& context) {
    const fs::path file = context.path("results");
    const ComparisonResults results =
        compare_runs(runs, targets, context.settings<stats::PairedBootstrapParams>("bootstrap"),
                     file.parent_path(), study_file);
    write_results(results, file);
    write_tables(results, context.path("tables", 0), context.path("tables", 1), context.path("tables", 2));
  };
  stage.result = [](const fs::path& run) {
    std::string line;
    for (const ModelScore& s : read_results(run / "comparison.json").scores)
      line += fmt::format("{}{}, {}: median NSE {:.3f}", line.empty() ? "" : "; ", s.target, s.model,
                          s.nse_median);
    return line;
  };
  return stage;
}

std::vector<std::string> check(const Kinds& others, const StudyFile& study, core::Context& context) {
  const ComparisonSettings settings = read_settings(study);
  std::vector<std::string> lines;
  const std::vector<PlannedRun> runs = plan_runs(settings, study.path);
  for (const PlannedRun& run : runs) {
    for (const std::string& line : wells_kind(others).check(run.study, context))
      lines.push_back(run.stage() + ": " + line);
  }
  const StudyFile& first = runs.front().study;
  const auto data = wells::load_for_check(wells::read_settings(first), first.path, context);
  std::size_t longest = 0;
  for (std::size_t e = 0; e < data.panel.entity_count(); ++e)
    longest = std::max(longest, data.test(e).end - data.test(e).begin);
  core::Problems problems;
  check_blocks(longest, settings.bootstrap, study.path, problems);
  problems.throw_if_any();
  return lines;
}

void write_template(const fs::path& folder) {
  core::write_file_atomic(folder / "wells.yml",
                          R"(# The study that every model is run on: name your own in study.yml instead.
study: wells
title: Virtual wells
virtual_wells: true
basin: {wells: 6, years: 8, seed: 1}
scope: global
window: {mode: simulation, seq_length: 365, predict_last_n: 180, stride: 60}
model: {hidden_size: 16}
training: {epochs: 12, batch_size: 32, learning_rate: 0.003, seed: 1}
ensemble: {members: 2}
explain: {enabled: false}
)");
  core::write_file_atomic(folder / "study.yml", R"(# Models compared on one study, with what may be chance:
#   phreatic run study.yml --out runs/models      comparison.csv, differences.csv, entities.csv and report.html
# Runs that are finished are kept: start it again to go on, or to add a model.
study: comparison
title: Three networks on the virtual wells
compared: wells.yml
models:
  - {name: LSTM}
  - {name: GRU, set: [model.cell=gru]}
  - {name: LSTM with a convolution, set: [model.cnn.channels=16]}
)");
}

}  // namespace

std::function<engine::Graph(const StudyFile&)> stages(Kinds others) {
  return [others = std::move(others)](const StudyFile& study) {
    const ComparisonSettings settings = read_settings(study);
    const std::vector<PlannedRun> runs = plan_runs(settings, study.path);
    const Kind& kind = wells_kind(others);
    engine::Graph graph;
    ComparisonSettings resolved = settings;
    resolved.compared =
        fs::absolute(fs::path(study.path).parent_path() / settings.compared).lexically_normal().string();
    graph.resolved = core::to_yaml(resolved);
    graph.settings.add("bootstrap", settings.bootstrap, "bootstrap.");
    for (const PlannedRun& run : runs) {
      const engine::Graph own = kind.stages(run.study);
      graph.settings.add(run.stage(), RunKey{core::hash_bytes(own.resolved)}, "runs." + run.stage() + ".");
      graph.stages.push_back(run_stage(run, kind, own));
    }
    graph.stages.push_back(compare_stage(settings, study.path, runs));
    return graph;
  };
}

Kind kind(const Kinds& others) {
  Kind kind;
  kind.name = "comparison";
  kind.about = "Several models on one study of wells: one table, and which differences may be chance";
  kind.entity = "well";
  kind.settings = [] { return core::field_table(ComparisonSettings{}); };
  kind.check = [others](const StudyFile& study, core::Context& context) {
    return check(others, study, context);
  };
  kind.page = page;
  kind.page_version = 2;  // boxes of the skill, every place with all its models
  kind.templates = {{"comparison", "networks compared on virtual wells", write_template}};
  return kind;
}

}  // namespace phreatic::studies::comparison

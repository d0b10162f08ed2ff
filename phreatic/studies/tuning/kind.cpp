// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/tuning/kind.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <set>

#include "phreatic/core/files/files.hpp"
#include "phreatic/studies/tuning/settings.hpp"
#include "phreatic/studies/tuning/template.hpp"
#include "phreatic/studies/tuning/trials_file.hpp"

namespace phreatic::studies::tuning {
namespace {

namespace fs = std::filesystem;
using stats::TrialState;

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// What the tuned study is trained from: files, and settings of the stages up to training.
struct TrainedFrom {
  std::vector<engine::InputFile> inputs;
  std::string settings;
};
TrainedFrom trained_from(const engine::Graph& tuned) {
  TrainedFrom out;
  std::set<std::string> blocks;
  for (const engine::Stage& stage : tuned.stages) {
    out.inputs.insert(out.inputs.end(), stage.inputs.begin(), stage.inputs.end());
    blocks.insert(stage.settings.begin(), stage.settings.end());
    if (stage.name == "train") break;
  }
  for (const std::string& block : blocks) {
    for (const auto& [name, value] : tuned.settings.leaves(block)) out.settings += name + "=" + value + "\n";
  }
  return out;
}

// All that scores depend on but the number of trials: those of a shorter search are those of a longer one.
std::string key_of(const SearchParams& params, const TrainedFrom& from) {
  SearchParams same = params;
  same.trials = 1;
  std::string text = core::to_yaml(same) + from.settings;
  for (const engine::InputFile& input : from.inputs)
    text += input.name + " " + core::hash_file(input.path) + "\n";
  return core::hash_bytes(text);
}

class Search {
 public:
  Search(const TuningSettings& settings, std::string study_file, const Kind& tuned,
         engine::StageContext& context)
      : settings_(settings),
        params_(context.settings<SearchParams>("search")),
        study_file_(std::move(study_file)),
        context_(context),
        trial_(tuned.tunable->make()),
        space_(space_of(params_)),
        file_(context.path("trials", 0)) {}

  void run(const std::string& key, const std::string& score_name) {
    trials_ = read_trials(file_);
    if (trials_.key != key) trials_ = {};
    trials_.key = key;
    trials_.score_name = score_name;
    const auto wanted = static_cast<std::size_t>(params_.trials);
    if (trials_.made.size() > wanted) trials_.made.resize(wanted);
    if (!trials_.made.empty())
      context_.context().log.info(fmt::format("{} trials are kept from before", trials_.made.size()));
    core::Progress progress("search", wanted, "trials", context_.context().show_progress);
    progress.advance(trials_.made.size());
    while (trials_.made.size() < wanted) {
      core::throw_if_interrupted();
      trials_.made.push_back(one());
      write_trials(trials_, file_);
      tell(trials_.made.back());
      progress.advance();
    }
    if (stats::best_trial(trials_.plain()) == trials_.made.size())
      throw core::RunError("no trial of the search came to an end; the last one: " +
                           trials_.made.back().message);
  }
  const Trials& trials() const { return trials_; }

 private:
  fs::path work() const { return file_.parent_path() / "trial"; }

  Trial one() {
    Trial trial;
    const std::vector<stats::SearchTrial> before = trials_.plain();
    trial.values = stats::suggest(space_, before, params_.sampler);
    TrialRequest request;
    request.study = tuned_study(settings_, study_file_, overrides_of(params_, trial.values));
    request.folder = work();
    fs::remove_all(work());  // of a trial that was cut off
    request.go_on = [&](double score) {
      trial.steps.push_back(score);
      return !(params_.prune && stats::is_hopeless(trial.steps, before, params_.pruning));
    };
    const double start = now_s();
    core::Context inner{context_.context().log, false};
    try {
      const TrialOutcome outcome = trial_(request, inner);
      trial.score = outcome.score;
      trial.message = outcome.message;
      trial.state = outcome.pruned ? TrialState::pruned : TrialState::complete;
      if (!outcome.pruned && !std::isfinite(outcome.score)) trial.state = TrialState::failed;
    } catch (const core::InputError& error) {
      trial.state = TrialState::failed;
      trial.message = error.what();
    }
    trial.seconds = now_s() - start;
    fs::remove_all(work());
    return trial;
  }

  void tell(const Trial& trial) {
    const std::size_t best = stats::best_trial(trials_.plain());
    std::string line =
        fmt::format("trial {} of {}: {}", trials_.made.size(), params_.trials, state_name(trial.state));
    if (trial.state == TrialState::complete)
      line += fmt::format(", {} {:.5g}", trials_.score_name, trial.score);
    if (trial.state == TrialState::pruned) line += fmt::format(" after {} epochs", trial.steps.size());
    if (!trial.message.empty()) line += ": " + trial.message;
    line += fmt::format(" ({})", fmt::join(overrides_of(params_, trial.values), ", "));
    if (best < trials_.made.size())
      line += fmt::format("; best so far {:.5g} (trial {})", trials_.made[best].score, best + 1);
    context_.context().log.info(line);
  }

  const TuningSettings& settings_;
  SearchParams params_;
  std::string study_file_;
  engine::StageContext& context_;
  studies::Trial trial_;
  std::vector<stats::SearchDimension> space_;
  fs::path file_;
  Trials trials_;
};

const Kind& tuned_kind(const Kinds& others, const StudyFile& tuned, const TuningSettings& settings,
                       const std::string& study_file) {
  const Kind& kind = kind_of(others, tuned);
  check_names(settings, study_file, kind);
  return kind;
}

// Every end of every range, and every value, must be one that the study takes.
void check_values(const TuningSettings& settings, const std::string& study_file, const Kind& tuned) {
  core::Problems problems;
  for (const SearchedSetting& one : settings.search.search) {
    std::vector<std::string> texts = one.values;
    if (one.values.empty()) texts = {text_of(one, *one.low), text_of(one, *one.high)};
    for (const std::string& text : texts) {
      try {
        (void)tuned.stages(tuned_study(settings, study_file, {one.setting + "=" + text}));
      } catch (const core::InputError& error) {
        for (core::Problem problem : error.problems()) {
          problem.where = "search of " + one.setting + ", value " + text + ": " + problem.where;
          problem.file = study_file;
          problems.add(std::move(problem));
        }
      }
    }
  }
  problems.throw_if_any();
}

engine::Stage search_stage(const TuningSettings& settings, const std::string& study_file, const Kind& tuned,
                           const TrainedFrom& from) {
  engine::Stage stage{"search", "train the tuned study with many settings"};
  stage.settings = {"search"};
  stage.goes_on = true;
  stage.inputs = from.inputs;
  const fs::path path = fs::path(study_file).parent_path() / settings.tuned;
  stage.inputs.push_back({settings.tuned, path});
  stage.outputs = {{"trials", {"trials.json", "trials.csv"}}, {"rest", {"trial/"}, true}};
  stage.work = [settings, study_file, tuned, from](engine::StageContext& context) {
    check_values(settings, study_file, tuned);
    Search search(settings, study_file, tuned, context);
    search.run(key_of(settings.search, from), tuned.tunable->score);
    write_trials_csv(search.trials(), settings.search, context.path("trials", 1));
  };
  return stage;
}

engine::Stage best_stage(const TuningSettings& settings, const std::string& study_file, const Kind& tuned) {
  engine::Stage stage{"best", "write the study with the best settings"};
  stage.needs = {{"search", "trials"}};
  stage.settings = {"search"};
  stage.outputs = {{"study", {"best.yml"}}};
  stage.work = [settings, study_file, tuned](engine::StageContext& context) {
    const Trials trials = read_trials(context.path("search", "trials", 0));
    const std::size_t best = stats::best_trial(trials.plain());
    const std::vector<std::string> found = overrides_of(settings.search, trials.made.at(best).values);
    const fs::path path = fs::path(study_file).parent_path() / settings.tuned;
    std::string text = fmt::format("# {} with the settings of trial {} of {} ({} {:.6g}):\n", settings.tuned,
                                   best + 1, trials.made.size(), trials.score_name, trials.made[best].score);
    for (const std::string& one : found) text += "#   " + one + "\n";
    text += "# What the search had fixed for its trials is as in that study again.\n";
    core::write_file_atomic(context.path("study"),
                            text + tuned.stages(read_study(path.string(), found)).resolved);
  };
  stage.result = [](const fs::path& run) {
    return "the study with the best settings is " + (run / "best.yml").string();
  };
  return stage;
}

std::vector<std::string> check(const Kinds& others, const StudyFile& study, core::Context& context) {
  const TuningSettings settings = read_settings(study);
  const StudyFile tuned = tuned_study(settings, study.path);
  const Kind& kind = tuned_kind(others, tuned, settings, study.path);
  std::vector<std::string> lines = {fmt::format("{} trials over {} settings of {}, scored by the {}",
                                                settings.search.trials, settings.search.search.size(),
                                                settings.tuned, kind.tunable->score)};
  if (kind.stages) check_values(settings, study.path, kind);
  for (std::string& line : kind.check(tuned, context)) lines.push_back(std::move(line));
  return lines;
}

}  // namespace

std::function<engine::Graph(const StudyFile&)> stages(Kinds others) {
  return [others = std::move(others)](const StudyFile& study) {
    const TuningSettings settings = read_settings(study);
    const StudyFile tuned = tuned_study(settings, study.path);
    const Kind& kind = tuned_kind(others, tuned, settings, study.path);
    engine::Graph graph;
    TuningSettings resolved = settings;
    resolved.tuned =
        fs::absolute(fs::path(study.path).parent_path() / settings.tuned).lexically_normal().string();
    graph.resolved = core::to_yaml(resolved);
    graph.settings.add("search", settings.search, "");
    graph.stages = {search_stage(settings, study.path, kind, trained_from(kind.stages(tuned))),
                    best_stage(settings, study.path, kind)};
    return graph;
  };
}

Kind kind(const Kinds& others) {
  Kind kind;
  kind.name = "tuning";
  kind.about = "A search over the settings of another study: trials, what mattered, the best study file";
  kind.entity = "trial";
  kind.settings = [] { return core::field_table(TuningSettings{}); };
  kind.check = [others](const StudyFile& study, core::Context& context) {
    return check(others, study, context);
  };
  kind.page = page;
  kind.page_version = 2;  // notes beside warnings, the command with its folder
  kind.templates = {
      {"tuning", "a search over the settings of a small study of virtual wells", write_template}};
  kind.verbs = {{"tune", "Search for the best settings of a study", "report"}};
  return kind;
}

}  // namespace phreatic::studies::tuning

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/engine/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <new>
#include <optional>
#include <stdexcept>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/file_recorder.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/core/files/folder_lock.hpp"
#include "phreatic/studies/engine/ownership.hpp"
#include "phreatic/studies/engine/provenance.hpp"
#include "phreatic/studies/engine/record.hpp"

namespace phreatic::studies::engine {

namespace fs = std::filesystem;

namespace {

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Stages up to `until`, in order.
std::vector<const Stage*> chosen_stages(const Graph& graph, const std::string& until) {
  std::vector<const Stage*> out;
  std::string names;
  std::vector<std::string> choices;
  for (const Stage& stage : graph.stages) {
    out.push_back(&stage);
    if (stage.name == until) return out;
    names += (names.empty() ? "" : ", ") + stage.name;
    choices.push_back(stage.name);
  }
  if (until.empty()) return out;
  const std::string near = core::nearest(until, choices);
  throw core::InputError(
      {.file = graph.study_file,
       .where = "stage " + until,
       .what = "this study has no such stage" + (near.empty() ? "" : "; did you mean '" + near + "'?"),
       .allowed = names});
}

// The parts of the key as they are now, and the states of the input files. `hash_of` gives the hash of a
// needed output.
template <class HashOf>
std::pair<KeyParts, std::map<std::string, FileState>> parts_now(const Graph& graph, const Stage& stage,
                                                                const StageRecord* before,
                                                                const HashOf& hash_of) {
  KeyParts parts;
  parts.code_version = stage.code_version;
  for (const std::string& block : stage.settings) {
    const Leaves& leaves = graph.settings.leaves(block);
    parts.settings.insert(leaves.begin(), leaves.end());
  }
  std::map<std::string, FileState> inputs;
  for (const InputFile& input : stage.inputs) {
    const FileState* known = nullptr;
    if (before != nullptr) {
      if (const auto found = before->inputs.find(input.name); found != before->inputs.end())
        known = &found->second;
    }
    inputs[input.name] = state_of(input.path, known);
    parts.inputs[input.name] = inputs[input.name].hash;
  }
  for (const Need& need : stage.needs) parts.needs[need.stage + "." + need.output] = hash_of(need);
  return {parts, inputs};
}

// Why a recorded stage must run although its key is the same: outputs lost or edited.
std::vector<std::string> damaged_outputs(const fs::path& folder, const Stage& stage, StageRecord& record) {
  std::vector<std::string> out;
  for (const Output& output : stage.outputs) {
    const auto found = record.outputs.find(output.name);
    if (found == record.outputs.end()) {
      out.push_back("output " + output.name + ": was not made");
      continue;
    }
    for (const std::string& what : damage(folder, found->second)) out.push_back("output: " + what);
  }
  return out;
}

std::vector<std::string> reasons_to_run(const fs::path& folder, const Stage& stage, StageRecord* record,
                                        const KeyParts& now) {
  if (record == nullptr) return {"has not run in this folder yet"};
  if (!record->finished) return {"was not finished"};
  std::vector<std::string> reasons = changes(record->parts, now);
  for (std::string& what : damaged_outputs(folder, stage, *record)) reasons.push_back(std::move(what));
  return reasons;
}

}  // namespace

// One run of a graph in its folder.
class Runner {
 public:
  Runner(const Graph& graph, const RunRequest& request)
      : graph_(graph),
        request_(request),
        stages_(chosen_stages(graph, request.until)),
        lock_(request.out),
        record_(claim(request.out, graph, stages_, request.force)),
        log_(request.quiet, (request.out / "log.txt").string()),
        context_{log_, !request.quiet} {
    log_.detail("phreatic " PHREATIC_VERSION " " + graph.study_file);
    for (const std::string& remark : record_.remarks()) log_.info(remark);
    core::remove_abandoned_parts(request.out);  // of a run that was killed
    core::write_file_atomic(request.out / "study.yml", kResolvedMark + graph.resolved);
    forget_stages();
  }

  void all() {
    bool ran = false;
    for (const Stage* stage : stages_) {
      if (stage->name == "report" && ran) write();
      ran = one(*stage) || ran;
    }
    if (stages_.empty() || stages_.back()->name != "report" || !fs::exists(request_.out / "provenance.json"))
      write();
    tell_left();
  }

 private:
  // Stages behind the last one that was asked for may hold results of before.
  void tell_left() {
    if (stages_.size() == graph_.stages.size()) return;
    std::string names;
    for (const StagePlan& stage : plan(graph_, request_.out, "")) {
      if (stage.verdict == StagePlan::Verdict::up_to_date || record_.find(stage.stage) == nullptr) continue;
      names += (names.empty() ? "" : ", ") + stage.stage;
    }
    if (!names.empty())
      log_.warn(fmt::format("left as they were, not of these results: {}; run without --until to renew them",
                            names));
  }

  void write() { write_provenance(graph_, record_, request_.out); }

  // Stages of an earlier run of another study file in this folder are none of this study's.
  void forget_stages() {
    std::vector<std::string> others;
    for (const auto& [name, stage] : record_.stages()) {
      if (find_stage(graph_, name) == nullptr) others.push_back(name);
    }
    for (const std::string& name : others) {
      for (const auto& [output, state] : record_.at(name).outputs) {
        for (const auto& [file, known] : state.files) fs::remove(request_.out / file);
      }
      record_.erase(name);
      log_.info(name + ": no longer part of this study; its results are removed");
    }
    record_.save();
  }

  // Whether the stage ran.
  bool one(const Stage& stage) {
    core::throw_if_interrupted();
    StageRecord* before = record_.find(stage.name) == nullptr ? nullptr : &record_.at(stage.name);
    auto [parts, inputs] = parts_now(graph_, stage, before, [&](const Need& need) {
      return record_.at(need.stage).outputs.at(need.output).hash;
    });
    const std::vector<std::string> reasons = reasons_to_run(request_.out, stage, before, parts);
    if (reasons.empty()) {
      before->inputs = inputs;  // with the new times of files that were touched
      record_.save();
      log_.info(stage.name + ": up to date");
      tell_result(stage);
      return false;
    }
    for (const std::string& reason : reasons)
      request_.why ? log_.info(stage.name + ": runs: " + reason)
                   : log_.detail(stage.name + ": runs: " + reason);
    do_stage(stage, parts, inputs);
    tell_result(stage);
    return true;
  }

  void tell_result(const Stage& stage) {
    if (!stage.result) return;
    if (const std::string line = stage.result(request_.out); !line.empty()) log_.info(line);
  }

  void do_stage(const Stage& stage, const KeyParts& parts, const std::map<std::string, FileState>& inputs) {
    const double start = now_s();
    StageRecord& record = record_.at(stage.name);
    record.finished = false;
    record_.save();
    if (request_.resume == Resume::no && !stage.goes_on) clear(record);
    prepare_values(stage);
    record.facts = work(stage);
    for (const Output& output : stage.outputs) record.outputs[output.name] = finished(stage, output);
    for (const InputFile& input : stage.inputs) {
      const FileState& known = inputs.at(input.name);
      if (state_of(input.path, &known).hash != known.hash)
        throw core::RunError(fmt::format("{}: changed while the stage '{}' read it; run again",
                                         input.path.string(), stage.name));
    }
    record.parts = parts;
    record.inputs = inputs;
    record.seconds = now_s() - start;
    record.finished_utc = now_utc();
    record.finished = true;
    record_.save();
    log_.info(fmt::format("{}: done in {:.1f} s", stage.name, record.seconds));
  }

  // What the stage wrote before goes, so that nothing of it stays beside the new results.
  void clear(const StageRecord& record) {
    for (const auto& [name, output] : record.outputs) {
      for (const auto& [file, known] : output.files) {
        std::error_code ignored;
        fs::remove(request_.out / file, ignored);
      }
    }
  }

  OutputState finished(const Stage& stage, const Output& output) {
    if (output.is_value()) {
      const auto found = values_.find({stage.name, output.name});
      if (found == values_.end())
        core::assertion_failed(("stage " + stage.name + " did not hand on " + output.name).c_str(), __FILE__,
                               __LINE__);
      return {found->second.hash, {}};
    }
    OutputState state = output_state(request_.out, output);
    if (output.optional)
      std::erase_if(state.files, [](const auto& file) { return file.second.hash.empty(); });
    for (const auto& [file, known] : state.files) {
      if (known.hash.empty())
        core::assertion_failed(("stage " + stage.name + " did not write " + file).c_str(), __FILE__,
                               __LINE__);
    }
    return state;
  }

  // Values of stages that were up to date are made again.
  void prepare_values(const Stage& stage) {
    for (const Need& need : stage.needs) {
      const Stage& upstream = *find_stage(graph_, need.stage);
      if (!find_output(upstream, need.output)->is_value() || values_.contains({need.stage, need.output}))
        continue;
      prepare_values(upstream);
      log_.detail(upstream.name + ": done again for what " + stage.name + " needs of it");
      work(upstream);
      for (const Output& output : upstream.outputs) {
        if (output.is_value() && values_.at({upstream.name, output.name}).hash !=
                                     record_.at(upstream.name).outputs.at(output.name).hash)
          throw core::RunError(fmt::format(
              "stage '{}' gave another '{}' than a moment ago: an input file changed meanwhile; run again",
              upstream.name, output.name));
      }
    }
  }

  // Facts that the stage noted.
  nlohmann::json work(const Stage& stage) {
    StageContext context;
    context.graph_ = &graph_;
    context.stage_ = &stage;
    context.blocks_ = &graph_.settings;
    context.context_ = &context_;
    context.values_ = &values_;
    context.folder_ = request_.out;
    context.resume_ = request_.resume;
    std::optional<core::ReadRecorder> recorder;
    if (request_.strict) recorder.emplace();
    try {
      stage.work(context);
    } catch (const std::bad_alloc&) {
      throw core::RunError(out_of_memory(stage));
    } catch (const std::length_error&) {
      throw core::RunError(out_of_memory(stage));
    } catch (const nlohmann::json::exception& error) {
      throw core::RunError(
          fmt::format("{}, stage '{}': a file of the run folder is damaged ({}); delete the "
                      "folder and run the study again",
                      request_.out.string(), stage.name, error.what()));
    }
    if (recorder) check_reads(graph_, stage, request_.out, recorder->files());
    return context.facts_;
  }

  std::string out_of_memory(const Stage& stage) const {
    return fmt::format(
        "{}, stage '{}': the machine has not enough memory for this; shorten the period "
        "(data.start, data.end), take a longer data.step or fewer entities, or use a larger machine",
        graph_.study_file, stage.name);
  }

  const Graph& graph_;
  const RunRequest& request_;
  std::vector<const Stage*> stages_;
  core::FolderLock lock_;
  Record record_;
  core::Log log_;
  core::Context context_;
  StageContext::Values values_;
};

void run(const Graph& graph, const RunRequest& request) {
  check_graph(graph);
  Runner runner(graph, request);
  runner.all();
}

std::vector<StagePlan> plan(const Graph& graph, const fs::path& out, const std::string& until) {
  check_graph(graph);
  Record record(out);
  std::vector<StagePlan> plans;
  std::map<std::string, bool> runs;
  for (const Stage* stage : chosen_stages(graph, until)) {
    StagePlan plan{stage->name, StagePlan::Verdict::up_to_date, {}};
    StageRecord* before = record.find(stage->name) == nullptr ? nullptr : &record.at(stage->name);
    std::vector<std::string> first;
    const auto parts = parts_now(graph, *stage, before, [&](const Need& need) -> std::string {
      const std::string name = need.stage + "." + need.output;
      if (runs[need.stage]) {  // not known before it has run; as it was, until then
        first.push_back(
            fmt::format("{} runs first; this one runs if its '{}' changes", need.stage, need.output));
        if (before == nullptr) return "";
        const auto known = before->parts.needs.find(name);
        return known == before->parts.needs.end() ? "" : known->second;
      }
      return record.at(need.stage).outputs.at(need.output).hash;
    });
    plan.reasons = reasons_to_run(out, *stage, before, parts.first);
    if (!plan.reasons.empty()) {
      plan.verdict = StagePlan::Verdict::runs;
    } else if (!first.empty()) {
      plan.verdict = StagePlan::Verdict::depends;
      plan.reasons = first;
    }
    runs[stage->name] = plan.verdict != StagePlan::Verdict::up_to_date;
    plans.push_back(std::move(plan));
  }
  return plans;
}

std::string plan_text(const std::vector<StagePlan>& plan) {
  std::string out;
  for (const StagePlan& stage : plan) {
    const char* verdict = stage.verdict == StagePlan::Verdict::up_to_date ? "up to date"
                          : stage.verdict == StagePlan::Verdict::runs     ? "runs"
                                                                          : "depends";
    out += fmt::format("{}: {}\n", stage.stage, verdict);
    for (const std::string& reason : stage.reasons) out += "  " + reason + "\n";
  }
  return out;
}

}  // namespace phreatic::studies::engine

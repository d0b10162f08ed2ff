// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/engine/stage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace phreatic::studies::engine {
namespace {

[[noreturn]] void bug(const std::string& text) { core::assertion_failed(text.c_str(), __FILE__, __LINE__); }

}  // namespace

const Stage* find_stage(const Graph& graph, const std::string& name) {
  const auto found = std::find_if(graph.stages.begin(), graph.stages.end(),
                                  [&](const Stage& stage) { return stage.name == name; });
  return found == graph.stages.end() ? nullptr : &*found;
}

const Output* find_output(const Stage& stage, const std::string& name) {
  const auto found = std::find_if(stage.outputs.begin(), stage.outputs.end(),
                                  [&](const Output& output) { return output.name == name; });
  return found == stage.outputs.end() ? nullptr : &*found;
}

void check_graph(const Graph& graph) {
  const std::vector<std::string> blocks = graph.settings.names();
  std::set<std::string> names;
  std::set<std::string> files;
  for (const Stage& stage : graph.stages) {
    if (!names.insert(stage.name).second) bug("two stages are named " + stage.name);
    for (const Need& need : stage.needs) {
      const Stage* upstream = find_stage(graph, need.stage);
      if (upstream == nullptr || upstream >= &stage || find_output(*upstream, need.output) == nullptr)
        bug(fmt::format("stage {} needs {}.{}, which no earlier stage gives", stage.name, need.stage,
                        need.output));
    }
    for (const std::string& block : stage.settings) {
      if (std::find(blocks.begin(), blocks.end(), block) == blocks.end())
        bug(fmt::format("stage {} reads the block {}, which is not there", stage.name, block));
    }
    for (const Output& output : stage.outputs) {
      for (const std::string& file : output.files) {
        if (!files.insert(file).second) bug("two outputs write " + file);
      }
    }
  }
}

void StageContext::check_block(const std::string& block) const {
  const auto& declared = stage_->settings;
  if (std::find(declared.begin(), declared.end(), block) == declared.end())
    bug(fmt::format("stage {} reads the settings {}, which it did not declare", stage_->name, block));
}

const std::any& StageContext::find_value(const std::string& stage, const std::string& output) const {
  const auto declared = std::any_of(stage_->needs.begin(), stage_->needs.end(), [&](const Need& need) {
    return need.stage == stage && need.output == output;
  });
  const auto found = values_->find({stage, output});
  if (!declared || found == values_->end())
    bug(fmt::format("stage {} reads {}.{}, which it did not declare", stage_->name, stage, output));
  return found->second.value;
}

const Output& StageContext::own_output(const std::string& output) const {
  const Output* found = find_output(*stage_, output);
  if (found == nullptr) bug(fmt::format("stage {} gives {}, which it did not declare", stage_->name, output));
  return *found;
}

std::filesystem::path StageContext::path(const std::string& stage, const std::string& output,
                                         std::size_t n) const {
  const auto declared = std::any_of(stage_->needs.begin(), stage_->needs.end(), [&](const Need& need) {
    return need.stage == stage && need.output == output;
  });
  const Stage* upstream = find_stage(*graph_, stage);
  if (!declared || upstream == nullptr)
    bug(fmt::format("stage {} reads {}.{}, which it did not declare", stage_->name, stage, output));
  return folder_ / find_output(*upstream, output)->files.at(n);
}

std::filesystem::path StageContext::path(const std::string& output, std::size_t n) const {
  return folder_ / own_output(output).files.at(n);
}

void StageContext::keep(const std::string& output, std::any value, const std::string& hash) {
  if (!own_output(output).is_value()) bug(fmt::format("stage {} declared {} as files", stage_->name, output));
  (*values_)[{stage_->name, output}] = {std::move(value), hash};
}

}  // namespace phreatic::studies::engine

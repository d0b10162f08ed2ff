// SPDX-License-Identifier: BSD-3-Clause
// A stage of a study as declared data (docs/developer/studies.md): what it reads, what it hands on, and its
// work, which sees nothing but what was declared.
#pragma once

#include <any>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/studies/engine/settings_blocks.hpp"

namespace phreatic::studies::engine {

class StageContext;

// A named output of an earlier stage. The key uses the hash of its content: a stage that ran again and gave
// the same reruns nothing behind it.
struct Need {
  std::string stage;
  std::string output;
};

struct Output {
  std::string name;
  // Files in the run folder that the stage writes; "model/" stands for everything below that folder. Empty: a
  // value, which stays in memory and comes with a hash of its content (StageContext::hand_on).
  std::vector<std::string> files;
  bool optional = false;  // there may be none, by what the data are
  bool is_value() const { return files.empty(); }
};

// A file outside of the run folder. `name` stands in the key and in messages: the same however the path is
// spelt, mostly relative to the study file.
struct InputFile {
  std::string name;
  std::filesystem::path path;
};

struct Stage {
  std::string name;   // [a-z-]
  std::string about;  // a few words: "train the networks"
  // Raised, with a comment that says why, when the stage gives something else from the same inputs and
  // settings.
  int code_version = 1;
  std::vector<Need> needs;
  std::vector<InputFile> inputs;
  std::vector<std::string> settings;  // blocks
  std::vector<Output> outputs;
  std::function<void(StageContext&)> work;
  // The work itself knows which of its earlier outputs still hold (a list of trials): they are not cleared for it.
  bool goes_on = false;
  // One line that is told whenever the stage is done or up to date; may be empty. Gets the run folder.
  std::function<std::string(const std::filesystem::path&)> result;
};

// All that the engine needs to know about one study.
struct Graph {
  std::string kind;
  std::string study_file;  // as the user named it
  std::string resolved;    // the whole study file with every setting
  SettingsBlocks settings;
  std::vector<Stage> stages;  // each after those that it needs
};

enum class Resume { no, exact, approximate };

// What the work of a stage sees. Asking for anything that the stage did not declare is a bug, and said as
// one.
class StageContext {
 public:
  core::Context& context() const { return *context_; }
  Resume resume() const { return resume_; }

  // A declared block of settings.
  template <class T>
  const T& settings(const std::string& block) const {
    check_block(block);
    return blocks_->get<T>(block);
  }
  // A value that an earlier stage handed on.
  template <class T>
  const T& value(const std::string& stage, const std::string& output) const {
    const auto* held = std::any_cast<std::shared_ptr<const T>>(&find_value(stage, output));
    PHREATIC_ASSERT(held != nullptr);
    return **held;
  }
  // The only, or the n-th, file (or folder) of a needed output of files.
  std::filesystem::path path(const std::string& stage, const std::string& output, std::size_t n = 0) const;
  // Of an output of the stage itself.
  std::filesystem::path path(const std::string& output, std::size_t n = 0) const;
  // Declared input files.
  const std::vector<InputFile>& inputs() const { return stage_->inputs; }

  // Hands on a value; `hash` covers all of its content that readers use.
  template <class T>
  void hand_on(const std::string& output, std::shared_ptr<const T> value, const std::string& hash) {
    keep(output, std::any(std::move(value)), hash);
  }
  // Facts for provenance.json, by name.
  void note(const std::string& name, const nlohmann::json& facts) { facts_[name] = facts; }

 private:
  friend class Runner;
  struct Held {
    std::any value;
    std::string hash;
  };
  using Values = std::map<std::pair<std::string, std::string>, Held>;

  void check_block(const std::string& block) const;
  const std::any& find_value(const std::string& stage, const std::string& output) const;
  void keep(const std::string& output, std::any value, const std::string& hash);
  const Output& own_output(const std::string& output) const;

  const Graph* graph_ = nullptr;
  const Stage* stage_ = nullptr;
  const SettingsBlocks* blocks_ = nullptr;
  core::Context* context_ = nullptr;
  Values* values_ = nullptr;
  std::filesystem::path folder_;
  Resume resume_ = Resume::no;
  nlohmann::json facts_ = nlohmann::json::object();
};

// Asserts what a graph must be: names unique, needs of earlier stages only, blocks there, no two stages
// writing the same file.
void check_graph(const Graph& graph);
const Stage* find_stage(const Graph& graph, const std::string& name);
const Output* find_output(const Stage& stage, const std::string& name);

}  // namespace phreatic::studies::engine

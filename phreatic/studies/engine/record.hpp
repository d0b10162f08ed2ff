// SPDX-License-Identifier: BSD-3-Clause
// stages.json of a run folder: what every finished stage was made from, in readable parts, and what it gave.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "phreatic/studies/engine/stage.hpp"

namespace phreatic::studies::engine {

// A file as it was when its content was hashed.
struct FileState {
  std::string hash;  // "" = there is no such file
  std::uintmax_t bytes = 0;
  std::int64_t changed_ns = 0;  // the inode's change time, which no copy or touch can set back
  std::int64_t hashed_ns = 0;   // when the hash was made
};

// The state of a file. The hash of `known` is taken over when size and change time are the same and were old
// when it was made.
FileState state_of(const std::filesystem::path& path, const FileState* known);

struct OutputState {
  std::string hash;                        // of all of its content
  std::map<std::string, FileState> files;  // by path in the run folder
};

// What a key is made of. Everything is readable, so that a change can be told.
struct KeyParts {
  int code_version = 0;
  Leaves settings;
  std::map<std::string, std::string> inputs;  // name -> hash of the content; "" = not there
  std::map<std::string, std::string> needs;   // "data.training" -> hash
  bool operator==(const KeyParts&) const = default;
  std::string key() const;
};

// What makes `now` another key than `before`, one sentence each, from what to what.
std::vector<std::string> changes(const KeyParts& before, const KeyParts& now);

struct StageRecord {
  bool finished = false;
  KeyParts parts;
  std::map<std::string, FileState> inputs;  // by name
  std::map<std::string, OutputState> outputs;
  double seconds = 0;
  std::string finished_utc;
  nlohmann::json facts = nlohmann::json::object();
};

class Record {
 public:
  // Reads stages.json when there is one; a damaged one and one of an earlier version count as empty, and
  // remarks() says so.
  explicit Record(std::filesystem::path folder);
  const StageRecord* find(const std::string& stage) const;
  StageRecord& at(const std::string& stage) { return stages_[stage]; }
  void erase(const std::string& stage) { stages_.erase(stage); }
  const std::map<std::string, StageRecord>& stages() const { return stages_; }
  // Files and folders at the top of the run folder that runs have written: all else is the user's.
  std::set<std::string>& owned() { return owned_; }
  // Whether some run of ours has written in this folder before.
  bool ours() const { return ours_; }
  const std::vector<std::string>& remarks() const { return remarks_; }
  void save() const;

 private:
  std::filesystem::path folder_;
  std::map<std::string, StageRecord> stages_;
  std::set<std::string> owned_;
  std::vector<std::string> remarks_;
  bool ours_ = false;
};

// First line of study.yml in a run folder, by which it is told from a user's own.
inline constexpr const char* kResolvedMark = "# As resolved by phreatic: every setting of this run.\n";

// The files of an output as they stand in the run folder now, hashed.
OutputState output_state(const std::filesystem::path& folder, const Output& output);

// What is wrong with the files of an output since they were recorded, one sentence each; files that lie
// beside them do not count. `state` learns the new change times of files that were only touched.
std::vector<std::string> damage(const std::filesystem::path& folder, OutputState& state);

// Throws InputError that names every file of a finished stage that is no longer as the run wrote it; the
// stages `but` may have changed.
void verify_outputs(const std::filesystem::path& folder, const std::set<std::string>& but);

// Finished or broken-off stages whose results were not made from what the stages before them gave last, by what is
// recorded, each with why: of a run that stopped before them. In alphabetical order.
std::map<std::string, std::string> outdated_stages(const Record& record);

// Of the stage that wrote `file` (its path in the run folder): why its results are outdated; "" = they are not, or no
// stage of a run wrote it.
std::string outdated(const std::filesystem::path& folder, const std::string& file);

// Records the outputs of a stage as they are now: after they were made again outside of a run.
void renew_outputs(const std::filesystem::path& folder, const Stage& stage);

}  // namespace phreatic::studies::engine

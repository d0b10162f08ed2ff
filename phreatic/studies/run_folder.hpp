// SPDX-License-Identifier: BSD-3-Clause
// A run folder and which stages of a study in it are up to date. A stage's key is a hash of the keys of the
// stages it builds on, its settings, the program and its input files; a stage whose recorded key is the same
// is not run again.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace phreatic::studies {

class RunFolder {
 public:
  // Makes the folder; reads stages.json when an
  // earlier run left one (a damaged one counts as none).
  explicit RunFolder(std::filesystem::path folder);

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

  // Whether `stage` was finished with this key and the files it then named are still there.
  bool up_to_date(const std::string& stage, const std::string& key) const;
  // Records a finished stage, its duration and the files it wrote (relative to the folder).
  void finish(const std::string& stage, const std::string& key, double seconds,
              const std::vector<std::string>& files);
  // Facts of a finished stage that later stages and the report need (counts, scores); kept in stages.json.
  void note(const std::string& stage, const nlohmann::json& facts);
  nlohmann::json facts(const std::string& stage) const;
  double seconds(const std::string& stage) const;  // 0 when the stage is not there

 private:
  void save() const;
  std::filesystem::path folder_;
  nlohmann::json stages_;
};

// Hash of the running program's file: settings that mean something else in another build are run again.
std::string program_hash();

// What stands in provenance.json about program and machine: version, compiler, processor, cores, memory,
// time.
nlohmann::json describe_machine();

}  // namespace phreatic::studies

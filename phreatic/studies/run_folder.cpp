// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/run_folder.hpp"

#include <sys/sysinfo.h>

#include <ctime>
#include <fstream>
#include <utility>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files.hpp"
#include "phreatic/core/parallel.hpp"

namespace phreatic::studies {

namespace fs = std::filesystem;
using nlohmann::json;

RunFolder::RunFolder(fs::path folder) : folder_(std::move(folder)), stages_(json::object()) {
  core::make_folder(folder_);
  const fs::path file = folder_ / "stages.json";
  if (!fs::exists(file)) return;
  json read = json::parse(core::read_file(file), nullptr, false);
  if (read.is_object()) stages_ = std::move(read);
}

bool RunFolder::up_to_date(const std::string& stage, const std::string& key) const {
  const auto found = stages_.find(stage);
  if (found == stages_.end() || !found->is_object() || found->value("key", "") != key) return false;
  for (const auto& file : found->value("files", json::array())) {
    if (!file.is_string() || !fs::exists(folder_ / file.get<std::string>())) return false;
  }
  return true;
}

void RunFolder::finish(const std::string& stage, const std::string& key, double seconds,
                       const std::vector<std::string>& files) {
  json& entry = stages_[stage];
  entry["key"] = key;
  entry["seconds"] = seconds;
  entry["files"] = files;
  save();
}

void RunFolder::note(const std::string& stage, const json& facts) {
  stages_[stage]["facts"] = facts;
  save();
}

json RunFolder::facts(const std::string& stage) const {
  const auto found = stages_.find(stage);
  return found == stages_.end() ? json::object() : found->value("facts", json::object());
}

double RunFolder::seconds(const std::string& stage) const {
  const auto found = stages_.find(stage);
  return found == stages_.end() ? 0 : found->value("seconds", 0.0);
}

void RunFolder::save() const { core::write_file_atomic(folder_ / "stages.json", stages_.dump(1) + "\n"); }

std::string program_hash() {
  static const std::string hash = core::hash_file("/proc/self/exe");
  return hash;
}

namespace {

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

std::string now_utc() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace

json describe_machine() {
  struct sysinfo info {};
  ::sysinfo(&info);
  const double memory_gb = static_cast<double>(info.totalram) * info.mem_unit / 1e9;
  return {{"phreatic", PHREATIC_VERSION},  {"program_hash", program_hash()},  {"compiler", __VERSION__},
          {"processor", processor_name()}, {"threads", core::thread_count()}, {"memory_gb", memory_gb},
          {"finished", now_utc()}};
}

}  // namespace phreatic::studies

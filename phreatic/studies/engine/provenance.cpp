// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/engine/provenance.hpp"

#include <sys/sysinfo.h>

#include <cmath>
#include <ctime>
#include <fstream>

#include "phreatic/core/files/files.hpp"
#include "phreatic/core/parallel.hpp"

namespace phreatic::studies::engine {

using nlohmann::json;

namespace {

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

}  // namespace

std::string now_utc() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

json describe_machine() {
  struct sysinfo info {};
  ::sysinfo(&info);
  const double memory_gb = std::round(static_cast<double>(info.totalram) * info.mem_unit / 1e8) / 10;
  return {{"phreatic", PHREATIC_VERSION},    {"compiler", __VERSION__}, {"processor", processor_name()},
          {"threads", core::thread_count()}, {"memory_gb", memory_gb},  {"finished", now_utc()}};
}

void write_provenance(const Graph& graph, const Record& record, const std::filesystem::path& folder) {
  json provenance;
  provenance["kind"] = graph.kind;
  provenance["study_file"] = graph.study_file;
  provenance["machine"] = describe_machine();
  json files = json::array();
  for (const Stage& stage : graph.stages) {
    const StageRecord* done = record.find(stage.name);
    if (done == nullptr || !done->finished) continue;
    json inputs = json::array();
    for (const auto& [name, state] : done->inputs) {
      inputs.push_back(name);
      files.push_back({{"path", name}, {"stage", stage.name}, {"hash", state.hash}, {"bytes", state.bytes}});
    }
    json outputs = json::object();
    for (const auto& [name, output] : done->outputs) outputs[name] = output.hash;
    provenance["stages"][stage.name] = {
        {"key", done->parts.key()},       {"code_version", done->parts.code_version},
        {"finished", done->finished_utc}, {"inputs", inputs},
        {"needs", done->parts.needs},     {"outputs", outputs}};
    if (stage.name != "report") provenance["seconds"][stage.name] = done->seconds;
    for (const auto& [name, facts] : done->facts.items()) provenance[name] = facts;
  }
  provenance["files"] = files;
  core::write_file_atomic(folder / "provenance.json",
                          provenance.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
}

}  // namespace phreatic::studies::engine

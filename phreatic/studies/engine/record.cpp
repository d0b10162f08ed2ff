// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/engine/record.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/data/io/file_hash.hpp"

namespace phreatic::studies::engine {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr int kFormat = 2;  // of stages.json; 1 was a hash for each stage

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string short_hash(const std::string& hash) { return hash.substr(0, 8); }

json to_json(const FileState& f) {
  return {{"hash", f.hash}, {"bytes", f.bytes}, {"changed_ns", f.changed_ns}, {"hashed_ns", f.hashed_ns}};
}

FileState file_state(const json& j) {
  return {j.at("hash").get<std::string>(), j.at("bytes").get<std::uintmax_t>(),
          j.at("changed_ns").get<std::int64_t>(), j.at("hashed_ns").get<std::int64_t>()};
}

json to_json(const std::map<std::string, FileState>& files) {
  json out = json::object();
  for (const auto& [name, state] : files) out[name] = to_json(state);
  return out;
}

std::map<std::string, FileState> file_states(const json& j) {
  std::map<std::string, FileState> out;
  for (const auto& [name, state] : j.items()) out[name] = file_state(state);
  return out;
}

json to_json(const StageRecord& r) {
  json outputs = json::object();
  for (const auto& [name, output] : r.outputs)
    outputs[name] = {{"hash", output.hash}, {"files", to_json(output.files)}};
  return {{"finished", r.finished},
          {"key", r.parts.key()},
          {"code_version", r.parts.code_version},
          {"settings", r.parts.settings},
          {"inputs", to_json(r.inputs)},
          {"needs", r.parts.needs},
          {"outputs", outputs},
          {"seconds", r.seconds},
          {"finished_utc", r.finished_utc},
          {"facts", r.facts}};
}

StageRecord stage_record(const json& j) {
  StageRecord r;
  r.finished = j.at("finished").get<bool>();
  r.parts.code_version = j.at("code_version").get<int>();
  r.parts.settings = j.at("settings").get<Leaves>();
  r.parts.needs = j.at("needs").get<std::map<std::string, std::string>>();
  r.inputs = file_states(j.at("inputs"));
  for (const auto& [name, state] : r.inputs) r.parts.inputs[name] = state.hash;
  for (const auto& [name, output] : j.at("outputs").items())
    r.outputs[name] = {output.at("hash").get<std::string>(), file_states(output.at("files"))};
  r.seconds = j.at("seconds").get<double>();
  r.finished_utc = j.at("finished_utc").get<std::string>();
  r.facts = j.at("facts");
  return r;
}

bool begins_with_mark(const fs::path& study) {
  return fs::is_regular_file(study) && core::read_file(study).rfind(kResolvedMark, 0) == 0;
}

std::vector<std::string> files_below(const fs::path& folder, const std::string& name) {
  std::vector<std::string> out;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder / name, error), end; !error && at != end;
       at.increment(error)) {
    if (at->is_regular_file()) out.push_back(at->path().lexically_relative(folder).string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

FileState state_of(const fs::path& path, const FileState* known) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return {};
  FileState now;
  now.bytes = static_cast<std::uintmax_t>(info.st_size);
  now.changed_ns = info.st_ctim.tv_sec * std::int64_t{1'000'000'000} + info.st_ctim.tv_nsec;
  // A file that changed within two seconds before it was hashed may have changed again since, within the
  // clock's grain.
  constexpr std::int64_t kGrain_ns = 2'000'000'000;
  if (known != nullptr && !known->hash.empty() && known->bytes == now.bytes &&
      known->changed_ns == now.changed_ns && known->hashed_ns - known->changed_ns > kGrain_ns)
    return *known;
  now.hashed_ns = now_ns();
  now.hash = data::io::hash_large_file(path);
  return now;
}

std::string KeyParts::key() const {
  return core::hash_bytes(
      json{code_version, settings, inputs, needs}.dump(-1, ' ', false, json::error_handler_t::replace));
}

std::vector<std::string> changes(const KeyParts& before, const KeyParts& now) {
  std::vector<std::string> out;
  if (before.code_version != now.code_version)
    out.push_back(fmt::format("code version: {} -> {}", before.code_version, now.code_version));
  const auto compare = [&](const std::map<std::string, std::string>& a,
                           const std::map<std::string, std::string>& b, const char* what, const auto& show) {
    for (const auto& [name, value] : b) {
      const auto old = a.find(name);
      if (old == a.end()) {
        out.push_back(fmt::format("{} {}: new, {}", what, name, show(value)));
      } else if (old->second != value) {
        out.push_back(fmt::format("{} {}: {} -> {}", what, name, show(old->second), show(value)));
      }
    }
    for (const auto& [name, value] : a) {
      if (!b.contains(name))
        out.push_back(fmt::format("{} {}: {} -> no longer used", what, name, show(value)));
    }
  };
  const auto plain = [](const std::string& text) { return text; };
  const auto content = [](const std::string& hash) {
    return hash.empty() ? std::string("no such file") : "content " + short_hash(hash);
  };
  compare(before.settings, now.settings, "setting", plain);
  compare(before.inputs, now.inputs, "file", content);
  compare(before.needs, now.needs, "output", content);
  return out;
}

Record::Record(fs::path folder) : folder_(std::move(folder)) {
  const fs::path file = folder_ / "stages.json";
  ours_ = begins_with_mark(folder_ / "study.yml");
  if (!fs::exists(file)) return;
  const json read = json::parse(core::read_file(file), nullptr, false);
  if (!read.is_object()) {
    remarks_.push_back(file.string() + ": is damaged; every stage is run again");
    return;
  }
  if (!read.contains("format")) {
    ours_ = ours_ || read.contains("train");  // an earlier version of the program wrote stages at the top
    remarks_.push_back(file.string() + ": is of an earlier version; every stage is run again");
    return;
  }
  try {
    if (read.at("format") != kFormat) {
      remarks_.push_back(file.string() + ": is of another version; every stage is run again");
      return;
    }
    owned_ = read.at("owned").get<std::set<std::string>>();
    for (const auto& [name, stage] : read.at("stages").items()) stages_[name] = stage_record(stage);
    ours_ = true;
  } catch (const json::exception&) {
    stages_.clear();
    remarks_.push_back(file.string() + ": is damaged; every stage is run again");
  }
}

const StageRecord* Record::find(const std::string& stage) const {
  const auto found = stages_.find(stage);
  return found == stages_.end() ? nullptr : &found->second;
}

void Record::save() const {
  json stages = json::object();
  for (const auto& [name, stage] : stages_) stages[name] = to_json(stage);
  const json all = {{"format", kFormat}, {"owned", owned_}, {"stages", stages}};
  core::write_file_atomic(folder_ / "stages.json",
                          all.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
}

OutputState output_state(const fs::path& folder, const Output& output) {
  OutputState state;
  for (const std::string& file : output.files) {
    if (file.back() != '/') {
      state.files[file] = state_of(folder / file, nullptr);
      continue;
    }
    for (const std::string& below : files_below(folder, file))
      state.files[below] = state_of(folder / below, nullptr);
  }
  std::string text;
  for (const auto& [name, file] : state.files) text += name + '\0' + file.hash + '\0';
  state.hash = core::hash_bytes(text);
  return state;
}

std::vector<std::string> damage(const fs::path& folder, OutputState& state) {
  std::vector<std::string> out;
  for (auto& [file, known] : state.files) {
    const FileState now = state_of(folder / file, &known);
    if (now.hash == known.hash) {
      known = now;
    } else if (now.hash.empty()) {
      out.push_back(file + " is lost");
    } else {
      out.push_back(file + " is not as the run wrote it: damaged or edited");
    }
  }
  return out;
}

void verify_outputs(const fs::path& folder, const std::set<std::string>& but) {
  core::Problems problems;
  const Record record(folder);
  for (const auto& [name, stage] : record.stages()) {
    if (but.contains(name) || !stage.finished) continue;
    for (const auto& [output, recorded] : stage.outputs) {
      OutputState state = recorded;
      for (const std::string& what : damage(folder, state))
        problems.add({.file = folder.string(),
                      .what = what,
                      .mend = "Run the study again: what is missing is made anew"});
    }
  }
  problems.throw_if_any();
}

std::map<std::string, std::string> outdated_stages(const Record& record) {
  std::map<std::string, std::string> known;  // "" = of today
  const std::function<std::string(const std::string&)> why = [&](const std::string& name) -> std::string {
    if (const auto found = known.find(name); found != known.end()) return found->second;
    known[name] = "";
    const StageRecord* stage = record.find(name);
    if (stage == nullptr) return known[name] = "stage " + name + " has no results";
    if (!stage->finished) return known[name] = "stage " + name + " was not finished";
    for (const auto& [need, hash] : stage->parts.needs) {
      const std::size_t dot = need.find('.');
      const std::string before = need.substr(0, dot);
      if (const std::string reason = why(before); !reason.empty()) return known[name] = reason;
      const auto& outputs = record.find(before)->outputs;
      const auto output = outputs.find(need.substr(dot + 1));
      if (output == outputs.end() || output->second.hash != hash)
        return known[name] = "stage " + before + " ran again after " + name;
    }
    return "";
  };
  for (const auto& [name, stage] : record.stages()) why(name);
  std::erase_if(known, [&](const auto& one) { return one.second.empty() || !record.find(one.first); });
  return known;
}

std::string outdated(const fs::path& folder, const std::string& file) {
  const Record record(folder);
  for (const auto& [name, why] : outdated_stages(record)) {
    for (const auto& [output, state] : record.find(name)->outputs) {
      if (state.files.contains(file)) return why;
    }
  }
  return "";
}

void renew_outputs(const fs::path& folder, const Stage& stage) {
  Record record(folder);
  if (record.find(stage.name) == nullptr) return;
  for (const Output& output : stage.outputs)
    record.at(stage.name).outputs[output.name] = output_state(folder, output);
  record.save();
}

}  // namespace phreatic::studies::engine

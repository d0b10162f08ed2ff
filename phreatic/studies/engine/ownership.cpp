// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/engine/ownership.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"

namespace phreatic::studies::engine {

namespace fs = std::filesystem;

namespace {

constexpr const char* kOwnFiles[] = {"study.yml", "log.txt", "provenance.json", "stages.json"};

// Everything that a run of these stages writes.
std::set<std::string> written(const std::vector<const Stage*>& stages) {
  std::set<std::string> out(std::begin(kOwnFiles), std::end(kOwnFiles));
  for (const Stage* stage : stages) {
    for (const Output& output : stage->outputs) out.insert(output.files.begin(), output.files.end());
  }
  return out;
}

bool stands_there(const fs::path& path, const std::string& name) {
  std::error_code error;
  if (name.back() != '/') return fs::exists(fs::symlink_status(path, error));
  return fs::is_directory(path, error) ? !fs::is_empty(path, error) : fs::exists(path, error);
}

bool below(const fs::path& file, const fs::path& folder) {
  const std::string inner = file.string();
  std::string outer = folder.string();
  if (outer.back() != '/') outer += '/';
  return inner.rfind(outer, 0) == 0;
}

fs::path plain(const fs::path& path) { return fs::absolute(path).lexically_normal(); }

}  // namespace

namespace {

// The kind of the study whose results are in the folder; "" where that is not known.
std::string kind_in(const fs::path& out) {
  std::error_code error;
  if (!fs::is_regular_file(out / "study.yml", error)) return "";
  const std::string text = core::read_file(out / "study.yml");
  if (text.rfind(kResolvedMark, 0) != 0) return "";
  const std::size_t at = text.find("\nstudy: ");
  if (at == std::string::npos) return "";
  const std::size_t from = at + 8;
  return text.substr(from, text.find('\n', from) - from);
}

void refuse_other_kind(const fs::path& out, const std::string& kind) {
  const std::string there = kind_in(out);
  if (there.empty() || there == kind) return;
  throw core::InputError(
      {.file = out.string(),
       .what = fmt::format("holds the results of a study of the kind '{}', this one is of the kind '{}'",
                           there, kind),
       .mend = "Name another folder with --out, or give --force to replace them; nothing was changed"});
}

}  // namespace

Record claim(const fs::path& out, const Graph& graph, const std::vector<const Stage*>& stages, bool force) {
  if (!force) refuse_other_kind(out, graph.kind);
  Record record(out);
  const std::set<std::string> files = written(stages);
  core::Problems problems;
  for (const std::string& name : files) {
    // Runs before this record was kept, or whose record is lost, wrote the same names.
    const bool ours = record.owned().contains(name) || (record.ours() && record.owned().empty());
    if (force || ours || !stands_there(out / name, name)) continue;
    problems.add(
        {.file = (out / name).string(),
         .what = "is there already, and no run of phreatic wrote it",
         .mend = "Name another folder with --out, or give --force to overwrite it; nothing was changed"});
  }
  const fs::path study = graph.study_file;
  std::error_code error;
  if (!force && !record.ours() && fs::exists(study, error) &&
      fs::equivalent(study, out / "study.yml", error) && problems.empty())
    problems.add(
        {.file = study.string(), .what = "would be overwritten", .mend = "Name another folder with --out"});
  problems.throw_if_any();
  record.owned().insert(files.begin(), files.end());
  record.save();
  return record;
}

void check_reads(const Graph& graph, const Stage& stage, const fs::path& out,
                 const std::set<fs::path>& files) {
  std::set<fs::path> single;
  std::vector<fs::path> folders;
  const auto allow = [&](const Output& output) {
    for (const std::string& file : output.files) {
      if (file.back() == '/') {
        folders.push_back(plain(out / file));
      } else {
        single.insert(plain(out / file));
      }
    }
  };
  for (const InputFile& input : stage.inputs) single.insert(plain(input.path));
  for (const Need& need : stage.needs) allow(*find_output(*find_stage(graph, need.stage), need.output));
  for (const Output& output : stage.outputs) allow(output);
  for (const char* name : kOwnFiles) single.insert(plain(out / name));
  for (const fs::path& file : files) {
    if (single.contains(file) ||
        std::any_of(folders.begin(), folders.end(), [&](const fs::path& f) { return below(file, f); }))
      continue;
    core::assertion_failed(
        fmt::format("stage {} reads {}, which it did not declare", stage.name, file.string()).c_str(),
        __FILE__, __LINE__);
  }
}

}  // namespace phreatic::studies::engine

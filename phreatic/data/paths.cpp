// SPDX-License-Identifier: BSD-3-Clause
// Paths of the `data:` block with placeholders.
#include <algorithm>
#include <cstdlib>

#include "phreatic/core/files/path_text.hpp"
#include "phreatic/core/unicode.hpp"
#include "phreatic/data/gridded.hpp"
#include "phreatic/data/sources.hpp"

namespace phreatic::data {

namespace {

constexpr std::string_view kShared = "${PHREATIC_SHARED_DATA}";
constexpr std::string_view kId = "{id}";

std::string replace_all(std::string text, std::string_view what, const std::string& with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

std::string shared_folder() {
  const char* set = std::getenv("PHREATIC_SHARED_DATA");
  return set != nullptr && *set != '\0' ? set : "../shared/data";
}

// Names in a folder; throws InputError when it cannot be listed.
std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::error_code error;
  std::vector<std::string> names;
  std::filesystem::directory_iterator it(folder, error);
  if (error) {
    const bool missing = error == std::errc::no_such_file_or_directory;
    throw core::InputError(core::Problem{
        .file = folder.string(),
        .what = missing ? "there is no such folder" : "this folder cannot be read: " + error.message(),
        .mend = missing ? core::check_path(folder) : "Check its permissions"});
  }
  for (const auto& entry : it) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

// Does a name match a pattern in which * stands for any text?
bool matches(std::string_view pattern, std::string_view name) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == name;
  if (name.substr(0, star) != pattern.substr(0, star)) return false;
  const std::string_view rest = pattern.substr(star + 1);
  for (std::size_t i = star; i <= name.size(); ++i) {
    if (matches(rest, name.substr(i))) return true;
  }
  return false;
}

bool is_ascii(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char ch) { return static_cast<unsigned char>(ch) < 0x80; });
}

// What in a folder looks the same as `name`, sorted.
std::vector<std::filesystem::path> look_alikes(const std::filesystem::path& folder, const std::string& name) {
  std::vector<std::filesystem::path> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder.empty() ? "." : folder, error)) {
    if (core::composed(entry.path().filename().string()) == core::composed(name))
      found.push_back(folder / entry.path().filename());
  }
  std::sort(found.begin(), found.end());
  return found;
}

// The path with every folder spelt as it is on the disk, up to the first placeholder and as far as there are folders.
std::filesystem::path on_disk(const std::filesystem::path& path) {
  if (is_ascii(path.string())) return path;
  std::filesystem::path found;
  bool there = true;
  std::error_code error;
  for (const std::filesystem::path& part : path) {
    const std::string name = part.string();
    there = there && name.find('{') == std::string::npos && name.find('*') == std::string::npos;
    if (there && !is_ascii(name) && !std::filesystem::exists(found / part, error)) {
      const auto same = look_alikes(found, name);
      there = !same.empty();
      found = there ? same.front() : found / part;
    } else {
      found /= part;
    }
  }
  return found;
}

}  // namespace

std::vector<std::filesystem::path> spelt_as(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  if (is_ascii(name)) return {path};
  std::vector<std::filesystem::path> found = look_alikes(path.parent_path(), name);
  if (found.empty()) return {path};
  return found;
}

std::filesystem::path expand_path(const std::string& text, const std::filesystem::path& base) {
  const bool shared = text.find(kShared) != std::string::npos;
  const std::string expanded = shared ? replace_all(text, kShared, shared_folder()) : text;
  if (expanded.find("${") != std::string::npos) {
    throw core::InputError(core::Problem{.where = "path '" + text + "'",
                                         .what = "an unknown placeholder ${...}",
                                         .allowed = std::string(kShared)});
  }
  const std::filesystem::path path = expanded;
  return on_disk((path.is_absolute() || shared ? path : base / path).lexically_normal());
}

std::filesystem::path well_path(const std::string& pattern, const std::string& well,
                                const std::filesystem::path& base) {
  return replace_all(expand_path(pattern, base).string(), kId, well);
}

std::vector<std::string> find_wells(const std::string& pattern, const std::filesystem::path& base) {
  const std::string path = expand_path(pattern, base).string();
  const std::size_t at = path.find(kId);
  std::vector<std::string> wells;
  if (at == std::string::npos) return wells;
  const std::size_t begin = path.rfind('/', at) == std::string::npos ? 0 : path.rfind('/', at) + 1;
  const std::size_t end = std::min(path.find('/', at), path.size());
  const std::string folder = begin == 0 ? "." : path.substr(0, begin);
  const std::string prefix = path.substr(begin, at - begin);
  const std::string part = path.substr(begin, end - begin);
  const std::string suffix = part.substr(std::min(part.size(), prefix.size() + kId.size()));
  const std::string tail = suffix.substr(0, std::min(suffix.find(kId), suffix.find('*')));
  std::error_code ignored;
  for (const std::string& name : names_in(folder)) {
    if (name.size() <= prefix.size() + tail.size() || name.compare(0, prefix.size(), prefix) != 0) continue;
    const std::size_t stop = suffix == tail ? name.size() - tail.size() : name.find(tail, prefix.size() + 1);
    if (stop == std::string::npos || stop <= prefix.size() || name.compare(stop, tail.size(), tail) != 0)
      continue;
    const std::string written = name.substr(prefix.size(), stop - prefix.size());
    const std::string well = core::composed(written);
    const std::string candidate = replace_all(path, kId, written);
    const bool there =
        candidate.find('*') != std::string::npos ||
        std::filesystem::symlink_status(candidate, ignored).type() != std::filesystem::file_type::not_found;
    if (matches(replace_all(part, kId, written), name) && there && (wells.empty() || wells.back() != well))
      wells.push_back(well);
  }
  return wells;
}

bool has_id(const FileParams& source) {
  return std::any_of(source.files.begin(), source.files.end(),
                     [](const std::string& path) { return path.find(kId) != std::string::npos; });
}

std::vector<std::filesystem::path> source_paths(const FileParams& source, const std::string& well,
                                                const std::filesystem::path& base) {
  std::vector<std::filesystem::path> paths;
  core::Problems missing;
  for (const std::string& pattern : source.files) {
    try {
      for (std::filesystem::path& path : list_files(well_path(pattern, well, base)))
        paths.push_back(std::move(path));
    } catch (const core::InputError& error) {
      missing.add_all(error.problems());
    }
  }
  if (paths.empty()) missing.throw_if_any();  // of several patterns some may match nothing
  return paths;
}

}  // namespace phreatic::data

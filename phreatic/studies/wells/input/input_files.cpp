// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/input/input_files.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <map>

#include "phreatic/core/errors.hpp"

namespace phreatic::studies::wells {
namespace {

namespace fs = std::filesystem;

constexpr const char* kId = "{id}";

std::string with_id(std::string text, const std::string& id) {
  for (std::size_t at = text.find(kId); at != std::string::npos; at = text.find(kId, at + id.size()))
    text.replace(at, 4, id);
  return text;
}

class Collector {
 public:
  explicit Collector(const fs::path& base) : base_(base) {}

  void add(const std::string& pattern) {
    if (pattern.empty()) return;
    try {
      if (pattern.find(kId) != std::string::npos) {
        for (const std::string& well : data::find_wells(pattern, base_)) add(with_id(pattern, well));
      } else if (pattern.find('*') != std::string::npos) {
        add_stack(pattern);
      } else {
        found_[pattern] = data::expand_path(pattern, base_);
      }
    } catch (const core::InputError&) {  // reading tells it, with everything else that is wrong
    }
  }

  void add(const std::vector<std::string>& patterns) {
    for (const std::string& pattern : patterns) add(pattern);
  }

  // A file of polygons with what lies beside it (a shapefile is several files).
  void add_shapes(const std::string& file) {
    if (file.empty()) return;
    add(file);
    const fs::path name(file);
    add((name.parent_path() / (name.stem().string() + ".*")).string());
  }

  std::vector<engine::InputFile> files() const {
    std::vector<engine::InputFile> out;
    for (const auto& [name, path] : found_) out.push_back({name, path});
    return out;
  }

 private:
  void add_stack(const std::string& pattern) {
    const fs::path whole = data::expand_path(pattern, base_);
    std::error_code error;
    for (fs::directory_iterator at(whole.parent_path(), error), end; !error && at != end;
         at.increment(error)) {
      const std::string name = at->path().filename().string();
      if (::fnmatch(whole.filename().c_str(), name.c_str(), FNM_PERIOD) == 0)
        found_[(fs::path(pattern).parent_path() / name).string()] = at->path();
    }
  }

  fs::path base_;
  std::map<std::string, fs::path> found_;
};

}  // namespace

std::vector<engine::InputFile> input_files(const data::DataParams& data,
                                           const std::vector<data::TargetParams>& evaluation,
                                           const fs::path& base) {
  Collector files(base);
  files.add(data.wells_file);
  for (const data::TargetParams& target : data.targets) files.add(target.source.files);
  for (const data::TargetParams& target : evaluation) files.add(target.source.files);
  for (const data::DriverParams& driver : data.drivers) files.add(driver.source.files);
  for (const data::GridDriverParams& grid : data.grids) {
    files.add(grid.files);
    files.add_shapes(grid.how.polygons);
  }
  for (const data::AttributeParams& attributes : data.attributes) files.add(attributes.file);
  files.add(data.places.file);
  return files.files();
}

}  // namespace phreatic::studies::wells

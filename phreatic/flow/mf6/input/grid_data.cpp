// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/input/grid_data.hpp"

#include <algorithm>

namespace phreatic::flow::mf6 {

void GridData::read(const std::vector<Block>& blocks) {
  GivenArrays given(context_, where_ + " block GRIDDATA");
  for (const Block& block : blocks) {
    if (block.name != "GRIDDATA") continue;
    LineReader reader(block.body);
    bool lost = false;  // inside numbers of an array that could not be read
    while (reader.next()) {
      Words words(reader.line());
      const std::string name = words.upper();
      const auto found = readers_.find(name);
      if (found != readers_.end()) {
        lost = false;
        given.note(name, {reader.path(), reader.number()});
        const std::size_t before = context_.problem_count();
        found->second(reader, words);
        lost = context_.problem_count() != before;
      } else if (!lost) {
        unknown(name, {reader.path(), reader.number()});
        lost = true;
      }
    }
  }
}

void GridData::unknown(const std::string& name, const Place& place) {
  std::vector<std::string> names;
  std::string allowed;
  for (const auto& [known, reader] : readers_) {
    names.push_back(known);
    allowed += (allowed.empty() ? "" : ", ") + known;
  }
  const std::string near = core::nearest(name, names);
  context_.problem(place, where_ + " block GRIDDATA",
                   fmt::format("'{}' is no array of this package{}", name,
                               near.empty() ? "" : fmt::format("; did you mean {}?", near)),
                   allowed);
}

void GivenArrays::note(const std::string& name, const Place& place) {
  const auto [first, fresh] = lines_.emplace(name, place.line);
  if (fresh) return;
  context_.note(place,
                fmt::format("{}: {} is given a second time (first in line {}); the last one counts, as in "
                            "MODFLOW 6",
                            where_, name, first->second));
  first->second = place.line;
}

void missing(Context& context, const TextFilePtr& file, const std::string& name) {
  context.problem({file->path, 0}, "block GRIDDATA", fmt::format("the array {} is missing", name));
}

CellArray<std::int8_t> small(const ArrayData<std::int32_t>& data) {
  CellArray<std::int8_t> out;
  out.values.resize(data.values.size());
  std::transform(data.values.begin(), data.values.end(), out.values.begin(), [](std::int32_t v) {
    return static_cast<std::int8_t>(v > 0 ? 1 : v < 0 ? -1 : 0);
  });
  return out;
}

std::vector<double> expanded(ArrayData<double>& data, std::size_t size) {
  if (data.values.size() == size) return std::move(data.values);
  return std::vector<double>(size, data.values.empty() ? 0.0 : data.values[0]);
}

}  // namespace phreatic::flow::mf6

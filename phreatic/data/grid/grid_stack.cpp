// SPDX-License-Identifier: BSD-3-Clause
// Bands of several files as one stack in order of time.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "phreatic/core/errors.hpp"
#include "phreatic/data/grid/grid_file.hpp"

namespace phreatic::data {

GridStack::GridStack(const std::vector<std::filesystem::path>& files, const GridSource& source)
    : paths_(files), source_(source) {
  core::Problems problems;
  if (files.empty()) problems.add({.what = "there are no grid files"});
  problems.throw_if_any();
  std::vector<std::optional<core::Seconds>> times;
  for (std::size_t i = 0; i < files.size(); ++i) take(i, problems, times);
  problems.throw_if_any();
  sort(times, problems);
  problems.throw_if_any();
}

void GridStack::take(std::size_t file, core::Problems& problems,
                     std::vector<std::optional<core::Seconds>>& times) {
  file_ = std::make_unique<GridFile>(paths_[file], source_);
  opened_ = file;
  if (file == 0) {
    grid_ = file_->grid();
    unit_ = file_->unit();
    said_ = file_->said;
  }
  const GridDifference d = compare(grid_, file_->grid());
  if (d.relation == GridRelation::shifted) {
    problems.add(
        {.file = file_->file(),
         .what = fmt::format("its cells are those of the first file of the stack, moved by {:.3g} columns "
                             "and {:.3g} rows (centres taken for corners?)",
                             d.dx, d.dy)});
  } else if (d.relation == GridRelation::different) {
    problems.add({.file = file_->file(), .what = "its cells are not those of the first file of the stack"});
  }
  if (file_->unit() != unit_)
    problems.add(
        {.file = file_->file(),
         .what = fmt::format("its unit is '{}', that of the first file '{}'", file_->unit(), unit_)});
  for (int b = 0; b < file_->bands(); ++b) {
    bands_.push_back({file, b});
    times.push_back(file_->time(b));
  }
}

void GridStack::sort(const std::vector<std::optional<core::Seconds>>& times, core::Problems& problems) {
  if (std::none_of(times.begin(), times.end(), [](const auto& t) { return t.has_value(); })) return;
  std::vector<std::size_t> order(times.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (const std::size_t i : order) {
    if (!times[i])
      problems.add(
          {.file = paths_[bands_[i].file].string(),
           .what = fmt::format("band {} has no time, others of the stack have", bands_[i].band + 1)});
  }
  if (!problems.empty()) return;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return *times[a] < *times[b]; });
  std::vector<Band> sorted;
  for (const std::size_t i : order) {
    if (!times_.empty() && times_.back() == *times[i])
      problems.add({.file = paths_[bands_[i].file].string(),
                    .what = "two bands of the stack have the time " + core::format_datetime(*times[i])});
    sorted.push_back(bands_[i]);
    times_.push_back(*times[i]);
  }
  bands_ = std::move(sorted);
}

const GridFile& GridStack::open(std::size_t band) const {
  const std::size_t wanted = bands_[band].file;
  if (!file_ || opened_ != wanted) {
    if (file_) file_->refuse_fill_values();
    file_ = std::make_unique<GridFile>(paths_[wanted], source_);
    opened_ = wanted;
  }
  return *file_;
}

void GridStack::finish() const {
  if (file_) file_->refuse_fill_values();
}

}  // namespace phreatic::data

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/text/lists.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstring>

namespace phreatic::flow::mf6 {
namespace {

constexpr std::size_t kIndexBytes = 3 * sizeof(std::int32_t);

// One cell by its three numbers; kNoCell and a problem when it cannot have a bound.
CellIndex checked_cell(Context& context, const std::int32_t (&index)[3], const Place& place,
                       const std::string& where, const Grid& grid, bool active) {
  const auto text = [&] { return fmt::format("cell ({}, {}, {})", index[0], index[1], index[2]); };
  if (index[0] < 1 || index[0] > grid.nlay || index[1] < 1 || index[1] > grid.nrow || index[2] < 1 ||
      index[2] > grid.ncol) {
    context.problem(
        place, where, text() + " is outside the grid",
        fmt::format("layer 1 to {}, row 1 to {}, column 1 to {}", grid.nlay, grid.nrow, grid.ncol));
    return kNoCell;
  }
  const CellIndex cell = grid.cell(index[0] - 1, index[1] - 1, index[2] - 1);
  const int domain = grid.idomain[static_cast<std::size_t>(cell)];
  if (active && domain <= 0) {
    context.problem(place, where, fmt::format("{} is not active (IDOMAIN {})", text(), domain),
                    "cells with IDOMAIN above 0");
    return kNoCell;
  }
  return cell;
}

// Reads the lines of a text list.
class TextList {
 public:
  TextList(Context& context, const ListSpec& spec, BoundList& list)
      : context_(context), spec_(spec), list_(list), columns_(spec.columns.size()) {
    for (auto& column : columns_) column.reserve(spec.max_bounds);
    list_.cell.reserve(spec.max_bounds);
  }

  bool read(const Lines& body) {
    LineReader reader(body);
    bool good = true;
    while (reader.next()) good = row(reader) && good;
    const std::size_t n = list_.cell.size();
    list_.values.resize(n * columns_.size());
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      if (n > 0) std::memcpy(list_.values.data() + c * n, columns_[c].data(), n * sizeof(double));
      columns_[c] = {};
    }
    return good;
  }

 private:
  bool row(LineReader& reader) {
    Words words(reader.line());
    const Place place{reader.path(), reader.number()};
    CellIndex cell = kNoCell;
    bool good = true;
    std::string_view word = words.next();
    if (!(word.size() == 4 && Words::to_upper(word) == "NONE")) {
      std::int32_t index[3];
      for (int i = 0; i < 3; ++i) {
        if (i > 0) word = words.next();
        if (parse_int(word, index[i]) != NumberStatus::ok) {
          context_.problem(place, spec_.where,
                           word.empty() ? "the cell needs three numbers"
                                        : fmt::format("'{}' in the cell is not a whole number", word),
                           "layer row column");
          return false;
        }
      }
      cell = checked_cell(context_, index, place, spec_.where, *spec_.grid, true);
      good = cell != kNoCell;
    }
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      double value = 0;
      if (!value_of(words.next(), place, c, value)) return false;
      columns_[c].resize(list_.cell.size());  // longer after a line that was wrong
      columns_[c].push_back(value);
    }
    if (spec_.boundnames) list_.boundnames.push_back(Words::to_upper(words.next()));
    const bool plain = list_.uses.empty() || list_.uses.back().bound != list_.cell.size();
    if (spec_.check && good && plain) good = whole(place, cell);
    list_.cell.push_back(cell);
    return good;
  }

  // The bound as a whole, its columns being the last ones read.
  bool whole(const Place& place, CellIndex cell) {
    row_.clear();
    for (const auto& column : columns_) row_.push_back(column.back());
    const std::string wrong = spec_.check(cell, row_);
    if (wrong.empty()) return true;
    context_.problem(place, spec_.where, wrong);
    return false;
  }

  bool value_of(std::string_view word, const Place& place, std::size_t c, double& value) {
    const ListColumn& column = spec_.columns[c];
    const NumberStatus status = parse_double(word, value);
    if (status == NumberStatus::ok && value >= column.low) return true;
    if (word.empty()) {
      context_.problem(
          place, spec_.where,
          fmt::format("{} is missing: the line has {} of {} values", column.name, c, columns_.size()));
      return false;
    }
    if (status == NumberStatus::not_a_number) {
      const int series = spec_.series == nullptr ? -1 : spec_.series->find(word);
      if (series >= 0) {
        list_.uses.push_back(
            {static_cast<std::uint32_t>(list_.cell.size()), static_cast<std::uint32_t>(c), series});
        value = 0;
        return true;
      }
      context_.problem(place, spec_.where + " " + column.name,
                       fmt::format("'{}' is neither a number nor a time series of this package", word),
                       column.allowed);
      return false;
    }
    context_.problem(place, spec_.where + " " + column.name,
                     fmt::format("'{}' is {}", word,
                                 status == NumberStatus::not_finite ? "not a finite number" : "out of range"),
                     column.allowed);
    return false;
  }

  Context& context_;
  const ListSpec& spec_;
  BoundList& list_;
  std::vector<std::vector<double>> columns_;
  std::vector<double> row_;
};

bool read_binary(Context& context, const std::string& name, const Place& place, const ListSpec& spec,
                 BoundList& list) {
  const TextFilePtr file = context.open(name, place);
  if (!file) return false;
  const std::size_t columns = spec.columns.size();
  const std::size_t row_bytes = kIndexBytes + columns * sizeof(double);
  if (file->bytes.size() % row_bytes != 0) {
    context.problem(
        place, spec.where, fmt::format("{} has {} bytes", file->path, file->bytes.size()),
        fmt::format("a multiple of {}: three int32 and {} float64 for each bound", row_bytes, columns));
    return false;
  }
  const std::size_t n = file->bytes.size() / row_bytes;
  list.cell.resize(n);
  list.values.resize(n * columns);
  bool good = true;
  for (std::size_t b = 0; b < n; ++b) {
    const char* row = file->bytes.data() + b * row_bytes;
    std::int32_t index[3];
    std::memcpy(index, row, kIndexBytes);
    const std::string where = fmt::format("{} bound {}", spec.where, b + 1);
    list.cell[b] = checked_cell(context, index, {file->path, 0}, where, *spec.grid, true);
    good = good && list.cell[b] != kNoCell;
    for (std::size_t c = 0; c < columns; ++c) {
      double value = 0;
      std::memcpy(&value, row + kIndexBytes + c * sizeof(double), sizeof(double));
      list.values[c * n + b] = value;
      if (std::isfinite(value) && value >= spec.columns[c].low) continue;
      context.problem({file->path, 0}, where + " " + spec.columns[c].name,
                      fmt::format("{} is out of range", value), spec.columns[c].allowed);
      good = false;
    }
    if (!spec.check || !good) continue;
    std::vector<double> values(columns);
    for (std::size_t c = 0; c < columns; ++c) values[c] = list.values[c * n + b];
    if (const std::string wrong = spec.check(list.cell[b], values); !wrong.empty()) {
      context.problem({file->path, 0}, where, wrong);
      good = false;
    }
  }
  return good;
}

}  // namespace

std::size_t BoundList::bytes() const {
  return cell.capacity() * sizeof(CellIndex) + values.capacity() * sizeof(double) +
         uses.capacity() * sizeof(SeriesUse) + boundnames.capacity() * (sizeof(std::string) + 8);
}

bool read_list(Context& context, const Lines& body, const std::string& binary_file, const Place& place,
               const ListSpec& spec, BoundList& list) {
  list = BoundList{};
  const bool good = binary_file.empty() ? TextList(context, spec, list).read(body)
                                        : read_binary(context, binary_file, place, spec, list);
  if (spec.max_bounds > 0 && list.size() > spec.max_bounds) {
    context.problem(place, spec.where, fmt::format("the list has {} rows, more than MAXBOUND", list.size()),
                    fmt::format("at most {}", spec.max_bounds), "Raise MAXBOUND in the block DIMENSIONS");
    return false;
  }
  return good;
}

CellIndex read_cell(Context& context, Words& words, const Place& place, const std::string& where,
                    const Grid& grid, bool active) {
  std::int32_t index[3];
  for (std::int32_t& i : index) {
    const std::string_view word = words.next();
    if (parse_int(word, i) != NumberStatus::ok) {
      context.problem(place, where,
                      word.empty() ? "the cell needs three numbers"
                                   : fmt::format("'{}' in the cell is not a whole number", word),
                      "layer row column");
      return kNoCell;
    }
  }
  return checked_cell(context, index, place, where, grid, active);
}

std::string cell_text(const Grid& grid, std::size_t cell) {
  const std::size_t in_layer = cell % grid.layer_cells();
  return fmt::format("({}, {}, {})", cell / grid.layer_cells() + 1,
                     in_layer / static_cast<std::size_t>(grid.ncol) + 1,
                     in_layer % static_cast<std::size_t>(grid.ncol) + 1);
}

}  // namespace phreatic::flow::mf6

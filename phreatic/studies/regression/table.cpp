// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/regression/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "phreatic/core/random.hpp"
#include "phreatic/data/io/csv/csv.hpp"
#include "phreatic/data/missing_codes.hpp"
#include "phreatic/data/sources.hpp"

namespace phreatic::studies::regression {
namespace {

namespace fs = std::filesystem;

// Values of one column; NaN = missing. Problems for a column that is not there and cells that are no numbers.
std::vector<double> column_of(const data::io::TextTable& text, const std::string& name,
                              core::Problems& problems) {
  std::vector<double> values(text.rows.size(), NAN);
  const std::size_t c = text.column(name);
  if (c == text.header.size()) {
    const std::string near = core::nearest(name, text.header);
    problems.add({.file = text.file,
                  .what = fmt::format("has no column '{}'{}", name,
                                      near.empty() ? "" : "; did you mean '" + near + "'?"),
                  .allowed = fmt::format("{}", fmt::join(text.header, ", "))});
    return values;
  }
  for (std::size_t i = 0; i < text.rows.size(); ++i) {
    if (data::io::parse_cell(text.rows[i][c], text.decimal, values[i])) continue;
    problems.add({.file = text.file,
                  .line = text.lines[i],
                  .where = fmt::format("column '{}'", name),
                  .what = fmt::format("'{}' is no number", text.rows[i][c]),
                  .mend = "Mend the cell, or leave it empty for a missing value"});
    break;
  }
  return values;
}

// A column without any number, values that look like codes for missing, and covariates that repeat the target or each
// other are told with their column.
class ColumnCheck {
 public:
  ColumnCheck(const data::io::TextTable& text, const TableParams& params, core::Problems& problems)
      : text_(text), params_(params), problems_(problems) {}

  void numbers(const std::string& name, const std::vector<double>& values) {
    if (std::all_of(values.begin(), values.end(), [](double v) { return std::isnan(v); })) {
      problems_.add({.file = text_.file,
                     .where = fmt::format("column '{}'", name),
                     .what = "has no value in any row",
                     .mend = "Leave it out, or look at the file"});
      return;
    }
    code_for_missing(name, values);
  }

  // A covariate that is the same everywhere explains nothing, and stands beside the intercept.
  void constant(const std::string& name, const std::vector<double>& values) {
    const auto first = std::find_if(values.begin(), values.end(), [](double v) { return !std::isnan(v); });
    if (first == values.end() ||
        std::any_of(first, values.end(), [&](double v) { return !std::isnan(v) && v != *first; }))
      return;
    problems_.add({.file = text_.file,
                   .where = fmt::format("column '{}'", name),
                   .what = fmt::format("is {:g} in every row", *first),
                   .mend = "Leave it out: what does not change explains nothing"});
  }

  void repeats(const std::string& name, const std::vector<double>& values, const std::string& other,
               const std::vector<double>& of_other) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i] != of_other[i] && !(std::isnan(values[i]) && std::isnan(of_other[i]))) return;
    }
    problems_.add({.file = text_.file,
                   .where = fmt::format("column '{}'", name),
                   .what = fmt::format("holds the same values as column '{}'", other),
                   .mend = "Leave one of them out"});
  }

 private:
  void code_for_missing(const std::string& name, const std::vector<double>& values) {
    std::vector<double> rest = values;
    for (double& v : rest) {
      if (std::find(params_.missing_codes.begin(), params_.missing_codes.end(), v) !=
          params_.missing_codes.end())
        v = NAN;
    }
    const auto code = data::code_among(rest);
    if (!code) return;
    const auto first = std::find(values.begin(), values.end(), code->value) - values.begin();
    problems_.add(
        {.file = text_.file,
         .line = text_.lines[static_cast<std::size_t>(first)],
         .where = fmt::format("column '{}'", name),
         .what =
             fmt::format("{:g} stands in {} rows, all other values lie from {:g} to {:g}: it looks like a "
                         "code for missing",
                         code->value, code->count, code->least, code->largest),
         .mend = fmt::format("Name it: data.missing_codes: [{:g}]; a true value must be changed in the file",
                             code->value)});
  }

  const data::io::TextTable& text_;
  const TableParams& params_;
  core::Problems& problems_;
};

void check_columns(const data::io::TextTable& text, const TableParams& params,
                   const std::vector<std::string>& names, const std::vector<std::vector<double>>& columns,
                   core::Problems& problems) {
  ColumnCheck check(text, params, problems);
  for (std::size_t c = 0; c < names.size(); ++c) check.numbers(names[c], columns[c]);
  const std::size_t first = params.t.empty() ? 3 : 4;
  check.constant(names[2], columns[2]);
  for (std::size_t c = first; c < names.size(); ++c) {
    check.constant(names[c], columns[c]);
    check.repeats(names[c], columns[c], names[2], columns[2]);
    for (std::size_t b = first; b < c; ++b) check.repeats(names[c], columns[c], names[b], columns[b]);
  }
}

// Rows of one place (and time): on both sides of a split they would be scored on what was learnt.
void tell_repeated_places(PreparedTable& p) {
  std::map<std::array<double, 3>, std::size_t> seen;
  std::size_t repeated = 0;
  for (std::size_t i = 0; i < p.table.rows; ++i) {
    const double time = p.table.t.empty() ? 0 : p.table.t[i];
    repeated += ++seen[{p.table.x[i], p.table.y[i], time}] > 1 ? 1U : 0U;
  }
  if (repeated == 0) return;
  p.said.push_back(fmt::format(
      "{} row{} of the place{} of another row; a random split would score them on what was learnt", repeated,
      repeated == 1 ? " is" : "s are", p.table.t.empty() ? "" : " and time"));
}

void add_random(PreparedTable& p, const TableSplitParams& split) {
  core::RandomStream random(split.seed, "table split");
  const std::vector<std::size_t> order = random.permutation(p.table.rows);
  const auto n = static_cast<double>(p.table.rows);
  const auto test = static_cast<std::size_t>(std::lround(split.test * n));
  const auto validation =
      static_cast<std::size_t>(std::lround(split.validation * (n - static_cast<double>(test))));
  for (std::size_t i = 0; i < order.size(); ++i)
    p.part[order[i]] = i < test ? Part::test : (i < test + validation ? Part::validation : Part::training);
  p.said.push_back(
      "the split is random: neighbours of scored rows were trained on, so the scores are of "
      "filling gaps, not of new places");
}

// Training rows too near to a scored one.
void leave_buffer(PreparedTable& p, const TableSplitParams& split) {
  if (!(split.buffer > 0)) return;
  const std::vector<std::size_t> scored = p.rows_of(Part::test);
  std::size_t count = 0;
  for (std::size_t i = 0; i < p.table.rows; ++i) {
    if (p.part[i] == Part::test) continue;
    const bool near = std::any_of(scored.begin(), scored.end(), [&](std::size_t j) {
      const double apart = std::hypot(p.table.x[i] - p.table.x[j], p.table.y[i] - p.table.y[j]);
      const bool same_time =
          !(split.block_time > 0) || std::abs(p.table.t[i] - p.table.t[j]) < split.block_time;
      return apart < split.buffer && same_time;
    });
    if (near) p.part[i] = Part::left_out, ++count;
  }
  p.said.push_back(fmt::format("{} rows within {} of a scored row are left out", count, split.buffer));
}

void add_blocks(PreparedTable& p, const TableSplitParams& split) {
  using Block = std::array<long, 3>;
  std::map<Block, std::vector<std::size_t>> blocks;
  for (std::size_t i = 0; i < p.table.rows; ++i) {
    const auto cell = [](double v, double size) { return std::lround(std::floor(v / size)); };
    const long time = split.block_time > 0 ? cell(p.table.t[i], split.block_time) : 0;
    blocks[{cell(p.table.x[i], split.block_size), cell(p.table.y[i], split.block_size), time}].push_back(i);
  }
  core::RandomStream random(split.seed, "table blocks");
  const std::vector<std::size_t> order = random.permutation(blocks.size());
  std::vector<const std::vector<std::size_t>*> lists;
  for (const auto& [block, rows] : blocks) lists.push_back(&rows);
  const auto n = static_cast<double>(blocks.size());
  const auto test = static_cast<std::size_t>(std::max(1L, std::lround(split.test * n)));
  const auto validation =
      static_cast<std::size_t>(std::max(1L, std::lround(split.validation * (n - static_cast<double>(test)))));
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Part part = i < test ? Part::test : (i < test + validation ? Part::validation : Part::training);
    for (const std::size_t row : *lists[order[i]]) p.part[row] = part;
  }
  p.said.push_back(
      fmt::format("{} blocks, {} of them scored and {} for validation", blocks.size(), test, validation));
  leave_buffer(p, split);
}

void add_periods(PreparedTable& p, const TableSplitParams& split) {
  for (std::size_t i = 0; i < p.table.rows; ++i) {
    const double t = p.table.t[i];
    p.part[i] =
        t >= split.test_from ? Part::test : (t >= split.validation_from ? Part::validation : Part::training);
  }
}

void add_file(PreparedTable& p, const TableSplitParams& split, const std::string& study_file) {
  core::Problems problems;
  const data::io::TextTable text = data::io::read_text_table(path_of(split.file, study_file), {}, problems);
  const std::vector<double> rows = column_of(text, split.row, problems);
  const std::size_t c = text.column(split.part);
  if (c == text.header.size())
    problems.add({.file = text.file, .what = "has no column '" + split.part + "'"});
  problems.throw_if_any();
  const std::map<std::string, Part> names{{"train", Part::training},
                                          {"training", Part::training},
                                          {"valid", Part::validation},
                                          {"validation", Part::validation},
                                          {"test", Part::test}};
  std::map<std::size_t, Part> parts;
  for (std::size_t i = 0; i < text.rows.size(); ++i) {
    const auto found = names.find(text.rows[i][c]);
    if (found == names.end()) {
      throw core::InputError({.file = text.file,
                              .line = text.lines[i],
                              .where = "column '" + split.part + "'",
                              .what = "'" + text.rows[i][c] + "' is no part",
                              .allowed = "train, valid, test"});
    }
    parts[static_cast<std::size_t>(rows[i])] = found->second;
  }
  for (std::size_t i = 0; i < p.table.rows; ++i) {
    const auto found = parts.find(p.row[i]);
    if (found != parts.end()) p.part[i] = found->second;
  }
}

}  // namespace

std::string part_name(Part part) {
  switch (part) {
    case Part::training:
      return "train";
    case Part::validation:
      return "validation";
    case Part::test:
      return "test";
    case Part::left_out:
      break;
  }
  return "left out";
}

std::vector<std::size_t> PreparedTable::rows_of(Part which) const {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] == which) out.push_back(i);
  }
  return out;
}

fs::path path_of(const std::string& named, const std::string& study_file) {
  return data::expand_path(named, fs::absolute(study_file).parent_path());
}

PreparedTable load_table(const RegressionSettings& s, const std::string& study_file) {
  core::Problems problems;
  data::io::CsvDialect dialect;
  const data::io::TextTable text =
      data::io::read_text_table(path_of(s.data.file, study_file), dialect, problems);
  problems.throw_if_any();
  std::vector<std::vector<double>> columns;
  std::vector<std::string> names{s.data.x, s.data.y, s.data.target};
  if (!s.data.t.empty()) names.push_back(s.data.t);
  names.insert(names.end(), s.data.covariates.begin(), s.data.covariates.end());
  for (const std::string& name : names) columns.push_back(column_of(text, name, problems));
  problems.throw_if_any();
  check_columns(text, s.data, names, columns, problems);
  problems.throw_if_any();
  PreparedTable out;
  learn::RowTable& table = out.table;
  table.covariate_names = s.data.covariates;
  table.target_name = s.data.target;
  table.target_unit = s.data.unit;
  table.coordinates = s.data.coordinates;
  table.source = text.file;
  std::size_t incomplete = 0;
  for (std::size_t i = 0; i < text.rows.size(); ++i) {
    const bool missing = std::any_of(columns.begin(), columns.end(), [&](const auto& c) {
      const auto& codes = s.data.missing_codes;
      return std::isnan(c[i]) || std::find(codes.begin(), codes.end(), c[i]) != codes.end();
    });
    if (missing) {
      ++incomplete;
      continue;
    }
    out.row.push_back(i);
    table.x.push_back(columns[0][i]);
    table.y.push_back(columns[1][i]);
    table.target.push_back(columns[2][i]);
    const std::size_t first = s.data.t.empty() ? 3 : 4;
    if (!s.data.t.empty()) table.t.push_back(columns[3][i]);
    for (std::size_t c = first; c < columns.size(); ++c) table.covariates.push_back(columns[c][i]);
  }
  table.rows = out.row.size();
  if (incomplete > 0)
    out.said.push_back(fmt::format("{} rows with a missing value are left out", incomplete));
  learn::check_table(table, true, false, problems);
  problems.throw_if_any();
  tell_repeated_places(out);
  out.part.assign(table.rows, Part::left_out);
  if (s.split.kind == SplitKind::random) add_random(out, s.split);
  if (s.split.kind == SplitKind::blocks) add_blocks(out, s.split);
  if (s.split.kind == SplitKind::periods) add_periods(out, s.split);
  if (s.split.kind == SplitKind::file) add_file(out, s.split, study_file);
  for (const Part part : {Part::training, Part::validation, Part::test}) {
    const std::size_t count = out.rows_of(part).size();
    out.said.push_back(fmt::format("{}: {} rows", part_name(part), count));
    if (count < 2) {
      problems.add({.file = study_file,
                    .where = "split",
                    .what = fmt::format("leaves {} {} rows", count, part_name(part)),
                    .allowed = "at least 2",
                    .mend = "Change the shares, the size of the blocks, the buffer or the dates"});
    }
  }
  problems.throw_if_any();
  return out;
}

}  // namespace phreatic::studies::regression

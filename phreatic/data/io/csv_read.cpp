// SPDX-License-Identifier: BSD-3-Clause
#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <unordered_map>

#include "phreatic/core/context.hpp"
#include "phreatic/core/file_recorder.hpp"
#include "phreatic/core/files.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/data/io/csv_internal.hpp"

namespace phreatic::data::io {
namespace csv {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{4} << 20;
constexpr std::size_t kWholeFileBytes = std::size_t{16} << 20;  // smaller files are read at once

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// Hands out a file in blocks that end at line ends, and hashes it on the way.
class BlockSource {
 public:
  BlockSource(const std::filesystem::path& path, std::uint64_t size)
      : path_(path.string()), whole_(size <= kWholeFileBytes) {
    XXH3_128bits_reset(&state_);
    if (whole_) {
      rest_ = core::read_file(path);
      XXH3_128bits_update(&state_, rest_.data(), rest_.size());
      bytes_ = rest_.size();
    } else {
      core::note_read(path);
      file_.reset(std::fopen(path_.c_str(), "rb"));
      if (!file_) core::read_file(path);  // throws with the reason
    }
  }

  BlockSource(std::string text, std::string name)
      : path_(std::move(name)), whole_(true), rest_(std::move(text)) {
    XXH3_128bits_reset(&state_);
    XXH3_128bits_update(&state_, rest_.data(), rest_.size());
    bytes_ = rest_.size();
  }

  // An empty text at the end. Every block ends with '\n'.
  std::string next() {
    std::string block = std::move(rest_);
    rest_.clear();
    while (!whole_ && file_) {
      const std::size_t have = block.size();
      block.resize(have + kBlockBytes);
      const std::size_t got = std::fread(block.data() + have, 1, kBlockBytes, file_.get());
      XXH3_128bits_update(&state_, block.data() + have, got);
      bytes_ += got;
      block.resize(have + got);
      if (got < kBlockBytes) {
        if (std::ferror(file_.get()) != 0)
          throw core::InputError(core::Problem{.file = path_, .what = "cannot be read to its end"});
        file_.reset();
        break;
      }
      const std::size_t eol = block.rfind('\n');
      if (eol == std::string::npos) continue;  // a line longer than a block
      rest_.assign(block, eol + 1, std::string::npos);
      block.resize(eol + 1);
      break;
    }
    if (!block.empty() && block.back() != '\n') block += '\n';
    return block;
  }
  bool ended() const { return rest_.empty() && !file_; }
  std::uint64_t bytes() const { return bytes_; }
  std::string hash() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(&state_);
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
  }

 private:
  std::string path_;
  bool whole_;
  std::unique_ptr<std::FILE, CloseFile> file_;
  std::string rest_;
  std::uint64_t bytes_ = 0;
  XXH3_state_t state_{};
};

std::string list_of(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < 20; ++i) {
    out += (i == 0 ? "'" : ", '") + names[i] + "'";
  }
  return names.size() > 20 ? out + ", ..." : out;
}

// Index of a wanted column; header.size() with a problem when it is not there or stands twice.
std::size_t locate(const std::string& name, const Layout& layout, const std::string& file,
                   const std::string& where, core::Problems& problems) {
  const std::vector<std::string>& header = layout.header;
  const auto found = std::find(header.begin(), header.end(), name);
  core::Problem problem{.file = file, .line = layout.header_lines, .where = where};
  if (found == header.end()) {
    const std::string near = core::nearest(name, header);
    problem.what =
        fmt::format("there is no column '{}'{}", name, near.empty() ? "" : "; did you mean '" + near + "'?");
    problem.allowed = list_of(header);
  } else if (std::find(found + 1, header.end(), name) != header.end()) {
    problem.what = fmt::format("column '{}' stands twice in the header", name);
    problem.mend = "Rename one of the two";
  } else {
    return static_cast<std::size_t>(found - header.begin());
  }
  problems.add(std::move(problem));
  return header.size();
}

// The wanted number columns by name, or the only one there is.
std::vector<std::string> number_names(const CsvRequest& request, const Layout& layout,
                                      std::size_t time_column, const std::string& file,
                                      core::Problems& problems) {
  if (!request.numbers.empty()) return request.numbers;
  std::vector<std::string> others;
  for (std::size_t c = 0; c < layout.header.size(); ++c) {
    if (c != time_column && (request.id.empty() || layout.header[c] != request.id))
      others.push_back(layout.header[c]);
  }
  if (others.size() == 1) return others;
  problems.add({.file = file,
                .line = layout.header_lines,
                .where = request.where,
                .what = others.empty() ? "there is no column besides the date"
                                       : "which column holds the values is not declared",
                .allowed = list_of(others),
                .mend = "Declare 'column' for this source"});
  return {};
}

// A header that is a row of data: its date cell is a date.
bool header_is_data(const Layout& layout, std::size_t time_column) {
  std::int64_t day = 0;
  std::int32_t second = 0;
  return time_column < layout.header.size() &&
         parse_time(layout.header[time_column], layout.order, day, second);
}

bool make_plan(const CsvRequest& request, const std::string& file, Plan& plan, CsvTable& table,
               core::Problems& problems) {
  const Layout& layout = plan.layout;
  const std::size_t before = problems.size();
  const std::size_t time_column = request.time.empty()
                                      ? find_time_column(layout.header, "", request.id)
                                      : locate(request.time, layout, file, request.where, problems);
  if (header_is_data(layout, time_column)) {
    problems.add({.file = file,
                  .line = layout.header_lines,
                  .where = request.where,
                  .what = "the first line is data; a header with column names is missing",
                  .mend = "Add a first line such as 'date,value'"});
    return false;
  }
  table.number_names = number_names(request, layout, time_column, file, problems);
  std::vector<std::size_t> columns;
  for (const std::string& name : table.number_names) {
    columns.push_back(locate(name, layout, file, request.where, problems));
  }
  const std::size_t id_column =
      request.id.empty() ? layout.header.size() : locate(request.id, layout, file, request.where, problems);
  if (problems.size() != before) return false;
  table.time_name = layout.header[time_column];
  std::size_t last = std::max(time_column, request.id.empty() ? 0 : id_column);
  for (const std::size_t c : columns) last = std::max(last, c);
  plan.actions.assign(last + 1, Action::skip);
  plan.targets.assign(last + 1, 0);
  for (std::size_t k = 0; k < columns.size(); ++k) {
    if (columns[k] == time_column || columns[k] == id_column || plan.actions[columns[k]] == Action::number) {
      problems.add({.file = file,
                    .where = request.where,
                    .what = fmt::format("column '{}' is asked for twice", table.number_names[k])});
      return false;
    }
    plan.actions[columns[k]] = Action::number;
    plan.targets[columns[k]] = k;
  }
  plan.actions[time_column] = Action::time;
  if (!request.id.empty()) plan.actions[id_column] = Action::id;
  plan.number_count = columns.size();
  plan.missing_codes = request.dialect.missing_codes;
  return true;
}

std::string order_text(core::DateOrder order) {
  if (order == core::DateOrder::day_first) return "a date such as 31.12.2001 or 31/12/2001";
  return order == core::DateOrder::month_first ? "a date such as 12/31/2001" : "a date such as 2001-12-31";
}

core::Problem fault_problem(const FaultReport& report, const Plan& plan, const CsvRequest& request,
                            const std::string& file, std::size_t line) {
  const Layout& layout = plan.layout;
  const std::string column = report.column < layout.header.size() ? layout.header[report.column] : "";
  core::Problem problem{.file = file, .line = line, .where = request.where};
  const std::string more =
      report.count > 1 ? fmt::format(" (first of {} such rows)", report.count) : std::string();
  const auto in_column = [&] {
    problem.where += (problem.where.empty() ? "" : ", ") + fmt::format("column '{}'", column);
  };
  switch (report.fault) {
    case Fault::bad_number:
      in_column();
      problem.what = fmt::format("'{}' is not a number{}", report.text, more);
      problem.allowed =
          fmt::format("a number with '{}' as decimal mark; nothing or NaN for missing", layout.decimal);
      problem.mend = "Mend the cell, or declare the decimal mark or the missing code of this source";
      break;
    case Fault::bad_date:
    case Fault::empty_date:
      in_column();
      problem.what = report.fault == Fault::empty_date
                         ? "the date is empty" + more
                         : fmt::format("'{}' is not a date{}", report.text, more);
      problem.allowed = order_text(layout.order);
      problem.mend = "Mend the cell, or declare date_order or the time column of this source";
      break;
    case Fault::too_few:
    case Fault::too_many: {
      problem.what = fmt::format("the row '{}' has {} field{}, the header {}{}", report.text, report.fields,
                                 report.fields == 1 ? "" : "s", layout.header.size(), more);
      problem.allowed = fmt::format("{} fields separated by {}", layout.header.size(),
                                    layout.separator == '\t' ? "tab" : fmt::format("'{}'", layout.separator));
      for (const char other : {';', '\t', ','}) {
        if (other != layout.separator && report.text.find(other) != std::string::npos)
          problem.mend = "Mixed separators: write the whole file with one of them";
      }
      if (report.fault == Fault::too_many && layout.separator == ',')
        problem.mend = "If ',' is also the decimal mark, export the table with ';' between columns";
      break;
    }
    case Fault::open_quote:
      in_column();
      problem.what = fmt::format("a quote is not closed on its line: {}{}", report.text, more);
      break;
    case Fault::empty_id:
      in_column();
      problem.what = "the identifier is empty" + more;
      break;
  }
  return problem;
}

// Local dictionaries of blocks become the table's.
class IdMerger {
 public:
  void merge(BlockResult& result, CsvTable& table) {
    std::vector<std::uint32_t> global(result.id_names.size());
    for (std::size_t i = 0; i < global.size(); ++i) {
      const auto [found, added] =
          codes_.try_emplace(result.id_names[i], static_cast<std::uint32_t>(table.id_names.size()));
      if (added) table.id_names.push_back(result.id_names[i]);
      global[i] = found->second;
    }
    for (IdRun& run : result.block.ids) run.id = global[run.id];
    result.block.ids.shrink_to_fit();
  }

 private:
  std::unordered_map<std::string, std::uint32_t> codes_;
};

class TableReader {
 public:
  TableReader(std::string file, const CsvRequest& request, core::Problems& problems)
      : file_(std::move(file)), request_(request), problems_(problems) {}

  CsvTable run(BlockSource& source) {
    table_.file = file_;
    std::string block = source.next();
    if (block.substr(0, 3) == "\xef\xbb\xbf") block.erase(0, 3);
    plan_.layout = {};
    const bool good = detect_layout(block, source.ended(), request_.dialect, file_, request_.where,
                                    request_.time, request_.id, true, plan_.layout, problems_) &&
                      make_plan(request_, file_, plan_, table_, problems_);
    if (good) {
      table_.said = plan_.layout.said;
      next_line_ = plan_.layout.header_lines + 1;
      read_all(std::move(block), source);
      report_faults();
      if (table_.rows() == 0 && faults_.empty()) {
        problems_.add({.file = file_,
                       .where = request_.where,
                       .what = "there is a header but no data",
                       .mend = "One line per date is needed"});
      }
    }
    while (!good && !source.ended()) source.next();  // the hash covers the whole file
    table_.hash = source.hash();
    table_.bytes = source.bytes();
    return std::move(table_);
  }

 private:
  // Waves of blocks: read one after the other, parsed side by side, merged in file order.
  void read_all(std::string first, BlockSource& source) {
    std::size_t offset = plan_.layout.data_offset;
    std::vector<std::string> wave;
    wave.push_back(std::move(first));
    while (!wave.empty()) {
      const std::size_t wanted = static_cast<std::size_t>(core::thread_count()) * 2;
      while (wave.size() < wanted && !source.ended()) wave.push_back(source.next());
      std::vector<BlockResult> results(wave.size());
      const auto parse = [&](std::size_t i) {
        const std::string_view text = wave[i];
        results[i] = parse_block(text.substr(i == 0 ? std::min(offset, text.size()) : 0), plan_);
        std::string().swap(wave[i]);
      };
      if (wave.size() == 1) {
        parse(0);
      } else {
        core::parallel_for(wave.size(), parse);
      }
      for (BlockResult& result : results) take(std::move(result));
      offset = 0;
      wave.clear();
      if (!source.ended()) wave.push_back(source.next());
      core::throw_if_interrupted();
    }
  }

  void take(BlockResult result) {
    result.block.first_line = next_line_;
    for (FaultReport& fault : result.faults) {
      fault.line += next_line_;
      const auto known = std::find_if(faults_.begin(), faults_.end(), [&](const FaultReport& f) {
        return f.fault == fault.fault && f.column == fault.column;
      });
      if (known == faults_.end()) {
        faults_.push_back(std::move(fault));
      } else {
        known->count += fault.count;
      }
    }
    next_line_ += result.lines;
    ids_.merge(result, table_);
    if (result.block.rows > 0) table_.blocks.push_back(std::move(result.block));
  }

  void report_faults() {
    for (const FaultReport& fault : faults_) {
      problems_.add(fault_problem(fault, plan_, request_, file_, fault.line));
    }
  }

  std::string file_;
  const CsvRequest& request_;
  core::Problems& problems_;
  Plan plan_;
  CsvTable table_;
  IdMerger ids_;
  std::vector<FaultReport> faults_;
  std::size_t next_line_ = 1;
};

}  // namespace
}  // namespace csv

std::size_t CsvTable::rows() const {
  std::size_t n = 0;
  for (const CsvBlock& block : blocks) n += block.rows;
  return n;
}

namespace {
// The block that holds a row; row becomes the row within it.
const CsvBlock& block_of(const CsvTable& table, std::size_t& row) {
  for (const CsvBlock& block : table.blocks) {
    if (row < block.rows) return block;
    row -= block.rows;
  }
  core::assertion_failed("row < table.rows()", __FILE__, __LINE__);
}
}  // namespace

std::size_t CsvTable::line_of(std::size_t row) const {
  const CsvBlock& block = block_of(*this, row);
  std::size_t line = row;
  for (const std::size_t skipped : block.skipped_lines) {
    if (skipped > line) break;
    ++line;
  }
  return block.first_line + line;
}

core::Seconds CsvTable::time(std::size_t row) const {
  const CsvBlock& block = block_of(*this, row);
  return block.times[row];
}

double CsvTable::number(std::size_t column, std::size_t row) const {
  const CsvBlock& block = block_of(*this, row);
  return block.numbers[column][row];
}

CsvTable read_csv(const std::filesystem::path& path, const CsvRequest& request, core::Problems& problems) {
  try {
    std::error_code error;
    const std::uint64_t size = std::filesystem::file_size(path, error);
    csv::BlockSource source(path, error ? 0 : size);
    return csv::TableReader(path.string(), request, problems).run(source);
  } catch (const core::InputError& failure) {
    for (core::Problem problem : failure.problems()) {
      problem.where = request.where;
      problems.add(std::move(problem));
    }
    CsvTable empty;
    empty.file = path.string();
    return empty;
  }
}

CsvTable parse_csv(std::string text, const std::string& file, const CsvRequest& request,
                   core::Problems& problems) {
  csv::BlockSource source(std::move(text), file);
  return csv::TableReader(file, request, problems).run(source);
}

std::size_t TextTable::column(const std::string& name) const {
  return static_cast<std::size_t>(std::find(header.begin(), header.end(), name) - header.begin());
}

TextTable read_text_table(const std::filesystem::path& path, const CsvDialect& dialect,
                          core::Problems& problems) {
  TextTable table;
  table.file = path.string();
  std::string text;
  try {
    text = core::read_file(path);
  } catch (const core::InputError& failure) {
    problems.add_all(failure.problems());
    return table;
  }
  table.hash = core::hash_bytes(text);
  table.bytes = text.size();
  if (text.substr(0, 3) == "\xef\xbb\xbf") text.erase(0, 3);
  csv::Layout layout;
  if (!csv::detect_layout(text, true, dialect, table.file, "", "", "", false, layout, problems)) return table;
  table.header = layout.header;
  table.decimal = layout.decimal;
  table.said = layout.said;
  std::size_t line_number = layout.header_lines;
  for (std::size_t position = layout.data_offset; position < text.size();) {
    const std::size_t eol = std::min(text.find('\n', position), text.size());
    std::string_view line(text.data() + position, eol - position);
    position = eol + 1;
    ++line_number;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (csv::trim(line).empty()) continue;
    std::vector<std::string> cells = csv::split_line(line, layout.separator);
    if (cells.size() == layout.header.size() + 1 && cells.back().empty()) cells.pop_back();
    if (cells.size() != layout.header.size()) {
      problems.add({.file = table.file,
                    .line = line_number,
                    .what = fmt::format("the row '{}' has {} fields, the header {}", csv::shorten(line),
                                        cells.size(), layout.header.size())});
      continue;
    }
    table.rows.push_back(std::move(cells));
    table.lines.push_back(line_number);
  }
  return table;
}

}  // namespace phreatic::data::io

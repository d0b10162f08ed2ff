// SPDX-License-Identifier: BSD-3-Clause
#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <memory>
#include <unordered_map>

#include "phreatic/core/context.hpp"
#include "phreatic/core/file_recorder.hpp"
#include "phreatic/core/files.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/data/io/csv_internal.hpp"
#include "phreatic/data/io/encoding.hpp"

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
      std::array<char, 400> start{};
      const std::size_t n = std::fread(start.data(), 1, start.size(), file_.get());
      std::rewind(file_.get());
      const Encoding encoding = detect_encoding({start.data(), n});
      in_pairs_ = encoding == Encoding::utf16_little || encoding == Encoding::utf16_big;
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
      if (eol == std::string::npos || in_pairs_) continue;  // a line longer than a block; or not cut
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
  bool in_pairs_ = false;  // UTF-16: read whole
  std::unique_ptr<std::FILE, CloseFile> file_;
  std::string rest_;
  std::uint64_t bytes_ = 0;
  XXH3_state_t state_{};
};

// Blocks of a file as UTF-8 with lines that end with '\n'.
class Decoder {
 public:
  // The first block tells how the file is written. False with a problem.
  bool first(std::string& block, bool whole, const std::string& file, const CsvRequest& request,
             core::Problems& problems) {
    const auto declared = parse_encoding(request.dialect.encoding);
    encoding_ = declared ? *declared : detect_encoding(block);
    declared_ = declared.has_value();
    const std::size_t bad = encoding_ == Encoding::utf8 ? first_not_utf8(block) : std::string::npos;
    if (encoding_ == Encoding::utf16_little || encoding_ == Encoding::utf16_big) {
      if (block.size() % 2 == 1 && block.back() == '\n') block.pop_back();  // the reader's own
    }
    if (!make_utf8(block, encoding_)) {
      problems.add(
          {.file = file,
           .line = bad == std::string::npos
                       ? 0
                       : 1 + static_cast<std::size_t>(std::count(
                                 block.begin(), block.begin() + static_cast<std::ptrdiff_t>(bad), '\n')),
           .where = request.where,
           .what = fmt::format("the text is not {}", to_text(encoding_)),
           .allowed = "encoding: utf-8, latin-1, windows-1252 or utf-16",
           .mend = "Declare the encoding of this source, or save the file as UTF-8"});
      return false;
    }
    converted_ = encoding_ != Encoding::utf8;
    if (!block.empty() && block.back() != '\n') block += '\n';
    const std::size_t eol = block.find('\n');
    cr_only_ = whole && eol + 1 == block.size() && block.find('\r') + 1 < eol;
    if (cr_only_) std::replace(block.begin(), block.end(), '\r', '\n');
    return true;
  }

  // A later block; several at once.
  void next(std::string& block) {
    if (encoding_ == Encoding::utf8 && (declared_ || first_not_utf8(block) == std::string::npos)) return;
    if (make_utf8(block, Encoding::windows_1252)) converted_ = true;
  }

  std::string said() const {
    std::string out =
        converted_ ? fmt::format("written in {}, converted to UTF-8",
                                 to_text(encoding_ == Encoding::utf8 ? Encoding::windows_1252 : encoding_))
                   : "";
    if (cr_only_) out += std::string(out.empty() ? "" : ", ") + "lines end with CR only";
    return out;
  }

 private:
  Encoding encoding_ = Encoding::utf8;
  bool declared_ = false;
  bool cr_only_ = false;
  std::atomic<bool> converted_ = false;
};

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
      : file_(std::move(file)), request_(request), problems_(problems), filter_texts_(request.rows.size()) {}

  CsvTable run(BlockSource& source) {
    table_.file = file_;
    std::string block = source.next();
    plan_.layout = {};
    const bool good = decoder_.first(block, source.ended(), file_, request_, problems_) &&
                      detect_layout(block, source.ended(), request_, file_, true, plan_.layout, problems_) &&
                      make_plan(request_, file_, plan_, table_, problems_);
    if (good) {
      next_line_ = plan_.layout.lines_before + 1;
      read_all(std::move(block), source);
      say();
      report_faults();
      if (table_.rows() == 0 && faults_.empty() && filtered_ == 0) {
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
        if (next_line_ > plan_.layout.lines_before + 1 || i > 0) decoder_.next(wave[i]);
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
      for (BadText& text : fault.texts) text.line += next_line_;
      const auto known = std::find_if(faults_.begin(), faults_.end(), [&](const FaultReport& f) {
        return f.fault == fault.fault && f.column == fault.column;
      });
      if (known == faults_.end()) {
        faults_.push_back(std::move(fault));
      } else {
        known->count += fault.count;
        for (const BadText& text : fault.texts) add_text(known->texts, text);
      }
    }
    next_line_ += result.lines;
    for (std::size_t f = 0; f < result.filter_texts.size(); ++f) {
      for (const BadText& text : result.filter_texts[f]) add_text(filter_texts_[f], text);
    }
    filtered_ += result.filtered;
    comments_ += result.comments;
    if (qualified_.count == 0) qualified_.text = result.qualified.text;
    qualified_.count += result.qualified.count;
    ids_.merge(result, table_);
    if (result.block.rows > 0) table_.blocks.push_back(std::move(result.block));
  }

  void say() {
    table_.said = plan_.layout.said;
    table_.doubts = plan_.layout.doubts;
    const auto add = [&](const std::string& text) {
      table_.said += (table_.said.empty() ? "" : ", ") + text;
    };
    if (const std::string text = decoder_.said(); !text.empty()) add(text);
    if (comments_ > 0) add(fmt::format("{} lines that begin with '#' are skipped", comments_));
    if (filtered_ > 0)
      add(fmt::format("{} rows are left out by 'rows', {} are kept", filtered_, table_.rows()));
    if (qualified_.count > 0)
      table_.doubts.push_back(fmt::format(
          "{} numbers carry a mark, such as '{}'; {} (qualifiers: {})", qualified_.count, qualified_.text,
          plan_.qualifiers == "keep" ? "the numbers are kept" : "they count as missing", plan_.qualifiers));
  }

  // A filter none of whose texts is anywhere keeps nothing.
  void check_filters() {
    for (std::size_t f = 0; f < plan_.filters.size(); ++f) {
      const auto& [column, wanted] = plan_.filters[f];
      const std::vector<BadText>& seen = filter_texts_[f];
      const bool any = std::any_of(seen.begin(), seen.end(), [&](const BadText& t) {
        return std::find(wanted.begin(), wanted.end(), t.text) != wanted.end();
      });
      if (any || table_.rows() > 0) continue;
      std::string list;
      for (const BadText& t : seen)
        list += fmt::format("{}'{}' ({})", list.empty() ? "" : ", ", t.text, t.count);
      std::string asked;
      for (const std::string& text : wanted) asked += (asked.empty() ? "'" : "', '") + text;
      problems_.add({.file = file_,
                     .where = request_.where + (request_.where.empty() ? "" : ", ") + "rows",
                     .what = fmt::format("no row has {}' in column '{}'", asked, column),
                     .allowed = list});
    }
  }

  void report_faults() {
    check_filters();
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
  std::vector<std::vector<BadText>> filter_texts_;
  BadText qualified_;
  std::size_t filtered_ = 0;
  std::size_t comments_ = 0;
  Decoder decoder_;
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

namespace {
// A file's text as UTF-8 and its layout; false when it cannot be read.
bool open_text(const std::filesystem::path& path, const CsvRequest& request, std::string& text,
               csv::Layout& layout) {
  core::Problems ignored;
  try {
    text = core::read_file(path);
    csv::Decoder decoder;
    return decoder.first(text, true, path.string(), request, ignored) &&
           csv::detect_layout(text, true, request, path.string(), true, layout, ignored);
  } catch (const core::InputError&) {
    return false;
  }
}
}  // namespace

CsvColumns read_csv_columns(const std::filesystem::path& path, const CsvRequest& request) {
  constexpr std::size_t kRows = 200;
  CsvColumns out;
  std::string text;
  csv::Layout layout;
  if (!open_text(path, request, text, layout)) return out;
  const std::size_t time = csv::find_time_column(layout.header, request.time, request.id);
  out.names = layout.header;
  out.numeric.assign(out.names.size(), true);
  if (time < out.names.size()) out.time = out.names[time];
  std::size_t rows = 0;
  std::vector<bool> any(out.names.size(), false);
  for (std::size_t position = layout.data_offset; position < text.size() && rows < kRows; ++rows) {
    const std::size_t eol = std::min(text.find('\n', position), text.size());
    const std::vector<std::string> cells =
        csv::split_line(csv::trim(std::string_view(text).substr(position, eol - position)), layout.separator);
    position = eol + 1;
    for (std::size_t c = 0; c < std::min(cells.size(), out.names.size()); ++c) {
      double value = 0;
      out.numeric[c] = out.numeric[c] && parse_cell(cells[c], layout.decimal, value);
      any[c] = any[c] || value == value;
    }
  }
  for (std::size_t c = 0; c < out.names.size(); ++c) {
    const bool more = std::find(request.more_time.begin(), request.more_time.end(), out.names[c]) !=
                      request.more_time.end();
    out.numeric[c] = out.numeric[c] && any[c] && c != time && !more && !out.names[c].empty();
  }
  return out;
}

std::vector<std::vector<std::string>> read_csv_lines(const std::filesystem::path& path,
                                                     const CsvRequest& request,
                                                     const std::vector<std::size_t>& lines) {
  std::vector<std::vector<std::string>> out;
  std::string text;
  csv::Layout layout;
  if (!open_text(path, request, text, layout)) return out;
  out.push_back(layout.header);
  std::size_t number = 1;
  for (std::size_t position = 0; position < text.size(); ++number) {
    const std::size_t eol = std::min(text.find('\n', position), text.size());
    if (std::find(lines.begin(), lines.end(), number) != lines.end()) {
      std::string_view line = std::string_view(text).substr(position, eol - position);
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      out.push_back(csv::split_line(line, layout.separator));
    }
    position = eol + 1;
  }
  return out;
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
  const CsvRequest request{.dialect = dialect};
  csv::Decoder decoder;
  if (!decoder.first(text, true, table.file, request, problems)) return table;
  csv::Layout layout;
  if (!csv::detect_layout(text, true, request, table.file, false, layout, problems)) return table;
  table.header = layout.header;
  table.decimal = layout.decimal;
  table.said = layout.said + (layout.said.empty() || decoder.said().empty() ? "" : ", ") + decoder.said();
  std::size_t line_number = layout.lines_before;
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

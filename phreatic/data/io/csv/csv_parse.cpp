// SPDX-License-Identifier: BSD-3-Clause
// Rows of a block of CSV text into columns of numbers: the quick ways of csv_fast.hpp where they do, else those of
// csv_cells.cpp.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <unordered_map>

#include "phreatic/data/io/csv/csv_fast.hpp"
#include "phreatic/data/io/csv/csv_internal.hpp"

namespace phreatic::data::io {

void Times::push(std::int64_t day, std::int32_t second_of_day) {
  if (whole_days_ && second_of_day == 0) {
    days_.push_back(static_cast<std::int32_t>(day));
    return;
  }
  if (whole_days_) {
    seconds_.reserve(days_.capacity());
    for (const std::int32_t earlier : days_) {
      seconds_.push_back(static_cast<core::Seconds>(earlier) * core::kSecondsPerDay);
    }
    days_ = {};
    whole_days_ = false;
  }
  seconds_.push_back(day * core::kSecondsPerDay + second_of_day);
}

namespace csv {
namespace {

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

class BlockParser {
 public:
  explicit BlockParser(const Plan& plan)
      : plan_(plan), row_numbers_(plan.number_count, kNaN), time_parts_(plan.time_parts) {
    result_.filter_texts.resize(plan.filters.size());
  }

  BlockResult run(std::string_view text) {
    reserve(text);
    const char* p = text.data();
    const char* const end = p + text.size();
    while (p < end) {
      const char* eol = static_cast<const char*>(std::memchr(p, '\n', static_cast<std::size_t>(end - p)));
      const char* line_end = eol > p && eol[-1] == '\r' ? eol - 1 : eol;
      if (!parse_line(p, line_end)) result_.block.skipped_lines.push_back(result_.lines);
      if (!pending_.empty()) commit_faults();
      ++result_.lines;
      p = eol + 1;
    }
    return std::move(result_);
  }

 private:
  void reserve(std::string_view text) {
    const auto rows = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    result_.block.numbers.resize(plan_.number_count);
    for (std::vector<double>& column : result_.block.numbers) column.reserve(rows);
    result_.block.times.reserve(rows);
  }

  // Faults of cells wait until the row is known to have the right number of fields.
  void fault(Fault kind, std::size_t column, std::string_view text) {
    FaultReport report{kind, column, result_.lines, shorten(text), 1, 0};
    if (kind == Fault::bad_number) report.texts.push_back({report.text, 1, result_.lines});
    pending_.push_back(std::move(report));
  }
  void row_fault(Fault kind, const char* begin, const char* end) {
    pending_.clear();
    const std::string_view text(begin, static_cast<std::size_t>(end - begin));
    pending_.push_back(
        {kind, 0, result_.lines, shorten(text), 1, split_line(text, plan_.layout.separator).size()});
  }
  void commit_faults() {
    for (FaultReport& fault : pending_) {
      const auto known = std::find_if(
          result_.faults.begin(), result_.faults.end(),
          [&](const FaultReport& f) { return f.fault == fault.fault && f.column == fault.column; });
      if (known != result_.faults.end()) {
        ++known->count;
        for (const BadText& text : fault.texts) add_text(known->texts, text);
      } else {
        result_.faults.push_back(std::move(fault));
      }
    }
    pending_.clear();
  }

  // True when the line became a row.
  bool parse_line(const char* p, const char* line_end) {
    if (p == line_end || (*p == ' ' && trim({p, static_cast<std::size_t>(line_end - p)}).empty()))
      return false;
    if (begins_comment({p, static_cast<std::size_t>(line_end - p)}) &&
        is_comment({p, static_cast<std::size_t>(line_end - p)})) {
      ++result_.comments;
      return false;
    }
    const char* const line_start = p;
    std::int64_t day = 0;
    std::int32_t second = 0;
    std::string_view id;
    bool good = true;
    bool ended = false;
    wanted_ = true;
    for (std::size_t c = 0; c < plan_.actions.size(); ++c) {
      if (ended) {
        row_fault(Fault::too_few, line_start, line_end);
        return false;
      }
      switch (plan_.actions[c]) {
        case Action::skip:
          good = skip_cell(p, line_end, c) && good;
          break;
        case Action::number:
          good = number_cell(p, line_end, c, row_numbers_[plan_.targets[c]]) && good;
          break;
        case Action::time:
          good = (plan_.time_parts > 1 ? part_cell(p, line_end, c, 0)
                                       : time_cell(p, line_end, c, day, second)) &&
                 good;
          break;
        case Action::more_time:
          good = part_cell(p, line_end, c, plan_.targets[c]) && good;
          break;
        case Action::filter:
          good = filter_cell(p, line_end, c) && good;
          break;
        case Action::id:
          good = id_cell(p, line_end, c, id) && good;
          break;
      }
      ended = p == line_end;
      if (!ended) ++p;
    }
    if (!rest_is_complete(p, line_end, line_start, ended)) return false;
    if (!wanted_) {
      pending_.clear();
      ++result_.filtered;
      return false;
    }
    if (good && plan_.time_parts > 1) good = join_time(day, second);
    if (!good) return false;
    store(day, second, id);
    return true;
  }

  void store(std::int64_t day, std::int32_t second, std::string_view id) {
    CsvBlock& block = result_.block;
    block.times.push(day, second);
    for (std::size_t k = 0; k < row_numbers_.size(); ++k) block.numbers[k].push_back(row_numbers_[k]);
    if (!id.empty()) append_id(id);
    ++block.rows;
  }

  void append_id(std::string_view id) {
    std::vector<IdRun>& runs = result_.block.ids;
    if (!runs.empty() && result_.id_names[runs.back().id] == id) return;
    auto found = codes_.find(id);
    if (found == codes_.end()) {
      found = codes_.emplace(std::string(id), static_cast<std::uint32_t>(result_.id_names.size())).first;
      result_.id_names.emplace_back(id);
    }
    runs.push_back({static_cast<std::uint32_t>(result_.block.rows), found->second});
  }

  bool skip_cell(const char*& p, const char* line_end, std::size_t column) {
    if (p < line_end && *p == '"') {
      std::string_view cell;
      return slow_cell(p, line_end, column, cell);
    }
    if (p == line_end) return true;
    const void* next = std::memchr(p, plan_.layout.separator, static_cast<std::size_t>(line_end - p));
    p = next == nullptr ? line_end : static_cast<const char*>(next);
    return true;
  }

  // A line that begins like a comment and is no row: of another number of fields.
  bool is_comment(std::string_view line) const {
    const std::size_t fields = split_line(line, plan_.layout.separator).size();
    return fields != plan_.layout.header.size() && fields != plan_.layout.header.size() + 1;
  }

  // One of several cells of the time.
  bool part_cell(const char*& p, const char* line_end, std::size_t column, std::size_t place) {
    std::string_view cell;
    if (!slow_cell(p, line_end, column, cell)) return false;
    time_parts_[place].assign(cell);
    if (place == 0) time_column_ = column;
    return true;
  }

  bool join_time(std::int64_t& day, std::int32_t& second) {
    if (read_time_parts(time_parts_, plan_.layout.time, day, second)) return true;
    std::string all;
    for (const std::string& part : time_parts_) all += (all.empty() ? "" : " ") + part;
    fault(time_parts_.front().empty() ? Fault::empty_date : Fault::bad_date, time_column_, all);
    return false;
  }

  // Sets wanted_ to false where the row is not one of those asked for.
  bool filter_cell(const char*& p, const char* line_end, std::size_t column) {
    std::string_view cell;
    if (!slow_cell(p, line_end, column, cell)) return false;
    const std::size_t filter = plan_.targets[column];
    add_text(result_.filter_texts[filter], {std::string(cell), 1, result_.lines});
    const std::vector<std::string>& allowed = plan_.filters[filter].second;
    if (std::find(allowed.begin(), allowed.end(), cell) == allowed.end()) wanted_ = false;
    return true;
  }

  bool slow_cell(const char*& p, const char* line_end, std::size_t column, std::string_view& cell) {
    const char* start = p;
    if (take_cell(p, line_end, plan_.layout.separator, scratch_, cell)) return true;
    fault(Fault::open_quote, column, {start, static_cast<std::size_t>(line_end - start)});
    return false;
  }

  bool number_cell(const char*& p, const char* line_end, std::size_t column, double& value) {
    const char* start = p;
    bool is_number = fast_number(p, plan_.layout.decimal, value);
    if (!is_number || (p != line_end && *p != plan_.layout.separator)) {
      p = start;
      std::string_view cell;
      if (!slow_cell(p, line_end, column, cell)) return false;
      if (!parse_cell(cell, plan_.layout.decimal, value) && !other_number(cell, value)) {
        fault(Fault::bad_number, column, cell);
        value = kNaN;
        return true;  // the row keeps its place; the problem stops the run anyway
      }
    }
    for (const double code : plan_.missing_codes) {
      if (value == code) value = kNaN;
    }
    return true;
  }

  // Declared texts for missing, thousands, qualifiers.
  bool other_number(std::string_view cell, double& value) {
    value = kNaN;
    if (std::find(plan_.missing_texts.begin(), plan_.missing_texts.end(), cell) != plan_.missing_texts.end())
      return true;
    if (plan_.layout.thousands != 0) {
      const std::string usual = with_usual_blanks(cell);
      std::string plain;
      for (const char ch : usual) {
        if (ch != plan_.layout.thousands) plain += ch;
      }
      if (plain.size() != usual.size() && well_grouped(usual))
        return parse_cell(plain, plan_.layout.decimal, value);
    }
    if (plan_.qualifiers == "refuse" || !parse_qualified(cell, plan_.layout.decimal, value)) return false;
    if (result_.qualified.count++ == 0) {
      result_.qualified.text = shorten(cell);
      result_.qualified.line = result_.lines;
    }
    if (plan_.qualifiers == "missing") value = kNaN;
    return true;
  }

  // Three digits behind every mark of thousands: "4,900" and "1,234,567.8", not "1,5".
  bool well_grouped(std::string_view cell) const {
    for (std::size_t at = cell.find(plan_.layout.thousands); at != std::string_view::npos;
         at = cell.find(plan_.layout.thousands, at + 1)) {
      std::size_t digits = 0;
      while (at + 1 + digits < cell.size() && is_digit(cell[at + 1 + digits])) ++digits;
      if (at == 0 || digits != 3) return false;
    }
    return true;
  }

  bool time_cell(const char*& p, const char* line_end, std::size_t column, std::int64_t& day,
                 std::int32_t& second) {
    second = 0;
    if (fast_date(p, line_end, plan_.layout, cache_, day)) return true;
    std::string_view cell;
    if (!slow_cell(p, line_end, column, cell)) return false;
    if (read_time(cell, plan_.layout.time, day, second)) return true;
    fault(cell.empty() ? Fault::empty_date : Fault::bad_date, column, cell);
    return false;
  }

  bool id_cell(const char*& p, const char* line_end, std::size_t column, std::string_view& id) {
    if (p < line_end && *p != '"') {
      const char* start = p;
      skip_cell(p, line_end, column);
      id = trim({start, static_cast<std::size_t>(p - start)});
    } else {
      if (!slow_cell(p, line_end, column, id)) return false;
      id_scratch_.assign(id);
      id = id_scratch_;
    }
    if (id.empty()) fault(Fault::empty_id, column, id);
    return !id.empty();
  }

  // Behind the last wanted column: as many fields as the header has, or one empty one more.
  bool rest_is_complete(const char* p, const char* line_end, const char* line_start, bool ended) {
    const std::size_t wanted = plan_.layout.header.size();
    std::size_t fields = plan_.actions.size();
    if (!ended) {
      const auto rest = static_cast<std::size_t>(line_end - p);
      const bool quoted = std::memchr(p, '"', rest) != nullptr;
      fields += quoted ? split_line({p, rest}, plan_.layout.separator).size()
                       : 1 + static_cast<std::size_t>(std::count(p, line_end, plan_.layout.separator));
    }
    if (fields == wanted) return true;
    const bool trailing_separator = fields == wanted + 1 && line_end[-1] == plan_.layout.separator;
    if (trailing_separator) return true;
    row_fault(fields < wanted ? Fault::too_few : Fault::too_many, line_start, line_end);
    return false;
  }

  const Plan& plan_;
  BlockResult result_;
  std::vector<FaultReport> pending_;
  std::vector<double> row_numbers_;
  MonthCache cache_;
  std::string scratch_;
  std::string id_scratch_;
  std::vector<std::string> time_parts_;
  std::size_t time_column_ = 0;
  bool wanted_ = true;
  std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>> codes_;
};

}  // namespace

BlockResult parse_block(std::string_view text, const Plan& plan) { return BlockParser(plan).run(text); }

}  // namespace csv

}  // namespace phreatic::data::io

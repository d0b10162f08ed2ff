// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <unordered_map>

#include "phreatic/core/context.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/data/io/csv/csv_blocks.hpp"

namespace phreatic::data::io {
namespace csv {
namespace {

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
    if (comments_ > 0) add(fmt::format("{} lines of comment are skipped", comments_));
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

}  // namespace phreatic::data::io

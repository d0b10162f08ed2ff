// SPDX-License-Identifier: BSD-3-Clause
// What is wrong with the rows of a file, as told to the user.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "phreatic/data/io/csv/csv_internal.hpp"

namespace phreatic::data::io::csv {
namespace {

std::string order_text(core::DateOrder order) {
  if (order == core::DateOrder::day_first) return "a date such as 31.12.2001 or 31/12/2001";
  return order == core::DateOrder::month_first ? "a date such as 12/31/2001" : "a date such as 2001-12-31";
}

// All different texts with their counts and first lines.
std::string bad_numbers(const FaultReport& report, const std::string& more) {
  if (report.texts.size() < 2) return fmt::format("'{}' is not a number{}", report.text, more);
  std::string list;
  std::size_t told = 0;
  for (const BadText& one : report.texts) {
    list +=
        fmt::format("{}'{}' ({}, first on line {})", list.empty() ? "" : ", ", one.text, one.count, one.line);
    told += one.count;
  }
  if (told < report.count) list += fmt::format(" and {} more", report.count - told);
  return fmt::format("{} cells are not numbers: {}", report.count, list);
}

const char* name_of_mark(char mark) {
  switch (mark) {
    case '.':
      return "point";
    case ',':
      return "comma";
    case ' ':
      return "space";
    default:
      return "apostrophe";
  }
}

// Numbers with marks that are not all read: "1.240,04", "1 240", "1'240.5". A mark that repeats and blanks and
// apostrophes stand before three digits: "31.12.2001" is none.
bool is_grouped(const std::string& usual, char decimal) {
  constexpr const char* kDigits = "0123456789";
  if (usual.find_first_not_of("0123456789.,-+ '") != std::string::npos) return false;
  const std::size_t first = usual.find_first_of(".,' ");
  const std::size_t last = usual.find_last_of(".,' ");
  if (first == std::string::npos || usual.find_first_of(kDigits) > first || last + 1 == usual.size())
    return false;
  for (std::size_t at = first; at != std::string::npos; at = usual.find_first_of(".,' ", at + 1)) {
    const std::size_t end = std::min(usual.find_first_not_of(kDigits, at + 1), usual.size());
    const bool repeated = std::count(usual.begin(), usual.end(), usual[at]) > 1;
    const bool group = repeated || at != last || usual[at] == ' ' || usual[at] == '\'';
    if (group && end - at != 4) return false;
  }
  return usual[first] != decimal || first != last;
}

// What the marks in texts of numbers must be. 0 = not known.
struct Marks {
  char decimal = 0;
  char thousands = 0;
  char either = 0;  // once, with three digits behind: "1,240"
  bool contradict = false;

  void add(const std::string& text) {
    const std::size_t last = text.find_last_of(".,' ");
    const char mark = text[last];
    const bool repeated = std::count(text.begin(), text.end(), mark) > 1;
    const std::size_t other = text.find_first_of(".,' ");
    const bool spaced = mark == ' ' || mark == '\'';
    if (text[other] != mark) {
      contradict = contradict || repeated || spaced;
      set(decimal, mark);
      set(thousands, text[other]);
    } else if (repeated || spaced) {
      set(thousands, mark);
    } else if (text.size() - last == 4 && text.find_first_of("123456789") < last) {
      set(either, mark);
    } else {
      set(decimal, mark);
    }
  }

  // The settings to declare; `now` is the decimal mark by which the texts were not read.
  std::string settings(char now) const {
    char mark = decimal;
    char group = thousands;
    if (either != 0 && mark == 0 && group == 0)
      return fmt::format("decimal: {0} or thousands: {0}, whichever of the two it is", name_of_mark(either));
    if (either != 0 && either != mark && group == 0) group = either;
    if (mark == 0) mark = group == '.' ? ',' : group == ',' ? '.' : now;
    if (contradict || mark == group || (either != 0 && either != mark && either != group)) return "";
    std::string out = mark == now ? "" : fmt::format("decimal: {}", name_of_mark(mark));
    if (group != 0) out += fmt::format("{}thousands: {}", out.empty() ? "" : ", ", name_of_mark(group));
    return out;
  }

 private:
  void set(char& to, char mark) {
    contradict = contradict || (to != 0 && to != mark);
    to = mark;
  }
};

std::string mend_marks(const Marks& marks, const Layout& layout) {
  const std::string settings = marks.settings(layout.decimal);
  if (settings.empty()) return ", whose marks contradict each other: no setting reads them all";
  if (layout.separator == ',' && settings.find("decimal: comma") != std::string::npos)
    return ", or, if all numbers are written so, export the table with ';' between columns and declare " +
           settings;
  return ", or declare " + settings + " (if all numbers are written so)";
}

// The line to paste: texts that mean missing, numbers with a qualifier.
std::string mend_numbers(const FaultReport& report, const Layout& layout) {
  std::string texts;
  bool qualified = false;
  std::optional<Marks> marks;
  for (const BadText& one : report.texts) {
    double value = 0;
    const std::string usual = with_usual_blanks(one.text);
    if (is_grouped(usual, layout.decimal)) {
      if (!marks) marks.emplace();
      marks->add(usual);
    } else if (parse_qualified(one.text, layout.decimal, value)) {
      qualified = true;
    } else {
      const bool plain =
          one.text.find_first_of(",:#[]{}'\"&*!|>%@`") == std::string::npos && !one.text.empty();
      texts += (texts.empty() ? "" : ", ") + (plain ? one.text : "'" + one.text + "'");
    }
  }
  std::string mend = "Mend the cells";
  if (marks) mend += mend_marks(*marks, layout);
  if (!texts.empty()) mend += fmt::format(", or declare texts that mean missing: missing: [{}]", texts);
  if (qualified)
    mend +=
        ", or say what numbers with a mark such as <1.5, 1.5* or 1.5e are: qualifiers: keep (the number), "
        "qualifiers: missing";
  return mend + " for this source";
}

}  // namespace

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
      problem.what = bad_numbers(report, more);
      problem.allowed =
          fmt::format("a number with '{}' as decimal mark; nothing or NaN for missing", layout.decimal);
      problem.mend = mend_numbers(report, layout);
      break;
    case Fault::bad_date:
    case Fault::empty_date:
      in_column();
      problem.what = report.fault == Fault::empty_date
                         ? "the date is empty" + more
                         : fmt::format("'{}' is not a date{}", report.text, more);
      if (const std::string why = why_no_time(report.text); !why.empty()) problem.what += ": " + why;
      problem.allowed = order_text(layout.time.order);
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

}  // namespace phreatic::data::io::csv

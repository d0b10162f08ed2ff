// SPDX-License-Identifier: BSD-3-Clause
// What is wrong with the rows of a file, as told to the user.
#include <fmt/format.h>

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

// The line to paste: texts that mean missing, numbers with a qualifier.
std::string mend_numbers(const FaultReport& report, char decimal) {
  std::string texts;
  bool qualified = false;
  bool thousands = false;
  std::string mark;  // between thousands, where it is no decimal mark
  for (const BadText& one : report.texts) {
    double value = 0;
    const std::string usual = with_usual_blanks(one.text);
    const bool grouped = !usual.empty() && usual.find_first_not_of("0123456789.,-+ '") == std::string::npos;
    if (grouped && (usual.find(' ') != std::string::npos || usual.find('\'') != std::string::npos)) {
      mark = usual.find(' ') != std::string::npos ? "space" : "apostrophe";
    } else if (parse_qualified(one.text, decimal, value)) {
      qualified = true;
    } else if (one.text.find(decimal == '.' ? ',' : '.') != std::string::npos &&
               one.text.find_first_not_of("0123456789.,-+") == std::string::npos) {
      thousands = true;
    } else {
      const bool plain =
          one.text.find_first_of(",:#[]{}'\"&*!|>%@`") == std::string::npos && !one.text.empty();
      texts += (texts.empty() ? "" : ", ") + (plain ? one.text : "'" + one.text + "'");
    }
  }
  std::string mend = "Mend the cells";
  if (!texts.empty()) mend += fmt::format(", or declare texts that mean missing: missing: [{}]", texts);
  if (qualified)
    mend +=
        ", or say what numbers with a mark such as <1.5, 1.5* or 1.5e are: qualifiers: keep (the number), "
        "qualifiers: missing";
  if (!mark.empty()) mend += fmt::format(", or declare thousands: {}", mark);
  if (thousands)
    mend += fmt::format(", or declare decimal, or thousands: {}", decimal == '.' ? "comma" : "point");
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
      problem.mend = mend_numbers(report, layout.decimal);
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

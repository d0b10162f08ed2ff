// SPDX-License-Identifier: BSD-3-Clause
// The CSV reader on arbitrary bytes: it must end with a table or with problems. The first byte chooses the
// request.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "phreatic/data/io/csv/csv.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace phreatic;
  if (size == 0) return 0;
  const int choice = bytes[0];
  const std::string text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  data::io::CsvRequest request;
  if ((choice & 1) != 0) request.id = "id";
  if ((choice & 2) != 0) request.numbers = {"y"};
  if ((choice & 4) != 0) request.numbers = {"y", "a"};
  if ((choice & 8) != 0) request.dialect.decimal = "comma";
  if ((choice & 16) != 0) request.dialect.date_order = "day_first";
  if ((choice & 32) != 0) request.dialect.separator = "semicolon";
  if ((choice & 64) != 0) request.dialect.missing_codes = {-9999};
  core::Problems problems;
  const data::io::CsvTable table = data::io::parse_csv(text, "fuzz.csv", request, problems);
  for (const data::io::CsvBlock& block : table.blocks) {
    if (block.times.size() != block.rows) std::abort();
    for (const auto& column : block.numbers) {
      if (column.size() != block.rows) std::abort();
    }
  }
  if (problems.empty() && table.rows() == 0) std::abort();  // neither a table nor a problem
  if (table.rows() > 0 && table.line_of(table.rows() - 1) > size + 1) std::abort();
  return 0;
}

// SPDX-License-Identifier: BSD-3-Clause
// The reader of series in NetCDF on arbitrary bytes: a table, problems or an InputError. Classic files only: those of
// HDF5 are the library's own matter.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "phreatic/core/errors.hpp"
#include "phreatic/data/io/cf_series.hpp"
#include "tests/fuzz/memory_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace phreatic;
  if (size < 5 || std::memcmp(bytes + 1, "CDF", 3) != 0) return 0;
  const fuzz::MemoryFile file(bytes + 1, size - 1);
  try {
    data::io::CsvRequest request;
    request.numbers = {"level"};
    core::Problems problems;
    if (bytes[0] % 2 == 0) {
      const data::io::CsvTable table = data::io::read_series_table(file.path(), request, problems);
      for (const data::io::CsvBlock& block : table.blocks) {
        if (block.times.size() != block.rows) std::abort();
      }
    } else {
      const data::io::SeriesFile series = data::io::read_series(file.path());
      for (const data::io::SeriesArray& array : series.arrays) {
        if (array.values.size() != series.stations.size() * series.axis.size()) std::abort();
      }
    }
  } catch (const core::InputError&) {
  }
  return 0;
}

// SPDX-License-Identifier: BSD-3-Clause
// The readers of MODFLOW 6's binary results on arbitrary bytes: records or an InputError. The first byte chooses heads
// or budget.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "phreatic/core/errors.hpp"
#include "phreatic/flow/mf6/results/result_files.hpp"
#include "tests/fuzz/memory_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace phreatic;
  if (size == 0) return 0;
  const fuzz::MemoryFile file(bytes + 1, size - 1);
  try {
    if (bytes[0] % 2 == 0) {
      const flow::mf6::HeadFile heads(file.path());
      for (const auto& record : heads.records()) {
        if (heads.values(record).size() * sizeof(double) > size) std::abort();
      }
    } else {
      for (const flow::mf6::BudgetTerm& term : flow::mf6::read_budget(file.path())) {
        if ((term.values.size() + term.aux.size()) * sizeof(double) > size) std::abort();
        if (term.list && (term.cell.size() != term.values.size() || term.row.size() != term.values.size() ||
                          term.aux.size() != term.aux_names.size() * term.values.size()))
          std::abort();
      }
    }
  } catch (const core::InputError&) {
  }
  return 0;
}

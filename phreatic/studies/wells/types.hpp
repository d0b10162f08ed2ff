// SPDX-License-Identifier: BSD-3-Clause
// The types stage: the wells of a study grouped by what moves them (explain/types.hpp), named with evidence,
// and the table type x period. On virtual wells also how well the true types are recovered, and how well raw
// levels would have done.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/explain/types.hpp"
#include "phreatic/hydrographs/explanation/explanation.hpp"

namespace phreatic::studies::wells {

// Below this many wells groups say more about chance than about wells: no types are claimed.
inline constexpr std::size_t kFewestWellsForTypes = 12;

struct TypeRecovery {
  double adjusted_rand = 0;      // of the clusters against the true types
  double adjusted_rand_raw = 0;  // k-means on standardised levels with the true number of types
};

struct TypesResult {
  std::vector<std::string> drivers;
  explain::Signatures signatures;
  explain::Types types;
  std::vector<explain::TypePeriodRow> periods;
  bool has_recovery = false;
  TypeRecovery recovery;
};

// Which group of the naming rules a driver belongs to, by its role.
explain::DriverGroup group_of_role(data::Role role);

// true_types: one per well on virtual wells, else empty.
TypesResult find_study_types(const hydrographs::Prepared& prepared,
                             const hydrographs::ExplainParams& settings,
                             const hydrographs::Explanation& explanation, const std::vector<int>& true_types);

void write_types(const TypesResult& result, const std::vector<std::string>& wells,
                 const std::filesystem::path& path);

}  // namespace phreatic::studies::wells

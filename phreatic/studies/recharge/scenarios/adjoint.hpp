// SPDX-License-Identifier: BSD-3-Clause
// Response and decay of every cell straight from backward runs (flow/adjoint), without scenarios and without training:
// exact to first order, so wrong by what switches (drains that start, rivers that fall dry) and by thickness.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/studies/recharge/surrogates/features.hpp"

namespace phreatic::studies::recharge {

struct AdjointMaps {
  std::vector<double> days;  // after the end of recharge; the first 0
  // [days][places] storage (m3, by TargetParams::volume) per m3 that was infiltrated in this cell; NaN where no cell exists
  std::vector<std::vector<double>> stored;
  std::string trouble;  // why there are none; then the rest is empty
  std::vector<std::string> notes;
  bool there() const { return !stored.empty(); }
  // Of a model whose periods are all steady: `stored` is the steady response per m3/d (d), and there is no decay.
  bool steady() const { return days.size() == 1; }
};
AdjointMaps adjoint_maps(const Ground& ground, const Baseline& baseline, const AdjointParams& params,
                         const TargetParams& targets, core::Context& context);

// What a block of cells stores per m3, from the cells' sum: log10 of the normalised response, and log10 of its decay
// (1/d); NaN where the response is not above 0 or does not decay.
struct AdjointValue {
  double response = 0;
  double decay = 0;
};
AdjointValue adjoint_value(const AdjointMaps& maps, const Ground& ground, std::size_t row, std::size_t column,
                           const Extent& extent, const TargetParams& targets);

inline constexpr const char* kAdjointResponse = "adjoint_response";
inline constexpr const char* kAdjointDecay = "adjoint_decay";

// Columns kAdjointResponse and kAdjointDecay (not of a steady model) for sites, and the same as maps of blocks of `extent` around every cell
// (cut at the edge of the grid). Cells without value get the smallest one of the others, counted in `filled`.
void add_adjoint_columns(Table& features, const AdjointMaps& maps, const Ground& ground,
                         const std::vector<Site>& sites, const TargetParams& targets, std::size_t& filled);
std::vector<FeatureMap> adjoint_feature_maps(const AdjointMaps& maps, const Ground& ground,
                                             const Extent& extent, const TargetParams& targets);

// response.tif (per m3), decay.tif and left_<d>d.tif for blocks of `extent`.
void write_adjoint_maps(const Ground& ground, const AdjointMaps& maps, const Extent& extent,
                        const std::vector<double>& left_days, const TargetParams& targets,
                        const std::filesystem::path& folder);

// stored.tif, a band for each date, and adjoint.json in a folder; and back. read throws InputError.
void write_adjoint(const Ground& ground, const AdjointMaps& maps, const std::filesystem::path& folder);
AdjointMaps read_adjoint(const std::filesystem::path& folder);

}  // namespace phreatic::studies::recharge

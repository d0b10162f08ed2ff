// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/storage/schemes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "phreatic/core/random.hpp"

namespace phreatic::studies::downscaling {
namespace {

// Rows of the random split whose mascon is in the training rows too.
void count_leaks(const Inputs& in_, const std::vector<CellMonth>& at_, const ModelParams& p_,
                 const std::vector<Scheme>& schemes_, std::vector<std::string>& said) {
  std::map<std::pair<int, int>, std::set<std::size_t>> parts;
  const auto mascon = [&](CellMonth a) {
    const auto [x, y] = centre(in_.cells.coarse, a.cell);
    return std::pair(static_cast<int>(std::floor(x / p_.mascon_deg)),
                     static_cast<int>(std::floor(y / p_.mascon_deg)));
  };
  for (const Scheme& s : schemes_) {
    if (s.name == "years") continue;
    parts.clear();
    std::size_t leaking = 0;
    for (const CellMonth& a : at_) parts[mascon(a)].insert(s.part(a));
    for (const CellMonth& a : at_) leaking += parts[mascon(a)].size() > 1 ? 1 : 0;
    if (leaking > 0)
      said.push_back(fmt::format(
          "validation by {}: {} of {} tested rows share a {:g}-degree mascon with training rows, so that "
          "its scores are too good",
          s.name == "random" ? "random rows (leaky)" : s.name, leaking, at_.size(), p_.mascon_deg));
  }
}

}  // namespace

std::vector<Scheme> make_schemes(const Inputs& in, const std::vector<CellMonth>& rows, const ModelParams& p,
                                 std::vector<std::string>& said) {
  std::vector<Scheme> out;
  std::size_t parts = 0;
  const auto blocks = block_parts(in.cells.coarse, p.block_deg, p.folds, p.seed, parts);
  if (parts >= 2) {
    out.push_back({"blocks", parts, [blocks](CellMonth a) { return blocks[a.cell]; }});
  } else {
    said.push_back(
        fmt::format("the region is one block of {:g} degrees: no validation by blocks", p.block_deg));
  }
  const int first = core::year_of(in.axis.start(0));
  const int years = core::year_of(in.axis.start(in.months() - 1)) - first + 1;
  const auto folds = static_cast<std::size_t>(std::min(p.folds, years));
  const auto part = [&in, first, years, folds](CellMonth a) {
    return static_cast<std::size_t>(core::year_of(in.axis.start(a.month)) - first) * folds /
           static_cast<std::size_t>(years);
  };
  out.push_back({"years", folds, part});
  const std::uint64_t seed = p.seed;
  out.push_back({"random", 5, [seed](CellMonth a) {
                   return static_cast<std::size_t>(
                       core::RandomStream(seed, "random split", a.cell, a.month).below(5));
                 }});
  count_leaks(in, rows, p, out, said);
  return out;
}

std::vector<std::size_t> block_parts(const data::GeoGrid& coarse, double degrees, int folds,
                                     std::uint64_t seed, std::size_t& parts) {
  std::map<std::pair<int, int>, std::vector<std::size_t>> blocks;
  for (std::size_t c = 0; c < coarse.cells(); ++c) {
    const auto [x, y] = centre(coarse, c);
    blocks[{static_cast<int>(std::floor(x / degrees)), static_cast<int>(std::floor(y / degrees))}].push_back(
        c);
  }
  parts = std::min<std::size_t>(static_cast<std::size_t>(folds), blocks.size());
  core::RandomStream random(seed, "blocks");
  const auto order = random.permutation(blocks.size());
  std::vector<std::size_t> out(coarse.cells());
  std::size_t next = 0;
  for (const auto& [block, cells] : blocks) {
    for (const std::size_t c : cells) out[c] = order[next] % parts;
    ++next;
  }
  return out;
}

}  // namespace phreatic::studies::downscaling

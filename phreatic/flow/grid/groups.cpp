// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/grid/groups.hpp"

#include <algorithm>
#include <numeric>

#include "phreatic/flow/packages/package_type.hpp"

namespace phreatic::flow {
namespace {

std::size_t index(CellIndex n) { return static_cast<std::size_t>(n); }

// Sets that are joined pair by pair; each is named by its smallest member.
class Sets {
 public:
  explicit Sets(std::size_t size) : parent_(size) { std::iota(parent_.begin(), parent_.end(), CellIndex{0}); }
  CellIndex find(std::size_t n) {
    while (index(parent_[n]) != n) {
      parent_[n] = parent_[index(parent_[n])];
      n = index(parent_[n]);
    }
    return static_cast<CellIndex>(n);
  }
  void join(std::size_t a, std::size_t b) {
    const CellIndex first = find(a);
    const CellIndex second = find(b);
    parent_[index(std::max(first, second))] = std::min(first, second);
  }

 private:
  std::vector<CellIndex> parent_;
};

}  // namespace

std::vector<CellIndex> connected_groups(const Grid& grid) {
  Sets sets(grid.cells());
  const auto ncol = static_cast<std::size_t>(grid.ncol);
  const std::size_t layer = grid.layer_cells();
  const auto active = [&](std::size_t n) { return grid.idomain[n] > 0; };
  for (std::size_t n = 0; n < grid.cells(); ++n) {
    if (!active(n)) continue;
    if (n % ncol + 1 < ncol && active(n + 1)) sets.join(n, n + 1);
    if (n % layer + ncol < layer && active(n + ncol)) sets.join(n, n + ncol);
    for (std::size_t below = n + layer; below < grid.cells(); below += layer) {
      if (active(below)) sets.join(n, below);
      if (grid.idomain[below] >= 0) break;
    }
  }
  std::vector<CellIndex> groups(grid.cells(), kNoCell);
  for (std::size_t n = 0; n < grid.cells(); ++n) {
    if (active(n)) groups[n] = sets.find(n);
  }
  return groups;
}

std::vector<char> bounded_groups(const std::vector<CellIndex>& groups, const std::vector<Package>& packages,
                                 const std::vector<PackageValues>& values) {
  std::vector<char> bounded(groups.size(), 0);
  for (std::size_t p = 0; p < packages.size(); ++p) {
    if (!package_type(packages[p].kind).depends_on_head) continue;
    for (const CellIndex n : values[p].cell) {
      if (n != kNoCell && groups[index(n)] != kNoCell) bounded[index(groups[index(n)])] = 1;
    }
  }
  return bounded;
}

}  // namespace phreatic::flow

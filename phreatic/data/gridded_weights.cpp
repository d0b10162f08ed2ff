// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>

#include "phreatic/data/gridded.hpp"

namespace phreatic::data {
namespace {

void normalise(std::vector<CellWeight>& weights) {
  double sum = 0;
  for (const CellWeight& w : weights) sum += w.weight;
  for (CellWeight& w : weights) w.weight /= sum;
}

std::vector<CellWeight> bilinear(double column, double row, int width, int height) {
  const double x = column - 0.5;  // cell centres at whole numbers
  const double y = row - 0.5;
  const int left = static_cast<int>(std::floor(x));
  const int top = static_cast<int>(std::floor(y));
  std::vector<CellWeight> weights;
  for (int dy = 0; dy < 2; ++dy) {
    for (int dx = 0; dx < 2; ++dx) {
      const double weight = (dx == 0 ? 1 - (x - left) : x - left) * (dy == 0 ? 1 - (y - top) : y - top);
      const int c = left + dx;
      const int r = top + dy;
      if (weight > 0 && c >= 0 && c < width && r >= 0 && r < height) weights.push_back({c, r, weight});
    }
  }
  return weights;
}

std::vector<CellWeight> inverse_distance(double column, double row, int width, int height, int neighbours,
                                         double aspect) {
  const int reach = 1 + static_cast<int>(std::ceil(std::sqrt(static_cast<double>(neighbours))));
  std::vector<CellWeight> near;  // weight holds the squared distance first
  for (int r = static_cast<int>(row) - reach; r <= static_cast<int>(row) + reach; ++r) {
    for (int c = static_cast<int>(column) - reach; c <= static_cast<int>(column) + reach; ++c) {
      if (c < 0 || c >= width || r < 0 || r >= height) continue;
      const double dx = c + 0.5 - column;
      const double dy = (r + 0.5 - row) * aspect;
      near.push_back({c, r, dx * dx + dy * dy});
    }
  }
  std::stable_sort(near.begin(), near.end(),
                   [](const CellWeight& a, const CellWeight& b) { return a.weight < b.weight; });
  near.resize(std::min(near.size(), static_cast<std::size_t>(neighbours)));
  if (!near.empty() && near.front().weight < 1e-12) return {{near.front().column, near.front().row, 1}};
  for (CellWeight& w : near) w.weight = 1 / w.weight;
  return near;
}

}  // namespace

std::vector<CellWeight> point_weights(double column, double row, int width, int height, GridMethod method,
                                      int neighbours, double aspect) {
  std::vector<CellWeight> weights;
  if (!(column >= 0 && column < width && row >= 0 && row < height)) return weights;
  if (method == GridMethod::bilinear) {
    weights = bilinear(column, row, width, height);
  } else if (method == GridMethod::inverse_distance) {
    weights = inverse_distance(column, row, width, height, neighbours, aspect);
  } else {
    weights = {{static_cast<int>(column), static_cast<int>(row), 1}};
  }
  normalise(weights);
  return weights;
}

}  // namespace phreatic::data

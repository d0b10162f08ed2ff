// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/correction.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace phreatic::studies::downscaling {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr int kRounds = 100;

}  // namespace

Upsampler::Upsampler(const Cells& cells) : cells_(&cells) {
  const int width = cells.coarse.width, height = cells.coarse.height;
  for (std::size_t i = 0; i < cells.fine.cells(); ++i) {
    const auto fine_width = static_cast<std::size_t>(cells.fine.width);
    const double x = (static_cast<double>(i % fine_width) + 0.5) / cells.ratio - 0.5;
    const double y = (static_cast<double>(i / fine_width) + 0.5) / cells.ratio - 0.5;
    const int x0 = static_cast<int>(std::floor(x)), y0 = static_cast<int>(std::floor(y));
    std::array<std::size_t, 4> at{};
    std::array<double, 4> weight{};
    for (int k = 0; k < 4; ++k) {
      const int cx = x0 + k % 2, cy = y0 + k / 2;
      const bool inside = cx >= 0 && cx < width && cy >= 0 && cy < height;
      at[static_cast<std::size_t>(k)] =
          inside
              ? static_cast<std::size_t>(cy) * static_cast<std::size_t>(width) + static_cast<std::size_t>(cx)
              : 0;
      weight[static_cast<std::size_t>(k)] = inside ? (1 - std::abs(x - cx)) * (1 - std::abs(y - cy)) : 0;
    }
    at_.push_back(at);
    weight_.push_back(weight);
  }
}

std::vector<double> Upsampler::bilinear(std::span<const double> coarse) const {
  std::vector<double> out(at_.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    double sum = 0, weight = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const double v = coarse[at_[i][k]];
      if (std::isnan(v)) continue;
      sum += weight_[i][k] * v;
      weight += weight_[i][k];
    }
    out[i] = weight > 0 ? sum / weight : coarse[cells_->parent[i]];
  }
  return out;
}

std::vector<double> Upsampler::block(std::span<const double> coarse) const {
  std::vector<double> out(at_.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = coarse[cells_->parent[i]];
  return out;
}

void Closure::add(const Closure& other) {
  largest = std::max(largest, other.largest);
  squares += other.squares;
  cells += other.cells;
}

Closure close_on(const Cells& cells, const Upsampler& up, std::span<const double> coarse,
                 std::span<double> fine, double tolerance) {
  for (std::size_t i = 0; i < fine.size(); ++i) {
    if (std::isnan(coarse[cells.parent[i]])) fine[i] = kMissing;
  }
  std::vector<double> residual(coarse.size());
  const auto measure = [&] {
    residual = aggregate(cells, fine, 0);
    double most = 0;
    for (std::size_t c = 0; c < coarse.size(); ++c) {
      residual[c] = coarse[c] - residual[c];
      if (!std::isnan(residual[c])) most = std::max(most, std::abs(residual[c]));
    }
    return most;
  };
  double before = measure();
  for (int round = 0; round < kRounds && before > tolerance; ++round) {
    const auto more = up.bilinear(residual);
    for (std::size_t i = 0; i < fine.size(); ++i) fine[i] += std::isnan(more[i]) ? 0 : more[i];
    const double after = measure();
    if (!(after < before)) break;
    before = after;
  }
  for (std::size_t i = 0; i < fine.size(); ++i) fine[i] += residual[cells.parent[i]];
  measure();
  Closure left;
  for (const double r : residual) {
    if (std::isnan(r)) continue;
    left.add({std::abs(r), r * r, 1});
  }
  return left;
}

Closure closure_at(const Cells& cells, std::span<const double> coarse, std::span<const double> fine,
                   double degrees) {
  struct Sums {
    double fine = 0, coarse = 0, area = 0;
  };
  std::map<std::pair<int, int>, Sums> blocks;
  for (std::size_t i = 0; i < fine.size(); ++i) {
    if (std::isnan(fine[i])) continue;
    const auto [x, y] = centre(cells.coarse, cells.parent[i]);
    Sums& sums =
        blocks[{static_cast<int>(std::floor(x / degrees)), static_cast<int>(std::floor(y / degrees))}];
    sums.fine += cells.area[i] * fine[i];
    sums.coarse += cells.area[i] * coarse[cells.parent[i]];
    sums.area += cells.area[i];
  }
  Closure out;
  for (const auto& [block, sums] : blocks) {
    const double r = std::abs(sums.fine - sums.coarse) / sums.area;
    out.add({r, r * r, 1});
  }
  return out;
}

}  // namespace phreatic::studies::downscaling

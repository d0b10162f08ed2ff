// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/series/lanes/pair_slopes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"

namespace phreatic::stats::lanes {
namespace {

constexpr std::size_t kMostTabulated = 1500;  // values whose inverse differences of times are kept (9 MB)
constexpr long kFew = 48;                     // slopes in a bracket that are sorted
constexpr int kRounds = 16;
constexpr std::size_t kSample = 1024;

bool has_equal_steps(std::span<const double> t) {
  if (t.size() < 2) return true;
  const double step = (t.back() - t.front()) / static_cast<double>(t.size() - 1);
  for (std::size_t i = 0; i < t.size(); ++i) {
    if (std::abs(t[i] - (t.front() + static_cast<double>(i) * step)) >
        1e-13 * step * static_cast<double>(t.size()))
      return false;
  }
  return true;
}

}  // namespace

void PairSlopes::clear() {
  blocks_.clear();
  y_.clear();
  t_.clear();
  slopes_.clear();
  signs_ = {};
  pairs_ = 0;
}

PairRows PairSlopes::rows_of(const Block& block) const {
  return {.count = block.count,
          .y = y_.data() + block.values,
          .t = t_.data() + block.values,
          .inverse = block.inverse,
          .equal_steps = block.equal_steps};
}

void PairSlopes::prepare_times(std::span<const double> t) {
  if (times_.size() == t.size() && std::equal(t.begin(), t.end(), times_.begin())) return;
  times_.assign(t.begin(), t.end());
  equal_steps_ = has_equal_steps(t);
  by_division_ = !equal_steps_ && t.size() > kMostTabulated;
  if (equal_steps_) {
    const double step = t.size() < 2 ? 1 : (t.back() - t.front()) / static_cast<double>(t.size() - 1);
    inverse_.assign(t.size() + kMostLanes, 0);
    for (std::size_t i = 0; i < inverse_.size(); ++i) inverse_[i] = 1 / (step * static_cast<double>(i + 1));
  } else if (!by_division_) {
    inverse_.assign(pair_slots(t.size(), kernels_.lanes) + kMostLanes, 0);
    const Block block{.count = t.size(), .values = t_.size() - t.size() - kMostLanes};
    kernels_.inverses(rows_of(block), inverse_.data());
  }
}

void PairSlopes::add(std::span<const double> t, std::span<const double> y) {
  PHREATIC_ASSERT(t.size() == y.size());
  if (t.size() < 2) return;
  const std::size_t at = y_.size();
  y_.insert(y_.end(), y.begin(), y.end());
  t_.insert(t_.end(), t.begin(), t.end());
  y_.resize(y_.size() + kMostLanes, std::numeric_limits<double>::quiet_NaN());
  for (std::size_t i = 0; i < kMostLanes; ++i) t_.push_back(t.back() + static_cast<double>(i + 1));
  // Several blocks (seasons) each have their own times: only one that stands alone keeps a table.
  Block block{.count = t.size(), .start = slopes_.size(), .values = at};
  if (blocks_.empty()) {
    prepare_times(t);
    block.equal_steps = equal_steps_;
    block.inverse = by_division_ ? nullptr : inverse_.data();
  }
  slopes_.resize(slopes_.size() + pair_slots(t.size(), kernels_.lanes));
  const SignCounts signs = kernels_.slopes(rows_of(block), slopes_.data() + block.start);
  signs_.greater += signs.greater;
  signs_.less += signs.less;
  const auto present =
      static_cast<std::size_t>(std::count_if(y.begin(), y.end(), [](double v) { return !std::isnan(v); }));
  pairs_ += present * (present - (present > 0 ? 1 : 0)) / 2;
  blocks_.push_back(block);
}

// Guesses from a sample of every so many floats, checked by one count of all.
void PairSlopes::first_brackets(const std::size_t (&ranks)[3], Bracket (&brackets)[3]) {
  sample_.clear();
  const std::size_t stride = std::max<std::size_t>(1, slopes_.size() / kSample) | 1U;
  for (std::size_t i = 0; i < slopes_.size(); i += stride) {
    if (!std::isnan(slopes_[i])) sample_.push_back(slopes_[i]);
  }
  constexpr float huge = std::numeric_limits<float>::infinity();
  for (auto& b : brackets) b = {-huge, huge, 0, static_cast<long>(pairs_)};
  if (sample_.size() < 64) return;
  float pivots[6];
  const auto n = static_cast<double>(sample_.size());
  const double width = 2.5 * std::sqrt(0.25 / n);
  auto from = sample_.begin();
  // Pivots in increasing order, so that each partition leaves less for the next.
  std::size_t order[3] = {0, 1, 2};
  std::sort(order, order + 3, [&](std::size_t a, std::size_t b) { return ranks[a] < ranks[b]; });
  double quantiles[6];
  for (std::size_t k = 0; k < 3; ++k) {
    const double q = static_cast<double>(ranks[order[k]]) / static_cast<double>(pairs_);
    quantiles[k] = q;
  }
  // below and above each rank
  struct Wanted {
    double q;
    std::size_t slot;
  } wanted[6];
  for (std::size_t k = 0; k < 3; ++k) {
    wanted[2 * k] = {quantiles[k] - width, 2 * order[k]};
    wanted[2 * k + 1] = {quantiles[k] + width, 2 * order[k] + 1};
  }
  std::sort(wanted, wanted + 6, [](const Wanted& a, const Wanted& b) { return a.q < b.q; });
  for (const Wanted& w : wanted) {
    const auto rank = static_cast<std::ptrdiff_t>(std::clamp(w.q, 0.0, 1.0) * (n - 1));
    const auto at = sample_.begin() + rank;
    if (at >= from) std::nth_element(from, at, sample_.end());
    pivots[w.slot] = *at;
    from = std::max(from, at);
  }
  long counts[6];
  kernels_.count(slopes_.data(), slopes_.size(), pivots, counts);
  for (std::size_t k = 0; k < 3; ++k) {
    const auto rank = static_cast<long>(ranks[k]);
    for (std::size_t c = 0; c < 6; ++c) {
      if (counts[c] <= rank && counts[c] >= brackets[k].up_to_low) {
        brackets[k].low = pivots[c];
        brackets[k].up_to_low = counts[c];
      }
      if (counts[c] >= rank + 2 && counts[c] <= brackets[k].up_to_high) {
        brackets[k].high = pivots[c];
        brackets[k].up_to_high = counts[c];
      }
    }
  }
}

void PairSlopes::narrow(const std::size_t (&ranks)[3], Bracket (&brackets)[3]) {
  for (int round = 0; round < kRounds; ++round) {
    bool open = false;
    float pivots[6];
    for (std::size_t k = 0; k < 3; ++k) {
      const Bracket& b = brackets[k];
      const long inside = b.up_to_high - b.up_to_low;
      pivots[2 * k] = b.low;
      pivots[2 * k + 1] = b.high;
      if (inside <= kFew || !std::isfinite(b.low) || !std::isfinite(b.high) ||
          std::nextafter(b.low, b.high) >= b.high)
        continue;
      open = true;
      // The rank, less and more a little: both ends come near. Every third round halves the bracket instead.
      const double share = (static_cast<double>(ranks[k]) + 1 - static_cast<double>(b.up_to_low)) /
                           static_cast<double>(inside);
      const double aside = std::max(0.02, 12.0 / static_cast<double>(inside));
      const double width = static_cast<double>(b.high) - static_cast<double>(b.low);
      const bool halve = round % 3 == 2;
      const double left = halve ? 1.0 / 3 : share - aside;
      const double right = halve ? 2.0 / 3 : share + aside;
      pivots[2 * k] = static_cast<float>(static_cast<double>(b.low) + width * std::max(left, 0.0));
      pivots[2 * k + 1] = static_cast<float>(static_cast<double>(b.low) + width * std::min(right, 1.0));
    }
    if (!open) return;
    long counts[6];
    kernels_.count(slopes_.data(), slopes_.size(), pivots, counts);
    for (std::size_t c = 0; c < 6; ++c) {
      Bracket& b = brackets[c / 2];
      const auto rank = static_cast<long>(ranks[c / 2]);
      if (counts[c] <= rank && pivots[c] > b.low) {
        b.low = pivots[c];
        b.up_to_low = counts[c];
      } else if (counts[c] >= rank + 2 && pivots[c] < b.high) {
        b.high = pivots[c];
        b.up_to_high = counts[c];
      }
    }
  }
}

void PairSlopes::order_statistics(const std::size_t (&ranks)[3], bool even, double (&out)[3]) {
  PHREATIC_ASSERT(pairs_ > 0);
  Bracket brackets[3];
  // Without outer limits a bracket cannot be divided: the extremes of the floats are its first ones.
  first_brackets(ranks, brackets);
  float least = std::numeric_limits<float>::infinity(), most = -least;
  bool unbounded = false;
  for (const Bracket& b : brackets) unbounded = unbounded || !std::isfinite(b.low) || !std::isfinite(b.high);
  if (unbounded) {
    for (const float v : slopes_) {
      least = v < least ? v : least;
      most = v > most ? v : most;
    }
    for (Bracket& b : brackets) {
      if (!std::isfinite(b.low)) b.low = std::nextafter(least, -std::numeric_limits<float>::infinity());
      if (!std::isfinite(b.high)) b.high = most;
    }
  }
  narrow(ranks, brackets);
  float low[3], high[3];
  std::size_t sizes[3] = {};
  for (std::size_t k = 0; k < 3; ++k) {
    low[k] = brackets[k].low;
    high[k] = brackets[k].high;
    found_[k].resize(static_cast<std::size_t>(brackets[k].up_to_high - brackets[k].up_to_low));
  }
  for (const Block& block : blocks_) {
    std::size_t more[3];
    double* to[3];
    for (std::size_t k = 0; k < 3; ++k) to[k] = found_[k].data() + sizes[k];
    kernels_.collect(rows_of(block), slopes_.data() + block.start, low, high, to, more);
    for (std::size_t k = 0; k < 3; ++k) sizes[k] += more[k];
  }
  for (std::size_t k = 0; k < 3; ++k) {
    PHREATIC_ASSERT(sizes[k] == found_[k].size());
    const auto at = found_[k].begin() + static_cast<std::ptrdiff_t>(ranks[k]) - brackets[k].up_to_low;
    std::nth_element(found_[k].begin(), at, found_[k].end());
    out[k] = *at;
    if (k == 0 && even) out[k] = 0.5 * (out[k] + *std::min_element(at + 1, found_[k].end()));
  }
}

}  // namespace phreatic::stats::lanes

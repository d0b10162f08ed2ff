// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/series/lag_products.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "phreatic/core/parallel.hpp"
#include "phreatic/stats/series/lanes/lane_kernels.hpp"

namespace phreatic::stats {
namespace {

constexpr std::size_t kRows = 24;  // series of y that are computed together
// Of a series' sum of squares: pairs that vary less than this share are computed anew, from their own means.
constexpr double kLeastShare = 1e-3;

bool has_gaps(Series values) {
  return std::any_of(values.begin(), values.end(), [](double v) { return std::isnan(v); });
}

// 64 steps a word.
std::vector<std::uint64_t> bits_of(std::span<const double> present) {
  std::vector<std::uint64_t> words(present.size() / 64 + 2, 0);
  for (std::size_t t = 0; t < present.size(); ++t)
    words[t / 64] |= static_cast<std::uint64_t>(present[t] != 0) << (t % 64);
  return words;
}

double pairs_apart(const std::vector<std::uint64_t>& words, std::size_t lag) {
  int pairs = 0;
  const std::size_t shift = lag % 64;
  for (std::size_t w = lag / 64; w + 1 < words.size(); ++w) {
    const std::uint64_t ahead = shift == 0 ? words[w] : words[w] >> shift | words[w + 1] << (64 - shift);
    pairs += std::popcount(ahead & words[w - lag / 64]);
  }
  return pairs;
}

// Deviations from the mean (0 where missing), their squares and flags of presence.
struct Parts {
  std::vector<double> deviation, square, present;  // [series][step]
  std::vector<double> total;                       // sum of squares of each series
};

void add_parts(Series values, Parts& parts) {
  double sum = 0, n = 0;
  for (const double v : values) {
    if (std::isnan(v)) continue;
    sum += v;
    n += 1;
  }
  double total = 0;
  for (const double v : values) {
    const bool there = !std::isnan(v);
    const double deviation = there ? v - sum / n : 0;
    parts.deviation.push_back(deviation);
    parts.square.push_back(deviation * deviation);
    parts.present.push_back(there ? 1 : 0);
    total += deviation * deviation;
  }
  parts.total.push_back(total);
}

// The lagged series as columns of a product, [step][x * lags + lag], zero before the first step.
std::vector<double> packed_lags(const lanes::LaneKernels& kernels, const std::vector<double>& values,
                                std::size_t steps, std::size_t lags) {
  const std::size_t series = values.size() / steps;
  std::vector<double> shifted(series * lags * steps, 0), packed;
  for (std::size_t column = 0; column < series * lags; ++column) {
    const std::size_t lag = column % lags;
    if (lag < steps)
      std::copy_n(values.data() + column / lags * steps, steps - lag, shifted.data() + column * steps + lag);
  }
  lanes::pack_columns(kernels, shifted.data(), 1, steps, steps, series * lags, packed);
  return packed;
}

struct Sums {
  double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
};

LagCoefficient coefficient(const Sums& s, double total_x, double total_y) {
  LagCoefficient c;
  c.n = static_cast<std::size_t>(std::lround(s.n));
  const double xx = s.xx - s.x * s.x / s.n;
  const double yy = s.yy - s.y * s.y / s.n;
  // Written so that no pair at all (0 / 0) is undecided too.
  c.undecided = !(xx > kLeastShare * total_x && yy > kLeastShare * total_y);
  if (!c.undecided) c.r = std::clamp((s.xy - s.x * s.y / s.n) / std::sqrt(xx * yy), -1.0, 1.0);
  return c;
}

class PearsonTable {
 public:
  PearsonTable(std::span<const Series> x, std::span<const Series> y, std::size_t lags, core::Isa isa)
      : kernels_(lanes::lane_kernels(isa)), y_(y), steps_(x.front().size()), columns_(x.size() * lags) {
    for (const Series& series : x) add_parts(series, x_);
    deviations_ = packed_lags(kernels_, x_.deviation, steps_, lags);
    squares_ = packed_lags(kernels_, x_.square, steps_, lags);
    present_ = packed_lags(kernels_, x_.present, steps_, lags);
    lags_ = lags;
  }

  void block(std::size_t begin, std::size_t rows, std::vector<LagCoefficient>& out) const {
    Parts y;
    for (std::size_t i = 0; i < rows; ++i) add_parts(y_[begin + i], y);
    const auto xy = product(y.deviation, deviations_, rows);
    const auto n = product(y.present, present_, rows);
    const auto sum_x = product(y.present, deviations_, rows);
    const auto sum_xx = product(y.present, squares_, rows);
    const auto sum_y = product(y.deviation, present_, rows);
    const auto sum_yy = product(y.square, present_, rows);
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t c = 0; c < columns_; ++c) {
        const std::size_t at = i * columns_ + c;
        const Sums sums{n[at], sum_x[at], sum_y[at], sum_xx[at], sum_yy[at], xy[at]};
        out[(c / lags_ * y_.size() + begin + i) * lags_ + c % lags_] =
            coefficient(sums, x_.total[c / lags_], y.total[i]);
      }
    }
  }

 private:
  std::vector<double> product(const std::vector<double>& a, const std::vector<double>& packed,
                              std::size_t rows) const {
    std::vector<double> out(rows * columns_);
    kernels_.product({.rows = rows,
                      .columns = columns_,
                      .inner = steps_,
                      .a = a.data(),
                      .a_row = steps_,
                      .packed = packed.data(),
                      .c = out.data(),
                      .c_row = columns_});
    return out;
  }

  const lanes::LaneKernels& kernels_;
  std::span<const Series> y_;
  std::size_t steps_, columns_, lags_ = 0;
  Parts x_;
  std::vector<double> deviations_, squares_, present_;
};

// Ranks of the values of a series without gaps less its value at `gone`: those above lose one, its equals a half.
void leave_out(Series values, std::size_t gone, std::vector<double>& rank) {
  const double v = values[gone];
  for (std::size_t t = 0; t < values.size(); ++t)
    rank[t] -= values[t] > v ? 1.0 : (values[t] == v ? 0.5 : 0.0);
}

// rank - mean rank of the steps [first, first + n), and the sum of squares.
double centre_ranks(const std::vector<double>& rank, std::size_t first, std::size_t n, double* out) {
  const double middle = 0.5 * static_cast<double>(n + 1);
  double total = 0;
  for (std::size_t t = 0; t < n; ++t) {
    out[t] = rank[first + t] - middle;
    total += out[t] * out[t];
  }
  return total;
}

// Of series without gaps: the ranks of each lag's pairs are those of the lag before, less one value.
class SpearmanTable {
 public:
  SpearmanTable(std::span<const Series> x, std::span<const Series> y, std::size_t lags, core::Isa isa)
      : kernels_(lanes::lane_kernels(isa)), y_(y), steps_(x.front().size()), series_(x.size()), lags_(lags) {
    for (const Series& series : x) x_gaps_.push_back(has_gaps(series));
    packed_.resize(lags);
    totals_.assign(lags * series_, 0);
    std::vector<std::vector<double>> ranks_of;
    for (std::size_t i = 0; i < series_; ++i)
      ranks_of.push_back(x_gaps_[i] ? std::vector<double>(steps_, 0) : ranks(x[i]));
    for (std::size_t lag = 0; lag < std::min(lags, steps_); ++lag) {
      const std::size_t n = steps_ - lag;
      std::vector<double> block(series_ * n, 0);
      for (std::size_t i = 0; i < series_; ++i) {
        if (x_gaps_[i]) continue;
        if (lag > 0) leave_out(x[i], steps_ - lag, ranks_of[i]);
        totals_[lag * series_ + i] = centre_ranks(ranks_of[i], 0, n, block.data() + i * n);
      }
      lanes::pack_columns(kernels_, block.data(), 1, n, n, series_, packed_[lag]);
    }
  }

  void block(std::size_t begin, std::size_t rows, std::vector<LagCoefficient>& out) const {
    std::vector<std::vector<double>> rank(rows);
    for (std::size_t i = 0; i < rows; ++i) {
      if (!has_gaps(y_[begin + i])) rank[i] = ranks(y_[begin + i]);
    }
    std::vector<double> centred(rows * steps_), products(rows * series_), totals(rows);
    for (std::size_t lag = 0; lag < lags_; ++lag) {
      const std::size_t n = lag < steps_ ? steps_ - lag : 0;
      for (std::size_t i = 0; n > 0 && i < rows; ++i) {
        if (rank[i].empty()) continue;
        if (lag > 0) leave_out(y_[begin + i], lag - 1, rank[i]);
        totals[i] = centre_ranks(rank[i], lag, n, centred.data() + i * n);
      }
      if (n > 0)
        kernels_.product({.rows = rows,
                          .columns = series_,
                          .inner = n,
                          .a = centred.data(),
                          .a_row = n,
                          .packed = packed_[lag].data(),
                          .c = products.data(),
                          .c_row = series_});
      for (std::size_t k = 0; k < rows * series_; ++k) {
        const std::size_t i = k / series_;
        const std::size_t j = k % series_;
        LagCoefficient& c = out[(j * y_.size() + begin + i) * lags_ + lag];
        const double square = totals[i] * totals_[lag * series_ + j];
        c.n = n;
        c.undecided = n == 0 || rank[i].empty() || x_gaps_[j] || !(square > 0);
        if (!c.undecided) c.r = std::clamp(products[k] / std::sqrt(square), -1.0, 1.0);
      }
    }
  }

 private:
  const lanes::LaneKernels& kernels_;
  std::span<const Series> y_;
  std::size_t steps_, series_, lags_;
  std::vector<bool> x_gaps_;
  std::vector<std::vector<double>> packed_;  // [lag] centred ranks of x
  std::vector<double> totals_;               // [lag][x]
};

template <class Table>
std::vector<LagCoefficient> table_of(std::span<const Series> x, std::span<const Series> y, std::size_t lags,
                                     core::Isa isa) {
  const Table table(x, y, lags, isa);
  std::vector<LagCoefficient> out(x.size() * y.size() * lags);
  core::parallel_for((y.size() + kRows - 1) / kRows, [&](std::size_t block) {
    table.block(block * kRows, std::min(kRows, y.size() - block * kRows), out);
  });
  return out;
}

}  // namespace

LaggedSums lagged_sums(std::span<const double> deviations, std::span<const double> present, std::size_t lags,
                       core::Isa isa) {
  LaggedSums sums{std::vector<double>(lags), std::vector<double>(lags)};
  std::vector<double> padded(deviations.begin(), deviations.end());
  padded.resize(deviations.size() + lags + 4 * lanes::kMostLanes, 0);
  lanes::lane_kernels(isa).lagged(padded.data(), deviations.size(), lags, sums.products.data());
  const std::vector<std::uint64_t> words = bits_of(present);
  for (std::size_t k = 0; k < std::min(lags, present.size()); ++k) sums.pairs[k] = pairs_apart(words, k);
  return sums;
}

std::vector<LagCoefficient> lag_coefficients(std::span<const Series> x, std::span<const Series> y,
                                             std::size_t lags, CorrelationKind kind, core::Isa isa) {
  if (x.empty() || y.empty() || x.front().empty())
    return std::vector<LagCoefficient>(x.size() * y.size() * lags, {.undecided = true});
  return kind == CorrelationKind::pearson ? table_of<PearsonTable>(x, y, lags, isa)
                                          : table_of<SpearmanTable>(x, y, lags, isa);
}

}  // namespace phreatic::stats

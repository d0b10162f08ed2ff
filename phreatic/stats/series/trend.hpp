// SPDX-License-Identifier: BSD-3-Clause
// Monotonic trend of a series: Mann-Kendall's test (mann1945, kendall1975) and Sen's slope (sen1968).
//   S = sum_{i<j} sgn(y_j - y_i),  Var S = [n(n-1)(2n+5) - sum_ties t(t-1)(2t+5)] / 18
//   Z = (S -+ 1) / sqrt(Var S),    slope = median of (y_j - y_i) / (t_j - t_i)
// Autocorrelation makes trends look surer than they are. Three remedies, which suppose equal steps:
//   hamed_rao (hamedrao1998): Var S times 1 + 2 / (n(n-1)(n-2)) sum_k (n-k)(n-k-1)(n-k-2) r_k with r_k the
//     autocorrelation of the ranks of the series less Sen's trend, at lags where it is beyond the two-sided 5 % limit
//     of white noise
//   yue_wang (yuewang2004): Var S times 1 + 2 sum_k (1 - k/n) r_k, r_k of the series less Sen's trend at all lags
//   whitening: the test of y_i - r_1 y_(i-1), of the series itself (lag_one), or of the series less Sen's trend, which
//     is put back afterwards (trend_free; yue2002). Slope and interval are those of the series itself.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "phreatic/core/isa.hpp"
#include "phreatic/core/settings/params.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::stats {

namespace lanes {
class PairSlopes;
}

enum class TrendVariance { independent, hamed_rao, yue_wang };
enum class Whitening { none, lag_one, trend_free };

struct TrendParams {
  TrendVariance variance = TrendVariance::independent;
  Whitening whitening = Whitening::none;  // only with independent
  double level = 0.95;                    // of the slope's interval
};
void describe(core::Describer& d, TrendParams& p);

// All NaN (n as counted) with fewer than 3 values.
struct Trend {
  std::size_t n = 0;  // values that are not NaN
  double s = 0;
  double variance = 0;  // of S; NaN when a correction gives none that is positive
  double z = 0;
  double p = 0;      // two-sided
  double tau = 0;    // S / (n (n - 1) / 2)
  double tau_b = 0;  // with ties in the values
  double slope = 0;  // unit of y per unit of t
  double lower = 0;  // interval of the slope by the ranks of S; NaN where the series is too short for it
  double upper = 0;
  double intercept = 0;  // at the first value: median y - slope (median t - first t)
};

// Work arrays that are kept between series, and what depends on times alone while these are the same.
class TrendScratch {
 public:
  explicit TrendScratch(core::Isa isa = core::Isa::automatic);
  ~TrendScratch();
  TrendScratch(TrendScratch&&) noexcept;
  TrendScratch& operator=(TrendScratch&&) noexcept;

  std::vector<double> t, y, sorted;
  std::unique_ptr<lanes::PairSlopes> pairs;
};

// NaN in y: missing, left out. t: times of the values, increasing; one size.
Trend trend_of(std::span<const double> t, Series y, const TrendParams& params, TrendScratch& scratch);
Trend trend_of(std::span<const double> t, Series y, const TrendParams& params = {});

// Of many series at the same times: [series][step].
std::vector<Trend> trends_of(std::span<const double> t, std::span<const double> values, std::size_t series,
                             const TrendParams& params = {}, core::Isa isa = core::Isa::automatic);

// Seasonal Mann-Kendall (hirsch1982): S and Var S summed over `seasons` (season[i] in 0..count-1), slopes
// within seasons alone. `tau_b` is NaN.
Trend seasonal_trend_of(std::span<const double> t, Series y, std::span<const int> season, int count,
                        const TrendParams& params = {});

}  // namespace phreatic::stats

// SPDX-License-Identifier: BSD-3-Clause
// Three-cornered hat: error covariance of three or more products of one quantity without a truth, and what to weigh them
// with. Products x_i = s + e_i over M common months, S the covariance (divisor M - 1) of the differences to the last one.
//   classical (gray1974):     s_i^2 + s_j^2 = var(x_i - x_j), errors uncorrelated; least squares for N > 3. May be negative.
//   generalised (galindo1999, premoli1993, ferreira2016): R = N x N, R_ij = S_ij - q + r_i + r_j (i, j < N), R_iN = r_i, R_NN = q,
//     minimise sum_{i<j} R_ij^2 / K^2  subject to  H = [q - (r - q u)' S^-1 (r - q u)] / K >= 0,  K = det(S)^(1/n)
// F is strictly convex and H concave, so the optimum is one: least squares where H >= 0, else the root of H along the
// multiplier. Method: docs/methods/downscaling.md.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::stats {

enum class HatMethod { generalised, classical };
// What the relative uncertainty is a percentage of: the mean of |x - mean x| over the common months, or the standard
// deviation. Never the plain mean, which is near 0 for anomalies.
enum class HatDenominator { mean_absolute, standard_deviation };

struct HatParams {
  HatMethod method = HatMethod::generalised;
  HatDenominator denominator = HatDenominator::mean_absolute;
  int min_months = 24;
};
void describe(core::Describer& d, HatParams& p);
// "mean absolute anomaly", as written beside relative uncertainties.
std::string to_text(HatDenominator denominator);

inline constexpr std::size_t kMaxHatProducts = 12;

// too_few_months: fewer common months than asked for. singular: two products are the same but for a constant, or one is a
// combination of others, so that their errors cannot be told apart.
enum class HatStatus { ok, too_few_months, singular };
std::string to_text(HatStatus status);

struct Hat {
  HatStatus status = HatStatus::ok;
  std::size_t months = 0;          // common to all products
  std::vector<double> covariance;  // [product][product]; classical: only the diagonal, which may be negative
  std::vector<double> sd;          // NaN where the variance is negative (classical only)
  std::vector<double> relative;    // percent of the denominator
  double objective = 0;            // F of the generalised hat
  bool on_boundary = false;        // least squares was infeasible: the constraint holds with equality
};

// 3 to kMaxHatProducts series of one length, any NaN drops the step for all. Each product's mean over the common months is
// taken off. Products and results are in the order given; any order gives the same numbers.
Hat three_cornered_hat(const std::vector<Series>& products, const HatParams& params = {});
// Many cells: values[product][cell * steps + step]; in threads.
std::vector<Hat> three_cornered_hats(const std::vector<Series>& values, std::size_t cells, std::size_t steps,
                                     const HatParams& params = {});

enum class CombinationWeights { inverse_variance, full_covariance };
struct Combination {
  std::vector<double> weights;  // sum to 1
  double sd = 0;                // sqrt(w' R w), R the estimated covariance
  bool equal = false;  // the hat failed (status, or a variance that is not positive): equal weights, sd NaN
};
// Of the products in `members` (indices). inverse_variance: w_k = s_k^-2 / sum s^-2 (he2020); full_covariance:
// R^-1 u / (u' R^-1 u), may be negative.
Combination combine(const Hat& hat, const std::vector<std::size_t>& members, CombinationWeights weights);

struct ProductGroup {
  std::vector<std::size_t> members;
  Combination combination;
  double relative = 0;  // percent of the combined series' denominator
};
// Every single product, pair and larger group, the smallest error first; groups without an error last.
std::vector<ProductGroup> rank_groups(const Hat& hat, const std::vector<Series>& products,
                                      CombinationWeights weights, HatDenominator denominator);

// 100 sd / denominator of the values that are not NaN (their mean taken off); NaN for 0.
double relative_uncertainty(double sd, Series values, HatDenominator denominator);

}  // namespace phreatic::stats

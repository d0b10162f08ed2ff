// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/trees/shap/leaf_game.hpp"

#include <bit>
#include <cmath>

namespace phreatic::trees {
namespace {

// x(p) becomes the sum of x over the subsets of p.
void sum_subsets(std::vector<double>& x, std::size_t d) {
  for (std::size_t i = 0; i < d; ++i) {
    const std::size_t bit = std::size_t{1} << i;
    for (std::size_t p = 0; p < x.size(); ++p) {
      if ((p & bit) != 0) x[p] += x[p ^ bit];
    }
  }
}

std::size_t size_of(std::size_t set) { return static_cast<std::size_t>(std::popcount(set)); }

// Sum over subsets of weight(|S| - shift) g(S), sets for which the weight is not defined left out.
template <class Weight>
std::vector<double> weighted(const std::vector<double>& g, std::size_t d, std::size_t shift, std::size_t most,
                             const Weight& weight) {
  std::vector<double> out(g.size(), 0.0);
  for (std::size_t s = 0; s < g.size(); ++s) {
    const std::size_t n = size_of(s);
    if (n >= shift && n - shift < most) out[s] = weight(n - shift, d) * g[s];
  }
  sum_subsets(out, d);
  return out;
}

}  // namespace

double shapley_weight(std::size_t s, std::size_t d) {
  double w = 1.0 / static_cast<double>(d);  // 1 / (d choose(d - 1, s))
  for (std::size_t i = 1; i <= s; ++i) w *= static_cast<double>(i) / static_cast<double>(d - i);
  return w;
}

double interaction_weight(std::size_t s, std::size_t d) { return 0.5 * shapley_weight(s, d - 1); }

std::vector<double> path_weights(const std::vector<double>& passing) {
  const std::size_t d = passing.size();
  std::vector<double> g(std::size_t{1} << d, 1.0);
  for (std::size_t s = 0; s < g.size(); ++s) {
    for (std::size_t i = 0; i < d; ++i) {
      if ((s >> i & 1U) == 0) g[s] *= passing[i];
    }
  }
  return g;
}

std::vector<double> background_weights(const std::vector<unsigned char>& patterns, std::size_t d) {
  const std::size_t all = (std::size_t{1} << d) - 1;
  std::vector<double> by_missing(all + 1, 0.0);  // share of the rows that fail exactly these
  for (const unsigned char p : patterns) by_missing[all ^ p] += 1.0 / static_cast<double>(patterns.size());
  sum_subsets(by_missing, d);  // that fail these at most: S
  return by_missing;
}

std::vector<double> leaf_values(double v, const std::vector<double>& g, std::size_t d) {
  const std::size_t sets = g.size();
  const std::vector<double> without = weighted(g, d, 0, d, shapley_weight);
  const std::vector<double> with = weighted(g, d, 1, d, shapley_weight);
  std::vector<double> phi(d * sets);
  for (std::size_t i = 0; i < d; ++i) {
    const std::size_t bit = std::size_t{1} << i;
    for (std::size_t p = 0; p < sets; ++p) {
      const std::size_t rest = p & ~bit;
      phi[i * sets + p] = v * ((p & bit) != 0 ? with[p] - with[rest] - without[rest] : -without[p]);
    }
  }
  return phi;
}

std::vector<double> leaf_interactions(double v, const std::vector<double>& g, std::size_t d) {
  const std::size_t sets = g.size();
  std::vector<double> phi(d * (d - 1) / 2 * sets);
  if (d < 2) return phi;
  const std::vector<double> none = weighted(g, d, 0, d - 1, interaction_weight);
  const std::vector<double> one = weighted(g, d, 1, d - 1, interaction_weight);
  const std::vector<double> two = weighted(g, d, 2, d - 1, interaction_weight);
  double* out = phi.data();
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = i + 1; j < d; ++j, out += sets) {
      const std::size_t a = std::size_t{1} << i, b = std::size_t{1} << j;
      for (std::size_t p = 0; p < sets; ++p) {
        const std::size_t rest = p & ~a & ~b;
        double sum = none[rest];
        if ((p & a) != 0) sum -= one[rest | a] - one[rest];
        if ((p & b) != 0) sum -= one[rest | b] - one[rest];
        if ((p & a) != 0 && (p & b) != 0) sum += two[p] - two[rest | a] - two[rest | b] + two[rest];
        out[p] = v * sum;
      }
    }
  }
  return phi;
}

}  // namespace phreatic::trees

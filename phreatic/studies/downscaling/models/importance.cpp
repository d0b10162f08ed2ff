// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/models/importance.hpp"

#include <algorithm>
#include <cmath>

#include "phreatic/core/random.hpp"
#include "phreatic/stats/series/correlation.hpp"

namespace phreatic::studies::downscaling {
namespace {

constexpr std::size_t kExplained = 200;
constexpr std::size_t kPairs = 8;  // of permutations, each forwards and backwards

}  // namespace

std::vector<Importance> importance_of(const std::string& model, const Predictor& predictor, const Rows& rows,
                                      const std::vector<std::string>& group, std::uint64_t seed) {
  std::vector<std::string> groups;
  std::vector<std::size_t> of_column;
  for (const std::string& name : group) {
    const auto found = std::find(groups.begin(), groups.end(), name);
    of_column.push_back(static_cast<std::size_t>(found - groups.begin()));
    if (found == groups.end()) groups.push_back(name);
  }
  const std::size_t width = rows.names.size(), count = std::min(kExplained, rows.count);
  core::RandomStream random(seed, "importance");
  const std::vector<std::size_t> order = random.permutation(rows.count);
  // All steps of all permutations are rows of one table: from the background row to the explained one.
  Rows steps;
  steps.names = rows.names;
  const auto add = [&](std::size_t at, const std::vector<double>& x) {
    steps.x.insert(steps.x.end(), x.begin(), x.end());
    steps.longitude.push_back(rows.longitude[at]);
    steps.latitude.push_back(rows.latitude[at]);
    steps.days.push_back(rows.days[at]);
    ++steps.count;
  };
  std::vector<std::vector<std::size_t>> permutations;
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t at = order[k];
    for (std::size_t pair = 0; pair < kPairs; ++pair) {
      std::vector<std::size_t> turn = random.permutation(groups.size());
      for (int way = 0; way < 2; ++way) {
        const std::size_t other = random.below(rows.count);
        std::vector<double> x(rows.row(other), rows.row(other) + width);
        add(at, x);
        for (const std::size_t g : turn) {
          for (std::size_t c = 0; c < width; ++c) x[c] = of_column[c] == g ? rows.row(at)[c] : x[c];
          add(at, x);
        }
        permutations.push_back(turn);
        std::reverse(turn.begin(), turn.end());
      }
    }
  }
  const std::vector<double> value = predictor(steps);
  std::vector<double> sum(groups.size()), squares(groups.size());
  std::size_t at = 0, permutation = 0;
  for (std::size_t k = 0; k < count; ++k) {
    std::vector<double> phi(groups.size());
    for (std::size_t p = 0; p < 2 * kPairs; ++p, ++at) {
      for (const std::size_t g : permutations[permutation]) {
        phi[g] += (value[at + 1] - value[at]) / (2.0 * kPairs);
        ++at;
      }
      ++permutation;
    }
    for (std::size_t g = 0; g < groups.size(); ++g) {
      sum[g] += std::abs(phi[g]);
      squares[g] += phi[g] * phi[g];
    }
  }
  const auto n = static_cast<double>(count);
  double all = 0;
  for (const double s : sum) all += s / n;
  std::vector<Importance> out;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const double mean = sum[g] / n;
    out.push_back({model, groups[g], mean, std::sqrt(std::max(0.0, squares[g] / n - mean * mean) / n),
                   all > 0 ? mean / all : 0});
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.mean_absolute > b.mean_absolute; });
  return out;
}

CauseRanks ranks_of_causes(const std::vector<Importance>& importance,
                           const std::vector<std::pair<std::string, double>>& causes) {
  CauseRanks out;
  std::vector<double> found, truth;
  for (const Importance& i : importance) {
    const auto cause =
        std::find_if(causes.begin(), causes.end(), [&](const auto& c) { return c.first == i.covariate; });
    (cause != causes.end() ? out.compared : out.no_cause).push_back(i.covariate);
    found.push_back(i.share);
    truth.push_back(cause != causes.end() ? cause->second : 0);
  }
  for (const auto& [name, share] : causes) {
    if (std::find(out.compared.begin(), out.compared.end(), name) == out.compared.end())
      out.unseen.push_back(name);
  }
  out.correlation = found.size() < 3 ? std::nan("") : stats::spearman(found, truth);
  return out;
}

}  // namespace phreatic::studies::downscaling

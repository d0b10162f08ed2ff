// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/surrogates/splits.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "phreatic/core/random.hpp"

namespace phreatic::studies::recharge {
namespace {

using Indices = std::vector<std::size_t>;

void halve(const Ground& ground, const std::vector<Site>& sites, Indices members, int blocks,
           std::vector<Indices>& out) {
  if (blocks == 1 || members.size() < 2) {
    std::sort(members.begin(), members.end());
    out.push_back(std::move(members));
    return;
  }
  const auto y = [&](std::size_t i) {
    return static_cast<double>(sites[i].centre_row()) * ground.cell_height();
  };
  const auto x = [&](std::size_t i) {
    return static_cast<double>(sites[i].centre_column()) * ground.cell_width();
  };
  const auto range = [&](auto at) {
    double least = at(members.front());
    double most = least;
    for (const std::size_t i : members) {
      least = std::min(least, at(i));
      most = std::max(most, at(i));
    }
    return most - least;
  };
  const bool by_x = range(x) >= range(y);
  std::stable_sort(members.begin(), members.end(),
                   [&](std::size_t a, std::size_t b) { return by_x ? x(a) < x(b) : y(a) < y(b); });
  const int first = blocks / 2;
  const auto cut =
      members.begin() + static_cast<std::ptrdiff_t>(members.size() * static_cast<std::size_t>(first) /
                                                    static_cast<std::size_t>(blocks));
  halve(ground, sites, {members.begin(), cut}, first, out);
  halve(ground, sites, {cut, members.end()}, blocks - first, out);
}

}  // namespace

Fold random_split(std::size_t sites, double test_share, std::uint64_t seed) {
  core::RandomStream random(seed, "test sites");
  const Indices order = random.permutation(sites);
  const auto tested = static_cast<std::size_t>(std::lround(test_share * static_cast<double>(sites)));
  Fold fold{{order.begin() + static_cast<std::ptrdiff_t>(tested), order.end()},
            {order.begin(), order.begin() + static_cast<std::ptrdiff_t>(tested)}};
  std::sort(fold.train.begin(), fold.train.end());
  std::sort(fold.test.begin(), fold.test.end());
  return fold;
}

std::vector<Fold> random_folds(const Indices& sites, int folds, std::uint64_t seed) {
  core::RandomStream random(seed, "folds");
  const Indices order = random.permutation(sites.size());
  std::vector<Fold> out(static_cast<std::size_t>(folds));
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t f = 0; f < out.size(); ++f)
      (i % out.size() == f ? out[f].test : out[f].train).push_back(sites[order[i]]);
  }
  for (Fold& fold : out) {
    std::sort(fold.train.begin(), fold.train.end());
    std::sort(fold.test.begin(), fold.test.end());
  }
  return out;
}

std::vector<Fold> spatial_folds(const Ground& ground, const std::vector<Site>& sites, int blocks,
                                double buffer_m) {
  Indices all(sites.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  std::vector<Indices> members;
  halve(ground, sites, all, blocks, members);
  std::vector<Fold> out;
  for (const Indices& block : members) {
    Fold fold{{}, block};
    for (const std::size_t i : all) {
      const bool away = std::all_of(block.begin(), block.end(), [&](std::size_t j) {
        return i != j && gap_m(ground, sites[i], sites[j]) >= buffer_m;
      });
      if (away) fold.train.push_back(i);
    }
    out.push_back(std::move(fold));
  }
  return out;
}

}  // namespace phreatic::studies::recharge

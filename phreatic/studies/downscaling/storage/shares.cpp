// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/storage/shares.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <string>

#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"

namespace phreatic::studies::downscaling {
namespace {

using Series = std::vector<double>;
constexpr unsigned kSets = 1U << kCauses.size();  // a set of causes: bit k for cause k

bool holds(unsigned set, std::size_t cause) { return ((set >> cause) & 1U) != 0; }

// Causes that change in time.
unsigned moving(const Drivers& drivers) {
  unsigned set = 0;
  for (std::size_t k = 0; k < drivers.size(); ++k) {
    const auto& series = drivers[k];
    if (std::any_of(series.begin(), series.end(), [&](double v) { return v != series.front(); }))
      set |= 1U << k;
  }
  return set;
}

// Shapley value of one of the causes of `players`; value(set).
template <class Value>
double shapley_value(std::size_t cause, unsigned players, const Value& value) {
  const int count = std::popcount(players);
  double sum = 0;
  for (unsigned set = 0; set < kSets; ++set) {
    if ((set & ~players) != 0 || holds(set, cause)) continue;
    // 1 / (count times the number of sets of this size among the others)
    double weight = 1.0 / count;
    for (int i = 0; i < std::popcount(set); ++i) weight *= (i + 1.0) / (count - 1 - i);
    sum += weight * (value(set | (1U << cause)) - value(set));
  }
  return sum;
}

// Less its mean from the first month on; the months before are dropped.
Series centred(const Series& v, std::size_t first) {
  Series out(v.begin() + static_cast<std::ptrdiff_t>(first), v.end());
  const double mean = std::accumulate(out.begin(), out.end(), 0.0) / static_cast<double>(out.size());
  for (double& x : out) x -= mean;
  return out;
}

double mean_square(const Series& v) {
  return std::inner_product(v.begin(), v.end(), v.begin(), 0.0) / static_cast<double>(v.size());
}

// Storage with every set of the causes that change; the others stay at their mean.
std::array<Series, kSets> with_sets(const Buckets& buckets, const Drivers& drivers, unsigned players) {
  std::array<Series, kCauses.size()> means;
  Drivers still = drivers;
  for (std::size_t k = 0; k < drivers.size(); ++k) {
    if (!holds(players, k)) continue;
    const double sum = std::accumulate(drivers[k].begin(), drivers[k].end(), 0.0);
    means[k].assign(drivers[k].size(), sum / static_cast<double>(drivers[k].size()));
    still[k] = means[k];
  }
  std::array<Series, kSets> out;
  for (unsigned set = 0; set < kSets; ++set) {
    if ((set & ~players) != 0) continue;
    Drivers own = still;
    for (std::size_t k = 0; k < own.size(); ++k) own[k] = holds(set, k) ? drivers[k] : own[k];
    out[set] = balance_of(buckets, own).ground;
  }
  return out;
}

std::array<Series, kCauses.size()> contributions(const std::array<Series, kSets>& ground, unsigned players) {
  std::array<Series, kCauses.size()> out;
  for (std::size_t k = 0; k < out.size(); ++k) {
    out[k].assign(ground[0].size(), 0.0);
    if (!holds(players, k)) continue;
    for (std::size_t t = 0; t < out[k].size(); ++t)
      out[k][t] = shapley_value(k, players, [&](unsigned set) { return ground[set][t]; });
  }
  return out;
}

// By how many months the series of each cause is turned round.
using Turn = std::array<std::size_t, kCauses.size()>;

// 1 to months - 1, each draw of a cause from a part of its own of that range.
std::vector<Turn> turns(std::uint64_t seed, const std::string& purpose, int draws, std::size_t months) {
  const auto count = static_cast<std::size_t>(draws);
  std::vector<Turn> out(count);
  for (std::size_t k = 0; k < kCauses.size(); ++k) {
    core::RandomStream random(seed, purpose, k);
    const auto parts = random.permutation(count);
    for (std::size_t d = 0; d < count; ++d) {
      const double place = (static_cast<double>(parts[d]) + random.uniform()) / static_cast<double>(count);
      out[d][k] = 1 + static_cast<std::size_t>(place * static_cast<double>(months - 1));
    }
  }
  return out;
}

Series turned(std::span<const double> series, std::size_t by) {
  Series out(series.begin(), series.end());
  std::rotate(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(by), out.end());
  return out;
}

// What half the mean squared changes of storage are when the causes of a set are exchanged.
struct Changes {
  double variance = 0;
  OfCauses one{};                    // of the true storage, one cause exchanged
  std::array<double, kSets> sets{};  // of storage whose causes are all turned round, each by itself
};

class Exchange {
 public:
  Exchange(const Basin& basin, std::uint64_t seed, int draws)
      : basin_(basin),
        months_(basin.drivers.front()[kRain].size()),
        from_(turns(seed, "causes turned", draws, months_)),
        to_(turns(seed, "causes exchanged", draws, months_)),
        members_(basin.groups) {
    for (std::size_t i = 0; i < basin.group.size(); ++i) members_[basin.group[i]].push_back(i);
  }

  Changes of_group(std::size_t group) const {
    unsigned all = 0;
    for (const std::size_t i : members_[group]) all |= moving(basin_.drivers[i]);
    Changes out;
    for (std::size_t d = 0; d < to_.size(); ++d) {
      const auto truth = storage(group, all, {}, to_[d], 1);
      out.variance = mean_square(centred(truth[0], basin_.first_month));
      for (std::size_t k = 0; k < kCauses.size(); ++k) {
        if (holds(all, k)) out.one[k] += change(truth[0], truth[1U << k]);
      }
      const auto mixed = storage(group, all, from_[d], to_[d], static_cast<int>(kCauses.size()));
      for (unsigned set = 1; set < kSets; ++set) out.sets[set] += change(mixed[0], mixed[set & all]);
    }
    return out;
  }

  double area(std::size_t group) const {
    double sum = 0;
    for (const std::size_t i : members_[group]) sum += basin_.area[i];
    return sum;
  }

 private:
  static void add(Series& to, const Series& from, double factor) {
    for (std::size_t t = 0; t < to.size(); ++t) to[t] += factor * from[t];
  }
  // One draw's part of the mean.
  double change(const Series& a, const Series& b) const {
    Series difference = a;
    add(difference, b, -1);
    return 0.5 * mean_square(centred(difference, basin_.first_month)) / static_cast<double>(to_.size());
  }

  // [set] the group's mean storage with the causes of the set turned as in `to`, the others as in `from`; sets of at most
  // `most` causes of `all`.
  std::array<Series, kSets> storage(std::size_t group, unsigned all, const Turn& from, const Turn& to,
                                    int most) const {
    std::array<Series, kSets> out;
    for (unsigned set = 0; set < kSets; ++set) {
      if ((set & ~all) == 0 && std::popcount(set) <= most) out[set].assign(months_, 0.0);
    }
    const double whole = area(group);
    for (const std::size_t i : members_[group]) {
      const Drivers& own = basin_.drivers[i];
      const unsigned players = moving(own);
      std::array<Series, kCauses.size()> first, second;
      for (std::size_t k = 0; k < own.size(); ++k) {
        if (!holds(players, k)) continue;
        first[k] = turned(own[k], from[k]);
        second[k] = turned(own[k], to[k]);
      }
      for (unsigned part = 0; part < kSets; ++part) {
        if ((part & ~players) != 0 || std::popcount(part) > most) continue;
        Drivers exchanged = own;
        for (std::size_t k = 0; k < own.size(); ++k) {
          if (holds(players, k)) exchanged[k] = holds(part, k) ? second[k] : first[k];
        }
        const Series ground = balance_of(basin_.buckets[i], exchanged).ground;
        for (unsigned set = 0; set < kSets; ++set) {
          if (!out[set].empty() && (set & players) == part) add(out[set], ground, basin_.area[i] / whole);
        }
      }
    }
    return out;
  }

  const Basin& basin_;
  std::size_t months_;
  std::vector<Turn> from_, to_;
  std::vector<std::vector<std::size_t>> members_;
};

// The two definitions that hold causes at their mean, cell by cell.
void add_held(const Basin& basin, TrueShares& out) {
  std::vector<std::pair<OfCauses, OfCauses>> of_cell(basin.buckets.size());
  core::parallel_for(of_cell.size(), [&](std::size_t i) {
    const unsigned players = moving(basin.drivers[i]);
    const auto ground = with_sets(basin.buckets[i], basin.drivers[i], players);
    const auto parts = contributions(ground, players);
    std::array<double, kSets> variance{};
    for (unsigned set = 0; set < kSets; ++set)
      variance[set] = ground[set].empty() ? 0 : mean_square(centred(ground[set], basin.first_month));
    for (std::size_t k = 0; k < kCauses.size(); ++k) {
      of_cell[i].first[k] = mean_square(centred(parts[k], basin.first_month));
      if (holds(players, k))
        of_cell[i].second[k] = shapley_value(k, players, [&](unsigned set) { return variance[set]; });
    }
  });
  const double area = std::accumulate(basin.area.begin(), basin.area.end(), 0.0);
  for (std::size_t i = 0; i < of_cell.size(); ++i) {
    for (std::size_t k = 0; k < kCauses.size(); ++k) {
      out.contribution[k] += basin.area[i] / area * of_cell[i].first[k];
      out.held[k] += basin.area[i] / area * of_cell[i].second[k];
    }
  }
}

}  // namespace

std::array<std::vector<double>, kCauses.size()> contributions_of(const Buckets& buckets,
                                                                 const Drivers& drivers) {
  const unsigned players = moving(drivers);
  return contributions(with_sets(buckets, drivers, players), players);
}

TrueShares true_shares(const Basin& basin, std::uint64_t seed, int draws) {
  const Exchange exchange(basin, seed, draws);
  std::vector<Changes> of_group(basin.groups);
  core::parallel_for(basin.groups, [&](std::size_t g) { of_group[g] = exchange.of_group(g); });
  TrueShares out;
  std::array<double, kSets> sets{};
  const double area = std::accumulate(basin.area.begin(), basin.area.end(), 0.0);
  for (std::size_t g = 0; g < of_group.size(); ++g) {
    const double weight = exchange.area(g) / area;
    out.variance += weight * of_group[g].variance;
    for (std::size_t k = 0; k < kCauses.size(); ++k) out.total[k] += weight * of_group[g].one[k];
    for (unsigned set = 0; set < kSets; ++set) sets[set] += weight * of_group[g].sets[set];
  }
  for (std::size_t k = 0; k < kCauses.size(); ++k)
    out.shapley[k] = shapley_value(k, kSets - 1, [&](unsigned set) { return sets[set]; });
  add_held(basin, out);
  return out;
}

}  // namespace phreatic::studies::downscaling

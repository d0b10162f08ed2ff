// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/basin.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "phreatic/basin/truth/truth.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/stats/clustering/cluster_choice.hpp"
#include "phreatic/stats/clustering/kmeans.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::basin {
namespace {

bool same(const Basin& a, const Basin& b) {
  for (std::size_t i = 0; i < a.wells.size(); ++i) {
    if (a.wells[i].level_m != b.wells[i].level_m || a.wells[i].drivers != b.wells[i].drivers ||
        a.wells[i].attributes != b.wells[i].attributes) {
      return false;
    }
    for (std::size_t t = 0; t < a.axis.size(); ++t) {
      const double x = a.wells[i].observation.level_m[t];
      const double y = b.wells[i].observation.level_m[t];
      if (x != y && !(std::isnan(x) && std::isnan(y))) return false;
    }
  }
  return true;
}

TEST(Basin, SameSeedSameBasinWhateverTheThreads) {
  BasinParams p;
  p.wells = 6;
  p.years = 3;
  const int before = core::thread_count();
  core::set_thread_count(1);
  const Basin one = make_basin(p);
  core::set_thread_count(4);
  const Basin four = make_basin(p);
  core::set_thread_count(before);
  EXPECT_TRUE(same(one, four));
  p.seed = 2;
  EXPECT_FALSE(same(one, make_basin(p)));
}

TEST(Basin, TypesComeInEqualNumbers) {
  BasinParams p;
  p.wells = 25;
  p.years = 1;
  std::array<int, kTypeCount> count{};
  for (const BasinWell& w : make_basin(p).wells) ++count[static_cast<std::size_t>(w.type)];
  for (const int n : count) EXPECT_NEAR(n, 25.0 / 3, 1);
}

TEST(Basin, OverlapWidensRangesUntilTypesAreAlike) {
  for (const WellType type : {WellType::evaporation, WellType::runoff, WellType::extraction}) {
    const TypeRanges own = type_ranges(type, 0);
    const TypeRanges half = type_ranges(type, 0.5);
    EXPECT_LE(half.bypass.low, own.bypass.low);
    EXPECT_GE(half.bypass.high, own.bypass.high);
    const TypeRanges all = type_ranges(type, 1);
    const TypeRanges other = type_ranges(WellType::runoff, 1);
    EXPECT_DOUBLE_EQ(all.deep_roots.high, other.deep_roots.high);
    EXPECT_DOUBLE_EQ(all.irrigated_share.low, other.irrigated_share.low);
  }
}

TEST(Basin, AttributesAreNearTheTruth) {
  BasinParams p;
  p.wells = 24;
  p.years = 1;
  const Basin basin = make_basin(p);
  ASSERT_EQ(basin.attribute_names.front(), "specific_yield");
  double error = 0;
  for (const BasinWell& w : basin.wells) {
    ASSERT_EQ(w.attributes.size(), basin.attribute_names.size());
    const double relative = std::log(w.attributes[0] / w.params.aquifer.specific_yield);
    error += relative * relative / 24;
  }
  EXPECT_NEAR(std::sqrt(error), p.attribute_noise, 0.5 * p.attribute_noise);
}

TEST(Basin, RefusesPumpingThatEndsBeforeItStarts) {
  BasinParams p;
  p.pumping.start_day = 250;
  EXPECT_THROW(make_basin(p), core::InputError);
}

TEST(Basin, SettingsAreReadBack) {
  BasinParams p;
  p.seed = 77;
  p.weather.pet = PetMethod::makkink;
  p.observers.gap_share = 0.11;
  BasinParams q;
  core::Problems problems;
  core::read_params(core::parse_yaml(core::to_yaml(p), "settings"), q, problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(core::to_yaml(q), core::to_yaml(p));
}

// The shares of the groups in the mean size of a well's true contributions over three years, against its
// usual windows.
std::vector<double> signature(const Basin& basin, std::size_t well) {
  std::vector<TruthTask> tasks;
  const std::size_t train_end = 5 * 365;
  for (std::size_t last = basin.axis.size() - 1; last + 1100 > basin.axis.size(); last -= 122) {
    tasks.push_back({{well, last}, spread_references(basin, well, 0, train_end, 9, 365)});
  }
  std::vector<double> share(kDriverCount, 0.0);
  double total = 0;
  for (const Contribution& c : true_contributions(basin, tasks, standard_groups(), {})) {
    for (std::size_t g = 0; g < kDriverCount; ++g) {
      share[g] += std::abs(c.by_group[g]);
      total += std::abs(c.by_group[g]);
    }
  }
  for (double& s : share) s /= total;
  return share;
}

// How well k-means finds the true types from one row of numbers per well.
double types_found(const Basin& basin, const std::vector<std::vector<double>>& rows) {
  std::vector<double> values;
  std::vector<int> types;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    values.insert(values.end(), rows[i].begin(), rows[i].end());
    types.push_back(static_cast<int>(basin.wells[i].type));
  }
  stats::KMeansParams p;
  p.clusters = static_cast<int>(kTypeCount);
  const stats::Points points(values, rows.size(), rows.front().size());
  return stats::adjusted_rand_index(stats::kmeans(points, p).labels, types);
}

std::vector<double> standardised(const std::vector<double>& level) {
  double variance = 0;
  const double mean = stats::mean(level);
  for (const double v : level) variance += (v - mean) * (v - mean) / static_cast<double>(level.size());
  std::vector<double> out;
  for (const double v : level) out.push_back((v - mean) / std::sqrt(variance));
  return out;
}

// Ten seeds: levels are finite and vary by decimetres to metres below ground; the drivers' true shares tell
// the types apart, and better than the look of the hydrographs does.
TEST(Basin, TenSeedsGiveSensibleLevelsAndTellingSignatures) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    BasinParams p;
    p.seed = seed;
    p.years = 9;
    const Basin basin = make_basin(p);
    std::vector<std::vector<double>> signatures;
    std::vector<std::vector<double>> levels;
    for (std::size_t i = 0; i < basin.wells.size(); ++i) {
      const BasinWell& w = basin.wells[i];
      const auto [low, high] = std::minmax_element(w.level_m.begin(), w.level_m.end());
      ASSERT_TRUE(std::all_of(w.level_m.begin(), w.level_m.end(), [](double x) { return std::isfinite(x); }));
      EXPECT_GT(*high - *low, 0.3) << seed << " " << w.id;
      EXPECT_LT(*high - *low, 9.0) << seed << " " << w.id;
      EXPECT_LE(*high, w.params.aquifer.surface_m) << seed << " " << w.id;
      EXPECT_GT(*low, w.params.aquifer.surface_m - 15) << seed << " " << w.id;
      signatures.push_back(signature(basin, i));
      levels.push_back(standardised(w.level_m));
    }
    const double found = types_found(basin, signatures);
    EXPECT_GE(found, 0.8) << "seed " << seed;
    EXPECT_GT(found, types_found(basin, levels)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace phreatic::basin

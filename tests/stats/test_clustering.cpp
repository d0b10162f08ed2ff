// SPDX-License-Identifier: BSD-3-Clause
// Peers: scipy and scikit-learn, tests/reference/stats/clustering.py.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/stats/clustering/cluster_choice.hpp"
#include "phreatic/stats/clustering/hierarchical.hpp"
#include "phreatic/stats/clustering/kmeans.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::stats {
namespace {

using Values = std::vector<double>;

double round4(double v) { return std::round(1e4 * v) / 1e4; }

// The script's three overlapping groups, point i in group i % 3.
struct Groups {
  Groups() {
    const double centre[3][2] = {{0, 0}, {3, 0.5}, {1, 4}};
    for (int i = 0; i < 30; ++i) {
      x.push_back(round4(centre[i % 3][0] + 0.9 * std::sin(1.7 * i * i)));
      x.push_back(round4(centre[i % 3][1] + 0.9 * std::cos(2.3 * i * i + 1)));
      labels.push_back(i % 3);
    }
  }
  Points points() const { return {x, 30, 2}; }
  Values x;
  std::vector<int> labels;
};

TEST(Hierarchical, AgreesWithScipy) {
  struct Case {
    Linkage linkage;
    Values heights;  // merges 0, 5, 15, 25, 26, 27, 28
    double sum;
  };
  const Case cases[] = {{Linkage::average,
                         {0.06718340568920263, 0.34575665768013997, 0.6288604829952553, 1.6688667467500444,
                          2.1364070292938058, 3.610541587030653, 4.029188495236763},
                         28.920035589255704},
                        {Linkage::complete,
                         {0.06718340568920263, 0.4099272374458667, 0.834779497831613, 2.4426265555749618,
                          3.258146407084863, 5.09298824856292, 6.255562124221932},
                         37.59008176605165},
                        {Linkage::ward,
                         {0.06718340568920263, 0.4099272374458667, 0.8252062732028479, 3.130782635327254,
                          3.5659244856946657, 10.933981550712586, 12.728103985812917},
                         53.144502283845114}};
  const Groups g;
  const std::string cut_of_scipy[] = {"241241241241231241241241241341", "241241241241231241241241241341",
                                      "241241241241231241241241241341"};
  for (std::size_t c = 0; c < 3; ++c) {
    const auto merges = agglomerate(euclidean_distances(g.points()), 30, cases[c].linkage);
    ASSERT_EQ(merges.size(), 29U);
    const std::size_t at[] = {0, 5, 15, 25, 26, 27, 28};
    for (std::size_t i = 0; i < 7; ++i) EXPECT_NEAR(merges[at[i]].height, cases[c].heights[i], 1e-12);
    double sum = 0;
    for (const Merge& m : merges) sum += m.height;
    EXPECT_NEAR(sum, cases[c].sum, 1e-11);
    EXPECT_EQ(merges.back().size, 30U);
    const auto labels = cut(merges, 4);
    const std::vector<int> expected(cut_of_scipy[c].begin(), cut_of_scipy[c].end());
    EXPECT_EQ(adjusted_rand_index(labels, expected), 1);
  }
}

TEST(Hierarchical, SmallAndTiedInputs) {
  EXPECT_TRUE(agglomerate({0}, 1, Linkage::ward).empty());
  EXPECT_EQ(cut({}, 1), std::vector<int>{0});
  const Values same(8, 1.0);
  const auto merges = agglomerate(euclidean_distances(Points(same, 4, 2)), 4, Linkage::average);
  ASSERT_EQ(merges.size(), 3U);
  EXPECT_EQ(merges.back().height, 0);
  EXPECT_EQ(merges.back().size, 4U);
  const auto labels = cut(merges, 4);
  EXPECT_EQ(labels, (std::vector<int>{0, 1, 2, 3}));
}

TEST(Hierarchical, CorrelationDistanceLeavesGapsOut) {
  const double gap = std::numeric_limits<double>::quiet_NaN();
  const Values x{1, 2, 3, 10, 2, 4, 6, gap, 3, 2, 1, 0};
  const auto d = correlation_distances(Points(x, 3, 4));
  EXPECT_NEAR(d[1], 0, 1e-12);
  EXPECT_NEAR(d[1 * 3 + 2], 2, 1e-12);
  EXPECT_EQ(d[0], 0);
}

TEST(KMeans, FindsTheOptimaThatScikitLearnFinds) {
  const Groups g;
  const double inertia[] = {89.2490432835, 26.305715340999996, 21.404815386166668, 16.853201083849207};
  const double silhouette[] = {0.4639879854546842, 0.6324646478225113, 0.5531142179759153,
                               0.4662933221037704};
  const auto distances = euclidean_distances(g.points());
  for (int k = 2; k <= 5; ++k) {
    const auto r = kmeans(g.points(), {.clusters = k, .restarts = 100});
    EXPECT_TRUE(r.converged);
    EXPECT_NEAR(r.inertia, inertia[k - 2], 1e-9) << k;
    EXPECT_NEAR(inertia_of(g.points(), r.labels), r.inertia, 1e-9);
    EXPECT_NEAR(mean(silhouettes(distances, r.labels)), silhouette[k - 2], 1e-12) << k;
    EXPECT_EQ(std::accumulate(r.sizes.begin(), r.sizes.end(), 0UL), 30U);
    EXPECT_TRUE(std::is_sorted(r.sizes.rbegin(), r.sizes.rend()));
  }
}

TEST(KMeans, SameForAnyThreadsAndSeedsMatter) {
  core::RandomStream random(3, "points");
  Values x(400);
  for (double& v : x) v = random.normal();
  const Points points(x, 200, 2);
  const int before = core::thread_count();
  core::set_thread_count(1);
  const auto one = kmeans(points, {.clusters = 7, .restarts = 5});
  core::set_thread_count(3);
  const auto three = kmeans(points, {.clusters = 7, .restarts = 5});
  core::set_thread_count(before);
  EXPECT_EQ(one.labels, three.labels);
  EXPECT_EQ(one.centres, three.centres);
  EXPECT_NE(one.inertia, kmeans(points, {.clusters = 7, .restarts = 1, .seed = 9}).inertia);
}

TEST(KMeans, DegenerateInputs) {
  const Values same(10, 2.0);
  const auto r = kmeans(Points(same, 5, 2), {.clusters = 3});
  EXPECT_EQ(r.inertia, 0);
  EXPECT_EQ(r.sizes[0], 5U);
  EXPECT_EQ(r.sizes[2], 0U);
  const auto each = kmeans(Points(Values{1, 5, 9}, 3, 1), {.clusters = 3});
  EXPECT_EQ(each.inertia, 0);
  EXPECT_EQ(each.labels, (std::vector<int>{0, 1, 2}));
}

TEST(Silhouette, AgreesWithScikitLearnPointByPoint) {
  const Groups g;
  const auto s = silhouettes(euclidean_distances(g.points()), g.labels);
  const double expected[] = {0.6979653644758739, 0.6020080105216974, 0.6505979558784434, 0.5928680130311732};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(s[i], expected[i], 1e-12);
  const auto single = silhouettes({0, 1, 2, 1, 0, 1, 2, 1, 0}, std::vector<int>{0, 0, 1});
  EXPECT_EQ(single[2], 0);
  EXPECT_EQ(single[0], 0.5);
  EXPECT_TRUE(std::isnan(silhouettes({0, 1, 1, 0}, std::vector<int>{0, 0})[0]));
}

TEST(AdjustedRand, AgreesWithScikitLearn) {
  std::vector<int> a;
  std::vector<int> b;
  std::vector<int> c;
  for (int i = 0; i < 30; ++i) {
    a.push_back(i % 3);
    b.push_back(i / 2 % 4);
    c.push_back((i % 3 + (i > 24 ? 1 : 0)) % 3);
  }
  EXPECT_NEAR(adjusted_rand_index(a, b), -0.07793764988009592, 1e-14);
  EXPECT_NEAR(adjusted_rand_index(a, c), 0.5551654038070597, 1e-14);
  EXPECT_EQ(adjusted_rand_index(a, a), 1);
  EXPECT_EQ(adjusted_rand_index(std::vector<int>{0, 0}, std::vector<int>{1, 1}), 1);
  EXPECT_EQ(adjusted_rand_index(std::vector<int>{0, 1}, std::vector<int>{1, 0}), 1);
  EXPECT_EQ(adjusted_rand_index(std::vector<int>{}, std::vector<int>{}), 1);
}

TEST(ChooseClusters, FindsThreeGroupsByBothRules) {
  const Groups g;
  const auto choice = choose_clusters(g.points(), {.largest = 6});
  EXPECT_EQ(choice.k_silhouette, 3);
  EXPECT_EQ(choice.k_gap_global, 3);
  EXPECT_EQ(choice.k_gap, 1);  // the known weakness: two clusters are no better than one here
  EXPECT_EQ(choice.k, 3);
  EXPECT_EQ(adjusted_rand_index(choice.labels, g.labels), 1);
  ASSERT_EQ(choice.table.size(), 6U);
  EXPECT_TRUE(std::isnan(choice.table[0].silhouette));
  EXPECT_NEAR(choice.table[2].inertia, 26.305715340999996, 1e-9);
  for (const auto& row : choice.table) EXPECT_GT(row.gap_error, 0);
  EXPECT_EQ(choose_clusters(g.points(), {.method = ClusterMethod::ward, .largest = 6}).k, 3);
}

TEST(ChooseClusters, GapByItsDefinition) {
  // One dimension, points 0 and 1 in equal numbers: the box is [0, 1]; for k = 1 the inertia is n/4, and
  // uniform references have about n/12: gap(1) near log(1/3). For k = 2 the inertia is 0 and gap is
  // undefined.
  Values x(200);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i % 2);
  const auto choice = choose_clusters(Points(x, 200, 1), {.largest = 2, .references = 100, .restarts = 2});
  EXPECT_NEAR(choice.table[0].gap, std::log(1.0 / 3), 0.02);
  EXPECT_TRUE(std::isnan(choice.table[1].gap));
  EXPECT_EQ(choice.k_silhouette, 2);
}

TEST(ChooseClusters, GapFindsNoGroupsInOneBlob) {
  // Rule of tibshirani2001's first simulation: uniform in the unit cube is one cluster.
  int one = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    core::RandomStream random(seed, "blob");
    Values x(80 * 3);
    for (double& v : x) v = random.uniform();
    one += choose_clusters(Points(x, 80, 3),
                           {.largest = 5, .rule = ChoiceRule::gap, .references = 20, .restarts = 3})
               .k == 1;
  }
  EXPECT_GE(one, 8);
}

TEST(ChooseClusters, TinyInputs) {
  const auto one = choose_clusters(Points(Values{1, 2}, 1, 2), {});
  EXPECT_EQ(one.k, 1);
  EXPECT_EQ(one.labels, std::vector<int>{0});
  const auto same = choose_clusters(Points(Values(12, 3.0), 6, 2), {.rule = ChoiceRule::gap});
  EXPECT_EQ(same.k, 1);
}

}  // namespace
}  // namespace phreatic::stats

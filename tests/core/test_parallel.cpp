// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

#include "phreatic/core/parallel.hpp"

namespace phreatic::core {
namespace {

TEST(Parallel, EveryIndexRunsOnce) {
  for (const int threads : {1, 2, 5}) {
    set_thread_count(threads);
    std::vector<std::atomic<int>> hits(1000);
    parallel_for(hits.size(), [&](std::size_t i) { ++hits[i]; });
    for (const auto& hit : hits) EXPECT_EQ(hit.load(), 1);
  }
}

TEST(Parallel, NestedCallsRunSerially) {
  set_thread_count(3);
  std::atomic<int> total{0};
  parallel_for(4, [&](std::size_t) { parallel_for(5, [&](std::size_t) { ++total; }); });
  EXPECT_EQ(total.load(), 20);
}

TEST(Parallel, ExceptionsReachTheCaller) {
  set_thread_count(2);
  EXPECT_THROW(parallel_for(100,
                            [](std::size_t i) {
                              if (i == 37) throw std::runtime_error("37");
                            }),
               std::runtime_error);
  std::atomic<int> total{0};
  parallel_for(10, [&](std::size_t) { ++total; });
  EXPECT_EQ(total.load(), 10);
}

// Regions of nothing follow each other so closely that helpers come late to most of them.
TEST(Parallel, ManySmallRegionsAndNoneOfThemTouchedAfterItsEnd) {
  set_thread_count(4);
  for (int region = 0; region < 20000; ++region) {
    std::vector<int> done(3, 0);
    parallel_for(done.size(), [&](std::size_t i) { done[i] += 1; });
    ASSERT_EQ(done, (std::vector<int>{1, 1, 1})) << region;
    if (region % 5000 == 0) set_thread_count(2 + region / 5000 % 3);  // a new pool in between
  }
  set_thread_count(2);
}

}  // namespace
}  // namespace phreatic::core

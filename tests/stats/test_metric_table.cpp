// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/metrics/metric_table.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace phreatic::stats {
namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();

TEST(MetricTable, CsvQuotesAndKeepsEveryDigit) {
  const MetricTable table{{"W,1", "level", "test", "NSE", 0.1, "the \"best\"", "known"},
                          {"W2", "level", "test", "NSE", kGap, "lstm", "hidden"},
                          {"W3", "level", "test", "RMSE", 1.0 / 3, "lstm", ""}};
  EXPECT_EQ(to_csv(table),
            "entity,variable,period,metric,value,model,weather\n"
            "\"W,1\",level,test,NSE,0.1,\"the \"\"best\"\"\",known\n"
            "W2,level,test,NSE,NaN,lstm,hidden\n"
            "W3,level,test,RMSE,0.3333333333333333,lstm,\n");
}

TEST(MetricTable, PointAndIntervalRowsComeInTheDeclaredOrder) {
  const std::vector<double> o{1, 2, 3, 4, 5};
  const std::vector<double> s{1, 2, 3, 6, kGap};
  MetricTable table;
  append_point_metrics(table, {"W1", "level", "test", "ridge"}, o, s, o);
  append_interval_metrics(table, {"W1", "level", "test", "ridge"}, o, s, s, 0.9);
  std::vector<std::string> names;
  for (const MetricRow& row : table) names.push_back(row.metric);
  const std::vector<std::string> expected{"NSE",
                                          "NSE_trainmean",
                                          "R2",
                                          "RMSE",
                                          "MAE",
                                          "bias",
                                          "KGE",
                                          "KGE_2012",
                                          "Alpha_NSE",
                                          "Beta_NSE",
                                          "persistence_index",
                                          "n",
                                          "n_not_simulated",
                                          "coverage_90",
                                          "interval_score_90",
                                          "interval_width_90"};
  EXPECT_EQ(names, expected);
  EXPECT_DOUBLE_EQ(table[0].value, 0.2);
  EXPECT_DOUBLE_EQ(table[11].value, 4);
  EXPECT_DOUBLE_EQ(table[12].value, 1);
  EXPECT_DOUBLE_EQ(table[13].value, 0.75);
  EXPECT_EQ(table[0].entity, "W1");
  EXPECT_EQ(table[0].model, "ridge");
}

TEST(MetricTable, SummaryLeavesOutUndefinedScoresAndOtherModels) {
  MetricTable table{{"W1", "level", "test", "NSE", 0.8, "a"},
                    {"W2", "level", "test", "NSE", 0.5, "a"},
                    {"W3", "level", "test", "NSE", kGap, "a"},
                    {"W1", "level", "test", "NSE", 0.1, "b"},
                    {"W1", "level", "train", "NSE", 0.9, "a"}};
  append_summary(table, "NSE", {0.7});
  ASSERT_EQ(table.size(), 5U + 3 * 4);
  EXPECT_EQ(table[5].entity, "all");
  EXPECT_EQ(table[5].metric, "NSE_median");
  EXPECT_DOUBLE_EQ(table[5].value, 0.65);
  EXPECT_EQ(table[7].metric, "NSE_share_above_0.7");
  EXPECT_DOUBLE_EQ(table[7].value, 0.5);
  EXPECT_DOUBLE_EQ(table[8].value, 2);
  EXPECT_EQ(table[9].model, "b");
  EXPECT_DOUBLE_EQ(table[9].value, 0.1);
  EXPECT_EQ(table[13].period, "train");
}

}  // namespace
}  // namespace phreatic::stats

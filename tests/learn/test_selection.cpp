// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/training/selection.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace phreatic::learn {
namespace {

TEST(Schedule, step_halves_every_ten_epochs) {
  TrainingParams p{.learning_rate = 0.8};
  p.schedule = {.kind = ScheduleKind::step, .step_epochs = 10, .factor = 0.5};
  EXPECT_DOUBLE_EQ(learning_rate_at(p, 9, {}), 0.8);
  EXPECT_DOUBLE_EQ(learning_rate_at(p, 10, {}), 0.4);
  EXPECT_DOUBLE_EQ(learning_rate_at(p, 25, {}), 0.2);
}

TEST(Schedule, cosine_goes_from_the_first_rate_to_the_final_fraction) {
  TrainingParams p{.learning_rate = 1.0, .epochs = 11};
  p.schedule = {.kind = ScheduleKind::cosine, .final_fraction = 0.1};
  EXPECT_DOUBLE_EQ(learning_rate_at(p, 0, {}), 1.0);
  EXPECT_NEAR(learning_rate_at(p, 5, {}), 0.55, 1e-12);
  EXPECT_NEAR(learning_rate_at(p, 10, {}), 0.1, 1e-12);
}

TEST(Schedule, warm_up_rises_linearly) {
  TrainingParams p{.learning_rate = 1.0};
  p.schedule.warmup_epochs = 3;
  EXPECT_DOUBLE_EQ(learning_rate_at(p, 0, {}), 0.25);
  EXPECT_DOUBLE_EQ(learning_rate_at(p, 2, {}), 0.75);
  EXPECT_DOUBLE_EQ(learning_rate_at(p, 3, {}), 1.0);
}

TEST(Selection, plateau_cuts_and_early_stopping_count_epochs_without_a_better_loss) {
  TrainingParams p{.learning_rate = 1.0, .early_stopping_patience = 5};
  p.schedule = {.kind = ScheduleKind::plateau, .factor = 0.1, .patience = 2};
  SelectionState s;
  const double losses[] = {3.0, 2.0, 2.5, 2.0, 2.1, 1.9, 2.0, 2.0, 2.0, 2.0, 2.0};
  const int cuts[] = {0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3};
  for (int e = 0; e < 11; ++e) {
    ASSERT_FALSE(stops_early(p, s)) << e;
    EXPECT_EQ(take_validation_loss(p, e + 1, losses[e], s), e == 0 || e == 1 || e == 5) << e;
    EXPECT_EQ(s.cuts, cuts[e]) << e;
  }
  EXPECT_TRUE(stops_early(p, s));
  EXPECT_EQ(s.best_epoch, 6);
  EXPECT_NEAR(learning_rate_at(p, 11, s), 1e-3, 1e-15);
}

TEST(Selection, a_loss_within_min_delta_is_not_better) {
  const TrainingParams p{.early_stopping_min_delta = 0.1};
  SelectionState s;
  EXPECT_TRUE(take_validation_loss(p, 1, 1.0, s));
  EXPECT_FALSE(take_validation_loss(p, 2, 0.95, s));
  EXPECT_TRUE(take_validation_loss(p, 3, 0.85, s));
}

TEST(Selection, without_validation_the_latest_is_the_best_and_nothing_stops) {
  const TrainingParams p{.early_stopping_patience = 1};
  SelectionState s;
  for (int e = 1; e < 5; ++e) EXPECT_TRUE(take_validation_loss(p, e, std::nan(""), s));
  EXPECT_FALSE(stops_early(p, s));
  EXPECT_EQ(s.best_epoch, 4);
}

}  // namespace
}  // namespace phreatic::learn

// SPDX-License-Identifier: BSD-3-Clause
// Training through the facade: learns, is reproducible, does not leak, says what went wrong.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/learn/training/drift.hpp"
#include "tests/learn/tiny_task.hpp"

namespace phreatic::learn {
namespace {

using tiny::TemporaryFolder;

TEST(Training, a_reservoir_is_learned_by_lstm_and_gru) {
  const SeriesSet set = tiny::reservoirs();
  for (const CellKind cell : {CellKind::lstm, CellKind::gru}) {
    TemporaryFolder folder;
    LearnParams p = tiny::params();
    p.model.cell = cell;
    p.training.epochs = 40;
    p.training.schedule.kind = ScheduleKind::cosine;
    const TrainResult result = tiny::train(set, p, folder.path);
    ASSERT_TRUE(result.usable());
    EXPECT_LT(result.members[0].curve.back().training_loss, 0.2 * result.members[0].curve[0].training_loss);
    const auto model = load_model(folder.path);
    EXPECT_EQ(model->description().members, 2U);
    EXPECT_GT(tiny::skill(*model, set, tiny::kValidationEnd, tiny::kSteps), 0.9) << static_cast<int>(cell);
  }
}

TEST(Training, every_variant_of_model_and_loss_gets_better) {
  const SeriesSet set = tiny::reservoirs();
  std::vector<LearnParams> variants(8, tiny::params());
  variants[0].model.cnn.channels = 4;
  variants[1].model.layers = 2;
  variants[2].model.static_attributes = StaticUse::initial_state;
  variants[3].window = {.mode = WindowMode::last_step, .seq_length = 40, .stride = 3};
  variants[4].loss.kind = LossKind::quantile;
  variants[5].loss.kind = LossKind::one_minus_r2;
  variants[6].model.backend = RecurrentBackend::torch;
  variants[7].training.optimizer = OptimizerKind::adamw;
  variants[7].training.target_noise_std = 0.1;
  for (std::size_t i = 0; i < variants.size(); ++i) {
    TemporaryFolder folder;
    variants[i].ensemble.members = 1;
    variants[i].training.epochs = 20;
    const TrainResult result = tiny::train(set, variants[i], folder.path);
    const MemberResult& m = result.members[0];
    EXPECT_LT(m.best_validation_loss, 0.7 * m.curve[0].validation_loss) << "variant " << i;
    if (i == 5) continue;  // blind to bias
    EXPECT_GT(tiny::skill(*load_model(folder.path), set, 600, 900), -5.0) << "variant " << i;
  }
}

// An AR(1) process that the drivers know nothing of: only the past level helps.
TEST(Training, a_forecast_uses_the_past_level) {
  SeriesSet set = tiny::reservoirs();
  set.past_features = {"level"};
  for (Series& s : set.entities) {
    core::RandomStream random(3, "walk", static_cast<std::uint64_t>(s.statics[0] + 10));
    double level = 0;
    for (float& y : s.targets) y = static_cast<float>(level = 0.95 * level + 0.3 * random.normal());
    s.past = s.targets;
  }
  LearnParams p = tiny::params();
  p.window = {.mode = WindowMode::forecast, .seq_length = 10, .horizon = 3};
  p.model.output_dropout = 0;
  p.ensemble.members = 1;
  p.training.epochs = 10;
  TemporaryFolder folder;
  const TrainResult result = tiny::train(set, p, folder.path);
  const auto model = load_model(folder.path);
  core::Log log(true);
  core::Context context{log, false};
  const WindowList list = make_windows(set, std::vector<StepRange>(4, {750, 900}), p.window, true);
  const Predictions out = predict(*model, set, list.windows, context);
  double sse = 0, persistence = 0, climatology = 0;
  for (std::size_t w = 0; w < out.windows.size(); ++w) {
    const Window& window = out.windows[w];
    const std::vector<float>& y = set.entities[window.entity].targets;
    const std::size_t issue = window.first + window.warmup - 1;
    for (std::size_t i = 0; i < 3; ++i) {
      sse += std::pow(y[issue + 1 + i] - out.at(0, out.offsets[w] + i, 0), 2);
      persistence += std::pow(y[issue + 1 + i] - y[issue], 2);
      climatology += std::pow(y[issue + 1 + i], 2);
    }
  }
  EXPECT_LT(sse, 1.1 * persistence);
  EXPECT_LT(sse, 0.4 * climatology);
}

// With an anchor the network's own outputs are changes: what is predicted is they and the anchor's value at
// the issue date, and the loss is that of the changes.
TEST(Training, an_anchor_is_taken_off_the_targets_and_put_back) {
  SeriesSet set = tiny::reservoirs();
  set.past_features = {"level"};
  for (Series& s : set.entities) {
    s.past = s.targets;
    for (std::size_t t = 0; t < s.length; t += 7) s.past[t] = s.past[t + 1];
  }
  set.targets[0].anchor = "level";
  set.entities[1].past[304] = std::nanf("");  // no window is issued there
  LearnParams p = tiny::params();
  p.window = {.mode = WindowMode::forecast, .seq_length = 10, .horizon = 3};
  p.ensemble.members = 1;
  p.training.epochs = 2;
  TemporaryFolder folder;
  ASSERT_TRUE(tiny::train(set, p, folder.path).usable());
  const WindowList list = make_windows(set, std::vector<StepRange>(4, {300, 320}), p.window, true);
  EXPECT_EQ(list.no_anchor, 1U);
  core::Log log(true);
  core::Context context{log, false};
  const auto model = load_model(folder.path);
  const Predictions levels = predict(*model, set, list.windows, context);

  nlohmann::json about = nlohmann::json::parse(core::read_file(folder.path / "model.json"));
  EXPECT_EQ(about["targets"][0]["anchor"], "level");
  about["targets"][0].erase("anchor");
  core::write_file_atomic(folder.path / "model.json", about.dump());
  EXPECT_THROW(predict(*load_model(folder.path), set, list.windows, context), core::InputError);
  set.targets[0].anchor.clear();
  const Predictions changes = predict(*load_model(folder.path), set, list.windows, context);
  for (std::size_t w = 0; w < list.windows.size(); ++w) {
    const Window& window = list.windows[w];
    const float anchor = set.entities[window.entity].past[window.first + 9];
    for (std::size_t row = levels.offsets[w]; row < levels.offsets[w + 1]; ++row)
      EXPECT_EQ(levels.at(0, row, 0), changes.at(0, row, 0) + anchor);
  }
}

TEST(Training, same_seed_same_files_for_one_and_two_threads) {
  const SeriesSet set = tiny::reservoirs();
  LearnParams p = tiny::params();
  p.training.epochs = 4;
  TemporaryFolder one, two, other;
  core::set_thread_count(1);
  tiny::train(set, p, one.path);
  core::set_thread_count(2);
  tiny::train(set, p, two.path);
  EXPECT_EQ(tiny::folder_hash(one.path), tiny::folder_hash(two.path));
  p.training.seed = 2;
  tiny::train(set, p, other.path);
  EXPECT_NE(core::hash_file(one.path / "member_000.safetensors"),
            core::hash_file(other.path / "member_000.safetensors"));
  // Member i of seed s is member 0 of seed s + i, but for the settings that it carries.
  const auto weights = [](const std::filesystem::path& path) {
    const std::string bytes = core::read_file(path);
    return bytes.substr(bytes.size() - 1024);
  };
  EXPECT_EQ(weights(one.path / "member_001.safetensors"), weights(other.path / "member_000.safetensors"));
}

// One member over two threads cuts its batches inside the kernel.
TEST(Training, one_member_on_two_threads_is_bit_identical_too) {
  const SeriesSet set = tiny::reservoirs();
  LearnParams p = tiny::params();
  p.training.epochs = 2;
  p.training.batch_size = 64;
  p.model.hidden_size = 20;
  p.ensemble.members = 1;
  TemporaryFolder one, four;
  core::set_thread_count(1);
  tiny::train(set, p, one.path);
  core::set_thread_count(4);
  tiny::train(set, p, four.path);
  core::set_thread_count(2);
  EXPECT_EQ(tiny::folder_hash(one.path), tiny::folder_hash(four.path));
}

TEST(Training, nothing_after_the_validation_end_is_seen) {
  SeriesSet set = tiny::reservoirs();
  LearnParams p = tiny::params();
  p.training.epochs = 3;
  TemporaryFolder all, hidden, changed;
  tiny::train(set, p, all.path);
  for (Series& s : set.entities)
    for (std::size_t t = tiny::kValidationEnd; t < tiny::kSteps; ++t) s.targets[t] = std::nanf("");
  tiny::train(set, p, hidden.path);
  EXPECT_EQ(tiny::folder_hash(all.path), tiny::folder_hash(hidden.path));
  set.entities[0].targets[tiny::kValidationEnd - 1] =
      3.0F;  // the test can fail: the last validation step counts
  tiny::train(set, p, changed.path);
  EXPECT_NE(tiny::folder_hash(all.path), tiny::folder_hash(changed.path));
}

// Two targets, the second of which is never observed in training: nothing but its own head may differ from
// training with any other values there.
TEST(Training, masked_targets_contribute_nothing) {
  SeriesSet set = tiny::reservoirs(2);
  set.targets = {Target{"level"}, Target{"never"}};
  for (Series& s : set.entities) {
    std::vector<float> both;
    for (const float y : s.targets) both.insert(both.end(), {y, std::nanf("")});
    s.targets = both;
  }
  LearnParams p = tiny::params();
  p.training.epochs = 3;
  p.ensemble.members = 1;
  TemporaryFolder masked, weightless;
  const double loss = tiny::train(set, p, masked.path).members[0].curve.back().training_loss;
  SeriesSet noisy = set;
  for (Series& s : noisy.entities)
    for (std::size_t t = 0; t < s.length; ++t) s.targets[2 * t + 1] = static_cast<float>(t);
  noisy.targets[1].weight = 0;
  tiny::train(noisy, p, weightless.path);
  EXPECT_TRUE(std::isfinite(loss));
  const auto a = load_model(masked.path);
  const auto b = load_model(weightless.path);
  EXPECT_EQ(tiny::skill(*a, set, 600, 900), tiny::skill(*b, set, 600, 900));
}

TEST(Training, divergence_is_a_status_that_names_the_epoch_and_the_entity) {
  SeriesSet set = tiny::reservoirs();
  LearnParams p = tiny::params();
  p.loss.kind = LossKind::mse;
  set.entities[2].weights = {1e30};
  for (float& y : set.entities[2].targets) y *= 1e20F;
  p.ensemble.members = 1;
  TemporaryFolder folder;
  const TrainResult result = tiny::train(set, p, folder.path);
  EXPECT_EQ(result.members[0].status, TrainStatus::diverged);
  const std::string& message = result.members[0].message;
  EXPECT_NE(message.find("epoch 1"), std::string::npos) << message;
  EXPECT_NE(message.find("'W2'"), std::string::npos) << message;
  EXPECT_FALSE(result.usable());
  EXPECT_THROW(load_model(folder.path), core::InputError);
}

TEST(Training, early_stopping_keeps_the_best_weights_and_pruning_ends_a_member) {
  const SeriesSet set = tiny::reservoirs();
  LearnParams p = tiny::params();
  p.ensemble.members = 1;
  p.training.epochs = 60;
  p.training.learning_rate = 0.1;
  p.training.early_stopping_patience = 3;
  TemporaryFolder folder;
  const MemberResult m = tiny::train(set, p, folder.path).members[0];
  ASSERT_EQ(m.status, TrainStatus::stopped_early);
  EXPECT_EQ(m.best_epoch + 3, static_cast<int>(m.curve.size()));
  for (const EpochRecord& r : m.curve) EXPECT_GE(r.validation_loss, m.best_validation_loss);
  core::Log log(true);
  core::Context context{log, false};
  const TrainTask task{.folder = folder.path,
                       .keep_going = [](std::size_t, const EpochRecord& r) { return r.epoch < 2; }};
  const TrainResult pruned = train_ensemble(set, tiny::split(set, p), p, task, context);
  EXPECT_EQ(pruned.members[0].status, TrainStatus::pruned);
  EXPECT_EQ(pruned.members[0].curve.size(), 2U);
}

TEST(Training, without_validation_windows_all_epochs_are_run) {
  const SeriesSet set = tiny::reservoirs();
  LearnParams p = tiny::params();
  p.training.epochs = 3;
  WindowSplit windows = tiny::split(set, p);
  windows.validation.clear();
  TemporaryFolder folder;
  core::Log log(true);
  core::Context context{log, false};
  const TrainResult result = train_ensemble(set, windows, p, {.folder = folder.path}, context);
  EXPECT_EQ(result.members[1].best_epoch, 3);
  EXPECT_TRUE(std::isnan(result.members[1].best_validation_loss));
}

TEST(Training, a_gap_inside_a_window_and_an_empty_split_are_refused) {
  SeriesSet set = tiny::reservoirs();
  const LearnParams p = tiny::params();
  const WindowSplit windows = tiny::split(set, p);
  TemporaryFolder folder;
  core::Log log(true);
  core::Context context{log, false};
  EXPECT_THROW(train_ensemble(set, {}, p, {.folder = folder.path}, context), core::InputError);
  set.entities[1].inputs[2 * 100 + 1] = std::nanf("");
  try {
    train_ensemble(set, windows, p, {.folder = folder.path}, context);
    FAIL();
  } catch (const core::InputError& error) {
    EXPECT_NE(std::string(error.what()).find("W1"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("'T'"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace phreatic::learn

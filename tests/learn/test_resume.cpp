// SPDX-License-Identifier: BSD-3-Clause
// kill -9 at random moments, --resume, the same bytes.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "tests/learn/tiny_task.hpp"

namespace phreatic::learn {
namespace {

using tiny::TemporaryFolder;

LearnParams resume_params() {
  LearnParams p = tiny::params();
  p.training.epochs = 25;
  p.training.schedule = {.kind = ScheduleKind::plateau, .patience = 2};
  p.training.entity_weights = EntityWeights::robust;  // factors are a state too
  p.training.robust_ratio = 1;
  return p;
}

// Trains in a child process. The thread pool is dropped first: threads do not survive a fork.
pid_t start_child(const SeriesSet& set, const LearnParams& p, const std::filesystem::path& folder,
                  ResumeMode mode) {
  core::set_thread_count(1);
  const pid_t child = ::fork();
  if (child != 0) return child;
  int code = 1;
  try {
    core::set_thread_count(2);
    code = tiny::train(set, p, folder, mode).usable() ? 0 : 3;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "child: %s\n", error.what());
  }
  std::_Exit(code);
}

int wait_for(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Resume, kill_9_at_random_moments_gives_the_undisturbed_model) {
  const SeriesSet set = tiny::reservoirs();
  const LearnParams p = resume_params();
  TemporaryFolder calm, disturbed;
  const auto start = std::chrono::steady_clock::now();
  ASSERT_EQ(wait_for(start_child(set, p, calm.path, ResumeMode::fresh)), 0);
  const double duration = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  core::RandomStream random(static_cast<std::uint64_t>(::getpid()), "kill");
  int killed = 0;
  for (int attempt = 0; attempt < 12; ++attempt) {
    const pid_t child = start_child(set, p, disturbed.path, ResumeMode::exact);
    std::this_thread::sleep_for(std::chrono::duration<double>(random.uniform() * duration / 4));
    ::kill(child, SIGKILL);
    if (wait_for(child) == -1) ++killed;
  }
  EXPECT_GT(killed, 2);
  ASSERT_EQ(wait_for(start_child(set, p, disturbed.path, ResumeMode::exact)), 0);
  // A write that was cut off may leave its temporary file; the model is what counts.
  EXPECT_EQ(core::hash_file(calm.path / "model.json"), core::hash_file(disturbed.path / "model.json"));
  for (const char* name : {"member_000.safetensors", "member_001.safetensors"})
    EXPECT_EQ(core::hash_file(calm.path / name), core::hash_file(disturbed.path / name)) << name;
}

// Stops after `epochs` epochs, as a kill between two epochs would: the checkpoint stays.
struct Stop {};
void train_part(const SeriesSet& set, const LearnParams& p, const std::filesystem::path& folder, int epochs) {
  core::Log log(true);
  core::Context context{log, false};
  const TrainTask task{.folder = folder, .keep_going = [&](std::size_t, const EpochRecord& r) -> bool {
                         if (r.epoch == epochs) throw Stop{};
                         return true;
                       }};
  EXPECT_THROW(train_ensemble(set, tiny::split(set, p), p, task, context), Stop);
}

// The best epoch lies before some of the stops, and the plateau schedule cuts the rate after others: every
// part of the saved state matters.
TEST(Resume, after_any_epoch_gives_the_undisturbed_model) {
  const SeriesSet set = tiny::reservoirs();
  LearnParams p = resume_params();
  p.ensemble.members = 1;
  p.training.learning_rate = 0.15;
  p.training.epochs = 14;
  p.training.early_stopping_patience = 6;
  p.training.early_stopping_min_delta = 0.05;
  TemporaryFolder calm;
  const MemberResult m = tiny::train(set, p, calm.path).members[0];
  const int epochs = static_cast<int>(m.curve.size());
  ASSERT_LT(m.best_epoch + 2, epochs);
  ASSERT_LT(m.curve.back().learning_rate, m.curve.front().learning_rate);
  for (int stop = 1; stop < epochs; ++stop) {
    TemporaryFolder stopped;
    train_part(set, p, stopped.path, stop);
    tiny::train(set, p, stopped.path, ResumeMode::exact);
    EXPECT_EQ(tiny::folder_hash(calm.path), tiny::folder_hash(stopped.path))
        << "stopped after epoch " << stop;
  }
}

std::string refusal(const SeriesSet& set, const LearnParams& p, const std::filesystem::path& folder,
                    ResumeMode mode) {
  try {
    tiny::train(set, p, folder, mode);
  } catch (const core::InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Resume, other_settings_or_data_are_refused_by_name) {
  SeriesSet set = tiny::reservoirs();
  LearnParams p = tiny::params();
  p.training.epochs = 4;
  p.ensemble.members = 1;
  TemporaryFolder folder;
  train_part(set, p, folder.path, 2);
  LearnParams other = p;
  other.training.learning_rate = 0.5;
  const std::string settings = refusal(set, other, folder.path, ResumeMode::exact);
  EXPECT_NE(settings.find("training/learning_rate 0.02"), std::string::npos) << settings;
  SeriesSet changed = set;
  changed.entities[0].targets[300] += 1;
  for (const ResumeMode mode : {ResumeMode::exact, ResumeMode::approximate})
    EXPECT_NE(refusal(changed, p, folder.path, mode).find("data"), std::string::npos);
  changed = set;
  changed.entities[0].targets[800] += 1;  // after the validation end: not the training's business
  EXPECT_EQ(refusal(changed, p, folder.path, ResumeMode::exact), "");
}

TEST(Resume, another_machine_is_refused_unless_approximate) {
  const SeriesSet set = tiny::reservoirs();
  LearnParams p = tiny::params();
  p.training.epochs = 4;
  p.ensemble.members = 1;
  TemporaryFolder folder;
  train_part(set, p, folder.path, 2);
  const std::filesystem::path path = folder.path / "checkpoint_000.safetensors";
  std::string bytes = core::read_file(path);
  const std::size_t at = bytes.find("libtorch ");
  ASSERT_NE(at, std::string::npos);
  bytes[at + 9] = '9';
  core::write_file_atomic(path, bytes);
  EXPECT_NE(refusal(set, p, folder.path, ResumeMode::exact).find("approximate"), std::string::npos);
  EXPECT_EQ(refusal(set, p, folder.path, ResumeMode::approximate), "");
}

TEST(Resume, a_corrupt_checkpoint_is_refused) {
  const SeriesSet set = tiny::reservoirs();
  LearnParams p = tiny::params();
  p.training.epochs = 4;
  p.ensemble.members = 1;
  TemporaryFolder folder;
  train_part(set, p, folder.path, 2);
  const std::filesystem::path path = folder.path / "checkpoint_000.safetensors";
  const std::string bytes = core::read_file(path);
  core::write_file_atomic(path, bytes.substr(0, bytes.size() - 5));
  EXPECT_NE(refusal(set, p, folder.path, ResumeMode::exact).find("checkpoint_000"), std::string::npos);
}

TEST(Resume, members_can_be_added_to_a_finished_ensemble) {
  const SeriesSet set = tiny::reservoirs();
  LearnParams p = tiny::params();
  p.training.epochs = 2;
  p.ensemble.members = 3;
  TemporaryFolder at_once, in_two;
  tiny::train(set, p, at_once.path);
  p.ensemble.members = 1;
  tiny::train(set, p, in_two.path);
  p.ensemble.members = 3;
  tiny::train(set, p, in_two.path, ResumeMode::exact);
  EXPECT_EQ(tiny::folder_hash(at_once.path), tiny::folder_hash(in_two.path));
}

TEST(Resume, ctrl_c_leaves_a_state_to_go_on_from) {
  const SeriesSet set = tiny::reservoirs();
  const LearnParams p = resume_params();
  TemporaryFolder calm, stopped;
  ASSERT_EQ(wait_for(start_child(set, p, calm.path, ResumeMode::fresh)), 0);
  core::set_thread_count(1);
  const pid_t child = ::fork();
  if (child == 0) {
    core::install_interrupt_handler();
    core::set_thread_count(2);
    try {
      tiny::train(set, p, stopped.path);
    } catch (const core::Interrupted&) {
      std::_Exit(130);
    }
    std::_Exit(0);
  }
  while (!std::filesystem::exists(stopped.path / "checkpoint_000.safetensors"))
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  ::kill(child, SIGINT);
  EXPECT_EQ(wait_for(child), 130);
  ASSERT_EQ(wait_for(start_child(set, p, stopped.path, ResumeMode::exact)), 0);
  EXPECT_EQ(tiny::folder_hash(calm.path), tiny::folder_hash(stopped.path));
}

}  // namespace
}  // namespace phreatic::learn

// SPDX-License-Identifier: BSD-3-Clause
// Several targets: layers and heads of their own behind shared ones, and losses weighed against each other.
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/randn.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <cmath>

#include "phreatic/core/errors.hpp"
#include "phreatic/learn/architectures/parameters_torch.hpp"
#include "phreatic/learn/architectures/recurrent/recurrent.hpp"
#include "phreatic/learn/training/balance.hpp"
#include "tests/learn/tiny_task.hpp"

namespace phreatic::learn {
namespace {

constexpr std::size_t kHidden = 8;
constexpr std::int64_t kOutputs = 5;

ModelParams model_of(CellKind cell, int layers, int branch_layers, RecurrentBackend backend) {
  ModelParams p;
  p.cell = cell;
  p.hidden_size = kHidden;
  p.layers = layers;
  p.branch_layers = branch_layers;
  p.output_dropout = 0;
  p.backend = backend;
  return p;
}

at::Tensor run(const ModelParams& params, std::vector<std::size_t> outputs, const std::vector<float>& flat,
               const at::Tensor& x) {
  InputShape inputs{.features = 3, .past_features = 0, .statics = 0, .outputs = std::move(outputs)};
  const auto network = make_recurrent(params, inputs);
  const Parameters p(network->layout(), flat, DeviceKind::cpu, false);
  ForwardCall call;
  call.x = x;
  call.outputs = kOutputs;
  const c10::NoGradGuard no_gradients;
  return network->forward(p, call).clone();
}

// Two targets behind a shared layer are two networks of two layers that have the first one in common.
TEST(Branches, each_target_is_the_network_of_its_own_layers_behind_the_shared_ones) {
  prepare_torch(DeviceKind::cpu);
  for (const CellKind cell : {CellKind::lstm, CellKind::gru}) {
    for (const RecurrentBackend backend : {RecurrentBackend::fused, RecurrentBackend::torch}) {
      const ModelParams branched = model_of(cell, 1, 1, backend);
      const ModelParams plain = model_of(cell, 2, 0, backend);
      const InputShape both{.features = 3, .outputs = {1, 3}};
      const ParameterLayout layout = make_recurrent(branched, both)->layout();
      const std::vector<float> flat = uniform_start(layout, 5);
      const at::Tensor x = at::randn({4, 20, 3});
      const at::Tensor together = run(branched, {1, 3}, flat, x);
      ASSERT_EQ(together.sizes(), (std::vector<std::int64_t>{4, kOutputs, 4}));
      for (std::size_t k = 0; k < 2; ++k) {
        const std::vector<std::size_t> outputs = {k == 0 ? std::size_t{1} : std::size_t{3}};
        const ParameterLayout own = make_recurrent(plain, {.features = 3, .outputs = outputs})->layout();
        std::vector<float> weights(own.size, 0.0F);
        for (const Parameter& p : own.parameters) {
          std::string from = p.name;
          if (from.starts_with("rnn.1")) from = "branch." + std::to_string(k) + ".rnn.0" + from.substr(5);
          if (from.starts_with("head")) from = "branch." + std::to_string(k) + "." + from;
          const Parameter& source = layout.at(from);
          ASSERT_EQ(source.shape, p.shape);
          std::copy_n(flat.begin() + static_cast<std::ptrdiff_t>(source.offset), p.count,
                      weights.begin() + static_cast<std::ptrdiff_t>(p.offset));
        }
        const at::Tensor alone = run(plain, outputs, weights, x);
        const at::Tensor mine = together.narrow(2, k == 0 ? 0 : 1, k == 0 ? 1 : 3);
        EXPECT_EQ((alone - mine).abs().max().item<double>(), 0) << k;
      }
    }
  }
}

// A level of small numbers beside a discharge of large ones that has nothing to do with it.
SeriesSet small_level_and_large_discharge() {
  SeriesSet set = tiny::reservoirs(4);
  set.targets = {Target{.name = "level"}, Target{.name = "discharge"}};
  for (Series& s : set.entities) {
    std::vector<float> both(2 * s.length, std::nanf(""));
    core::RandomStream random(3, "discharge", static_cast<std::uint64_t>(&s - set.entities.data()));
    for (std::size_t t = 0; t < s.length; ++t) {
      both[2 * t] = 0.1F * s.targets[t];
      both[2 * t + 1] = static_cast<float>(3 * random.normal());
    }
    s.targets = both;
  }
  return set;
}

double level_skill(const SeriesSet& set, const std::filesystem::path& folder) {
  core::Log log(true);
  core::Context context{log, false};
  const auto model = load_model(folder);
  const WindowList list =
      whole_series(set, std::vector<StepRange>(4, {tiny::kValidationEnd, tiny::kSteps}), 80);
  const Predictions out = predict(*model, set, list.windows, context);
  double sse = 0, sum = 0, squares = 0, n = 0;
  for (std::size_t w = 0; w < out.windows.size(); ++w) {
    const Window& window = out.windows[w];
    for (std::size_t i = 0; i < window.scored(); ++i) {
      const double y = set.entities[window.entity].targets[(window.first + window.warmup + i) * 2];
      if (std::isnan(y)) continue;
      const double f = out.at(0, out.offsets[w] + i, 0);
      sse += (y - f) * (y - f);
      sum += y;
      squares += y * y;
      ++n;
    }
  }
  return 1 - sse / (squares - sum * sum / n);
}

LearnParams branched_params() {
  LearnParams p = tiny::params();
  p.model.branch_layers = 1;
  p.ensemble.members = 1;
  p.loss.kind = LossKind::mse;
  return p;
}

TEST(Balance, a_target_of_small_numbers_is_learnt_where_losses_are_weighed_against_each_other) {
  const SeriesSet set = small_level_and_large_discharge();
  LearnParams p = branched_params();
  p.model.branch_layers = 0;
  p.training.keep = KeptEpoch::last;
  p.training.epochs = 40;
  p.training.schedule.kind = ScheduleKind::cosine;
  const tiny::TemporaryFolder fixed, uncertainty, gradients;
  ASSERT_TRUE(tiny::train(set, p, fixed.path).usable());
  p.training.target_balance = TargetBalance::uncertainty;
  ASSERT_TRUE(tiny::train(set, p, uncertainty.path).usable());
  p.training.target_balance = TargetBalance::gradient_norm;
  ASSERT_TRUE(tiny::train(set, p, gradients.path).usable());
  const double plain = level_skill(set, fixed.path);
  EXPECT_GT(level_skill(set, uncertainty.path), std::max(0.7, plain + 0.1)) << plain;
  // Equal gradients leave the unlearnable target half of the say.
  EXPECT_GT(level_skill(set, gradients.path), plain + 0.2) << plain;
}

TEST(Balance, factors_are_one_over_the_size_with_product_one_and_nothing_unobserved_counts) {
  const auto two = balanced_factors({{8, 2}, {2, 2}});
  EXPECT_DOUBLE_EQ(two[0], 0.5);
  EXPECT_DOUBLE_EQ(two[1], 2);
  const auto three = balanced_factors({{8, 0, 2}, {2, 0, 2}});
  EXPECT_DOUBLE_EQ(three[0], 0.5);
  EXPECT_EQ(three[1], 1);
  EXPECT_DOUBLE_EQ(three[2], 2);
  EXPECT_EQ(balanced_factors({{0, 0}, {3, 0}}), (std::vector<double>{1, 1}));
}

// The factors are a state: stopped after two epochs and gone on with, training gives the same bytes.
TEST(Balance, a_resumed_training_is_the_undisturbed_one) {
  const SeriesSet set = small_level_and_large_discharge();
  for (const TargetBalance balance : {TargetBalance::uncertainty, TargetBalance::gradient_norm}) {
    LearnParams p = branched_params();
    p.training.target_balance = balance;
    p.training.epochs = 5;
    const tiny::TemporaryFolder calm, disturbed;
    tiny::train(set, p, calm.path);
    core::Log log(true);
    core::Context context{log, false};
    const auto stop = [](std::size_t, const EpochRecord& r) {
      if (r.epoch == 2) throw core::Interrupted();
      return true;
    };
    EXPECT_THROW(
        train_ensemble(set, tiny::split(set, p), p, {.folder = disturbed.path, .keep_going = stop}, context),
        core::Interrupted);
    tiny::train(set, p, disturbed.path, ResumeMode::exact);
    EXPECT_EQ(core::hash_file(calm.path / "member_000.safetensors"),
              core::hash_file(disturbed.path / "member_000.safetensors"));
  }
}

// A target without one observation: its own layers stay where they started, and the other is learnt.
TEST(Branches, layers_of_a_target_without_observations_do_not_move) {
  SeriesSet set = small_level_and_large_discharge();
  for (Series& s : set.entities)
    for (std::size_t t = 0; t < s.length; ++t) s.targets[2 * t + 1] = std::nanf("");
  LearnParams p = branched_params();
  p.training.epochs = 2;
  const tiny::TemporaryFolder folder;
  tiny::train(set, p, folder.path);
  const auto network = make_recurrent(p.model, input_shape(p, set));
  const ParameterLayout layout = network->layout();
  const std::vector<float> start = network->initial(layout, p.training.seed);
  const std::string file = (folder.path / "member_000.safetensors").string();
  const std::vector<float> now = unpack_parameters(layout, read_safetensors(file), "", file);
  for (const Parameter& one : layout.parameters) {
    const auto from = static_cast<std::ptrdiff_t>(one.offset);
    const bool same =
        std::equal(start.begin() + from, start.begin() + from + static_cast<std::ptrdiff_t>(one.count),
                   now.begin() + from);
    EXPECT_EQ(same, one.name.starts_with("branch.1.")) << one.name;
  }
}

TEST(Branches, are_refused_where_an_architecture_has_no_use_for_them) {
  const SeriesSet set = tiny::reservoirs();
  LearnParams p = tiny::params();
  p.model.architecture = "tft";
  p.model.branch_layers = 1;
  EXPECT_THROW(check(p, set), core::InputError);
}

}  // namespace
}  // namespace phreatic::learn

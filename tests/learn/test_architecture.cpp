// SPDX-License-Identifier: BSD-3-Clause
// What it takes to add an architecture: this file's first forty lines. A linear filter of the drivers, y(t) =
// sum_k w_k x(t - k) + v s + b, goes through training, exact resume, files, prediction and explanation like
// those of the house.
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv1d.h>
#include <ATen/ops/linear.h>
#include <gtest/gtest.h>

#include <array>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/learn/architectures/parameters_torch.hpp"
#include "tests/learn/tiny_task.hpp"

namespace phreatic::learn {
namespace {

class LinearFilter : public Architecture {
 public:
  LinearFilter(const ModelParams& params, const InputShape& shape)
      : taps_(static_cast<std::size_t>(params.hidden_size)), shape_(shape) {}
  ParameterLayout layout() const override {
    ParameterLayout layout;
    layout.add("filter.weight", {shape_.heads(), shape_.channels(), taps_}, bound_of(taps_));
    layout.add("filter.bias", {shape_.heads()}, 0);
    layout.add("statics.weight", {shape_.heads(), shape_.statics}, bound_of(shape_.statics));
    return layout;
  }
  at::Tensor forward(const Parameters& p, const ForwardCall& call) const override {
    const at::Tensor x =
        at::constant_pad_nd(call.x.transpose(1, 2), {static_cast<std::int64_t>(taps_) - 1, 0}, 0);
    const at::Tensor y = at::conv1d(x, p.at("filter.weight"), p.at("filter.bias")).transpose(1, 2);
    const at::Tensor level = at::linear(call.statics, p.at("statics.weight")).unsqueeze(1);
    return y.narrow(1, y.size(1) - call.outputs, call.outputs) + level;
  }
  std::size_t floats_per_step() const override { return 2 * shape_.channels(); }

 private:
  std::size_t taps_;
  InputShape shape_;
};

std::unique_ptr<Architecture> make_filter(const ModelParams& params, const InputShape& shape) {
  return std::make_unique<LinearFilter>(params, shape);
}
const std::array<ArchitectureKind, 1> kTable = {{{"linear_filter", make_filter}}};

LearnParams filter_params() {
  LearnParams p = tiny::params();
  p.model.architecture = "linear_filter";
  p.model.hidden_size = 40;  // taps
  p.training.epochs = 30;
  p.training.learning_rate = 0.01;
  return p;
}

TrainResult train(const SeriesSet& set, const LearnParams& p, const std::filesystem::path& folder,
                  ResumeMode resume = ResumeMode::fresh, int stop_after = 0) {
  core::Log log(true);
  core::Context context{log, false};
  TrainTask task{.folder = folder, .resume = resume, .architectures = kTable};
  struct Stop {};
  task.keep_going = [&](std::size_t, const EpochRecord& r) -> bool {
    if (r.epoch == stop_after) throw Stop{};
    return true;
  };
  try {
    return train_ensemble(set, tiny::split(set, p), p, task, context);
  } catch (const Stop&) {
    return {};
  }
}

TEST(Architecture, one_of_a_test_learns_and_predicts) {
  const SeriesSet set = tiny::reservoirs(1);  // one recession constant: linear in the drivers
  LearnParams p = filter_params();
  p.training.epochs = 400;
  p.training.learning_rate = 0.02;
  p.training.early_stopping_patience = 0;
  const tiny::TemporaryFolder folder;
  ASSERT_TRUE(train(set, p, folder.path).usable());
  const auto model = load_model(folder.path, DeviceKind::cpu, kTable);
  EXPECT_GT(tiny::skill(*model, set, tiny::kValidationEnd, tiny::kSteps), 0.9);
}

TEST(Architecture, one_of_a_test_resumes_exactly_for_any_number_of_threads) {
  const SeriesSet set = tiny::reservoirs();
  LearnParams p = filter_params();
  p.training.epochs = 6;
  const tiny::TemporaryFolder calm, stopped;
  core::set_thread_count(1);
  train(set, p, calm.path);
  core::set_thread_count(2);
  p.ensemble.members = 1;
  train(set, p, stopped.path, ResumeMode::fresh, 3);
  p.ensemble.members = 2;
  train(set, p, stopped.path, ResumeMode::exact);
  EXPECT_EQ(tiny::folder_hash(calm.path), tiny::folder_hash(stopped.path));
}

// The gradient of a linear filter is the filter: the mean of the members' weights.
TEST(Architecture, one_of_a_test_is_explained_by_its_weights) {
  const SeriesSet set = tiny::reservoirs();
  LearnParams p = filter_params();
  p.training.epochs = 3;
  const tiny::TemporaryFolder folder;
  train(set, p, folder.path);
  std::vector<float> mean(2 * 40, 0.0F);
  for (const char* name : {"member_000.safetensors", "member_001.safetensors"}) {
    const SafeTensors content = read_safetensors(folder.path / name);
    const std::vector<float> w = stored_floats(*content.find("filter.weight"), name);
    for (std::size_t i = 0; i < w.size(); ++i) mean[i] += w[i] / 2;
  }
  const auto model = load_model(folder.path, DeviceKind::cpu, kTable);
  const auto f = make_differentiable(*model, 0, 0, 40);
  std::vector<float> x(40 * 2, 0.3F), s(1, 0.5F), value(1), gradient(x.size());
  f->value_and_gradient(1, x.data(), s.data(), value.data(), gradient.data());
  for (std::size_t t = 0; t < 40; ++t)
    for (std::size_t v = 0; v < 2; ++v) EXPECT_NEAR(gradient[t * 2 + v], mean[v * 40 + t], 1e-6);
}

TEST(Architecture, a_name_that_is_not_in_the_table_is_refused_with_those_that_are) {
  const SeriesSet set = tiny::reservoirs();
  const tiny::TemporaryFolder folder;
  train(set, filter_params(), folder.path);
  try {
    load_model(folder.path);
    FAIL();
  } catch (const core::InputError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("linear_filter"), std::string::npos) << text;
    EXPECT_NE(text.find("recurrent"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace phreatic::learn

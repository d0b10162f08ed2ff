// SPDX-License-Identifier: BSD-3-Clause
// Prediction through the facade: windows and carried state, quantiles, memory; model folders and what is refused.
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

TEST(Prediction, carried_state_and_windows_agree_where_they_see_the_same) {
  const SeriesSet set = tiny::reservoirs();
  LearnParams p = tiny::params();
  p.training.epochs = 1;
  TemporaryFolder folder;
  tiny::train(set, p, folder.path);
  const auto model = load_model(folder.path);
  core::Log log(true);
  core::Context context{log, false};
  // Windows of mixed lengths in any order: each row as when it is asked for alone.
  const std::vector<Window> windows = {{2, 100, 300, 200}, {0, 0, 50, 49},   {1, 30, 300, 0},
                                       {3, 5, 50, 10},     {0, 7, 260, 250}, {1, 0, 40, 1}};
  const Predictions all = predict(*model, set, windows, context);
  for (std::size_t w = 0; w < windows.size(); ++w) {
    const Predictions alone = predict(*model, set, {windows[w]}, context);
    for (std::size_t m = 0; m < 2; ++m)
      for (std::size_t i = 0; i < windows[w].scored(); ++i)
        EXPECT_NEAR(all.at(m, all.offsets[w] + i, 0), alone.at(m, i, 0), 1e-6);
  }
}

std::size_t resident_bytes() {
  std::size_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * 4096;
}

TEST(Prediction, memory_does_not_grow_from_call_to_call) {
  const SeriesSet set = tiny::reservoirs();
  LearnParams p = tiny::params();
  p.training.epochs = 1;
  TemporaryFolder folder;
  tiny::train(set, p, folder.path);
  const auto model = load_model(folder.path);
  const auto f = make_differentiable(*model);
  core::Log log(true);
  core::Context context{log, false};
  const std::vector<Window> windows(400, Window{0, 100, 300, 0});
  std::vector<float> inputs(400 * f->shape().cells()), statics(400), values(400), gradients(inputs.size());
  // The lowest memory of ten early and of ten late calls: less than half of what the twenty calls between
  // them would hold if each kept its predictions.
  std::size_t early = SIZE_MAX;
  std::size_t late = SIZE_MAX;
  std::size_t kept = 0;
  for (int i = 0; i < 40; ++i) {
    kept = predict(*model, set, windows, context).values.size() * sizeof(float);
    f->value_and_gradient(400, inputs.data(), statics.data(), values.data(), gradients.data());
    if (i >= 10 && i < 20) early = std::min(early, resident_bytes());
    if (i >= 30) late = std::min(late, resident_bytes());
  }
  EXPECT_LT(late, early + 20 * kept / 2);
}

TEST(Prediction, quantiles_come_in_ascending_order) {
  const SeriesSet set = tiny::reservoirs();
  LearnParams p = tiny::params();
  p.loss.kind = LossKind::quantile;
  p.training.epochs = 1;
  TemporaryFolder folder;
  tiny::train(set, p, folder.path);
  const auto model = load_model(folder.path);
  core::Log log(true);
  core::Context context{log, false};
  const Predictions out = predict(*model, set, {{0, 0, 300, 10}}, context);
  ASSERT_EQ(out.outputs(0), 5U);
  for (std::size_t r = 0; r < out.rows(); ++r)
    for (std::size_t q = 1; q < 5; ++q) EXPECT_LE(out.at(0, r, 0, q - 1), out.at(0, r, 0, q));
}

TEST(Prediction, summary_by_hand) {
  Predictions p;
  p.windows = {{0, 0, 1, 0}};
  p.offsets = {0, 1};
  p.members = 4;
  p.values = {4, 1, 2, 9};
  const EnsembleSummary s = summarize(p);
  EXPECT_FLOAT_EQ(s.median[0], 3);
  EXPECT_FLOAT_EQ(s.low[0], 1);
  EXPECT_FLOAT_EQ(s.high[0], 9);
  EXPECT_FLOAT_EQ(s.spread[0], std::sqrt(38.0F / 3));
}

class ModelFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    LearnParams p = tiny::params();
    p.training.epochs = 1;
    core::Log log(true);
    core::Context context{log, false};
    train_ensemble(set_, tiny::split(set_, p), p,
                   {.folder = folder_.path, .study_json = R"({"scaler": {"mean": [0.1, 1e-300]}})"}, context);
  }
  void refuses(const std::string& reason) {
    try {
      load_model(folder_.path);
      ADD_FAILURE() << "loaded: " << reason;
    } catch (const core::InputError& error) {
      EXPECT_NE(std::string(error.what()).find(reason), std::string::npos) << error.what();
    }
  }
  void overwrite(const std::string& name, const std::string& bytes) {
    core::write_file_atomic(folder_.path / name, bytes);
  }
  SeriesSet set_ = tiny::reservoirs();
  TemporaryFolder folder_;
};

TEST_F(ModelFolder, carries_settings_names_and_the_study_block) {
  const auto model = load_model(folder_.path);
  const ModelDescription& d = model->description();
  EXPECT_EQ(core::to_yaml(d.params), core::to_yaml([] {
              LearnParams p = tiny::params();
              p.training.epochs = 1;
              p.training = without_auto(p.training, false);  // what `auto` stood for
              return p;
            }()));
  EXPECT_EQ(d.features, set_.features);
  EXPECT_EQ(nlohmann::json::parse(d.study_json)["scaler"]["mean"][1].get<double>(), 1e-300);
}

TEST_F(ModelFolder, damaged_files_are_refused_with_their_reason) {
  const std::string member = core::read_file(folder_.path / "member_000.safetensors");
  const std::string json = core::read_file(folder_.path / "model.json");
  std::string flipped = member;
  flipped.back() = static_cast<char>(flipped.back() ^ 1);
  overwrite("member_000.safetensors", flipped);
  refuses("hash");
  std::filesystem::remove(folder_.path / "member_000.safetensors");
  refuses("member_000.safetensors");
  overwrite("member_000.safetensors", member);
  EXPECT_NO_THROW(load_model(folder_.path));
  overwrite("model.json", json.substr(0, json.size() / 2));
  refuses("not JSON");
  overwrite("model.json", "[]");
  refuses("phreatic_model");
  const auto changed = [&](const char* pointer, const nlohmann::ordered_json& value) {
    nlohmann::ordered_json tree = nlohmann::ordered_json::parse(json);
    tree[nlohmann::ordered_json::json_pointer(pointer)] = value;
    overwrite("model.json", tree.dump());
  };
  changed("/members/0/file", "../secret.safetensors");
  refuses("plain name");
  changed("/settings/model/hidden_size", 9);
  refuses("another shape");
  changed("/settings/model/hidden_size", "many");
  refuses("hidden_size");
  changed("/settings/model/wings", 2);
  refuses("wings");
  changed("/members", nlohmann::ordered_json::array());
  refuses("no members");
  changed("/features", 3);
  refuses("not a model description");
}

TEST_F(ModelFolder, data_with_other_names_are_refused) {
  const auto model = load_model(folder_.path);
  core::Log log(true);
  core::Context context{log, false};
  SeriesSet other = set_;
  other.features = {"T", "P"};
  EXPECT_THROW(predict(*model, other, {{0, 0, 100, 50}}, context), core::InputError);
}

}  // namespace
}  // namespace phreatic::learn

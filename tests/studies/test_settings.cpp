// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <filesystem>

#include "phreatic/core/files/files.hpp"
#include "phreatic/studies/comparison/settings.hpp"
#include "phreatic/studies/downscaling/settings.hpp"
#include "phreatic/studies/recharge/settings.hpp"
#include "phreatic/studies/regression/settings.hpp"
#include "phreatic/studies/tuning/settings.hpp"
#include "phreatic/studies/wells/settings.hpp"
#include "phreatic/studies/wells/templates.hpp"

namespace phreatic::studies::wells {
namespace {

TEST(Settings, EveryExampleIsReadWithoutAProblem) {
  int examples = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("examples")) {
    if (entry.path().extension() != ".yml") continue;
    ++examples;
    const StudyFile study = read_study(entry.path().string(), {});
    if (study.kind == "regression") {
      EXPECT_NO_THROW(regression::read_settings(study)) << entry.path();
    } else if (study.kind == "recharge") {
      EXPECT_NO_THROW(recharge::read_settings(study)) << entry.path();
    } else if (study.kind == "downscaling") {
      EXPECT_NO_THROW(downscaling::read_settings(study)) << entry.path();
    } else if (study.kind == "comparison") {
      EXPECT_NO_THROW(comparison::read_settings(study)) << entry.path();
    } else if (study.kind == "tuning") {
      EXPECT_NO_THROW(tuning::read_settings(study)) << entry.path();
    } else {
      EXPECT_NO_THROW(read_settings(study)) << entry.path();
    }
  }
  EXPECT_GE(examples, 4);
}

TEST(Settings, InitWritesTheExamplesThemselves) {
  EXPECT_EQ(virtual_wells_template(), core::read_file("examples/virtual-wells.yml"));
  EXPECT_EQ(own_wells_template(), core::read_file("examples/own-wells.yml"));
}

TEST(Settings, OverridesAreCheckedAsTheFileIs) {
  const std::string file = "examples/virtual-wells.yml";
  const WellsSettings s = read_settings(file, {"training.epochs=3", "scope=single", "basin.seed=9"});
  EXPECT_EQ(s.task.learn.training.epochs, 3);
  EXPECT_EQ(s.task.scope, hydrographs::Scope::single);
  EXPECT_EQ(s.basin.seed, 9U);
  EXPECT_THROW(read_settings(file, {"training.epochs=0"}), core::InputError);
  EXPECT_THROW(read_settings(file, {"training.epoch=3"}), core::InputError);
  EXPECT_THROW(read_settings(file, {"epochs"}), core::InputError);
}

TEST(Settings, QuantileBandsNeedAQuantileLoss) {
  const std::string file = "examples/virtual-wells.yml";
  EXPECT_THROW(read_settings(file, {"uncertainty.scale=quantiles"}), core::InputError);
  EXPECT_NO_THROW(read_settings(file, {"uncertainty.scale=quantiles", "loss.kind=quantile"}));
}

TEST(Settings, TheResolvedFileReadsBackToTheSame) {
  const WellsSettings s = read_settings("examples/real/challenge-2022.yml", {});
  const std::string text = core::to_yaml(s);
  WellsSettings again;
  core::Problems problems;
  core::read_params(core::parse_yaml(text, "resolved"), again, problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(core::to_yaml(again), text);
}

}  // namespace
}  // namespace phreatic::studies::wells

// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/trees/files/model_file.hpp"
#include "phreatic/trees/files/ubjson.hpp"
#include "phreatic/trees/forest.hpp"
#include "reference_models.hpp"

namespace phreatic::trees {
namespace {

using nlohmann::json;

std::string error_of(const std::string& bytes) {
  try {
    parse_model(bytes, "m");
  } catch (const core::InputError& error) {
    return error.what();
  }
  return "";
}

json reference(const std::string& name) {
  return json::parse(core::read_file(testing::reference_folder("xgboost-3.4.1") / name));
}

TEST(ModelFile, NamesTypesObjectiveAndVersionAreRead) {
  const Booster b = read_model(testing::reference_folder("xgboost-3.4.1") / "tweedie.json");
  EXPECT_EQ(b.feature_names, (std::vector<std::string>{"rate", "area", "transmissivity", "depth", "yield"}));
  EXPECT_EQ(b.objective, "reg:tweedie");
  EXPECT_EQ(b.version, "3.4.1");
  EXPECT_EQ(b.objective_parameters.at("tweedie_regression_param.tweedie_variance_power").substr(0, 3), "1.2");
  EXPECT_EQ(b.trees.size(), 10U);
}

TEST(ModelFile, BaseScoreIsReadAsTextNumberAndList) {
  json model = reference("squarederror.json");
  for (const json& score :
       {json("7.5E-1"), json("[7.5E-1]"), json(0.75), json::array({0.75}), json::array({"7.5E-1"})}) {
    model["learner"]["learner_model_param"]["base_score"] = score;
    EXPECT_DOUBLE_EQ(parse_model(model.dump(), "m").base_score, 0.75) << score;
    EXPECT_DOUBLE_EQ(parse_model(to_ubjson(model), "m").base_score, 0.75) << score;
  }
  model["learner"]["learner_model_param"]["base_score"] = "[1E0,2E0]";
  EXPECT_NE(error_of(model.dump()).find("several outputs"), std::string::npos);
  model["learner"]["learner_model_param"]["base_score"] = "many";
  EXPECT_NE(error_of(model.dump()).find("base_score"), std::string::npos);
}

TEST(ModelFile, WhatCannotBeEvaluatedIsRefusedByNameWithARemedy) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"refused_classes.json", "classes"},
      {"refused_categories.json", "categorical splits"},
      {"refused_vectors.json", "Train one model per"},
      {"refused_linear.json", "gblinear"}};
  for (const auto& [name, text] : cases) {
    const std::string error = error_of(core::read_file(testing::reference_folder("xgboost-3.4.1") / name));
    EXPECT_NE(error.find(text), std::string::npos) << name << ": " << error;
    EXPECT_NE(error.find("rain"), std::string::npos) << name << ": " << error;
  }
  json model = reference("squarederror.json");
  model["learner"]["objective"]["name"] = "reg:myown";
  EXPECT_NE(error_of(model.dump()).find("'reg:myown' is not known"), std::string::npos);
}

TEST(ModelFile, TreesThatAreNoTreesAreRefused) {
  const auto broken = [](const char* key, std::size_t at, const json& value) {
    json model = reference("squarederror.json");
    model["learner"]["gradient_booster"]["model"]["trees"][1][key][at] = value;
    return error_of(model.dump());
  };
  EXPECT_NE(broken("left_children", 0, 0).find("reached twice"), std::string::npos);
  EXPECT_NE(broken("left_children", 0, 100000).find("is no node"), std::string::npos);
  EXPECT_NE(broken("right_children", 0, -1).find("child that is not there"), std::string::npos);
  EXPECT_NE(broken("split_indices", 0, 5).find("is no feature"), std::string::npos);
  EXPECT_NE(broken("split_conditions", 0, nullptr).find("is no number"), std::string::npos);
  EXPECT_NE(broken("sum_hessian", 2, "x").find("trees[1].sum_hessian"), std::string::npos);
}

TEST(ModelFile, EveryTruncationOfAFileEndsWithAnErrorThatNamesIt) {
  for (const char* name : {"logistic.json", "logitraw.ubj"}) {
    const std::string bytes = core::read_file(testing::reference_folder("xgboost-3.4.1") / name);
    for (std::size_t n = 0; n + 1 < bytes.size(); n += 97)
      EXPECT_EQ(error_of(bytes.substr(0, n)).substr(0, 1), "m") << name << " " << n;
  }
  EXPECT_NE(error_of("").find("empty"), std::string::npos);
  EXPECT_NE(error_of("binf....").find("old binary format"), std::string::npos);
  EXPECT_NE(error_of("\x7f"
                     "ELF")
                .find("no XGBoost model"),
            std::string::npos);
  EXPECT_NE(error_of("{}").find("learner"), std::string::npos);
}

TEST(ModelFile, ACountThatTheBytesCannotHoldIsRefusedBeforeMemoryIsTaken) {
  std::string bytes = "{L";
  bytes += std::string("\0\0\0\0\0\0\0\1", 8) + "a[$d#L" + std::string("\x7f\xff\xff\xff\xff\xff\xff\xff", 8);
  EXPECT_NE(error_of(bytes).find("more than its bytes can hold"), std::string::npos);
  EXPECT_NE(error_of("{i\1a" + std::string(100000, '[')).find("nested deeper"), std::string::npos);
}

// XGBoost 1.7.6 reads "-3.203010600E-01" as 0.5 and "-3.2030106E-1" as it stands.
TEST(ModelFile, TheBaseScoreIsWrittenInTheOneFormThatAllVersionsRead) {
  Booster b = testing::random_booster(1, 2, 1, 2);
  for (const auto& [score, text] :
       std::vector<std::pair<double, std::string>>{{0.5, "5E-1"},
                                                   {-0.3203010600, "-3.2030106E-1"},
                                                   {0, "0E0"},
                                                   {1234567.9, "1.2345679E6"},
                                                   {1e-12, "1E-12"}}) {
    b.base_score = score;
    const json written = json::parse(to_json_model(b));
    EXPECT_EQ(written["learner"]["learner_model_param"]["base_score"], text);
    EXPECT_EQ(static_cast<float>(parse_model(to_json_model(b), "m").base_score), static_cast<float>(score));
  }
}

TEST(ModelFile, WrittenModelsReadBackToTheSameBooster) {
  for (const auto& model : testing::reference_models()) {
    for (const std::string& bytes : {to_json_model(model.booster), to_ubjson_model(model.booster)}) {
      const Booster again = parse_model(bytes, model.label);
      EXPECT_EQ(again.feature_names, model.booster.feature_names);
      EXPECT_EQ(again.objective_parameters, model.booster.objective_parameters);
      EXPECT_EQ(again.tree_weight.size(), model.booster.tree_weight.size());
      std::vector<float> a(model.rows.rows), b(model.rows.rows);
      Forest(model.booster).margins(a.size(), model.rows.values.data(), a.data());
      Forest(again).margins(b.size(), model.rows.values.data(), b.data());
      EXPECT_EQ(a, b) << model.label;
    }
  }
}

}  // namespace
}  // namespace phreatic::trees

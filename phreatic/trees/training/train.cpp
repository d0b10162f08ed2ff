// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/trees/training/train.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "phreatic/trees/files/model_file.hpp"
#include "phreatic/trees/training/library.hpp"

namespace phreatic::trees {
namespace {

// Rows of a table with their target, inside XGBoost.
class Matrix {
 public:
  Matrix(const Table& table, std::span<const double> target, const std::vector<std::size_t>& rows) {
    const std::size_t f = table.features();
    std::vector<float> values, labels;
    values.reserve(rows.size() * f);
    for (const std::size_t r : rows) {
      values.insert(values.end(), table.row(r), table.row(r) + f);
      labels.push_back(static_cast<float>(target[r]));
    }
    const XgboostLibrary& x = xgboost_library();
    check_xgboost(x.matrix_from_values(values.data(), rows.size(), f, std::numeric_limits<float>::quiet_NaN(),
                                       &handle_),
                  "table");
    const int code = x.matrix_set_floats(handle_, "label", labels.data(), labels.size());
    if (code != 0) x.matrix_free(handle_);
    check_xgboost(code, "target");
  }
  ~Matrix() { xgboost_library().matrix_free(handle_); }
  Matrix(const Matrix&) = delete;
  Matrix& operator=(const Matrix&) = delete;
  XgboostLibrary::Handle handle() const { return handle_; }

 private:
  XgboostLibrary::Handle handle_ = nullptr;
};

std::vector<std::pair<std::string, std::string>> settings(const TrainParams& p) {
  return {{"objective", p.objective},
          {"eta", fmt::format("{}", p.learning_rate)},
          {"max_depth", fmt::format("{}", p.max_depth)},
          {"min_child_weight", fmt::format("{}", p.min_child_weight)},
          {"subsample", fmt::format("{}", p.subsample)},
          {"colsample_bytree", fmt::format("{}", p.colsample_bytree)},
          {"lambda", fmt::format("{}", p.reg_lambda)},
          {"alpha", fmt::format("{}", p.reg_alpha)},
          {"gamma", fmt::format("{}", p.gamma)},
          {"tree_method", p.tree_method},
          {"max_bin", fmt::format("{}", p.max_bin)},
          {"seed", fmt::format("{}", p.seed % 2147483647)},
          {"nthread", "1"},
          {"verbosity", "0"}};
}

class Trainer {
 public:
  Trainer(const Matrix& matrix, const TrainParams& params) : matrix_(matrix) {
    const XgboostLibrary& x = xgboost_library();
    const XgboostLibrary::Handle list[1] = {matrix.handle()};
    check_xgboost(x.booster_create(list, 1, &handle_), "training");
    for (const auto& [name, value] : settings(params)) {
      // max_bin is of the methods that bin.
      if (name == "max_bin" && params.tree_method == "exact") continue;
      const int code = x.booster_set(handle_, name.c_str(), value.c_str());
      if (code != 0) x.booster_free(handle_);
      check_xgboost(code, name);
    }
  }
  ~Trainer() { xgboost_library().booster_free(handle_); }
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  void round(int i) {
    check_xgboost(xgboost_library().booster_update(handle_, i, matrix_.handle()), "training");
  }
  std::vector<float> predict(const Matrix& rows) const {
    const std::uint64_t* shape = nullptr;
    std::uint64_t dimensions = 0;
    const float* out = nullptr;
    check_xgboost(
        xgboost_library().booster_predict(
            handle_, rows.handle(),
            R"({"type":0,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":true})",
            &shape, &dimensions, &out),
        "prediction");
    std::uint64_t count = 1;
    for (std::uint64_t i = 0; i < dimensions; ++i) count *= shape[i];
    return {out, out + count};
  }
  std::string save() const {
    std::uint64_t size = 0;
    const char* bytes = nullptr;
    check_xgboost(xgboost_library().booster_save(handle_, R"({"format":"ubj"})", &size, &bytes), "model");
    return {bytes, bytes + size};
  }

 private:
  const Matrix& matrix_;
  XgboostLibrary::Handle handle_ = nullptr;
};

void check_target(const Table& table, std::span<const double> target, const TrainParams& params) {
  PHREATIC_ASSERT(target.size() == table.rows);
  core::Problems problems;
  if (table.rows < 2 || table.features() == 0)
    problems.add({.where = "table",
                  .what = fmt::format("has {} rows and {} features", table.rows, table.features()),
                  .allowed = "at least two rows and one feature"});
  if (!known_objective(params.objective))
    problems.add({.where = "objective",
                  .what = fmt::format("'{}' is not known", params.objective),
                  .allowed = fmt::format("{} ...", known_objectives().front())});
  else if (link_of(params.objective) == Link::log) {
    for (std::size_t r = 0; r < target.size(); ++r) {
      if (target[r] >= 0) continue;
      problems.add({.where = fmt::format("target of row {}", r + 1),
                    .what = fmt::format("{} is negative", target[r]),
                    .allowed = fmt::format("{} takes targets from 0 on", params.objective),
                    .mend = "Use reg:squarederror, or another target"});
      break;
    }
  }
  problems.throw_if_any();
}

}  // namespace

void describe(core::Describer& d, TrainParams& p) {
  d.field("objective", p.objective,
          {.help = "What is minimised, by XGBoost's name", .choices = known_objectives()});
  d.field("n_estimators", p.n_estimators, {.help = "Trees", .min = 1, .max = 100000});
  d.field("learning_rate", p.learning_rate, {.help = "Factor on each tree", .min = 1e-6, .max = 1});
  d.field("max_depth", p.max_depth, {.help = "Splits between root and leaf at most", .min = 1, .max = 32});
  d.field("min_child_weight", p.min_child_weight,
          {.help = "Least sum of hessians in a leaf (rows, for squared errors)", .min = 0});
  d.field("subsample", p.subsample, {.help = "Share of the rows that each tree sees", .min = 0.01, .max = 1});
  d.field("colsample_bytree", p.colsample_bytree,
          {.help = "Share of the features that each tree sees", .min = 0.01, .max = 1});
  d.field("reg_lambda", p.reg_lambda, {.help = "Squared penalty on leaves", .min = 0});
  d.field("reg_alpha", p.reg_alpha, {.help = "Absolute penalty on leaves", .min = 0});
  d.field("gamma", p.gamma, {.help = "Least gain of a split", .min = 0});
  d.field("tree_method", p.tree_method,
          {.help = "How splits are searched", .choices = {"hist", "exact", "approx"}});
  d.field("max_bin", p.max_bin, {.help = "Bins per feature of hist and approx", .min = 2, .max = 65536});
  d.field("seed", p.seed, {.help = "Seed of subsamples"});
}

Booster train(const Table& table, std::span<const double> target, const TrainParams& params,
              core::Context& context) {
  check_target(table, target, params);
  std::vector<std::size_t> rows(table.rows);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  const Matrix matrix(table, target, rows);
  Trainer trainer(matrix, params);
  core::Progress progress("training", static_cast<std::size_t>(params.n_estimators), "trees",
                          context.show_progress);
  for (int i = 0; i < params.n_estimators; ++i) {
    core::throw_if_interrupted();
    trainer.round(i);
    progress.advance();
  }
  Booster out = parse_model(trainer.save(), "trained model");
  out.feature_names = table.names;
  out.feature_types.assign(table.features(), "float");
  return out;
}

Fit fit_and_predict(const Table& table, std::span<const double> target, const std::vector<std::size_t>& learn,
                    const std::vector<std::size_t>& ask, const TrainParams& params) {
  const Matrix matrix(table, target, learn);
  Trainer trainer(matrix, params);
  for (int i = 0; i < params.n_estimators; ++i) trainer.round(i);
  return {trainer.predict(Matrix(table, target, ask))};
}

}  // namespace phreatic::trees

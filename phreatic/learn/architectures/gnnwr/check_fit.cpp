// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/architectures/gnnwr/check_fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "phreatic/learn/architectures/gnnwr/scaling.hpp"
#include "phreatic/learn/kernels/dense/dense.hpp"
#include "phreatic/stats/regression/ols.hpp"

namespace phreatic::learn {
namespace {

constexpr std::size_t kLargestDistances = std::size_t{4} << 30;  // bytes kept for one fit

bool constant(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [&](double v) { return v == values.front(); });
}

void check_target(const RowTable& table, const std::vector<std::size_t>& rows, const std::string& part,
                  core::Problems& problems) {
  std::vector<double> target;
  for (const std::size_t i : rows) target.push_back(table.target[i]);
  if (!target.empty() && constant(target)) {
    problems.add({.file = table.source,
                  .where = fmt::format("column '{}'", table.target_name),
                  .what = fmt::format("is {} in all {} {} rows: there is nothing to explain", target.front(),
                                      target.size(), part),
                  .mend = part == "training" ? "Check the column, or the rows that were left out"
                                             : "Choose other validation rows, or more of them"});
  }
}

}  // namespace

void check_fit(const RowTable& table, const RowSplit& split, const GnnwrParams& params) {
  core::Problems problems;
  check_table(table, true, params.time, problems);
  problems.throw_if_any();
  std::vector<bool> used(table.rows, false);
  for (const auto* part : {&split.training, &split.validation}) {
    for (const std::size_t i : *part) {
      PHREATIC_ASSERT(i < table.rows && !used[i]);
      used[i] = true;
    }
  }
  if (split.validation.size() < 2) {
    problems.add({.file = table.source,
                  .what = fmt::format("{} validation rows", split.validation.size()),
                  .allowed = "at least 2: they say when training stops",
                  .mend = "Raise the share of validation rows"});
  }
  if (params.distance == DistanceKind::great_circle && table.coordinates != Coordinates::degrees) {
    problems.add({.where = "distance",
                  .what = "great_circle needs longitudes and latitudes, but the coordinates are in metres",
                  .mend = "Take distance: planar, or coordinates: degrees"});
  }
  const std::size_t terms = all_covariate_names(table, params).size() + 1;
  if (split.training.size() <= terms) {
    problems.add({.file = table.source,
                  .what = fmt::format("{} training rows for {} coefficients (intercept included)",
                                      split.training.size(), terms),
                  .allowed = "more rows than coefficients",
                  .mend = "Take fewer covariates or more rows"});
  }
  check_target(table, split.training, "training", problems);
  check_target(table, split.validation, "validation", problems);
  problems.throw_if_any();
}

void check_covariates(const RowTable& training, const GnnwrModel& model, const std::vector<double>& values) {
  const stats::OlsFit found = stats::ols(values, training.target, model.covariate_names.size());
  core::Problems problems;
  for (const std::size_t k : found.constant) {
    problems.add(
        {.file = training.source,
         .where = fmt::format("column '{}'", model.covariate_names[k]),
         .what = fmt::format("is {} in all {} training rows: its coefficient cannot be told from the "
                             "intercept",
                             model.low[k], training.rows),
         .mend = "Leave this covariate out"});
  }
  for (const std::size_t k : found.dependent) {
    problems.add({.file = training.source,
                  .where = fmt::format("column '{}'", model.covariate_names[k]),
                  .what = "is a linear combination of the covariates before it (X'X is singular)",
                  .mend = "Leave one of them out"});
  }
  problems.throw_if_any();
}

void check_references(const RowTable& training, const GnnwrModel& model) {
  const std::size_t references = model.reference_x.size();
  core::Problems problems;
  if (!model.params.hidden.empty() && references < static_cast<std::size_t>(model.params.hidden.front())) {
    problems.add(
        {.where = "hidden",
         .what = fmt::format("{} reference points are fewer than the {} units of the first hidden layer",
                             references, model.params.hidden.front()),
         .mend = "Take more reference points, or a narrower first layer (or leave hidden empty)"});
  }
  const std::size_t channels = model.params.time ? 2 : 1;
  const std::size_t bytes = training.rows * kernels::dense_stride(references) * channels * sizeof(float);
  if (bytes > kLargestDistances) {
    problems.add(
        {.where = "references",
         .what = fmt::format("{} training rows x {} reference points need {:.1f} GiB for their distances",
                             training.rows, references, static_cast<double>(bytes) / (1024.0 * 1024 * 1024)),
         .allowed = fmt::format("{} GiB", kLargestDistances >> 30),
         .mend = "Take references: {choice: kmeans, count: 500}"});
  }
  problems.throw_if_any();
}

std::size_t duplicate_places(const RowTable& table) {
  std::set<std::array<double, 3>> seen;
  std::size_t count = 0;
  for (std::size_t i = 0; i < table.rows; ++i)
    count += seen.insert({table.x[i], table.y[i], table.t.empty() ? 0 : table.t[i]}).second ? 0 : 1;
  return count;
}

}  // namespace phreatic::learn

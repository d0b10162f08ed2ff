// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/learned_models.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "phreatic/core/random.hpp"
#include "phreatic/learn/architectures/gnnwr/gnnwr.hpp"
#include "phreatic/trees/forest.hpp"
#include "phreatic/trees/training/train.hpp"

namespace phreatic::studies::downscaling {
namespace {

learn::RowTable table_of(const Rows& rows) {
  learn::RowTable table;
  table.rows = rows.count;
  table.x = rows.longitude;
  table.y = rows.latitude;
  table.t = rows.days;
  table.covariate_names = rows.names;
  table.covariates = rows.x;
  table.target = rows.y;
  table.target_name = "storage";
  table.target_unit = "mm";
  table.coordinates = learn::Coordinates::degrees;
  return table;
}

// Whole months are left out of training to stop by: rows of one month tell of each other.
learn::RowSplit split_by_month(const Rows& rows, std::uint64_t seed) {
  std::vector<double> months = rows.days;
  std::sort(months.begin(), months.end());
  months.erase(std::unique(months.begin(), months.end()), months.end());
  learn::RowSplit split;
  for (std::size_t i = 0; i < rows.count; ++i) {
    const auto month = static_cast<std::uint64_t>(
        std::lower_bound(months.begin(), months.end(), rows.days[i]) - months.begin());
    const bool held =
        months.size() > 1 ? core::RandomStream(seed, "stop", month).uniform() < 0.2 : i % 5 == 0;
    (held ? split.validation : split.training).push_back(i);
  }
  return split;
}

Predictor fit_network(const Rows& training, bool time, std::uint64_t seed, core::Context& context) {
  learn::GnnwrParams params;
  params.time = time;
  params.distance = learn::DistanceKind::great_circle;
  params.references = {learn::ReferenceChoice::kmeans, 64};
  params.training.optimizer = learn::GnnwrOptimizer::adam;
  params.training.learning_rate = 0.01;
  params.training.batch_size = 128;
  params.training.epochs = 60;
  params.training.patience = 15;
  params.training.seed = seed;
  auto fit = std::make_shared<learn::GnnwrFit>(
      learn::fit_gnnwr(table_of(training), split_by_month(training, seed), params, context));
  return [fit](const Rows& rows) { return learn::predict(fit->model, table_of(rows)).value; };
}

trees::Table features_of(const Rows& rows) {
  return {rows.names, rows.count, {rows.x.begin(), rows.x.end()}};
}

}  // namespace

Predictor fit_gnnwr(const Rows& training, std::uint64_t seed, core::Context& context) {
  return fit_network(training, false, seed, context);
}

Predictor fit_gtnnwr(const Rows& training, std::uint64_t seed, core::Context& context) {
  return fit_network(training, true, seed, context);
}

Predictor fit_trees(const Rows& training, std::uint64_t seed, core::Context& context) {
  trees::TrainParams params;
  params.n_estimators = 300;
  params.max_depth = 4;
  params.subsample = 0.8;
  params.seed = seed;
  const trees::Booster booster = trees::train(features_of(training), training.y, params, context);
  auto forest = std::make_shared<trees::Forest>(booster);
  return [forest](const Rows& rows) {
    const trees::Table table = features_of(rows);
    std::vector<float> out(rows.count);
    forest->margins(rows.count, table.values.data(), out.data());
    return std::vector<double>(out.begin(), out.end());
  };
}

}  // namespace phreatic::studies::downscaling

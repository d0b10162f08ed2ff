// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/models/learned_models.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <tuple>

#include "phreatic/core/random.hpp"
#include "phreatic/learn/architectures/gnnwr/gnnwr.hpp"
#include "phreatic/learn/architectures/ssvaer/ssvaer.hpp"
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

// Rows with their place and months, so that each finds the next month of its place.
class Ordered {
 public:
  explicit Ordered(std::size_t covariates) { rows_.covariates = covariates; }
  void add(const Rows& from, std::size_t i, bool labelled) {
    at_[{from.longitude[i], from.latitude[i], static_cast<long>(std::lround(from.days[i] / kMonth))}] =
        rows_.rows++;
    rows_.x.insert(rows_.x.end(), from.row(i), from.row(i) + rows_.covariates);
    rows_.y.push_back(labelled ? from.y[i] : std::numeric_limits<double>::quiet_NaN());
  }
  learn::SsvaerRows rows() {
    rows_.next.assign(rows_.rows, -1);
    for (const auto& [key, row] : at_) {
      const auto [x, y, month] = key;
      const auto found = at_.find({x, y, month + 1});
      if (found != at_.end()) rows_.next[row] = static_cast<std::ptrdiff_t>(found->second);
    }
    return rows_;
  }

 private:
  static constexpr double kMonth = 365.2425 / 12;  // days
  learn::SsvaerRows rows_;
  std::map<std::tuple<double, double, long>, std::size_t> at_;
};

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

Predictor fit_ssvaer(const Rows& training, std::uint64_t seed, core::Context& context) {
  const std::size_t covariates = training.names.size();
  const learn::RowSplit split = split_by_month(training, seed);
  Ordered learnt(covariates), held(covariates);
  for (const std::size_t i : split.training) learnt.add(training, i, true);
  for (const std::size_t i : split.validation) held.add(training, i, true);
  if (training.unlabelled) {
    for (std::size_t i = 0; i < training.unlabelled->count; ++i) learnt.add(*training.unlabelled, i, false);
  }
  learn::SsvaerParams params;
  params.seed = seed;
  auto model = std::make_shared<const learn::SsvaerModel>(
      learn::fit_ssvaer(learnt.rows(), held.rows(), params, context));
  return [model](const Rows& rows) { return learn::predict(*model, rows.x).value; };
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

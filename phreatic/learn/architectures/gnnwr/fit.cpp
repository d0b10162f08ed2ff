// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/learn/architectures/gnnwr/check_fit.hpp"
#include "phreatic/learn/architectures/gnnwr/diagnostics.hpp"
#include "phreatic/learn/architectures/gnnwr/distances.hpp"
#include "phreatic/learn/architectures/gnnwr/gnnwr.hpp"
#include "phreatic/learn/architectures/gnnwr/network.hpp"
#include "phreatic/learn/architectures/gnnwr/scaling.hpp"
#include "phreatic/learn/architectures/gnnwr/steps.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::learn {
namespace {

constexpr std::size_t kChunk = 256;             // rows evaluated at a time
constexpr double kDeadProximity = 1e-5;         // standard deviation of proximities below which they are dead
constexpr int kEpochsToDie = 5;                 // in a row
constexpr std::uint64_t kSeedsApart = 1000003;  // between members, and between starts of one

// Rows as the network takes them, for training or validation.
struct Part {
  RowTable table;
  std::vector<double> scaled;
  std::vector<float> terms, target, space, time;
  std::size_t stride = 0;
};

Part make_part(const GnnwrModel& model, RowTable table) {
  Part part;
  part.scaled = all_covariates(table, model.params);
  scale_covariates(model, part.scaled);
  part.terms = terms_of(model, part.scaled);
  part.target.assign(table.target.begin(), table.target.end());
  part.stride = kernels::dense_stride(model.reference_x.size());
  part.space.resize(table.rows * part.stride);
  if (model.params.time) part.time.resize(table.rows * part.stride);
  scaled_distances(model, table, 0, table.rows, part.stride, part.space.data(),
                   model.params.time ? part.time.data() : nullptr);
  part.table = std::move(table);
  return part;
}

// Weights of all rows of a part, [rows][terms], and the spread of its proximities.
std::vector<float> evaluate(GnnwrNetwork& network, const Part& part, std::size_t terms, double& spread) {
  std::vector<float> w(part.table.rows * terms);
  spread = 0;
  for (std::size_t first = 0; first < part.table.rows; first += kChunk) {
    const std::size_t count = std::min(kChunk, part.table.rows - first);
    network.evaluate({.rows = count,
                      .space = part.space.data() + first * part.stride,
                      .time = part.time.empty() ? nullptr : part.time.data() + first * part.stride},
                     w.data() + first * terms);
    spread = std::max(spread, network.proximity_spread());
  }
  return w;
}

std::vector<double> values_of(const Part& part, const std::vector<float>& w) {
  std::vector<double> value(part.table.rows, 0.0);
  const std::size_t terms = w.size() / part.table.rows;
  for (std::size_t i = 0; i < part.table.rows; ++i) {
    for (std::size_t k = 0; k < terms; ++k)
      value[i] += static_cast<double>(w[i * terms + k]) * part.terms[i * terms + k];
  }
  return value;
}

// Copies of the rows of one batch.
class Gather {
 public:
  GnnwrBatch take(const Part& part, std::size_t terms, const std::size_t* rows, std::size_t count) {
    space_.resize(count * part.stride);
    time_.resize(part.time.empty() ? 0 : count * part.stride);
    terms_.resize(count * terms);
    target_.resize(count);
    for (std::size_t r = 0; r < count; ++r) {
      const std::size_t i = rows[r];
      std::copy_n(part.space.data() + i * part.stride, part.stride, space_.data() + r * part.stride);
      if (!time_.empty())
        std::copy_n(part.time.data() + i * part.stride, part.stride, time_.data() + r * part.stride);
      std::copy_n(part.terms.data() + i * terms, terms, terms_.data() + r * terms);
      target_[r] = part.target[i];
    }
    return {count, space_.data(), time_.empty() ? nullptr : time_.data(), terms_.data(), target_.data()};
  }

 private:
  std::vector<float> space_, time_, terms_, target_;
};

// One pass over the training rows; returns the mean squared error. A last batch of one row joins the one
// before, for a batch of one has no variance.
double train_epoch(GnnwrNetwork& network, const Part& part, std::size_t terms,
                   const GnnwrTrainingParams& params, std::uint64_t seed, int epoch, std::uint64_t& update,
                   Gather& gather) {
  core::RandomStream random(seed, "gnnwr shuffle", static_cast<std::uint64_t>(epoch));
  const std::vector<std::size_t> order = random.permutation(part.table.rows);
  const auto size = static_cast<std::size_t>(params.batch_size);
  double squares = 0;
  for (std::size_t first = 0; first < order.size();) {
    std::size_t count = std::min(size, order.size() - first);
    if (order.size() - first - count == 1) ++count;
    const GnnwrBatch batch = gather.take(part, terms, order.data() + first, count);
    ++update;
    squares += network.train(batch, step_of(params, epoch, update), update);
    first += count;
  }
  return squares / static_cast<double>(order.size());
}

struct Member {
  GnnwrWeights weights;
  GnnwrHistory history;
  bool dead = false;
  bool diverged = false;
};

// One start of one member. Stops early, and at once when its proximities have died.
Member train_start(const GnnwrModel& model, const Part& training, const Part& validation, std::uint64_t seed,
                   core::Progress& progress) {
  const GnnwrTrainingParams& params = model.params.training;
  const std::size_t terms = model.term_count();
  GnnwrNetwork network(model.params, model.reference_x.size(), terms, seed);
  Member member;
  Gather gather;
  std::uint64_t update = 0;
  double best = -std::numeric_limits<double>::infinity();
  int dead_epochs = 0;
  for (int epoch = 0; epoch < params.epochs; ++epoch) {
    core::throw_if_interrupted();
    member.history.loss.push_back(train_epoch(network, training, terms, params, seed, epoch, update, gather));
    double spread = 1;
    const std::vector<double> value = values_of(validation, evaluate(network, validation, terms, spread));
    const double r2 = stats::nse(validation.table.target, value);
    member.history.validation_r2.push_back(r2);
    if (r2 > best) {
      best = r2;
      member.history.best_epoch = epoch;
      member.weights = network.weights();
    }
    progress.advance(1, fmt::format("validation R2 {:.3f}", best));
    dead_epochs = spread < kDeadProximity ? dead_epochs + 1 : 0;
    member.dead = dead_epochs >= kEpochsToDie;
    if (member.dead || (params.patience > 0 && epoch - member.history.best_epoch >= params.patience)) break;
  }
  member.diverged = member.history.best_epoch < 0;
  if (member.diverged) member.weights = network.weights();
  return member;
}

Member train_member(const GnnwrModel& model, const Part& training, const Part& validation, std::size_t index,
                    core::Progress& progress) {
  int restarts = 0;
  while (true) {
    const std::uint64_t seed =
        model.params.training.seed + kSeedsApart * (index + 4096 * static_cast<std::uint64_t>(restarts));
    Member member = train_start(model, training, validation, seed, progress);
    member.history.restarts = restarts;
    if (!member.dead || restarts >= model.params.proximity.restarts) return member;
    ++restarts;
  }
}

std::vector<std::string> warnings_of(const std::vector<Member>& members, const RowTable& training) {
  std::vector<std::string> out;
  const std::size_t duplicates = duplicate_places(training);
  if (duplicates > 0)
    out.push_back(
        fmt::format("{} training rows share place (and time) with another; they are kept, and "
                    "distances between them are zero",
                    duplicates));
  for (std::size_t m = 0; m < members.size(); ++m) {
    if (members[m].history.restarts > 0)
      out.push_back(fmt::format("network {}: the proximities died, so that it was started anew {} times",
                                m + 1, members[m].history.restarts));
    if (members[m].dead)
      out.push_back(
          fmt::format("network {}: the proximities died in every start; its local coefficients do not "
                      "vary, and it is no better than OLS",
                      m + 1));
    if (members[m].diverged)
      out.push_back(
          fmt::format("network {}: training diverged (validation R2 is not a number); lower "
                      "training.learning_rate",
                      m + 1));
  }
  return out;
}

// Scales, OLS and references of the training rows: all but the networks.
GnnwrModel prepare(const RowTable& training, const GnnwrParams& params, stats::OlsFit& ols) {
  GnnwrModel model;
  model.params = params;
  model.covariate_names = all_covariate_names(training, params);
  model.target_name = training.target_name;
  model.target_unit = training.target_unit;
  std::vector<double> values = all_covariates(training, params);
  const std::size_t columns = model.covariate_names.size();
  model.low.assign(columns, std::numeric_limits<double>::infinity());
  model.high.assign(columns, -std::numeric_limits<double>::infinity());
  for (std::size_t i = 0; i < values.size(); ++i) {
    model.low[i % columns] = std::min(model.low[i % columns], values[i]);
    model.high[i % columns] = std::max(model.high[i % columns], values[i]);
  }
  check_covariates(training, model, values);
  scale_covariates(model, values);
  ols = stats::ols(values, training.target, columns);
  PHREATIC_ASSERT(ols.solved);
  model.ols = ols.coefficients;
  model.beta = params.fixed_ols ? ols.coefficients : std::vector<double>(columns + 1, 1.0);
  choose_references(training, model);
  check_references(training, model);
  return model;
}

void diagnose(const stats::OlsFit& ols, const Part& training, const Part& validation, GnnwrFit& fit) {
  const std::size_t terms = fit.model.term_count();
  const auto mean_weights = [&](const Part& part) {
    std::vector<float> mean(part.table.rows * terms, 0.0F);
    for (const GnnwrWeights& weights : fit.model.members) {
      GnnwrNetwork network(fit.model.params, weights);
      double spread = 0;
      const std::vector<float> w = evaluate(network, part, terms, spread);
      for (std::size_t i = 0; i < w.size(); ++i)
        mean[i] += w[i] / static_cast<float>(fit.model.members.size());
    }
    return mean;
  };
  const std::vector<float> w = mean_weights(training);
  fit.diagnostics = local_diagnostics(ols, training.scaled, w, training.table.target, values_of(training, w));
  const std::vector<double> value = values_of(validation, mean_weights(validation));
  fit.diagnostics.r2_validation = stats::nse(validation.table.target, value);
  fit.diagnostics.rmse_validation = stats::rmse(validation.table.target, value);
}

}  // namespace

GnnwrFit fit_gnnwr(const RowTable& table, const RowSplit& split, const GnnwrParams& params,
                   core::Context& context) {
  check_fit(table, split, params);
  RowTable rows = select_rows(table, split.training);
  stats::OlsFit ols;
  GnnwrFit fit;
  fit.model = prepare(rows, params, ols);
  const Part training = make_part(fit.model, std::move(rows));
  const Part validation = make_part(fit.model, select_rows(table, split.validation));
  const auto count = static_cast<std::size_t>(params.members);
  std::vector<Member> members(count);
  const std::string label = params.time ? "GTNNWR" : "GNNWR";
  if (count == 1) {
    core::Progress progress(label, static_cast<std::size_t>(params.training.epochs), "epochs",
                            context.show_progress);
    members[0] = train_member(fit.model, training, validation, 0, progress);
  } else {
    core::parallel_for(count, [&](std::size_t m) {
      core::Progress silent(label, 1, "epochs", false);
      members[m] = train_member(fit.model, training, validation, m, silent);
    });
  }
  for (Member& member : members) {
    fit.model.members.push_back(std::move(member.weights));
    fit.history.push_back(member.history);
  }
  fit.warnings = warnings_of(members, training.table);
  for (const std::string& warning : fit.warnings) context.log.warn(warning);
  diagnose(ols, training, validation, fit);
  return fit;
}

}  // namespace phreatic::learn

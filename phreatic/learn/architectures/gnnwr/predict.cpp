// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>

#include "phreatic/learn/architectures/gnnwr/distances.hpp"
#include "phreatic/learn/architectures/gnnwr/gnnwr.hpp"
#include "phreatic/learn/architectures/gnnwr/network.hpp"
#include "phreatic/learn/architectures/gnnwr/scaling.hpp"

namespace phreatic::learn {
namespace {

constexpr std::size_t kChunk = 256;    // rows at a time
constexpr double kOutsideShare = 0.1;  // of the range of training

// The table with the model's covariates in its order. Throws InputError.
RowTable in_order(const GnnwrModel& model, const RowTable& table) {
  const std::size_t own = model.covariate_names.size() - all_covariate_names({}, model.params).size();
  core::Problems problems;
  std::vector<std::size_t> columns;
  for (std::size_t k = 0; k < own; ++k) {
    const auto& names = table.covariate_names;
    const auto found = std::find(names.begin(), names.end(), model.covariate_names[k]);
    if (found == names.end()) {
      const std::string near = core::nearest(model.covariate_names[k], names);
      problems.add({.file = table.source,
                    .what = "has no covariate '" + model.covariate_names[k] +
                            "', which the model was trained with" +
                            (near.empty() ? "" : "; did you mean '" + near + "'?")});
    }
    columns.push_back(static_cast<std::size_t>(found - names.begin()));
  }
  problems.throw_if_any();
  RowTable out = table;
  out.covariate_names.assign(model.covariate_names.begin(),
                             model.covariate_names.begin() + static_cast<std::ptrdiff_t>(own));
  out.covariates.resize(table.rows * own);
  for (std::size_t i = 0; i < table.rows; ++i) {
    for (std::size_t k = 0; k < own; ++k) out.covariates[i * own + k] = table.covariates_of(i)[columns[k]];
  }
  check_table(out, false, model.params.time, problems);
  problems.throw_if_any();
  return out;
}

void count_outside(const std::vector<double>& scaled, std::size_t columns, GnnwrPrediction& out) {
  for (std::size_t i = 0; columns > 0 && i < scaled.size() / columns; ++i) {
    const auto first = scaled.begin() + static_cast<std::ptrdiff_t>(i * columns);
    const bool outside = std::any_of(first, first + static_cast<std::ptrdiff_t>(columns),
                                     [](double v) { return v < -kOutsideShare || v > 1 + kOutsideShare; });
    if (outside) out.outside_rows.push_back(i);
  }
  out.outside = out.outside_rows.size();
}

// Local coefficients of the scaled covariates as those per unit; the intercept at covariates of zero.
void per_unit(const GnnwrModel& model, GnnwrPrediction& out) {
  const std::size_t terms = model.term_count();
  out.coefficients = out.scaled;
  for (std::size_t i = 0; i < out.value.size(); ++i) {
    double* const c = out.coefficients.data() + i * terms;
    for (std::size_t k = 0; k + 1 < terms; ++k) {
      c[k] /= model.high[k] - model.low[k];
      c[terms - 1] -= c[k] * model.low[k];
    }
  }
}

}  // namespace

GnnwrPrediction predict(const GnnwrModel& model, const RowTable& given) {
  const RowTable table = in_order(model, given);
  std::vector<double> scaled = all_covariates(table, model.params);
  scale_covariates(model, scaled);
  const std::size_t terms = model.term_count();
  const std::size_t columns = terms - 1;
  GnnwrPrediction out;
  count_outside(scaled, columns, out);
  out.scaled.assign(table.rows * terms, 0.0);
  std::vector<double> sum(table.rows, 0.0);
  std::vector<double> squares(table.rows, 0.0);
  std::vector<GnnwrNetwork> networks;
  for (const GnnwrWeights& member : model.members) networks.emplace_back(model.params, member);
  const std::size_t stride = kernels::dense_stride(model.reference_x.size());
  std::vector<float> space(kChunk * stride);
  std::vector<float> time(model.params.time ? kChunk * stride : 0);
  std::vector<float> w(kChunk * terms);
  const auto members = static_cast<double>(networks.size());
  for (std::size_t first = 0; first < table.rows; first += kChunk) {
    const std::size_t count = std::min(kChunk, table.rows - first);
    scaled_distances(model, table, first, count, stride, space.data(), time.empty() ? nullptr : time.data());
    for (GnnwrNetwork& network : networks) {
      network.evaluate({.rows = count, .space = space.data(), .time = time.empty() ? nullptr : time.data()},
                       w.data());
      for (std::size_t r = 0; r < count; ++r) {
        const std::size_t i = first + r;
        double value = 0;
        for (std::size_t k = 0; k < terms; ++k) {
          const double coefficient = w[r * terms + k] * model.beta[k];
          out.scaled[i * terms + k] += coefficient / members;
          value += coefficient * (k < columns ? scaled[i * columns + k] : 1.0);
        }
        sum[i] += value;
        squares[i] += value * value;
      }
    }
  }
  for (std::size_t i = 0; i < table.rows; ++i) {
    out.value.push_back(sum[i] / members);
    const double variance =
        networks.size() < 2 ? 0 : (squares[i] - sum[i] * sum[i] / members) / (members - 1);
    out.spread.push_back(std::sqrt(std::max(0.0, variance)));
  }
  per_unit(model, out);
  return out;
}

}  // namespace phreatic::learn

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/surrogates/samples.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace phreatic::studies::recharge {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

}  // namespace

bool is_input_of(const std::string& input, const std::string& target_column) {
  if (input == "wet_depth" || input == "specific_yield_wet") return target_column != "k_per_day";
  if (input == "dry_depth" || input == "specific_yield_dry") return target_column == "k_per_day";
  return true;
}

TargetSamples samples_of(const Table& features, const Table& targets, const std::string& target,
                         const std::string& left_out) {
  TargetSamples out;
  for (const TableColumn& column : features.columns) {
    if (is_input_of(column.name, target) && (left_out.empty() || column.name.rfind(left_out, 0) != 0))
      out.samples.inputs.push_back(column.name);
  }
  out.samples.x.resize(out.samples.inputs.size());
  for (std::size_t i = 0; i < targets.ids.size(); ++i) {
    const double value = targets.numbers(target)[i];
    if (!(value > 0)) continue;
    for (std::size_t j = 0; j < out.samples.inputs.size(); ++j)
      out.samples.x[j].push_back(features.numbers(out.samples.inputs[j])[i]);
    out.samples.y.push_back(std::log10(value));
    out.index.push_back(i);
  }
  return out;
}

std::vector<std::size_t> rows_among(const std::vector<std::size_t>& index,
                                    const std::vector<std::size_t>& sites) {
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < index.size(); ++row) {
    if (std::binary_search(sites.begin(), sites.end(), index[row])) rows.push_back(row);
  }
  return rows;
}

std::size_t fewest_rows(const Table& features, const std::string& target) {
  const auto inputs = std::count_if(features.columns.begin(), features.columns.end(),
                                    [&](const TableColumn& c) { return is_input_of(c.name, target); });
  return static_cast<std::size_t>(inputs) + 2;
}

std::vector<double> predict_folds(const std::string& kind, const TargetSamples& all,
                                  const std::vector<Fold>& folds, std::size_t sites, std::size_t fewest,
                                  const FitParams& params) {
  std::vector<double> out(sites, kMissing);
  for (const Fold& fold : folds) {
    const auto train = rows_among(all.index, fold.train);
    const auto test = rows_among(all.index, fold.test);
    if (train.size() < fewest || test.empty()) continue;
    const SurrogatePtr model = fit_surrogate(kind, rows_of(all.samples, train), params);
    const auto predicted = model->predict(columns_of(rows_of(all.samples, test), model->inputs()));
    for (std::size_t i = 0; i < test.size(); ++i) out[all.index[test[i]]] = predicted[i];
  }
  return out;
}

std::vector<double> logs_of(const Table& targets, const std::string& column) {
  std::vector<double> out;
  for (const double v : targets.numbers(column)) out.push_back(v > 0 ? std::log10(v) : kMissing);
  return out;
}

}  // namespace phreatic::studies::recharge

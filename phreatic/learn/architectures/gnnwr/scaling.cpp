// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/architectures/gnnwr/scaling.hpp"

namespace phreatic::learn {

std::vector<std::string> all_covariate_names(const RowTable& table, const GnnwrParams& params) {
  std::vector<std::string> names = table.covariate_names;
  if (!params.coordinates_as_covariates) return names;
  names.insert(names.end(), {"x", "y"});
  if (params.time) names.emplace_back("t");
  return names;
}

std::vector<double> all_covariates(const RowTable& table, const GnnwrParams& params) {
  if (!params.coordinates_as_covariates) return table.covariates;
  std::vector<double> out;
  for (std::size_t i = 0; i < table.rows; ++i) {
    out.insert(out.end(), table.covariates_of(i), table.covariates_of(i) + table.covariate_count());
    out.push_back(table.x[i]);
    out.push_back(table.y[i]);
    if (params.time) out.push_back(table.t[i]);
  }
  return out;
}

void scale_covariates(const GnnwrModel& model, std::vector<double>& values) {
  const std::size_t columns = model.low.size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t k = i % columns;
    values[i] = (values[i] - model.low[k]) / (model.high[k] - model.low[k]);
  }
}

std::vector<float> terms_of(const GnnwrModel& model, const std::vector<double>& scaled) {
  const std::size_t terms = model.term_count();
  const std::size_t rows = scaled.size() / (terms - 1);
  std::vector<float> out(rows * terms);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t k = 0; k + 1 < terms; ++k)
      out[i * terms + k] = static_cast<float>(model.beta[k] * scaled[i * (terms - 1) + k]);
    out[i * terms + terms - 1] = static_cast<float>(model.beta[terms - 1]);
  }
  return out;
}

}  // namespace phreatic::learn

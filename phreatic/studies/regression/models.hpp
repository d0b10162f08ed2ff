// SPDX-License-Identifier: BSD-3-Clause
// Fits the models of a regression study and scores them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/learn/architectures/gnnwr/gnnwr.hpp"
#include "phreatic/stats/metrics/metric_table.hpp"
#include "phreatic/studies/regression/table.hpp"

namespace phreatic::studies::regression {

struct FittedModel {
  std::string name;                     // "gnnwr"
  std::string seed;                     // "seed 1" of networks, else ""
  std::vector<double> value;            // [rows]
  std::vector<std::string> terms;       // names of the coefficients, "intercept" last
  std::vector<double> coefficients;     // [rows][terms], per unit of the covariate
  std::vector<double> standard_errors;  // [rows][terms]; empty = not known
  std::vector<learn::GnnwrHistory> history;
  std::vector<std::pair<std::string, double>> facts;  // AICc, tr S, neighbours ...
  std::vector<std::string> warnings;
};

// Every model of the settings; networks are written below `folder`. Throws InputError.
std::vector<FittedModel> fit_models(const PreparedTable& data, const RegressionModels& settings,
                                    const std::filesystem::path& folder, core::Context& context);

stats::MetricTable score(const PreparedTable& data, const std::vector<FittedModel>& models);

void write_predictions(const PreparedTable& data, const std::vector<FittedModel>& models,
                       const std::filesystem::path& path);
// Of each model's first seed: row, x, y (, t), model, term, value, standard error and whether 0 is more than
// 1.96 of them away.
void write_coefficients(const PreparedTable& data, const std::vector<FittedModel>& models,
                        const std::filesystem::path& path);

}  // namespace phreatic::studies::regression

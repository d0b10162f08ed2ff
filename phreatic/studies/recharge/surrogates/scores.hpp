// SPDX-License-Identifier: BSD-3-Clause
// Scores of surrogates as rows of metrics.csv.
#pragma once

#include <string>
#include <vector>

#include "phreatic/stats/metrics/metric_table.hpp"
#include "phreatic/studies/recharge/surrogates/training.hpp"

namespace phreatic::studies::recharge {

struct ScoreInput {
  const std::vector<Site>& sites;
  const Table& targets;
  TargetKind target;
  double recharge_days = 0;
};

// predicted [sites] log10, NaN = not scored. Appends, of back-transformed values: R2 (1 - SSE/SST), R2_correlation,
// R2_log, R2_smeared, MAE, MAE_smeared, MAPE and MAPE_constant (of the geometric mean) in %, ratio_10, ratio_50,
// ratio_90 (simulated over predicted), bias_percent and bias_percent_smeared (of the sums), n; for volumes also
// R2_normalised: of the volume over the infiltrated water, which for water stored is the efficiency.
void append_scores(stats::MetricTable& table, const ScoreInput& input, const std::string& model,
                   const std::string& period, const std::vector<double>& predicted, double smearing);

}  // namespace phreatic::studies::recharge

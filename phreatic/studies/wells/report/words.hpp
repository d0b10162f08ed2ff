// SPDX-License-Identifier: BSD-3-Clause
// Identifiers of files and settings as words for readers of the report, and what the metrics mean.
#pragma once

#include <string>
#include <vector>

#include "phreatic/explain/windows.hpp"
#include "phreatic/report/figures.hpp"

namespace phreatic::studies::wells {

// "transfer_function" -> "transfer function", "lstm" -> "LSTM"; an unknown name as it is, without underscores.
std::string model_words(const std::string& model);
// "NSE_trainmean" -> "NSE, training mean"; "coverage_90" -> "coverage 90 %".
std::string metric_words(const std::string& metric);
// "same_well" -> "windows of the well itself".
std::string reference_words(explain::ReferenceChoice choice);

// A metric's column with the sentence that explains it. `metric` as in metrics.csv, without the band's level.
report::Column metric_column(const std::string& metric, const std::string& unit, int digits,
                             std::vector<double> values);
// Sentence that explains a metric; "" when it is unknown.
std::string metric_help(const std::string& metric);

}  // namespace phreatic::studies::wells

// SPDX-License-Identifier: BSD-3-Clause
// Reads metrics.csv back.
#pragma once

#include <filesystem>

#include "phreatic/stats/metrics/metric_table.hpp"

namespace phreatic::studies {

// Throws InputError when the file is missing or is not a table of metrics.
stats::MetricTable read_metrics(const std::filesystem::path& path);

}  // namespace phreatic::studies

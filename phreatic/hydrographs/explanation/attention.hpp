// SPDX-License-Identifier: BSD-3-Clause
// What Temporal Fusion Transformers selected and looked at, at the dates that are explained: the weights of every
// date in a file, written as they are made, and their summary by variable and step. Pooled over the members and
// units that simulate a well. Weights are not effects: contributions are in explanation.hpp.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/hydrographs/explanation/attention_drivers.hpp"
#include "phreatic/hydrographs/settings.hpp"
#include "phreatic/hydrographs/targets/units.hpp"

namespace phreatic::hydrographs {

// Mean weight of each variable over a window's steps, for every date.
struct SelectionTable {
  std::vector<std::string> variables;
  std::vector<double> weights;  // [date][variable]; NaN: the networks of that well do not use it
};

struct AttentionSummary {
  std::vector<std::string> wells;
  std::vector<std::size_t> well_of_date;
  SelectionTable statics, past, future;
  std::size_t outputs = 0;   // leads of a forecast, else 1
  std::vector<int> steps;    // seen from the issue date, or from the date itself (0): -72 ... 0 ... 12
  std::vector<double> mean;  // [well][output][step] attention, mean over the well's dates; NaN without dates
  std::vector<double> deviation;  // the same, standard deviation over the dates
  std::vector<AttentionDriver> drivers;
  AttentionOverTime over_time;
  std::size_t dates() const { return well_of_date.size(); }
};

// Writes `file` (NetCDF, a record for each date) and returns the summary. Memory: one batch of windows.
AttentionSummary export_attention(const Prepared& prepared, const Models& models, const ExplainParams& params,
                                  const std::filesystem::path& file, core::Context& context);

// importance.csv (well, part, variable, mean, p10, p50, p90), attention.csv (well, output, step, mean, deviation),
// attention_drivers.csv (well, driver: correlation of attention with the driver, with intervals), attention_dates.csv
// (attention and drivers over time, means over wells and ten days), attention.json (the
// same over all wells, for the report), each with the wells and "all".
void write_attention(const AttentionSummary& summary, const std::filesystem::path& folder);

}  // namespace phreatic::hydrographs

// SPDX-License-Identifier: BSD-3-Clause
// Files of a run folder as the report's figures take them.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "phreatic/data/io/csv/csv.hpp"
#include "phreatic/report/model.hpp"
#include "phreatic/stats/metrics/metric_table.hpp"
#include "phreatic/studies/downscaling/settings.hpp"

namespace phreatic::studies::downscaling {

// A CSV table of the run: columns by name.
class Csv {
 public:
  explicit Csv(const std::filesystem::path& path);
  std::size_t size() const { return table_.rows.size(); }
  bool has(const std::string& column) const { return table_.column(column) < table_.header.size(); }
  std::vector<std::string> texts(const std::string& name) const;
  std::vector<double> numbers(const std::string& name) const;

 private:
  data::io::TextTable table_;
};

// A run folder with what is read of it at once.
struct RunFiles {
  explicit RunFiles(const std::filesystem::path& run);

  // NaN where the table has no such row.
  double metric(const std::string& entity, const std::string& model, const std::string& period,
                const std::string& name) const;
  // Of the summary; NaN where it is null.
  double number(const char* key) const;
  report::Figure raster(const std::string& id, const std::string& file, int band,
                        const report::Quantity& quantity, bool diverging, const std::string& heading,
                        const std::string& caption) const;
  // `found`: where not null, the limits that hold 98 % of the values are taken and handed out.
  report::Figure cube(const std::string& id, const std::string& file, const std::string& variable,
                      const std::string& heading, const std::string& caption, const report::Limits& limits,
                      report::Limits* found) const;

  std::filesystem::path folder;
  Settings settings;
  nlohmann::json summary;
  stats::MetricTable metrics;
};

// "Can I trust it?": scores, closure, bands, and what each model uses.
report::Section trust_section(const RunFiles& run);

}  // namespace phreatic::studies::downscaling

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/metrics_file.hpp"

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/csv_cell.hpp"
#include "phreatic/data/io/csv/csv.hpp"

namespace phreatic::studies {

stats::MetricTable read_metrics(const std::filesystem::path& path) {
  core::Problems problems;
  data::io::CsvDialect dialect;
  dialect.separator = "comma";
  dialect.decimal = "point";
  const data::io::TextTable table = data::io::read_text_table(path, dialect, problems);
  problems.throw_if_any();
  std::vector<std::string> wanted = {"entity", "variable", "period", "metric", "value", "model"};
  const bool old = table.header == wanted;  // before the column `weather` was added
  wanted.emplace_back("weather");
  if (!old && table.header != wanted) {
    throw core::InputError({.file = path.string(),
                            .line = 1,
                            .what = "this is not a table of metrics",
                            .allowed = "the header entity,variable,period,metric,value,model,weather"});
  }
  stats::MetricTable metrics;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const auto& row = table.rows[i];
    double value = 0;
    if (!data::io::parse_cell(row[4], '.', value)) {
      problems.add({.file = path.string(),
                    .line = table.lines[i],
                    .where = "column 'value'",
                    .what = "'" + row[4] + "' is not a number"});
      continue;
    }
    metrics.push_back({core::text_of_csv_cell(row[0]), core::text_of_csv_cell(row[1]), row[2], row[3], value,
                       row[5], old ? "" : row[6]});
  }
  problems.throw_if_any();
  return metrics;
}

}  // namespace phreatic::studies

// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "phreatic/core/files/csv_cell.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/hydrographs/explanation/attention.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::hydrographs {
namespace {

using nlohmann::json;

struct Spread {
  double mean = std::nan(""), p10 = std::nan(""), p50 = std::nan(""), p90 = std::nan("");
};

Spread spread_of(std::vector<double> values) {
  std::erase_if(values, [](double v) { return std::isnan(v); });
  if (values.empty()) return {};
  return {stats::mean(values), stats::quantile(values, 0.1), stats::quantile(values, 0.5),
          stats::quantile(values, 0.9)};
}

// Weights of a variable at the dates of a well, or of all of them.
std::vector<double> weights_of(const AttentionSummary& s, const SelectionTable& table, std::size_t variable,
                               std::size_t well) {
  std::vector<double> out;
  for (std::size_t d = 0; d < s.dates(); ++d) {
    if (well < s.wells.size() && s.well_of_date[d] != well) continue;
    out.push_back(table.weights[d * table.variables.size() + variable]);
  }
  return out;
}

std::string number(double v) { return std::isnan(v) ? "" : fmt::format("{:.6g}", v); }

json number_or_null(double v) { return std::isnan(v) ? json() : json(v); }

// Means over wells, and what the middle 80 % of them span, of the attention of one output at one step.
Spread over_wells(const AttentionSummary& s, std::size_t output, std::size_t step) {
  std::vector<double> values;
  for (std::size_t w = 0; w < s.wells.size(); ++w)
    values.push_back(s.mean[(w * s.outputs + output) * s.steps.size() + step]);
  return spread_of(std::move(values));
}

// Of each driver: median over the wells, and at how many of them the interval leaves 0 out.
json drivers_json(const AttentionSummary& s) {
  json out = json::array();
  std::vector<std::string> names;
  for (const AttentionDriver& row : s.drivers) {
    if (std::find(names.begin(), names.end(), row.driver) == names.end()) names.push_back(row.driver);
  }
  for (const std::string& name : names) {
    json one = {{"driver", name}};
    for (const auto& [key, part] : {std::pair{"as_is", &AttentionDriver::as_is},
                                    std::pair{"without_season", &AttentionDriver::without_season}}) {
      std::vector<double> r;
      std::size_t clear = 0;
      for (const AttentionDriver& row : s.drivers) {
        const CorrelationInterval& c = row.*part;
        if (row.driver != name || std::isnan(c.r)) continue;
        r.push_back(c.r);
        if (c.low > 0 || c.high < 0) ++clear;
      }
      one[key] = {{"r", number_or_null(spread_of(r).p50)}, {"wells", r.size()}, {"clear", clear}};
    }
    out.push_back(one);
  }
  return out;
}

std::string drivers_csv(const AttentionSummary& s) {
  std::string text = "well,driver,steps,r,low,high,r_without_season,low_without_season,high_without_season\n";
  for (const AttentionDriver& row : s.drivers)
    text += fmt::format("{},{},{},{},{},{},{},{},{}\n", core::csv_cell(row.well), core::csv_cell(row.driver),
                        row.steps, number(row.as_is.r), number(row.as_is.low), number(row.as_is.high),
                        number(row.without_season.r), number(row.without_season.low),
                        number(row.without_season.high));
  return text;
}

std::string dates_csv(const AttentionOverTime& x) {
  std::string text = "begins,attention";
  for (const std::string& driver : x.drivers) text += "," + core::csv_cell(driver);
  text += "\n";
  for (std::size_t i = 0; i < x.starts.size(); ++i) {
    text += core::format_date(x.starts[i]) + "," + number(x.attention[i]);
    for (const std::vector<double>& values : x.values) text += "," + number(values[i]);
    text += "\n";
  }
  return text;
}

json over_time_json(const AttentionOverTime& x) {
  json out = {{"starts", x.starts}, {"attention", json::array()}, {"drivers", json::array()}};
  for (const double v : x.attention) out["attention"].push_back(number_or_null(v));
  for (std::size_t d = 0; d < x.drivers.size(); ++d) {
    json one = {{"driver", x.drivers[d]}, {"unit", x.units[d]}, {"values", json::array()}};
    for (const double v : x.values[d]) one["values"].push_back(number_or_null(v));
    out["drivers"].push_back(std::move(one));
  }
  return out;
}

json attention_json(const AttentionSummary& s) {
  json out = {{"dates", s.dates()},         {"steps", s.steps},
              {"outputs", json::array()},   {"selection", json::array()},
              {"drivers", drivers_json(s)}, {"over_time", over_time_json(s.over_time)}};
  for (std::size_t k = 0; k < s.outputs; ++k) {
    json one = {{"mean", json::array()}, {"low", json::array()}, {"high", json::array()}};
    for (std::size_t step = 0; step < s.steps.size(); ++step) {
      const Spread x = over_wells(s, k, step);
      one["mean"].push_back(number_or_null(x.mean));
      one["low"].push_back(number_or_null(x.p10));
      one["high"].push_back(number_or_null(x.p90));
    }
    out["outputs"].push_back(one);
  }
  for (const auto& [part, table] :
       {std::pair{"static", &s.statics}, std::pair{"past", &s.past}, std::pair{"future", &s.future}}) {
    for (std::size_t v = 0; v < table->variables.size(); ++v) {
      const Spread x = spread_of(weights_of(s, *table, v, s.wells.size()));
      if (std::isnan(x.mean)) continue;
      out["selection"].push_back({{"part", part},
                                  {"variable", table->variables[v]},
                                  {"mean", x.mean},
                                  {"p10", x.p10},
                                  {"p50", x.p50},
                                  {"p90", x.p90}});
    }
  }
  return out;
}

std::string importance_csv(const AttentionSummary& s) {
  std::string text = "well,part,variable,mean,p10,p50,p90\n";
  for (std::size_t w = 0; w <= s.wells.size(); ++w) {
    for (const auto& [part, table] :
         {std::pair{"static", &s.statics}, std::pair{"past", &s.past}, std::pair{"future", &s.future}}) {
      for (std::size_t v = 0; v < table->variables.size(); ++v) {
        const Spread x = spread_of(weights_of(s, *table, v, w));
        if (std::isnan(x.mean)) continue;
        text += fmt::format("{},{},{},{},{},{},{}\n",
                            w < s.wells.size() ? core::csv_cell(s.wells[w]) : std::string("all"), part,
                            core::csv_cell(table->variables[v]), number(x.mean), number(x.p10), number(x.p50),
                            number(x.p90));
      }
    }
  }
  return text;
}

std::string attention_csv(const AttentionSummary& s) {
  std::string text = "well,output,step,mean,deviation\n";
  for (std::size_t w = 0; w < s.wells.size(); ++w) {
    for (std::size_t k = 0; k < s.outputs; ++k) {
      for (std::size_t step = 0; step < s.steps.size(); ++step) {
        const std::size_t at = (w * s.outputs + k) * s.steps.size() + step;
        if (std::isnan(s.mean[at])) continue;
        text += fmt::format("{},{},{},{},{}\n", core::csv_cell(s.wells[w]), k + 1, s.steps[step],
                            number(s.mean[at]), number(s.deviation[at]));
      }
    }
  }
  return text;
}

}  // namespace

void write_attention(const AttentionSummary& summary, const std::filesystem::path& folder) {
  core::write_file_atomic(folder / "importance.csv", importance_csv(summary));
  core::write_file_atomic(folder / "attention.csv", attention_csv(summary));
  core::write_file_atomic(folder / "attention_drivers.csv", drivers_csv(summary));
  core::write_file_atomic(folder / "attention_dates.csv", dates_csv(summary.over_time));
  core::write_file_atomic(folder / "attention.json", attention_json(summary).dump(1) + "\n");
}

}  // namespace phreatic::hydrographs

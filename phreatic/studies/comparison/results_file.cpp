// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/csv_cell.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/studies/comparison/results.hpp"

namespace phreatic::studies::comparison {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string number(double value) { return std::isnan(value) ? "NaN" : fmt::format("{:.6g}", value); }

// JSON has no NaN: null stands for it.
json plain(double v) { return std::isnan(v) ? json() : json(v); }
double value_of(const json& v) { return v.is_null() ? std::nan("") : v.get<double>(); }

json list_of(const std::vector<double>& values) {
  json out = json::array();
  for (const double v : values) out.push_back(plain(v));
  return out;
}

std::vector<double> numbers_of(const json& list) {
  std::vector<double> out;
  for (const json& v : list) out.push_back(value_of(v));
  return out;
}

json interval_json(const stats::DifferenceInterval& i) {
  return {plain(i.value), plain(i.low), plain(i.high), plain(i.p_value)};
}
stats::DifferenceInterval interval_of(const json& j) {
  return {value_of(j.at(0)), value_of(j.at(1)), value_of(j.at(2)), value_of(j.at(3))};
}

// The numbers of a score by name.
using Member = double ModelScore::*;
constexpr std::pair<const char*, Member> kNumbers[] = {
    {"NSE_median", &ModelScore::nse_median},   {"NSE_mean", &ModelScore::nse_mean},
    {"R2_median", &ModelScore::r2_median},     {"KGE_median", &ModelScore::kge_median},
    {"RMSE_median", &ModelScore::rmse_median}, {"share_above_0.7", &ModelScore::share_above},
    {"coverage", &ModelScore::coverage},       {"train_seconds", &ModelScore::train_seconds}};

}  // namespace

void write_tables(const ComparisonResults& results, const fs::path& scores, const fs::path& differences,
                  const fs::path& entities) {
  std::string text =
      "target,model,entities,NSE_median,NSE_mean,R2_median,KGE_median,RMSE_median,share_above_0.7,coverage,"
      "simple_model_better_at,train_seconds\n";
  std::string each = "target,model,entity,NSE,R2,RMSE\n";
  for (const ModelScore& s : results.scores) {
    const std::string key = core::csv_cell(s.target) + "," + core::csv_cell(s.model);
    text +=
        fmt::format("{},{},{},{},{},{},{},{},{},{},{:.1f}\n", key, s.entities.size(), number(s.nse_median),
                    number(s.nse_mean), number(s.r2_median), number(s.kge_median), number(s.rmse_median),
                    number(s.share_above), number(s.coverage), s.beaten_at, s.train_seconds);
    for (std::size_t e = 0; e < s.entities.size(); ++e)
      each += key + "," + core::csv_cell(s.entities[e]) + "," + number(s.nse[e]) + "," + number(s.r2[e]) +
              "," + number(s.rmse[e]) + "\n";
  }
  core::write_file_atomic(scores, text);
  core::write_file_atomic(entities, each);
  text =
      "target,first,second,entities,blocks,first_better_at,NSE_mean_difference,low,high,p,"
      "NSE_median_difference,median_low,median_high,median_p\n";
  for (const ModelDifference& d : results.differences) {
    const auto interval = [](const stats::DifferenceInterval& i) {
      return number(i.value) + "," + number(i.low) + "," + number(i.high) + "," + number(i.p_value);
    };
    text += fmt::format("{},{},{},{},{},{},{},{}\n", core::csv_cell(d.target), core::csv_cell(d.first),
                        core::csv_cell(d.second), d.nse.entities, d.nse.blocks, d.nse.first_better,
                        interval(d.nse.mean), interval(d.nse.median));
  }
  core::write_file_atomic(differences, text);
}

void write_results(const ComparisonResults& results, const fs::path& path) {
  json scores = json::array();
  for (const ModelScore& s : results.scores) {
    json one = {{"target", s.target},      {"model", s.model},        {"entities", s.entities},
                {"run", s.folder},         {"NSE", list_of(s.nse)},   {"R2", list_of(s.r2)},
                {"RMSE", list_of(s.rmse)}, {"beaten_at", s.beaten_at}};
    for (const auto& [name, member] : kNumbers) one[name] = plain(s.*member);
    scores.push_back(std::move(one));
  }
  json differences = json::array();
  for (const ModelDifference& d : results.differences)
    differences.push_back({{"target", d.target},
                           {"first", d.first},
                           {"second", d.second},
                           {"mean", interval_json(d.nse.mean)},
                           {"median", interval_json(d.nse.median)},
                           {"entities", d.nse.entities},
                           {"first_better", d.nse.first_better},
                           {"blocks", d.nse.blocks}});
  core::write_file_atomic(path, json{{"scores", scores}, {"differences", differences}}.dump(1) + "\n");
}

ComparisonResults read_results(const fs::path& path) {
  try {
    const json text = json::parse(core::read_file(path));
    ComparisonResults out;
    for (const json& one : text.at("scores")) {
      ModelScore s;
      s.target = one.at("target").get<std::string>();
      s.model = one.at("model").get<std::string>();
      s.entities = one.at("entities").get<std::vector<std::string>>();
      s.folder = one.value("run", "");  // none in files before 2026-11-28, nor R2 and RMSE by entity
      s.nse = numbers_of(one.at("NSE"));
      s.r2 = numbers_of(one.value("R2", json::array()));
      s.rmse = numbers_of(one.value("RMSE", json::array()));
      s.beaten_at = one.at("beaten_at").get<std::size_t>();
      for (const auto& [name, member] : kNumbers) s.*member = value_of(one.at(name));
      out.scores.push_back(std::move(s));
    }
    for (const json& one : text.at("differences")) {
      ModelDifference d{one.at("target").get<std::string>(),
                        one.at("first").get<std::string>(),
                        one.at("second").get<std::string>(),
                        {}};
      d.nse.mean = interval_of(one.at("mean"));
      d.nse.median = interval_of(one.at("median"));
      d.nse.entities = one.at("entities").get<std::size_t>();
      d.nse.first_better = one.at("first_better").get<std::size_t>();
      d.nse.blocks = one.at("blocks").get<std::size_t>();
      out.differences.push_back(std::move(d));
    }
    return out;
  } catch (const json::exception&) {
    throw core::InputError(
        {.file = path.string(), .what = "is damaged", .mend = "Delete it and run the comparison again"});
  }
}

}  // namespace phreatic::studies::comparison

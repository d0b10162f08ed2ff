// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/comparison/results.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/studies/comparison/comparable.hpp"
#include "phreatic/studies/engine/record.hpp"
#include "phreatic/studies/wells/report/data.hpp"

namespace phreatic::studies::comparison {
namespace {

namespace fs = std::filesystem;
using wells::ReportData;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr double kGoodNse = 0.7;

// A model's run as one target shows it.
struct Shown {
  std::string model, folder;
  ReportData data;
  double train_seconds = 0;
};

Shown show(const PlannedRun& run, const std::string& target, const fs::path& folder) {
  const fs::path own = folder / run.folder;
  const auto names = wells::read_settings((own / "study.yml").string(), {}).target_names();
  const auto number = static_cast<std::size_t>(std::find(names.begin(), names.end(), target) - names.begin());
  Shown shown{run.model, run.folder, wells::read_run(own, number)};
  const engine::Record record(own);
  if (const engine::StageRecord* train = record.find("train")) shown.train_seconds = train->seconds;
  return shown;
}

double middle(std::vector<double> values) {
  std::erase_if(values, [](double v) { return std::isnan(v); });
  return values.empty() ? kMissing : stats::median(values);
}
double average(std::vector<double> values) {
  std::erase_if(values, [](double v) { return std::isnan(v); });
  return values.empty() ? kMissing : stats::mean(values);
}

ModelScore score_of(const std::string& target, const Shown& shown) {
  const ReportData& data = shown.data;
  const auto over = [&](const std::string& metric) { return data.over_wells(metric, data.model()); };
  ModelScore s;
  s.target = target;
  s.model = shown.model;
  s.entities = data.series.entities;
  s.folder = shown.folder;
  s.nse = over("NSE");
  s.r2 = over("R2");
  s.rmse = over("RMSE");
  s.nse_median = middle(s.nse);
  s.nse_mean = average(s.nse);
  s.r2_median = middle(s.r2);
  s.kge_median = middle(over("KGE"));
  s.rmse_median = middle(s.rmse);
  const auto scored = std::count_if(s.nse.begin(), s.nse.end(), [](double v) { return !std::isnan(v); });
  const auto good = std::count_if(s.nse.begin(), s.nse.end(), [](double v) { return v > kGoodNse; });
  s.share_above = scored == 0 ? kMissing : static_cast<double>(good) / static_cast<double>(scored);
  s.coverage = average(over(stats::level_name("coverage", data.settings.uncertainty.conformal.level)));
  for (const std::string& names : beaten_by(data)) s.beaten_at += names.empty() ? 0 : 1;
  s.train_seconds = shown.train_seconds;
  return s;
}

// Steps of the test period of one entity, in order.
std::vector<std::size_t> test_steps(const ReportData& data, std::size_t e) {
  std::vector<std::size_t> out;
  const nlohmann::json& facts = facts_of_entity(data, e);
  if (!facts.contains("test")) return out;
  const auto begin = facts["test"][0].get<core::Seconds>();
  const auto end = facts["test"][1].get<core::Seconds>();
  for (std::size_t t = 0; t < data.series.axis.size(); ++t) {
    const core::Seconds at = data.series.axis.start(t);
    if (at >= begin && at < end) out.push_back(t);
  }
  return out;
}

// Observed and simulated of one entity in its test period, NaN elsewhere.
std::vector<double> test_values(const ReportData& data, const std::string& field, std::size_t e) {
  std::vector<double> out(data.series.axis.size(), kMissing);
  const auto* found = data.series.find(field);
  if (found == nullptr) return out;
  const auto values = data.series.series(*found, e);
  for (const std::size_t t : test_steps(data, e)) out[t] = values[t];
  return out;
}

// Throws InputError where one block holds the whole period of every entity.
void check_blocks_of(const ReportData& data, const stats::PairedBootstrapParams& params,
                     const std::string& study_file) {
  std::size_t longest = 0;
  for (std::size_t e = 0; e < data.series.entities.size(); ++e)
    longest = std::max(longest, test_steps(data, e).size());
  core::Problems problems;
  check_blocks(longest, params, study_file, problems);
  problems.throw_if_any();
}

stats::PairedDifference difference_of(const Shown& a, const Shown& b,
                                      const stats::PairedBootstrapParams& params) {
  struct Three {
    std::vector<double> observed, first, second;
  };
  std::vector<Three> kept;
  const auto& others = b.data.series.entities;
  for (std::size_t e = 0; e < a.data.series.entities.size(); ++e) {
    const auto same = std::find(others.begin(), others.end(), a.data.series.entities[e]);
    if (same == others.end()) continue;
    Three three{test_values(a.data, "observed", e), test_values(a.data, "simulated", e), {}};
    const std::vector<double> second =
        test_values(b.data, "simulated", static_cast<std::size_t>(same - others.begin()));
    three.second.assign(three.observed.size(), kMissing);
    for (std::size_t t = 0; t < three.second.size(); ++t) {
      if (const auto step = b.data.series.axis.index_of(a.data.series.axis.start(t)))
        three.second[t] = second[*step];
    }
    kept.push_back(std::move(three));
  }
  std::vector<stats::PairedSeries> series;
  for (const Three& three : kept) series.push_back({three.observed, three.first, three.second});
  return stats::paired_nse_difference(series, params);
}

}  // namespace

ComparisonResults compare_runs(const std::vector<PlannedRun>& runs, const std::vector<std::string>& targets,
                               const stats::PairedBootstrapParams& params, const fs::path& folder,
                               const std::string& study_file) {
  ComparisonResults out;
  for (const std::string& target : targets) {
    std::vector<Shown> shown;
    for (const PlannedRun& run : runs) {
      if (run.target.empty() || run.target == target) shown.push_back(show(run, target, folder));
    }
    if (!shown.empty()) check_blocks_of(shown.front().data, params, study_file);
    for (const Shown& one : shown) out.scores.push_back(score_of(target, one));
    for (std::size_t i = 0; i < shown.size(); ++i) {
      for (std::size_t j = i + 1; j < shown.size(); ++j)
        out.differences.push_back(
            {target, shown[i].model, shown[j].model, difference_of(shown[i], shown[j], params)});
    }
  }
  return out;
}

}  // namespace phreatic::studies::comparison

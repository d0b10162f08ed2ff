// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/forecasts/outlook.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "phreatic/core/files/csv_cell.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/stats/bands/error_scale.hpp"
#include "phreatic/stats/baselines/damped_anomaly.hpp"
#include "phreatic/stats/series/standard_index.hpp"

namespace phreatic::hydrographs {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr int kMonths = 12;

std::vector<int> months_of(const core::TimeAxis& axis) {
  std::vector<int> out;
  for (std::size_t t = 0; t < axis.size(); ++t) out.push_back(core::month_of(axis.start(t)) - 1);
  return out;
}

// Errors of some forecasts in calibration, and how wide they are around a level.
class ErrorModel {
 public:
  ErrorModel(std::vector<double> observed, std::vector<double> forecast, bool by_level)
      : observed_(std::move(observed)), forecast_(std::move(forecast)), by_level_(by_level) {
    if (by_level_) scale_.emplace(observed_, forecast_);
    const std::vector<double> scale = by_level_ ? scale_->at(forecast_) : std::vector<double>();
    calibration_ = stats::calibrate(observed_, forecast_, scale, {});
  }
  stats::ClassProbabilities classes(const stats::IndexReference& reference, int month, double forecast,
                                    const OutlookParams& params) const {
    if (std::isnan(forecast) || calibration_.errors.empty()) return {kMissing, kMissing, kMissing};
    const double level[] = {forecast};
    const double scale = by_level_ ? scale_->at(level).front() : 1.0;
    return stats::class_probabilities(reference, month, calibration_, forecast, scale, params.low,
                                      params.high);
  }

 private:
  std::vector<double> observed_, forecast_;
  bool by_level_;
  std::optional<stats::ErrorScale> scale_;
  stats::Calibration calibration_;
};

double rps(const stats::ClassProbabilities& p, bool below, bool above) {
  const double first = p.below - (below ? 1 : 0);
  const double second = p.below + p.near - (above ? 0 : 1);
  return first * first + second * second;
}

void take_down(Reliability& r, double probability, bool came) {
  const auto bin = std::min(kReliabilityBins - 1,
                            static_cast<std::size_t>(probability * static_cast<double>(kReliabilityBins)));
  r.n[bin] += 1;
  r.probability[bin] += probability;
  r.came[bin] += came ? 1 : 0;
}

// All that is said of one well.
class WellOutlook {
 public:
  WellOutlook(const Prepared& prepared, const ForecastErrors& errors, const LeadForecasts& forecasts,
              const OutlookParams& params, std::size_t e)
      : prepared_(prepared), errors_(errors), forecasts_(forecasts), params_(params), e_(e) {
    const std::vector<double> usual = inside(prepared.level(e), prepared.calibration(e));
    reference_ = stats::index_reference(usual, months_of(prepared.panel.axis), kMonths, params.fewest);
    const auto known = std::find(errors.wells.begin(), errors.wells.end(), prepared.panel.entities[e]);
    row_ = static_cast<std::size_t>(known - errors.wells.begin());
  }
  bool known() const { return row_ < errors_.wells.size(); }

  void run(std::vector<OutlookRow>& newest, std::span<OutlookScore> scores, std::vector<Reliability>& below,
           std::vector<Reliability>& near, std::vector<Reliability>& above) const {
    const std::size_t issue = newest_issue();
    for (std::size_t lead = 1; lead <= forecasts_.leads; ++lead) {
      const ErrorModel model = errors_at(lead);
      const auto levels = forecasts_.series(forecasts_.level, e_, lead);
      if (issue != kNone) {
        const std::size_t t = issue + lead - 1;
        const core::Seconds time = forecasts_.axis.start(t);
        const auto p = model.classes(reference_, core::month_of(time) - 1, levels[t], params_);
        newest[lead - 1] = {
            forecasts_.wells[e_], lead, issue_date(issue), time, levels[t], p.below, p.near, p.above};
      }
      score(lead, model, levels, scores[lead - 1], {below[lead - 1], near[lead - 1], above[lead - 1]});
    }
  }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  struct Parts {
    Reliability &below, &near, &above;
  };

  // Step of lead 1 of the last issue date with forecasts of all leads.
  std::size_t newest_issue() const {
    for (std::size_t first = forecasts_.times(); first-- > 0;) {
      bool all = first + forecasts_.leads <= forecasts_.times();
      for (std::size_t lead = 1; all && lead <= forecasts_.leads; ++lead)
        all = !std::isnan(forecasts_.series(forecasts_.level, e_, lead)[first + lead - 1]);
      if (all) return first;
    }
    return kNone;
  }
  core::Seconds issue_date(std::size_t first) const {
    const auto step = prepared_.panel.axis.index_of(forecasts_.axis.start(first));
    return step && *step > 0 ? prepared_.panel.axis.start(*step - 1) : forecasts_.axis.start(first);
  }

  ErrorModel errors_at(std::size_t lead) const {
    const std::size_t n = errors_.axis.size();
    const auto observed = errors_.observed.subspan(row_ * n, n);
    const auto said = errors_.out_of_sample.subspan((row_ * errors_.leads + lead - 1) * n, n);
    return {{observed.begin(), observed.end()}, {said.begin(), said.end()}, errors_.by_level};
  }

  void score(std::size_t lead, const ErrorModel& model, std::span<const double> levels, OutlookScore& score,
             Parts parts) const {
    stats::BaselineData data;
    data.axis = prepared_.panel.axis;
    const std::vector<double> known = prepared_.known_level(e_);
    data.target = known;
    const learn::StepRange calibration = prepared_.calibration(e_);
    data.train = {calibration.begin, calibration.end};
    const std::vector<double> damped = stats::damped_anomaly_baseline(data, lead, {}).simulated;
    const ErrorModel simple(inside(prepared_.level(e_), calibration), inside(damped, calibration),
                            errors_.by_level);
    const std::vector<double> observed = inside(prepared_.scored_level(e_), prepared_.test(e_));
    const stats::ClassProbabilities usual{params_.low, params_.high - params_.low, 1 - params_.high};
    for (std::size_t t = 0; t < forecasts_.times(); ++t) {
      const auto step = prepared_.panel.axis.index_of(forecasts_.axis.start(t));
      if (!step || std::isnan(observed[*step])) continue;
      const int month = core::month_of(forecasts_.axis.start(t)) - 1;
      const auto p = model.classes(reference_, month, levels[t], params_);
      const auto d = simple.classes(reference_, month, damped[*step], params_);
      if (std::isnan(p.below) || std::isnan(d.below)) continue;
      const bool below = observed[*step] <= stats::reference_level(reference_, month, params_.low);
      const bool above = observed[*step] > stats::reference_level(reference_, month, params_.high);
      score.add({1, rps(p, below, above), rps(usual, below, above), rps(d, below, above)});
      take_down(parts.below, p.below, below);
      take_down(parts.near, p.near, !below && !above);
      take_down(parts.above, p.above, above);
    }
  }

  const Prepared& prepared_;
  const ForecastErrors& errors_;
  const LeadForecasts& forecasts_;
  const OutlookParams& params_;
  std::size_t e_;
  std::size_t row_ = 0;
  stats::IndexReference reference_;
};

void add(Reliability& all, const Reliability& more) {
  for (std::size_t b = 0; b < kReliabilityBins; ++b) {
    all.n[b] += more.n[b];
    all.probability[b] += more.probability[b];
    all.came[b] += more.came[b];
  }
}

}  // namespace

void describe(core::Describer& d, OutlookParams& p) {
  d.field("enabled", p.enabled,
          {.help = "In forecasts: how likely levels below, near and above normal are at each well and lead"});
  d.field("low", p.low,
          {.help = "Share of a month's levels in the calibration period that counts as below normal",
           .min = 0.01,
           .max = 0.5});
  d.field("high", p.high,
          {.help = "Share that is not above normal; normal lies between", .min = 0.5, .max = 0.99});
  d.field("fewest", p.fewest,
          {.help = "Levels of a month in the calibration period without which nothing is said of that month",
           .min = 3,
           .max = 10000});
}

void OutlookScore::add(const OutlookScore& other) {
  n += other.n;
  rps += other.rps;
  climatology += other.climatology;
  damped += other.damped;
}
double OutlookScore::skill_over_climatology() const { return n > 0 ? 1 - rps / climatology : kMissing; }
double OutlookScore::skill_over_damped() const { return n > 0 ? 1 - rps / damped : kMissing; }

Outlook make_outlook(const Prepared& prepared, const ForecastErrors& errors, const LeadForecasts& forecasts,
                     const OutlookParams& params) {
  const std::size_t wells = forecasts.wells.size();
  const std::size_t leads = forecasts.leads;
  Outlook out;
  out.wells = forecasts.wells;
  out.leads = leads;
  out.scores.resize(wells * leads);
  std::vector<std::vector<OutlookRow>> newest(wells, std::vector<OutlookRow>(leads));
  using Bins = std::vector<Reliability>;
  std::vector<Bins> below(wells, Bins(leads)), near = below, above = below;
  core::parallel_for(wells, [&](std::size_t e) {
    const WellOutlook well(prepared, errors, forecasts, params, e);
    if (well.known())
      well.run(newest[e], std::span(out.scores).subspan(e * leads, leads), below[e], near[e], above[e]);
  });
  out.below.resize(leads);
  out.near.resize(leads);
  out.above.resize(leads);
  for (std::size_t e = 0; e < wells; ++e) {
    for (std::size_t k = 0; k < leads; ++k) {
      if (!newest[e][k].well.empty()) out.newest.push_back(newest[e][k]);
      add(out.below[k], below[e][k]);
      add(out.near[k], near[e][k]);
      add(out.above[k], above[e][k]);
    }
  }
  return out;
}

void add_scores(Outlook& all, const Outlook& more) {
  if (all.wells.empty()) {
    all = more;
    all.newest.clear();
    return;
  }
  for (std::size_t e = 0; e < more.wells.size(); ++e) {
    const auto known = std::find(all.wells.begin(), all.wells.end(), more.wells[e]);
    auto at = static_cast<std::size_t>(known - all.wells.begin());
    if (known == all.wells.end()) {
      all.wells.push_back(more.wells[e]);
      all.scores.resize(all.scores.size() + all.leads);
    }
    for (std::size_t k = 0; k < all.leads; ++k)
      all.scores[at * all.leads + k].add(more.scores[e * all.leads + k]);
  }
  for (std::size_t k = 0; k < all.leads; ++k) {
    add(all.below[k], more.below[k]);
    add(all.near[k], more.near[k]);
    add(all.above[k], more.above[k]);
  }
}

namespace {

std::string cell(double v) { return std::isnan(v) ? "NaN" : fmt::format("{:.6g}", v); }

std::string score_cells(const OutlookScore& s) {
  const auto each = [&](double sum) { return cell(s.n > 0 ? sum / s.n : kMissing); };
  return fmt::format("{:.0f},{},{},{},{},{}", s.n, each(s.rps), each(s.climatology), each(s.damped),
                     cell(s.skill_over_climatology()), cell(s.skill_over_damped()));
}

}  // namespace

void write_outlook(const Outlook& outlook, const std::filesystem::path& newest,
                   const std::filesystem::path& scores, const std::filesystem::path& reliability) {
  if (!newest.empty()) {
    std::string text = "well,lead,issued,date,forecast,below_normal,near_normal,above_normal\n";
    for (const OutlookRow& r : outlook.newest)
      text += fmt::format("{},{},{},{},{},{},{},{}\n", core::csv_cell(r.well), r.lead,
                          core::format_date(r.issued), core::format_date(r.time), cell(r.forecast),
                          cell(r.below), cell(r.near), cell(r.above));
    core::write_file_atomic(newest, text);
  }
  std::string text =
      "well,lead,n,RPS,RPS_climatology,RPS_damped_anomaly,RPSS_climatology,RPSS_damped_anomaly\n";
  for (std::size_t k = 0; k < outlook.leads; ++k) {
    OutlookScore all;
    for (std::size_t e = 0; e < outlook.wells.size(); ++e) all.add(outlook.scores[e * outlook.leads + k]);
    text += fmt::format("all,{},{}\n", k + 1, score_cells(all));
  }
  for (std::size_t e = 0; e < outlook.wells.size(); ++e) {
    for (std::size_t k = 0; k < outlook.leads; ++k)
      text += fmt::format("{},{},{}\n", core::csv_cell(outlook.wells[e]), k + 1,
                          score_cells(outlook.scores[e * outlook.leads + k]));
  }
  core::write_file_atomic(scores, text);
  text = "class,lead,bin,n,probability,came\n";
  for (const auto& [name, bins] :
       {std::pair{"below", &outlook.below}, {"near", &outlook.near}, {"above", &outlook.above}}) {
    for (std::size_t k = 0; k < bins->size(); ++k) {
      const Reliability& r = (*bins)[k];
      for (std::size_t b = 0; b < kReliabilityBins; ++b)
        text += fmt::format("{},{},{},{:.0f},{},{}\n", name, k + 1, b, r.n[b],
                            cell(r.n[b] > 0 ? r.probability[b] / r.n[b] : kMissing),
                            cell(r.n[b] > 0 ? r.came[b] / r.n[b] : kMissing));
    }
  }
  core::write_file_atomic(reliability, text);
}

}  // namespace phreatic::hydrographs

// SPDX-License-Identifier: BSD-3-Clause
// What water agencies publish: how likely a level below, near or above normal is at each well and lead
// (docs/methods/outlook.md). Normal is the well's own: the levels of the same month in its calibration period.
//   P(below) = P(level <= q_low),  P(above) = P(level > q_high),  q quantiles of that month's levels (stats: standardised
//   groundwater index); probabilities from the errors that forecasts of the lead made in calibration, on steps that the
//   networks have not learnt from, around the forecast
//   RPS = sum over the two limits of (P(class under it) - whether it came so)^2; 0 is perfect (epstein1969)
//   RPSS = 1 - RPS / RPS of a reference
// References: climatology (the classes' own shares) and the damped anomaly with its own errors in calibration.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/hydrographs/forecasts/lead_forecasts.hpp"
#include "phreatic/stats/bands/conformal.hpp"

namespace phreatic::hydrographs {

struct OutlookParams {
  bool enabled = true;
  double low = 0.25;   // probability under which a level of the calibration period is below normal
  double high = 0.75;  // over which it is above
  int fewest = 10;     // levels of a month in the calibration period without which nothing is said
};
void describe(core::Describer& d, OutlookParams& p);

// What forecasts said in calibration: of a band book (band_book.hpp).
struct ForecastErrors {
  core::TimeAxis axis;
  std::vector<std::string> wells;
  std::size_t leads = 1;
  std::span<const double> observed;       // [well][time]
  std::span<const double> out_of_sample;  // [well][lead][time]
  bool by_level = true;                   // the width of errors follows the level (uncertainty.scale)
};

// The newest outlook of a well at a lead.
struct OutlookRow {
  std::string well;
  std::size_t lead = 1;
  core::Seconds issued = 0, time = 0;
  double forecast = 0;
  double below = 0, near = 0, above = 0;  // NaN where nothing can be said
};

// Sums over scored forecasts; from several origins they are added up.
struct OutlookScore {
  double n = 0;
  double rps = 0, climatology = 0, damped = 0;  // sums of RPS
  void add(const OutlookScore& other);
  double skill_over_climatology() const;  // NaN without forecasts
  double skill_over_damped() const;
};

inline constexpr std::size_t kReliabilityBins = 10;
struct Reliability {  // by bin of the forecast probability
  double n[kReliabilityBins] = {}, probability[kReliabilityBins] = {}, came[kReliabilityBins] = {};
};

struct Outlook {
  std::vector<OutlookRow> newest;  // by well and lead
  std::vector<std::string> wells;
  std::size_t leads = 0;
  std::vector<OutlookScore> scores;             // [well][lead], test period
  std::vector<Reliability> below, near, above;  // [lead], all wells
};

// `prepared` is cut to one target, as are the others. Forecasts whose well the errors do not know have no outlook.
Outlook make_outlook(const Prepared& prepared, const ForecastErrors& errors, const LeadForecasts& forecasts,
                     const OutlookParams& params);
// Adds the scores of the same wells (by name) and leads, and the reliability; `newest` stays.
void add_scores(Outlook& all, const Outlook& more);

// outlook.csv (the newest), scores (well or `all`, lead) and reliability (class, lead, bin).
void write_outlook(const Outlook& outlook, const std::filesystem::path& newest,
                   const std::filesystem::path& scores, const std::filesystem::path& reliability);

}  // namespace phreatic::hydrographs

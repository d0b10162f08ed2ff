// SPDX-License-Identifier: BSD-3-Clause
// PERIOD blocks of SFR, and what must hold of fractions in every period.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "phreatic/flow/mf6/packages/sfr/sfr_text.hpp"

namespace phreatic::flow::mf6 {
namespace {

void read_status(SfrText& text, Words& words, std::size_t r, const Place& place, SfrPeriod& period) {
  const std::string word = words.upper();
  if (word != "ACTIVE" && word != "INACTIVE" && word != "SIMPLE") {
    text.context.problem(place, fmt::format("{} reach {} STATUS", text.where, r + 1),
                         fmt::format("'{}'", word), "ACTIVE, INACTIVE, SIMPLE");
    return;
  }
  period.settings.push_back({kStreamStatus, r, word == "ACTIVE" ? 1.0 : word == "INACTIVE" ? 0.0 : -1.0, -1});
}

void read_diversion(SfrText& text, Words& words, std::size_t r, const Place& place, SfrPeriod& period) {
  const auto& diversions = text.network->reaches[r].diversions;
  const std::string where = fmt::format("{} reach {} DIVERSION", text.where, r + 1);
  if (diversions.empty()) {
    text.context.problem(place, where, "the reach has no diversions", "NDV above 0 in PACKAGEDATA");
    return;
  }
  int number = 0;
  if (!read_whole(text.context, words, place, where, 1, static_cast<int>(diversions.size()), number)) return;
  const auto d = static_cast<std::size_t>(number - 1);
  if (!read_stream_value(text, words, place, kStreamDiversions + d, r, &period)) return;
  const SfrSetting& last = period.settings.back();
  if (diversions[d].rule == DiversionRule::fraction && last.series < 0 && last.value > 1)
    text.context.problem(place, where, fmt::format("a fraction of {}", last.value), "0 to 1");
}

void read_setting(SfrText& text, Words& words, std::size_t r, const Place& place, SfrPeriod& period) {
  static const std::array<std::pair<const char*, StreamColumn>, 8> simple = {
      {{"BEDK", kStreamBedK},
       {"MANNING", kStreamRoughness},
       {"STAGE", kStreamStage},
       {"INFLOW", kStreamInflow},
       {"RAINFALL", kStreamRainfall},
       {"EVAPORATION", kStreamEvaporation},
       {"RUNOFF", kStreamRunoff},
       {"UPSTREAM_FRACTION", kStreamFraction}}};
  const std::string key = words.upper();
  for (const auto& [name, column] : simple) {
    if (key != name) continue;
    read_stream_value(text, words, place, column, r, &period);
    return;
  }
  if (key == "STATUS") {
    read_status(text, words, r, place, period);
  } else if (key == "DIVERSION") {
    read_diversion(text, words, r, place, period);
  } else if (key == "CROSS_SECTION") {
    period.settings.push_back({kStreamSection, r, read_cross_section(text, words, place), -1});
  } else if (key == "AUXILIARY") {
    const std::string name = words.upper();
    const auto found = std::find(text.aux_names.begin(), text.aux_names.end(), name);
    if (found == text.aux_names.end()) {
      text.context.problem(place, text.where + " PERIOD", fmt::format("'{}' is no AUXILIARY name", name));
      return;
    }
    read_stream_value(text, words, place,
                      text.stress->columns + static_cast<std::size_t>(found - text.aux_names.begin()), r,
                      &period);
  } else {
    text.context.problem(place, text.where + " PERIOD", fmt::format("'{}' is no setting of a reach", key),
                         "STATUS, BEDK, MANNING, STAGE, INFLOW, RAINFALL, EVAPORATION, RUNOFF, DIVERSION, "
                         "UPSTREAM_FRACTION, CROSS_SECTION, AUXILIARY");
  }
}

void check_in_period(SfrText& text, const std::vector<double>& status, const std::vector<double>& fraction,
                     int period) {
  for (std::size_t r = 0; r < text.network->reaches.size(); ++r) {
    const Reach& reach = text.network->reaches[r];
    double sum = 0;
    int followers = 0;
    for (const ReachLink& link : reach.links) {
      const auto to = static_cast<std::size_t>(link.reach);
      if (!link.downstream || status[to] == 0) continue;
      ++followers;
      sum += fraction[to];
    }
    const Place place{text.network->file, reach.line};
    const std::string when = fmt::format("{} reach {}, period {}", text.where, r + 1, period + 1);
    if (followers > 0 && std::abs(sum - 1) > 1e-6) {
      text.context.problem(
          place, when,
          fmt::format("the upstream fractions of the {} active reaches downstream add to {}", followers, sum),
          "1", "Set USTRF in PACKAGEDATA or UPSTREAM_FRACTION in the period");
    }
    for (const Diversion& diversion : reach.diversions) {
      const auto to = static_cast<std::size_t>(diversion.to);
      if (fraction[to] == 0 || followers < 2) continue;
      text.context.problem(
          place, when,
          fmt::format("reach {} gets a diversion, but its upstream fraction is {}", to + 1, fraction[to]),
          "0");
    }
  }
}

}  // namespace

void read_stream_period(SfrText& text, const Block& block) {
  if (!text.state.model.periods.empty() &&
      static_cast<std::size_t>(block.period) > text.state.model.periods.size()) {
    text.context.note({text.file, 0},
                      fmt::format("has periods after the last ({}) of the run; they have no effect",
                                  text.state.model.periods.size()));
    return;
  }
  SfrPeriod period;
  period.period = block.period - 1;
  LineReader reader(block.body);
  while (reader.next()) {
    Words words(reader.line());
    const Place place{reader.path(), reader.number()};
    std::size_t r = 0;
    if (read_reach_number(text, words, place, text.where + " PERIOD reach", r))
      read_setting(text, words, r, place, period);
  }
  text.stress->periods.push_back(std::move(period));
}

void check_upstream_fractions(SfrText& text) {
  const std::size_t n = text.network->reaches.size();
  std::vector<double> status(n, 1), fraction(n);
  for (std::size_t r = 0; r < n; ++r) fraction[r] = text.stress->start.value(kStreamFraction, r);
  for (const SfrSetting& s : text.stress->series_at_start) {
    if (s.column == kStreamFraction) return;  // from time series: only their ratio counts
  }
  const std::size_t before = text.context.problem_count();
  if (text.stress->periods.empty() || text.stress->periods.front().period > 0)
    check_in_period(text, status, fraction, 0);
  for (const SfrPeriod& period : text.stress->periods) {
    bool changed = &period == &text.stress->periods.front();
    for (const SfrSetting& s : period.settings) {
      if (s.column == kStreamFraction && s.series >= 0) return;
      if (s.column == kStreamFraction) fraction[s.reach] = s.value;
      if (s.column == kStreamStatus) status[s.reach] = s.value;
      changed = changed || s.column == kStreamFraction || s.column == kStreamStatus;
    }
    if (changed && text.context.problem_count() == before)
      check_in_period(text, status, fraction, period.period);
  }
}

}  // namespace phreatic::flow::mf6

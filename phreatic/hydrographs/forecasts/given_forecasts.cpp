// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/forecasts/given_forecasts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

#include "phreatic/core/errors.hpp"
#include "phreatic/data/io/csv/csv.hpp"

namespace phreatic::hydrographs {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kLongestLead = 10000;
constexpr double kSameQuantile = 1e-9;

// The quantile that a column's name tells: "0.05", "q0.05"; nothing for other columns.
std::optional<double> quantile_of(std::string name) {
  if (!name.empty() && (name.front() == 'q' || name.front() == 'Q')) name.erase(0, 1);
  double value = 0;
  if (name.empty() || !data::io::parse_cell(name, '.', value) || std::isnan(value)) return std::nullopt;
  return value;
}

class Reader {
 public:
  Reader(const std::filesystem::path& path, const Prepared& prepared, core::Problems& problems)
      : path_(path), prepared_(prepared), problems_(problems) {
    out_.name = path.stem().string();
    out_.wells = prepared.panel.entity_count();
    out_.steps = prepared.panel.time_count();
  }

  GivenForecasts read() {
    const std::size_t before = problems_.items().size();
    table_ = data::io::read_text_table(path_, {}, problems_);
    if (problems_.items().size() > before || !find_columns()) return std::move(out_);
    if (table_.rows.empty()) {
      problems_.add(
          {.file = path_.string(), .what = "has no rows", .mend = "Give one row for each forecast"});
      return std::move(out_);
    }
    find_quantiles();
    for (std::size_t row = 0; row < table_.rows.size(); ++row) take(row);
    sort_quantiles();
    if (outside_ > 0)
      out_.remarks.push_back(fmt::format(
          "{}: {} rows forecast steps outside the study's axis and are left out", out_.name, outside_));
    return std::move(out_);
  }

 private:
  bool has(std::size_t column) const { return column < table_.header.size(); }
  void problem(std::size_t row, const std::string& what, const std::string& mend = "") {
    problems_.add({.file = path_.string(), .line = table_.lines[row], .what = what, .mend = mend});
  }

  bool find_columns() {
    well_ = table_.column("well");
    issue_ = table_.column("issue_date");
    lead_ = table_.column("lead");
    date_ = table_.column("date");
    quantile_ = table_.column("quantile");
    value_ = table_.column("value");
    mean_ = table_.column("mean");
    for (std::size_t c = 0; c < table_.header.size(); ++c) {
      if (const auto q = quantile_of(table_.header[c])) wide_.push_back({c, *q});
    }
    std::string missing;
    if (!has(well_)) missing += " 'well'";
    if (!has(issue_)) missing += " 'issue_date'";
    if (!has(lead_) && !has(date_)) missing += " 'lead' (or 'date')";
    if (wide_.empty() && !has(mean_) && !(has(quantile_) && has(value_)))
      missing += " 'quantile' and 'value'";
    if (missing.empty()) return true;
    problems_.add({.file = path_.string(),
                   .line = 1,
                   .what = "has no column" + missing,
                   .allowed = "well,issue_date,lead,quantile,value; or a column for each quantile: "
                              "well,issue_date,lead,0.05,0.5,0.95",
                   .mend = "Name the columns so"});
    return false;
  }

  void find_quantiles() {
    std::set<double> found;
    const auto keep = [&](double q, std::size_t row) {
      if (q > 0 && q < 1) {
        found.insert(q);
      } else if (!told_.contains(q)) {
        told_.insert(q);
        problem(row, fmt::format("the quantile {} is none between 0 and 1", q), "Give 0.05 for 5 %");
      }
    };
    for (const auto& [column, q] : wide_) keep(q, 0);
    for (std::size_t row = 0; wide_.empty() && has(quantile_) && row < table_.rows.size(); ++row) {
      double q = kMissing;
      if (number(row, quantile_, q)) keep(q, row);
    }
    out_.quantiles.assign(found.begin(), found.end());
  }

  bool number(std::size_t row, std::size_t column, double& value) {
    const std::string& cell = table_.rows[row][column];
    if (data::io::parse_cell(cell, table_.decimal, value)) return true;
    problem(row, fmt::format("'{}' in the column '{}' is not a number", cell, table_.header[column]));
    return false;
  }

  std::optional<core::Seconds> day(std::size_t row, std::size_t column) {
    const std::string& cell = table_.rows[row][column];
    const auto time = core::parse_date(cell, core::DateOrder::iso);
    if (!time)
      problem(row, fmt::format("'{}' in the column '{}' is no date", cell, table_.header[column]),
              "Write dates as 2015-12-31");
    return time;
  }

  // Steps ahead of the row's forecast; nothing with a problem told, or 0 outside of the axis.
  std::optional<std::size_t> lead_of(std::size_t row, std::size_t issued) {
    double lead = kMissing;
    if (has(lead_)) {
      if (!number(row, lead_, lead)) return std::nullopt;
    } else {
      const auto time = day(row, date_);
      if (!time) return std::nullopt;
      const auto step = prepared_.panel.axis.index_of(*time);
      if (!step) {
        ++outside_;
        return std::nullopt;
      }
      lead = static_cast<double>(*step) - static_cast<double>(issued);
    }
    if (!(lead >= 1) || lead != std::floor(lead) || lead > static_cast<double>(kLongestLead)) {
      problem(row, fmt::format("the lead {} is no number of steps", lead),
              "Leads are whole steps of the study after the issue date, from 1 on");
      return std::nullopt;
    }
    return static_cast<std::size_t>(lead);
  }

  void take(std::size_t row) {
    const std::string& name = table_.rows[row][well_];
    const auto& wells = prepared_.panel.entities;
    const auto known = std::find(wells.begin(), wells.end(), name);
    if (known == wells.end()) {
      if (unknown_.insert(name).second)
        problem(row, fmt::format("the study has no well '{}'", name),
                "Leave its rows out, or name it as the study does");
      return;
    }
    const auto issue = day(row, issue_);
    if (!issue) return;
    const auto issued = prepared_.panel.axis.index_of(*issue);
    if (!issued) {
      ++outside_;
      return;
    }
    const auto lead = lead_of(row, *issued);
    if (!lead) return;
    const std::size_t step = *issued + *lead;
    if (step >= out_.steps) {
      ++outside_;
      return;
    }
    const std::size_t cell = static_cast<std::size_t>(known - wells.begin()) * out_.steps + step;
    if (has(mean_)) put(row, mean_, grid(out_.mean[*lead]), cell);
    if (!wide_.empty()) {
      for (const auto& [column, q] : wide_) put(row, column, quantile_grid(*lead, q), cell);
    } else if (has(quantile_) && has(value_)) {
      double q = kMissing;
      if (number(row, quantile_, q) && q > 0 && q < 1) put(row, value_, quantile_grid(*lead, q), cell);
    }
  }

  GivenForecasts::Grid& grid(GivenForecasts::Grid& values) const {
    if (values.empty()) values.assign(out_.wells * out_.steps, kMissing);
    return values;
  }
  GivenForecasts::Grid* quantile_grid_of(std::size_t lead, std::size_t k) {
    auto& all = out_.values[lead];
    all.resize(out_.quantiles.size());
    return &grid(all[k]);
  }
  GivenForecasts::Grid& quantile_grid(std::size_t lead, double q) {
    const auto at = std::lower_bound(out_.quantiles.begin(), out_.quantiles.end(), q);
    if (at == out_.quantiles.end()) return grid(nowhere_);
    return *quantile_grid_of(lead, static_cast<std::size_t>(at - out_.quantiles.begin()));
  }

  void put(std::size_t row, std::size_t column, GivenForecasts::Grid& to, std::size_t cell) {
    double value = kMissing;
    if (!number(row, column, value) || std::isnan(value)) return;
    if (!std::isnan(to[cell])) {
      if (++twice_ <= 3)
        problem(row, "forecasts the same well, day, lead and quantile a second time", "Keep one of the rows");
      return;
    }
    to[cell] = value;
  }

  // Quantiles that cross are put in order.
  void sort_quantiles() {
    std::size_t crossing = 0;
    std::vector<double> one(out_.quantiles.size());
    for (auto& [lead, grids] : out_.values) {
      for (GivenForecasts::Grid& g : grids) grid(g);
      for (std::size_t cell = 0; cell < out_.wells * out_.steps; ++cell) {
        for (std::size_t k = 0; k < one.size(); ++k) one[k] = grids[k][cell];
        if (std::any_of(one.begin(), one.end(), [](double v) { return std::isnan(v); })) continue;
        if (std::is_sorted(one.begin(), one.end())) continue;
        ++crossing;
        std::sort(one.begin(), one.end());
        for (std::size_t k = 0; k < one.size(); ++k) grids[k][cell] = one[k];
      }
    }
    if (crossing > 0)
      out_.remarks.push_back(
          fmt::format("{}: quantiles of {} forecasts crossed and were put in order", out_.name, crossing));
  }

  std::filesystem::path path_;
  const Prepared& prepared_;
  core::Problems& problems_;
  GivenForecasts out_;
  data::io::TextTable table_;
  std::size_t well_ = 0, issue_ = 0, lead_ = 0, date_ = 0, quantile_ = 0, value_ = 0, mean_ = 0;
  std::vector<std::pair<std::size_t, double>> wide_;
  std::set<std::string> unknown_;
  std::set<double> told_;
  GivenForecasts::Grid nowhere_;
  std::size_t outside_ = 0, twice_ = 0;
};

}  // namespace

std::vector<std::size_t> GivenForecasts::leads() const {
  std::set<std::size_t> all;
  for (const auto& [lead, grid] : mean) all.insert(lead);
  for (const auto& [lead, grids] : values) all.insert(lead);
  return {all.begin(), all.end()};
}

const GivenForecasts::Grid* GivenForecasts::at(std::size_t lead, double quantile) const {
  const auto found = values.find(lead);
  if (found == values.end()) return nullptr;
  for (std::size_t k = 0; k < quantiles.size(); ++k) {
    if (std::abs(quantiles[k] - quantile) < kSameQuantile) return &found->second[k];
  }
  return nullptr;
}

GivenForecasts::Grid GivenForecasts::level(std::size_t lead) const {
  Grid out(wells * steps, kMissing);
  if (const Grid* median = at(lead, 0.5)) out = *median;
  if (const auto found = mean.find(lead); found != mean.end()) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (!std::isnan(found->second[i])) out[i] = found->second[i];
    }
  }
  return out;
}

GivenForecasts read_given_forecasts(const std::filesystem::path& path, const Prepared& prepared,
                                    core::Problems& problems) {
  return Reader(path, prepared, problems).read();
}

GivenForecasts own_forecasts(const Prepared& prepared, const LeadForecasts& forecasts,
                             const std::string& name, double band_level) {
  GivenForecasts out;
  out.name = name;
  out.wells = prepared.panel.entity_count();
  out.steps = prepared.panel.time_count();
  out.quantiles = {(1 - band_level) / 2, 0.5, (1 + band_level) / 2};
  for (std::size_t lead = 1; lead <= forecasts.leads; ++lead) {
    auto& grids = out.values[lead];
    for (const auto* from : {&forecasts.lower, &forecasts.level, &forecasts.upper}) {
      GivenForecasts::Grid grid(out.wells * out.steps, kMissing);
      for (std::size_t e = 0; e < out.wells; ++e) {
        const auto known =
            std::find(forecasts.wells.begin(), forecasts.wells.end(), prepared.panel.entities[e]);
        if (known == forecasts.wells.end()) continue;
        const auto series =
            forecasts.series(*from, static_cast<std::size_t>(known - forecasts.wells.begin()), lead);
        for (std::size_t t = 0; t < series.size(); ++t) {
          if (const auto step = prepared.panel.axis.index_of(forecasts.axis.start(t)))
            grid[e * out.steps + *step] = series[t];
        }
      }
      grids.push_back(std::move(grid));
    }
  }
  return out;
}

}  // namespace phreatic::hydrographs

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/checks/wells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <map>

#include "phreatic/core/random.hpp"
#include "phreatic/data/io/csv/csv.hpp"
#include "phreatic/data/missing_codes.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::studies::downscaling {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint64_t kDraws = 2000;

struct Place {
  double longitude = kMissing, latitude = kMissing, yield = kMissing;
};

// The wells' places and their monthly mean levels.
class Reader {
 public:
  Reader(const WellsInput& input, const Inputs& in) : input_(input), in_(in), n_(in.months()) {
    places();
    levels();
    problems_.throw_if_any();
  }

  const std::map<std::string, Place>& places_of_wells() const { return places_; }
  const std::map<std::string, std::vector<double>>& levels_of_wells() const { return sums_; }
  const std::vector<std::string>& said() const { return said_; }

 private:
  std::size_t column(const data::io::TextTable& table, const std::string& name) {
    const std::size_t at = table.column(name);
    if (at == table.header.size())
      problems_.add({.file = table.file,
                     .where = "column '" + name + "'",
                     .what = "is not there",
                     .allowed = fmt::format("{}", fmt::join(table.header, ", ")),
                     .mend = "Name it in the block wells"});
    return at;
  }

  // Anomalies need no datum, but the sign.
  void check_direction(const std::string& file) {
    std::string name = input_.level;
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    const bool depth = name.find("depth") != std::string::npos || name.find("dtw") != std::string::npos;
    if (!depth || input_.depth) return;
    problems_.add({.file = file,
                   .where = "column '" + input_.level + "'",
                   .what = "is a depth by its name, and is read as a level",
                   .mend = "Set wells.depth: true, or rename the column"});
  }

  double number(const data::io::TextTable& table, std::size_t row, std::size_t at) {
    double v = kMissing;
    if (!data::io::parse_cell(table.rows[row][at], table.decimal, v))
      problems_.add({.file = table.file,
                     .line = table.lines[row],
                     .where = table.header[at],
                     .what = "'" + table.rows[row][at] + "' is not a number"});
    return v;
  }

  void places() {
    const auto table = data::io::read_text_table(input_.places, {}, problems_);
    const std::size_t well = column(table, input_.well), x = column(table, input_.longitude),
                      y = column(table, input_.latitude), yield = column(table, input_.specific_yield);
    problems_.throw_if_any();
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
      Place p{number(table, r, x), number(table, r, y), number(table, r, yield)};
      if (!(p.yield > 0) || p.yield > 0.5)
        problems_.add(
            {.file = table.file,
             .line = table.lines[r],
             .where = "well " + table.rows[r][well],
             .what = fmt::format("has a specific yield of {:g}", p.yield),
             .allowed = "above 0, at most 0.5",
             .mend =
                 "A percentage is divided by 100; confined wells have a storativity, not a specific yield"});
      places_[table.rows[r][well]] = p;
    }
  }

  void levels() {
    const auto table = data::io::read_text_table(input_.levels, {}, problems_);
    const std::size_t well = column(table, input_.well), date = column(table, input_.date),
                      level = column(table, input_.level);
    problems_.throw_if_any();
    check_direction(table.file);
    std::map<std::string, std::vector<double>> count;
    std::map<std::string, std::vector<double>> all;
    std::size_t unplaced = 0;
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
      const std::string& id = table.rows[r][well];
      if (!places_.contains(id)) {
        ++unplaced;
        continue;
      }
      const auto when = core::parse_date(table.rows[r][date], core::DateOrder::iso);
      if (!when) {
        problems_.add({.file = table.file,
                       .line = table.lines[r],
                       .what = "'" + table.rows[r][date] + "' is not a date",
                       .allowed = "2004-07-15"});
        continue;
      }
      const double v = number(table, r, level);
      all[id].push_back(v);
      const auto t = in_.axis.index_of(*when);
      if (!t || std::isnan(v)) continue;
      auto& sum = sums_[id];
      sum.resize(n_, 0);
      count[id].resize(n_, 0);
      sum[*t] += input_.depth ? -v : v;
      count[id][*t] += 1;
    }
    for (auto& [id, sum] : sums_) {
      for (std::size_t t = 0; t < n_; ++t) sum[t] = count[id][t] > 0 ? sum[t] / count[id][t] : kMissing;
    }
    if (unplaced > 0)
      said_.push_back(fmt::format("{} levels are of wells without a place and are left out", unplaced));
    for (const auto& [id, values] : all) {
      const auto code = data::code_among(values);
      if (!code) continue;
      problems_.add({.file = table.file,
                     .where = fmt::format("well {}, column '{}'", id, table.header[level]),
                     .what = fmt::format(
                         "is {:g} in {} row{}, far from all other values ({:g} to {:g}); such "
                         "numbers stand for 'missing'",
                         code->value, code->count, code->count == 1 ? "" : "s", code->least, code->largest),
                     .mend = "Leave these cells empty"});
    }
  }

  const WellsInput& input_;
  const Inputs& in_;
  std::size_t n_;
  std::map<std::string, Place> places_;
  std::map<std::string, std::vector<double>> sums_;
  std::vector<std::string> said_;
  core::Problems problems_;
};

class Scorer {
 public:
  Scorer(const WellsInput& input, const Inputs& in, const Storage& storage, const Downscaled& result)
      : input_(input), in_(in), storage_(storage), result_(result), n_(in.months()), wells_(input, in) {}

  WellScores run(std::uint64_t seed) {
    out_.said = wells_.said();
    for (const auto& [well, place] : wells_.places_of_wells()) score(well, place);
    if (!out_.wells.empty()) summary(seed);
    return std::move(out_);
  }

 private:
  void score(const std::string& id, const Place& place) {
    const auto [column, row] = data::to_pixel(in_.cells.fine, place.longitude, place.latitude);
    const bool inside =
        column >= 0 && row >= 0 && column < in_.cells.fine.width && row < in_.cells.fine.height;
    const auto series = wells_.levels_of_wells().find(id);
    if (!inside || series == wells_.levels_of_wells().end()) {
      out_.said.push_back(fmt::format("well {}: {}; left out", id,
                                      inside ? "has no levels in the period" : "lies outside the region"));
      return;
    }
    const std::size_t cell = static_cast<std::size_t>(row) * static_cast<std::size_t>(in_.cells.fine.width) +
                             static_cast<std::size_t>(column);
    const std::size_t parent = in_.cells.parent[cell];
    std::vector<double> well, coarse, bilinear, field;
    for (std::size_t t = 0; t < n_; ++t) {
      const double f = result_.field[cell * n_ + t];
      if (std::isnan(series->second[t]) || std::isnan(f) || storage_.filled[parent * n_ + t] != 0) continue;
      well.push_back(1000 * place.yield * series->second[t]);
      coarse.push_back(storage_.groundwater[parent * n_ + t]);
      bilinear.push_back(result_.bilinear[cell * n_ + t]);
      field.push_back(f);
    }
    if (well.size() < static_cast<std::size_t>(input_.min_months)) {
      out_.said.push_back(fmt::format("well {}: {} months with storage, fewer than {}; left out", id,
                                      well.size(), input_.min_months));
      return;
    }
    WellScore s{id, place.longitude, place.latitude, well.size()};
    const auto rmse = [&](const std::vector<double>& v) {
      double mean_w = 0, mean_v = 0, squares = 0;
      const auto n = static_cast<double>(v.size());
      for (std::size_t i = 0; i < v.size(); ++i) {
        mean_w += well[i] / n;
        mean_v += v[i] / n;
      }
      for (std::size_t i = 0; i < v.size(); ++i) squares += std::pow(v[i] - mean_v - well[i] + mean_w, 2);
      return std::sqrt(squares / n);
    };
    s.r_coarse = stats::pearson(well, coarse);
    s.r_bilinear = stats::pearson(well, bilinear);
    s.r_field = stats::pearson(well, field);
    s.rmse_coarse = rmse(coarse);
    s.rmse_bilinear = rmse(bilinear);
    s.rmse_field = rmse(field);
    out_.wells.push_back(s);
  }

  void summary(std::uint64_t seed) {
    std::vector<double> gains;
    for (const WellScore& w : out_.wells) {
      gains.push_back(w.r_field - w.r_coarse);
      out_.improved_r += w.r_field > w.r_coarse ? 1 : 0;
      out_.improved_rmse += w.rmse_field < w.rmse_coarse ? 1 : 0;
    }
    const auto n = static_cast<double>(gains.size());
    out_.improved_r /= n;
    out_.improved_rmse /= n;
    out_.gain_r = stats::median(gains);
    std::vector<double> draws, draw(gains.size());
    for (std::uint64_t k = 0; k < kDraws; ++k) {
      core::RandomStream random(seed, "wells", k);
      for (double& g : draw) g = gains[random.below(gains.size())];
      draws.push_back(stats::median(draw));
    }
    std::sort(draws.begin(), draws.end());
    out_.gain_low = draws[kDraws / 20];
    out_.gain_high = draws[kDraws - 1 - kDraws / 20];
  }

  const WellsInput& input_;
  const Inputs& in_;
  const Storage& storage_;
  const Downscaled& result_;
  std::size_t n_;
  Reader wells_;
  WellScores out_;
};

}  // namespace

void check_wells(const WellsInput& input, const Inputs& inputs) { const Reader read(input, inputs); }

WellScores score_wells(const WellsInput& input, const Inputs& inputs, const Storage& storage,
                       const Downscaled& result, std::uint64_t seed) {
  return Scorer(input, inputs, storage, result).run(seed);
}

}  // namespace phreatic::studies::downscaling

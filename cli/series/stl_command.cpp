// SPDX-License-Identifier: BSD-3-Clause
// stl: trend, season and remainder of monthly series (docs/guide/series.md).
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>

#include "cli/command.hpp"
#include "cli/series/series_input.hpp"
#include "cli/series/series_parts.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/data/grid/cube.hpp"
#include "phreatic/stats/series/stl.hpp"

namespace phreatic::cli {
namespace {

double variance_of(stats::Series values) {
  double sum = 0, squares = 0, n = 0;
  for (const double v : values) {
    if (std::isnan(v)) continue;
    sum += v;
    squares += v * v;
    ++n;
  }
  return n > 0 ? std::max(0.0, squares / n - sum / n * (sum / n)) : NAN;
}

class StlCommand : public Command {
 public:
  std::string name() const override { return "stl"; }
  std::string summary() const override {
    return "Trend, season and remainder of monthly series by LOESS (STL), through gaps";
  }
  void add_options(CLI::App& app) override {
    input_.add_options(app);
    app.add_option("--span", span_,
                   "Span of the season's LOESS in years, odd; larger: a season that changes less")
        ->check(CLI::Range(3, 9999))
        ->capture_default_str();
    app.add_flag("--periodic", periodic_, "The same season in every year");
    app.add_flag("--robust", robust_, "Outliers get less weight, down to none");
    app.add_option("--trend-span", trend_span_,
                   "Span of the trend's LOESS in months, odd; 0: from the other spans")
        ->check(CLI::Range(0, 9999));
    app.add_option("--preset", preset_, "Loops and degrees of statsmodels, or of R's stl (original)")
        ->check(CLI::IsMember({"statsmodels", "original"}))
        ->capture_default_str();
    app.add_option("--summary", summary_out_,
                   "CSV file: for each place the variance of the parts, amplitude and month of the season");
    parts_.add_options(app);
    app.add_option("--threads", threads_, "Threads; 0: all cores")->check(CLI::Range(0, 1024));
    app.add_option("--out", out_,
                   "File to write: .csv (a row per place and month), or .nc or .zarr for grids")
        ->required();
  }

  int run() override {
    core::set_thread_count(threads_ > 0 ? threads_ : core::thread_count());
    const stats::StlParams params = settings();
    parts_.start();
    const data::MonthlyValues in = input_.read(parts_.speaks() ? &log_ : nullptr);
    check_out(out_, {".csv", ".nc", ".zarr"}, in.grid.has_value());
    if (in.axis.size() < 24)
      throw core::InputError({.where = input_.file(),
                              .what = fmt::format("has {} months", in.axis.size()),
                              .allowed = "24 or more: two years are the shortest series that has a season"});
    const auto numbers = parts_.compute(
        in.place_count(), 4 * in.axis.size() + 1, key(in),
        [&](std::size_t first, std::size_t count) { return decompose(in, params, first, count); }, log_);
    if (numbers) write(in, unpacked(*numbers, in.axis.size()));
    parts_.finish();
    return kDone;
  }

 private:
  std::string key(const data::MonthlyValues& in) const {
    return key_of(fmt::format("stl {} {} {} {} {} {} {}", span_, trend_span_, periodic_, robust_, preset_,
                              in.axis.start(0), in.axis.size()),
                  in.values);
  }

  // Of each place whether it could be decomposed, then its four parts.
  static std::vector<double> decompose(const data::MonthlyValues& in, const stats::StlParams& params,
                                       std::size_t first, std::size_t count) {
    const std::size_t n = in.axis.size();
    const stats::StlMany parts =
        stats::stl_many(std::span(in.values).subspan(first * n, count * n), count, params);
    std::vector<double> out;
    out.reserve(count * (4 * n + 1));
    for (std::size_t k = 0; k < count; ++k) {
      out.push_back(parts.ok[k]);
      for (const auto* v : {&parts.trend, &parts.seasonal, &parts.remainder, &parts.weights})
        out.insert(out.end(), v->begin() + static_cast<std::ptrdiff_t>(k * n),
                   v->begin() + static_cast<std::ptrdiff_t>((k + 1) * n));
    }
    return out;
  }

  static stats::StlMany unpacked(const std::vector<double>& numbers, std::size_t n) {
    stats::StlMany out;
    for (auto at = numbers.begin(); at != numbers.end();) {
      out.ok.push_back(static_cast<char>(*at++));
      for (auto* v : {&out.trend, &out.seasonal, &out.remainder, &out.weights}) {
        v->insert(v->end(), at, at + static_cast<std::ptrdiff_t>(n));
        at += static_cast<std::ptrdiff_t>(n);
      }
    }
    return out;
  }

  void write(const data::MonthlyValues& in, const stats::StlMany& parts) {
    const auto failed = std::count(parts.ok.begin(), parts.ok.end(), 0);
    if (failed == static_cast<std::ptrdiff_t>(in.place_count()))
      throw core::InputError({.where = input_.file(),
                              .what = "has no series with a value in each of the twelve calendar months",
                              .mend = "Nothing can be decomposed; look at the months that the file covers"});
    if (out_.ends_with(".csv"))
      core::write_file_atomic(out_, table(in, parts));
    else
      write_cube(in, parts);
    if (!summary_out_.empty()) core::write_file_atomic(summary_out_, summary_table(in, parts));
    if (failed > 0)
      log_.warn(
          fmt::format("{} of {} places have no result: a calendar month of theirs has no value in any year",
                      failed, in.place_count()));
    log_.info(fmt::format("{} places, {} months: {}", in.place_count(), in.axis.size(), out_));
  }

  stats::StlParams settings() const {
    if (span_ % 2 == 0 || (trend_span_ > 0 && trend_span_ % 2 == 0))
      throw core::InputError({.where = span_ % 2 == 0 ? "--span" : "--trend-span",
                              .what = fmt::format("{} is even", span_ % 2 == 0 ? span_ : trend_span_),
                              .allowed = "odd numbers"});
    stats::StlParams p = preset_ == "original" ? stats::original_stl_params(12, span_, robust_)
                                               : stats::stl_params(12, span_, robust_);
    p.periodic = periodic_;
    p.trend = trend_span_;
    return p;
  }

  std::string table(const data::MonthlyValues& in, const stats::StlMany& parts) const {
    std::string out = "place,month,value,trend,seasonal,remainder,weight\n";
    const std::size_t n = in.axis.size();
    for (std::size_t i = 0; i < in.values.size(); ++i) {
      if (parts.ok[i / n] == 0) continue;
      out += SeriesInput::place(in, i / n) + "," + core::format_date(in.axis.start(i % n)).substr(0, 7);
      for (const double v :
           {in.values[i], parts.trend[i], parts.seasonal[i], parts.remainder[i], parts.weights[i]})
        out += "," + csv_number(v);
      out += "\n";
    }
    return out;
  }

  std::string summary_table(const data::MonthlyValues& in, const stats::StlMany& parts) const {
    std::string out =
        "place,values,variance_trend,variance_seasonal,variance_remainder,amplitude,peak_month\n";
    const std::size_t n = in.axis.size();
    for (std::size_t k = 0; k < in.place_count(); ++k) {
      const auto part = [&](const std::vector<double>& v) { return stats::Series(v).subspan(k * n, n); };
      const auto present = std::count_if(part(in.values).begin(), part(in.values).end(),
                                         [](double v) { return !std::isnan(v); });
      out += fmt::format("{},{}", SeriesInput::place(in, k), present);
      for (const auto* v : {&parts.trend, &parts.seasonal, &parts.remainder})
        out += "," + csv_number(variance_of(part(*v)));
      double mean[12] = {}, count[12] = {};
      for (std::size_t t = 0; t < n; ++t) {
        const auto m = static_cast<std::size_t>(core::month_of(in.axis.start(t)) - 1);
        mean[m] += part(parts.seasonal)[t];
        ++count[m];
      }
      for (int m = 0; m < 12; ++m) mean[m] /= count[m];
      const auto [low, high] = std::minmax_element(mean, mean + 12);
      out += parts.ok[k] != 0 ? fmt::format(",{},{}\n", csv_number(0.5 * (*high - *low)), high - mean + 1)
                              : ",,\n";
    }
    return out;
  }

  void write_cube(const data::MonthlyValues& in, const stats::StlMany& parts) const {
    const std::size_t n = in.axis.size();
    data::CubeSchema schema{.grid = *in.grid};
    for (std::size_t t = 0; t < n; ++t) schema.times.push_back(in.axis.start(t));
    const std::pair<const char*, const std::vector<double>*> columns[] = {{"trend", &parts.trend},
                                                                          {"seasonal", &parts.seasonal},
                                                                          {"remainder", &parts.remainder},
                                                                          {"weight", &parts.weights}};
    for (const auto& [part, values] : columns)
      schema.variables.push_back(
          {part, values == &parts.weights ? "1" : in.unit, std::string(part) + " (STL)"});
    data::write_cube(out_, schema, [&](data::CubeWriter& writer) {
      std::vector<double> month(in.place_count());
      for (std::size_t v = 0; v < schema.variables.size(); ++v) {
        for (std::size_t t = 0; t < n; ++t) {
          for (std::size_t i = 0; i < month.size(); ++i) month[i] = (*columns[v].second)[i * n + t];
          writer.put(v, t, {0, 0, in.grid->width, in.grid->height}, month);
        }
      }
    });
  }

  SeriesInput input_;
  SeriesParts parts_;
  int span_ = 13, trend_span_ = 0, threads_ = 0;
  bool periodic_ = false, robust_ = false;
  std::string preset_ = "statsmodels", out_, summary_out_;
  core::Log log_;
};

}  // namespace

std::unique_ptr<Command> make_stl_command() { return std::make_unique<StlCommand>(); }

}  // namespace phreatic::cli

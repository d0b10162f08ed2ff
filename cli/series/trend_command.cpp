// SPDX-License-Identifier: BSD-3-Clause
// trend: Mann-Kendall's test and Sen's slope of monthly series (docs/guide/series.md).
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
#include "phreatic/data/io/geotiff.hpp"
#include "phreatic/stats/series/correlation.hpp"
#include "phreatic/stats/series/stl.hpp"
#include "phreatic/stats/series/trend.hpp"

namespace phreatic::cli {
namespace {

constexpr int kTooFew = 1, kNoSeason = 2;  // why a place is not tested: bits
constexpr std::size_t kFewest = 10;        // values of a series that is tested

class TrendCommand : public Command {
 public:
  std::string name() const override { return "trend"; }
  std::string summary() const override {
    return "Trends of monthly series: Mann-Kendall's test, Sen's slope, false-discovery rate";
  }
  void add_options(CLI::App& app) override {
    input_.add_options(app);
    app.add_option("--season", season_,
                   "What is tested: the series less its season by STL (stl), or as it is (none). A season "
                   "hides trends")
        ->check(CLI::IsMember({"stl", "none"}))
        ->capture_default_str();
    app.add_option(
           "--test", test_,
           "original (independent values), hamed_rao or yue_wang (variance corrected for autocorrelation), "
           "lag_one or trend_free (whitened first), seasonal (each calendar month with itself)")
        ->check(CLI::IsMember({"original", "hamed_rao", "yue_wang", "lag_one", "trend_free", "seasonal"}))
        ->capture_default_str();
    app.add_option("--level", params_.level, "Of the interval of the slope")
        ->check(CLI::Range(0.5, 0.999))
        ->capture_default_str();
    app.add_option("--false-discovery-rate", rate_, "Share of false ones among the places called significant")
        ->check(CLI::Range(0.0, 0.5))
        ->capture_default_str();
    parts_.add_options(app);
    app.add_option("--threads", threads_, "Threads; 0: all cores")->check(CLI::Range(0, 1024));
    app.add_option("--out", out_, "File to write: .csv (a row per place), or .tif for grids (a band each)")
        ->required();
  }

  int run() override {
    core::set_thread_count(threads_ > 0 ? threads_ : core::thread_count());
    set_test();
    parts_.start();
    data::MonthlyValues in = input_.read(parts_.speaks() ? &log_ : nullptr);
    check_out(out_, {".csv", ".tif"}, in.grid.has_value());
    const auto numbers = parts_.compute(
        in.place_count(), kNumbers, key(in),
        [&](std::size_t first, std::size_t count) { return tested(in, first, count); }, log_);
    if (numbers) write(in, unpacked(*numbers));
    parts_.finish();
    return kDone;
  }

 private:
  static constexpr std::size_t kNumbers = 12;  // of each place

  std::string key(const data::MonthlyValues& in) const {
    return key_of(
        fmt::format("trend {} {} {} {} {}", season_, test_, params_.level, in.axis.start(0), in.axis.size()),
        in.values);
  }

  std::vector<double> tested(const data::MonthlyValues& in, std::size_t first, std::size_t count) const {
    data::MonthlyValues own;
    own.axis = in.axis;
    const auto n = static_cast<std::ptrdiff_t>(in.axis.size());
    const auto from = in.values.begin() + static_cast<std::ptrdiff_t>(first) * n;
    own.values.assign(from, from + static_cast<std::ptrdiff_t>(count) * n);
    std::vector<int> why(count, 0);
    const std::vector<stats::Trend> trends = test_all(own, why);
    std::vector<double> out;
    for (std::size_t k = 0; k < count; ++k) {
      const stats::Trend& t = trends[k];
      out.insert(out.end(), {static_cast<double>(why[k]), static_cast<double>(t.n), t.s, t.variance, t.z, t.p,
                             t.tau, t.tau_b, t.slope, t.lower, t.upper, t.intercept});
    }
    return out;
  }

  std::vector<stats::Trend> unpacked(const std::vector<double>& numbers) {
    std::vector<stats::Trend> out;
    few_ = raw_ = 0;
    for (std::size_t i = 0; i < numbers.size(); i += kNumbers) {
      const double* v = numbers.data() + i;
      few_ += (static_cast<int>(v[0]) & kTooFew) != 0 ? 1 : 0;
      raw_ += (static_cast<int>(v[0]) & kNoSeason) != 0 ? 1 : 0;
      out.push_back(
          {static_cast<std::size_t>(v[1]), v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10], v[11]});
    }
    return out;
  }

  void write(const data::MonthlyValues& in, const std::vector<stats::Trend>& trends) {
    std::vector<double> p;
    for (const stats::Trend& trend : trends) p.push_back(trend.p);
    const std::vector<double> q = stats::benjamini_hochberg(p);
    const std::size_t tested = count_tested(q);
    if (out_.ends_with(".csv"))
      core::write_file_atomic(out_, table(in, trends, q));
    else
      write_tif(in, trends, q);
    say(trends, q, tested);
  }

  void set_test() {
    if (test_ == "hamed_rao") params_.variance = stats::TrendVariance::hamed_rao;
    if (test_ == "yue_wang") params_.variance = stats::TrendVariance::yue_wang;
    if (test_ == "lag_one") params_.whitening = stats::Whitening::lag_one;
    if (test_ == "trend_free") params_.whitening = stats::Whitening::trend_free;
  }

  // why: of places that are not tested, kTooFew or kNoSeason.
  std::vector<stats::Trend> test_all(data::MonthlyValues& in, std::vector<int>& why) const {
    const std::size_t n = in.axis.size(), count = in.place_count();
    std::vector<double> years;
    std::vector<int> month;
    for (std::size_t t = 0; t < n; ++t) {
      years.push_back(static_cast<double>(t) / 12);
      month.push_back(core::month_of(in.axis.start(t)) - 1);
    }
    for (std::size_t k = 0; k < count; ++k) {
      const auto first = in.values.begin() + static_cast<std::ptrdiff_t>(k * n);
      const auto last = first + static_cast<std::ptrdiff_t>(n);
      const auto present = std::count_if(first, last, [](double v) { return !std::isnan(v); });
      if (present == 0 || static_cast<std::size_t>(present) >= kFewest) continue;
      why[k] = kTooFew;
      std::fill(first, last, NAN);
    }
    if (test_ == "seasonal") {
      std::vector<stats::Trend> out(count);
      core::parallel_for(count, [&](std::size_t k) {
        out[k] =
            stats::seasonal_trend_of(years, stats::Series(in.values).subspan(k * n, n), month, 12, params_);
      });
      return out;
    }
    if (season_ == "stl") take_season(in, why);
    return stats::trends_of(years, in.values, count, params_);
  }

  static void take_season(data::MonthlyValues& in, std::vector<int>& why) {
    const std::size_t n = in.axis.size();
    const stats::StlMany parts =
        stats::stl_many(in.values, in.place_count(), stats::stl_params(12, 13, false));
    for (std::size_t k = 0; k < why.size(); ++k) why[k] |= parts.ok[k] != 0 ? 0 : kNoSeason;
    for (std::size_t i = 0; i < in.values.size(); ++i) {
      if (parts.ok[i / n] != 0) in.values[i] -= parts.seasonal[i];
      // Without a season nothing can be taken off: no trend, rather than one of another kind of series.
      if (parts.ok[i / n] == 0) in.values[i] = NAN;
    }
  }

  std::string table(const data::MonthlyValues& in, const std::vector<stats::Trend>& trends,
                    const std::vector<double>& q) const {
    std::string out =
        "place,values,test,season,s,variance_s,z,p,q,significant,tau,slope_per_year,slope_lower,slope_upper,"
        "value_at_first\n";
    for (std::size_t k = 0; k < trends.size(); ++k) {
      const stats::Trend& t = trends[k];
      if (in.grid && std::isnan(t.slope)) continue;
      out += fmt::format("{},{},{},{}", SeriesInput::place(in, k), t.n, test_,
                         test_ == "seasonal" ? "by month" : season_);
      for (const double v : {t.s, t.variance, t.z, t.p, q[k]}) out += "," + csv_number(v);
      out += std::isnan(q[k]) ? "," : q[k] <= rate_ ? ",yes" : ",no";
      for (const double v : {t.tau, t.slope, t.lower, t.upper, t.intercept}) out += "," + csv_number(v);
      out += "\n";
    }
    return out;
  }

  void write_tif(const data::MonthlyValues& in, const std::vector<stats::Trend>& trends,
                 const std::vector<double>& q) const {
    const data::io::RasterSchema schema{
        .grid = *in.grid,
        .bands = {"slope per year", "lower", "upper", "p", "q", "tau"},
        .type = data::io::RasterType::float32,
        .unit = in.unit,
        .about = {
            {"test", test_}, {"season", season_}, {"false_discovery_rate", fmt::format("{:g}", rate_)}}};
    data::io::write_geotiff(out_, schema, [&](data::io::RasterWriter& raster) {
      std::vector<double> bands[6];
      for (std::size_t k = 0; k < trends.size(); ++k) {
        const stats::Trend& t = trends[k];
        const double values[] = {t.slope, t.lower, t.upper, t.p, q[k], t.tau};
        for (std::size_t b = 0; b < 6; ++b) bands[b].push_back(values[b]);
      }
      for (std::size_t b = 0; b < 6; ++b)
        raster.put(b, {0, 0, schema.grid.width, schema.grid.height}, std::span<const double>(bands[b]));
    });
  }

  // Says which places are not tested; throws InputError when none is.
  std::size_t count_tested(const std::vector<double>& q) {
    const auto tested =
        static_cast<std::size_t>(std::count_if(q.begin(), q.end(), [](double v) { return !std::isnan(v); }));
    if (few_ > 0)
      log_.warn(fmt::format("{} places have fewer than {} values and are not tested", few_, kFewest));
    if (raw_ > few_)
      log_.warn(
          fmt::format("{} of {} places have no result: a calendar month of theirs has no value in any year, "
                      "or there are fewer than 24 "
                      "months, so that no season can be taken off (--season none, or --test seasonal)",
                      raw_, q.size()));
    if (tested == 0)
      throw core::InputError(
          {.where = input_.file(),
           .what = "has no series that can be tested",
           .allowed = fmt::format("{} values or more, and a season or --season none", kFewest)});
    return tested;
  }

  void say(const std::vector<stats::Trend>& trends, const std::vector<double>& q, std::size_t tested) {
    std::size_t rising = 0, falling = 0;
    for (std::size_t k = 0; k < trends.size(); ++k) {
      if (!(q[k] <= rate_)) continue;
      (trends[k].slope > 0 ? rising : falling) += 1;
    }
    log_.info(fmt::format("{} places tested; with a false-discovery rate of {:g}, {} rise and {} fall: {}",
                          tested, rate_, rising, falling, out_));
    if (test_ == "original")
      log_.info("values were taken as independent; monthly storage seldom is: compare --test hamed_rao");
  }

  SeriesInput input_;
  SeriesParts parts_;
  std::string season_ = "stl", test_ = "original", out_;
  stats::TrendParams params_;
  double rate_ = 0.05;
  int threads_ = 0;
  std::size_t few_ = 0, raw_ = 0;
  core::Log log_;
};

}  // namespace

std::unique_ptr<Command> make_trend_command() { return std::make_unique<TrendCommand>(); }

}  // namespace phreatic::cli

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/checks/analysis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/data/grid/regrid/zonal.hpp"
#include "phreatic/stats/metrics/metrics.hpp"
#include "phreatic/stats/series/correlation.hpp"
#include "phreatic/stats/series/stl.hpp"
#include "phreatic/stats/special.hpp"

namespace phreatic::studies::downscaling {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

class Analyser {
 public:
  Analyser(const Inputs& in, const Storage& storage, const Downscaled& result, const AnalysisParams& p,
           std::uint64_t seed)
      : in_(in), p_(p), seed_(seed), n_(in.months()), cells_(in.cells.fine.cells()), field_(result.field) {
    for (std::size_t i = 0; i < field_.size(); ++i) {
      if (storage.filled[in.cells.parent[i / n_] * n_ + i % n_] != 0) field_[i] = kMissing;
    }
    for (std::size_t t = 0; t < n_; ++t)
      years_.push_back(static_cast<double>(core::day_of(in.axis.start(t))) / 365.25);
  }

  Analysis run(const ZonesInput& zones) {
    trends();
    out_.mean = mean_of([](std::size_t) { return 1.0; });
    if (!zones.file.empty()) rank(zones);
    drivers();
    return std::move(out_);
  }

 private:
  stats::StlResult parts_of(stats::Series y) const {
    return stats::stl(y, stats::stl_params(12, p_.seasonal, p_.robust));
  }

  // On the series less its season, which would hide a trend.
  stats::Trend trend_of(stats::Series y, const stats::StlResult& parts) const {
    std::vector<double> rest(y.begin(), y.end());
    for (std::size_t t = 0; t < rest.size() && parts.ok; ++t) rest[t] -= parts.seasonal[t];
    return stats::trend_of(years_, rest, {.variance = p_.variance, .level = p_.level});
  }

  void trends() {
    CellTrends& out = out_.trends;
    for (auto* v : {&out.slope, &out.lower, &out.upper, &out.p, &out.q, &out.amplitude, &out.peak_month})
      v->assign(cells_, kMissing);
    std::vector<double> rest = field_;
    for (std::size_t i = 0; i < cells_; ++i) {
      const auto y = rest.begin() + static_cast<std::ptrdiff_t>(i * n_);
      const auto end = y + static_cast<std::ptrdiff_t>(n_);
      if (std::count_if(y, end, [](double v) { return !std::isnan(v); }) < 24) std::fill(y, end, kMissing);
    }
    const stats::StlMany parts = stats::stl_many(rest, cells_, stats::stl_params(12, p_.seasonal, p_.robust));
    for (std::size_t i = 0; i < rest.size(); ++i) rest[i] -= parts.ok[i / n_] != 0 ? parts.seasonal[i] : 0;
    const auto trends = stats::trends_of(years_, rest, cells_, {.variance = p_.variance, .level = p_.level});
    for (std::size_t i = 0; i < cells_; ++i) {
      out.slope[i] = trends[i].slope;
      out.lower[i] = trends[i].lower;
      out.upper[i] = trends[i].upper;
      out.p[i] = trends[i].p;
      if (parts.ok[i] != 0)
        season(stats::Series(parts.seasonal).subspan(i * n_, n_), out.amplitude[i], out.peak_month[i]);
    }
    out.q = stats::benjamini_hochberg(out.p);
    rest_ = std::move(rest);
  }

  void season(stats::Series seasonal, double& amplitude, double& peak) const {
    double mean[12] = {}, count[12] = {};
    for (std::size_t t = 0; t < n_; ++t) {
      const auto m = static_cast<std::size_t>(core::month_of(in_.axis.start(t)) - 1);
      mean[m] += seasonal[t];
      ++count[m];
    }
    for (int m = 0; m < 12; ++m) mean[m] /= count[m];
    const auto [low, high] = std::minmax_element(mean, mean + 12);
    amplitude = 0.5 * (*high - *low);
    peak = static_cast<double>(high - mean) + 1;
  }

  template <class Share>
  std::vector<double> mean_of(const Share& share) const {
    std::vector<double> sum(n_), weight(n_);
    for (std::size_t i = 0; i < cells_; ++i) {
      const double w = share(i) * in_.cells.area[i];
      if (!(w > 0)) continue;
      for (std::size_t t = 0; t < n_; ++t) {
        if (std::isnan(field_[i * n_ + t])) continue;
        sum[t] += w * field_[i * n_ + t];
        weight[t] += w;
      }
    }
    for (std::size_t t = 0; t < n_; ++t) sum[t] = weight[t] > 0 ? sum[t] / weight[t] : kMissing;
    return sum;
  }

  void rank(const ZonesInput& input) {
    const auto file =
        data::zones_on_grid(input.file, {.layer = input.layer, .id = input.id}, in_.cells.fine, out_.said);
    const auto width = static_cast<std::size_t>(in_.cells.fine.width);
    for (const data::Zone& zone : file.zones) {
      out_.zone_order.push_back(zone.id);
      std::vector<double> share(cells_);
      for (const auto& row : data::coverage(zone.polygons, data::window_of(zone.polygons, in_.cells.fine))) {
        for (std::size_t k = 0; k < row.shares.size(); ++k)
          share[static_cast<std::size_t>(row.row) * width + static_cast<std::size_t>(row.first) + k] =
              row.shares[k];
      }
      zone_trend(zone.id, share);
    }
    std::stable_sort(out_.zones.begin(), out_.zones.end(),
                     [](const auto& a, const auto& b) { return a.slope < b.slope; });
  }

  void zone_trend(const std::string& id, const std::vector<double>& share) {
    ZoneTrend z;
    z.zone = id;
    std::vector<std::size_t> inside;
    double weight = 0, significant = 0;
    std::vector<double> slopes;
    for (std::size_t i = 0; i < cells_; ++i) {
      if (!(share[i] > 0) || std::isnan(out_.trends.slope[i])) continue;
      const double w = share[i] * in_.cells.area[i];
      z.cells += share[i];
      weight += w;
      z.mean += w * out_.trends.slope[i];
      significant += out_.trends.q[i] < p_.false_discovery_rate ? w : 0;
      if (share[i] >= 0.5) slopes.push_back(out_.trends.slope[i]);
      inside.push_back(i);
    }
    if (weight == 0 || slopes.empty()) {
      out_.said.push_back(fmt::format("zone {}: holds no cell with a result; left out", id));
      return;
    }
    z.mean /= weight;
    z.significant = significant / weight;
    std::sort(slopes.begin(), slopes.end());
    z.least = slopes.front();
    z.most = slopes.back();
    z.low = slopes[slopes.size() / 20];
    z.high = slopes[slopes.size() - 1 - slopes.size() / 20];
    z.series = mean_of([&](std::size_t i) { return share[i]; });
    const stats::Trend trend = trend_of(z.series, parts_of(z.series));
    z.slope = trend.slope;
    z.slope_low = trend.lower;
    z.slope_high = trend.upper;
    z.standard_error = standard_error(inside, share, weight);
    out_.zones.push_back(std::move(z));
  }

  // What is left of a cell's series without season and trend, of variance 1; 0 in months without value.
  std::vector<double> noise_of(std::size_t cell) const {
    std::vector<double> out(n_);
    double count = 0, sum = 0, squares = 0;
    for (std::size_t t = 0; t < n_; ++t) {
      out[t] = rest_[cell * n_ + t] - out_.trends.slope[cell] * years_[t];
      if (std::isnan(out[t])) continue;
      ++count;
      sum += out[t];
    }
    for (double& v : out) {
      v = std::isnan(v) ? 0 : v - sum / count;
      squares += v * v;
    }
    for (double& v : out) v = squares > 0 ? v / std::sqrt(squares / count) : 0;
    return out;
  }

  // Errors s_i of the slopes of cells are as correlated as the noise z_i of their series: the variance of the mean,
  // sum_ij w_i w_j s_i s_j corr(z_i, z_j), is the mean over months of (sum_i w_i s_i z_i)^2.
  double standard_error(const std::vector<std::size_t>& inside, const std::vector<double>& share,
                        double weight) const {
    std::vector<double> together(n_);
    std::vector<char> known(n_);
    const double z = stats::normal_quantile(0.5 * (1 + p_.level));
    for (const std::size_t i : inside) {
      const double s = (out_.trends.upper[i] - out_.trends.lower[i]) / (2 * z);
      if (std::isnan(s)) continue;
      const std::vector<double> noise = noise_of(i);
      for (std::size_t t = 0; t < n_; ++t) {
        together[t] += share[i] * in_.cells.area[i] / weight * s * noise[t];
        known[t] |= std::isnan(rest_[i * n_ + t]) ? 0 : 1;
      }
    }
    double squares = 0;
    for (const double v : together) squares += v * v;
    const auto months = std::count(known.begin(), known.end(), 1);
    return months > 0 ? std::sqrt(squares / static_cast<double>(months)) : kMissing;
  }

  // Correlations of the parts of the region's mean with those of each covariate's.
  void drivers() {
    const stats::StlResult storage = parts_of(out_.mean);
    if (!storage.ok) {
      out_.said.push_back("the region's mean is too short for seasons and drivers");
      return;
    }
    out_.mean_trend = storage.trend;
    out_.mean_seasonal = storage.seasonal;
    out_.mean_remainder = storage.remainder;
    for (const Covariate& c : in_.covariates) {
      if (c.is_static) continue;
      std::vector<double> mean(n_, 0), count(n_, 0);
      for (std::size_t i = 0; i < cells_; ++i) {
        for (std::size_t t = 0; t < n_; ++t) {
          const double v = c.fine[i * n_ + t];
          if (std::isnan(v)) continue;
          mean[t] += in_.cells.area[i] * v;
          count[t] += in_.cells.area[i];
        }
      }
      for (std::size_t t = 0; t < n_; ++t) mean[t] = count[t] > 0 ? mean[t] / count[t] : kMissing;
      const stats::StlResult driver = parts_of(mean);
      if (!driver.ok) continue;
      out_.drivers.push_back(correlate(c.name, "trend", storage.trend, driver.trend));
      out_.drivers.push_back(correlate(c.name, "seasonal", storage.seasonal, driver.seasonal));
      out_.drivers.push_back(correlate(c.name, "remainder", storage.remainder, driver.remainder));
    }
  }

  DriverCorrelation correlate(const std::string& name, const std::string& part, const std::vector<double>& a,
                              const std::vector<double>& b) const {
    std::vector<double> x, y;
    for (std::size_t t = 0; t < n_; ++t) {
      if (std::isnan(a[t]) || std::isnan(b[t]) || std::isnan(out_.mean[t])) continue;
      x.push_back(a[t]);
      y.push_back(b[t]);
    }
    DriverCorrelation out{name, part, stats::pearson(x, y)};
    const auto block = std::min<std::size_t>(static_cast<std::size_t>(p_.block_months), x.size());
    std::vector<double> draws;
    for (int k = 0; k < p_.bootstrap; ++k) {
      core::RandomStream random(seed_, "drivers", static_cast<std::uint64_t>(k));
      std::vector<double> xs, ys;
      while (xs.size() < x.size()) {
        const std::size_t start = random.below(x.size() - block + 1);
        for (std::size_t j = 0; j < block && xs.size() < x.size(); ++j) {
          xs.push_back(x[start + j]);
          ys.push_back(y[start + j]);
        }
      }
      const double r = stats::pearson(xs, ys);
      if (!std::isnan(r)) draws.push_back(r);
    }
    std::sort(draws.begin(), draws.end());
    const auto cut = static_cast<std::size_t>(0.5 * (1 - p_.level) * static_cast<double>(draws.size()));
    out.low = draws.empty() ? kMissing : draws[cut];
    out.high = draws.empty() ? kMissing : draws[draws.size() - 1 - cut];
    return out;
  }

  const Inputs& in_;
  const AnalysisParams& p_;
  std::uint64_t seed_;
  std::size_t n_, cells_;
  std::vector<double> field_, years_;
  std::vector<double> rest_;  // [cell * months] the field less its season
  Analysis out_;
};

}  // namespace

Analysis analyse(const Inputs& inputs, const Storage& storage, const Downscaled& result,
                 const AnalysisParams& params, const ZonesInput& zones, std::uint64_t seed) {
  return Analyser(inputs, storage, result, params, seed).run(zones);
}

}  // namespace phreatic::studies::downscaling

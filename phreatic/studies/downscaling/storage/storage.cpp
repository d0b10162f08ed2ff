// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/storage/storage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/stats/metrics/metrics.hpp"
#include "phreatic/stats/series/stl.hpp"

namespace phreatic::studies::downscaling {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr double kUnlike = 2;  // times as large as other products

// Linear in gaps of at most `longest` steps that have values at both ends.
void interpolate(std::span<double> y, std::span<std::uint8_t> filled, std::size_t longest) {
  std::size_t last = y.size();
  for (std::size_t t = 0; t < y.size(); ++t) {
    if (std::isnan(y[t])) continue;
    if (last < y.size() && t - last > 1 && t - last - 1 <= longest) {
      for (std::size_t k = last + 1; k < t; ++k) {
        y[k] = y[last] + (y[t] - y[last]) * static_cast<double>(k - last) / static_cast<double>(t - last);
        filled[k] = 1;
      }
    }
    last = t;
  }
}

// Trend and season of an STL whose LOESS leaves missing values out.
void fill_by_season(std::span<double> y, std::span<std::uint8_t> filled) {
  const stats::StlResult parts = stats::stl(y, stats::stl_params(12, 13, false));
  if (!parts.ok) return;
  std::size_t first = 0, end = y.size();
  while (first < y.size() && std::isnan(y[first])) ++first;
  while (end > first && std::isnan(y[end - 1])) --end;
  for (std::size_t t = first; t < end; ++t) {
    if (!std::isnan(y[t])) continue;
    y[t] = parts.trend[t] + parts.seasonal[t];
    filled[t] = 1;
  }
}

// All series of a cell less their means over the months of the baseline that all of them have.
bool anomalies_of_cell(std::vector<std::span<double>>& series, std::size_t first, std::size_t end) {
  std::vector<double> sum(series.size());
  double count = 0;
  for (std::size_t t = first; t < end; ++t) {
    if (std::any_of(series.begin(), series.end(), [&](const auto& s) { return std::isnan(s[t]); })) continue;
    for (std::size_t i = 0; i < series.size(); ++i) sum[i] += series[i][t];
    ++count;
  }
  for (std::size_t i = 0; i < series.size(); ++i) {
    for (double& v : series[i]) v = count >= 12 ? v - sum[i] / count : kMissing;
  }
  return count >= 12;
}

class Chain {
 public:
  Chain(const Inputs& in, const StorageParams& p, const Settings& s)
      : in_(in), p_(p), s_(s), cells_(in.cells.coarse.cells()), steps_(in.months()) {}

  Storage run() {
    anomalies();
    compare_sizes();
    errors();
    combine();
    return std::move(out_);
  }

 private:
  std::span<double> of(std::vector<double>& v, std::size_t cell) const {
    return std::span(v).subspan(cell * steps_, steps_);
  }

  void anomalies() {
    std::size_t first = 0, end = 0;
    for (std::size_t t = 0; t < steps_; ++t) {
      const int year = core::year_of(in_.axis.start(t));
      if (year < p_.baseline_first) first = t + 1;
      if (year <= p_.baseline_last) end = t + 1;
    }
    if (end < first + 12)
      throw core::InputError(
          {.where = "storage.baseline_first",
           .what = fmt::format("the baseline {} to {} has {} months in the period", p_.baseline_first,
                               p_.baseline_last, end > first ? end - first : 0),
           .allowed = "at least 12",
           .mend =
               fmt::format("The period is {} to {}; set storage.baseline_first and baseline_last inside it",
                           core::format_date(in_.axis.start(0)).substr(0, 7),
                           core::format_date(in_.axis.start(steps_ - 1)).substr(0, 7))});
    out_.products = in_.products;
    storages_ = in_.storages;
    std::size_t without = 0;
    for (std::size_t c = 0; c < cells_; ++c) {
      std::vector<std::span<double>> series;
      for (auto& v : out_.products) series.push_back(of(v, c));
      for (auto& v : storages_) series.push_back(of(v, c));
      without += anomalies_of_cell(series, first, end) ? 0 : 1;
    }
    if (without == cells_)
      throw core::InputError(
          {.where = "storage.baseline_first",
           .what = "no coarse cell has 12 months of the baseline that all products and storages have",
           .mend = "Choose other years, or leave out the input that has none of them"});
    if (without > 0)
      out_.warned.push_back(
          fmt::format("{} of {} coarse cells have fewer than 12 months of the baseline in all products and "
                      "storages and have no result",
                      without, cells_));
  }

  // Root mean squares of anomalies in the months that all products have: a scale factor applied twice or another unit
  // makes one product much larger than the others.
  void compare_sizes() {
    const std::size_t products = out_.products.size();
    std::vector<double> squares(products);
    for (std::size_t i = 0; i < out_.products[0].size(); ++i) {
      const bool all = std::none_of(out_.products.begin(), out_.products.end(),
                                    [&](const auto& v) { return std::isnan(v[i]); });
      for (std::size_t k = 0; k < products && all; ++k)
        squares[k] += out_.products[k][i] * out_.products[k][i];
    }
    for (std::size_t k = 0; k < products; ++k) {
      std::vector<double> others;
      for (std::size_t j = 0; j < products; ++j) {
        if (j != k) others.push_back(std::sqrt(squares[j]));
      }
      const double usual = others.empty() ? 0 : stats::median(others);
      const double ratio = usual > 0 ? std::sqrt(squares[k]) / usual : 1;
      if (ratio < kUnlike && ratio > 1 / kUnlike) continue;
      out_.warned.push_back(
          fmt::format("product {}: its anomalies are {:.2g} times as large as those of the other products (a "
                      "scale factor applied twice or not at all, another unit?)",
                      in_.product_names[k], ratio));
    }
  }

  void errors() {
    out_.weights.assign(
        cells_, std::vector<double>(out_.products.size(), 1.0 / static_cast<double>(out_.products.size())));
    out_.error.assign(cells_, kMissing);
    if (out_.products.size() >= 3) {
      estimated();
    } else {
      declared();
    }
    double squares = 0;
    for (const auto& s : s_.storages) squares += s.uncertainty_mm * s.uncertainty_mm;
    for (double& e : out_.error) e = std::sqrt(e * e + squares);
  }

  void estimated() {
    std::vector<stats::Series> series(out_.products.begin(), out_.products.end());
    out_.hats = stats::three_cornered_hats(series, cells_, steps_, p_.hat);
    std::vector<std::size_t> members(series.size());
    for (std::size_t i = 0; i < members.size(); ++i) members[i] = i;
    std::size_t failed = 0;
    for (std::size_t c = 0; c < cells_; ++c) {
      const auto mix = stats::combine(out_.hats[c], members, stats::CombinationWeights::inverse_variance);
      out_.weights[c] = mix.weights;
      out_.error[c] = mix.sd;
      failed += mix.equal ? 1 : 0;
      if (out_.hats[c].status == stats::HatStatus::singular && !singular_said_) {
        singular_said_ = true;
        out_.warned.push_back(
            "products repeat each other in some cells (the same product twice?): no errors can be told apart "
            "there");
      }
    }
    if (failed > 0)
      out_.warned.push_back(fmt::format(
          "the three-cornered hat has no result in {} of {} coarse cells: equal weights and no error there",
          failed, cells_));
  }

  void declared() {
    double squares = 0;
    bool all = true;
    for (const auto& p : s_.products) {
      all = all && p.uncertainty_mm.has_value();
      squares += p.uncertainty_mm.value_or(0) * p.uncertainty_mm.value_or(0);
    }
    const auto count = static_cast<double>(s_.products.size());
    if (all) {
      std::fill(out_.error.begin(), out_.error.end(), std::sqrt(squares) / count);
      out_.said.push_back("errors of products are as declared: fewer than three let none be estimated");
    } else {
      out_.warned.push_back(
          "errors of products are not known: fewer than three, and none declared (products.uncertainty_mm)");
    }
  }

  void combine() {
    out_.total.assign(cells_ * steps_, kMissing);
    out_.filled.assign(cells_ * steps_, 0);
    std::size_t partial = 0, filled = 0, gaps = 0;
    for (std::size_t c = 0; c < cells_; ++c) {
      for (std::size_t t = 0; t < steps_; ++t) {
        double sum = 0, weight = 0;
        for (std::size_t i = 0; i < out_.products.size(); ++i) {
          const double v = out_.products[i][c * steps_ + t];
          if (std::isnan(v)) continue;
          sum += out_.weights[c][i] * v;
          weight += out_.weights[c][i];
        }
        if (weight > 0) out_.total[c * steps_ + t] = sum / weight;
        partial += weight > 0 && weight < 1 - 1e-9 ? 1 : 0;
      }
      fill_gaps(of(out_.total, c), std::span(out_.filled).subspan(c * steps_, steps_), p_);
    }
    out_.groundwater = out_.total;
    std::size_t lacking = 0;
    for (std::size_t i = 0; i < out_.total.size(); ++i) {
      for (const auto& s : storages_) out_.groundwater[i] -= s[i];
      filled += out_.filled[i];
      gaps += std::isnan(out_.total[i]) ? 1 : 0;
      lacking += !std::isnan(out_.total[i]) && std::isnan(out_.groundwater[i]) ? 1 : 0;
    }
    const auto say = [&](std::size_t n, const std::string& what) {
      if (n > 0) out_.said.push_back(fmt::format("{} of {} cell months {}", n, out_.total.size(), what));
    };
    say(partial, "have some of the products only: the weights of the others are shared out");
    say(filled, "had no product and are filled; they are masked from errors, learning, scores and trends");
    say(gaps, "have no storage and stay empty");
    say(lacking, "lack one of the storages to take off and stay empty");
  }

  const Inputs& in_;
  const StorageParams& p_;
  const Settings& s_;
  std::size_t cells_, steps_;
  std::vector<std::vector<double>> storages_;
  Storage out_;
  bool singular_said_ = false;
};

}  // namespace

void fill_gaps(std::span<double> series, std::span<std::uint8_t> filled, const StorageParams& params) {
  if (params.gaps == GapPolicy::leave) return;
  interpolate(series, filled, static_cast<std::size_t>(params.gap_months));
  if (params.gaps == GapPolicy::season) fill_by_season(series, filled);
}

Storage groundwater_storage(const Inputs& inputs, const StorageParams& params, const Settings& settings) {
  return Chain(inputs, params, settings).run();
}

}  // namespace phreatic::studies::downscaling

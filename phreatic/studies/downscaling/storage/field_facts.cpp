// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/storage/field_facts.hpp"

#include <cmath>
#include <limits>

#include "phreatic/stats/metrics/metrics.hpp"
#include "phreatic/stats/series/correlation.hpp"

namespace phreatic::studies::downscaling {

void describe_field(const Inputs& in, const Storage& storage, Downscaled& out) {
  constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
  const std::size_t n = in.months();
  std::vector<double> r, fine_lag, coarse_lag;
  double detail = 0, smooth = 0;
  for (std::size_t i = 0; i < in.cells.fine.cells(); ++i) {
    const auto fine = stats::Series(out.field).subspan(i * n, n);
    const auto coarse = stats::Series(storage.groundwater).subspan(in.cells.parent[i] * n, n);
    const double correlation = stats::pearson(coarse, fine);
    if (std::isnan(correlation)) continue;
    r.push_back(correlation);
    fine_lag.push_back(stats::autocorrelation(fine, 1)[1]);
    coarse_lag.push_back(stats::autocorrelation(coarse, 1)[1]);
    for (std::size_t t = 0; t < n; ++t) {
      if (std::isnan(fine[t])) continue;
      detail += std::pow(fine[t] - coarse[t], 2);
      smooth += std::pow(out.bilinear[i * n + t] - coarse[t], 2);
    }
  }
  const auto middle = [](std::vector<double> v) { return v.empty() ? kMissing : stats::median(v); };
  out.continuity = middle(r);
  out.lag1_fine = middle(fine_lag);
  out.lag1_coarse = middle(coarse_lag);
  out.detail_ratio = detail / smooth;
}

}  // namespace phreatic::studies::downscaling

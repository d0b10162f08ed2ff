// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/storage/footprint.hpp"

#include <fmt/format.h>

#include <cmath>

namespace phreatic::studies::downscaling {
namespace {

constexpr double kCoverage = 0.5;  // of a footprint's area that must have values

void centre_series(std::vector<float>& values, std::size_t months) {
  for (std::size_t first = 0; first < values.size(); first += months) {
    double sum = 0, count = 0;
    for (std::size_t t = 0; t < months; ++t) {
      if (std::isnan(values[first + t])) continue;
      sum += values[first + t];
      ++count;
    }
    for (std::size_t t = 0; t < months && count > 0; ++t)
      values[first + t] = static_cast<float>(values[first + t] - sum / count);
  }
}

// [fine cell * months] -> [coarse cell * months] of `cells`.
template <class Value>
std::vector<Value> means(const Cells& cells, const std::vector<Value>& fine, std::size_t months) {
  std::vector<Value> out(cells.coarse.cells() * months);
  std::vector<double> month(cells.fine.cells());
  for (std::size_t t = 0; t < months; ++t) {
    for (std::size_t i = 0; i < month.size(); ++i) month[i] = static_cast<double>(fine[i * months + t]);
    const std::vector<double> mean = aggregate(cells, month, kCoverage);
    for (std::size_t c = 0; c < mean.size(); ++c) out[c * months + t] = static_cast<Value>(mean[c]);
  }
  return out;
}

RegionParams bounds_of(const data::GeoGrid& coarse) {
  const double side = coarse.transform[1];
  RegionParams r;
  r.west = coarse.transform[0];
  r.north = coarse.transform[3];
  r.east = r.west + side * coarse.width;
  r.south = r.north - side * coarse.height;
  r.coarse = side;
  return r;
}

bool whole(double x) { return std::abs(x - std::round(x)) < 1e-6; }

void check(const RegionParams& r, double degrees) {
  core::Problems problems;
  const auto add = [&](const std::string& what, const std::string& allowed) {
    problems.add({.where = "model.mascon_deg",
                  .what = what,
                  .allowed = allowed,
                  .mend = "Move the region's edges, or set model.scale: coarse"});
  };
  if (!whole(degrees / r.coarse))
    add(fmt::format("footprints of {:g} degrees do not hold whole coarse cells of {:g}", degrees, r.coarse),
        "a whole number of coarse cells on a side");
  if (!whole(r.west / degrees) || !whole(r.south / degrees) || !whole(r.east / degrees) ||
      !whole(r.north / degrees))
    add(fmt::format("footprints of {:g} degrees, counted from 0, do not fill the region", degrees),
        "edges of the region that are multiples of it");
  problems.throw_if_any();
}

}  // namespace

void take_anomalies(Inputs& inputs) {
  for (Covariate& c : inputs.covariates) {
    if (c.is_static) continue;
    centre_series(c.fine, inputs.months());
    centre_series(c.coarse, inputs.months());
  }
}

Footprints at_footprint(const Inputs& in, const Storage& storage, double degrees) {
  const RegionParams coarse = bounds_of(in.cells.coarse);
  check(coarse, degrees);
  RegionParams wide = coarse;
  wide.fine = coarse.coarse;
  wide.coarse = degrees;
  const Cells of_coarse = make_cells(wide);  // its fine cells are the study's coarse ones
  wide.fine = in.cells.fine.transform[1];
  Footprints out{in, {}};
  out.inputs.cells = make_cells(wide);
  for (Covariate& c : out.inputs.covariates)
    c.coarse = means(out.inputs.cells, c.fine, c.is_static ? 1 : in.months());
  out.storage.groundwater = means(of_coarse, storage.groundwater, in.months());
  out.storage.error = means(of_coarse, storage.error, 1);
  out.storage.filled.assign(out.storage.groundwater.size(), 0);
  for (std::size_t i = 0; i < storage.filled.size(); ++i) {
    if (storage.filled[i] != 0)
      out.storage.filled[of_coarse.parent[i / in.months()] * in.months() + i % in.months()] = 1;
  }
  return out;
}

}  // namespace phreatic::studies::downscaling

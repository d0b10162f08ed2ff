// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/models/rows.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace phreatic::studies::downscaling {
namespace {

float value(const Inputs& in, const Covariate& c, CellMonth at, Scale scale) {
  const auto& v = scale == Scale::coarse ? c.coarse : c.fine;
  return v[c.is_static ? at.cell : at.cell * in.months() + at.month];
}

bool has_all(const Inputs& in, CellMonth at, Scale scale) {
  return std::none_of(in.covariates.begin(), in.covariates.end(),
                      [&](const Covariate& c) { return std::isnan(value(in, c, at, scale)); });
}

}  // namespace

std::vector<CellMonth> learnable(const Inputs& in, const Storage& storage) {
  std::vector<CellMonth> out;
  for (std::size_t c = 0; c < in.cells.coarse.cells(); ++c) {
    for (std::size_t t = 0; t < in.months(); ++t) {
      const std::size_t i = c * in.months() + t;
      if (!std::isnan(storage.groundwater[i]) && storage.filled[i] == 0 && has_all(in, {c, t}, Scale::coarse))
        out.push_back({c, t});
    }
  }
  return out;
}

std::vector<CellMonth> predictable(const Inputs& in, std::size_t month) {
  std::vector<CellMonth> out;
  for (std::size_t c = 0; c < in.cells.fine.cells(); ++c) {
    if (has_all(in, {c, month}, Scale::fine)) out.push_back({c, month});
  }
  return out;
}

Rows make_rows(const Inputs& in, const std::vector<CellMonth>& at, Scale scale, bool season) {
  Rows rows;
  rows.count = at.size();
  for (const Covariate& c : in.covariates) rows.names.push_back(c.name);
  if (season) rows.names.insert(rows.names.end(), {"season (sine)", "season (cosine)"});
  rows.x.reserve(at.size() * rows.names.size());
  const data::GeoGrid& grid = scale == Scale::coarse ? in.cells.coarse : in.cells.fine;
  for (const CellMonth& a : at) {
    for (const Covariate& c : in.covariates) rows.x.push_back(value(in, c, a, scale));
    const core::Seconds start = in.axis.start(a.month);
    if (season) {
      const double phase = 2 * std::numbers::pi * (core::month_of(start) - 0.5) / 12;
      rows.x.push_back(std::sin(phase));
      rows.x.push_back(std::cos(phase));
    }
    const auto [x, y] = centre(grid, a.cell);
    rows.longitude.push_back(x);
    rows.latitude.push_back(y);
    rows.days.push_back(static_cast<double>(core::day_of(start)) + 14.5);
  }
  return rows;
}

}  // namespace phreatic::studies::downscaling

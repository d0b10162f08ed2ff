// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/unet/predict.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/context.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/studies/recharge/scenarios/decay.hpp"

namespace phreatic::studies::recharge {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

std::vector<float> window_of(const learn::MapSet& set, std::size_t map, const learn::MapSample& sample) {
  std::vector<float> out(set.side * set.side, 0.0F);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t r = sample.row + static_cast<std::int64_t>(i / set.side);
    const std::int64_t c = sample.column + static_cast<std::int64_t>(i % set.side);
    if (r >= 0 && c >= 0 && r < static_cast<std::int64_t>(set.rows) &&
        c < static_cast<std::int64_t>(set.columns))
      out[i] = set.shared[map][static_cast<std::size_t>(r) * set.columns + static_cast<std::size_t>(c)];
  }
  return out;
}

std::vector<double> storage_of(const learn::MapModel& model, const UnetMaps& maps, std::size_t site,
                               std::size_t donor, std::size_t exchanged, learn::DeviceKind device) {
  const learn::MapSet& set = maps.set;
  learn::MapArea area{set.side, set.side, {}};
  const auto from = [&](std::size_t input) -> const learn::MapSample& {
    return set.samples[input == exchanged ? donor : site];
  };
  area.inputs.push_back(from(0).input);
  for (std::size_t j = 0; j < set.shared.size(); ++j) area.inputs.push_back(window_of(set, j, from(j + 1)));
  std::vector<double> out;
  for (const auto& band : learn::predict_maps(model, area, 0, device)) {
    double sum = 0;
    for (std::size_t i = 0; i < band.size(); ++i)
      sum += static_cast<double>(set.samples[site].counts[i]) * static_cast<double>(band[i]);
    out.push_back(sum * maps.cell_area);
  }
  return out;
}

double logarithm(double v) { return v > 0 ? std::log10(v) : kMissing; }

}  // namespace

std::vector<std::vector<double>> unet_storage(const std::vector<learn::MapModel>& models,
                                              const UnetMaps& maps, const std::vector<std::size_t>& which,
                                              learn::DeviceKind device, const Exchanged* exchanged) {
  std::vector<std::vector<double>> out(which.size());
  const auto one = [&](std::size_t i) {
    core::throw_if_interrupted();
    for (const learn::MapModel& model : models) {
      const auto bands =
          storage_of(model, maps, which[i], exchanged == nullptr ? which[i] : exchanged->donors[i],
                     exchanged == nullptr ? maps.set.inputs.size() : exchanged->input, device);
      out[i].resize(bands.size(), 0.0);
      for (std::size_t b = 0; b < bands.size(); ++b)
        out[i][b] += bands[b] / static_cast<double>(models.size());
    }
  };
  if (device == learn::DeviceKind::cuda) {
    for (std::size_t i = 0; i < which.size(); ++i) one(i);
  } else {
    core::parallel_for(which.size(), one);
  }
  return out;
}

UnetAnswers::UnetAnswers(std::size_t sites)
    : s0(sites, kMissing), k(sites, kMissing), steady(sites, kMissing) {}

void take_answers(const UnetMaps& maps, const std::vector<std::size_t>& which,
                  const std::vector<std::vector<double>>& storage, const TargetParams& targets,
                  UnetAnswers& out) {
  TargetParams params = targets;
  params.fewest_points = std::min(params.fewest_points, 3);  // of eight dates at most
  for (std::size_t i = 0; i < which.size(); ++i) {
    const std::vector<double> series(storage[i].begin(),
                                     storage[i].begin() + static_cast<std::ptrdiff_t>(maps.days.size()));
    const Decay decay = fit_decay(maps.days, series, params);
    if (!maps.steady_only) out.s0[which[i]] = logarithm(series.front());
    if (decay.status == DecayStatus::fitted) out.k[which[i]] = logarithm(decay.k);
    if (maps.steady) out.steady[which[i]] = logarithm(storage[i].back());
  }
}

}  // namespace phreatic::studies::recharge

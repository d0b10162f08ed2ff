// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/maps/tiles.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"

namespace phreatic::learn {
namespace {

constexpr std::size_t kBatchFloats = std::size_t{1} << 24;

// Sum of a band over the cells that count.
double sum_of(const MapSample& sample, std::size_t band, std::size_t cells) {
  double sum = 0;
  for (std::size_t i = 0; i < cells; ++i)
    sum += static_cast<double>(sample.counts[i]) * sample.target[band * cells + i];
  return sum;
}

bool lacks(const MapSample& sample, std::size_t band, std::size_t cells) {
  return std::isnan(sample.target[band * cells]);
}

void append(std::string& bytes, const std::vector<float>& values) {
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
}

}  // namespace

std::size_t form_source(std::size_t form, std::size_t cell, std::size_t side) {
  std::size_t r = cell / side;
  std::size_t c = cell % side;
  if ((form & 1U) != 0) r = side - 1 - r;
  if ((form & 2U) != 0) c = side - 1 - c;
  if ((form & 4U) != 0) std::swap(r, c);
  return r * side + c;
}

MapScales map_scales(const MapSet& set, std::span<const std::size_t> training) {
  const std::size_t cells = set.side * set.side;
  MapScales out;
  for (std::size_t b = 0; b < set.bands.size(); ++b) {
    double squares = 0;
    double count = 0;
    std::vector<double> sums;
    for (const std::size_t s : training) {
      const MapSample& sample = set.samples[s];
      if (lacks(sample, b, cells)) continue;
      for (std::size_t i = 0; i < cells; ++i) {
        if (sample.counts[i] == 0) continue;
        const double v = sample.target[b * cells + i];
        squares += v * v;
        count += 1;
      }
      sums.push_back(std::abs(sum_of(sample, b, cells)));
    }
    const double scale = squares > 0 ? std::sqrt(squares / count) : 1;
    double low = 0;
    if (!sums.empty()) {
      const auto at = sums.begin() + static_cast<std::ptrdiff_t>(sums.size() / 10);
      std::nth_element(sums.begin(), at, sums.end());
      low = *at;
    }
    out.scales.push_back(static_cast<float>(scale));
    out.gains.push_back(static_cast<float>(low > 0 ? scale / low : 1));
  }
  return out;
}

TileSamples::TileSamples(const MapSet& set, std::span<const std::size_t> training,
                         std::span<const std::size_t> validation, const MapScales& scales,
                         const MapWeights& weights, std::size_t forms)
    : set_(set),
      training_(training.begin(), training.end()),
      validation_(validation.begin(), validation.end()),
      scales_(scales),
      weights_(weights),
      forms_(forms) {
  for (const std::string& band : set.bands) targets_.push_back({.name = band});
}

void TileSamples::inputs(Part part, std::span<const std::size_t> which, Batch& batch) const {
  const std::size_t cells = set_.side * set_.side;
  batch.rows = which.size();
  batch.steps = batch.scored = steps();
  batch.lead = 0;
  batch.channels = set_.inputs.size() + 1;
  batch.statics.clear();
  batch.x.assign(batch.rows * batch.steps * batch.channels, 0.0F);
  for (std::size_t b = 0; b < which.size(); ++b) {
    const MapSample& sample = set_.samples[index(part, which[b])];
    const std::size_t f = form(part, which[b]);
    float* out = batch.x.data() + b * batch.steps * batch.channels;
    for (std::size_t i = 0; i < cells; ++i, out += batch.channels) {
      const std::size_t from = form_source(f, i, set_.side);
      out[0] = sample.input[from];
      out[batch.channels - 1] = sample.counts[from];
      const std::int64_t r = sample.row + static_cast<std::int64_t>(from / set_.side);
      const std::int64_t c = sample.column + static_cast<std::int64_t>(from % set_.side);
      if (r < 0 || c < 0 || r >= static_cast<std::int64_t>(set_.rows) ||
          c >= static_cast<std::int64_t>(set_.columns))
        continue;
      const std::size_t place = static_cast<std::size_t>(r) * set_.columns + static_cast<std::size_t>(c);
      for (std::size_t j = 0; j < set_.shared.size(); ++j) out[1 + j] = set_.shared[j][place];
    }
  }
}

void TileSamples::add_observations(const MapSample& sample, std::size_t form, std::size_t row,
                                   Batch& batch) const {
  const std::size_t cells = set_.side * set_.side;
  const std::size_t bands = set_.bands.size();
  float counted = 0;
  for (const float v : sample.counts) counted += v;
  float* target = batch.target.data() + row * batch.scored * bands;
  float* weight = batch.weight.data() + row * batch.scored * bands;
  double first = 0;  // of the ratios
  for (std::size_t b = 0; b < bands; ++b) {
    if (lacks(sample, b, cells)) continue;
    for (std::size_t i = 0; i < cells; ++i) {
      const std::size_t from = form_source(form, i, set_.side);
      target[i * bands + b] = sample.target[b * cells + from] / scales_.scales[b];
      weight[i * bands + b] = sample.counts[from];
    }
    const double sum = sum_of(sample, b, cells) / scales_.scales[b] * scales_.gains[b];
    target[cells * bands + b] = static_cast<float>(std::asinh(sum));
    weight[cells * bands + b] = static_cast<float>(weights_.sum) * counted;
    const double logarithm = std::asinh(kRatioGain * sum);
    if (b == 0) first = logarithm;
    const bool follows = b > 0 && b < set_.series && !lacks(sample, 0, cells);
    target[(cells + 1) * bands + b] = static_cast<float>(logarithm - first);
    weight[(cells + 1) * bands + b] = follows ? static_cast<float>(weights_.ratio) * counted : 0.0F;
    batch.observed[b] += counted;
  }
}

void TileSamples::observations(Part part, std::span<const std::size_t> which, Batch& batch) const {
  const std::size_t bands = set_.bands.size();
  batch.target.assign(batch.rows * batch.scored * bands, 0.0F);
  batch.weight.assign(batch.rows * batch.scored * bands, 0.0F);
  batch.observed.assign(bands, 0.0);
  for (std::size_t b = 0; b < which.size(); ++b)
    add_observations(set_.samples[index(part, which[b])], form(part, which[b]), b, batch);
}

std::vector<std::vector<std::size_t>> TileSamples::batches(Part part, std::size_t floats_per_step) const {
  const std::size_t rows = std::max<std::size_t>(1, kBatchFloats / (steps() * floats_per_step));
  std::vector<std::vector<std::size_t>> out;
  for (std::size_t i = 0; i < size(part); ++i) {
    if (i % rows == 0) out.emplace_back();
    out.back().push_back(i);
  }
  return out;
}

std::string TileSamples::hash() const {
  std::string bytes;
  for (const auto* part : {&training_, &validation_}) {
    for (const std::size_t s : *part) {
      const MapSample& sample = set_.samples[s];
      bytes += sample.name + ' ' + std::to_string(sample.row) + ' ' + std::to_string(sample.column) + '\n';
      append(bytes, sample.input);
      append(bytes, sample.counts);
      append(bytes, sample.target);
    }
    bytes += '\0';
  }
  for (const auto& map : set_.shared) append(bytes, map);
  return core::hash_bytes(bytes);
}

}  // namespace phreatic::learn

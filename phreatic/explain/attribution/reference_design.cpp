// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/explain/attribution/reference_design.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "phreatic/core/context.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"

namespace phreatic::explain {

namespace {

constexpr std::size_t kRowsPerCall = 1024;

std::vector<std::uint32_t> spread_sample(std::span<const std::uint32_t> members, std::size_t limit,
                                         std::uint64_t seed, std::uint64_t group) {
  if (members.size() <= limit) return {members.begin(), members.end()};
  core::RandomStream random(seed, "references", group);
  const double start = random.uniform();
  const double stride = static_cast<double>(members.size()) / static_cast<double>(limit);
  std::vector<std::uint32_t> sample;
  sample.reserve(limit);
  for (std::size_t i = 0; i < limit; ++i) {
    const auto at = static_cast<std::size_t>((static_cast<double>(i) + start) * stride);
    sample.push_back(members[std::min(at, members.size() - 1)]);
  }
  return sample;
}

// f of every reference; adds the references' cells to `mean`.
std::vector<double> evaluate_references(model::Predictor& f, const InputCells& cells,
                                        const WindowSource& training, std::span<const std::uint32_t> sample,
                                        std::span<const float> statics, std::vector<double>& mean) {
  std::vector<double> values;
  std::vector<float> inputs(kRowsPerCall * cells.dynamic()), attributes(kRowsPerCall * cells.statics),
      out(kRowsPerCall);
  for (std::size_t first = 0; first < sample.size(); first += kRowsPerCall) {
    core::throw_if_interrupted();
    const std::size_t rows = std::min(kRowsPerCall, sample.size() - first);
    for (std::size_t r = 0; r < rows; ++r) {
      const auto row = std::span(inputs).subspan(r * cells.dynamic(), cells.dynamic());
      const auto own = std::span(attributes).subspan(r * cells.statics, cells.statics);
      training.inputs(sample[first + r], row);
      if (cells.with_statics) {
        training.static_inputs(sample[first + r], own);
      } else {
        std::copy(statics.begin(), statics.end(), own.begin());
      }
      for (std::size_t i = 0; i < cells.dynamic(); ++i) mean[i] += row[i];
      for (std::size_t i = cells.dynamic(); i < cells.count(); ++i) mean[i] += own[i - cells.dynamic()];
    }
    f.value(rows, inputs.data(), attributes.data(), out.data());
    values.insert(values.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(rows));
  }
  return values;
}

// Covariate of each driver: its own, or the last one for the drivers that vary least.
std::vector<std::size_t> pool_drivers(std::span<const double> sums_of_squares, std::size_t limit) {
  const std::size_t drivers = sums_of_squares.size();
  std::vector<std::size_t> covariate(drivers);
  std::iota(covariate.begin(), covariate.end(), 0);
  if (drivers <= limit) return covariate;
  std::vector<std::size_t> order = covariate;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return sums_of_squares[a] > sums_of_squares[b]; });
  for (std::size_t rank = 0; rank < drivers; ++rank) covariate[order[rank]] = std::min(rank, limit - 1);
  return covariate;
}

}  // namespace

ReferenceDesign make_reference_design(model::Predictor& f, const InputCells& cells,
                                      const WindowSource& training, std::span<const std::uint32_t> members,
                                      std::span<const float> statics, std::size_t limit, std::uint64_t seed,
                                      std::uint64_t group) {
  const std::vector<std::uint32_t> sample = spread_sample(members, limit, seed, group);
  const auto n = static_cast<double>(sample.size());
  ReferenceDesign design;
  design.mean.assign(cells.count(), 0.0);
  const std::vector<double> values = evaluate_references(f, cells, training, sample, statics, design.mean);
  for (double& m : design.mean) m /= n;
  design.base = std::accumulate(values.begin(), values.end(), 0.0) / n;
  std::vector<std::size_t> order(sample.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  double squares = 0;
  for (const std::size_t i : order) {
    design.index.push_back(sample[i]);
    design.value.push_back(values[i] - design.base);
    squares += design.value.back() * design.value.back();
  }
  if (sample.size() < members.size()) {
    const double left_out = 1 - n / static_cast<double>(members.size());
    design.base_error = std::sqrt(squares / (n - 1) / n * left_out);
  }
  return design;
}

Surrogate make_surrogate(const InputCells& cells, const WindowSource& training, const ReferenceDesign& design,
                         std::vector<double> slope, std::size_t limit) {
  const std::size_t drivers = cells.drivers();
  const std::size_t n = design.index.size();
  std::vector<double> by_driver(n * drivers, 0.0);
  core::parallel_for((n + kRowsPerCall - 1) / kRowsPerCall, [&](std::size_t block) {
    std::vector<float> row(cells.count());
    for (std::size_t j = block * kRowsPerCall; j < std::min(n, (block + 1) * kRowsPerCall); ++j) {
      cells.read(training, design.index[j], row);
      for (std::size_t i = 0; i < row.size(); ++i) {
        by_driver[j * drivers + cells.driver_of(i)] += (design.mean[i] - row[i]) * slope[i];
      }
    }
  });
  std::vector<double> squares(drivers, 0.0);
  for (std::size_t i = 0; i < by_driver.size(); ++i) squares[i % drivers] += by_driver[i] * by_driver[i];
  Surrogate s;
  s.slope = std::move(slope);
  s.covariate_of = pool_drivers(squares, limit);
  s.covariates = std::min(drivers, limit);
  s.reference_covariates.assign(n * s.covariates, 0.0);
  for (std::size_t i = 0; i < by_driver.size(); ++i) {
    s.reference_covariates[i / drivers * s.covariates + s.covariate_of[i % drivers]] += by_driver[i];
  }
  return s;
}

}  // namespace phreatic::explain

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/explain/attribution/draw_chunk.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "phreatic/core/context.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"

namespace phreatic::explain {

namespace {

constexpr std::size_t kChunkBytes = std::size_t{128} << 20;
constexpr std::size_t kBatchBytes = std::size_t{32} << 20;
constexpr std::size_t kMaxCovariates = 8;
constexpr std::size_t kBlock = 32;
// Generators of the two-dimensional Kronecker sequence: 1/p and 1/p^2, p the root of p^3 = p + 1.
constexpr double kGeneratorReference = 0.7548776662466927;
constexpr double kGeneratorAlpha = 0.5698402909980532;

double fraction(double x) { return x - std::floor(x); }

std::size_t batch_rows(const InputCells& cells, std::size_t replicates) {
  return std::clamp(kBatchBytes / (cells.count() * sizeof(float)), 4 * replicates, std::size_t{8192});
}

double standard_error(std::span<const double> replicates) {
  const auto n = static_cast<double>(replicates.size());
  double mean = 0, squares = 0;
  for (const double v : replicates) mean += v / n;
  for (const double v : replicates) squares += (v - mean) * (v - mean);
  return std::sqrt(squares / (n - 1) / n);
}

}  // namespace

std::size_t chunk_size(const InputCells& cells, const ExpectedGradientsParams& params) {
  const std::size_t bytes = static_cast<std::size_t>(params.replicates) * cells.count() * sizeof(double);
  return std::clamp<std::size_t>(kChunkBytes / std::max<std::size_t>(bytes, 1), 16, 512);
}

DrawChunk::DrawChunk(const DrawSetting& setting, const ReferenceDesign& design,
                     std::span<const std::uint32_t> windows)
    : setting_(setting), design_(design), replicates_(static_cast<std::size_t>(setting.params.replicates)) {
  const std::size_t cells = setting_.cells.count();
  const auto first_draws = static_cast<std::size_t>(setting_.params.min_draws) / replicates_;
  for (const std::uint32_t index : windows) {
    const TargetScale& scale = setting_.scales[index];
    const double tolerance_absolute =
        setting_.params.tolerance_absolute.value_or(setting_.params.tolerance * scale.range);
    active_.push_back(windows_.size());
    windows_.push_back({.index = index,
                        .next = std::max<std::size_t>(2, first_draws),
                        .tolerance = tolerance_absolute / std::abs(scale.scale)});
  }
  read_windows();
  std::vector<double> slope(cells, 0.0);
  if (setting_.params.control_variate) slope = pilot_slope();
  surrogate_ = make_surrogate(setting_.cells, setting_.training, design_, std::move(slope), kMaxCovariates);
  set_modulators();
  shifts_.resize(windows_.size() * replicates_ * 2);
  for (std::size_t i = 0; i < shifts_.size() / 2; ++i) {
    core::RandomStream random(setting_.params.seed, "expected gradients", windows_[i / replicates_].index,
                              i % replicates_);
    shifts_[2 * i] = random.uniform();
    shifts_[2 * i + 1] = random.uniform();
    first_members_.push_back(random.below(setting_.f.members()));
  }
  e_sum_.assign(windows_.size() * replicates_ * cells, 0.0);
  z_sum_.assign(windows_.size() * replicates_ * covariate_count_, 0.0);
  driver_sums_.assign(windows_.size() * replicates_ * setting_.cells.drivers(), 0.0);
  cube_.assign(windows_.size() * cells, 0.0);
  if (covariate_count_ > 0) {
    regression_.emplace_back(replicates_, covariate_count_, modulator_count_, cells);
  }
}

void DrawChunk::read_windows() {
  const InputCells& cells = setting_.cells;
  x_.resize(windows_.size() * cells.count());
  batch_.resize(cells, windows_.size());
  for (std::size_t w = 0; w < windows_.size(); ++w) {
    cells.read(setting_.windows, windows_[w].index, std::span(x_).subspan(w * cells.count(), cells.count()));
    std::copy_n(window_cells(w), cells.dynamic(),
                batch_.inputs.begin() + static_cast<std::ptrdiff_t>(w * cells.dynamic()));
    setting_.windows.static_inputs(windows_[w].index,
                                   std::span(batch_.statics).subspan(w * cells.statics, cells.statics));
  }
  statics_.assign(batch_.statics.begin(),
                  batch_.statics.begin() + static_cast<std::ptrdiff_t>(cells.statics));
  setting_.f.value(windows_.size(), batch_.inputs.data(), batch_.statics.data(), batch_.values.data());
  for (std::size_t w = 0; w < windows_.size(); ++w) windows_[w].value = batch_.values[w];
}

std::pair<std::size_t, double> DrawChunk::point(std::size_t window, std::size_t replicate,
                                                std::size_t draw) const {
  const double* shift = shifts_.data() + (window * replicates_ + replicate) * 2;
  const auto k = static_cast<double>(draw);
  const std::size_t n = design_.index.size();
  const auto at =
      static_cast<std::size_t>(fraction(shift[0] + k * kGeneratorReference) * static_cast<double>(n));
  return {std::min(at, n - 1), fraction(shift[1] + k * kGeneratorAlpha)};
}

void DrawChunk::set_row(std::span<const float> x, std::span<const float> reference, double alpha,
                        std::size_t row) {
  const InputCells& cells = setting_.cells;
  const auto a = static_cast<float>(alpha);
  float* inputs = batch_.inputs.data() + row * cells.dynamic();
  float* statics = batch_.statics.data() + row * cells.statics;
  for (std::size_t i = 0; i < cells.dynamic(); ++i) inputs[i] = reference[i] + a * (x[i] - reference[i]);
  if (cells.with_statics) {
    for (std::size_t s = 0; s < cells.statics; ++s) {
      const std::size_t i = cells.dynamic() + s;
      statics[s] = reference[i] + a * (x[i] - reference[i]);
    }
  } else {
    std::copy(statics_.begin(), statics_.end(), statics);
  }
}

std::vector<DrawChunk::Part> DrawChunk::plan_round() const {
  const std::size_t limit = batch_rows(setting_.cells, replicates_);
  std::vector<Part> parts(1);
  for (const std::size_t w : active_) {
    const std::size_t rows = windows_[w].next * replicates_;
    if (parts.back().rows > 0 && parts.back().rows + rows > limit) parts.emplace_back();
    Part& part = parts.back();
    part.windows.push_back(w);
    part.row.push_back(part.rows);
    part.rows += rows;
  }
  return parts;
}

std::size_t DrawChunk::member(std::size_t window, std::size_t replicate, std::size_t draw) const {
  return (first_members_[window * replicates_ + replicate] + draw) % setting_.f.members();
}

// The row of each draw, [window of the part][replicate][draw]: those of one member stand together.
void DrawChunk::place_rows(const Part& part) {
  const std::size_t members = setting_.f.members();
  rows_.resize(part.rows);
  std::vector<std::size_t> next(members + 1, 0);
  const auto every_draw = [&](const auto& visit) {
    for (std::size_t p = 0; p < part.windows.size(); ++p) {
      const std::size_t w = part.windows[p];
      std::size_t at = part.row[p];
      for (std::size_t r = 0; r < replicates_; ++r) {
        for (std::size_t k = 0; k < windows_[w].next; ++k, ++at)
          visit(at, member(w, r, windows_[w].draws + k));
      }
    }
  };
  every_draw([&](std::size_t, std::size_t m) { ++next[m + 1]; });
  std::partial_sum(next.begin(), next.end(), next.begin());
  if (members > 1) batch_.member_rows = next;
  every_draw([&](std::size_t at, std::size_t m) { rows_[at] = next[m]++; });
}

void DrawChunk::draw(const Part& part) {
  const InputCells& cells = setting_.cells;
  batch_.resize(cells, part.rows);
  place_rows(part);
  core::parallel_for(part.windows.size(), [&](std::size_t p) {
    const std::size_t w = part.windows[p];
    std::vector<float> reference(cells.count());
    std::size_t at = part.row[p];
    for (std::size_t r = 0; r < replicates_; ++r) {
      for (std::size_t k = 0; k < windows_[w].next; ++k, ++at) {
        const auto [j, alpha] = point(w, r, windows_[w].draws + k);
        cells.read(setting_.training, design_.index[j], reference);
        set_row({window_cells(w), cells.count()}, reference, alpha, rows_[at]);
      }
    }
  });
  evaluate_gradients(setting_.f, cells, batch_);
  core::parallel_for(replicates_, [&](std::size_t r) { accumulate(part, r); });
  for (const std::size_t w : part.windows) windows_[w].draws += windows_[w].next;
}

void DrawChunk::accumulate(const Part& part, std::size_t replicate) {
  const InputCells& cells = setting_.cells;
  const std::size_t n = cells.count();
  std::vector<float> reference(n);
  std::vector<double> e, z;
  for (std::size_t p = 0; p < part.windows.size(); ++p) {
    const std::size_t w = part.windows[p];
    const std::size_t draws = windows_[w].next;
    e.resize(draws * n);
    z.resize(draws * covariate_count_);
    double* e_sum = e_sum_.data() + (w * replicates_ + replicate) * n;
    double* z_sum = z_sum_.data() + (w * replicates_ + replicate) * covariate_count_;
    for (std::size_t k = 0; k < draws; ++k) {
      const auto [j, alpha] = point(w, replicate, windows_[w].draws + k);
      cells.read(setting_.training, design_.index[j], reference);
      const std::size_t row = rows_[part.row[p] + replicate * draws + k];
      const float* gradient = batch_.gradients.data() + row * cells.dynamic();
      const float* x = window_cells(w);
      double* own = e.data() + k * n;
      for (std::size_t i = 0; i < cells.dynamic(); ++i) {
        own[i] = (static_cast<double>(x[i]) - reference[i]) * gradient[i];
      }
      for (std::size_t i = cells.dynamic(); i < n; ++i) {
        own[i] = (static_cast<double>(x[i]) - reference[i]) *
                 batch_.static_gradients[row * cells.statics + i - cells.dynamic()];
      }
      for (std::size_t i = 0; i < n; ++i) {
        own[i] -= (design_.mean[i] - reference[i]) * surrogate_.slope[i];
        e_sum[i] += own[i];
      }
      if (covariate_count_ == 0) continue;
      covariates(j, alpha, z.data() + k * covariate_count_);
      for (std::size_t c = 0; c < covariate_count_; ++c) z_sum[c] += z[k * covariate_count_ + c];
    }
    if (!regression_.empty()) {
      regression_.front().add(replicate, draws, z, e,
                              std::span(modulators_).subspan(w * modulator_count_, modulator_count_));
    }
  }
}

void DrawChunk::estimate() {
  if (!regression_.empty()) regression_.front().solve();
  core::parallel_for((active_.size() + kBlock - 1) / kBlock, [&](std::size_t b) {
    estimate_block(b * kBlock, std::min(active_.size(), (b + 1) * kBlock));
  });
}

// Replicate means of active windows [first, last), corrected, and what they give.
void DrawChunk::estimate_block(std::size_t first, std::size_t last) {
  const InputCells& cells = setting_.cells;
  const std::size_t n = cells.count();
  const std::size_t count = last - first;
  const std::size_t p = covariate_count_ * modulator_count_;
  std::vector<double> e(count * n), z(count * p);
  for (std::size_t a = 0; a < count; ++a) {
    std::fill_n(cube_.begin() + static_cast<std::ptrdiff_t>(active_[first + a] * n), n, 0.0);
  }
  for (std::size_t r = 0; r < replicates_; ++r) {
    for (std::size_t a = 0; a < count; ++a) {
      const std::size_t w = active_[first + a];
      const auto draws = static_cast<double>(windows_[w].draws);
      const double* e_sum = e_sum_.data() + (w * replicates_ + r) * n;
      const double* z_sum = z_sum_.data() + (w * replicates_ + r) * covariate_count_;
      for (std::size_t i = 0; i < n; ++i) {
        e[a * n + i] = e_sum[i] / draws;
      }
      for (std::size_t k = 0; k < p; ++k) {
        z[a * p + k] =
            modulators_[w * modulator_count_ + k / covariate_count_] * z_sum[k % covariate_count_] / draws;
      }
    }
    if (!regression_.empty()) regression_.front().correct(r, count, z, e);
    for (std::size_t a = 0; a < count; ++a) {
      const std::size_t w = active_[first + a];
      double* sums = driver_sums_.data() + (w * replicates_ + r) * cells.drivers();
      std::fill_n(sums, cells.drivers(), 0.0);
      for (std::size_t i = 0; i < n; ++i) {
        sums[cells.driver_of(i)] += e[a * n + i];
        cube_[w * n + i] += e[a * n + i] / static_cast<double>(replicates_);
      }
    }
  }
}

void DrawChunk::finish_round(const AttributionSink& sink, ExpectedGradientsSummary& summary) {
  const std::size_t drivers = setting_.cells.drivers();
  const std::size_t row_limit = batch_rows(setting_.cells, replicates_) / replicates_;
  const std::size_t most =
      std::max<std::size_t>(2, static_cast<std::size_t>(setting_.params.max_draws) / replicates_);
  std::vector<std::size_t> still_active;
  std::vector<double> errors(drivers), one(replicates_);
  for (const std::size_t w : active_) {
    const double* sums = driver_sums_.data() + w * replicates_ * drivers;
    for (std::size_t d = 0; d < drivers; ++d) {
      for (std::size_t r = 0; r < replicates_; ++r) one[r] = sums[r * drivers + d];
      errors[d] = standard_error(one);
    }
    for (std::size_t r = 0; r < replicates_; ++r) {
      one[r] = 0;
      for (std::size_t d = 0; d < drivers; ++d) one[r] += sums[r * drivers + d];
    }
    Window& window = windows_[w];
    const double ratio = *std::max_element(errors.begin(), errors.end()) / window.tolerance;
    const bool converged = ratio <= 1;
    if (converged || window.draws >= most || !std::isfinite(ratio)) {
      emit(w, errors, converged, standard_error(one), sink, summary);
      continue;
    }
    // As many more as the error asks for, with a tenth to spare; at most four times what there is.
    const auto made = static_cast<double>(window.draws);
    const double more = std::ceil(std::min(made * (1.1 * ratio * ratio - 1), 4 * made));
    window.next = std::clamp<std::size_t>(static_cast<std::size_t>(more), 2, row_limit);
    window.next = std::min(window.next, most - window.draws);
    still_active.push_back(w);
  }
  active_ = std::move(still_active);
}

void DrawChunk::emit(std::size_t w, const std::vector<double>& errors, bool converged, double total_error,
                     const AttributionSink& sink, ExpectedGradientsSummary& summary) {
  const InputCells& cells = setting_.cells;
  const Window& window = windows_[w];
  const TargetScale& scale = setting_.scales[window.index];
  std::vector<double> cube(cube_.begin() + static_cast<std::ptrdiff_t>(w * cells.count()),
                           cube_.begin() + static_cast<std::ptrdiff_t>((w + 1) * cells.count()));
  std::vector<double> sums(cells.drivers(), 0.0), sum_errors = errors;
  for (double& phi : cube) phi *= scale.scale;
  for (double& error : sum_errors) error *= std::abs(scale.scale);
  for (std::size_t i = 0; i < cube.size(); ++i) sums[cells.driver_of(i)] += cube[i];
  WindowAttribution out;
  out.window = window.index;
  out.value = scale.scale * window.value + scale.offset;
  out.base = scale.scale * design_.base + scale.offset;
  out.base_standard_error = std::abs(scale.scale) * design_.base_error;
  out.residual = out.base - out.value;
  for (const double s : sums) out.residual += s;
  out.attributions = std::span(cube).first(cells.dynamic());
  out.statics = std::span(cube).subspan(cells.dynamic());
  out.driver_sums = sums;
  out.driver_errors = sum_errors;
  out.draws = static_cast<int>(window.draws * replicates_);
  out.converged = converged;
  sink(out);
  ++summary.windows;
  summary.converged += converged ? 1 : 0;
  summary.draws += static_cast<std::uint64_t>(out.draws);
  const double error = *std::max_element(errors.begin(), errors.end());
  summary.largest_error = std::max(summary.largest_error, error / window.tolerance);
  summary.largest_residual = std::max(summary.largest_residual, std::abs(out.residual) / scale.range);
  const double own_error = total_error * std::abs(scale.scale);
  // Residuals at float32 rounding say nothing about the sampling.
  const double rounding = 1e-5 * scale.range;
  const double in_errors = out.residual / std::hypot(own_error, rounding);
  summary.rms_residual_in_errors += in_errors * in_errors;
}

void DrawChunk::run(const AttributionSink& sink, ExpectedGradientsSummary& summary) {
  while (!active_.empty()) {
    core::throw_if_interrupted();
    for (const Part& part : plan_round()) draw(part);
    estimate();
    finish_round(sink, summary);
  }
}

}  // namespace phreatic::explain

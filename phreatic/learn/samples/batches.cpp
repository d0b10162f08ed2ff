// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/samples/batches.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/learn/settings.hpp"

namespace phreatic::learn {
namespace {

// Which steps of each entity any window scores.
std::vector<std::vector<char>> scored_steps(const SeriesSet& set, const std::vector<Window>& windows) {
  std::vector<std::vector<char>> scored;
  for (const Series& s : set.entities) scored.emplace_back(s.length, 0);
  for (const Window& w : windows)
    std::fill_n(scored[w.entity].begin() + static_cast<std::ptrdiff_t>(w.first + w.warmup), w.scored(), 1);
  return scored;
}

double standard_deviation(const Series& s, const std::vector<char>& scored, std::size_t target,
                          std::size_t targets) {
  double sum = 0;
  double squares = 0;
  double count = 0;
  for (const int pass : {0, 1}) {
    const double mean = pass == 0 || count == 0 ? 0 : sum / count;
    if (pass == 0) sum = squares = count = 0;
    for (std::size_t t = 0; t < s.length; ++t) {
      const double v = s.targets[t * targets + target];
      if (scored[t] == 0 || std::isnan(v)) continue;
      if (pass == 0) {
        sum += v;
        ++count;
      } else {
        squares += (v - mean) * (v - mean);
      }
    }
  }
  return count > 0 ? std::sqrt(squares / count) : 0;
}

void append(std::string& bytes, const void* data, std::size_t size) {
  bytes.append(static_cast<const char*>(data), size);
}

void append_names(std::string& bytes, const std::vector<std::string>& names) {
  for (const std::string& name : names) bytes += name + '\n';
  bytes += '\0';
}

}  // namespace

std::vector<double> loss_weights(const SeriesSet& set, const std::vector<Window>& training,
                                 const LearnParams& params) {
  const std::size_t targets = set.targets.size();
  std::vector<double> weights(set.entities.size() * targets, 1.0);
  const std::vector<std::vector<char>> scored = scored_steps(set, training);
  for (std::size_t e = 0; e < set.entities.size(); ++e) {
    const Series& s = set.entities[e];
    for (std::size_t k = 0; k < targets; ++k) {
      const LossParams& loss = loss_of(params, set.targets[k]);
      double& weight = weights[e * targets + k];
      if (!s.weights.empty()) weight = s.weights[k];
      if (loss.kind != LossKind::nse) continue;
      const double spread = standard_deviation(s, scored[e], k, targets) + loss.nse_epsilon;
      weight /= std::max(spread * spread, 1e-12);
    }
  }
  return weights;
}

void batch_inputs(const SeriesSet& set, std::span<const Window> windows, std::size_t reach, Batch& batch) {
  batch.rows = windows.size();
  batch.steps = 0;
  std::size_t warmup = windows.front().warmup;
  for (const Window& w : windows) {
    batch.steps = std::max(batch.steps, w.length);
    warmup = std::min(warmup, w.warmup);
  }
  batch.scored = batch.steps - warmup;
  batch.lead = std::min(warmup, reach);
  batch.channels = set.channels();
  const std::size_t statics = set.statics.size();
  batch.x.resize(batch.rows * batch.steps * batch.channels);
  batch.statics.resize(batch.rows * statics);
  for (std::size_t b = 0; b < batch.rows; ++b) {
    const Window& w = windows[b];
    float* out = batch.x.data() + b * batch.steps * batch.channels;
    std::fill(out + w.length * batch.channels, out + batch.steps * batch.channels, 0.0F);
    encode_window(set, w, out);
    const std::vector<float>& own = set.entities[w.entity].statics;
    std::copy_n(own.begin(), statics, batch.statics.begin() + static_cast<std::ptrdiff_t>(b * statics));
  }
}

void batch_targets(const SeriesSet& set, std::span<const Window> windows, const std::vector<double>& weights,
                   Batch& batch) {
  const std::size_t targets = set.targets.size();
  const std::size_t row_size = batch.scored * targets;
  batch.target.assign(batch.rows * row_size, 0.0F);
  batch.weight.assign(batch.rows * row_size, 0.0F);
  batch.observed.assign(targets, 0.0);
  for (std::size_t j = 0; j < targets; ++j) {
    for (std::size_t b = 0; b < batch.rows; ++b) {
      const Window& w = windows[b];
      const Series& s = set.entities[w.entity];
      // An interval that begins before the window has no mean of outputs.
      for (std::size_t step = std::max(w.warmup, set.targets[j].interval - 1); step < w.length; ++step) {
        const OutputScale scale = output_scale(set, w, j, step);
        const float value = (s.targets[(w.first + step) * targets + j] - scale.centre) / scale.spread;
        if (std::isnan(value)) continue;
        const std::size_t at = b * row_size + (step + batch.scored - batch.steps) * targets + j;
        batch.target[at] = value;
        batch.weight[at] = static_cast<float>(weights[w.entity * targets + j]);
        batch.observed[j] += 1;
      }
    }
  }
}

namespace {

constexpr std::size_t kBatchFloats = std::size_t{1} << 24;  // of one prediction batch: 64 MiB
constexpr std::size_t kBatchRows = 1024;

// Longest first, so that a batch holds windows of nearly the same length.
std::vector<std::size_t> by_length(std::span<const Window> windows, bool alike) {
  std::vector<std::size_t> order(windows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (windows[a].length != windows[b].length || !alike) return windows[a].length > windows[b].length;
    return windows[a].warmup > windows[b].warmup;
  });
  return order;
}

// How many windows from `from` on go into one batch.
std::size_t batch_end(std::span<const Window> windows, std::span<const std::size_t> order, std::size_t from,
                      std::size_t floats_per_step, bool alike) {
  const Window& first = windows[order[from]];
  const auto fits = [&](const Window& w) {
    return alike ? w.length == first.length && w.warmup == first.warmup : 4 * w.length >= 3 * first.length;
  };
  const std::size_t rows =
      std::clamp<std::size_t>(kBatchFloats / (first.length * floats_per_step), 1, kBatchRows);
  std::size_t to = from + 1;
  while (to < order.size() && to - from < rows && fits(windows[order[to]])) ++to;
  return to;
}

}  // namespace

std::vector<std::vector<std::size_t>> plan_batches(std::span<const Window> windows,
                                                   std::size_t floats_per_step, bool alike) {
  const std::vector<std::size_t> order = by_length(windows, alike);
  std::vector<std::vector<std::size_t>> batches;
  for (std::size_t from = 0; from < order.size();) {
    const std::size_t to = batch_end(windows, order, from, floats_per_step, alike);
    batches.emplace_back(order.begin() + static_cast<std::ptrdiff_t>(from),
                         order.begin() + static_cast<std::ptrdiff_t>(to));
    from = to;
  }
  return batches;
}

WindowSamples::WindowSamples(const SeriesSet& set, const WindowSplit& windows, std::vector<double> weights,
                             bool alike)
    : set_(set), windows_(windows), weights_(std::move(weights)), alike_(alike) {}

std::vector<Window> WindowSamples::chosen(Part part, std::span<const std::size_t> which) const {
  std::vector<Window> windows;
  for (const std::size_t i : which) windows.push_back(list(part)[i]);
  return windows;
}

void WindowSamples::inputs(Part part, std::span<const std::size_t> which, Batch& batch) const {
  batch_inputs(set_, chosen(part, which), longest_reach(set_.targets), batch);
}

void WindowSamples::observations(Part part, std::span<const std::size_t> which, Batch& batch) const {
  batch_targets(set_, chosen(part, which), weights_, batch);
}

std::vector<std::vector<std::size_t>> WindowSamples::batches(Part part, std::size_t floats_per_step) const {
  return plan_batches(list(part), floats_per_step, alike_);
}

std::string data_hash(const SeriesSet& set, const WindowSplit& windows) {
  std::string digest;
  append_names(digest, set.features);
  append_names(digest, set.past_features);
  append_names(digest, set.statics);
  for (const Target& t : set.targets) {
    append_names(digest, {t.name, t.anchor, std::to_string(t.interval)});
    if (t.anchored_by_lead) append_names(digest, {"anchored by lead"});
  }
  std::vector<float> seen;
  for (const std::vector<Window>* list : {&windows.training, &windows.validation}) {
    for (const Window& w : *list) {
      const Series& s = set.entities[w.entity];
      seen.resize(w.length * set.channels());
      encode_window(set, w, seen.data());
      std::string bytes = s.name + '\n';
      append(bytes, &w, sizeof(w));
      append(bytes, seen.data(), seen.size() * sizeof(float));
      append(bytes, s.statics.data(), s.statics.size() * sizeof(float));
      append(bytes, s.weights.data(), s.weights.size() * sizeof(double));
      const std::size_t targets = set.targets.size();
      append(bytes, s.targets.data() + (w.first + w.warmup) * targets, w.scored() * targets * sizeof(float));
      for (std::size_t k = 0; k < targets; ++k) {
        if (!set.targets[k].anchored_by_lead) continue;
        for (std::size_t step = w.warmup; step < w.length; ++step) {
          const OutputScale scale = output_scale(set, w, k, step);
          append(bytes, &scale, sizeof(scale));
        }
      }
      digest += core::hash_bytes(bytes);
    }
    digest += '|';
  }
  return core::hash_bytes(digest);
}

}  // namespace phreatic::learn

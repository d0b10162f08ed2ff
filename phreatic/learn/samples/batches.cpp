// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/samples/batches.hpp"

#include <algorithm>
#include <cmath>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files.hpp"

namespace phreatic::learn {
namespace {

// Which steps of an entity any window scores.
std::vector<char> scored_steps(const Series& s, const std::vector<Window>& windows, std::size_t entity) {
  std::vector<char> scored(s.length, 0);
  for (const Window& w : windows) {
    if (w.entity != entity) continue;
    std::fill_n(scored.begin() + static_cast<std::ptrdiff_t>(w.first + w.warmup), w.scored(), 1);
  }
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
                                 const LossParams& loss) {
  const std::size_t targets = set.targets.size();
  std::vector<double> weights(set.entities.size() * targets, 1.0);
  for (std::size_t e = 0; e < set.entities.size(); ++e) {
    const Series& s = set.entities[e];
    const std::vector<char> scored =
        loss.kind == LossKind::nse ? scored_steps(s, training, e) : std::vector<char>();
    for (std::size_t k = 0; k < targets; ++k) {
      double& weight = weights[e * targets + k];
      if (!s.weights.empty()) weight = s.weights[k];
      if (loss.kind != LossKind::nse) continue;
      const double spread = standard_deviation(s, scored, k, targets) + loss.nse_epsilon;
      weight /= std::max(spread * spread, 1e-12);
    }
  }
  return weights;
}

void BatchMaker::inputs(std::span<const Window> windows, Batch& batch) const {
  batch.rows = windows.size();
  batch.steps = 0;
  std::size_t warmup = windows.front().warmup;
  for (const Window& w : windows) {
    batch.steps = std::max(batch.steps, w.length);
    warmup = std::min(warmup, w.warmup);
  }
  batch.scored = batch.steps - warmup;
  const std::size_t channels = shape_.channels;
  const std::size_t width = shape_.sequence_inputs();
  batch.x.resize(batch.rows * batch.steps * width);
  batch.statics.resize(shape_.sets_state() ? batch.rows * shape_.statics : 0);
  std::vector<float> seen(width == channels ? 0 : batch.steps * channels);
  for (std::size_t b = 0; b < batch.rows; ++b) {
    const Window& w = windows[b];
    float* out = batch.x.data() + b * batch.steps * width;
    std::fill(out + w.length * width, out + batch.steps * width, 0.0F);
    const std::vector<float>& statics = set_.entities[w.entity].statics;
    if (shape_.sets_state())
      std::copy(statics.begin(), statics.end(),
                batch.statics.begin() + static_cast<std::ptrdiff_t>(b * shape_.statics));
    if (width == channels) {
      encode_window(set_, w, out);
      continue;
    }
    encode_window(set_, w, seen.data());
    for (std::size_t t = 0; t < w.length; ++t) {
      out = std::copy_n(seen.data() + t * channels, channels, out);
      out = std::copy(statics.begin(), statics.end(), out);
    }
  }
}

void BatchMaker::targets(std::span<const Window> windows, const std::vector<double>& weights,
                         Batch& batch) const {
  const std::size_t targets = set_.targets.size();
  const std::size_t row_size = batch.scored * targets;
  batch.target.assign(batch.rows * row_size, 0.0F);
  batch.weight.assign(batch.rows * row_size, 0.0F);
  batch.observed.assign(targets, 0.0);
  for (std::size_t b = 0; b < batch.rows; ++b) {
    const Window& w = windows[b];
    const Series& s = set_.entities[w.entity];
    const float anchor = anchor_of(set_, w);
    for (std::size_t step = w.warmup; step < w.length; ++step) {
      const std::size_t t = w.first + step;
      const std::size_t k = step + batch.scored - batch.steps;
      for (std::size_t j = 0; j < targets; ++j) {
        const float value = s.targets[t * targets + j] - anchor;
        if (std::isnan(value)) continue;
        const std::size_t at = b * row_size + k * targets + j;
        batch.target[at] = value;
        batch.weight[at] = static_cast<float>(weights[w.entity * targets + j]);
        batch.observed[j] += 1;
      }
    }
  }
}

std::string data_hash(const SeriesSet& set, const WindowSplit& windows) {
  std::string digest;
  append_names(digest, set.features);
  append_names(digest, set.past_features);
  append_names(digest, set.statics);
  append_names(digest, set.targets);
  if (!set.anchor.empty()) append_names(digest, {set.anchor});
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
      digest += core::hash_bytes(bytes);
    }
    digest += '|';
  }
  return core::hash_bytes(digest);
}

}  // namespace phreatic::learn

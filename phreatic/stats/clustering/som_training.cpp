// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/stats/clustering/som_training.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/stats/series/lanes/lane_kernels.hpp"

namespace phreatic::stats {
namespace {

constexpr std::size_t kTogetherOnline = 24;  // samples of an online block: rows of two tiles
constexpr std::size_t kTogetherBatch = 60;
constexpr std::size_t kRowsOfPart = 12;         // of an online block that a thread takes: one tile
constexpr std::size_t kWorthThreads = 1 << 15;  // values of a codebook from which threads share a block

// Samples less the mean of each coordinate, 0 where missing.
struct CentredSamples {
  std::size_t count = 0;
  std::size_t dimension = 0;
  std::vector<double> mean;     // NaN where all are missing
  std::vector<double> x;        // [sample][coordinate]
  std::vector<double> present;  // 1 or 0, as x; empty when nothing is missing
  std::vector<bool> any;        // samples with a value
};

CentredSamples centred(const Points& samples) {
  CentredSamples c{samples.count, samples.dimension, {}, {}, {}, std::vector<bool>(samples.count, true)};
  std::vector<double> sum(c.dimension, 0), n(c.dimension, 0);
  bool gaps = false;
  for (std::size_t i = 0; i < c.count; ++i) {
    for (std::size_t j = 0; j < c.dimension; ++j) {
      const double v = samples[i][j];
      gaps = gaps || std::isnan(v);
      if (std::isnan(v)) continue;
      sum[j] += v;
      n[j] += 1;
    }
  }
  for (std::size_t j = 0; j < c.dimension; ++j) c.mean.push_back(sum[j] / n[j]);
  c.x.resize(samples.values.size());
  if (gaps) c.present.resize(samples.values.size());
  for (std::size_t i = 0; i < c.count; ++i) {
    bool any = !gaps;
    for (std::size_t j = 0; j < c.dimension; ++j) {
      const std::size_t at = i * c.dimension + j;
      const bool there = !std::isnan(samples.values[at]);
      c.x[at] = there ? samples.values[at] - c.mean[j] : 0;
      if (gaps) c.present[at] = there ? 1 : 0;
      any = any || there;
    }
    c.any[i] = any;
  }
  return c;
}

// Neighbourhood of each node, [node][node].
std::vector<double> neighbourhood(const Som& som, double radius) {
  const std::size_t n = som.nodes();
  std::vector<double> h(n * n);
  for (std::size_t a = 0; a < n; ++a) {
    const NodePosition p = node_position(som, a);
    for (std::size_t b = 0; b < n; ++b) {
      const NodePosition q = node_position(som, b);
      const double squared = (p.x - q.x) * (p.x - q.x) + (p.y - q.y) * (p.y - q.y);
      h[a * n + b] = std::exp(-squared / (2 * radius * radius));
    }
  }
  return h;
}

std::size_t first_smallest(const double* values, std::size_t count) {
  return static_cast<std::size_t>(std::min_element(values, values + count) - values);
}

std::vector<double> squared_norms(const std::vector<double>& codebook, std::size_t nodes, std::size_t d) {
  std::vector<double> norms(nodes, 0);
  for (std::size_t j = 0; j < nodes; ++j) {
    for (std::size_t k = 0; k < d; ++k) norms[j] += codebook[j * d + k] * codebook[j * d + k];
  }
  return norms;
}

// The node nearest to each sample, -1 where all is missing.
std::vector<int> nearest_nodes(const lanes::LaneKernels& kernels, const CentredSamples& s,
                               const std::vector<double>& codebook, std::size_t nodes) {
  const std::size_t d = s.dimension;
  std::vector<double> packed, packed_squares, squares;
  lanes::pack_columns(kernels, codebook.data(), 1, d, d, nodes, packed);
  std::vector<double> norms;
  if (s.present.empty()) {
    norms = squared_norms(codebook, nodes, d);
  } else {
    for (const double w : codebook) squares.push_back(w * w);
    lanes::pack_columns(kernels, squares.data(), 1, d, d, nodes, packed_squares);
  }
  std::vector<int> best(s.count, -1);
  core::parallel_for((s.count + kTogetherBatch - 1) / kTogetherBatch, [&](std::size_t block) {
    const std::size_t begin = block * kTogetherBatch;
    const std::size_t rows = std::min(kTogetherBatch, s.count - begin);
    std::vector<double> dots(rows * nodes), masked;
    lanes::Product product{
        .rows = rows, .columns = nodes, .inner = d, .a = s.x.data() + begin * d, .a_row = d};
    product.c_row = nodes;
    product.packed = packed.data();
    product.c = dots.data();
    kernels.product(product);
    if (!s.present.empty()) {
      masked.resize(rows * nodes);
      product.a = s.present.data() + begin * d;
      product.packed = packed_squares.data();
      product.c = masked.data();
      kernels.product(product);
    }
    for (std::size_t i = 0; i < rows; ++i) {
      double* const score = dots.data() + i * nodes;
      const double* const norm = masked.empty() ? norms.data() : masked.data() + i * nodes;
      for (std::size_t j = 0; j < nodes; ++j) score[j] = norm[j] - 2 * score[j];
      if (s.any[begin + i]) best[begin + i] = static_cast<int>(first_smallest(score, nodes));
    }
  });
  return best;
}

// out [nodes][d] = h sums, in blocks of rows.
std::vector<double> spread(const lanes::LaneKernels& kernels, const std::vector<double>& h,
                           const std::vector<double>& sums, std::size_t nodes, std::size_t d) {
  std::vector<double> packed, out(nodes * d);
  lanes::pack_columns(kernels, sums.data(), d, 1, nodes, d, packed);
  core::parallel_for((nodes + kTogetherBatch - 1) / kTogetherBatch, [&](std::size_t block) {
    const std::size_t begin = block * kTogetherBatch;
    kernels.product({.rows = std::min(kTogetherBatch, nodes - begin),
                     .columns = d,
                     .inner = nodes,
                     .a = h.data() + begin * nodes,
                     .a_row = nodes,
                     .packed = packed.data(),
                     .c = out.data() + begin * d,
                     .c_row = d});
  });
  return out;
}

// Sums per node first, then spread over the grid.
void batch_epoch(const lanes::LaneKernels& kernels, const CentredSamples& s, const std::vector<double>& h,
                 std::size_t nodes, std::vector<double>& codebook) {
  const std::size_t d = s.dimension;
  const bool gaps = !s.present.empty();
  const std::vector<int> best = nearest_nodes(kernels, s, codebook, nodes);
  const std::size_t counted = gaps ? d : 1;  // without gaps all coordinates have one count
  std::vector<double> sums(nodes * d, 0), counts(nodes * counted, 0);
  for (std::size_t i = 0; i < s.count; ++i) {
    if (best[i] < 0) continue;
    const auto node = static_cast<std::size_t>(best[i]);
    for (std::size_t j = 0; j < d; ++j) sums[node * d + j] += s.x[i * d + j];
    if (!gaps) counts[node] += 1;
    for (std::size_t j = 0; gaps && j < d; ++j) counts[node * d + j] += s.present[i * d + j];
  }
  const std::vector<double> sum = spread(kernels, h, sums, nodes, d);
  const std::vector<double> weight = spread(kernels, h, counts, nodes, counted);
  for (std::size_t node = 0; node < nodes; ++node) {
    for (std::size_t j = 0; j < d; ++j) {
      const double w = weight[node * counted + (gaps ? j : 0)];
      if (w > 1e-300) codebook[node * d + j] = sum[node * d + j] / w;
    }
  }
}

// One sample after the other, for samples with gaps.
void plain_online_epoch(const CentredSamples& s, const std::vector<std::size_t>& order,
                        const std::vector<double>& step, std::size_t nodes, std::vector<double>& codebook) {
  const std::size_t d = s.dimension;
  std::vector<double> squared(nodes);
  for (const std::size_t i : order) {
    if (!s.any[i]) continue;
    const double* const x = s.x.data() + i * d;
    const double* const there = s.present.data() + i * d;
    for (std::size_t node = 0; node < nodes; ++node) {
      squared[node] = 0;
      for (std::size_t j = 0; j < d; ++j) {
        const double difference = x[j] - codebook[node * d + j];
        squared[node] += there[j] * difference * difference;
      }
    }
    const double* const h = step.data() + first_smallest(squared.data(), nodes) * nodes;
    for (std::size_t node = 0; node < nodes; ++node) {
      double* const w = codebook.data() + node * d;
      for (std::size_t j = 0; j < d; ++j) w[j] += h[node] * there[j] * (x[j] - w[j]);
    }
  }
}

// Online training of complete samples; the codebook lies packed as the second factor of products. Products are of floats,
// five digits of series less their mean; norms, steps and the choice of winners are double.
class BlockedOnline {
 public:
  BlockedOnline(const lanes::LaneKernels& kernels, const CentredSamples& s, std::size_t nodes)
      : kernels_(kernels),
        s_(s),
        nodes_(nodes),
        padded_(lanes::padded_columns<float>(kernels, nodes)),
        samples_(s.x.begin(), s.x.end()) {}

  void load(const std::vector<double>& codebook) {
    const std::vector<float> rounded(codebook.begin(), codebook.end());
    lanes::pack_columns(kernels_, rounded.data(), 1, s_.dimension, s_.dimension, nodes_, codebook_);
    norms_ = squared_norms(codebook, nodes_, s_.dimension);
  }

  void store(std::vector<double>& codebook) const {
    const std::size_t width = lanes::panel_columns<float>(kernels_);
    for (std::size_t part = 0; part < blocks(); ++part) {
      const Block at = block(part);
      for (std::size_t k = 0; k < at.depth; ++k) {
        for (std::size_t j = at.panel; j < std::min(at.panel + width, nodes_); ++j)
          codebook[j * s_.dimension + at.start + k] = codebook_[at.offset + k * width + j - at.panel];
      }
    }
  }

  // The samples `which`, in this order; step [winner][node].
  void present(std::span<const std::size_t> which, const std::vector<double>& step) {
    const std::size_t d = s_.dimension;
    const std::size_t count = which.size();
    x_.resize(count * d);
    for (std::size_t b = 0; b < count; ++b) std::copy_n(samples_.data() + which[b] * d, d, x_.data() + b * d);
    multiply(count, nodes_, codebook_, dots_);
    lanes::pack_columns(kernels_, x_.data(), 1, d, d, count, packed_x_);
    multiply(count, count, packed_x_, among_);
    steps_.assign(count * padded_, 0);
    for (std::size_t b = 0; b < count; ++b) follow(b, count, step);
    change_codebook(count);
  }

 private:
  // A panel of the packed codebook within a block of its coordinates.
  struct Block {
    std::size_t start, depth, panel, offset;
  };
  std::size_t blocks() const {
    return (s_.dimension + lanes::kInnerBlock - 1) / lanes::kInnerBlock *
           (padded_ / lanes::panel_columns<float>(kernels_));
  }
  Block block(std::size_t part) const {
    const std::size_t width = lanes::panel_columns<float>(kernels_);
    const std::size_t start = part / (padded_ / width) * lanes::kInnerBlock;
    const std::size_t panel = part % (padded_ / width) * width;
    const std::size_t depth = std::min(lanes::kInnerBlock, s_.dimension - start);
    return {start, depth, panel, start * padded_ + panel * depth};
  }

  // Side by side where a part is worth it.
  template <class Body>
  void parts(std::size_t count, const Body& body) const {
    if (nodes_ * s_.dimension >= kWorthThreads) return core::parallel_for(count, body);
    for (std::size_t part = 0; part < count; ++part) body(part);
  }

  void multiply(std::size_t rows, std::size_t columns, const std::vector<float>& packed,
                std::vector<float>& out) const {
    out.resize(rows * columns);
    parts((rows + kRowsOfPart - 1) / kRowsOfPart, [&](std::size_t part) {
      const std::size_t first = part * kRowsOfPart;
      kernels_.float_product({.rows = std::min(kRowsOfPart, rows - first),
                              .columns = columns,
                              .inner = s_.dimension,
                              .a = x_.data() + first * s_.dimension,
                              .a_row = s_.dimension,
                              .packed = packed.data(),
                              .c = out.data() + first * columns,
                              .c_row = columns});
    });
  }

  // Finds the winner of sample b and brings the products of those after it up to date.
  void follow(std::size_t b, std::size_t count, const std::vector<double>& step) {
    const float* const dots = dots_.data() + b * nodes_;
    score_.resize(nodes_);
    for (std::size_t j = 0; j < nodes_; ++j) score_[j] = norms_[j] - 2 * dots[j];
    const double* const h = step.data() + first_smallest(score_.data(), nodes_) * nodes_;
    const double own = among_[b * count + b];
    for (std::size_t j = 0; j < nodes_; ++j) {
      const double rest = 1 - h[j];
      norms_[j] = rest * rest * norms_[j] + 2 * h[j] * rest * dots[j] + h[j] * h[j] * own;
    }
    float* const steps = steps_.data() + b * padded_;
    std::copy_n(h, nodes_, steps);
    for (std::size_t later = b + 1; later < count; ++later) {
      float* const dot = dots_.data() + later * nodes_;
      const float between = among_[b * count + later];
      for (std::size_t j = 0; j < nodes_; ++j) dot[j] += steps[j] * (between - dot[j]);
    }
  }

  // w = w prod_b (1 - h_b) + sum_b h_b prod_{c > b} (1 - h_c) x_b.
  void change_codebook(std::size_t count) {
    keep_.assign(padded_, 1);
    for (std::size_t b = count; b-- > 0;) {
      float* const h = steps_.data() + b * padded_;
      for (std::size_t j = 0; j < padded_; ++j) {
        const float share = h[j] * keep_[j];
        keep_[j] *= 1 - h[j];
        h[j] = share;
      }
    }
    lanes::pack_columns(kernels_, steps_.data(), padded_, 1, count, padded_, packed_steps_);
    const std::size_t width = lanes::panel_columns<float>(kernels_);
    parts(blocks(), [&](std::size_t part) {
      const Block at = block(part);
      kernels_.float_product({.rows = at.depth,
                              .columns = at.panel + width / 2 < nodes_ ? width : width / 2,
                              .inner = count,
                              .a = x_.data() + at.start,
                              .a_row = 1,
                              .a_inner = s_.dimension,
                              .packed = packed_steps_.data() + at.panel * count,
                              .c = codebook_.data() + at.offset,
                              .c_row = width,
                              .keep = keep_.data() + at.panel});
    });
  }

  const lanes::LaneKernels& kernels_;
  const CentredSamples& s_;
  std::size_t nodes_, padded_;
  std::vector<float> samples_;
  std::vector<float> codebook_;                     // packed
  std::vector<double> norms_, score_;               // squared norm of each node
  std::vector<float> x_, packed_x_, dots_, among_;  // of the block
  std::vector<float> steps_, packed_steps_, keep_;
};

void online_epoch(const lanes::LaneKernels& kernels, const CentredSamples& s,
                  const std::vector<std::size_t>& order, const std::vector<double>& step, std::size_t nodes,
                  std::vector<double>& codebook) {
  if (!s.present.empty()) return plain_online_epoch(s, order, step, nodes, codebook);
  BlockedOnline online(kernels, s, nodes);
  online.load(codebook);
  for (std::size_t at = 0; at < order.size(); at += kTogetherOnline)
    online.present(std::span(order).subspan(at, std::min(kTogetherOnline, order.size() - at)), step);
  online.store(codebook);
}

}  // namespace

void run_epochs(const Points& samples, const SomParams& params, core::Isa isa, Som& som) {
  const lanes::LaneKernels& kernels = lanes::lane_kernels(isa);
  const CentredSamples s = centred(samples);
  const std::size_t d = s.dimension;
  for (std::size_t i = 0; i < som.codebook.size(); ++i) {
    const double m = s.mean[i % d];
    som.codebook[i] = std::isnan(m) ? 0 : som.codebook[i] - m;
  }
  const double first =
      params.radius_start > 0 ? params.radius_start : std::max(1.0, 0.5 * std::max(som.rows, som.columns));
  for (int epoch = 0; epoch < params.epochs; ++epoch) {
    const double progress = params.epochs == 1 ? 1 : static_cast<double>(epoch) / (params.epochs - 1);
    std::vector<double> h = neighbourhood(som, first * std::pow(params.radius_end / first, progress));
    if (params.training == SomTraining::batch) {
      batch_epoch(kernels, s, h, som.nodes(), som.codebook);
    } else {
      const double rate = params.rate_start + (params.rate_end - params.rate_start) * progress;
      for (double& v : h) v *= rate;
      core::RandomStream random(params.seed, "som order", static_cast<std::uint64_t>(epoch));
      online_epoch(kernels, s, random.permutation(samples.count), h, som.nodes(), som.codebook);
    }
  }
  for (std::size_t i = 0; i < som.codebook.size(); ++i) som.codebook[i] += s.mean[i % d];
}

}  // namespace phreatic::stats

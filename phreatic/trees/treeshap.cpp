// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/trees/treeshap.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/trees/bins.hpp"
#include "phreatic/trees/kernels/lines.hpp"
#include "phreatic/trees/shap/deep_tree.hpp"
#include "phreatic/trees/shap/pattern_program.hpp"

namespace phreatic::trees {
namespace {

constexpr std::size_t kGroupsPerSum = 32;   // in single precision, before they go into the sums in double
constexpr std::size_t kBlocksPerTask = 16;  // rows that use a tree's tables while they are in the cache
constexpr std::size_t kTableBytes = std::size_t{96} << 20;  // of tables that are held at a time
constexpr std::size_t kSumBytes = std::size_t{4} << 20;     // of a task's sums

void need_cover(const Booster& booster) {
  for (std::size_t t = 0; t < booster.trees.size(); ++t) {
    for (const Node& node : booster.trees[t].nodes) {
      if (node.leaf() || node.cover > 0) continue;
      throw core::InputError({.where = fmt::format("tree {}", t),
                              .what = "has a split without cover (sum of hessians)",
                              .mend = "Explain it against background rows (interventional)"});
    }
  }
}

// Programs of trees first .. first + size - 1.
struct Group {
  std::vector<PatternProgram> programs;
};

}  // namespace

struct TreeExplainer::Impl {
  Impl(const Booster& b, const Table* rows) : booster(b), bins(b) {
    if (rows != nullptr) {
      PHREATIC_ASSERT(rows->features() == b.features);
      if (rows->rows == 0)
        throw core::InputError({.where = "background", .what = "has no rows", .mend = "Give some"});
      background = *rows;
    } else {
      need_cover(b);
    }
    base = static_cast<double>(base_margin(b));
    for (std::size_t t = 0; t < b.trees.size(); ++t) {
      base += b.weight(t) * mean_value(b.trees[t], reference());
      const bool wide = path_size(b.trees[t], false).features > kWidestPattern;
      (wide ? deep : shallow).push_back(t);
    }
    for (const std::size_t t : deep)
      deep_trees.emplace_back(b.trees[t], b.weight(t), b.features, reference());
    for (const bool pairs : {false, true}) cut(pairs);
    if (groups[0].size() == 1) cached = make(groups[0][0], false);
  }
  const Table* reference() const { return background.features() > 0 ? &background : nullptr; }

  // Groups of trees whose tables are held together.
  void cut(bool pairs) {
    std::size_t bytes = kTableBytes;
    for (const std::size_t t : shallow) {
      const std::size_t more = path_size(booster.trees[t], pairs).bytes;
      if (groups[pairs].empty() || bytes + more > kTableBytes) {
        groups[pairs].emplace_back();
        bytes = 0;
      }
      groups[pairs].back().push_back(t);
      bytes += more;
    }
  }

  Group make(const std::vector<std::size_t>& trees, bool pairs) const {
    Group out;
    out.programs.resize(trees.size());
    core::parallel_for(trees.size(), [&](std::size_t i) {
      out.programs[i] = make_program(booster.trees[trees[i]], booster.weight(trees[i]), booster.features,
                                     bins, reference(), pairs);
    });
    return out;
  }

  // slot -> place in a row of the result.
  struct Layout {
    std::vector<std::size_t> slots;  // that any program has, ascending
    std::size_t width = 0;           // doubles of a row of the result
    bool mirrored = false;
    std::size_t features = 0;
  };

  Layout layout(const Group& group, bool pairs) const {
    Layout out{.slots = {},
               .width = pairs ? booster.features * booster.features : booster.features,
               .mirrored = pairs,
               .features = booster.features};
    for (const PatternProgram& p : group.programs)
      out.slots.insert(out.slots.end(), p.slots.begin(), p.slots.end());
    std::sort(out.slots.begin(), out.slots.end());
    out.slots.erase(std::unique(out.slots.begin(), out.slots.end()), out.slots.end());
    return out;
  }

  // Adds what a group gives to `rows` rows.
  void apply(const Group& group, bool pairs, std::size_t rows, const float* x, double* out) const {
    if (group.programs.empty()) return;
    const Layout l = layout(group, pairs);
    if (l.slots.empty()) return;
    const std::size_t blocks =
        std::clamp<std::size_t>(kSumBytes / (l.slots.size() * kBlock * sizeof(double)), 1, kBlocksPerTask);
    const std::size_t chunk = blocks * kBlock;
    core::parallel_for((rows + chunk - 1) / chunk, [&](std::size_t task) {
      const std::size_t begin = task * chunk, end = std::min(rows, begin + chunk);
      run(group, l, end - begin, x + begin * booster.features, out + begin * l.width);
    });
  }

  void run(const Group& group, const Layout& l, std::size_t rows, const float* x, double* out) const {
    const Kernel& k = kernel();
    const std::size_t blocks = (rows + kBlock - 1) / kBlock;
    Lines<std::uint8_t> bytes(blocks * bins.bytes());
    for (std::size_t b = 0; b < blocks; ++b)
      bins.fill(k, x + b * kBlock * booster.features, std::min(kBlock, rows - b * kBlock),
                bytes.data() + b * bins.bytes());
    Lines<double> sums(l.slots.size() * blocks * kBlock);
    Lines<std::uint8_t> patterns;
    Lines<float> single;
    Lines<std::int32_t> index(kBlock);
    for (const PatternProgram& p : group.programs) {
      std::vector<std::size_t> place;
      for (const std::size_t s : p.slots)
        place.push_back(
            static_cast<std::size_t>(std::lower_bound(l.slots.begin(), l.slots.end(), s) - l.slots.begin()));
      patterns.clear(std::max(patterns.size(), p.levels * kBlock));
      for (std::size_t b = 0; b < blocks; ++b) {
        for (std::size_t g = 0; g < p.groups.size(); g += kGroupsPerSum) {
          single.clear(p.slots.size() * kBlock);
          const std::size_t count = std::min(kGroupsPerSum, p.groups.size() - g);
          k.patterns({p.ops.data(), p.groups.data() + g, count, g == 0 ? 0 : p.groups[g - 1].op_end,
                      g == 0 ? 0 : p.groups[g - 1].sum_end, p.sums.data(), p.tables.data(),
                      bytes.data() + b * bins.bytes(), patterns.data(), index.data(), single.data()});
          for (std::size_t s = 0; s < place.size(); ++s) {
            double* to = sums.data() + (place[s] * blocks + b) * kBlock;
            for (std::size_t r = 0; r < kBlock; ++r)
              to[r] += static_cast<double>(single.data()[s * kBlock + r]);
          }
        }
      }
    }
    for (std::size_t s = 0; s < l.slots.size(); ++s) {
      const std::size_t i = l.slots[s] / l.features, j = l.slots[s] % l.features;
      for (std::size_t r = 0; r < rows; ++r) {
        const double v = sums.data()[s * blocks * kBlock + r];
        out[r * l.width + l.slots[s]] += v;
        if (l.mirrored) out[r * l.width + j * l.features + i] += v;
      }
    }
  }

  void all(bool pairs, std::size_t rows, const float* x, double* out) const {
    if (!pairs && cached.programs.size() == shallow.size()) {
      apply(cached, pairs, rows, x, out);
    } else {
      for (const auto& trees : groups[pairs]) apply(make(trees, pairs), pairs, rows, x, out);
    }
    if (deep_trees.empty()) return;
    const std::size_t width = pairs ? booster.features * booster.features : booster.features;
    core::parallel_for((rows + kBlock - 1) / kBlock, [&](std::size_t task) {
      for (std::size_t r = task * kBlock; r < std::min(rows, (task + 1) * kBlock); ++r) {
        for (const DeepTree& tree : deep_trees) {
          if (pairs)
            tree.interactions(x + r * booster.features, out + r * width);
          else
            tree.values(x + r * booster.features, out + r * width);
        }
      }
    });
  }

  Booster booster;
  Bins bins;
  Table background;
  double base = 0;
  std::vector<std::size_t> shallow, deep;
  std::vector<DeepTree> deep_trees;
  std::vector<std::vector<std::size_t>> groups[2];  // of values, of pairs
  Group cached;
};

TreeExplainer::TreeExplainer(const Booster& booster) : impl_(std::make_unique<Impl>(booster, nullptr)) {}
TreeExplainer::TreeExplainer(const Booster& booster, const Table& background)
    : impl_(std::make_unique<Impl>(booster, &background)) {}
TreeExplainer::~TreeExplainer() = default;

std::size_t TreeExplainer::features() const { return impl_->booster.features; }
double TreeExplainer::base() const { return impl_->base; }

void TreeExplainer::contributions(std::size_t rows, const float* x, double* out) const {
  std::fill_n(out, rows * features(), 0.0);
  impl_->all(false, rows, x, out);
}

void TreeExplainer::interactions(std::size_t rows, const float* x, double* out) const {
  const std::size_t f = features();
  std::vector<double> phi(rows * f);
  contributions(rows, x, phi.data());
  std::fill_n(out, rows * f * f, 0.0);
  impl_->all(true, rows, x, out);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t i = 0; i < f; ++i) {
      double rest = phi[r * f + i];
      for (std::size_t j = 0; j < f; ++j) rest -= j == i ? 0.0 : out[(r * f + i) * f + j];
      out[(r * f + i) * f + i] = rest;
    }
  }
}

double Contributions::margin(std::size_t row) const {
  double sum = base;
  for (std::size_t f = 0; f < features(); ++f) sum += at(row, f);
  return sum;
}

Contributions tree_shap(const Booster& booster, const Table& table, const Table* background,
                        const core::Context& context) {
  PHREATIC_ASSERT(table.features() == booster.features);
  const TreeExplainer explainer =
      background != nullptr ? TreeExplainer(booster, *background) : TreeExplainer(booster);
  Contributions out;
  out.rows = table.rows;
  out.names = table.names;
  out.base = explainer.base();
  out.values.resize(table.rows * booster.features);
  constexpr std::size_t kChunk = 65536;
  core::Progress progress("contributions", table.rows, "rows", context.show_progress);
  for (std::size_t r = 0; r < table.rows; r += kChunk) {
    core::throw_if_interrupted();
    const std::size_t n = std::min(kChunk, table.rows - r);
    explainer.contributions(n, table.row(r), out.values.data() + r * booster.features);
    progress.advance(n);
  }
  return out;
}

}  // namespace phreatic::trees

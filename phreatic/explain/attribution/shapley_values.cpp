// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/explain/attribution/shapley_values.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/random.hpp"

namespace phreatic::explain {
namespace {

constexpr std::size_t kRowsPerCall = 1024;

// All walks of one window, as rows of one batch.
class WindowGame {
 public:
  WindowGame(model::Predictor& f, const WindowSource& windows, const WindowSource& training,
             std::span<const std::size_t> group_of_feature, const ShapleyParams& params)
      : f_(f),
        windows_(windows),
        training_(training),
        group_of_feature_(group_of_feature),
        params_(params),
        shape_(f.shape()),
        dynamic_groups_(*std::max_element(group_of_feature.begin(), group_of_feature.end()) + 1),
        groups_(dynamic_groups_ + (params.attribute_statics ? 1 : 0)),
        x_(shape_.cells()),
        statics_(shape_.statics),
        reference_(shape_.cells()),
        reference_statics_(shape_.statics) {}

  std::size_t groups() const { return groups_; }

  // Contributions of each pair, [pair][group], scaled; value of the window and mean value of the references.
  struct Result {
    std::vector<double> by_pair;
    double value = 0, base = 0;
    std::size_t pairs = 0;
  };
  Result play(std::size_t window, std::span<const std::uint32_t> references) {
    const std::vector<std::uint32_t> drawn = draw(window, references);
    Result result;
    result.pairs = drawn.size();
    windows_.inputs(window, x_);
    windows_.static_inputs(window, statics_);
    const std::size_t per_call = std::max<std::size_t>(1, kRowsPerCall / rows_of_pair());
    for (std::size_t first = 0; first < drawn.size(); first += per_call) {
      core::throw_if_interrupted();
      const std::size_t count = std::min(per_call, drawn.size() - first);
      evaluate(window, std::span(drawn).subspan(first, count), first, result);
    }
    result.base /= static_cast<double>(result.pairs);
    return result;
  }

 private:
  // x, the reference, and the steps between of a walk and of its reverse.
  std::size_t rows_of_pair() const { return 2 + 2 * (groups_ - 1); }

  std::vector<std::uint32_t> draw(std::size_t window, std::span<const std::uint32_t> references) const {
    auto pairs = static_cast<std::size_t>(params_.pairs);
    if (references.size() <= pairs)
      pairs = (pairs + references.size() - 1) / references.size() * references.size();
    std::vector<std::uint32_t> drawn;
    for (std::uint64_t round = 0; drawn.size() < pairs; ++round) {
      core::RandomStream random(params_.seed, "shapley references", window, round);
      for (const std::size_t i : random.permutation(references.size())) {
        if (drawn.size() < pairs) drawn.push_back(references[i]);
      }
    }
    return drawn;
  }

  void evaluate(std::size_t window, std::span<const std::uint32_t> drawn, std::size_t first, Result& result) {
    const std::size_t rows = drawn.size() * rows_of_pair();
    inputs_.resize(rows * shape_.cells());
    attributes_.resize(rows * shape_.statics);
    values_.resize(rows);
    std::vector<std::vector<std::size_t>> orders;
    for (std::size_t p = 0; p < drawn.size(); ++p) {
      core::RandomStream random(params_.seed, "shapley order", window, first + p);
      orders.push_back(random.permutation(groups_));
      training_.inputs(drawn[p], reference_);
      training_.static_inputs(drawn[p], reference_statics_);
      place_pair(p * rows_of_pair(), orders.back());
    }
    f_.value(rows, inputs_.data(), attributes_.data(), values_.data());
    for (std::size_t p = 0; p < drawn.size(); ++p) add_pair(p * rows_of_pair(), orders[p], result);
  }

  void place_pair(std::size_t row, const std::vector<std::size_t>& order) {
    std::vector<bool> in(groups_, true);
    place_row(row++, in);
    in.assign(groups_, false);
    place_row(row++, in);
    for (std::size_t k = 0; k + 1 < groups_; ++k) {
      in[order[k]] = true;
      place_row(row++, in);
    }
    in.assign(groups_, false);
    for (std::size_t k = groups_; k-- > 1;) {
      in[order[k]] = true;
      place_row(row++, in);
    }
  }

  void place_row(std::size_t row, const std::vector<bool>& in) {
    const std::size_t features = shape_.features;
    float* out = inputs_.data() + row * shape_.cells();
    for (std::size_t i = 0; i < shape_.cells(); ++i)
      out[i] = in[group_of_feature_[i % features]] ? x_[i] : reference_[i];
    // Without a group of their own the static attributes stay those of the window.
    const bool own = !params_.attribute_statics || in[dynamic_groups_];
    const std::vector<float>& attributes = own ? statics_ : reference_statics_;
    std::copy(attributes.begin(), attributes.end(),
              attributes_.begin() + static_cast<std::ptrdiff_t>(row * shape_.statics));
  }

  void add_pair(std::size_t row, const std::vector<std::size_t>& order, Result& result) const {
    const double value = values_[row];
    const double base = values_[row + 1];
    result.value = value;
    result.base += base;
    std::vector<double> phi(groups_, 0.0);
    std::size_t at = row + 2;
    double before = base;
    for (std::size_t k = 0; k < groups_; ++k) {
      const double after = k + 1 < groups_ ? values_[at++] : value;
      phi[order[k]] += (after - before) / 2;
      before = after;
    }
    before = base;
    for (std::size_t k = groups_; k-- > 0;) {
      const double after = k > 0 ? values_[at++] : value;
      phi[order[k]] += (after - before) / 2;
      before = after;
    }
    result.by_pair.insert(result.by_pair.end(), phi.begin(), phi.end());
  }

  model::Predictor& f_;
  const WindowSource& windows_;
  const WindowSource& training_;
  std::span<const std::size_t> group_of_feature_;
  const ShapleyParams& params_;
  model::Shape shape_;
  std::size_t dynamic_groups_, groups_;
  std::vector<float> x_, statics_, reference_, reference_statics_;
  std::vector<float> inputs_, attributes_, values_;
};

}  // namespace

void describe(core::Describer& d, ShapleyParams& p) {
  d.field("pairs", p.pairs, {.help = "Pairs of opposite orders per window", .min = 1, .max = 1e6});
  d.field("attribute_statics", p.attribute_statics,
          {.help = "Static attributes together are one more group"});
  d.field("seed", p.seed, {.help = "Seed of the draws"});
}

void shapley_values(model::Predictor& f, const WindowSource& windows, const WindowSource& training,
                    const References& references, std::span<const TargetScale> scales,
                    std::span<const std::size_t> group_of_feature, const ShapleyParams& params,
                    const std::function<void(const ShapleyAttribution&)>& sink, core::Context& context) {
  PHREATIC_ASSERT(f.shape() == shape_of(windows) && f.shape() == shape_of(training));
  PHREATIC_ASSERT(group_of_feature.size() == f.shape().features && scales.size() == windows.size() &&
                  references.group_of.size() == windows.size() && params.pairs >= 1);
  WindowGame game(f, windows, training, group_of_feature, params);
  const std::size_t groups = game.groups();
  core::Progress progress("explaining", windows.size(), "windows", context.show_progress);
  for (std::size_t w = 0; w < windows.size(); ++w) {
    const std::vector<std::uint32_t>& own = references.groups[references.group_of[w]];
    if (own.empty())
      throw core::InputError({.where = "window " + std::to_string(w), .what = "has no reference"});
    const WindowGame::Result result = game.play(w, own);
    const auto n = static_cast<double>(result.pairs);
    const double scale = scales[w].scale;
    std::vector<double> phi(groups, 0.0), errors(groups, 0.0);
    for (std::size_t i = 0; i < result.by_pair.size(); ++i) phi[i % groups] += result.by_pair[i] / n;
    for (std::size_t i = 0; i < result.by_pair.size(); ++i)
      errors[i % groups] += std::pow(result.by_pair[i] - phi[i % groups], 2);
    for (std::size_t g = 0; g < groups; ++g) {
      errors[g] = std::abs(scale) * std::sqrt(errors[g] / (n - 1) / n);
      phi[g] *= scale;
    }
    sink({.window = w,
          .value = scale * result.value + scales[w].offset,
          .base = scale * result.base + scales[w].offset,
          .contributions = phi,
          .standard_errors = errors,
          .pairs = static_cast<int>(result.pairs)});
    progress.advance();
  }
}

}  // namespace phreatic::explain

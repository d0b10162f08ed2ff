// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/explain/attribution/expected_gradients.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "phreatic/core/errors.hpp"
#include "phreatic/explain/attribution/draw_chunk.hpp"

namespace phreatic::explain {

namespace {

// Windows that share their references and, unless statics are explained, their statics.
struct DesignGroup {
  std::uint32_t references = 0;
  std::vector<float> statics;
  std::vector<std::uint32_t> windows;
};

std::vector<DesignGroup> group_windows(const WindowSource& windows, const References& references,
                                       bool with_statics) {
  std::vector<DesignGroup> groups;
  std::map<std::pair<std::uint32_t, std::vector<float>>, std::size_t> number;
  std::vector<float> statics(windows.statics());
  for (std::size_t i = 0; i < windows.size(); ++i) {
    windows.static_inputs(i, statics);
    const std::uint32_t own = references.group_of[i];
    const auto key = std::make_pair(own, with_statics ? std::vector<float>{} : statics);
    const auto [at, added] = number.try_emplace(key, groups.size());
    if (added) groups.push_back({own, statics, {}});
    groups[at->second].windows.push_back(static_cast<std::uint32_t>(i));
  }
  return groups;
}

void check(const model::Differentiable& f, const WindowSource& windows, const WindowSource& training,
           const References& references, std::span<const TargetScale> scales,
           const ExpectedGradientsParams& params) {
  for (const WindowSource* source : {&windows, &training}) {
    PHREATIC_ASSERT(f.shape() == shape_of(*source));
  }
  PHREATIC_ASSERT(scales.size() == windows.size() && references.group_of.size() == windows.size());
  PHREATIC_ASSERT(params.replicates >= 2 && params.min_draws <= params.max_draws);
  core::Problems problems;
  for (std::size_t i = 0; i < scales.size(); ++i) {
    const bool need_range = !params.tolerance_absolute.has_value();
    if (!std::isfinite(scales[i].scale) || scales[i].scale == 0 ||
        (need_range && !(std::isfinite(scales[i].range) && scales[i].range > 0))) {
      problems.add({.where = "window " + std::to_string(i),
                    .what = "its entity has scale " + std::to_string(scales[i].scale) +
                            " and training range " + std::to_string(scales[i].range),
                    .allowed = "finite, not zero",
                    .mend = "leave entities with a constant training series out"});
      break;
    }
  }
  problems.throw_if_any();
}

}  // namespace

void describe(core::Describer& d, ExpectedGradientsParams& p) {
  d.choice("references", p.references,
           {{"same_well", ReferenceChoice::same_entity},
            {"same_entity", ReferenceChoice::same_entity},
            {"same_season", ReferenceChoice::same_season},
            {"same_day", ReferenceChoice::same_day},
            {"all_training", ReferenceChoice::all_training}},
           {.help = "Training windows that an attribution is measured against"});
  d.field("season_half_width", p.season_half_width_days,
          {.help = "For same_season: how far from the date's half-month a reference may lie",
           .unit = "d",
           .min = 8,
           .max = 183});
  d.field("tolerance", p.tolerance,
          {.help = "Standard error of each driver's sum, as a share of the entity's training range",
           .min = 1e-6,
           .max = 1});
  d.field("tolerance_absolute", p.tolerance_absolute,
          {.help = "The same in target units; replaces tolerance",
           .unit = "target units",
           .min = 1e-9,
           .aliases = {"tolerance_m"}});
  d.field("min_draws", p.min_draws,
          {.help = "Draws of every window before its error is looked at", .min = 8, .max = 100000});
  d.field("max_draws", p.max_draws,
          {.help = "Draws after which a window is given up as not converged", .min = 8, .max = 10000000});
  d.field("replicates", p.replicates,
          {.help = "Independent replicates that the standard error comes from", .min = 4, .max = 64});
  d.field("attribute_statics", p.attribute_statics,
          {.help = "Explain static attributes too; else a reference keeps those of the explained entity"});
  d.field("control_variate", p.control_variate,
          {.help = "Take variance out by a linear surrogate; off only to measure what it gains"});
  d.field("base_draws", p.base_draws,
          {.help = "References per group at most; evenly spread when there are more", .min = 16});
  d.field("seed", p.seed, {.help = "Seed of the draws"});
}

ExpectedGradientsSummary expected_gradients(model::Differentiable& f, const WindowSource& windows,
                                            const WindowSource& training, const References& references,
                                            std::span<const TargetScale> scales,
                                            const ExpectedGradientsParams& params,
                                            const AttributionSink& sink, core::Context& context) {
  check(f, windows, training, references, scales, params);
  const InputCells cells{windows.steps(), windows.features(), windows.statics(), params.attribute_statics};
  const DrawSetting setting{f, windows, training, scales, params, cells};
  ExpectedGradientsSummary summary;
  summary.references = references.choice;
  core::Progress progress("explaining", windows.size(), "windows", context.show_progress);
  const std::size_t chunk = chunk_size(cells, params);
  std::uint64_t number = 0;
  for (const DesignGroup& group : group_windows(windows, references, params.attribute_statics)) {
    const auto& members = references.groups[group.references];
    const ReferenceDesign design =
        make_reference_design(f, cells, training, members, group.statics,
                              static_cast<std::size_t>(params.base_draws), params.seed, number++);
    summary.evaluations += design.index.size();
    for (std::size_t first = 0; first < group.windows.size(); first += chunk) {
      const std::size_t count = std::min(chunk, group.windows.size() - first);
      DrawChunk draws(setting, design, std::span(group.windows).subspan(first, count));
      summary.evaluations += count;
      draws.run(sink, summary);
      progress.advance(count);
    }
  }
  if (summary.windows > 0) {
    summary.rms_residual_in_errors =
        std::sqrt(summary.rms_residual_in_errors / static_cast<double>(summary.windows));
  }
  return summary;
}

}  // namespace phreatic::explain

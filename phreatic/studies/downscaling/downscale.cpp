// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/downscale.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "phreatic/studies/downscaling/checks/fine_scores.hpp"
#include "phreatic/studies/downscaling/fields.hpp"
#include "phreatic/studies/downscaling/models/calibration.hpp"
#include "phreatic/studies/downscaling/models/combination.hpp"
#include "phreatic/studies/downscaling/models/validation.hpp"
#include "phreatic/studies/downscaling/storage/field_facts.hpp"
#include "phreatic/studies/downscaling/storage/footprint.hpp"

namespace phreatic::studies::downscaling {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

class Work {
 public:
  Work(const Inputs& in, const Storage& storage, const ModelParams& p, core::Context& context)
      : in_(in),
        storage_(storage),
        p_(p),
        context_(context),
        samples_(make_samples(in, storage, p, out_.warned)),
        fields_(in, storage, samples_, p),
        validation_(in, samples_, p, context, out_) {}

  Downscaled run() {
    out_.bilinear = fields_.bilinear(false);
    const auto fitted = fit_all();
    out_.best = validation_.best();
    out_.field = fields_.predict(fitted.at(out_.best), validation_.weight_of(out_.best), out_.closure,
                                 out_.closure_mascon);
    if (!in_.truth.empty()) score_baselines();
    if (has_coefficients(out_.best)) {
      const auto* parts = validation_.parts(out_.best, validation_.first());
      out_.coefficients = local_coefficients(in_, samples_, p_.season, fitted.at(out_.best),
                                             parts != nullptr ? *parts : std::vector<Predictor>{});
    }
    uncertainty();
    describe_field(in_, storage_, out_);
    return std::move(out_);
  }

 private:
  std::map<std::string, Predictor> fit_all() {
    std::map<std::string, Predictor> fitted;
    for (const std::string& name : p_.methods) {
      context_.log.info(fmt::format("model {}: {} rows, {} covariates", name, samples_.rows.count,
                                    samples_.rows.names.size()));
      fitted[name] = validation_.validate(*find_model(name));
      score_fine(name);
      explain(name, fitted[name]);
    }
    if (!p_.combine || fitted.size() < 2) return fitted;
    if (Predictor all = validation_.combine(fitted)) {
      score_fine(kCombined);
      explain(kCombined, all);
      fitted[kCombined] = std::move(all);
    }
    return fitted;
  }

  void explain(const std::string& name, const Predictor& predictor) {
    std::vector<std::string> groups;
    for (const Covariate& c : in_.covariates) groups.push_back(c.group);
    while (groups.size() < samples_.rows.names.size()) groups.emplace_back("season");
    const auto found = importance_of(name, predictor, samples_.rows, groups, p_.seed);
    out_.importance.insert(out_.importance.end(), found.begin(), found.end());
    if (!in_.causes.empty()) compare_with_causes(name, found);
  }

  void compare_with_causes(const std::string& name, const std::vector<Importance>& found) {
    std::vector<std::string> others;
    for (const TrueCauses& causes : in_.causes) {
      const double r = ranks_of_causes(found, causes.share).correlation;
      out_.cause_ranks.push_back({name, causes.definition, r});
      if (&causes != &in_.causes.front()) others.push_back(fmt::format("{} {:.2f}", causes.definition, r));
    }
    const CauseRanks ranks = ranks_of_causes(found, in_.causes.front().share);
    out_.said.push_back(fmt::format(
        "model {}: the rank correlation of its importance with the true shares of variance of {} causes is "
        "{:.2f}{}{}{}",
        name, ranks.compared.size(), ranks.correlation,
        others.empty() ? "" : fmt::format(" (by other definitions: {})", fmt::join(others, ", ")),
        ranks.no_cause.empty()
            ? ""
            : fmt::format("; no cause, and so with a true share of 0: {}", fmt::join(ranks.no_cause, ", ")),
        ranks.unseen.empty()
            ? ""
            : fmt::format("; no covariate, and so not compared: {}", fmt::join(ranks.unseen, ", "))));
  }

  Field held_out(const std::string& model, const Scheme& scheme) const {
    return fields_.held_out(*validation_.parts(model, scheme), scheme, validation_.weight_of(model));
  }

  void score_fine(const std::string& model) {
    if (in_.truth.empty()) return;
    for (const Scheme& scheme : validation_.schemes()) {
      if (scheme.name == "random" || validation_.parts(model, scheme) == nullptr) continue;
      add_fine(model, scheme.name, held_out(model, scheme));
    }
  }

  void add_fine(const std::string& model, const std::string& scheme, const Field& field) {
    const auto found = scorer().scores(model, scheme, field);
    out_.fine.insert(out_.fine.end(), found.begin(), found.end());
  }

  FineScorer& scorer() {
    if (!scorer_) scorer_ = std::make_unique<FineScorer>(in_, storage_, out_.bilinear, p_);
    return *scorer_;
  }

  void score_baselines() {
    const Field block = fields_.block(), closed = fields_.bilinear(true);
    for (const Scheme& scheme : validation_.schemes()) {
      if (scheme.name == "random") continue;
      add_fine("bilinear", scheme.name, out_.bilinear);
      add_fine("bilinear, closed", scheme.name, closed);
      add_fine("block", scheme.name, block);
    }
  }

  void uncertainty() {
    const std::size_t cells = in_.cells.fine.cells();
    out_.sd_products = fields_.between(storage_.error);
    const auto* parts = validation_.parts(out_.best, validation_.first());
    out_.sd_model = parts != nullptr ? fields_.jackknife(*parts, validation_.weight_of(out_.best))
                                     : std::vector<double>(cells, 0.0);
    const DetailFit* detail = validation_.detail(out_.best);
    out_.sd_structure = detail != nullptr ? detail->left : 0;
    const auto structure =
        detail != nullptr ? fields_.between(detail->of_cell) : std::vector<double>(cells, 0.0);
    out_.sd.assign(cells, kMissing);
    for (std::size_t i = 0; i < cells; ++i) {
      const double products = std::isnan(out_.sd_products[i]) ? 0 : out_.sd_products[i];
      const double of_cell = std::isnan(structure[i]) ? out_.sd_structure : structure[i];
      out_.sd[i] = std::sqrt(products * products + out_.sd_model[i] * out_.sd_model[i] + of_cell * of_cell);
    }
    make_band();
  }

  // The 90 % band is 1.645 times a factor times sd: the factor from what was held out.
  void make_band() {
    out_.covered = out_.covered_calibrated = kMissing;
    const Scheme& scheme = validation_.first();
    const DetailFit* detail = validation_.detail(out_.best);
    if (!in_.truth.empty() && validation_.parts(out_.best, scheme) != nullptr) {
      const Calibration c = calibrate(scorer(), in_, scheme, held_out(out_.best, scheme), out_.sd);
      out_.band_factor = c.factor;
      out_.covered = c.before;
      out_.covered_calibrated = c.after;
      out_.covered_of_area = c.after_of_area;
      out_.band_source = "errors against the withheld truth, held out by " + scheme.name;
    } else if (detail != nullptr) {
      out_.band_factor = std::max(1.0, detail->factor);
      out_.band_source =
          "what the model leaves of the detail of coarse cells one scale up, held out by " + scheme.name;
    } else {
      out_.band_source = "nothing: no detail could be held out, the errors count as normal";
    }
    out_.half_band = out_.sd;
    for (double& v : out_.half_band) v *= 1.645 * out_.band_factor;
    out_.said.push_back(
        fmt::format("90 % bands are {:.2f} times as wide as 1.645 standard deviations; that comes from {}",
                    out_.band_factor, out_.band_source));
  }

  const Inputs& in_;
  const Storage& storage_;
  const ModelParams& p_;
  core::Context& context_;
  Downscaled out_;
  Samples samples_;
  Fields fields_;
  Validation validation_;
  std::unique_ptr<FineScorer> scorer_;
};

// Where models learn on footprints: interpolation of the coarse cells as one more baseline, and what is left at them.
void compare_with_coarse(const Inputs& in, const Storage& storage, const Footprints& view,
                         const ModelParams& p, Downscaled& out) {
  const Upsampler up(in.cells);
  const std::size_t n = in.months();
  Field bilinear(out.field.size(), kMissing);
  std::vector<double> coarse(in.cells.coarse.cells()), fine(in.cells.fine.cells());
  for (std::size_t t = 0; t < n; ++t) {
    for (std::size_t c = 0; c < coarse.size(); ++c) coarse[c] = storage.groundwater[c * n + t];
    const auto values = up.bilinear(coarse);
    for (std::size_t i = 0; i < fine.size(); ++i) {
      fine[i] = out.field[i * n + t];
      if (!std::isnan(fine[i])) bilinear[i * n + t] = values[i];
    }
    out.closure_coarse.add(closure_at(in.cells, coarse, fine, in.cells.coarse.transform[1]));
  }
  out.said.push_back(
      fmt::format("models learn, and storage is conserved, on {} footprints of {:g} degrees; the means of "
                  "coarse cells are "
                  "the model's",
                  view.inputs.cells.coarse.cells(), p.mascon_deg));
  if (in.truth.empty()) return;
  const FineScorer scorer(view.inputs, view.storage, out.bilinear, p);
  for (const char* scheme : {"blocks", "years"}) {
    for (const FineScore& s : scorer.scores("bilinear of coarse cells", scheme, bilinear))
      out.fine.push_back(s);
  }
}

// Scores of a model where both have them.
void compare_without(const std::string& group, const Downscaled& with, const Downscaled& without,
                     std::vector<CovariateValue>& out) {
  for (const CoarseScore& a : with.coarse) {
    for (const CoarseScore& b : without.coarse) {
      if (a.model == b.model && a.scheme == b.scheme && a.scheme != "training" && a.scheme != "random")
        out.push_back({group, a.model, a.scheme, "coarse", a.rmse, b.rmse});
    }
  }
  for (const FineScore& a : with.fine) {
    if (find_model(a.model) == nullptr && a.model != kCombined) continue;  // baselines have no covariates
    for (const FineScore& b : without.fine) {
      if (a.model == b.model && a.scheme == b.scheme && a.area == b.area)
        out.push_back({group, a.model, a.scheme, a.area < 0 ? "fine" : fmt::format("fine, area {}", a.area),
                       a.rmse, b.rmse});
    }
  }
}

Downscaled downscale_with(const Inputs& inputs, const Storage& storage, const ModelParams& params,
                          core::Context& context);

// Each optional covariate's value: the same with all others.
void value_covariates(const Inputs& inputs, const Storage& storage, const ModelParams& params,
                      core::Context& context, Downscaled& out) {
  std::vector<std::string> groups;
  for (const Covariate& c : inputs.covariates) {
    if (c.optional && std::find(groups.begin(), groups.end(), c.group) == groups.end())
      groups.push_back(c.group);
  }
  for (const std::string& group : groups) {
    Inputs less = inputs;
    std::erase_if(less.covariates, [&](const Covariate& c) { return c.group == group; });
    if (less.covariates.empty()) {
      out.warned.push_back(group + ": is the only covariate, so that its value cannot be measured");
      continue;
    }
    context.log.info(fmt::format("again without {}, to measure what it is worth", group));
    const Downscaled without = downscale_with(less, storage, params, context);
    compare_without(group, out, without, out.values);
    for (const CovariateValue& v : out.values) {
      if (v.covariate == group && v.model == out.best && v.cells != "coarse")
        out.said.push_back(
            fmt::format("{}: the error of {} cells held out by {} is {:.2f} mm with it, {:.2f} mm "
                        "without ({:+.1f} %)",
                        group, v.cells, v.scheme, v.with, v.without, 100 * (v.with / v.without - 1)));
    }
  }
}

}  // namespace

Downscaled downscale(const Inputs& inputs, const Storage& storage, const ModelParams& params,
                     core::Context& context) {
  core::Problems problems;
  check_methods(params.methods, "", problems);
  problems.throw_if_any();
  Downscaled out = downscale_with(inputs, storage, params, context);
  value_covariates(inputs, storage, params, context, out);
  return out;
}

namespace {

Downscaled downscale_with(const Inputs& inputs, const Storage& storage, const ModelParams& params,
                          core::Context& context) {
  if (params.scale == LearnScale::coarse && !params.anomalies)
    return Work(inputs, storage, params, context).run();
  Footprints view = params.scale == LearnScale::footprint ? at_footprint(inputs, storage, params.mascon_deg)
                                                          : Footprints{inputs, storage};
  if (params.anomalies) take_anomalies(view.inputs);
  Downscaled out = Work(view.inputs, view.storage, params, context).run();
  if (params.scale == LearnScale::footprint) compare_with_coarse(inputs, storage, view, params, out);
  return out;
}

}  // namespace

}  // namespace phreatic::studies::downscaling

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/downscale.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "phreatic/core/random.hpp"
#include "phreatic/studies/downscaling/checks/detail.hpp"
#include "phreatic/studies/downscaling/checks/fine_scores.hpp"
#include "phreatic/studies/downscaling/models/calibration.hpp"
#include "phreatic/studies/downscaling/models/combination.hpp"
#include "phreatic/studies/downscaling/storage/field_facts.hpp"
#include "phreatic/studies/downscaling/storage/footprint.hpp"
#include "phreatic/studies/downscaling/storage/schemes.hpp"

namespace phreatic::studies::downscaling {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
using Field = std::vector<double>;  // [fine cell * months]
constexpr std::size_t kUnlabelledRows = 4000;

class Work {
 public:
  Work(const Inputs& in, const Storage& storage, const ModelParams& p, core::Context& context)
      : in_(in), storage_(storage), p_(p), context_(context), up_(in.cells), at_(learnable(in, storage)) {
    rows_ = make_rows(in, at_, Scale::coarse, p.season);
    for (const CellMonth& a : at_) rows_.y.push_back(storage.groundwater[a.cell * in.months() + a.month]);
    if (p.anomalies) centre_targets();
    for (std::size_t t = 0; t < in.months(); ++t) fine_at_.push_back(predictable(in, t));
  }

  Downscaled run() {
    check();
    add_unlabelled();
    schemes_ = make_schemes(in_, at_, p_, out_.warned);
    out_.bilinear = interpolated(false);
    std::map<std::string, Predictor> fitted;
    for (const std::string& name : p_.methods) {
      context_.log.info(
          fmt::format("model {}: {} rows, {} covariates", name, rows_.count, rows_.names.size()));
      fitted[name] = validate(*find_model(name));
      explain(name, fitted[name]);
    }
    if (p_.combine && fitted.size() > 1) {
      if (Predictor all = combine(fitted)) {
        explain(kCombined, all);
        fitted[kCombined] = std::move(all);
      }
    }
    choose();
    out_.field = predict(fitted[out_.best], weight_of(out_.best), true);
    if (!in_.truth.empty()) score_baselines();
    uncertainty();
    describe_field(in_, storage_, out_);
    return std::move(out_);
  }

 private:
  void check() {
    if (at_.size() < 10 * rows_.names.size())
      throw core::InputError(
          {.where = "covariates",
           .what = fmt::format("{} coarse cell months have storage and every covariate, for {} covariates",
                               at_.size(), rows_.names.size()),
           .allowed = "ten times as many",
           .mend = "Look at the months and the area that each covariate covers"});
    const auto [low, high] = std::minmax_element(rows_.y.begin(), rows_.y.end());
    if (!(*high > *low))
      throw core::InputError(
          {.where = "products",
           .what = fmt::format("groundwater storage is {:g} mm everywhere and always", *low),
           .mend = "There is nothing to learn; look at products and storages"});
    std::size_t empty = 0;
    for (const auto& month : fine_at_) empty += in_.cells.fine.cells() - month.size();
    if (empty > 0)
      out_.warned.push_back(fmt::format("{} of {} fine cell months lack a covariate and have no result",
                                        empty, in_.cells.fine.cells() * in_.months()));
  }

  // Anomalies of covariates say nothing of a cell's mean, which closure puts back.
  void centre_targets() {
    std::vector<double> sum(in_.cells.coarse.cells()), count(sum.size());
    for (std::size_t i = 0; i < at_.size(); ++i) {
      sum[at_[i].cell] += rows_.y[i];
      ++count[at_[i].cell];
    }
    for (std::size_t i = 0; i < at_.size(); ++i) rows_.y[i] -= sum[at_[i].cell] / count[at_[i].cell];
  }

  // Series of fine cells drawn at random, for models that learn from covariates alone too.
  void add_unlabelled() {
    if (std::find(p_.methods.begin(), p_.methods.end(), "ssvaer") == p_.methods.end()) return;
    core::RandomStream random(p_.seed, "unlabelled cells");
    std::vector<std::size_t> order = random.permutation(in_.cells.fine.cells());
    order.resize(std::min(order.size(), kUnlabelledRows / in_.months() + 1));
    const std::set<std::size_t> cells(order.begin(), order.end());
    std::vector<CellMonth> at;
    for (const auto& month : fine_at_) {
      for (const CellMonth& a : month) {
        if (cells.contains(a.cell)) at.push_back(a);
      }
    }
    rows_.unlabelled = std::make_shared<const Rows>(make_rows(in_, at, Scale::fine, p_.season));
  }

  static Rows select(const Rows& rows, const std::vector<std::size_t>& which) {
    Rows out;
    out.count = which.size();
    out.names = rows.names;
    out.unlabelled = rows.unlabelled;
    for (const std::size_t i : which) {
      out.x.insert(out.x.end(), rows.row(i), rows.row(i) + rows.names.size());
      out.longitude.push_back(rows.longitude[i]);
      out.latitude.push_back(rows.latitude[i]);
      out.days.push_back(rows.days[i]);
      out.y.push_back(rows.y[i]);
    }
    return out;
  }

  void add_score(const std::string& model, const std::string& scheme, const std::vector<double>& value) {
    double errors = 0, all = 0, mean = 0;
    for (const double y : rows_.y) mean += y / static_cast<double>(rows_.count);
    for (std::size_t i = 0; i < rows_.count; ++i) {
      errors += std::pow(value[i] - rows_.y[i], 2);
      all += std::pow(rows_.y[i] - mean, 2);
    }
    out_.coarse.push_back(
        {model, scheme, std::sqrt(errors / static_cast<double>(rows_.count)), 1 - errors / all, rows_.count});
  }

  void explain(const std::string& name, const Predictor& predictor) {
    std::vector<std::string> groups;
    for (const Covariate& c : in_.covariates) groups.push_back(c.group);
    while (groups.size() < rows_.names.size()) groups.emplace_back("season");
    const auto found = importance_of(name, predictor, rows_, groups, p_.seed);
    out_.importance.insert(out_.importance.end(), found.begin(), found.end());
  }

  // Scores a model by every scheme; returns it fitted to all rows.
  Predictor validate(const Model& model) {
    const Predictor all = model.fit(rows_, p_.seed, context_);
    add_score(model.name, "training", all(rows_));
    for (const Scheme& scheme : schemes_) {
      std::vector<double> held(rows_.count, kMissing);
      auto& parts = parts_[{model.name, scheme.name}];
      for (std::size_t k = 0; k < scheme.parts; ++k) {
        core::throw_if_interrupted();
        std::vector<std::size_t> training, test;
        for (std::size_t i = 0; i < rows_.count; ++i)
          (scheme.part(at_[i]) == k ? test : training).push_back(i);
        if (test.empty() || training.size() < 10 * rows_.names.size()) {
          parts.emplace_back();
          continue;
        }
        parts.push_back(model.fit(select(rows_, training), p_.seed, context_));
        const auto values = parts.back()(select(rows_, test));
        for (std::size_t i = 0; i < test.size(); ++i) held[test[i]] = values[i];
      }
      if (std::any_of(held.begin(), held.end(), [](double v) { return std::isnan(v); })) {
        out_.warned.push_back(
            fmt::format("model {}: too few rows for validation by {}", model.name, scheme.name));
        parts_.erase({model.name, scheme.name});
        continue;
      }
      held_[{model.name, scheme.name}] = std::move(held);
      score_held(model.name, scheme);
    }
    return all;
  }

  void score_held(const std::string& model, const Scheme& scheme) {
    const auto& held = held_.at({model, scheme.name});
    add_score(model, scheme.name, held);
    if (&scheme == &schemes_.front()) {
      detail_[model] = fit_detail(in_, at_, rows_.y, held);
      out_.said.push_back(
          fmt::format("model {}: {:.2f} of its detail is taken, as it explains detail one scale up", model,
                      detail_[model].weight));
    }
    if (scheme.name != "random" && !in_.truth.empty()) score_fine(model, scheme);
  }

  // All models together. Weights come from rows held out by blocks and by years; a part is scored with the weights of the
  // other parts. Empty with fewer than two models to combine.
  Predictor combine(const std::map<std::string, Predictor>& fitted) {
    std::vector<std::string> names;
    for (const std::string& name : p_.methods) {
      const bool known = std::all_of(schemes_.begin(), schemes_.end(), [&](const Scheme& s) {
        return s.name == "random" || held_.contains({name, s.name});
      });
      if (known && fitted.contains(name)) names.push_back(name);
    }
    if (names.size() < 2) {
      out_.warned.push_back(
          "the models are not combined: fewer than two could be held out by blocks and by years");
      return {};
    }
    std::vector<const std::vector<double>*> held;
    std::vector<double> observed;
    for (const Scheme& scheme : schemes_) {
      if (scheme.name != "random") observed.insert(observed.end(), rows_.y.begin(), rows_.y.end());
    }
    std::vector<std::vector<double>> both(names.size());
    for (std::size_t k = 0; k < names.size(); ++k) {
      for (const Scheme& scheme : schemes_) {
        if (scheme.name == "random") continue;
        const auto& values = held_.at({names[k], scheme.name});
        both[k].insert(both[k].end(), values.begin(), values.end());
      }
      held.push_back(&both[k]);
    }
    const auto parts_of = [&](const std::function<const Predictor*(const std::string&)>& of) {
      std::vector<Predictor> out;
      for (const std::string& name : names) out.push_back(*of(name));
      return out;
    };
    for (const Scheme& scheme : schemes_) {
      std::vector<double> value(rows_.count, kMissing);
      auto& parts = parts_[{kCombined, scheme.name}];
      for (std::size_t k = 0; k < scheme.parts; ++k) {
        const auto weights = combination_weights(
            held, observed, [&](std::size_t i) { return scheme.part(at_[i % rows_.count]) != k; });
        const bool there = std::all_of(names.begin(), names.end(), [&](const std::string& name) {
          const auto found = parts_.find({name, scheme.name});
          return found != parts_.end() && bool(found->second.at(k));
        });
        if (!there) {
          parts.emplace_back();
          continue;
        }
        parts.push_back(combined(parts_of([&](const std::string& name) {
                                   return &parts_.at({name, scheme.name})[k];
                                 }),
                                 weights));
        for (std::size_t i = 0; i < rows_.count; ++i) {
          if (scheme.part(at_[i]) != k) continue;
          value[i] = 0;
          for (std::size_t m = 0; m < names.size(); ++m)
            value[i] += weights[m] * held_.at({names[m], scheme.name})[i];
        }
      }
      if (std::any_of(value.begin(), value.end(), [](double v) { return std::isnan(v); })) {
        parts_.erase({kCombined, scheme.name});
        continue;
      }
      held_[{kCombined, scheme.name}] = std::move(value);
      score_held(kCombined, scheme);
    }
    const auto weights = combination_weights(held, observed, [](std::size_t) { return true; });
    std::string text;
    for (std::size_t k = 0; k < names.size(); ++k) {
      out_.weights.emplace_back(names[k], weights[k]);
      text += fmt::format("{}{} {:.2f}", k == 0 ? "" : ", ", names[k], weights[k]);
    }
    out_.said.push_back("the models combined, by their errors on held-out blocks and years: " + text);
    const Predictor all =
        combined(parts_of([&](const std::string& name) { return &fitted.at(name); }), weights);
    add_score(kCombined, "training", all(rows_));
    return all;
  }

  std::vector<double> coarse_month(std::size_t t) const {
    std::vector<double> out(in_.cells.coarse.cells());
    for (std::size_t c = 0; c < out.size(); ++c) out[c] = storage_.groundwater[c * in_.months() + t];
    return out;
  }

  double weight_of(const std::string& model) const {
    const auto found = detail_.find(model);
    return found == detail_.end() ? 1 : found->second.weight;
  }

  // A model's fine month, closed on the coarse one.
  std::vector<double> month(const Predictor& predictor, double weight, std::size_t t, bool keep_closure) {
    std::vector<double> fine(in_.cells.fine.cells(), kMissing);
    if (!fine_at_[t].empty()) {
      const auto values = predictor(make_rows(in_, fine_at_[t], Scale::fine, p_.season));
      for (std::size_t i = 0; i < values.size(); ++i) fine[fine_at_[t][i].cell] = weight * values[i];
    }
    const auto coarse = coarse_month(t);
    const Closure left = close_on(in_.cells, up_, coarse, fine, p_.tolerance_mm);
    if (keep_closure) {
      out_.closure.add(left);
      out_.closure_mascon.add(closure_at(in_.cells, coarse, fine, p_.mascon_deg));
    }
    return fine;
  }

  void put(Field& field, std::size_t t, const std::vector<double>& fine) const {
    for (std::size_t i = 0; i < fine.size(); ++i) field[i * in_.months() + t] = fine[i];
  }

  Field predict(const Predictor& predictor, double weight, bool keep_closure) {
    Field field(in_.cells.fine.cells() * in_.months(), kMissing);
    for (std::size_t t = 0; t < in_.months(); ++t) {
      core::throw_if_interrupted();
      put(field, t, month(predictor, weight, t, keep_closure));
    }
    return field;
  }

  // Where models have a value; `closed`: with the residuals of the coarse means put back.
  Field interpolated(bool closed) {
    Field field(in_.cells.fine.cells() * in_.months(), kMissing);
    for (std::size_t t = 0; t < in_.months(); ++t) {
      const auto coarse = coarse_month(t);
      const auto values = up_.bilinear(coarse);
      std::vector<double> fine(values.size(), kMissing);
      for (const CellMonth& a : fine_at_[t]) fine[a.cell] = values[a.cell];
      if (closed) close_on(in_.cells, up_, coarse, fine, p_.tolerance_mm);
      put(field, t, fine);
    }
    return field;
  }

  // Each part of the field by the model that did not learn from it.
  Field held_out(const std::string& model, const Scheme& scheme) {
    Field field(in_.cells.fine.cells() * in_.months(), kMissing);
    const auto& parts = parts_.at({model, scheme.name});
    for (std::size_t k = 0; k < parts.size(); ++k) {
      if (!parts[k]) continue;
      for (std::size_t t = 0; t < in_.months(); ++t) {
        if (scheme.name == "years" && scheme.part({0, t}) != k) continue;
        const auto fine = month(parts[k], weight_of(model), t, false);
        for (std::size_t i = 0; i < fine.size(); ++i) {
          if (scheme.part({in_.cells.parent[i], t}) == k) field[i * in_.months() + t] = fine[i];
        }
      }
    }
    return field;
  }

  void score_fine(const std::string& model, const Scheme& scheme) {
    add_fine(model, scheme.name, held_out(model, scheme));
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
    Field block(in_.cells.fine.cells() * in_.months(), kMissing);
    for (std::size_t t = 0; t < in_.months(); ++t) {
      const auto values = up_.block(coarse_month(t));
      for (const CellMonth& a : fine_at_[t]) block[a.cell * in_.months() + t] = values[a.cell];
    }
    const Field closed = interpolated(true);
    for (const Scheme& scheme : schemes_) {
      if (scheme.name == "random") continue;
      add_fine("bilinear", scheme.name, out_.bilinear);
      add_fine("bilinear, closed", scheme.name, closed);
      add_fine("block", scheme.name, block);
    }
  }

  bool has_detail(const std::string& model) const {
    const auto found = detail_.find(model);
    return found != detail_.end() && !std::isnan(found->second.left);
  }

  // The model that leaves least of the detail one scale up; without that, the best in the first validation.
  void choose() {
    const std::string by = schemes_.front().name;
    double least = INFINITY;
    for (const CoarseScore& s : out_.coarse) {
      if (s.scheme != by) continue;
      const double left = has_detail(s.model) ? detail_.at(s.model).left : s.rmse;
      if (!(left < least)) continue;
      least = left;
      out_.best = s.model;
    }
    if (out_.best.empty()) out_.best = p_.methods.front();
    out_.said.push_back(
        has_detail(out_.best)
            ? fmt::format(
                  "the result is of the model {}: held out by {}, it leaves least of the detail one scale up "
                  "unexplained (that is another measure than the errors of coarse cells)",
                  out_.best, by)
            : fmt::format("the result is of the model {}, which has the smallest error in validation by {}",
                          out_.best, by));
  }

  void uncertainty() {
    const std::size_t cells = in_.cells.fine.cells();
    out_.sd_products = up_.bilinear(storage_.error);
    out_.sd_model.assign(cells, 0);
    const auto parts = parts_.find({out_.best, schemes_.front().name});
    if (parts != parts_.end()) jackknife(parts->second);
    const bool known = has_detail(out_.best);
    out_.sd_structure = known ? detail_.at(out_.best).left : 0;
    const auto structure =
        known ? up_.bilinear(detail_.at(out_.best).of_cell) : std::vector<double>(cells, 0.0);
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
    const auto parts = parts_.find({out_.best, schemes_.front().name});
    if (!in_.truth.empty() && parts != parts_.end()) {
      const Scheme& scheme = schemes_.front();
      const Calibration c = calibrate(scorer(), in_, scheme, held_out(out_.best, scheme), out_.sd);
      out_.band_factor = c.factor;
      out_.covered = c.before;
      out_.covered_calibrated = c.after;
      out_.covered_of_area = c.after_of_area;
      out_.band_source = "errors against the withheld truth, held out by " + scheme.name;
    } else if (has_detail(out_.best)) {
      out_.band_factor = std::max(1.0, detail_.at(out_.best).factor);
      out_.band_source = "what the model leaves of the detail of coarse cells one scale up, held out by " +
                         schemes_.front().name;
    } else {
      out_.band_source = "nothing: no detail could be held out, the errors count as normal";
    }
    out_.half_band = out_.sd;
    for (double& v : out_.half_band) v *= 1.645 * out_.band_factor;
    out_.said.push_back(
        fmt::format("90 % bands are {:.2f} times as wide as 1.645 standard deviations; that comes from {}",
                    out_.band_factor, out_.band_source));
  }

  // Delete-a-group jackknife over the parts of the first validation: (K - 1) / K sum (field_k - mean)^2, mean over months.
  void jackknife(const std::vector<Predictor>& parts) {
    std::vector<double> sum(in_.cells.fine.cells()), months(sum.size());
    const auto k =
        static_cast<double>(std::count_if(parts.begin(), parts.end(), [](const auto& p) { return bool(p); }));
    if (k < 2) return;
    for (std::size_t t = 0; t < in_.months(); ++t) {
      std::vector<double> first(sum.size()), second(sum.size());
      for (const Predictor& part : parts) {
        if (!part) continue;
        const auto fine = month(part, weight_of(out_.best), t, false);
        for (std::size_t i = 0; i < fine.size(); ++i) {
          first[i] += fine[i];
          second[i] += fine[i] * fine[i];
        }
      }
      for (std::size_t i = 0; i < sum.size(); ++i) {
        if (std::isnan(first[i])) continue;
        sum[i] += (k - 1) / k * std::max(0.0, second[i] - first[i] * first[i] / k);
        ++months[i];
      }
    }
    for (std::size_t i = 0; i < sum.size(); ++i)
      out_.sd_model[i] = months[i] > 0 ? std::sqrt(sum[i] / months[i]) : kMissing;
  }

  const Inputs& in_;
  const Storage& storage_;
  const ModelParams& p_;
  core::Context& context_;
  Upsampler up_;
  std::vector<CellMonth> at_;
  Rows rows_;
  std::vector<std::vector<CellMonth>> fine_at_;  // [month]
  std::vector<Scheme> schemes_;
  std::map<std::pair<std::string, std::string>, std::vector<Predictor>> parts_;
  std::map<std::pair<std::string, std::string>, std::vector<double>> held_;  // [model, scheme] rows
  std::map<std::string, DetailFit> detail_;
  std::unique_ptr<FineScorer> scorer_;
  Downscaled out_;
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

}  // namespace

Downscaled downscale(const Inputs& inputs, const Storage& storage, const ModelParams& params,
                     core::Context& context) {
  core::Problems problems;
  check_methods(params.methods, "", problems);
  problems.throw_if_any();
  if (params.scale == LearnScale::coarse && !params.anomalies)
    return Work(inputs, storage, params, context).run();
  Footprints view = params.scale == LearnScale::footprint ? at_footprint(inputs, storage, params.mascon_deg)
                                                          : Footprints{inputs, storage};
  if (params.anomalies) take_anomalies(view.inputs);
  Downscaled out = Work(view.inputs, view.storage, params, context).run();
  if (params.scale == LearnScale::footprint) compare_with_coarse(inputs, storage, view, params, out);
  return out;
}

}  // namespace phreatic::studies::downscaling

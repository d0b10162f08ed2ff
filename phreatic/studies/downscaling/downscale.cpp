// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/downscale.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "phreatic/core/random.hpp"
#include "phreatic/stats/metrics/metrics.hpp"
#include "phreatic/stats/series/correlation.hpp"
#include "phreatic/studies/downscaling/fine_scores.hpp"
#include "phreatic/studies/downscaling/rows.hpp"

namespace phreatic::studies::downscaling {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
using Field = std::vector<double>;  // [fine cell * months]

// A way to part rows: which part each is in.
struct Scheme {
  std::string name;
  std::size_t parts = 0;
  std::function<std::size_t(CellMonth)> part;
};

class Work {
 public:
  Work(const Inputs& in, const Storage& storage, const ModelParams& p, core::Context& context)
      : in_(in), storage_(storage), p_(p), context_(context), up_(in.cells), at_(learnable(in, storage)) {
    rows_ = make_rows(in, at_, Scale::coarse, p.season);
    for (const CellMonth& a : at_) rows_.y.push_back(storage.groundwater[a.cell * in.months() + a.month]);
    for (std::size_t t = 0; t < in.months(); ++t) fine_at_.push_back(predictable(in, t));
  }

  Downscaled run() {
    check();
    schemes();
    out_.bilinear = interpolated(false);
    std::map<std::string, Predictor> fitted;
    for (const std::string& name : p_.methods) {
      context_.log.info(
          fmt::format("model {}: {} rows, {} covariates", name, rows_.count, rows_.names.size()));
      fitted[name] = validate(*find_model(name));
    }
    choose();
    out_.field = predict(fitted[out_.best], weight_of(out_.best), true);
    if (!in_.truth.empty()) score_baselines();
    uncertainty();
    describe_field();
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
      out_.said.push_back(fmt::format("{} of {} fine cell months lack a covariate and have no result", empty,
                                      in_.cells.fine.cells() * in_.months()));
  }

  void schemes() {
    std::size_t parts = 0;
    const auto blocks = block_parts(in_.cells.coarse, p_.block_deg, p_.folds, p_.seed, parts);
    if (parts >= 2) {
      schemes_.push_back({"blocks", parts, [blocks](CellMonth a) { return blocks[a.cell]; }});
    } else {
      out_.said.push_back(
          fmt::format("the region is one block of {:g} degrees: no validation by blocks", p_.block_deg));
    }
    const int first = core::year_of(in_.axis.start(0));
    const int years = core::year_of(in_.axis.start(in_.months() - 1)) - first + 1;
    const auto folds = static_cast<std::size_t>(std::min(p_.folds, years));
    const auto part = [this, first, years, folds](CellMonth a) {
      return static_cast<std::size_t>(core::year_of(in_.axis.start(a.month)) - first) * folds /
             static_cast<std::size_t>(years);
    };
    schemes_.push_back({"years", folds, part});
    const std::uint64_t seed = p_.seed;
    schemes_.push_back({"random", 5, [seed](CellMonth a) {
                          return static_cast<std::size_t>(
                              core::RandomStream(seed, "random split", a.cell, a.month).below(5));
                        }});
    count_leaks();
  }

  // Rows of the random split whose mascon is in the training rows too.
  void count_leaks() {
    std::map<std::pair<int, int>, std::set<std::size_t>> parts;
    const auto mascon = [&](CellMonth a) {
      const auto [x, y] = centre(in_.cells.coarse, a.cell);
      return std::pair(static_cast<int>(std::floor(x / p_.mascon_deg)),
                       static_cast<int>(std::floor(y / p_.mascon_deg)));
    };
    for (const Scheme& s : schemes_) {
      if (s.name == "years") continue;
      parts.clear();
      std::size_t leaking = 0;
      for (const CellMonth& a : at_) parts[mascon(a)].insert(s.part(a));
      for (const CellMonth& a : at_) leaking += parts[mascon(a)].size() > 1 ? 1 : 0;
      if (leaking > 0)
        out_.said.push_back(fmt::format(
            "validation by {}: {} of {} tested rows share a {:g}-degree mascon with training rows, so that "
            "its scores are too good",
            s.name == "random" ? "random rows (leaky)" : s.name, leaking, at_.size(), p_.mascon_deg));
    }
  }

  static Rows select(const Rows& rows, const std::vector<std::size_t>& which) {
    Rows out;
    out.count = which.size();
    out.names = rows.names;
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
        out_.said.push_back(
            fmt::format("model {}: too few rows for validation by {}", model.name, scheme.name));
        parts_.erase({model.name, scheme.name});
        continue;
      }
      add_score(model.name, scheme.name, held);
      if (&scheme == &schemes_.front()) weigh(model.name, held);
      if (scheme.name != "random" && !in_.truth.empty()) score_fine(model.name, scheme);
    }
    return all;
  }

  std::vector<double> coarse_month(std::size_t t) const {
    std::vector<double> out(in_.cells.coarse.cells());
    for (std::size_t c = 0; c < out.size(); ++c) out[c] = storage_.groundwater[c * in_.months() + t];
    return out;
  }

  double weight_of(const std::string& model) const {
    const auto found = weight_.find(model);
    return found == weight_.end() ? 1 : found->second;
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
    out_.fine.push_back(scorer().score(model, scheme.name, held_out(model, scheme)));
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
      out_.fine.push_back(scorer().score("bilinear", scheme.name, out_.bilinear));
      out_.fine.push_back(scorer().score("bilinear, closed", scheme.name, closed));
      out_.fine.push_back(scorer().score("block", scheme.name, block));
    }
    out_.covered = kMissing;
  }

  // The model that leaves least of the detail one scale up; without that, the best in the first validation.
  void choose() {
    const std::string by = schemes_.front().name;
    double least = INFINITY;
    for (const CoarseScore& s : out_.coarse) {
      if (s.scheme != by) continue;
      const double left = structure_.contains(s.model) ? structure_[s.model] : s.rmse;
      if (!(left < least)) continue;
      least = left;
      out_.best = s.model;
    }
    if (out_.best.empty()) out_.best = p_.methods.front();
    out_.said.push_back(
        structure_.contains(out_.best)
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
    out_.sd_structure = structure_.contains(out_.best) ? structure_[out_.best] : 0;
    out_.sd.assign(cells, kMissing);
    for (std::size_t i = 0; i < cells; ++i) {
      const double products = std::isnan(out_.sd_products[i]) ? 0 : out_.sd_products[i];
      out_.sd[i] = std::sqrt(products * products + out_.sd_model[i] * out_.sd_model[i] +
                             out_.sd_structure * out_.sd_structure);
    }
    out_.covered = in_.truth.empty() ? kMissing : scorer().covered(out_.field, out_.sd);
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

  // A coarse value less the mean of its neighbours in the same month: detail as interpolation one scale up misses it. NaN
  // with fewer than two neighbours.
  double detail_of(const std::vector<double>& values, std::size_t cell, std::size_t month) const {
    const int width = in_.cells.coarse.width, height = in_.cells.coarse.height;
    const int x = static_cast<int>(cell) % width, y = static_cast<int>(cell) / width;
    const auto at = [&](int cx, int cy) {
      const bool inside = cx >= 0 && cx < width && cy >= 0 && cy < height;
      return inside ? values[static_cast<std::size_t>(cy * width + cx) * in_.months() + month] : kMissing;
    };
    double sum = 0, n = 0;
    for (const double v : {at(x - 1, y), at(x + 1, y), at(x, y - 1), at(x, y + 1)}) {
      if (std::isnan(v)) continue;
      sum += v;
      ++n;
    }
    return n < 2 ? kMissing : at(x, y) - sum / n;
  }

  std::vector<double> as_field(const std::vector<double>& of_rows) const {
    std::vector<double> out(in_.cells.coarse.cells() * in_.months(), kMissing);
    for (std::size_t i = 0; i < at_.size(); ++i) out[at_[i].cell * in_.months() + at_[i].month] = of_rows[i];
    return out;
  }

  // How much of a model's detail is to be trusted: least squares of the detail of storage on that of held-out predictions,
  // seen one scale up, within 0 and 1; and what is left of the detail.
  void weigh(const std::string& model, const std::vector<double>& held) {
    const auto storage = as_field(rows_.y), predicted = as_field(held);
    double products = 0, squares = 0;
    std::vector<std::pair<double, double>> details;
    for (const CellMonth& a : at_) {
      const double truth = detail_of(storage, a.cell, a.month), is = detail_of(predicted, a.cell, a.month);
      if (std::isnan(truth) || std::isnan(is)) continue;
      details.emplace_back(truth, is);
      products += truth * is;
      squares += is * is;
    }
    const double weight = squares > 0 ? std::clamp(products / squares, 0.0, 1.0) : 1;
    double left = 0;
    for (const auto& [truth, is] : details) left += std::pow(truth - weight * is, 2);
    weight_[model] = weight;
    if (!details.empty()) structure_[model] = std::sqrt(left / static_cast<double>(details.size()));
    out_.said.push_back(fmt::format(
        "model {}: {:.2f} of its detail is taken, as it explains detail one scale up", model, weight));
  }

  void describe_field() {
    const std::size_t n = in_.months();
    std::vector<double> r, fine_lag, coarse_lag;
    double detail = 0, smooth = 0;
    for (std::size_t i = 0; i < in_.cells.fine.cells(); ++i) {
      const auto fine = stats::Series(out_.field).subspan(i * n, n);
      const auto coarse = stats::Series(storage_.groundwater).subspan(in_.cells.parent[i] * n, n);
      const double correlation = stats::pearson(coarse, fine);
      if (std::isnan(correlation)) continue;
      r.push_back(correlation);
      fine_lag.push_back(stats::autocorrelation(fine, 1)[1]);
      coarse_lag.push_back(stats::autocorrelation(coarse, 1)[1]);
      for (std::size_t t = 0; t < n; ++t) {
        if (std::isnan(fine[t])) continue;
        detail += std::pow(fine[t] - coarse[t], 2);
        smooth += std::pow(out_.bilinear[i * n + t] - coarse[t], 2);
      }
    }
    const auto middle = [](std::vector<double> v) { return v.empty() ? kMissing : stats::median(v); };
    out_.continuity = middle(r);
    out_.lag1_fine = middle(fine_lag);
    out_.lag1_coarse = middle(coarse_lag);
    out_.detail_ratio = detail / smooth;
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
  std::map<std::string, double> weight_, structure_;  // by model
  std::unique_ptr<FineScorer> scorer_;
  Downscaled out_;
};

}  // namespace

std::vector<std::size_t> block_parts(const data::GeoGrid& coarse, double degrees, int folds,
                                     std::uint64_t seed, std::size_t& parts) {
  std::map<std::pair<int, int>, std::vector<std::size_t>> blocks;
  for (std::size_t c = 0; c < coarse.cells(); ++c) {
    const auto [x, y] = centre(coarse, c);
    blocks[{static_cast<int>(std::floor(x / degrees)), static_cast<int>(std::floor(y / degrees))}].push_back(
        c);
  }
  parts = std::min<std::size_t>(static_cast<std::size_t>(folds), blocks.size());
  core::RandomStream random(seed, "blocks");
  const auto order = random.permutation(blocks.size());
  std::vector<std::size_t> out(coarse.cells());
  std::size_t next = 0;
  for (const auto& [block, cells] : blocks) {
    for (const std::size_t c : cells) out[c] = order[next] % parts;
    ++next;
  }
  return out;
}

Downscaled downscale(const Inputs& inputs, const Storage& storage, const ModelParams& params,
                     core::Context& context) {
  core::Problems problems;
  check_methods(params.methods, "", problems);
  problems.throw_if_any();
  return Work(inputs, storage, params, context).run();
}

}  // namespace phreatic::studies::downscaling

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/unet/stage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "phreatic/core/files/files.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/stats/metrics/metrics.hpp"
#include "phreatic/studies/recharge/results.hpp"
#include "phreatic/studies/recharge/scenarios/sites/site_file.hpp"
#include "phreatic/studies/recharge/surrogates/samples.hpp"
#include "phreatic/studies/recharge/surrogates/scores.hpp"
#include "phreatic/studies/recharge/unet/predict.hpp"

namespace phreatic::studies::recharge {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kModelName = "unet";
constexpr double kValidationShare = 0.18;  // of the sites outside of a block: 110 of 610

struct Split {
  std::string name;
  std::vector<std::size_t> train, validation, test;
};

std::vector<std::size_t> only(const std::vector<std::size_t>& sites, const std::vector<bool>& there) {
  std::vector<std::size_t> out;
  for (const std::size_t s : sites) {
    if (there[s]) out.push_back(s);
  }
  return out;
}

// The first `count` of `sites` in random order, then the others.
std::pair<std::vector<std::size_t>, std::vector<std::size_t>> drawn(const std::vector<std::size_t>& sites,
                                                                    std::size_t count, std::uint64_t seed,
                                                                    std::uint64_t number) {
  core::RandomStream random(seed, "unet validation", number);
  std::pair<std::vector<std::size_t>, std::vector<std::size_t>> out;
  for (const std::size_t at : random.permutation(sites.size()))
    (out.first.size() < count ? out.first : out.second).push_back(sites[at]);
  std::sort(out.first.begin(), out.first.end());
  std::sort(out.second.begin(), out.second.end());
  return out;
}

// The random split's test sites are halved: one half stops the training, the other is scored. For blocks the training
// is stopped by sites outside of the block.
std::vector<Split> splits_of(const Ground& ground, const std::vector<Site>& sites,
                             const std::vector<bool>& there, const SurrogateParams& p, double sigma_m) {
  const Fold random = random_split(sites.size(), p.test_share, p.seed);
  const auto left_out = only(random.test, there);
  const auto halves = drawn(left_out, left_out.size() / 2, p.seed, 0);
  std::vector<Split> out = {{"random", only(random.train, there), halves.first, halves.second}};
  for (const Fold& fold : spatial_folds(ground, sites, p.blocks, p.buffer_sigmas * sigma_m)) {
    const auto outside = only(fold.train, there);
    const auto count =
        static_cast<std::size_t>(std::lround(kValidationShare * static_cast<double>(outside.size())));
    const auto parts = drawn(outside, count, p.seed, out.size());
    out.push_back({fmt::format("block_{}", out.size()), parts.second, parts.first, only(fold.test, there)});
  }
  return out;
}

learn::MapParams map_params(const UnetSettings& s, std::uint64_t seed) {
  learn::MapParams out{s.net, {s.sum_weight, s.ratio_weight}, s.augment, {}};
  out.training.learning_rate = s.learning_rate;
  out.training.schedule.kind = learn::ScheduleKind::plateau;
  out.training.schedule.factor = s.factor;
  out.training.schedule.patience = s.plateau;
  out.training.epochs = s.epochs;
  out.training.batch_size = s.batch_size;
  out.training.early_stopping_patience = s.patience;
  out.training.seed = seed;
  out.training.device = s.device;
  return out;
}

learn::ResumeMode mode_of(engine::Resume resume) {
  return resume == engine::Resume::no      ? learn::ResumeMode::fresh
         : resume == engine::Resume::exact ? learn::ResumeMode::exact
                                           : learn::ResumeMode::approximate;
}

struct Job {
  const Ground& ground;
  const std::vector<Site>& sites;
  const Table& targets;
  const UnetMaps& maps;
  const UnetSettings& settings;
  const SurrogateParams& surrogates;
  const TargetParams& target_params;
};

json training_json(const Split& split, const learn::MapFit& fit) {
  json curve = json::array();
  for (const learn::EpochRecord& r : fit.result.curve)
    curve.push_back({r.epoch, r.learning_rate, r.training_loss, r.validation_loss});
  return {{"split", split.name},
          {"train", split.train.size()},
          {"validation", split.validation.size()},
          {"test", split.test.size()},
          {"best_epoch", fit.result.best_epoch},
          {"epochs", fit.result.curve.size()},
          {"curve", curve}};
}

// Mean of simulated over predicted at sites that stop a training, of several trainings.
struct Smearing {
  double s0 = 0, steady = 0;
  double trainings = 0;

  static double ratio(const std::vector<double>& simulated, const std::vector<double>& logs) {
    double sum = 0;
    double n = 0;
    for (std::size_t i = 0; i < logs.size(); ++i) {
      if (!(simulated[i] > 0) || std::isnan(logs[i])) continue;
      sum += simulated[i] / std::pow(10, logs[i]);
      n += 1;
    }
    return n > 0 ? sum / n : 1;
  }
  void add(const Table& targets, const UnetAnswers& answers) {
    s0 += ratio(targets.numbers("s0_m3"), answers.s0);
    steady += ratio(targets.numbers("steady_m3"), answers.steady);
    trainings += 1;
  }
  double of(const TargetKind& target) const {
    if (trainings == 0 || target.column == "k_per_day") return 1;
    return (target.column == "s0_m3" ? s0 : steady) / trainings;
  }
};

struct Answered {
  UnetAnswers random, blocks;
  Smearing smeared_random, smeared_blocks;
  std::vector<std::string> role;  // [sites] in the random split
  json trainings = json::array();
  std::vector<learn::MapModel> models;  // of the random split
};

// unet.members networks of a split, which differ by their random start and the order of squares.
std::vector<learn::MapModel> fit_members(const Job& job, const Split& split, const fs::path& folder,
                                         engine::StageContext& context, json& trainings) {
  std::vector<learn::MapModel> out;
  for (int member = 0; member < job.settings.members; ++member) {
    const std::string name = member == 0 ? split.name : fmt::format("{}_{}", split.name, member + 1);
    const learn::MapFit fit = learn::fit_maps(
        job.maps.set, split.train, split.validation,
        map_params(job.settings, job.surrogates.seed + static_cast<std::uint64_t>(member)),
        {.folder = folder / name, .resume = mode_of(context.resume()), .keep_going = {}}, context.context());
    if (fit.result.status == learn::TrainStatus::diverged)
      context.context().log.warn("U-Net, " + name + ": " + fit.result.message);
    trainings.push_back(training_json(split, fit));
    if (member > 0) trainings.back()["member"] = member + 1;
    out.push_back(fit.model);
  }
  return out;
}

Answered train_all(const Job& job, const std::vector<Split>& splits, const fs::path& folder,
                   engine::StageContext& context) {
  Answered out{UnetAnswers(job.sites.size()),
               UnetAnswers(job.sites.size()),
               {},
               {},
               std::vector<std::string>(job.sites.size()),
               json::array(),
               {}};
  for (const Split& split : splits) {
    if (split.train.empty() || split.validation.empty() || split.test.empty()) {
      context.context().log.warn(
          fmt::format("the U-Net predicts no site of {}: {} sites to train on, {} to stop by, {} to predict",
                      split.name, split.train.size(), split.validation.size(), split.test.size()));
      continue;
    }
    context.context().log.info(fmt::format("U-Net, {}: {} sites to train on, {} to stop by, {} to predict",
                                           split.name, split.train.size(), split.validation.size(),
                                           split.test.size()));
    const auto models = fit_members(job, split, folder, context, out.trainings);
    const bool random = split.name == "random";
    take_answers(job.maps, split.test, unet_storage(models, job.maps, split.test, job.settings.device),
                 job.target_params, random ? out.random : out.blocks);
    const auto below = std::count_if(split.test.begin(), split.test.end(), [&](std::size_t s) {
      const UnetAnswers& answers = random ? out.random : out.blocks;
      return std::isnan((job.maps.steady_only ? answers.steady : answers.s0)[s]);
    });
    if (below > 0)
      context.context().log.warn(fmt::format(
          "U-Net, {}: no storage above 0 is predicted at {} of {} sites; all models are scored without them",
          split.name, below, split.test.size()));
    UnetAnswers stopping(job.sites.size());
    take_answers(job.maps, split.validation,
                 unet_storage(models, job.maps, split.validation, job.settings.device), job.target_params,
                 stopping);
    (random ? out.smeared_random : out.smeared_blocks).add(job.targets, stopping);
    if (!random) continue;
    out.models = models;
    for (const std::size_t s : split.train) out.role[s] = "train";
    for (const std::size_t s : split.validation) out.role[s] = "validation";
    for (const std::size_t s : split.test) out.role[s] = "test";
  }
  return out;
}

// Targets that rises of the water table have an answer to.
std::vector<TargetKind> answered_targets(const Job& job, std::vector<std::string>& notes) {
  std::vector<TargetKind> out;
  for (const TargetKind& target : target_kinds(job.targets)) {
    const bool volume = job.target_params.volume == Volume::aquifer;
    if (target.column == "steady_m3" ? job.maps.steady : target.column != "water_m3" && volume)
      out.push_back(target);
    else
      notes.push_back("the U-Net is left out for " + target.name +
                      (target.column == "steady_m3"
                           ? ": no steady rises were simulated"
                           : ": it gives rises of the water table, volume of aquifer"));
  }
  return out;
}

const std::vector<double>& of(const UnetAnswers& answers, const TargetKind& target) {
  return target.column == "s0_m3" ? answers.s0 : target.column == "k_per_day" ? answers.k : answers.steady;
}

bool any_number(const std::vector<double>& values) {
  return std::any_of(values.begin(), values.end(), [](double v) { return !std::isnan(v); });
}

// All models at the sites that the U-Net is tested at, and the U-Net in blocks. Where it predicts no site there are no
// rows, which is told.
stats::MetricTable scores_of(const Job& job, const std::vector<TargetKind>& targets, const Answered& answered,
                             const Table& predictions, const ModelFolder& others) {
  stats::MetricTable out;
  for (const TargetKind& target : targets) {
    const ScoreInput scored{job.sites, job.targets, target, job.ground.schedule.days()};
    const std::vector<double>& ours = of(answered.random, target);
    if (!any_number(ours)) continue;
    append_scores(out, scored, kModelName, "random half", ours, answered.smeared_random.of(target));
    if (any_number(of(answered.blocks, target)))
      append_scores(out, scored, kModelName, "blocks", of(answered.blocks, target),
                    answered.smeared_blocks.of(target));
    for (const TrainedModel& model : others.models) {
      const std::string column = target.column + " random " + model.name;
      if (model.target != target.column || !predictions.has(column)) continue;
      std::vector<double> logs;
      for (std::size_t i = 0; i < job.sites.size(); ++i)
        logs.push_back(std::isnan(ours[i]) ? ours[i]
                                           : std::log10(predictions.numbers(column)[i] / model.map_factor()));
      append_scores(out, scored, model.name, "random half", logs, model.smearing);
    }
  }
  return out;
}

double r2_of(const Job& job, const TargetKind& target, const std::vector<double>& logs) {
  std::vector<double> o, s;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    const double value = job.targets.numbers(target.column)[i];
    if (!(value > 0) || std::isnan(logs[i])) continue;
    o.push_back(value);
    s.push_back(std::pow(10, logs[i]));
  }
  return stats::nse(o, s);
}

// R2 at the random test's sites that is lost when a map is taken from around another of them.
json importance(const Job& job, const std::vector<TargetKind>& targets, const std::vector<std::size_t>& test,
                const Answered& answered) {
  json out = json::array();
  for (std::size_t input = 0; input < job.maps.set.inputs.size(); ++input) {
    core::RandomStream random(job.surrogates.seed, "unet importance", input);
    Exchanged exchanged{input, {}};
    for (const std::size_t at : random.permutation(test.size())) exchanged.donors.push_back(test[at]);
    UnetAnswers with(job.sites.size());
    take_answers(job.maps, test,
                 unet_storage(answered.models, job.maps, test, job.settings.device, &exchanged),
                 job.target_params, with);
    for (const TargetKind& target : targets)
      out.push_back({{"input", job.maps.set.inputs[input]},
                     {"label", job.maps.labels[input]},
                     {"target", target.name},
                     {"loss_of_r2", r2_of(job, target, of(answered.random, target)) -
                                        r2_of(job, target, of(with, target))}});
  }
  return out;
}

Table predictions_of(const Job& job, const std::vector<TargetKind>& targets, const Answered& answered) {
  Table out;
  for (const Site& site : job.sites) out.ids.push_back(site.id);
  out.add("set", answered.role);
  const auto back = [](std::vector<double> logs) {
    for (double& v : logs) v = std::pow(10, v);
    return logs;
  };
  for (const TargetKind& target : targets) {
    out.add(target.column, job.targets.numbers(target.column));
    out.add(target.column + " random unet", back(of(answered.random, target)));
    out.add(target.column + " blocks unet", back(of(answered.blocks, target)));
  }
  return out;
}

}  // namespace

void unet_work(const Ground& ground, const Baseline& baseline, const FirstAquifer& aquifer,
               engine::StageContext& context) {
  const auto& settings = context.settings<UnetSettings>("unet");
  const auto& surrogates = context.settings<SurrogateParams>("surrogates");
  const auto& target_params = context.settings<TargetParams>("targets");
  const auto sites = sites_of(read_table(context.path("sites", "sites")));
  const Table targets = read_table(context.path("targets", "targets"));
  const ModelFolder others = read_models(context.path("train", "models"));
  UnetMaps maps = unet_maps(ground, baseline, aquifer, read_adjoint(context.path("adjoint", "maps")), sites,
                            context.path("simulate", "runs"), settings, target_params);
  const double side_m = static_cast<double>(maps.set.side * maps.factor) * ground.cell_width();
  const auto wide = static_cast<std::size_t>(
      std::count_if(maps.beyond.begin(), maps.beyond.end(), [](double v) { return v > 0.02; }));
  if (wide > 0)
    maps.notes.push_back(
        fmt::format("{} sites have more than 2 % of their rise outside of the squares of {:g} m (unet.patch)",
                    wide, side_m));
  if (static_cast<double>(maps.factor) * ground.cell_width() != settings.cell_m && settings.cell_m > 0)
    maps.notes.push_back(fmt::format(
        "the U-Net's cells have {:g} m, a multiple of the model's, in place of {:g} m (unet.cell)",
        static_cast<double>(maps.factor) * ground.cell_width(), settings.cell_m));
  const Job job{ground, sites, targets, maps, settings, surrogates, target_params};
  const auto kinds = answered_targets(job, maps.notes);
  for (const std::string& note : maps.notes) context.context().log.warn(note);
  const auto splits = splits_of(ground, sites, maps.there, surrogates, others.sigma_m);
  const Answered answered = train_all(job, splits, context.path("models"), context);
  for (const TargetKind& target : kinds) {
    if (any_number(of(answered.random, target))) continue;
    maps.notes.push_back("the U-Net has no score of " + target.name +
                         ": its storage decays at no site of the random test, or the test has none");
    context.context().log.warn(maps.notes.back());
  }
  stats::write_csv(scores_of(job, kinds, answered, read_table(context.path("train", "predictions")), others),
                   context.path("metrics"));
  write_table(predictions_of(job, kinds, answered), context.path("predictions"));
  json facts = {{"side", maps.set.side},
                {"patch_m", side_m},
                {"cell_m", static_cast<double>(maps.factor) * ground.cell_width()},
                {"members", settings.members},
                {"inputs", maps.set.inputs},
                {"labels", maps.labels},
                {"parameters", answered.models.empty() ? 0 : answered.models.front().parameters.size()},
                {"notes", maps.notes},
                {"trainings", answered.trainings},
                {"importance", json::array()}};
  if (settings.importance && !answered.models.empty())
    facts["importance"] = importance(job, kinds, splits.front().test, answered);
  core::write_file_atomic(context.path("facts"), facts.dump(1) + "\n");
}

}  // namespace phreatic::studies::recharge

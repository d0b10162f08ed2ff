// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/learn/files/checkpoint.hpp"
#include "phreatic/learn/files/description.hpp"
#include "phreatic/learn/maps/tiles.hpp"
#include "phreatic/learn/training/member.hpp"

namespace phreatic::learn {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kModel = "unet.json";

UnetShape shape_of(const MapModel& model) { return {model.net, model.inputs.size(), model.bands.size()}; }

Json net_json(const MapModel& model) {
  return {{"width", model.net.width}, {"levels", model.net.levels}, {"attention", model.net.attention},
          {"side", model.side},       {"inputs", model.inputs},     {"bands", model.bands}};
}

Stamp stamp_of(const MapModel& model, const MapParams& params, const LearnParams& learn,
               const std::vector<Target>& targets, const Samples& samples) {
  Json settings = {{"network", net_json(model)},
                   {"sum_weight", params.weights.sum},
                   {"ratio_weight", params.weights.ratio},
                   {"augment", params.augment},
                   {"learn", Json::parse(settings_json(learn, targets))}};
  return {settings.dump(), samples.hash(), machine_fingerprint(), core::thread_count()};
}

std::vector<float> parameters_in(const fs::path& file, const ParameterLayout& layout) {
  return unpack_parameters(layout, read_safetensors(file), "", file.string());
}

void remove_if_there(const fs::path& path) {
  std::error_code error;
  fs::remove(path, error);
  if (error) throw core::RunError(path.string() + ": cannot remove: " + error.message());
}

void check_set(const MapSet& set, const UnetParams& net, std::span<const std::size_t> training,
               std::span<const std::size_t> validation) {
  PHREATIC_ASSERT(set.side % unet_multiple(net) == 0 && set.inputs.size() == set.shared.size() + 1);
  for (const auto& map : set.shared) PHREATIC_ASSERT(map.size() == set.rows * set.columns);
  for (const MapSample& s : set.samples)
    PHREATIC_ASSERT(s.input.size() == set.side * set.side && s.counts.size() == s.input.size() &&
                    s.target.size() == set.bands.size() * s.input.size());
  if (training.empty() || validation.empty())
    throw core::InputError(
        {.where = "unet",
         .what = fmt::format("{} maps to train on and {} to stop by", training.size(), validation.size()),
         .allowed = "one of each at least",
         .mend = "ask for more sites"});
}

void write_model(const MapModel& model, const fs::path& folder) {
  Json json = net_json(model);
  json["scales"] = model.scales;
  json["gains"] = model.gains;
  json["member_hash"] = core::hash_file(member_path(folder, 0));
  core::write_file_atomic(folder / kModel, json.dump(1) + "\n");
}

MemberResult run_training(const MemberJob& job, MemberState& state, const MapTask& task, const Stamp& stamp,
                          core::Context& context) {
  const std::size_t batches = batches_per_epoch(job);
  core::Progress progress("training", batches * static_cast<std::size_t>(job.params.training.epochs),
                          "batches", context.show_progress);
  progress.advance(batches * static_cast<std::size_t>(state.epochs));
  const MemberHooks hooks{
      .save =
          [&](const MemberState& s) {
            write_checkpoint(checkpoint_path(task.folder, 0), job.layout, stamp, s);
            const EpochRecord& r = s.curve.back();
            context.log.detail(fmt::format("epoch {}: rate {:.3g}, loss {:.6g}, validation {:.6g}", r.epoch,
                                           r.learning_rate, r.training_loss, r.validation_loss));
          },
      .keep_going = [&](const EpochRecord& r) { return !task.keep_going || task.keep_going(r); },
      .batch_done = [&](const std::string& note) { progress.advance(1, note); }};
  return train_member(job, state, hooks);
}

}  // namespace

MapFit fit_maps(const MapSet& set, std::span<const std::size_t> training,
                std::span<const std::size_t> validation, const MapParams& params, const MapTask& task,
                core::Context& context) {
  const fs::path& folder = task.folder;
  const ResumeMode resume = task.resume;
  check_set(set, params.net, training, validation);
  core::make_folder(folder);
  const MapScales scales = map_scales(set, training);
  MapFit fit;
  fit.model = {params.net, set.inputs, set.bands, set.side, scales.scales, scales.gains, {}};
  LearnParams learn;
  learn.loss.kind = LossKind::mse;
  learn.training = params.training;
  learn.training.validation_score = ValidationScore::pooled;
  learn.training.entity_weights = EntityWeights::equal;
  const auto batch = static_cast<std::size_t>(params.training.batch_size);
  // An epoch has as many weight updates as the samples have without their turned forms.
  learn.training.max_updates_per_epoch = static_cast<int>((training.size() + batch - 1) / batch);
  const TileSamples samples(set, training, validation, scales, params.weights, params.augment ? kForms : 1);
  const UnetShape shape = shape_of(fit.model);
  const ArchitectureKind kind = unet_patches({shape, set.side, scales.gains});
  const NetworkPlan plan{.model = {}, .inputs = {}, .kind = &kind};
  const ParameterLayout layout = unet_layout(shape);
  const std::vector<Target> targets(samples.targets().begin(), samples.targets().end());
  const Stamp stamp = stamp_of(fit.model, params, learn, targets, samples);
  const MemberJob job{samples, learn, plan, layout};
  const fs::path member = member_path(folder, 0);
  if (resume == ResumeMode::fresh) {
    for (const fs::path& file : {member, checkpoint_path(folder, 0), folder / kModel}) remove_if_there(file);
  } else if (auto done = read_member_result(member, stamp)) {
    fit.result = std::move(*done);
    fit.model.parameters = parameters_in(member, layout);
    return fit;
  }
  MemberState state = first_state(job, learn.training.seed);
  if (auto saved = resume == ResumeMode::fresh
                       ? std::nullopt
                       : read_checkpoint(checkpoint_path(folder, 0), layout, stamp, resume))
    state = std::move(*saved);
  fit.result = run_training(job, state, task, stamp, context);
  fit.model.parameters = state.best;
  write_member(member, layout, stamp, fit.result, state.best);
  write_model(fit.model, folder);
  remove_if_there(checkpoint_path(folder, 0));
  return fit;
}

MapModel read_maps_model(const fs::path& folder) {
  const fs::path path = folder / kModel;
  const Json json = Json::parse(core::read_file(path), nullptr, false);
  const fs::path member = member_path(folder, 0);
  MapModel model;
  try {
    model.net = {json.at("width").get<int>(), json.at("levels").get<int>(), json.at("attention").get<bool>()};
    model.side = json.at("side").get<std::size_t>();
    model.inputs = json.at("inputs").get<std::vector<std::string>>();
    model.bands = json.at("bands").get<std::vector<std::string>>();
    model.scales = json.at("scales").get<std::vector<float>>();
    model.gains = json.at("gains").get<std::vector<float>>();
    if (json.at("member_hash").get<std::string>() != core::hash_file(member))
      throw core::InputError({.file = member.string(),
                              .what = "is not the file that unet.json describes (its hash differs)",
                              .mend = "copy the whole folder again, or train again"});
  } catch (const Json::exception& error) {
    throw core::InputError({.file = path.string(), .what = std::string("is no U-Net: ") + error.what()});
  }
  model.parameters = parameters_in(member, unet_layout(shape_of(model)));
  return model;
}

}  // namespace phreatic::learn

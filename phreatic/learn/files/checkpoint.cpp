// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/files/checkpoint.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "phreatic/core/errors.hpp"

namespace phreatic::learn {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kStateKey = "phreatic_state";
constexpr std::array<std::pair<TrainStatus, const char*>, 4> kStatusNames = {
    {{TrainStatus::finished, "finished"},
     {TrainStatus::stopped_early, "stopped_early"},
     {TrainStatus::diverged, "diverged"},
     {TrainStatus::pruned, "pruned"}}};

// JSON has no NaN or infinity: null stands for "none".
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
double number(const Json& value, double none) { return value.is_null() ? none : value.get<double>(); }

Json curve_json(const std::vector<EpochRecord>& curve) {
  Json rows = Json::array();
  for (const EpochRecord& r : curve)
    rows.push_back({r.epoch, number(r.learning_rate), number(r.training_loss), number(r.validation_loss)});
  return rows;
}

std::vector<EpochRecord> curve_of(const Json& rows) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  std::vector<EpochRecord> curve;
  for (const Json& r : rows)
    curve.push_back(
        {r.at(0).get<int>(), number(r.at(1), kNone), number(r.at(2), kNone), number(r.at(3), kNone)});
  return curve;
}

Json stamp_json(const Stamp& stamp, bool machine) {
  Json json = {{"settings", stamp.settings}, {"data", stamp.data}};
  if (machine) {
    json["machine"] = stamp.machine;
    json["threads"] = stamp.threads;
  }
  return json;
}

void add_difference(core::Problems& problems, const std::string& file, const std::string& what,
                    const std::string& was, const std::string& now, const std::string& mend) {
  if (was == now) return;
  problems.add(
      {.file = file,
       .where = "resume",
       .what = fmt::format("{} differ from those of the interrupted training: {}, now {}", what, was, now),
       .mend = mend});
}

// The settings that differ, by name, shorter than both whole blocks.
std::pair<std::string, std::string> differing(const std::string& was, const std::string& now) {
  const Json a = Json::parse(was, nullptr, false).flatten();
  const Json b = Json::parse(now, nullptr, false).flatten();
  std::pair<std::string, std::string> text;
  for (const auto& [key, value] : b.items()) {
    const std::string old = a.contains(key) ? a[key].dump() : "absent";
    if (old == value.dump()) continue;
    text.first += (text.first.empty() ? "" : ", ") + key.substr(1) + " " + old;
    text.second += (text.second.empty() ? "" : ", ") + key.substr(1) + " " + value.dump();
  }
  return text;
}

void compare_stamps(const Json& stored, const Stamp& stamp, bool machine, const std::string& file) {
  core::Problems problems;
  const std::string fresh = "train anew, without --resume";
  const auto settings = stored.at("settings").get<std::string>();
  if (settings != stamp.settings) {
    const auto [was, now] = differing(settings, stamp.settings);
    add_difference(problems, file, "the settings", was, now, fresh + ", or set them back");
  }
  if (stored.at("data").get<std::string>() != stamp.data)
    problems.add({.file = file,
                  .where = "resume",
                  .what = "the training or validation data are not those of the interrupted training",
                  .mend = fresh});
  if (machine)
    add_difference(problems, file, "processor or library versions", stored.at("machine").get<std::string>(),
                   stamp.machine, fresh + ", or go on with --resume=approximate (not bit for bit the same)");
  problems.throw_if_any();
}

Json state_of(const SafeTensors& content, const std::string& file) {
  const auto found = content.metadata.find(kStateKey);
  Json state = found == content.metadata.end() ? Json() : Json::parse(found->second, nullptr, false);
  if (!state.is_object())
    throw core::InputError(
        {.file = file, .what = "holds no state of a training", .mend = "train anew, without --resume"});
  return state;
}

// Runs read() and turns JSON trouble (missing or mistyped entries) into bad input.
template <class F>
auto guarded(const std::string& file, const F& read) {
  try {
    return read();
  } catch (const Json::exception& error) {
    throw core::InputError({.file = file,
                            .what = std::string("the state of the training cannot be read: ") + error.what(),
                            .mend = "train anew, without --resume"});
  }
}

}  // namespace

std::filesystem::path checkpoint_path(const std::filesystem::path& folder, std::size_t member) {
  return folder / fmt::format("checkpoint_{:03}.safetensors", member);
}

std::filesystem::path member_path(const std::filesystem::path& folder, std::size_t member) {
  return folder / fmt::format("member_{:03}.safetensors", member);
}

void write_checkpoint(const std::filesystem::path& path, const ParameterLayout& layout, const Stamp& stamp,
                      const MemberState& state) {
  Json json = stamp_json(stamp, true);
  json["seed"] = state.seed;
  json["epochs"] = state.epochs;
  json["updates"] = state.updates;
  const SelectionState& s = state.selection;
  json["selection"] = {{"best_loss", number(s.best_loss)},
                       {"best_epoch", s.best_epoch},
                       {"epochs_since_best", s.epochs_since_best},
                       {"epochs_since_cut", s.epochs_since_cut},
                       {"cuts", s.cuts}};
  json["curve"] = curve_json(state.curve);
  if (!state.factors.empty()) json["entity_factors"] = state.factors;
  if (!state.target_factors.empty()) json["target_factors"] = state.target_factors;
  SafeTensors content;
  content.metadata[kStateKey] = json.dump();
  pack_parameters(layout, state.parameters, "", content.tensors);
  pack_parameters(layout, state.first_moment, "adam_m.", content.tensors);
  pack_parameters(layout, state.second_moment, "adam_v.", content.tensors);
  pack_parameters(layout, state.best, "best.", content.tensors);
  write_safetensors(path, content);
}

std::optional<MemberState> read_checkpoint(const std::filesystem::path& path, const ParameterLayout& layout,
                                           const Stamp& stamp, ResumeMode mode) {
  if (!std::filesystem::exists(path)) return std::nullopt;
  const std::string file = path.string();
  const SafeTensors content = read_safetensors(path);
  const Json json = state_of(content, file);
  return guarded(file, [&] {
    compare_stamps(json, stamp, mode == ResumeMode::exact, file);
    MemberState state;
    state.seed = json.at("seed").get<std::uint64_t>();
    state.epochs = json.at("epochs").get<int>();
    state.updates = json.at("updates").get<std::int64_t>();
    const Json& s = json.at("selection");
    state.selection = {number(s.at("best_loss"), std::numeric_limits<double>::infinity()),
                       s.at("best_epoch").get<int>(), s.at("epochs_since_best").get<int>(),
                       s.at("epochs_since_cut").get<int>(), s.at("cuts").get<int>()};
    state.curve = curve_of(json.at("curve"));
    if (json.contains("entity_factors")) state.factors = json.at("entity_factors").get<std::vector<double>>();
    if (json.contains("target_factors"))
      state.target_factors = json.at("target_factors").get<std::vector<double>>();
    state.parameters = unpack_parameters(layout, content, "", file);
    state.first_moment = unpack_parameters(layout, content, "adam_m.", file);
    state.second_moment = unpack_parameters(layout, content, "adam_v.", file);
    state.best = unpack_parameters(layout, content, "best.", file);
    return std::optional(std::move(state));
  });
}

void write_member(const std::filesystem::path& path, const ParameterLayout& layout, const Stamp& stamp,
                  const MemberResult& result, const std::vector<float>& parameters) {
  Json json = stamp_json(stamp, false);
  json["seed"] = result.seed;
  for (const auto& [status, name] : kStatusNames)
    if (status == result.status) json["status"] = name;
  json["message"] = result.message;
  json["best_epoch"] = result.best_epoch;
  json["best_validation_loss"] = number(result.best_validation_loss);
  json["curve"] = curve_json(result.curve);
  SafeTensors content;
  content.metadata[kStateKey] = json.dump();
  pack_parameters(layout, parameters, "", content.tensors);
  write_safetensors(path, content);
}

std::optional<MemberResult> read_member_result(const std::filesystem::path& path, const Stamp& stamp) {
  if (!std::filesystem::exists(path)) return std::nullopt;
  const std::string file = path.string();
  const Json json = state_of(read_safetensors(path), file);
  return guarded(file, [&] {
    compare_stamps(json, stamp, false, file);
    MemberResult result;
    result.seed = json.at("seed").get<std::uint64_t>();
    const auto name = json.at("status").get<std::string>();
    for (const auto& [status, text] : kStatusNames)
      if (name == text) result.status = status;
    result.message = json.at("message").get<std::string>();
    result.best_epoch = json.at("best_epoch").get<int>();
    result.best_validation_loss =
        number(json.at("best_validation_loss"), std::numeric_limits<double>::quiet_NaN());
    result.curve = curve_of(json.at("curve"));
    return std::optional(std::move(result));
  });
}

}  // namespace phreatic::learn

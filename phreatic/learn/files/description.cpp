// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/files/description.hpp"

#include <nlohmann/json.hpp>
#include <type_traits>
#include <variant>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/settings/tree.hpp"

namespace phreatic::learn {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 2;

template <class T>
Json json_of(const T& value) {
  return Json(value);
}
template <class T>
Json json_of(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

// Described parameters as JSON objects; lists of blocks do not occur in the settings of models.
class JsonWriter : public core::Describer {
 public:
  JsonWriter() { stack_.push_back(&root_); }
  const Json& root() const { return root_; }

 protected:
  void value(const std::string& name, core::ValueRef ref, const core::Field& /*info*/) override {
    (*stack_.back())[name] = std::visit([](const auto* v) { return json_of(*v); }, ref);
  }
  bool begin_section(const std::string& name, const std::string& /*help*/) override {
    (*stack_.back())[name] = Json::object();
    stack_.push_back(&(*stack_.back())[name]);
    return true;
  }
  void end_section() override { stack_.pop_back(); }
  std::size_t begin_list(const std::string& /*name*/, std::size_t /*current*/,
                         const std::string& /*help*/) override {
    PHREATIC_ASSERT(!"settings of models hold no lists of blocks");
    return 0;
  }
  bool begin_item(std::size_t /*index*/) override { return false; }
  void end_list() override {}

 private:
  Json root_ = Json::object();
  std::vector<Json*> stack_;
};

template <class P>
Json object_of(P params) {
  JsonWriter writer;
  describe(writer, params);
  return writer.root();
}

[[noreturn]] void bad_file(const std::string& file, const std::string& what) {
  throw core::InputError({.file = file,
                          .what = "not a model description: " + what,
                          .mend = "train again, or copy the folder again"});
}

// The settings block goes through the same reader as a study file (JSON is YAML).
template <class P>
P read_block(const Json& block, const std::string& file) {
  P params;
  core::Problems problems;
  core::read_params(core::parse_yaml(block.dump(1), file), params, problems);
  problems.throw_if_any();
  return params;
}

}  // namespace

namespace {

Json target_object(const Target& target) {
  Json json = {{"name", target.name}};
  if (target.weight != 1) json["weight"] = target.weight;
  if (!target.anchor.empty()) json["anchor"] = target.anchor;
  if (target.anchored_by_lead) json["anchored_by_lead"] = true;
  if (target.interval != 1) json["interval"] = target.interval;
  if (target.loss) json["loss"] = object_of(*target.loss);
  return json;
}

Json targets_list(const std::vector<Target>& targets) {
  Json list = Json::array();
  for (const Target& target : targets) list.push_back(target_object(target));
  return list;
}

Target read_target(const Json& json, const std::string& file) {
  Target target;
  target.name = json.at("name").get<std::string>();
  target.weight = json.value("weight", 1.0);
  target.anchor = json.value("anchor", "");
  target.anchored_by_lead = json.value("anchored_by_lead", false);
  target.interval = json.value("interval", std::size_t{1});
  if (json.contains("loss")) target.loss = read_block<LossParams>(json.at("loss"), file);
  return target;
}

}  // namespace

std::string settings_json(const LearnParams& params, const std::vector<Target>& targets) {
  Json json = object_of(params);
  json["targets"] = targets_list(targets);
  return json.dump();
}

std::string format_model_file(const ModelFile& model) {
  const ModelDescription& d = model.description;
  Json members = Json::array();
  for (const MemberEntry& m : model.members)
    members.push_back(
        {{"file", m.file}, {"xxh3_128", m.hash}, {"seed", m.seed}, {"best_epoch", m.best_epoch}});
  Json root = {{"phreatic_model", kFormat}, {"settings", object_of(d.params)},
               {"features", d.features},    {"past_features", d.past_features},
               {"statics", d.statics},      {"targets", targets_list(d.targets)},
               {"members", members},        {"study", Json::parse(d.study_json)}};
  return root.dump(1) + "\n";
}

ModelFile parse_model_file(const std::string& text, const std::string& file) {
  const Json root = Json::parse(text, nullptr, false);
  if (root.is_discarded()) bad_file(file, "the text is not JSON");
  if (!root.is_object() || !root.contains("phreatic_model")) bad_file(file, "no entry 'phreatic_model'");
  if (root["phreatic_model"] != kFormat) bad_file(file, "the format is of another version of Phreatic");
  ModelFile model;
  try {
    ModelDescription& d = model.description;
    d.features = root.at("features").get<std::vector<std::string>>();
    d.past_features = root.at("past_features").get<std::vector<std::string>>();
    d.statics = root.at("statics").get<std::vector<std::string>>();
    for (const Json& target : root.at("targets")) d.targets.push_back(read_target(target, file));
    for (const Json& m : root.at("members"))
      model.members.push_back({m.at("file").get<std::string>(), m.at("xxh3_128").get<std::string>(),
                               m.at("seed").get<std::uint64_t>(), m.at("best_epoch").get<int>()});
    d.members = model.members.size();
    d.study_json = root.at("study").dump();
  } catch (const Json::exception& error) {
    bad_file(file, error.what());
  }
  if (!root.contains("settings")) bad_file(file, "no entry 'settings'");
  model.description.params = read_block<LearnParams>(root["settings"], file);
  if (model.members.empty()) bad_file(file, "it lists no members");
  return model;
}

}  // namespace phreatic::learn

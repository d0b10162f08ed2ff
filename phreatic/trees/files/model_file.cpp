// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/trees/files/model_file.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/trees/files/ubjson.hpp"

namespace phreatic::trees {
namespace {

using Json = nlohmann::json;

[[noreturn]] void refuse(const std::string& file, const std::string& where, const std::string& what,
                         const std::string& mend, const std::string& allowed = "") {
  throw core::InputError({.file = file, .where = where, .what = what, .allowed = allowed, .mend = mend});
}

const char* const kNoModel =
    "Save the model with XGBoost's save_model(\"model.json\") or save_model(\"model.ubj\")";

// Members of a JSON value with messages that name the place.
class Place {
 public:
  Place(const Json& value, const std::string& file, std::string path)
      : value_(value), file_(file), path_(std::move(path)) {}
  const Json& json() const { return value_; }
  const std::string& file() const { return file_; }
  const std::string& path() const { return path_; }

  bool has(const char* key) const { return value_.is_object() && value_.contains(key); }
  Place operator[](const char* key) const {
    if (!value_.is_object()) refuse(file_, path_, "is no object", kNoModel);
    const auto found = value_.find(key);
    if (found == value_.end()) refuse(file_, path_, fmt::format("has no member '{}'", key), kNoModel);
    return {*found, file_, path_.empty() ? key : path_ + "." + key};
  }
  Place operator[](std::size_t i) const { return {value_[i], file_, fmt::format("{}[{}]", path_, i)}; }
  const Json& array(std::size_t expected) const {
    if (!value_.is_array()) refuse(file_, path_, "is no list", kNoModel);
    if (value_.size() != expected)
      refuse(file_, path_, fmt::format("has {} values", value_.size()), kNoModel,
             fmt::format("{}", expected));
    return value_;
  }
  std::string text() const {
    if (!value_.is_string()) refuse(file_, path_, "is no text", kNoModel);
    return value_.get<std::string>();
  }
  // A number, or a text of one as XGBoost writes its parameters.
  double number() const {
    double out = NAN;
    if (value_.is_number()) {
      out = value_.get<double>();
    } else if (value_.is_string()) {
      const auto& t = value_.get_ref<const std::string&>();
      const auto [end, error] = std::from_chars(t.data(), t.data() + t.size(), out);
      if (error != std::errc{} || end != t.data() + t.size()) out = NAN;
    }
    if (!std::isfinite(out)) refuse(file_, path_, fmt::format("{} is no number", value_.dump()), kNoModel);
    return out;
  }
  std::size_t whole(std::size_t most) const {
    const double n = number();
    if (n < 0 || n > static_cast<double>(most) || n != std::floor(n))
      refuse(file_, path_, fmt::format("{} is out of range", value_.dump()), kNoModel,
             fmt::format("a whole number of at most {}", most));
    return static_cast<std::size_t>(n);
  }
  std::vector<std::string> texts() const {
    std::vector<std::string> out;
    if (!value_.is_array()) refuse(file_, path_, "is no list", kNoModel);
    for (std::size_t i = 0; i < value_.size(); ++i) out.push_back((*this)[i].text());
    return out;
  }

 private:
  const Json& value_;
  const std::string& file_;
  std::string path_;
};

constexpr std::size_t kMostNodes = 1U << 30;
constexpr std::size_t kMostFeatures = 1U << 24;

// "5E-1", "[5E-1]" (since 3.1), 0.5, [0.5].
double base_score(const Place& place) {
  const Json& v = place.json();
  std::vector<double> scores;
  if (v.is_array()) {
    for (std::size_t i = 0; i < v.size(); ++i) scores.push_back(place[i].number());
  } else if (v.is_string() && v.get_ref<const std::string&>().starts_with("[")) {
    const Json list = Json::parse(v.get_ref<const std::string&>(), nullptr, false);
    if (!list.is_array())
      refuse(place.file(), place.path(), fmt::format("{} is no list", v.dump()), kNoModel);
    const Place inner(list, place.file(), place.path());
    for (std::size_t i = 0; i < list.size(); ++i) scores.push_back(inner[i].number());
  } else {
    scores.push_back(place.number());
  }
  if (scores.size() != 1)
    refuse(place.file(), place.path(),
           fmt::format("has {} values: a model of several outputs", scores.size()),
           "Train one model per output", "one output");
  return scores.front();
}

void check_outputs(const Place& parameters) {
  const std::string mend = "Train one model per class or target";
  if (parameters.has("num_class") && parameters["num_class"].whole(1U << 20) > 1)
    refuse(parameters.file(), parameters.path() + ".num_class",
           fmt::format("a model of {} classes", parameters["num_class"].whole(1U << 20)), mend, "one output");
  if (parameters.has("num_target") && parameters["num_target"].whole(1U << 20) > 1)
    refuse(parameters.file(), parameters.path() + ".num_target",
           fmt::format("a model of {} targets", parameters["num_target"].whole(1U << 20)), mend,
           "one output");
}

float single(const Json& v, const Place& place, const char* key) {
  if (!v.is_number())
    refuse(place.file(), place.path() + "." + key, fmt::format("{} is no number", v.dump()), kNoModel);
  return v.get<float>();
}

// Every node at most once from the root, children inside the tree.
void check_shape(const Tree& tree, const Place& place) {
  std::vector<char> seen(tree.nodes.size(), 0);
  std::vector<std::int32_t> open{0};
  const auto n = static_cast<std::int32_t>(tree.nodes.size());
  while (!open.empty()) {
    const auto i = static_cast<std::size_t>(open.back());
    open.pop_back();
    if (seen[i] != 0)
      refuse(place.file(), place.path(), fmt::format("node {} is reached twice", i), kNoModel);
    seen[i] = 1;
    const Node& node = tree.nodes[i];
    if (node.leaf()) continue;
    if (node.left >= n || node.right < 0 || node.right >= n)
      refuse(place.file(), place.path(), fmt::format("node {} has a child that is not there", i), kNoModel);
    open.push_back(node.left);
    open.push_back(node.right);
  }
}

void refuse_categories(const Place& place, std::size_t nodes) {
  const std::string mend =
      "Turn the categories into numbers or columns of 0 and 1, and train without enable_categorical";
  bool any = place.has("categories_nodes") && !place["categories_nodes"].json().empty();
  if (place.has("split_type")) {
    for (const Json& v : place["split_type"].array(nodes))
      any = any || (v.is_number() && v.get<double>() != 0);
  }
  if (any) refuse(place.file(), place.path(), "has categorical splits", mend, "splits of numbers");
}

Tree read_tree(const Place& place, std::size_t features) {
  const Place parameters = place["tree_param"];
  const std::size_t n = parameters["num_nodes"].whole(kMostNodes);
  if (parameters.has("size_leaf_vector") && parameters["size_leaf_vector"].whole(kMostNodes) > 1)
    refuse(place.file(), place.path(), "has vectors in its leaves (multi_strategy multi_output_tree)",
           "Train one model per target", "one number per leaf");
  if (n == 0) refuse(place.file(), place.path(), "has no node", kNoModel);
  const Json& left = place["left_children"].array(n);
  refuse_categories(place, n);
  const Json& right = place["right_children"].array(n);
  const Json& feature = place["split_indices"].array(n);
  const Json& condition = place["split_conditions"].array(n);
  const Json& missing = place["default_left"].array(n);
  const Json& cover = place["sum_hessian"].array(n);
  const Json* const gain = place.has("loss_changes") ? &place["loss_changes"].array(n) : nullptr;
  const Json* const weight = place.has("base_weights") ? &place["base_weights"].array(n) : nullptr;
  Tree tree;
  tree.nodes.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    Node& node = tree.nodes[i];
    const auto child = [&](const Json& v, const char* key) {
      if (!v.is_number_integer() || v.get<std::int64_t>() < -1 ||
          v.get<std::int64_t>() >= static_cast<std::int64_t>(n))
        refuse(place.file(), fmt::format("{}.{}[{}]", place.path(), key, i),
               fmt::format("{} is no node", v.dump()), kNoModel);
      return v.get<std::int32_t>();
    };
    node.left = child(left[i], "left_children");
    node.right = child(right[i], "right_children");
    node.cover = single(cover[i], place, "sum_hessian");
    if (gain != nullptr) node.gain = single((*gain)[i], place, "loss_changes");
    const float c = single(condition[i], place, "split_conditions");
    if (node.leaf()) {
      node.value = c;
      if (!std::isfinite(c))
        refuse(place.file(), place.path(), fmt::format("the leaf {} has the value {}", i, c), kNoModel);
      continue;
    }
    node.threshold = c;
    if (weight != nullptr) node.value = single((*weight)[i], place, "base_weights");
    if (!feature[i].is_number_integer() || feature[i].get<std::int64_t>() < 0 ||
        feature[i].get<std::int64_t>() >= static_cast<std::int64_t>(features))
      refuse(place.file(), fmt::format("{}.split_indices[{}]", place.path(), i),
             fmt::format("{} is no feature", feature[i].dump()), kNoModel,
             fmt::format("0 to {}", features - 1));
    node.feature = feature[i].get<std::int32_t>();
    node.default_left =
        missing[i].is_boolean() ? missing[i].get<bool>() : single(missing[i], place, "default_left") != 0.0F;
  }
  check_shape(tree, place);
  return tree;
}

void read_trees(const Place& model, Booster& booster) {
  const Place parameters = model["gbtree_model_param"];
  if (parameters.has("num_parallel_tree"))
    booster.trees_per_round = std::max<std::size_t>(1, parameters["num_parallel_tree"].whole(kMostNodes));
  const Place trees = model["trees"];
  if (!trees.json().is_array()) refuse(trees.file(), trees.path(), "is no list", kNoModel);
  if (model.has("tree_info")) {
    for (const Json& group : model["tree_info"].array(trees.json().size())) {
      if (!group.is_number() || group.get<double>() != 0)
        refuse(model.file(), model.path() + ".tree_info", "has trees of several outputs",
               "Train one model per class or target", "one output");
    }
  }
  booster.trees.reserve(trees.json().size());
  for (std::size_t i = 0; i < trees.json().size(); ++i)
    booster.trees.push_back(read_tree(trees[i], booster.features));
}

void read_weights(const Place& weights, Booster& booster) {
  weights.array(booster.trees.size());
  for (std::size_t i = 0; i < booster.trees.size(); ++i) booster.tree_weight.push_back(weights[i].number());
}

// DART: a booster of its own around gbtree until 3.3, a list beside the trees since 3.4.
void read_booster(const Place& gradient, Booster& booster) {
  const std::string name = gradient["name"].text();
  if (name != "gbtree" && name != "dart")
    refuse(gradient.file(), gradient.path() + ".name", fmt::format("booster '{}' has no trees", name),
           "Train with booster=gbtree", "gbtree, dart");
  const Place model = gradient.has("gbtree") ? gradient["gbtree"]["model"] : gradient["model"];
  read_trees(model, booster);
  const bool own = gradient.has("weight_drop");
  if (own || model.has("weight_drop")) {
    const Place weights = own ? gradient["weight_drop"] : model["weight_drop"];
    if (name == "dart" || !weights.json().empty()) read_weights(weights, booster);
  } else if (name == "dart") {
    refuse(gradient.file(), gradient.path(), "is DART without the weights of its trees (weight_drop)",
           kNoModel);
  }
}

void read_objective(const Place& place, Booster& booster) {
  booster.objective = place["name"].text();
  if (!known_objective(booster.objective)) {
    const bool classes = booster.objective.starts_with("multi:");
    const std::string near = core::nearest(booster.objective, known_objectives());
    std::string allowed;
    for (const std::string& o : known_objectives()) allowed += (allowed.empty() ? "" : ", ") + o;
    refuse(place.file(), place.path() + ".name",
           classes ? fmt::format("'{}' gives several outputs", booster.objective)
                   : fmt::format(
                         "objective '{}' is not known: its link from margin to prediction would be a guess",
                         booster.objective),
           classes ? "Train one model per class"
                   : "Set the objective's name in the file to one with the same link",
           allowed);
  }
  for (const auto& [key, value] : place.json().items()) {
    if (!value.is_object()) continue;
    for (const auto& [name, v] : value.items()) {
      if (v.is_string()) booster.objective_parameters[key + "." + name] = v.get<std::string>();
    }
  }
}

void check_base(const Booster& booster, const Place& place) {
  const float margin = base_margin(booster);
  if (!std::isfinite(margin))
    refuse(place.file(), place.path(),
           fmt::format("{} has no margin under {}", place.json().dump(), booster.objective), kNoModel);
}

void read_names(const Place& learner, Booster& booster) {
  const auto list = [&](const char* key, std::vector<std::string>& out) {
    if (!learner.has(key)) return;
    out = learner[key].texts();
    if (!out.empty() && out.size() != booster.features)
      refuse(learner.file(), fmt::format("learner.{}", key),
             fmt::format("has {} entries, the model {} features", out.size(), booster.features), kNoModel);
  };
  list("feature_names", booster.feature_names);
  list("feature_types", booster.feature_types);
}

Booster read_document(const Json& json, const std::string& file) {
  const Place root(json, file, "");
  if (!root.has("learner")) refuse(file, "", "is no XGBoost model: it has no member 'learner'", kNoModel);
  const Place learner = root["learner"];
  Booster booster;
  if (root.has("version") && root["version"].json().is_array()) {
    for (const Json& part : root["version"].json())
      booster.version += (booster.version.empty() ? "" : ".") + part.dump();
  }
  const Place parameters = learner["learner_model_param"];
  booster.features = parameters["num_feature"].whole(kMostFeatures);
  read_names(learner, booster);
  check_outputs(parameters);
  read_objective(learner["objective"], booster);
  booster.base_score = base_score(parameters["base_score"]);
  check_base(booster, parameters["base_score"]);
  if (learner.has("attributes") && learner["attributes"].json().is_object()) {
    for (const auto& [key, value] : learner["attributes"].json().items())
      booster.attributes[key] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  read_booster(learner["gradient_booster"], booster);
  return booster;
}

Json parse_text(std::string_view bytes, const std::string& file) {
  try {
    return Json::parse(bytes.begin(), bytes.end());
  } catch (const Json::parse_error& error) {
    const std::size_t at = std::min(error.byte, bytes.size());
    const auto line = static_cast<std::size_t>(
        std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    throw core::InputError({.file = file,
                            .line = line + 1,
                            .where = fmt::format("byte {}", error.byte),
                            .what = at >= bytes.size() ? "ends in the middle of a value" : "is no JSON",
                            .mend = "Save the model again, or copy the file anew"});
  }
}

}  // namespace

Booster parse_model(std::string_view bytes, const std::string& file) {
  if (bytes.empty()) refuse(file, "", "is empty", kNoModel);
  if (bytes.starts_with("binf") || bytes.starts_with("bs64"))
    refuse(file, "", "is in XGBoost's old binary format", kNoModel, "JSON, UBJSON");
  std::size_t first = 1;
  while (first < bytes.size() && std::isspace(static_cast<unsigned char>(bytes[first])) != 0) ++first;
  const bool json = std::isspace(static_cast<unsigned char>(bytes[0])) != 0 ||
                    (bytes[0] == '{' && first < bytes.size() && (bytes[first] == '"' || bytes[first] == '}'));
  if (!json && bytes[0] != '{') refuse(file, "", "is no XGBoost model in JSON or UBJSON", kNoModel);
  try {
    return read_document(json ? parse_text(bytes, file) : parse_ubjson(bytes, file), file);
  } catch (const Json::exception& error) {
    refuse(file, "", fmt::format("is no XGBoost model: {}", error.what()), kNoModel);
  }
}

Booster read_model(const std::filesystem::path& path) {
  return parse_model(core::read_file(path), path.string());
}

}  // namespace phreatic::trees

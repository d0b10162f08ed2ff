// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "phreatic/core/files/files.hpp"
#include "phreatic/core/settings/params.hpp"
#include "phreatic/learn/architectures/gnnwr/gnnwr.hpp"
#include "phreatic/learn/files/safetensors.hpp"

namespace phreatic::learn {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr int kVersion = 1;

// Every array of a network under its name; `visit(name, shape, vector)`.
template <class Weights, class Visit>
void each_array(Weights& w, const Visit& visit) {
  for (std::size_t l = 0; l < w.layers.size(); ++l) {
    auto& layer = w.layers[l];
    const std::string name = fmt::format("layer{}.", l);
    visit(name + "weight", layer.weight, layer.outputs, layer.inputs);
    visit(name + "bias", layer.bias, layer.outputs, 0);
    if (l + 1 == w.layers.size()) continue;
    visit(name + "scale", layer.scale, layer.outputs, 0);
    visit(name + "shift", layer.shift, layer.outputs, 0);
    visit(name + "mean", layer.mean, layer.outputs, 0);
    visit(name + "variance", layer.variance, layer.outputs, 0);
  }
}

template <class Weights, class Visit>
void each_proximity_array(Weights& w, const Visit& visit) {
  visit("proximity.space", w.proximity_space);
  visit("proximity.time", w.proximity_time);
  visit("proximity.bias", w.proximity_bias);
  visit("proximity.scale", w.proximity_scale);
  visit("proximity.shift", w.proximity_shift);
  visit("proximity.mean", w.proximity_mean);
  visit("proximity.variance", w.proximity_variance);
  visit("proximity.out", w.proximity_out);
}

SafeTensors tensors_of(const GnnwrWeights& weights, bool time) {
  SafeTensors out;
  each_array(weights, [&](const std::string& name, const std::vector<float>& v, std::size_t rows,
                          std::size_t columns) {
    out.tensors.push_back(
        store_floats(name, columns == 0 ? std::vector{rows} : std::vector{rows, columns}, v.data()));
  });
  out.tensors.push_back(store_floats("slope", {1}, &weights.slope));
  if (!time) return out;
  each_proximity_array(weights, [&](const std::string& name, const std::vector<float>& v) {
    if (!v.empty()) out.tensors.push_back(store_floats(name, {v.size()}, v.data()));
  });
  out.tensors.push_back(store_floats("proximity.out_bias", {1}, &weights.proximity_out_bias));
  return out;
}

std::vector<float> read_array(const SafeTensors& from, const std::string& name, std::size_t count,
                              const std::string& file) {
  const StoredTensor* found = from.find(name);
  if (found == nullptr) throw core::InputError({.file = file, .what = "has no array '" + name + "'"});
  std::vector<float> values = stored_floats(*found, file);
  if (values.size() != count) {
    throw core::InputError(
        {.file = file,
         .where = "array '" + name + "'",
         .what = fmt::format("has {} values where the model needs {}", values.size(), count)});
  }
  return values;
}

GnnwrWeights weights_of(const SafeTensors& from, const GnnwrModel& model,
                        const std::vector<std::size_t>& sizes, const std::string& file) {
  GnnwrWeights w;
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
    GnnwrWeights::Layer layer;
    layer.inputs = sizes[l];
    layer.outputs = sizes[l + 1];
    w.layers.push_back(std::move(layer));
  }
  each_array(w, [&](const std::string& name, std::vector<float>& v, std::size_t rows, std::size_t columns) {
    v = read_array(from, name, columns == 0 ? rows : rows * columns, file);
  });
  w.slope = read_array(from, "slope", 1, file)[0];
  if (!model.params.time) return w;
  const auto hidden = static_cast<std::size_t>(model.params.proximity.hidden);
  each_proximity_array(w, [&](const std::string& name, std::vector<float>& v) {
    const std::size_t count = name == "proximity.out" && hidden == 0 ? 2 : hidden;
    if (count > 0) v = read_array(from, name, count, file);
  });
  w.proximity_out_bias = read_array(from, "proximity.out_bias", 1, file)[0];
  return w;
}

// What stands in gnnwr.json beside the settings.
template <class Model, class Visit>
void each_number_list(Model& m, const Visit& visit) {
  visit("low", m.low);
  visit("high", m.high);
  visit("reference_x", m.reference_x);
  visit("reference_y", m.reference_y);
  visit("reference_t", m.reference_t);
  visit("distance_low", m.distance_low);
  visit("distance_range", m.distance_range);
  visit("beta", m.beta);
  visit("ols", m.ols);
}

}  // namespace

void save_model(const GnnwrModel& model, const fs::path& folder) {
  core::make_folder(folder);
  Json out;
  out["format"] = "phreatic gnnwr";
  out["version"] = kVersion;
  out["settings"] = core::to_yaml(model.params);
  out["time"] = model.params.time;
  out["covariates"] = model.covariate_names;
  out["target"] = {{"name", model.target_name}, {"unit", model.target_unit}};
  out["time_low"] = model.time_low;
  out["time_range"] = model.time_range;
  out["members"] = model.members.size();
  std::vector<std::size_t> sizes{model.reference_x.size()};
  for (const auto& layer : model.members.front().layers) sizes.push_back(layer.outputs);
  out["sizes"] = sizes;
  each_number_list(model, [&](const char* name, const std::vector<double>& v) { out[name] = v; });
  for (std::size_t m = 0; m < model.members.size(); ++m)
    write_safetensors(folder / fmt::format("member_{}.safetensors", m),
                      tensors_of(model.members[m], model.params.time));
  core::write_file_atomic(folder / "gnnwr.json", out.dump(1) + "\n");
}

GnnwrModel load_gnnwr(const fs::path& folder) {
  const fs::path file = folder / "gnnwr.json";
  const std::string text = core::read_file(file);
  GnnwrModel model;
  std::vector<std::size_t> sizes;
  std::size_t members = 0;
  try {
    const Json in = Json::parse(text);
    if (in.at("format") != "phreatic gnnwr" || in.at("version") != kVersion)
      throw core::InputError({.file = file.string(), .what = "is no GNNWR model of this version"});
    core::Problems problems;
    core::read_params(core::parse_yaml(in.at("settings").get<std::string>(), file.string()), model.params,
                      problems);
    problems.throw_if_any();
    model.params.time = in.at("time");
    model.covariate_names = in.at("covariates");
    model.target_name = in.at("target").at("name");
    model.target_unit = in.at("target").at("unit");
    model.time_low = in.at("time_low");
    model.time_range = in.at("time_range");
    members = in.at("members");
    sizes = in.at("sizes").get<std::vector<std::size_t>>();
    each_number_list(
        model, [&](const char* name, std::vector<double>& v) { v = in.at(name).get<std::vector<double>>(); });
  } catch (const Json::exception& e) {
    throw core::InputError(
        {.file = file.string(), .what = std::string("is not as it was written: ") + e.what()});
  }
  const bool fits = sizes.size() >= 2 && sizes.front() == model.reference_x.size() &&
                    model.reference_y.size() == sizes.front() && sizes.back() == model.beta.size() &&
                    model.beta.size() == model.covariate_names.size() + 1 &&
                    model.low.size() == model.covariate_names.size() &&
                    model.high.size() == model.low.size() &&
                    (model.distance_low.size() == 1 || model.distance_low.size() == sizes.front()) &&
                    model.distance_range.size() == model.distance_low.size() &&
                    (!model.params.time || model.reference_t.size() == sizes.front()) && members > 0;
  if (!fits)
    throw core::InputError({.file = file.string(), .what = "holds lists whose lengths do not fit together"});
  for (std::size_t m = 0; m < members; ++m) {
    const fs::path path = folder / fmt::format("member_{}.safetensors", m);
    model.members.push_back(weights_of(read_safetensors(path), model, sizes, path.string()));
  }
  return model;
}

}  // namespace phreatic::learn

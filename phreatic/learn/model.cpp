// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/learn/files/description.hpp"
#include "phreatic/learn/loaded_model.hpp"

namespace phreatic::learn {
namespace {

namespace fs = std::filesystem;

std::vector<float> read_weights(const fs::path& folder, const MemberEntry& entry,
                                const ParameterLayout& layout) {
  const fs::path path = folder / entry.file;
  const std::string file = path.string();
  if (fs::path(entry.file).filename() != entry.file || entry.file.starts_with('.'))
    throw core::InputError({.file = (folder / kModelFile).string(),
                            .what = "the member's file '" + entry.file + "' is not a plain name"});
  const std::string bytes = core::read_file(path);
  if (core::hash_bytes(bytes) != entry.hash)
    throw core::InputError({.file = file,
                            .what = "is not the file that model.json describes (its hash differs)",
                            .mend = "copy the whole model folder again, or train again"});
  const SafeTensors content = parse_safetensors(bytes, file);
  if (content.tensors.size() != layout.parameters.size())
    throw core::InputError({.file = file,
                            .what = fmt::format("holds {} arrays, the settings ask for {}",
                                                content.tensors.size(), layout.parameters.size())});
  return unpack_parameters(layout, content, "", file);
}

float median_of(std::vector<float>& values) {
  std::sort(values.begin(), values.end(),
            [](float a, float b) { return a < b || (std::isnan(b) && !std::isnan(a)); });
  const std::size_t n = values.size();
  return n % 2 == 1 ? values[n / 2] : 0.5F * (values[n / 2 - 1] + values[n / 2]);
}

float deviation_of(const std::vector<float>& values) {
  if (values.size() < 2) return 0;
  double mean = 0;
  for (const float v : values) mean += v;
  mean /= static_cast<double>(values.size());
  double sum = 0;
  for (const float v : values) sum += (v - mean) * (v - mean);
  return static_cast<float>(std::sqrt(sum / static_cast<double>(values.size() - 1)));
}

}  // namespace

Model::Model(std::unique_ptr<LoadedModel> loaded) : loaded_(std::move(loaded)) {}
Model::~Model() = default;
const ModelDescription& Model::description() const { return loaded_->about; }

std::unique_ptr<Model> load_model(const fs::path& folder, DeviceKind device, ArchitectureTable table) {
  const fs::path path = folder / kModelFile;
  ModelFile file = parse_model_file(core::read_file(path), path.string());
  auto model = std::make_unique<LoadedModel>();
  model->about = std::move(file.description);
  model->device = device;
  ModelDescription& about = model->about;
  const SeriesSet names{.features = about.features,
                        .past_features = about.past_features,
                        .statics = about.statics,
                        .targets = about.targets,
                        .entities = {}};
  check(about.params, names, names_of(table));
  check(names);
  model->plan = plan_network(about.params, names, table);
  const auto architecture = model->plan.make();
  about.carries_state = architecture->carries_state();
  model->layout = architecture->layout();
  for (const MemberEntry& entry : file.members)
    model->members.push_back(read_weights(folder, entry, model->layout));
  return std::make_unique<Model>(std::move(model));
}

EnsembleSummary summarize(const Predictions& p) {
  const std::size_t count = p.rows() * p.heads.back();
  EnsembleSummary s;
  for (auto* field : {&s.median, &s.low, &s.high, &s.spread}) field->resize(count);
  std::vector<float> values(p.members);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t m = 0; m < p.members; ++m) values[m] = p.values[m * count + i];
    s.spread[i] = deviation_of(values);
    s.median[i] = median_of(values);
    s.low[i] = values.front();
    s.high[i] = values.back();
  }
  return s;
}

std::unique_ptr<model::Differentiable> make_differentiable(Model& model, std::size_t target,
                                                           std::size_t output, std::size_t lags) {
  const LoadedModel& m = model.loaded();
  PHREATIC_ASSERT(target < m.about.targets.size() && output < m.about.outputs(target));
  const std::vector<std::size_t>& outputs = m.plan.inputs.outputs;
  GradientCall call{.members = m.members, .target = {m.about.targets[target].name, "1", ""}};
  call.head = output;
  for (std::size_t k = 0; k < target; ++k) call.head += outputs[k];
  call.steps = lags > 0 ? lags : m.about.params.window.length();
  if (m.device == DeviceKind::cpu) {
    if (auto fast = m.plan.make()->fast_gradient(call)) return fast;
  }
  return make_autograd_differentiable(m, call);
}

}  // namespace phreatic::learn

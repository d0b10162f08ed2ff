// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files.hpp"
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

LoadedModel& loaded(Model& model) {
  auto* self = dynamic_cast<LoadedModel*>(&model);
  PHREATIC_ASSERT(self != nullptr);
  return *self;
}

std::unique_ptr<Model> load_model(const fs::path& folder, DeviceKind device) {
  const fs::path path = folder / kModelFile;
  ModelFile file = parse_model_file(core::read_file(path), path.string());
  auto model = std::make_unique<LoadedModel>();
  model->about = std::move(file.description);
  model->device = device;
  const ModelDescription& about = model->about;
  const SeriesSet names{.features = about.features,
                        .past_features = about.past_features,
                        .statics = about.statics,
                        .targets = about.targets,
                        .entities = {},
                        .anchor = about.anchor};
  check(about.params, names);
  model->shape = network_shape(about.params, names);
  model->layout = make_layout(model->shape);
  for (const MemberEntry& entry : file.members)
    model->members.push_back(read_weights(folder, entry, model->layout));
  return model;
}

EnsembleSummary summarize(const Predictions& p) {
  const std::size_t count = p.rows() * p.targets * p.outputs;
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

std::unique_ptr<Differentiable> make_differentiable(Model& model, std::size_t target, std::size_t output,
                                                    std::size_t lags) {
  const LoadedModel& m = loaded(model);
  PHREATIC_ASSERT(target < m.shape.targets && output < m.shape.outputs);
  const std::size_t head = target * m.shape.outputs + output;
  const std::size_t steps = lags > 0 ? lags : m.about.params.window.length();
  const bool fused = m.device == DeviceKind::cpu && m.shape.model.cnn.channels == 0 &&
                     m.shape.model.backend == RecurrentBackend::fused;
  return fused ? make_fused_differentiable(m, head, steps) : make_autograd_differentiable(m, head, steps);
}

}  // namespace phreatic::learn

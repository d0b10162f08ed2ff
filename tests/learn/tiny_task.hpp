// SPDX-License-Identifier: BSD-3-Clause
// A small world that a small network learns within seconds: linear reservoirs fed by rain and drained by
// evaporation, with a constant that differs by entity and is a static attribute.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <string>

#include "phreatic/core/context.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/learn/samples/dataset.hpp"
#include "phreatic/learn/settings.hpp"
#include "phreatic/learn/trainer.hpp"

namespace phreatic::learn::tiny {

inline constexpr std::size_t kSteps = 900;
inline constexpr std::size_t kTrainEnd = 600;
inline constexpr std::size_t kValidationEnd = 750;

inline SeriesSet reservoirs(std::size_t entities = 4) {
  SeriesSet set{.features = {"P", "T"},
                .past_features = {},
                .statics = {"k"},
                .targets = {Target{"level"}},
                .entities = {}};
  for (std::size_t e = 0; e < entities; ++e) {
    core::RandomStream random(11, "tiny", e);
    const double k = 0.05 + 0.03 * static_cast<double>(e);
    Series s{.name = fmt::format("W{}", e), .length = kSteps, .inputs = {}, .past = {}, .statics = {}};
    s.statics.push_back(static_cast<float>(e) - 1.5F);
    double level = 0;
    for (std::size_t t = 0; t < kSteps; ++t) {
      const double season = std::sin(2 * 3.14159265358979 * static_cast<double>(t) / 120.0);
      const double rain = random.uniform() < 0.3 ? random.gamma(1.0, 1.0) : 0.0;
      level += k * (3 * (rain - 0.3) - 0.5 * season - level);
      s.inputs.push_back(static_cast<float>(rain - 0.3));
      s.inputs.push_back(static_cast<float>(season));
      s.targets.push_back(static_cast<float>(level));
    }
    for (std::size_t t = 0; t < kSteps; t += 7) s.targets[t] = std::nanf("");
    set.entities.push_back(s);
  }
  return set;
}

inline LearnParams params() {
  LearnParams p;
  p.window = {.mode = WindowMode::simulation, .seq_length = 80, .predict_last_n = 40};
  p.model = {.hidden_size = 8, .output_dropout = 0.05};
  p.training = {.learning_rate = 0.02, .epochs = 20, .batch_size = 16};
  p.ensemble.members = 2;
  return p;
}

inline WindowSplit split(const SeriesSet& set, const LearnParams& p) {
  const std::size_t n = set.entities.size();
  return {make_windows(set, std::vector<StepRange>(n, {0, kTrainEnd}), p.window, true).windows,
          make_windows(set, std::vector<StepRange>(n, {kTrainEnd, kValidationEnd}), p.window, true).windows};
}

struct TemporaryFolder {
  std::filesystem::path path;
  TemporaryFolder() {
    static int count = 0;
    path = std::filesystem::temp_directory_path() /
           ("phreatic_learn_" + std::to_string(::getpid()) + "_" + std::to_string(count++));
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
};

inline TrainResult train(const SeriesSet& set, const LearnParams& p, const std::filesystem::path& folder,
                         ResumeMode resume = ResumeMode::fresh) {
  core::Log log(true);
  core::Context context{log, false};
  return train_ensemble(set, split(set, p), p, {.folder = folder, .resume = resume}, context);
}

// Hashes of all files of a model folder, by name.
inline std::string folder_hash(const std::filesystem::path& folder) {
  std::vector<std::string> lines;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    lines.push_back(entry.path().filename().string() + " " + core::hash_file(entry.path()));
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// Pooled NSE of the ensemble's median over the steps [begin, end), simulated in one go.
inline double skill(Model& model, const SeriesSet& set, std::size_t begin, std::size_t end) {
  core::Log log(true);
  core::Context context{log, false};
  const WindowList list = whole_series(set, std::vector<StepRange>(set.entities.size(), {begin, end}), 80);
  const Predictions p = predict(model, set, list.windows, context);
  const EnsembleSummary summary = summarize(p);
  double sse = 0, sum = 0, squares = 0, n = 0;
  for (std::size_t w = 0; w < p.windows.size(); ++w) {
    const Window& window = p.windows[w];
    for (std::size_t i = 0; i < window.scored(); ++i) {
      const double y = set.entities[window.entity].targets[window.first + window.warmup + i];
      if (std::isnan(y)) continue;
      const double e = y - summary.median[p.offsets[w] + i];
      sse += e * e;
      sum += y;
      squares += y * y;
      ++n;
    }
  }
  return 1 - sse / (squares - sum * sum / n);
}

}  // namespace phreatic::learn::tiny

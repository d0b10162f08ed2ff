// SPDX-License-Identifier: BSD-3-Clause
// Expected gradients of an exported LSTM until the tolerance is met: time, draws, memory; and every window's
// driver sums for comparison with the peer.
//   bench_expected_gradients FOLDER [threads] [tolerance] [plain]
// FOLDER is what export_model.py wrote; results go to FOLDER/ours.bin, figures to standard output as JSON.
#include <sys/resource.h>

#include <chrono>
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>

#include "lstm_function.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/explain/attribution/expected_gradients.hpp"

namespace {

using namespace phreatic;

template <class T>
std::vector<T> read(const std::string& folder, const std::string& name) {
  const std::string bytes = core::read_file(folder + "/" + name);
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
}

struct Study {
  nlohmann::json about;
  std::vector<float> series, statics;
  std::vector<explain::SeriesWindows::Slice> training, explained;
  std::vector<explain::WindowId> training_ids, explained_ids;
  std::vector<explain::TargetScale> scales;
};

Study read_study(const std::string& folder) {
  Study s;
  s.about = nlohmann::json::parse(core::read_file(folder + "/about.json"));
  s.series = read<float>(folder, "series.bin");
  s.statics = read<float>(folder, "statics.bin");
  const auto slices = [&](const std::string& name, auto& list, auto& ids) {
    const auto raw = read<std::int32_t>(folder, name);
    for (std::size_t i = 0; i < raw.size(); i += 2) {
      list.push_back({static_cast<std::size_t>(raw[i]), static_cast<std::size_t>(raw[i + 1])});
      ids.push_back({static_cast<std::size_t>(raw[i]), raw[i + 1] * 7 * core::kSecondsPerDay});
    }
  };
  slices("training.bin", s.training, s.training_ids);
  slices("explained.bin", s.explained, s.explained_ids);
  const auto scale = read<double>(folder, "scales.bin");  // [well][scale, offset, range]
  for (const auto& slice : s.explained) {
    s.scales.push_back({scale[3 * slice.entity], scale[3 * slice.entity + 1], scale[3 * slice.entity + 2]});
  }
  return s;
}

bench::LstmWeights read_weights(const std::string& folder, const nlohmann::json& about) {
  bench::LstmWeights w;
  w.features = about["features"];
  w.statics = about["statics"];
  w.hidden = about["hidden"];
  w.weight_ih = read<float>(folder, "weight_ih.bin");
  w.weight_hh = read<float>(folder, "weight_hh.bin");
  w.bias = read<float>(folder, "bias.bin");
  w.head = read<float>(folder, "head.bin");
  w.head_bias = w.head.back();
  w.head.pop_back();
  return w;
}

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "bench_expected_gradients FOLDER [threads] [tolerance] [plain]\n";
    return 2;
  }
  const std::string folder = argv[1];
  core::set_thread_count(argc > 2 ? std::stoi(argv[2]) : 2);
  explain::ExpectedGradientsParams params;
  params.tolerance = argc > 3 ? std::stod(argv[3]) : 0.01;
  params.control_variate = argc <= 4;
  const Study s = read_study(folder);
  const std::size_t wells = s.about["wells"], times = s.about["times"], lags = s.about["lags"];
  bench::LstmFunction f(read_weights(folder, s.about), lags);
  const explain::SeriesWindows windows(s.series, wells, times, f.shape().features, lags, s.explained,
                                       s.statics);
  const explain::SeriesWindows training(s.series, wells, times, f.shape().features, lags, s.training,
                                        s.statics);
  const auto references = explain::choose_references(s.training_ids, s.explained_ids, params.references);
  core::Log log(true);
  core::Context context{log, true};
  const std::size_t drivers = f.shape().features;
  std::vector<double> out(windows.size() * (2 * drivers + 3));
  const double started = seconds();
  const auto summary = explain::expected_gradients(
      f, windows, training, references, s.scales, params,
      [&](const explain::WindowAttribution& w) {
        double* row = out.data() + w.window * (2 * drivers + 3);
        std::copy(w.driver_sums.begin(), w.driver_sums.end(), row);
        std::copy(w.driver_errors.begin(), w.driver_errors.end(), row + drivers);
        row[2 * drivers] = w.draws;
        row[2 * drivers + 1] = w.residual;
        row[2 * drivers + 2] = w.value;
      },
      context);
  const double took = seconds() - started;
  core::write_file_atomic(folder + "/ours.bin",
                          {reinterpret_cast<const char*>(out.data()), out.size() * sizeof(double)});
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto cpu = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  const nlohmann::json result{
      {"seconds", took},
      {"cpu_seconds", cpu(usage.ru_utime) + cpu(usage.ru_stime)},
      {"threads", core::thread_count()},
      {"windows", summary.windows},
      {"converged", summary.converged},
      {"draws", summary.draws},
      {"evaluations", summary.evaluations},
      {"draws_per_window", static_cast<double>(summary.draws) / static_cast<double>(summary.windows)},
      {"largest_error_in_tolerances", summary.largest_error},
      {"largest_residual_in_ranges", summary.largest_residual},
      {"rms_residual_in_errors", summary.rms_residual_in_errors},
      {"peak_memory_mb", static_cast<double>(usage.ru_maxrss) / 1024}};
  std::cout << result.dump(1) << "\n";
  return summary.converged == summary.windows ? 0 : 1;
}

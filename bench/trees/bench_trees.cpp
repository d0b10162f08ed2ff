// SPDX-License-Identifier: BSD-3-Clause
// Evaluates or explains a model on rows of a binary file of floats [rows][features]: wall and processor time.
//   bench_trees predict|shap|interventional|interactions MODEL ROWS.f32 COUNT THREADS OUT.f32|- [BACKGROUND.f32]
// The time holds making the model ready, tables and all; reading files is not in it. OUT: results of the
// first 1,000 rows, for the comparison with the peer's.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>

#include "phreatic/core/files/files.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/trees/files/model_file.hpp"
#include "phreatic/trees/forest.hpp"
#include "phreatic/trees/treeshap.hpp"

namespace {

using namespace phreatic;

std::vector<float> floats(const std::string& path) {
  const std::string bytes = core::read_file(path);
  std::vector<float> out(bytes.size() / sizeof(float));
  std::memcpy(out.data(), bytes.data(), out.size() * sizeof(float));
  return out;
}

double cpu_seconds() {
  rusage u{};
  getrusage(RUSAGE_SELF, &u);
  return static_cast<double>(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

struct Result {
  std::size_t width = 1;  // values of a row
  std::vector<float> first;
};

// Contributions in pieces, as a map is made: a million rows of interactions do not fit into memory.
Result explain(const trees::Booster& booster, const std::vector<float>& x, std::size_t rows,
               const std::string& what, const std::string& background_file) {
  trees::Table background;
  if (what == "interventional") {
    background.values = floats(background_file);
    background.names.resize(booster.features);
    background.rows = background.values.size() / booster.features;
  }
  const trees::TreeExplainer explainer =
      what == "interventional" ? trees::TreeExplainer(booster, background) : trees::TreeExplainer(booster);
  const bool pairs = what == "interactions";
  Result out{pairs ? booster.features * booster.features : booster.features, {}};
  constexpr std::size_t kChunk = 1U << 16;
  std::vector<double> values(std::min(rows, kChunk) * out.width);
  for (std::size_t r = 0; r < rows; r += kChunk) {
    const std::size_t n = std::min(kChunk, rows - r);
    if (pairs)
      explainer.interactions(n, x.data() + r * booster.features, values.data());
    else
      explainer.contributions(n, x.data() + r * booster.features, values.data());
    if (r == 0)
      out.first.assign(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(
                                                            std::min<std::size_t>(n, 1000) * out.width));
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 7) {
    std::cerr << "bench_trees predict|shap|interventional|interactions MODEL ROWS.f32 COUNT THREADS "
                 "OUT.f32|- [BACKGROUND.f32]\n";
    return 2;
  }
  const std::string what = argv[1];
  const trees::Booster booster = trees::read_model(argv[2]);
  const std::vector<float> x = floats(argv[3]);
  const std::size_t rows = std::min<std::size_t>(std::stoul(argv[4]), x.size() / booster.features);
  core::set_thread_count(std::stoi(argv[5]));
  const auto start = std::chrono::steady_clock::now();
  const double cpu = cpu_seconds();
  Result result;
  if (what == "predict") {
    result.first.resize(rows);
    trees::Forest(booster).predict(rows, x.data(), result.first.data());
  } else {
    result = explain(booster, x, rows, what, argc > 7 ? argv[7] : "");
  }
  const double used = cpu_seconds() - cpu;
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  result.first.resize(std::min<std::size_t>(result.first.size(), 1000 * result.width));
  if (std::string(argv[6]) != "-")
    core::write_file_atomic(
        argv[6], {reinterpret_cast<const char*>(result.first.data()), result.first.size() * sizeof(float)});
  std::cout << nlohmann::json{{"what", what},
                              {"rows", rows},
                              {"seconds", wall.count()},
                              {"cpu_seconds", used}}
                   .dump()
            << "\n";
}

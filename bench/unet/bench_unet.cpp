// SPDX-License-Identifier: BSD-3-Clause
// An epoch of the U-Net's training, and its map of a whole region: bench/unet/peer.py is the same in PyTorch.
//   bench_unet epoch SQUARES SIDE [THREADS]      six inputs, nine bands, width 16, three levels, 12 squares an update
//   bench_unet map ROWS COLUMNS TILE [THREADS]
// Prints one line of JSON: wall and processor seconds.
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/learn/maps/maps.hpp"

namespace {

using namespace phreatic;

constexpr std::size_t kInputs = 6, kBands = 9;
const learn::UnetParams kNet{16, 3, false};

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <class Work>
void measured(const Work& work) {
  const double cpu = processor_seconds();
  const auto start = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  fmt::print("{{\"wall_s\": {:.3f}, \"cpu_s\": {:.3f}}}\n", wall.count(), processor_seconds() - cpu);
}

std::vector<float> noise(std::size_t n, std::uint64_t number) {
  core::RandomStream random(1, "bench", number);
  std::vector<float> out(n);
  for (float& v : out) v = static_cast<float>(random.uniform());
  return out;
}

void epoch(std::size_t squares, std::size_t side) {
  learn::MapSet set;
  set.rows = set.columns = 2 * side;
  set.inputs.resize(kInputs, "input");
  set.bands.resize(kBands, "band");
  set.side = side;
  for (std::size_t j = 0; j + 1 < kInputs; ++j) set.shared.push_back(noise(set.rows * set.columns, j));
  for (std::size_t s = 0; s <= squares; ++s)
    set.samples.push_back({"square", 0, 0, noise(side * side, 100 + s), std::vector<float>(side * side, 1.0F),
                           noise(kBands * side * side, 9000 + s)});
  std::vector<std::size_t> training(squares);
  std::iota(training.begin(), training.end(), std::size_t{0});
  const std::vector<std::size_t> validation = {squares};
  learn::MapParams params{.net = kNet, .weights = {.sum = 1, .ratio = 0}, .augment = true, .training = {}};
  params.training.epochs = 1;
  params.training.batch_size = 12;
  const auto folder = std::filesystem::temp_directory_path() / "phreatic-bench-unet";
  core::Log log(true);
  core::Context context{log, false};
  measured([&] { learn::fit_maps(set, training, validation, params, {.folder = folder}, context); });
  std::filesystem::remove_all(folder);
}

void map(std::size_t rows, std::size_t columns, std::size_t tile) {
  learn::MapModel model{
      kNet, std::vector<std::string>(kInputs), std::vector<std::string>(kBands), 128, {}, {}, {}};
  model.scales.assign(kBands, 1.0F);
  model.parameters = learn::uniform_start(learn::unet_layout({kNet, kInputs, kBands}), 1);
  learn::MapArea area{rows, columns, {}};
  for (std::size_t j = 0; j < kInputs; ++j) area.inputs.push_back(noise(rows * columns, j));
  learn::predict_maps(
      model, {tile, tile, std::vector<std::vector<float>>(kInputs, std::vector<float>(tile * tile))}, 0,
      learn::DeviceKind::cpu);  // libraries are loaded
  for (int i = 0; i < 3; ++i)
    measured([&] { learn::predict_maps(model, area, tile, learn::DeviceKind::cpu); });
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const auto number = [&](std::size_t i) { return static_cast<std::size_t>(std::stoul(words.at(i))); };
  if (words.size() >= 3 && words[0] == "epoch") {
    if (words.size() > 3) core::set_thread_count(static_cast<int>(number(3)));
    epoch(number(1), number(2));
    return 0;
  }
  if (words.size() >= 4 && words[0] == "map") {
    if (words.size() > 4) core::set_thread_count(static_cast<int>(number(4)));
    map(number(1), number(2), number(3));
    return 0;
  }
  fmt::print(stderr, "bench_unet epoch SQUARES SIDE [THREADS] | map ROWS COLUMNS TILE [THREADS]\n");
  return 2;
}

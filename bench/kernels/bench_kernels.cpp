// SPDX-License-Identifier: BSD-3-Clause
// Times training steps of the fused recurrent kernels; one line of JSON per measurement, every repeat in it.
//   bench_kernels [--threads N] [--cell lstm|gru] [--hidden N] [--batch N] [--steps N] [--inputs N]
//                 [--repeats N] [--gradient all|last] [--explain] [--cpu] [--roof]
// --explain: gradients of the inputs instead of the weights. --cpu: processor time. --roof: the register
// tile alone, its operands in the first-level cache. bench/run kernels compares with torch.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <time.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/learn/kernels/buffer.hpp"
#include "phreatic/learn/kernels/recurrent/driver.hpp"

namespace {

using namespace phreatic::kernels;
using Floats = std::vector<float>;

struct Settings {
  Shape shape{Cell::lstm, 256, 365, 8, 64};
  std::size_t threads = 2;
  std::size_t repeats = 7;
  bool last_only = false;
  bool explain = false;
};

Floats random_floats(std::size_t count, double scale) {
  phreatic::core::RandomStream random(1, "bench-kernels", count);
  Floats values(count);
  for (float& value : values) value = static_cast<float>(scale * random.uniform(-1, 1));
  return values;
}

// Floating-point operations of the matrix products alone: what the roof is compared with.
double flop(const Settings& s) {
  const auto& [cell, batch, steps, inputs, hidden] = s.shape;
  const double gates = static_cast<double>(s.shape.gates() * hidden);
  const double rows = 2.0 * static_cast<double>(batch * steps) * gates;
  const auto in = static_cast<double>(inputs);
  const auto state = static_cast<double>(hidden);
  const double forward = rows * (in + state);
  return s.explain ? forward + rows * (state + in) : forward + rows * state + rows * (in + state);
}

// Seconds of wall time; or, with --cpu, of processor time: with one thread the fairer clock on a busy
// machine.
bool cpu_clock = false;
double now() {
  timespec time{};
  clock_gettime(cpu_clock ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void measure(const Settings& s) {
  const Shape& shape = s.shape;
  phreatic::core::set_thread_count(static_cast<int>(s.threads));
  const std::size_t rows = shape.gates() * shape.hidden;
  const Floats w_ih = random_floats(rows * shape.inputs, 0.1), w_hh = random_floats(rows * shape.hidden, 0.1);
  const Floats b_ih = random_floats(rows, 0.1), b_hh = random_floats(rows, 0.1);
  const Floats x = random_floats(shape.batch * shape.steps * shape.inputs, 1.0);
  const std::size_t first = s.last_only ? shape.steps - 1 : 0;
  const std::size_t outputs = shape.batch * (shape.steps - first) * shape.hidden;
  const Floats dh = random_floats(outputs, 1.0);
  Buffer h;  // aligned, as torch's arrays are
  h.take(outputs);
  Floats dw_ih(w_ih.size()), dw_hh(w_hh.size()), db_ih(rows), db_hh(rows), dx(x.size());
  const Weights weights{w_ih.data(), w_hh.data(), b_ih.data(), b_hh.data()};
  const Input input{.base = x.data()};
  Gradients wanted{.dweight_ih = dw_ih.data(),
                   .dweight_hh = dw_hh.data(),
                   .dbias_ih = db_ih.data(),
                   .dbias_hh = db_hh.data()};
  if (s.explain) wanted = {.dx = dx.data()};
  Workspace workspace;
  std::vector<double> forward_s, backward_s, both_s;
  for (std::size_t i = 0; i <= s.repeats; ++i) {
    const double start = now();
    forward(shape, weights, input, {}, {.h = h.data(), .first_step = first}, &workspace);
    const double middle = now();
    backward(shape, weights, input, {.dh = dh.data(), .first_step = first}, workspace, wanted);
    const double end = now();
    if (i == 0) continue;  // first touch of memory
    forward_s.push_back(middle - start);
    backward_s.push_back(end - middle);
    both_s.push_back(end - start);
  }
  fmt::print(
      "{{\"what\": \"step\", \"cell\": \"{}\", \"hidden\": {}, \"batch\": {}, \"steps\": {}, \"inputs\": {}, "
      "\"threads\": {}, \"gradient\": \"{}\", \"wanted\": \"{}\", \"forward_s\": [{:.5f}], "
      "\"backward_s\": [{:.5f}], \"step_s\": [{:.5f}], \"flop\": {:.6g}, \"isa\": \"{}\"}}\n",
      shape.cell == Cell::lstm ? "lstm" : "gru", shape.hidden, shape.batch, shape.steps, shape.inputs,
      s.threads, s.last_only ? "last" : "all", s.explain ? "dx" : "weights", fmt::join(forward_s, ", "),
      fmt::join(backward_s, ", "), fmt::join(both_s, ", "), flop(s), isa_name(resolve_isa()));
}

// The rate of the register tile with its operands in the first-level cache.
void measure_roof(std::size_t threads) {
  const Kernel& kernel = kernel_of(resolve_isa());
  phreatic::core::set_thread_count(static_cast<int>(threads));
  constexpr std::size_t kDepth = 64, kRepeats = 100000;
  const std::size_t columns = 4 * kernel.width;
  double best = 1e9;
  for (int i = 0; i < 5; ++i) {
    const double start = now();
    phreatic::core::parallel_for(threads, [&](std::size_t) {
      const Floats a(kernel.tile_rows * kDepth, 1e-3F), b(kDepth * columns, 1e-3F);
      Floats c(kernel.tile_rows * columns);
      kernel.register_tile(a.data(), b.data(), c.data(), kDepth, kRepeats);
    });
    best = std::min(best, now() - start);
  }
  const double operations =
      2.0 * static_cast<double>(kernel.tile_rows * columns * kDepth * kRepeats * threads);
  fmt::print("{{\"what\": \"register tile\", \"threads\": {}, \"gflops\": {:.1f}, \"isa\": \"{}\"}}\n",
             threads, operations / best * 1e-9, isa_name(resolve_isa()));
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  bool roof = false;
  for (int i = 1; i < argc; ++i) {
    const std::string key = argv[i];
    if (key == "--explain" || key == "--cpu" || key == "--roof") {
      (key == "--explain" ? s.explain : key == "--cpu" ? cpu_clock : roof) = true;
      continue;
    }
    if (i + 1 >= argc) {
      fmt::print(stderr, "bench_kernels: {} needs a value\n", key);
      return 2;
    }
    const std::string text = argv[++i];
    const std::map<std::string, std::size_t*> sizes{
        {"--hidden", &s.shape.hidden}, {"--batch", &s.shape.batch}, {"--steps", &s.shape.steps},
        {"--inputs", &s.shape.inputs}, {"--threads", &s.threads},   {"--repeats", &s.repeats}};
    if (const auto size = sizes.find(key); size != sizes.end()) {
      *size->second = std::strtoul(text.c_str(), nullptr, 10);
    } else if (key == "--cell") {
      s.shape.cell = text == "gru" ? Cell::gru : Cell::lstm;
    } else if (key == "--gradient") {
      s.last_only = text == "last";
    } else {
      fmt::print(stderr, "bench_kernels: unknown option {}\n", key);
      return 2;
    }
  }
  if (roof) {
    measure_roof(s.threads);
  } else {
    measure(s);
  }
  return 0;
}

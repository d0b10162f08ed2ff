// SPDX-License-Identifier: BSD-3-Clause
// A training step of our Temporal Fusion Transformer, and a forward pass that also gives the weights of selection
// and attention; bench/tft/peers_tft.py has those of others.
//   bench_tft step|look COUNT [THREADS]
// Prints one line of JSON: wall and processor seconds of each of COUNT passes after a first one, peak memory.
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/learn/architectures/network_torch.hpp"
#include "phreatic/learn/architectures/tft/tft.hpp"
#include "phreatic/learn/training/adam_torch.hpp"

namespace {

using namespace phreatic;

constexpr std::size_t kBatch = 64, kPast = 180, kHorizon = 30, kVariables = 10;

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct Bench {
  std::vector<float> x = std::vector<float>(kBatch * (kPast + kHorizon) * kVariables);
  learn::NetworkPlan plan;
  learn::TrainingParams training;

  Bench() {
    core::RandomStream random(1, "bench");
    for (float& v : x) v = static_cast<float>(random.normal());
    plan.model.architecture = "tft";
    plan.model.hidden_size = 64;
    const char* dropout = std::getenv("BENCH_DROPOUT");
    plan.model.output_dropout = dropout == nullptr ? 0.1 : std::atof(dropout);
    plan.inputs = {.features = kVariables, .outputs = {1}, .steps = kPast + kHorizon, .scored = kHorizon};
    for (const learn::ArchitectureKind& kind : learn::architectures())
      if (kind.name == "tft") plan.kind = &kind;
  }
};

learn::ForwardCall call_of(Bench& bench) {
  learn::ForwardCall call;
  call.x = learn::tensor_of(bench.x, {kBatch, kPast + kHorizon, kVariables}, at::Device(at::kCPU));
  call.outputs = kHorizon;
  return call;
}

void step(Bench& bench, learn::Network& network, learn::Dropout& dropout, learn::AdamState& adam) {
  learn::Parameters& parameters = network.parameters();
  parameters.gradient().zero_();
  dropout.start(1, static_cast<std::uint64_t>(adam.updates));
  learn::ForwardCall call = call_of(bench);
  call.dropout = &dropout;
  network.forward(call).square().mean().backward();
  const c10::NoGradGuard no_gradients;
  learn::adam_update(bench.training, 1e-3, parameters.flat(), parameters.gradient(), adam);
}

void look(Bench& bench, const learn::Network& network) {
  const c10::NoGradGuard no_gradients;
  learn::Looks looks;
  learn::ForwardCall call = call_of(bench);
  call.looks = &looks;
  network.forward(call);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "step";
  const int count = argc > 2 ? std::atoi(argv[2]) : 3;
  core::set_thread_count(argc > 3 ? std::atoi(argv[3]) : 2);
  learn::prepare_torch(learn::DeviceKind::cpu);
  Bench bench;
  const auto architecture = bench.plan.make();
  learn::Network network(bench.plan, architecture->initial(architecture->layout(), 1), learn::DeviceKind::cpu,
                         what == "step");
  learn::Dropout dropout;
  learn::AdamState adam{at::zeros_like(network.parameters().flat()),
                        at::zeros_like(network.parameters().flat()), 0};
  std::string wall, cpu;
  for (int i = 0; i <= count; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const double before = processor_seconds();
    if (what == "step") {
      step(bench, network, dropout, adam);
    } else {
      look(bench, network);
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    if (i == 0) continue;
    wall += fmt::format("{}{:.4f}", wall.empty() ? "" : ", ", seconds.count());
    cpu += fmt::format("{}{:.4f}", cpu.empty() ? "" : ", ", processor_seconds() - before);
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print("{{\"what\": \"ours {}\", \"wall\": [{}], \"cpu\": [{}], \"peak_mb\": {:.0f}}}\n", what, wall,
             cpu, static_cast<double>(usage.ru_maxrss) / 1024);
}

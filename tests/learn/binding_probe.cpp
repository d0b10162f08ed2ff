// SPDX-License-Identifier: BSD-3-Clause
// Multiplies matrices with libtorch before and after another library is loaded the way GDAL is (RTLD_LOCAL),
// and prints both rates. tools/check_binding_torch runs it under LD_DEBUG=bindings.
//   binding_probe [LIBRARY]
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace {

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Best of several, in GFLOP/s: one large product, and a batch of middling ones.
void rates(const char* when) {
  const at::Tensor large = at::ones({768, 768});
  const at::Tensor batch = at::ones({64, 128, 128});
  double mm = 0;
  double bmm = 0;
  for (int i = 0; i < 15; ++i) {
    const double start = now_s();
    at::mm(large, large);
    const double middle = now_s();
    at::bmm(batch, batch);
    const double end = now_s();
    mm = std::max(mm, 2e-9 * 768 * 768 * 768 / (middle - start));
    bmm = std::max(bmm, 2e-9 * 64 * 128 * 128 * 128 / (end - middle));
  }
  std::printf("%s mm %.1f bmm %.1f\n", when, mm, bmm);
}

}  // namespace

int main(int argc, char** argv) {
  at::set_num_threads(1);
  rates("before");
  if (argc > 1 && ::dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) == nullptr) {
    std::fprintf(stderr, "binding_probe: %s\n", ::dlerror());
    return 1;
  }
  rates("after");
  return 0;
}

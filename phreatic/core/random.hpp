// SPDX-License-Identifier: BSD-3-Clause
// Counter-based random streams (Philox-4x32-10; Salmon et al. 2011, key salmon2011): the same numbers for the
// same (seed, purpose, a, b) whatever the number of threads or the order of work.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace phreatic::core {

// One block of Philox-4x32 with 10 rounds: four 32-bit words from a 128-bit counter and a 64-bit key.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

// A stream of random numbers that is a pure function of its key. `purpose` is a short name such as "shuffle";
// a and b are free indices (epoch and sample, well and year ...). A UniformRandomBitGenerator of 32-bit
// words.
class RandomStream {
 public:
  using result_type = std::uint32_t;
  RandomStream(std::uint64_t seed, std::string_view purpose, std::uint64_t a = 0, std::uint64_t b = 0);

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return 0xffffffffU; }
  result_type operator()();

  double uniform();  // in [0, 1), 53 bits
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  double normal();                                      // mean 0, standard deviation 1 (Box-Muller)
  double gamma(double shape, double scale);             // Marsaglia and Tsang 2000 (key marsaglia2000)
  std::uint64_t below(std::uint64_t n);                 // in [0, n), unbiased; n > 0
  std::vector<std::size_t> permutation(std::size_t n);  // of 0..n-1 (Fisher-Yates)

 private:
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_{};
  int next_ = 4;
  bool have_normal_ = false;
  double saved_normal_ = 0;
};

}  // namespace phreatic::core

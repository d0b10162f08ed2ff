// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/core/random.hpp"

#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "phreatic/core/errors.hpp"

namespace phreatic::core {

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> c, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53U} * c[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57U} * c[2];
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ key[0], static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ key[1], static_cast<std::uint32_t>(p0)};
    key[0] += 0x9E3779B9U;
    key[1] += 0xBB67AE85U;
  }
  return c;
}

namespace {
// FNV-1a folds the purpose into the key; splitmix64 spreads the bits.
std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char ch : text) hash = (hash ^ static_cast<unsigned char>(ch)) * 0x100000001b3ULL;
  return hash;
}

std::uint64_t splitmix64(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}
}  // namespace

RandomStream::RandomStream(std::uint64_t seed, std::string_view purpose, std::uint64_t a, std::uint64_t b) {
  const std::uint64_t key = splitmix64(splitmix64(seed) ^ fnv1a(purpose));
  key_ = {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)};
  const std::uint64_t ab = splitmix64(splitmix64(a) + 0x632be59bd9b4e019ULL * b);
  counter_ = {0, 0, static_cast<std::uint32_t>(ab), static_cast<std::uint32_t>(ab >> 32)};
}

RandomStream::result_type RandomStream::operator()() {
  if (next_ == 4) {
    block_ = philox4x32(counter_, key_);
    if (++counter_[0] == 0) ++counter_[1];
    next_ = 0;
  }
  return block_[static_cast<std::size_t>(next_++)];
}

double RandomStream::uniform() {
  const std::uint64_t high = (*this)() >> 5;
  const std::uint64_t low = (*this)() >> 6;
  return static_cast<double>((high << 26) | low) * 0x1.0p-53;
}

double RandomStream::normal() {
  if (have_normal_) {
    have_normal_ = false;
    return saved_normal_;
  }
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  const double angle = 2.0 * std::numbers::pi * uniform();
  saved_normal_ = radius * std::sin(angle);
  have_normal_ = true;
  return radius * std::cos(angle);
}

double RandomStream::gamma(double shape, double scale) {
  PHREATIC_ASSERT(shape > 0 && scale > 0);
  if (shape < 1.0) return gamma(shape + 1.0, scale) * std::pow(1.0 - uniform(), 1.0 / shape);
  const double d = shape - 1.0 / 3.0;
  const double c = 1.0 / std::sqrt(9.0 * d);
  for (;;) {
    const double x = normal();
    const double v = std::pow(1.0 + c * x, 3);
    if (v <= 0) continue;
    if (std::log(1.0 - uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v * scale;
  }
}

std::uint64_t RandomStream::below(std::uint64_t n) {
  PHREATIC_ASSERT(n > 0);
  const std::uint64_t limit = (~std::uint64_t{0} / n) * n;
  for (;;) {
    const std::uint64_t high = (*this)();
    const std::uint64_t word = (high << 32) | (*this)();
    if (word < limit) return word % n;
  }
}

std::vector<std::size_t> RandomStream::permutation(std::size_t n) {
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = n; i > 1; --i) std::swap(order[i - 1], order[below(i)]);
  return order;
}

}  // namespace phreatic::core

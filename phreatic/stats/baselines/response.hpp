// SPDX-License-Identifier: BSD-3-Clause
// Unit-gain impulse responses of groundwater to a stress (besbes1984, vonasmuth2002):
//   gamma        theta(t) = t^(n-1) exp(-t/a) / (a^n Gamma(n))
//   exponential  the same with n = 1
//   Hantush      theta(t) = exp(-t/a - a b/t) / (2 K0(2 sqrt(b)) t)   (hantush1955, veling2010: a well in a
//                leaky aquifer; its gain is the drawdown of a discharge held for ever)
//   constant     the stress itself, at once
// The block response of step k is what a stress of 1 during one step causes k steps later, at the step's end:
//   block_k = S((k + 1) dt) - S(k dt),  S(t) = integral of theta from 0 to t; gamma: P(n, t/a)
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace phreatic::stats {

enum class ResponseKind { gamma, exponential, hantush, constant };

struct Response {
  double gain = 0;  // m per unit of the stress held for ever
  double n = 1;     // gamma alone
  double a_days = 10;
  ResponseKind kind = ResponseKind::gamma;
  double b = 1;  // Hantush alone
};

// block_0 .. block_{count - 1} with the time scale a in steps (a in days / step in days); n, a > 0. To 1e-9
// of the sum; exactly 0 where the rest of the response is below 1e-13.
std::vector<double> block_response(double n, double a_steps, std::size_t count);

// The same for Hantush's response with b; to 1e-9 of the sum.
std::vector<double> hantush_block_response(double a_steps, double b, std::size_t count);

// Convolves fixed stress series with changing responses by FFT: y_t = sum_{k <= t} block_k x_{t-k}.
class Convolver {
 public:
  explicit Convolver(std::size_t steps);
  ~Convolver();
  Convolver(const Convolver&) = delete;
  Convolver& operator=(const Convolver&) = delete;

  // Adds or replaces a stress; x has `steps` values, none missing. Returns its number.
  std::size_t add(std::span<const double> x);
  void replace(std::size_t stress, std::span<const double> x);
  // The stresses named, all convolved with the same response (at most `steps` values).
  std::vector<std::vector<double>> convolve(std::span<const double> block,
                                            std::span<const std::size_t> stresses);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Response of unit gain to stress number `stress` of the convolver, whose values are x, at every step.
// Exponential and constant responses are recursions and leave the convolver alone.
std::vector<double> unit_response(const Response& response, double step_days, std::span<const double> x,
                                  Convolver& convolver, std::size_t stress);

}  // namespace phreatic::stats

// SPDX-License-Identifier: BSD-3-Clause
// A surrogate: the logarithm (base 10) of a target from a site's inputs. All kinds are alike to those who use them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "phreatic/stats/regression/linear.hpp"

namespace phreatic::studies::recharge {

// Rows of inputs with the logarithm of the target.
struct Samples {
  std::vector<std::string> inputs;
  stats::Columns x;       // [input][row]
  std::vector<double> y;  // [row] log10 of the target
  std::size_t rows() const { return y.size(); }
};
Samples rows_of(const Samples& samples, const std::vector<std::size_t>& rows);

class Surrogate {
 public:
  virtual ~Surrogate() = default;
  virtual const std::vector<std::string>& inputs() const = 0;
  // x [input][row] in the order of inputs(); returns [row] log10 of the target.
  virtual std::vector<double> predict(const stats::Columns& x) const = 0;
  // Shapley values of every prediction, [input][row], and the value that they start from: the sum of a row and the base
  // is its prediction.
  struct Explanation {
    double base = 0;
    stats::Columns values;
  };
  virtual Explanation explain(const stats::Columns& x) const = 0;
  virtual std::string text() const = 0;  // for read_surrogate
};
using SurrogatePtr = std::shared_ptr<const Surrogate>;

// kind: rate-area (log-linear in rate and area alone), log-linear (in all inputs), trees (needs trees_available()).
SurrogatePtr fit_surrogate(const std::string& kind, const Samples& samples, std::uint64_t seed);
SurrogatePtr read_surrogate(const std::string& text, const std::string& file);

// Columns of `from` by the names in `wanted`; asserts that they are there.
stats::Columns columns_of(const Samples& from, const std::vector<std::string>& wanted);

}  // namespace phreatic::studies::recharge

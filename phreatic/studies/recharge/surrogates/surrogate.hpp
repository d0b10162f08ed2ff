// SPDX-License-Identifier: BSD-3-Clause
// A surrogate: the logarithm (base 10) of a target from a site's inputs. All kinds are alike to those who use them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "phreatic/stats/regression/ols.hpp"
#include "phreatic/trees/training/train.hpp"

namespace phreatic::studies::recharge {

// Rows of inputs with the logarithm of the target.
struct Samples {
  std::vector<std::string> inputs;
  stats::Columns x;             // [input][row]
  std::vector<double> y;        // [row] log10 of the target
  double adjoint_constant = 0;  // of the kind adjoint: log10 (days x 1000); NaN for the decay
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

// kind: rate-area (log-linear in rate and area alone), adjoint (the adjoint's own answer, not fitted), log-linear (in all
// inputs), gam (additive, of smooth functions of all inputs), trees (needs trees_available()).
struct FitParams {
  std::uint64_t seed = 0;
  std::optional<trees::TrainParams> trees;  // empty: tree_defaults()
};
SurrogatePtr fit_surrogate(const std::string& kind, const Samples& samples, const FitParams& params);
SurrogatePtr read_surrogate(const std::string& text, const std::string& file);

// Columns of `from` by the names in `wanted`; asserts that they are there.
stats::Columns columns_of(const Samples& from, const std::vector<std::string>& wanted);

}  // namespace phreatic::studies::recharge

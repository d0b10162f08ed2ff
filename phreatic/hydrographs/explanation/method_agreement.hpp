// SPDX-License-Identifier: BSD-3-Clause
// Do other methods of explanation say the same as expected gradients? On some of the explained dates of each well:
//   Shapley values       sampled, of whole drivers, against the same references (explain/attribution/shapley_values.hpp)
//   integrated gradients against the mean of the well's reference windows (explain/attribution/integrated_gradients.hpp)
//   permutation          by how much the error grows when a driver comes from another date (permutation_importance.hpp)
// They answer different questions; where the order of the drivers differs, none of the answers is safe.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/hydrographs/explanation/explanation.hpp"

namespace phreatic::hydrographs {

// Of one well, [driver]; NaN for drivers that it does not have.
struct MethodImportance {
  std::size_t entity = 0;
  std::size_t dates = 0;  // on which the methods were asked
  // Mean absolute contribution over these dates, in the target's unit.
  std::vector<double> expected_gradients, shapley, integrated_gradients;
  std::vector<double>
      permutation;  // growth of the root mean square error over all explained dates, in the target's unit
  // Pearson correlation with the contributions by expected gradients, over dates and drivers.
  double shapley_correlation = 0, gradients_correlation = 0;
};

struct MethodAgreement {
  std::vector<std::string> drivers;
  std::vector<MethodImportance> wells;  // those with explained dates
};

// `explanation`: of the same settings, whose contributions are compared with. Asserts params.compare_dates > 0.
MethodAgreement compare_methods(const Prepared& prepared, const Models& models, const ExplainParams& params,
                                const Explanation& explanation, core::Context& context);

// methods.csv: one row for each well and driver; agreement.json: for each method the medians over the wells of its
// correlation with expected gradients (over dates and drivers), of the rank correlation of the drivers' importance, and
// the share of the wells where the strongest driver is the same.
void write_agreement(const MethodAgreement& agreement, const Prepared& prepared,
                     const std::filesystem::path& csv, const std::filesystem::path& json);

}  // namespace phreatic::hydrographs

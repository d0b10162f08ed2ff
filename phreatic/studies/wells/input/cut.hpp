// SPDX-License-Identifier: BSD-3-Clause
// Values that the data stage hands on, cut so that the hash of each covers what its readers use and no more.
#pragma once

#include <memory>
#include <string>

#include "phreatic/hydrographs/targets/prepared.hpp"

namespace phreatic::studies::wells {

// The data up to the end of the last calibration period and nothing of what follows: what training may look at. Steps appended to the record do not
// change it.
class TrainingData {
 public:
  explicit TrainingData(std::shared_ptr<const hydrographs::Prepared> whole);
  // A copy of the data that ends there; test periods are empty or cut.
  hydrographs::Prepared make() const;
  // Of everything that make() gives, without making it.
  std::string hash() const;

 private:
  std::shared_ptr<const hydrographs::Prepared> whole_;
  std::size_t end_ = 0;  // steps that are kept
};

// Of all data, evaluation levels too.
std::string hash_of(const hydrographs::Prepared& prepared);

}  // namespace phreatic::studies::wells

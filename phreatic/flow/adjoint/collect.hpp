// SPDX-License-Identifier: BSD-3-Clause
// Sums of l' dR/dp over the steps of a sweep, for all parameters that are wanted and all measures.
#pragma once

#include <cstddef>
#include <vector>

#include "phreatic/flow/adjoint/adjoint.hpp"

namespace phreatic::flow {

// Weights of a measure in a step, by which it depends on parameters itself.
struct StepWeights {
  MeasureTerms::Weights flows;
  const std::vector<double>* storage = nullptr;  // [cells]
};

class Collector {
 public:
  Collector(const Trajectory& trajectory, const Aquifer& aquifer, const SweepParams& params);

  double& value(std::size_t lane) { return lanes_[lane].out.value; }
  void reduction(std::size_t lane, double reached);
  // [cells] derivative by the heads of fixed cells in this step; empty when not wanted.
  std::vector<double>& fixed(std::size_t lane) { return lanes_[lane].fixed; }

  void add(const StepPoint& point, std::size_t k, std::size_t lane, const Padded<double>& lambda,
           const StepWeights& weights);
  // Water in storage at the start, which a measure of storage is counted from.
  void stored_at_start(std::size_t lane, std::size_t n, double weight, const StoredWater& water);
  void start_head(std::size_t lane, const Padded<double>& by_head);
  void give(AdjointResult& result);
  std::size_t bytes() const;

 private:
  struct Lane {
    MeasureSensitivity out;
    std::vector<double> fixed;
  };
  int group(const StepPoint& point, std::size_t k) const;
  void add_sources(const StepPoint& point, int group, Lane& lane, const Padded<double>& lambda) const;
  void add_links(const StepPoint& point, Lane& lane, const Padded<double>& lambda) const;
  void add_storage(const StepPoint& point, Lane& lane, const Padded<double>& lambda,
                   const StepWeights& weights) const;
  void add_bounds(const StepPoint& point, int group, Lane& lane, const Padded<double>& lambda,
                  const StepWeights& weights) const;
  void add_barriers(const StepPoint& point, Lane& lane, const Padded<double>& lambda) const;

  const Aquifer& aquifer_;
  const SweepParams& params_;
  std::vector<Lane> lanes_;
  std::vector<CellIndex> top_;  // [layer cells] first active cell of the column
  int groups_ = 0;
};

}  // namespace phreatic::flow

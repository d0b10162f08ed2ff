// SPDX-License-Identifier: BSD-3-Clause
// Result files of packages with unknowns of their own (SFR; later lakes, wells): stages, budget, budget as CSV. Byte for byte as MODFLOW 6
// writes them: one record of stages a step with a reach in place of a column; budget terms as lists.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "phreatic/flow/mf6/results/binary_files.hpp"
#include "phreatic/flow/steps/simulation.hpp"

namespace phreatic::flow::mf6 {

class PackageOutputs {
 public:
  // `open` opens a result file by its name in the model. `fresh`: headers of CSV files are still to be written.
  // `inner`: iterations of the linear solver before the first step.
  PackageOutputs(const Model& model, bool fresh, std::int64_t inner,
                 const std::function<std::unique_ptr<AppendFile>(const std::string&)>& open);
  // Writes a step: stages and budgets when they are to be saved, the CSV line always.
  void step(const Simulation& simulation, const StepTime& time, bool save_state, bool save_budget);
  std::vector<AppendFile*> files();

 private:
  // The largest changes of every outer iteration of the step, a line each.
  void convergence(const Simulation& simulation, const StepTime& time);
  struct Files {
    std::size_t package = 0;
    std::unique_ptr<AppendFile> state, budget, csv, convergence;
    bool header = false;
  };
  std::vector<Files> packages_;
  std::int64_t inner_ = 0;
};

}  // namespace phreatic::flow::mf6

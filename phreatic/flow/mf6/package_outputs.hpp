// SPDX-License-Identifier: BSD-3-Clause
// Result files of packages with unknowns of their own (SFR; later lakes, wells): stages, budget, budget as CSV. Byte for byte as MODFLOW 6
// writes them: one record of stages a step with a reach in place of a column; budget terms as lists.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "phreatic/flow/mf6/binary_files.hpp"
#include "phreatic/flow/steps/simulation.hpp"

namespace phreatic::flow::mf6 {

class PackageOutputs {
 public:
  // `open` opens a result file by its name in the model. `fresh`: headers of CSV files are still to be written.
  PackageOutputs(const Model& model, bool fresh,
                 const std::function<std::unique_ptr<AppendFile>(const std::string&)>& open);
  // Writes a step: stages and budgets when they are to be saved, the CSV line always.
  void step(const Simulation& simulation, const StepTime& time, bool save_state, bool save_budget);
  std::vector<AppendFile*> files();

 private:
  struct Files {
    std::size_t package = 0;
    std::unique_ptr<AppendFile> state, budget, csv;
    bool header = false;
  };
  std::vector<Files> packages_;
};

}  // namespace phreatic::flow::mf6

// SPDX-License-Identifier: BSD-3-Clause
// phreatic-learn: the commands that train and apply networks; links libtorch. Started by phreatic.
#include "cli/command.hpp"
#include "cli/run_study.hpp"

int main(int argc, char** argv) {
  return phreatic::cli::run_program(argc, argv, phreatic::cli::run_study,
                                    [](char**) { return phreatic::cli::kFailed; });
}

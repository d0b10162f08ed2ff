// SPDX-License-Identifier: BSD-3-Clause
// phreatic-learn: the program that has the stages of every kind of study; links libtorch. Started by phreatic.
#include "cli/command.hpp"
#include "phreatic/studies/kinds.hpp"

int main(int argc, char** argv) {
  return phreatic::cli::run_program(
      argc, argv, {phreatic::studies::kinds_with_stages(), [] { return phreatic::cli::kFailed; }});
}

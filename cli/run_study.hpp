// SPDX-License-Identifier: BSD-3-Clause
// How phreatic-learn runs the stages of a study.
#pragma once

#include "cli/command.hpp"

namespace phreatic::cli {

int run_study(const StudyRequest& request);

}  // namespace phreatic::cli

// SPDX-License-Identifier: BSD-3-Clause
// How the training of a member ended, in words for people: in files of runs and in Python.
#pragma once

#include "phreatic/learn/trainer.hpp"

namespace phreatic::learn {

// "finished", "stopped early", "diverged" or "pruned".
const char* words(TrainStatus status);

}  // namespace phreatic::learn

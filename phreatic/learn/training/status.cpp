// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/training/status.hpp"

namespace phreatic::learn {

const char* words(TrainStatus status) {
  switch (status) {
    case TrainStatus::finished:
      return "finished";
    case TrainStatus::stopped_early:
      return "stopped early";
    case TrainStatus::diverged:
      return "diverged";
    case TrainStatus::pruned:
      return "pruned";
  }
  return "";
}

}  // namespace phreatic::learn

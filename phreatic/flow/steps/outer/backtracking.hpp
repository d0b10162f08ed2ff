// SPDX-License-Identifier: BSD-3-Clause
// Backtracking of outer iterations as MODFLOW 6's IMS does it: a correction after which the residual (root of the sum of
// squares) is more than BACKTRACKING_TOLERANCE times the one before is taken back to BACKTRACKING_REDUCTION_FACTOR of
// itself, at most BACKTRACKING_NUMBER times, until the residual is small enough or under BACKTRACKING_RESIDUAL_LIMIT. Only where the
// input names BACKTRACKING_NUMBER: with that of COMPLEX two of a hundred random models less are solved.
#pragma once

#include "phreatic/flow/steps/outer/outer_loop.hpp"

namespace phreatic::flow {

class Backtracker {
 public:
  explicit Backtracker(const SolverSettings& settings) : settings_(settings) {}
  bool active() const { return settings_.backtracking && settings_.backtracking_number > 0; }

  // After the assembly of an outer iteration, with the heads before its correction in engine.before. assemble() makes the
  // system of the present heads.
  template <class Assemble>
  void after_assembly(Engine& engine, Assemble&& assemble) {
    if (!active()) return;
    double now = norm(engine);
    if (before_ >= 0 && now > settings_.backtracking_tolerance * before_) {
      for (int turn = 1; turn <= settings_.backtracking_number && take_back(engine); ++turn) {
        assemble();
        now = norm(engine);
        if (now < settings_.backtracking_tolerance * before_ || now < settings_.backtracking_residual_limit)
          break;
      }
    }
    before_ = now;
  }

 private:
  static double norm(const Engine& engine);
  // False when the correction is within the closure already.
  bool take_back(Engine& engine) const;

  SolverSettings settings_;
  double before_ = -1;  // residual of the last iteration; < 0: none yet
};

}  // namespace phreatic::flow

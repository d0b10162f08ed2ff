// SPDX-License-Identifier: BSD-3-Clause
// Doubtful values of loggers, flagged for `check` and the report and never mended: jumps, outliers, datum
// shifts, flat stretches. Thresholds are multiples of the series' own robust spread. Method:
// docs/methods/data.md.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "phreatic/core/settings/params.hpp"
#include "phreatic/data/panel.hpp"

namespace phreatic::data {

struct FlagParams {
  double jump = 12;             // changes between neighbouring observations, in robust standard deviations
  double outlier = 8;           // deviation from the running median, in robust standard deviations
  int outlier_half_window = 5;  // observations each side
  int shift_window = 20;        // observations each side whose medians are compared
  int flat_observations = 30;   // shortest run of equal values
  double rain_days = 10;        // days before a rise within which rain may explain it
  double rain_quantile = 0.9;   // rain of such a stretch that counts as much, as a quantile of all stretches
};
void describe(core::Describer& d, FlagParams& p);

enum class FlagKind { jump, outlier, datum_shift, flat };

struct Flag {
  std::size_t entity = 0;
  std::size_t variable = 0;
  FlagKind kind = FlagKind::jump;
  std::size_t first = 0;  // steps of the axis
  std::size_t last = 0;
  double size = 0;    // change, deviation or shift in the variable's unit; the value of a flat stretch
  double before = 0;  // datum shift: median before it; outlier: of its neighbours
  double after = 0;   // datum shift: median after it; outlier: the value
};

std::vector<Flag> flag_series(std::span<const double> series, const FlagParams& params);
// All targets of all entities, ordered by entity and time. A lasting rise with much rain before it, where the
// panel has precipitation, is a jump and no datum shift.
std::vector<Flag> flag_panel(const Panel& panel, const std::vector<std::size_t>& targets,
                             const FlagParams& params);

std::string flag_name(FlagKind kind);
// "about the values before times 100 (cm for m)": where the values after a datum shift, or an outlier, are a known factor
// away from those around; else "".
std::string flag_factor(const Flag& flag);
// "well A, level: datum shift of -1.20 m on 2004-05-06"
std::string flag_text(const Flag& flag, const Panel& panel);

}  // namespace phreatic::data

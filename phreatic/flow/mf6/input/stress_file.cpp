// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/input/stress_file.hpp"

#include <fmt/format.h>

namespace phreatic::flow::mf6 {

bool StressFile::retain(std::size_t bytes, bool binary) {
  std::size_t& room = binary ? state.retain_binary : state.retain_text;
  if (bytes > room) return false;
  room -= bytes;
  return true;
}

Grid StressFile::dimensions(bool with_domain) const {
  Grid grid;
  grid.nlay = state.model.grid.nlay;
  grid.nrow = state.model.grid.nrow;
  grid.ncol = state.model.grid.ncol;
  if (with_domain) grid.idomain = state.model.grid.idomain;
  return grid;
}

bool StressFile::after_end(const Block& block) {
  if (state.model.periods.empty() || static_cast<std::size_t>(block.period) <= state.model.periods.size())
    return false;
  context.note({file, 0}, fmt::format("has periods after the last ({}) of the run; they have no effect",
                                      state.model.periods.size()));
  return true;
}

void StressFile::check_cover(const std::string& name, const Place& place, const std::vector<double>& times,
                             SeriesMethod method, int first, int last) {
  if (times.empty() || state.step_ends.empty()) return;
  std::size_t step = 0;
  for (int p = 0; p < last; ++p) {
    const int count = state.model.periods[static_cast<std::size_t>(p)].nstp;
    for (int s = 0; s < count; ++s, ++step) {
      if (p < first || step >= state.step_ends.size()) continue;
      const double start = step == 0 ? 0 : state.step_ends[step - 1];
      if (!step_weights(times, method, start, state.step_ends[step]).empty()) continue;
      context.problem(place, where + " time series " + name,
                      fmt::format("has times {} to {} and does not cover step {} of period {}, from {} to {}",
                                  times.front(), times.back(), s + 1, p + 1, start, state.step_ends[step]),
                      "times that cover every step in which the series is used");
      return;
    }
  }
}

}  // namespace phreatic::flow::mf6

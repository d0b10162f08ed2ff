// SPDX-License-Identifier: BSD-3-Clause
// The samples of training and evaluation: windows of steps whose inputs are complete and that have something
// observed to be compared with. What is skipped is counted, with the reason; nothing is filled.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "phreatic/data/panel.hpp"
#include "phreatic/data/split.hpp"

namespace phreatic::data {

struct WindowParams {
  std::size_t length = 365;      // input steps
  std::size_t predict_last = 1;  // simulation: the last steps of the window are predicted
  std::size_t horizon = 0;       // forecast: the steps after the window are predicted instead
  bool future_inputs = true;     // forecast: inputs of the predicted steps are needed too
  bool need_target = true;       // at least one predicted step must be observed
  std::size_t stride = 1;
};

// Steps first..last (included) of an entity are the inputs. Predicted are the last predict_last of them, or
// the `horizon` steps after them; of these only those inside the entity's range count.
struct Window {
  std::uint32_t entity = 0;
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  bool operator==(const Window&) const = default;
};

struct WindowCounts {
  std::size_t taken = 0;
  std::size_t too_early = 0;               // the window would begin before the axis
  std::size_t too_late = 0;                // the forecast would end after the axis
  std::size_t incomplete_inputs = 0;       // an input is missing
  std::size_t no_target = 0;               // inputs complete, nothing observed
  std::vector<std::size_t> missing_input;  // per input: windows in which it is missing
};

struct WindowSet {
  std::vector<Window> windows;  // by entity, then by time
  WindowCounts counts;
  std::vector<WindowCounts> by_entity;
};

// Windows whose last input step (simulation), or whose first predicted step (forecast), lies in the entity's
// range. `inputs` and `targets` are variables of the panel; entities with an empty range give none.
WindowSet enumerate_windows(const Panel& panel, const std::vector<std::size_t>& inputs,
                            const std::vector<std::size_t>& targets, const std::vector<Range>& ranges,
                            const WindowParams& params);

enum class Part { train, validation, test };
// Ranges for enumerate_windows. Held-out entities have no training and validation range.
std::vector<Range> ranges_of(const Split& split, Part part);

// "1200 windows taken, 12 skipped: 10 with missing inputs (radiation 10), 2 without observation"
std::string counts_text(const WindowCounts& counts, const Panel& panel,
                        const std::vector<std::size_t>& inputs);

}  // namespace phreatic::data

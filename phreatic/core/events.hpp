// SPDX-License-Identifier: BSD-3-Clause
// What a program tells the program that started it, beside what it prints for people: one JSON object a line on the open
// descriptor whose number the environment variable PHREATIC_EVENTS holds. Nothing is written without it.
//   {"event":"progress","label":"train","done":3,"total":40,"unit":"epochs","note":""}
//   {"event":"log","level":"warning","text":"..."}          level: info, warning
//   {"event":"problem","file":"levels.csv","line":12,"column":0,"where":"well W03","what":"...","allowed":"...","mend":"..."}
//   {"event":"failed","kind":"input","text":"..."}          kind: input, run, interrupted
// Values stay as they are here; new events and new keys may be added.
#pragma once

#include <cstddef>
#include <string>

#include "phreatic/core/errors.hpp"

namespace phreatic::core {

// Does anybody listen?
bool events_wanted();

void event_progress(const std::string& label, std::size_t done, std::size_t total, const std::string& unit,
                    const std::string& note);
void event_log(const std::string& level, const std::string& text);
// The problems of bad input, then the failure itself.
void event_input_error(const InputError& error);
void event_failed(const std::string& kind, const std::string& text);

}  // namespace phreatic::core

// SPDX-License-Identifier: BSD-3-Clause
// provenance.json of a run folder: program, machine, every input file of every stage with its hash, and for
// each stage its key, duration and facts.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "phreatic/studies/engine/record.hpp"

namespace phreatic::studies::engine {

void write_provenance(const Graph& graph, const Record& record, const std::filesystem::path& folder);

// Version, compiler, processor, threads, memory, time.
nlohmann::json describe_machine();

// "2026-11-28T01:02:03Z"
std::string now_utc();

}  // namespace phreatic::studies::engine

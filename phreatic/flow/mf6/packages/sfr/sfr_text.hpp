// SPDX-License-Identifier: BSD-3-Clause
// What the readers of the blocks of an SFR file share.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "phreatic/flow/mf6/packages.hpp"
#include "phreatic/flow/mf6/packages/sfr/stress.hpp"
#include "phreatic/flow/packages/sfr/network.hpp"

namespace phreatic::flow::mf6 {

struct SfrText {
  Context& context;
  ReadState& state;
  std::string where;  // package, for messages
  std::string file;
  int count = 0;  // NREACHES
  std::vector<std::string> aux_names;
  std::shared_ptr<StreamNetwork> network = std::make_shared<StreamNetwork>();
  std::shared_ptr<SfrStress> stress = std::make_shared<SfrStress>();
};

// A reach number, 1 to NREACHES, as an index; false and a problem otherwise.
bool read_reach_number(SfrText& text, Words& words, const Place& place, const std::string& where,
                       std::size_t& reach);
// The next word as a value of a column of reach r, or a time series. Without a period it is the value at the start.
bool read_stream_value(SfrText& text, Words& words, const Place& place, std::size_t column, std::size_t r,
                       SfrPeriod* period);
// TAB6 FILEIN file: its index among the cross sections, -1 after a problem.
double read_cross_section(SfrText& text, Words& words, const Place& place);
// A PERIOD block.
void read_stream_period(SfrText& text, const Block& block);
// The fractions of the active reaches downstream of a reach must add to 1, those of diversions must be 0; in every period.
void check_upstream_fractions(SfrText& text);

}  // namespace phreatic::flow::mf6

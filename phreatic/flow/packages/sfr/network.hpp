// SPDX-License-Identifier: BSD-3-Clause
// Routed streams as plain data: reaches, how they are connected, diversions, cross sections. Values that may change in time
// are the bounds of the package (PackageValues), one bound a reach, in the columns of StreamColumn.
// Source: langevin2017, chapter "Streamflow Routing Package"; MODFLOW 6 input guide.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/flow/model.hpp"

namespace phreatic::flow {

// Value columns of a stream package. After these one column for each diversion number (rate in L3/T, or a fraction).
enum StreamColumn : std::size_t {
  kStreamStatus,       // 1 active, 0 inactive, -1 simple (stage given)
  kStreamBedK,         // (L/T)
  kStreamRoughness,    // Manning's n
  kStreamStage,        // of simple reaches (L)
  kStreamInflow,       // (L3/T)
  kStreamRainfall,     // on the full width (L/T)
  kStreamEvaporation,  // from the wet width (L/T)
  kStreamRunoff,       // (L3/T)
  kStreamFraction,     // of the flow that leaves the reaches upstream
  kStreamSection,      // index in StreamNetwork::sections; -1: rectangular
  kStreamDiversions,
};

// Takes water out of a reach: the given part of its outflow; what is above the given flow; the given flow if there is as much,
// otherwise nothing; the given flow or what there is.
enum class DiversionRule { fraction, excess, threshold, upto };

struct Diversion {
  int to = 0;  // reach that receives, a downstream one
  DiversionRule rule = DiversionRule::upto;
};

struct ReachLink {
  int reach = 0;
  bool downstream = false;
};

struct Reach {
  CellIndex cell = kNoCell;  // kNoCell: no exchange with the aquifer
  double length = 1;         // (L)
  double width = 1;          // (L)
  double gradient = 1e-3;    // of the bed (-)
  double top = 0;            // of the bed (L)
  double thickness = 1;      // of the bed (L)
  std::vector<ReachLink> links;
  std::vector<Diversion> diversions;
  std::string name;      // boundname
  std::size_t line = 0;  // of StreamNetwork::file, where it is said; 0: not known
};

// Points across a channel. Beyond the outer points walls stand upright and wet nothing.
struct CrossSection {
  std::vector<double> x;          // as part of the width of the reach, never falling
  std::vector<double> height;     // above the bed's top (L), the lowest 0
  std::vector<double> roughness;  // factors on Manning's n of the piece to the next point; empty: 1
};

struct StreamNetwork : PackageData {
  std::vector<Reach> reaches;
  std::vector<CrossSection> sections;
  std::string file;       // that reaches were read from, for messages
  double conversion = 1;  // Manning's equation in units of the model: LENGTH_CONVERSION^(1/3) TIME_CONVERSION
  bool storage = false;   // reaches hold water in transient steps: kinematic wave (kinematic_wave.hpp)
  double storage_weight = 1;  // of the end of the step in flow along a reach, 0.5 to 1

  std::size_t most_diversions() const;
};

// Reaches from upstream to downstream, equal ones by number; shorter than the network when there is a loop.
std::vector<int> stream_order(const StreamNetwork& network);

// The reaches of one loop, in the direction of flow; empty when there is none.
std::vector<int> stream_loop(const StreamNetwork& network);

// What is wrong with a network: geometry, connections that do not agree, loops, diversions, cross sections, cells. `where` is the
// package. Reaches are numbered from 1 in messages.
void check_streams(const StreamNetwork& network, const Grid& grid, const std::string& where,
                   core::Problems& problems);

}  // namespace phreatic::flow

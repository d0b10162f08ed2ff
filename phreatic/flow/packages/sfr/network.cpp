// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/packages/sfr/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <queue>

namespace phreatic::flow {
namespace {

std::size_t index(int reach) { return static_cast<std::size_t>(reach); }

// Number of reaches that flow into each; links that point outside the network are left to the checks.
std::vector<int> inflow_counts(const StreamNetwork& network) {
  std::vector<int> counts(network.reaches.size(), 0);
  for (const Reach& reach : network.reaches) {
    for (const ReachLink& link : reach.links) {
      if (link.downstream && index(link.reach) < counts.size()) ++counts[index(link.reach)];
    }
  }
  return counts;
}

std::string number(double value) {
  std::string text = std::to_string(value);
  while (text.size() > 1 && text.back() == '0') text.pop_back();
  return text;
}

class StreamChecker {
 public:
  StreamChecker(const StreamNetwork& network, const Grid& grid, std::string where, core::Problems& problems)
      : network_(network), grid_(grid), where_(std::move(where)), problems_(problems) {}

  void run() {
    for (std::size_t n = 0; n < network_.reaches.size(); ++n) {
      line_ = network_.reaches[n].line;
      geometry(n);
      cell(n);
      links(n);
      diversions(n);
    }
    line_ = 0;
    for (std::size_t s = 0; s < network_.sections.size(); ++s) section(s);
    loop();
  }

 private:
  void add(const std::string& place, const std::string& what, const std::string& allowed = "",
           const std::string& mend = "") {
    problems_.add(core::Problem{network_.file, line_, 0, where_ + " " + place, what, allowed, mend});
  }
  static std::string reach(std::size_t n) { return "reach " + std::to_string(n + 1); }
  void positive(std::size_t n, const char* name, double value) {
    if (!(value > 0) || !std::isfinite(value))
      add(reach(n), std::string(name) + " of " + number(value), "above 0");
  }

  void geometry(std::size_t n) {
    const Reach& r = network_.reaches[n];
    positive(n, "a length", r.length);
    positive(n, "a width", r.width);
    positive(n, "a gradient", r.gradient);
    if (r.cell != kNoCell) positive(n, "a bed thickness", r.thickness);
    if (!std::isfinite(r.top)) add(reach(n), "a bed top that is no number");
  }

  void cell(std::size_t n) {
    const Reach& r = network_.reaches[n];
    if (r.cell == kNoCell) return;
    const auto c = index(r.cell);
    if (r.cell < 0 || c >= grid_.cells()) {
      add(reach(n), "is in a cell outside the grid");
    } else if (grid_.idomain[c] <= 0) {
      add(reach(n), "is in an inactive cell",
          "a cell with IDOMAIN above 0, or 0 0 0 for a reach without aquifer");
    } else if (r.top - r.thickness <= grid_.botm[c]) {
      add(reach(n),
          "the bottom of its bed (" + number(r.top - r.thickness) +
              ") is not above the bottom of its cell (" + number(grid_.botm[c]) + ")",
          "", "Check units and datum of RTP and RBTH, or put the reach into the layer that its bed lies in");
    }
  }

  void links(std::size_t n) {
    const Reach& r = network_.reaches[n];
    for (std::size_t i = 0; i < r.links.size(); ++i) {
      const ReachLink& link = r.links[i];
      if (link.reach < 0 || index(link.reach) >= network_.reaches.size()) {
        add(reach(n), "is connected to reach " + std::to_string(link.reach + 1) + ", which is not there",
            "1 to " + std::to_string(network_.reaches.size()));
        continue;
      }
      if (index(link.reach) == n) {
        add(reach(n), "is connected to itself");
        continue;
      }
      for (std::size_t j = 0; j < i; ++j) {
        if (r.links[j].reach == link.reach)
          add(reach(n), "is connected to " + reach(index(link.reach)) + " twice");
      }
      const auto& others = network_.reaches[index(link.reach)].links;
      const auto back = std::find_if(others.begin(), others.end(),
                                     [&](const ReachLink& other) { return index(other.reach) == n; });
      const std::string other = reach(index(link.reach));
      if (back == others.end()) {
        add(reach(n),
            fmt::format("is connected to {}, but {} is not connected to {}", other, other, reach(n)), "",
            "Name the connection in both lines of CONNECTIONDATA");
      } else if (back->downstream == link.downstream) {
        add(reach(n),
            std::string("and ") + other + " are both " + (link.downstream ? "downstream" : "upstream") +
                " of each other",
            "a negative number for the reach downstream, a positive one for the reach upstream");
      }
    }
  }

  void diversions(std::size_t n) {
    const Reach& r = network_.reaches[n];
    for (std::size_t d = 0; d < r.diversions.size(); ++d) {
      const int to = r.diversions[d].to;
      const bool found = std::any_of(r.links.begin(), r.links.end(), [&](const ReachLink& link) {
        return link.downstream && link.reach == to;
      });
      if (!found)
        add(reach(n),
            "its diversion " + std::to_string(d + 1) + " goes to reach " + std::to_string(to + 1) +
                ", which is not downstream of it",
            "a reach that CONNECTIONDATA names with a negative number");
    }
  }

  void section(std::size_t s) {
    const CrossSection& c = network_.sections[s];
    const std::string place = "cross section " + std::to_string(s + 1);
    const bool sizes =
        c.x.size() == c.height.size() && (c.roughness.empty() || c.roughness.size() == c.x.size());
    if (c.x.size() < 2 || !sizes) {
      add(place, std::to_string(c.x.size()) + " points", "at least 2, each with a height");
      return;
    }
    if (!std::is_sorted(c.x.begin(), c.x.end()) || !(c.x.back() > c.x.front()))
      add(place, "its points go backwards or have no width", "XFRACTION that never falls");
    if (c.x.front() < 0) add(place, "XFRACTION of " + number(c.x.front()), "0 or more");
    if (*std::min_element(c.height.begin(), c.height.end()) != 0)
      add(place, "its lowest HEIGHT is " + number(*std::min_element(c.height.begin(), c.height.end())), "0");
    for (const double factor : c.roughness) {
      if (!(factor > 0)) add(place, "MANFRACTION of " + number(factor), "above 0");
    }
  }

  void loop() {
    const std::vector<int> around = stream_loop(network_);
    if (around.empty()) return;
    std::string text;
    for (const int n : around) text += std::to_string(n + 1) + " -> ";
    add("connections", "water would flow in a loop: " + text + std::to_string(around.front() + 1), "",
        "Let one of these reaches flow elsewhere");
  }

  const StreamNetwork& network_;
  const Grid& grid_;
  std::string where_;
  core::Problems& problems_;
  std::size_t line_ = 0;
};

}  // namespace

std::size_t StreamNetwork::most_diversions() const {
  std::size_t most = 0;
  for (const Reach& reach : reaches) most = std::max(most, reach.diversions.size());
  return most;
}

std::vector<int> stream_order(const StreamNetwork& network) {
  std::vector<int> counts = inflow_counts(network);
  std::priority_queue<int, std::vector<int>, std::greater<>> ready;
  for (std::size_t n = 0; n < counts.size(); ++n) {
    if (counts[n] == 0) ready.push(static_cast<int>(n));
  }
  std::vector<int> order;
  while (!ready.empty()) {
    const int n = ready.top();
    ready.pop();
    order.push_back(n);
    for (const ReachLink& link : network.reaches[index(n)].links) {
      if (link.downstream && index(link.reach) < counts.size() && --counts[index(link.reach)] == 0)
        ready.push(link.reach);
    }
  }
  return order;
}

std::vector<int> stream_loop(const StreamNetwork& network) {
  const std::vector<int> order = stream_order(network);
  if (order.size() == network.reaches.size()) return {};
  std::vector<char> left(network.reaches.size(), 1);
  for (const int n : order) left[index(n)] = 0;
  // Upstream of every reach that is left there is another one that is left: going upstream must come round.
  std::vector<int> upstream(network.reaches.size(), -1);
  for (std::size_t n = 0; n < network.reaches.size(); ++n) {
    if (left[n] == 0) continue;
    for (const ReachLink& link : network.reaches[n].links) {
      if (link.downstream && index(link.reach) < left.size() && upstream[index(link.reach)] < 0)
        upstream[index(link.reach)] = static_cast<int>(n);
    }
  }
  std::vector<int> path;
  std::vector<int> seen(network.reaches.size(), -1);
  int n = static_cast<int>(std::find(left.begin(), left.end(), 1) - left.begin());
  while (seen[index(n)] < 0) {
    seen[index(n)] = static_cast<int>(path.size());
    path.push_back(n);
    n = upstream[index(n)];
  }
  path.erase(path.begin(), path.begin() + seen[index(n)]);
  std::reverse(path.begin(), path.end());
  return path;
}

void check_streams(const StreamNetwork& network, const Grid& grid, const std::string& where,
                   core::Problems& problems) {
  StreamChecker(network, grid, where, problems).run();
}

}  // namespace phreatic::flow

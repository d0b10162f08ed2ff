// SPDX-License-Identifier: BSD-3-Clause
// Streams routed from reach to reach (network.hpp), each in balance (reach.hpp) at the heads of the outer iteration. What leaves a
// reach first fills its diversions in the order of its connections; the rest goes to the active reaches downstream in proportion to
// their fractions, and out of the model where there is none.
#include <algorithm>
#include <array>
#include <cmath>

#include "phreatic/flow/packages/sfr/network.hpp"
#include "phreatic/flow/packages/sfr/reach.hpp"
#include "phreatic/flow/packages/table.hpp"

namespace phreatic::flow {
namespace {

std::size_t index(int n) { return static_cast<std::size_t>(n); }

double diverted(DiversionRule rule, double wanted, double flow) {
  switch (rule) {
    case DiversionRule::fraction:
      return flow * wanted;
    case DiversionRule::excess:
      return std::max(flow - wanted, 0.0);
    case DiversionRule::threshold:
      return flow < wanted ? 0.0 : wanted;
    case DiversionRule::upto:
      return std::min(wanted, flow);
  }
  return 0;
}

class Streams : public PackageState {
 public:
  explicit Streams(std::shared_ptr<const StreamNetwork> network)
      : network_(std::move(network)), order_(stream_order(*network_)) {
    const std::size_t n = network_->reaches.size();
    results_.resize(n);
    before_.resize(n);
    noted_stage_.assign(n, 0.0);
    noted_upstream_.assign(n, 0.0);
    status_.assign(n, 1);
    upstream_.assign(n, 0.0);
    heads_.assign(n, std::nan(""));
    conveyed_.resize(n);
    for (std::size_t r = 0; r < n; ++r) conveyed_[r].assign(network_->reaches[r].links.size(), 0.0);
    cells_.assign(n, kNoCell);
    flows_.assign(n, 0.0);
    slopes_.assign(n, 0.0);
  }

  void start_step(const StepTime& time, const PackageValues& values) override {
    values_ = values;
    dt_ = time.steady ? 0.0 : time.dt;
    for (std::size_t r = 0; r < status_.size(); ++r)
      status_[r] = static_cast<int>(values.value(kStreamStatus, r));
  }

  void solve(const BoundContext& at) override {
    for (const int r : order_) solve_one(index(r), at);
  }

  void end_step() override {
    for (std::size_t r = 0; r < status_.size(); ++r) {
      const bool active = status_[r] != 0;
      before_[r].inflow = active ? upstream_[r] + values_.value(kStreamInflow, r) : 0.0;
      before_[r].outflow = results_[r].downstream;
    }
  }

  std::vector<double> save() const override {
    if (!network_->storage) return {};
    std::vector<double> saved;
    for (const ReachStorage& one : before_) saved.insert(saved.end(), {one.inflow, one.outflow});
    return saved;
  }
  void restore(const std::vector<double>& saved) override {
    for (std::size_t r = 0; 2 * r + 1 < saved.size() && r < before_.size(); ++r) {
      before_[r].inflow = saved[2 * r];
      before_[r].outflow = saved[2 * r + 1];
    }
  }

  Changes changes() override;
  std::vector<BudgetTerm> budget() const override;
  std::vector<double> state_values() const override;
  std::optional<double> observe(std::string_view type, std::size_t r) const override;

 private:
  Section section(std::size_t r) const {
    const auto s = static_cast<int>(values_.value(kStreamSection, r));
    return {s < 0 ? nullptr : &network_->sections[index(s)], network_->reaches[r].width};
  }
  double depth_of(std::size_t r, double flow) const {
    return section(r).depth(std::max(flow, 0.0) / manning(r));
  }
  double manning(std::size_t r) const {
    return network_->conversion * std::sqrt(network_->reaches[r].gradient) /
           values_.value(kStreamRoughness, r);
  }

  void solve_one(std::size_t r, const BoundContext& at) {
    const Reach& reach = network_->reaches[r];
    const CellIndex cell = acting_cell(true, at.model, at.ibound, reach.cell);
    const bool wet = cell != kNoCell && at.ibound[index(cell)] > 0;
    cells_[r] = cell;
    upstream_[r] = 0;
    results_[r] = ReachResult{};
    if (status_[r] != 0) {
      for (const ReachLink& link : reach.links) {
        if (!link.downstream) upstream_[r] += flow_between(index(link.reach), r);
      }
      ReachInput in;
      in.reach = &reach;
      in.section = section(r);
      in.simple = status_[r] < 0;
      in.connected = wet;
      in.head = wet ? at.head[index(cell)] : reach.top;
      heads_[r] = wet ? in.head : std::nan("");
      in.stage = values_.value(kStreamStage, r);
      in.bed_k = values_.value(kStreamBedK, r);
      in.manning = manning(r);
      in.upstream = upstream_[r];
      in.inflow = values_.value(kStreamInflow, r);
      in.rainfall = values_.value(kStreamRainfall, r);
      in.evaporation = values_.value(kStreamEvaporation, r);
      in.runoff = values_.value(kStreamRunoff, r);
      if (network_->storage && dt_ > 0) {
        in.storage = before_[r];
        in.storage->dt = dt_;
        in.storage->weight = network_->storage_weight;
      }
      results_[r] = solve_reach(in);
    }
    flows_[r] = results_[r].leakage;
    slopes_[r] = results_[r].slope;
    send_on(r);
  }

  // Flow over the connection from one reach down to another.
  double flow_between(std::size_t from, std::size_t to) const {
    const std::vector<ReachLink>& links = network_->reaches[from].links;
    for (std::size_t i = 0; i < links.size(); ++i) {
      if (links[i].downstream && index(links[i].reach) == to) return conveyed_[from][i];
    }
    return 0;
  }

  int diversion_to(const Reach& reach, int to) const {
    for (std::size_t d = 0; d < reach.diversions.size(); ++d) {
      if (reach.diversions[d].to == to) return static_cast<int>(d);
    }
    return -1;
  }

  void send_on(std::size_t r) {
    const Reach& reach = network_->reaches[r];
    std::vector<double>& out = conveyed_[r];
    std::fill(out.begin(), out.end(), 0.0);
    double left = results_[r].downstream;
    if (!(left > 0)) return;
    double fractions = 0;
    for (std::size_t i = 0; i < reach.links.size(); ++i) {
      const ReachLink& link = reach.links[i];
      if (!link.downstream) continue;
      const int d = diversion_to(reach, link.reach);
      if (d < 0) {
        if (status_[index(link.reach)] != 0) fractions += values_.value(kStreamFraction, index(link.reach));
        continue;
      }
      out[i] =
          diverted(reach.diversions[index(d)].rule, values_.value(kStreamDiversions + index(d), r), left);
      left -= out[i];
    }
    if (!(fractions > 0)) return;
    for (std::size_t i = 0; i < reach.links.size(); ++i) {
      const ReachLink& link = reach.links[i];
      if (!link.downstream || diversion_to(reach, link.reach) >= 0 || status_[index(link.reach)] == 0)
        continue;
      out[i] = left * values_.value(kStreamFraction, index(link.reach)) / fractions;
    }
  }

  // What leaves the model at the end of a reach; <= 0.
  double outflow(std::size_t r) const {
    double sent = 0;
    for (const double q : conveyed_[r]) sent += q;
    return sent - results_[r].downstream;
  }

  // The whole flow out of a reach that no active reach follows, or of one that some do, for observations; <= 0.
  double observed_outflow(std::size_t r, bool external) const {
    const std::vector<ReachLink>& links = network_->reaches[r].links;
    const bool followed = std::any_of(links.begin(), links.end(), [&](const ReachLink& link) {
      return link.downstream && status_[index(link.reach)] != 0;
    });
    return followed == external ? 0.0 : -results_[r].downstream;
  }

  BudgetTerm term(std::string text) const {
    BudgetTerm t;
    t.text = std::move(text);
    for (std::size_t r = 0; r < status_.size(); ++r) {
      t.from.push_back(static_cast<std::int32_t>(r));
      t.to.push_back(static_cast<std::int32_t>(r));
    }
    t.flow.assign(status_.size(), 0.0);
    return t;
  }
  template <class FlowOf>
  BudgetTerm term_of(std::string text, FlowOf&& flow_of) const {
    BudgetTerm t = term(std::move(text));
    for (std::size_t r = 0; r < status_.size(); ++r) {
      if (status_[r] != 0) t.flow[r] = flow_of(r);
    }
    return t;
  }
  BudgetTerm between_reaches() const;
  BudgetTerm with_aquifer() const;

  std::shared_ptr<const StreamNetwork> network_;
  std::vector<int> order_;
  PackageValues values_;
  std::vector<int> status_;
  std::vector<ReachResult> results_;
  std::vector<ReachStorage> before_;  // flows at the end of the last step
  double dt_ = 0;                     // of this step; 0 steady
  std::vector<double> noted_stage_;   // when changes() was last asked
  std::vector<double> noted_upstream_;
  std::vector<double> upstream_;               // flow from the reaches upstream
  std::vector<double> heads_;                  // of the cells; NaN where there is no wet one
  std::vector<std::vector<double>> conveyed_;  // by link, of the downstream ones
};

PackageState::Changes Streams::changes() {
  Changes largest;
  const auto keep = [](Largest& best, double value, std::size_t r) {
    if (std::abs(value) > std::abs(best.value)) best = {value, r};
  };
  for (std::size_t r = 0; r < status_.size(); ++r) {
    const Reach& reach = network_->reaches[r];
    const double stage = status_[r] == 0 ? reach.top : reach.top + results_[r].depth;
    if (status_[r] != 0) {
      keep(largest.state, noted_stage_[r] - stage, r);
      keep(largest.inflow,
           (noted_upstream_[r] - upstream_[r]) * dt_ / (section(r).full_width() * reach.length), r);
    }
    noted_stage_[r] = stage;
    noted_upstream_[r] = upstream_[r];
  }
  return largest;
}

BudgetTerm Streams::between_reaches() const {
  BudgetTerm t;
  t.text = "FLOW-JA-FACE";
  t.internal = true;
  t.aux_names = {"FLOW-AREA"};
  for (std::size_t r = 0; r < status_.size(); ++r) {
    const std::vector<ReachLink>& links = network_->reaches[r].links;
    for (std::size_t i = 0; i < links.size(); ++i) {
      t.from.push_back(static_cast<std::int32_t>(r));
      t.to.push_back(links[i].reach);
      if (status_[r] == 0) {
        t.flow.push_back(0);
        t.aux.push_back(0);
        continue;
      }
      t.flow.push_back(links[i].downstream ? -conveyed_[r][i] : flow_between(index(links[i].reach), r));
      const double through = links[i].downstream ? results_[r].downstream : upstream_[r];
      t.aux.push_back(section(r).wet_area(depth_of(r, through)));
    }
  }
  return t;
}

BudgetTerm Streams::with_aquifer() const {
  BudgetTerm t;
  t.text = "GWF";
  t.to_model = true;
  t.aux_names = {"FLOW-AREA"};
  for (std::size_t r = 0; r < status_.size(); ++r) {
    if (network_->reaches[r].cell == kNoCell) continue;
    t.from.push_back(static_cast<std::int32_t>(r));
    t.to.push_back(cells_[r]);
    t.flow.push_back(status_[r] == 0 ? 0.0 : -results_[r].leakage);
    const double depth = results_[r].depth;
    t.aux.push_back(depth > 0 ? section(r).wet_perimeter(depth) * network_->reaches[r].length : 0.0);
  }
  return t;
}

std::vector<BudgetTerm> Streams::budget() const {
  std::vector<BudgetTerm> terms;
  terms.push_back(between_reaches());
  terms.push_back(with_aquifer());
  terms.push_back(term_of("RAINFALL", [&](std::size_t r) { return results_[r].rainfall; }));
  terms.push_back(term_of("EVAPORATION", [&](std::size_t r) { return -results_[r].evaporation; }));
  terms.push_back(term_of("RUNOFF", [&](std::size_t r) { return results_[r].runoff; }));
  terms.push_back(term_of("EXT-INFLOW", [&](std::size_t r) { return values_.value(kStreamInflow, r); }));
  terms.push_back(term_of("EXT-OUTFLOW", [&](std::size_t r) { return outflow(r); }));
  BudgetTerm storage = term("STORAGE");
  storage.aux_names = {"VOLUME"};
  for (std::size_t r = 0; r < status_.size(); ++r) {
    const double depth = results_[r].depth;
    storage.aux.push_back(section(r).wet_width(depth) * network_->reaches[r].length * depth);
    storage.flow[r] = results_[r].storage;
  }
  terms.push_back(std::move(storage));
  return terms;
}

std::vector<double> Streams::state_values() const {
  std::vector<double> stages;
  for (std::size_t r = 0; r < status_.size(); ++r) {
    const double depth = results_[r].depth;
    stages.push_back(status_[r] == 0 ? kInactiveHead
                     : depth == 0    ? kDryHead
                                     : network_->reaches[r].top + depth);
  }
  return stages;
}

std::optional<double> Streams::observe(std::string_view type, std::size_t r) const {
  const ReachResult& result = results_[r];
  const bool active = status_[r] != 0;
  const std::array<std::pair<std::string_view, double>, 14> values = {{
      {"STAGE", active ? network_->reaches[r].top + result.depth : kInactiveHead},
      {"DEPTH", result.depth},
      {"EXT-INFLOW", values_.value(kStreamInflow, r)},
      {"INFLOW", upstream_[r]},
      {"UPSTREAM-FLOW", upstream_[r]},
      {"OUTFLOW", observed_outflow(r, false)},
      {"EXT-OUTFLOW", observed_outflow(r, true)},
      {"DOWNSTREAM-FLOW", -result.downstream},
      {"RAINFALL", active ? values_.value(kStreamRainfall, r) : 0.0},
      {"RUNOFF", result.runoff},
      {"EVAPORATION", result.evaporation},
      {"SFR", result.leakage},
      {"WET-PERIMETER", section(r).wet_perimeter(result.depth)},
      {"WET-AREA", section(r).wet_area(result.depth)},
  }};
  for (const auto& [name, value] : values) {
    if (name == type) return value == 0 ? 0.0 : value;
  }
  if (type == "WET-WIDTH") return section(r).wet_width(result.depth);
  if (!active || std::isnan(heads_[r])) return std::nullopt;
  const Reach& reach = network_->reaches[r];
  if (type == "GWF-HEAD") return heads_[r];
  if (type == "BED-CONDUCTANCE")
    return values_.value(kStreamBedK, r) * reach.length * section(r).wet_perimeter(result.depth) /
           reach.thickness;
  if (type == "BED-GRADIENT")
    return (reach.top + result.depth - std::max(heads_[r], reach.top - reach.thickness)) / reach.thickness;
  return std::nullopt;
}

std::vector<BoundColumn> columns(const Package& package) {
  std::vector<BoundColumn> all = {{"status"},
                                  {"bed conductivity", 0, "a number from 0, or a time series"},
                                  {"roughness", 1e-300, "a number above 0, or a time series"},
                                  {"stage"},
                                  {"inflow"},
                                  {"rainfall"},
                                  {"evaporation"},
                                  {"runoff"},
                                  {"upstream fraction", 0, "a number from 0, or a time series"},
                                  {"cross section"}};
  const auto* network = dynamic_cast<const StreamNetwork*>(package.data.get());
  const std::size_t most = network == nullptr ? 0 : network->most_diversions();
  for (std::size_t d = 0; d < most; ++d) all.push_back({"diversion " + std::to_string(d + 1)});
  return all;
}

std::unique_ptr<PackageState> make_state(const Package& package, const Model&) {
  auto network = std::dynamic_pointer_cast<const StreamNetwork>(package.data);
  PHREATIC_ASSERT(network != nullptr);
  return std::make_unique<Streams>(std::move(network));
}

void check(const Package& package, const Model& model, core::Problems& problems) {
  const auto* network = dynamic_cast<const StreamNetwork*>(package.data.get());
  if (network == nullptr) {
    problems.add(core::Problem{"", 0, 0, package.name, "has no stream network", "", "Set Package::data"});
    return;
  }
  check_streams(*network, model.grid, package.name, problems);
}

}  // namespace

const PackageType& sfr_type() {
  static const PackageType type = [] {
    PackageType made;
    made.kind = PackageKind::sfr;
    made.columns = columns;
    made.highest_cell = true;
    made.make_state = make_state;
    made.check = check;
    return made;
  }();
  return type;
}

}  // namespace phreatic::flow

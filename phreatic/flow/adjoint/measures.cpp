// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/adjoint/measures.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace phreatic::flow {
namespace {

std::string cell_place(const Grid& grid, CellIndex n) {
  const int in_layer = n % (grid.nrow * grid.ncol);
  return "cell (" + std::to_string(n / (grid.nrow * grid.ncol) + 1) + ", " +
         std::to_string(in_layer / grid.ncol + 1) + ", " + std::to_string(in_layer % grid.ncol + 1) + ")";
}

class Checker {
 public:
  Checker(const Measure& measure, const Trajectory& trajectory, core::Problems& problems)
      : measure_(measure), trajectory_(trajectory), problems_(problems) {}

  void run() {
    if (measure_.heads.empty() && measure_.flows.empty() && measure_.storage.empty())
      problem("has no active cells", "Name cells that are active");
    std::map<int, std::vector<const HeadTerm*>> heads;
    for (const HeadTerm& term : measure_.heads) {
      if (step(term.step) && weight(term.weight)) heads[term.step].push_back(&term);
    }
    for (const auto& [at, terms] : heads) dry_heads(at, terms);
    for (const FlowTerm& term : measure_.flows) {
      if (!step(term.step) || !weight(term.weight)) continue;
      mask(term.cells);
      if (term.package < 0 || static_cast<std::size_t>(term.package) >= trajectory_.model().packages.size())
        problem("names a package that the model does not have", "");
    }
    for (const StorageTermAt& term : measure_.storage) {
      if (step(term.step) && weight(term.weight)) mask(term.cells);
    }
    if (!measure_.storage.empty() && !trajectory_.model().storage.present)
      problem("asks for water in storage, but the model has no storage (STO)", "");
  }

 private:
  void problem(const std::string& what, const std::string& mend) {
    if (told_++ < 20) problems_.add({.where = "measure " + measure_.name, .what = what, .mend = mend});
  }
  bool step(int at) {
    if (at >= 0 && static_cast<std::size_t>(at) < trajectory_.steps()) return true;
    problem("looks at step " + std::to_string(at + 1) + ", outside the run",
            "The run has " + std::to_string(trajectory_.steps()) + " steps");
    return false;
  }
  bool weight(double w) {
    if (std::isfinite(w)) return true;
    problem("has a weight that is no number", "");
    return false;
  }
  void mask(const std::shared_ptr<const std::vector<char>>& cells) {
    if (!cells) return;
    const std::size_t wanted = trajectory_.model().grid.cells();
    if (cells->size() != wanted) {
      problem("has weights for " + std::to_string(cells->size()) + " cells",
              "The grid has " + std::to_string(wanted));
    } else if (std::none_of(cells->begin(), cells->end(), [](char c) { return c != 0; })) {
      problem("has no active cells", "Name cells that are active");
    }
  }
  void dry_heads(int at, const std::vector<const HeadTerm*>& terms) {
    const Model& model = trajectory_.model();
    std::vector<double> buffer;
    const std::vector<double>& heads = trajectory_.heads(static_cast<std::size_t>(at) + 1, buffer);
    const std::string when = " at the end of period " +
                             std::to_string(trajectory_.step(static_cast<std::size_t>(at)).time.period + 1) +
                             ", step " +
                             std::to_string(trajectory_.step(static_cast<std::size_t>(at)).time.step + 1);
    for (const HeadTerm* term : terms) {
      if (term->cell < 0 || static_cast<std::size_t>(term->cell) >= model.grid.cells()) {
        problem("names a cell outside the grid", "");
        continue;
      }
      const auto n = static_cast<std::size_t>(term->cell);
      if (model.grid.idomain[n] <= 0) {
        problem("asks for the head of " + cell_place(model.grid, term->cell) + ", which is not active", "");
      } else if (heads[n] == kDryHead && term->weight != 0) {
        problem("asks for the head of " + cell_place(model.grid, term->cell) + ", which is dry" + when,
                "Leave it out, or choose another date");
      }
    }
  }

  const Measure& measure_;
  const Trajectory& trajectory_;
  core::Problems& problems_;
  int told_ = 0;
};

}  // namespace

void check_measure(const Measure& measure, const Trajectory& trajectory, core::Problems& problems) {
  Checker(measure, trajectory, problems).run();
}

int last_step(const Measure& measure) {
  int last = -1;
  for (const HeadTerm& t : measure.heads) last = std::max(last, t.step);
  for (const FlowTerm& t : measure.flows) last = std::max(last, t.step);
  for (const StorageTermAt& t : measure.storage) last = std::max(last, t.step);
  return last;
}

MeasureTerms::MeasureTerms(const Measure& measure, std::size_t steps) : by_step_(steps) {
  for (const HeadTerm& t : measure.heads) by_step_[static_cast<std::size_t>(t.step)].heads.push_back(&t);
  for (const FlowTerm& t : measure.flows) by_step_[static_cast<std::size_t>(t.step)].flows.push_back(&t);
  for (const StorageTermAt& t : measure.storage)
    by_step_[static_cast<std::size_t>(t.step)].storage.push_back(&t);
}

bool MeasureTerms::storage_weights(std::size_t step, std::vector<double>& weights) const {
  for (const StorageTermAt* t : by_step_[step].storage) {
    for (std::size_t n = 0; n < weights.size(); ++n) {
      if (!t->cells || (*t->cells)[n] != 0) weights[n] += t->weight;
    }
  }
  return !by_step_[step].storage.empty();
}

double MeasureTerms::add(const StepPoint& point, std::size_t step, Padded<double>& by_head,
                         Weights& weights) const {
  const Terms& terms = by_step_[step];
  double value = 0;
  for (const HeadTerm* t : terms.heads) {
    const auto n = static_cast<std::size_t>(t->cell);
    value += t->weight * point.head[n];
    by_head[n] += t->weight;
  }
  weights.package.assign(point.model.packages.size(), 0.0);
  weights.package_cells.assign(point.model.packages.size(), {});
  weights.any = !terms.flows.empty();
  for (const FlowTerm* t : terms.flows) {
    const auto p = static_cast<std::size_t>(t->package);
    if (!t->cells) {
      weights.package[p] += t->weight;
      continue;
    }
    std::vector<double>& cells = weights.package_cells[p];
    cells.resize(t->cells->size(), 0.0);
    for (std::size_t n = 0; n < cells.size(); ++n) {
      if ((*t->cells)[n] != 0) cells[n] += t->weight;
    }
  }
  if (!weights.any) return value;
  std::vector<CellIndex> cell;
  std::vector<double> flow;
  for (std::size_t p = 0; p < point.model.packages.size(); ++p) {
    const BoundLoops& loops = package_type(point.model.packages[p].kind).loops;
    if (loops.flows == nullptr || (weights.package[p] == 0 && weights.package_cells[p].empty())) continue;
    cell.assign(point.values[p]->size(), kNoCell);
    flow.assign(cell.size(), 0.0);
    loops.flows(point.model.packages[p], *point.values[p], point.bounds(), cell, flow);
    for (std::size_t b = 0; b < cell.size(); ++b) {
      if (cell[b] != kNoCell) value += weights.of(p, static_cast<std::size_t>(cell[b])) * flow[b];
    }
  }
  for (std::size_t p = 0; p < point.model.packages.size(); ++p) {
    if (!may_depend_on_head(point.model.packages[p])) continue;
    for_bound_derivatives(point, p, [&](std::size_t, std::size_t n, const BoundDerivative& d) {
      by_head[n] += weights.of(p, n) * d.by_head;
    });
  }
  return value;
}

}  // namespace phreatic::flow

// SPDX-License-Identifier: BSD-3-Clause
// Sensitivities against differences of the engine's own runs, extrapolated by halving the change.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "reference.hpp"
#include "valley.hpp"

namespace phreatic::flow::testing {
namespace {

// Measures of a valley's run by period and step, and their values from heads and flows of a Simulation.
std::vector<Measure> measures_of(const Trajectory& run) {
  const int last = static_cast<int>(run.steps()) - 1;
  int end_of_2 = 0;
  for (std::size_t k = 0; k < run.steps(); ++k) {
    if (run.step(k).time.period <= 2) end_of_2 = static_cast<int>(k);
  }
  Measure heads{"heads", {}, {}, {}};
  heads.heads = {{last, Valley::cell(0, 4, 3), 1.0},
                 {end_of_2, Valley::cell(2, 2, 2), 2.0},
                 {1, Valley::cell(0, 1, 5), -0.5}};
  auto some = std::make_shared<std::vector<char>>(run.model().grid.cells(), 0);
  (*some)[static_cast<std::size_t>(Valley::cell(0, 3, 4))] = 1;
  (*some)[static_cast<std::size_t>(Valley::cell(0, 1, 1))] = 1;
  Measure drains{"drains", {}, {}, {}};
  for (int k = 1; k <= end_of_2; ++k)
    drains.flows.push_back({k, 4, run.step(static_cast<std::size_t>(k)).time.dt, nullptr});
  Measure rivers{"rivers", {}, {{last, 3, 1.0, some}, {last - 1, 6, 2.0, nullptr}}, {}};
  Measure fixed{"fixed heads", {}, {{last, 0, 1.0, nullptr}, {0, 0, 1.0, nullptr}}, {}};
  Measure stored{"stored", {}, {}, {{end_of_2, 1.0, nullptr}, {last, 0.5, some}}};
  return {heads, drains, rivers, fixed, stored};
}

// Water in a cell over its bottom (L3), written apart from the library's.
double water(const Model& m, std::size_t n, double head) {
  const double top = m.grid.cell_top(n);
  const double b = top - m.grid.botm[n];
  const double area = m.grid.area(n);
  const double sc = m.storage.ss[n] * area * (m.storage.storage_coefficient ? 1 : b);
  if (m.storage.iconvert[n] == 0) return sc * (head - m.grid.botm[n]);
  const double wet = std::clamp(head, m.grid.botm[n], top) - m.grid.botm[n];
  double elastic = wet < b ? sc * wet * wet / (2 * b) : sc * (head - m.grid.botm[n] - b / 2);
  if (m.storage.ss_confined_only) elastic = head > top ? sc * (head - top) : 0;
  double drained = wet;
  if (m.storage.shallow_share < 1) {
    const double l = m.storage.shallow_length;
    const auto missing = [&](double d) {
      return m.storage.shallow_share * d + (1 - m.storage.shallow_share) * (std::hypot(d, l) - l);
    };
    drained = missing(b) - missing(b - wet);
  }
  return elastic + m.storage.sy[n] * area * drained;
}

// By code that stands apart from the adjoint's: heads and package flows of the simulation.
std::vector<double> values_of(Model model, const std::vector<Measure>& measures) {
  Simulation run(std::move(model), tight_engine());
  std::vector<double> values(measures.size(), 0.0);
  const std::vector<double> start = run.heads();
  int k = 0;
  while (!run.finished()) {
    EXPECT_EQ(run.advance().status, StepStatus::converged) << run.last_step().message;
    const std::vector<PackageFlows> flows = run.package_flows();
    for (std::size_t m = 0; m < measures.size(); ++m) {
      for (const HeadTerm& t : measures[m].heads) {
        if (t.step == k) values[m] += t.weight * run.heads()[static_cast<std::size_t>(t.cell)];
      }
      for (const FlowTerm& t : measures[m].flows) {
        if (t.step != k) continue;
        const PackageFlows& f = flows[static_cast<std::size_t>(t.package)];
        for (std::size_t b = 0; b < f.flow.size(); ++b) {
          if (f.cell[b] != kNoCell && (!t.cells || (*t.cells)[static_cast<std::size_t>(f.cell[b])] != 0))
            values[m] += t.weight * f.flow[b];
        }
      }
      for (const StorageTermAt& t : measures[m].storage) {
        if (t.step != k) continue;
        for (std::size_t n = 0; n < start.size(); ++n) {
          if (run.model().grid.idomain[n] > 0 && (!t.cells || (*t.cells)[n] != 0))
            values[m] += t.weight * (water(run.model(), n, run.heads()[n]) - water(run.model(), n, start[n]));
        }
      }
    }
    ++k;
  }
  return values;
}

double ours(const Trajectory& run, const MeasureSensitivity& s, const Parameter& p) {
  if (p.name == "k") return s.k[p.index];
  if (p.name == "k22") return s.k22[p.index];
  if (p.name == "k33") return s.k33[p.index];
  if (p.name == "ss") return s.ss[p.index];
  if (p.name == "sy") return s.sy[p.index];
  if (p.name == "source") return s.wells[static_cast<std::size_t>(p.period)][p.index];
  if (p.name == "hydchr") {
    double sum = 0;
    for (const BarrierSensitivity& b : s.barriers) sum += b.values[p.index];
    return sum;
  }
  double sum = 0;
  for (const BoundSensitivity& b : s.bounds) {
    if (run.model().packages[b.package].name != p.name.substr(0, 3) || b.group != p.period) continue;
    sum += b.values.at(static_cast<std::size_t>(p.name[4] - '0'))[p.index];
  }
  return sum;
}

struct Case {
  Form form;
  double tolerance;
};

class Differences : public ::testing::TestWithParam<Case> {};

TEST_P(Differences, OfTheEnginesOwnRunsAreReachedForEveryParameter) {
  const Valley valley(GetParam().form);
  const Trajectory run = record_run(valley.model(), tight_engine(), {});
  ASSERT_EQ(run.step(run.steps() - 1).time.period, Valley::kPeriods - 1);
  SweepParams params;
  params.measures = measures_of(run);
  params.wanted = {true, true, true, true, true, true, true};
  params.tolerance = 1e-12;
  const AdjointResult result = sweep(run, params);
  EXPECT_EQ(result.systems_not_solved, 0u);
  EXPECT_LT(result.largest_residual, 1e-6);
  const std::vector<double> plain = values_of(valley.model(), params.measures);
  // Under Newton saturations are smoothed over 1e-6 of the thickness, which water() leaves out.
  const double same = GetParam().form.newton ? 2e-6 : 1e-8;
  for (std::size_t m = 0; m < plain.size(); ++m)
    EXPECT_NEAR(result.measures[m].value, plain[m], same * std::max(1.0, std::abs(plain[m])))
        << result.measures[m].name;

  std::map<std::pair<std::string, std::size_t>, double> largest;
  struct Pair {
    Parameter parameter;
    std::size_t measure;
    double difference, ours;
  };
  std::vector<Pair> pairs;
  for (const Parameter& p : valley.parameters()) {
    const double h = Valley::step(p.name, GetParam().form);
    std::vector<std::vector<double>> at;
    for (const double by : {h, -h, h / 2, -h / 2})
      at.push_back(values_of(valley.model(p, by), params.measures));
    for (std::size_t m = 0; m < plain.size(); ++m) {
      const double whole = (at[0][m] - at[1][m]) / (2 * h);
      const double half = (at[2][m] - at[3][m]) / h;
      const double difference = (4 * half - whole) / 3;
      pairs.push_back({p, m, difference, ours(run, result.measures[m], p)});
      double& most = largest[{p.name, m}];
      most = std::max(most, std::abs(difference));
    }
  }
  for (const Pair& pair : pairs) {
    const double scale = largest[{pair.parameter.name, pair.measure}];
    EXPECT_NEAR(pair.ours, pair.difference, GetParam().tolerance * scale + 1e-30)
        << result.measures[pair.measure].name << " by " << pair.parameter.name << " " << pair.parameter.index
        << " in period " << pair.parameter.period << ", largest " << scale;
  }
}

std::vector<Case> cases() {
  std::vector<Case> all;
  const auto add = [&](const std::string& name, double tolerance, const std::function<void(Form&)>& change) {
    Case c{{}, tolerance};
    change(c.form);
    c.form.name = name;
    all.push_back(c);
  };
  add("Confined", 1e-6, [](Form&) {});
  add("ConfinedSteepSteps", 1e-6, [](Form& f) { f.tsmult = 5; });
  add("ConfinedAnisotropicPassThrough", 1e-6, [](Form& f) { f.k22 = f.pass_through = true; });
  add("ConfinedLogarithmicCoefficient", 1e-6, [](Form& f) {
    f.averaging = CellAveraging::logarithmic;
    f.coefficient = true;
  });
  add("Convertible", 1e-4, [](Form& f) { f.convertible = true; });
  add("ConvertibleAdaptive", 1e-4, [](Form& f) { f.convertible = f.adaptive = true; });
  add("ConvertibleAmtLmk", 1e-4, [](Form& f) {
    f.convertible = f.shallow_yield = true;
    f.averaging = CellAveraging::amt_lmk;
  });
  add("ConvertibleAmtHmk", 1e-4, [](Form& f) {
    f.convertible = f.k22 = true;
    f.averaging = CellAveraging::amt_hmk;
  });
  add("ConvertibleLogarithmic", 1e-4, [](Form& f) {
    f.convertible = f.confined_only = true;
    f.averaging = CellAveraging::logarithmic;
  });
  add("ConvertiblePassThroughRareBounds", 1e-4,
      [](Form& f) { f.convertible = f.pass_through = f.rare_bounds = true; });
  add("VariableVertical", 1e-4, [](Form& f) { f.convertible = f.variable_cv = true; });
  add("VariableVerticalDewatered", 1e-4, [](Form& f) { f.convertible = f.variable_cv = f.dewatered = true; });
  add("Newton", 1e-4, [](Form& f) { f.convertible = f.newton = true; });
  add("NewtonSteepStepsRareBounds", 1e-4, [](Form& f) {
    f.convertible = f.newton = f.rare_bounds = f.k22 = true;
    f.tsmult = 5;
  });
  return all;
}

INSTANTIATE_TEST_SUITE_P(Forms, Differences, ::testing::ValuesIn(cases()),
                         [](const auto& one) { return one.param.form.name; });

}  // namespace
}  // namespace phreatic::flow::testing

// SPDX-License-Identifier: BSD-3-Clause
// A new kind of package is a type and a line in the table: here kinds that the sources do not know, one of them with an unknown of its
// own, are read, run, observed, written and balanced.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "phreatic/flow/mf6/input/observations.hpp"
#include "phreatic/flow/mf6/input/reader.hpp"
#include "phreatic/flow/mf6/writer.hpp"
#include "phreatic/flow/packages/bound_loops.hpp"
#include "phreatic/flow/packages/package_state.hpp"

namespace phreatic::flow::mf6 {
namespace {

// A weir: flow out of the cell grows with the square of the head above its crest.
BoundFlow weir_flow(const Package&, const PackageValues& values, std::size_t b, const BoundCell& cell) {
  const double above = std::max(cell.head - values.value(0, b), 0.0);
  const double factor = values.value(1, b);
  return {-factor * above * above, -2 * factor * above};
}

const PackageType& weir() {
  static const PackageType type = [] {
    PackageType made;
    made.kind = PackageKind("WEIR");
    made.columns = [](const Package&) {
      return std::vector<BoundColumn>{{"crest"}, {"factor", 0, "0 or more"}};
    };
    made.loops = bound_loops<weir_flow>();
    return made;
  }();
  return type;
}

// A pond over each cell that is fed at a rate and leaks: its stage s is the unknown, rate = C (s - h).
class Ponds : public PackageState {
 public:
  void start_step(const StepTime&, const PackageValues& values) override { values_ = values; }
  void solve(const BoundContext& at) override {
    cells_ = values_.cell;
    flows_.assign(cells_.size(), 0.0);
    slopes_.assign(cells_.size(), 0.0);
    stages_.assign(cells_.size(), 0.0);
    for (std::size_t b = 0; b < cells_.size(); ++b) {
      flows_[b] = values_.value(0, b);
      stages_[b] = at.head[static_cast<std::size_t>(cells_[b])] + flows_[b] / values_.value(1, b);
    }
  }
  std::vector<double> state_values() const override { return stages_; }

 private:
  PackageValues values_;
  std::vector<double> stages_;
};

const PackageType& pond() {
  static const PackageType type = [] {
    PackageType made;
    made.kind = PackageKind("POND");
    made.columns = [](const Package&) {
      return std::vector<BoundColumn>{{"rate"}, {"conductance", 0, "0 or more"}};
    };
    made.make_state = [](const Package&, const Model&) -> std::unique_ptr<PackageState> {
      return std::make_unique<Ponds>();
    };
    return made;
  }();
  return type;
}

std::map<std::string, std::string> folder() {
  return {
      {"mfsim.nam",
       "BEGIN TIMING\n  TDIS6 m.tdis\nEND TIMING\nBEGIN MODELS\n  GWF6 m.nam m\nEND MODELS\nBEGIN "
       "SOLUTIONGROUP 1\n  IMS6 m.ims m\n"
       "END SOLUTIONGROUP 1\n"},
      {"m.tdis", "BEGIN DIMENSIONS\n  NPER 1\nEND DIMENSIONS\nBEGIN PERIODDATA\n  1 1 1\nEND PERIODDATA\n"},
      {"m.ims", "BEGIN NONLINEAR\n  OUTER_DVCLOSE 1e-9\n  OUTER_MAXIMUM 100\nEND NONLINEAR\n"},
      {"m.nam",
       "BEGIN PACKAGES\n  DIS6 m.dis\n  IC6 m.ic\n  NPF6 m.npf\n  WEIR6 m.weir\n  POND6 m.pond\nEND "
       "PACKAGES\n"},
      {"m.dis",
       "BEGIN DIMENSIONS\n  NLAY 1\n  NROW 1\n  NCOL 2\nEND DIMENSIONS\nBEGIN GRIDDATA\n  DELR\n    CONSTANT "
       "10\n  DELC\n    CONSTANT 10\n"
       "  TOP\n    CONSTANT 10\n  BOTM\n    CONSTANT 0\nEND GRIDDATA\n"},
      {"m.ic", "BEGIN GRIDDATA\n  STRT\n    CONSTANT 9\nEND GRIDDATA\n"},
      {"m.npf", "BEGIN GRIDDATA\n  ICELLTYPE\n    CONSTANT 0\n  K\n    CONSTANT 1\nEND GRIDDATA\n"},
      {"m.weir",
       "BEGIN OPTIONS\n  OBS6 FILEIN m.obs\nEND OPTIONS\nBEGIN DIMENSIONS\n  MAXBOUND 1\nEND "
       "DIMENSIONS\nBEGIN PERIOD 1\n  1 1 1 5 2\n"
       "END PERIOD\n"},
      {"m.obs", "BEGIN CONTINUOUS FILEOUT weir.csv\n  OUT WEIR 1 1 1\nEND CONTINUOUS\n"},
      {"m.pond", "BEGIN DIMENSIONS\n  MAXBOUND 1\nEND DIMENSIONS\nBEGIN PERIOD 1\n  1 1 2 8 4\nEND PERIOD\n"},
  };
}

// 8 into the right cell, through the link of conductance 10 and over the weir: 8 = 2 (h - 5)^2.
void expect_balance(Model model, const Observer& observer) {
  Simulation simulation(std::move(model));
  const StepReport& report = simulation.advance();
  ASSERT_EQ(report.status, StepStatus::converged) << report.message;
  EXPECT_NEAR(simulation.heads()[0], 7, 1e-7);
  EXPECT_NEAR(simulation.heads()[1], 7.8, 1e-7);
  EXPECT_NEAR(report.inflow, 8, 1e-6);
  EXPECT_NEAR(report.outflow, 8, 1e-6);
  EXPECT_NEAR(observer.values(simulation).front(), -8, 1e-6);
  for (std::size_t p = 0; p < 2; ++p) {
    const PackageFlows flows = simulation.package_flows()[p];
    EXPECT_EQ(flows.text, flows.kind.name());
  }
  EXPECT_EQ(simulation.package_state(0), nullptr);
  EXPECT_NEAR(simulation.package_state(1)->state_values().front(), 9.8, 1e-7);
}

TEST(PackageTable, KindsThatTheSourcesDoNotKnowAreReadRunObservedAndWritten) {
  register_package_type(weir());
  register_package_type(pond());
  ReadResult first = read_simulation({"nowhere", "mfsim.nam", folder()});
  ASSERT_EQ(first.model.packages.size(), 2u);
  const Observer observer(first.model);
  const std::filesystem::path out = std::filesystem::path(::testing::TempDir()) / "package_table";
  std::filesystem::remove_all(out);
  write_simulation(first.model, out);
  expect_balance(std::move(first.model), observer);
  ReadResult second = read_simulation({out, "mfsim.nam"});
  const Observer again(second.model);
  expect_balance(std::move(second.model), again);
  std::filesystem::remove_all(out);
}

TEST(PackageTable, AKindThatIsNotThereIsToldWithThoseThatAre) {
  Model model;
  model.grid.delr = model.grid.delc = {1};
  model.grid.top = {1};
  model.grid.botm = {0};
  model.start_heads = {0};
  model.periods = {StressPeriod{}};
  Package package;
  package.kind = PackageKind("GEYSER");
  package.name = "G1";
  package.provider = constant_values({});
  model.packages = {package};
  try {
    Simulation simulation(std::move(model));
    FAIL() << "nothing was said";
  } catch (const core::InputError& error) {
    EXPECT_NE(std::string(error.what()).find("'GEYSER', which is not in the table"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace phreatic::flow::mf6

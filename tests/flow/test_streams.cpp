// SPDX-License-Identifier: BSD-3-Clause
// Cross sections against closed forms, and single reaches balanced by hand.
#include <gtest/gtest.h>

#include <cmath>

#include "models.hpp"
#include "phreatic/flow/packages/package_state.hpp"
#include "phreatic/flow/packages/sfr/reach.hpp"

namespace phreatic::flow::testing {
namespace {

TEST(CrossSections, ATriangleHasItsAreaPerimeterAndConveyance) {
  const CrossSection triangle{{0, 0.5, 1}, {4, 0, 4}, {}};
  const Section section(&triangle, 6);  // sides rise 4 over 3: hypotenuse 5
  for (const double depth : {0.5, 2.0, 4.0}) {
    const double part = depth / 4;
    EXPECT_NEAR(section.wet_width(depth), 6 * part, 1e-12);
    EXPECT_NEAR(section.wet_perimeter(depth), 10 * part, 1e-12);
    EXPECT_NEAR(section.wet_area(depth), 12 * part * part, 1e-12);
    // Both halves are alike, so the sum over them is that of the whole.
    EXPECT_NEAR(section.conveyance(depth), 12 * part * part * std::pow(1.2 * part, 2.0 / 3.0), 1e-11);
    EXPECT_NEAR(section.depth(section.conveyance(depth)), depth, 1e-12 * depth);
  }
  EXPECT_EQ(section.full_width(), 6);
  EXPECT_EQ(section.depth(0), 0);
}

TEST(CrossSections, AboveItsPointsATrapezoidHasUprightWallsThatWetNothing) {
  const CrossSection trapezoid{{0, 0.25, 0.75, 1}, {1, 0, 0, 1}, {}};
  const Section section(&trapezoid, 8);
  EXPECT_NEAR(section.wet_area(1), 0.5 * (4 + 8), 1e-12);
  EXPECT_NEAR(section.wet_area(3), 6 + 2 * 8, 1e-12);
  EXPECT_NEAR(section.wet_perimeter(3), 4 + 2 * std::sqrt(5.0), 1e-12);
  EXPECT_NEAR(section.wet_width(3), 8, 1e-12);
}

TEST(CrossSections, WallsInTheTableAreWetAndRoughnessIsThatOfThePiece) {
  const CrossSection box{{0, 0, 1, 1}, {2, 0, 0, 2}, {3, 2, 5, 1}};
  const Section section(&box, 5);
  EXPECT_NEAR(section.wet_perimeter(1.5), 5 + 3, 1e-12);
  EXPECT_NEAR(section.wet_perimeter(9), 5 + 4, 1e-12);
  // The walls have no area of their own: only the bed conveys, with the factor 2.
  EXPECT_NEAR(section.conveyance(1.5), 7.5 * std::pow(1.5, 2.0 / 3.0) / 2, 1e-12);
}

TEST(CrossSections, AWideRectangleFollowsTheFivePerThreeLaw) {
  const Section section(nullptr, 7);
  EXPECT_NEAR(section.conveyance(0.3), 7 * std::pow(0.3, 5.0 / 3.0), 1e-14);
  EXPECT_NEAR(section.depth(section.conveyance(0.3)), 0.3, 1e-14);
}

// A reach 100 m long and 5 m wide at elevation 20 with a bed of 0.5 m.
struct OneReach {
  Reach reach;
  ReachInput in;
  OneReach() {
    reach.length = 100;
    reach.width = 5;
    reach.top = 20;
    reach.thickness = 0.5;
    in.reach = &reach;
    in.section = Section(nullptr, 5);
    in.connected = true;
    in.bed_k = 0.1;
    in.manning = 86400 * std::sqrt(1e-3) / 0.03;
    in.upstream = 2000;
  }
};

TEST(OneReachInBalance, ManningHoldsAtTheMiddleAndNothingIsLost) {
  for (const double head : {15.0, 19.6, 19.9, 20.5, 24.0}) {
    OneReach one;
    one.in.head = head;
    one.in.rainfall = 0.01;
    one.in.evaporation = 0.004;
    one.in.runoff = 30;
    one.in.inflow = 100;
    const ReachResult r = solve_reach(one.in);
    EXPECT_NEAR(r.rainfall, 5, 1e-12);
    EXPECT_NEAR(r.evaporation, 2, 1e-12);
    EXPECT_NEAR(r.leakage, 0.1 * 100 * 5 / 0.5 * (20 + r.depth - std::max(head, 19.5)), 1e-9);
    EXPECT_NEAR(r.downstream, 2000 + 100 + 5 - 2 + 30 - r.leakage, 1e-9);
    const double middle = 2100 + 0.5 * (5 - 2 + 30 - r.leakage);
    EXPECT_NEAR(one.in.manning * 5 * std::pow(r.depth, 5.0 / 3.0), middle, 1e-9 * middle);
    // The slope is that of finite differences.
    OneReach other = one;
    other.in.reach = &other.reach;
    other.in.head = head + 1e-4;
    const double slope = head < 19.5 ? 0.0 : (solve_reach(other.in).leakage - r.leakage) / 1e-4;
    EXPECT_NEAR(r.slope, slope, 1e-2);
  }
}

TEST(OneReachInBalance, ABedThatWouldTakeMoreTakesAllThereIs) {
  OneReach one;
  one.in.upstream = 20;
  one.in.head = 10;
  const ReachResult r = solve_reach(one.in);
  EXPECT_EQ(r.leakage, 20);
  EXPECT_EQ(r.downstream, 0);
  EXPECT_EQ(r.slope, 0);
}

TEST(OneReachInBalance, EvaporationAndNegativeRunoffTakeWhatThereIs) {
  OneReach one;
  one.in.connected = false;
  one.in.upstream = 1;
  one.in.evaporation = 1;
  EXPECT_EQ(solve_reach(one.in).evaporation, 1);
  one.in.runoff = -50;
  const ReachResult r = solve_reach(one.in);
  EXPECT_EQ(r.runoff, -1);
  EXPECT_EQ(r.evaporation, 0);
  EXPECT_EQ(r.downstream, 0);
}

TEST(OneReachInBalance, ADryReachUnderTheWaterTableGains) {
  OneReach one;
  one.in.upstream = 0;
  one.in.head = 20.4;
  const ReachResult r = solve_reach(one.in);
  EXPECT_GT(r.depth, 0);
  EXPECT_LT(r.leakage, 0);
  EXPECT_NEAR(r.downstream, -r.leakage, 1e-12);
  EXPECT_NEAR(one.in.manning * 5 * std::pow(r.depth, 5.0 / 3.0), -0.5 * r.leakage, 1e-9);
}

// Four reaches: 0 splits into 1 (30 %) and 2 (70 %) after a diversion to 3.
TEST(StreamNetwork, WhatLeavesAReachIsDivertedFirstAndThenShared) {
  const std::tuple<DiversionRule, double, double> rules[] = {{DiversionRule::fraction, 0.25, 250},
                                                             {DiversionRule::excess, 900, 100},
                                                             {DiversionRule::threshold, 400, 400},
                                                             {DiversionRule::threshold, 1400, 0},
                                                             {DiversionRule::upto, 1400, 1000}};
  for (const auto& [rule, wanted, gets] : rules) {
    auto network = std::make_shared<StreamNetwork>();
    network->reaches.resize(4);
    network->reaches[0].links = {{1, true}, {2, true}, {3, true}};
    for (std::size_t r = 1; r < 4; ++r) network->reaches[r].links = {{0, false}};
    network->reaches[0].diversions = {{3, rule}};
    Model model = block(1, 1, 2, 10, 10, 10);
    model.packages.push_back(package(PackageKind::chd, {0}, {{5}}));
    Package streams;
    streams.kind = PackageKind::sfr;
    streams.name = "S";
    streams.data = network;
    PackageValues values;
    values.cell.assign(4, kNoCell);
    values.values.assign((kStreamDiversions + 1) * 4, 0.0);
    for (std::size_t r = 0; r < 4; ++r) {
      values.value(kStreamStatus, r) = 1;
      values.value(kStreamRoughness, r) = 0.03;
      values.value(kStreamSection, r) = -1;
    }
    values.value(kStreamInflow, 0) = 1000;
    values.value(kStreamFraction, 1) = 0.3;
    values.value(kStreamFraction, 2) = 0.7;
    values.value(kStreamDiversions, 0) = wanted;
    streams.provider = constant_values(std::move(values));
    model.packages.push_back(std::move(streams));
    Simulation simulation(std::move(model));
    simulation.advance();
    const PackageState& state = *simulation.package_state(1);
    EXPECT_NEAR(*state.observe("INFLOW", 3), gets, 1e-9);
    EXPECT_NEAR(*state.observe("INFLOW", 1), 0.3 * (1000 - gets), 1e-9);
    EXPECT_NEAR(*state.observe("INFLOW", 2), 0.7 * (1000 - gets), 1e-9);
    EXPECT_NEAR(*state.observe("EXT-OUTFLOW", 3), -gets, 1e-9);
    EXPECT_FALSE(state.observe("TEMPERATURE", 0).has_value());
  }
}

}  // namespace
}  // namespace phreatic::flow::testing

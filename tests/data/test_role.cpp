// SPDX-License-Identifier: BSD-3-Clause
// What a variable is: by its name, or declared.
#include <gtest/gtest.h>

#include "loading.hpp"
#include "phreatic/data/role.hpp"

namespace phreatic::data {
namespace {

TEST(Role, NamesOfTheTableTellTheirRole) {
  const std::vector<std::pair<std::string, Role>> known = {
      {"precipitation", Role::precipitation},
      {"rain", Role::precipitation},
      {"Rainfall", Role::precipitation},
      {"P", Role::precipitation},
      {"rr", Role::precipitation},
      {"PRCP", Role::precipitation},
      {"tp", Role::precipitation},
      {"temperature", Role::temperature},
      {"t2m", Role::temperature},
      {"tg", Role::temperature},
      {"pet", Role::evaporation_demand},
      {"ET0", Role::evaporation_demand},
      {"et", Role::evaporation_demand},
      {"evaporation", Role::evaporation_demand},
      {"Evapotranspiration", Role::evaporation_demand},
      {"pumping", Role::pumping},
      {"abstraction", Role::pumping},
      {"extraction", Role::pumping},
      {"stage", Role::stage},
      {"river_stage", Role::stage},
      {"River stage", Role::stage},
      {"discharge", Role::discharge},
      {"humidity", Role::humidity},
      {"wind_speed", Role::wind},
      {"snow depth", Role::snow},
      {"global-radiation", Role::radiation},
      {"precipitation_north", Role::precipitation},
      {"temperature_sine", Role::temperature},
  };
  for (const auto& [name, role] : known) EXPECT_EQ(role_of_name(name), role) << name;
}

TEST(Role, OtherNamesTellNothing) {
  for (const char* name : {"", "stuff", "soil_temperature", "p_north", "prunes", "x", "q"})
    EXPECT_FALSE(role_of_name(name).has_value()) << name;
}

TEST(Role, EveryRoleIsReadBackFromItsText) {
  for (const Role role : all_roles()) EXPECT_EQ(parse_role(to_text(role)), role);
  EXPECT_FALSE(parse_role("weather").has_value());
}

TEST(Role, NoNameStandsForTwoRoles) {
  for (const Role role : all_roles()) {
    for (const std::string& name : names_of_role(role)) EXPECT_EQ(role_of_name(name), role) << name;
  }
}

TEST(Role, ADeclaredRoleWinsAndAnUnknownNameIsSaid) {
  Scratch scratch;
  scratch.write("A.csv",
                "date,level\n2001-01-01,1\n2001-01-02,2\n2001-01-03,1\n2001-01-04,3\n2001-01-05,2\n");
  scratch.write("met.csv",
                "date,a,b,c\n2001-01-01,1,2,3\n2001-01-02,1,3,3\n2001-01-03,2,2,4\n2001-01-04,1,2,5\n2001-01-"
                "05,0,2,3\n");
  const Loaded got = load_text(
      "targets: {files: A.csv, well: A}\n"
      "drivers:\n"
      "  - files: met.csv\n"
      "    columns:\n"
      "      - {column: a, name: rainfall, unit: mm/d}\n"
      "      - {column: b, name: stuff, unit: mm/d}\n"
      "      - {column: c, name: rain_gauge_3, unit: mm/d, role: evaporation_demand}\n"
      "derived: [{kind: lag, from: rainfall, steps: 1}]\n"
      "split: {train: {last: 2001-01-02}, validation: {first: 2001-01-03, last: 2001-01-03}}\n",
      scratch.folder());
  EXPECT_EQ(got.problems, "");
  const Panel& panel = got.data.panel;
  EXPECT_EQ(panel.variables[0].role, Role::level);
  EXPECT_EQ(panel.find_role(Role::precipitation), panel.find_variable("rainfall"));
  EXPECT_EQ(panel.variables[*panel.find_variable("stuff")].role, Role::other);
  EXPECT_EQ(panel.find_role(Role::evaporation_demand, 0), panel.find_variable("rain_gauge_3"));
  EXPECT_FALSE(panel.find_role(Role::pumping).has_value());
  const Variable& lag = panel.variables[*panel.find_variable("rainfall_lag1")];
  EXPECT_EQ(lag.role, Role::precipitation);
  EXPECT_TRUE(lag.derived);
  expect_has(joined(got.data.said), "driver 'stuff': its name tells no role");
  expect_has(joined(got.data.said), "driver 'rainfall' is taken as precipitation, by its name");
}

}  // namespace
}  // namespace phreatic::data

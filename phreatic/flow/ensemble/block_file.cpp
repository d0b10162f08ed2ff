// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/ensemble/block_file.hpp"

#include <fmt/format.h>

#include "phreatic/core/errors.hpp"
#include "phreatic/data/io/netcdf.hpp"

namespace phreatic::flow {
namespace {

namespace io = data::io;

struct Flat {
  std::vector<std::string> names, messages, status, packages;
  std::vector<double> volume, water, site_volume, site_water, inflow, outflow;
  std::vector<std::int64_t> alone, site_scenario;
};

void append(std::vector<double>& to, std::vector<double> values, std::size_t size) {
  values.resize(size, std::numeric_limits<double>::quiet_NaN());  // a failed scenario has fewer steps
  to.insert(to.end(), values.begin(), values.end());
}

Flat flatten(const EnsembleResult& result) {
  Flat flat;
  const std::size_t steps = result.times.size();
  for (const ScenarioResult& one : result.scenarios) {
    if (flat.packages.empty() && !one.budgets.empty()) {
      for (const BudgetEntry& entry : one.budgets.front()) flat.packages.push_back(entry.package);
    }
  }
  if (flat.packages.empty()) flat.packages.push_back("none");
  for (std::size_t s = 0; s < result.scenarios.size(); ++s) {
    const ScenarioResult& one = result.scenarios[s];
    flat.names.push_back(one.name);
    flat.status.push_back(one.status == ScenarioStatus::done ? "done" : "failed");
    flat.messages.push_back(one.message);
    flat.alone.push_back(one.alone ? 1 : 0);
    append(flat.volume, one.rise.volume, steps);
    append(flat.water, one.rise.water, steps);
    for (const Rise& site : one.sites) {
      flat.site_scenario.push_back(static_cast<std::int64_t>(s));
      append(flat.site_volume, site.volume, steps);
      append(flat.site_water, site.water, steps);
    }
    for (std::size_t d = 0; d < result.dates.size(); ++d) {
      std::vector<double> in, out;
      if (d < one.budgets.size()) {
        for (const BudgetEntry& entry : one.budgets[d]) {
          in.push_back(entry.inflow);
          out.push_back(entry.outflow);
        }
      }
      append(flat.inflow, in, flat.packages.size());
      append(flat.outflow, out, flat.packages.size());
    }
  }
  return flat;
}

}  // namespace

void write_block(const std::filesystem::path& path, const BlockResult& block) {
  const EnsembleResult& result = block.result;
  const Flat flat = flatten(result);
  io::NcSchema schema;
  schema.dimensions = {{"scenario", result.scenarios.size()},
                       {"date", result.dates.size()},
                       {"step", result.times.size()},
                       {"row", static_cast<std::size_t>(block.rows)},
                       {"column", static_cast<std::size_t>(block.columns)},
                       {"term", flat.packages.size()}};
  const bool sites = !flat.site_scenario.empty();
  if (sites) schema.dimensions.push_back({"site", flat.site_scenario.size()});
  const auto texts = [&](const std::string& name, std::vector<std::string> of) {
    schema.variables.push_back({.name = name, .type = io::NcType::text, .dimensions = std::move(of)});
  };
  const auto numbers = [&](const std::string& name, std::vector<std::string> of, const std::string& meaning) {
    schema.variables.push_back({.name = name,
                                .type = io::NcType::float64,
                                .dimensions = std::move(of),
                                .attributes = {{"long_name", meaning}},
                                .fill = true});
  };
  texts("name", {"scenario"});
  texts("status", {"scenario"});
  texts("message", {"scenario"});
  texts("package", {"term"});
  schema.variables.push_back({.name = "alone", .type = io::NcType::int64, .dimensions = {"scenario"}});
  numbers("time", {"step"}, "end of step, in the model's unit of time");
  numbers("date", {"date"}, "times at which heads and budgets are kept");
  numbers("volume", {"scenario", "step"}, "rise of the water table times area, in L3 of aquifer");
  numbers("water", {"scenario", "step"}, "water in storage beyond the baseline's, L3");
  numbers("inflow", {"scenario", "date", "term"}, "flow into the model, L3/T");
  numbers("outflow", {"scenario", "date", "term"}, "flow out of the model, L3/T");
  schema.variables.push_back({.name = "table_rise",
                              .type = io::NcType::float32,
                              .dimensions = {"scenario", "date", "row", "column"},
                              .attributes = {{"long_name", "rise of the head of the highest active cell, L"}},
                              .fill = true});
  if (sites) {
    schema.variables.push_back({.name = "site_scenario", .type = io::NcType::int64, .dimensions = {"site"}});
    numbers("site_volume", {"site", "step"}, "volume of the columns nearest to the site");
    numbers("site_water", {"site", "step"}, "water of the columns nearest to the site");
  }
  schema.attributes = {{"fingerprint", block.fingerprint}, {"whole", 1}};
  io::write_netcdf(path, schema, [&](io::NcWriter& out) {
    out.put("name", flat.names);
    out.put("status", flat.status);
    out.put("message", flat.messages);
    out.put("package", flat.packages);
    out.put("alone", std::span<const std::int64_t>(flat.alone));
    out.put("time", std::span<const double>(result.times));
    out.put("date", std::span<const double>(result.dates));
    out.put("volume", std::span<const double>(flat.volume));
    out.put("water", std::span<const double>(flat.water));
    out.put("inflow", std::span<const double>(flat.inflow));
    out.put("outflow", std::span<const double>(flat.outflow));
    out.put("table_rise", std::span<const float>(block.table_rise));
    if (!sites) return;
    out.put("site_scenario", std::span<const std::int64_t>(flat.site_scenario));
    out.put("site_volume", std::span<const double>(flat.site_volume));
    out.put("site_water", std::span<const double>(flat.site_water));
  });
}

bool is_valid_block(const std::filesystem::path& path, const std::string& fingerprint) {
  if (!std::filesystem::exists(path)) return false;
  try {
    const io::NcReader file(path);
    return file.text_attribute("", "fingerprint") == fingerprint && file.has("table_rise");
  } catch (const core::InputError&) {
    return false;  // cut short, or no NetCDF file
  }
}

}  // namespace phreatic::flow

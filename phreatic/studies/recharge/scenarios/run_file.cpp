// SPDX-License-Identifier: BSD-3-Clause
// A run's result as JSON.
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/studies/recharge/scenarios/simulate.hpp"

namespace phreatic::studies::recharge {
namespace {

using nlohmann::json;

json number(double v) { return std::isfinite(v) ? json(v) : json(nullptr); }
double number_of(const json& v) {
  return v.is_number() ? v.get<double>() : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

std::string to_json(const RunResult& result, const std::string& fingerprint) {
  json sites = json::array();
  for (const SiteResponse& s : result.sites)
    sites.push_back({{"site", s.site},
                     {"aquifer_m3", s.aquifer_m3},
                     {"water_m3", s.water_m3},
                     {"largest_rise_m", s.largest_rise_m},
                     {"edge_rise_m", s.edge_rise_m},
                     {"steady_m3", number(s.steady_m3)}});
  json overlaps = json::array();
  for (const Overlap& o : result.overlaps)
    overlaps.push_back({{"a", o.a}, {"b", o.b}, {"share", number(o.share)}});
  const json all = {{"fingerprint", fingerprint},
                    {"run", result.run + 1},
                    {"complete", result.complete},
                    {"attempts", result.attempts},
                    {"not_converged", result.not_converged},
                    {"message", result.message},
                    {"sites", sites},
                    {"overlaps", overlaps}};
  return all.dump(1) + "\n";
}

bool read_result(const std::filesystem::path& file, const std::string& fingerprint, RunResult& result) {
  const json all = json::parse(core::read_file(file), nullptr, false);
  if (!all.is_object() || !all.contains("sites")) {
    if (!fingerprint.empty()) return false;  // cut off, or another program's: made anew
    throw core::InputError({.file = file.string(), .what = "is no result of a scenario run"});
  }
  if (!fingerprint.empty() && all.value("fingerprint", "") != fingerprint) return false;
  result = {};
  result.run = all.value("run", 1) - 1;
  result.complete = all.value("complete", false);
  result.attempts = all.value("attempts", 1);
  result.not_converged = all.value("not_converged", std::size_t{0});
  result.message = all.value("message", "");
  for (const json& s : all["sites"])
    result.sites.push_back({s.value("site", ""), s.value("aquifer_m3", std::vector<double>{}),
                            s.value("water_m3", std::vector<double>{}), s.value("largest_rise_m", 0.0),
                            s.value("edge_rise_m", 0.0), number_of(s["steady_m3"])});
  for (const json& o : all.value("overlaps", json::array()))
    result.overlaps.push_back({o.value("a", ""), o.value("b", ""), number_of(o["share"])});
  return true;
}

}  // namespace phreatic::studies::recharge

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/baselines/baseline_files.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "phreatic/core/files/csv_cell.hpp"
#include "phreatic/core/files/files.hpp"

namespace phreatic::hydrographs {
namespace {

using Json = nlohmann::ordered_json;

std::string number(const Json& value) {
  return value.is_number() ? fmt::format("{}", value.get<double>()) : std::string("NaN");
}

Json about(const BaselineSimulation& baseline) {
  return baseline.about.empty() ? Json::object() : Json::parse(baseline.about);
}

}  // namespace

void write_baselines(const std::vector<std::string>& entities,
                     const std::vector<std::vector<BaselineSimulation>>& baselines,
                     const std::filesystem::path& json_path, const std::filesystem::path& csv_path) {
  Json all = Json::object();
  std::string csv = "entity,baseline,parameter,value,standard_error,unit\n";
  for (std::size_t e = 0; e < baselines.size(); ++e) {
    for (const BaselineSimulation& baseline : baselines[e]) {
      const Json description = about(baseline);
      all[entities[e]][baseline.name] = description;
      for (const Json& p : description.value("parameters", Json::array())) {
        csv += fmt::format("{},{},{},{},{},{}\n", core::csv_cell(entities[e]), baseline.name,
                           core::csv_cell(p.at("name").get<std::string>()), number(p.at("value")),
                           number(p.at("standard_error")), core::csv_cell(p.at("unit").get<std::string>()));
      }
    }
  }
  core::write_file_atomic(json_path, all.dump(1) + "\n");
  core::write_file_atomic(csv_path, csv);
}

std::vector<std::string> drivers_left_out(const std::vector<std::string>& entities,
                                          const std::vector<std::vector<BaselineSimulation>>& baselines) {
  // The same driver is often left out for the same reason at every well: said once, with the count.
  std::vector<std::pair<std::string, std::vector<std::string>>> reasons;
  for (std::size_t e = 0; e < baselines.size(); ++e) {
    for (const BaselineSimulation& baseline : baselines[e]) {
      const Json description = about(baseline);
      const auto say = [&](const std::string& text) {
        for (auto& [reason, wells] : reasons) {
          if (reason == text) {
            wells.push_back(entities[e]);
            return;
          }
        }
        reasons.push_back({text, {entities[e]}});
      };
      if (!description.value("ok", true)) {
        say(fmt::format("{}: not fitted, {}", baseline.name, description.value("reason", "")));
      }
      for (const Json& left : description.value("left_out", Json::array())) {
        if (left.is_object() && left.contains("driver") && left.contains("why")) {
          say(fmt::format("{}: '{}' is left out, {}", baseline.name, left.at("driver").get<std::string>(),
                          left.at("why").get<std::string>()));
        }
      }
    }
  }
  std::vector<std::string> lines;
  for (const auto& [reason, wells] : reasons) {
    lines.push_back(wells.size() == 1 ? fmt::format("{} (well {})", reason, wells.front())
                                      : fmt::format("{} ({} wells)", reason, wells.size()));
  }
  return lines;
}

}  // namespace phreatic::hydrographs

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/input/virtual_wells.hpp"

namespace phreatic::studies::wells {
namespace {

data::DriverColumnParams column(const std::string& file_column, const std::string& name,
                                const std::string& unit) {
  data::DriverColumnParams out;
  out.column = {file_column};
  out.name = name;
  out.unit = unit;
  return out;
}

}  // namespace

void use_virtual_files(data::DataParams& params) {
  if (params.targets.empty()) {
    data::TargetParams level;
    level.source.files = {"wells/{id}.csv"};
    level.column = "level_m";
    params.targets.push_back(level);
  }
  if (params.drivers.empty()) {
    data::DriverParams weather;
    weather.source.files = {"drivers/{id}.csv"};
    weather.columns = {column("precipitation_mm", "precipitation", "mm/d"),
                       column("temperature_degC", "temperature", "degC"), column("pet_mm", "pet", "mm/d"),
                       column("pumping_mm", "pumping", "mm/d")};
    params.drivers.push_back(weather);
  }
  if (params.attributes.empty()) {
    data::AttributeParams attributes;
    attributes.file = "attributes.csv";
    params.attributes.push_back(attributes);
  }
  if (params.places.file.empty()) {
    params.places.file = "places.csv";
    params.places.longitude = "longitude";
    params.places.latitude = "latitude";
  }
}

std::string driver_of_group(const std::string& group) { return group == "et_demand" ? "pet" : group; }

}  // namespace phreatic::studies::wells

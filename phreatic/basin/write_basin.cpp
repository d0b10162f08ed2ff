// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/basin/write_basin.hpp"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <mutex>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <variant>

#include "phreatic/basin/groundwater/write.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/core/parallel.hpp"

namespace phreatic::basin {

namespace {

using Json = nlohmann::ordered_json;
using Text = std::string;

// Described parameters as nested JSON objects.
class JsonWriter : public core::Describer {
 public:
  Json take() { return std::move(stack_.front()); }

 protected:
  void value(const std::string& name, core::ValueRef ref, const core::Field&) override {
    std::visit(
        [&](auto* field) {
          using T = std::remove_pointer_t<decltype(field)>;
          if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
            stack_.back()[name] = *field;
          } else {
            PHREATIC_ASSERT(false && "a kind of field that well parameters do not have");
          }
        },
        ref);
  }
  bool begin_section(const std::string& name, const std::string&) override {
    names_.push_back(name);
    stack_.push_back(Json::object());
    return true;
  }
  void end_section() override {
    Json done = std::move(stack_.back());
    stack_.pop_back();
    stack_.back()[names_.back()] = std::move(done);
    names_.pop_back();
  }
  std::size_t begin_list(const std::string&, std::size_t current, const std::string&) override {
    return current;
  }
  bool begin_item(std::size_t) override { return true; }
  void end_list() override {}

 private:
  std::vector<Json> stack_ = {Json::object()};
  std::vector<std::string> names_;
};

std::vector<Text> dates_of(const core::TimeAxis& axis) {
  std::vector<Text> out(axis.size());
  for (std::size_t t = 0; t < out.size(); ++t) out[t] = core::format_date(axis.start(t));
  return out;
}

Text levels_csv(std::span<const Text> dates, std::span<const double> levels) {
  Text out = "date,level_m\n";
  for (std::size_t t = 0; t < levels.size(); ++t) {
    if (!std::isnan(levels[t])) fmt::format_to(std::back_inserter(out), "{},{:.3f}\n", dates[t], levels[t]);
  }
  return out;
}

Text drivers_csv(const BasinWell& well, const WellWeather& weather, std::span<const Text> dates) {
  Text out = "date";
  for (std::size_t d = 0; d < kDriverCount; ++d) out.append(",").append(column_name(static_cast<Driver>(d)));
  const bool all = !weather.wind_m_s.empty();
  out += all ? ",radiation_mj_m2,wind_m_s,humidity_percent\n" : "\n";
  for (std::size_t t = 0; t < dates.size(); ++t) {
    out += dates[t];
    for (const auto& series : well.drivers) fmt::format_to(std::back_inserter(out), ",{:.3f}", series[t]);
    if (all) {
      fmt::format_to(std::back_inserter(out), ",{:.3f},{:.3f},{:.1f}", weather.radiation_mj_m2[t],
                     weather.wind_m_s[t], weather.humidity_percent[t]);
    }
    out += '\n';
  }
  return out;
}

Text attributes_csv(const Basin& basin) {
  Text out = "id";
  for (const Text& name : basin.attribute_names) out.append(",").append(name);
  out += '\n';
  for (const BasinWell& well : basin.wells) {
    out += well.id;
    for (const double value : well.attributes) fmt::format_to(std::back_inserter(out), ",{:.4g}", value);
    out += '\n';
  }
  return out;
}

Text places_csv(const Basin& basin) {
  Text out = "id,x_m,y_m,latitude,longitude,elevation_m\n";
  for (const BasinWell& w : basin.wells) {
    fmt::format_to(std::back_inserter(out), "{},{:.0f},{:.0f},{:.5f},{:.5f},{:.2f}\n", w.id, 1000.0 * w.x_km,
                   1000.0 * w.y_km, w.latitude, w.longitude, w.params.aquifer.surface_m);
  }
  return out;
}

Text river_csv(const Basin& basin) {
  Text out = "x_m,y_m,latitude,longitude\n";
  constexpr int kPieces = 60;
  for (int i = 0; i <= kPieces; ++i) {
    const double x = basin.params.extent_km * i / kPieces;
    const double y = river_y_km(x, basin.params.extent_km);
    const GeoPoint point = geographic(basin.params, x, y);
    fmt::format_to(std::back_inserter(out), "{:.0f},{:.0f},{:.5f},{:.5f}\n", 1000.0 * x, 1000.0 * y,
                   point.latitude, point.longitude);
  }
  return out;
}

Text types_csv(const Basin& basin) {
  Text out = "id,type\n";
  for (const BasinWell& well : basin.wells) {
    out.append(well.id).append(",").append(to_text(well.type)).append("\n");
  }
  return out;
}

Text faults_csv(const Basin& basin, std::span<const Text> dates) {
  Text out = "id,kind,first_date,days,size_m\n";
  for (const BasinWell& well : basin.wells) {
    for (const Fault& fault : well.observation.faults) {
      fmt::format_to(std::back_inserter(out), "{},{},{},{},{:.3f}\n", well.id, to_text(fault.kind),
                     dates[fault.first], fault.days, fault.size_m);
    }
  }
  return out;
}

void make_folders(const std::filesystem::path& folder) {
  for (const char* part : {"wells", "drivers", "truth", "truth/levels"}) core::make_folder(folder / part);
}

void write_well(const BasinWell& well, const WellWeather& weather, std::span<const Text> dates,
                const std::filesystem::path& folder) {
  const std::string name = well.id + ".csv";
  core::write_file_atomic(folder / "wells" / name, levels_csv(dates, well.observation.level_m));
  core::write_file_atomic(folder / "drivers" / name, drivers_csv(well, weather, dates));
  core::write_file_atomic(folder / "truth" / "levels" / name, levels_csv(dates, well.level_m));
}

// What there is one file of for all wells.
void write_tables(const Basin& basin, const std::vector<Text>& dates, const std::filesystem::path& folder) {
  core::write_file_atomic(folder / "attributes.csv", attributes_csv(basin));
  std::string places = places_csv(basin);
  if (basin.ground) places += gauge_places(basin);
  core::write_file_atomic(folder / "places.csv", places);
  if (basin.ground) {
    write_groundwater(basin, dates, folder);
  } else {
    core::write_file_atomic(folder / "river.csv", river_csv(basin));
  }
  core::write_file_atomic(folder / "truth" / "basin.yml", core::to_yaml(basin.params));
  core::write_file_atomic(folder / "truth" / "types.csv", types_csv(basin));
  core::write_file_atomic(folder / "truth" / "faults.csv", faults_csv(basin, dates));
  core::write_file_atomic(folder / "truth" / "parameters.json", parameters_json(basin));
}

}  // namespace

std::string parameters_json(const Basin& basin) {
  Json wells = Json::object();
  for (const BasinWell& well : basin.wells) {
    WellParams params = well.params;
    JsonWriter writer;
    describe(writer, params);
    Json one = {
        {"type", to_text(well.type)}, {"river_km", well.river_km}, {"irrigated_share", well.irrigated_share}};
    one.update(writer.take());
    if (basin.ground) {  // the grid's aquifer has neither
      one["aquifer"].erase("drainage_depth");
      one["aquifer"].erase("response");
    }
    wells[well.id] = std::move(one);
  }
  return wells.dump(1) + "\n";
}

void write_basin(const Basin& basin, const std::filesystem::path& folder) {
  make_folders(folder);
  const std::vector<Text> dates = dates_of(basin.axis);
  const Weather& w = basin.weather;
  core::parallel_for(basin.wells.size(), [&](std::size_t i) {
    WellWeather weather;
    if (basin.params.all_weather)
      weather = {w.row(w.radiation_mj_m2, i), w.row(w.wind_m_s, i), w.row(w.humidity_percent, i)};
    write_well(basin.wells[i], weather, dates, folder);
  });
  write_tables(basin, dates, folder);
}

Basin make_and_write_basin(const BasinParams& params, const std::filesystem::path& folder) {
  if (params.aquifer == AquiferKind::groundwater) {
    Basin basin = make_basin(params);
    write_basin(basin, folder);
    return basin;
  }
  make_folders(folder);
  std::once_flag once;
  std::vector<Text> dates;
  Basin basin = make_basin_well_by_well(
      params, [&](const core::TimeAxis& axis, const BasinWell& well, const WellWeather& weather) {
        std::call_once(once, [&] { dates = dates_of(axis); });
        write_well(well, weather, dates, folder);
      });
  write_tables(basin, dates, folder);
  return basin;
}

}  // namespace phreatic::basin

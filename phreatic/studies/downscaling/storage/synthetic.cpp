// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/storage/synthetic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <numeric>

#include "phreatic/core/files/files.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/data/grid/cube.hpp"
#include "phreatic/studies/downscaling/storage/buckets.hpp"
#include "phreatic/studies/downscaling/storage/inputs.hpp"
#include "phreatic/studies/downscaling/storage/shares.hpp"

namespace phreatic::studies::downscaling {
namespace {

using Field = std::vector<double>;  // [cell * months] or [cell]

class Maker {
 public:
  Maker(const SyntheticRegion& r, std::filesystem::path folder)
      : r_(r), folder_(std::move(folder)), n_(static_cast<std::size_t>(r.years) * 12) {
    cells_ = make_cells({r.west, r.south, r.east, r.north, r.coarse, r.fine, 0.5});
    count_ = cells_.fine.cells();
    core::CivilDate date{r.first_year, 1, 15};
    for (std::size_t t = 0; t < n_; ++t) {
      times_.push_back(core::days_from_civil(date) * core::kSecondsPerDay);
      if (++date.month > 12) date = {date.year + 1, 1, 15};
    }
  }

  void write() {
    core::make_folder(folder_);
    landscape();
    weather();
    water_of_others();
    balance();
    cube("covariates/precipitation.nc", cells_.fine, "precipitation", "mm", rain_, {});
    cube("covariates/temperature.nc", cells_.fine, "temperature", "degC", temperature_, {});
    cube("covariates/evapotranspiration.nc", cells_.fine, "evapotranspiration", "mm", evaporation_, {});
    cube("covariates/extraction.nc", cells_.fine, "extraction", "mm", extraction_, {});
    if (r_.canals) {
      cube("covariates/irrigation.nc", cells_.fine, "irrigation", "mm", irrigation_, {});
      cube("covariates/river_inflow.nc", cells_.fine, "river_inflow", "mm", inflow_, {});
    }
    layer("covariates/elevation.nc", "elevation", "m", elevation_);
    layer("covariates/soil.nc", "soil", "1", soil_class_);
    cube("truth/groundwater.nc", cells_.fine, "groundwater", "mm", ground_, first_months());
    layer("truth/pumped.nc", "pumped", "1", pumped_);
    shares();
    products();
    zones();
    wells();
  }

 private:
  // Sum of a few waves with random directions, about one in size; `wavelength` in degrees.
  Field waves(const std::string& purpose, std::uint64_t index, double wavelength,
              const data::GeoGrid& grid) const {
    core::RandomStream random(r_.seed, purpose, index);
    Field out(grid.cells());
    for (int k = 0; k < 8; ++k) {
      const double angle = random.uniform(0, 2 * std::numbers::pi),
                   phase = random.uniform(0, 2 * std::numbers::pi);
      const double number = 2 * std::numbers::pi / (wavelength * random.uniform(0.7, 1.5));
      for (std::size_t i = 0; i < out.size(); ++i) {
        const auto [x, y] = centre(grid, i);
        out[i] += 0.5 * std::sin(number * (x * std::cos(angle) + y * std::sin(angle)) + phase);
      }
    }
    return out;
  }

  void landscape() {
    const Field broad = waves("relief", 0, 4, cells_.fine), sharp = waves("relief", 1, 0.8, cells_.fine);
    const Field soil = waves("soil", 0, 0.7, cells_.fine);
    for (std::size_t i = 0; i < count_; ++i) {
      elevation_.push_back(900 + 350 * broad[i] + 200 * sharp[i]);
      soil_class_.push_back(soil[i] < -0.4 ? 1 : (soil[i] < 0.4 ? 2 : 3));
      const auto [x, y] = centre(cells_.fine, i);
      const double dx = (x - r_.west) / (r_.east - r_.west) - 0.3,
                   dy = (y - r_.south) / (r_.north - r_.south) - 0.35;
      pumped_.push_back(dx * dx + dy * dy < 0.03 ? 1 : 0);
    }
  }

  void weather() {
    rain_.resize(count_ * n_);
    temperature_.resize(count_ * n_);
    core::RandomStream years(r_.seed, "years");
    double wet = 0;
    for (std::size_t t = 0; t < n_; ++t) {
      wet = 0.85 * wet + 0.3 * years.normal();
      const double phase = 2 * std::numbers::pi * (static_cast<double>(t % 12) + 0.5) / 12;
      const Field storms = waves("storms", t, 1.5, cells_.fine);
      for (std::size_t i = 0; i < count_; ++i) {
        const double height = (elevation_[i] - 900) / 400;
        const double season = 1 - 0.7 * std::cos(phase);
        rain_[i * n_ + t] = 32 * season * std::exp(0.35 * height + 0.5 * wet + 0.35 * storms[i]);
        temperature_[i * n_ + t] = 11 - 15 * std::cos(phase) - 2.4 * height + 0.7 * wet;
      }
    }
  }

  // A river runs through the middle of the region from west to east.
  bool at_river(std::size_t cell) const {
    const auto [x, y] = centre(cells_.fine, cell);
    const double bend = 0.5 * (r_.south + r_.north) + 0.6 * std::sin(1.1 * (x - r_.west));
    return std::abs(y - bend) < 0.3;
  }

  Buckets buckets_of(std::size_t cell) const {
    return {.capacity = 60 + 50 * soil_class_[cell],
            .drain = 0.30 / (1 + 1.5 * soil_class_[cell]),
            .river = r_.surface_water && at_river(cell) ? 1.0 : 0.0};
  }

  // What pumping has taken (no covariate of the study, until its file is named), what canals bring to a district from
  // April to September, and what a river brings from mountains elsewhere, most of it in summer.
  void water_of_others() {
    for (Field* f : {&extraction_, &irrigation_, &inflow_}) f->assign(count_ * n_, 0.0);
    core::RandomStream shares(r_.seed, "canals"), snows(r_.seed, "river");
    const Field fields = waves("fields", 0, 1.2, cells_.fine);
    double allotted = 0, melt = 0;
    for (std::size_t t = 0; t < n_; ++t) {
      const std::size_t month = t % 12;
      if (month == 0) allotted = 0.6 * allotted + 0.3 * shares.normal();
      melt = 0.8 * melt + 0.25 * snows.normal();
      const double phase = 2 * std::numbers::pi * (static_cast<double>(month) + 0.5) / 12;
      const double canal = month >= 3 && month < 9 ? 50 * std::exp(allotted) : 0;
      const double river = 40 * (1 - 0.8 * std::cos(phase - 0.5)) * std::exp(melt);
      for (std::size_t i = 0; i < count_; ++i) {
        if (pumped_[i] > 0) extraction_[i * n_ + t] = 6 * static_cast<double>(t) / 12;
        if (!r_.canals) continue;
        if (irrigated(i)) irrigation_[i * n_ + t] = canal * std::exp(0.3 * fields[i]);
        if (at_river(i)) inflow_[i * n_ + t] = river;
      }
    }
  }

  bool irrigated(std::size_t cell) const {
    const auto [x, y] = centre(cells_.fine, cell);
    const double dx = (x - r_.west) / (r_.east - r_.west) - 0.7,
                 dy = (y - r_.south) / (r_.north - r_.south) - 0.6;
    return dx * dx + dy * dy < 0.03;
  }

  std::span<const double> series(const Field& field, std::size_t cell) const {
    return std::span(field).subspan(cell * n_, n_);
  }

  // Without evaporation, which is then that of the temperature.
  Drivers drivers_of(std::size_t cell) const {
    return {series(rain_, cell),        {},
            series(temperature_, cell), series(irrigation_, cell),
            series(inflow_, cell),      series(extraction_, cell)};
  }

  void balance() {
    for (Field* f : {&evaporation_, &soil_, &snow_, &ground_, &surface_}) f->resize(count_ * n_);
    for (std::size_t i = 0; i < count_; ++i) {
      const CellBalance b = balance_of(buckets_of(i), drivers_of(i));
      const auto put = [&](const std::vector<double>& from, Field& to) {
        std::copy(from.begin(), from.end(), to.begin() + static_cast<std::ptrdiff_t>(i * n_));
      };
      put(b.evaporation, evaporation_);
      put(b.soil, soil_);
      put(b.snow, snow_);
      put(b.surface, surface_);
      put(b.ground, ground_);
    }
  }

  // At the scale that products tell: caps, or coarse cells.
  void shares() const {
    Basin basin;
    basin.area = cells_.area;
    basin.first_month = first_months().size();
    std::map<std::pair<int, int>, std::size_t> known;
    for (std::size_t i = 0; i < count_; ++i) {
      basin.buckets.push_back(buckets_of(i));
      basin.drivers.push_back(drivers_of(i));
      basin.drivers.back()[kEvaporation] = series(evaporation_, i);
      const auto [x, y] = centre(cells_.fine, i);
      const double side = r_.cap_deg > 0 ? r_.cap_deg : r_.coarse;
      const std::pair at{static_cast<int>((x - r_.west) / side), static_cast<int>((y - r_.south) / side)};
      basin.group.push_back(known.try_emplace(at, known.size()).first->second);
    }
    basin.groups = known.size();
    const TrueShares found = true_shares(basin, r_.seed);
    const std::array<const OfCauses*, 4> columns = {&found.total, &found.shapley, &found.contribution,
                                                    &found.held};
    std::string text = "driver,share,shapley_effect,contribution_held,variance_held\n";
    for (std::size_t k = 0; k < kCauses.size(); ++k) {
      if (found.total[k] == 0) continue;
      text += kCauses[k];
      for (const OfCauses* column : columns)
        text += fmt::format(",{:.4f}", (*column)[k] / std::accumulate(column->begin(), column->end(), 0.0));
      text += "\n";
    }
    core::write_file_atomic(folder_ / "truth/shares.csv", text);
  }

  Field coarse_of(const Field& fine) const {
    Field out(cells_.coarse.cells() * n_), month(count_);
    for (std::size_t t = 0; t < n_; ++t) {
      for (std::size_t i = 0; i < count_; ++i) month[i] = fine[i * n_ + t];
      const Field means = aggregate(cells_, month, 0);
      for (std::size_t c = 0; c < means.size(); ++c) out[c * n_ + t] = means[c];
    }
    return out;
  }

  std::vector<std::size_t> first_months() const {
    std::vector<std::size_t> out(static_cast<std::size_t>(r_.leave_out_months));
    std::iota(out.begin(), out.end(), std::size_t{0});
    return out;
  }

  // Means of caps, the same for all coarse cells in one.
  Field capped(const Field& coarse, std::size_t months) const {
    std::map<std::pair<int, int>, std::vector<std::size_t>> caps;
    for (std::size_t c = 0; c < cells_.coarse.cells(); ++c) {
      const auto [x, y] = centre(cells_.coarse, c);
      caps[{static_cast<int>((x - r_.west) / r_.cap_deg), static_cast<int>((y - r_.south) / r_.cap_deg)}]
          .push_back(c);
    }
    Field out(coarse.size());
    for (const auto& [key, members] : caps) {
      for (std::size_t t = 0; t < months; ++t) {
        double sum = 0;
        for (const std::size_t c : members) sum += coarse[c * months + t];
        for (const std::size_t c : members) out[c * months + t] = sum / static_cast<double>(members.size());
      }
    }
    return out;
  }

  Field smoothed(const Field& coarse) const {
    if (r_.cap_deg > 0) return capped(coarse, n_);
    Field out(coarse.size());
    const std::size_t cells = cells_.coarse.cells();
    for (std::size_t a = 0; a < cells; ++a) {
      const auto [ax, ay] = centre(cells_.coarse, a);
      double weights = 0;
      for (std::size_t b = 0; b < cells; ++b) {
        const auto [bx, by] = centre(cells_.coarse, b);
        const double w =
            std::exp(-0.5 * (std::pow(ax - bx, 2) + std::pow(ay - by, 2)) / std::pow(r_.smoothing_deg, 2));
        weights += w;
        for (std::size_t t = 0; t < n_; ++t) out[a * n_ + t] += w * coarse[b * n_ + t];
      }
      for (std::size_t t = 0; t < n_; ++t) out[a * n_ + t] /= weights;
    }
    return out;
  }

  void products() {
    Field total(count_ * n_);
    for (std::size_t i = 0; i < total.size(); ++i) total[i] = soil_[i] + snow_[i] + ground_[i] + surface_[i];
    const Field seen = smoothed(coarse_of(total));
    const Field soil = smoothed(coarse_of(soil_)), snow = smoothed(coarse_of(snow_));
    cube("storages/soil_moisture.nc", cells_.coarse, "soil_moisture", "kg m-2", soil, {});
    cube("storages/snow.nc", cells_.coarse, "snow_water", "kg m-2", snow, {});
    const char* names[] = {"a", "b", "c"};
    const double errors[] = {4, 6, 9};
    std::vector<std::size_t> missing = first_months();
    for (const std::size_t t : {14, 33, 61, 62, 99, 118}) missing.push_back(first_months().size() + t);
    for (std::uint64_t p = 0; p < 3; ++p) {
      Field product(seen.size());
      for (std::size_t t = 0; t < n_; ++t) {
        Field noise = waves("errors", 1000 * (p + 1) + t, 3, cells_.coarse);
        if (r_.cap_deg > 0) noise = capped(noise, 1);
        for (std::size_t c = 0; c < cells_.coarse.cells(); ++c)
          product[c * n_ + t] = 0.1 * (seen[c * n_ + t] + errors[p] * noise[c]) - 30;
      }
      cube(fmt::format("products/product_{}.nc", names[p]), cells_.coarse, "lwe_thickness", "cm", product,
           missing);
    }
  }

  void cube(const std::string& file, const data::GeoGrid& grid, const std::string& name,
            const std::string& unit, const Field& field, const std::vector<std::size_t>& leave_out) const {
    std::vector<std::size_t> months;
    for (std::size_t t = 0; t < n_; ++t) {
      if (std::find(leave_out.begin(), leave_out.end(), t) == leave_out.end()) months.push_back(t);
    }
    std::vector<core::Seconds> times;
    for (const std::size_t t : months) times.push_back(times_[t]);
    core::make_folder((folder_ / file).parent_path());
    data::write_cube(folder_ / file, {grid, times, {{name, unit, ""}}, {{"title", "synthetic region"}}},
                     [&](data::CubeWriter& w) {
                       Field month(grid.cells());
                       for (std::size_t k = 0; k < months.size(); ++k) {
                         for (std::size_t i = 0; i < month.size(); ++i) month[i] = field[i * n_ + months[k]];
                         w.put(0, k, {0, 0, grid.width, grid.height}, month);
                       }
                     });
  }

  void layer(const std::string& file, const std::string& name, const std::string& unit,
             const Field& field) const {
    data::write_cube(folder_ / file, {cells_.fine, {}, {{name, unit, ""}}, {{"title", "synthetic region"}}},
                     [&](data::CubeWriter& w) {
                       w.put(0, 0, {0, 0, cells_.fine.width, cells_.fine.height}, field);
                     });
  }

  void zones() const {
    std::string text = R"({"type":"FeatureCollection","features":[)";
    const char* names[] = {"South-west", "South-east", "North-west", "North-east"};
    const double mx = 0.5 * (r_.west + r_.east) + 0.13, my = 0.5 * (r_.south + r_.north) - 0.07;
    for (int k = 0; k < 4; ++k) {
      const double w = k % 2 == 0 ? r_.west : mx, e = k % 2 == 0 ? mx : r_.east, s = k < 2 ? r_.south : my,
                   n = k < 2 ? my : r_.north;
      text += fmt::format(
          R"({}{{"type":"Feature","properties":{{"name":"{}"}},"geometry":{{"type":"Polygon","coordinates":[[[{:g},{:g}],[{:g},{:g}],[{:g},{:g}],[{:g},{:g}],[{:g},{:g}]]]}}}})",
          k == 0 ? "" : ",", names[k], w, s, e, s, e, n, w, n, w, s);
    }
    core::write_file_atomic(folder_ / "zones.geojson", text + "]}\n");
  }

  void wells() const {
    std::string places = "well,longitude,latitude,specific_yield\n", levels = "well,date,level_m\n";
    for (int k = 0; k < r_.wells; ++k) {
      core::RandomStream random(r_.seed, "wells", static_cast<std::uint64_t>(k));
      const std::size_t cell = random.below(count_);
      const auto [x, y] = centre(cells_.fine, cell);
      const double yield = 0.05 + 0.05 * soil_class_[cell];
      places += fmt::format("W{:02},{:.3f},{:.3f},{:.3f}\n", k + 1, x, y, yield);
      for (std::size_t t = 0; t < n_; ++t) {
        if (random.uniform() < 0.1) continue;
        const double level =
            elevation_[cell] - 20 + ground_[cell * n_ + t] / (1000 * yield) + 0.04 * random.normal();
        levels += fmt::format("W{:02},{},{:.3f}\n", k + 1, core::format_date(times_[t]), level);
      }
    }
    core::make_folder(folder_ / "wells");
    core::write_file_atomic(folder_ / "wells/places.csv", places);
    core::write_file_atomic(folder_ / "wells/levels.csv", levels);
  }

  const SyntheticRegion& r_;
  std::filesystem::path folder_;
  std::size_t n_, count_ = 0;
  Cells cells_;
  std::vector<core::Seconds> times_;
  Field elevation_, soil_class_, pumped_, rain_, temperature_, evaporation_, soil_, snow_, ground_, surface_,
      extraction_, irrigation_, inflow_;
};

}  // namespace

void write_synthetic(const SyntheticRegion& region, const std::filesystem::path& folder) {
  Maker(region, folder).write();
}

}  // namespace phreatic::studies::downscaling

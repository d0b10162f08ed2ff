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

namespace phreatic::studies::downscaling {
namespace {

using Field = std::vector<double>;  // [cell * months] or [cell]

double variance(std::span<const double> values) {
  const double n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  return squares / n;
}

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
    balance();
    cube("covariates/precipitation.nc", cells_.fine, "precipitation", "mm", rain_, {});
    cube("covariates/temperature.nc", cells_.fine, "temperature", "degC", temperature_, {});
    cube("covariates/evapotranspiration.nc", cells_.fine, "evapotranspiration", "mm", evaporation_, {});
    cube("covariates/extraction.nc", cells_.fine, "extraction", "mm", extraction(), {});
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

  Buckets buckets_of(std::size_t cell) const {
    // A river runs through the middle of the region from west to east.
    const auto [x, y] = centre(cells_.fine, cell);
    const double bend = 0.5 * (r_.south + r_.north) + 0.6 * std::sin(1.1 * (x - r_.west));
    return {.capacity = 60 + 50 * soil_class_[cell],
            .drain = 0.30 / (1 + 1.5 * soil_class_[cell]),
            .river = r_.surface_water && std::abs(y - bend) < 0.3 ? 1.0 : 0.0,
            .pumped = pumped_[cell] > 0};
  }

  std::span<const double> series(const Field& field, std::size_t cell) const {
    return std::span(field).subspan(cell * n_, n_);
  }

  // What pumping has taken so far, mm: no covariate of the study, until its file names it.
  Field extraction() const {
    Field out(count_ * n_);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = pumped_[i / n_] > 0 ? pumped_until(i % n_) : 0;
    return out;
  }

  void balance() {
    for (Field* f : {&evaporation_, &soil_, &snow_, &ground_, &surface_}) f->resize(count_ * n_);
    for (std::size_t i = 0; i < count_; ++i) {
      const CellBalance b = balance_of(buckets_of(i), series(rain_, i), series(temperature_, i));
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

  // Variance in time of the contribution of each cause to groundwater storage, in the months of the truth, mean over cells
  // by area; as shares of their sum.
  void shares() const {
    std::vector<std::array<double, 4>> of_cell(count_);
    const auto first = static_cast<std::ptrdiff_t>(first_months().size());
    core::parallel_for(count_, [&](std::size_t i) {
      const auto contribution =
          contributions_of(buckets_of(i), series(rain_, i), series(temperature_, i), series(evaporation_, i));
      for (std::size_t k = 0; k < kCauses.size(); ++k)
        of_cell[i][k] = variance({contribution[k].begin() + first, contribution[k].end()});
    });
    std::array<double, 4> sum{};
    for (std::size_t i = 0; i < count_; ++i) {
      for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += cells_.area[i] * of_cell[i][k];
    }
    const double all = std::accumulate(sum.begin(), sum.end(), 0.0);
    std::string text = "driver,share\n";
    for (std::size_t k = 0; k < sum.size(); ++k) text += fmt::format("{},{:.4f}\n", kCauses[k], sum[k] / all);
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
  Field elevation_, soil_class_, pumped_, rain_, temperature_, evaporation_, soil_, snow_, ground_, surface_;
};

}  // namespace

void write_synthetic(const SyntheticRegion& region, const std::filesystem::path& folder) {
  Maker(region, folder).write();
}

}  // namespace phreatic::studies::downscaling

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/downscaling/storage/inputs.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "phreatic/core/files/files.hpp"
#include "phreatic/core/units.hpp"
#include "phreatic/data/grid/regrid/shares.hpp"
#include "phreatic/data/gridded.hpp"
#include "phreatic/studies/downscaling/storage/layers.hpp"
#include "phreatic/studies/downscaling/storage/releases.hpp"
#include "phreatic/studies/downscaling/storage/sensors.hpp"

namespace phreatic::studies::downscaling {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

class Reader {
 public:
  Reader(const Settings& s, core::Context& context) : s_(s), context_(context) {
    in_.cells = make_cells(s.region);
  }

  Inputs read() {
    std::vector<data::MonthlyValues> products, storages;
    check_releases();
    for (const auto& p : s_.products) products.push_back(water(p, in_.cells.coarse));
    for (const auto& p : s_.storages) storages.push_back(water(p, in_.cells.coarse));
    problems_.throw_if_any();
    settle_axis(products);
    for (std::size_t i = 0; i < products.size(); ++i) {
      in_.product_names.push_back(s_.products[i].name);
      in_.products.push_back(data::on_axis(products[i], in_.axis));
      check_has_values(s_.products[i].name, in_.products.back());
    }
    for (std::size_t i = 0; i < storages.size(); ++i) {
      in_.storage_names.push_back(s_.storages[i].name);
      in_.storages.push_back(data::on_axis(storages[i], in_.axis));
      check_has_values(s_.storages[i].name, in_.storages.back());
    }
    for (const auto& c : s_.covariates) covariate(c);
    for (const auto& t : s_.truth) {
      const auto fine = water(t, in_.cells.fine);
      if (fine.place_count() > 0) in_.truth = data::on_axis(fine, in_.axis);
    }
    for (const auto& a : s_.areas) areas(a);
    if (!s_.causes.empty()) in_.causes = read_causes(s_.causes, problems_);
    problems_.throw_if_any();
    finish_hash();
    return std::move(in_);
  }

 private:
  std::vector<std::filesystem::path> paths(const GridInput& input) {
    std::vector<std::filesystem::path> out;
    for (const std::string& file : input.files) {
      for (const auto& path : data::list_files(file)) out.push_back(path);
    }
    return out;
  }

  // Releases differ by their background models: a series of two has a step that is none of the water.
  void check_releases() {
    std::set<std::string> all;
    for (const auto& p : s_.products) {
      const std::set<std::string> own = releases_of(paths(p));
      if (own.size() > 1)
        problems_.add({.file = p.files.front(),
                       .where = "products " + p.name,
                       .what = fmt::format("holds files of the releases {}", fmt::join(own, " and ")),
                       .allowed = "files of one release",
                       .mend = "Take the files of one release, or make each release a product of its own"});
      for (const std::string& release : own) all.insert(release.substr(0, 2));
    }
    if (all.size() > 1)
      in_.warned.push_back(fmt::format(
          "products are of the releases {}: they differ by their background models too, not only by errors",
          fmt::join(all, " and ")));
  }

  // All sensors of a variable on the cells of `target`.
  data::MonthlyValues on_cells(const GridInput& input, const data::GeoGrid& target) {
    std::vector<WeightedSensor> sensors{{one_sensor(input, target), input.weight}};
    for (const SensorInput& further : input.sensors) {
      GridInput own = input;
      own.files = further.files;
      own.variable = further.variable;
      own.unit = further.unit;
      own.crs = further.crs;
      own.missing = further.missing;
      sensors.push_back({one_sensor(own, target), further.weight});
    }
    const bool all = std::all_of(sensors.begin(), sensors.end(),
                                 [](const WeightedSensor& s) { return s.values.place_count() > 0; });
    if (sensors.size() == 1 || !all) return all ? std::move(sensors[0].values) : data::MonthlyValues{};
    data::MonthlyValues out = merge_sensors(sensors, input.name, input.files.front(), problems_);
    for (const std::string& line : out.said) in_.said.push_back(input.name + ": " + line);
    return out;
  }

  // Files on the cells of `target`: means by area, or bilinear where the files' cells are larger.
  data::MonthlyValues one_sensor(const GridInput& input, const data::GeoGrid& target) {
    core::throw_if_interrupted();
    data::MonthlyValues out;
    try {
      const data::GridSource source{
          .variable = input.variable, .crs = input.crs, .unit = input.unit, .missing = input.missing};
      const auto files = paths(input);
      data::RegridParams regrid{.min_coverage = s_.region.min_coverage};
      const data::GeoGrid own = data::GridFile(files.front(), source).grid();
      if (data::is_aligned(own) && own.geographic &&
          std::abs(own.transform[1]) > 1.001 * std::abs(target.transform[1])) {
        regrid.method = data::ResampleMethod::bilinear;
        in_.said.push_back(fmt::format(
            "{}: its cells of {:g} degrees are larger than those wanted ({:g}): interpolated, which "
            "adds no detail",
            input.name, std::abs(own.transform[1]), std::abs(target.transform[1])));
      }
      out = data::read_monthly_grids(files, source, input.stamp, &target, regrid);
      for (const std::string& line : out.said) in_.said.push_back(input.name + ": " + line);
      out.said.clear();
    } catch (const core::InputError& error) {
      problems_.add_all(error.problems());
    }
    return out;
  }

  // A depth of water, in mm.
  data::MonthlyValues water(const GridInput& input, const data::GeoGrid& target) {
    data::MonthlyValues out = on_cells(input, target);
    if (out.place_count() == 0) return out;
    const std::string& unit = out.unit;
    const bool mass = unit == "kg/m2" || unit == "kg m-2";
    const auto factor =
        mass ? std::optional<core::Unit>(core::Unit{"mm", "m", 1, 0}) : core::conversion(unit, "mm");
    if (!factor) {
      problems_.add(
          {.file = input.files.front(),
           .where = input.name,
           .what = unit.empty() ? "has no unit" : "is in '" + unit + "', which is no depth of water",
           .allowed = "mm, cm, m, kg m-2",
           .mend = "Declare it: unit: mm"});
      return {};
    }
    if (out.is_static)
      problems_.add({.file = input.files.front(),
                     .where = input.name,
                     .what = "has no times",
                     .mend = "Give its bands dates"});
    for (double& v : out.values) v *= factor->factor;
    check_size(input, out);
    return out;
  }

  // Metres declared as millimetres and the reverse.
  void check_size(const GridInput& input, const data::MonthlyValues& values) {
    double most = 0;
    for (const double v : values.values) most = std::isnan(v) ? most : std::max(most, std::abs(v));
    if (most > 20000 || (most > 0 && most < 2))
      problems_.add({.file = input.files.front(),
                     .where = input.name,
                     .what = fmt::format("holds depths of water of at most {:.3g} mm", most),
                     .allowed = "2 mm to 20 m",
                     .mend = "Look at its unit (m, cm or mm?) and at values that mean missing"});
  }

  void settle_axis(const std::vector<data::MonthlyValues>& products) {
    core::Seconds first = products[0].axis.start(0), end = products[0].axis.end();
    for (const auto& p : products) {
      first = std::max(first, p.axis.start(0));
      end = std::min(end, p.axis.end());
    }
    if (s_.period.start) first = std::max(first, *s_.period.start);
    const core::Step month{core::StepUnit::month, 1};
    std::size_t size = 0;
    for (;; ++size) {
      const core::Seconds next = core::TimeAxis(first, month, size + 1).start(size);
      if (next >= end || (s_.period.end && next > *s_.period.end)) break;
    }
    if (size < 24) {
      problems_.add({.where = "products",
                     .what = fmt::format("have {} months in common in the period", size),
                     .allowed = "at least 24",
                     .mend = "Leave out the product that is too short, or set period.start and period.end"});
      problems_.throw_if_any();
    }
    in_.axis = core::TimeAxis(first, month, size);
  }

  void check_has_values(const std::string& name, const std::vector<double>& values) {
    if (std::any_of(values.begin(), values.end(), [](double v) { return !std::isnan(v); })) return;
    problems_.add({.where = name,
                   .what = "has no value in the region and period",
                   .mend = "Look at its longitudes and at the months it holds: phreatic grid info"});
  }

  void add_covariate(const std::string& name, const std::string& group, bool is_static,
                     const std::vector<double>& fine) {
    const std::size_t steps = is_static ? 1 : in_.months();
    const std::size_t count = in_.cells.coarse.cells();
    Covariate c{
        name, group, is_static, optional_, {fine.begin(), fine.end()}, std::vector<float>(count * steps)};
    std::vector<double> month(in_.cells.fine.cells());
    double low = INFINITY, high = -INFINITY;
    for (std::size_t t = 0; t < steps; ++t) {
      for (std::size_t i = 0; i < month.size(); ++i) month[i] = fine[i * steps + t];
      const auto means = aggregate(in_.cells, month, s_.region.min_coverage);
      for (std::size_t i = 0; i < count; ++i) {
        c.coarse[i * steps + t] = static_cast<float>(means[i]);
        if (std::isnan(means[i])) continue;
        low = std::min(low, means[i]);
        high = std::max(high, means[i]);
      }
    }
    if (!(high >= low)) {
      problems_.add({.where = "covariate " + name, .what = "has no value in the region and period"});
    } else if (!(high - low > 1e-9 * std::max(std::abs(high), std::abs(low)))) {  // rounding of means
      in_.warned.push_back(fmt::format("covariate {}: is {:g} everywhere and always; left out", name, low));
    } else {
      in_.covariates.push_back(std::move(c));
    }
  }

  void covariate(const CovariateInput& input) {
    optional_ = input.optional;
    if (input.classes) {
      class_covariate(input);
      return;
    }
    data::MonthlyValues v = on_cells(input, in_.cells.fine);
    if (v.place_count() == 0) return;
    if (v.is_static) {
      add_covariate(input.name, input.name, true, v.values);
      for (const std::string& what : input.terrain) terrain(input, what);
      return;
    }
    if (!input.terrain.empty())
      problems_.add({.file = input.files.front(),
                     .where = "covariates " + input.name + ", terrain",
                     .what = "needs a map of elevations that does not change",
                     .mend = "Give one band without a time"});
    if (input.between != Between::missing) fill_between(input, v);
    add_covariate(input.name, input.name, false, data::on_axis(v, in_.axis));
    for (const int months : input.sums) {
      data::MonthlyValues sums = v;
      const std::size_t steps = v.axis.size();
      const auto width = static_cast<std::size_t>(months);
      for (std::size_t p = 0; p < v.place_count(); ++p) {
        for (std::size_t t = 0; t < steps; ++t) {
          double sum = t + 1 >= width ? 0 : kMissing;
          for (std::size_t k = 0; k < width && t + 1 >= width; ++k) sum += v.values[p * steps + t - k];
          sums.values[p * steps + t] = sum;
        }
      }
      add_covariate(fmt::format("{}, {} months", input.name, months), input.name, false,
                    data::on_axis(sums, in_.axis));
    }
  }

  void fill_between(const CovariateInput& input, data::MonthlyValues& v) {
    data::fill_months(v,
                      input.between == Between::hold ? data::MonthFill::hold : data::MonthFill::interpolate,
                      in_.axis.end());
    in_.said.push_back(fmt::format("{}: months between those of its files {}", input.name,
                                   input.between == Between::hold ? "hold the value of the last one before"
                                                                  : "are linear between them"));
  }

  void terrain(const CovariateInput& input, const std::string& what) {
    try {
      const data::GridSource source{
          .variable = input.variable, .crs = input.crs, .unit = input.unit, .missing = input.missing};
      const std::string name = what + " of " + input.name;
      std::vector<double> values =
          terrain_of(paths(input).front(), source, what, in_.cells.fine, s_.region.min_coverage, in_.warned);
      const auto without =
          std::count_if(values.begin(), values.end(), [](double v) { return std::isnan(v); });
      if (without > 0)
        in_.warned.push_back(fmt::format(
            "{}: {} of {} fine cells have none, and no result: cells at the edge of the map, or beside "
            "cells without elevation, have no slope; a map that reaches a cell beyond the region leaves none "
            "out",
            name, without, values.size()));
      add_covariate(name, name, true, std::move(values));
    } catch (const core::InputError& error) {
      problems_.add_all(error.problems());
    }
  }

  void class_covariate(const CovariateInput& input) {
    try {
      const data::GridFile file(paths(input).front(),
                                {.variable = input.variable, .crs = input.crs, .missing = input.missing});
      const auto shares =
          data::class_shares(file, 0, in_.cells.fine, {.min_coverage = s_.region.min_coverage}, context_);
      // The shares sum to one: the last says nothing more.
      for (std::size_t c = 0; c + 1 < shares.classes.size(); ++c)
        add_covariate(fmt::format("{} {}", input.name, shares.classes[c]), input.name, true,
                      {shares.shares[c].begin(), shares.shares[c].end()});
    } catch (const core::InputError& error) {
      problems_.add_all(error.problems());
    }
  }

  // Classes of fine cells; those without a value are in none.
  void areas(const GridInput& input) {
    const data::MonthlyValues v = on_cells(input, in_.cells.fine);
    if (v.place_count() == 0) return;
    const bool whole = std::all_of(v.values.begin(), v.values.end(), [](double x) {
      return std::isnan(x) || (x == std::round(x) && x >= 0 && x < 1000);
    });
    if (!v.is_static || !whole) {
      problems_.add(
          {.file = input.files.front(),
           .where = "areas " + input.name,
           .what = v.is_static ? "holds values that are no class of a fine cell" : "changes with time",
           .allowed = "one layer on the fine cells, whole numbers from 0 to 999"});
      return;
    }
    for (const double x : v.values) in_.areas.push_back(std::isnan(x) ? -1 : static_cast<int>(x));
  }

  void finish_hash() {
    std::string bytes;
    const auto add = [&](const auto& values) {
      bytes +=
          core::hash_bytes({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(values[0])});
    };
    for (const auto& v : in_.products) add(v);
    for (const auto& v : in_.storages) add(v);
    for (const auto& c : in_.covariates) {
      bytes += c.name + "\n" + c.group + (c.optional ? "?" : "");
      add(c.fine);
    }
    add(in_.truth);
    add(in_.areas);
    for (const TrueCauses& causes : in_.causes) {
      for (const auto& [name, share] : causes.share)
        bytes += fmt::format("{} {} {} ", causes.definition, name, share);
    }
    bytes += fmt::format("{} {}", in_.axis.start(0), in_.axis.size());
    in_.hash = core::hash_bytes(bytes);
  }

  const Settings& s_;
  core::Context& context_;
  Inputs in_;
  bool optional_ = false;  // the covariate that is being read
  core::Problems problems_;
};

}  // namespace

Cells make_cells(const RegionParams& r) {
  Cells out;
  out.coarse = data::grid_from_bounds(r.west, r.south, r.east, r.north, r.coarse, "EPSG:4326", true);
  out.fine = data::grid_from_bounds(r.west, r.south, r.east, r.north, r.fine, "EPSG:4326", true);
  out.ratio = out.fine.width / out.coarse.width;
  const std::vector<double> rows = data::row_areas(out.fine);
  for (int y = 0; y < out.fine.height; ++y) {
    for (int x = 0; x < out.fine.width; ++x) {
      out.parent.push_back(static_cast<std::size_t>(y / out.ratio) *
                               static_cast<std::size_t>(out.coarse.width) +
                           static_cast<std::size_t>(x / out.ratio));
      out.area.push_back(rows[static_cast<std::size_t>(y)]);
    }
  }
  return out;
}

std::pair<double, double> centre(const data::GeoGrid& grid, std::size_t cell) {
  const auto width = static_cast<std::size_t>(grid.width);
  return data::to_ground(grid, static_cast<double>(cell % width) + 0.5,
                         static_cast<double>(cell / width) + 0.5);
}

std::vector<double> aggregate(const Cells& cells, std::span<const double> fine, double min_coverage) {
  std::vector<double> sum(cells.coarse.cells()), weight(sum.size()), all(sum.size());
  for (std::size_t i = 0; i < fine.size(); ++i) {
    const std::size_t c = cells.parent[i];
    all[c] += cells.area[i];
    if (std::isnan(fine[i])) continue;
    sum[c] += cells.area[i] * fine[i];
    weight[c] += cells.area[i];
  }
  for (std::size_t c = 0; c < sum.size(); ++c)
    sum[c] = weight[c] > 0 && weight[c] >= min_coverage * all[c] ? sum[c] / weight[c] : kMissing;
  return sum;
}

Inputs read_inputs(const Settings& settings, core::Context& context) {
  return Reader(settings, context).read();
}

}  // namespace phreatic::studies::downscaling

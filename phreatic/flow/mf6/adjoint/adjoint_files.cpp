// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/adjoint/adjoint_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <numeric>

#include "phreatic/core/files/file_name.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/data/io/geotiff.hpp"
#include "phreatic/data/io/netcdf.hpp"
#include "phreatic/flow/mf6/results/geotiff_heads.hpp"
#include "phreatic/flow/mf6/results/netcdf_heads.hpp"

namespace phreatic::flow::mf6 {
namespace {

using data::io::NcType;

// A text as one field of a CSV file.
std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

// Names of variables of a NetCDF file: letters, digits and underscores, what else stands in `text` as an underscore;
// with a number where two would be alike.
class VariableNames {
 public:
  std::string of(const std::string& text) {
    std::string name;
    for (const char c : text) name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
    if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) != 0) name.insert(0, "_");
    const int count = ++known_[name];
    return count == 1 ? name : fmt::format("{}_{}", name, count);
  }

 private:
  std::map<std::string, int> known_;
};

class Writer {
 public:
  Writer(AdjointRun& run, const Trajectory& trajectory, const std::filesystem::path& out)
      : run_(run), trajectory_(trajectory), out_(out) {}

  void run() {
    if (run_.sensitivities) {
      write("sensitivities.csv", sums());
      const MeasureSensitivity& first = run_.sensitivities->measures.front();
      if (!first.bounds.empty() || !first.barriers.empty()) write("bounds.csv", bounds());
      maps();
    }
    if (!run_.recharge) return;
    write("recharge.csv", recharge_table());
    recharge_maps();
    if (run_.study.geotiff) geotiff();
  }

 private:
  void write(const std::string& name, const std::string& text) {
    core::write_file_atomic(out_ / name, text);
    run_.files.push_back((out_ / name).string());
  }

  // --- tables

  std::string sums() const {
    std::string text = "measure,value,parameter,period,sum,sum_times_parameter,cells\n";
    const Flow& flow = run_.model.flow;
    for (const MeasureSensitivity& m : run_.sensitivities->measures) {
      const auto row = [&](const std::string& parameter, int period, const std::vector<double>& by,
                           const CellArray<double>* values) {
        if (by.empty()) return;
        double sum = 0;
        double times = 0;
        std::size_t cells = 0;
        for (std::size_t n = 0; n < by.size(); ++n) {
          sum += by[n];
          if (values != nullptr) times += by[n] * (*values)[n];
          if (by[n] != 0) ++cells;
        }
        text += fmt::format("{},{:.12g},{},{},{:.12g},{},{}\n", quoted(m.name), m.value, parameter,
                            period == 0 ? "" : std::to_string(period), sum,
                            values == nullptr ? "" : fmt::format("{:.12g}", times), cells);
      };
      row("k", 0, m.k, &flow.k);
      row("k22", 0, m.k22, &flow.k22);
      row("k33", 0, m.k33, flow.k33.empty() ? &flow.k : &flow.k33);
      row("ss", 0, m.ss, &run_.model.storage.ss);
      row("sy", 0, m.sy, &run_.model.storage.sy);
      row("start_head", 0, m.start_head, nullptr);
      for (std::size_t g = 0; g < m.recharge.size(); ++g)
        row("recharge", static_cast<int>(g) + 1, m.recharge[g], nullptr);
      for (std::size_t g = 0; g < m.wells.size(); ++g)
        row("wells", static_cast<int>(g) + 1, m.wells[g], nullptr);
      bound_sums(m, text);
    }
    return text;
  }

  void bound_sums(const MeasureSensitivity& m, std::string& text) const {
    for (auto b = m.bounds.rbegin(); b != m.bounds.rend(); ++b) {
      const auto values = values_of(*b);
      for (std::size_t c = 0; c < b->columns.size(); ++c) {
        double sum = 0;
        double times = 0;
        std::size_t count = 0;
        for (std::size_t i = 0; i < b->values[c].size(); ++i) {
          sum += b->values[c][i];
          times += b->values[c][i] * values->value(c, i);
          if (b->values[c][i] != 0) ++count;
        }
        text +=
            fmt::format("{},{:.12g},{} {},{},{:.12g},{:.12g},{}\n", quoted(m.name), m.value,
                        run_.model.packages[b->package].name, b->columns[c], b->group + 1, sum, times, count);
      }
    }
    for (const BarrierSensitivity& b : m.barriers) {
      text += fmt::format("{},{:.12g},hydchr,{},{:.12g},,{}\n", quoted(m.name), m.value, b.period + 1,
                          std::accumulate(b.values.begin(), b.values.end(), 0.0), b.values.size());
    }
  }

  // Values of the bounds in the first step of the period.
  std::shared_ptr<const PackageValues> values_of(const BoundSensitivity& b) const {
    std::size_t k = 0;
    while (trajectory_.step(k).time.period != b.group) ++k;
    return trajectory_.values(k, b.package);
  }

  std::string place(CellIndex n) const {
    if (n == kNoCell) return ",,";
    const Grid& grid = run_.model.grid;
    const int in_layer = n % (grid.nrow * grid.ncol);
    return fmt::format("{},{},{}", n / (grid.nrow * grid.ncol) + 1, in_layer / grid.ncol + 1,
                       in_layer % grid.ncol + 1);
  }

  std::string bounds() const {
    std::string text = "measure,package,column,period,number,layer,row,col,derivative\n";
    for (const MeasureSensitivity& m : run_.sensitivities->measures) {
      for (auto b = m.bounds.rbegin(); b != m.bounds.rend(); ++b) {
        for (std::size_t c = 0; c < b->columns.size(); ++c) {
          for (std::size_t i = 0; i < b->cell.size(); ++i)
            text += fmt::format("{},{},{},{},{},{},{:.10g}\n", quoted(m.name),
                                run_.model.packages[b->package].name, b->columns[c], b->group + 1,
                                b->row[i] + 1, place(b->cell[i]), b->values[c][i]);
        }
      }
      for (const BarrierSensitivity& b : m.barriers) {
        for (const BarrierPeriod& p : run_.model.barriers) {
          if (p.period != b.period) continue;
          for (std::size_t i = 0; i < b.values.size(); ++i)
            text += fmt::format("{},HFB,hydchr,{},{},{},{:.10g}\n", quoted(m.name), b.period + 1, i + 1,
                                place(p.barriers[i].cell_a), b.values[i]);
        }
      }
    }
    return text;
  }

  // Area-weighted mean and quantiles over columns of what has a value.
  std::string spread(const std::vector<double>& share) const {
    double sum = 0;
    double area = 0;
    std::vector<double> sorted;
    for (std::size_t c = 0; c < share.size(); ++c) {
      if (std::isnan(share[c])) continue;
      sum += share[c] * run_.model.grid.area(c);
      area += run_.model.grid.area(c);
      sorted.push_back(share[c]);
    }
    if (sorted.empty()) return ",,,";
    std::sort(sorted.begin(), sorted.end());
    const auto at = [&](double q) {
      return sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))];
    };
    return fmt::format("{:.8g},{:.8g},{:.8g},{:.8g}", sum / area, at(0.1), at(0.5), at(0.9));
  }

  std::string recharge_table() const {
    const StorageResponse& r = *run_.recharge;
    std::string text = "what,time,days_after_window,mean,q10,median,q90\n";
    for (std::size_t d = 0; d < r.dates.size(); ++d)
      text += fmt::format("stored,{:g},{:g},{}\n", r.dates[d], r.dates[d] - run_.window_end,
                          spread(r.fraction[d]));
    for (const Capture& c : r.captures)
      text += fmt::format("taken by {},{:g},{:g},{}\n", run_.model.packages[c.package].name, c.date,
                          c.date - run_.window_end, spread(c.fraction));
    text += fmt::format("half-life,,,{}\n", spread(run_.half_life));
    return text;
  }

  // --- maps

  // In small letters; "" where the model does not say.
  std::string time_unit() const {
    std::string unit = run_.model.time_units;
    std::transform(unit.begin(), unit.end(), unit.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return unit == "unknown" ? "" : unit;
  }

  data::io::NcSchema schema() const {
    const Grid& grid = run_.model.grid;
    data::io::NcSchema s;
    s.dimensions = {{"layer", static_cast<std::size_t>(grid.nlay)},
                    {"y", static_cast<std::size_t>(grid.nrow)},
                    {"x", static_cast<std::size_t>(grid.ncol)}};
    // Without a unit where the model has none: to GDAL an axis of unit 1 does not lie in the plane.
    const std::string named = length_unit(grid.length_units);
    const std::string unit = named == "1" ? std::string() : named;
    // What tells readers of grids (GDAL) which dimensions lie in the plane.
    const auto axis = [&](const std::string& name, const std::string& letter) {
      return data::io::NcVariable{
          .name = name,
          .type = NcType::float64,
          .dimensions = {name},
          .units = unit,
          .attributes = {{"standard_name", "projection_" + name + "_coordinate"}, {"axis", letter}}};
    };
    s.variables = {axis("y", "Y"), axis("x", "X")};
    s.attributes = {{"title", run_.model.name}, {"angrot_degrees", grid.angrot}};
    return s;
  }

  void axes(data::io::NcWriter& nc) const {
    const Grid& grid = run_.model.grid;
    std::vector<double> x, y;
    x.reserve(grid.delr.size());
    y.reserve(grid.delc.size());
    double at = grid.xorigin;
    for (const double w : grid.delr) {
      x.push_back(at + 0.5 * w);
      at += w;
    }
    at = grid.yorigin;
    for (auto w = grid.delc.rbegin(); w != grid.delc.rend(); ++w) {
      y.push_back(at + 0.5 * *w);
      at += *w;
    }
    std::reverse(y.begin(), y.end());  // rows run from north to south
    nc.put("y", std::span<const double>(y));
    nc.put("x", std::span<const double>(x));
  }

  // Inactive cells have no value.
  std::vector<double> masked(std::vector<double> values) const {
    const Grid& grid = run_.model.grid;
    if (values.size() != grid.cells()) return values;
    for (std::size_t n = 0; n < values.size(); ++n) {
      if (grid.idomain[n] <= 0) values[n] = std::nan("");
    }
    return values;
  }

  void maps() {
    data::io::NcSchema s = schema();
    const std::size_t periods = run_.model.periods.size();
    s.dimensions.push_back({"period", periods});
    std::vector<std::pair<std::string, std::vector<double>>> all;
    const auto map = [&](const std::string& name, const std::string& about, std::vector<double> values,
                         std::vector<std::string> dimensions) {
      if (values.empty()) return;
      s.variables.push_back({.name = name,
                             .type = NcType::float64,
                             .dimensions = std::move(dimensions),
                             .attributes = {{"long_name", about}},
                             .fill = true});
      all.emplace_back(name, masked(std::move(values)));
    };
    VariableNames names;
    for (const MeasureSensitivity& m : run_.sensitivities->measures) {
      const std::string name = names.of(m.name);
      const auto derivative = [&](const std::string& by) { return "derivative of " + m.name + " by " + by; };
      for (const auto& [by, values] :
           std::vector<std::pair<std::string, const std::vector<double>*>>{{"k", &m.k},
                                                                           {"k22", &m.k22},
                                                                           {"k33", &m.k33},
                                                                           {"ss", &m.ss},
                                                                           {"sy", &m.sy},
                                                                           {"start_head", &m.start_head}})
        map(name + "_by_" + by, derivative(by), *values, {"layer", "y", "x"});
      map(name + "_by_recharge", derivative("the rate of recharge in a column and period"),
          joined(m.recharge), {"period", "y", "x"});
      map(name + "_by_well", derivative("the rate of injection in a cell and period"), joined(m.wells),
          {"period", "layer", "y", "x"});
    }
    const AdjointResult& r = *run_.sensitivities;
    map("dry_steps", "steps in which the cell was dry", {r.dry_steps.begin(), r.dry_steps.end()},
        {"layer", "y", "x"});
    map("switches", "changes between two steps that the derivatives do not know",
        {r.switches.begin(), r.switches.end()}, {"layer", "y", "x"});
    put("maps.nc", s, all);
  }

  static std::vector<double> joined(const std::vector<std::vector<double>>& parts) {
    std::vector<double> all;
    for (const std::vector<double>& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
  }

  void put(const std::string& file, const data::io::NcSchema& s,
           const std::vector<std::pair<std::string, std::vector<double>>>& all) {
    data::io::write_netcdf(out_ / file, s, [&](data::io::NcWriter& nc) {
      axes(nc);
      for (const auto& [name, values] : all) nc.put(name, std::span<const double>(values));
    });
    run_.files.push_back((out_ / file).string());
  }

  void recharge_maps() {
    data::io::NcSchema s = schema();
    const StorageResponse& r = *run_.recharge;
    s.dimensions.push_back({"date", r.dates.size()});
    std::vector<std::pair<std::string, std::vector<double>>> all;
    const auto map = [&](const std::string& name, const std::string& unit, const std::string& about,
                         std::vector<double> values, std::vector<std::string> dimensions) {
      s.variables.push_back({.name = name,
                             .type = NcType::float64,
                             .dimensions = std::move(dimensions),
                             .units = unit,
                             .attributes = {{"long_name", about}},
                             .fill = true});
      all.emplace_back(name, std::move(values));
    };
    map("date", "", "simulation time", r.dates, {"date"});
    map("stored", "1", "share of the recharged water that is in storage", joined(r.fraction),
        {"date", "y", "x"});
    VariableNames names;
    for (const Capture& c : r.captures)
      map("taken_by_" + names.of(run_.model.packages[c.package].name), "1",
          fmt::format("share of the recharged water that the package has taken until {:g}", c.date),
          c.fraction, {"y", "x"});
    map("half_life", time_unit(), "time after the window at which half of what was stored is left",
        run_.half_life, {"y", "x"});
    map("switches", "1", "changes between two steps that the derivatives do not know",
        {r.switches.begin(), r.switches.end()}, {"y", "x"});
    put("recharge.nc", s, all);
  }

  void geotiff() {
    const StorageResponse& r = *run_.recharge;
    const Grid& grid = run_.model.grid;
    core::make_folder(out_ / "geotiff");
    const auto file = [&](const std::string& name, const std::vector<double>& values, const std::string& what,
                          const std::string& unit = "1") {
      data::io::RasterSchema raster{.grid = geo_grid(grid), .bands = {what}, .unit = unit};
      raster.about = {{"model", run_.model.name}, {"quantity", what}};
      const std::filesystem::path path = out_ / "geotiff" / name;
      data::io::write_geotiff(path, raster, [&](data::io::RasterWriter& writer) {
        writer.put(0, {0, 0, grid.ncol, grid.nrow}, std::span<const double>(values));
      });
      run_.files.push_back(path.string());
    };
    for (std::size_t d = 0; d < r.dates.size(); ++d)
      file(fmt::format("stored_{:g}_after.tif", r.dates[d] - run_.window_end), r.fraction[d],
           "share of the recharged water that is in storage");
    for (const Capture& c : r.captures)
      file("taken_by_" + core::file_name(run_.model.packages[c.package].name) + ".tif", c.fraction,
           "share of the recharged water that the package has taken");
    file("half_life.tif", run_.half_life, "half-life", time_unit());
  }

  AdjointRun& run_;
  const Trajectory& trajectory_;
  std::filesystem::path out_;
};

}  // namespace

void write_adjoint_files(AdjointRun& run, const Trajectory& trajectory, const std::filesystem::path& out) {
  Writer(run, trajectory, out).run();
}

}  // namespace phreatic::flow::mf6

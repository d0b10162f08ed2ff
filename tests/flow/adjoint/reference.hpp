// SPDX-License-Identifier: BSD-3-Clause
// Sensitivities by finite differences of MODFLOW 6 in shared data (adjoint/SOURCE.md there), and ours beside them.
#pragma once

#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "../reference_files.hpp"
#include "phreatic/flow/adjoint/adjoint.hpp"
#include "phreatic/flow/mf6/input/reader.hpp"

namespace phreatic::flow::testing {

inline std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> fields;
  std::string field;
  std::istringstream in(line.substr(0, line.find('#')));
  while (std::getline(in, field, ',')) {
    while (!field.empty() && (field.back() == ' ' || field.back() == '\r')) field.pop_back();
    fields.push_back(field);
  }
  if (!line.empty() && line.back() == ',') fields.emplace_back();
  return fields;
}

// The text of a gzip file.
inline std::string unzipped(const std::filesystem::path& file) {
  std::string text;
  const gzFile in = gzopen(file.c_str(), "rb");
  if (in == nullptr) return text;
  std::vector<char> part(1 << 16);
  for (int n = 0; (n = gzread(in, part.data(), static_cast<unsigned>(part.size()))) > 0;)
    text.append(part.data(), static_cast<std::size_t>(n));
  gzclose(in);
  return text;
}

inline EngineOptions tight_engine() {
  EngineOptions engine;
  engine.head_tolerance = 1e-12;
  engine.balance_tolerance = 1e-13;
  engine.large_model_ease = 1;
  return engine;
}

// Inputs of a folder; those of mar_small lie over another folder's.
inline Model reference_model(const std::filesystem::path& folder) {
  mf6::ReadRequest request{.folder = folder / "inputs"};
  std::filesystem::path at = request.folder;
  if (!std::filesystem::exists(at / "mfsim.nam")) {
    request.folder = shared_data() / "mf6" / "mar_small_3x60x60";
    for (const auto& file : std::filesystem::directory_iterator(at)) {
      if (file.path().extension() == ".txt") continue;
      std::ifstream in(file.path());
      std::ostringstream text;
      text << in.rdbuf();
      request.in_memory[file.path().filename().string()] = text.str();
    }
  }
  return std::move(mf6::read_simulation(request).model);
}

inline std::vector<Measure> reference_measures(const std::filesystem::path& file, const Trajectory& run) {
  const Model& model = run.model();
  std::map<std::pair<int, int>, int> steps;
  for (std::size_t k = 0; k < run.steps(); ++k)
    steps[{run.step(k).time.period + 1, run.step(k).time.step + 1}] = static_cast<int>(k);
  int drains = -1;
  for (std::size_t p = 0; p < model.packages.size(); ++p) {
    if (model.packages[p].kind == PackageKind::drn) drains = static_cast<int>(p);
  }
  std::vector<Measure> measures;
  std::ifstream in(file);
  std::string line;
  while (std::getline(in, line)) {
    if (line.empty() || line[0] == '#') continue;
    const std::vector<std::string> f = split(line);
    if (measures.empty() || measures.back().name != f[0]) measures.push_back({f[0], {}, {}, {}});
    Measure& measure = measures.back();
    const int step = steps.at({std::stoi(f[2]), std::stoi(f[3])});
    const double weight = std::stod(f.at(7));
    if (f[4] == "ALLDRAINS") {
      measure.flows.push_back({step, drains, weight, nullptr});
    } else if (f[4] == "ALL") {
      for (std::size_t n = 0; n < model.grid.cells(); ++n) {
        if (model.grid.idomain[n] > 0) measure.heads.push_back({step, static_cast<CellIndex>(n), weight});
      }
    } else {
      const CellIndex n = model.grid.cell(std::stoi(f[4]) - 1, std::stoi(f[5]) - 1, std::stoi(f[6]) - 1);
      if (f[1] == "head") {
        measure.heads.push_back({step, n, weight});
      } else {
        auto cells = std::make_shared<std::vector<char>>(model.grid.cells(), 0);
        (*cells)[static_cast<std::size_t>(n)] = 1;
        measure.flows.push_back({step, drains, weight, cells});
      }
    }
  }
  return measures;
}

struct Difference {
  std::string measure, parameter;
  int period = 0;
  int layer = 0, row = 0, column = 0;
  double value = 0;   // extrapolated where a half step is there
  double spread = 0;  // |forward - backward|
};

inline std::vector<Difference> reference_differences(const std::filesystem::path& file) {
  std::vector<Difference> all;
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    const std::vector<std::string> f = split(line);
    if (f[7].empty()) continue;
    Difference d{f[0],
                 f[1],
                 std::stoi(f[2]),
                 std::stoi(f[3]),
                 std::stoi(f[4]),
                 std::stoi(f[5]),
                 std::stod(f[7]),
                 std::abs(std::stod(f[8]) - std::stod(f[9]))};
    if (f.size() > 10 && !f[10].empty()) d.value = (4 * std::stod(f[10]) - d.value) / 3;
    all.push_back(d);
  }
  return all;
}

// What our sensitivities give for the same thing.
class Ours {
 public:
  Ours(const Trajectory& run, const MeasureSensitivity& sensitivity) : run_(run), s_(sensitivity) {}

  double of(const Difference& d) const {
    std::string name = d.parameter;
    const auto ends = [&](const char* tail) {
      const std::string t = tail;
      if (name.size() <= t.size() || name.compare(name.size() - t.size(), t.size(), t) != 0) return false;
      name.resize(name.size() - t.size());
      return true;
    };
    const bool times = ends("_mult_all");
    const bool all = ends("_add_all") || times;
    const Model& model = run_.model();
    const Flow& flow = model.flow;
    const CellIndex cell = all ? kNoCell : model.grid.cell(d.layer - 1, d.row - 1, d.column - 1);
    if (name == "k11") return cells(s_.k, flow.k, cell);
    if (name == "k33") return cells(s_.k33, flow.k33.empty() ? flow.k : flow.k33, cell);
    if (name == "ss") return cells(s_.ss, model.storage.ss, cell);
    if (name == "sy") return cells(s_.sy, model.storage.sy, cell);
    if (name == "rch") return rates(s_.recharge, d.period, cell);
    if (name == "wel_q") return rates(s_.wells, d.period, cell);
    if (name == "hfb_hydchr") return barrier(cell);
    const std::map<std::string, std::pair<PackageKind, std::string>> columns = {
        {"riv_stage", {PackageKind::riv, "stage"}},    {"riv_cond", {PackageKind::riv, "conductance"}},
        {"drn_elev", {PackageKind::drn, "elevation"}}, {"drn_cond", {PackageKind::drn, "conductance"}},
        {"ghb_bhead", {PackageKind::ghb, "head"}},     {"ghb_cond", {PackageKind::ghb, "conductance"}},
        {"chd_head", {PackageKind::chd, "head"}},      {"evt_rate", {PackageKind::evt, "rate"}}};
    const auto& [kind, column] = columns.at(name);
    return bounds(kind, column, cell, times, d.period);
  }

 private:
  static double cells(const std::vector<double>& by, const CellArray<double>& values, CellIndex cell) {
    if (cell != kNoCell) return by[static_cast<std::size_t>(cell)];
    double sum = 0;
    for (std::size_t n = 0; n < by.size(); ++n) sum += by[n] * values[n];
    return sum;
  }
  static double rates(const std::vector<std::vector<double>>& by, int period, CellIndex cell) {
    double sum = 0;
    for (std::size_t g = 0; g < by.size(); ++g) {
      if (period > 0 && g + 1 != static_cast<std::size_t>(period)) continue;
      for (std::size_t n = 0; n < by[g].size(); ++n) {
        if (cell == kNoCell || n == static_cast<std::size_t>(cell)) sum += by[g][n];
      }
    }
    return sum;
  }
  double barrier(CellIndex cell) const {
    double sum = 0;
    for (const BarrierSensitivity& b : s_.barriers) {
      for (const BarrierPeriod& p : run_.model().barriers) {
        if (p.period != b.period) continue;
        for (std::size_t i = 0; i < p.barriers.size(); ++i) {
          if (p.barriers[i].cell_a == cell) sum += b.values[i];
        }
      }
    }
    return sum;
  }
  double bounds(PackageKind kind, const std::string& column, CellIndex cell, bool times, int period) const {
    double sum = 0;
    for (const BoundSensitivity& b : s_.bounds) {
      if (period > 0 && b.group + 1 != period) continue;
      if (!(run_.model().packages[b.package].kind == kind)) continue;
      const auto c =
          static_cast<std::size_t>(std::find(b.columns.begin(), b.columns.end(), column) - b.columns.begin());
      std::size_t k = 0;
      while (run_.step(k).time.period != b.group) ++k;
      const auto values = run_.values(k, b.package);
      for (std::size_t i = 0; i < b.cell.size(); ++i) {
        if (cell != kNoCell && values->cell[i] != cell) continue;
        sum += b.values[c][i] * (times ? values->value(c, i) : 1.0);
      }
    }
    return sum;
  }

  const Trajectory& run_;
  const MeasureSensitivity& s_;
};

// Largest difference over the largest finite difference, by parameter (single cells and all together apart).
struct Agreement {
  std::string parameter;
  int count = 0;
  double worst = 0;
  std::string where;
  // Of differences whose forward and backward value agree to 1e-6, and beyond the distance of those two.
  double smooth_worst = 0;
  std::string smooth_where;
  double beyond_spread = 0;
};

inline std::vector<Agreement> compare_sensitivities(const std::filesystem::path& folder,
                                                    AdjointResult* out = nullptr) {
  const Trajectory run = record_run(reference_model(folder), tight_engine(), {});
  const std::vector<Measure> measures = reference_measures(folder / "measure.txt", run);
  SweepParams params;
  params.measures = measures;
  params.wanted = {true, true, true, true, true, true, true};
  params.tolerance = 1e-12;
  AdjointResult result = sweep(run, params);
  const std::vector<Difference> differences = reference_differences(folder / "finite_differences.csv");
  std::map<std::pair<std::string, std::string>, double> largest;
  for (const Difference& d : differences) {
    double& most = largest[{d.measure, d.parameter}];
    most = std::max(most, std::abs(d.value));
  }
  std::map<std::string, Agreement> by;
  for (const Difference& d : differences) {
    const auto found = std::find_if(result.measures.begin(), result.measures.end(),
                                    [&](const MeasureSensitivity& m) { return m.name == d.measure; });
    const double ours = Ours(run, *found).of(d);
    Agreement& a = by[d.parameter];
    a.parameter = d.parameter;
    ++a.count;
    const double most = largest[{d.measure, d.parameter}];
    const double off = std::abs(ours - d.value) / (most > 0 ? most : 1.0);
    const double spread = d.spread / (most > 0 ? most : 1.0);
    a.beyond_spread = std::max(a.beyond_spread, off - spread);
    const bool smooth = d.spread < 1e-6 * most;
    if (off < a.worst && !(smooth && off > a.smooth_worst)) continue;
    std::ostringstream text;
    text.precision(10);
    text << d.measure << " (" << d.layer << ", " << d.row << ", " << d.column << ") period " << d.period
         << ": " << ours << ", finite difference " << d.value << " +- " << d.spread;
    if (off >= a.worst) {
      a.worst = off;
      a.where = text.str();
    }
    if (smooth && off > a.smooth_worst) {
      a.smooth_worst = off;
      a.smooth_where = text.str();
    }
  }
  std::vector<Agreement> list;
  for (const auto& [name, agreement] : by) list.push_back(agreement);
  if (out != nullptr) *out = std::move(result);
  return list;
}

}  // namespace phreatic::flow::testing

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "phreatic/core/files/files.hpp"
#include "phreatic/flow/mf6/packages.hpp"
#include "phreatic/flow/mf6/results/binary_files.hpp"
#include "phreatic/flow/mf6/write_stress.hpp"

namespace phreatic::flow::mf6 {
namespace {

class SimulationWriter {
 public:
  SimulationWriter(const Model& model, std::filesystem::path folder, const WriteOptions& options)
      : m_(model), folder_(std::move(folder)), options_(options) {}

  void write() {
    core::make_folder(folder_);
    put("mfsim.nam", simulation());
    put("model.tdis", tdis());
    put("model.ims", ims());
    put("model.dis", dis());
    put("model.ic", "BEGIN GRIDDATA\n" + cells("STRT", m_.start_heads) + "END GRIDDATA\n");
    put("model.npf", npf());
    if (m_.storage.present) put("model.sto", sto());
    if (!m_.barriers.empty()) put("model.hfb", hfb());
    if (!m_.output.periods.empty() || !m_.output.head_file.empty() || !m_.output.budget_file.empty())
      put("model.oc", oc());
    if (observes_model()) put("model.obs", obs());
    put("model.nam", names());
  }

 private:
  void put(const std::string& name, const std::string& text) const {
    core::write_file_atomic(folder_ / name, text);
  }

  std::string simulation() const {
    return fmt::format(
        "BEGIN OPTIONS\n{}END OPTIONS\n\nBEGIN TIMING\n  TDIS6 model.tdis\nEND TIMING\n\nBEGIN MODELS\n  "
        "GWF6 model.nam {}\nEND MODELS\n\nBEGIN EXCHANGES\nEND "
        "EXCHANGES\n\nBEGIN SOLUTIONGROUP 1\n  IMS6 model.ims {}\nEND SOLUTIONGROUP 1\n",
        m_.solver.continue_unconverged ? "  CONTINUE\n" : "", m_.name, m_.name);
  }

  std::string tdis() const {
    std::string ats;
    int count = 0;
    for (std::size_t p = 0; p < m_.periods.size(); ++p) {
      const AdaptiveSteps& a = m_.periods[p].adaptive;
      if (!a.enabled) continue;
      ++count;
      ats += fmt::format("  {} {} {} {} {} {}\n", p + 1, a.dt0, a.dtmin, a.dtmax, a.dtadj, a.dtfailadj);
    }
    if (count > 0)
      put("model.ats",
          fmt::format("BEGIN DIMENSIONS\n  MAXATS {}\nEND DIMENSIONS\n\nBEGIN PERIODDATA\n{}END PERIODDATA\n",
                      count, ats));
    std::string out = fmt::format(
        "BEGIN OPTIONS\n  TIME_UNITS {}\n{}END OPTIONS\n\nBEGIN DIMENSIONS\n  NPER {}\nEND "
        "DIMENSIONS\n\nBEGIN PERIODDATA\n",
        m_.time_units, count > 0 ? "  ATS6 FILEIN model.ats\n" : "", m_.periods.size());
    for (const StressPeriod& p : m_.periods) out += fmt::format("  {} {} {}\n", p.perlen, p.nstp, p.tsmult);
    return out + "END PERIODDATA\n";
  }

  std::string ims() const {
    const SolverSettings& s = m_.solver;
    static const std::map<UnderRelaxation, const char*> relaxations = {{UnderRelaxation::none, "NONE"},
                                                                       {UnderRelaxation::simple, "SIMPLE"},
                                                                       {UnderRelaxation::cooley, "COOLEY"},
                                                                       {UnderRelaxation::dbd, "DBD"}};
    static const std::map<ResidualNorm, const char*> norms = {{ResidualNorm::infinity, ""},
                                                              {ResidualNorm::strict, " STRICT"},
                                                              {ResidualNorm::l2, " L2NORM_RCLOSE"},
                                                              {ResidualNorm::relative, " RELATIVE_RCLOSE"}};
    std::string out = "BEGIN OPTIONS\n";
    const bool of_complex = s.backtracking_number > 0 && !s.backtracking;  // not named in the input
    if (of_complex) out += "  COMPLEXITY COMPLEX\n";
    if (s.no_ptc != 0) out += fmt::format("  NO_PTC {}\n", s.no_ptc == 2 ? "FIRST" : "ALL");
    out += fmt::format(
        "END OPTIONS\n\nBEGIN NONLINEAR\n  OUTER_DVCLOSE {}\n  OUTER_MAXIMUM {}\n  UNDER_RELAXATION {}\n",
        s.outer_dvclose, s.outer_maximum, relaxations.at(s.under_relaxation));
    out += fmt::format(
        "  UNDER_RELAXATION_THETA {}\n  UNDER_RELAXATION_KAPPA {}\n  UNDER_RELAXATION_GAMMA {}\n  "
        "UNDER_RELAXATION_MOMENTUM {}\n",
        s.under_relaxation_theta, s.under_relaxation_kappa, s.under_relaxation_gamma,
        s.under_relaxation_momentum);
    if (!of_complex) out += fmt::format("  BACKTRACKING_NUMBER {}\n", s.backtracking_number);
    out += fmt::format(
        "  BACKTRACKING_TOLERANCE {}\n  BACKTRACKING_REDUCTION_FACTOR {}\n  "
        "BACKTRACKING_RESIDUAL_LIMIT {}\nEND NONLINEAR\n\n",
        s.backtracking_tolerance, s.backtracking_reduction_factor, s.backtracking_residual_limit);
    return out + fmt::format(
                     "BEGIN LINEAR\n  INNER_MAXIMUM {}\n  INNER_DVCLOSE {}\n  INNER_RCLOSE {}{}\n  "
                     "LINEAR_ACCELERATION {}\n  RELAXATION_FACTOR {}\nEND LINEAR\n",
                     s.inner_maximum, s.inner_dvclose, s.inner_rclose, norms.at(s.residual_norm),
                     s.bicgstab ? "BICGSTAB" : "CG", s.relaxation_factor);
  }

  // An array of `per_layer` numbers for each layer.
  template <class T>
  std::string array(const std::string& name, const std::vector<T>& values, std::size_t per_layer,
                    std::size_t line) {
    if (values.size() == 1) return fmt::format("  {}\n    CONSTANT {}\n", name, values[0]);
    const std::size_t layers = values.size() / per_layer;
    std::string out = fmt::format("  {}{}\n", name, layers > 1 ? " LAYERED" : "");
    for (std::size_t k = 0; k < layers; ++k) {
      const T* layer = values.data() + k * per_layer;
      if (std::all_of(layer, layer + per_layer, [&](const T& v) { return v == *layer; })) {
        out += fmt::format("    CONSTANT {}\n", *layer);
        continue;
      }
      if (options_.binary_arrays && line > 1) {
        const std::string file = fmt::format("{}_{}.bin", name, k + 1);
        binary(file, name, layer, per_layer, line, k + 1);
        out += fmt::format("    OPEN/CLOSE {} (BINARY)\n", file);
        continue;
      }
      out += "    INTERNAL\n";
      for (std::size_t i = 0; i < per_layer; ++i) {
        out += fmt::format(" {}", layer[i]);
        if ((i + 1) % line == 0 || i + 1 == per_layer) out += "\n";
      }
    }
    return out;
  }

  template <class T>
  void binary(const std::string& file, const std::string& name, const T* values, std::size_t count,
              std::size_t ncol, std::size_t layer) const {
    AppendFile out(folder_ / file);
    for (const std::int32_t n : {1, 1}) out.value(n);
    for (const double t : {1.0, 1.0}) out.value(t);
    std::string text = name;
    text.resize(16, ' ');
    out.write(text);
    for (const std::size_t n : {ncol, count / ncol, layer}) out.value(static_cast<std::int32_t>(n));
    out.write(values, count * sizeof(T));
    out.flush();
  }

  std::string cells(const std::string& name, const std::vector<double>& values) {
    return array(name, values, m_.grid.layer_cells(), static_cast<std::size_t>(m_.grid.ncol));
  }
  std::string cells(const std::string& name, const CellArray<double>& values) {
    return cells(name, values.values);
  }
  std::string cells(const std::string& name, const CellArray<std::int8_t>& values) {
    const std::vector<std::int32_t> wide(values.values.begin(), values.values.end());
    return array(name, wide, m_.grid.layer_cells(), static_cast<std::size_t>(m_.grid.ncol));
  }

  std::string dis() {
    const Grid& g = m_.grid;
    std::string out = "BEGIN OPTIONS\n";
    if (!g.length_units.empty()) out += fmt::format("  LENGTH_UNITS {}\n", g.length_units);
    if (m_.output.grid_file.empty()) out += "  NOGRB\n";
    if (!g.crs.empty()) out += fmt::format("  CRS {}\n", g.crs);
    out += fmt::format("  XORIGIN {}\n  YORIGIN {}\n  ANGROT {}\nEND OPTIONS\n\n", g.xorigin, g.yorigin,
                       g.angrot);
    out +=
        fmt::format("BEGIN DIMENSIONS\n  NLAY {}\n  NROW {}\n  NCOL {}\nEND DIMENSIONS\n\nBEGIN GRIDDATA\n",
                    g.nlay, g.nrow, g.ncol);
    out += array("DELR", g.delr, g.delr.size(), g.delr.size()) +
           array("DELC", g.delc, g.delc.size(), g.delc.size());
    out += cells("TOP", g.top) + cells("BOTM", g.botm);
    if (!g.idomain.uniform() || g.idomain[0] != 1) out += cells("IDOMAIN", g.idomain);
    return out + "END GRIDDATA\n";
  }

  std::string npf() {
    const Flow& f = m_.flow;
    std::string out = "BEGIN OPTIONS\n";
    if (m_.save_flows) out += "  SAVE_FLOWS\n";
    if (f.averaging == CellAveraging::logarithmic) out += "  ALTERNATIVE_CELL_AVERAGING LOGARITHMIC\n";
    if (f.averaging == CellAveraging::amt_lmk) out += "  ALTERNATIVE_CELL_AVERAGING AMT-LMK\n";
    if (f.averaging == CellAveraging::amt_hmk) out += "  ALTERNATIVE_CELL_AVERAGING AMT-HMK\n";
    if (f.thickstrt) out += "  THICKSTRT\n";
    if (f.variable_cv) out += fmt::format("  VARIABLECV{}\n", f.dewatered ? " DEWATERED" : "");
    if (f.perched) out += "  PERCHED\n";
    if (f.rewet.enabled)
      out += fmt::format("  REWET WETFCT {} IWETIT {} IHDWET {}\n", f.rewet.factor, f.rewet.every,
                         f.rewet.equation);
    if (m_.save_specific_discharge) out += "  SAVE_SPECIFIC_DISCHARGE\n";
    if (m_.save_saturation) out += "  SAVE_SATURATION\n";
    out += "END OPTIONS\n\nBEGIN GRIDDATA\n" + cells("ICELLTYPE", f.icelltype) + cells("K", f.k);
    if (!f.k22.empty()) out += cells("K22", f.k22);
    if (!f.k33.empty()) out += cells("K33", f.k33);
    if (f.rewet.enabled) out += cells("WETDRY", f.rewet.wetdry);
    return out + "END GRIDDATA\n";
  }

  std::string sto() {
    const Storage& s = m_.storage;
    std::string out = "BEGIN OPTIONS\n";
    if (s.save_flows) out += "  SAVE_FLOWS\n";
    if (s.storage_coefficient) out += "  STORAGECOEFFICIENT\n";
    if (s.ss_confined_only) out += "  SS_CONFINED_ONLY\n";
    out += "END OPTIONS\n\nBEGIN GRIDDATA\n" + cells("ICONVERT", s.iconvert) + cells("SS", s.ss) +
           cells("SY", s.sy) + "END GRIDDATA\n\n";
    for (std::size_t p = 0; p < m_.periods.size(); ++p) {
      if (p > 0 && m_.periods[p].steady == m_.periods[p - 1].steady) continue;
      out += fmt::format("BEGIN PERIOD {0}\n  {1}\nEND PERIOD {0}\n\n", p + 1,
                         m_.periods[p].steady ? "STEADY-STATE" : "TRANSIENT");
    }
    return out;
  }

  std::string place(CellIndex cell) const {
    const int layer = m_.grid.nrow * m_.grid.ncol;
    return fmt::format("{} {} {}", cell / layer + 1, cell % layer / m_.grid.ncol + 1,
                       cell % m_.grid.ncol + 1);
  }

  std::string hfb() const {
    std::size_t most = 0;
    std::string blocks;
    for (const BarrierPeriod& period : m_.barriers) {
      most = std::max(most, period.barriers.size());
      blocks += fmt::format("BEGIN PERIOD {}\n", period.period + 1);
      for (const Barrier& b : period.barriers)
        blocks += fmt::format("  {} {} {}\n", place(b.cell_a), place(b.cell_b), b.hydchr);
      blocks += fmt::format("END PERIOD {}\n\n", period.period + 1);
    }
    return fmt::format("BEGIN DIMENSIONS\n  MAXHFB {}\nEND DIMENSIONS\n\n", most) + blocks;
  }

  static std::string rule(const char* what, const SaveRule& r) {
    std::string out;
    if (r.all) out += fmt::format("  {} ALL\n", what);
    if (r.first) out += fmt::format("  {} FIRST\n", what);
    if (r.last) out += fmt::format("  {} LAST\n", what);
    if (r.frequency > 0) out += fmt::format("  {} FREQUENCY {}\n", what, r.frequency);
    if (r.steps.empty()) return out;
    out += fmt::format("  {} STEPS", what);
    for (const int s : r.steps) out += fmt::format(" {}", s + 1);
    return out + "\n";
  }

  std::string oc() const {
    const OutputControl& o = m_.output;
    std::string out = "BEGIN OPTIONS\n";
    if (!o.head_file.empty()) out += fmt::format("  HEAD FILEOUT '{}'\n", o.head_file);
    if (!o.budget_file.empty()) out += fmt::format("  BUDGET FILEOUT '{}'\n", o.budget_file);
    if (!o.budget_csv_file.empty()) out += fmt::format("  BUDGETCSV FILEOUT '{}'\n", o.budget_csv_file);
    out += "END OPTIONS\n\n";
    for (const OutputPeriod& p : o.periods) {
      out += fmt::format("BEGIN PERIOD {}\n", p.period + 1) + rule("SAVE HEAD", p.save_head) +
             rule("SAVE BUDGET", p.save_budget) + rule("PRINT HEAD", p.print_head) +
             rule("PRINT BUDGET", p.print_budget) + fmt::format("END PERIOD {}\n\n", p.period + 1);
    }
    return out;
  }

  bool observes_model() const {
    return std::any_of(m_.observations.begin(), m_.observations.end(),
                       [](const Observation& o) { return o.package < 0; });
  }

  std::string obs() const {
    std::map<std::string, std::string> blocks;
    for (const Observation& o : m_.observations) {
      if (o.package >= 0) continue;
      std::string& block = blocks[fmt::format("'{}'{}", o.file, o.binary ? " BINARY" : "")];
      block += fmt::format("  '{}' {} {}", o.name, o.type, place(o.cell));
      block += o.other == kNoCell ? "\n" : " " + place(o.other) + "\n";
    }
    std::string out;
    for (const auto& [file, lines] : blocks)
      out += fmt::format("BEGIN CONTINUOUS FILEOUT {}\n{}END CONTINUOUS\n\n", file, lines);
    return out;
  }

  std::string names() {
    std::string out = "BEGIN OPTIONS\n";
    if (!m_.output.list_file.empty()) out += fmt::format("  LIST '{}'\n", m_.output.list_file);
    if (m_.newton.enabled)
      out += fmt::format("  NEWTON{}\n", m_.newton.under_relaxation ? " UNDER_RELAXATION" : "");
    out += "END OPTIONS\n\nBEGIN PACKAGES\n  DIS6 model.dis\n  IC6 model.ic\n  NPF6 model.npf\n";
    for (const char* part : {"sto", "hfb", "oc", "obs"}) {
      if (!std::filesystem::exists(folder_ / fmt::format("model.{}", part)) || !written(part)) continue;
      std::string type = part;
      for (char& c : type) c = static_cast<char>(c - 'a' + 'A');
      out += fmt::format("  {}6 model.{}\n", type, part);
    }
    int number = 0;
    for (const Package& package : m_.packages) {
      const std::string file = write_package(m_, package, folder_, fmt::format("package{}", ++number));
      out += fmt::format("  {}6 {} '{}'\n", package.kind.name(), file, package.name);
    }
    return out + "END PACKAGES\n";
  }

  bool written(const std::string& part) const {
    if (part == "sto") return m_.storage.present;
    if (part == "hfb") return !m_.barriers.empty();
    if (part == "obs") return observes_model();
    return true;
  }

  const Model& m_;
  std::filesystem::path folder_;
  const WriteOptions& options_;
};

}  // namespace

void write_simulation(const Model& model, const std::filesystem::path& folder, const WriteOptions& options) {
  if (model.storage.shallow_share < 1) {
    throw core::InputError({.where = "storage",
                            .what = "MODFLOW 6 input has no specific yield that falls towards the surface",
                            .mend = "Set shallow_share to 1"});
  }
  SimulationWriter(model, folder, options).write();
}

}  // namespace phreatic::flow::mf6

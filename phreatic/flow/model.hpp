// SPDX-License-Identifier: BSD-3-Clause
// A groundwater flow model as plain data: what a reader fills and Simulation (simulation.hpp) runs.
//
// Conventions: a structured grid of nlay x nrow x ncol cells, layer 0 on top, row 0 in the north; the number
// of a cell is n = (layer * nrow + row) * ncol + column, counted over the whole grid, 0-based. Lengths and
// times are in the model's own units L and T. Flow into a cell is positive. Nothing here is checked;
// check_model() does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace phreatic::flow {

using CellIndex = std::int32_t;
inline constexpr CellIndex kNoCell = -1;

inline constexpr double kInactiveHead = 1e30;  // idomain <= 0
inline constexpr double kDryHead = -1e30;      // a cell that fell dry (not under Newton)

// One value for every cell: either all of them, or a single one that holds everywhere.
template <class T>
struct CellArray {
  std::vector<T> values;

  CellArray() = default;
  CellArray(T everywhere) : values{everywhere} {}            // NOLINT: meant as a conversion
  CellArray(std::vector<T> all) : values(std::move(all)) {}  // NOLINT: meant as a conversion
  bool empty() const { return values.empty(); }
  bool uniform() const { return values.size() == 1; }
  const T& operator[](std::size_t cell) const { return values[values.size() == 1 ? 0 : cell]; }
};

struct Grid {
  int nlay = 1;
  int nrow = 1;
  int ncol = 1;
  std::vector<double> delr;           // [ncol] column widths (L)
  std::vector<double> delc;           // [nrow] row heights (L)
  std::vector<double> top;            // [nrow * ncol] top of the first layer (L)
  std::vector<double> botm;           // [cells] bottom of each cell (L)
  CellArray<std::int8_t> idomain{1};  // > 0 active, 0 inactive, < 0 pass-through (connects up and down)
  double xorigin = 0;                 // carried along for the writers
  double yorigin = 0;
  double angrot = 0;
  std::string length_units;  // "METERS", "FEET", "CENTIMETERS" or ""
  std::string crs;           // coordinate system of the origin as the DIS option CRS has it, or ""

  std::size_t layer_cells() const { return static_cast<std::size_t>(nrow) * static_cast<std::size_t>(ncol); }
  std::size_t cells() const { return layer_cells() * static_cast<std::size_t>(nlay); }
  CellIndex cell(int layer, int row, int column) const { return (layer * nrow + row) * ncol + column; }
  double cell_top(std::size_t n) const { return n < layer_cells() ? top[n] : botm[n - layer_cells()]; }
  // From cell n down to cell m of the same column.
  std::size_t layers_between(std::size_t n, std::size_t m) const { return (m - n) / layer_cells(); }
  double area(std::size_t n) const {
    const std::size_t in_layer = n % layer_cells();
    return delr[in_layer % static_cast<std::size_t>(ncol)] * delc[in_layer / static_cast<std::size_t>(ncol)];
  }
};

// --- time
// ---------------------------------------------------------------------------------------------------

// Adaptive time steps of a period, as MODFLOW 6's ATS utility names them.
struct AdaptiveSteps {
  bool enabled = false;
  double dt0 = 0;        // first step (T); 0: from nstp and tsmult
  double dtmin = 1e-5;   // smallest step (T)
  double dtmax = 0;      // largest step (T); 0: the period
  double dtadj = 2;      // factor by which the step grows or shrinks with the solver's effort; 0 or 1: never
  double dtfailadj = 5;  // a failed step is repeated with dt / dtfailadj; 0 or 1: never
};

struct StressPeriod {
  double perlen = 1;  // (T)
  int nstp = 1;
  double tsmult = 1;  // each step is tsmult times the one before
  bool steady = true;
  AdaptiveSteps adaptive;
};

// One time step as packages see it.
struct StepTime {
  int period = 0;          // 0-based
  int step = 0;            // 0-based within the period
  int index = 0;           // 0-based over the run
  double dt = 0;           // length (T)
  double start = 0;        // simulation time at the start (T)
  double end = 0;          // simulation time at the end: MODFLOW's totim (T)
  double period_time = 0;  // time since the start of the period, at the end of the step: pertim (T)
  bool steady = true;
  bool last_of_period = false;
};

// --- aquifer
// ------------------------------------------------------------------------------------------------

enum class CellAveraging { harmonic, logarithmic, amt_lmk, amt_hmk };

struct Rewetting {
  bool enabled = false;
  double factor = 1;              // WETFCT
  int every = 1;                  // IWETIT: tried in every n-th outer iteration
  int equation = 0;               // IHDWET: 0 head difference, otherwise threshold
  CellArray<double> wetdry{0.0};  // 0: stays dry; > 0 wetted from below and the sides; < 0 from below only
};

struct Flow {  // node property flow
  CellArray<std::int8_t> icelltype{
      0};                    // 0 confined, > 0 convertible, < 0 with thickstrt: fixed by the starting head
  bool thickstrt = false;    // honour icelltype < 0; otherwise they are convertible
  CellArray<double> k{1.0};  // along rows (L/T)
  CellArray<double> k22;     // along columns (L/T), already times k with K22OVERK; empty: as k
  CellArray<double> k33;     // vertical (L/T), already times k with K33OVERK; empty: as k
  CellAveraging averaging = CellAveraging::harmonic;
  bool variable_cv = false;
  bool dewatered = false;  // with variable_cv
  bool perched = false;
  Rewetting rewet;
};

struct Storage {
  bool present = false;                // false: every period is steady
  CellArray<std::int8_t> iconvert{0};  // 0 confined, else convertible
  CellArray<double> ss{1e-5};          // specific storage (1/L), or storage coefficient (-)
  CellArray<double> sy{0.15};          // (-)
  bool storage_coefficient = false;
  bool ss_confined_only = false;
  // Soil above a shallow table is nearly full (duke1972): at depth d under the cell's top a convertible cell
  // yields sy (e + (1 - e) d / sqrt(d^2 + l^2)). 1 or 0: sy at any depth, as MODFLOW 6 has it.
  double shallow_share = 1;   // e: share of sy left at the cell's top
  double shallow_length = 0;  // l (L)
  bool save_flows = false;    // STO-SS and STO-SY wanted in the budget file
};

// A horizontal flow barrier between two neighbouring cells of a layer. hydchr >= 0: conductivity over
// thickness (1/T); < 0: the conductance is multiplied by -hydchr.
struct Barrier {
  CellIndex cell_a = kNoCell;
  CellIndex cell_b = kNoCell;
  double hydchr = 0;
};
struct BarrierPeriod {  // replaces all barriers of the package from this period on
  int period = 0;       // 0-based
  std::vector<Barrier> barriers;
};

struct NewtonOptions {
  bool enabled = false;
  bool under_relaxation = false;
};

// --- boundaries
// ---------------------------------------------------------------------------------------------

// The kind of a boundary package by its MODFLOW 6 name of at most seven capitals, e.g. "WEL". What a kind does
// stands in its folder under packages/, and which kinds there are in their table (packages/table.cpp).
class PackageKind {
 public:
  constexpr explicit PackageKind(std::string_view name) {
    for (std::size_t i = 0; i < name.size() && i < sizeof text_ - 1; ++i) text_[i] = name[i];
  }
  constexpr std::string_view name() const { return text_; }
  friend constexpr bool operator==(const PackageKind& a, const PackageKind& b) = default;

  static const PackageKind chd, wel, drn, riv, ghb, rch, evt, sfr;

 private:
  char text_[8] = {};
};
inline constexpr PackageKind PackageKind::chd{"CHD"};
inline constexpr PackageKind PackageKind::wel{"WEL"};
inline constexpr PackageKind PackageKind::drn{"DRN"};
inline constexpr PackageKind PackageKind::riv{"RIV"};
inline constexpr PackageKind PackageKind::ghb{"GHB"};
inline constexpr PackageKind PackageKind::rch{"RCH"};
inline constexpr PackageKind PackageKind::evt{"EVT"};
inline constexpr PackageKind PackageKind::sfr{"SFR"};

// The bounds of a package in one step, stored by columns: value(c, b) is column c of bound b. Columns:
//   chd  head
//   wel  rate (L3/T, > 0 into the aquifer)
//   ghb  head, conductance (L2/T)
//   riv  stage, conductance, bottom [, infiltration factor 0..1 when the package says so]
//   drn  elevation, conductance
//   rch  rate (L/T)
//   evt  surface, rate (L/T), depth, then segments - 1 depth fractions (pxdp), segments - 1 rate
//        fractions (petm), then the rate fraction at the surface (petm0) with surf_rate_specified
//   sfr  see packages/sfr/network.hpp
// Values are final: the reader has applied AUXMULTNAME, factors and time series.
struct PackageValues {
  std::vector<CellIndex> cell;          // kNoCell: a bound without cell (NONE), gives nothing
  std::vector<double> values;           // [columns * size()]
  std::vector<double> aux;              // [aux names * size()], by columns, carried along
  std::vector<std::string> boundnames;  // empty, or one per bound
  std::vector<std::int32_t> row;        // number of the bound in its package (0-based); empty: its position

  std::size_t size() const { return cell.size(); }
  double value(std::size_t column, std::size_t bound) const { return values[column * size() + bound]; }
  double& value(std::size_t column, std::size_t bound) { return values[column * size() + bound]; }
};

enum class Change { none, values, cells };  // cells: the list itself, so values as well

// Called once at the start of every step (and again when a step is repeated with another length), in order of
// the packages; changes `values` in place and says what changed. In the first call `values` is empty.
using StressProvider = std::function<Change(const StepTime&, PackageValues&)>;

// What a package with unknowns of its own is made of beyond its bounds (streams: packages/sfr/network.hpp).
struct PackageData {
  virtual ~PackageData() = default;
};

// Result files of a package with unknowns of its own; "" is not written.
struct PackageOutput {
  std::string state_file;  // binary: stages
  std::string budget_file;
  std::string budget_csv_file;
  std::string convergence_file;  // CSV: largest changes of every outer iteration
};

struct Package {
  PackageKind kind = PackageKind::wel;
  std::string name;  // e.g. "RIV_1": written into the budget file
  std::string text;  // budget text, e.g. "RCHA"; empty: by kind
  std::vector<std::string> aux_names;
  StressProvider provider;
  bool save_flows = true;

  // rch, evt. Without fixed_cell the flux goes to the highest active cell at or under the given one.
  bool fixed_cell = false;
  int evt_segments = 1;
  bool surf_rate_specified = false;

  double auto_flow_reduce = 0;       // wel: fraction of the cell's thickness; 0: off
  int drain_depth_aux = -1;          // drn: column of aux with the drain depth (AUXDEPTHNAME); -1: none
  bool infiltration_factor = false;  // riv: a fourth column with the factor on water leaving the river

  std::shared_ptr<const PackageData> data;  // packages with unknowns of their own
  PackageOutput output;
};

// Number of value columns of a package.
int value_columns(const Package& package);

// --- solver
// -------------------------------------------------------------------------------------------------

enum class UnderRelaxation { none, simple, cooley, dbd };

// What inner_rclose bounds: the largest residual of a cell; the same, to be met in the first inner iteration
// too (strict); the root of the sum of squares; or that relative to its value before the first inner
// iteration.
enum class ResidualNorm { infinity, strict, l2, relative };

// Iteration limits and closure, as IMS gives them (resolved from COMPLEXITY by the reader).
struct SolverSettings {
  double outer_dvclose = 1e-3;  // (L)
  int outer_maximum = 25;
  double inner_dvclose = 1e-3;  // (L)
  double inner_rclose = 0.1;    // (L3/T); with ResidualNorm::relative (-)
  ResidualNorm residual_norm = ResidualNorm::infinity;
  int inner_maximum = 50;
  double relaxation_factor = 0;
  bool bicgstab = false;
  UnderRelaxation under_relaxation = UnderRelaxation::none;
  double under_relaxation_theta = 0.7;
  double under_relaxation_kappa = 0.1;
  double under_relaxation_gamma = 0.2;
  double under_relaxation_momentum = 0.001;
  bool backtracking =
      false;  // BACKTRACKING_NUMBER stands in the input; that of COMPLEX alone is replaced (newton.cpp)
  int backtracking_number = 0;
  double backtracking_tolerance = 1e4;
  double backtracking_reduction_factor = 0.2;
  double backtracking_residual_limit = 100;
  int no_ptc = 0;  // 0: pseudo-transient continuation allowed; 1: never; 2: not in the first period
  // Adaptive steps grow after steps of fewer outer iterations than this part of outer_maximum, and shrink after
  // steps that leave less than it; 0: neither.
  double ats_outer_fraction = 1.0 / 3;
  bool continue_unconverged = false;  // CONTINUE of the simulation name file
};

// --- what is asked for
// ----------------------------------------------------------------------------------------

// Per period: which steps are saved. `steps` are 0-based; with last, all, first as MODFLOW's output control.
struct SaveRule {
  bool all = false;
  bool first = false;
  bool last = false;
  int frequency = 0;       // every n-th step (1-based multiples); 0: not used
  std::vector<int> steps;  // 0-based

  bool selects(const StepTime& time) const;
  bool any() const { return all || first || last || frequency > 0 || !steps.empty(); }
};
struct OutputPeriod {
  int period = 0;  // 0-based; holds until the next OutputPeriod
  SaveRule save_head, save_budget, print_head, print_budget;
};
struct OutputControl {
  std::string head_file;  // relative to the simulation folder; empty: not written
  std::string budget_file;
  std::string budget_csv_file;
  std::string grid_file;
  std::string list_file;
  std::vector<OutputPeriod> periods;
  const OutputPeriod* at(int period) const;  // null before the first
};

// A number that is written to a CSV file at every step.
struct Observation {
  std::string name;
  std::string file;           // CSV file it goes to
  std::string type = "HEAD";  // of the model: HEAD, DRAWDOWN, FLOW-JA-FACE; of a package: a name of its own
  int package = -1;           // index in Model::packages; -1: of the model
  CellIndex cell = kNoCell;
  CellIndex other = kNoCell;  // FLOW-JA-FACE: flow into `cell` from this neighbour
  int feature = -1;           // number (0-based) of a reach; -1: by cell or name
  std::string boundname;      // of all bounds with this name; their sum
  bool binary = false;        // the file is in MODFLOW 6's binary layout
};

struct Model {
  std::string name = "model";
  std::string time_units = "DAYS";
  Grid grid;
  std::vector<StressPeriod> periods;
  std::vector<double> start_heads;  // [cells] (L); kDryHead: starts dry
  Flow flow;
  Storage storage;
  std::vector<BarrierPeriod> barriers;
  NewtonOptions newton;
  std::vector<Package> packages;  // in the order of the name file
  SolverSettings solver;
  OutputControl output;
  std::vector<Observation> observations;
  bool save_specific_discharge = false;
  bool save_saturation = false;
  bool save_flows = false;  // FLOW-JA-FACE wanted in the budget file
};

// Steps of a period by nstp and tsmult: lengths (T), whose sum is perlen.
std::vector<double> step_lengths(const StressPeriod& period);

// A provider that gives the same values in every step.
StressProvider constant_values(PackageValues values);

// Values per period: from `period` (0-based) on the list holds until the next entry; nothing before the
// first.
struct PeriodValues {
  int period = 0;
  PackageValues values;
};
StressProvider period_values(std::vector<PeriodValues> periods);

}  // namespace phreatic::flow

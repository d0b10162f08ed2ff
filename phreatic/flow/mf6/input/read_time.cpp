// SPDX-License-Identifier: BSD-3-Clause
// TDIS (stress periods), ATS (adaptive steps), IMS (iterations and closure).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "phreatic/flow/mf6/packages.hpp"

namespace phreatic::flow::mf6 {
namespace {

constexpr int kMany = std::numeric_limits<int>::max();
constexpr double kHuge = 1e300;

bool read_period(Context& context, LineReader& reader, StressPeriod& period) {
  const Place place{reader.path(), reader.number()};
  Words words(reader.line());
  return read_number(context, words, place, "TDIS PERLEN", 0, kHuge, "a number from 0", period.perlen) &&
         read_whole(context, words, place, "TDIS NSTP", 1, kMany, period.nstp) &&
         read_number(context, words, place, "TDIS TSMULT", 1e-10, kHuge, "a number above 0", period.tsmult);
}

void read_ats(Context& context, ReadState& state, const std::string& name, const Place& at) {
  const TextFilePtr file = context.open(name, at);
  if (!file) return;
  const auto blocks =
      read_blocks(context, file, {{"DIMENSIONS", false, false, true}, {"PERIODDATA", false, true, true}});
  int count = 0;
  Keywords(context, "ATS").whole("MAXATS", count, 1, kMany).read(blocks, "DIMENSIONS");
  const Block* data = find_block(blocks, "PERIODDATA");
  if (data == nullptr) return;
  LineReader reader(data->body);
  int rows = 0;
  while (reader.next()) {
    ++rows;
    const Place place{reader.path(), reader.number()};
    Words words(reader.line());
    int period = 0;
    AdaptiveSteps steps;
    steps.enabled = true;
    const auto number = [&](const char* what, double& target) {
      return read_number(context, words, place, fmt::format("ATS {}", what), 0, kHuge, "a number from 0",
                         target);
    };
    if (read_whole(context, words, place, "ATS IPERATS", 1, kMany, period) && number("DT0", steps.dt0) &&
        number("DTMIN", steps.dtmin) && number("DTMAX", steps.dtmax) && number("DTADJ", steps.dtadj) &&
        number("DTFAILADJ", steps.dtfailadj)) {
      if (static_cast<std::size_t>(period) <= state.model.periods.size())
        state.model.periods[static_cast<std::size_t>(period) - 1].adaptive = steps;
    }
  }
  if (rows != count)
    context.problem(data->place, "block PERIODDATA", fmt::format("has {} rows", rows),
                    fmt::format("MAXATS = {}", count));
}

void find_step_ends(ReadState& state) {
  double time = 0;
  for (const StressPeriod& period : state.model.periods) {
    const std::vector<double> lengths = step_lengths(period);
    double end = time;
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      end = i + 1 == lengths.size() ? time + period.perlen : end + lengths[i];
      state.step_ends.push_back(end);
    }
    time += period.perlen;
  }
}

}  // namespace

void read_tdis(Context& context, ReadState& state, const std::string& name, const Place& at) {
  const TextFilePtr file = context.open(name, at);
  if (!file) return;
  const auto blocks = read_blocks(
      context, file,
      {{"OPTIONS", false, true}, {"DIMENSIONS", false, true, true}, {"PERIODDATA", false, true, true}});
  std::string ats;
  Place ats_at;
  Keywords options(context, "TDIS");
  options.on("TIME_UNITS", [&](Words& w, const Place& p) {
    const std::array<std::string_view, 6> units = {"UNKNOWN", "SECONDS", "MINUTES", "HOURS", "DAYS", "YEARS"};
    const std::string unit = w.upper();
    if (std::find(units.begin(), units.end(), unit) == units.end())
      context.problem(p, "TDIS TIME_UNITS", fmt::format("'{}'", unit),
                      "UNKNOWN, SECONDS, MINUTES, HOURS, DAYS, YEARS");
    state.model.time_units = unit;
  });
  options.on("ATS6", [&](Words& w, const Place& p) {
    ats = read_file_name(context, w, p, "TDIS ATS6", "FILEIN");
    ats_at = p;
  });
  options.ignore({"START_DATE_TIME"}).read(blocks, "OPTIONS");
  int count = 0;
  Keywords(context, "TDIS").whole("NPER", count, 1, kMany).read(blocks, "DIMENSIONS");
  const Block* data = find_block(blocks, "PERIODDATA");
  if (data == nullptr) return;
  LineReader reader(data->body);
  int rows = 0;
  bool good = true;
  while (reader.next()) {
    StressPeriod period;
    good = read_period(context, reader, period) && good;
    state.model.periods.push_back(period);
    ++rows;
  }
  if (rows < count || count == 0) {
    context.problem(data->place, "block PERIODDATA", fmt::format("has {} rows", rows),
                    fmt::format("NPER = {}", count));
    return;
  }
  if (rows > count) {
    context.problem(data->place, "block PERIODDATA", fmt::format("has {} rows", rows),
                    fmt::format("NPER = {}", count));
    state.model.periods.resize(static_cast<std::size_t>(count));
  }
  state.period_one = data->place;
  context.set_last_period(count);
  if (!ats.empty()) read_ats(context, state, ats, ats_at);
  if (good) find_step_ends(state);
}

namespace {

// Defaults of OPTIONS COMPLEXITY.
void preset(SolverSettings& s, const std::string& complexity) {
  s = SolverSettings{.ats_outer_fraction = s.ats_outer_fraction,
                     .continue_unconverged = s.continue_unconverged};
  if (complexity == "SIMPLE") return;
  s.bicgstab = true;
  s.under_relaxation = UnderRelaxation::dbd;
  s.under_relaxation_kappa = 1e-4;
  s.under_relaxation_gamma = 0;
  s.under_relaxation_momentum = 0;
  if (complexity == "MODERATE") {
    s.outer_dvclose = 1e-2;
    s.outer_maximum = 50;
    s.under_relaxation_theta = 0.9;
    s.inner_maximum = 100;
    s.inner_dvclose = 1e-2;
    s.relaxation_factor = 0.97;
  } else {
    s.outer_dvclose = 0.1;
    s.outer_maximum = 100;
    s.under_relaxation_theta = 0.8;
    s.backtracking_number = 20;
    s.backtracking_tolerance = 1.05;
    s.backtracking_reduction_factor = 0.1;
    s.backtracking_residual_limit = 0.002;
    s.inner_maximum = 500;
    s.inner_dvclose = 0.1;
  }
}

template <class T>
struct Choice {
  const char* word;
  T value;
};

// One of several words.
template <class T, std::size_t N>
void choose(Context& context, Words& words, const Place& place, const std::string& where,
            const Choice<T> (&choices)[N], T& target) {
  const std::string word = words.upper();
  std::string allowed;
  for (const Choice<T>& choice : choices) {
    if (word == choice.word) {
      target = choice.value;
      return;
    }
    allowed += (allowed.empty() ? "" : ", ") + std::string(choice.word);
  }
  context.problem(place, where, fmt::format("'{}' is not known", word), allowed);
}

void read_ims_options(Context& context, SolverSettings& s, const std::vector<Block>& blocks) {
  Keywords options(context, "IMS");
  options.on("COMPLEXITY", [&](Words& w, const Place& p) {
    std::string complexity;
    const Choice<std::string> all[] = {
        {"SIMPLE", "SIMPLE"}, {"MODERATE", "MODERATE"}, {"COMPLEX", "COMPLEX"}};
    choose(context, w, p, "IMS COMPLEXITY", all, complexity);
    if (!complexity.empty()) preset(s, complexity);
  });
  options.on("NO_PTC", [&](Words& w, const Place&) { s.no_ptc = w.upper() == "FIRST" ? 2 : 1; });
  options.number("ATS_OUTER_MAXIMUM_FRACTION", s.ats_outer_fraction, 0, 0.5, "a number from 0 to 0.5");
  options.ignore({"PRINT_OPTION", "CSV_OUTPUT", "CSV_OUTER_OUTPUT", "CSV_INNER_OUTPUT"});
  options.read(blocks, "OPTIONS");
}

void read_nonlinear(Context& context, SolverSettings& s, const std::vector<Block>& blocks) {
  Keywords keys(context, "IMS");
  keys.number("OUTER_DVCLOSE", s.outer_dvclose, 1e-300, kHuge, "a number above 0");
  keys.number("OUTER_HCLOSE", s.outer_dvclose, 1e-300, kHuge, "a number above 0");
  keys.whole("OUTER_MAXIMUM", s.outer_maximum, 1, kMany);
  keys.on("UNDER_RELAXATION", [&](Words& w, const Place& p) {
    const Choice<UnderRelaxation> all[] = {{"NONE", UnderRelaxation::none},
                                           {"SIMPLE", UnderRelaxation::simple},
                                           {"COOLEY", UnderRelaxation::cooley},
                                           {"DBD", UnderRelaxation::dbd}};
    choose(context, w, p, "IMS UNDER_RELAXATION", all, s.under_relaxation);
  });
  const char* part = "a number from 0 to 1";
  keys.number("UNDER_RELAXATION_THETA", s.under_relaxation_theta, 0, 1, part);
  keys.number("UNDER_RELAXATION_KAPPA", s.under_relaxation_kappa, 0, 1, part);
  keys.number("UNDER_RELAXATION_GAMMA", s.under_relaxation_gamma, 0, 1, part);
  keys.number("UNDER_RELAXATION_MOMENTUM", s.under_relaxation_momentum, 0, 1, part);
  keys.on("BACKTRACKING_NUMBER", [&](Words& w, const Place& p) {
    s.backtracking = read_whole(context, w, p, "IMS BACKTRACKING_NUMBER", 0, kMany, s.backtracking_number);
  });
  keys.number("BACKTRACKING_TOLERANCE", s.backtracking_tolerance, 0, kHuge, "a number from 0");
  keys.number("BACKTRACKING_REDUCTION_FACTOR", s.backtracking_reduction_factor, 0, 1, part);
  keys.number("BACKTRACKING_RESIDUAL_LIMIT", s.backtracking_residual_limit, 0, kHuge, "a number from 0");
  keys.ignore({"OUTER_RCLOSEBND"}).read(blocks, "NONLINEAR");
}

void read_linear(Context& context, SolverSettings& s, const std::vector<Block>& blocks) {
  Keywords keys(context, "IMS");
  keys.whole("INNER_MAXIMUM", s.inner_maximum, 1, kMany);
  keys.number("INNER_DVCLOSE", s.inner_dvclose, 1e-300, kHuge, "a number above 0");
  keys.number("INNER_HCLOSE", s.inner_dvclose, 1e-300, kHuge, "a number above 0");
  keys.on("INNER_RCLOSE", [&](Words& w, const Place& p) {
    read_number(context, w, p, "IMS INNER_RCLOSE", 0, kHuge, "a number from 0", s.inner_rclose);
    const std::string norm = w.upper();
    s.residual_norm = ResidualNorm::infinity;
    if (norm == "STRICT") s.residual_norm = ResidualNorm::strict;
    if (norm == "L2NORM_RCLOSE") s.residual_norm = ResidualNorm::l2;
    if (norm == "RELATIVE_RCLOSE") s.residual_norm = ResidualNorm::relative;
  });
  keys.on("LINEAR_ACCELERATION", [&](Words& w, const Place& p) {
    const Choice<bool> all[] = {{"CG", false}, {"BICGSTAB", true}};
    choose(context, w, p, "IMS LINEAR_ACCELERATION", all, s.bicgstab);
  });
  keys.number("RELAXATION_FACTOR", s.relaxation_factor, 0, 1, "a number from 0 to 1");
  keys.ignore({"SCALING_METHOD", "REORDERING_METHOD", "NUMBER_ORTHOGONALIZATIONS", "PRECONDITIONER_LEVELS",
               "PRECONDITIONER_DROP_TOLERANCE", "RED_BLACK_ORDERING"});
  keys.read(blocks, "LINEAR");
}

// Settings of MODFLOW 6's outer iterations in whose place the engine has its own.
void note_replaced(Context& context, const SolverSettings& s, const Place& place) {
  if (s.under_relaxation != UnderRelaxation::none)
    context.note(
        place,
        "UNDER_RELAXATION acts under NEWTON and where cells fall dry, are wetted or are perched; elsewhere "
        "iterations that are controlled by the residual take its place");
  if (s.backtracking_number > 0 && !s.backtracking)
    context.note(place,
                 "the backtracking of COMPLEX is replaced by damping of iterations that go in circles; "
                 "BACKTRACKING_NUMBER in the block NONLINEAR turns it on");
}

}  // namespace

void read_ims(Context& context, ReadState& state, const std::string& name, const Place& at) {
  const TextFilePtr file = context.open(name, at);
  if (!file) return;
  // XMD is a block of old versions that MODFLOW 6 itself passes over.
  const auto blocks =
      read_blocks(context, file,
                  {{"OPTIONS", false, true}, {"NONLINEAR", false, true}, {"LINEAR", false, true}}, {"XMD"});
  SolverSettings& s = state.model.solver;
  preset(s, "SIMPLE");
  read_ims_options(context, s, blocks);
  read_nonlinear(context, s, blocks);
  note_replaced(context, s, {file->path, 0});
  read_linear(context, s, blocks);
}

}  // namespace phreatic::flow::mf6

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/results/listing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "phreatic/flow/mf6/text/lists.hpp"

namespace phreatic::flow::mf6 {
namespace {

BudgetRow row_of(std::string text, std::string package, const std::vector<double>& flows) {
  BudgetRow row{std::move(text), std::move(package)};
  for (const double q : flows) (q > 0 ? row.in : row.out) += std::abs(q);
  return row;
}

// 17 characters, as MODFLOW 6 writes volumes.
std::string number(double v) {
  const double a = std::abs(v);
  if (a != 0 && (a >= 9.99999e11 || a < 0.1)) return fmt::format("{:>17.4E}", v);
  return fmt::format("{:>17.4f}", v);
}

double percent(double in, double out) {
  const double mean = 0.5 * (in + out);
  return mean == 0 ? 0 : 100 * (in - out) / mean;
}

// Seconds in a time unit of TDIS; 0 when it is not known.
double seconds_in(const std::string& unit) {
  if (unit == "SECONDS") return 1;
  if (unit == "MINUTES") return 60;
  if (unit == "HOURS") return 3600;
  if (unit == "DAYS") return 86400;
  return unit == "YEARS" ? 365.25 * 86400 : 0;
}

std::string time_summary(const StepTime& time, const std::string& unit) {
  std::string out = fmt::format("\n          TIME SUMMARY AT END OF TIME STEP{:>5} IN STRESS PERIOD{:>5}\n",
                                time.step + 1, time.period + 1);
  const std::pair<const char*, double> lines[] = {{"   TIME STEP LENGTH", time.dt},
                                                  {" STRESS PERIOD TIME", time.period_time},
                                                  {"         TOTAL TIME", time.end}};
  const double seconds = seconds_in(unit);
  if (seconds == 0) {
    for (const auto& [name, value] : lines)
      out += fmt::format("{:<44}{:>15.6g}\n", std::string(name) + " =", value);
    return out;
  }
  out += "                     SECONDS     MINUTES      HOURS       DAYS        YEARS\n";
  out += "                     -----------------------------------------------------------\n";
  for (const auto& [name, value] : lines) {
    out += name;
    for (const double size : {1.0, 60.0, 3600.0, 86400.0, 365.25 * 86400})
      out += fmt::format(" {:>11}", fmt::format("{:.5g}", value * seconds / size));
    out += "\n";
  }
  return out;
}

std::string pair_line(std::string_view text, double volume, double rate, std::string_view package) {
  return fmt::format("{:>20} ={}     {:>16} ={}     {:<16}\n", text, number(volume), text, number(rate),
                     package);
}

}  // namespace

void VolumeBudget::add_step(const Simulation& simulation, const StepTime& time) {
  std::vector<BudgetRow> now;
  const Model& model = simulation.model();
  if (model.storage.present) {
    const StorageFlows storage = simulation.storage_flows();
    now.push_back(row_of("STO-SS", "STORAGE", storage.specific_storage));
    const auto& convert = model.storage.iconvert.values;
    if (std::any_of(convert.begin(), convert.end(), [](int v) { return v != 0; }))
      now.push_back(row_of("STO-SY", "STORAGE", storage.specific_yield));
  }
  const std::vector<PackageFlows> flows = simulation.package_flows();
  for (std::size_t p = 0; p < flows.size(); ++p) {
    BudgetRow row{flows[p].text, model.packages[p].name};
    row.in = flows[p].inflow;
    row.out = flows[p].outflow;
    now.push_back(std::move(row));
  }
  for (std::size_t i = 0; i < now.size(); ++i) {
    now[i].volume_in = (i < rows_.size() ? rows_[i].volume_in : 0) + now[i].in * time.dt;
    now[i].volume_out = (i < rows_.size() ? rows_[i].volume_out : 0) + now[i].out * time.dt;
  }
  rows_ = std::move(now);
}

std::string budget_table(const std::string& heading, const std::vector<BudgetRow>& rows, const StepTime& time,
                         bool packages) {
  std::string out = fmt::format("\n  {} AT END OF TIME STEP{:>5}, STRESS PERIOD{:>4}\n  {:-<99}\n\n", heading,
                                time.step + 1, time.period + 1, "");
  out += fmt::format(
      "     CUMULATIVE VOLUME      L**3       RATES FOR THIS TIME STEP      L**3/T          {:<16}\n",
      packages ? "PACKAGE NAME" : "");
  out +=
      "     ------------------                 ------------------------                     "
      "----------------\n\n";
  double in = 0, to = 0, volume_in = 0, volume_out = 0;
  out +=
      "           IN:                                      IN:\n           ---                               "
      "       ---\n";
  for (const BudgetRow& row : rows) {
    out += pair_line(row.text, row.volume_in, row.in, row.package);
    in += row.in;
    volume_in += row.volume_in;
  }
  out += "\n" + pair_line("TOTAL IN", volume_in, in, "");
  out +=
      "\n          OUT:                                     OUT:\n          ----                             "
      "        ----\n";
  for (const BudgetRow& row : rows) {
    out += pair_line(row.text, row.volume_out, row.out, row.package);
    to += row.out;
    volume_out += row.volume_out;
  }
  out += "\n" + pair_line("TOTAL OUT", volume_out, to, "");
  out += "\n" + pair_line("IN - OUT", volume_in - volume_out, in - to, "");
  out += fmt::format("\n PERCENT DISCREPANCY ={:>15.2f}     PERCENT DISCREPANCY ={:>15.2f}\n\n",
                     percent(volume_in, volume_out), percent(in, to));
  return out;
}

std::string VolumeBudget::listing(const StepTime& time, const std::string& simulation_unit) const {
  return budget_table("VOLUME BUDGET FOR ENTIRE MODEL", rows_, time, true) +
         time_summary(time, simulation_unit);
}

std::string VolumeBudget::csv_header() const {
  std::string out = "time";
  for (const char* side : {"IN", "OUT"}) {
    for (const BudgetRow& row : rows_) out += fmt::format(",{}({})_{}", row.text, row.package, side);
  }
  return out + ",TOTAL_IN,TOTAL_OUT,PERCENT_DIFFERENCE\n";
}

std::string VolumeBudget::csv_line(const StepTime& time) const {
  std::string out = fmt::format("{}", time.end);
  double in = 0, to = 0;
  for (const BudgetRow& row : rows_) {
    out += fmt::format(",{}", row.in);
    in += row.in;
  }
  for (const BudgetRow& row : rows_) {
    out += fmt::format(",{}", row.out);
    to += row.out;
  }
  return out + fmt::format(",{},{},{}\n", in, to, percent(in, to));
}

std::string solver_header() {
  return " period  step         time     outer  inner   largest change at cell          balance %  dried  "
         "wetted  retries\n";
}

std::string solver_line(const StepReport& r, const Grid& grid) {
  const std::string cell =
      r.max_change_cell == kNoCell ? "-" : cell_text(grid, static_cast<std::size_t>(r.max_change_cell));
  std::string out =
      fmt::format("{:>7} {:>5} {:>14.8g} {:>7} {:>6}   {:>12.4e} {:<16} {:>10.6f} {:>6} {:>7} {:>8}",
                  r.time.period + 1, r.time.step + 1, r.time.end, r.outer_iterations, r.inner_iterations,
                  r.max_change, cell, r.balance_percent, r.dried, r.rewetted, r.retries);
  if (r.status != StepStatus::converged) out += "  NOT CONVERGED";
  if (!r.message.empty()) {
    out += "  " + r.message;
  } else if (!r.warning.empty()) {
    out += "  WARNING " + r.warning;
  }
  return out + "\n";
}

}  // namespace phreatic::flow::mf6

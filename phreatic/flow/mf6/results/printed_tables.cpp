// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/results/printed_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/flow/mf6/input/package_files.hpp"

namespace phreatic::flow::mf6 {
namespace {

constexpr int kHeadsInLine = 10;

std::size_t index(CellIndex n) { return static_cast<std::size_t>(n); }

std::string number(double v) {
  if (!std::isfinite(v)) return "--";
  const double a = std::abs(v);
  return a != 0 && (a < 0.1 || a >= 1e5) ? fmt::format("{:.5E}", v) : fmt::format("{:.5g}", v);
}

std::string cell_words(const Grid& grid, CellIndex n) {
  if (n == kNoCell) return "NONE";
  const auto in_layer = static_cast<CellIndex>(grid.layer_cells());
  return fmt::format("({},{},{})", n / in_layer + 1, n % in_layer / grid.ncol + 1, n % grid.ncol + 1);
}

std::string when(const StepTime& time) {
  return fmt::format("   PERIOD {:>6}   STEP {:>8}", time.period + 1, time.step + 1);
}

// Rows under a title; names and cells left, numbers right.
struct Table {
  std::string title;
  std::vector<std::string> columns;
  std::string rows;

  std::string text() const {
    std::string head = fmt::format(" {:>6}   {:<16}", "NUMBER", "CELLID");
    for (const std::string& column : columns) head += fmt::format("{:>14}", column);
    head += "   NAME";
    const std::string line = " " + std::string(head.size() + 15, '-') + "\n";
    return "\n " + title + "\n" + line + head + "\n" + line + rows + line + "\n";
  }
  void add(std::size_t feature, const std::string& cell, const std::vector<double>& values,
           const std::string& name) {
    rows += fmt::format(" {:>6}   {:<16}", feature + 1, cell);
    for (const double v : values) rows += fmt::format("{:>14}", number(v));
    rows += "   " + name + "\n";
  }
};

std::string name_of(const PackageValues& values, std::size_t b) {
  return b < values.boundnames.size() ? values.boundnames[b] : "";
}

struct InOut {
  double in = 0;
  double out = 0;
};

}  // namespace

std::string head_tables(const Grid& grid, const std::vector<double>& heads, const StepTime& time) {
  std::string out;
  for (int k = 0; k < grid.nlay; ++k) {
    out += fmt::format("\n  HEAD IN LAYER{:>4} AT END OF TIME STEP{:>4} IN STRESS PERIOD{:>5}\n  {:-<75}\n",
                       k + 1, time.step + 1, time.period + 1, "");
    for (int from = 0; from < grid.ncol; from += kHeadsInLine) {
      const int to = std::min(grid.ncol, from + kHeadsInLine);
      out += "\n      ";
      for (int j = from; j < to; ++j) out += fmt::format("{:>12}", j + 1);
      out += "\n ";
      out.append(static_cast<std::size_t>(12 * (to - from) + 5), '.');
      for (int i = 0; i < grid.nrow; ++i) {
        out += fmt::format("\n{:>5} ", i + 1);
        for (int j = from; j < to; ++j)
          out += fmt::format("{:>12}", fmt::format("{:.6g}", heads[index(grid.cell(k, i, j))]));
      }
      out += "\n";
    }
  }
  return out;
}

std::string bound_flow_table(const Grid& grid, const Package& package, const PackageFlows& flows,
                             const PackageValues& values, const StepTime& time) {
  Table table{fmt::format("{} PACKAGE ({}) FLOW RATES{}", package.kind.name(), package.name, when(time)),
              {"RATE"},
              ""};
  for (std::size_t b = 0; b < flows.flow.size(); ++b) {
    if (flows.cell[b] == kNoCell) continue;
    table.add(static_cast<std::size_t>(flows.row[b]), cell_words(grid, flows.cell[b]), {flows.flow[b]},
              name_of(values, b));
  }
  return table.text();
}

std::string state_table(const Grid& grid, const Package& package, const PackageState& state,
                        const PackageValues& values, const StepTime& time) {
  const PackageFiles& files = package_files(package.kind);
  Table table{fmt::format("{} PACKAGE ({}) {}S FOR EACH CONTROL VOLUME{}", package.kind.name(), package.name,
                          state.state_text(), when(time)),
              {},
              ""};
  for (const auto& [head, type] : files.printed) table.columns.push_back(head);
  for (std::size_t f = 0; f < values.size(); ++f) {
    std::vector<double> row;
    for (const auto& [head, type] : files.printed)
      row.push_back(state.observe(type, f).value_or(std::nan("")));
    table.add(f, cell_words(grid, state.cells()[f]), row, name_of(values, f));
  }
  return table.text();
}

std::string feature_flow_table(const Grid& grid, const Package& package, const PackageState& state,
                               const PackageValues& values, const StepTime& time) {
  Table table{
      fmt::format("{} PACKAGE - SUMMARY OF FLOWS FOR EACH CONTROL VOLUME{}", package.name, when(time)),
      {},
      ""};
  std::vector<std::vector<double>> columns;
  for (const BudgetTerm& term : state.budget()) {
    std::vector<double> in(values.size(), 0.0);
    std::vector<double> out(values.size(), 0.0);
    for (std::size_t i = 0; i < term.flow.size(); ++i)
      (term.internal && term.flow[i] < 0 ? out : in)[static_cast<std::size_t>(term.from[i])] += term.flow[i];
    table.columns.push_back(term.internal ? "INFLOW" : term.text);
    columns.push_back(std::move(in));
    if (!term.internal) continue;
    table.columns.emplace_back("OUTFLOW");
    columns.push_back(std::move(out));
  }
  for (const char* last : {"IN - OUT", "PERCENT"}) table.columns.emplace_back(last);
  for (std::size_t f = 0; f < values.size(); ++f) {
    std::vector<double> row;
    InOut sums;
    for (const std::vector<double>& column : columns) {
      row.push_back(column[f]);
      (column[f] > 0 ? sums.in : sums.out) += std::abs(column[f]);
    }
    const double mean = 0.5 * (sums.in + sums.out);
    row.push_back(sums.in - sums.out);
    row.push_back(mean == 0 ? 0.0 : 100 * (sums.in - sums.out) / mean);
    table.add(f, cell_words(grid, state.cells()[f]), row, name_of(values, f));
  }
  return table.text();
}

void PackageBudget::add_step(const std::vector<BudgetTerm>& terms, const StepTime& time) {
  std::size_t i = 0;
  for (const BudgetTerm& term : terms) {
    if (term.internal) continue;
    if (i == rows_.size()) rows_.push_back({term.text, ""});
    BudgetRow& row = rows_[i++];
    row.in = row.out = 0;
    for (const double q : term.flow) (q > 0 ? row.in : row.out) += std::abs(q);
    row.volume_in += row.in * time.dt;
    row.volume_out += row.out * time.dt;
  }
}

std::string PackageBudget::listing(const std::string& package, const StepTime& time) const {
  return budget_table(fmt::format("{} BUDGET FOR ENTIRE MODEL", package), rows_, time, false);
}

}  // namespace phreatic::flow::mf6

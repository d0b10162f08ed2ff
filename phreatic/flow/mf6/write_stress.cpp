// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/write_stress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/flow/mf6/input/observations.hpp"
#include "phreatic/flow/packages/package_type.hpp"

namespace phreatic::flow::mf6 {
namespace {

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

// Values and aux as one set of columns.
double column_value(const PackageValues& v, std::size_t columns, std::size_t c, std::size_t b) {
  return c < columns ? v.value(c, b) : v.aux[(c - columns) * v.size() + b];
}

bool same(const PackageValues& a, const PackageValues& b) {
  return a.cell == b.cell && a.values == b.values && a.aux == b.aux && a.boundnames == b.boundnames;
}

// A list from a period on, with the values of the steps while it holds.
struct ListBlock {
  int period = 0;
  std::size_t first_step = 0, last_step = 0;  // of the run; last is one past
  PackageValues values;                       // of the first step
  std::map<std::pair<std::size_t, std::size_t>, std::vector<double>>
      changing;  // (bound, column): a value per step
};

class PackageWriter {
 public:
  PackageWriter(const Model& model, const Package& package, std::filesystem::path folder, std::string stem)
      : model_(model),
        package_(package),
        folder_(std::move(folder)),
        stem_(std::move(stem)),
        steps_(all_steps(model)) {
    columns_ = static_cast<std::size_t>(value_columns(package));
    aux_ = package.aux_names;
  }

  std::string write() {
    std::string name = stem_ + "." + lower(std::string(package_.kind.name()));
    const bool arrays = !package_.text.empty() && package_.text.back() == 'A';
    core::write_file_atomic(folder_ / name, arrays ? arrays_text() : lists_text());
    return name;
  }

 private:
  std::string options(const std::string& more) const {
    std::string out = "BEGIN OPTIONS\n" + more;
    if (!aux_.empty()) {
      out += "  AUXILIARY";
      for (const std::string& name : aux_) out += " " + name;
      out += "\n";
    }
    if (package_.save_flows) out += "  SAVE_FLOWS\n";
    if (package_.fixed_cell) out += "  FIXED_CELL\n";
    if (package_.surf_rate_specified) out += "  SURF_RATE_SPECIFIED\n";
    if (package_.auto_flow_reduce > 0)
      out += fmt::format("  AUTO_FLOW_REDUCE {}\n", package_.auto_flow_reduce);
    out += write_package_observations(model_, package_, folder_, stem_);
    if (package_.drain_depth_aux >= 0)
      out += fmt::format("  AUXDEPTHNAME {}\n", aux_[static_cast<std::size_t>(package_.drain_depth_aux)]);
    return out + "END OPTIONS\n\n";
  }

  // --- lists

  std::string lists_text() {
    collect();
    std::string more;
    const bool names = std::any_of(blocks_.begin(), blocks_.end(),
                                   [](const ListBlock& b) { return !b.values.boundnames.empty(); });
    if (names) more += "  BOUNDNAMES\n";
    if (package_.infiltration_factor) more += "  AUXINFILTRATIONNAME " + infiltration_name() + "\n";
    if (write_series()) more += fmt::format("  TS6 FILEIN {}.ts\n", stem_);
    std::size_t most = 0;
    for (const ListBlock& block : blocks_) most = std::max(most, block.values.size());
    std::string out = options(more) + fmt::format("BEGIN DIMENSIONS\n  MAXBOUND {}\n", most);
    if (package_.kind == PackageKind::evt) out += fmt::format("  NSEG {}\n", package_.evt_segments);
    out += "END DIMENSIONS\n\n";
    for (const ListBlock& block : blocks_) append(out, block, names);
    return out;
  }

  void collect() {
    StressProvider provider = package_.provider;
    PackageValues values;
    for (const StepTime& step : steps_) {
      const Change change = provider(step, values);
      if (change == Change::cells && step.step > 0)
        throw core::InputError(
            {.where = package_.name,
             .what = "its list changes within a period, which MODFLOW 6 input cannot say"});
      const bool new_list =
          step.step == 0 && (blocks_.empty() ? values.size() > 0 : !same(values, blocks_.back().values));
      if (new_list) {
        ListBlock block;
        block.period = step.period;
        block.first_step = static_cast<std::size_t>(step.index);
        block.values = values;
        blocks_.push_back(std::move(block));
      } else if (!blocks_.empty() && change != Change::none) {
        note_changes(blocks_.back(), values, static_cast<std::size_t>(step.index));
      }
      if (!blocks_.empty()) extend(blocks_.back(), values, static_cast<std::size_t>(step.index));
    }
  }

  void note_changes(ListBlock& block, const PackageValues& values, std::size_t step) {
    for (std::size_t c = 0; c < columns_ + aux_.size(); ++c) {
      for (std::size_t b = 0; b < values.size(); ++b) {
        const double first = column_value(block.values, columns_, c, b);
        if (column_value(values, columns_, c, b) == first || block.changing.contains({b, c})) continue;
        block.changing[{b, c}].assign(step - block.first_step, first);
      }
    }
  }

  void extend(ListBlock& block, const PackageValues& values, std::size_t step) {
    block.last_step = step + 1;
    for (auto& [key, history] : block.changing)
      history.push_back(column_value(values, columns_, key.second, key.first));
  }

  // One stepwise series for every history; a row for the start of each step and one for the end of the run.
  bool write_series() {
    std::map<std::pair<std::size_t, std::vector<double>>, std::string> known;
    std::vector<std::vector<double>> series;
    constexpr double kNone = 3.0e30;
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      for (const auto& [key, history] : blocks_[i].changing) {
        std::string& name = known[{i, history}];
        if (name.empty()) {
          series.emplace_back(steps_.size() + 1, kNone);
          std::copy(history.begin(), history.end(),
                    series.back().begin() + static_cast<std::ptrdiff_t>(blocks_[i].first_step));
          series.back()[blocks_[i].last_step] = history.back();
          name = fmt::format("TS_{}", series.size());
        }
        series_names_[{i, key.first, key.second}] = name;
      }
    }
    if (series.empty()) return false;
    std::string out = "BEGIN ATTRIBUTES\n  NAMES";
    for (std::size_t i = 0; i < series.size(); ++i) out += fmt::format(" TS_{}", i + 1);
    out += "\n  METHOD STEPWISE\nEND ATTRIBUTES\n\nBEGIN TIMESERIES\n";
    for (std::size_t s = 0; s <= steps_.size(); ++s) {
      out += fmt::format("  {}", s < steps_.size() ? steps_[s].start : steps_.back().end);
      for (const std::vector<double>& one : series)
        out += one[s] == kNone ? " 3.0E30" : fmt::format(" {}", one[s]);
      out += "\n";
    }
    core::write_file_atomic(folder_ / (stem_ + ".ts"), out + "END TIMESERIES\n");
    return true;
  }

  // The auxiliary column that holds the infiltration factor; one is added when there is none.
  std::string infiltration_name() {
    for (std::size_t a = 0; a < aux_.size(); ++a) {
      const bool fits = std::all_of(blocks_.begin(), blocks_.end(), [&](const ListBlock& block) {
        const std::size_t n = block.values.size();
        return std::equal(block.values.values.begin() + static_cast<std::ptrdiff_t>(3 * n),
                          block.values.values.end(),
                          block.values.aux.begin() + static_cast<std::ptrdiff_t>(a * n));
      });
      if (fits) return aux_[a];
    }
    aux_.push_back("INFILTRATION");
    for (ListBlock& block : blocks_) {
      const std::vector<double> factor(
          block.values.values.begin() + static_cast<std::ptrdiff_t>(3 * block.values.size()),
          block.values.values.end());
      block.values.aux.insert(block.values.aux.end(), factor.begin(), factor.end());
    }
    return aux_.back();
  }

  void append(std::string& out, const ListBlock& block, bool names) {
    const Grid& grid = model_.grid;
    const PackageValues& v = block.values;
    const auto i = static_cast<std::size_t>(&block - blocks_.data());
    const std::size_t written = package_.infiltration_factor ? 3 : columns_;
    out += fmt::format("BEGIN PERIOD {}\n", block.period + 1);
    for (std::size_t b = 0; b < v.size(); ++b) {
      if (v.cell[b] == kNoCell) {
        out += "  NONE";
      } else {
        const int in_layer = v.cell[b] % (grid.nrow * grid.ncol);
        out += fmt::format("  {} {} {}", v.cell[b] / (grid.nrow * grid.ncol) + 1, in_layer / grid.ncol + 1,
                           in_layer % grid.ncol + 1);
      }
      for (std::size_t c = 0; c < columns_ + aux_.size(); ++c) {
        if (c >= written && c < columns_) continue;
        const auto series = series_names_.find({i, b, c});
        out += series != series_names_.end() ? " " + series->second
                                             : fmt::format(" {}", column_value(v, columns_, c, b));
      }
      if (names && !v.boundnames.empty() && !v.boundnames[b].empty()) out += " '" + v.boundnames[b] + "'";
      out += "\n";
    }
    out += fmt::format("END PERIOD {}\n\n", block.period + 1);
  }

  // --- arrays

  std::string arrays_text() {
    std::vector<std::string> names = package_.kind == PackageKind::rch
                                         ? std::vector<std::string>{"RECHARGE"}
                                         : std::vector<std::string>{"SURFACE", "RATE", "DEPTH"};
    names.insert(names.end(), aux_.begin(), aux_.end());
    const std::set<std::size_t> series = changing_arrays(names.size());
    std::string more = "  READASARRAYS\n";
    for (const std::size_t c : series)
      more += fmt::format("  TAS6 FILEIN {}.{}.tas\n", stem_, lower(names[c]));
    std::string out = options(more);
    std::vector<std::string> tas(names.size());
    for (const std::size_t c : series)
      tas[c] =
          fmt::format("BEGIN ATTRIBUTES\n  NAME {0}_TAS\n  METHOD STEPWISE\nEND ATTRIBUTES\n\n", names[c]);
    StressProvider provider = package_.provider;
    PackageValues values;
    PackageValues before;
    for (const StepTime& step : steps_) {
      provider(step, values);
      for (const std::size_t c : series)
        tas[c] += fmt::format("BEGIN TIME {}\n{}END TIME\n\n", step.start, array(values, c));
      if (step.step == 0) out += period_text(names, series, values, before, step.period);
      if (step.step == 0) before = values;
    }
    for (const std::size_t c : series) {
      tas[c] += fmt::format("BEGIN TIME {}\n{}END TIME\n", steps_.back().end, array(values, c));
      core::write_file_atomic(folder_ / fmt::format("{}.{}.tas", stem_, lower(names[c])), tas[c]);
    }
    return out;
  }

  // Columns that change within a period.
  std::set<std::size_t> changing_arrays(std::size_t columns) {
    std::set<std::size_t> out;
    StressProvider provider = package_.provider;
    PackageValues values;
    PackageValues before;
    for (const StepTime& step : steps_) {
      const Change change = provider(step, values);
      for (std::size_t c = 0; step.step > 0 && change != Change::none && c < columns; ++c) {
        for (std::size_t b = 0; b < values.size(); ++b) {
          if (column_value(values, columns_, c, b) != column_value(before, columns_, c, b)) out.insert(c);
        }
      }
      if (change != Change::none) before = values;
    }
    return out;
  }

  std::string array(const PackageValues& v, std::size_t c) const {
    const double first = column_value(v, columns_, c, 0);
    bool constant = true;
    for (std::size_t b = 0; b < v.size(); ++b)
      constant = constant && column_value(v, columns_, c, b) == first;
    if (constant) return fmt::format("  CONSTANT {}\n", first);
    std::string out = "  INTERNAL\n";
    for (std::size_t b = 0; b < v.size(); ++b) {
      out += fmt::format(" {}", column_value(v, columns_, c, b));
      if ((b + 1) % static_cast<std::size_t>(model_.grid.ncol) == 0) out += "\n";
    }
    return out;
  }

  // Layers as IRCH: of a bound without cell, one in which the column is not active.
  std::string layers(const PackageValues& v) const {
    const std::size_t n = model_.grid.layer_cells();
    std::vector<int> layer(n, 1);
    for (std::size_t b = 0; b < n; ++b) {
      if (v.cell[b] != kNoCell) layer[b] = v.cell[b] / static_cast<int>(n) + 1;
      while (v.cell[b] == kNoCell && layer[b] < model_.grid.nlay &&
             model_.grid.idomain[static_cast<std::size_t>(layer[b] - 1) * n + b] > 0)
        ++layer[b];
    }
    if (std::all_of(layer.begin(), layer.end(), [](int k) { return k == 1; })) return "  CONSTANT 1\n";
    std::string out = "  INTERNAL\n";
    for (std::size_t b = 0; b < n; ++b)
      out += fmt::format(" {}{}", layer[b],
                         (b + 1) % static_cast<std::size_t>(model_.grid.ncol) == 0 ? "\n" : "");
    return out;
  }

  std::string period_text(const std::vector<std::string>& names, const std::set<std::size_t>& series,
                          const PackageValues& now, const PackageValues& before, int period) const {
    std::string out;
    const bool first = before.cell.empty();
    if (first || now.cell != before.cell)
      out += fmt::format("  {}\n{}", package_.kind == PackageKind::rch ? "IRCH" : "IEVT", layers(now));
    for (std::size_t c = 0; c < names.size(); ++c) {
      if (series.contains(c)) {
        if (first) out += fmt::format("  {0} TIMEARRAYSERIES {0}_TAS\n", names[c]);
        continue;
      }
      bool changed = first;
      for (std::size_t b = 0; b < now.size() && !changed; ++b)
        changed = column_value(now, columns_, c, b) != column_value(before, columns_, c, b);
      if (changed) out += fmt::format("  {}\n{}", names[c], array(now, c));
    }
    return out.empty() ? "" : fmt::format("BEGIN PERIOD {0}\n{1}END PERIOD {0}\n\n", period + 1, out);
  }

  const Model& model_;
  const Package& package_;
  std::filesystem::path folder_;
  std::string stem_;
  std::vector<StepTime> steps_;
  std::size_t columns_ = 1;
  std::vector<std::string> aux_;
  std::vector<ListBlock> blocks_;
  std::map<std::tuple<std::size_t, std::size_t, std::size_t>, std::string>
      series_names_;  // block, bound, column
};

}  // namespace

std::vector<StepTime> all_steps(const Model& model) {
  std::vector<StepTime> out;
  double time = 0;
  for (std::size_t p = 0; p < model.periods.size(); ++p) {
    const std::vector<double> lengths = step_lengths(model.periods[p]);
    double at = time;
    for (std::size_t s = 0; s < lengths.size(); ++s) {
      StepTime t;
      t.period = static_cast<int>(p);
      t.step = static_cast<int>(s);
      t.index = static_cast<int>(out.size());
      t.start = at;
      t.last_of_period = s + 1 == lengths.size();
      at = t.last_of_period ? time + model.periods[p].perlen : at + lengths[s];
      t.end = at;
      t.dt = t.end - t.start;
      t.period_time = at - time;
      t.steady = model.periods[p].steady;
      out.push_back(t);
    }
    time += model.periods[p].perlen;
  }
  return out;
}

std::string write_list_package(const Model& model, const Package& package,
                               const std::filesystem::path& folder, const std::string& stem) {
  return PackageWriter(model, package, folder, stem).write();
}

}  // namespace phreatic::flow::mf6

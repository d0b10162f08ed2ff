// SPDX-License-Identifier: BSD-3-Clause
// The user's groundwater model as the study needs it: read once, checked, with its columns of cells and the steps of
// the recharge window.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/data/grid/geogrid.hpp"
#include "phreatic/data/grid/regrid/gaussian_means.hpp"
#include "phreatic/flow/model.hpp"
#include "phreatic/studies/recharge/settings.hpp"

namespace phreatic::studies::recharge {

struct StepSpan {
  double start = 0;  // d
  double end = 0;
  int period = 0;
};

// Steps of the run: recharge flows in steps first .. end - 1 (end = the first step without it); storage is looked at
// from the end of step end - 1 to the end of step last.
struct Schedule {
  std::vector<StepSpan> steps;
  std::size_t first = 0;
  std::size_t end = 0;
  std::size_t last = 0;
  // All periods of the model are steady: one step with recharge that never stops, one instant; `days` is 1, so that
  // what is infiltrated is that of a day.
  bool steady_only = false;

  double start_day() const { return steps[first].start; }
  double end_day() const { return steps[end - 1].end; }
  double days() const { return steady_only ? 1 : end_day() - start_day(); }
  std::size_t instants() const { return last - end + 2; }
  double day_after_end(std::size_t instant) const { return steps[end - 1 + instant].end - end_day(); }
  bool has_recharge(int step_index) const {
    return static_cast<std::size_t>(step_index) >= first && static_cast<std::size_t>(step_index) < end;
  }
};

struct Ground {
  flow::Model model;  // not to be run itself: copy it
  Schedule schedule;
  data::GeoGrid geo;
  std::vector<bool> exists;   // [columns of cells] any active cell in the column
  bool steady_start = false;  // the first period is one steady step
  double model_days =
      1;  // in a unit of the model's time; another one than days only where all periods are steady
  std::vector<std::string> notes;
  std::vector<std::string> files;

  std::size_t rows() const { return static_cast<std::size_t>(model.grid.nrow); }
  std::size_t columns() const { return static_cast<std::size_t>(model.grid.ncol); }
  std::size_t places() const { return rows() * columns(); }
  double cell_width() const { return model.grid.delr.front(); }
  double cell_height() const { return model.grid.delc.front(); }
  double cell_area() const { return cell_width() * cell_height(); }
  data::KernelGrid kernel_grid() const { return {rows(), columns(), cell_height(), cell_width()}; }
  bool steady_only() const { return schedule.steady_only; }
  // The highest cell of a column that is active and not dry at these heads; kNoCell without.
  flow::CellIndex top_cell(std::size_t place, const std::vector<double>& heads) const;
  // The highest active cell.
  flow::CellIndex top_cell(std::size_t place) const;
};

// Throws InputError with every problem: of the model's files, units other than metres and days, cells of several
// sizes, adaptive steps, a window that is missing, outside of the simulation or in a steady period, no storage. Of a
// model whose periods are all steady the first one is taken; it may have another unit of time, and needs no storage.
Ground read_ground(const ModelParams& model, const WindowParams& window, const std::string& study_file);
// What a study cannot have of a model whose periods are all steady. Throws InputError with every problem.
void check_steady(const RechargeSettings& settings, const Ground& ground, const std::string& study_file);

}  // namespace phreatic::studies::recharge

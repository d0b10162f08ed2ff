// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "phreatic/core/files/csv_cell.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/studies/regression/models.hpp"

namespace phreatic::studies::regression {
namespace {

constexpr double kNormal95 = 1.959963984540054;

std::string place(const PreparedTable& data, std::size_t i) {
  std::string text =
      fmt::format("{},{},{},{}", data.row[i], part_name(data.part[i]), data.table.x[i], data.table.y[i]);
  if (!data.table.t.empty()) text += fmt::format(",{}", data.table.t[i]);
  return text;
}

std::string header(const PreparedTable& data) {
  return data.table.t.empty() ? "row,part,x,y" : "row,part,x,y,t";
}

std::string number(double v) { return std::isnan(v) ? "" : fmt::format("{:.9g}", v); }

}  // namespace

void write_predictions(const PreparedTable& data, const std::vector<FittedModel>& models,
                       const std::filesystem::path& path) {
  std::string text = header(data) + ",observed";
  for (const FittedModel& model : models)
    text += "," + core::csv_cell(model.seed.empty() ? model.name : model.name + " " + model.seed);
  text += "\n";
  for (std::size_t i = 0; i < data.table.rows; ++i) {
    text += place(data, i) + "," + number(data.table.target[i]);
    for (const FittedModel& model : models) text += "," + number(model.value[i]);
    text += "\n";
  }
  core::write_file_atomic(path, text);
}

void write_coefficients(const PreparedTable& data, const std::vector<FittedModel>& models,
                        const std::filesystem::path& path) {
  std::string text = header(data) + ",model,term,coefficient,standard_error,significant\n";
  std::string before;
  for (const FittedModel& model : models) {
    if (model.name == before) continue;  // further seeds
    before = model.name;
    const std::size_t terms = model.terms.size();
    for (std::size_t i = 0; i < data.table.rows; ++i) {
      for (std::size_t k = 0; k < terms; ++k) {
        const double c = model.coefficients[i * terms + k];
        const double e = model.standard_errors.empty() ? NAN : model.standard_errors[i * terms + k];
        const std::string significant = std::isnan(e) ? "" : (std::abs(c) > kNormal95 * e ? "yes" : "no");
        fmt::format_to(std::back_inserter(text), "{},{},{},{},{},{}\n", place(data, i), model.name,
                       core::csv_cell(model.terms[k]), number(c), number(e), significant);
      }
    }
  }
  core::write_file_atomic(path, text);
}

}  // namespace phreatic::studies::regression

// SPDX-License-Identifier: BSD-3-Clause
// Seconds of an epoch of GNNWR or GTNNWR training, validation included.
//   bench_gnnwr ROWS VALIDATION REFERENCES TERMS TIME HIDDEN(a,b,c) BATCH EPOCHS THREADS
//   bench_gnnwr cells EPOCHS THREADS   a whole GTNNWR of 720 cells x 261 months, as downscaling studies train it
// prints {"wall_s": per epoch, "user_s": per epoch}. Rows are made; their values do not change the work.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/learn/architectures/gnnwr/gnnwr.hpp"

namespace {

using namespace phreatic;

double user_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec) + 1e-6 * static_cast<double>(usage.ru_utime.tv_usec);
}

learn::RowTable made(std::size_t rows, std::size_t covariates) {
  learn::RowTable table;
  core::RandomStream random(1, "bench gnnwr");
  table.rows = rows;
  table.coordinates = learn::Coordinates::metres;
  for (std::size_t k = 0; k < covariates; ++k) table.covariate_names.push_back("c" + std::to_string(k));
  for (std::size_t i = 0; i < rows; ++i) {
    table.x.push_back(random.uniform());
    table.y.push_back(random.uniform());
    table.t.push_back(random.uniform());
    double sum = random.normal();
    for (std::size_t k = 0; k < covariates; ++k) {
      table.covariates.push_back(random.normal());
      sum += table.x.back() * table.covariates.back();
    }
    table.target.push_back(sum);
  }
  return table;
}

// Seconds (wall, user) of a fit.
std::pair<double, double> fit(const learn::RowTable& table, const learn::RowSplit& split,
                              const learn::GnnwrParams& params) {
  core::Log log(true);
  core::Context context{log, false};
  const double user = user_seconds();
  const auto start = std::chrono::steady_clock::now();
  learn::fit_gnnwr(table, split, params, context);
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
          user_seconds() - user};
}

// Half-degree cells by month, coefficients that vary in space and time; a fifth of the months to stop by.
int train_cells(int epochs) {
  constexpr std::size_t kColumns = 30, kRows = 24, kMonths = 261;
  learn::RowTable table = made(kColumns * kRows * kMonths, 6);
  learn::RowSplit split;
  for (std::size_t i = 0; i < table.rows; ++i) {
    const std::size_t cell = i / kMonths, month = i % kMonths;
    table.x[i] = 0.5 * static_cast<double>(cell % kColumns);
    table.y[i] = 0.5 * static_cast<double>(cell / kColumns);
    table.t[i] = 30.4 * static_cast<double>(month);
    table.target[i] = 0.1 * table.covariates[6 * i];
    for (std::size_t k = 0; k < 6; ++k)
      table.target[i] += (table.x[i] / 15 + table.t[i] / 8000) * table.covariates[6 * i + k];
    (month % 5 == 4 ? split.validation : split.training).push_back(i);
  }
  learn::GnnwrParams params;
  params.time = true;
  params.references = {learn::ReferenceChoice::kmeans, 64};
  params.training.optimizer = learn::GnnwrOptimizer::adam;
  params.training.learning_rate = 0.01;
  params.training.batch_size = 128;
  params.training.epochs = epochs;
  params.training.patience = 0;
  core::Log log(true);
  core::Context context{log, false};
  const double user = user_seconds();
  const auto start = std::chrono::steady_clock::now();
  const learn::GnnwrFit found = learn::fit_gnnwr(table, split, params, context);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf(
      "{\"rows\": %zu, \"wall_s\": %.2f, \"user_s\": %.2f, \"peak_gb\": %.3f, \"validation_r2\": %.4f}\n",
      table.rows, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
      user_seconds() - user, static_cast<double>(usage.ru_maxrss) / 1048576.0,
      found.diagnostics.r2_validation);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::string(argv[1]) == "cells") {
    core::set_thread_count(std::atoi(argv[3]));
    return train_cells(std::atoi(argv[2]));
  }
  if (argc != 10) return 2;
  const auto number = [&](int i) { return std::strtoul(argv[i], nullptr, 10); };
  const std::size_t rows = number(1);
  const std::size_t validation = number(2);
  learn::GnnwrParams params;
  const std::size_t references = number(3);
  if (references < rows)
    params.references = {learn::ReferenceChoice::subsample, static_cast<int>(references)};
  params.time = number(5) != 0;
  std::istringstream sizes(argv[6]);
  for (std::string size; std::getline(sizes, size, ',');) params.hidden.push_back(std::stoi(size));
  params.training.optimizer = learn::GnnwrOptimizer::adagrad;
  params.training.batch_size = static_cast<int>(number(7));
  params.training.patience = 0;
  core::set_thread_count(static_cast<int>(number(9)));
  const learn::RowTable table = made(rows + validation, number(4) - 1);
  learn::RowSplit split;
  for (std::size_t i = 0; i < table.rows; ++i) (i < rows ? split.training : split.validation).push_back(i);
  const int epochs = static_cast<int>(number(8));
  params.training.epochs = 1;  // set-up, first epoch and diagnostics, taken off below
  const auto one = fit(table, split, params);
  params.training.epochs = 1 + epochs;
  const auto all = fit(table, split, params);
  std::printf("{\"wall_s\": %.6f, \"user_s\": %.6f}\n", (all.first - one.first) / epochs,
              (all.second - one.second) / epochs);
  return 0;
}

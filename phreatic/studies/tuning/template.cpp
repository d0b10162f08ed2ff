// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/tuning/template.hpp"

#include "phreatic/core/files/files.hpp"

namespace phreatic::studies::tuning {

void write_template(const std::filesystem::path& folder) {
  core::write_file_atomic(folder / "wells.yml",
                          R"(# The study whose settings are searched: name your own in study.yml instead.
study: wells
title: Virtual wells
virtual_wells: true
basin: {wells: 6, years: 8, seed: 1}
scope: global
window: {mode: simulation, seq_length: 365, predict_last_n: 180, stride: 60}
model: {cell: lstm, hidden_size: 16}
training: {epochs: 12, batch_size: 32, learning_rate: 0.003, seed: 1}
ensemble: {members: 2}
explain: {enabled: false}
)");
  core::write_file_atomic(folder / "study.yml", R"(# A search for better settings of a study:
#   phreatic tune study.yml --out runs/search     trials.csv, best.yml (a study file that runs) and report.html
# It may be stopped at any time and goes on where it was; with more trials it goes on too.
study: tuning
title: Settings for the virtual wells
tuned: wells.yml
trials: 40
fixed: [ensemble.members=1]     # for the trials only: one network each, which lets hopeless ones be given up
search:
  - {setting: training.learning_rate, low: 0.0003, high: 0.03, scale: log}
  - {setting: model.hidden_size, values: [8, 16, 32]}
  - {setting: model.output_dropout, low: 0, high: 0.4}
sampler: {startup: 6, seed: 1}
pruning: {startup: 10, warmup: 6}
)");
}

}  // namespace phreatic::studies::tuning

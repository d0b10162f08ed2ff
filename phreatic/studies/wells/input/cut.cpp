// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/input/cut.hpp"

#include <algorithm>
#include <string_view>

#include "phreatic/core/files/files.hpp"
#include "phreatic/hydrographs/evaluation/rolling.hpp"

namespace phreatic::studies::wells {
namespace {

using hydrographs::Prepared;

std::string_view bytes_of(std::span<const double> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

core::StepRange clamped(const core::StepRange& range, std::size_t end) {
  core::StepRange out = range;
  out.begin = std::min(out.begin, end);
  out.end = std::min(out.end, end);
  return out;
}

// Names, units, axis and splits as text, values as the hash of their bytes.
std::string describe(const Prepared& p, std::size_t end) {
  std::string text = std::to_string(p.target) + '|';
  const auto number = [&](auto value) { text += std::to_string(value) + ','; };
  for (const std::size_t v : p.others) number(v);
  for (const std::size_t v : p.drivers) number(v);
  if (end > 0) number(p.panel.axis.start(0));
  text += core::format_step(p.panel.axis.step());
  number(end);
  for (const data::Variable& v : p.panel.variables)
    text += v.name + '\0' + v.unit + '\0' + data::to_text(v.role) + (v.derived ? "d" : "") + '\0';
  for (std::size_t e = 0; e < p.panel.entity_count(); ++e) {
    text += p.panel.entities[e] + '\0';
    for (std::size_t v = 0; v < p.panel.variable_count(); ++v)
      text += core::hash_bytes(bytes_of(p.panel.series(e, v).first(end)));
    const data::EntitySplit& split = p.split.entities[e];
    for (const core::StepRange& range : {split.train, split.validation, clamped(split.test, end)}) {
      number(range.begin);
      number(range.end);
    }
    number(static_cast<int>(split.held_out));
  }
  for (const std::string& name : p.panel.attributes.names) text += name + '\0';
  return text + core::hash_bytes(bytes_of(p.panel.attributes.values));
}

}  // namespace

TrainingData::TrainingData(std::shared_ptr<const Prepared> whole) : whole_(std::move(whole)) {
  for (std::size_t e = 0; e < whole_->panel.entity_count(); ++e)
    end_ = std::max(end_, whole_->calibration(e).end);
}

Prepared TrainingData::make() const { return hydrographs::first_steps(*whole_, end_); }

std::string TrainingData::hash() const { return core::hash_bytes(describe(*whole_, end_)); }

std::string hash_of(const Prepared& prepared) {
  std::string text = describe(prepared, prepared.panel.time_count());
  for (const auto& [variable, values] : prepared.evaluation)
    text += std::to_string(variable) + core::hash_bytes(bytes_of(values));
  for (const data::Place& place : prepared.panel.places) {
    const double numbers[] = {place.longitude, place.latitude, place.elevation_m};
    text += core::hash_bytes(bytes_of(numbers));
  }
  return core::hash_bytes(text);
}

}  // namespace phreatic::studies::wells

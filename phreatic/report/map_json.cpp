// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/core/errors.hpp"
#include "phreatic/report/content_json.hpp"
#include "phreatic/report/field.hpp"

namespace phreatic::report {
namespace {

Json points_json(const std::vector<MapPoint>& list) {
  Json points = Json::array();
  for (const auto& p : list) {
    points.push_back({{"entity", p.entity},
                      {"x", number(p.x)},
                      {"y", number(p.y)},
                      {"value", number(p.value)},
                      {"category", p.category}});
  }
  return points;
}

Json lines_json(const std::vector<Polyline>& list, bool projected) {
  Json lines = Json::array();
  const double res = projected ? 1.0 : 1e-5;
  for (const auto& line : list) {
    PHREATIC_ASSERT(line.x.size() == line.y.size());
    lines.push_back({{"x", packed(line.x, res)}, {"y", packed(line.y, res)}, {"closed", line.closed}});
  }
  return lines;
}

}  // namespace

Json content_json(const PointMap& m) {
  for (const auto& p : m.points) PHREATIC_ASSERT(p.category < static_cast<int>(m.categories.size()));
  return {{"type", "map"},
          {"noun", m.noun},
          {"quantity", to_json(m.quantity)},
          {"limits", to_json(m.limits)},
          {"categories", m.categories},
          {"diverging", m.diverging},
          {"projected", m.projected},
          {"reference_system", m.reference_system},
          {"points", points_json(m.points)},
          {"rivers", lines_json(m.rivers, m.projected)}};
}

Json content_json(const FieldMap& m) {
  const PackedField field = pack_field(m);
  Json outside = Json::array();
  if (!field.outside.empty()) outside = packed(field.outside, 0.01);
  Json cell_entity = Json::array();
  if (!field.cell_entity.empty()) cell_entity = packed(field.cell_entity, 0.01);
  return {{"type", "field"},
          {"quantity", to_json(m.quantity)},
          {"limits", to_json(m.limits)},
          {"diverging", m.diverging},
          {"log_scale", m.log_scale},
          {"projected", m.projected},
          {"reference_system", m.reference_system},
          {"columns", field.columns},
          {"rows", field.rows},
          {"left", m.left},
          {"top", m.top},
          {"cell_width", field.cell_width},
          {"cell_height", field.cell_height},
          {"block", field.block},
          {"times", m.times},
          {"values", field.values},
          {"outside", outside},
          {"lines", lines_json(m.lines, m.projected)},
          {"points", points_json(m.points)},
          {"cell_entity", cell_entity},
          {"entities", m.entities}};
}

}  // namespace phreatic::report

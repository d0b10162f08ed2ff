// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/report/model.hpp"

#include <set>

#include "phreatic/core/errors.hpp"
#include "phreatic/report/content_json.hpp"

namespace phreatic::report {
namespace {

bool is_id(const std::string& id) {
  return !id.empty() && id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

Json figures_json(const std::vector<Figure>& figures, std::set<std::string>& ids) {
  Json list = Json::array();
  for (const auto& figure : figures) {
    PHREATIC_ASSERT(ids.insert(figure.id).second);
    list.push_back(figure_json(figure));
  }
  return list;
}

Json facts_json(const std::vector<Fact>& facts) {
  Json list = Json::array();
  for (const auto& f : facts) list.push_back(Json::array({f.name, f.value}));
  return list;
}

Json panels_json(const Panels& all, std::set<std::string>& ids) {
  Json panels = Json::array();
  std::set<std::string> entities;
  for (const auto& panel : all.panels) {
    PHREATIC_ASSERT(entities.insert(panel.entity).second);
    std::set<std::string> own;
    panels.push_back({{"entity", panel.entity},
                      {"facts", facts_json(panel.facts)},
                      {"warnings", panel.warnings},
                      {"hydrograph", panel.hydrograph ? content_json(*panel.hydrograph) : Json(nullptr)},
                      {"figures", figures_json(panel.figures, own)}});
  }
  PHREATIC_ASSERT(is_id(all.id));
  Json json = {{"id", all.id},
               {"noun", all.noun},
               {"heading", all.heading},
               {"paragraphs", all.paragraphs},
               {"panels", panels}};
  if (const auto* table = std::get_if<Table>(&all.table.content); table && !table->columns.empty()) {
    json["table"] = figures_json({all.table}, ids)[0];
  }
  return json;
}

}  // namespace

Json figure_json(const Figure& figure) {
  PHREATIC_ASSERT(is_id(figure.id));
  Json json = {
      {"id", figure.id}, {"heading", figure.heading}, {"caption", figure.caption}, {"alt", figure.alt}};
  json["content"] = content_json(figure.content);
  return json;
}

Json model_json(const Report& report) {
  std::set<std::string> ids;
  std::set<std::string> section_ids = {"summary", report.panels.id, "provenance"};
  Json sections = Json::array();
  for (const auto& section : report.sections) {
    PHREATIC_ASSERT(is_id(section.id) && section_ids.insert(section.id).second);
    sections.push_back({{"id", section.id},
                        {"heading", section.heading},
                        {"paragraphs", section.paragraphs},
                        {"figures", figures_json(section.figures, ids)}});
  }
  return {{"version", kModelVersion},
          {"title", report.title},
          {"subtitle", report.subtitle},
          {"finding", report.finding},
          {"warnings", report.warnings},
          {"notes", report.notes},
          {"sections", sections},
          {"panels", panels_json(report.panels, ids)},
          {"provenance",
           {{"facts", facts_json(report.provenance.facts)},
            {"command", report.provenance.command},
            {"study", report.provenance.study}}}};
}

std::string slug(const std::string& text) {
  std::string id;
  for (const char c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      id += c;
    } else if (c >= 'A' && c <= 'Z') {
      id += static_cast<char>(c - 'A' + 'a');
    } else if (!id.empty() && id.back() != '-') {
      id += '-';
    }
  }
  while (!id.empty() && id.back() == '-') id.pop_back();
  return id.empty() ? "entity" : id;
}

}  // namespace phreatic::report

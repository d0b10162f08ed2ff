// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/report/content_json.hpp"

#include <cmath>

#include "phreatic/core/errors.hpp"

namespace phreatic::report {

Json number(double v) { return std::isfinite(v) ? Json(v) : Json(nullptr); }

double resolution(const Quantity& q) { return std::pow(10.0, -(q.digits + 2)); }

Json to_json(const Quantity& q) { return {{"name", q.name}, {"unit", q.unit}, {"digits", q.digits}}; }
Json to_json(const Limits& l) { return Json::array({number(l.low), number(l.high)}); }

namespace {

Json to_json(const std::vector<Mark>& marks) {
  Json list = Json::array();
  for (const auto& m : marks) list.push_back({{"label", m.label}, {"value", number(m.value)}});
  return list;
}

const char* role_text(Role role) {
  switch (role) {
    case Role::model:
      return "model";
    case Role::other_model:
      return "other";
    case Role::baseline:
      return "baseline";
  }
  return "model";
}

const char* period_text(PeriodKind kind) {
  switch (kind) {
    case PeriodKind::training:
      return "training";
    case PeriodKind::validation:
      return "validation";
    case PeriodKind::test:
      return "test";
    case PeriodKind::freezing:
      return "freezing";
    case PeriodKind::thawing:
      return "thawing";
  }
  return "training";
}

const char* step_text(core::StepUnit unit) {
  switch (unit) {
    case core::StepUnit::hour:
      return "hour";
    case core::StepUnit::day:
      return "day";
    case core::StepUnit::month:
      return "month";
  }
  return "day";
}

Json to_json(const core::TimeAxis& axis) {
  return {{"first", axis.size() == 0 ? 0 : axis.start(0)},
          {"unit", step_text(axis.step().unit)},
          {"count", axis.step().count},
          {"size", axis.size()}};
}

// Empty or of the wanted size; anything else is the caller's bug.
Json sized(const std::vector<double>& values, std::size_t size, double res) {
  PHREATIC_ASSERT(values.empty() || values.size() == size);
  return packed(values, res);
}

Json named(const std::vector<NamedSeries>& items, std::size_t size, double res) {
  Json list = Json::array();
  for (const auto& item : items) {
    PHREATIC_ASSERT(item.values.size() == size);
    list.push_back({{"name", item.name}, {"values", packed(item.values, res)}});
  }
  return list;
}

}  // namespace

Json content_json(const Hydrograph& h) {
  const std::size_t n = h.axis.size();
  const double res = resolution(h.quantity);
  PHREATIC_ASSERT(h.lower.size() == h.upper.size());
  Json periods = Json::array();
  for (const auto& p : h.periods) {
    periods.push_back({{"kind", period_text(p.kind)}, {"start", p.start}, {"end", p.end}});
  }
  return {{"type", "hydrograph"},
          {"entity", h.entity},
          {"detail", h.detail},
          {"quantity", to_json(h.quantity)},
          {"downward", h.downward},
          {"axis", to_json(h.axis)},
          {"observed", sized(h.observed, n, res)},
          {"simulated", sized(h.simulated, n, res)},
          {"lower", sized(h.lower, n, res)},
          {"upper", sized(h.upper, n, res)},
          {"band_level", h.band_level},
          {"baselines", named(h.baselines, n, res)},
          {"precipitation_quantity", to_json(h.precipitation_quantity)},
          {"precipitation", sized(h.precipitation, n, resolution(h.precipitation_quantity) * 10)},
          {"periods", periods}};
}

namespace {

Json content_json(const SkillDistribution& s) {
  Json items = Json::array();
  for (const auto& d : s.items) {
    items.push_back({{"name", d.name}, {"role", role_text(d.role)}, {"values", packed(d.values, 0)}});
  }
  return {{"type", "distribution"},      {"noun", s.noun}, {"quantity", to_json(s.quantity)},
          {"limits", to_json(s.limits)}, {"items", items}, {"marks", to_json(s.marks)}};
}

Json content_json(const LearningCurves& c) {
  Json curves = Json::array();
  for (const auto& curve : c.curves) {
    curves.push_back({{"name", curve.name},
                      {"training", packed(curve.training, 0)},
                      {"validation", packed(curve.validation, 0)},
                      {"best_epoch", curve.best_epoch}});
  }
  return {{"type", "learning"}, {"loss", to_json(c.loss)}, {"log_scale", c.log_scale}, {"curves", curves}};
}

Json content_json(const Coverage& c) {
  PHREATIC_ASSERT(c.nominal.size() == c.actual.size());
  const std::size_t n = c.entities.size();
  return {{"type", "coverage"},
          {"noun", c.noun},
          {"variable", c.variable},
          {"nominal", packed(c.nominal, 0)},
          {"actual", packed(c.actual, 0)},
          {"main_level", c.main_level},
          {"entities", c.entities},
          {"entity_actual", sized(c.entity_actual, n, 0)},
          {"entity_width", sized(c.entity_width, n, 0)},
          {"width_quantity", to_json(c.width_quantity)}};
}

Json content_json(const Completeness& c) {
  const std::size_t n = c.labels.size();
  PHREATIC_ASSERT(c.difference.size() == n && c.attribution_sum.size() == n);
  return {{"type", "completeness"},
          {"quantity", to_json(c.quantity)},
          {"labels", c.labels},
          {"difference", packed(c.difference, 0)},
          {"attribution_sum", packed(c.attribution_sum, 0)},
          {"tolerance", number(c.tolerance)}};
}

Json content_json(const AttributionHeatmap& h) {
  PHREATIC_ASSERT(h.values.size() == h.variables.size() * h.lags.size());
  return {{"type", "attribution"},
          {"entity", h.entity},
          {"detail", h.detail},
          {"quantity", to_json(h.quantity)},
          {"variables", h.variables},
          {"lags", packed(h.lags, 0)},
          {"lag_unit", h.lag_unit},
          {"values", packed(h.values, 0)},
          {"limits", to_json(h.limits)},
          {"magnitude", h.magnitude},
          {"half_within", number(h.half_within)},
          {"most_within", number(h.most_within)},
          {"base_value", number(h.base_value)},
          {"prediction", number(h.prediction)},
          {"residual", number(h.residual)}};
}

Json content_json(const SeasonalAttribution& s) {
  const std::size_t n = s.categories.size();
  return {{"type", "seasonal"},
          {"entity", s.entity},
          {"detail", s.detail},
          {"quantity", to_json(s.quantity)},
          {"categories", s.categories},
          {"drivers", named(s.drivers, n, 0)},
          {"observed", sized(s.observed, n, 0)},
          {"simulated", sized(s.simulated, n, 0)}};
}

Json content_json(const ClusterSignatures& c) {
  Json clusters = Json::array();
  for (const auto& cluster : c.clusters) {
    PHREATIC_ASSERT(cluster.mean.size() == c.rows.size() * c.columns.size());
    clusters.push_back({{"name", cluster.name},
                        {"evidence", cluster.evidence},
                        {"size", cluster.size},
                        {"mean", packed(cluster.mean, 0)},
                        {"share", sized(cluster.share, c.rows.size(), 0)}});
  }
  return {{"type", "clusters"}, {"noun", c.noun},       {"quantity", to_json(c.quantity)},
          {"rows", c.rows},     {"columns", c.columns}, {"clusters", clusters}};
}

Json content_json(const Waterfall& w) {
  PHREATIC_ASSERT(w.drivers.size() == w.values.size());
  return {{"type", "waterfall"},
          {"entity", w.entity},
          {"detail", w.detail},
          {"quantity", to_json(w.quantity)},
          {"base_value", number(w.base_value)},
          {"drivers", w.drivers},
          {"values", packed(w.values, 0)},
          {"prediction", number(w.prediction)},
          {"observed", number(w.observed)}};
}

Json content_json(const Beeswarm& b) {
  const std::size_t n = b.values.size();
  PHREATIC_ASSERT(b.features.empty() || n % b.features.size() == 0);
  PHREATIC_ASSERT(b.levels.size() == n && (b.labels.empty() || b.labels.size() * b.features.size() == n));
  return {{"type", "beeswarm"},
          {"noun", b.noun},
          {"quantity", to_json(b.quantity)},
          {"features", b.features},
          {"labels", b.labels},
          {"values", packed(b.values, 0)},
          {"levels", packed(b.levels, 0.01)}};
}

Json content_json(const Bars& b) {
  PHREATIC_ASSERT(b.low.empty() || b.low.size() == b.groups.size());
  PHREATIC_ASSERT(b.low.size() == b.high.size());
  Json low = Json::array();
  for (const auto& s : b.low) low.push_back(sized(s, b.categories.size(), 0));
  Json high = Json::array();
  for (const auto& s : b.high) high.push_back(sized(s, b.categories.size(), 0));
  return {{"type", "bars"},
          {"quantity", to_json(b.quantity)},
          {"categories", b.categories},
          {"groups", named(b.groups, b.categories.size(), 0)},
          {"low", low},
          {"high", high},
          {"stacked", b.stacked},
          {"horizontal", b.horizontal},
          {"marks", to_json(b.marks)}};
}

Json content_json(const BoxPlot& b) {
  Json groups = Json::array();
  for (const BoxGroup& g : b.groups) {
    PHREATIC_ASSERT(g.values.size() == b.categories.size());
    PHREATIC_ASSERT(g.labels.empty() || g.labels.size() == g.values.size());
    Json values = Json::array();
    for (const auto& v : g.values) values.push_back(packed(v, 0));
    for (std::size_t c = 0; c < g.labels.size(); ++c)
      PHREATIC_ASSERT(g.labels[c].size() == g.values[c].size());
    groups.push_back({{"name", g.name}, {"values", values}, {"labels", g.labels}});
  }
  return {{"type", "boxes"},
          {"noun", b.noun},
          {"quantity", to_json(b.quantity)},
          {"category_name", b.category_name},
          {"categories", b.categories},
          {"groups", groups},
          {"limits", to_json(b.limits)},
          {"marks", to_json(b.marks)}};
}

Json content_json(const Scatter& s) {
  Json groups = Json::array();
  for (const auto& g : s.groups) {
    PHREATIC_ASSERT(g.x.size() == g.y.size() && (g.labels.empty() || g.labels.size() == g.x.size()));
    groups.push_back({{"name", g.name}, {"labels", g.labels}, {"x", packed(g.x, 0)}, {"y", packed(g.y, 0)}});
  }
  const std::size_t n = s.fit_x.size();
  PHREATIC_ASSERT(s.fit_y.size() == n && s.fit_low.size() == s.fit_high.size());
  return {{"type", "scatter"},
          {"x", to_json(s.x)},
          {"y", to_json(s.y)},
          {"groups", groups},
          {"x_names", s.x_names},
          {"one_to_one", s.one_to_one},
          {"fit_x", packed(s.fit_x, 0)},
          {"fit_y", packed(s.fit_y, 0)},
          {"fit_low", sized(s.fit_low, n, 0)},
          {"fit_high", sized(s.fit_high, n, 0)},
          {"note", s.note}};
}

Json content_json(const Lines& l) {
  Json lines = Json::array();
  for (const auto& line : l.lines) {
    const std::size_t n = line.x.size();
    PHREATIC_ASSERT(line.y.size() == n && line.low.size() == line.high.size());
    lines.push_back({{"name", line.name},
                     {"role", role_text(line.role)},
                     {"x", packed(line.x, 0)},
                     {"y", packed(line.y, 0)},
                     {"low", sized(line.low, n, 0)},
                     {"high", sized(line.high, n, 0)}});
  }
  return {{"type", "lines"},
          {"x", to_json(l.x)},
          {"y", to_json(l.y)},
          {"dates", l.dates},
          {"log_x", l.log_x},
          {"log_y", l.log_y},
          {"points", l.points},
          {"lines", lines},
          {"x_marks", to_json(l.x_marks)},
          {"y_marks", to_json(l.y_marks)}};
}

Json content_json(const Heatmap& h) {
  PHREATIC_ASSERT(h.values.size() == h.rows.size() * h.columns.size());
  return {{"type", "heatmap"},
          {"quantity", to_json(h.quantity)},
          {"row_name", h.row_name},
          {"column_name", h.column_name},
          {"rows", h.rows},
          {"columns", h.columns},
          {"values", packed(h.values, 0)},
          {"diverging", h.diverging},
          {"show_values", h.show_values},
          {"hexagonal", h.hexagonal},
          {"limits", to_json(h.limits)}};
}

Json cells_json(const Column& column, std::size_t& rows, bool first) {
  const bool numeric = std::holds_alternative<std::vector<double>>(column.cells);
  const std::size_t n = numeric ? std::get<0>(column.cells).size() : std::get<1>(column.cells).size();
  PHREATIC_ASSERT(first || n == rows);
  rows = n;
  return {{"name", column.name},
          {"unit", column.unit},
          {"digits", column.digits},
          {"help", column.help},
          {"numeric", numeric},
          {"bar", numeric && column.bar},
          {"cells", numeric ? packed(std::get<0>(column.cells), 0) : Json(std::get<1>(column.cells))}};
}

Json content_json(const Table& t) {
  Json columns = Json::array();
  std::size_t rows = 0;
  for (const auto& column : t.columns) columns.push_back(cells_json(column, rows, columns.empty()));
  PHREATIC_ASSERT(t.entity_column < static_cast<int>(t.columns.size()));
  return {{"type", "table"},
          {"columns", columns},
          {"rows", rows},
          {"entity_column", t.entity_column},
          {"sort_column", t.sort_column},
          {"descending", t.descending}};
}

}  // namespace

Json content_json(const FigureContent& content) {
  return std::visit([](const auto& one) { return content_json(one); }, content);
}

}  // namespace phreatic::report

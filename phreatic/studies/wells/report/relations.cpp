// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/report/relations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/report/model.hpp"
#include "phreatic/stats/metrics/metrics.hpp"
#include "phreatic/stats/special.hpp"
#include "phreatic/studies/wells/report/places.hpp"

namespace phreatic::studies::wells {
namespace {

constexpr std::size_t kMostScatters = 6;
constexpr std::size_t kPointsOfLine = 25;

// t with P(|T| > t) = 0.05, by bisection.
double student_975(double degrees) {
  double low = 1, high = 20;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (stats::student_two_sided(middle, degrees) > 0.05 ? low : high) = middle;
  }
  return low;
}

// Least squares and the 95 % band of the line, residuals taken as independent and normal.
void add_line(const Relation& relation, report::Scatter& figure) {
  const double n = static_cast<double>(relation.x.size());
  const double mx = stats::mean(relation.x), my = stats::mean(relation.y);
  double xx = 0, xy = 0, yy = 0;
  for (std::size_t i = 0; i < relation.x.size(); ++i) {
    xx += (relation.x[i] - mx) * (relation.x[i] - mx);
    xy += (relation.x[i] - mx) * (relation.y[i] - my);
    yy += (relation.y[i] - my) * (relation.y[i] - my);
  }
  if (!(xx > 0)) return;
  const double slope = xy / xx;
  const double deviation = std::sqrt(std::max(0.0, yy - slope * xy) / (n - 2));
  const double t = student_975(n - 2);
  const auto [low, high] = std::minmax_element(relation.x.begin(), relation.x.end());
  for (std::size_t k = 0; k < kPointsOfLine; ++k) {
    const double x = *low + (*high - *low) * static_cast<double>(k) / (kPointsOfLine - 1);
    const double y = my + slope * (x - mx);
    const double half = t * deviation * std::sqrt(1 / n + (x - mx) * (x - mx) / xx);
    figure.fit_x.push_back(x);
    figure.fit_y.push_back(y);
    figure.fit_low.push_back(y - half);
    figure.fit_high.push_back(y + half);
  }
}

report::Figure scatter_of(const Analysis& analysis, const WellGroups& groups, const Relation& relation,
                          std::size_t number) {
  report::Scatter figure;
  figure.x = {relation.attribute, "", 2};
  figure.y = {relation.quantity, "", 2};
  std::vector<report::ScatterGroup> dots(std::max<std::size_t>(1, groups.count()));
  for (std::size_t g = 0; g < dots.size(); ++g)
    dots[g].name = groups.count() > 0 ? fmt::format("group {}", g + 1) : "";
  report::ScatterGroup none{"no group", {}, {}, {}};
  for (std::size_t i = 0; i < relation.x.size(); ++i) {
    const auto at = std::find(groups.used.begin(), groups.used.end(), relation.entities[i]);
    const auto k = static_cast<std::size_t>(at - groups.used.begin());
    report::ScatterGroup& mine = groups.count() == 0        ? dots[0]
                                 : k < groups.labels.size() ? dots[static_cast<std::size_t>(groups.labels[k])]
                                                            : none;
    mine.labels.push_back(analysis.entities[relation.entities[i]]);
    mine.x.push_back(relation.x[i]);
    mine.y.push_back(relation.y[i]);
  }
  if (!none.x.empty()) dots.push_back(std::move(none));
  figure.groups = std::move(dots);
  add_line(relation, figure);
  figure.note = fmt::format("r = {:.2f} (95 %: {:.2f} to {:.2f}), n = {}", relation.r, relation.low,
                            relation.high, relation.wells);
  return {fmt::format("relation-{}", number), fmt::format("{} and {}", relation.quantity, relation.attribute),
          "Every dot is a place; line by least squares.", "", figure};
}

}  // namespace

report::Figure relation_table(const Analysis& analysis) {
  std::vector<std::string> attributes, quantities;
  std::vector<double> wells, r, low, high, p;
  for (const Relation& row : analysis.relations) {
    attributes.push_back(row.attribute);
    quantities.push_back(row.quantity);
    wells.push_back(static_cast<double>(row.wells));
    r.push_back(row.r);
    low.push_back(row.low);
    high.push_back(row.high);
    p.push_back(row.p_adjusted);
  }
  report::Table table;
  table.columns = {{"attribute", "", 0, "", attributes},
                   {"goes with", "", 0, "", quantities},
                   {"wells", "", 0, "", wells},
                   {"r", "", 2, "Pearson's, over the wells", r},
                   {"from", "", 2, "95 % interval by Fisher's z", low},
                   {"to", "", 2, "95 % interval by Fisher's z", high},
                   {"adjusted p", "", 4, "Benjamini and Hochberg over all rows of relations.csv", p}};
  return {"attribute-relations", "What do places have to do with it?",
          "Static attributes, such as the distance to the river, against numbers of the series. Wells near "
          "each other "
          "are not independent: intervals are too narrow where they are many.",
          "", table};
}

std::vector<report::Figure> relation_scatters(const Analysis& analysis, const WellGroups& groups) {
  std::vector<const Relation*> wanted;
  for (const Relation& relation : analysis.relations) wanted.push_back(&relation);
  const auto of_river = [](const Relation* r) { return r->attribute.find("river") != std::string::npos; };
  std::stable_sort(wanted.begin(), wanted.end(), [&](const Relation* a, const Relation* b) {
    if (of_river(a) != of_river(b)) return of_river(a);
    return !of_river(a) && std::abs(a->r) > std::abs(b->r);
  });
  wanted.resize(std::min(wanted.size(), kMostScatters));
  std::vector<report::Figure> out;
  for (const Relation* relation : wanted)
    out.push_back(scatter_of(analysis, groups, *relation, out.size() + 1));
  return out;
}

report::Figure skill_map(const Analysis& analysis) {
  report::PointMap map;
  map.noun = "place";
  map.quantity = {"R2", "", 2};
  map.reference_system = "WGS 84";
  for (std::size_t e = 0; e < analysis.entities.size(); ++e) {
    report::MapPoint point = point_of(analysis.entities, analysis.places, e);
    point.value = analysis.r2[e];
    map.points.push_back(point);
  }
  return {"skill-map", "Where is the run good?",
          "R2 (squared correlation) of the network in the test period; beside it the map of the groups.", "",
          map};
}

}  // namespace phreatic::studies::wells

// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <cmath>

#include "demo_data.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/report/model.hpp"

namespace phreatic::report {
namespace {

Figure bars(const std::string& id) {
  Bars b;
  b.quantity = {"Share", "%", 0};
  b.categories = {"a", "b"};
  b.groups = {{"all", {1, kUnknown}}};
  return {id, "", "caption", "", b};
}

Report small() {
  Report r;
  r.title = "T </script><script>alert(1)</script> & \"q\"";
  r.sections = {{"one", "One", {"text"}, {bars("x")}}};
  return r;
}

// The model that stands in a page.
Json model_of(const std::string& page) {
  const std::string start = "<script type=\"application/json\" id=\"model\">";
  const std::size_t from = page.find(start) + start.size();
  return Json::parse(page.substr(from, page.find("</script>", from) - from));
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

TEST(Model, MissingValuesAreNull) {
  const Json json = figure_json(bars("x"));
  EXPECT_EQ("bars", json["content"]["type"]);
  EXPECT_TRUE(json["content"]["groups"][0]["values"][1].is_null());
  PointMap map;
  map.points = {{"W1", kUnknown, 2, 0.5, -1}};
  const Json m = figure_json({"m", "", "", "", map});
  EXPECT_TRUE(m["content"]["points"][0]["x"].is_null());
  EXPECT_EQ(2, m["content"]["points"][0]["y"]);
}

TEST(Model, TextsSurviveThePageUnchanged) {
  const Report r = small();
  const std::string page = html(r);
  EXPECT_EQ(r.title, model_of(page)["title"].get<std::string>());
  EXPECT_EQ(std::string::npos, page.find("alert(1)</script>"));
  EXPECT_NE(std::string::npos, page.find("<title>T &lt;/script&gt;"));
  // Our own three scripts end, and nothing else does.
  EXPECT_EQ(3U, count(page, "</script>"));
}

TEST(Model, PageAsksForNothing) {
  const std::string page = html(small());
  EXPECT_NE(std::string::npos, page.find("default-src 'none'"));
  for (const char* word : {"<link rel=\"stylesheet\"", "src=\"http", "href=\"http", "@import", "url(http"}) {
    EXPECT_EQ(std::string::npos, page.find(word)) << word;
  }
}

TEST(Model, HydrographKeepsAxisPeriodsAndSeries) {
  const auto wells = demo::wells(1, 6);
  const Json h = model_json(demo::report(1, 6))["panels"]["panels"][0]["hydrograph"];
  EXPECT_EQ(2191, h["axis"]["size"]);         // 2005 to 2010, one leap year
  EXPECT_EQ(1104537600, h["axis"]["first"]);  // date -u -d 2005-01-01 +%s
  EXPECT_EQ("training", h["periods"][0]["kind"]);
  EXPECT_EQ(1167609600, h["periods"][0]["end"]);  // 2007-01-01
  const auto observed = unpacked(h["observed"]);
  ASSERT_EQ(wells[0].observed.size(), observed.size());
  for (std::size_t i = 0; i < observed.size(); ++i) {
    EXPECT_EQ(std::isnan(wells[0].observed[i]), std::isnan(observed[i]));
    if (!std::isnan(observed[i])) {
      EXPECT_NEAR(wells[0].observed[i], observed[i], 0.51e-4);
    }
  }
}

TEST(Model, FiftyWellsOfFifteenYearsStayUnderTenMegabytes) {
  const std::string page = html(demo::report(12, 15));
  EXPECT_LT((static_cast<double>(page.size()) - 0.8e6) / 12 * 50 + 0.8e6, 10e6);
}

TEST(Model, SlugKeepsLettersAndDigits) {
  EXPECT_EQ("alte-m-hle-nord", slug("Alte M\xc3\xbchle \"Nord\""));
  EXPECT_EQ("w03", slug("W03"));
  EXPECT_EQ("entity", slug("\xe4\xba\x95"));
}

TEST(ModelDeathTest, SizesThatDoNotFitAreABug) {
  Hydrograph h;
  h.axis = demo::axis(1);
  h.observed = {1, 2, 3};
  EXPECT_DEATH(figure_json({"h", "", "", "", h}), "");
  EXPECT_DEATH(figure_json({"Bad Id", "", "", "", Bars{}}), "");
  Report r = small();
  r.sections[0].figures.push_back(bars("x"));
  EXPECT_DEATH(model_json(r), "");
}

}  // namespace
}  // namespace phreatic::report

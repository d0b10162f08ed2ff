// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include "phreatic/core/settings/params.hpp"

namespace phreatic::core {
namespace {

enum class Cell { lstm, gru };

struct Inner {
  double rate = 0.001;
  std::vector<std::string> names;
};
void describe(Describer& d, Inner& p) {
  d.field("rate", p.rate,
          {.help = "Learning rate", .unit = "1", .min = 0, .max = 1, .aliases = {"learning_rate"}});
  d.field("names", p.names, {.help = "Names"});
}

struct Outer {
  int epochs = 30;
  Cell cell = Cell::lstm;
  bool flag = false;
  std::optional<double> limit;
  OptionalDate start;
  std::string id = "x";
  Inner inner;
  std::vector<Inner> items;
};
void describe(Describer& d, Outer& p) {
  d.field("epochs", p.epochs, {.help = "Passes over the data", .min = 1});
  d.choice("cell", p.cell, {{"lstm", Cell::lstm}, {"gru", Cell::gru}}, {.help = "Recurrent cell"});
  d.field("flag", p.flag, {.help = "A flag"});
  d.field("limit", p.limit, {.help = "A limit", .unit = "m"});
  d.field("start", p.start, {.help = "First day"});
  d.field("id", p.id, {.help = "An identifier"});
  d.section("inner", p.inner, "A block");
  d.list("items", p.items, "Blocks");
}

Problems read(const std::string& text, Outer& p) {
  Problems problems;
  read_params(parse_yaml(text, "study.yml"), p, problems);
  return problems;
}

TEST(Params, ReadsAStudyFile) {
  Outer p;
  const Problems problems = read(
      "epochs: 12\ncell: gru\nflag: true\nlimit: 2.5\nstart: 2001-02-03\nid: 010\n"
      "inner: {learning_rate: 0.01, names: [NO, 'true', 1e3]}\nitems:\n  - rate: 0.5\n  - names: one\n",
      p);
  ASSERT_TRUE(problems.empty()) << problems.items()[0].text();
  EXPECT_EQ(p.epochs, 12);
  EXPECT_EQ(p.cell, Cell::gru);
  EXPECT_EQ(p.limit, 2.5);
  EXPECT_EQ(format_date(*p.start), "2001-02-03");
  EXPECT_EQ(p.id, "010");
  EXPECT_EQ(p.inner.rate, 0.01);
  EXPECT_EQ(p.inner.names, (std::vector<std::string>{"NO", "true", "1e3"}));
  ASSERT_EQ(p.items.size(), 2U);
  EXPECT_EQ(p.items[0].rate, 0.5);
  EXPECT_EQ(p.items[1].names, std::vector<std::string>{"one"});
}

TEST(Params, CollectsEveryProblemWithItsPlace) {
  Outer p;
  const Problems problems =
      read("epochz: 3\nepochs: 0\ncell: rnn\nflag: yes\nlimit: abc\nstart: 2001-02-30\ninner: 3\n", p);
  ASSERT_EQ(problems.size(), 7U);
  std::string all;
  for (const Problem& problem : problems.items()) all += problem.text() + "\n";
  EXPECT_NE(all.find("study.yml:1:1: unknown key 'epochz'; did you mean 'epochs'?"), std::string::npos)
      << all;
  EXPECT_NE(all.find("study.yml:2:9: epochs: 0 is out of range (allowed: at least 1)"), std::string::npos)
      << all;
  EXPECT_NE(all.find("'rnn' is not known"), std::string::npos) << all;
  EXPECT_NE(all.find("lstm, gru"), std::string::npos) << all;
  EXPECT_NE(all.find("'yes' is neither true nor false"), std::string::npos) << all;
  EXPECT_EQ(p.epochs, 30) << "a field with a problem keeps its default";
}

TEST(Params, OctalLookingNumbersAreRefusedNotReinterpreted) {
  Outer p;
  EXPECT_EQ(read("epochs: 010\n", p).size(), 1U);
  EXPECT_EQ(read("limit: .inf\n", p).size(), 1U);
  EXPECT_EQ(read("epochs: '3'\n", p).size(), 1U);
}

TEST(Params, TheResolvedFileReadsBackToTheSame) {
  Outer p;
  p.epochs = 7;
  p.cell = Cell::gru;
  p.limit = 0.1;
  p.id = "no: \"yes\"\\";
  p.start = 0;
  p.inner.names = {"a b", "", "NO", "3"};
  p.items.resize(2);
  p.items[1].rate = 0.25;
  const std::string text = to_yaml(p);
  Outer q;
  ASSERT_TRUE(read(text, q).empty()) << text;
  EXPECT_EQ(to_yaml(q), text);
  EXPECT_EQ(q.inner.names, p.inner.names);
  EXPECT_EQ(q.id, p.id);
}

TEST(Params, TheFieldTableListsNestedFields) {
  const auto rows = field_table(Outer{});
  std::string paths;
  for (const FieldRow& row : rows) paths += row.path + " ";
  EXPECT_EQ(
      paths,
      "epochs cell flag limit start id inner inner.rate inner.names items[] items[].rate items[].names ");
  EXPECT_EQ(rows[1].default_value, "lstm");
  EXPECT_EQ(rows[7].allowed, "0 to 1 1");
}

TEST(Tree, RefusesWhatStudyFilesMustNotHold) {
  for (const char* text :
       {"a: 1\na: 2\n", "a: &x 1\nb: *x\n", "a: {<<: {b: 1}}\n", "a: [1\n", "? [a]\n: 1\n", "a:\n\t- 1\n"}) {
    EXPECT_THROW(parse_yaml(text, "f.yml"), InputError) << text;
  }
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "[";
  EXPECT_THROW(parse_yaml("a: " + deep, "f.yml"), InputError);
}

TEST(Errors, NearestFindsTypingSlipsOnly) {
  EXPECT_EQ(nearest("epochz", {"epochs", "seed"}), "epochs");
  EXPECT_EQ(nearest("completely_other", {"epochs", "seed"}), "");
}

}  // namespace
}  // namespace phreatic::core

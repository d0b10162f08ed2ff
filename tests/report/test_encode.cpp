// SPDX-License-Identifier: BSD-3-Clause
// Packed series: against numbers known from the RFCs, zlib's own check value, and round trips.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/report/encode.hpp"

namespace phreatic::report {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

void expect_same(const std::vector<double>& expected, const std::vector<double>& actual, double tolerance) {
  ASSERT_EQ(expected.size(), actual.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(actual[i])) << i;
    } else {
      EXPECT_NEAR(expected[i], actual[i], tolerance) << i;
    }
  }
}

std::vector<double> level_series(std::size_t n) {
  core::RandomStream random(1, "series");
  std::vector<double> values(n);
  double level = 151.3;
  for (std::size_t i = 0; i < n; ++i) {
    level += 0.01 * random.normal();
    values[i] = i % 17 == 3 || (i > 200 && i < 260) ? kMissing : level;
  }
  return values;
}

// Test vectors of RFC 4648, section 10.
TEST(Encode, Base64OfRfc4648) {
  const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(text, base64(bytes));
    EXPECT_EQ(bytes, base64_decode(text));
  }
  EXPECT_EQ("+/8=", base64("\xfb\xff"));
  EXPECT_THROW(base64_decode("Zg="), core::InputError);
  EXPECT_THROW(base64_decode("Z!=="), core::InputError);
}

TEST(Encode, DeflateIsZlibAndComesBack) {
  const std::string text(10000, 'a');
  const std::string packed_text = deflate_bytes(text);
  EXPECT_LT(packed_text.size(), 100U);
  EXPECT_EQ(
      0,
      (static_cast<unsigned char>(packed_text[0]) * 256 + static_cast<unsigned char>(packed_text[1])) % 31);
  EXPECT_EQ(text, inflate_bytes(packed_text));
  EXPECT_EQ("", inflate_bytes(deflate_bytes("")));
  EXPECT_THROW(inflate_bytes(packed_text.substr(0, packed_text.size() - 6)), core::InputError);
  EXPECT_THROW(inflate_bytes("not deflate"), core::InputError);
}

TEST(Encode, ShortSeriesArePlainWithNullForMissing) {
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<double> values = {1.5, kMissing, -2, infinity};
  const Json json = packed(values, 1e-4);
  EXPECT_EQ("[1.5,null,-2.0,null]", json.dump());
  expect_same({1.5, kMissing, -2, kMissing}, unpacked(json), 0);
}

TEST(Encode, DifferencesKeepTheResolutionAndTheGaps) {
  const auto values = level_series(5000);
  const Json json = packed(values, 1e-4);
  EXPECT_EQ("q4", json["enc"]);
  expect_same(values, unpacked(json), 0.5000001e-4);
}

TEST(Encode, DifferencesAreMuchSmallerThanFloats) {
  const auto values = level_series(5000);
  const auto size = [](const Json& json) { return json["data"].get<std::string>().size(); };
  EXPECT_LT(size(packed(values, 1e-3)) * 2.5, size(packed(values, 0)));
}

TEST(Encode, FloatsKeepSevenDigits) {
  const auto values = level_series(300);
  const Json json = packed(values, 0);
  EXPECT_EQ("f4", json["enc"]);
  expect_same(values, unpacked(json), 151.3 * 6e-8);
}

TEST(Encode, ValuesThatDoNotFitTheResolutionFallBackToFloats) {
  std::vector<double> values(100, 1.0);
  values[50] = 1e9;
  const Json json = packed(values, 1e-4);
  EXPECT_EQ("f4", json["enc"]);
  expect_same(values, unpacked(json), 64);
  values[50] = std::numeric_limits<double>::infinity();
  EXPECT_EQ("q4", packed(values, 1e-4)["enc"]);
  EXPECT_TRUE(std::isnan(unpacked(packed(values, 1e-4))[50]));
}

TEST(Encode, ExtremesOfTheResolutionComeBack) {
  std::vector<double> values(60, 0.0);
  values[1] = (1 << 29) - 1;
  values[2] = -((1 << 29) - 1);
  values[3] = kMissing;
  values[4] = -1;
  values[5] = 1;
  expect_same(values, unpacked(packed(values, 1)), 0);
}

TEST(Encode, AllMissingStaysMissing) {
  const std::vector<double> values(80, kMissing);
  for (const double v : unpacked(packed(values, 1e-3))) EXPECT_TRUE(std::isnan(v));
}

TEST(Encode, ScriptJsonCannotEndTheScript) {
  const Json json = {{"name", "</script><!-- \"x\" \\ \xc3\xbc \xff"}};
  const std::string text = script_json(json);
  EXPECT_EQ(std::string::npos, text.find('<'));
  const Json back = Json::parse(text);
  EXPECT_EQ("</script><!-- \"x\" \\ \xc3\xbc \xef\xbf\xbd", back["name"].get<std::string>());
}

}  // namespace
}  // namespace phreatic::report

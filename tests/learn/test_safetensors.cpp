// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/files/safetensors.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/random.hpp"

namespace phreatic::learn {
namespace {

// Written by safetensors 0.5.3 (tests/reference/learn/safetensors_bytes.py).
constexpr const char* kPeerFile =
    "d8000000000000007b225f5f6d657461646174615f5f223a7b226d616465206279223a227361666574656e736f7273227d2c2262"
    "223a7b22"
    "6474797065223a22493634222c227368617065223a5b315d2c22646174615f6f666673657473223a5b302c385d7d2c2261223a7b"
    "22647479"
    "7065223a22463332222c227368617065223a5b312c335d2c22646174615f6f666673657473223a5b382c32305d7d2c22656d7074"
    "79223a7b"
    "226474797065223a22463332222c227368617065223a5b302c345d2c22646174615f6f666673657473223a5b32302c32305d7d7d"
    "20202020"
    "07000000000000000000c03f000000c000005040";

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

std::string with_header(const std::string& header, const std::string& data) {
  const std::uint64_t size = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &size, 8);
  return bytes + header + data;
}

SafeTensors example() {
  const std::vector<float> values = {1.0F, -2.5F, 3e-9F, 4e9F, 0.0F, 6.0F};
  SafeTensors content;
  content.metadata["who"] = "us \"and\" \xc3\xa9";
  content.tensors.push_back(store_floats("w", {2, 3}, values.data()));
  content.tensors.push_back(store_floats("b", {1}, values.data()));
  return content;
}

TEST(SafeTensors, reads_what_the_formats_own_library_wrote) {
  const SafeTensors content = parse_safetensors(from_hex(kPeerFile), "peer");
  EXPECT_EQ(content.metadata.at("made by"), "safetensors");
  EXPECT_EQ(stored_floats(*content.find("a"), "peer"), (std::vector<float>{1.5F, -2.0F, 3.25F}));
  EXPECT_EQ(content.find("a")->shape, (std::vector<std::size_t>{1, 3}));
  EXPECT_EQ(content.find("b")->dtype, "I64");
  EXPECT_TRUE(content.find("empty")->bytes.empty());
  EXPECT_EQ(content.find("none"), nullptr);
  EXPECT_THROW(stored_floats(*content.find("b"), "peer"), core::InputError);
}

TEST(SafeTensors, written_and_read_again_is_the_same) {
  const std::string bytes = format_safetensors(example());
  const SafeTensors again = parse_safetensors(bytes, "x");
  EXPECT_EQ(format_safetensors(again), bytes);
  EXPECT_EQ(again.metadata, example().metadata);
  std::uint64_t header = 0;
  std::memcpy(&header, bytes.data(), 8);
  EXPECT_EQ(header % 8, 0U);
}

TEST(SafeTensors, corrupt_files_are_refused_each_for_its_reason) {
  const std::string entry = R"("dtype":"F32","shape":[1],"data_offsets":)";
  const std::string one = "{\"a\":{" + entry + "[0,4]}}";
  ASSERT_NO_THROW(parse_safetensors(with_header(one, "1234"), "x"));
  struct Case {
    std::string bytes;
    std::string reason;
  };
  const std::string huge(8, '\xff');
  const std::vector<Case> cases = {
      {"", "shorter than 8"},
      {"1234567", "shorter than 8"},
      {huge + "{}", "claims"},
      {with_header(one, "").substr(0, 20), "cut off"},
      {with_header("", ""), "no JSON object"},
      {with_header("[]", ""), "no JSON object"},
      {with_header("{\"a\":", ""), "no JSON object"},
      {with_header("{\"a\":\xff}", ""), "no JSON object"},
      {with_header(one + "x", "1234"), "no JSON object"},
      {with_header(one, "123"), "lies at bytes"},
      {with_header(one, "12345"), "belong to no array"},
      {with_header("{\"a\":{" + entry + "[4,0]}}", "1234"), "lies at bytes"},
      {with_header("{\"a\":{" + entry + "[0,8]}}", "12345678"), "does not fit"},
      {with_header("{\"a\":{" + entry + "[-4,0]}}", "1234"), "not a whole number"},
      {with_header("{\"a\":{" + entry + "[0.5,4]}}", "1234"), "not a whole number"},
      {with_header("{\"a\":{" + entry + "[0]}}", "1234"), "not two numbers"},
      {with_header("{\"a\":{" + entry + "[0,18446744073709551615]}}", "1234"), "lies at bytes"},
      {with_header("{\"a\":{" + entry + "[0,4]},\"a\":{" + entry + "[0,4]}}", "1234"), "stands twice"},
      {with_header("{\"a\":{" + entry + "[0,4]},\"b\":{" + entry + "[0,4]}}", "1234"), "overlaps"},
      {with_header("{\"a\":{" + entry + "[0,4]},\"b\":{" + entry + "[2,6]}}", "123456"), "overlaps"},
      {with_header("{\"a\":{" + entry + "[0,4]},\"b\":{" + entry + "[5,9]}}", "123456789"),
       "belong to no array"},
      {with_header(R"({"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}})", "1234"), "not known"},
      {with_header(R"({"a":{"dtype":4,"shape":[1],"data_offsets":[0,4]}})", "1234"), "no text"},
      {with_header(R"({"a":{"dtype":"F32","shape":4,"data_offsets":[0,4]}})", "1234"), "no list"},
      {with_header(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", "1234"),
       "not a whole number"},
      {with_header(R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", ""),
       "too large"},
      {with_header(R"({"a":{"dtype":"F32","shape":[1]}})", "1234"), "does not have"},
      {with_header(R"({"a":7})", "1234"), "does not have"},
      {with_header(R"({"__metadata__":{"a":1}})", ""), "no text"},
      {with_header(R"({"__metadata__":[]})", ""), "no JSON object"},
      {with_header("{\"a\":" + std::string(200000, '['), ""), "nested too deep"},
  };
  for (const Case& c : cases) {
    try {
      parse_safetensors(c.bytes, "bad.safetensors");
      ADD_FAILURE() << "taken: " << c.bytes.substr(0, 120);
    } catch (const core::InputError& error) {
      const std::string text = error.what();
      EXPECT_NE(text.find(c.reason), std::string::npos) << text << "\n" << c.bytes.substr(0, 120);
      EXPECT_NE(text.find("bad.safetensors"), std::string::npos) << text;
    }
  }
}

// Every truncation is refused; every changed byte is refused or read without trouble.
TEST(SafeTensors, no_damaged_file_does_harm) {
  const std::string bytes = format_safetensors(example());
  for (std::size_t n = 0; n < bytes.size(); ++n)
    EXPECT_THROW(parse_safetensors(bytes.substr(0, n), "x"), core::InputError) << n;
  core::RandomStream random(7, "damage");
  std::size_t refused = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string damaged = bytes;
    for (std::uint64_t k = 0; k < 1 + random.below(3); ++k)
      damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
    try {
      parse_safetensors(damaged, "x");
    } catch (const core::InputError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 10000U);
}

}  // namespace
}  // namespace phreatic::learn

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/files/safetensors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"

namespace phreatic::learn {
namespace {

using Json = nlohmann::json;
static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian");

constexpr std::size_t kPrefix = 8;
constexpr std::size_t kLargestHeader = 100'000'000;
constexpr int kDeepestHeader = 3;

[[noreturn]] void corrupt(const std::string& file, const std::string& what) {
  throw core::InputError({.file = file,
                          .what = "not a sound safetensors file: " + what,
                          .mend = "copy the file again, or train again"});
}

std::optional<std::size_t> item_size(std::string_view dtype) {
  static const std::map<std::string_view, std::size_t> sizes = {
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"I16", 2}, {"U16", 2}, {"F16", 2}, {"BF16", 2},
      {"I32", 4},  {"U32", 4}, {"F32", 4}, {"F64", 8}, {"I64", 8}, {"U64", 8}};
  const auto found = sizes.find(dtype);
  return found == sizes.end() ? std::nullopt : std::optional(found->second);
}

// Parses the header, refusing duplicate keys and deep nesting, which nlohmann's parser would let pass.
Json parse_header(std::string_view text, const std::string& file) {
  std::vector<std::set<std::string>> keys;
  std::string trouble;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > kDeepestHeader && trouble.empty()) trouble = "the header is nested too deep";
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end && !keys.empty()) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.empty()) {
      const auto name = parsed.get<std::string>();
      if (!keys.back().insert(name).second && trouble.empty())
        trouble = fmt::format("the name '{}' stands twice", name);
    }
    return trouble.empty();
  };
  Json header = Json::parse(text, watch, false);
  if (!trouble.empty()) corrupt(file, trouble);
  if (!header.is_object()) corrupt(file, "the header is no JSON object");
  return header;
}

std::size_t unsigned_at(const Json& value, const std::string& file, const std::string& what) {
  if (!value.is_number_unsigned()) corrupt(file, what + " is not a whole number >= 0");
  return value.get<std::size_t>();
}

std::size_t byte_count(const std::vector<std::size_t>& shape, std::size_t item, const std::string& file,
                       const std::string& name) {
  std::size_t bytes = item;
  for (const std::size_t n : shape) {
    if (n != 0 && bytes > std::numeric_limits<std::size_t>::max() / n)
      corrupt(file, "the shape of '" + name + "' is too large");
    bytes *= n;
  }
  return bytes;
}

struct Entry {
  StoredTensor tensor;
  std::size_t begin = 0;
  std::size_t end = 0;
};

Entry read_entry(const std::string& name, const Json& info, std::size_t data_size, const std::string& file) {
  if (!info.is_object() || info.size() != 3 || !info.contains("dtype") || !info.contains("shape") ||
      !info.contains("data_offsets"))
    corrupt(file, "the entry of '" + name + "' does not have dtype, shape and data_offsets");
  if (!info["dtype"].is_string()) corrupt(file, "the dtype of '" + name + "' is no text");
  Entry entry;
  entry.tensor.name = name;
  entry.tensor.dtype = info["dtype"].get<std::string>();
  const std::optional<std::size_t> item = item_size(entry.tensor.dtype);
  if (!item) corrupt(file, fmt::format("the dtype '{}' of '{}' is not known", entry.tensor.dtype, name));
  if (!info["shape"].is_array()) corrupt(file, "the shape of '" + name + "' is no list");
  for (const Json& n : info["shape"])
    entry.tensor.shape.push_back(unsigned_at(n, file, "the shape of '" + name + "'"));
  const Json& offsets = info["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2)
    corrupt(file, "data_offsets of '" + name + "' are not two numbers");
  entry.begin = unsigned_at(offsets[0], file, "an offset of '" + name + "'");
  entry.end = unsigned_at(offsets[1], file, "an offset of '" + name + "'");
  if (entry.begin > entry.end || entry.end > data_size)
    corrupt(file, fmt::format("'{}' lies at bytes {} to {} of {}", name, entry.begin, entry.end, data_size));
  if (entry.end - entry.begin != byte_count(entry.tensor.shape, *item, file, name))
    corrupt(file, "the shape of '" + name + "' does not fit its bytes");
  return entry;
}

std::map<std::string, std::string> read_metadata(const Json& block, const std::string& file) {
  if (!block.is_object()) corrupt(file, "__metadata__ is no JSON object");
  std::map<std::string, std::string> metadata;
  for (const auto& [key, value] : block.items()) {
    if (!value.is_string()) corrupt(file, "__metadata__ '" + key + "' is no text");
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

// The arrays must fill the data part without holes or overlaps.
void check_tiling(const std::vector<Entry>& entries, std::size_t data_size, const std::string& file) {
  std::size_t at = 0;
  for (const Entry& entry : entries) {
    if (entry.begin < at) corrupt(file, "'" + entry.tensor.name + "' overlaps another array");
    if (entry.begin > at) corrupt(file, "bytes before '" + entry.tensor.name + "' belong to no array");
    at = entry.end;
  }
  if (at != data_size) corrupt(file, fmt::format("{} bytes at the end belong to no array", data_size - at));
}

}  // namespace

const StoredTensor* SafeTensors::find(std::string_view name) const {
  const auto found =
      std::find_if(tensors.begin(), tensors.end(), [&](const StoredTensor& t) { return t.name == name; });
  return found == tensors.end() ? nullptr : &*found;
}

StoredTensor store_floats(std::string name, std::vector<std::size_t> shape, const float* values) {
  std::size_t count = 1;
  for (const std::size_t n : shape) count *= n;
  StoredTensor tensor{std::move(name), "F32", std::move(shape), std::string(count * sizeof(float), '\0')};
  if (count > 0) std::memcpy(tensor.bytes.data(), values, tensor.bytes.size());
  return tensor;
}

std::vector<float> stored_floats(const StoredTensor& tensor, const std::string& file) {
  if (tensor.dtype != "F32")
    corrupt(file, fmt::format("'{}' is {}, expected F32", tensor.name, tensor.dtype));
  std::vector<float> values(tensor.bytes.size() / sizeof(float));
  if (!values.empty()) std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  return values;
}

SafeTensors parse_safetensors(std::string_view bytes, const std::string& file) {
  if (bytes.size() < kPrefix) corrupt(file, "shorter than 8 bytes");
  std::uint64_t header_size = 0;
  std::memcpy(&header_size, bytes.data(), kPrefix);
  if (header_size > kLargestHeader) corrupt(file, fmt::format("the header claims {} bytes", header_size));
  if (header_size > bytes.size() - kPrefix) corrupt(file, "the header is cut off");
  const Json header = parse_header(bytes.substr(kPrefix, header_size), file);
  const std::string_view data = bytes.substr(kPrefix + header_size);
  SafeTensors content;
  std::vector<Entry> entries;
  for (const auto& [name, info] : header.items()) {
    if (name == "__metadata__") {
      content.metadata = read_metadata(info, file);
    } else {
      entries.push_back(read_entry(name, info, data.size(), file));
    }
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  check_tiling(entries, data.size(), file);
  for (Entry& entry : entries) {
    entry.tensor.bytes = std::string(data.substr(entry.begin, entry.end - entry.begin));
    content.tensors.push_back(std::move(entry.tensor));
  }
  return content;
}

SafeTensors read_safetensors(const std::filesystem::path& path) {
  return parse_safetensors(core::read_file(path), path.string());
}

std::string format_safetensors(const SafeTensors& content) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!content.metadata.empty()) header["__metadata__"] = content.metadata;
  std::size_t at = 0;
  for (const StoredTensor& t : content.tensors) {
    PHREATIC_ASSERT(!header.contains(t.name));
    header[t.name] = {{"dtype", t.dtype}, {"shape", t.shape}, {"data_offsets", {at, at + t.bytes.size()}}};
    at += t.bytes.size();
  }
  std::string text = header.dump();
  text.append((kPrefix - text.size() % kPrefix) % kPrefix, ' ');  // arrays start at a multiple of 8
  const std::uint64_t size = text.size();
  std::string bytes(kPrefix, '\0');
  std::memcpy(bytes.data(), &size, kPrefix);
  bytes.reserve(kPrefix + text.size() + at);
  bytes += text;
  for (const StoredTensor& t : content.tensors) bytes += t.bytes;
  return bytes;
}

void write_safetensors(const std::filesystem::path& path, const SafeTensors& content) {
  core::write_file_atomic(path, format_safetensors(content));
}

}  // namespace phreatic::learn

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/trees/files/ubjson.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>

#include "phreatic/core/errors.hpp"

namespace phreatic::trees {
namespace {

using Json = nlohmann::json;
constexpr int kDeepest = 64;

std::size_t width(char type) {
  switch (type) {
    case 'i':
    case 'U':
    case 'C':
      return 1;
    case 'I':
      return 2;
    case 'l':
    case 'd':
      return 4;
    case 'L':
    case 'D':
      return 8;
    default:
      return 0;
  }
}

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& file) : bytes_(bytes), file_(file) {}

  Json document() {
    Json out = value(type(), 0);
    while (at_ < bytes_.size() && bytes_[at_] == 'N') ++at_;
    if (at_ != bytes_.size()) fail("has bytes after its end");
    return out;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw core::InputError({.file = file_,
                            .where = fmt::format("byte {}", at_),
                            .what = what,
                            .allowed = "UBJSON as XGBoost writes it",
                            .mend = "Save the model again, or copy the file anew"});
  }
  char next() {
    if (at_ >= bytes_.size()) fail("ends in the middle of a value");
    return bytes_[at_++];
  }
  char type() {
    char c = next();
    while (c == 'N') c = next();
    return c;
  }
  template <class U>
  U big_endian() {
    if (bytes_.size() - at_ < sizeof(U)) fail("ends in the middle of a number");
    U out = 0;
    for (std::size_t i = 0; i < sizeof(U); ++i)
      out = static_cast<U>((static_cast<std::uint64_t>(out) << 8) |
                           static_cast<unsigned char>(bytes_[at_ + i]));
    at_ += sizeof(U);
    return out;
  }
  std::int64_t integer(char kind) {
    switch (kind) {
      case 'i':
        return static_cast<std::int8_t>(big_endian<std::uint8_t>());
      case 'U':
        return big_endian<std::uint8_t>();
      case 'I':
        return static_cast<std::int16_t>(big_endian<std::uint16_t>());
      case 'l':
        return static_cast<std::int32_t>(big_endian<std::uint32_t>());
      case 'L':
        return static_cast<std::int64_t>(big_endian<std::uint64_t>());
      default:
        fail(fmt::format("has the type byte 0x{:02x} where an integer must stand",
                         static_cast<unsigned char>(kind)));
    }
  }
  std::size_t count(std::size_t smallest) {
    const std::int64_t n = integer(type());
    if (n < 0 || static_cast<std::uint64_t>(n) > (bytes_.size() - at_) / smallest)
      fail(fmt::format("claims {} values, more than its bytes can hold", n));
    return static_cast<std::size_t>(n);
  }
  std::string text() {
    const std::size_t n = count(1);
    std::string out(bytes_.substr(at_, n));
    at_ += n;
    return out;
  }

  Json value(char kind, int level) {
    if (level > kDeepest) fail("is nested deeper than 64 levels");
    switch (kind) {
      case 'Z':
        return nullptr;
      case 'T':
        return true;
      case 'F':
        return false;
      case 'C':
        return std::string(1, next());
      case 'S':
      case 'H':
        return text();
      case 'd':
        return static_cast<double>(std::bit_cast<float>(big_endian<std::uint32_t>()));
      case 'D':
        return std::bit_cast<double>(big_endian<std::uint64_t>());
      case '[':
        return array(level);
      case '{':
        return object(level);
      default:
        return integer(kind);
    }
  }

  Json array(int level) {
    Json out = Json::array();
    auto& items = out.get_ref<Json::array_t&>();
    char kind = 0;
    if (peek() == '$') {
      ++at_;
      kind = next();
      if (width(kind) == 0) fail("has an array of values without a size");
      if (peek() != '#') fail("has an array with a type but no count");
    }
    if (peek() == '#') {
      ++at_;
      const std::size_t n = count(kind == 0 ? 1 : width(kind));
      items.reserve(n);
      for (std::size_t i = 0; i < n; ++i) items.push_back(value(kind == 0 ? type() : kind, level + 1));
      return out;
    }
    for (char c = type(); c != ']'; c = type()) items.push_back(value(c, level + 1));
    return out;
  }

  Json object(int level) {
    Json out = Json::object();
    if (peek() == '$') fail("has an object of one type");
    std::size_t left = std::numeric_limits<std::size_t>::max();
    if (peek() == '#') {
      ++at_;
      left = count(2);
    }
    const bool counted = left != std::numeric_limits<std::size_t>::max();
    for (;;) {
      if (counted && left-- == 0) return out;
      if (!counted && peek() == '}') {
        ++at_;
        return out;
      }
      std::string key = text();
      Json item = value(type(), level + 1);
      out[std::move(key)] = std::move(item);
    }
  }
  char peek() {
    while (at_ < bytes_.size() && bytes_[at_] == 'N') ++at_;
    if (at_ >= bytes_.size()) fail("ends in the middle of a value");
    return bytes_[at_];
  }

  std::string_view bytes_;
  const std::string& file_;
  std::size_t at_ = 0;
};

template <class U>
void put(std::string& out, U bits) {
  for (std::size_t i = sizeof(U); i-- > 0;) out += static_cast<char>((bits >> (8 * i)) & 0xff);
}

void put_count(std::string& out, std::size_t n) {
  out += 'L';
  put(out, static_cast<std::uint64_t>(n));
}

bool fits_int32(const Json& v) {
  return v.is_number_integer() && v.get<std::int64_t>() >= std::numeric_limits<std::int32_t>::min() &&
         v.get<std::int64_t>() <= std::numeric_limits<std::int32_t>::max();
}

void write(std::string& out, const Json& v);

void write_array(std::string& out, const Json& v) {
  out += "[#";
  put_count(out, v.size());
  for (const Json& item : v) write(out, item);
}

void write(std::string& out, const Json& v) {
  const auto put_text = [&](const std::string& text) {
    put_count(out, text.size());
    out += text;
  };
  if (v.is_object()) {
    out += '{';
    for (const auto& [key, item] : v.items()) {
      put_text(key);
      write(out, item);
    }
    out += '}';
  } else if (v.is_array()) {
    write_array(out, v);
  } else if (v.is_string()) {
    out += 'S';
    put_text(v.get_ref<const std::string&>());
  } else if (v.is_number_float()) {
    out += 'd';
    put(out, std::bit_cast<std::uint32_t>(v.get<float>()));
  } else if (v.is_number_integer()) {
    out += fits_int32(v) ? 'l' : 'L';
    if (fits_int32(v))
      put(out, static_cast<std::uint32_t>(v.get<std::int32_t>()));
    else
      put(out, static_cast<std::uint64_t>(v.get<std::int64_t>()));
  } else if (v.is_boolean()) {
    out += v.get<bool>() ? 'T' : 'F';
  } else {
    out += 'Z';
  }
}

}  // namespace

nlohmann::json parse_ubjson(std::string_view bytes, const std::string& file) {
  return Reader(bytes, file).document();
}

std::string to_ubjson(const nlohmann::json& value) {
  std::string out;
  write(out, value);
  return out;
}

}  // namespace phreatic::trees

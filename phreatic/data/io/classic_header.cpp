// SPDX-License-Identifier: BSD-3-Clause
// NetCDF User's Guide, "The NetCDF classic format": magic, number of records, dimensions, attributes, variables; all
// numbers big endian, names and values padded to 4 bytes.
#include "phreatic/data/io/classic_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <set>

namespace phreatic::data::io {
namespace {

struct Damage {
  std::string what;
};

class HeaderReader {
 public:
  HeaderReader(std::ifstream& in, std::uint64_t size) : in_(in), size_(size) {}

  // False when the file is of another kind.
  bool start() {
    std::array<char, 4> magic{};
    if (size_ < 4 || !in_.read(magic.data(), 4)) return false;
    at_ = 4;
    version_ = magic[3];
    return magic[0] == 'C' && magic[1] == 'D' && magic[2] == 'F' &&
           (version_ == 1 || version_ == 2 || version_ == 5);
  }
  std::size_t longest_name() const { return longest_name_; }

  void all() {
    count();  // of records; all ones while a file is being written
    dimensions();
    attributes();
    variables();
  }

 private:
  static constexpr std::uint64_t kDimensions = 10;
  static constexpr std::uint64_t kVariables = 11;
  static constexpr std::uint64_t kAttributes = 12;

  std::uint64_t number(int bytes) {
    std::array<unsigned char, 8> raw{};
    need(static_cast<std::uint64_t>(bytes));
    in_.read(reinterpret_cast<char*>(raw.data()), bytes);
    std::uint64_t value = 0;
    for (int i = 0; i < bytes; ++i) value = value << 8 | raw[static_cast<std::size_t>(i)];
    at_ += static_cast<std::uint64_t>(bytes);
    return value;
  }
  std::uint64_t count() { return number(version_ == 5 ? 8 : 4); }
  void need(std::uint64_t bytes) const {
    if (bytes > size_ - at_) throw Damage{fmt::format("its header ends at byte {}", size_)};
  }
  static std::uint64_t padded(std::uint64_t bytes) { return bytes + (4 - bytes % 4) % 4; }
  void skip(std::uint64_t bytes) {
    need(bytes);
    at_ += bytes;
    in_.seekg(static_cast<std::streamoff>(at_));
  }

  // How many elements a list has, each of at least `least` bytes.
  std::uint64_t list(std::uint64_t tag, std::uint64_t least) {
    const std::uint64_t found = number(4);
    const std::uint64_t n = count();
    if (found != tag && (found != 0 || n != 0))
      throw Damage{fmt::format("its header has no list where one belongs, before byte {}", at_)};
    if (n > (size_ - at_) / least)
      throw Damage{
          fmt::format("its header counts {} parts before byte {}, more than the file holds", n, at_)};
    return n;
  }
  std::string name() {
    const std::uint64_t length = count();
    need(length);
    if (length == 0) throw Damage{fmt::format("a name of its header is empty, before byte {}", at_)};
    std::string text(length, '\0');
    in_.read(text.data(), static_cast<std::streamsize>(length));
    at_ += length;
    skip(padded(length) - length);
    if (text.find('\0') != std::string::npos)
      throw Damage{fmt::format("a name of its header is no text, before byte {}", at_)};
    longest_name_ = std::max<std::size_t>(longest_name_, length);
    return text;
  }
  void only_once(std::set<std::string>& names, const std::string& one) const {
    if (!names.insert(one).second) throw Damage{fmt::format("its header names '{}' twice", one)};
  }
  std::uint64_t value_bytes() {
    const std::uint64_t type = number(4);
    constexpr std::array<std::uint64_t, 12> kBytes = {0, 1, 1, 2, 4, 4, 8, 1, 2, 4, 8, 8};
    if (type == 0 || type >= kBytes.size() || (version_ != 5 && type > 6))
      throw Damage{fmt::format("its header has an unknown type {} before byte {}", type, at_)};
    return kBytes[static_cast<std::size_t>(type)];
  }

  void dimensions() {
    const std::uint64_t n = list(kDimensions, 8);
    std::set<std::string> names;
    for (std::uint64_t i = 0; i < n; ++i) {
      only_once(names, name());
      const std::uint64_t length = count();
      if (version_ == 5 && length > std::uint64_t{1} << 62)
        throw Damage{fmt::format("its header has a dimension of {}", length)};
    }
    dimensions_ = n;
  }
  void attributes() {
    const std::uint64_t n = list(kAttributes, 12);
    std::set<std::string> names;
    for (std::uint64_t i = 0; i < n; ++i) {
      only_once(names, name());
      const std::uint64_t bytes = value_bytes();
      const std::uint64_t values = count();
      if (values > (size_ - at_) / bytes) throw Damage{fmt::format("its header ends at byte {}", size_)};
      skip(padded(values * bytes));
    }
  }
  void variables() {
    const std::uint64_t n = list(kVariables, 24);
    std::set<std::string> names;
    for (std::uint64_t i = 0; i < n; ++i) {
      only_once(names, name());
      const std::uint64_t rank = count();
      if (rank > (size_ - at_) / 4) throw Damage{fmt::format("its header ends at byte {}", size_)};
      for (std::uint64_t d = 0; d < rank; ++d) {
        if (count() >= dimensions_)
          throw Damage{fmt::format("its header has an unknown dimension before byte {}", at_)};
      }
      attributes();
      value_bytes();
      count();                        // bytes of the variable: the library computes them itself
      number(version_ == 1 ? 4 : 8);  // where it begins
    }
  }

  std::ifstream& in_;
  std::uint64_t size_;
  std::uint64_t at_ = 0;
  int version_ = 0;
  std::uint64_t dimensions_ = 0;
  std::size_t longest_name_ = 0;
};

}  // namespace

ClassicHeader look_at_header(const std::filesystem::path& path) {
  ClassicHeader out;
  std::ifstream in(path, std::ios::binary);
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (!in || error) return out;
  HeaderReader reader(in, size);
  try {
    out.classic = reader.start();
    if (out.classic) reader.all();
  } catch (const Damage& damage) {
    out.damage = damage.what;
  }
  out.longest_name = reader.longest_name();
  return out;
}

}  // namespace phreatic::data::io

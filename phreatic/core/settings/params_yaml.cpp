// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include "phreatic/core/settings/params.hpp"

namespace phreatic::core {
namespace {

// A text in YAML: plain where nothing can be misread, double-quoted otherwise.
std::string quoted(const std::string& text) {
  bool plain = !text.empty() && text != "null" && text != "true" && text != "false" && text != "~";
  for (const char ch : text) {
    const bool safe = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
                      ch == '_' || ch == '/' || ch == '.';
    plain = plain && (safe || ch == '-');
  }
  if (plain && ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z') || text[0] == '/'))
    return text;
  std::string out = "\"";
  for (const char ch : text) {
    if (ch == '"' || ch == '\\') out += '\\';
    if (ch == '\n') {
      out += "\\n";
    } else if (ch == '\t') {
      out += "\\t";
    } else if (static_cast<unsigned char>(ch) < 32 || ch == 127) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(ch)));
    } else {
      out += ch;
    }
  }
  return out + "\"";
}

std::string scalar(bool value) { return value ? "true" : "false"; }
std::string scalar(int value) { return fmt::format("{}", value); }
std::string scalar(std::uint64_t value) { return fmt::format("{}", value); }
std::string scalar(double value) { return fmt::format("{}", value); }
std::string scalar(const std::string& value) { return quoted(value); }
std::string scalar(const OptionalDate& value) { return value ? format_date(*value) : "null"; }
template <class T>
std::string scalar(const std::optional<T>& value) {
  return value ? scalar(*value) : "null";
}
template <class T>
std::string scalar(const std::vector<T>& values) {
  std::string out = "[";
  for (const T& value : values) out += (out.size() > 1 ? ", " : "") + scalar(value);
  return out + "]";
}

std::string scalar(const TextMap& map) {
  std::string out = "{";
  for (const auto& [name, texts] : map)
    out += (out.size() > 1 ? ", " : "") + quoted(name) + ": " + scalar(texts);
  return out + "}";
}

}  // namespace

std::string value_text(const ValueRef& ref) {
  return std::visit(
      [](const auto* value) {
        if constexpr (std::is_same_v<decltype(value), const OptionalDate*>) return scalar(*value);
        return scalar(*value);
      },
      ref);
}

void YamlWriter::line(const std::string& content) {
  std::string indent(static_cast<std::size_t>(2 * depth_), ' ');
  if (item_start_) {
    indent[indent.size() - 2] = '-';
    item_start_ = false;
  }
  text_ += indent + content + "\n";
}

void YamlWriter::value(const std::string& name, ValueRef ref, const Field& /*info*/) {
  line(name + ": " + value_text(ref));
}

bool YamlWriter::begin_section(const std::string& name, const std::string& /*help*/) {
  line(name + ":");
  ++depth_;
  return true;
}
void YamlWriter::end_section() {
  --depth_;
  if (item_start_) item_start_ = false;
}
std::size_t YamlWriter::begin_list(const std::string& name, std::size_t current,
                                   const std::string& /*help*/) {
  line(current == 0 ? name + ": []" : name + ":");
  ++depth_;
  return current;
}
bool YamlWriter::begin_item(std::size_t /*index*/) {
  ++depth_;
  item_start_ = true;
  return true;
}
void YamlWriter::end_list() { --depth_; }

}  // namespace phreatic::core

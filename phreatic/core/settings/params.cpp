// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/core/settings/params.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace phreatic::core {
namespace {

template <class... F>
struct Overload : F... {
  using F::operator()...;
};
template <class... F>
Overload(F...) -> Overload<F...>;

std::string range_text(const Field& info) {
  if (!info.choices.empty()) {
    std::string out;
    for (const std::string& choice : info.choices) out += (out.empty() ? "" : ", ") + choice;
    return out;
  }
  const bool low = std::isfinite(info.min);
  const bool high = std::isfinite(info.max);
  const std::string unit = info.unit == "-" ? "" : " " + info.unit;
  if (low && high) return fmt::format("{:g} to {:g}{}", info.min, info.max, unit);
  if (low) return fmt::format("at least {:g}{}", info.min, unit);
  if (high) return fmt::format("at most {:g}{}", info.max, unit);
  return "";
}

// Strict decimal numbers: no leading zeros such as 010, no hexadecimal, no inf or nan.
bool parse_number(const std::string& text, double& value) {
  if (text.empty()) return false;
  std::size_t digits = text[0] == '-' || text[0] == '+' ? 1 : 0;
  if (digits + 1 < text.size() && text[digits] == '0' && text[digits + 1] >= '0' && text[digits + 1] <= '9')
    return false;
  const char* first = text.data() + (text[0] == '+' ? 1 : 0);
  const auto [end, error] = std::from_chars(first, text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(value);
}

}  // namespace

struct TreeReader::Level {
  const Node* node = nullptr;  // nullptr: the block is absent, defaults stay
  std::string name;
  std::vector<std::string> known;  // names that describe() asked for
  std::vector<std::string> known_aliases;
  std::vector<const Node*> list_items;  // when this level is a list
  bool is_list = false;
};

TreeReader::TreeReader(const Tree& tree, Problems& problems) : tree_(tree), problems_(problems) {
  Level root;
  if (tree.root.kind == Node::Kind::map) {
    root.node = &tree.root;
  } else {
    problems_.add({.file = tree.file,
                   .line = tree.root.line,
                   .what = "the file holds no settings",
                   .allowed = "lines of the form 'key: value'",
                   .mend = "See 'phreatic init' for a file to start from"});
  }
  levels_.push_back(std::move(root));
}
namespace {

// What a place in the tree is told as: the file, or the option that gave it.
std::string source_of(const Tree& tree, std::size_t line) { return line == 0 ? "--set" : tree.file; }

}  // namespace

TreeReader::~TreeReader() = default;

TreeReader::Level& TreeReader::top() { return levels_.back(); }

void TreeReader::problem(const Node& node, const std::string& name, const std::string& what,
                         const std::string& allowed) {
  std::string path;
  for (const Level& level : levels_) {
    if (!level.name.empty()) path += level.name + ".";
  }
  problems_.add({.file = source_of(tree_, node.line),
                 .line = node.line,
                 .column = node.column,
                 .where = path + name,
                 .what = what,
                 .allowed = allowed});
}

const Node* TreeReader::take(const std::string& name, const Field& info) {
  Level& level = top();
  level.known.push_back(name);
  level.known_aliases.insert(level.known_aliases.end(), info.aliases.begin(), info.aliases.end());
  if (level.node == nullptr) return nullptr;
  const Node* found = level.node->find(name);
  for (const std::string& alias : info.aliases) {
    const Node* other = level.node->find(alias);
    if (other != nullptr && found != nullptr) {
      problem(*other, alias, fmt::format("'{}' and '{}' mean the same and both are given", alias, name),
              "one of the two");
    }
    if (found == nullptr) found = other;
  }
  if (found == nullptr && info.required) {
    problems_.add({.file = source_of(tree_, level.node->line),
                   .line = level.node->line,
                   .where = level.name,
                   .what = fmt::format("'{}' is missing: {}", name, info.help),
                   .allowed = range_text(info)});
  }
  return found;
}

namespace {

// Converts one scalar; returns "" or what is wrong.
struct ScalarReader {
  const Field& info;
  const Node& node;

  std::string number(double& out) const {
    double value = 0;
    if (node.kind != Node::Kind::scalar || node.quoted || !parse_number(node.scalar, value)) {
      return fmt::format("'{}' is not a number", node.scalar);
    }
    if (value < info.min || value > info.max) return fmt::format("{} is out of range", node.scalar);
    out = value;
    return "";
  }
  // `largest`: of the type, both ways.
  std::string integer(double& out, double largest = 2147483647.0) const {
    double value = 0;
    std::string wrong = number(value);
    if (!wrong.empty()) return wrong;
    if (value != std::floor(value)) return fmt::format("{} is not a whole number", node.scalar);
    if (std::abs(value) > largest) return fmt::format("{} is too large", node.scalar);
    out = value;
    return "";
  }
  std::string text(std::string& out) const {
    if (node.kind != Node::Kind::scalar) return "a single text is needed here";
    if (!info.choices.empty() &&
        std::find(info.choices.begin(), info.choices.end(), node.scalar) == info.choices.end()) {
      const std::string near = nearest(node.scalar, info.choices);
      return fmt::format("'{}' is not known{}", node.scalar,
                         near.empty() ? "" : "; did you mean '" + near + "'?");
    }
    out = node.scalar;
    return "";
  }
  std::string boolean(bool& out) const {
    if (node.kind != Node::Kind::scalar || (node.scalar != "true" && node.scalar != "false")) {
      return fmt::format("'{}' is neither true nor false", node.scalar);
    }
    out = node.scalar == "true";
    return "";
  }
  std::string date(OptionalDate& out) const {
    const std::optional<Seconds> time = parse_date(node.scalar, DateOrder::iso);
    if (node.kind != Node::Kind::scalar || !time)
      return fmt::format("'{}' is not a date of the form 2001-12-31", node.scalar);
    out = time;
    return "";
  }

  std::string into(bool& out) const { return boolean(out); }
  std::string into(double& out) const { return number(out); }
  std::string into(std::string& out) const { return text(out); }
  std::string into(int& out) const {
    double value = 0;
    std::string wrong = integer(value);
    if (wrong.empty()) out = static_cast<int>(value);
    return wrong;
  }
  std::string into(std::uint64_t& out) const {
    double value = 0;
    std::string wrong = integer(value, 9007199254740992.0);  // 2^53
    if (wrong.empty() && value < 0) return "must not be negative";
    if (wrong.empty()) out = static_cast<std::uint64_t>(value);
    return wrong;
  }
  std::string into(OptionalDate& out) const {
    if (node.kind != Node::Kind::null) return date(out);
    out.reset();
    return "";
  }
  template <class T>
  std::string into(std::optional<T>& out) const {
    if (node.kind == Node::Kind::null) {
      out.reset();
      return "";
    }
    T value{};
    std::string wrong = into(value);
    if (wrong.empty()) out = value;
    return wrong;
  }
};

// A single value stands for a list of one, null for an empty one.
std::vector<const Node*> items_of(const Node& node) {
  std::vector<const Node*> items;
  if (node.kind == Node::Kind::list) {
    for (const Node& item : node.items) items.push_back(&item);
  } else if (node.kind != Node::Kind::null) {
    items.push_back(&node);
  }
  return items;
}

}  // namespace

void TreeReader::value(const std::string& name, ValueRef ref, const Field& info) {
  const Node* node = take(name, info);
  if (node == nullptr) return;
  const auto read = [&](const Node& from, auto& out) {
    const std::string wrong = ScalarReader{info, from}.into(out);
    if (!wrong.empty()) problem(from, name, wrong, range_text(info));
    return wrong.empty();
  };
  const auto read_list = [&]<class T>(std::vector<T>& out) {
    out.clear();
    for (const Node* item : items_of(*node)) {
      T value{};
      if (read(*item, value)) out.push_back(std::move(value));
    }
  };
  const auto read_map = [&](TextMap& out) {
    out.clear();
    if (node->kind != Node::Kind::map && node->kind != Node::Kind::null)
      problem(*node, name, "names with texts are needed here", "{name: text, other: [text, text]}");
    for (const auto& [key, entry] : node->entries) {
      std::vector<std::string> texts;
      for (const Node* item : items_of(entry)) {
        std::string text;
        if (read(*item, text)) texts.push_back(std::move(text));
      }
      out.emplace_back(key, std::move(texts));
    }
  };
  std::visit(Overload{[&](auto* out) { read(*node, *out); }, [&](TextMap* out) { read_map(*out); },
                      [&](std::vector<int>* out) { read_list(*out); },
                      [&](std::vector<double>* out) { read_list(*out); },
                      [&](std::vector<std::string>* out) { read_list(*out); }},
             ref);
}

bool TreeReader::begin_section(const std::string& name, const std::string& /*help*/) {
  const Node* node = take(name, Field{});
  Level level;
  level.name = name;
  if (node != nullptr && node->kind == Node::Kind::map) level.node = node;
  if (node != nullptr && node->kind != Node::Kind::map && node->kind != Node::Kind::null) {
    problem(*node, name, "a block of settings is needed here", "lines of the form 'key: value', indented");
  }
  levels_.push_back(std::move(level));
  return true;
}

void TreeReader::end_section() { pop_and_check(); }

void TreeReader::pop_and_check() {
  const Level level = std::move(levels_.back());
  levels_.pop_back();
  if (level.node == nullptr || level.is_list) return;
  for (const auto& [key, node] : level.node->entries) {
    const auto has = [&key = key](const std::vector<std::string>& names) {
      return std::find(names.begin(), names.end(), key) != names.end();
    };
    if (has(level.known) || has(level.known_aliases)) continue;
    const std::string near = nearest(key, level.known);
    std::string allowed;
    for (const std::string& known : level.known) allowed += (allowed.empty() ? "" : ", ") + known;
    problems_.add(
        {.file = source_of(tree_, node.key_line),
         .line = node.key_line,
         .column = node.key_column,
         .where = level.name,
         .what = fmt::format("unknown key '{}'{}", key, near.empty() ? "" : "; did you mean '" + near + "'?"),
         .allowed = allowed});
  }
}

std::size_t TreeReader::begin_list(const std::string& name, std::size_t current,
                                   const std::string& /*help*/) {
  const Node* node = take(name, Field{});
  Level level;
  level.name = name;
  level.is_list = true;
  if (node != nullptr && node->kind == Node::Kind::list) {
    for (const Node& item : node->items) level.list_items.push_back(&item);
  } else if (node != nullptr && node->kind == Node::Kind::map) {
    level.list_items.push_back(node);
  } else if (node != nullptr && node->kind == Node::Kind::scalar) {
    problem(*node, name, "a list of blocks is needed here", "");
  }
  const std::size_t n = node == nullptr ? current : level.list_items.size();
  levels_.push_back(std::move(level));
  return n;
}

bool TreeReader::begin_item(std::size_t index) {
  Level item;
  item.name = fmt::format("{}", index + 1);
  const Level& list = top();
  if (index < list.list_items.size()) {
    const Node* node = list.list_items[index];
    if (node->kind == Node::Kind::map) {
      item.node = node;
    } else {
      problem(*node, item.name, "a block of settings is needed here", "lines of the form 'key: value'");
    }
  }
  levels_.push_back(std::move(item));
  return true;
}

void TreeReader::end_list() { levels_.pop_back(); }

void TreeReader::finish() {
  PHREATIC_ASSERT(levels_.size() == 1);
  pop_and_check();
}

// ---- table of fields
// ------------------------------------------------------------------------------------------------

namespace {

std::string type_name(const ValueRef& ref) {
  return std::visit(
      Overload{[](bool*) { return "true/false"; }, [](int*) { return "integer"; },
               [](std::uint64_t*) { return "integer"; }, [](double*) { return "number"; },
               [](std::string*) { return "text"; }, [](std::optional<int>*) { return "integer"; },
               [](std::optional<double>*) { return "number"; },
               [](std::optional<std::string>*) { return "text"; },
               [](std::vector<int>*) { return "list of integers"; },
               [](std::vector<double>*) { return "list of numbers"; },
               [](std::vector<std::string>*) { return "list of texts"; },
               [](OptionalDate*) { return "date"; }, [](TextMap*) { return "names with texts"; }},
      ref);
}

}  // namespace

void TableWriter::value(const std::string& name, ValueRef ref, const Field& info) {
  FieldRow row;
  for (const std::string& part : path_) row.path += part + ".";
  row.path += name;
  row.type = type_name(ref);
  row.unit = info.unit;
  row.default_value = info.required ? "(required)" : value_text(ref);
  row.allowed = range_text(info);
  row.help = info.help;
  if (!info.aliases.empty()) {
    row.help += " (also:";
    for (const std::string& alias : info.aliases) row.help += " " + alias;
    row.help += ")";
  }
  rows_.push_back(std::move(row));
}

bool TableWriter::begin_section(const std::string& name, const std::string& help) {
  path_.push_back(name);
  FieldRow row;
  for (const std::string& part : path_) row.path += (row.path.empty() ? "" : ".") + part;
  row.type = "block";
  row.help = help;
  rows_.push_back(std::move(row));
  return true;
}
void TableWriter::end_section() { path_.pop_back(); }
std::size_t TableWriter::begin_list(const std::string& name, std::size_t /*current*/,
                                    const std::string& help) {
  begin_section(name + "[]", help);
  rows_.back().type = "list of blocks";
  path_.pop_back();
  lists_.push_back(name + "[]");
  return 0;
}
bool TableWriter::begin_item(std::size_t /*index*/) {
  path_.push_back(lists_.back());
  return true;
}
void TableWriter::end_list() { lists_.pop_back(); }

}  // namespace phreatic::core

// SPDX-License-Identifier: BSD-3-Clause
// Described parameters: each method's Params struct lists its fields once, in a free function
//     void describe(core::Describer& d, TrainingParams& p) {
//       d.field("epochs", p.epochs, {.help = "Passes over the training data", .min = 1});
//       d.section("optimizer", p.optimizer, "How weights are changed");
//     }
// and from that one list come the study-file reader, its error messages, `phreatic help`, the resolved study
// file and the tables in the docs.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "phreatic/core/calendar.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/settings/tree.hpp"

namespace phreatic::core {

struct Field {
  std::string help;  // one sentence, no full stop
  std::string unit = "-";
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  std::vector<std::string> choices;  // allowed texts; empty = any
  std::vector<std::string> aliases;  // other accepted names (NeuralHydrology's, where they mean the same)
  bool required = false;
};

using OptionalDate = std::optional<Seconds>;
// Names of the user's own (columns of a file) with one or several texts each, in the order of the
// file: `rows: {quality: [good, fair], kind: final}`.
using TextMap = std::vector<std::pair<std::string, std::vector<std::string>>>;
// What a field may be. Numbers in lists obey the field's range, texts its choices.
using ValueRef = std::variant<bool*, int*, std::uint64_t*, double*, std::string*, std::optional<int>*,
                              std::optional<double>*, std::optional<std::string>*, std::vector<int>*,
                              std::vector<double>*, std::vector<std::string>*, OptionalDate*, TextMap*>;

class Describer {
 public:
  virtual ~Describer() = default;

  template <class T>
  void field(const std::string& name, T& value, const Field& info) {
    this->value(name, ValueRef(&value), info);
  }
  // An enum by the texts of its values.
  template <class E>
  void choice(const std::string& name, E& value, const std::vector<std::pair<std::string, E>>& texts,
              Field info) {
    std::string text;
    for (const auto& [t, e] : texts) {
      info.choices.push_back(t);
      if (e == value) text = t;
    }
    this->value(name, ValueRef(&text), info);
    for (const auto& [t, e] : texts) {
      if (t == text) value = e;
    }
  }
  // A nested block.
  template <class P>
  void section(const std::string& name, P& params, const std::string& help) {
    if (begin_section(name, help)) describe(*this, params);
    end_section();
  }
  // A list of blocks; a single block is taken as a list of one.
  template <class P>
  void list(const std::string& name, std::vector<P>& items, const std::string& help) {
    const std::size_t n = begin_list(name, items.size(), help);
    if (n != items.size()) items.assign(n, P{});
    for (std::size_t i = 0; i < n; ++i) {
      if (begin_item(i)) describe(*this, items[i]);
      end_section();
    }
    if (n == 0 && wants_examples()) {
      P example{};
      if (begin_item(0)) describe(*this, example);
      end_section();
    }
    end_list();
  }

 protected:
  virtual void value(const std::string& name, ValueRef ref, const Field& info) = 0;
  virtual bool begin_section(const std::string& name, const std::string& help) = 0;
  virtual void end_section() = 0;
  virtual std::size_t begin_list(const std::string& name, std::size_t current, const std::string& help) = 0;
  virtual bool begin_item(std::size_t index) = 0;
  virtual void end_list() = 0;
  virtual bool wants_examples() const { return false; }
};

// Reads Params from a parsed file. Every problem (unknown key with the nearest name, wrong type, out of
// range, missing required field) goes into `problems` with file, line and column; fields with problems keep
// their defaults.
class TreeReader : public Describer {
 public:
  TreeReader(const Tree& tree, Problems& problems);
  ~TreeReader() override;
  TreeReader(const TreeReader&) = delete;
  TreeReader& operator=(const TreeReader&) = delete;
  // Reports keys that nothing asked for. Call once, after describe().
  void finish();

 protected:
  void value(const std::string& name, ValueRef ref, const Field& info) override;
  bool begin_section(const std::string& name, const std::string& help) override;
  void end_section() override;
  std::size_t begin_list(const std::string& name, std::size_t current, const std::string& help) override;
  bool begin_item(std::size_t index) override;
  void end_list() override;

 private:
  struct Level;
  Level& top();
  void pop_and_check();
  const Node* take(const std::string& name, const Field& info);
  void problem(const Node& node, const std::string& name, const std::string& what,
               const std::string& allowed);
  const Tree& tree_;
  Problems& problems_;
  std::vector<Level> levels_;
};

// Reads the whole file into params; throws InputError with all problems.
template <class P>
void read_params(const Tree& tree, P& params, Problems& problems) {
  TreeReader reader(tree, problems);
  describe(reader, params);
  reader.finish();
}

// The resolved study file: every field with its value, as YAML that read_params reads back to the same
// values.
class YamlWriter : public Describer {
 public:
  std::string text() const { return text_; }

 protected:
  void value(const std::string& name, ValueRef ref, const Field& info) override;
  bool begin_section(const std::string& name, const std::string& help) override;
  void end_section() override;
  std::size_t begin_list(const std::string& name, std::size_t current, const std::string& help) override;
  bool begin_item(std::size_t index) override;
  void end_list() override;

 private:
  void line(const std::string& content);
  std::string text_;
  int depth_ = 0;
  bool item_start_ = false;
};

template <class P>
std::string to_yaml(P params) {
  YamlWriter writer;
  describe(writer, params);
  return writer.text();
}

// One row per field, for `phreatic help` and the docs.
struct FieldRow {
  std::string path;  // "training.epochs"
  std::string type;
  std::string unit;
  std::string default_value;
  std::string allowed;
  std::string help;
};

class TableWriter : public Describer {
 public:
  const std::vector<FieldRow>& rows() const { return rows_; }

 protected:
  void value(const std::string& name, ValueRef ref, const Field& info) override;
  bool begin_section(const std::string& name, const std::string& help) override;
  void end_section() override;
  std::size_t begin_list(const std::string& name, std::size_t current, const std::string& help) override;
  bool begin_item(std::size_t index) override;
  void end_list() override;
  bool wants_examples() const override { return true; }

 private:
  std::vector<FieldRow> rows_;
  std::vector<std::string> path_;
  std::vector<std::string> lists_;
};

template <class P>
std::vector<FieldRow> field_table(P params) {
  TableWriter writer;
  describe(writer, params);
  return writer.rows();
}

// A field's value as YAML text (flow style).
std::string value_text(const ValueRef& ref);

}  // namespace phreatic::core

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/core/settings/tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/yaml.h>

#include <sstream>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/core/unicode.hpp"

namespace phreatic::core {
namespace {

constexpr std::size_t kMaxDepth = 64;

// Builds the tree from yaml-cpp's events, which still know positions, duplicates and aliases.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(std::string file) : file_(std::move(file)) {}

  Node take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { add(at(mark), mark); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    refuse(mark, "an alias (*name)", "write the block out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    Node node = at(mark);
    node.quoted = tag == "!";
    node.scalar = value;
    const bool is_null = !node.quoted && (value.empty() || value == "~" || value == "null");
    node.kind = is_null ? Node::Kind::null : Node::Kind::scalar;
    add(std::move(node), mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, anchor, Node::Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, anchor, Node::Kind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Node node;
    bool has_key = false;
    std::string key;
    std::size_t key_line = 0;
    std::size_t key_column = 0;
  };

  static std::size_t position(int zero_based) {
    return zero_based < 0 ? 0 : static_cast<std::size_t>(zero_based) + 1;
  }
  static Node at(const YAML::Mark& mark) {
    Node node;
    node.line = position(mark.line);
    node.column = position(mark.column);
    return node;
  }
  [[noreturn]] void refuse(const YAML::Mark& mark, const std::string& what, const std::string& mend) const {
    throw InputError(Problem{.file = file_,
                             .line = position(mark.line),
                             .column = position(mark.column),
                             .what = what + " is not supported in study files",
                             .mend = mend});
  }
  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) const {
    if (anchor != 0) refuse(mark, "an anchor (&name)", "write the block out");
  }
  void open(const YAML::Mark& mark, YAML::anchor_t anchor, Node::Kind kind) {
    refuse_anchor(mark, anchor);
    if (stack_.size() >= kMaxDepth) refuse(mark, "nesting deeper than 64", "flatten the file");
    if (!stack_.empty() && stack_.back().node.kind == Node::Kind::map && !stack_.back().has_key) {
      refuse(mark, "a list or block as a key", "use a plain word as the key");
    }
    Open item;
    item.node = at(mark);
    item.node.kind = kind;
    stack_.push_back(std::move(item));
  }
  void close() {
    Node node = std::move(stack_.back().node);
    stack_.pop_back();
    attach(std::move(node));
  }
  void add(Node node, const YAML::Mark& mark) {
    if (!stack_.empty() && stack_.back().node.kind == Node::Kind::map && !stack_.back().has_key) {
      take_key(node, mark);
      return;
    }
    attach(std::move(node));
  }
  void take_key(const Node& node, const YAML::Mark& mark) {
    Open& map = stack_.back();
    if (node.kind != Node::Kind::scalar) refuse(mark, "an empty key", "give the key a name");
    if (node.scalar == "<<" && !node.quoted) refuse(mark, "a merge key (<<)", "write the block out");
    if (const Node* first = map.node.find(node.scalar)) {
      throw InputError(Problem{.file = file_,
                               .line = node.line,
                               .column = node.column,
                               .what = "key '" + node.scalar + "' stands twice; the first is on line " +
                                       std::to_string(first->key_line),
                               .mend = "Remove one of the two"});
    }
    map.has_key = true;
    map.key = node.scalar;
    map.key_line = node.line;
    map.key_column = node.column;
  }
  void attach(Node node) {
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = stack_.back();
    if (parent.node.kind == Node::Kind::list) {
      parent.node.items.push_back(std::move(node));
      return;
    }
    node.key_line = parent.key_line;
    node.key_column = parent.key_column;
    parent.node.entries.emplace_back(std::move(parent.key), std::move(node));
    parent.has_key = false;
  }

  std::string file_;
  Node root_;
  std::vector<Open> stack_;
};

}  // namespace

Node::Node() = default;
Node::Node(const Node& other) = default;
Node::Node(Node&& other) noexcept = default;
Node& Node::operator=(const Node& other) = default;
Node& Node::operator=(Node&& other) noexcept = default;
Node::~Node() = default;

const Node* Node::find(std::string_view key) const {
  for (const auto& [name, node] : entries) {
    if (name == key) return &node;
  }
  return nullptr;
}

Tree parse_yaml(std::string_view text, const std::string& file) {
  if (text.find('\0') != std::string_view::npos) {
    throw InputError(Problem{.file = file, .what = "this is not a text file (it contains a zero byte)"});
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder builder(file);
    parser.HandleNextDocument(builder);
    Tree tree{file, builder.take_root()};
    TreeBuilder second(file);
    if (parser.HandleNextDocument(second)) {
      const Node more = second.take_root();
      if (more.kind != Node::Kind::null)
        throw InputError(
            Problem{.file = file,
                    .line = more.line,
                    .column = more.column,
                    .what = "a second document begins (after '---'), which nothing reads",
                    .mend = "Keep one document in a study file: join the two, or delete the second"});
    }
    return tree;
  } catch (const YAML::Exception& error) {
    const auto position = [](int p) { return p < 0 ? std::size_t{0} : static_cast<std::size_t>(p) + 1; };
    throw InputError(
        Problem{.file = file,
                .line = position(error.mark.line),
                .column = position(error.mark.column),
                .what = "not valid YAML: " + error.msg,
                .mend = "Check indentation (spaces, no tabs), colons and quotes near that line"});
  }
}

Tree read_yaml(const std::string& file) { return parse_yaml(composed(read_file(file)), file); }

}  // namespace phreatic::core

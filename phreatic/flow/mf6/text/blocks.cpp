// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/text/blocks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "phreatic/core/files/files.hpp"

namespace phreatic::flow::mf6 {

std::filesystem::path Context::path_of(std::string_view name) const {
  std::string clean(name);
  std::replace(clean.begin(), clean.end(), '\\', '/');
  return (folder_ / clean).lexically_normal();
}

TextFilePtr Context::open(std::string_view name, const Place& named_at) {
  const std::filesystem::path path = path_of(name);
  if (name.empty()) {
    problem(named_at, "", "a file name is missing");
    return nullptr;
  }
  auto file = std::make_shared<TextFile>();
  file->path = path.string();
  if (in_memory_ != nullptr) {
    if (const auto found = in_memory_->find(std::string(name)); found != in_memory_->end()) {
      file->bytes = found->second;
      return file;
    }
  }
  try {
    file->bytes = core::read_file(path);
    if (file->bytes.compare(0, 3, "\xEF\xBB\xBF") == 0) file->bytes.erase(0, 3);  // a mark of UTF-8
    files_.push_back(file->path);
    return file;
  } catch (const core::InputError& error) {
    problem(named_at, fmt::format("'{}'", name),
            fmt::format("{}: {}", path.string(), error.problems()[0].what), "",
            "Paths are relative to the folder of the simulation name file");
    return nullptr;
  }
}

void Context::problem(const Place& place, std::string where, std::string what, std::string allowed,
                      std::string mend) {
  std::size_t& count = counts_[place.file];
  if (++count > kProblemsPerFile) {
    if (count == kProblemsPerFile + 1)
      problems_->add({.file = place.file, .what = "further problems of this file are left out"});
    ++left_out_;
    return;
  }
  problems_->add({.file = place.file,
                  .line = place.line,
                  .where = std::move(where),
                  .what = std::move(what),
                  .allowed = std::move(allowed),
                  .mend = std::move(mend)});
}

void Context::note(const Place& place, const std::string& what) {
  std::string text = place.line > 0 ? fmt::format("{}:{}: {}", place.file, place.line, what)
                                    : fmt::format("{}: {}", place.file, what);
  if (std::find(notes_.begin(), notes_.end(), text) == notes_.end()) notes_.push_back(std::move(text));
}

namespace {

std::string quoted_names(const std::vector<BlockRule>& rules) {
  std::string out;
  for (const BlockRule& rule : rules) out += (out.empty() ? "" : ", ") + rule.name;
  return out;
}

// The work of read_blocks on one file.
class Cutter {
 public:
  Cutter(Context& context, const TextFilePtr& file, const std::vector<BlockRule>& rules,
         const std::vector<std::string>& ignored)
      : context_(context), file_(file), rules_(rules), ignored_(ignored), lines_({file, file->bytes, 1}) {}

  std::vector<Block> run() {
    if (!is_text(*file_)) return {};
    while (at_begin_ || lines_.next()) {
      at_begin_ = false;
      if (context_.last_period() > 0 && last_period_ >= context_.last_period()) {
        context_.note({file_->path, lines_.number()},
                      fmt::format("what follows the block of period {} is not read: the run has {} periods",
                                  last_period_, context_.last_period()));
        break;
      }
      if (!rules_.back().repeats && find_block(blocks_, rules_.back().name) != nullptr) {
        context_.note({file_->path, lines_.number()},
                      fmt::format("what follows the block {} is not read", rules_.back().name));
        break;
      }
      const Place place{file_->path, lines_.number()};
      if (first_word_is(lines_.line(), "BEGIN")) {
        begin(place);
      } else {
        outside(place);
      }
    }
    for (const BlockRule& rule : rules_) {
      if (rule.required && find_block(blocks_, rule.name) == nullptr && !seen_wrong_)
        context_.problem({file_->path, 0}, "", fmt::format("the block {} is missing", rule.name));
    }
    return std::move(blocks_);
  }

 private:
  // Text of two bytes a character has NUL bytes; read as it is, every block of it would be missing.
  bool is_text(const TextFile& file) {
    if (std::string_view(file.bytes).substr(0, 4096).find('\0') == std::string_view::npos) return true;
    context_.problem({file.path, 1}, "", "is no plain text: it holds NUL bytes, as files in UTF-16 do",
                     "ASCII or UTF-8", "Save it anew as UTF-8");
    return false;
  }

  void outside(const Place& place) {
    Words words(lines_.line());
    const std::string word = words.upper();
    if (word == "END") {
      context_.problem(place, "", "END without a BEGIN");
    } else if (core::nearest(word, {"BEGIN"}) == "BEGIN" && !Words(words.rest()).next().empty()) {
      seen_wrong_ = true;
      context_.problem(place, "", fmt::format("'{}' starts no block", word), "BEGIN");
    } else {
      if (!outside_) context_.note(place, "text outside of the blocks is ignored");
      outside_ = true;
    }
  }

  void begin(const Place& place) {
    Words words(lines_.line());
    words.next();
    Block block;
    block.name = words.upper();
    block.place = place;
    for (std::string_view word = words.next(); !word.empty(); word = words.next())
      block.words.emplace_back(word);
    const std::string_view start = lines_.rest();
    const std::size_t first_line = lines_.rest_number();
    std::size_t length = start.size();
    bool ended = false;
    while (lines_.next()) {
      if (first_word_is(lines_.line(), "END")) {
        length = static_cast<std::size_t>(lines_.line().data() - start.data());
        check_end(block);
        ended = true;
        break;
      }
      if (first_word_is(lines_.line(), "BEGIN")) {
        length = static_cast<std::size_t>(lines_.line().data() - start.data());
        context_.problem(place, "block " + block.name,
                         fmt::format("has no END before the BEGIN in line {}", lines_.number()));
        ended = at_begin_ = true;
        break;
      }
    }
    if (!ended) context_.problem(place, "block " + block.name, "has no END");
    block.body = {file_, start.substr(0, length), first_line};
    keep(std::move(block));
  }

  void check_end(const Block& block) {
    Words words(lines_.line());
    words.next();
    const std::string name = words.upper();
    if (!name.empty() && name != block.name) {
      context_.problem({file_->path, lines_.number()}, "block " + block.name,
                       fmt::format("ends with END {}", name), "END " + block.name);
    }
  }

  void keep(Block block) {
    if (std::find(ignored_.begin(), ignored_.end(), block.name) != ignored_.end()) return;
    const auto rule =
        std::find_if(rules_.begin(), rules_.end(), [&](const BlockRule& r) { return r.name == block.name; });
    if (rule == rules_.end()) {
      std::vector<std::string> names;
      for (const BlockRule& r : rules_) names.push_back(r.name);
      const std::string near = core::nearest(block.name, names);
      seen_wrong_ = true;
      context_.problem(block.place, "",
                       fmt::format("'{}' is no block of this file{}", block.name,
                                   near.empty() ? "" : fmt::format("; did you mean {}?", near)),
                       quoted_names(rules_));
      return;
    }
    if (!rule->repeats && find_block(blocks_, block.name) != nullptr) {
      context_.problem(block.place, "block " + block.name, "stands twice in this file");
      return;
    }
    if (block.name == "PERIOD" && !check_period(block)) return;
    if (rule->open_close) follow(block);
    blocks_.push_back(std::move(block));
  }

  bool check_period(Block& block) {
    const std::string word = block.words.empty() ? "" : block.words[0];
    if (parse_int(word, block.period) != NumberStatus::ok || block.period < 1) {
      context_.problem(block.place, "block PERIOD", fmt::format("'{}' is no period number", word),
                       "a whole number from 1");
      return false;
    }
    if (block.period <= last_period_) {
      context_.problem(block.place, "block PERIOD",
                       fmt::format("period {} comes after period {}", block.period, last_period_),
                       "increasing numbers");
      return false;
    }
    last_period_ = block.period;
    return true;
  }

  // OPEN/CLOSE file as the sole content of a block.
  void follow(Block& block) {
    LineReader reader(block.body);
    if (!reader.next() || !first_word_is(reader.line(), "OPEN/CLOSE")) return;
    Words words(reader.line());
    words.next();
    const std::string name(words.next());
    const Place place{block.body.file->path, reader.number()};
    while (true) {
      const std::string word = words.upper();
      if (word.empty()) break;
      if (word == "(BINARY)") block.binary_file = name;
    }
    if (reader.next())
      context_.problem({place.file, reader.number()}, "block " + block.name,
                       "more lines follow OPEN/CLOSE, which must stand alone");
    if (!block.binary_file.empty()) return;
    const TextFilePtr file = context_.open(name, place);
    const bool good = file && is_text(*file);
    block.body = good ? Lines{file, file->bytes, 1} : Lines{block.body.file, {}, 1};
  }

  Context& context_;
  TextFilePtr file_;
  const std::vector<BlockRule>& rules_;
  const std::vector<std::string>& ignored_;
  LineReader lines_;
  std::vector<Block> blocks_;
  int last_period_ = 0;
  bool seen_wrong_ = false;
  bool outside_ = false;   // text outside of the blocks was seen
  bool at_begin_ = false;  // the current line is a BEGIN that run() has not seen
};

}  // namespace

std::vector<Block> read_blocks(Context& context, const TextFilePtr& file, const std::vector<BlockRule>& rules,
                               const std::vector<std::string>& ignored) {
  return Cutter(context, file, rules, ignored).run();
}

const Block* find_block(const std::vector<Block>& blocks, std::string_view name) {
  for (const Block& block : blocks) {
    if (block.name == name) return &block;
  }
  return nullptr;
}

Keywords& Keywords::on(const std::string& name, Handler handler) {
  handlers_[name] = std::move(handler);
  return *this;
}

Keywords& Keywords::flag(const std::string& name, bool& target) {
  return on(name, [&target](Words&, const Place&) { target = true; });
}

Keywords& Keywords::number(const std::string& name, double& target, double low, double high,
                           const std::string& allowed) {
  return on(name, [this, name, &target, low, high, allowed](Words& words, const Place& place) {
    read_number(*context_, words, place, where_ + " " + name, low, high, allowed, target);
  });
}

Keywords& Keywords::whole(const std::string& name, int& target, int low, int high) {
  return on(name, [this, name, &target, low, high](Words& words, const Place& place) {
    read_whole(*context_, words, place, where_ + " " + name, low, high, target);
  });
}

Keywords& Keywords::ignore(std::initializer_list<const char*> names) {
  for (const char* name : names) handlers_[name] = [](Words&, const Place&) {};
  return *this;
}

Keywords& Keywords::refuse(const std::string& name, const std::string& why) {
  return on(name, [this, name, why](Words&, const Place& place) {
    context_->problem(place, where_ + " " + name, "is not supported" + (why.empty() ? "" : ": " + why));
  });
}

void Keywords::read(const Block& block) {
  LineReader reader(block.body);
  while (reader.next()) {
    Words words(reader.line());
    const std::string name = words.upper();
    const Place place{block.body.file->path, reader.number()};
    const auto found = handlers_.find(name);
    if (found != handlers_.end()) {
      found->second(words, place);
      continue;
    }
    std::vector<std::string> names;
    std::string allowed;
    for (const auto& [known, handler] : handlers_) {
      names.push_back(known);
      allowed += (allowed.empty() ? "" : ", ") + known;
    }
    const std::string near = core::nearest(name, names);
    context_->problem(place, where_ + " block " + block.name,
                      fmt::format("'{}' is no keyword here{}", name,
                                  near.empty() ? "" : fmt::format("; did you mean {}?", near)),
                      allowed);
  }
}

void Keywords::read(const std::vector<Block>& blocks, std::string_view name) {
  for (const Block& block : blocks) {
    if (block.name == name) read(block);
  }
}

bool read_number(Context& context, Words& words, const Place& place, const std::string& where, double low,
                 double high, const std::string& allowed, double& value) {
  const std::string_view word = words.next();
  double read = 0;
  const NumberStatus status = parse_double(word, read);
  if (status == NumberStatus::ok && read >= low && read <= high) {
    value = read;
    return true;
  }
  context.problem(place, where,
                  word.empty() ? "a number is missing"
                               : fmt::format("'{}' {}", word,
                                             status == NumberStatus::not_a_number ? "is not a number"
                                                                                  : "is out of range"),
                  allowed);
  return false;
}

bool read_whole(Context& context, Words& words, const Place& place, const std::string& where, int low,
                int high, int& value) {
  const std::string_view word = words.next();
  std::int32_t read = 0;
  const NumberStatus status = parse_int(word, read);
  if (status == NumberStatus::ok && read >= low && read <= high) {
    value = read;
    return true;
  }
  const std::string allowed = high == std::numeric_limits<int>::max()
                                  ? fmt::format("a whole number from {}", low)
                                  : fmt::format("a whole number from {} to {}", low, high);
  context.problem(place, where,
                  word.empty() ? "a number is missing"
                               : fmt::format("'{}' {}", word,
                                             status == NumberStatus::not_a_number ? "is not a whole number"
                                                                                  : "is out of range"),
                  allowed);
  return false;
}

std::string read_file_name(Context& context, Words& words, const Place& place, const std::string& where,
                           std::string_view keyword) {
  const std::string word = words.upper();
  std::string name(words.next());
  if (word != keyword || name.empty()) {
    context.problem(place, where,
                    fmt::format("'{}' stands where {} and a file name are needed", word, keyword));
    return "";
  }
  return name;
}

}  // namespace phreatic::flow::mf6

// SPDX-License-Identifier: BSD-3-Clause
// A CSV file as blocks of whole lines in UTF-8. For the sources of the CSV reader.
#pragma once

#define XXH_INLINE_ALL

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <memory>

#include "phreatic/core/context.hpp"
#include "phreatic/core/files/file_recorder.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/core/unicode.hpp"
#include "phreatic/data/io/csv/csv_internal.hpp"
#include "phreatic/data/io/encoding.hpp"

namespace phreatic::data::io::csv {

inline constexpr std::size_t kBlockBytes = std::size_t{4} << 20;
inline constexpr std::size_t kWholeFileBytes = std::size_t{16} << 20;  // smaller files are read at once

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// Hands out a file in blocks that end at line ends, and hashes it on the way.
class BlockSource {
 public:
  BlockSource(const std::filesystem::path& path, std::uint64_t size)
      : path_(path.string()), whole_(size <= kWholeFileBytes) {
    XXH3_128bits_reset(&state_);
    if (whole_) {
      rest_ = core::read_file(path);
      XXH3_128bits_update(&state_, rest_.data(), rest_.size());
      bytes_ = rest_.size();
    } else {
      core::note_read(path);
      file_.reset(std::fopen(path_.c_str(), "rb"));
      if (!file_) core::read_file(path);  // throws with the reason
      std::array<char, 400> start{};
      const std::size_t n = std::fread(start.data(), 1, start.size(), file_.get());
      std::rewind(file_.get());
      const Encoding encoding = detect_encoding({start.data(), n});
      in_pairs_ = encoding == Encoding::utf16_little || encoding == Encoding::utf16_big;
    }
  }

  BlockSource(std::string text, std::string name)
      : path_(std::move(name)), whole_(true), rest_(std::move(text)) {
    XXH3_128bits_reset(&state_);
    XXH3_128bits_update(&state_, rest_.data(), rest_.size());
    bytes_ = rest_.size();
  }

  // An empty text at the end. Every block ends with '\n'.
  std::string next() {
    std::string block = std::move(rest_);
    rest_.clear();
    while (!whole_ && file_) {
      const std::size_t have = block.size();
      block.resize(have + kBlockBytes);
      const std::size_t got = std::fread(block.data() + have, 1, kBlockBytes, file_.get());
      XXH3_128bits_update(&state_, block.data() + have, got);
      bytes_ += got;
      block.resize(have + got);
      if (got < kBlockBytes) {
        if (std::ferror(file_.get()) != 0)
          throw core::InputError(core::Problem{.file = path_, .what = "cannot be read to its end"});
        file_.reset();
        break;
      }
      const std::size_t eol = block.rfind('\n');
      if (eol == std::string::npos || in_pairs_) continue;  // a line longer than a block; or not cut
      rest_.assign(block, eol + 1, std::string::npos);
      block.resize(eol + 1);
      break;
    }
    if (!block.empty() && block.back() != '\n') block += '\n';
    return block;
  }
  bool ended() const { return rest_.empty() && !file_; }
  std::uint64_t bytes() const { return bytes_; }
  std::string hash() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(&state_);
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
  }

 private:
  std::string path_;
  bool whole_;
  bool in_pairs_ = false;  // UTF-16: read whole
  std::unique_ptr<std::FILE, CloseFile> file_;
  std::string rest_;
  std::uint64_t bytes_ = 0;
  XXH3_state_t state_{};
};

// Blocks of a file as UTF-8 with lines that end with '\n'.
class Decoder {
 public:
  // The first block tells how the file is written. False with a problem.
  bool first(std::string& block, bool whole, const std::string& file, const CsvRequest& request,
             core::Problems& problems) {
    const auto declared = parse_encoding(request.dialect.encoding);
    if (refuse_foreign(block, file, request.where, problems)) return false;
    encoding_ = declared ? *declared : detect_encoding(block);
    declared_ = declared.has_value();
    const std::size_t bad = encoding_ == Encoding::utf8 ? first_not_utf8(block) : std::string::npos;
    if (encoding_ == Encoding::utf16_little || encoding_ == Encoding::utf16_big) {
      if (block.size() % 2 == 1 && block.back() == '\n') block.pop_back();  // the reader's own
    }
    if (!make_utf8(block, encoding_)) {
      problems.add(
          {.file = file,
           .line = bad == std::string::npos
                       ? 0
                       : 1 + static_cast<std::size_t>(std::count(
                                 block.begin(), block.begin() + static_cast<std::ptrdiff_t>(bad), '\n')),
           .where = request.where,
           .what = fmt::format("the text is not {}", to_text(encoding_)),
           .allowed = "encoding: utf-8, latin-1, windows-1252, mac-roman, cp850 or utf-16",
           .mend = "Declare the encoding of this source, or save the file as UTF-8"});
      return false;
    }
    converted_ = encoding_ != Encoding::utf8;
    if (converted_) example_ = example_word(block);
    compose(block);
    if (!block.empty() && block.back() != '\n') block += '\n';
    const std::size_t eol = block.find('\n');
    cr_only_ = whole && eol + 1 == block.size() && block.find('\r') + 1 < eol;
    if (cr_only_) std::replace(block.begin(), block.end(), '\r', '\n');
    if (!cr_only_) mend_line_ends(block);
    return true;
  }

  // A later block; several at once.
  void next(std::string& block) {
    const bool plain =
        encoding_ == Encoding::utf8 && (declared_ || first_not_utf8(block) == std::string::npos);
    if (!plain && make_utf8(block, encoding_ == Encoding::utf8 ? detect_encoding(block) : encoding_))
      converted_ = true;
    compose(block);
    mend_line_ends(block);
  }

  std::string said() const {
    std::string out =
        converted_ ? fmt::format("written in {}, converted to UTF-8{}",
                                 to_text(encoding_ == Encoding::utf8 ? Encoding::windows_1252 : encoding_),
                                 example_.empty() ? "" : " ('" + example_ + "')")
                   : "";
    const auto add = [&](const char* text) { out += std::string(out.empty() ? "" : ", ") + text; };
    if (composed_) add("letters and their marks are joined (Unicode NFC)");
    if (cr_only_) add("lines end with CR only");
    if (mixed_) add("some lines end with CR alone");
    return out;
  }

 private:
  // Letter and mark as one character: names that look the same are the same.
  void compose(std::string& block) {
    std::string one = core::composed(block);
    if (one == block) return;
    block = std::move(one);
    composed_ = true;
  }

  // A file put together from others: CR alone ends a line too. CR before LF stays, and so does what is quoted.
  void mend_line_ends(std::string& block) {
    bool quoted = false;
    for (std::size_t i = 0; i + 1 < block.size(); ++i) {
      if (block[i] == '"') quoted = !quoted;
      if (block[i] != '\r' || quoted || block[i + 1] == '\n' || block[i + 1] == '\r') continue;
      block[i] = '\n';
      mixed_ = true;
    }
  }

  Encoding encoding_ = Encoding::utf8;
  bool declared_ = false;
  bool cr_only_ = false;
  std::string example_;  // of what was converted
  std::atomic<bool> converted_ = false;
  std::atomic<bool> composed_ = false;
  std::atomic<bool> mixed_ = false;
};

}  // namespace phreatic::data::io::csv

// SPDX-License-Identifier: BSD-3-Clause
// Files of a simulation folder cut into blocks: BEGIN name [words] ... END [name].
// What is wrong is collected, at most kProblemsPerFile for one file.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/flow/mf6/text/text.hpp"

namespace phreatic::flow::mf6 {

inline constexpr std::size_t kProblemsPerFile = 20;

// Where something stands.
struct Place {
  std::string file;
  std::size_t line = 0;
};

// What all parts of the reader share: the folder, and what they have to say.
class Context {
 public:
  // `in_memory`: files by name that are not looked for in the folder; kept by reference.
  Context(std::filesystem::path folder, core::Problems& problems,
          const std::map<std::string, std::string>* in_memory = nullptr)
      : folder_(std::move(folder)), problems_(&problems), in_memory_(in_memory) {}

  // Path of a file named in the input, relative to the simulation folder; \ is taken as /.
  std::filesystem::path path_of(std::string_view name) const;
  // A whole file, or null and a problem at `named_at`.
  TextFilePtr open(std::string_view name, const Place& named_at);
  // A problem at `place`. `where` is the block, array or package.
  void problem(const Place& place, std::string where, std::string what, std::string allowed = "",
               std::string mend = "");
  // Something the user should know though the model can run.
  void note(const Place& place, const std::string& what);

  const std::filesystem::path& folder() const { return folder_; }
  std::size_t problem_count() const { return problems_->size() + left_out_; }
  const std::vector<std::string>& notes() const { return notes_; }
  const std::vector<std::string>& files() const { return files_; }  // every file opened, as in messages
  void add_file(const std::string& shown) { files_.push_back(shown); }
  // Number of periods of the run, once it is known; 0 before.
  int last_period() const { return last_period_; }
  void set_last_period(int period) { last_period_ = period; }

 private:
  std::filesystem::path folder_;
  core::Problems* problems_;
  const std::map<std::string, std::string>* in_memory_;
  std::map<std::string, std::size_t> counts_;
  std::size_t left_out_ = 0;
  std::vector<std::string> notes_;
  std::vector<std::string> files_;
  int last_period_ = 0;
};

struct Block {
  std::string name;                // upper case
  std::vector<std::string> words;  // what follows the name on the BEGIN line
  Place place;                     // of the BEGIN line
  Lines body;                      // its lines, or those of the OPEN/CLOSE file that is its sole content
  std::string binary_file;         // OPEN/CLOSE file (BINARY) is its sole content: the name of that file
  int period = 0;                  // PERIOD n: n
};

struct BlockRule {
  std::string name;
  bool repeats = false;     // may appear several times
  bool open_close = false;  // OPEN/CLOSE may be its sole content (not so for arrays)
  bool required = false;
};

// Cuts `file` into blocks that `rules` allow, in the order of the file; everything else is a problem.
// PERIOD blocks must come with increasing numbers >= 1; what follows that of the run's last period is not read, as
// in MODFLOW 6, and noted. Blocks named in `ignored` are passed over.
std::vector<Block> read_blocks(Context& context, const TextFilePtr& file, const std::vector<BlockRule>& rules,
                               const std::vector<std::string>& ignored = {});

const Block* find_block(const std::vector<Block>& blocks, std::string_view name);

// Keywords of an OPTIONS-like block and what to do with each.
class Keywords {
 public:
  // A handler gets the words after the keyword and the place of the line.
  using Handler = std::function<void(Words& words, const Place& place)>;

  Keywords(Context& context, std::string where) : context_(&context), where_(std::move(where)) {}
  Keywords& on(const std::string& name, Handler handler);
  Keywords& flag(const std::string& name, bool& target);
  Keywords& number(const std::string& name, double& target, double low, double high,
                   const std::string& allowed);
  Keywords& whole(const std::string& name, int& target, int low, int high);
  Keywords& ignore(std::initializer_list<const char*> names);
  // Known to MODFLOW 6, not supported here.
  Keywords& refuse(const std::string& name, const std::string& why);
  void read(const Block& block);
  void read(const std::vector<Block>& blocks, std::string_view name);  // every block of that name

 private:
  Context* context_;
  std::string where_;
  std::map<std::string, Handler> handlers_;
};

// The next word as a number in [low, high], or a problem.
bool read_number(Context& context, Words& words, const Place& place, const std::string& where, double low,
                 double high, const std::string& allowed, double& value);
bool read_whole(Context& context, Words& words, const Place& place, const std::string& where, int low,
                int high, int& value);
// After FILEIN or FILEOUT: the file name; "" and a problem when the keyword is missing.
std::string read_file_name(Context& context, Words& words, const Place& place, const std::string& where,
                           std::string_view keyword);

}  // namespace phreatic::flow::mf6

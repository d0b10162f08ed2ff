// SPDX-License-Identifier: BSD-3-Clause
// A small MODFLOW 6 folder whose files tests change one at a time.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "phreatic/core/files/files.hpp"

namespace small_model {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    static int number = 0;
    path_ = fs::temp_directory_path() /
            ("phreatic-mf6-" + std::to_string(::getpid()) + "-" + std::to_string(++number));
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const fs::path& path() const { return path_; }
  void put(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
  }

 private:
  fs::path path_;
};

// 1 layer, 3 rows, 4 columns, two periods; fixed heads left and right, one well.
inline std::map<std::string, std::string> files() {
  return {
      {"mfsim.nam",
       "BEGIN OPTIONS\nEND OPTIONS\nBEGIN TIMING\n TDIS6 m.tdis\nEND TIMING\nBEGIN MODELS\n GWF6 m.nam "
       "m\nEND MODELS\n"
       "BEGIN EXCHANGES\nEND EXCHANGES\nBEGIN SOLUTIONGROUP 1\n IMS6 m.ims m\nEND SOLUTIONGROUP 1\n"},
      {"m.tdis",
       "BEGIN DIMENSIONS\n NPER 2\nEND DIMENSIONS\nBEGIN PERIODDATA\n 1.0 1 1.0\n 10.0 2 1.0\nEND "
       "PERIODDATA\n"},
      {"m.ims", "BEGIN OPTIONS\n COMPLEXITY SIMPLE\nEND OPTIONS\n"},
      {"m.nam",
       "BEGIN OPTIONS\nEND OPTIONS\nBEGIN PACKAGES\n DIS6 m.dis\n IC6 m.ic\n NPF6 m.npf\n CHD6 m.chd\n WEL6 "
       "m.wel\n OC6 m.oc\nEND "
       "PACKAGES\n"},
      {"m.dis",
       "BEGIN DIMENSIONS\n NLAY 1\n NROW 3\n NCOL 4\nEND DIMENSIONS\nBEGIN GRIDDATA\n DELR\n  CONSTANT 10\n "
       "DELC\n  CONSTANT 10\n TOP\n  "
       "CONSTANT 10\n BOTM\n  CONSTANT 0\nEND GRIDDATA\n"},
      {"m.ic", "BEGIN GRIDDATA\n STRT\n  CONSTANT 8\nEND GRIDDATA\n"},
      {"m.npf", "BEGIN GRIDDATA\n ICELLTYPE\n  CONSTANT 0\n K\n  CONSTANT 1.5\nEND GRIDDATA\n"},
      {"m.chd",
       "BEGIN DIMENSIONS\n MAXBOUND 2\nEND DIMENSIONS\nBEGIN PERIOD 1\n 1 1 1 9\n 1 3 4 7\nEND PERIOD 1\n"},
      {"m.wel", "BEGIN DIMENSIONS\n MAXBOUND 1\nEND DIMENSIONS\nBEGIN PERIOD 2\n 1 2 2 -5\nEND PERIOD 2\n"},
      {"m.oc",
       "BEGIN OPTIONS\n HEAD FILEOUT m.hds\n BUDGET FILEOUT m.cbc\nEND OPTIONS\nBEGIN PERIOD 1\n SAVE HEAD "
       "ALL\n SAVE BUDGET ALL\nEND "
       "PERIOD 1\n"},
  };
}

// Files of a model that stand in one file, each under "=== name".
inline std::map<std::string, std::string> parts_of(const fs::path& path) {
  std::map<std::string, std::string> files;
  std::istringstream in(phreatic::core::read_file(path));
  std::string name;
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("=== ", 0) == 0) {
      name = line.substr(4);
    } else {
      files[name] += line + "\n";
    }
  }
  return files;
}

inline void put_all(const Folder& folder, const std::map<std::string, std::string>& all) {
  for (const auto& [name, text] : all) folder.put(name, text);
}

}  // namespace small_model

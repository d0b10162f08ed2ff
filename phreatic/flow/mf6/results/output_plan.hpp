// SPDX-License-Identifier: BSD-3-Clause
// Which files a run writes, looked at before the first of them is opened: no two in one, none over an input of
// the model, all of them writable.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "phreatic/flow/mf6/run.hpp"

namespace phreatic::flow::mf6 {

struct PlannedFile {
  std::string what;  // "HEAD", "BUDGET", "LIST" ...
  std::filesystem::path path;
};

// Output control with the names filled in that it leaves out, and which of heads and budget are wanted.
struct OutputPlan {
  OutputControl control;
  bool heads = false;
  bool budget = false;
  std::vector<PlannedFile> files;
};
OutputPlan plan_outputs(const RunRequest& request, const Model& model);

// Throws RunError for a file that cannot be opened for writing. What is in the files stays.
void try_outputs(const std::vector<PlannedFile>& files);

// `path` as seen from `folder`, however both are written.
std::string name_in(const std::filesystem::path& folder, const std::filesystem::path& path);

}  // namespace phreatic::flow::mf6

// SPDX-License-Identifier: BSD-3-Clause
// Per-place work of the commands of series, shared by several processes: places are cut into parts by their order, each part
// is a file of its own in a folder, written atomically when it is done. A part with a valid file is not computed again, so
// that after any end the same command computes only what is missing; tasks of a scheduler's array and ranks of MPI share the
// folder.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/flow/ensemble/dealer.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}

namespace phreatic::cli {

class SeriesParts {
 public:
  void add_options(CLI::App& app);
  // Reads --task and joins the job of --mpi. Throws InputError.
  void start();
  // Whether this process writes results and speaks: all but the further ranks of MPI.
  bool speaks() const { return dealer_ == nullptr || dealer_->first(); }

  // `width` numbers of each of `places` places. body(first, count): those of so many places. key: everything that the
  // numbers depend on; parts of another key are computed again. Empty where parts are left to other tasks, or to rank 0 to
  // put together; what is left is said.
  std::optional<std::vector<double>> compute(
      std::size_t places, std::size_t width, const std::string& key,
      const std::function<std::vector<double>(std::size_t, std::size_t)>& body, core::Log& log);
  // To be called at the end of a command that did not fail.
  void finish();

 private:
  struct Part {
    std::size_t first = 0, count = 0;
    std::string file;
  };
  std::vector<Part> parts_of(std::size_t places) const;
  void compute_missing(const std::vector<Part>& parts, std::size_t width, const std::string& key,
                       const std::function<std::vector<double>(std::size_t, std::size_t)>& body,
                       core::Log& log);

  std::string folder_, task_text_;
  int task_ = 1, tasks_ = 1;
  bool mpi_ = false;
  std::unique_ptr<flow::BlockDealer> dealer_;
};

// A key of numbers, for compute().
std::string key_of(const std::string& settings, const std::vector<double>& values);

}  // namespace phreatic::cli

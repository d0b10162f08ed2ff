// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/ensemble/dealer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/shared_object.hpp"
#include "phreatic/flow/ensemble/mpi/interface.h"

namespace phreatic::flow {
namespace {

constexpr const char* kFile = "libphreatic_mpi.so";

struct MpiLibrary {
  decltype(&phreatic_mpi_version) version = nullptr;
  decltype(&phreatic_mpi_start) start = nullptr;
  decltype(&phreatic_mpi_open) open = nullptr;
  decltype(&phreatic_mpi_next) next = nullptr;
  decltype(&phreatic_mpi_sum) sum = nullptr;
  decltype(&phreatic_mpi_end) end = nullptr;
};

MpiLibrary open_library() {
  void* object =
      core::open_shared_object(kFile, "PHREATIC_MPI", "--mpi", "phreatic_mpi (with libopenmpi-dev)");
  const auto bind = [&](const char* name, auto& function) {
    core::bind_function(object, kFile, name, function);
  };
  MpiLibrary mpi;
  bind("phreatic_mpi_version", mpi.version);
  if (mpi.version() != PHREATIC_MPI_VERSION)
    throw core::RunError(fmt::format("{} is of another version; build again", kFile));
  bind("phreatic_mpi_start", mpi.start);
  bind("phreatic_mpi_open", mpi.open);
  bind("phreatic_mpi_next", mpi.next);
  bind("phreatic_mpi_sum", mpi.sum);
  bind("phreatic_mpi_end", mpi.end);
  return mpi;
}

class MpiDealer : public BlockDealer {
 public:
  MpiDealer() : mpi_(open_library()) { call(mpi_.start, &rank_, &size_); }
  bool first() const override { return rank_ == 0; }
  int processes() const override { return size_; }
  void open(const std::vector<std::size_t>& blocks) override {
    const std::vector<long> numbers(blocks.begin(), blocks.end());
    call(mpi_.open, static_cast<int>(numbers.size()), numbers.data());
  }
  std::optional<std::size_t> next() override {
    long number = -1;
    call(mpi_.next, &number);
    return number < 0 ? std::nullopt : std::optional<std::size_t>(static_cast<std::size_t>(number));
  }
  std::vector<std::size_t> sums(const std::vector<std::size_t>& own) override {
    std::vector<long> values(own.begin(), own.end());
    call(mpi_.sum, static_cast<int>(values.size()), values.data());
    return {values.begin(), values.end()};
  }
  void leave() override { call(mpi_.end); }

 private:
  template <class F, class... Words>
  void call(F function, Words... words) {
    std::array<char, 256> error{};
    if (function(words..., error.data(), static_cast<int>(error.size())) != 0)
      throw core::RunError(error.data());
  }

  MpiLibrary mpi_;
  int rank_ = 0;
  int size_ = 1;
};

}  // namespace

int mpi_job_size() {
  const char* size = std::getenv("OMPI_COMM_WORLD_SIZE");
  return size == nullptr ? 1 : std::max(1, std::atoi(size));
}

std::unique_ptr<BlockDealer> join_mpi_job() {
  if (std::getenv("OMPI_COMM_WORLD_SIZE") == nullptr)
    throw core::InputError({.where = "--mpi",
                            .what = "this process was not started by Open MPI's mpirun",
                            .mend = "mpirun -n 4 phreatic flow ensemble STUDY.yml --out RESULTS --mpi"});
  return std::make_unique<MpiDealer>();
}

}  // namespace phreatic::flow

// SPDX-License-Identifier: BSD-3-Clause
// Several processes of one job that share the blocks of an ensemble: rank 0 hands them out, one at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace phreatic::flow {

class BlockDealer {
 public:
  virtual ~BlockDealer() = default;
  virtual bool first() const = 0;  // whether this is rank 0
  virtual int processes() const = 0;
  // The blocks to be computed; those of rank 0 count.
  virtual void open(const std::vector<std::size_t>& blocks) = 0;
  virtual std::optional<std::size_t> next() = 0;
  // Sums over all processes; each has to call it, after its last next().
  virtual std::vector<std::size_t> sums(const std::vector<std::size_t>& own) = 0;
  // Leaves the job. A process that ends without it ends the others, too, so that no one waits for a rank that failed.
  virtual void leave() = 0;
};

// Joins the job that Open MPI's mpirun has started (libphreatic_mpi.so, opened here). Throws RunError where that is not there,
// InputError where mpirun has not started this process.
std::unique_ptr<BlockDealer> join_mpi_job();

// Number of processes of the job of Open MPI that this process belongs to; 1 outside of one.
int mpi_job_size();

}  // namespace phreatic::flow

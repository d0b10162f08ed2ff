// SPDX-License-Identifier: BSD-3-Clause
// Training by several processes, on one machine or many, started by torchrun or srun: each holds the whole data and the
// whole network and computes the gradients of its share of the entities; sums are made in a fixed order, so that all
// have the same network after every update, bit for bit, and 1, 2 and 4 of them train the same one.
// The header is free of libtorch; numbers go through the store of torch's c10d.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace phreatic::learn {

class Ranks {
 public:
  // Shards are fixed where the number of ranks divides this; else each rank is one.
  static constexpr std::size_t kShards = 4;

  // From RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT; null where RANK or WORLD_SIZE is not there. `channel` keeps
  // networks apart that train at the same time. Throws InputError for values that make no sense, RunError when the
  // other ranks cannot be reached.
  static std::unique_ptr<Ranks> from_environment(const std::string& channel);
  ~Ranks();
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

  std::size_t rank() const { return rank_; }
  std::size_t count() const { return count_; }
  std::size_t shards() const { return kShards % count_ == 0 ? kShards : count_; }
  std::size_t shard_of(std::size_t entity) const { return entity % shards(); }
  bool owns(std::size_t shard) const { return shard % count_ == rank_; }

  // What every rank gives, in the order of ranks. All ranks have to call it equally often. Throws RunError when one
  // does not answer.
  std::vector<std::vector<std::uint8_t>> exchange(const std::vector<std::uint8_t>& own);
  // The same for numbers of which all ranks give equally many.
  std::vector<std::vector<double>> exchange(const std::vector<double>& own);

 private:
  struct Store;
  Ranks(std::size_t rank, std::size_t count, std::string channel, std::unique_ptr<Store> store);
  std::string key(std::size_t message, std::size_t rank) const;

  std::size_t rank_, count_;
  std::string channel_;
  std::unique_ptr<Store> store_;
  std::size_t messages_ = 0;
};

}  // namespace phreatic::learn

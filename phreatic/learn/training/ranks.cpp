// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/learn/training/ranks.hpp"

#include <c10/util/Exception.h>
#include <c10/util/intrusive_ptr.h>
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "phreatic/core/errors.hpp"

namespace phreatic::learn {
namespace {

constexpr std::chrono::minutes kPatience{30};  // ranks wait for each other's validation too

std::string text_of(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::size_t number_of(const char* name, std::size_t least, std::size_t most, core::Problems& problems) {
  const std::string text = text_of(name);
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < least ||
      value > most)
    problems.add(
        {.where = fmt::format("environment variable {}", name),
         .what = text.empty() ? "is not set" : fmt::format("'{}'", text),
         .allowed = fmt::format("a whole number from {} to {}", least, most),
         .mend = "Start the ranks by torchrun, or unset RANK and WORLD_SIZE to train in one process"});
  return value;
}

c10d::TCPStoreOptions options_of(std::size_t port, bool server) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<std::uint16_t>(port);
  options.isServer = server;
  options.waitWorkers = false;
  options.timeout = kPatience;
  return options;
}

// The store that all ranks meet at lives as long as the process of rank 0, unless torchrun keeps one.
void open_server(const std::string& host, std::size_t port) {
  static std::mutex mutex;
  static c10::intrusive_ptr<c10d::TCPStore> server;
  const std::lock_guard lock(mutex);
  if (!server) server = c10::make_intrusive<c10d::TCPStore>(host, options_of(port, true));
}

[[noreturn]] void fail(std::size_t rank, const std::string& doing, const c10::Error& error) {
  throw core::RunError(fmt::format("rank {}: {} failed: {}", rank, doing, error.what_without_backtrace()));
}

}  // namespace

struct Ranks::Store {
  c10::intrusive_ptr<c10d::TCPStore> client;  // of this object alone: a wait blocks it
};

std::unique_ptr<Ranks> Ranks::from_environment(const std::string& channel) {
  if (text_of("RANK").empty() || text_of("WORLD_SIZE").empty()) return nullptr;
  core::Problems problems;
  constexpr std::size_t kMostRanks = 4096;
  const std::size_t count = number_of("WORLD_SIZE", 1, kMostRanks, problems);
  const std::size_t rank = number_of("RANK", 0, count == 0 ? 0 : count - 1, problems);
  const std::size_t port = number_of("MASTER_PORT", 1, 65535, problems);
  const std::string host = text_of("MASTER_ADDR");
  if (host.empty())
    problems.add({.where = "environment variable MASTER_ADDR",
                  .what = "is not set",
                  .allowed = "the host of rank 0",
                  .mend = "Start the ranks by torchrun, or set it on all of them"});
  problems.throw_if_any();
  auto store = std::make_unique<Store>();
  try {
    if (rank == 0 && text_of("TORCHELASTIC_USE_AGENT_STORE") != "True") open_server(host, port);
    store->client = c10::make_intrusive<c10d::TCPStore>(host, options_of(port, false));
  } catch (const c10::Error& error) {
    fail(rank, fmt::format("reaching the other ranks at {}:{}", host, port), error);
  }
  return std::unique_ptr<Ranks>(new Ranks(rank, count, channel, std::move(store)));
}

Ranks::Ranks(std::size_t rank, std::size_t count, std::string channel, std::unique_ptr<Store> store)
    : rank_(rank), count_(count), channel_(std::move(channel)), store_(std::move(store)) {}

// Rank 0, which may hold the store, leaves last.
Ranks::~Ranks() {
  try {
    if (rank_ != 0) {
      store_->client->set(fmt::format("phreatic/{}/left/{}", channel_, rank_), std::vector<std::uint8_t>{1});
      return;
    }
    for (std::size_t r = 1; r < count_; ++r) {
      const std::string left = fmt::format("phreatic/{}/left/{}", channel_, r);
      store_->client->wait({left}, std::chrono::seconds(60));
      store_->client->deleteKey(left);
    }
  } catch (const std::exception&) {  // one has failed and said so itself
  }
}

std::string Ranks::key(std::size_t message, std::size_t rank) const {
  return fmt::format("phreatic/{}/{}/{}", channel_, message, rank);
}

std::vector<std::vector<std::uint8_t>> Ranks::exchange(const std::vector<std::uint8_t>& own) {
  std::vector<std::vector<std::uint8_t>> all(count_);
  std::size_t asked = rank_;
  try {
    if (count_ > 1) store_->client->set(key(messages_, rank_), own);
    for (asked = 0; asked < count_; ++asked)
      all[asked] = asked == rank_ ? own : store_->client->get(key(messages_, asked));
    // All have sent this message, so all have read the one before.
    if (count_ > 1 && messages_ > 0) store_->client->deleteKey(key(messages_ - 1, rank_));
  } catch (const c10::Error& error) {
    fail(rank_, fmt::format("waiting for rank {}", asked), error);
  }
  ++messages_;
  return all;
}

std::vector<std::vector<double>> Ranks::exchange(const std::vector<double>& own) {
  std::vector<std::uint8_t> bytes(own.size() * sizeof(double));
  std::memcpy(bytes.data(), own.data(), bytes.size());
  std::vector<std::vector<double>> all;
  for (const std::vector<std::uint8_t>& one : exchange(bytes)) {
    if (one.size() != bytes.size())
      throw core::RunError(fmt::format(
          "rank {}: another rank sent {} bytes where {} are due; do all run the same study and version?",
          rank_, one.size(), bytes.size()));
    all.emplace_back(own.size());
    std::memcpy(all.back().data(), one.data(), one.size());
  }
  return all;
}

}  // namespace phreatic::learn

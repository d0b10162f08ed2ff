// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/core/parallel.hpp"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace phreatic::core {
namespace {

thread_local bool inside_parallel = false;

struct Job {
  std::size_t count = 0;
  const std::function<void(std::size_t)>* body = nullptr;
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::size_t failed_index = 0;
  std::exception_ptr failure;

  void work() {
    for (std::size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) {
      try {
        (*body)(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failure || i < failed_index) {
          failure = std::current_exception();
          failed_index = i;
        }
        next.store(count);
      }
    }
  }
};

// Regions of fine-grained solvers follow each other within microseconds, where putting a thread to sleep and
// waking it takes tens: threads look for a while before they sleep.
class Spinner {
 public:
  explicit Spinner(bool allowed) : end_(Clock::now() + (allowed ? kPatience : Clock::duration::zero())) {}
  // False when it is time to sleep.
  bool again() {
    for (int i = 0; i < 64; ++i) pause();
    return Clock::now() < end_;
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr auto kPatience = std::chrono::microseconds(40);
  static void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
  Clock::time_point end_;
};

// Helpers wait for a job and join in its work; the caller works too, and waits only for those who joined.
class Pool {
 public:
  explicit Pool(int helpers)
      : spins_(static_cast<unsigned>(helpers) + 1 <= std::max(1U, std::thread::hardware_concurrency())) {
    for (int i = 0; i < helpers; ++i) threads_.emplace_back([this] { helper_loop(); });
  }
  ~Pool() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      ++generation_;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  void run(Job& job) {
    bool sleepers = false;
    {
      const std::lock_guard lock(mutex_);
      job_ = &job;
      ++generation_;
      sleepers = sleeping_ > 0;
    }
    if (sleepers) wake_.notify_all();
    inside_parallel = true;
    job.work();
    inside_parallel = false;
    {
      const std::lock_guard lock(mutex_);
      job_ = nullptr;  // nobody joins from here on
    }
    Spinner spinner(spins_);
    while (busy_ > 0 && spinner.again()) {
    }
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return busy_ == 0; });
  }
  std::size_t helpers() const { return threads_.size(); }

 private:
  void helper_loop() {
    inside_parallel = true;
    std::size_t seen = 0;
    while (Job* job = next_job(seen)) {
      job->work();
      {
        const std::lock_guard lock(mutex_);
        --busy_;
      }
      done_.notify_one();
    }
  }

  // Joins the next job; nullptr when the pool ends.
  Job* next_job(std::size_t& seen) {
    for (;;) {
      Spinner spinner(spins_);
      while (generation_ == seen && spinner.again()) {
      }
      std::unique_lock lock(mutex_);
      ++sleeping_;
      wake_.wait(lock, [&] { return generation_ != seen; });
      --sleeping_;
      seen = generation_;
      if (stopping_) return nullptr;
      if (job_ == nullptr) continue;  // over before this thread came
      ++busy_;
      return job_;
    }
  }

  bool spins_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;  // of all below; the atomic ones are also looked at without it
  std::condition_variable wake_;
  std::condition_variable done_;
  Job* job_ = nullptr;
  std::atomic<std::size_t> generation_{0};
  std::atomic<std::size_t> busy_{0};
  std::size_t sleeping_ = 0;
  bool stopping_ = false;
};

std::mutex pool_mutex;
std::unique_ptr<Pool> pool;
std::atomic<int> wanted_threads{0};

// A forked process has the calling thread alone: it leaves the pool as it is (threads that are not there cannot be joined)
// and makes one of its own.
void expect_forks() {
  static std::once_flag once;
  std::call_once(once, [] {
    ::pthread_atfork([] { pool_mutex.lock(); }, [] { pool_mutex.unlock(); },
                     [] {
                       static_cast<void>(pool.release());
                       pool_mutex.unlock();
                     });
  });
}

int default_threads() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

}  // namespace

void set_thread_count(int threads) {
  const std::lock_guard lock(pool_mutex);
  wanted_threads = std::max(1, threads);
  if (pool && pool->helpers() + 1 != static_cast<std::size_t>(wanted_threads)) pool.reset();
}

int thread_count() {
  const int wanted = wanted_threads;  // no lock: may be asked from inside a parallel region
  return wanted > 0 ? wanted : default_threads();
}

void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body) {
  const int threads = inside_parallel ? 1 : thread_count();
  if (count <= 1 || threads == 1) {
    for (std::size_t i = 0; i < count; ++i) body(i);
    return;
  }
  Job job;
  job.count = count;
  job.body = &body;
  {
    const std::lock_guard lock(pool_mutex);  // one parallel region at a time
    if (!pool) {
      expect_forks();
      pool = std::make_unique<Pool>(threads - 1);
    }
    pool->run(job);
  }
  if (job.failure) std::rethrow_exception(job.failure);
}

}  // namespace phreatic::core

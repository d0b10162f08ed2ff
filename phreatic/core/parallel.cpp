// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/core/parallel.hpp"

#include <algorithm>
#include <atomic>
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

// Helpers wait for a job, work on it, and report back; the caller works too.
class Pool {
 public:
  explicit Pool(int helpers) {
    for (int i = 0; i < helpers; ++i) threads_.emplace_back([this] { helper_loop(); });
  }
  ~Pool() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  void run(Job& job) {
    {
      const std::lock_guard lock(mutex_);
      job_ = &job;
      ++generation_;
      busy_ = threads_.size();
    }
    wake_.notify_all();
    inside_parallel = true;
    job.work();
    inside_parallel = false;
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return busy_ == 0; });
    job_ = nullptr;
  }
  std::size_t helpers() const { return threads_.size(); }

 private:
  void helper_loop() {
    inside_parallel = true;
    std::size_t seen = 0;
    for (;;) {
      Job* job = nullptr;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return stopping_ || generation_ != seen; });
        if (stopping_) return;
        seen = generation_;
        job = job_;
      }
      job->work();
      {
        const std::lock_guard lock(mutex_);
        --busy_;
      }
      done_.notify_one();
    }
  }

  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  Job* job_ = nullptr;
  std::size_t generation_ = 0;
  std::size_t busy_ = 0;
  bool stopping_ = false;
};

std::mutex pool_mutex;
std::unique_ptr<Pool> pool;
std::atomic<int> wanted_threads{0};

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
    if (!pool) pool = std::make_unique<Pool>(threads - 1);
    pool->run(job);
  }
  if (job.failure) std::rethrow_exception(job.failure);
}

}  // namespace phreatic::core

// SPDX-License-Identifier: BSD-3-Clause
// Threads without OpenMP: a pool that runs fixed chunks. Work is cut by problem size, never by thread count,
// and sums are merged in index order, so that results do not depend on the number of threads.
#pragma once

#include <cstddef>
#include <functional>

namespace phreatic::core {

// Number of threads that parallel_for uses, the calling one included; default: the machine's cores. At
// least 1.
void set_thread_count(int threads);
int thread_count();

// Calls body(i) for every i in [0, count), on several threads; returns when all are done. Each index runs
// exactly once; which thread runs it is not fixed, so body(i) must write only to what belongs to i. Nested
// calls run serially. The first exception (by index) is rethrown after all running bodies have ended.
void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body);

}  // namespace phreatic::core

// SPDX-License-Identifier: BSD-3-Clause
// Numbers handed out by rank 0, one at a time to whoever asks. A thread of rank 0 answers, while rank 0 computes as well; it
// looks for questions every few milliseconds, for waiting inside of Open MPI would keep a core busy.
#include <dlfcn.h>
#include <mpi.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

#include "phreatic/flow/ensemble/mpi/interface.h"

namespace {

constexpr int kAsk = 1, kAnswer = 2;
constexpr auto kPause = std::chrono::milliseconds(3);

int job_rank = 0, job_size = 1;
std::vector<long> dealt;
std::atomic<std::size_t> next_dealt{0};
std::thread* answering = nullptr;  // never destroyed: a process that fails may end while it runs
std::atomic<bool> answer_failed{false};

long take() {
  const std::size_t at = next_dealt++;
  return at < dealt.size() ? dealt[at] : -1;
}

int told(const char* what, char* error, int error_size) {
  std::snprintf(error, static_cast<std::size_t>(error_size), "Open MPI: %s failed", what);
  return 1;
}

// Until every other rank has been told that there is nothing left.
void answer() {
  for (int left = job_size - 1; left > 0;) {
    int there = 0;
    MPI_Status status;
    if (MPI_Iprobe(MPI_ANY_SOURCE, kAsk, MPI_COMM_WORLD, &there, &status) != MPI_SUCCESS)
      answer_failed = true;
    if (answer_failed) return;
    if (there == 0) {
      std::this_thread::sleep_for(kPause);
      continue;
    }
    long none = 0;
    MPI_Recv(&none, 1, MPI_LONG, status.MPI_SOURCE, kAsk, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    const long number = take();
    MPI_Send(&number, 1, MPI_LONG, status.MPI_SOURCE, kAnswer, MPI_COMM_WORLD);
    if (number < 0) --left;
  }
}

// Waits for a request without keeping a core busy.
bool wait_for(MPI_Request& request) {
  for (int done = 0; done == 0;) {
    if (MPI_Test(&request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS) return false;
    if (done == 0) std::this_thread::sleep_for(kPause);
  }
  return true;
}

}  // namespace

int phreatic_mpi_version(void) { return PHREATIC_MPI_VERSION; }

int phreatic_mpi_start(int* rank, int* size, char* error, int error_size) {
  // Open MPI opens parts of its own, which look for its symbols among those that everyone sees.
  ::dlopen("libmpi.so.40", RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD);
  int given = 0;
  if (MPI_Init_thread(nullptr, nullptr, MPI_THREAD_MULTIPLE, &given) != MPI_SUCCESS)
    return told("MPI_Init_thread", error, error_size);
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  MPI_Comm_rank(MPI_COMM_WORLD, &job_rank);
  MPI_Comm_size(MPI_COMM_WORLD, &job_size);
  *rank = job_rank;
  *size = job_size;
  if (given < MPI_THREAD_MULTIPLE)
    return told("MPI_THREAD_MULTIPLE, calls from several threads,", error, error_size);
  return 0;
}

int phreatic_mpi_open(int count, const long* numbers, char*, int) {
  if (job_rank != 0) return 0;
  dealt.assign(numbers, numbers + count);
  next_dealt = 0;
  answering = new std::thread(answer);
  return 0;
}

int phreatic_mpi_next(long* number, char* error, int error_size) {
  if (job_rank == 0) {
    *number = take();
    return 0;
  }
  const long none = 0;
  MPI_Request request;
  if (MPI_Irecv(number, 1, MPI_LONG, 0, kAnswer, MPI_COMM_WORLD, &request) != MPI_SUCCESS ||
      MPI_Send(&none, 1, MPI_LONG, 0, kAsk, MPI_COMM_WORLD) != MPI_SUCCESS || !wait_for(request))
    return told("asking rank 0 for the next block", error, error_size);
  return 0;
}

int phreatic_mpi_sum(int count, long* values, char* error, int error_size) {
  if (answering != nullptr && answering->joinable()) answering->join();
  if (answer_failed) return told("handing out blocks", error, error_size);
  const std::vector<long> own(values, values + count);
  MPI_Request request;
  if (MPI_Iallreduce(own.data(), values, count, MPI_LONG, MPI_SUM, MPI_COMM_WORLD, &request) != MPI_SUCCESS ||
      !wait_for(request))
    return told("adding up what was done", error, error_size);
  return 0;
}

int phreatic_mpi_end(char* error, int error_size) {
  if (MPI_Finalize() != MPI_SUCCESS) return told("MPI_Finalize", error, error_size);
  return 0;
}

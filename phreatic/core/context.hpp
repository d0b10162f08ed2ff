// SPDX-License-Identifier: BSD-3-Clause
// What a long computation gets from its caller: where to log, how to show progress, when to stop. No globals
// but the interrupt flag that a signal sets.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace phreatic::core {

// Log lines go to standard error (info and warnings unless quiet) and to the run folder's log.txt when one is
// given.
class Log {
 public:
  explicit Log(bool quiet = false, const std::string& file = "");
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  void info(const std::string& message);
  void warn(const std::string& message);
  void detail(const std::string& message);  // log.txt only

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Progress on standard error with rate and ETA, silent when standard error is not a terminal.
class Progress {
 public:
  Progress(std::string label, std::size_t total, std::string unit, bool enabled = true);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void advance(std::size_t steps = 1, const std::string& note = "");

 private:
  void draw(bool last);
  std::string label_;
  std::string unit_;
  std::string note_;
  std::size_t total_;
  std::size_t done_ = 0;
  double started_s_ = 0;
  double drawn_s_ = 0;
  bool enabled_;
};

struct Context {
  Log& log;
  bool show_progress = true;
};

// Ctrl-C, SIGTERM and SIGHUP set a flag; long loops call throw_if_interrupted() at points from which --resume can go on. A
// program that is still there 0.8 s later, or gets a second signal, ends at once (130), as by a kill: --resume goes on then too.
void install_interrupt_handler();
bool interrupted();
void throw_if_interrupted();

}  // namespace phreatic::core

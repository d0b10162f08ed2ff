// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/core/context.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/events.hpp"

namespace phreatic::core {

struct Log::Impl {
  std::shared_ptr<spdlog::logger> screen;
  std::shared_ptr<spdlog::logger> file;
};

Log::Log(bool quiet, const std::string& file) : impl_(std::make_unique<Impl>()) {
  const auto screen_sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  screen_sink->set_pattern("%v");
  impl_->screen = std::make_shared<spdlog::logger>("screen", screen_sink);
  impl_->screen->set_level(quiet ? spdlog::level::warn : spdlog::level::info);
  if (file.empty()) return;
  try {
    const auto file_sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file, false);
    file_sink->set_pattern("%Y-%m-%dT%H:%M:%S %l %v");
    impl_->file = std::make_shared<spdlog::logger>("file", file_sink);
    impl_->file->flush_on(spdlog::level::info);
  } catch (const spdlog::spdlog_ex& error) {
    throw RunError(file + ": cannot write the log: " + error.what());
  }
}

Log::~Log() = default;

void Log::info(const std::string& message) {
  impl_->screen->info(message);
  event_log("info", message);
  if (impl_->file) impl_->file->info(message);
}

void Log::warn(const std::string& message) {
  impl_->screen->warn("warning: " + message);
  event_log("warning", message);
  if (impl_->file) impl_->file->warn(message);
}

void Log::detail(const std::string& message) {
  if (impl_->file) impl_->file->info(message);
}

namespace {

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string duration_text(double seconds) {
  const auto s = std::lround(seconds);
  if (s < 90) return fmt::format("{} s", s);
  if (s < 5400) return fmt::format("{} min {:02} s", s / 60, s % 60);
  return fmt::format("{} h {:02} min", s / 3600, s / 60 % 60);
}

}  // namespace

Progress::Progress(std::string label, std::size_t total, std::string unit, bool enabled)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      started_s_(now_s()),
      drawn_s_(started_s_),
      enabled_((enabled && ::isatty(STDERR_FILENO) == 1) || events_wanted()) {}

Progress::~Progress() {
  if (enabled_ && drawn_s_ > started_s_) draw(true);
}

void Progress::advance(std::size_t steps, const std::string& note) {
  done_ += steps;
  note_ = note;
  if (!enabled_) return;
  const double now = now_s();
  if (now - drawn_s_ < 0.2 && now - started_s_ > 0.2) return;
  drawn_s_ = now;
  draw(false);
}

void Progress::draw(bool last) {
  event_progress(label_, done_, total_, unit_, note_);
  if (::isatty(STDERR_FILENO) != 1) return;
  const double elapsed = now_s() - started_s_;
  const double rate = elapsed > 0 ? static_cast<double>(done_) / elapsed : 0;
  std::string line = fmt::format("\r{}: {}/{} {}, {:.3g} {}/s", label_, done_, total_, unit_, rate, unit_);
  if (!last && rate > 0 && done_ <= total_)
    line += ", ETA " + duration_text(static_cast<double>(total_ - done_) / rate);
  if (last) line += ", took " + duration_text(elapsed);
  if (!note_.empty()) line += ", " + note_;
  std::fprintf(stderr, "%s\033[K%s", line.c_str(), last ? "\n" : "");
  std::fflush(stderr);
}

namespace {

volatile std::sig_atomic_t interrupt_flag = 0;
timer_t grace_timer{};
volatile std::sig_atomic_t has_timer = 0;
constexpr int kInterruptedCode = 130;
constexpr long kGrace_ns = 800'000'000;

extern "C" void on_signal(int signal_number) {
  if (interrupt_flag != 0) std::_Exit(128 + signal_number);
  interrupt_flag = 1;
  if (has_timer == 0) return;
  struct itimerspec grace {};
  grace.it_value.tv_nsec = kGrace_ns;
  ::timer_settime(grace_timer, 0, &grace, nullptr);
}

// The work at hand has no place to stop at soon: leave as a kill would, from which --resume goes on.
extern "C" void on_grace_over(int) {
  constexpr char kText[] =
      "phreatic: interrupted; run again with --resume to go on from the last saved state\n";
  if (::write(STDERR_FILENO, kText, sizeof kText - 1) < 0) std::_Exit(kInterruptedCode);
  std::_Exit(kInterruptedCode);
}

}  // namespace

void install_interrupt_handler() {
  struct sigevent at_end {};
  at_end.sigev_notify = SIGEV_SIGNAL;
  at_end.sigev_signo = SIGALRM;
  if (::timer_create(CLOCK_MONOTONIC, &at_end, &grace_timer) == 0) {
    std::signal(SIGALRM, on_grace_over);
    has_timer = 1;
  }
  for (const int signal_number : {SIGINT, SIGTERM, SIGHUP}) {
    // Ignored by whoever started us (nohup): stays so.
    if (std::signal(signal_number, on_signal) == SIG_IGN) std::signal(signal_number, SIG_IGN);
  }
}

bool interrupted() { return interrupt_flag != 0; }

void throw_if_interrupted() {
  if (interrupted()) throw Interrupted();
}

}  // namespace phreatic::core

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/core/events.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <mutex>
#include <nlohmann/json.hpp>

namespace phreatic::core {
namespace {

// The descriptor that is listened to, or -1. Descriptors 0 to 2 are for people.
int listener() {
  static const int descriptor = [] {
    const char* text = std::getenv("PHREATIC_EVENTS");
    if (text == nullptr || *text == '\0') return -1;
    char* end = nullptr;
    const long number = std::strtol(text, &end, 10);
    if (*end != '\0' || number < 3 || number > 65535) return -1;
    return ::fcntl(static_cast<int>(number), F_GETFD) == -1 ? -1 : static_cast<int>(number);
  }();
  return descriptor;
}

std::mutex line_mutex;

// A listener that has gone ends what nobody waits for any more (SIGPIPE), as a closed terminal does.
void send(const nlohmann::ordered_json& event) {
  std::string line = event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  line += '\n';
  const std::lock_guard lock(line_mutex);
  for (std::size_t at = 0; at < line.size();) {
    const ssize_t written = ::write(listener(), line.data() + at, line.size() - at);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    at += static_cast<std::size_t>(written);
  }
}

}  // namespace

bool events_wanted() { return listener() >= 0; }

void event_progress(const std::string& label, std::size_t done, std::size_t total, const std::string& unit,
                    const std::string& note) {
  if (!events_wanted()) return;
  send({{"event", "progress"},
        {"label", label},
        {"done", done},
        {"total", total},
        {"unit", unit},
        {"note", note}});
}

void event_log(const std::string& level, const std::string& text) {
  if (events_wanted()) send({{"event", "log"}, {"level", level}, {"text", text}});
}

void event_input_error(const InputError& error) {
  if (!events_wanted()) return;
  for (const Problem& p : error.problems()) {
    send({{"event", "problem"},
          {"file", p.file},
          {"line", p.line},
          {"column", p.column},
          {"where", p.where},
          {"what", p.what},
          {"allowed", p.allowed},
          {"mend", p.mend}});
  }
  event_failed("input", error.what());
}

void event_failed(const std::string& kind, const std::string& text) {
  if (events_wanted()) send({{"event", "failed"}, {"kind", kind}, {"text", text}});
}

}  // namespace phreatic::core

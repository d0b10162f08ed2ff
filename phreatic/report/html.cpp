// SPDX-License-Identifier: BSD-3-Clause
// The page: style, model and charts in one file. The content security policy forbids every request, so that a
// report can never call home. Texts are set by the charts' code from the model; the <noscript> part is what
// stays readable without it.
#include "phreatic/core/files/files.hpp"
#include "phreatic/report/bundle.hpp"
#include "phreatic/report/model.hpp"

namespace phreatic::report {
namespace {

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string without_script(const Report& report) {
  std::string text =
      "<noscript><main><h1>" + escaped(report.title) + "</h1><p>" + escaped(report.finding) + "</p>";
  for (const auto& warning : report.warnings) text += "<p>Warning: " + escaped(warning) + "</p>";
  for (const auto& note : report.notes) text += "<p>Note: " + escaped(note) + "</p>";
  return text + "<p>The charts and tables of this page need JavaScript.</p></main></noscript>";
}

}  // namespace

std::string html(const Report& report) {
  std::string page =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src "
      "'unsafe-inline'; "
      "style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"generator\" "
      "content=\"Phreatic " PHREATIC_VERSION "\">\n<link rel=\"icon\" href=\"data:,\">\n";
  page += "<title>" + escaped(report.title) + "</title>\n<style>";
  page += bundle_style();
  page += "</style>\n</head>\n<body>\n" + without_script(report) + "\n<div id=\"report\"></div>\n";
  page += "<script type=\"application/json\" id=\"model\">" + script_json(model_json(report)) +
          "</script>\n<script>";
  page += bundle_script();
  page += "</script>\n<script>phreatic.mount();</script>\n</body>\n</html>\n";
  return page;
}

void write_html(const Report& report, const std::filesystem::path& path) {
  core::write_file_atomic(path, html(report));
}

}  // namespace phreatic::report

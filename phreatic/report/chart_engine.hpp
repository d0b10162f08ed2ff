// SPDX-License-Identifier: BSD-3-Clause
// The charts of web/ run without a browser, in an embedded Duktape. One engine per thread; making one parses
// the bundle.
#pragma once

#include <memory>
#include <string>

#include "phreatic/report/encode.hpp"

namespace phreatic::report {

class ChartEngine {
 public:
  ChartEngine();
  ~ChartEngine();
  ChartEngine(const ChartEngine&) = delete;
  ChartEngine& operator=(const ChartEngine&) = delete;

  // A chart (figure_json(...)["content"]) as SVG text, `width_mm` wide; letter "" = none. Throws RunError
  // with the script's message when the charts fail, which is a bug.
  std::string svg(const Json& content, int width_mm, const std::string& letter);
  // The data of a chart or table as CSV.
  std::string csv(const Json& content);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace phreatic::report

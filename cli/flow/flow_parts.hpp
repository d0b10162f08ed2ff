// SPDX-License-Identifier: BSD-3-Clause
// The parts of `phreatic flow`: run, check, compare ...
#pragma once

#include <memory>

namespace CLI {
class App;
}

namespace phreatic::cli {

class FlowPart {
 public:
  virtual ~FlowPart() = default;
  virtual void add(CLI::App& flow) = 0;  // its own subcommand, kept in app_
  virtual int run() = 0;
  bool chosen() const;

 protected:
  CLI::App* app_ = nullptr;
};

std::unique_ptr<FlowPart> make_flow_adjoint();
std::unique_ptr<FlowPart> make_flow_compare();
std::unique_ptr<FlowPart> make_flow_ensemble();
std::unique_ptr<FlowPart> make_flow_plot();

}  // namespace phreatic::cli

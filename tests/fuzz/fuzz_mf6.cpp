// SPDX-License-Identifier: BSD-3-Clause
// The reader of MODFLOW 6 folders on arbitrary bytes in place of one file of a small model: it must end with
// a model or with problems, and a model must survive being asked for its stresses. The first byte chooses the
// file.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "phreatic/flow/mf6/input/reader.hpp"
#include "tests/flow/mf6/small_model.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace phreatic;
  if (size == 0) return 0;
  std::map<std::string, std::string> files = small_model::files();
  files["m.nam"].replace(files["m.nam"].find("END PACKAGES"), 12,
                         " STO6 m.sto\n HFB6 m.hfb\n OBS6 m.obs\n RCH6 m.rch\n RCH6 m.rcha\n RIV6 m.riv\n "
                         "EVT6 m.evt\n DRN6 m.drn\n GHB6 m.ghb\nEND PACKAGES");
  files["m.sto"] =
      "BEGIN GRIDDATA\n ICONVERT\n CONSTANT 0\n SS\n CONSTANT 1e-5\nEND GRIDDATA\nBEGIN PERIOD 1\n "
      "STEADY-STATE\nEND PERIOD\n";
  files["m.hfb"] =
      "BEGIN DIMENSIONS\n MAXHFB 1\nEND DIMENSIONS\nBEGIN PERIOD 1\n 1 1 1 1 1 2 1e-3\nEND PERIOD\n";
  files["m.obs"] = "BEGIN CONTINUOUS FILEOUT o.csv\n A HEAD 1 1 1\nEND CONTINUOUS\n";
  files["m.ts"] =
      "BEGIN ATTRIBUTES\n NAME q\n METHOD LINEAR\nEND ATTRIBUTES\nBEGIN TIMESERIES\n 0 1\n 11 2\nEND "
      "TIMESERIES\n";
  files["m.tas"] =
      "BEGIN ATTRIBUTES\n NAME r\n METHOD STEPWISE\nEND ATTRIBUTES\nBEGIN TIME 0\n CONSTANT 1\nEND TIME\n";
  files["m.rch"] =
      "BEGIN OPTIONS\n TS6 FILEIN m.ts\n AUXILIARY f\n AUXMULTNAME f\nEND OPTIONS\nBEGIN DIMENSIONS\n "
      "MAXBOUND 1\nEND DIMENSIONS\nBEGIN PERIOD 1\n 1 1 1 q 2\nEND PERIOD\n";
  files["m.rcha"] =
      "BEGIN OPTIONS\n READASARRAYS\n TAS6 FILEIN m.tas\nEND OPTIONS\nBEGIN PERIOD 1\n RECHARGE "
      "TIMEARRAYSERIES r\nEND PERIOD\n";
  for (const char* name : {"m.riv", "m.evt", "m.drn", "m.ghb"}) files[name] = "";
  const std::size_t choice = bytes[0] % files.size();
  std::next(files.begin(), static_cast<std::ptrdiff_t>(choice))->second =
      std::string(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  core::Problems problems;
  const flow::mf6::ReadResult read =
      flow::mf6::read_simulation({"/nonexistent", "mfsim.nam", files}, problems);
  if (!problems.empty()) return 0;
  const flow::Model& model = read.model;
  if (model.grid.cells() == 0 || model.start_heads.size() != model.grid.cells() || model.periods.empty())
    std::abort();
  for (const flow::Package& package : model.packages) {
    flow::PackageValues values;
    flow::StressProvider provider = package.provider;
    provider(flow::StepTime{.period = 0, .dt = 1, .start = 0, .end = 1}, values);
    const auto columns = static_cast<std::size_t>(flow::value_columns(package));
    if (values.values.size() != columns * values.size() ||
        values.aux.size() != package.aux_names.size() * values.size())
      std::abort();
    for (const flow::CellIndex cell : values.cell) {
      if (cell != flow::kNoCell && static_cast<std::size_t>(cell) >= model.grid.cells()) std::abort();
    }
  }
  return 0;
}

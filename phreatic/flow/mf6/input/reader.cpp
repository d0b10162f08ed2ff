// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/input/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <map>

#include "phreatic/flow/mf6/packages.hpp"
#include "phreatic/flow/packages/package_type.hpp"

namespace phreatic::flow::mf6 {
namespace {

// A line TYPE file [name].
struct Entry {
  std::string type;
  std::string file;
  std::string name;
  Place place;
};

std::vector<Entry> read_entries(const Block& block) {
  std::vector<Entry> entries;
  LineReader reader(block.body);
  while (reader.next()) {
    Words words(reader.line());
    Entry entry;
    entry.type = words.upper();
    entry.file = words.next();
    entry.name = words.upper();
    entry.place = {reader.path(), reader.number()};
    entries.push_back(std::move(entry));
  }
  return entries;
}

// What to do with a model that needs what is not supported.
constexpr const char* kInstead =
    "Run it with MODFLOW 6 (a recharge study does so with scenarios.engine: mf6), or leave it out of a copy "
    "of the model "
    "where it does not matter";

// Package types of MODFLOW 6's groundwater flow model that cannot be run here.
std::string reason_against(const std::string& type) {
  static const std::map<std::string, std::string> reasons = {
      {"DISV6", "grids of vertices; only DIS6, layers of rows and columns"},
      {"DISU6", "unstructured grids; only DIS6, layers of rows and columns"},
      {"DISV1D6", "only DIS6, layers of rows and columns"},
      {"DIS2D6", "only DIS6, layers of rows and columns"},
      {"UZF6", "unsaturated zone flow"},
      {"LAK6", "lakes"},
      {"MAW6", "multi-aquifer wells"},
      {"MVR6", "the water mover"},
      {"GNC6", "ghost nodes"},
      {"BUY6", "buoyancy"},
      {"VSC6", "viscosity"},
      {"CSUB6", "compaction"},
      {"SWI6", "seawater intrusion"},
      {"API6", "packages driven by another program"},
  };
  const auto found = reasons.find(type);
  return found == reasons.end() ? "" : found->second;
}

class SimulationReader {
 public:
  SimulationReader(const ReadRequest& request, core::Problems& problems)
      : request_(request), context_(request.folder, problems, &request.in_memory), state_{result_.model} {
    state_.keep_arrays = request.keep_arrays;
  }

  ReadResult run() {
    const Place named_at{request_.folder.string(), 0};
    if (const TextFilePtr file = context_.open(request_.name_file, named_at)) simulation_file(file);
    result_.notes = context_.notes();
    result_.files = context_.files();
    return std::move(result_);
  }

 private:
  void simulation_file(const TextFilePtr& file) {
    const auto blocks = read_blocks(context_, file,
                                    {{"OPTIONS", false, true},
                                     {"TIMING", false, true, true},
                                     {"MODELS", false, true, true},
                                     {"EXCHANGES", false, true},
                                     {"SOLUTIONGROUP", true, true}});
    Keywords options(context_, "simulation");
    options.flag("CONTINUE", result_.model.solver.continue_unconverged);
    options.on("NOCHECK", [&](Words&, const Place&) { state_.check_bounds = false; });
    options.ignore({"MEMORY_PRINT_OPTION", "MAXERRORS", "PRINT_INPUT", "PROFILE_OPTION", "HPC6"});
    options.read(blocks, "OPTIONS");
    std::string tdis;
    Place tdis_at;
    Keywords timing(context_, "simulation");
    timing.on("TDIS6", [&](Words& w, const Place& p) {
      tdis = w.next();
      tdis_at = p;
    });
    timing.read(blocks, "TIMING");
    if (!tdis.empty()) read_tdis(context_, state_, tdis, tdis_at);
    refuse_exchanges(blocks);
    solutions(blocks);
    models(blocks);
  }

  void refuse_exchanges(const std::vector<Block>& blocks) {
    const Block* block = find_block(blocks, "EXCHANGES");
    if (block == nullptr) return;
    for (const Entry& entry : read_entries(*block))
      context_.problem(entry.place, entry.type, "is not supported: one model, without exchanges", "",
                       kInstead);
  }

  void solutions(const std::vector<Block>& blocks) {
    bool found = false;
    for (const Block& block : blocks) {
      if (block.name != "SOLUTIONGROUP") continue;
      Keywords keys(context_, "simulation");
      keys.ignore({"MXITER"});
      keys.on("IMS6", [&](Words& w, const Place& p) {
        if (found) context_.problem(p, "IMS6", "is not supported: one solution only");
        found = true;
        read_ims(context_, state_, std::string(w.next()), p);
      });
      keys.refuse("EMS6", "explicit solutions");
      keys.read(block);
    }
    if (!found && find_block(blocks, "SOLUTIONGROUP") != nullptr)
      context_.problem(find_block(blocks, "SOLUTIONGROUP")->place, "block SOLUTIONGROUP", "has no IMS6");
    if (find_block(blocks, "SOLUTIONGROUP") == nullptr && !blocks.empty())
      context_.problem(blocks.front().place, "", "the block SOLUTIONGROUP is missing");
  }

  void models(const std::vector<Block>& blocks) {
    const Block* block = find_block(blocks, "MODELS");
    if (block == nullptr) return;
    int count = 0;
    for (const Entry& entry : read_entries(*block)) {
      if (entry.type != "GWF6") {
        context_.problem(entry.place, entry.type, "is not supported", "GWF6, groundwater flow");
      } else if (++count > 1) {
        context_.problem(entry.place, entry.type, "a second model is not supported", "one GWF6");
      } else {
        result_.model.name = entry.name.empty() ? "MODEL" : entry.name;
        model_file(entry);
      }
    }
    if (count == 0) context_.problem(block->place, "block MODELS", "there is no GWF6 model");
  }

  void model_file(const Entry& entry) {
    const TextFilePtr file = context_.open(entry.file, entry.place);
    if (!file) return;
    const auto blocks =
        read_blocks(context_, file, {{"OPTIONS", false, true}, {"PACKAGES", false, true, true}});
    Model& model = result_.model;
    Keywords options(context_, "model");
    options.on("LIST", [&](Words& w, const Place&) { model.output.list_file = w.next(); });
    options.on("NEWTON", [&](Words& w, const Place&) {
      model.newton.enabled = true;
      model.newton.under_relaxation = w.upper() == "UNDER_RELAXATION";
    });
    options.flag("SAVE_FLOWS", state_.save_flows).flag("PRINT_FLOWS", state_.print_flows);
    options.ignore({"PRINT_INPUT"});
    for (const char* name : {"NETCDF_MESH2D", "NETCDF_STRUCTURED", "EXPORT_NETCDF"})
      options.on(name, [&, name](Words&, const Place& p) {
        context_.note(p, fmt::format("{} has no effect; --netcdf writes heads", name));
      });
    options.refuse("NETCDF", "input from NetCDF files");
    options.read(blocks, "OPTIONS");
    if (model.output.list_file.empty())
      model.output.list_file = std::filesystem::path(entry.file).replace_extension(".lst").string();
    if (const Block* packages = find_block(blocks, "PACKAGES")) read_packages(*packages);
    model.save_flows = model.save_flows || state_.save_flows;
    result_.printed = state_.printed;
    for (PrintedTables& tables : result_.printed) tables.flows = tables.flows || state_.print_flows;
    check_read_model(context_, state_);
  }

  const Entry* only(const std::vector<Entry>& entries, const std::string& type, const Block& block,
                    bool required) {
    const Entry* found = nullptr;
    for (const Entry& entry : entries) {
      if (entry.type != type) continue;
      if (found != nullptr) context_.problem(entry.place, type, "stands twice");
      found = &entry;
    }
    if (found == nullptr && required)
      context_.problem(block.place, "block PACKAGES", fmt::format("{} is missing", type));
    return found;
  }

  void read_packages(const Block& block) {
    const std::vector<Entry> entries = read_entries(block);
    const bool other_grid = refuse_unknown(entries);
    using PartReader = void (*)(Context&, ReadState&, const std::string&, const Place&);
    const auto part = [&](const char* type, bool required, PartReader read) {
      if (const Entry* entry = only(entries, type, block, required))
        read(context_, state_, entry->file, entry->place);
    };
    part("DIS6", !other_grid, read_dis);
    part("IC6", true, read_ic);
    part("NPF6", true, read_npf);
    part("STO6", false, read_sto);
    part("HFB6", false, read_hfb);
    part("OC6", false, read_oc);
    part("OBS6", false, read_obs);
    std::map<std::string, Place> named;
    // MODFLOW 6's own order, which the budget file follows.
    for (const PackageType* known : package_types()) {
      const PackageKind kind = known->kind;
      int number = 0;
      const std::string type = std::string(kind.name()) + "6";
      for (const Entry& entry : entries) {
        if (entry.type != type) continue;
        ++number;
        const std::string name =
            entry.name.empty() ? fmt::format("{}-{}", kind.name(), number) : entry.name.substr(0, 16);
        if (const auto [before, fresh] = named.emplace(name, entry.place); !fresh)
          context_.problem(
              entry.place, "block PACKAGES",
              fmt::format("the name {} stands twice, first in line {}", name, before->second.line),
              "a name of its own for every package");
        read_stress(context_, state_, kind, entry.file, name, entry.place);
        state_.printed.resize(result_.model.packages.size());
      }
    }
  }

  // True when the grid is of a kind that is not supported (which is then a problem).
  bool refuse_unknown(const std::vector<Entry>& entries) {
    std::vector<std::string> known = {"DIS6", "IC6", "NPF6", "STO6", "HFB6", "OC6", "OBS6"};
    for (const PackageType* type : package_types()) known.push_back(std::string(type->kind.name()) + "6");
    bool other_grid = false;
    for (const Entry& entry : entries) {
      if (std::find(known.begin(), known.end(), entry.type) != known.end()) continue;
      const std::string reason = reason_against(entry.type);
      if (reason.empty()) {
        const std::string near = core::nearest(entry.type, known);
        std::string allowed;
        for (const std::string& type : known) allowed += (allowed.empty() ? "" : ", ") + type;
        context_.problem(entry.place, "block PACKAGES",
                         fmt::format("'{}' is no package type{}", entry.type,
                                     near.empty() ? "" : fmt::format("; did you mean {}?", near)),
                         allowed);
      } else {
        context_.problem(
            entry.place, entry.type, "is not supported: " + reason, "",
            entry.type.rfind("DIS", 0) == 0 ? "Run it with MODFLOW 6, or build the model on DIS6" : kInstead);
      }
      other_grid = other_grid || entry.type.rfind("DIS", 0) == 0;
    }
    return other_grid;
  }

  const ReadRequest& request_;
  ReadResult result_;
  Context context_;
  ReadState state_;
};

}  // namespace

ReadResult read_simulation(const ReadRequest& request, core::Problems& problems) {
  return SimulationReader(request, problems).run();
}

ReadResult read_simulation(const ReadRequest& request) {
  core::Problems problems;
  ReadResult result = read_simulation(request, problems);
  problems.throw_if_any();
  return result;
}

}  // namespace phreatic::flow::mf6

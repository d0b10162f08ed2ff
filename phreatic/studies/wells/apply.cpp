// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/apply.hpp"

#include <fmt/format.h>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files.hpp"
#include "phreatic/hydrographs/apply.hpp"
#include "phreatic/studies/wells/load.hpp"

namespace phreatic::studies::wells {
namespace {

namespace fs = std::filesystem;

// A file of nothing but `data:` is read as a study.
StudyFile as_study(StudyFile file) {
  if (!file.kind.empty() || file.tree.root.kind != core::Node::Kind::map) return file;
  core::Node kind;
  kind.kind = core::Node::Kind::scalar;
  kind.scalar = "wells";
  file.tree.root.entries.emplace_back("study", kind);
  return file;
}

hydrographs::Applied apply_one(const fs::path& model, const StudyFile& data, const fs::path& out,
                               core::Context& context) {
  const WellsSettings settings = read_settings(as_study(data));
  core::Log& log = context.log;
  hydrographs::Applied applied = apply_model(model, load_for_use(settings, data.path, context), context);
  core::make_folder(out);
  write_applied(applied, out);
  core::write_file_atomic(out / "study.yml", core::to_yaml(settings));
  for (const std::string& line : applied.said) log.warn(line);
  return applied;
}

void refuse_run_folder(const fs::path& out) {
  if (!fs::exists(out / "stages.json")) return;
  throw core::InputError({.file = out.string(),
                          .where = "--out",
                          .what = "is the folder of a run, whose predictions would be overwritten",
                          .mend = "Name another folder"});
}

}  // namespace

std::vector<std::string> apply(const ApplyRequest& request, core::Context& context) {
  refuse_run_folder(request.out);
  const hydrographs::Applied first = apply_one(request.model, request.data, request.out, context);
  std::vector<std::string> lines;
  if (!request.compare) return lines;
  const hydrographs::Applied second =
      apply_one(request.model, *request.compare, request.out / "compare", context);
  const auto differences = compare_applied(first, second);
  if (differences.empty())
    throw core::InputError({.file = request.compare->path,
                            .what = "has no well with a date that " + request.data.path + " has too",
                            .mend = "Compare data of the same wells and dates"});
  const hydrographs::RunSeries::Field* simulated = first.series.find("simulated");
  write_differences(differences, simulated->unit, request.out / "differences.csv");
  lines.push_back(
      fmt::format("{:<24} {:<8} {:>12} {:>12} {:>12}", "well", "period", "first", "second", "difference"));
  for (const auto& d : differences) {
    if (d.period[0] >= '0' && d.period[0] <= '9') continue;  // years are in the file
    lines.push_back(fmt::format("{:<24} {:<8} {:>12.3f} {:>12.3f} {:>+12.3f}", d.entity, d.period, d.first,
                                d.second, d.second - d.first));
  }
  return lines;
}

}  // namespace phreatic::studies::wells

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/stages/apply.hpp"

#include <fmt/format.h>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/hydrographs/prediction/apply.hpp"
#include "phreatic/studies/wells/input/load.hpp"
#include "phreatic/studies/wells/report/comparison.hpp"

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

std::vector<hydrographs::Applied> apply_one(const fs::path& model, const StudyFile& data, const fs::path& out,
                                            core::Context& context) {
  const WellsSettings settings = read_settings(as_study(data));
  std::vector<hydrographs::Applied> applied =
      apply_model(model, load_for_use(settings, data.path, context), context);
  core::make_folder(out);
  for (const hydrographs::Applied& target : applied) {
    write_applied(target, out);
    for (const std::string& line : target.said) context.log.warn(line);
  }
  core::write_file_atomic(out / "study.yml", core::to_yaml(settings));
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

namespace {

// Lines for the screen; years are in the file.
std::vector<std::string> told(const Comparison& one) {
  std::vector<std::string> lines = {fmt::format("{} [{}]\n{:<24} {:<8} {:>12} {:>12} {:>12}",
                                                one.first->target, one.unit(), "well", "period", "first",
                                                "second", "difference")};
  for (const hydrographs::PeriodDifference& d : one.differences) {
    if (d.is_year()) continue;
    lines.push_back(fmt::format("{:<24} {:<8} {:>12.3f} {:>12.3f} {:>+12.3f}", d.entity, d.period, d.first,
                                d.second, d.second - d.first));
  }
  return lines;
}

}  // namespace

std::vector<std::string> apply(const ApplyRequest& request, core::Context& context) {
  refuse_run_folder(request.out);
  const auto first = apply_one(request.model, request.data, request.out, context);
  if (!request.compare) return {};
  const auto second = apply_one(request.model, *request.compare, request.out / "compare", context);
  std::vector<Comparison> comparisons;
  for (const hydrographs::Applied& one : first) {
    for (const hydrographs::Applied& other : second) {
      if (one.target != other.target) continue;
      Comparison comparison{&one, &other, compare_applied(one, other)};
      if (!comparison.differences.empty()) comparisons.push_back(std::move(comparison));
    }
  }
  if (comparisons.empty())
    throw core::InputError({.file = request.compare->path,
                            .what = "has no well with a date that " + request.data.path + " has too",
                            .mend = "Compare data of the same wells and dates"});
  std::vector<std::string> lines;
  for (const Comparison& one : comparisons) {
    write_differences(one.differences, one.unit(),
                      request.out / ("differences" + one.first->suffix + ".csv"));
    for (std::string& line : told(one)) lines.push_back(std::move(line));
  }
  const auto name = [](const StudyFile& file) { return fs::path(file.path).stem().string(); };
  write_page(
      comparison_page({request.model.string(), name(request.data), name(*request.compare)}, comparisons),
      request.out, context);
  return lines;
}

}  // namespace phreatic::studies::wells

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/engine/kind.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <map>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/core/files/folder_lock.hpp"
#include "phreatic/studies/engine/record.hpp"

namespace phreatic::studies {

namespace fs = std::filesystem;

std::string run_command(const fs::path& run) {
  const std::string folder = run.string();
  const bool plain = folder.find_first_of(" '\"\\$`*?[](){}<>|&;#~!\t\n") == std::string::npos;
  if (plain) return "phreatic run " + folder;
  std::string quoted;
  for (const char c : folder) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return "phreatic run '" + quoted + "'";
}

const Kind& kind_of(const Kinds& kinds, const StudyFile& study) {
  PHREATIC_ASSERT(!kinds.empty());
  if (study.kind.empty()) return kinds.front();
  std::vector<std::string> names;
  std::string allowed;
  for (const Kind& kind : kinds) {
    if (kind.name == study.kind) return kind;
    names.push_back(kind.name);
    allowed += (allowed.empty() ? "" : ", ") + kind.name;
  }
  const core::Node* key = study.tree.root.find("study");
  const std::string near = core::nearest(study.kind, names);
  throw core::InputError({.file = study.path,
                          .line = key->line,
                          .column = key->column,
                          .where = "study",
                          .what = "'" + study.kind + "' is no kind of study" +
                                  (near.empty() ? "" : "; did you mean '" + near + "'?"),
                          .allowed = allowed});
}

fs::path default_out(const std::string& study) {
  if (fs::is_directory(study)) return study;
  const fs::path folder = fs::absolute(study).lexically_normal().parent_path().filename();
  // `init` calls every study file study.yml: its folder tells them apart.
  const bool by_folder = fs::path(study).stem() == "study" && !folder.empty();
  return fs::path("runs") / (by_folder ? folder : fs::path(study).stem());
}

namespace {

engine::Stage report_stage() {
  engine::Stage stage;
  stage.name = "report";
  stage.about = "write the page and the figures";
  stage.outputs = {{"page", {"report.html"}}, {"figures", {"figures/"}}};
  return stage;
}

}  // namespace

engine::Graph graph_of(const Kind& kind, const StudyFile& study) {
  engine::Graph graph = kind.stages(study);
  graph.kind = kind.name;
  graph.study_file = study.path;
  engine::Stage report = report_stage();
  report.code_version = kind.page_version;
  for (const engine::Stage& stage : graph.stages) {
    for (const engine::Output& output : stage.outputs) {
      if (!output.is_value()) report.needs.push_back({stage.name, output.name});
    }
  }
  report.settings = graph.settings.names();
  report.work = [page = kind.page](engine::StageContext& context) {
    const fs::path folder = context.path("page").parent_path();
    write_page(page(folder), folder, context.context());
  };
  graph.stages.push_back(std::move(report));
  return graph;
}

fs::path write_page(const Page& page, const fs::path& folder, core::Context& context) {
  report::write_html(page.report, folder / "report.html");
  for (const std::string& warning : report::write_figures(page.report, folder / "figures", page.figures))
    context.log.warn(warning);
  return folder / "report.html";
}

fs::path remake_report(const Kinds& kinds, const fs::path& run, core::Context& context) {
  if (!fs::exists(run / "study.yml")) {
    throw core::InputError({.file = run.string(),
                            .what = "is not a run folder (it holds no study.yml)",
                            .mend = "Run a study first: phreatic run STUDY.yml --out " + run.string()});
  }
  const Kind& kind = kind_of(kinds, read_study((run / "study.yml").string(), {}));
  const core::FolderLock lock(run);
  core::remove_abandoned_parts(run);
  engine::verify_outputs(run, {"report"});
  std::map<std::string, std::string> outdated;  // stages by reason
  for (const auto& [stage, why] : engine::outdated_stages(engine::Record(run))) {
    if (stage == "report") continue;
    std::string& stages = outdated[why];
    stages += (stages.empty() ? "" : ", ") + stage;
  }
  for (const auto& [why, stages] : outdated)
    context.log.warn(
        fmt::format("{}: the results of {} are of before ({}); run the study to its end to renew them",
                    run.string(), stages, why));
  const fs::path page = write_page(kind.page(run), run, context);
  engine::renew_outputs(run, report_stage());
  return page;
}

namespace {

// A folder inside another that goes when this object does.
class InnerFolder {
 public:
  explicit InnerFolder(const fs::path& outer) {
    core::make_folder(outer);
    std::string name = (outer / ".phreatic-init-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw core::RunError(outer.string() + ": cannot write here; choose another folder");
    path_ = name;
  }
  ~InnerFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  InnerFolder(const InnerFolder&) = delete;
  InnerFolder& operator=(const InnerFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

fs::path init(const Template& from, const fs::path& folder, bool force) {
  const InnerFolder made(folder);
  from.write(made.path());
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(made.path())) {
    if (entry.is_regular_file()) files.push_back(entry.path().lexically_relative(made.path()));
  }
  std::sort(files.begin(), files.end());
  core::Problems problems;
  for (const fs::path& file : files) {
    if (!force && fs::exists(fs::symlink_status(folder / file)))
      problems.add({.file = (folder / file).string(),
                    .what = "is there already",
                    .mend = "Name another folder, or give --force to overwrite; nothing was changed"});
  }
  problems.throw_if_any();
  for (const fs::path& file : files) {
    core::make_folder((folder / file).parent_path());
    fs::rename(made.path() / file, folder / file);
  }
  return folder / "study.yml";
}

}  // namespace phreatic::studies

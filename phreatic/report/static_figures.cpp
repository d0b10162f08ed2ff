// SPDX-License-Identifier: BSD-3-Clause
// Charts as files. SVG by the charts of web/ in Duktape; PNG and PDF (fonts embedded) from the SVG by
// rsvg-convert.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <set>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/report/chart_engine.hpp"
#include "phreatic/report/model.hpp"

namespace phreatic::report {
namespace {

struct Job {
  std::string name;  // of the files, without width and ending
  Json content;
  std::vector<int> widths_mm;
  std::string letter;
};

std::string letter_of(std::size_t index) {
  std::string letter;
  for (std::size_t i = index + 1; i > 0; i = (i - 1) / 26) {
    letter.insert(letter.begin(), static_cast<char>('a' + (i - 1) % 26));
  }
  return letter;
}

void add_panel_jobs(const Report& report, const FigureParams& params, std::vector<Job>& jobs) {
  std::set<std::string> taken;
  const int width =
      params.widths_mm.empty() ? 180 : *std::max_element(params.widths_mm.begin(), params.widths_mm.end());
  for (const auto& panel : report.panels.panels) {
    const std::string stem = slug(report.panels.noun) + "-" + slug(panel.entity);
    std::string name = stem;
    for (int copy = 2; !taken.insert(name).second; ++copy) name = stem + "-" + std::to_string(copy);
    if (panel.hydrograph) {
      const Figure levels{"levels", "", "", "", *panel.hydrograph};
      jobs.push_back({name + "-levels", figure_json(levels)["content"], {width}, ""});
    }
    for (const auto& figure : panel.figures) {
      jobs.push_back({name + "-" + figure.id, figure_json(figure)["content"], {width}, ""});
    }
  }
}

std::vector<Job> list_jobs(const Report& report, const FigureParams& params) {
  std::vector<Job> jobs;
  std::size_t charts = 0;
  const auto add = [&](const Figure& figure) {
    const bool table = std::holds_alternative<Table>(figure.content);
    const std::string letter = params.panel_letters && !table ? letter_of(charts) : "";
    if (!table) ++charts;
    jobs.push_back({figure.id, figure_json(figure)["content"], params.widths_mm, letter});
  };
  for (const auto& section : report.sections) {
    for (const auto& figure : section.figures) add(figure);
  }
  const auto* table = std::get_if<Table>(&report.panels.table.content);
  if (table != nullptr && !table->columns.empty()) add(report.panels.table);
  if (params.wells) add_panel_jobs(report, params, jobs);
  return jobs;
}

// The program's path, or nothing when it is not installed.
std::optional<std::string> find_on_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::string folders = path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path;
  for (std::size_t at = 0; at <= folders.size();) {
    const std::size_t end = std::min(folders.find(':', at), folders.size());
    const std::string file = folders.substr(at, end - at) + "/" + program;
    if (end > at && ::access(file.c_str(), X_OK) == 0) return file;
    at = end + 1;
  }
  return std::nullopt;
}

// Runs a program without a shell; true when it ends with 0.
bool run_program(const std::vector<std::string>& arguments) {
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const auto& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  pid_t child = 0;
  if (::posix_spawn(&child, argv[0], nullptr, nullptr, argv.data(), environ) != 0) return false;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return false;
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void convert(const std::string& converter, const std::filesystem::path& svg,
             const std::filesystem::path& target, const std::string& format, int dpi) {
  core::write_atomic_with(target, [&](const std::string& temporary) {
    std::vector<std::string> arguments = {converter, "--format", format, "--output", temporary};
    if (format == "png") {
      // The page is 96 px to the inch; so many of them make the wanted resolution.
      arguments.insert(arguments.end(), {"--dpi-x", std::to_string(dpi), "--dpi-y", std::to_string(dpi),
                                         "--background-color", "white"});
    }
    arguments.push_back(svg.string());
    if (!run_program(arguments)) {
      throw core::RunError("rsvg-convert failed to turn " + svg.string() + " into " + target.string());
    }
  });
}

void write_job(ChartEngine& engine, const Job& job, const std::filesystem::path& folder,
               const FigureParams& params, const std::optional<std::string>& converter) {
  if (job.content["type"] == "table") {
    core::write_file_atomic(folder / (job.name + ".csv"), engine.csv(job.content));
    return;
  }
  const auto wants = [&](const char* format) {
    return std::find(params.formats.begin(), params.formats.end(), format) != params.formats.end();
  };
  for (const int width : job.widths_mm) {
    const std::string stem = job.name + "_" + std::to_string(width) + "mm";
    const auto svg = folder / (stem + ".svg");
    core::write_file_atomic(svg, engine.svg(job.content, width, job.letter));
    for (const char* format : {"png", "pdf"}) {
      if (wants(format) && converter)
        convert(*converter, svg, folder / (stem + "." + format), format, params.dpi);
    }
    if (!wants("svg")) std::filesystem::remove(svg);
  }
}

}  // namespace

std::vector<std::string> write_figures(const Report& report, const std::filesystem::path& folder,
                                       const FigureParams& params) {
  std::vector<std::string> warnings;
  core::make_folder(folder);
  const auto converter = find_on_path("rsvg-convert");
  const bool images =
      std::any_of(params.formats.begin(), params.formats.end(), [](const auto& f) { return f != "svg"; });
  if (images && !converter) {
    warnings.push_back(
        "rsvg-convert is not installed (Debian package librsvg2-bin): PNG and PDF figures were left out");
  }
  const auto jobs = list_jobs(report, params);
  // One engine per block of charts: making one costs about as much as drawing two charts.
  constexpr std::size_t kBlock = 16;
  core::parallel_for((jobs.size() + kBlock - 1) / kBlock, [&](std::size_t block) {
    ChartEngine engine;
    for (std::size_t i = block * kBlock; i < std::min(jobs.size(), (block + 1) * kBlock); ++i) {
      write_job(engine, jobs[i], folder, params, converter);
    }
  });
  return warnings;
}

}  // namespace phreatic::report

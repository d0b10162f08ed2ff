// SPDX-License-Identifier: BSD-3-Clause
// A kind of study: what `init`, `check`, `help`, `run`, `report` and `compare` need to know of it. A kind is
// a value made by one function of its folder; studies/kinds.hpp lists them (docs/developer/studies.md).
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "phreatic/core/context.hpp"
#include "phreatic/core/settings/params.hpp"
#include "phreatic/report/report.hpp"
#include "phreatic/studies/engine/run.hpp"
#include "phreatic/studies/engine/study_file.hpp"

namespace phreatic::studies {

// A commented study that runs, for `phreatic init NAME DIR`.
struct Template {
  std::string name;
  std::string about;
  std::function<void(const std::filesystem::path& folder)> write;  // study.yml and what it names
};

// A command of its own for a stage that users often stop at: `phreatic train STUDY` for `run --until train`.
struct Verb {
  std::string name;
  std::string about;
  std::string stage;
};

struct Page {
  report::Report report;
  report::FigureParams figures;
};

// How to make a run folder's results again, as a line of a shell.
std::string run_command(const std::filesystem::path& run);

// `phreatic apply`: a model (a run folder or its folder model/), the data to use it with, and where results go.
struct ApplyRequest {
  std::filesystem::path model;
  StudyFile data;
  std::optional<StudyFile> compare;  // a second set of data; its results and the differences are written too
  std::filesystem::path out;
};

// One training of a study with settings of its own, for the search over settings (studies/tuning).
struct TrialRequest {
  StudyFile study;               // with the trial's settings
  std::filesystem::path folder;  // for what training keeps; what is in it is replaced
  // Told the score after each epoch where the trial trains one network; false ends it.
  std::function<bool(double score)> go_on;
};
struct TrialOutcome {
  double score = 0;  // less is better; NaN where nothing could be trained, with a message
  bool pruned = false;
  std::string message;
  int epochs = 0;  // of all networks
};
using Trial = std::function<TrialOutcome(const TrialRequest&, core::Context&)>;

struct Tunable {
  std::string score;                  // "validation loss"
  std::vector<std::string> settings;  // beginnings of the settings that may be searched: "training."
  std::vector<std::string> refused;   // those among them that decide what the score is
  // A function that may keep what trials share, such as the data. Empty in a program that lacks what it needs.
  std::function<Trial()> make;
};

struct Kind {
  std::string name;    // of the `study:` key
  std::string about;   // one line
  std::string entity;  // what metrics.csv has one of a row for: "well"
  // Every setting with its default.
  std::function<std::vector<core::FieldRow>()> settings;
  // Reads everything that the study names, tells what was found, one line each; throws InputError with every
  // problem. run() refuses the same.
  std::function<std::vector<std::string>(const StudyFile&, core::Context&)> check;
  // The stages up to the report, which the engine adds. Empty in a program that lacks what they need
  // (libtorch): another program runs them.
  std::function<engine::Graph(const StudyFile&)> stages;
  // Whether the stages of this very study need another program though those of others do not; may be empty.
  std::function<bool(const StudyFile&)> learns;
  std::string device_setting = "training.device";  // what --device replaces
  // The report, from the files of a run folder alone.
  std::function<Page(const std::filesystem::path& run)> page;
  // Uses a trained model with other data; returns what to tell, one line each. Empty in a program that lacks
  // what it needs.
  std::function<std::vector<std::string>(const ApplyRequest&, core::Context&)> apply;
  // Analyses what was observed, without a model, into a folder; returns what to tell. May be empty.
  std::function<std::vector<std::string>(const StudyFile&, const std::filesystem::path& out, core::Context&)>
      analyse;
  // Scores forecasts that others made (files) beside those of `run`, a run folder or empty, into a folder; returns what to
  // tell. May be empty.
  std::function<std::vector<std::string>(const StudyFile&, const std::vector<std::filesystem::path>& files,
                                         const std::filesystem::path& run, const std::filesystem::path& out,
                                         core::Context&)>
      score_forecasts;
  std::optional<Tunable> tunable;
  int page_version = 1;  // as Stage::code_version
  std::vector<Template> templates;
  std::vector<Verb> verbs;
};
using Kinds = std::vector<Kind>;

// The kind that a study file names; the first of the list for a file without `study:`. Throws InputError with
// the nearest name.
const Kind& kind_of(const Kinds& kinds, const StudyFile& study);

// Where the run folder of a study is when --out is not given: the folder that the study was named by, else
// runs/<name of the study file>, or of its folder where the file is called study.yml.
std::filesystem::path default_out(const std::string& study);

// The kind's graph with the report as its last stage.
engine::Graph graph_of(const Kind& kind, const StudyFile& study);

// Writes report.html and figures/ into `folder`; returns the page's path.
std::filesystem::path write_page(const Page& page, const std::filesystem::path& folder,
                                 core::Context& context);

// The report of a finished run made again from its files. Throws InputError when the folder holds no run, or
// files that are not as the run wrote them.
std::filesystem::path remake_report(const Kinds& kinds, const std::filesystem::path& run,
                                    core::Context& context);

// Writes a template into `folder`; returns the study file's path. Throws InputError that names every file
// that is there already, unless `force`; then nothing was changed.
std::filesystem::path init(const Template& from, const std::filesystem::path& folder, bool force);

}  // namespace phreatic::studies

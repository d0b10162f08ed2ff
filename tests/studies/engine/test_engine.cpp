// SPDX-License-Identifier: BSD-3-Clause
// The engine by the toy kind: what reruns, what does not, what is told, and what is refused.
#include <gtest/gtest.h>

#include <map>

#include "cli/command.hpp"
#include "phreatic/studies/engine/record.hpp"
#include "toy_kind.hpp"

namespace phreatic::studies {
namespace {

namespace fs = std::filesystem;
using Verdict = engine::StagePlan::Verdict;

class Engine : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "phreatic-engine-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    toy::hooks = {};
    init(toy::kind().templates.front(), folder_, false);
    out_ = folder_ / "run";
  }
  void TearDown() override { fs::remove_all(folder_); }

  engine::Graph graph(const std::vector<std::string>& settings = {}) const {
    return graph_of(toy::kind(), read_study((folder_ / "study.yml").string(), settings));
  }
  void run(const std::vector<std::string>& settings = {}, engine::RunRequest request = {}) {
    request.out = out_;
    request.quiet = true;
    request.strict = true;
    engine::run(graph(settings), request);
  }
  std::map<std::string, std::string> keys() const {
    std::map<std::string, std::string> out;
    const engine::Record record(out_);
    for (const auto& [name, stage] : record.stages()) out[name] = stage.parts.key();
    return out;
  }
  std::vector<std::string> planned(const std::vector<std::string>& settings = {}) const {
    std::vector<std::string> out;
    for (const engine::StagePlan& stage : engine::plan(graph(settings), out_)) {
      if (stage.verdict != Verdict::up_to_date) out.push_back(stage.stage);
    }
    return out;
  }
  std::string reasons(const std::vector<std::string>& settings = {}) const {
    return engine::plan_text(engine::plan(graph(settings), out_));
  }
  // What a command prints, with its exit code.
  std::pair<int, std::string> command(std::vector<std::string> words) {
    words.insert(words.begin(), "phreatic");
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    ::testing::internal::CaptureStdout();
    const int code =
        cli::run_program(static_cast<int>(argv.size()), argv.data(), {{toy::kind()}, [] { return 1; }});
    return {code, ::testing::internal::GetCapturedStdout()};
  }
  void write(const std::string& name, const std::string& text) {
    core::write_file_atomic(folder_ / name, text);
  }
  fs::path folder_;
  fs::path out_;
};

using Names = std::vector<std::string>;

TEST_F(Engine, ANewFolderRunsEveryStageAndASecondRunNone) {
  EXPECT_EQ(planned(), (Names{"read", "smooth", "score", "report"}));
  run();
  for (const char* file :
       {"study.yml", "provenance.json", "log.txt", "smoothed.txt", "metrics.csv", "report.html"})
    EXPECT_TRUE(fs::exists(out_ / file)) << file;
  EXPECT_EQ(planned(), Names{});
  const auto before = fs::last_write_time(out_ / "report.html");
  run();
  EXPECT_EQ(fs::last_write_time(out_ / "report.html"), before);
  EXPECT_EQ(toy::hooks.steps_done, 4);
}

TEST_F(Engine, ATouchedFileRerunsNothing) {
  run();
  write("levels.txt", core::read_file(folder_ / "levels.txt"));
  EXPECT_EQ(planned(), Names{});
}

TEST_F(Engine, AChangedFileIsToldAndRerunsWhatDependsOnIt) {
  run();
  write("levels.txt", "1\n2\n4\n9\n");
  const std::string text = reasons();
  EXPECT_NE(text.find("read: runs\n  file levels.txt: content "), std::string::npos) << text;
  EXPECT_NE(text.find("smooth: depends\n"), std::string::npos) << text;
  run();
  EXPECT_EQ(planned(), Names{});
}

TEST_F(Engine, AnUpstreamStageThatGivesTheSameRerunsNothingBehindIt) {
  run();
  write("levels.txt", "1.0 2.0\n4 8\n");  // other bytes, the same levels
  const auto before = keys();
  const int steps = toy::hooks.steps_done;
  run();
  EXPECT_EQ(toy::hooks.steps_done, steps);
  EXPECT_NE(keys().at("read"), before.at("read"));
  EXPECT_EQ(keys().at("smooth"), before.at("smooth"));
}

TEST_F(Engine, AChangedSettingIsToldFromWhatToWhat) {
  run();
  const std::string text = reasons({"smooth.weight=0.5"});
  EXPECT_NE(text.find("read: up to date\nsmooth: runs\n  setting smooth.weight: 0.25 -> 0.5\n"),
            std::string::npos)
      << text;
  // Half the way from 1 to 2, 4 and 8: 1, 1.5, 2.75, 5.375.
  run({"smooth.weight=0.5"});
  EXPECT_EQ(toy::read_levels(out_ / "smoothed.txt"), (toy::Levels{1, 1.5, 2.75, 5.375}));
}

TEST_F(Engine, ASettingThatNoStageReadsRerunsNothing) {
  run();
  EXPECT_EQ(planned({"title=Other"}), Names{});
}

TEST_F(Engine, ARaisedCodeVersionRerunsItsStage) {
  run();
  engine::Graph g = graph();
  g.stages[1].code_version = 2;
  const auto plan = engine::plan(g, out_);
  EXPECT_EQ(plan[1].verdict, Verdict::runs);
  EXPECT_EQ(plan[1].reasons, Names{"code version: 1 -> 2"});
}

TEST_F(Engine, ALostOrEditedOutputIsMadeAgain) {
  run();
  const std::string good = core::read_file(out_ / "smoothed.txt");
  fs::remove(out_ / "smoothed.txt");
  EXPECT_NE(reasons().find("smooth: runs\n  output: smoothed.txt is lost"), std::string::npos) << reasons();
  run();
  EXPECT_EQ(core::read_file(out_ / "smoothed.txt"), good);
  write("run/smoothed.txt", "5\n5\n5\n5\n");
  run();
  EXPECT_EQ(core::read_file(out_ / "smoothed.txt"), good);
}

TEST_F(Engine, FilesOfTheUserAreNotOverwritten) {
  core::make_folder(out_);
  write("run/metrics.csv", "mine");
  write("run/archive.zip.part12345", "mine");
  EXPECT_THROW(run(), core::InputError);
  EXPECT_EQ(core::read_file(out_ / "metrics.csv"), "mine");
  EXPECT_FALSE(fs::exists(out_ / "study.yml"));
  engine::RunRequest force;
  force.force = true;
  run({}, force);
  EXPECT_NE(core::read_file(out_ / "metrics.csv"), "mine");
  EXPECT_EQ(core::read_file(out_ / "archive.zip.part12345"), "mine");
}

TEST_F(Engine, TheStudyItselfIsNotReplacedByItsResolvedCopy) {
  const std::string study = core::read_file(folder_ / "study.yml");
  out_ = folder_;
  EXPECT_THROW(run(), core::InputError);
  EXPECT_EQ(core::read_file(folder_ / "study.yml"), study);
}

TEST_F(Engine, AnInterruptedStageGoesOnWhereItStopped) {
  toy::hooks.interrupt_after = 3;
  EXPECT_THROW(run(), core::Interrupted);
  toy::hooks.interrupt_after = -1;
  engine::RunRequest again;
  again.resume = engine::Resume::exact;
  run({}, again);
  EXPECT_EQ(toy::hooks.steps_done, 4);
  EXPECT_EQ(toy::read_levels(out_ / "smoothed.txt"), (toy::Levels{1, 1.25, 1.9375, 3.453125}));
}

TEST_F(Engine, AStudyIsTheSameHoweverItsPathIsSpelt) {
  run();
  const auto other =
      graph_of(toy::kind(), read_study((folder_ / "." / "run" / ".." / "study.yml").string(), {}));
  for (const auto& stage : engine::plan(other, out_))
    EXPECT_EQ(stage.verdict, Verdict::up_to_date) << stage.stage;
}

using EngineDeath = Engine;

TEST_F(EngineDeath, AFileThatWasNotDeclaredMustNotBeRead) {
  write("secret.txt", "x");
  toy::hooks.cheat = true;
  EXPECT_DEATH(run(), "stage score reads .*secret.txt, which it did not declare");
}

TEST_F(EngineDeath, SettingsThatWereNotDeclaredMustNotBeRead) {
  toy::hooks.peek = true;
  EXPECT_DEATH(run(), "stage score reads the settings smooth, which it did not declare");
}

TEST_F(Engine, EveryCommandWorksForTheToy) {
  const std::string study = (folder_ / "study.yml").string();
  EXPECT_EQ(command({"init", "toy", (folder_ / "new").string()}).first, cli::kDone);
  EXPECT_EQ(command({"init", "toy", (folder_ / "new").string()}).first, cli::kBadInput);
  EXPECT_NE(command({"check", study}).second.find("4 levels"), std::string::npos);
  EXPECT_NE(command({"help", "toy"}).second.find("smooth.weight = 0.5"), std::string::npos);
  EXPECT_NE(command({"help", "smooth"}).second.find("smooth.weight = 0.5"), std::string::npos);
  EXPECT_EQ(command({"smooth", study, "--out", out_.string(), "-q"}).first, cli::kDone);
  EXPECT_FALSE(fs::exists(out_ / "metrics.csv"));
  EXPECT_NE(command({"run", study, "--out", out_.string(), "--dry-run"})
                .second.find("smooth: up to date\nscore: runs"),
            std::string::npos);
  EXPECT_EQ(command({"run", study, "--out", out_.string(), "--until", "scor"}).first, cli::kBadInput);
  EXPECT_EQ(command({"run", study, "--out", out_.string(), "-q"}).first, cli::kDone);
  EXPECT_EQ(command({"report", out_.string()}).first, cli::kDone);
  EXPECT_NE(command({"compare", out_.string(), out_.string(), "--metric", "RMSE"}).second.find("well "),
            std::string::npos);
  // A run folder stands for its study.
  EXPECT_NE(command({"run", out_.string(), "--dry-run"}).second.find("report: up to date"),
            std::string::npos);
}

TEST_F(Engine, ARunThatStopsBeforeOldResultsSaysSoAndSoDoCompareAndReport) {
  run();
  const auto said = [&](const std::vector<std::string>& words) {
    ::testing::internal::CaptureStderr();
    EXPECT_EQ(command(words).first, cli::kDone);
    return ::testing::internal::GetCapturedStderr();
  };
  const std::vector<std::string> compare = {"compare", out_.string(), out_.string(), "--metric", "RMSE"};
  EXPECT_EQ(engine::outdated(out_, "metrics.csv"), "");
  EXPECT_EQ(said(compare).find("earlier results"), std::string::npos);
  const std::string study = (folder_ / "study.yml").string();
  EXPECT_EQ(said({"smooth", study, "--out", out_.string()}).find("left as they were"), std::string::npos);

  const std::string left = said({"smooth", study, "--out", out_.string(), "--set", "smooth.weight=0.5"});
  EXPECT_NE(left.find("left as they were, not of these results: score, report"), std::string::npos) << left;
  EXPECT_EQ(engine::outdated(out_, "smoothed.txt"), "");
  EXPECT_EQ(engine::outdated(out_, "metrics.csv"), "stage smooth ran again after score");
  EXPECT_NE(said(compare).find("metrics.csv is of earlier results (stage smooth ran again after score)"),
            std::string::npos);
  EXPECT_NE(said({"report", out_.string()}).find("the results of score are of before"), std::string::npos);

  run({"smooth.weight=0.5"});
  EXPECT_EQ(engine::outdated(out_, "metrics.csv"), "");
  EXPECT_EQ(said(compare).find("earlier results"), std::string::npos);
}

TEST_F(Engine, AReportOfDamagedFilesIsRefused) {
  run();
  write("run/metrics.csv", "{}");
  EXPECT_EQ(command({"report", out_.string()}).first, cli::kBadInput);
}

}  // namespace
}  // namespace phreatic::studies

// SPDX-License-Identifier: BSD-3-Clause
// What a run does with files: its own, the user's, and those of another run.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "phreatic/core/context.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/core/files/folder_lock.hpp"
#include "phreatic/flow/mf6/results/result_files.hpp"
#include "phreatic/flow/mf6/run.hpp"
#include "small_model.hpp"

namespace phreatic::flow::mf6 {
namespace {

namespace fs = std::filesystem;
using small_model::Folder;

RunSummary run(const RunRequest& request) {
  core::Log log(true);
  core::Context context{log, false};
  return run_simulation(request, context);
}

RunRequest request_of(const fs::path& model, const fs::path& out) {
  RunRequest request;
  request.folder = model;
  request.out = out;
  return request;
}

nlohmann::json record_of(const fs::path& out) {
  return nlohmann::json::parse(core::read_file(out / kRecordFile));
}

void put_changed(const Folder& folder, const std::string& file, const std::string& find,
                 const std::string& by) {
  auto files = small_model::files();
  const std::size_t at = files[file].find(find);
  ASSERT_NE(at, std::string::npos);
  files[file].replace(at, find.size(), by);
  small_model::put_all(folder, files);
}

std::string refusal(const RunRequest& request) {
  try {
    run(request);
  } catch (const core::InputError& error) {
    return error.what();
  }
  return "";
}

TEST(RunFiles, TwoOutputsInOneFileAreRefused) {
  const Folder model;
  const Folder out;
  put_changed(model, "m.oc", "m.cbc", "./m.hds");
  EXPECT_NE(refusal(request_of(model.path(), out.path())).find("BUDGET: is also the file of HEAD"),
            std::string::npos);
  EXPECT_TRUE(fs::is_empty(out.path()));
}

TEST(RunFiles, AnInputIsNotOverwritten) {
  const Folder model;
  put_changed(model, "m.oc", "m.cbc", "m.wel");
  const std::string before = core::read_file(model.path() / "m.wel");
  EXPECT_NE(refusal(request_of(model.path(), "")).find("is an input file of the model"), std::string::npos);
  EXPECT_EQ(core::read_file(model.path() / "m.wel"), before);
  const Folder out;
  EXPECT_EQ(refusal(request_of(model.path(), out.path())), "");
}

TEST(RunFiles, AnOutputThatCannotBeOpenedLeavesEarlierResults) {
  const Folder model;
  const Folder out;
  small_model::put_all(model, small_model::files());
  run(request_of(model.path(), out.path()));
  const std::string heads = core::read_file(out.path() / "m.hds");
  fs::remove(out.path() / "m.lst");
  fs::create_directory(out.path() / "m.lst");
  EXPECT_THROW(run(request_of(model.path(), out.path())), core::RunError);
  EXPECT_EQ(core::read_file(out.path() / "m.hds"), heads);
}

TEST(RunFiles, TheRecordSaysFromTheStartThatResultsAreAPart) {
  const Folder model;
  const Folder out;
  small_model::put_all(model, small_model::files());
  run(request_of(model.path(), out.path()));
  EXPECT_TRUE(record_of(out.path()).at("complete"));
  RunRequest request = request_of(model.path(), out.path());
  request.after_step = [](const StepReport&) { throw std::runtime_error("killed"); };
  EXPECT_THROW(run(request), std::runtime_error);
  EXPECT_FALSE(record_of(out.path()).at("complete"));
  EXPECT_EQ(record_of(out.path()).at("state"), "running");
}

TEST(RunFiles, AFolderHasOneWriter) {
  const Folder model;
  const Folder out;
  small_model::put_all(model, small_model::files());
  run(request_of(model.path(), out.path()));
  const std::string heads = core::read_file(out.path() / "m.hds");
  const core::FolderLock other(out.path());
  EXPECT_THROW(run(request_of(model.path(), out.path())), core::RunError);
  EXPECT_EQ(core::read_file(out.path() / "m.hds"), heads);
}

TEST(RunFiles, OnlyOurOwnLeftoversAreRemoved) {
  const Folder model;
  const Folder out;
  small_model::put_all(model, small_model::files());
  out.put(std::string(kStateFile) + ".part999999", "half");
  out.put("thesis.part1", "mine");
  run(request_of(model.path(), out.path()));
  EXPECT_FALSE(fs::exists(out.path() / (std::string(kStateFile) + ".part999999")));
  EXPECT_TRUE(fs::exists(out.path() / "thesis.part1"));
}

TEST(RunFiles, AResumedRunDoesNotDependOnHowItsFoldersAreSpelled) {
  const Folder model;
  const Folder whole;
  const Folder out;
  small_model::put_all(model, small_model::files());
  run(request_of(model.path(), whole.path()));
  RunRequest request = request_of(model.path() / "." / "", out.path());
  request.checkpoint_s = -1;  // after every step
  int steps = 0;
  request.after_step = [&](const StepReport&) {
    if (++steps == 2) throw std::runtime_error("killed");
  };
  EXPECT_THROW(run(request), std::runtime_error);
  RunRequest again = request_of(model.path(), out.path().parent_path() / "." / out.path().filename());
  again.resume = true;
  EXPECT_EQ(run(again).steps, 3U);
  for (const char* file : {"m.hds", "m.cbc", "m.lst"})
    EXPECT_EQ(core::read_file(out.path() / file), core::read_file(whole.path() / file)) << file;
}

TEST(RunFiles, ResultsThatWereMovedAreReadWhereTheyLie) {
  const Folder model;
  const Folder out;
  const Folder moved;
  small_model::put_all(model, small_model::files());
  run(request_of(model.path(), out.path()));
  fs::copy(out.path(), moved.path(), fs::copy_options::recursive);
  const std::string named = record_of(moved.path()).at("head_file");
  EXPECT_EQ(named, "m.hds");
  EXPECT_EQ(recorded_file(moved.path(), named), moved.path() / "m.hds");
}

TEST(RunFiles, TextOfTwoBytesACharacterIsNotAnEmptyPackage) {
  const Folder model;
  small_model::put_all(model, small_model::files());
  std::string wide = "\xFF\xFE";
  for (const char c : small_model::files()["m.wel"]) (wide += c) += '\0';
  model.put("m.wel", wide);
  core::Problems problems;
  read_simulation({.folder = model.path()}, problems);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_NE(problems.items()[0].text().find("m.wel:1: is no plain text"), std::string::npos)
      << problems.items()[0].text();
  model.put("m.wel", "\xEF\xBB\xBF" + small_model::files()["m.wel"]);  // a mark of UTF-8 does no harm
  EXPECT_EQ(read_simulation({.folder = model.path()}).model.packages.size(), 2U);
}

}  // namespace
}  // namespace phreatic::flow::mf6

// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>

#include "phreatic/core/files/files.hpp"
#include "phreatic/flow/ensemble/block_file.hpp"
#include "phreatic/flow/ensemble/study.hpp"
#include "phreatic/flow/mf6/adjoint/study_places.hpp"
#include "phreatic/flow/mf6/input/reader.hpp"

namespace phreatic::flow {
namespace {

namespace fs = std::filesystem;

fs::path block_path(const fs::path& out, std::size_t block) {
  return out / fmt::format("block_{:04}.nc", block + 1);
}

bool has_blocks(const fs::path& out) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(out, none)) {
    if (entry.path().filename().string().rfind("block_", 0) == 0) return true;
  }
  return false;
}

class StudyRun {
 public:
  StudyRun(const EnsembleRequest& request, core::Context& context) : request_(request), context_(context) {}

  EnsembleSummary run() {
    read();
    refuse_foreign_blocks();
    core::make_folder(request_.out);
    size_ = static_cast<std::size_t>(std::max(study_.ensemble.lanes, 1));
    summary_.notes = notes_;
    summary_.blocks = (scenarios_.size() + size_ - 1) / size_;
    std::vector<std::size_t> wanted;
    for (std::size_t b = 0; b < summary_.blocks; ++b) {
      if (is_valid_block(block_path(request_.out, b), mark(b))) {
        ++summary_.done_before;
      } else if (b % static_cast<std::size_t>(request_.tasks) !=
                 static_cast<std::size_t>(request_.task - 1)) {
        ++summary_.left;
      } else {
        wanted.push_back(b);
      }
    }
    if (request_.dealer != nullptr) {
      share(wanted, *request_.dealer);
    } else {
      std::for_each(wanted.begin(), wanted.end(), [&](std::size_t b) { compute_block(b); });
    }
    return summary_;
  }

 private:
  void read() {
    if (request_.tasks < 1 || request_.task < 1 || request_.task > request_.tasks)
      throw core::InputError({.where = "--task",
                              .what = fmt::format("{}/{}", request_.task, request_.tasks),
                              .allowed = "K/N with 1 <= K <= N"});
    core::Problems problems;
    const std::string bytes = core::read_file(request_.study_file);
    const core::Tree tree = core::read_yaml(request_.study_file.string());
    core::read_params(tree, study_, problems);
    problems.throw_if_any();
    const fs::path folder = request_.study_file.parent_path();
    mf6::ReadResult read =
        mf6::read_simulation({.folder = folder / study_.model, .name_file = study_.name_file});
    notes_ = read.notes;
    for (const std::string& note : notes_) context_.log.info("note: " + note);
    model_ = std::move(read.model);
    scenarios_ = make_scenarios(study_, model_, folder, problems);
    check_scenarios(model_, scenarios_, problems);
    check_dates(model_, study_.ensemble.dates, problems);
    if (!problems.empty())
      throw core::InputError(mf6::in_study(problems.items(), tree, "scenarios", "scenario ", "ensemble"));
    std::string all = bytes + PHREATIC_VERSION;
    for (const std::string& file : read.files) all += file + core::hash_file(file);
    for (const ScenarioParams& scenario : study_.scenarios) {
      for (const ChangeParams& change : scenario.changes) {
        if (!change.array.empty()) all += core::hash_file(folder / change.array);
      }
    }
    fingerprint_ = core::hash_bytes(all);
  }

  std::string mark(std::size_t block) const { return fmt::format("{} {}", fingerprint_, block); }

  void share(const std::vector<std::size_t>& wanted, BlockDealer& dealer) {
    dealer.open(wanted);
    while (const std::optional<std::size_t> b = dealer.next()) compute_block(*b);
    const std::vector<std::size_t> all = dealer.sums({summary_.done_now, summary_.failed});
    summary_.done_now = all[0];
    summary_.failed = all[1];
  }

  void compute_block(std::size_t b) {
    const fs::path path = block_path(request_.out, b);
    const std::size_t count = std::min(size_, scenarios_.size() - b * size_);
    const auto first = scenarios_.begin() + static_cast<std::ptrdiff_t>(b * size_);
    context_.log.info(fmt::format("block {} of {}: scenarios {} to {}", b + 1, summary_.blocks, b * size_ + 1,
                                  b * size_ + count));
    summary_.failed +=
        compute(std::vector<Scenario>(first, first + static_cast<std::ptrdiff_t>(count)), path, mark(b));
    summary_.files.push_back(path);
    ++summary_.done_now;
  }

  void refuse_foreign_blocks() const {
    const bool other_rank = request_.dealer != nullptr && !request_.dealer->first();
    if (request_.resume || request_.tasks > 1 || other_rank || !has_blocks(request_.out)) return;
    throw core::InputError(
        {.where = request_.out.string(),
         .what = "has blocks of an ensemble already",
         .mend = "Add --resume to keep those of this study and compute the rest, or choose another"
                 " folder"});
  }

  // Returns how many scenarios failed.
  std::size_t compute(const std::vector<Scenario>& scenarios, const fs::path& path, const std::string& mark) {
    BlockResult block;
    block.fingerprint = mark;
    block.rows = model_.grid.nrow;
    block.columns = model_.grid.ncol;
    const std::size_t cells = model_.grid.layer_cells();
    const std::size_t dates = std::max<std::size_t>(study_.ensemble.dates.size(), 1);
    block.table_rise.assign(scenarios.size() * dates * cells, std::numeric_limits<float>::quiet_NaN());
    block.result = run_ensemble(model_, scenarios, study_.ensemble, context_, [&](const ScenarioHeads& at) {
      const std::vector<double> rise = at.table_rise();
      float* to = block.table_rise.data() + (at.scenario * dates + at.date) * cells;
      for (std::size_t c = 0; c < cells; ++c) {
        if (at.baseline_table[c] < kInactiveHead) to[c] = static_cast<float>(rise[c]);
      }
    });
    write_block(path, block);
    return static_cast<std::size_t>(
        std::count_if(block.result.scenarios.begin(), block.result.scenarios.end(),
                      [](const ScenarioResult& one) { return one.status == ScenarioStatus::failed; }));
  }

  const EnsembleRequest& request_;
  core::Context& context_;
  EnsembleStudy study_;
  Model model_;
  std::vector<Scenario> scenarios_;
  std::vector<std::string> notes_;
  std::string fingerprint_;
  std::size_t size_ = 1;  // scenarios in a block
  EnsembleSummary summary_;
};

}  // namespace

EnsembleSummary run_ensemble_study(const EnsembleRequest& request, core::Context& context) {
  return StudyRun(request, context).run();
}

}  // namespace phreatic::flow

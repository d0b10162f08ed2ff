// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/stages/trial.hpp"

#include <cmath>
#include <memory>

#include "phreatic/hydrographs/training/training.hpp"
#include "phreatic/studies/wells/input/cut.hpp"
#include "phreatic/studies/wells/input/load.hpp"
#include "phreatic/studies/wells/input/preconditions.hpp"

namespace phreatic::studies::wells {
namespace {

struct Shared {
  std::string sources;  // as text
  std::shared_ptr<const hydrographs::Prepared> training;
};

// What training may look at, as the stage of a run has it.
const hydrographs::Prepared& training_data(Shared& shared, const WellsSettings& settings,
                                           const StudyFile& study, core::Context& context) {
  const std::string sources = core::to_yaml(sources_of(settings));
  if (!shared.training || shared.sources != sources) {
    const auto whole =
        std::make_shared<const hydrographs::Prepared>(load_for_check(settings, study.path, context));
    shared.training = std::make_shared<const hydrographs::Prepared>(TrainingData(whole).make());
    shared.sources = sources;
  }
  return *shared.training;
}

TrialOutcome outcome_of(const std::vector<hydrographs::UnitTraining>& trained) {
  TrialOutcome out;
  double sum = 0;
  std::size_t count = 0;
  for (const hydrographs::UnitTraining& unit : trained) {
    for (const learn::MemberResult& member : unit.result.members) {
      if (member.status == learn::TrainStatus::diverged) out.message = member.message;
      out.pruned = out.pruned || member.status == learn::TrainStatus::pruned;
      sum += member.status == learn::TrainStatus::diverged ? std::nan("") : member.best_validation_loss;
      out.epochs += static_cast<int>(member.curve.size());
      ++count;
    }
  }
  out.score = count > 0 ? sum / static_cast<double>(count) : std::nan("");
  if (std::isnan(out.score) && out.message.empty())
    out.message = "there is no validation loss: give the study a validation period or blocks";
  return out;
}

}  // namespace

Trial make_trial() {
  auto shared = std::make_shared<Shared>();
  return [shared](const TrialRequest& request, core::Context& context) {
    const WellsSettings settings = read_settings(request.study);
    const hydrographs::Prepared& prepared = training_data(*shared, settings, request.study, context);
    core::Problems problems;
    check_preconditions(prepared, checked_settings(settings), request.study.path, problems);
    problems.throw_if_any();
    const hydrographs::Models models{plan_units(prepared, settings.data.split, settings.task), settings.task,
                                     request.folder};
    const bool alone = models.units.size() == 1 && settings.task.learn.ensemble.members == 1;
    hydrographs::KeepGoing keep_going;
    if (alone)
      keep_going = [&](std::size_t, const learn::EpochRecord& r) { return request.go_on(r.validation_loss); };
    return outcome_of(train_units(prepared, models, learn::ResumeMode::fresh, context, keep_going));
  };
}

}  // namespace phreatic::studies::wells

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/run.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files.hpp"
#include "phreatic/hydrographs/explanation.hpp"
#include "phreatic/hydrographs/forecast.hpp"
#include "phreatic/hydrographs/outputs.hpp"
#include "phreatic/hydrographs/training.hpp"
#include "phreatic/studies/run_folder.hpp"
#include "phreatic/studies/wells/load.hpp"
#include "phreatic/studies/wells/report/page.hpp"
#include "phreatic/studies/wells/run_files.hpp"
#include "phreatic/studies/wells/truth.hpp"
#include "phreatic/studies/wells/types.hpp"

namespace phreatic::studies::wells {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// One run: what is known of the study, the folder, and the keys of its stages.
class Run {
 public:
  Run(const RunRequest& request, WellsSettings settings, const std::string& study_file, const fs::path& out)
      : request_(request),
        settings_(std::move(settings)),
        folder_(out),
        log_(request.quiet, (out / "log.txt").string()),
        context_{log_, !request.quiet} {
    log_.detail("phreatic " PHREATIC_VERSION " " + study_file);
    core::remove_abandoned_parts(out);  // of a run that was killed; not of one that reads, perhaps elsewhere
    core::write_file_atomic(out / "study.yml", core::to_yaml(settings_));
    prepared_ = load_wells(settings_, study_file, out.string(), context_);
    for (const std::string& line : describe_data(prepared_)) log_.detail(line);
    write_wells(prepared_, out / "wells.json");
    models_ = {plan_units(prepared_, settings_.data.split, settings_.task), settings_.task,
               folder_ / "model"};
    data_key_ = core::hash_bytes(program_hash() + data::provenance_json(prepared_.loaded) +
                                 core::to_yaml(settings_.data));
  }

  void all(Stage last) {
    train();
    if (last >= Stage::predict) predict();
    if (last >= Stage::evaluate) evaluate();
    if (last >= Stage::explain && settings_.explain.enabled) explain();
    if (last >= Stage::types && settings_.explain.enabled) types();
    write_provenance();
    if (last >= Stage::report) report();
  }

 private:
  // Runs `work` unless the stage is up to date; `files` is what it writes.
  void stage(const std::string& name, const std::string& key, const std::vector<std::string>& files,
             const std::function<void()>& work) {
    core::throw_if_interrupted();
    if (folder_.up_to_date(name, key)) {
      log_.info(name + ": up to date");
      return;
    }
    const double start = now_s();
    work();
    folder_.finish(name, key, now_s() - start, files);
    log_.info(fmt::format("{}: done in {:.1f} s", name, now_s() - start));
  }

  template <class... Params>
  static std::string key_of(const std::string& before, const Params&... params) {
    std::string text = before;
    ((text += core::to_yaml(params)), ...);
    return core::hash_bytes(text);
  }

  void train() {
    train_key_ = key_of(data_key_, settings_.task.learn, settings_.task.validation, settings_.task.forecast) +
                 fmt::format("-{}{}", static_cast<int>(settings_.task.scope),
                             static_cast<int>(settings_.task.attributes));
    stage("train", train_key_, {"training.json"}, [&] {
      const auto trained = train_units(prepared_, models_, request_.resume, context_);
      write_training(trained, folder_ / "training.json");
    });
  }

  void predict() {
    predict_key_ =
        key_of(train_key_, settings_.uncertainty) + core::hash_bytes(core::value_text(&settings_.baselines));
    std::vector<std::string> files = {"predictions.nc", "predictions.csv"};
    if (settings_.forecasts()) files.emplace_back("forecasts.nc");
    stage("predict", predict_key_, files, [&] {
      const auto simulations = simulate();
      std::vector<std::vector<hydrographs::BaselineSimulation>> baselines(prepared_.panel.entity_count());
      core::Progress progress("baselines", baselines.size(), "wells", context_.show_progress);
      for (std::size_t e = 0; e < baselines.size(); ++e) {
        core::throw_if_interrupted();
        baselines[e] = simulate_baselines(prepared_, baseline_params(), e);
        progress.advance();
      }
      write_run_series(collect_series(prepared_, simulations, baselines), folder_ / "predictions.nc",
                       folder_ / "predictions.csv");
    });
  }

  // In forecast mode what stands for the study is the largest lead; all leads are in forecasts.nc.
  std::vector<hydrographs::Simulation> simulate() {
    if (!settings_.forecasts()) return simulate_series(prepared_, models_, settings_.uncertainty, context_);
    hydrographs::Forecasted forecasts = forecast_series(prepared_, models_, settings_.uncertainty, context_);
    write_forecasts(forecasts.leads, folder_ / "forecasts.nc");
    return std::move(forecasts.horizon);
  }

  hydrographs::BaselineParams baseline_params() const {
    const auto horizon = static_cast<std::size_t>(settings_.task.learn.window.horizon);
    return {settings_.baselines, settings_.uncertainty.conformal, settings_.forecasts() ? horizon : 0};
  }

  hydrographs::EvaluationParams evaluation_params() const {
    return {model_name(settings_.task), settings_.uncertainty.conformal.level, settings_.explain.frost};
  }

  void evaluate() {
    stage("evaluate", key_of(predict_key_, settings_.explain.frost), {"metrics.csv"}, [&] {
      const hydrographs::RunSeries series = hydrographs::read_run_series(folder_ / "predictions.nc");
      stats::MetricTable table =
          evaluate_series(prepared_, evaluation_params(), simulations_of(series), baselines_of(series));
      if (settings_.forecasts())
        score_leads(prepared_, evaluation_params(), hydrographs::read_forecasts(folder_ / "forecasts.nc"),
                    table);
      stats::write_csv(table, folder_ / "metrics.csv");
    });
    log_.info(headline(folder_.folder()));
  }

  void explain() {
    explain_key_ = key_of(train_key_, settings_.explain);
    stage("explain", explain_key_, {"explain/contributions.csv", "explain/lags.csv"}, [&] {
      core::make_folder(folder_ / "explain");
      hydrographs::Explanation explanation;
      const auto work = [&](const hydrographs::CubeSink& sink) {
        explanation = explain_series(prepared_, models_, settings_.explain, sink, context_);
      };
      if (settings_.explain.keep_cube) {
        write_cube(folder_ / "explain/attributions.nc", prepared_,
                   explained_drivers(prepared_, settings_.task),
                   hydrographs::explained_lags(settings_.task.learn.window), work);
      } else {
        work({});
      }
      write_explanation(explanation, prepared_, folder_ / "explain");
      const auto& s = explanation.summary;
      folder_.note("explain", {{"windows", s.windows},
                               {"converged", s.converged},
                               {"draws", s.draws},
                               {"evaluations", s.evaluations},
                               {"largest_error", s.largest_error},
                               {"largest_residual", s.largest_residual},
                               {"rms_residual_in_errors", s.rms_residual_in_errors}});
    });
  }

  void types() {
    if (!settings_.explain.types || prepared_.panel.entity_count() < 4) return;
    if (settings_.forecasts()) {  // what moves a forecast is the level before it, whatever the well's type
      log_.info("types: wells are grouped by simulations only, not by forecasts");
      return;
    }
    const hydrographs::RunSeries series = hydrographs::read_run_series(folder_ / "predictions.nc");
    const hydrographs::Explanation explanation = hydrographs::read_explanation(folder_ / "explain", series);
    std::optional<basin::Basin> basin;
    if (settings_.virtual_wells) basin = basin::make_basin(settings_.basin);
    stage("types", explain_key_, {"explain/types.json"}, [&] {
      const auto true_types = basin ? type_indices(*basin, prepared_) : std::vector<int>{};
      write_types(find_study_types(prepared_, settings_.explain, explanation, true_types),
                  prepared_.panel.entities, folder_ / "explain/types.json");
    });
    if (!basin || !settings_.explain.truth) return;
    stage("truth", explain_key_, {"explain/truth.json"}, [&] {
      const hydrographs::ExplainParams params = truth_params(settings_.explain);
      const hydrographs::Explanation against_years = explain_series(prepared_, models_, params, {}, context_);
      write_truth(compare_with_truth(*basin, prepared_, params, against_years, context_), against_years,
                  prepared_, folder_.folder() / "explain");
    });
  }

  void write_provenance() {
    json provenance = json::parse(data::provenance_json(prepared_.loaded));
    provenance["machine"] = describe_machine();
    provenance["instruction_set_and_libraries"] = learn::machine_fingerprint();
    provenance["seed"] = settings_.task.learn.training.seed;
    for (const char* name : {"train", "predict", "evaluate", "explain", "types", "truth"}) {
      if (folder_.seconds(name) > 0) provenance["seconds"][name] = folder_.seconds(name);
    }
    core::write_file_atomic(folder_ / "provenance.json", provenance.dump(1) + "\n");
  }

  void report() {
    const double start = now_s();
    remake_report(folder_.folder(), context_);
    log_.info(fmt::format("report: done in {:.1f} s", now_s() - start));
  }

  const RunRequest& request_;
  WellsSettings settings_;
  RunFolder folder_;
  core::Log log_;
  core::Context context_;
  hydrographs::Prepared prepared_;
  hydrographs::Models models_;
  std::string data_key_;
  std::string train_key_;
  std::string predict_key_;
  std::string explain_key_;
};

}  // namespace

fs::path run_study(const RunRequest& request) {
  std::string study = request.study;
  fs::path out = request.out;
  if (fs::is_directory(study)) {
    if (out.empty()) out = study;
    study = (fs::path(study) / "study.yml").string();
  }
  if (out.empty()) out = fs::path("runs") / fs::path(study).stem();
  WellsSettings settings = read_settings(study, request.overrides);
  // The resolved copy in the run folder must find the same files.
  settings.folder =
      fs::absolute("." / fs::path(study).parent_path() / settings.folder).lexically_normal().string();
  core::make_folder(out);
  Run run(request, std::move(settings), study, out);
  run.all(request.last);
  return out;
}

}  // namespace phreatic::studies::wells

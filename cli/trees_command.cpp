// SPDX-License-Identifier: BSD-3-Clause
// trees: train, use and explain boosted trees; models of XGBoost are read as they are.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

#include "cli/command.hpp"
#include "phreatic/core/context.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/csv_cell.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/studies/pages/trees_page.hpp"
#include "phreatic/trees/files/model_file.hpp"
#include "phreatic/trees/forest.hpp"
#include "phreatic/trees/importance.hpp"
#include "phreatic/trees/training/library.hpp"
#include "phreatic/trees/training/tuning.hpp"

namespace phreatic::cli {
namespace {

namespace fs = std::filesystem;

// Settings of a described struct by --set name=value.
template <class P>
void set_params(P& params, const std::vector<std::string>& settings, const std::string& where) {
  std::string yaml;
  for (const std::string& s : settings) {
    const std::size_t equal = s.find('=');
    if (equal == std::string::npos)
      throw core::InputError(
          {.where = fmt::format("{} {}", where, s), .what = "has no =", .allowed = "name=value"});
    yaml += fmt::format("{}: {}\n", s.substr(0, equal), s.substr(equal + 1));
  }
  if (yaml.empty()) return;
  core::Problems problems;
  core::read_params(core::parse_yaml(yaml, where), params, problems);
  problems.throw_if_any();
}

template <class P>
std::string settings_help(const P& params) {
  std::string out;
  for (const core::FieldRow& row : core::field_table(params))
    out += fmt::format("  {:<20} {} (default {}{})\n", row.path, row.help, row.default_value,
                       row.allowed.empty() ? "" : "; " + row.allowed);
  return out;
}

void say(core::Log& log, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) log.info(line);
}

struct Input {
  std::string table, id, separator = "auto", decimal = "auto";

  void add_options(CLI::App& app) {
    app.add_option("TABLE", table, "CSV file with a row of names")->required();
    app.fallthrough();  // --quiet and --threads may stand behind
    app.add_option("--id", id, "Column that names the rows");
    app.add_option("--separator", separator, "auto, comma, semicolon, tab, pipe")->capture_default_str();
    app.add_option("--decimal", decimal, "auto, point, comma")->capture_default_str();
  }
  trees::TableFile read(const std::string& file, const std::string& target,
                        const std::vector<std::string>& columns, core::Problems& problems,
                        const std::vector<std::string>& needed = {}) const {
    trees::TableRequest request{.id = id, .target = target, .columns = columns, .needed = needed};
    request.dialect.separator = separator;
    request.dialect.decimal = decimal;
    return trees::read_table(file, request, problems);
  }
};

// A table read for a model: its columns in the model's order.
struct Rows {
  trees::Table table;
  std::vector<std::string> labels;
};
Rows rows_for(const trees::Booster& booster, const Input& input, const std::string& file, core::Log& log) {
  core::Problems problems;
  trees::TableFile read = input.read(file, "", {}, problems, booster.feature_names);
  trees::Aligned aligned;
  if (problems.empty()) aligned = trees::align_columns(read.table, booster, file, problems);
  problems.throw_if_any();
  say(log, read.said);
  say(log, aligned.said);
  if (read.labels.empty()) {
    for (std::size_t r = 0; r < aligned.table.rows; ++r) read.labels.push_back(fmt::format("row {}", r + 1));
  }
  return {std::move(aligned.table), std::move(read.labels)};
}

trees::Booster read_booster(const std::string& file, core::Log& log) {
  trees::Booster booster = trees::read_model(file);
  log.info(fmt::format("{}: {} trees, {} features, {}, XGBoost {}", file, booster.trees.size(),
                       booster.features, booster.objective,
                       booster.version.empty() ? "of unknown version" : booster.version));
  if (const auto best = booster.attributes.find("best_iteration"); best != booster.attributes.end())
    log.info(fmt::format("{}: best_iteration {} is not used: all trees count", file, best->second));
  return booster;
}

class TreesCommand : public Command {
 public:
  std::string name() const override { return "trees"; }
  std::string summary() const override { return "Train, use and explain boosted trees (XGBoost's models)"; }
  void add_options(CLI::App& app) override {
    app.require_subcommand(1);
    app.add_option("--threads", threads_, "Threads; 0: all cores")->check(CLI::Range(0, 1024));
    app.add_flag("--quiet", quiet_, "No progress, no notes");
    add_train(app);
    add_predict(app);
    add_explain(app);
  }
  int run() override {
    core::set_thread_count(threads_ > 0 ? threads_ : core::thread_count());
    return (this->*work_)();
  }

 private:
  void add_train(CLI::App& app) {
    auto* train = app.add_subcommand("train", "Learn a target column from the others");
    input_.add_options(*train);
    train->add_option("--target", target_, "Column that is learned")->required();
    train->add_option("--features", columns_, "Columns to learn from; default: all others that hold numbers")
        ->delimiter(',');
    train->add_flag("--log10", log10_, "Learn the logarithm of the target; scores are of the target itself");
    train->add_option("--set", settings_, "Setting: --set max_depth=4 (repeatable)")->type_name("NAME=VALUE");
    train->add_flag("--tune", tune_, "Search the settings first, by a Latin hypercube and cross-validation");
    train
        ->add_option("--tune-set", tune_settings_,
                     "Setting of the search: --tune-set samples=100 (repeatable)")
        ->type_name("NAME=VALUE");
    train->add_option("--folds", folds_.folds, "Folds of the cross-validation; 0: none")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    train->add_option("--repeats", folds_.repeats, "Times that it is repeated")->capture_default_str();
    train->add_flag("--resume", resume_, "Go on with a search that was cut off");
    train->add_option("-o,--out", out_, "Model to write: .json or .ubj")->required();
    train->footer("Settings\n" + settings_help(trees::TrainParams{}) +
                  "Settings of the search (--tune-set)\n" + settings_help(trees::TuneParams{}));
    train->callback([this] { work_ = &TreesCommand::train; });
  }
  void add_predict(CLI::App& app) {
    auto* predict = app.add_subcommand("predict", "Predictions of a model for the rows of a table");
    predict->add_option("MODEL", model_, "XGBoost model, .json or .ubj")->required();
    input_.add_options(*predict);
    predict->add_flag("--margin", margin_, "The margin in place of the prediction");
    predict->add_option("-o,--out", out_, "CSV file to write")->required();
    predict->callback([this] { work_ = &TreesCommand::predict; });
  }
  void add_explain(CLI::App& app) {
    auto* explain =
        app.add_subcommand("explain", "What each feature adds to each prediction (Shapley values)");
    explain->add_option("MODEL", model_, "XGBoost model, .json or .ubj")->required();
    input_.add_options(*explain);
    explain->add_option(
        "--background", background_,
        "CSV file of rows that stand for unknown features (interventional); default: by the covers of "
        "the model's nodes (path-dependent)");
    explain->add_flag("--interactions", interactions_, "Also what pairs of features add");
    explain->add_flag("--log10", log10_, "The model's target is a log10: factors beside the sums");
    explain->add_option("--target-name", target_, "Name of the target in the page")->capture_default_str();
    explain->add_option("--unit", unit_, "Its unit");
    explain->add_option("--row", row_,
                        "Row (its name, or its number from 1) for the waterfall; default: the highest "
                        "prediction");
    explain->add_option("-o,--out", out_, "Folder to write to")->required();
    explain->callback([this] { work_ = &TreesCommand::explain; });
  }

  trees::TrainParams tuned(const trees::TableFile& data, const trees::TrainParams& base,
                           trees::ScoreScale scale, core::Context& context) const {
    trees::TuneParams params;
    params.folds.repeats = folds_.repeats;
    params.folds.folds = folds_.folds;
    set_params(params, tune_settings_, "--tune-set");
    const fs::path state = out_ + ".tuning.csv";
    if (!resume_) fs::remove(state);
    const trees::Tuning tuning = trees::tune(data.table, data.target, base, params, scale, state, context);
    const trees::Candidate& best = tuning.candidates[tuning.best];
    fmt::print(
        "tuning: {} of {} fits; best of {} candidates: R2 {:.4f} by cross-validation; {} others within two "
        "standard errors\n",
        tuning.fits, tuning.all_fits, tuning.candidates.size(), best.mean(), tuning.within_noise);
    return best.params;
  }

  int train() {
    core::Log log(quiet_);
    core::Context context{log, !quiet_};
    core::Problems problems;
    if (!out_.ends_with(".json") && !out_.ends_with(".ubj"))
      problems.add({.where = "--out",
                    .what = out_ + " is no name of a model",
                    .allowed = "a name that ends in .json or .ubj"});
    trees::TableFile data = input_.read(input_.table, target_, columns_, problems);
    for (std::size_t r = 0; log10_ && r < data.target.size(); ++r) {
      if (!(data.target[r] > 0) && problems.size() < 20)
        problems.add({.file = input_.table,
                      .where = fmt::format("target '{}', row {}", target_, r + 1),
                      .what = fmt::format("{} has no logarithm", data.target[r]),
                      .allowed = "values above 0",
                      .mend = "Leave out --log10, or the row"});
      data.target[r] = std::log10(data.target[r]);
    }
    problems.throw_if_any();
    trees::xgboost_library();  // says where it was looked for
    say(log, data.said);
    trees::TrainParams params;
    set_params(params, settings_, "--set");
    const trees::ScoreScale scale = log10_ ? trees::ScoreScale::power_of_ten : trees::ScoreScale::target;
    if (tune_) params = tuned(data, params, scale, context);
    if (folds_.folds > 0) {
      const trees::Folds folds = trees::make_folds(data.table.rows, folds_);
      const trees::CrossValidation cv =
          trees::cross_validate(data.table, data.target, folds, params, scale, context);
      fmt::print(
          "cross-validation: R2 {:.4f} ({} folds, {} repeats{}){}\n", cv.mean, folds.count, folds.of.size(),
          folds.of.size() > 1 ? fmt::format("; standard error over them {:.4f}", cv.standard_error) : "",
          tune_ ? "; the folds chose the settings too" : "");
    }
    trees::Booster booster = trees::train(data.table, data.target, params, context);
    booster.attributes["phreatic_target"] = target_;
    if (log10_) booster.attributes["phreatic_scale"] = "log10";
    trees::write_model(booster, out_);
    core::write_file_atomic(out_ + ".settings.yml", core::to_yaml(params));
    fmt::print("{} rows, {} features, {} trees: {}\n", data.table.rows, data.table.features(),
               booster.trees.size(), out_);
    return kDone;
  }

  int predict() {
    core::Log log(quiet_);
    const trees::Booster booster = read_booster(model_, log);
    const Rows rows = rows_for(booster, input_, input_.table, log);
    std::vector<float> values(rows.table.rows);
    const trees::Forest forest(booster);
    if (margin_)
      forest.margins(rows.table.rows, rows.table.values.data(), values.data());
    else
      forest.predict(rows.table.rows, rows.table.values.data(), values.data());
    std::string text = "row,prediction\n";
    const bool back = !margin_ && is_log10(booster);
    if (back) log.info("the model's target is a log10: predictions are 10 to the power of it");
    for (std::size_t r = 0; r < values.size(); ++r)
      text += fmt::format("{},{}\n", core::csv_cell(rows.labels[r]),
                          back ? std::pow(10.0F, values[r]) : values[r]);
    core::write_file_atomic(out_, text);
    fmt::print("{} rows: {}\n", values.size(), out_);
    return kDone;
  }

  static bool is_log10(const trees::Booster& booster) {
    const auto found = booster.attributes.find("phreatic_scale");
    return found != booster.attributes.end() && found->second == "log10";
  }

  std::size_t chosen_row(const Rows& rows, const trees::Contributions& c) const {
    if (row_.empty()) {
      std::size_t best = 0;
      for (std::size_t r = 1; r < c.rows; ++r) best = c.margin(r) > c.margin(best) ? r : best;
      return best;
    }
    const auto found = std::find(rows.labels.begin(), rows.labels.end(), row_);
    if (found != rows.labels.end()) return static_cast<std::size_t>(found - rows.labels.begin());
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(row_.data(), row_.data() + row_.size(), number);
    if (error == std::errc{} && end == row_.data() + row_.size() && number >= 1 && number <= c.rows)
      return number - 1;
    const std::string near = core::nearest(row_, rows.labels);
    throw core::InputError({.file = input_.table,
                            .where = "--row " + row_,
                            .what = "is no row of the table",
                            .allowed = fmt::format("1 to {}, or a name of the column --id", c.rows),
                            .mend = near.empty() ? "" : fmt::format("Did you mean '{}'?", near)});
  }

  int explain() {
    core::Log log(quiet_);
    core::Context context{log, !quiet_};
    const trees::Booster booster = read_booster(model_, log);
    const Rows rows = rows_for(booster, input_, input_.table, log);
    trees::Table background;
    if (!background_.empty()) background = rows_for(booster, input_, background_, log).table;
    studies::TreesPage page{.contributions = trees::tree_shap(
                                booster, rows.table, background_.empty() ? nullptr : &background, context),
                            .table = rows.table,
                            .labels = rows.labels};
    page.row = chosen_row(rows, page.contributions);
    page.scale = log10_ || is_log10(booster)                             ? studies::TreesScale::log10
                 : trees::link_of(booster.objective) == trees::Link::log ? studies::TreesScale::natural_log
                                                                         : studies::TreesScale::sum;
    const auto named = booster.attributes.find("phreatic_target");
    page.target = named != booster.attributes.end() && target_.empty() ? named->second : target_;
    page.unit = unit_;
    page.model = model_;
    page.background_rows = background.rows;
    if (interactions_)
      page.interactions = mean_interactions(booster, rows.table, background_.empty() ? nullptr : &background);
    for (const std::string& file : studies::write_trees_explanation(page, out_)) fmt::print("{}\n", file);
    return kDone;
  }

  // Mean |interaction| [features][features]; on the diagonal the main effects.
  static std::vector<double> mean_interactions(const trees::Booster& booster, const trees::Table& table,
                                               const trees::Table* background) {
    const trees::TreeExplainer explainer =
        background != nullptr ? trees::TreeExplainer(booster, *background) : trees::TreeExplainer(booster);
    const std::size_t width = booster.features * booster.features;
    std::vector<double> out(width, 0.0);
    constexpr std::size_t kChunk = 4096;
    std::vector<double> values(std::min(kChunk, table.rows) * width);
    for (std::size_t r = 0; r < table.rows; r += kChunk) {
      core::throw_if_interrupted();
      const std::size_t n = std::min(kChunk, table.rows - r);
      explainer.interactions(n, table.row(r), values.data());
      for (std::size_t i = 0; i < n * width; ++i)
        out[i % width] += std::abs(values[i]) / static_cast<double>(table.rows);
    }
    return out;
  }

  Input input_;
  trees::FoldParams folds_;
  std::vector<std::string> columns_, settings_, tune_settings_;
  std::string target_, out_, model_, background_, row_, unit_;
  bool log10_ = false, tune_ = false, resume_ = false, margin_ = false, interactions_ = false, quiet_ = false;
  int threads_ = 0;
  int (TreesCommand::*work_)() = nullptr;
};

}  // namespace

std::unique_ptr<Command> make_trees_command() { return std::make_unique<TreesCommand>(); }

}  // namespace phreatic::cli

// SPDX-License-Identifier: BSD-3-Clause
// read -> storage -> downscale -> analyse (-> wells). Results are files; the report is made from them alone.
#include "phreatic/studies/downscaling/stages.hpp"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/data/grid/cube.hpp"
#include "phreatic/data/io/geotiff.hpp"
#include "phreatic/stats/metrics/metric_table.hpp"
#include "phreatic/studies/downscaling/checks/analysis.hpp"
#include "phreatic/studies/downscaling/checks/wells.hpp"
#include "phreatic/studies/downscaling/tables.hpp"

namespace phreatic::studies::downscaling {
namespace {

using nlohmann::json;

json value(double v) { return std::isnan(v) ? json(nullptr) : json(v); }

std::vector<core::Seconds> times(const core::TimeAxis& axis) {
  std::vector<core::Seconds> out;
  for (std::size_t t = 0; t < axis.size(); ++t) out.push_back(axis.start(t));
  return out;
}

struct CubeField {
  data::CubeVariable variable;
  const std::vector<double>* values;  // [cell * months]
};

void write_fields(const std::filesystem::path& path, const data::GeoGrid& grid, const core::TimeAxis& axis,
                  const std::string& title, const std::vector<CubeField>& fields) {
  data::CubeSchema schema{
      grid, times(axis), {}, {{"title", title}, {"source", "phreatic downscaling study"}}};
  for (const CubeField& f : fields) schema.variables.push_back(f.variable);
  data::write_cube(path, schema, [&](data::CubeWriter& writer) {
    std::vector<double> month(grid.cells());
    for (std::size_t v = 0; v < fields.size(); ++v) {
      for (std::size_t t = 0; t < axis.size(); ++t) {
        for (std::size_t i = 0; i < month.size(); ++i) month[i] = (*fields[v].values)[i * axis.size() + t];
        writer.put(v, t, {0, 0, grid.width, grid.height}, month);
      }
    }
  });
}

void read_stage(engine::StageContext& context) {
  auto inputs =
      std::make_shared<const Inputs>(read_inputs(context.settings<Settings>("inputs"), context.context()));
  for (const std::string& line : inputs->said) context.context().log.info(line);
  for (const std::string& line : inputs->warned) context.context().log.warn(line);
  context.hand_on<Inputs>("inputs", inputs, inputs->hash);
}

void write_errors(const Storage& s, const Inputs& in, const StorageParams& params,
                  const std::filesystem::path& path) {
  std::string out = "longitude,latitude,months,status";
  for (const char* what : {"sd_mm_", "relative_percent_", "weight_"}) {
    for (const auto& name : in.product_names) out += "," + csv_text(what + name);
  }
  out += ",groundwater_sd_mm,relative_to\n";
  for (std::size_t c = 0; c < in.cells.coarse.cells(); ++c) {
    const auto [x, y] = centre(in.cells.coarse, c);
    const bool known = !s.hats.empty();
    out += fmt::format("{:.6g},{:.6g},{},{}", x, y, known ? std::to_string(s.hats[c].months) : "",
                       known ? stats::to_text(s.hats[c].status) : "declared");
    for (std::size_t i = 0; i < in.product_names.size(); ++i)
      out += "," + (known ? number(s.hats[c].sd[i]) : "");
    for (std::size_t i = 0; i < in.product_names.size(); ++i)
      out += "," + (known ? number(s.hats[c].relative[i]) : "");
    for (const double w : s.weights[c]) out += "," + number(w);
    out += "," + number(s.error[c]) + "," + stats::to_text(params.hat.denominator) + "\n";
  }
  core::write_file_atomic(path, out);
}

// Groups of products by the median over cells of the error of their combination.
void write_groups(const Storage& s, const Inputs& in, const StorageParams& params,
                  const std::filesystem::path& path) {
  std::map<std::vector<std::size_t>, std::pair<std::vector<double>, std::vector<double>>> groups;
  for (std::size_t c = 0; c < s.hats.size(); ++c) {
    if (s.hats[c].status != stats::HatStatus::ok) continue;
    std::vector<stats::Series> series;
    for (const auto& p : s.products) series.push_back(stats::Series(p).subspan(c * in.months(), in.months()));
    for (const auto& g : stats::rank_groups(s.hats[c], series, stats::CombinationWeights::inverse_variance,
                                            params.hat.denominator)) {
      if (std::isnan(g.combination.sd)) continue;
      groups[g.members].first.push_back(g.combination.sd);
      groups[g.members].second.push_back(g.relative);
    }
  }
  std::vector<std::pair<double, std::string>> rows;
  for (auto& [members, values] : groups) {
    std::string names;
    for (const std::size_t i : members) names += (names.empty() ? "" : "+") + in.product_names[i];
    const double sd = stats::median(values.first);
    rows.emplace_back(sd, fmt::format("{},{},{},{}\n", csv_text(names), number(sd),
                                      number(stats::median(values.second)), values.first.size()));
  }
  std::sort(rows.begin(), rows.end());
  std::string out = "products,sd_mm_median,relative_percent_median,cells\n";
  for (const auto& [sd, row] : rows) out += row;
  core::write_file_atomic(path, out);
}

void storage_stage(engine::StageContext& context) {
  const auto& in = context.value<Inputs>("read", "inputs");
  const auto& settings = context.settings<Settings>("inputs");
  const auto& params = context.settings<StorageParams>("storage");
  auto s = std::make_shared<const Storage>(groundwater_storage(in, params, settings));
  for (const std::string& line : s->said) context.context().log.info(line);
  for (const std::string& line : s->warned) context.context().log.warn(line);
  write_errors(*s, in, params, context.path("files", 0));
  write_groups(*s, in, params, context.path("files", 1));
  const std::vector<double> filled(s->filled.begin(), s->filled.end());
  std::vector<CubeField> fields{
      {{"gwsa", "mm", "groundwater storage anomaly"}, &s->groundwater},
      {{"twsa", "mm", "terrestrial water storage anomaly, products combined"}, &s->total},
      {{"filled", "1", "1: the month had no product and was filled"}, &filled}};
  write_fields(context.path("files", 2), in.cells.coarse, in.axis, "Groundwater storage anomaly, coarse",
               fields);
  std::string hash = in.hash;
  const auto add = [&](const std::vector<double>& v) {
    hash += core::hash_bytes({reinterpret_cast<const char*>(v.data()), v.size() * sizeof(double)});
  };
  add(s->groundwater);
  add(s->error);
  hash += std::string(s->filled.begin(), s->filled.end());
  context.hand_on<Storage>("storage", s, core::hash_bytes(hash));
}

json closure_json(const Closure& c) {
  return {{"largest_mm", c.largest},
          {"rms_mm", c.cells > 0 ? std::sqrt(c.squares / static_cast<double>(c.cells)) : 0},
          {"cells", c.cells}};
}

void write_scores(const Downscaled& d, const std::filesystem::path& path) {
  stats::MetricTable table;
  for (const CoarseScore& s : d.coarse) {
    const std::string period = s.scheme == "random" ? "random (leaky)" : s.scheme;
    table.push_back({"coarse cells", "gwsa", period, "RMSE", s.rmse, s.model, "known"});
    table.push_back({"coarse cells", "gwsa", period, "R2", s.r2, s.model, "known"});
    table.push_back({"coarse cells", "gwsa", period, "n", static_cast<double>(s.rows), s.model, "known"});
  }
  for (const FineScore& s : d.fine) {
    const auto add = [&](const std::string& metric, double v) {
      const std::string cells = s.area < 0 ? "fine cells" : fmt::format("fine cells of area {}", s.area);
      table.push_back({cells, "gwsa", s.scheme, metric, v, s.model, "known"});
    };
    add("RMSE", s.rmse);
    add("r", s.correlation);
    add("detail_r", s.detail);
    add("RMSE_gain_percent", s.gain);
    add("RMSE_gain_percent_low_90", s.low);
    add("RMSE_gain_percent_high_90", s.high);
    add("n", static_cast<double>(s.values));
  }
  for (const auto& [area, share] : d.covered_of_area)
    table.push_back({fmt::format("fine cells of area {}", area), "gwsa", "blocks", "inside_90_percent_band",
                     share, d.best, "known"});
  stats::write_csv(table, path);
}

void downscale_stage(engine::StageContext& context) {
  const auto& in = context.value<Inputs>("read", "inputs");
  const auto& storage = context.value<Storage>("storage", "storage");
  auto d = std::make_shared<const Downscaled>(
      downscale(in, storage, context.settings<ModelParams>("model"), context.context()));
  for (const std::string& line : d->said) context.context().log.info(line);
  for (const std::string& line : d->warned) context.context().log.warn(line);
  write_scores(*d, context.path("files", 0));
  write_fields(context.path("files", 1), in.cells.fine, in.axis, "Groundwater storage anomaly, downscaled",
               {{{"gwsa", "mm", "groundwater storage anomaly, " + d->best}, &d->field},
                {{"gwsa_bilinear", "mm", "the same by bilinear interpolation alone"}, &d->bilinear}});
  write_bands(context.path("files", 2), in.cells.fine, "mm",
              {{"sd", &d->sd},
               {"sd of the products", &d->sd_products},
               {"sd of the model (jackknife)", &d->sd_model},
               {"half width of the 90 % band", &d->half_band}});
  json said = json::array();
  for (const auto* list : {&in.said, &storage.said, &d->said}) {
    for (const std::string& line : *list) said.push_back(line);
  }
  json warned = json::array();
  for (const auto* list : {&in.warned, &storage.warned, &d->warned}) {
    for (const std::string& line : *list) warned.push_back(line);
  }
  json covariates = json::array();
  for (const Covariate& c : in.covariates) covariates.push_back(c.name);
  json weights = json::object();
  for (const auto& [name, weight] : d->weights) weights[name] = weight;
  json ranks = json::object();
  for (const auto& r : d->cause_ranks) ranks[r.model][r.definition] = value(r.correlation);
  core::write_file_atomic(context.path("files", 4), importance_csv(d->importance, in.causes));
  if (!d->coefficients.names.empty())
    write_coefficients(d->coefficients, in.cells.fine, context.path("coefficients", 0));
  core::write_file_atomic(context.path("files", 5), worth_csv(d->values));
  const json summary{{"best", d->best},
                     {"said", said},
                     {"warned", warned},
                     {"covariates", covariates},
                     {"closure", closure_json(d->closure)},
                     {"closure_mascon", closure_json(d->closure_mascon)},
                     {"closure_coarse", closure_json(d->closure_coarse)},
                     {"sd_structure_mm", d->sd_structure},
                     {"covered_90", value(d->covered)},
                     {"covered_90_calibrated", value(d->covered_calibrated)},
                     {"band_factor", d->band_factor},
                     {"band_source", d->band_source},
                     {"weights", weights},
                     {"cause_ranks", ranks},
                     {"continuity", value(d->continuity)},
                     {"lag1_fine", value(d->lag1_fine)},
                     {"lag1_coarse", value(d->lag1_coarse)},
                     {"detail_ratio", value(d->detail_ratio)}};
  core::write_file_atomic(context.path("files", 3), summary.dump(1) + "\n");
  context.hand_on<Downscaled>(
      "result", d,
      core::hash_bytes({reinterpret_cast<const char*>(d->field.data()), d->field.size() * sizeof(double)}));
}

void analyse_stage(engine::StageContext& context) {
  const auto& in = context.value<Inputs>("read", "inputs");
  const auto& storage = context.value<Storage>("storage", "storage");
  const auto& d = context.value<Downscaled>("downscale", "result");
  const auto& params = context.settings<AnalysisParams>("analysis");
  const Analysis a = analyse(in, storage, d, params, context.settings<ZonesInput>("zones"),
                             context.settings<ModelParams>("model").seed);
  for (const std::string& line : a.said) context.context().log.info(line);
  const CellTrends& t = a.trends;
  write_bands(context.path("files", 0), in.cells.fine, "mm/a",
              {{"Sen slope", &t.slope}, {"lower", &t.lower}, {"upper", &t.upper}, {"p", &t.p}, {"q", &t.q}});
  write_bands(context.path("files", 1), in.cells.fine, "mm",
              {{"seasonal amplitude", &t.amplitude}, {"month of the maximum", &t.peak_month}});
  std::string zones =
      "rank,zone,cells,slope_mm_per_a,slope_low,slope_high,mean_of_cells,q05_of_cells,q95_of_cells,min,max,"
      "standard_error,share_significant\n";
  std::string series = "zone,month,gwsa_mm\n";
  for (std::size_t k = 0; k < a.zones.size(); ++k) {
    const ZoneTrend& z = a.zones[k];
    zones += fmt::format("{},{}", k + 1, csv_text(z.zone));
    for (const double v : {z.cells, z.slope, z.slope_low, z.slope_high, z.mean, z.low, z.high, z.least,
                           z.most, z.standard_error, z.significant})
      zones += "," + number(v);
    zones += "\n";
    for (std::size_t m = 0; m < in.months(); ++m)
      series += fmt::format("{},{},{}\n", csv_text(z.zone), core::format_date(in.axis.start(m)).substr(0, 7),
                            number(z.series[m]));
  }
  core::write_file_atomic(context.path("files", 2), zones);
  core::write_file_atomic(context.path("files", 3), series);
  std::string drivers = "driver,part,r,low,high\n";
  for (const auto& r : a.drivers)
    drivers += fmt::format("{},{},{},{},{}\n", csv_text(r.driver), r.part, number(r.r), number(r.low),
                           number(r.high));
  core::write_file_atomic(context.path("files", 4), drivers);
  std::string mean = "month,gwsa_mm,trend,seasonal,remainder\n";
  for (std::size_t m = 0; m < in.months(); ++m) {
    mean += core::format_date(in.axis.start(m)) + "," + number(a.mean[m]);
    for (const auto* part : {&a.mean_trend, &a.mean_seasonal, &a.mean_remainder})
      mean += "," + (part->empty() ? "" : number((*part)[m]));
    mean += "\n";
  }
  core::write_file_atomic(context.path("files", 5), mean);
  const auto& zones_input = context.settings<ZonesInput>("zones");
  if (!zones_input.file.empty()) write_zone_layer(a, zones_input, context.path("files", 6));
}

void wells_stage(engine::StageContext& context) {
  const auto& settings = context.settings<WellsInput>("wells");
  const WellScores w = score_wells(
      settings, context.value<Inputs>("read", "inputs"), context.value<Storage>("storage", "storage"),
      context.value<Downscaled>("downscale", "result"), context.settings<ModelParams>("model").seed);
  for (const std::string& line : w.said) context.context().log.info(line);
  std::string out =
      "well,longitude,latitude,months,r_coarse,r_bilinear,r_field,rmse_coarse_mm,rmse_bilinear_mm,rmse_field_"
      "mm\n";
  for (const WellScore& s : w.wells) {
    out += fmt::format("{},{:.6g},{:.6g},{}", csv_text(s.well), s.longitude, s.latitude, s.months);
    for (const double v : {s.r_coarse, s.r_bilinear, s.r_field, s.rmse_coarse, s.rmse_bilinear, s.rmse_field})
      out += "," + number(v);
    out += "\n";
  }
  core::write_file_atomic(context.path("files", 0), out);
  const json summary{{"wells", w.wells.size()},
                     {"gain_r", value(w.gain_r)},
                     {"gain_low", value(w.gain_low)},
                     {"gain_high", value(w.gain_high)},
                     {"improved_r", w.improved_r},
                     {"improved_rmse", w.improved_rmse},
                     {"said", w.said}};
  core::write_file_atomic(context.path("files", 1), summary.dump(1) + "\n");
}

// What reading depends on: titles, figures and the settings of later stages are not part of it, so that a change of
// theirs reads nothing again.
Settings inputs_of(const Settings& all) {
  Settings out;
  out.region = all.region;
  out.period = all.period;
  out.products = all.products;
  out.storages = all.storages;
  out.covariates = all.covariates;
  out.truth = all.truth;
  out.areas = all.areas;
  out.causes = all.causes;
  return out;
}

}  // namespace

engine::Graph stages(const StudyFile& study) {
  const Settings settings = read_settings(study);
  require_tables(settings);
  engine::Graph graph;
  graph.resolved = core::to_yaml(settings);
  graph.settings.add("inputs", inputs_of(settings), "");
  graph.settings.add("wells", settings.wells, "wells.");
  graph.settings.add("storage", settings.storage, "storage.");
  graph.settings.add("model", settings.model, "model.");
  graph.settings.add("analysis", settings.analysis, "analysis.");
  graph.settings.add("zones", settings.zones, "zones.");
  engine::Stage read{"read", "bring all inputs to the two grids"};
  for (const auto& path : input_files(settings)) read.inputs.push_back({path.filename().string(), path});
  read.settings = {"inputs"};
  read.outputs = {{"inputs", {}}};
  read.work = read_stage;
  engine::Stage storage{"storage", "anomalies, errors of the products, groundwater storage",
                        1,         {{"read", "inputs"}},
                        {},        {"inputs", "storage"}};
  storage.outputs = {{"files", {"errors.csv", "product_groups.csv", "coarse.nc"}}, {"storage", {}}};
  storage.work = storage_stage;
  engine::Stage model{"downscale", "fit, validate and apply the models",
                      1,           {{"read", "inputs"}, {"storage", "storage"}},
                      {},          {"model"}};
  model.outputs = {{"files",
                    {"metrics.csv", "gwsa.nc", "uncertainty.tif", "summary.json", "importance.csv",
                     "covariate_value.csv"}},
                   {.name = "coefficients", .files = {"coefficients.tif"}, .optional = true},
                   {"result", {}}};
  model.code_version = 4;  // ranks by every definition of the true shares
  model.work = downscale_stage;
  engine::Stage analysis{"analyse", "trends, seasons, zones and drivers",
                         1,         {{"read", "inputs"}, {"storage", "storage"}, {"downscale", "result"}},
                         {},        {"analysis", "zones", "model"}};
  if (!settings.zones.file.empty())
    analysis.inputs = {{std::filesystem::path(settings.zones.file).filename().string(), settings.zones.file}};
  analysis.outputs = {
      {"files", {"trend.tif", "season.tif", "zones.csv", "zone_series.csv", "drivers.csv", "region.csv"}}};
  analysis.code_version = 3;  // standard errors of zones
  if (!settings.zones.file.empty()) analysis.outputs.front().files.push_back("zones.gpkg");
  analysis.work = analyse_stage;
  graph.stages = {read, storage, model, analysis};
  if (!settings.wells.levels.empty()) {
    engine::Stage wells{"wells", "compare with wells",
                        1,       {{"read", "inputs"}, {"storage", "storage"}, {"downscale", "result"}},
                        {},      {"wells", "model"}};
    wells.inputs = {{"levels", settings.wells.levels}, {"places", settings.wells.places}};
    wells.outputs = {{"files", {"wells.csv", "wells.json"}}};
    wells.work = wells_stage;
    graph.stages.push_back(wells);
  }
  return graph;
}

}  // namespace phreatic::studies::downscaling

// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/hydrographs/prediction/band_book.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/errors.hpp"
#include "phreatic/data/io/netcdf.hpp"
#include "phreatic/hydrographs/training/model_file.hpp"

namespace phreatic::hydrographs {
namespace {

namespace io = phreatic::data::io;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// A row of an array [row][time].
std::span<const double> row_of(const std::vector<double>& values, std::size_t row, std::size_t times) {
  if (values.empty()) return {};
  return std::span(values).subspan(row * times, times);
}

std::vector<double> joined(std::span<const double> before, const std::vector<double>& after) {
  std::vector<double> out(before.begin(), before.end());
  out.insert(out.end(), after.begin(), after.end());
  return out;
}

std::vector<double> joined_missing(std::size_t before, const std::vector<double>& after) {
  std::vector<double> out(before, kMissing);
  out.insert(out.end(), after.begin(), after.end());
  return out;
}

// The calibration steps, then those of the new simulation: on them the band is drawn as it was in training.
Simulation behind_calibration(const BandBook& book, std::size_t e, std::size_t lead,
                              const Simulation& simulation) {
  const std::size_t n = book.axis.size();
  const std::size_t row = e * book.leads + lead;
  const std::vector<double> none(simulation.level.size(), kMissing);
  Simulation out;
  out.level = joined_missing(n, simulation.level);
  out.spread = joined_missing(n, simulation.spread);
  out.out_of_sample = joined(row_of(book.out_of_sample, row, n), none);
  out.out_of_sample_spread = joined(row_of(book.spread, row, n), none);
  if (!book.low.empty()) {
    out.quantile_low = joined_missing(n, simulation.quantile_low);
    out.quantile_high = joined_missing(n, simulation.quantile_high);
    out.out_of_sample_low = joined(row_of(book.low, row, n), none);
    out.out_of_sample_high = joined(row_of(book.high, row, n), none);
  }
  for (std::size_t f = 0; f < book.unseen[e].size(); ++f) {
    Fold fold;
    fold.unseen = book.unseen[e][f];
    const bool own = f < simulation.folds.size();
    fold.level = joined_missing(n, own ? simulation.folds[f].level : none);
    fold.spread = joined_missing(n, own ? simulation.folds[f].spread : none);
    for (std::size_t t = fold.unseen.begin; t < fold.unseen.end; ++t) fold.level[t] = out.out_of_sample[t];
    out.folds.push_back(std::move(fold));
  }
  return out;
}

BandInput behind_calibration(const BandBook& book, std::size_t e, BandInput input) {
  const std::size_t n = book.axis.size();
  const std::vector<double> none(input.observed.size(), kMissing);
  BandInput out;
  out.observed = joined(row_of(book.observed, e, n), none);
  if (!book.balance.empty()) out.balance = joined(row_of(book.balance, e, n), input.balance);
  if (!input.days.empty()) {
    out.days = stats::days_of_year(book.axis);
    out.days.insert(out.days.end(), input.days.begin(), input.days.end());
  }
  return out;
}

[[noreturn]] void damaged(const std::filesystem::path& path, const std::string& what) {
  throw core::InputError({.file = path.string(),
                          .what = "is damaged: " + what,
                          .mend = "Copy the whole model folder again, or run 'phreatic predict' again"});
}

io::NcSchema schema_of(const BandBook& book, std::size_t folds) {
  using io::NcType;
  io::NcSchema schema;
  schema.dimensions = {{"station", book.entities.size()},
                       {"lead", book.leads},
                       {"time", book.axis.size()},
                       {"fold", folds},
                       {"edge", 2}};
  schema.attributes = {{"title", "What bands are made of: errors on steps that models have not learnt from"},
                       {"source", "phreatic " PHREATIC_VERSION},
                       {"format", kModelFormat},
                       {"time_step", core::format_step(book.axis.step())},
                       {"settings", core::to_yaml(book.params)}};
  schema.variables = {
      {"station_name", NcType::text, {"station"}, "", {{"long_name", "well"}, {"cf_role", "timeseries_id"}}},
      {"time",
       NcType::int64,
       {"time"},
       "seconds since 1970-01-01 00:00:00",
       {{"standard_name", "time"}, {"calendar", "proleptic_gregorian"}}},
      {"unseen",
       NcType::int64,
       {"station", "fold", "edge"},
       "",
       {{"long_name",
         "steps, first and behind the last, that a fold has not learnt from; -1: no such fold"}}}};
  const auto add = [&](const char* name, std::vector<std::string> dimensions, const char* about) {
    schema.variables.push_back(
        {name, NcType::float64, std::move(dimensions), book.unit, {{"long_name", about}}, true});
  };
  add("observed", {"station", "time"}, "observed on calibration steps");
  if (!book.balance.empty()) add("balance", {"station", "time"}, "water balance of the year before");
  const std::vector<std::string> by_lead = {"station", "lead", "time"};
  add("out_of_sample", by_lead, "median of the members that have not learnt from the step");
  add("spread", by_lead, "their standard deviation");
  if (!book.low.empty()) {
    add("low", by_lead, "their lowest quantile");
    add("high", by_lead, "their highest quantile");
  }
  return schema;
}

std::vector<std::int64_t> unseen_edges(const BandBook& book, std::size_t folds) {
  std::vector<std::int64_t> edges(book.entities.size() * folds * 2, -1);
  for (std::size_t e = 0; e < book.entities.size(); ++e) {
    for (std::size_t f = 0; f < book.unseen[e].size(); ++f) {
      edges[(e * folds + f) * 2] = static_cast<std::int64_t>(book.unseen[e][f].begin);
      edges[(e * folds + f) * 2 + 1] = static_cast<std::int64_t>(book.unseen[e][f].end);
    }
  }
  return edges;
}

void read_unseen(const io::NcReader& reader, BandBook& book) {
  const std::vector<double> edges = reader.raw("unseen");
  const std::size_t wells = book.entities.size();
  const std::size_t folds = wells == 0 ? 0 : edges.size() / (2 * wells);
  book.unseen.resize(wells);
  for (std::size_t i = 0; i < wells * folds; ++i) {
    if (edges[2 * i] < 0) continue;
    const learn::StepRange range{static_cast<std::size_t>(edges[2 * i]),
                                 static_cast<std::size_t>(edges[2 * i + 1])};
    if (range.end < range.begin || range.end > book.axis.size())
      damaged(reader.file(), "folds beyond the steps");
    book.unseen[i / folds].push_back(range);
  }
}

}  // namespace

BandBook make_band_book(const Prepared& prepared, const UncertaintyParams& params, std::size_t leads) {
  BandBook book;
  book.params = params;
  book.entities = prepared.panel.entities;
  book.leads = leads;
  book.unit = prepared.panel.variables[prepared.target].unit;
  learn::StepRange all{prepared.panel.time_count(), 0};
  for (std::size_t e = 0; e < book.entities.size(); ++e) {
    all.begin = std::min(all.begin, prepared.calibration(e).begin);
    all.end = std::max(all.end, prepared.calibration(e).end);
  }
  PHREATIC_ASSERT(all.begin < all.end);
  const core::TimeAxis& axis = prepared.panel.axis;
  book.axis = core::TimeAxis(axis.start(all.begin), axis.step(), all.end - all.begin);
  const std::size_t wells = book.entities.size();
  const std::size_t cells = wells * book.axis.size();
  book.unseen.resize(wells);
  book.observed.assign(cells, kMissing);
  if (params.scale == BandScale::level_and_balance) book.balance.assign(cells, kMissing);
  book.out_of_sample.assign(cells * leads, kMissing);
  book.spread.assign(cells * leads, kMissing);
  if (params.scale == BandScale::quantiles) {
    book.low.assign(cells * leads, kMissing);
    book.high.assign(cells * leads, kMissing);
  }
  return book;
}

void take_down(const Prepared& prepared, std::size_t entity, std::size_t lead, const Simulation& simulation,
               BandBook& book) {
  const auto offset = prepared.panel.axis.index_of(book.axis.start(0));
  PHREATIC_ASSERT(offset.has_value());
  const std::size_t n = book.axis.size();
  const auto copy = [&](const auto& from, std::vector<double>& all, std::size_t row) {
    if (all.empty()) return;
    const auto first = from.begin() + static_cast<std::ptrdiff_t>(*offset);
    std::copy(first, first + static_cast<std::ptrdiff_t>(n),
              all.begin() + static_cast<std::ptrdiff_t>(row * n));
  };
  if (lead == 0) {
    copy(prepared.level(entity), book.observed, entity);
    if (!book.balance.empty()) copy(band_input(prepared, book.params, entity).balance, book.balance, entity);
    book.unseen[entity].clear();
    for (const Fold& fold : simulation.folds) {
      const std::size_t begin = std::max(fold.unseen.begin, *offset);
      book.unseen[entity].push_back({begin - *offset, std::max(fold.unseen.end, begin) - *offset});
    }
  }
  const std::size_t row = entity * book.leads + lead;
  copy(simulation.out_of_sample, book.out_of_sample, row);
  copy(simulation.out_of_sample_spread, book.spread, row);
  copy(simulation.out_of_sample_low, book.low, row);
  copy(simulation.out_of_sample_high, book.high, row);
}

void add_band(const BandBook& book, const Prepared& prepared, std::size_t entity, std::size_t lead,
              Simulation& simulation) {
  const auto known = std::find(book.entities.begin(), book.entities.end(), prepared.panel.entities[entity]);
  if (known == book.entities.end()) return;
  const auto e = static_cast<std::size_t>(known - book.entities.begin());
  const Simulation both = behind_calibration(book, e, lead, simulation);
  const BandInput input = behind_calibration(book, e, band_input(prepared, book.params, entity));
  const stats::Band band = reported_band(input, book.params, both);
  const auto n = static_cast<std::ptrdiff_t>(book.axis.size());
  simulation.lower.assign(band.lower.begin() + n, band.lower.end());
  simulation.upper.assign(band.upper.begin() + n, band.upper.end());
}

void write_band_book(const BandBook& book, const std::filesystem::path& path) {
  std::size_t folds = 1;
  for (const auto& unseen : book.unseen) folds = std::max(folds, unseen.size());
  io::write_netcdf(path, schema_of(book, folds), [&](io::NcWriter& writer) {
    writer.put("station_name", book.entities);
    std::vector<std::int64_t> times;
    for (std::size_t t = 0; t < book.axis.size(); ++t) times.push_back(book.axis.start(t));
    writer.put("time", times);
    writer.put("unseen", unseen_edges(book, folds));
    writer.put("observed", book.observed);
    if (!book.balance.empty()) writer.put("balance", book.balance);
    writer.put("out_of_sample", book.out_of_sample);
    writer.put("spread", book.spread);
    if (book.low.empty()) return;
    writer.put("low", book.low);
    writer.put("high", book.high);
  });
}

BandBook read_band_book(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path))
    throw core::InputError(
        {.file = path.string(),
         .what = "is not there: the run ended after training, and bands are made by its prediction",
         .mend = "Let it go on: phreatic run STUDY --out RUN --until predict"});
  const io::NcReader reader(path);
  const double format = reader.number_attribute("", "format").value_or(0);
  if (format > kModelFormat)
    throw core::InputError({.file = path.string(),
                            .what = fmt::format("was written by a newer Phreatic (format {})", format),
                            .allowed = fmt::format("formats up to {}", kModelFormat),
                            .mend = "Use that version, or train again with this one"});
  BandBook book;
  core::Problems problems;
  core::read_params(core::parse_yaml(reader.text_attribute("", "settings").value_or(""), path.string()),
                    book.params, problems);
  problems.throw_if_any();
  book.entities = reader.texts("station_name");
  const std::vector<double> times = reader.raw("time");
  const auto step = core::parse_step(reader.text_attribute("", "time_step").value_or(""));
  if (!step || times.empty()) damaged(path, "no times");
  book.axis = core::TimeAxis(static_cast<core::Seconds>(times.front()), *step, times.size());
  book.unit = reader.text_attribute("observed", "units").value_or("");
  book.observed = reader.values("observed");
  book.out_of_sample = reader.values("out_of_sample");
  book.spread = reader.values("spread");
  if (reader.has("balance")) book.balance = reader.values("balance");
  if (reader.has("low")) {
    book.low = reader.values("low");
    book.high = reader.values("high");
  }
  const std::size_t cells = book.entities.size() * book.axis.size();
  if (cells == 0 || book.observed.size() != cells || book.out_of_sample.size() % cells != 0 ||
      book.spread.size() != book.out_of_sample.size())
    damaged(path, "arrays of unequal size");
  book.leads = book.out_of_sample.size() / cells;
  read_unseen(reader, book);
  return book;
}

}  // namespace phreatic::hydrographs

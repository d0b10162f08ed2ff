// SPDX-License-Identifier: BSD-3-Clause
// tch: three-cornered hat of three or more products (docs/guide/downscaling.md).
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>

#include "cli/command.hpp"
#include "cli/series/series_input.hpp"
#include "cli/series/series_parts.hpp"
#include "phreatic/core/context.hpp"
#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/data/gridded.hpp"
#include "phreatic/data/io/geotiff.hpp"
#include "phreatic/data/series/monthly.hpp"
#include "phreatic/stats/fusion/three_cornered_hat.hpp"

namespace phreatic::cli {
namespace {

struct Product {
  std::string name;
  data::MonthlyValues values;
};

// All products on one axis and at the places that all have: [product][place][month].
struct Aligned {
  core::TimeAxis axis;
  std::vector<std::string> places;
  std::vector<std::vector<double>> values;
};

class TchCommand : public Command {
 public:
  std::string name() const override { return "tch"; }
  std::string summary() const override {
    return "Errors of three or more products of one quantity without a truth (three-cornered hat)";
  }
  void add_options(CLI::App& app) override {
    app.add_option("PRODUCTS", files_,
                   "NAME=FILE each: a table (.csv: a row per place and a column per month whose name ends in "
                   "a date, or "
                   "a column of dates and one per place) or monthly grids of the same cells")
        ->required();
    app.add_option("--variable", variable_, "Variable of grids that hold several");
    app.add_option("--missing", missing_,
                   "Numbers that mean a missing value: --missing -9999 (several: with commas)")
        ->delimiter(',');
    app.add_option("--method", method_, "generalised (errors may be correlated) or classical")
        ->check(CLI::IsMember({"generalised", "classical"}))
        ->capture_default_str();
    app.add_option("--denominator", denominator_,
                   "Of relative uncertainties: mean_absolute or standard_deviation")
        ->check(CLI::IsMember({"mean_absolute", "standard_deviation"}))
        ->capture_default_str();
    app.add_option("--weights", weights_, "Of combinations: inverse_variance or full_covariance")
        ->check(CLI::IsMember({"inverse_variance", "full_covariance"}))
        ->capture_default_str();
    app.add_option("--min-months", params_.min_months, "Fewest common months")
        ->check(CLI::Range(3, 100000))
        ->capture_default_str();
    app.add_option("--places", wanted_, "Only these places of tables")->delimiter(',');
    app.add_option("--groups", groups_out_,
                   "CSV file: every group of products at every place, the best first");
    parts_.add_options(app);
    app.add_option("--threads", threads_, "Threads; 0: all cores")->check(CLI::Range(0, 1024));
    app.add_option("--out", out_,
                   "File to write: .csv (a row per place), or .tif for grids (a band per product)")
        ->required();
  }

  int run() override {
    core::set_thread_count(threads_ > 0 ? threads_ : core::thread_count());
    if (!out_.ends_with(".csv") && !out_.ends_with(".tif"))
      throw core::InputError(
          {.where = "--out " + out_, .what = "is of no kind that is written", .allowed = ".csv, .tif"});
    params_.method = method_ == "classical" ? stats::HatMethod::classical : stats::HatMethod::generalised;
    params_.denominator = denominator_ == "mean_absolute" ? stats::HatDenominator::mean_absolute
                                                          : stats::HatDenominator::standard_deviation;
    parts_.start();
    const std::vector<Product> products = read();
    const Aligned all = align(products);
    std::vector<stats::Series> series(all.values.begin(), all.values.end());
    const std::size_t steps = all.axis.size();
    const auto numbers = parts_.compute(
        all.places.size(), width_of(products.size()), key(all),
        [&](std::size_t first, std::size_t count) {
          std::vector<stats::Series> own;
          for (const stats::Series& s : series) own.push_back(s.subspan(first * steps, count * steps));
          return packed(stats::three_cornered_hats(own, count, steps, params_), products.size());
        },
        log_);
    if (numbers) write(products, all, unpacked(*numbers, products.size()));
    parts_.finish();
    return kDone;
  }

 private:
  std::string key(const Aligned& all) const {
    std::string settings = fmt::format("tch {} {} {} {} {}", method_, denominator_, params_.min_months,
                                       all.axis.start(0), all.axis.size());
    for (const auto& values : all.values) settings += key_of("", values);
    return key_of(settings, {});
  }

  static std::size_t width_of(std::size_t products) { return 4 + products * products + 2 * products; }

  static std::vector<double> packed(const std::vector<stats::Hat>& hats, std::size_t products) {
    std::vector<double> out;
    const auto add = [&](std::vector<double> values, std::size_t size) {
      values.resize(size, NAN);  // of a hat without result
      out.insert(out.end(), values.begin(), values.end());
    };
    for (const stats::Hat& hat : hats) {
      out.insert(out.end(), {static_cast<double>(hat.status), static_cast<double>(hat.months), hat.objective,
                             hat.on_boundary ? 1.0 : 0.0});
      add(hat.covariance, products * products);
      add(hat.sd, products);
      add(hat.relative, products);
    }
    return out;
  }

  static std::vector<stats::Hat> unpacked(const std::vector<double>& numbers, std::size_t products) {
    std::vector<stats::Hat> out;
    for (auto at = numbers.begin(); at != numbers.end();) {
      stats::Hat& hat = out.emplace_back();
      hat.status = static_cast<stats::HatStatus>(static_cast<int>(*at++));
      hat.months = static_cast<std::size_t>(*at++);
      hat.objective = *at++;
      hat.on_boundary = *at++ != 0;
      for (auto [v, size] : {std::pair{&hat.covariance, products * products},
                             {&hat.sd, products},
                             {&hat.relative, products}}) {
        v->assign(at, at + static_cast<std::ptrdiff_t>(size));
        at += static_cast<std::ptrdiff_t>(size);
      }
    }
    return out;
  }

  void write(const std::vector<Product>& products, const Aligned& all, const std::vector<stats::Hat>& hats) {
    if (out_.ends_with(".tif"))
      write_tif(products, hats);
    else
      core::write_file_atomic(out_, csv(products, all, hats));
    if (!groups_out_.empty()) core::write_file_atomic(groups_out_, groups_csv(products, all, hats));
    std::size_t failed = 0;
    for (const auto& hat : hats) failed += hat.status == stats::HatStatus::ok ? 0 : 1;
    if (failed > 0)
      log_.warn(fmt::format("{} of {} places have no result: see the column 'status'", failed, hats.size()));
    const auto bound = std::count_if(hats.begin(), hats.end(), [](const stats::Hat& hat) {
      return hat.status == stats::HatStatus::ok && hat.on_boundary;
    });
    if (bound > 0)
      log_.warn(
          fmt::format("{} of {} places have their result at a bound (column 'boundary'): an error that is "
                      "near 0, or a weight near 1, is not to be believed there",
                      bound, hats.size()));
    log_.info(fmt::format("{} products, {} places: {}", products.size(), hats.size(), out_));
  }

  std::vector<Product> read() {
    core::Problems problems;
    std::vector<Product> products;
    for (const std::string& text : files_) {
      const auto split = text.find('=');
      if (split == std::string::npos || split == 0) {
        problems.add({.where = text, .what = "names no product", .allowed = "NAME=FILE"});
        continue;
      }
      Product p{text.substr(0, split), {}};
      if (std::any_of(products.begin(), products.end(), [&](const Product& q) { return q.name == p.name; })) {
        problems.add({.where = text,
                      .what = "product '" + p.name + "' is named twice",
                      .mend = "Give every product a name of its own"});
        continue;
      }
      const std::string file = text.substr(split + 1);
      try {
        if (file.ends_with(".csv"))
          p.values = data::read_monthly_table(file, missing_);
        else
          p.values =
              data::read_monthly_grids(data::list_files(file), {.variable = variable_, .missing = missing_});
      } catch (const core::InputError& error) {
        problems.add_all(error.problems());
        continue;
      }
      for (const std::string& line : p.values.said) {
        if (parts_.speaks()) log_.warn(line);
      }
      products.push_back(std::move(p));
    }
    problems.throw_if_any();
    if (products.size() < 3 || products.size() > stats::kMaxHatProducts)
      throw core::InputError({.where = "PRODUCTS",
                              .what = fmt::format("are {}", products.size()),
                              .allowed = fmt::format("3 to {}", stats::kMaxHatProducts)});
    check_units(products);
    return products;
  }

  static void check_units(const std::vector<Product>& products) {
    for (const Product& p : products) {
      if (p.values.unit != products[0].values.unit)
        throw core::InputError(
            core::Problem{.where = "product " + p.name,
                          .what = fmt::format("is in '{}', product {} in '{}'", p.values.unit,
                                              products[0].name, products[0].values.unit),
                          .mend = "Bring them to one unit first: phreatic grid regrid --to-unit"});
      if (p.values.grid.has_value() != products[0].values.grid.has_value())
        throw core::InputError({.where = "product " + p.name,
                                .what = "is a table and another one a grid, or the reverse",
                                .mend = ""});
      if (p.values.grid &&
          data::compare(*p.values.grid, *products[0].values.grid).relation != data::GridRelation::same)
        throw core::InputError(core::Problem{.where = "product " + p.name,
                                             .what = "has other cells than product " + products[0].name,
                                             .mend = "Bring it to them first: phreatic grid regrid --like"});
    }
  }

  // Places in the order of the first product.
  Aligned align(const std::vector<Product>& products) {
    Aligned out;
    core::Seconds first = products[0].values.axis.start(0), end = products[0].values.axis.end();
    for (const Product& p : products) {
      first = std::max(first, p.values.axis.start(0));
      end = std::min(end, p.values.axis.end());
    }
    std::size_t size = 0;
    const core::Step month{core::StepUnit::month, 1};
    while (core::TimeAxis(first, month, size + 1).end() <= end) ++size;
    if (size == 0)
      throw core::InputError(core::Problem{.where = "PRODUCTS", .what = "have no month in common"});
    out.axis = core::TimeAxis(first, month, size);
    const bool table = !products[0].values.grid.has_value();
    const std::size_t count = products[0].values.place_count();
    std::vector<std::vector<std::size_t>> rows(products.size());
    for (std::size_t c = 0; c < count; ++c) {
      const std::string place = table ? products[0].values.places[c] : std::to_string(c);
      if (!wanted_.empty() && std::find(wanted_.begin(), wanted_.end(), place) == wanted_.end()) continue;
      std::vector<std::size_t> at{c};
      for (std::size_t i = 1; i < products.size(); ++i) {
        const auto& names = products[i].values.places;
        const auto found = std::find(names.begin(), names.end(), place);
        if (table && found == names.end()) break;
        at.push_back(table ? static_cast<std::size_t>(found - names.begin()) : c);
      }
      if (at.size() < products.size()) continue;
      out.places.push_back(place);
      for (std::size_t i = 0; i < products.size(); ++i) rows[i].push_back(at[i]);
    }
    if (out.places.empty())
      throw core::InputError(
          {.where = "PRODUCTS",
           .what = "have no place in common" + std::string(wanted_.empty() ? "" : " of those wanted")});
    if (out.places.size() < count && wanted_.empty() && parts_.speaks())
      log_.warn(
          fmt::format("{} of {} places of {} are in all products, by their names; the others are left out",
                      out.places.size(), count, products[0].name));
    for (std::size_t i = 0; i < products.size(); ++i) {
      const std::vector<double> values = data::on_axis(products[i].values, out.axis);
      auto& v = out.values.emplace_back();
      v.reserve(rows[i].size() * size);
      for (const std::size_t r : rows[i])
        v.insert(v.end(), values.begin() + static_cast<std::ptrdiff_t>(r * size),
                 values.begin() + static_cast<std::ptrdiff_t>((r + 1) * size));
    }
    return out;
  }

  std::string csv(const std::vector<Product>& products, const Aligned& all,
                  const std::vector<stats::Hat>& hats) const {
    std::string out = "place,months,status,objective,boundary";
    for (const char* what : {"variance_", "sd_", "relative_percent_", "weight_"}) {
      for (const Product& p : products) out += "," + csv_text(what + p.name);
    }
    out += ",combined_sd,relative_to\n";
    std::vector<std::size_t> members(products.size());
    for (std::size_t i = 0; i < members.size(); ++i) members[i] = i;
    for (std::size_t c = 0; c < hats.size(); ++c) {
      const stats::Hat& hat = hats[c];
      out += fmt::format("{},{},{},{},{}", csv_text(all.places[c]), hat.months, stats::to_text(hat.status),
                         hat.status == stats::HatStatus::ok ? csv_number(hat.objective) : "",
                         hat.on_boundary ? 1 : 0);
      for (const std::size_t i : members) out += "," + csv_number(hat.covariance[i * members.size() + i]);
      for (const double v : hat.sd) out += "," + csv_number(v);
      for (const double v : hat.relative) out += "," + csv_number(v);
      const stats::Combination mix = stats::combine(hat, members, weights());
      for (const double w : mix.weights) out += "," + csv_number(mix.equal ? NAN : w);
      out += "," + csv_number(mix.sd) + "," + stats::to_text(params_.denominator) + "\n";
    }
    return out;
  }

  std::string groups_csv(const std::vector<Product>& products, const Aligned& all,
                         const std::vector<stats::Hat>& hats) const {
    std::string out = "place,rank,products,sd,relative_percent\n";
    const std::size_t steps = all.axis.size();
    for (std::size_t c = 0; c < hats.size(); ++c) {
      std::vector<stats::Series> series;
      for (const auto& v : all.values) series.push_back(stats::Series(v).subspan(c * steps, steps));
      std::size_t rank = 0;
      for (const auto& group : stats::rank_groups(hats[c], series, weights(), params_.denominator)) {
        std::string names;
        for (const std::size_t i : group.members) names += (names.empty() ? "" : "+") + products[i].name;
        out += fmt::format("{},{},{},{},{}\n", csv_text(all.places[c]), ++rank, csv_text(names),
                           csv_number(group.combination.sd), csv_number(group.relative));
      }
    }
    return out;
  }

  void write_tif(const std::vector<Product>& products, const std::vector<stats::Hat>& hats) const {
    if (!products[0].values.grid)
      throw core::InputError(
          {.where = "--out " + out_, .what = "needs grids; products are tables", .mend = "Write .csv"});
    data::io::RasterSchema schema{.grid = *products[0].values.grid,
                                  .type = data::io::RasterType::float32,
                                  .unit = products[0].values.unit};
    for (const Product& p : products) schema.bands.push_back("sd " + p.name);
    data::io::write_geotiff(out_, schema, [&](data::io::RasterWriter& raster) {
      for (std::size_t i = 0; i < products.size(); ++i) {
        std::vector<double> band;
        for (const auto& hat : hats) band.push_back(hat.sd[i]);
        raster.put(i, {0, 0, schema.grid.width, schema.grid.height}, std::span<const double>(band));
      }
    });
  }

  stats::CombinationWeights weights() const {
    return weights_ == "full_covariance" ? stats::CombinationWeights::full_covariance
                                         : stats::CombinationWeights::inverse_variance;
  }

  SeriesParts parts_;
  std::vector<std::string> files_, wanted_;
  std::string variable_, out_, groups_out_;
  std::vector<double> missing_;
  std::string method_ = "generalised", denominator_ = "mean_absolute", weights_ = "inverse_variance";
  stats::HatParams params_;
  int threads_ = 0;
  core::Log log_;
};

}  // namespace

std::unique_ptr<Command> make_tch_command() { return std::make_unique<TchCommand>(); }

}  // namespace phreatic::cli

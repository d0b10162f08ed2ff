// SPDX-License-Identifier: BSD-3-Clause
// Fifty sites at random on a MODFLOW 6 folder: water stored as the adjoint says, from one sweep, beside simulations of each.
// Draws the figure of docs/methods/adjoint.md and prints its tables.
//   test_site_agreement NAME MODEL FIGURES [STEPS] [SITES]    STEPS: the first periods of the run alone
// Sites are squares of 0.1 to 1 km2 that get 5 to 25 mm/d in the first half of the run; stored water is asked for at its end,
// and an eighth of the run later.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numeric>

#include "phreatic/core/random.hpp"
#include "phreatic/flow/adjoint/storage_response.hpp"
#include "phreatic/flow/ensemble/ensemble.hpp"
#include "phreatic/flow/mf6/input/reader.hpp"
#include "phreatic/report/report.hpp"

namespace {

using namespace phreatic;

struct Dates {
  double half = 0, later = 0;  // ends of steps nearest to 1/2 and 5/8 of the run
};

Dates dates_of(const flow::Model& model) {
  std::vector<double> ends;
  double time = 0;
  for (const flow::StressPeriod& period : model.periods) {
    for (const double length : flow::step_lengths(period)) ends.push_back(time += length);
  }
  const auto nearest = [&](double wanted) {
    return *std::min_element(ends.begin(), ends.end(),
                             [&](double x, double y) { return std::abs(x - wanted) < std::abs(y - wanted); });
  };
  return {nearest(0.5 * time), nearest(0.625 * time)};
}

std::vector<flow::Scenario> random_sites(const flow::Model& model, const Dates& dates, int count,
                                         double first) {
  const flow::Grid& grid = model.grid;
  core::RandomStream random(50, "sites of the agreement", 0, 0);
  std::vector<flow::Scenario> out;
  while (out.size() < static_cast<std::size_t>(count)) {
    const double side = std::sqrt(1e5 + 9e5 * random.uniform());
    const int rows = std::max(1, static_cast<int>(std::lround(side / grid.delc.front())));
    const int columns = std::max(1, static_cast<int>(std::lround(side / grid.delr.front())));
    if (rows >= grid.nrow || columns >= grid.ncol) continue;
    flow::RechargeSite site;
    const int row = static_cast<int>(random.uniform() * (grid.nrow - rows));
    const int column = static_cast<int>(random.uniform() * (grid.ncol - columns));
    site.rate = 0.005 + 0.020 * random.uniform();
    for (int i = row; i < row + rows; ++i) {
      for (int j = column; j < column + columns; ++j) {
        const auto cell = static_cast<std::size_t>(i * grid.ncol + j);
        if (grid.idomain[cell] > 0) site.cells.push_back(static_cast<flow::CellIndex>(cell));
      }
    }
    if (site.cells.empty()) continue;
    site.first = first;
    site.last = dates.half;
    flow::Scenario one;
    one.name = "site " + std::to_string(out.size() + 1);
    one.sites.push_back(site);
    out.push_back(one);
  }
  return out;
}

// Predicted against simulated.
struct Agreement {
  double r2 = 0, bias = 0, worst = 0;
  std::size_t worst_at = 0;
  Agreement(const std::vector<double>& predicted, const std::vector<double>& simulated) {
    const auto n = static_cast<double>(simulated.size());
    const double mean = std::accumulate(simulated.begin(), simulated.end(), 0.0) / n;
    double rest = 0, spread = 0, off = 0;
    for (std::size_t s = 0; s < simulated.size(); ++s) {
      const double d = predicted[s] - simulated[s];
      rest += d * d;
      spread += (simulated[s] - mean) * (simulated[s] - mean);
      off += d;
      if (std::abs(d / simulated[s]) < worst) continue;
      worst = std::abs(d / simulated[s]);
      worst_at = s;
    }
    r2 = 1 - rest / spread;
    bias = off / n / mean;
  }
};

// Correlation of two series by their ranks.
double rank_correlation(std::vector<double> a, std::vector<double> b) {
  const auto ranks = [](std::vector<double>& of) {
    std::vector<std::size_t> order(of.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return of[i] < of[j]; });
    std::vector<double> rank(of.size());
    for (std::size_t i = 0; i < order.size(); ++i) rank[order[i]] = static_cast<double>(i);
    of = rank;
  };
  ranks(a);
  ranks(b);
  const double mean = 0.5 * static_cast<double>(a.size() - 1);
  double ab = 0, aa = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean) * (b[i] - mean);
    aa += (a[i] - mean) * (a[i] - mean);
  }
  return ab / aa;
}

// How many bounds of a head-dependent kind change what they depend on between the baseline and the site's run at a date: drains
// that start, rivers that lose their hold.
struct Heads {
  std::vector<double> heads, baseline;
};
int switched(const flow::Model& model, const std::vector<flow::PackageValues>& values, const Heads& at) {
  int count = 0;
  for (std::size_t p = 0; p < values.size(); ++p) {
    const bool drain = model.packages[p].kind == flow::PackageKind::drn;
    if (!drain && model.packages[p].kind != flow::PackageKind::riv) continue;
    for (std::size_t b = 0; b < values[p].size(); ++b) {
      if (values[p].cell[b] == flow::kNoCell) continue;
      const auto n = static_cast<std::size_t>(values[p].cell[b]);
      const double level = values[p].value(drain ? 0 : 2, b);
      count += (at.heads[n] > level) != (at.baseline[n] > level) ? 1 : 0;
    }
  }
  return count;
}

void draw(const std::string& name, const std::string& folder, const std::vector<double>& dates,
          const std::vector<std::vector<double>>& predicted,
          const std::vector<std::vector<double>>& simulated) {
  report::Scatter scatter;
  scatter.x = {"Simulated", "1000 m3", 1};
  scatter.y = {"By the adjoint", "1000 m3", 1};
  scatter.one_to_one = true;
  for (std::size_t d = 0; d < dates.size(); ++d) {
    report::ScatterGroup group{fmt::format("day {:g}", dates[d]), {}, {}, {}};
    for (std::size_t s = 0; s < simulated[d].size(); ++s) {
      group.x.push_back(simulated[d][s] / 1000);
      group.y.push_back(predicted[d][s] / 1000);
    }
    scatter.groups.push_back(group);
  }
  report::Report page;
  page.title = "Stored water of fifty sites";
  report::Section section{"sites", page.title, {}, {}};
  section.figures.push_back({"adjoint-sites-" + name, "", "", "", scatter});
  page.sections.push_back(section);
  for (const std::string& warning :
       report::write_figures(page, folder, {.widths_mm = {85}, .formats = {"svg"}}))
    std::fprintf(stderr, "%s\n", warning.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fputs("usage: test_site_agreement NAME MODEL FIGURES [STEPS] [SITES]\n", stderr);
    return 2;
  }
  flow::Model model = flow::mf6::read_simulation({.folder = argv[2]}).model;
  if (argc > 4 && std::atoi(argv[4]) > 0)
    model.periods.resize(std::min(model.periods.size(), static_cast<std::size_t>(std::atoi(argv[4]))));
  const int count = argc > 5 ? std::atoi(argv[5]) : 50;
  const Dates dates = dates_of(model);
  const double first = model.periods.front().steady ? model.periods.front().perlen : 0;
  const std::vector<flow::Scenario> sites = random_sites(model, dates, count, first);

  flow::StorageResponseParams wanted;
  wanted.window = {first, dates.half};
  wanted.dates = {dates.half, dates.later};
  const flow::StorageResponse response = flow::storage_response(model, wanted);

  flow::EnsembleParams params;
  params.dates = wanted.dates;
  core::Log log(true);
  core::Context context{log, false};
  std::vector<Heads> kept(sites.size());  // at the end of the recharge
  const flow::EnsembleResult run =
      flow::run_ensemble(model, sites, params, context, [&](const flow::ScenarioHeads& at) {
        if (at.date == 0) kept[at.scenario] = {at.heads, at.baseline};
      });
  std::vector<flow::PackageValues> values(model.packages.size());
  flow::StepTime begin;
  begin.dt = begin.end = begin.period_time = model.periods.front().perlen;
  for (std::size_t p = 0; p < values.size(); ++p) model.packages[p].provider(begin, values[p]);

  std::vector<std::vector<double>> predicted(2), simulated(2);
  std::vector<double> error, switches, rise;
  for (std::size_t s = 0; s < sites.size(); ++s) {
    const flow::RechargeSite& site = sites[s].sites.front();
    for (std::size_t d = 0; d < 2; ++d) {
      double sum = 0;
      for (const flow::CellIndex cell : site.cells)
        sum += site.rate * response.stored[d][static_cast<std::size_t>(cell)];
      const auto step = std::find_if(run.times.begin(), run.times.end(), [&](double t) {
        return std::abs(t - wanted.dates[d]) < 1e-9 * std::max(1.0, t);
      });
      predicted[d].push_back(sum);
      simulated[d].push_back(run.scenarios[s].rise.water[static_cast<std::size_t>(step - run.times.begin())]);
    }
    error.push_back(std::abs(predicted[0].back() / simulated[0].back() - 1));
    switches.push_back(switched(model, values, kept[s]));
    double mean = 0;
    for (const flow::CellIndex cell : site.cells)
      mean +=
          kept[s].heads[static_cast<std::size_t>(cell)] - kept[s].baseline[static_cast<std::size_t>(cell)];
    rise.push_back(mean / static_cast<double>(site.cells.size()));
  }
  std::printf(
      "| model | day | R2 | bias | largest error | at: predicted, simulated (m3), drains and rivers that "
      "switch, "
      "mean rise (m) |\n|---|---:|---:|---:|---:|---|\n");
  for (std::size_t d = 0; d < 2; ++d) {
    const Agreement a(predicted[d], simulated[d]);
    std::printf("| %s | %g | %.4f | %+.1f %% | %.0f %% | %.0f, %.0f, %.0f, %.2f |\n", argv[1],
                wanted.dates[d], a.r2, 100 * a.bias, 100 * a.worst, predicted[d][a.worst_at],
                simulated[d][a.worst_at], switches[a.worst_at], rise[a.worst_at]);
  }
  std::printf(
      "Rank correlation of the error on the first day with: bounds that switch %.2f, rise %.2f. Sites at "
      "which nothing "
      "switches: ",
      rank_correlation(error, switches), rank_correlation(error, rise));
  double still = 0;
  int calm = 0;
  for (std::size_t s = 0; s < sites.size(); ++s) {
    if (switches[s] > 0) continue;
    ++calm;
    still = std::max(still, error[s]);
  }
  std::printf("%d, largest error %.1f %%.\n", calm, 100 * still);
  draw(argv[1], argv[3], wanted.dates, predicted, simulated);
  return 0;
}

// SPDX-License-Identifier: BSD-3-Clause
// Statistics of series, many at once: values [series][step], NaN = missing; infinite ones end the call with an InputError
// (found in the threads that work on the series, so that looking costs no pass of its own over the memory).
#include <nanobind/stl/string.h>

#include <atomic>
#include <cmath>

#include "arrays.hpp"
#include "module.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/stats/clustering/som.hpp"
#include "phreatic/stats/fusion/three_cornered_hat.hpp"
#include "phreatic/stats/series/correlation.hpp"
#include "phreatic/stats/series/permutation_entropy.hpp"
#include "phreatic/stats/series/stl.hpp"
#include "phreatic/stats/series/trend.hpp"

namespace phreatic::python {
namespace {

using Doubles = std::vector<double>;

core::Problem of_argument(const std::string& where, const std::string& what, const std::string& allowed) {
  return {.where = where, .what = what, .allowed = allowed};
}

// Whether all that was looked at is finite or missing; from any number of threads.
class Finite {
 public:
  bool holds(std::span<const double> values) {
    bool infinite = false;
    for (const double v : values) infinite |= std::abs(v) == HUGE_VAL;
    if (infinite) all_ = false;
    return !infinite;
  }
  // phreatic._inputs.of_finite says which value it is.
  void throw_if_not(const char* where) const {
    if (!all_)
      throw core::InputError(of_argument(where, "holds an infinite value", "finite numbers; NaN = missing"));
  }

 private:
  std::atomic<bool> all_{true};
};

// -> trend, seasonal, remainder, weights [series][step], ok [series]
nb::tuple stl(const Matrix<double>& y, bool robust, const std::string& text) {
  const std::size_t n = y.shape(0);
  const std::size_t steps = y.shape(1);
  const stats::StlParams params = settings(text, "stl", stats::stl_params(12, 7, robust));
  core::Problems problems;
  const auto odd = [&](const char* name, int value) {
    if (value != 0 && value % 2 == 0)
      problems.add(of_argument(name, std::to_string(value) + " is even", "an odd number"));
  };
  odd("seasonal", params.seasonal);
  odd("trend", params.trend);
  odd("low_pass", params.low_pass);
  problems.throw_if_any();
  Doubles trend(n * steps), seasonal(n * steps), remainder(n * steps), weights(n * steps);
  std::vector<std::uint8_t> ok(n);
  Finite finite;
  {
    nb::gil_scoped_release released;
    constexpr std::size_t kGroup = 16;  // series that share work arrays
    core::parallel_for((n + kGroup - 1) / kGroup, [&](std::size_t g) {
      stats::StlScratch scratch;
      stats::StlResult result;
      for (std::size_t i = g * kGroup; i < std::min(n, (g + 1) * kGroup); ++i) {
        if (!finite.holds(row(y, i))) continue;
        stats::stl(row(y, i), params, scratch, result);
        ok[i] = result.ok ? 1 : 0;
        const auto put = [&](const Doubles& from, Doubles& to) {
          if (result.ok) {
            std::copy(from.begin(), from.end(), to.begin() + static_cast<std::ptrdiff_t>(i * steps));
          } else {
            std::fill_n(to.begin() + static_cast<std::ptrdiff_t>(i * steps), steps, NAN);
          }
        };
        put(result.trend, trend);
        put(result.seasonal, seasonal);
        put(result.remainder, remainder);
        put(result.weights, weights);
      }
    });
  }
  finite.throw_if_not("y");
  return nb::make_tuple(array(std::move(trend), {n, steps}), array(std::move(seasonal), {n, steps}),
                        array(std::move(remainder), {n, steps}), array(std::move(weights), {n, steps}),
                        array(std::move(ok), {n}));
}

// -> [series][n, s, variance, z, p, tau, tau_b, slope, lower, upper, intercept]. season: [step], or empty.
nb::object trend(const Vector<double>& t, const Matrix<double>& y, const Vector<int>& season, int seasons,
                 const std::string& text) {
  const std::size_t n = y.shape(0);
  const auto params = settings<stats::TrendParams>(text, "mann_kendall");
  constexpr std::size_t kColumns = 11;
  Doubles out(n * kColumns);
  Finite finite;
  {
    nb::gil_scoped_release released;
    core::parallel_for(n, [&](std::size_t i) {
      if (!finite.holds(row(y, i))) return;
      const stats::Trend r = season.size() == 0
                                 ? stats::trend_of(all(t), row(y, i), params)
                                 : stats::seasonal_trend_of(all(t), row(y, i), all(season), seasons, params);
      const double values[kColumns] = {static_cast<double>(r.n),
                                       r.s,
                                       r.variance,
                                       r.z,
                                       r.p,
                                       r.tau,
                                       r.tau_b,
                                       r.slope,
                                       r.lower,
                                       r.upper,
                                       r.intercept};
      std::copy_n(values, kColumns, out.begin() + static_cast<std::ptrdiff_t>(i * kColumns));
    });
  }
  finite.throw_if_not("y");
  return array(std::move(out), {n, kColumns});
}

// -> [series][bits, normalised, windows]
nb::object permutation_entropy(const Matrix<double>& y, const std::string& text) {
  const std::size_t n = y.shape(0);
  const auto params = settings<stats::PermutationEntropyParams>(text, "permutation_entropy");
  Doubles out(n * 3);
  Finite finite;
  {
    nb::gil_scoped_release released;
    core::parallel_for(n, [&](std::size_t i) {
      if (!finite.holds(row(y, i))) return;
      const stats::PermutationEntropy r = stats::permutation_entropy(row(y, i), params);
      out[i * 3] = r.bits;
      out[i * 3 + 1] = r.normalised;
      out[i * 3 + 2] = static_cast<double>(r.windows);
    });
  }
  finite.throw_if_not("y");
  return array(std::move(out), {n, 3});
}

// Row i of x with row i of y -> [series][lag][r, n, effective_n, p_value]
nb::object lag_correlations(const Matrix<double>& x, const Matrix<double>& y, std::size_t max_lag,
                            bool spearman) {
  const std::size_t n = x.shape(0);
  const std::size_t lags = max_lag + 1;
  Doubles out(n * lags * 4);
  Finite first, second;
  {
    nb::gil_scoped_release released;
    core::parallel_for(n, [&](std::size_t i) {
      if (!first.holds(row(x, i)) || !second.holds(row(y, i))) return;
      const auto found = stats::lag_correlations(
          row(x, i), row(y, i), max_lag,
          spearman ? stats::CorrelationKind::spearman : stats::CorrelationKind::pearson);
      for (std::size_t k = 0; k < lags; ++k) {
        double* to = out.data() + (i * lags + k) * 4;
        to[0] = found[k].r;
        to[1] = static_cast<double>(found[k].n);
        to[2] = found[k].effective_n;
        to[3] = found[k].p_value;
      }
    });
  }
  first.throw_if_not("x");
  second.throw_if_not("y");
  return array(std::move(out), {n, lags, 4});
}

// products [product][cell * steps + step] -> sd, relative [cell][product], covariance [cell][product][product], months,
// status (0 ok, 1 too few months, 2 singular), on the boundary [cell]
nb::tuple tch(const Matrix<double>& products, std::size_t cells, std::size_t steps, const std::string& text) {
  const std::size_t n = products.shape(0);
  const auto params = settings<stats::HatParams>(text, "tch");
  if (n < 3 || n > stats::kMaxHatProducts)
    throw core::InputError(of_argument("products", std::to_string(n) + " products",
                                       "3 to " + std::to_string(stats::kMaxHatProducts)));
  Doubles sd(cells * n, NAN), relative(cells * n, NAN), covariance(cells * n * n, NAN);
  std::vector<std::int64_t> months(cells), status(cells);
  std::vector<std::uint8_t> boundary(cells);
  {
    nb::gil_scoped_release released;
    std::vector<stats::Series> values;
    for (std::size_t k = 0; k < n; ++k) {
      Finite finite;
      finite.holds(row(products, k));
      finite.throw_if_not(("product " + std::to_string(k)).c_str());
      values.push_back(row(products, k));
    }
    const std::vector<stats::Hat> hats = stats::three_cornered_hats(values, cells, steps, params);
    const bool generalised = params.method == stats::HatMethod::generalised;
    for (std::size_t c = 0; c < cells; ++c) {
      const stats::Hat& hat = hats[c];
      months[c] = static_cast<std::int64_t>(hat.months);
      status[c] = hat.status == stats::HatStatus::ok ? 0 : hat.status == stats::HatStatus::singular ? 2 : 1;
      boundary[c] = hat.on_boundary ? 1 : 0;
      if (hat.status != stats::HatStatus::ok) continue;
      for (std::size_t i = 0; i < n; ++i) {
        sd[c * n + i] = hat.sd[i];
        relative[c * n + i] = hat.relative[i];
        for (std::size_t j = 0; j < n; ++j) {
          if (generalised || i == j) covariance[(c * n + i) * n + j] = hat.covariance[i * n + j];
        }
      }
    }
  }
  return nb::make_tuple(array(std::move(sd), {cells, n}), array(std::move(relative), {cells, n}),
                        array(std::move(covariance), {cells, n, n}), array(std::move(months), {cells}),
                        array(std::move(status), {cells}), array(std::move(boundary), {cells}));
}

// samples [sample][coordinate]
nb::dict som(const Matrix<double>& samples, const std::string& text) {
  const auto params = settings<stats::SomParams>(text, "som");
  stats::Som map;
  stats::SomQuality quality;
  Doubles u, positions;
  {
    nb::gil_scoped_release released;
    const stats::Points points({samples.data(), samples.size()}, samples.shape(0), samples.shape(1));
    map = stats::train_som(points, params);
    quality = stats::assess(map, points);
    u = stats::u_matrix(map);
    for (std::size_t k = 0; k < map.nodes(); ++k) {
      const stats::NodePosition p = stats::node_position(map, k);
      positions.push_back(p.x);
      positions.push_back(p.y);
    }
  }
  const auto rows = static_cast<std::size_t>(map.rows);
  const auto columns = static_cast<std::size_t>(map.columns);
  nb::dict out;
  out["codebook"] = array(std::move(map.codebook), {rows, columns, map.dimension});
  out["nodes"] =
      array(std::vector<std::int64_t>(quality.nodes.begin(), quality.nodes.end()), {samples.shape(0)});
  out["hits"] = array(std::vector<std::int64_t>(quality.hits.begin(), quality.hits.end()), {rows, columns});
  out["distances"] = array(std::move(quality.distances), {samples.shape(0)});
  out["u_matrix"] = array(std::move(u), {rows, columns});
  out["positions"] = array(std::move(positions), {rows, columns, 2});
  out["quantisation_error"] = quality.quantisation_error;
  out["topographic_error"] = quality.topographic_error;
  return out;
}

}  // namespace

void bind_series(nb::module_& m) {
  m.def("stl", &stl);
  m.def("trend", &trend);
  m.def("permutation_entropy", &permutation_entropy);
  m.def("lag_correlations", &lag_correlations);
  m.def("tch", &tch);
  m.def("som", &som);
}

}  // namespace phreatic::python

// SPDX-License-Identifier: BSD-3-Clause
// GNNWR and GTNNWR against gnnwr 0.1.17 (tests/reference/learn/gnnwr_fixture.py) and exact invariants.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>

#include "phreatic/core/files/files.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/learn/architectures/gnnwr/diagnostics.hpp"
#include "phreatic/learn/architectures/gnnwr/distances.hpp"
#include "phreatic/learn/architectures/gnnwr/gnnwr.hpp"
#include "phreatic/learn/architectures/gnnwr/network.hpp"
#include "phreatic/stats/regression/ols.hpp"

namespace phreatic::learn {
namespace {

using Json = nlohmann::json;
using Floats = std::vector<float>;

constexpr float kAgreement = 1e-5F;

GnnwrWeights weights_from(const Json& j, std::vector<std::size_t> sizes) {
  GnnwrWeights w;
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
    const Json& from = j.at("layers").at(l);
    GnnwrWeights::Layer layer{sizes[l], sizes[l + 1], from.at("weight").get<Floats>(),
                              from.at("bias").get<Floats>()};
    if (from.contains("scale")) {
      layer.scale = from.at("scale").get<Floats>();
      layer.shift = from.at("shift").get<Floats>();
      layer.mean = from.at("mean").get<Floats>();
      layer.variance = from.at("variance").get<Floats>();
    }
    w.layers.push_back(layer);
  }
  w.slope = j.at("slope");
  if (!j.contains("proximity")) return w;
  const Json& hidden = j.at("proximity").at(0);
  const auto both = hidden.at("weight").get<Floats>();  // [hidden][space, time]
  for (std::size_t h = 0; h < both.size() / 2; ++h) {
    w.proximity_space.push_back(both[2 * h]);
    w.proximity_time.push_back(both[2 * h + 1]);
  }
  w.proximity_bias = hidden.at("bias").get<Floats>();
  w.proximity_scale = hidden.at("scale").get<Floats>();
  w.proximity_shift = hidden.at("shift").get<Floats>();
  w.proximity_mean = hidden.at("mean").get<Floats>();
  w.proximity_variance = hidden.at("variance").get<Floats>();
  w.proximity_out = j.at("proximity").at(1).at("weight").get<Floats>();
  w.proximity_out_bias = j.at("proximity").at(1).at("bias").at(0);
  return w;
}

void expect_near(const Floats& ours, const Floats& theirs, const std::string& what) {
  ASSERT_EQ(ours.size(), theirs.size()) << what;
  for (std::size_t i = 0; i < ours.size(); ++i)
    EXPECT_NEAR(ours[i], theirs[i], kAgreement * (1 + std::abs(theirs[i]))) << what << " " << i;
}

Floats padded(const Floats& v, std::size_t rows, std::size_t columns) {
  const std::size_t stride = kernels::dense_stride(columns);
  Floats out(rows * stride, 0.0F);
  for (std::size_t i = 0; i < v.size(); ++i) out[i / columns * stride + i % columns] = v[i];
  return out;
}

void compare_with_peer(const std::string& name) {
  const Json all = Json::parse(core::read_file("tests/reference/learn/gnnwr.json"));
  const Json& j = all.at(name);
  const std::size_t rows = all.at("rows");
  const std::size_t references = all.at("references");
  const std::size_t terms = all.at("terms");
  std::vector<std::size_t> sizes{references};
  for (const std::size_t size : all.at("hidden")) sizes.push_back(size);
  sizes.push_back(terms);
  GnnwrParams params;
  params.time = name == "gtnnwr";
  params.dropout = 0;
  params.proximity.negative_slope = 0;  // as published
  GnnwrNetwork network(params, weights_from(j.at("weights"), sizes));
  const Floats space = padded(j.at("space").get<Floats>(), rows, references);
  const Floats time = padded(j.at("time").get<Floats>(), rows, references);
  const auto c = j.at("terms").get<Floats>();
  const auto target = j.at("target").get<Floats>();
  const GnnwrBatch batch{rows, space.data(), params.time ? time.data() : nullptr, c.data(), target.data()};
  const double squares = network.train(batch, {.kind = kernels::DenseStepKind::store}, 1);
  EXPECT_NEAR(squares / static_cast<double>(rows), j.at("loss").get<double>(), kAgreement);
  const GnnwrWeights ours = network.gradients();
  const GnnwrWeights theirs =
      weights_from(j.at("gradients"), sizes);  // with running statistics after the step
  for (std::size_t l = 0; l < ours.layers.size(); ++l) {
    expect_near(ours.layers[l].weight, theirs.layers[l].weight, "weight");
    expect_near(ours.layers[l].bias, theirs.layers[l].bias, "bias");
    expect_near(ours.layers[l].scale, theirs.layers[l].scale, "scale");
    expect_near(ours.layers[l].shift, theirs.layers[l].shift, "shift");
    expect_near(ours.layers[l].mean, theirs.layers[l].mean, "running mean");
    expect_near(ours.layers[l].variance, theirs.layers[l].variance, "running variance");
  }
  EXPECT_NEAR(ours.slope, theirs.slope, kAgreement);
  expect_near(ours.proximity_space, theirs.proximity_space, "proximity space");
  expect_near(ours.proximity_time, theirs.proximity_time, "proximity time");
  expect_near(ours.proximity_scale, theirs.proximity_scale, "proximity scale");
  expect_near(ours.proximity_shift, theirs.proximity_shift, "proximity shift");
  expect_near(ours.proximity_mean, theirs.proximity_mean, "proximity mean");
  expect_near(ours.proximity_variance, theirs.proximity_variance, "proximity variance");
  expect_near(ours.proximity_out, theirs.proximity_out, "proximity out");
  Floats w(rows * terms);
  network.evaluate(batch, w.data());
  expect_near(w, j.at("evaluated").get<Floats>(), "evaluated");
}

TEST(Gnnwr, LossGradientsAndOutputsAreThoseOfTheReferenceProgram) { compare_with_peer("gnnwr"); }
TEST(Gtnnwr, LossGradientsAndOutputsAreThoseOfTheReferenceProgram) { compare_with_peer("gtnnwr"); }

// The kernel of a hidden layer against its formulas in double precision, with the mask it was given.
TEST(DenseKernels, NormalisationActivationAndDropoutAreTheirFormulasForwardAndBackward) {
  constexpr std::size_t kRows = 7, kStride = 32;
  core::RandomStream random(3, "norm test");
  const auto normals = [&](std::size_t count) {
    Floats v(count);
    for (float& x : v) x = static_cast<float>(random.normal());
    return v;
  };
  const Floats z = normals(kRows * kStride), scale = normals(kStride), shift = normals(kStride),
               up = normals(kRows * kStride);
  for (const kernels::Isa isa : {kernels::Isa::portable, kernels::Isa::automatic}) {
    Floats mask(kRows * kStride), inverse(kStride), u = z, a(z.size()), mean(kStride, 0.0F),
                                                    variance(kStride, 1.0F);
    kernels::dropout_mask(mask.size(), 0.3, 77, mask.data(), isa);
    const kernels::NormLayer layer{kRows, kStride,        scale.data(), shift.data(), 0.2F,
                                   1e-5F, inverse.data(), u.data(),     mask.data()};
    kernels::norm_forward(layer, 0.1F, mean.data(), variance.data(), a.data(), isa);
    Floats d = up, bias(kStride), of_scale(kStride), of_shift(kStride), of_slope(kStride);
    kernels::norm_backward(layer, d.data(), bias.data(), of_scale.data(), of_shift.data(), of_slope.data(),
                           isa);
    for (std::size_t n = 0; n < kStride; ++n) {
      double m = 0, v = 0, d_scale = 0, d_shift = 0, d_slope = 0;
      for (std::size_t r = 0; r < kRows; ++r) m += z[r * kStride + n] / 7.0;
      for (std::size_t r = 0; r < kRows; ++r) v += std::pow(z[r * kStride + n] - m, 2) / 7.0;
      const double s = std::sqrt(v + 1e-5);
      std::vector<double> through(kRows), unit(kRows);
      for (std::size_t r = 0; r < kRows; ++r) {
        const std::size_t i = r * kStride + n;
        unit[r] = (z[i] - m) / s;
        const double value = scale[n] * unit[r] + shift[n];
        EXPECT_NEAR(a[i], mask[i] * (value > 0 ? value : 0.2 * value), 2e-5);
        through[r] = up[i] * mask[i] * (value > 0 ? 1 : 0.2);
        d_slope += value > 0 ? 0 : up[i] * mask[i] * value;
        d_shift += through[r];
        d_scale += through[r] * unit[r];
      }
      EXPECT_NEAR(mean[n], 0.1 * m, 1e-5);
      EXPECT_NEAR(variance[n], 0.9 + 0.1 * v * 7 / 6, 1e-5);
      EXPECT_NEAR(of_scale[n], d_scale, 1e-4);
      EXPECT_NEAR(of_shift[n], d_shift, 1e-4);
      EXPECT_NEAR(of_slope[n], d_slope, 1e-4);
      for (std::size_t r = 0; r < kRows; ++r)
        EXPECT_NEAR(u[r * kStride + n], scale[n] / s * (through[r] - (d_shift + unit[r] * d_scale) / 7),
                    1e-4);
    }
  }
}

TEST(DenseKernels, DropoutKeepsTheWantedShareAndIsTheSameOnEveryInstructionSet) {
  Floats portable(1 << 16), fast(1 << 16);
  kernels::dropout_mask(portable.size(), 0.2, 12345, portable.data(), kernels::Isa::portable);
  kernels::dropout_mask(fast.size(), 0.2, 12345, fast.data());
  EXPECT_EQ(portable, fast);
  const auto dropped = static_cast<double>(std::count(fast.begin(), fast.end(), 0.0F));
  EXPECT_NEAR(dropped / (1 << 16), 0.2, 0.006);  // four standard errors
  EXPECT_NEAR(std::accumulate(fast.begin(), fast.end(), 0.0) / (1 << 16), 1, 0.008);
}

// y = b(x, y place) z + 1 with a coefficient that grows eastwards.
RowTable made_table(std::size_t rows, bool with_time = false) {
  RowTable table;
  core::RandomStream random(5, "test table");
  table.rows = rows;
  table.covariate_names = {"z", "q"};
  table.coordinates = Coordinates::metres;
  table.source = "made.csv";
  for (std::size_t i = 0; i < rows; ++i) {
    table.x.push_back(random.uniform(0, 100));
    table.y.push_back(random.uniform(0, 100));
    if (with_time) table.t.push_back(random.uniform(0, 365));
    const double z = random.normal();
    table.covariates.insert(table.covariates.end(), {z, random.normal()});
    table.target.push_back((1 + table.x.back() / 20) * z + 1);
  }
  return table;
}

RowSplit halves(std::size_t rows) {
  RowSplit split;
  for (std::size_t i = 0; i < rows; ++i) (i % 5 == 0 ? split.validation : split.training).push_back(i);
  return split;
}

GnnwrParams small() {
  GnnwrParams params;
  params.hidden = {16, 8};
  params.training.epochs = 60;
  params.references = {ReferenceChoice::kmeans, 30};
  return params;
}

core::Log quiet(true);
core::Context context{quiet, false};

TEST(Gnnwr, FindsACoefficientThatGrowsEastwards) {
  const RowTable table = made_table(400);
  GnnwrParams params = small();
  params.dropout = 0;
  params.training.epochs = 300;
  const GnnwrFit fit = fit_gnnwr(table, halves(400), params, context);
  EXPECT_GT(fit.diagnostics.r2_validation, 0.95);
  EXPECT_LT(fit.diagnostics.r2_ols, 0.9);
  EXPECT_LT(fit.diagnostics.f1, 0.5);
  const GnnwrPrediction p = predict(fit.model, table);
  double low = 0;
  double high = 0;
  int lows = 0;
  int highs = 0;
  for (std::size_t i = 0; i < table.rows; ++i) {
    if (table.x[i] < 20) low += p.coefficients[3 * i], ++lows;
    if (table.x[i] > 80) high += p.coefficients[3 * i], ++highs;
  }
  EXPECT_NEAR(low / lows, 1.5, 0.5);    // truth: 1 + 10/20
  EXPECT_NEAR(high / highs, 5.5, 0.7);  // 1 + 90/20
}

TEST(Gnnwr, ShapedDistancesAreTheirFunctionsOfTheScaledOnes) {
  const RowTable table = made_table(20);
  const auto row = [&](DistanceFunction function) {
    GnnwrModel model;
    model.params.distance_function = function;
    model.params.distance_length = 0.05;
    choose_references(table, model);
    Floats out(kernels::dense_stride(20));
    scaled_distances(model, table, 3, 1, out.size(), out.data(), nullptr);
    return out;
  };
  const Floats plain = row(DistanceFunction::linear), root = row(DistanceFunction::root),
               exponential = row(DistanceFunction::exponential);
  EXPECT_EQ(plain[3], 0);
  EXPECT_EQ(exponential[3], 1);
  for (std::size_t j = 0; j < 20; ++j) {
    EXPECT_NEAR(root[j], std::sqrt(plain[j]), 1e-6);
    EXPECT_NEAR(exponential[j], std::exp(-plain[j] / 0.05F), 1e-5);
  }
}

TEST(Gnnwr, ShapedTimesAreTheirFunctionsOfTheScaledOnesAndLeaveSpaceAlone) {
  const RowTable table = made_table(20, true);
  const auto row = [&](DistanceFunction function, Floats& space) {
    GnnwrModel model;
    model.params.time = true;
    model.params.time_function = function;
    model.params.time_length = 0.05;
    choose_references(table, model);
    Floats out(kernels::dense_stride(20));
    space.resize(out.size());
    scaled_distances(model, table, 3, 1, out.size(), space.data(), out.data());
    return out;
  };
  Floats space, same_space;
  const Floats plain = row(DistanceFunction::linear, space);
  const Floats exponential = row(DistanceFunction::exponential, same_space);
  EXPECT_EQ(space, same_space);
  for (std::size_t j = 0; j < 20; ++j) EXPECT_NEAR(exponential[j], std::exp(-plain[j] / 0.05F), 1e-5);
}

TEST(Gnnwr, CoefficientsTimesCovariatesAreThePrediction) {
  const RowTable table = made_table(100);
  GnnwrParams params = small();
  params.members = 2;
  params.training.epochs = 5;
  const GnnwrPrediction p = predict(fit_gnnwr(table, halves(100), params, context).model, table);
  for (std::size_t i = 0; i < table.rows; ++i) {
    const double* const c = p.coefficients.data() + 3 * i;
    EXPECT_NEAR(c[0] * table.covariates[2 * i] + c[1] * table.covariates[2 * i + 1] + c[2], p.value[i], 1e-4);
  }
}

TEST(Gnnwr, IsTheSameForOneAndTwoThreadsAndAfterItsFiles) {
  const RowTable table = made_table(120, true);
  GnnwrParams params = small();
  params.time = true;
  params.training.epochs = 4;
  core::set_thread_count(1);
  const GnnwrFit one = fit_gnnwr(table, halves(120), params, context);
  core::set_thread_count(2);
  const GnnwrFit two = fit_gnnwr(table, halves(120), params, context);
  EXPECT_EQ(predict(one.model, table).value, predict(two.model, table).value);
  const auto folder =
      std::filesystem::temp_directory_path() / ("phreatic_test_gnnwr-" + std::to_string(::getpid()));
  save_model(one.model, folder);
  EXPECT_EQ(predict(one.model, table).value, predict(load_gnnwr(folder), table).value);
  std::filesystem::remove(folder / "member_0.safetensors");
  EXPECT_THROW(load_gnnwr(folder), core::InputError);
  std::filesystem::remove_all(folder);
}

TEST(Gtnnwr, AProximityThatIsDeadIsStartedAnewAndSaid) {
  RowTable table = made_table(60, true);
  std::fill(table.x.begin(), table.x.end(), 1.0);  // no distance differs: no proximity can
  std::fill(table.y.begin(), table.y.end(), 1.0);
  std::fill(table.t.begin(), table.t.end(), 1.0);
  GnnwrParams params = small();
  params.time = true;
  params.hidden = {1};
  params.references.choice = ReferenceChoice::rows;
  params.proximity.restarts = 2;
  const GnnwrFit fit = fit_gnnwr(table, halves(60), params, context);
  EXPECT_EQ(fit.history[0].restarts, 2);
  ASSERT_EQ(fit.warnings.size(), 3);  // duplicates, restarts, no better than OLS
  EXPECT_NE(fit.warnings[2].find("died in every start"), std::string::npos);
}

TEST(Gnnwr, TracesOfAnUnweightedFitAreTheNumberOfCoefficients) {
  const RowTable table = made_table(50);
  const stats::OlsFit ols = stats::ols(table.covariates, table.target, 2);
  std::vector<double> value;
  for (std::size_t i = 0; i < table.rows; ++i)
    value.push_back(stats::ols_value(ols.coefficients, table.covariates_of(i)));
  const GnnwrDiagnostics d =
      local_diagnostics(ols, table.covariates, std::vector<float>(150, 1.0F), table.target, value);
  EXPECT_NEAR(d.trace, 3, 1e-9);  // the hat matrix is a projection
  EXPECT_NEAR(d.trace_sts, 3, 1e-9);
  EXPECT_NEAR(d.f1, 1, 1e-9);
  EXPECT_NEAR(d.r2, d.r2_ols, 1e-12);
}

std::string refused(const std::function<void(RowTable&, GnnwrParams&)>& spoil) {
  RowTable table = made_table(60);
  GnnwrParams params = small();
  spoil(table, params);
  try {
    fit_gnnwr(table, halves(table.rows), params, context);
  } catch (const core::InputError& error) {
    return error.what();
  }
  return "accepted";
}

void expect_says(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

TEST(Gnnwr, BadInputIsNamed) {
  expect_says(refused([](RowTable& t, GnnwrParams&) {
                for (std::size_t i = 0; i < t.rows; ++i) t.covariates[2 * i] = 4;
              }),
              "column 'z': is 4 in all");
  expect_says(refused([](RowTable& t, GnnwrParams&) {
                for (std::size_t i = 0; i < t.rows; ++i)
                  t.covariates[2 * i + 1] = 2 * t.covariates[2 * i] + 1;
              }),
              "X'X is singular");
  expect_says(refused([](RowTable& t, GnnwrParams&) { std::fill(t.target.begin(), t.target.end(), 3.0); }),
              "there is nothing to explain");
  expect_says(refused([](RowTable& t, GnnwrParams&) { t.x[7] = NAN; }), "column 'x', row 8");
  expect_says(refused([](RowTable& t, GnnwrParams&) { t.covariates[5] = INFINITY; }), "column 'q', row 3");
  expect_says(refused([](RowTable& t, GnnwrParams&) {
                t = select_rows(t, {0, 1, 2});
              }),
              "more rows than coefficients");
  expect_says(refused([](RowTable&, GnnwrParams& p) { p.hidden = {64}; }), "fewer than the 64 units");
  expect_says(refused([](RowTable&, GnnwrParams& p) { p.time = true; }), "has no times");
  expect_says(refused([](RowTable&, GnnwrParams& p) { p.distance = DistanceKind::great_circle; }),
              "great_circle");
  expect_says(refused([](RowTable& t, GnnwrParams&) {
                t.coordinates = Coordinates::degrees;
                t.y[3] = 120;
              }),
              "swapped");
}

TEST(Gnnwr, ATableWithoutACovariateOfTheModelIsRefused) {
  RowTable table = made_table(60);
  GnnwrParams params = small();
  params.training.epochs = 1;
  const GnnwrModel model = fit_gnnwr(table, halves(60), params, context).model;
  table.covariate_names[1] = "qq";
  EXPECT_THROW(predict(model, table), core::InputError);
}

}  // namespace
}  // namespace phreatic::learn

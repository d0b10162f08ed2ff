// SPDX-License-Identifier: BSD-3-Clause
// Peer: pastas, tests/reference/stats/pastas_synthetic.py.
#include "phreatic/stats/baselines/transfer_function/transfer_function_baseline.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numbers>
#include <numeric>
#include <vector>

#include "phreatic/stats/baselines/transfer_function/transfer_function_fit.hpp"
#include "phreatic/stats/metrics/metrics.hpp"

namespace phreatic::stats {
namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();
using Values = std::vector<double>;

double rounded(double v) { return std::round(1000 * v) / 1000; }

// The script's weather, stage and noise.
struct Weather {
  static constexpr std::size_t kDays = 4500;
  Weather() : rain(kDays), evaporation(kDays), stage(kDays), noise(kDays), temperature(kDays) {
    std::uint64_t state = 20240229;
    const auto uniform = [&state] {
      state = (1103515245 * state + 12345) % (1ULL << 31U);
      return (static_cast<double>(state) + 0.5) / static_cast<double>(1ULL << 31U);
    };
    for (std::size_t t = 0; t < kDays; ++t) {
      const double wet = uniform();
      const double amount = uniform();
      const double angle = 2 * std::numbers::pi * static_cast<double>(t) / 365.25;
      rain[t] = wet < 0.4 ? rounded(-5 * std::log(amount)) : 0;
      evaporation[t] = rounded(1.6 - 1.4 * std::cos(angle) + 0.4 * uniform());
      stage[t] = rounded((t > 0 ? 0.95 * stage[t - 1] : 0) + uniform() - 0.5);
      noise[t] = (t > 0 ? 0.9 * noise[t - 1] : 0) + 0.1 * (uniform() - 0.5);
      temperature[t] = 3 - 12 * std::cos(angle) + 4 * std::sin(1.7 * static_cast<double>(t));
    }
  }
  TransferFunctionInputs inputs() const {
    return {rain, evaporation, {}, {{stage, "stage", ResponseKind::exponential, StressSign::positive}}, 1, 0};
  }
  core::TimeAxis axis() const {
    return {core::days_from_civil({1990, 1, 1}) * core::kSecondsPerDay, {core::StepUnit::day, 1}, kDays};
  }
  Values rain;
  Values evaporation;
  Values stage;
  Values noise;
  Values temperature;
};

TransferFunctionModel truth() {
  TransferFunctionModel m;
  m.base_m = 101.5;
  m.recharge = {0.4, 1.5, 60};
  m.evaporation_factor = 0.8;
  m.stresses = {{0.7, 1, 8, ResponseKind::exponential}};
  return m;
}

TransferFunctionParams with_river() {
  TransferFunctionParams params;
  params.recharge = RechargeChoice::linear;
  params.snow = SnowChoice::off;
  return params;
}

// The script's observations: steps 0, 3 and 4 modulo 13.
Values observe(const Weather& w, const Values& level, double noise) {
  Values target(level.size(), kGap);
  for (std::size_t t = 800; t < 4000; ++t) {
    if (t % 13 == 0 || t % 13 == 3 || t % 13 == 4) target[t] = level[t] + noise * w.noise[t];
  }
  return target;
}

TEST(TransferFunction, WeatherIsTheScripts) {
  const Weather w;
  EXPECT_NEAR(std::accumulate(w.rain.begin(), w.rain.end(), 0.0), 9104.206, 1e-6);
  EXPECT_NEAR(std::accumulate(w.evaporation.begin(), w.evaporation.end(), 0.0), 8031.853, 1e-6);
  EXPECT_NEAR(std::accumulate(w.stage.begin(), w.stage.end(), 0.0), -165.748, 1e-6);
  EXPECT_NEAR(std::accumulate(w.noise.begin(), w.noise.end(), 0.0), -31.03191657742343, 1e-9);
}

TEST(TransferFunction, SimulatesAsPastas) {
  const Weather w;
  const Values level = simulate(truth(), w.inputs());
  EXPECT_NEAR(level[0], 101.68646022950799, 1e-6);
  EXPECT_NEAR(level[1], 101.64095632415135, 1e-6);
  EXPECT_NEAR(level[10], 101.87135921290484, 1e-6);
  EXPECT_NEAR(level[400], 102.68171968115672, 1e-6);
  EXPECT_NEAR(level[2000], 101.97396989177983, 1e-6);
  EXPECT_NEAR(level[4499], 101.50922700883505, 1e-6);
}

TEST(TransferFunction, FitsAsPastas) {
  const Weather w;
  const Values target = observe(w, simulate(truth(), w.inputs()), 1);
  const auto fit = fit_transfer_function(w.inputs(), with_river(), {}, target, {0, 4500});
  EXPECT_TRUE(fit.converged);
  EXPECT_NEAR(fit.cost, 3.225266611047145, 1e-5);
  EXPECT_LT(fit.cost, 3.225266611047145 * (1 + 1e-7));
  EXPECT_NEAR(fit.model.recharge.gain, 0.428565535992929, 2e-4);
  EXPECT_NEAR(fit.model.recharge.n, 1.4280694036278536, 2e-4);
  EXPECT_NEAR(fit.model.recharge.a_days, 63.844533575683585, 0.03);
  EXPECT_NEAR(fit.model.evaporation_factor, 0.7868830611220073, 2e-4);
  EXPECT_NEAR(fit.model.stresses[0].gain, 0.694872421769511, 2e-4);
  EXPECT_NEAR(fit.model.stresses[0].a_days, 7.839457903858494, 5e-3);
  EXPECT_NEAR(fit.model.base_m, 101.47024740282323, 5e-4);
}

TEST(TransferFunction, FitsNoiseAsPastas) {
  const Weather w;
  const Values target = observe(w, simulate(truth(), w.inputs()), 1);
  TransferFunctionParams params = with_river();
  params.noise = NoiseChoice::ar1;
  const auto fit = fit_transfer_function(w.inputs(), params, {}, target, {0, 4500});
  EXPECT_TRUE(fit.converged);
  EXPECT_NEAR(fit.cost, 1.3382894221367934, 1e-5);
  EXPECT_NEAR(fit.model.recharge.gain, 0.420734054116386, 1e-3);
  EXPECT_NEAR(fit.model.recharge.n, 1.471174259874668, 1e-3);
  EXPECT_NEAR(fit.model.recharge.a_days, 60.89634289479742, 0.1);
  EXPECT_NEAR(fit.model.evaporation_factor, 0.7858815511684542, 1e-3);
  EXPECT_NEAR(fit.model.stresses[0].gain, 0.6955987028769888, 1e-3);
  EXPECT_NEAR(fit.model.stresses[0].a_days, 7.952779123109733, 0.02);
  EXPECT_NEAR(fit.model.base_m, 101.47533419867443, 3e-3);
  EXPECT_NEAR(fit.model.noise_decay_days, 9.681112849711825, 0.02);
}

TEST(TransferFunction, RecoversTheTruthWithoutNoise) {
  const Weather w;
  const Values target = observe(w, simulate(truth(), w.inputs()), 0);
  const BaselineData data{w.axis(),
                          target,
                          {"precipitation", "evaporation", "stage"},
                          {w.rain, w.evaporation, w.stage},
                          {0, 4500},
                          {4500, 4500},
                          {data::Role::precipitation, data::Role::evaporation_demand, data::Role::stage}};
  const auto result = transfer_function_baseline(data, with_river());
  ASSERT_TRUE(result.ok) << result.reason;
  EXPECT_NEAR(result.model.recharge.gain, 0.4, 1e-4);
  EXPECT_NEAR(result.model.recharge.n, 1.5, 1e-4);
  EXPECT_NEAR(result.model.evaporation_factor, 0.8, 1e-4);
  EXPECT_NEAR(result.model.stresses[0].a_days, 8, 1e-3);
  // The parts and the base are the whole.
  for (std::size_t t = 0; t < 4500; t += 100) {
    EXPECT_NEAR(result.parts[0][t] + result.parts[1][t] + result.model.base_m, result.result.simulated[t],
                1e-12);
  }
}

TEST(TransferFunction, SnowIsFoundWhereItMatters) {
  const Weather w;
  TransferFunctionModel m = truth();
  m.stresses.clear();
  m.snow = DegreeDay{4, 1};
  const TransferFunctionInputs inputs{w.rain, w.evaporation, w.temperature, {}, 1, 0};
  const Values target = observe(w, simulate(m, inputs), 0.3);
  BaselineData data{w.axis(),
                    target,
                    {"precipitation", "evaporation", "temperature"},
                    {w.rain, w.evaporation, w.temperature},
                    {0, 3200},
                    {3200, 4000},
                    {data::Role::precipitation, data::Role::evaporation_demand, data::Role::temperature}};
  TransferFunctionParams params;
  params.recharge = RechargeChoice::linear;
  const auto result = transfer_function_baseline(data, params);
  ASSERT_TRUE(result.ok) << result.reason;
  ASSERT_TRUE(result.model.snow.has_value());
  EXPECT_NEAR(result.model.snow->melt_mm_per_day_degC, 4, 0.8);
  EXPECT_NEAR(result.model.snow->threshold_degC, 1, 0.3);
  EXPECT_NEAR(result.model.recharge.a_days, 60, 6);
  TransferFunctionParams off = params;
  off.snow = SnowChoice::off;
  EXPECT_GT(nse(data.target, result.result.simulated),
            nse(data.target, transfer_function_baseline(data, off).result.simulated) + 0.02);
}

TEST(TransferFunction, NothingLaterIsSeen) {
  const Weather w;
  Values target = observe(w, simulate(truth(), w.inputs()), 1);
  BaselineData data{w.axis(),
                    target,
                    {"precipitation", "evaporation", "temperature"},
                    {w.rain, w.evaporation, w.temperature},
                    {0, 2500},
                    {2500, 3000},
                    {data::Role::precipitation, data::Role::evaporation_demand, data::Role::temperature}};
  const auto all = transfer_function_baseline(data, {});
  for (std::size_t t = 3000; t < target.size(); ++t) target[t] = kGap;
  data.target = target;
  const auto blind = transfer_function_baseline(data, {});
  EXPECT_EQ(all.result.simulated, blind.result.simulated);
  EXPECT_EQ(all.result.description, blind.result.description);
}

TEST(TransferFunction, SignsAndBoundsHold) {
  const Weather w;
  const Values target = observe(w, simulate(truth(), w.inputs()), 1);
  TransferFunctionParams params = with_river();
  TransferFunctionInputs inputs = w.inputs();
  inputs.stresses[0].sign = StressSign::negative;
  const auto fit = fit_transfer_function(inputs, params, {}, target, {0, 4500});
  EXPECT_EQ(fit.model.stresses[0].gain, 0);
  params.evaporation_factor_max = 0.5;
  EXPECT_LE(fit_transfer_function(w.inputs(), params, {}, target, {0, 4500}).model.evaporation_factor,
            0.5 + 1e-12);
}

TEST(TransferFunction, GapsInDriversAreFilledAndCounted) {
  Weather w;
  const Values target = observe(w, simulate(truth(), w.inputs()), 0);
  for (std::size_t t = 1000; t < 1010; ++t) w.evaporation[t] = kGap;
  const BaselineData data{w.axis(),
                          target,
                          {"precipitation", "evaporation", "stage"},
                          {w.rain, w.evaporation, w.stage},
                          {0, 4500},
                          {4500, 4500},
                          {data::Role::precipitation, data::Role::evaporation_demand, data::Role::stage}};
  const auto result = transfer_function_baseline(data, with_river());
  ASSERT_TRUE(result.ok);
  EXPECT_EQ(nlohmann::json::parse(result.result.description)["filled_steps"]["evaporation"], 10);
  EXPECT_GT(nse(target, result.result.simulated), 0.999);
}

TEST(TransferFunction, RefusalsSayWhy) {
  const Weather w;
  const Values target = observe(w, simulate(truth(), w.inputs()), 0);
  BaselineData data{w.axis(), target, {"rain"}, {w.rain}, {0, 4500}, {4500, 4500}, {data::Role::other}};
  const auto missing = transfer_function_baseline(data, {});
  EXPECT_FALSE(missing.ok);
  EXPECT_NE(missing.reason.find("precipitation"), std::string::npos);
  ASSERT_EQ(missing.left_out.size(), 1);
  EXPECT_EQ(missing.left_out[0].driver, "rain");
  EXPECT_TRUE(std::isnan(missing.result.simulated[100]));
  data.driver_roles = {data::Role::precipitation};
  TransferFunctionParams params;
  params.snow = SnowChoice::on;
  EXPECT_NE(transfer_function_baseline(data, params).reason.find("temperature"), std::string::npos);
  params.snow = SnowChoice::off;
  params.recharge = RechargeChoice::flex;
  EXPECT_NE(transfer_function_baseline(data, params).reason.find("evaporation"), std::string::npos);
  data.train = {0, 810};
  EXPECT_NE(transfer_function_baseline(data, params).reason.find("training observations"), std::string::npos);
  const Values gaps(Weather::kDays, kGap);
  data.train = {0, 4500};
  data.drivers = {gaps};
  const auto empty = transfer_function_baseline(data, {});
  EXPECT_FALSE(empty.ok);
  EXPECT_NE(empty.left_out.at(0).why.find("no value"), std::string::npos);
}

TEST(TransferFunction, ConstantLevelsGiveAConstant) {
  const Weather w;
  Values target(Weather::kDays, kGap);
  for (std::size_t t = 0; t < 3000; t += 10) target[t] = 12.5;
  const BaselineData data{w.axis(),
                          target,
                          {"precipitation", "evaporation"},
                          {w.rain, w.evaporation},
                          {0, 3000},
                          {3000, 3000},
                          {data::Role::precipitation, data::Role::evaporation_demand}};
  const auto result = transfer_function_baseline(data, {});
  ASSERT_TRUE(result.ok);
  for (const double v : result.result.simulated) EXPECT_NEAR(v, 12.5, 1e-9);
}

TEST(TransferFunction, WeeklyStepsKeepTheirDays) {
  // Weekly means of the weather, response scales in days: close to the daily simulation at the week's end.
  const Weather w;
  Values rain;
  Values evaporation;
  for (std::size_t t = 0; t + 7 <= Weather::kDays; t += 7) {
    rain.push_back(std::accumulate(w.rain.begin() + static_cast<long>(t),
                                   w.rain.begin() + static_cast<long>(t) + 7, 0.0) /
                   7);
    evaporation.push_back(std::accumulate(w.evaporation.begin() + static_cast<long>(t),
                                          w.evaporation.begin() + static_cast<long>(t) + 7, 0.0) /
                          7);
  }
  TransferFunctionModel m = truth();
  m.stresses.clear();
  const Values daily = simulate(m, {w.rain, w.evaporation, {}, {}, 1, 0});
  const Values weekly = simulate(m, {rain, evaporation, {}, {}, 7, 0});
  for (std::size_t i = 50; i < weekly.size(); i += 25) EXPECT_NEAR(weekly[i], daily[7 * i + 6], 0.02);
}

TEST(TransferFunction, EveryDriverIsUsedOrSaidToBeLeftOut) {
  const Weather w;
  Values pumping(Weather::kDays, 0);
  for (std::size_t t = 1500; t < 3000; ++t) pumping[t] = 2;
  TransferFunctionModel m = truth();
  m.stresses.push_back({-0.2, 1, 40, ResponseKind::hantush, 0.3});
  TransferFunctionInputs inputs = w.inputs();
  inputs.stresses.push_back({pumping, "well", ResponseKind::hantush, StressSign::negative});
  const Values target = observe(w, simulate(m, inputs), 0);
  const Values constant(Weather::kDays, 3);
  const BaselineData data{
      w.axis(),
      target,
      {"rain", "humidity", "demand", "river", "well", "second rain", "flat"},
      {w.rain, w.noise, w.evaporation, w.stage, pumping, w.noise, constant},
      {0, 4500},
      {4500, 4500},
      {data::Role::precipitation, data::Role::humidity, data::Role::evaporation_demand, data::Role::stage,
       data::Role::pumping, data::Role::precipitation, data::Role::stage}};
  const auto result = transfer_function_baseline(data, with_river());
  ASSERT_TRUE(result.ok) << result.reason;
  EXPECT_EQ(result.stresses, (std::vector<std::string>{"recharge", "river", "well"}));
  ASSERT_EQ(result.left_out.size(), 3);
  EXPECT_EQ(result.left_out[0].driver, "humidity");
  EXPECT_EQ(result.left_out[1].driver, "second rain");
  EXPECT_EQ(result.left_out[2].driver, "flat");
  EXPECT_GT(nse(target, result.result.simulated), 0.9999);
  EXPECT_NEAR(result.model.stresses[1].gain, -0.2, 0.01);
  EXPECT_NEAR(result.model.stresses[1].a_days, 40, 6);
}

// Ordinary least squares is what the model is for gains alone; the errors of a straight fit are known.
TEST(TransferFunction, StandardErrorsOfGainsAreThoseOfLinearRegression) {
  const Weather w;
  TransferFunctionInputs inputs;
  inputs.stresses.push_back({w.stage, "stage", ResponseKind::constant, StressSign::any});
  Values target(Weather::kDays);
  for (std::size_t t = 0; t < target.size(); ++t) target[t] = 3 + 0.5 * w.stage[t] + w.noise[t];
  const core::StepRange all{0, Weather::kDays};
  const auto fit = fit_transfer_function(inputs, {}, {}, target, all);
  const auto parameters = parameter_estimates(fit.model, inputs, {}, target, all);
  ASSERT_EQ(parameters.size(), 2);
  const double n = static_cast<double>(target.size());
  const double mx = mean(w.stage);
  const double my = mean(target);
  double sxx = 0;
  double sxy = 0;
  for (std::size_t t = 0; t < target.size(); ++t) {
    sxx += (w.stage[t] - mx) * (w.stage[t] - mx);
    sxy += (w.stage[t] - mx) * (target[t] - my);
  }
  double residuals = 0;
  for (std::size_t t = 0; t < target.size(); ++t) {
    const double r = target[t] - my - sxy / sxx * (w.stage[t] - mx);
    residuals += r * r;
  }
  const double variance = residuals / (n - 2);
  EXPECT_EQ(parameters[1].name, "stage.gain");
  EXPECT_NEAR(parameters[1].value, sxy / sxx, 1e-9);
  EXPECT_NEAR(parameters[1].standard_error / std::sqrt(variance / sxx), 1, 1e-6);
  EXPECT_NEAR(parameters[0].standard_error / std::sqrt(variance * (1 / n + mx * mx / sxx)), 1, 1e-6);
}

TEST(FlexRecharge, KeepsWaterAndSplitsItAsTheSteadyStateSays) {
  // Rain of 4 mm/d for ever over evaporation of 1 mm/d: interception takes 1, the rest is recharge.
  const Values rain(4000, 4);
  const Values evaporation(4000, 1);
  const auto recharge = flex_recharge(rain, {}, evaporation, {}, 1);
  EXPECT_NEAR(recharge.back(), 3, 1e-9);
  // No rain: the root zone empties, and no more comes out than was there.
  const Values dry(4000, 0);
  const auto drained = flex_recharge(dry, {}, dry, {}, 1);
  EXPECT_GE(drained.back(), 0);
  EXPECT_LT(std::accumulate(drained.begin(), drained.end(), 0.0), 125);
  // A week of steps of a day is a step of a week.
  Values daily;
  Values weekly;
  for (int week = 0; week < 300; ++week) {
    weekly.push_back(week % 5 == 0 ? 9 : 1);
    daily.insert(daily.end(), 7, weekly.back());
  }
  const auto days = flex_recharge(daily, {}, Values(daily.size(), 2), {}, 1);
  const auto weeks = flex_recharge(weekly, {}, Values(weekly.size(), 2), {}, 7);
  for (std::size_t i = 200; i < weeks.size(); ++i) {
    EXPECT_NEAR(weeks[i],
                std::accumulate(days.begin() + static_cast<long>(7 * i),
                                days.begin() + static_cast<long>(7 * i) + 7, 0.0) /
                    7,
                1e-6);
  }
}

// tests/reference/stats/pastas_flex.py
TEST(FlexRecharge, AgreesWithPastasWithSnow) {
  Values rain, temperature, evaporation;
  for (int i = 0; i < 60; ++i) {
    rain.push_back(i % 3 == 0 ? (7 * i) % 23 : 0);
    temperature.push_back(i < 45 ? 4 * std::sin(i / 4.0) - 1 : 8);
    evaporation.push_back(1.5 + std::sin(i / 9.0));
  }
  const RainAndMelt parts = split_rain_and_melt(rain, temperature, {2.5, 0}, 1);
  const FlexRecharge zone{
      .root_zone_mm = 90, .conductivity_mm_per_day = 40, .exponent = 2.2, .evaporation_factor = 0.9};
  const auto recharge = flex_recharge(parts.rain, parts.melt, evaporation, zone, 1);
  const Values every_fifth{1.563139474, 2.868268213, 5.128209605, 0.649711471, 0.137913584, 0.042721485,
                           1.010072871, 4.962508854, 3.127501632, 0.955656904, 6.098485317, 4.040093083};
  for (std::size_t k = 0; k < every_fifth.size(); ++k)
    EXPECT_NEAR(recharge[5 * k], every_fifth[k], 1e-8) << k;
}

}  // namespace
}  // namespace phreatic::stats

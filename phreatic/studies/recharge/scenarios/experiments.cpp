// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/recharge/scenarios/experiments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "phreatic/core/random.hpp"
#include "phreatic/stats/metrics/metrics.hpp"
#include "phreatic/studies/recharge/surrogates/samples.hpp"

namespace phreatic::studies::recharge {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr int kDraws = 3;

// R2 of back-transformed values over the sites that are predicted and `counts`.
double r2_of(const Table& targets, const std::string& column, const std::vector<double>& logs,
             const std::vector<bool>& counts) {
  std::vector<double> o, s;
  const auto& values = targets.numbers(column);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!(values[i] > 0) || std::isnan(logs[i]) || !counts[i]) continue;
    o.push_back(values[i]);
    s.push_back(std::pow(10, logs[i]));
  }
  return o.size() > 1 ? stats::nse(o, s) : kMissing;
}

struct Named {
  std::string name, kind, left_out;
};
std::vector<Named> compared(const Training& training, const SurrogateParams& p) {
  std::vector<Named> out;
  for (const std::string& kind : p.models) out.push_back({kind, kind, ""});
  if (training.features.has(kAdjointResponse) && p.models.back() != "adjoint" &&
      p.models.back() != "rate-area")
    out.push_back({p.models.back() + " without adjoint", p.models.back(), "adjoint_"});
  return out;
}

TargetSamples samples_for(const TrainingInput& in, const Training& training, const std::string& target,
                          const Named& model) {
  TargetSamples all = samples_of(training.features, in.targets, target, model.left_out);
  all.samples.adjoint_constant = target == "k_per_day" ? kMissing : std::log10(1e3 * in.recharge_days);
  return all;
}

// Texts and numbers row by row.
struct Rows {
  Table table;
  std::vector<std::vector<double>> numbers;
  std::vector<std::vector<std::string>> texts;

  void add(const std::vector<std::string>& text, const std::vector<double>& number) {
    table.ids.push_back(fmt::format("{}", table.ids.size() + 1));
    texts.resize(text.size());
    numbers.resize(number.size());
    for (std::size_t i = 0; i < text.size(); ++i) texts[i].push_back(text[i]);
    for (std::size_t i = 0; i < number.size(); ++i) numbers[i].push_back(number[i]);
  }
  Table take(const std::vector<std::string>& text_names, const std::vector<std::string>& number_names) {
    table.key = "row";
    for (std::size_t i = 0; i < text_names.size(); ++i)
      table.add(text_names[i], i < texts.size() ? std::move(texts[i]) : std::vector<std::string>{});
    for (std::size_t i = 0; i < number_names.size(); ++i)
      table.add(number_names[i], i < numbers.size() ? std::move(numbers[i]) : std::vector<double>{});
    return std::move(table);
  }
};

// [sites] whether all inputs lie within the range of the training sites.
std::vector<bool> inside_range(const Table& features, const std::vector<std::size_t>& train) {
  std::vector<bool> inside(features.ids.size(), true);
  for (const TableColumn& column : features.columns) {
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (const std::size_t i : train) {
      low = std::min(low, column.numbers[i]);
      high = std::max(high, column.numbers[i]);
    }
    for (std::size_t i = 0; i < inside.size(); ++i)
      inside[i] = inside[i] && column.numbers[i] >= low && column.numbers[i] <= high;
  }
  return inside;
}

struct Half {
  std::string name;
  Fold fold;
};
std::vector<Half> halves(const TrainingInput& in) {
  const double height = static_cast<double>(in.ground.rows()) * in.ground.cell_height();
  const double width = static_cast<double>(in.ground.columns()) * in.ground.cell_width();
  const bool by_x = width >= height;
  std::vector<std::size_t> order(in.sites.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto at = [&](std::size_t i) {
    return by_x ? in.sites[i].centre_column() : in.sites[i].centre_row();
  };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return at(a) < at(b); });
  const auto middle = order.begin() + static_cast<std::ptrdiff_t>(order.size() / 2);
  std::vector<std::size_t> first(order.begin(), middle);
  std::vector<std::size_t> second(middle, order.end());
  std::sort(first.begin(), first.end());
  std::sort(second.begin(), second.end());
  return {{by_x ? "west to east" : "north to south", {first, second}},
          {by_x ? "east to west" : "south to north", {second, first}}};
}

}  // namespace

Table learning_curves(const TrainingInput& in, const Training& training, const SurrogateParams& p) {
  Rows rows;
  const std::vector<bool> all_count(in.sites.size(), true);
  for (const TargetKind& target : mapped_kinds(in.targets)) {
    for (const Named& model : compared(training, p)) {
      const TargetSamples all = samples_for(in, training, target.column, model);
      for (const int size : p.curve) {
        const auto n = static_cast<std::size_t>(size);
        if (n > training.random.train.size()) continue;
        for (int draw = 0; draw < kDraws; ++draw) {
          core::RandomStream random(p.seed, "learning curve", static_cast<std::uint64_t>(draw), n);
          const auto order = random.permutation(training.random.train.size());
          Fold fold{{}, training.random.test};
          for (std::size_t i = 0; i < n; ++i) fold.train.push_back(training.random.train[order[i]]);
          std::sort(fold.train.begin(), fold.train.end());
          const auto logs = predict_folds(model.kind, all, {fold}, in.sites.size(),
                                          fewest_rows(training.features, target.column), {p.seed, {}});
          rows.add({target.name, model.name}, {static_cast<double>(size), static_cast<double>(draw + 1),
                                               r2_of(in.targets, target.column, logs, all_count)});
        }
      }
    }
  }
  return rows.take({"target", "model"}, {"sites", "draw", "R2"});
}

Table transfer_scores(const TrainingInput& in, const Training& training, const SurrogateParams& p) {
  Rows rows;
  for (const Half& half : halves(in)) {
    const std::vector<bool> inside = inside_range(training.features, half.fold.train);
    double share = 0;
    for (const std::size_t i : half.fold.test)
      share += inside[i] ? 1.0 / static_cast<double>(half.fold.test.size()) : 0;
    for (const TargetKind& target : mapped_kinds(in.targets)) {
      for (const Named& model : compared(training, p)) {
        const TargetSamples all = samples_for(in, training, target.column, model);
        const auto logs = predict_folds(model.kind, all, {half.fold}, in.sites.size(),
                                        fewest_rows(training.features, target.column), {p.seed, {}});
        rows.add({half.name, target.name, model.name},
                 {static_cast<double>(half.fold.train.size()), static_cast<double>(half.fold.test.size()),
                  r2_of(in.targets, target.column, logs, std::vector<bool>(in.sites.size(), true)), share,
                  r2_of(in.targets, target.column, logs, inside)});
      }
    }
  }
  return rows.take({"direction", "target", "model"},
                   {"trained", "tested", "R2", "share_inside", "R2_inside"});
}

Table difficulty(const TrainingInput& in, const Training& training) {
  std::vector<double> s0, k, ratio;
  const auto& steady = in.targets.numbers("steady_m3");
  const TargetKind response = response_kind(in.targets);
  for (std::size_t i = 0; i < in.sites.size(); ++i) {
    const double volume = in.targets.numbers(response.column)[i];
    const double decay = in.targets.numbers("k_per_day")[i];
    if (volume > 0) s0.push_back(volume);
    if (decay > 0) k.push_back(decay);
    if (in.targets.numbers("aquifer_m3")[i] > 0 && steady[i] > 0)
      ratio.push_back(in.targets.numbers("aquifer_m3")[i] / steady[i]);
  }
  const auto share = [&](auto condition) {
    if (ratio.empty()) return kMissing;
    return static_cast<double>(std::count_if(ratio.begin(), ratio.end(), condition)) /
           static_cast<double>(ratio.size());
  };
  double rate_area = kMissing;
  double constant = 0;
  for (const stats::MetricRow& row : training.metrics) {
    if (row.variable == response.name && row.model == "rate-area" && row.period == "random" &&
        row.metric == "R2")
      rate_area = row.value;
  }
  double log_mean = 0;
  for (const double v : k) log_mean += std::log(v) / static_cast<double>(k.size());
  for (const double v : k)
    constant += 100 * std::abs(std::exp(log_mean) - v) / v / static_cast<double>(k.size());
  const bool decays = mapped_kinds(in.targets).size() > 1;
  Rows rows;
  const auto add = [&](const std::string& measure, double value) { rows.add({measure}, {value}); };
  for (const double q : {0.1, 0.5, 0.9}) {
    add(fmt::format("{}, {:g} % quantile, m3", response.name, 100 * q),
        s0.empty() ? kMissing : stats::quantile(s0, q));
    if (decays)
      add(fmt::format("k, {:g} % quantile, 1/d", 100 * q), k.empty() ? kMissing : stats::quantile(k, q));
  }
  if (!s0.empty())
    add(response.name + ", 90 % over 10 %", stats::quantile(s0, 0.9) / stats::quantile(s0, 0.1));
  if (!k.empty()) add("k, 90 % over 10 %", stats::quantile(k, 0.9) / stats::quantile(k, 0.1));
  if (decays) {
    add("transient over steady, share within 0.37 to 0.79",
        share([](double v) { return v >= 0.37 && v <= 0.79; }));
    add("transient over steady, sites above 1",
        share([](double v) { return v > 1; }) * static_cast<double>(ratio.size()));
  }
  add(fmt::format("R2 of {} by rate and area alone", response.name), rate_area);
  if (decays) add("MAPE of k by a constant, %", k.empty() ? kMissing : constant);
  add("sites", static_cast<double>(in.sites.size()));
  return rows.take({"measure"}, {"value"});
}

Table diminishing_returns(const Table& targets, const Training& training) {
  constexpr std::size_t kSteps = 21;
  Rows rows;
  const TrainedModel* model = mapping_model(training.models, response_kind(targets).column);
  if (model == nullptr) return rows.take({"input"}, {"value", "p10", "p50", "p90", "gain"});
  Samples all;
  for (const TableColumn& column : training.features.columns) {
    all.inputs.push_back(column.name);
    all.x.push_back(column.numbers);
  }
  const auto& names = model->model->inputs();
  for (const std::string input : {"rate", "area"}) {
    const auto found = std::find(names.begin(), names.end(), input);
    if (found == names.end()) continue;
    stats::Columns x = columns_of(all, names);
    auto& column = x[static_cast<std::size_t>(found - names.begin())];
    const auto [low, high] = std::minmax_element(column.begin(), column.end());
    const double least = std::pow(10, *low);
    const double most = std::pow(10, *high);
    double before = kMissing;
    const double step = (most - least) / static_cast<double>(kSteps - 1);
    for (std::size_t i = 0; i < kSteps; ++i) {
      const double value = least + step * static_cast<double>(i);
      std::fill(column.begin(), column.end(), std::log10(value));
      std::vector<double> s0 = model->model->predict(x);
      for (double& v : s0) v = model->map_factor() * std::pow(10, v);
      const double middle = stats::quantile(s0, 0.5);
      rows.add({input},
               {value, stats::quantile(s0, 0.1), middle, stats::quantile(s0, 0.9), (middle - before) / step});
      before = middle;
    }
  }
  return rows.take({"input"}, {"value", "p10", "p50", "p90", "gain"});
}

Table splits_table(const TrainingInput& in, const Training& training) {
  Table out;
  std::vector<std::string> set(in.sites.size(), "train");
  std::vector<double> block(in.sites.size(), kMissing);
  for (const std::size_t i : training.random.test) set[i] = "test";
  for (std::size_t b = 0; b < training.blocks.size(); ++b) {
    for (const std::size_t i : training.blocks[b].test) block[i] = static_cast<double>(b + 1);
  }
  for (const Site& site : in.sites) out.ids.push_back(site.id);
  out.add("random", std::move(set));
  out.add("block", std::move(block));
  return out;
}

}  // namespace phreatic::studies::recharge

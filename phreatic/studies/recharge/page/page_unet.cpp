// SPDX-License-Identifier: BSD-3-Clause
// The U-Net on the page: how it learnt, how well it predicts, which of its maps it needs.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "phreatic/studies/recharge/page/page_data.hpp"

namespace phreatic::studies::recharge {
namespace {

using report::Figure;
using report::Section;

Figure curve_figure(const nlohmann::json& training) {
  report::Lines chart;
  chart.x = {"Epoch", "", 0};
  chart.y = {"Loss", "", 3};
  std::vector<double> epoch, learnt, held;
  for (const auto& row : training.at("curve")) {
    epoch.push_back(row.at(0).get<double>());
    learnt.push_back(row.at(2).is_number() ? row.at(2).get<double>() : std::nan(""));
    held.push_back(row.at(3).is_number() ? row.at(3).get<double>() : std::nan(""));
  }
  chart.lines.push_back({"training", report::Role::other_model, epoch, learnt, {}, {}});
  chart.lines.push_back({"validation", report::Role::model, epoch, held, {}, {}});
  return {
      "unet-learning", "How it learnt",
      fmt::format(
          "Loss over the epochs at {} sites to train on and {} that stop the training; the weights of epoch "
          "{} are kept.",
          training.value("train", 0), training.value("validation", 0), training.value("best_epoch", 0)),
      "", chart};
}

Figure importance_figure(const nlohmann::json& rows) {
  report::Bars bars;
  bars.quantity = {"Loss of R2", "-", 2};
  for (const auto& row : rows) {
    const auto label = row.value("label", "");
    if (std::find(bars.categories.begin(), bars.categories.end(), label) == bars.categories.end())
      bars.categories.push_back(label);
    const auto target = row.value("target", "");
    auto group =
        std::find_if(bars.groups.begin(), bars.groups.end(), [&](const auto& g) { return g.name == target; });
    if (group == bars.groups.end()) group = bars.groups.insert(bars.groups.end(), {target, {}});
    group->values.push_back(row.at("loss_of_r2").is_number() ? row.at("loss_of_r2").get<double>()
                                                             : std::nan(""));
  }
  return {"unet-importance", "Which maps it needs",
          "By how much R2 at the test sites falls when a map is taken from around another of them.", "",
          bars};
}

Figure against_unet(const PageData& data, const std::string& column, const std::string& name,
                    const std::string& unit, double factor, int digits) {
  report::Scatter chart;
  chart.x = {name + ", simulated", unit, digits};
  chart.y = {name + ", predicted", unit, digits};
  chart.one_to_one = true;
  for (const auto& [period, words] :
       {std::pair{"random", "random test sites"}, std::pair{"blocks", "left-out spatial blocks"}}) {
    const std::string predicted = fmt::format("{} {} unet", column, period);
    report::ScatterGroup group{words, {}, {}, {}};
    for (std::size_t i = 0; i < data.unet_predictions.ids.size(); ++i) {
      const double p = data.unet_predictions.numbers(predicted)[i];
      const double o = data.targets.numbers(column)[i];
      if (std::isnan(p) || std::isnan(o)) continue;
      group.labels.push_back(data.unet_predictions.ids[i]);
      group.x.push_back(factor * o);
      group.y.push_back(factor * p);
    }
    chart.groups.push_back(group);
  }
  std::string id = "unet-" + column;
  std::replace(id.begin(), id.end(), '_', '-');
  return {id, name + " by the U-Net",
          name + " of the U-Net against what the engine simulated, at sites that it had not seen.", "",
          chart};
}

}  // namespace

Section unet_section(const PageData& data) {
  Section section{"unet", "Maps from maps: the U-Net", {}, {}};
  std::string inputs;
  for (const auto& label : data.unet.at("labels"))
    inputs += (inputs.empty() ? "" : ", ") + label.get<std::string>();
  section.paragraphs.push_back(
      fmt::format("A network of {} weights made the map of the rise around every site from maps ({}), in "
                  "squares of {:g} m. Its "
                  "storage is the sum of the rise over the site's own cells; k is fitted to its storage at "
                  "several dates. It was "
                  "trained on the random split's training sites; half of the test sites stopped the "
                  "training, the other half are "
                  "scored ('half of the random sites', where all models stand at the same sites).",
                  data.unet.value("parameters", 0), inputs, data.unet.value("patch_m", 0.0)));
  for (const auto& training : data.unet.at("trainings")) {
    if (training.value("split", "") == "random" && !training.contains("member"))
      section.figures.push_back(curve_figure(training));
  }
  for (const auto& [column, name, unit, factor, digits] :
       {std::tuple{"s0_m3", "Response S0", "1000 m3", 1e-3, 0},
        std::tuple{"k_per_day", "Decay coefficient k", "1/d", 1.0, 4},
        std::tuple{"steady_m3", "Steady response", "1000 m3", 1e-3, 0}}) {
    if (data.unet_predictions.has(std::string(column) + " random unet"))
      section.figures.push_back(against_unet(data, column, name, unit, factor, digits));
  }
  if (!data.unet.at("importance").empty())
    section.figures.push_back(importance_figure(data.unet.at("importance")));
  return section;
}

}  // namespace phreatic::studies::recharge

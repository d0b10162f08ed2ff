// SPDX-License-Identifier: BSD-3-Clause
// The U-Net against plain torch.nn modules (tests/reference/learn/unet_fixture.py), its tiles, training and resume.
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/learn/maps/maps.hpp"
#include "phreatic/learn/maps/tiles.hpp"
#include "tests/learn/fixture_torch.hpp"
#include "tests/learn/tiny_task.hpp"

namespace phreatic::learn {
namespace {

std::vector<float> random_map(std::size_t n, std::uint64_t number) {
  core::RandomStream random(7, "map", number);
  std::vector<float> out(n);
  for (float& v : out) v = static_cast<float>(random.uniform());
  return out;
}

MapModel random_model(const UnetParams& net, std::size_t inputs, std::size_t bands) {
  MapModel model{net, std::vector<std::string>(inputs), std::vector<std::string>(bands), 16, {}, {}, {}};
  model.scales.assign(bands, 1.0F);
  model.parameters = uniform_start(unet_layout({net, inputs, bands}), 3);
  return model;
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    largest = std::max(largest, std::abs(static_cast<double>(a[i]) - b[i]));
  return largest;
}

// Outputs are the mean of the input over 3 x 3 cells and half of a map of the region: convolutions can learn it.
MapSet blurred(std::size_t samples) {
  MapSet set;
  set.rows = set.columns = 40;
  set.inputs = {"own", "factor"};
  set.bands = {"blur"};
  set.side = 16;
  set.shared = {random_map(set.rows * set.columns, 99)};
  for (std::size_t s = 0; s < samples; ++s) {
    core::RandomStream random(5, "place", s);
    MapSample sample;
    sample.name = "sample " + std::to_string(s);
    sample.row = static_cast<std::int64_t>(random.uniform(0, 24));
    sample.column = static_cast<std::int64_t>(random.uniform(0, 24));
    sample.input = random_map(set.side * set.side, s);
    sample.counts.assign(set.side * set.side, 1.0F);
    const auto n = static_cast<std::int64_t>(set.side);
    for (std::int64_t r = 0; r < n; ++r) {
      for (std::int64_t c = 0; c < n; ++c) {
        float sum = 0;
        for (std::int64_t i = std::max<std::int64_t>(0, r - 1); i < std::min(n, r + 2); ++i) {
          for (std::int64_t j = std::max<std::int64_t>(0, c - 1); j < std::min(n, c + 2); ++j)
            sum += sample.input[static_cast<std::size_t>(i * n + j)];
        }
        const auto place = static_cast<std::size_t>((sample.row + r) * 40 + sample.column + c);
        sample.target.push_back(sum / 9 + 0.5F * set.shared[0][place]);
      }
    }
    set.samples.push_back(std::move(sample));
  }
  return set;
}

MapParams small_training(int epochs) {
  MapParams params{.net = {.width = 6, .levels = 2, .attention = true},
                   .weights = {.sum = 0.2, .ratio = 0},
                   .augment = true,
                   .training = {}};
  params.training.epochs = epochs;
  params.training.batch_size = 6;
  params.training.learning_rate = 6e-3;
  params.training.schedule = {.kind = ScheduleKind::plateau, .factor = 0.5, .patience = 5};
  params.training.early_stopping_patience = 0;
  return params;
}

std::vector<std::size_t> numbers(std::size_t from, std::size_t to) {
  std::vector<std::size_t> out(to - from);
  std::iota(out.begin(), out.end(), from);
  return out;
}

TEST(Unet, outputs_and_gradients_are_those_of_plain_torch_modules) {
  struct Case {
    std::string name;
    UnetPatchShape shape;
  };
  for (Case c :
       {Case{"plain", {{{4, 3, false}, 3, 2}, 8, {}}}, Case{"gates", {{{4, 2, true}, 2, 3}, 6, {}}}}) {
    const Fixture fixture("unet_" + c.name);
    const at::Tensor gains = fixture.at("gains");
    c.shape.gains.assign(gains.const_data_ptr<float>(), gains.const_data_ptr<float>() + gains.numel());
    const auto unet = unet_patches(c.shape).make({}, {});
    const ParameterLayout layout = unet->layout();
    ASSERT_EQ(layout.parameters.size(), fixture.parameters()) << c.name;
    Parameters parameters(layout, fixture.flat(layout), DeviceKind::cpu, true);
    ForwardCall call;
    call.x = fixture.at("x");
    call.outputs = call.x.size(1);
    const at::Tensor y = unet->forward(parameters, call);
    expect_close(y.detach(), fixture.at("y"), 1e-5, c.name + " y");
    (y * fixture.at("weight")).sum().backward();
    for (const Parameter& p : layout.parameters)
      expect_close(parameters.at(p.name).grad(), fixture.at("gradient." + p.name), 1e-5,
                   c.name + " " + p.name);
  }
}

TEST(Unet, tiles_of_any_size_have_the_values_of_the_whole_map) {
  for (const UnetParams& net : {UnetParams{4, 3, false}, UnetParams{4, 3, true}, UnetParams{4, 2, false}}) {
    const MapModel model = random_model(net, 2, 2);
    // Sides that the levels do not divide.
    MapArea area{131, 90, {random_map(131 * 90, 1), random_map(131 * 90, 2)}};
    const auto whole = predict_maps(model, area, 0, DeviceKind::cpu);
    double largest = 0;
    for (const float v : whole[0]) largest = std::max(largest, std::abs(static_cast<double>(v)));
    for (const std::size_t tile : {16, 33, 64}) {
      const auto tiled = predict_maps(model, area, tile, DeviceKind::cpu);
      for (std::size_t b = 0; b < 2; ++b)
        EXPECT_LT(largest_difference(tiled[b], whole[b]), 1e-5 * largest) << tile;
    }
  }
}

TEST(Unet, an_output_depends_on_cells_within_reach_and_on_none_beyond) {
  const UnetParams net{4, 3, false};
  const MapModel model = random_model(net, 1, 1);
  const std::size_t side = 96;
  MapArea area{side, side, {random_map(side * side, 1)}};
  const auto before = predict_maps(model, area, 0, DeviceKind::cpu)[0];
  const std::size_t place = 48 * side + 48;
  area.inputs[0][place] += 1;
  const auto after = predict_maps(model, area, 0, DeviceKind::cpu)[0];
  const std::size_t reach = unet_reach(net);
  std::size_t farthest = 0;
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (after[i] == before[i]) continue;
    const auto distance = [](std::size_t a) { return a > 48 ? a - 48 : 48 - a; };
    farthest = std::max({farthest, distance(i / side), distance(i % side)});
  }
  EXPECT_LE(farthest, reach);
  EXPECT_GT(farthest, reach / 2);
}

TEST(Unet, the_eight_forms_of_a_square_differ_and_lose_no_cell) {
  std::set<std::vector<std::size_t>> forms;
  for (std::size_t f = 0; f < kForms; ++f) {
    std::vector<std::size_t> form;
    for (std::size_t i = 0; i < 25; ++i) form.push_back(form_source(f, i, 5));
    EXPECT_EQ(std::set<std::size_t>(form.begin(), form.end()).size(), 25U);
    EXPECT_EQ(form[12], 12U);  // the middle stays
    forms.insert(form);
  }
  EXPECT_EQ(forms.size(), kForms);
}

TEST(Unet, learns_a_blur_beside_a_map) {
  const tiny::TemporaryFolder folder;
  const MapSet set = blurred(60);
  core::Log log(true);
  core::Context context{log, false};
  const auto test = numbers(50, 60);
  const MapFit fit =
      fit_maps(set, numbers(0, 42), numbers(42, 50), small_training(70), {.folder = folder.path}, context);
  double squares = 0, errors = 0, mean = 0, n = 0;
  for (const std::size_t s : test) {
    for (const float v : set.samples[s].target) mean += v, n += 1;
  }
  mean /= n;
  for (const std::size_t s : test) {
    MapArea area{16, 16, {set.samples[s].input, {}}};
    for (std::size_t i = 0; i < 256; ++i)
      area.inputs[1].push_back(
          set.shared[0]
                    [static_cast<std::size_t>(set.samples[s].row + static_cast<std::int64_t>(i / 16)) * 40 +
                     static_cast<std::size_t>(set.samples[s].column) + i % 16]);
    const auto y = predict_maps(fit.model, area, 0, DeviceKind::cpu)[0];
    for (std::size_t i = 0; i < 256; ++i) {
      errors += std::pow(set.samples[s].target[i] - y[i], 2);
      squares += std::pow(set.samples[s].target[i] - mean, 2);
    }
  }
  EXPECT_GT(1 - errors / squares, 0.95);  // the map of the region alone would give 0.69
}

TEST(Unet, goes_on_after_an_interruption_to_the_same_network_bit_for_bit_on_any_number_of_threads) {
  const tiny::TemporaryFolder one, two;
  const MapSet set = blurred(20);
  core::Log log(true);
  core::Context context{log, false};
  struct Stop {};
  const auto fit = [&](int epochs, const std::filesystem::path& folder, ResumeMode mode, int stop) {
    return fit_maps(set, numbers(0, 14), numbers(14, 20), small_training(epochs),
                    {.folder = folder,
                     .resume = mode,
                     .keep_going = [&](const EpochRecord& r) -> bool {
                       if (r.epoch == stop) throw Stop{};
                       return true;
                     }},
                    context);
  };
  const int threads = core::thread_count();
  const auto whole = fit(4, one.path, ResumeMode::fresh, 0);
  core::set_thread_count(1);
  EXPECT_THROW(fit(4, two.path, ResumeMode::fresh, 2), Stop);
  const auto resumed = fit(4, two.path, ResumeMode::exact, 0);
  core::set_thread_count(threads);
  EXPECT_EQ(whole.model.parameters, resumed.model.parameters);
  EXPECT_EQ(read_maps_model(two.path).parameters, whole.model.parameters);
  EXPECT_EQ(fit(4, two.path, ResumeMode::exact, 0).model.parameters, whole.model.parameters);
  EXPECT_THROW(fit(5, two.path, ResumeMode::exact, 0), core::InputError);
}

TEST(Unet, a_weight_file_that_was_exchanged_is_refused) {
  const tiny::TemporaryFolder folder;
  const MapSet set = blurred(8);
  core::Log log(true);
  core::Context context{log, false};
  fit_maps(set, numbers(0, 6), numbers(6, 8), small_training(1), {.folder = folder.path}, context);
  const auto file = folder.path / "member_000.safetensors";
  std::string bytes = core::read_file(file);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  core::write_file_atomic(file, bytes);
  EXPECT_THROW(read_maps_model(folder.path), core::InputError);
}

}  // namespace
}  // namespace phreatic::learn

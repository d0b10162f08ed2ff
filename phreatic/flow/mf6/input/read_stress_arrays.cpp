// SPDX-License-Identifier: BSD-3-Clause
// RCH and EVT with READASARRAYS: their PERIOD blocks.
#include <fmt/format.h>

#include <algorithm>

#include "phreatic/flow/mf6/input/grid_data.hpp"
#include "phreatic/flow/mf6/input/stress_file.hpp"

namespace phreatic::flow::mf6 {
namespace {

class ArrayPeriods : private StressFile {
 public:
  explicit ArrayPeriods(const StressFile& common) : StressFile(common) {}

  std::shared_ptr<const ArrayStress> read(const std::vector<std::pair<std::string, Place>>& time_arrays,
                                          const std::vector<Block>& blocks) {
    auto stress = std::make_shared<ArrayStress>();
    stress->columns = columns;
    stress->where = where;
    stress->grid = dimensions(true);
    stress->folder = context.folder();
    stress->arrays.resize(names.size());
    for (const auto& [name, place] : time_arrays)
      stress->series.push_back(
          read_time_arrays(context, name, place, ArrayShape::surface(stress->grid.nrow, stress->grid.ncol)));
    for (const ListColumn& column : names) stress->array_names.push_back(Words::to_upper(column.name));
    for (const Block& block : blocks) {
      if (block.name != "PERIOD" || after_end(block)) continue;
      read_array_block(block, *stress);
      if (!state.keep_arrays) reset_unnamed(block, *stress);
    }
    for (std::size_t c = 0; c < static_cast<std::size_t>(columns.values); ++c) {
      if (stress->arrays[c].empty() && find_block(blocks, "PERIOD") != nullptr)
        context.note({file, 0}, fmt::format("{} is not given and taken as 0", stress->array_names[c]));
    }
    return stress;
  }

 private:
  void read_array_block(const Block& block, ArrayStress& stress) {
    LineReader reader(block.body);
    const std::string layer_name = kind == PackageKind::rch ? "IRCH" : "IEVT";
    GivenArrays given(context, fmt::format("{} block PERIOD {}", where, block.period));
    bool lost = false;
    while (reader.next()) {
      Words words(reader.line());
      const std::string name = words.upper();
      const Place place{reader.path(), reader.number()};
      const auto found = std::find(stress.array_names.begin(), stress.array_names.end(), name);
      const std::size_t before = context.problem_count();
      if (name == layer_name || found != stress.array_names.end()) given.note(name, place);
      if (name == layer_name) {
        read_layers(block, reader, words, stress);
      } else if (found != stress.array_names.end()) {
        read_stress_array(block, reader, words, static_cast<std::size_t>(found - stress.array_names.begin()),
                          stress);
      } else if (!lost) {
        std::string allowed = layer_name;
        for (const std::string& known : stress.array_names) allowed += ", " + known;
        context.problem(place, where + " block PERIOD", fmt::format("'{}' is no array of this package", name),
                        allowed);
      }
      lost = context.problem_count() != before || (lost && found == stress.array_names.end());
    }
  }

  // MODFLOW 6.6.2 resets to 0 what a PERIOD block does not name of auxiliary arrays and of arrays that a time-array
  // series gave; other arrays and the layers keep their values.
  void reset_unnamed(const Block& block, ArrayStress& stress) {
    const int now = block.period - 1;
    std::string reset;
    for (std::size_t c = 0; c < stress.arrays.size(); ++c) {
      auto& periods = stress.arrays[c];
      const bool aux = c >= static_cast<std::size_t>(columns.values);
      if (periods.empty() || periods.back().period == now || !(aux || periods.back().series >= 0)) continue;
      ArrayPeriod zero;
      zero.period = now;
      zero.values = std::make_shared<const std::vector<double>>(1, 0.0);
      periods.push_back(std::move(zero));
      reset += (reset.empty() ? "" : ", ") + stress.array_names[c];
    }
    if (reset.empty()) return;
    context.note(
        block.place,
        fmt::format("not named in the block and reset to 0, as MODFLOW 6.4.3 to 6.7 do: {}; --keep-arrays "
                    "keeps them, as other versions do",
                    reset));
  }

  void read_layers(const Block& block, LineReader& reader, Words& words, ArrayStress& stress) {
    const ArrayShape shape = ArrayShape::surface(stress.grid.nrow, stress.grid.ncol);
    const Place place{reader.path(), reader.number()};
    ArrayData<std::int32_t> layers =
        read_array<std::int32_t>(context, reader, words, where + " layers", shape);
    if (!layers.read) return;
    for (std::size_t i = 0; i < layers.values.size(); ++i) {
      if (layers.values[i] >= 1 && layers.values[i] <= stress.grid.nlay) continue;
      context.problem(place, where + " layers", fmt::format("{} at {}", layers.values[i], shape.describe(i)),
                      fmt::format("1 to {}", stress.grid.nlay));
      return;
    }
    stress.layers.emplace_back(block.period - 1, std::move(layers.values));
  }

  void read_stress_array(const Block& block, LineReader& reader, Words& words, std::size_t column,
                         ArrayStress& stress) {
    const ArrayShape shape = ArrayShape::surface(stress.grid.nrow, stress.grid.ncol);
    const Place place{reader.path(), reader.number()};
    const std::string array_where = where + " " + stress.array_names[column];
    ArrayPeriod period;
    period.period = block.period - 1;
    const std::string option = words.upper();
    if (option == "TIMEARRAYSERIES") {
      const std::string name = words.upper();
      for (std::size_t i = 0; i < stress.series.size(); ++i) {
        if (stress.series[i].name == name) period.series = static_cast<int>(i);
      }
      if (period.series < 0) {
        context.problem(place, array_where,
                        fmt::format("'{}' is no time-array series of this package", name));
        return;
      }
      const TimeArraySeries& series = stress.series[static_cast<std::size_t>(period.series)];
      check_cover(series.name, series.place, series.times, series.method, period.period,
                  static_cast<int>(state.model.periods.size()));
      stress.arrays[column].push_back(std::move(period));
      return;
    }
    if (option == "NETCDF") {
      context.problem(place, array_where, "NETCDF input is not supported", "CONSTANT, INTERNAL, OPEN/CLOSE");
      return;
    }
    if (!read_control(context, reader, array_where, place, period.control)) return;
    const bool constant = period.control.kind == ArrayControl::Kind::constant;
    auto values = std::make_shared<std::vector<double>>(constant ? 1 : shape.size());
    if (!read_values(context, period.control, reader, array_where, shape, values->size(), values->data()))
      return;
    const bool external = period.control.kind == ArrayControl::Kind::external;
    if (!external || retain(values->size() * sizeof(double), period.control.binary))
      period.values = std::move(values);
    stress.arrays[column].push_back(std::move(period));
  }
};

}  // namespace

std::shared_ptr<const ArrayStress> read_array_periods(
    const StressFile& file, const std::vector<std::pair<std::string, Place>>& time_arrays,
    const std::vector<Block>& blocks) {
  return ArrayPeriods(file).read(time_arrays, blocks);
}

}  // namespace phreatic::flow::mf6

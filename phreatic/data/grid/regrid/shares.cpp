// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/data/grid/regrid/shares.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/data/grid/regrid/resample.hpp"

namespace phreatic::data {

void describe(core::Describer& d, SharesParams& p) {
  d.field("classes", p.classes, {.help = "Classes whose shares are wanted; empty: all that are found"});
  d.field("min_coverage", p.min_coverage,
          {.help = "Share of a new cell that must have a class, or it has no shares", .min = 0, .max = 1});
}

namespace {

constexpr std::size_t kCodes = 256;  // a class has a code of one byte; of other files code 255 means missing
using Histogram = std::array<double, kCodes>;

// Source values as codes of one byte.
class Codes {
 public:
  Codes(const GridFile& file, int band) : file_(file), band_(band), bytes_(file.is_bytes()) {
    if (bytes_) {
      missing_ = file.missing_byte();
    } else {
      missing_ = 255;
    }
  }
  std::optional<int> missing() const { return missing_; }
  int class_of(std::size_t code) const { return bytes_ ? static_cast<int>(code) : classes_[code]; }

  void read(const Window& window, std::vector<std::uint8_t>& codes) {
    if (bytes_) {
      file_.read_bytes(band_, window, codes);
      return;
    }
    file_.read(band_, window, values_);
    codes.resize(values_.size());
    double last = std::nan("");
    std::uint8_t code = 255;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (values_[i] != last) {
        last = values_[i];
        code = std::isnan(last) ? 255 : code_of(last);
      }
      codes[i] = std::isnan(values_[i]) ? std::uint8_t{255} : code;
    }
  }

 private:
  std::uint8_t code_of(double value) {
    const auto refuse = [&](const std::string& what, const std::string& mend) {
      throw core::InputError(core::Problem{.file = file_.file(), .what = what, .mend = mend});
    };
    if (value != std::round(value) || std::abs(value) > 2e9)
      refuse(fmt::format("{} is no class: classes are whole numbers", value),
             "Regrid measured values with the conservative method");
    const auto [it, fresh] =
        known_.emplace(static_cast<int>(value), static_cast<std::uint8_t>(classes_.size()));
    if (fresh && classes_.size() == 255)
      refuse("it holds more than 255 classes",
             "Are these classes? Regrid measured values with the conservative method");
    if (fresh) classes_.push_back(static_cast<int>(value));
    return it->second;
  }

  const GridFile& file_;
  int band_;
  bool bytes_;
  std::optional<int> missing_;
  std::vector<double> values_;
  std::map<int, std::uint8_t> known_;
  std::vector<int> classes_;
};

// Cells begin .. end - 1 of a row counted; four counters, so that runs of one class do not wait for themselves.
struct Counter {
  std::array<std::array<std::uint32_t, kCodes>, 4> counts;
  void clear() { counts = {}; }
  void add(const std::uint8_t* codes, int n) {
    int i = 0;
    for (; i + 4 <= n; i += 4) {
      ++counts[0][codes[i]];
      ++counts[1][codes[i + 1]];
      ++counts[2][codes[i + 2]];
      ++counts[3][codes[i + 3]];
    }
    for (; i < n; ++i) ++counts[0][codes[i]];
  }
  double of(std::size_t code) const {
    return static_cast<double>(counts[0][code]) + counts[1][code] + counts[2][code] + counts[3][code];
  }
};

// One source row's part of one target cell. Inside an overlap all weights are equal but at its two ends.
void add_row(const std::vector<Overlap>& overlaps, const std::uint8_t* row, const Window& piece,
             double weight, Counter& counter, Histogram& sums) {
  for (const Overlap& o : overlaps) {
    const int begin = std::max(o.first, piece.column);
    const int end = std::min(o.end(), piece.column + piece.columns);
    if (begin >= end) continue;
    const std::uint8_t* codes = row - piece.column;
    const double inner = o.weights[o.weights.size() / 2];
    const auto w = [&](int k) { return o.weights[static_cast<std::size_t>(k - o.first)]; };
    int from = begin;
    int to = end;
    if (std::abs(w(from) - inner) > 1e-9 * inner) {
      sums[codes[from]] += weight * w(from);
      ++from;
    }
    if (to > from && std::abs(w(to - 1) - inner) > 1e-9 * inner) {
      --to;
      sums[codes[to]] += weight * w(to);
    }
    if (to <= from) continue;
    if (to - from < 64) {
      for (int k = from; k < to; ++k) sums[codes[k]] += weight * inner;
      continue;
    }
    counter.clear();
    counter.add(codes + from, to - from);
    for (std::size_t c = 0; c < kCodes; ++c) sums[c] += weight * inner * counter.of(c);
  }
}

class Sharing {
 public:
  Sharing(const GridFile& file, int band, const GeoGrid& target, const SharesParams& params,
          const core::Context& context)
      : file_(file),
        target_(target),
        params_(params),
        context_(context),
        placement_(file.grid(), target),
        codes_(file, band) {
    out_.said = placement_.said();
    out_.covered.assign(target.cells(), 0.0F);
  }

  ClassShares run() {
    if (placement_.aligned()) {
      by_axes();
    } else {
      by_outlines();
    }
    finish();
    return std::move(out_);
  }

 private:
  void by_axes() {
    const AxisOverlaps x = overlaps_x(target_, file_.grid());
    const AxisOverlaps y = overlaps_y(target_, file_.grid());
    const std::vector<double> areas = row_areas(target_);
    std::vector<std::uint8_t> codes;
    const std::vector<Window> all = strips(target_, std::size_t{1} << 15);
    core::Progress progress("class shares", all.size(), "strips", context_.show_progress);
    for (const Window& strip : all) {
      std::vector<Histogram> sums(strip.cells(), Histogram{});
      for (const Window& piece : pieces(file_, touched(x, y, strip))) {
        core::throw_if_interrupted();
        codes_.read(piece, codes);
        core::parallel_for(static_cast<std::size_t>(strip.columns),
                           [&](std::size_t c) { add_column(x[c], y, piece, codes, strip, c, sums); });
      }
      for (std::size_t i = 0; i < sums.size(); ++i) {
        const auto r = static_cast<std::size_t>(strip.row) + i / static_cast<std::size_t>(target_.width);
        const double area = target_.geographic && file_.grid().geographic
                                ? areas[r]
                                : std::abs(target_.transform[1] * target_.transform[5]);
        keep(r * static_cast<std::size_t>(target_.width) + i % static_cast<std::size_t>(target_.width),
             sums[i], area);
      }
      progress.advance();
    }
  }

  void add_column(const std::vector<Overlap>& x, const AxisOverlaps& y, const Window& piece,
                  const std::vector<std::uint8_t>& codes, const Window& strip, std::size_t c,
                  std::vector<Histogram>& sums) const {
    Counter counter{};
    for (int r = 0; r < strip.rows; ++r) {
      Histogram& cell = sums[static_cast<std::size_t>(r) * static_cast<std::size_t>(strip.columns) + c];
      for (const Overlap& o : y[static_cast<std::size_t>(strip.row) + static_cast<std::size_t>(r)]) {
        for (int k = std::max(o.first, piece.row); k < std::min(o.end(), piece.row + piece.rows); ++k) {
          const std::uint8_t* row = codes.data() + static_cast<std::size_t>(k - piece.row) *
                                                       static_cast<std::size_t>(piece.columns);
          add_row(x, row, piece, o.weights[static_cast<std::size_t>(k - o.first)], counter, cell);
        }
      }
    }
  }

  void by_outlines() {
    const std::vector<double> areas = row_areas(file_.grid());
    std::vector<std::uint8_t> codes;
    const std::vector<Window> all = strips(target_, 4096);
    core::Progress progress("class shares", all.size(), "strips", context_.show_progress);
    for (const Window& strip : all) {
      const std::vector<Polygon> outlines = placement_.outlines(strip);
      for (std::size_t i = 0; i < outlines.size(); ++i) {
        core::throw_if_interrupted();
        if (outlines[i].rings.empty()) continue;
        Histogram sums{};
        double mean_area = 0;
        double cells = 0;
        for (const Window& piece : pieces(file_, window_of({outlines[i]}, file_.grid()))) {
          codes_.read(piece, codes);
          for (const CoveredRow& row : coverage({outlines[i]}, piece)) {
            const double weight = areas[static_cast<std::size_t>(row.row)];
            const std::uint8_t* v =
                codes.data() +
                static_cast<std::size_t>(row.row - piece.row) * static_cast<std::size_t>(piece.columns) +
                (row.first - piece.column);
            for (std::size_t k = 0; k < row.shares.size(); ++k) {
              sums[v[k]] += weight * row.shares[k];
              mean_area += weight * row.shares[k];
              cells += row.shares[k];
            }
          }
        }
        // Parts of the outline outside the source count as cells of the mean area.
        if (cells > 0)
          keep(static_cast<std::size_t>(strip.row) * static_cast<std::size_t>(target_.width) + i, sums,
               mean_area / cells * area(outlines[i]));
      }
      progress.advance();
    }
  }

  // Shares of one cell, as shares of its whole area.
  void keep(std::size_t cell, const Histogram& sums, double whole) {
    double covered = 0;
    for (std::size_t c = 0; c < kCodes; ++c) {
      if (sums[c] <= 0 || static_cast<int>(c) == codes_.missing().value_or(-1)) continue;
      covered += sums[c];
      const int name = codes_.class_of(c);
      if (!params_.classes.empty() &&
          std::find(params_.classes.begin(), params_.classes.end(), name) == params_.classes.end())
        continue;
      std::vector<float>& plane = planes_[name];
      if (plane.empty()) plane.assign(target_.cells(), 0.0F);
      if (planes_.size() * target_.cells() * sizeof(float) > (std::size_t{1} << 30))
        throw core::InputError(
            {.file = file_.file(),
             .what = fmt::format("the shares of {} classes in {} cells take more than 1 GB", planes_.size(),
                                 target_.cells()),
             .mend = "Name the classes that are wanted, or take a coarser target"});
      plane[cell] = static_cast<float>(sums[c]);
    }
    for (auto& [name, plane] : planes_)
      plane[cell] = covered > 0 ? static_cast<float>(plane[cell] / covered) : 0.0F;
    out_.covered[cell] = static_cast<float>(std::min(1.0, covered / whole));
  }

  void finish() {
    std::vector<int> wanted = params_.classes;
    if (wanted.empty()) {
      for (const auto& [name, plane] : planes_) wanted.push_back(name);
    }
    for (const int name : wanted) {
      out_.classes.push_back(name);
      std::vector<float>& plane = planes_[name];
      if (plane.empty()) {
        plane.assign(target_.cells(), 0.0F);
        out_.said.push_back(fmt::format("class {} is not met in the source", name));
      }
      for (std::size_t i = 0; i < plane.size(); ++i) {
        const bool enough = out_.covered[i] > 0 && out_.covered[i] >= params_.min_coverage - 1e-6;
        if (!enough) plane[i] = std::numeric_limits<float>::quiet_NaN();
      }
      out_.shares.push_back(std::move(plane));
    }
    file_.refuse_fill_values();
  }

  const GridFile& file_;
  const GeoGrid& target_;
  const SharesParams& params_;
  const core::Context& context_;
  Placement placement_;
  Codes codes_;
  std::map<int, std::vector<float>> planes_;
  ClassShares out_;
};

}  // namespace

ClassShares class_shares(const GridFile& file, int band, const GeoGrid& target, const SharesParams& params,
                         const core::Context& context) {
  return Sharing(file, band, target, params, context).run();
}

std::vector<double> majority(const ClassShares& shares) {
  std::vector<double> out(shares.covered.size(), std::nan(""));
  for (std::size_t i = 0; i < out.size(); ++i) {
    float best = 0;
    for (std::size_t c = 0; c < shares.classes.size(); ++c) {
      if (!(shares.shares[c][i] > best)) continue;
      best = shares.shares[c][i];
      out[i] = shares.classes[c];
    }
  }
  return out;
}

}  // namespace phreatic::data

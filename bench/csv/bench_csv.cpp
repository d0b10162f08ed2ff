// SPDX-License-Identifier: BSD-3-Clause
// Reading 1,000 wells x 30 years of daily values from CSV: rate over the bytes of the files, and peak memory
// over the bytes of the panel's doubles. bench/csv/run generates the files, repeats and prints medians.
//   bench_csv generate FOLDER WELLS     FOLDER/wells/*.csv (level and three drivers) and FOLDER/long.csv
//   (id,ds,y) bench_csv wells|long FOLDER THREADS one load(): "MB seconds MB/s panel_MB peak_MB"
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

#include "phreatic/core/files/files.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"
#include "phreatic/data/sources.hpp"

namespace {

using namespace phreatic;

constexpr int kDays = 10957;  // 1990..2019

void generate(const std::filesystem::path& folder, std::size_t wells) {
  core::make_folder(folder / "wells");
  std::vector<std::string> dates;
  for (int d = 0; d < kDays; ++d)
    dates.push_back(core::format_date((core::days_from_civil({1990, 1, 1}) + d) * core::kSecondsPerDay));
  std::FILE* all = std::fopen((folder / "long.csv").c_str(), "wb");
  std::fputs("unique_id,ds,y\n", all);
  for (std::size_t w = 0; w < wells; ++w) {
    core::RandomStream random(1, "bench", w);
    fmt::memory_buffer one;
    fmt::memory_buffer rows;
    fmt::format_to(std::back_inserter(one), "date,level,precipitation,temperature,evaporation\n");
    for (const std::string& date : dates) {
      const double level = 300 + 5 * random.uniform();
      fmt::format_to(std::back_inserter(one), "{},{:.3f},{:.1f},{:.2f},{:.3f}\n", date, level,
                     20 * random.uniform(), 30 * random.uniform() - 5, 5 * random.uniform());
      fmt::format_to(std::back_inserter(rows), "W{:04},{},{:.3f}\n", w, date, level);
    }
    core::write_file_atomic(folder / "wells" / fmt::format("W{:04}.csv", w), {one.data(), one.size()});
    std::fwrite(rows.data(), 1, rows.size(), all);
  }
  std::fclose(all);
}

int measure(const std::string& what, const std::string& folder, int threads) {
  const std::string wells = fmt::format(
      "targets: {{files: '{0}/wells/{{id}}.csv', column: level}}\n"
      "drivers:\n  files: '{0}/wells/{{id}}.csv'\n  columns:\n"
      "    - {{column: precipitation, name: precipitation, unit: mm/d}}\n"
      "    - {{column: temperature, name: temperature, unit: degC}}\n"
      "    - {{column: evaporation, name: evaporation, unit: mm/d}}\n",
      folder);
  const std::string long_table =
      fmt::format("targets: {{files: '{}/long.csv', id_column: unique_id, column: y}}\n", folder);
  core::set_thread_count(threads);
  core::Problems problems;
  data::DataParams params;
  core::read_params(core::parse_yaml(what == "wells" ? wells : long_table, "bench"), params, problems);
  core::Log log(true);
  const auto start = std::chrono::steady_clock::now();
  const data::LoadedData data = data::load(params, ".", problems, core::Context{log, false});
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  for (const core::Problem& problem : problems.items()) std::fprintf(stderr, "%s\n", problem.text().c_str());
  if (!problems.empty()) return 2;
  double bytes = 0;
  for (const data::FileRecord& file : data.files) bytes += static_cast<double>(file.bytes);
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const double panel = 8e-6 * static_cast<double>(data.panel.values.size());
  std::printf("%.1f %.3f %.0f %.0f %.0f\n", bytes / 1e6, seconds, bytes / 1e6 / seconds, panel,
              static_cast<double>(usage.ru_maxrss) / 1e3);
  return 0;
}

}  // namespace

int main(int count, char** words) {
  const std::vector<std::string> arguments(words + 1, words + count);
  if (arguments.size() == 3 && arguments[0] == "generate") {
    generate(arguments[1], std::stoul(arguments[2]));
    return 0;
  }
  if (arguments.size() == 3) return measure(arguments[0], arguments[1], std::stoi(arguments[2]));
  std::fprintf(stderr, "bench_csv generate FOLDER WELLS | wells FOLDER THREADS | long FOLDER THREADS\n");
  return 2;
}

// SPDX-License-Identifier: BSD-3-Clause
#include "cli/series/series_parts.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"

namespace phreatic::cli {
namespace {

constexpr std::size_t kParts = 64;   // about so many
constexpr std::size_t kFewest = 32;  // places of a part

std::string header_of(const std::string& key, std::size_t first, std::size_t count, std::size_t width) {
  return fmt::format("phreatic part 1 {} {} {} {}\n", key, first, count, width);
}

// The numbers of a part; none where the file is not there, not whole or of something else.
std::optional<std::vector<double>> read_part(const std::string& file, const std::string& header,
                                             std::size_t numbers) {
  if (!std::filesystem::exists(file)) return std::nullopt;
  const std::string bytes = core::read_file(file);
  if (bytes.size() != header.size() + numbers * sizeof(double) || !bytes.starts_with(header))
    return std::nullopt;
  std::vector<double> out(numbers);
  std::memcpy(out.data(), bytes.data() + header.size(), numbers * sizeof(double));
  return out;
}

}  // namespace

std::string key_of(const std::string& settings, const std::vector<double>& values) {
  const std::string bytes(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double));
  return core::hash_bytes(settings + core::hash_bytes(bytes));
}

void SeriesParts::add_options(CLI::App& app) {
  auto* parts = app.add_option(
      "--parts", folder_, "Folder for the parts of the work: a part that is there is not computed again");
  app.add_option("--task", task_text_,
                 "K/N: compute the K-th of every N parts only (arrays of a scheduler); the same command "
                 "without it puts all together")
      ->needs(parts);
  app.add_flag("--mpi", mpi_, "Share the parts among the processes that mpirun has started")->needs(parts);
}

void SeriesParts::start() {
  if (!task_text_.empty()) {
    int used = 0;
    if (std::sscanf(task_text_.c_str(), "%d/%d%n", &task_, &tasks_, &used) != 2 ||
        static_cast<std::size_t>(used) != task_text_.size() || task_ < 1 || task_ > tasks_)
      throw core::InputError(
          {.where = "--task", .what = task_text_, .allowed = "K/N with K from 1 to N, for example 3/10"});
  }
  const int processes = flow::mpi_job_size();
  if (!mpi_ && processes > 1)
    throw core::InputError(
        {.where = "mpirun",
         .what = fmt::format("has started {} of this, and each would compute all places", processes),
         .mend = "Add --parts FOLDER --mpi"});
  if (!mpi_) return;
  if (tasks_ > 1)
    throw core::InputError(
        {.where = "--mpi", .what = "cannot be used with --task", .mend = "Leave one of them out"});
  dealer_ = flow::join_mpi_job();
}

std::vector<SeriesParts::Part> SeriesParts::parts_of(std::size_t places) const {
  const std::size_t each = std::max(kFewest, (places + kParts - 1) / kParts);
  std::vector<Part> out;
  for (std::size_t first = 0; first < places; first += each)
    out.push_back(
        {first, std::min(each, places - first),
         (std::filesystem::path(folder_) / fmt::format("part_{:04}.bin", out.size() + 1)).string()});
  return out;
}

void SeriesParts::compute_missing(const std::vector<Part>& parts, std::size_t width, const std::string& key,
                                  const std::function<std::vector<double>(std::size_t, std::size_t)>& body,
                                  core::Log& log) {
  std::vector<std::size_t> wanted;
  std::size_t there = 0, left = 0;
  for (std::size_t b = 0; b < parts.size(); ++b) {
    const Part& p = parts[b];
    if (read_part(p.file, header_of(key, p.first, p.count, width), p.count * width))
      ++there;
    else if (b % static_cast<std::size_t>(tasks_) != static_cast<std::size_t>(task_ - 1))
      ++left;
    else
      wanted.push_back(b);
  }
  const auto work = [&](std::size_t b) {
    const Part& p = parts[b];
    const std::vector<double> numbers = body(p.first, p.count);
    PHREATIC_ASSERT(numbers.size() == p.count * width);
    std::string bytes = header_of(key, p.first, p.count, width);
    bytes.append(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(double));
    core::write_file_atomic(p.file, bytes);
  };
  std::size_t done = 0;
  if (dealer_ != nullptr) {
    dealer_->open(wanted);
    for (auto b = dealer_->next(); b; b = dealer_->next(), ++done) work(*b);
    done = dealer_->sums({done}).front();
  } else {
    for (const std::size_t b : wanted) work(b);
    done = wanted.size();
  }
  if (speaks())
    log.info(fmt::format("{} parts: {} computed, {} were there, {} left to other tasks", parts.size(), done,
                         there, left));
}

std::optional<std::vector<double>> SeriesParts::compute(
    std::size_t places, std::size_t width, const std::string& key,
    const std::function<std::vector<double>(std::size_t, std::size_t)>& body, core::Log& log) {
  if (folder_.empty()) return body(0, places);
  core::make_folder(folder_);
  const std::vector<Part> parts = parts_of(places);
  compute_missing(parts, width, key, body, log);
  if (!speaks()) return std::nullopt;
  std::vector<double> all;
  for (const Part& p : parts) {
    const auto numbers = read_part(p.file, header_of(key, p.first, p.count, width), p.count * width);
    if (!numbers) {
      log.info("the parts are not complete yet: run the same command without --task when all tasks are done");
      return std::nullopt;
    }
    all.insert(all.end(), numbers->begin(), numbers->end());
  }
  return all;
}

void SeriesParts::finish() {
  if (dealer_ != nullptr) dealer_->leave();
}

}  // namespace phreatic::cli

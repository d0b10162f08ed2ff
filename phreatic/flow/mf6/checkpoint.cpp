// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/checkpoint.hpp"

#include <fmt/format.h>

#include <cstring>
#include <type_traits>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/flow/mf6/results/output_plan.hpp"

namespace phreatic::flow::mf6 {
namespace {

constexpr std::string_view kMagic = "PHREATIC FLOW STATE 4\n";

class Writer {
 public:
  template <class T>
  void number(T v) {
    static_assert(std::is_arithmetic_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&v), sizeof v);
  }
  void text(const std::string& s) {
    number<std::uint64_t>(s.size());
    bytes_ += s;
  }
  void doubles(const std::vector<double>& v) {
    number<std::uint64_t>(v.size());
    bytes_.append(reinterpret_cast<const char*>(v.data()), v.size() * sizeof(double));
  }
  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_{kMagic};
};

class Reader {
 public:
  Reader(std::string path, std::string_view bytes) : path_(std::move(path)), rest_(bytes) {}
  std::string_view take(std::uint64_t n) {
    if (n > rest_.size())
      throw core::InputError({.file = path_, .what = "is damaged", .mend = "Run without --resume"});
    const std::string_view out = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return out;
  }
  template <class T>
  T number() {
    T v;
    std::memcpy(&v, take(sizeof v).data(), sizeof v);
    return v;
  }
  std::string text() { return std::string(take(number<std::uint64_t>())); }
  std::vector<double> doubles() {
    const auto n = number<std::uint64_t>();
    if (n > rest_.size() / sizeof(double)) take(rest_.size() + 1);
    std::vector<double> v(n);
    const std::string_view values = take(n * sizeof(double));
    if (n > 0) std::memcpy(v.data(), values.data(), values.size());
    return v;
  }

 private:
  std::string path_;
  std::string_view rest_;
};

}  // namespace

void write_checkpoint(const std::filesystem::path& path, const Checkpoint& c) {
  Writer out;
  out.text(c.fingerprint);
  for (const int n : {c.state.next_period, c.state.next_step, c.state.next_index}) out.number(n);
  for (const double t : {c.state.time, c.state.period_start, c.state.before_dt, c.state.next_dt})
    out.number(t);
  const SolverMemory& solver = c.state.solver;
  for (const bool b : {solver.single.coarse, solver.single.complete, solver.full.coarse, solver.full.complete,
                       solver.single_is_enough})
    out.number<std::uint8_t>(b ? 1 : 0);
  out.doubles(c.state.heads);
  out.doubles(c.state.before);
  out.number<std::uint64_t>(c.state.packages.size());
  for (const std::vector<double>& package : c.state.packages) out.doubles(package);
  out.number<std::uint64_t>(c.files.size());
  for (const auto& [name, size] : c.files) {
    out.text(name);
    out.number(size);
  }
  for (const std::vector<BudgetRow>* rows : {&c.budget, &c.package_budgets}) {
    out.number<std::uint64_t>(rows->size());
    for (const BudgetRow& row : *rows) {
      out.text(row.text);
      out.text(row.package);
      for (const double v : {row.in, row.out, row.volume_in, row.volume_out}) out.number(v);
    }
  }
  out.doubles(c.counts);
  const std::string hash = core::hash_bytes(out.bytes());
  out.bytes() += hash;
  core::write_file_atomic(path, out.bytes());
}

std::optional<Checkpoint> read_checkpoint(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) return std::nullopt;
  const std::string bytes = core::read_file(path);
  constexpr std::size_t kHash = 32;
  if (bytes.size() < kMagic.size() + kHash || bytes.compare(0, kMagic.size(), kMagic) != 0 ||
      core::hash_bytes(std::string_view(bytes).substr(0, bytes.size() - kHash)) !=
          bytes.substr(bytes.size() - kHash))
    throw core::InputError(
        {.file = path.string(), .what = "is damaged, or of another version", .mend = "Run without --resume"});
  Reader in(path.string(),
            std::string_view(bytes).substr(kMagic.size(), bytes.size() - kMagic.size() - kHash));
  Checkpoint c;
  c.fingerprint = in.text();
  c.state.next_period = in.number<int>();
  c.state.next_step = in.number<int>();
  c.state.next_index = in.number<int>();
  c.state.time = in.number<double>();
  c.state.period_start = in.number<double>();
  c.state.before_dt = in.number<double>();
  c.state.next_dt = in.number<double>();
  SolverMemory& solver = c.state.solver;
  for (bool* b : {&solver.single.coarse, &solver.single.complete, &solver.full.coarse, &solver.full.complete,
                  &solver.single_is_enough})
    *b = in.number<std::uint8_t>() != 0;
  c.state.heads = in.doubles();
  c.state.before = in.doubles();
  for (auto n = in.number<std::uint64_t>(); n > 0; --n) c.state.packages.push_back(in.doubles());
  for (auto n = in.number<std::uint64_t>(); n > 0; --n) {
    std::string name = in.text();
    c.files.emplace_back(std::move(name), in.number<std::uint64_t>());
  }
  for (std::vector<BudgetRow>* rows : {&c.budget, &c.package_budgets}) {
    for (auto n = in.number<std::uint64_t>(); n > 0; --n) {
      BudgetRow row{in.text(), ""};
      row.package = in.text();
      for (double* v : {&row.in, &row.out, &row.volume_in, &row.volume_out}) *v = in.number<double>();
      rows->push_back(std::move(row));
    }
  }
  c.counts = in.doubles();
  return c;
}

std::string fingerprint(const std::filesystem::path& folder, const std::vector<std::string>& files,
                        const std::string& settings) {
  std::string all = settings;
  for (const std::string& file : files) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    const auto time = std::filesystem::last_write_time(file, error).time_since_epoch().count();
    all += fmt::format("\n{} {} {}", name_in(folder, file), size, time);
  }
  return core::hash_bytes(all);
}

}  // namespace phreatic::flow::mf6

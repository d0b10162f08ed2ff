// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/trees/training/tuning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <mutex>
#include <numeric>

#include "phreatic/core/errors.hpp"
#include "phreatic/core/files/files.hpp"
#include "phreatic/core/parallel.hpp"
#include "phreatic/core/random.hpp"

namespace phreatic::trees {
namespace {

constexpr double kSecondsBetweenStates = 10;
constexpr std::size_t kBatch = 64;  // fits between two looks at the clock

// Share of all fits that a candidate has after each round, and share of the candidates that may go on.
struct Round {
  double fits, survivors;
};
constexpr std::array<Round, 6> kRounds{
    {{0.06, 0.4}, {0.12, 0.18}, {0.2, 0.09}, {0.4, 0.03}, {0.6, 0.012}, {1, 1}}};
constexpr std::size_t kFewest = 4;  // candidates that go on in any case

double within(double low, double high, double share, bool log) {
  return log ? std::exp(std::log(low) + share * (std::log(high) - std::log(low)))
             : low + share * (high - low);
}

struct Difference {
  double mean = 0, error = 0;
};
// Of b less a over the fits that both have.
Difference paired(const Candidate& a, const Candidate& b) {
  const std::size_t n = std::min(a.scores.size(), b.scores.size());
  Difference out;
  for (std::size_t i = 0; i < n; ++i) out.mean += (b.scores[i] - a.scores[i]) / static_cast<double>(n);
  double spread = 0;
  for (std::size_t i = 0; i < n; ++i) spread += std::pow(b.scores[i] - a.scores[i] - out.mean, 2);
  out.error =
      n > 1 ? std::sqrt(spread / static_cast<double>((n - 1) * n)) : std::numeric_limits<double>::infinity();
  return out;
}

std::string fingerprint(const Table& table, std::span<const double> target, const Folds& folds,
                        const std::vector<TrainParams>& candidates, ScoreScale scale) {
  std::string bytes;
  const auto add = [&](const auto* data, std::size_t count) {
    bytes.append(reinterpret_cast<const char*>(data), count * sizeof(*data));
  };
  add(table.values.data(), table.values.size());
  add(target.data(), target.size());
  for (const auto& of : folds.of) add(of.data(), of.size());
  for (const TrainParams& p : candidates) bytes += core::to_yaml(p);
  bytes += scale == ScoreScale::target ? 't' : 'p';
  return core::hash_bytes(bytes);
}

class Search {
 public:
  Search(const Table& table, std::span<const double> target, const TuneParams& params, const Folds& folds,
         ScoreScale scale, const std::filesystem::path& state, Tuning& out, core::Context& context)
      : table_(table),
        target_(target),
        params_(params),
        folds_(folds),
        scale_(scale),
        state_(state),
        out_(out) {
    std::vector<TrainParams> list;
    for (const Candidate& c : out.candidates) list.push_back(c.params);
    hash_ = fingerprint(table, target, folds, list, scale);
    known_.assign(list.size(), std::vector<double>(folds.fits(), std::numeric_limits<double>::quiet_NaN()));
    read_state(context);
  }

  void exact(core::Progress& progress) {
    std::vector<std::size_t> all(out_.candidates.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    fit_to(all, folds_.fits(), progress);
  }

  void race(core::Progress& progress) {
    std::vector<std::size_t> racing(out_.candidates.size());
    std::iota(racing.begin(), racing.end(), std::size_t{0});
    for (const Round& round : kRounds) {
      const auto fits = static_cast<std::size_t>(std::ceil(round.fits * static_cast<double>(folds_.fits())));
      fit_to(racing, std::clamp<std::size_t>(fits, std::min<std::size_t>(2, folds_.fits()), folds_.fits()),
             progress);
      if (round.fits < 1) drop(racing, round.survivors);
    }
  }

  void save() const {
    if (state_.empty()) return;
    std::string text = "# phreatic trees tuning " + hash_ + "\ncandidate,fit,r2\n";
    for (std::size_t c = 0; c < known_.size(); ++c) {
      for (std::size_t f = 0; f < known_[c].size(); ++f) {
        if (!std::isnan(known_[c][f])) text += fmt::format("{},{},{}\n", c, f, known_[c][f]);
      }
    }
    core::write_file_atomic(state_, text);
  }

 private:
  void fit_to(const std::vector<std::size_t>& candidates, std::size_t fits, core::Progress& progress) {
    std::vector<std::pair<std::size_t, std::size_t>> open;
    for (std::size_t f = 0; f < fits; ++f) {
      for (const std::size_t c : candidates) {
        if (f >= out_.candidates[c].scores.size() && std::isnan(known_[c][f])) open.emplace_back(c, f);
      }
    }
    auto saved = std::chrono::steady_clock::now();
    for (std::size_t begin = 0; begin < open.size(); begin += kBatch) {
      if (core::interrupted()) {
        save();
        core::throw_if_interrupted();
      }
      const std::size_t count = std::min(kBatch, open.size() - begin);
      core::parallel_for(count, [&](std::size_t i) {
        const auto [c, f] = open[begin + i];
        known_[c][f] = score_fold(table_, target_, folds_, f, out_.candidates[c].params, scale_);
      });
      progress.advance(count);
      const std::chrono::duration<double> since = std::chrono::steady_clock::now() - saved;
      if (since.count() < kSecondsBetweenStates) continue;
      save();
      saved = std::chrono::steady_clock::now();
    }
    for (const std::size_t c : candidates) {
      std::vector<double>& scores = out_.candidates[c].scores;
      for (std::size_t f = scores.size(); f < fits; ++f) scores.push_back(known_[c][f]);
    }
    save();
  }

  void drop(std::vector<std::size_t>& racing, double share) const {
    std::stable_sort(racing.begin(), racing.end(), [&](std::size_t a, std::size_t b) {
      return out_.candidates[a].mean() > out_.candidates[b].mean();
    });
    const Candidate& leader = out_.candidates[racing.front()];
    const auto most =
        static_cast<std::size_t>(std::ceil(share * static_cast<double>(out_.candidates.size())));
    const std::size_t places = std::min(racing.size(), std::max(most, kFewest));
    std::vector<std::size_t> kept;
    for (std::size_t i = 0; i < places; ++i) {
      const Difference d = paired(out_.candidates[racing[i]], leader);
      if (i < kFewest || d.mean <= params_.sureness * d.error) kept.push_back(racing[i]);
    }
    racing = std::move(kept);
  }

  void read_state(core::Context& context) {
    if (state_.empty() || !std::filesystem::exists(state_)) return;
    const std::string text = core::read_file(state_);
    if (text.find("# phreatic trees tuning " + hash_ + "\n") != 0)
      throw core::InputError({.file = state_.string(),
                              .what = "is the state of another search (other data, folds or parameters)",
                              .mend = "Remove it, or name another file"});
    std::size_t read = 0;
    for (std::size_t at = text.find('\n') + 1; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      const char* p = text.data() + at;
      const char* const stop = text.data() + end;
      std::size_t c = 0, f = 0;
      double score = 0;
      auto [p1, e1] = std::from_chars(p, stop, c);
      if (e1 == std::errc{} && p1 < stop) {
        auto [p2, e2] = std::from_chars(p1 + 1, stop, f);
        if (e2 == std::errc{} && p2 < stop && std::from_chars(p2 + 1, stop, score).ec == std::errc{} &&
            c < known_.size() && f < known_[c].size()) {
          known_[c][f] = score;
          ++read;
        }
      }
      at = end + 1;
    }
    context.log.info(fmt::format("tuning goes on from {}: {} fits are done", state_.string(), read));
  }

  const Table& table_;
  std::span<const double> target_;
  const TuneParams& params_;
  const Folds& folds_;
  ScoreScale scale_;
  std::filesystem::path state_;
  Tuning& out_;
  std::string hash_;
  std::vector<std::vector<double>> known_;  // [candidate][fit]
};

void check_ranges(const TuneParams& p) {
  core::Problems problems;
  const auto check = [&](const char* name, const auto& range, bool log) {
    const bool fits = (range.size() == 1 || range.size() == 2) && range.front() <= range.back();
    if (!fits || (log && range.front() <= 0))
      problems.add(
          {.where = fmt::format("tuning.{}", name),
           .what = "is no range",
           .allowed = log ? "[least, most] above 0, or one number" : "[least, most], or one number"});
  };
  check("n_estimators", p.n_estimators, false);
  check("learning_rate", p.learning_rate, true);
  check("max_depth", p.max_depth, false);
  check("min_child_weight", p.min_child_weight, true);
  check("subsample", p.subsample, false);
  check("colsample_bytree", p.colsample_bytree, false);
  check("reg_lambda", p.reg_lambda, true);
  check("reg_alpha", p.reg_alpha, true);
  problems.throw_if_any();
}

}  // namespace

void describe(core::Describer& d, TuneParams& p) {
  d.field("samples", p.samples, {.help = "Candidates of the Latin hypercube", .min = 1, .max = 100000});
  d.field("mode", p.mode,
          {.help = "Every fit of every candidate, or a race", .choices = {"racing", "exact"}});
  d.field(
      "sureness", p.sureness,
      {.help = "Standard errors by which a candidate of the race must be behind to be dropped", .min = 0});
  d.field("seed", p.seed, {.help = "Seed of the Latin hypercube"});
  d.section("folds", p.folds, "Cross-validation of each candidate");
  d.field("n_estimators", p.n_estimators, {.help = "Range of the number of trees", .min = 1, .max = 100000});
  d.field("learning_rate", p.learning_rate,
          {.help = "Range, sampled by its logarithm", .min = 1e-6, .max = 1});
  d.field("max_depth", p.max_depth, {.help = "Range of the depth", .min = 1, .max = 32});
  d.field("min_child_weight", p.min_child_weight, {.help = "Range, sampled by its logarithm", .min = 0});
  d.field("subsample", p.subsample, {.help = "Range of the share of rows", .min = 0.01, .max = 1});
  d.field("colsample_bytree", p.colsample_bytree,
          {.help = "Range of the share of features", .min = 0.01, .max = 1});
  d.field("reg_lambda", p.reg_lambda, {.help = "Range, sampled by its logarithm", .min = 0});
  d.field("reg_alpha", p.reg_alpha, {.help = "Range, sampled by its logarithm", .min = 0});
}

std::vector<TrainParams> latin_hypercube(const TuneParams& params, const TrainParams& base) {
  check_ranges(params);
  const auto n = static_cast<std::size_t>(params.samples);
  std::vector<TrainParams> out(n, base);
  std::uint64_t dimension = 0;
  const auto sample = [&](const auto& range, bool log, const auto& set) {
    core::RandomStream random(params.seed, "latin hypercube of trees", dimension++);
    const std::vector<std::size_t> strata = random.permutation(n);
    for (std::size_t i = 0; i < n; ++i) {
      const double share = (static_cast<double>(strata[i]) + random.uniform()) / static_cast<double>(n);
      set(out[i], share, static_cast<double>(range.front()), static_cast<double>(range.back()), log);
    }
  };
  const auto real = [&](double TrainParams::*field, const std::vector<double>& range, bool log) {
    sample(range, log, [field](TrainParams& p, double share, double low, double high, bool by_log) {
      p.*field = within(low, high, share, by_log);
    });
  };
  const auto whole = [&](int TrainParams::*field, const std::vector<int>& range) {
    sample(range, false, [field](TrainParams& p, double share, double low, double high, bool) {
      p.*field = static_cast<int>(std::floor(low + share * (high - low + 1)));
    });
  };
  whole(&TrainParams::n_estimators, params.n_estimators);
  real(&TrainParams::learning_rate, params.learning_rate, true);
  whole(&TrainParams::max_depth, params.max_depth);
  real(&TrainParams::min_child_weight, params.min_child_weight, true);
  real(&TrainParams::subsample, params.subsample, false);
  real(&TrainParams::colsample_bytree, params.colsample_bytree, false);
  real(&TrainParams::reg_lambda, params.reg_lambda, true);
  real(&TrainParams::reg_alpha, params.reg_alpha, true);
  return out;
}

double Candidate::mean() const {
  return scores.empty()
             ? std::numeric_limits<double>::quiet_NaN()
             : std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size());
}

Tuning tune(const Table& table, std::span<const double> target, const TrainParams& base,
            const TuneParams& params, ScoreScale scale, const std::filesystem::path& state,
            core::Context& context) {
  const Folds folds = make_folds(table.rows, params.folds);
  Tuning out;
  for (const TrainParams& p : latin_hypercube(params, base)) out.candidates.push_back({p, {}});
  out.all_fits = out.candidates.size() * folds.fits();
  Search search(table, target, params, folds, scale, state, out, context);
  const bool exact = params.mode == "exact";
  core::Progress progress("tuning", exact ? out.all_fits : out.all_fits / 8, "fits", context.show_progress);
  if (exact)
    search.exact(progress);
  else
    search.race(progress);
  std::vector<std::size_t> finished;
  for (std::size_t c = 0; c < out.candidates.size(); ++c) {
    out.fits += out.candidates[c].scores.size();
    if (out.candidates[c].scores.size() == folds.fits()) finished.push_back(c);
  }
  PHREATIC_ASSERT(!finished.empty());
  out.best = *std::max_element(finished.begin(), finished.end(), [&](std::size_t a, std::size_t b) {
    return out.candidates[a].mean() < out.candidates[b].mean();
  });
  out.standard_error = std::numeric_limits<double>::quiet_NaN();
  double closest = std::numeric_limits<double>::infinity();
  for (const std::size_t c : finished) {
    if (c == out.best) continue;
    const Difference d = paired(out.candidates[c], out.candidates[out.best]);
    out.within_noise += d.mean < 2 * d.error ? 1U : 0U;
    if (d.mean < closest) out.standard_error = d.error;
    closest = std::min(closest, d.mean);
  }
  return out;
}

}  // namespace phreatic::trees

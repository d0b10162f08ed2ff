// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/flow/mf6/results/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "phreatic/core/errors.hpp"
#include "phreatic/flow/mf6/results/result_files.hpp"

namespace phreatic::flow::mf6 {
namespace {

enum class Kind { wet, dry, inactive };

Kind kind_of(double head) {
  if (head >= 1e29) return Kind::inactive;
  return head <= -1e29 ? Kind::dry : Kind::wet;
}

double percentile_of(std::vector<float>& values, double percent) {
  if (values.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(values.size())));
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
  std::nth_element(values.begin(), at, values.end());
  return static_cast<double>(*at);
}

}  // namespace

HeadDifference compare_heads(const std::filesystem::path& ours, const std::filesystem::path& reference,
                             double percentile) {
  const HeadFile a(ours);
  const HeadFile b(reference);
  std::map<std::tuple<int, int, int>, const HeadFile::Record*> theirs;
  for (const HeadFile::Record& r : b.records()) theirs[{r.period, r.step, r.layer}] = &r;
  HeadDifference out;
  std::vector<float> all;
  double squares = 0;
  for (const HeadFile::Record& r : a.records()) {
    const auto found = theirs.find({r.period, r.step, r.layer});
    if (found == theirs.end()) continue;
    if (found->second->ncol != r.ncol || found->second->nrow != r.nrow) {
      throw core::InputError({.file = ours.string(),
                              .what = fmt::format("has {} x {} cells, the reference {} x {}", r.nrow, r.ncol,
                                                  found->second->nrow, found->second->ncol)});
    }
    ++out.records;
    const std::vector<double> x = a.values(r);
    const std::vector<double> y = b.values(*found->second);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto where = [&] {
        return fmt::format("period {}, step {}, cell ({}, {}, {}): {} and {}", r.period, r.step, r.layer,
                           i / static_cast<std::size_t>(r.ncol) + 1, i % static_cast<std::size_t>(r.ncol) + 1,
                           x[i], y[i]);
      };
      const Kind kx = kind_of(x[i]);
      const Kind ky = kind_of(y[i]);
      if (kx != ky) {
        const bool inactive = kx == Kind::inactive || ky == Kind::inactive;
        if (out.dry_disagreement + out.inactive_disagreement == 0) out.first_dry = where();
        ++(inactive ? out.inactive_disagreement : out.dry_disagreement);
      } else if (kx == Kind::wet) {
        const double d = std::abs(x[i] - y[i]);
        if (d > out.largest || std::isnan(d)) {
          out.largest = d;
          out.largest_where = where();
        }
        squares += d * d;
        all.push_back(static_cast<float>(d));
      }
    }
  }
  if (out.records == 0)
    throw core::InputError(
        {.file = ours.string(), .what = fmt::format("has no step in common with {}", reference.string())});
  out.values = all.size();
  out.rms = all.empty() ? 0 : std::sqrt(squares / static_cast<double>(all.size()));
  out.p50 = percentile_of(all, 50);
  out.p99 = percentile_of(all, 99);
  out.p999 = percentile_of(all, 99.9);
  out.at_percentile = percentile >= 100 ? out.largest : percentile_of(all, percentile);
  return out;
}

namespace {

using TermKey = std::tuple<int, int, std::string, std::string>;

bool compared(const BudgetTerm& term) { return term.text.rfind("DATA-", 0) != 0; }

// Array-based packages are RCHA and EVTA to newer MODFLOW 6, RCH and EVT to older (6.2.1): the other name.
std::string other_name(const std::string& text) {
  if (text == "RCHA" || text == "EVTA") return text.substr(0, 3);
  return text == "RCH" || text == "EVT" ? text + "A" : text;
}

// Largest difference of single entries: by row for lists, by cell for arrays.
double entry_difference(const BudgetTerm& a, const BudgetTerm& b) {
  double largest = 0;
  if (!a.list) {
    for (std::size_t i = 0; i < std::min(a.values.size(), b.values.size()); ++i)
      largest = std::max(largest, std::abs(a.values[i] - b.values[i]));
    return largest;
  }
  std::map<std::int32_t, double> rows;
  for (std::size_t i = 0; i < b.values.size(); ++i) rows[b.row[i]] += b.values[i];
  for (std::size_t i = 0; i < a.values.size(); ++i) rows[a.row[i]] -= a.values[i];
  for (const auto& [row, difference] : rows) largest = std::max(largest, std::abs(difference));
  return largest;
}

}  // namespace

std::vector<BudgetDifference> compare_budgets(const std::filesystem::path& ours,
                                              const std::filesystem::path& reference,
                                              std::vector<std::string>& missing) {
  const std::vector<BudgetTerm> a = read_budget(ours, {"FLOW-JA-FACE"});
  const std::vector<BudgetTerm> b = read_budget(reference, {"FLOW-JA-FACE"});
  std::map<TermKey, const BudgetTerm*> theirs;
  std::map<std::pair<int, int>, double> inflow;
  for (const BudgetTerm& t : b) {
    if (!compared(t)) continue;
    theirs[{t.period, t.step, t.text, t.package}] = &t;
    inflow[{t.period, t.step}] += t.inflow();
  }
  std::vector<BudgetDifference> out;
  std::map<std::pair<int, int>, bool> ours_steps;
  for (const BudgetTerm& t : a) {
    if (!compared(t)) continue;
    ours_steps[{t.period, t.step}] = true;
    auto found = theirs.find({t.period, t.step, t.text, t.package});
    if (found == theirs.end()) found = theirs.find({t.period, t.step, other_name(t.text), t.package});
    if (found == theirs.end()) {
      if (inflow.contains({t.period, t.step}))
        missing.push_back(fmt::format("period {}, step {}: the reference has no {} of {}", t.period, t.step,
                                      t.text, t.package));
      continue;
    }
    const BudgetTerm& r = *found->second;
    const std::string text = r.text == t.text ? t.text : t.text + "/" + r.text;
    BudgetDifference d{t.period, t.step, text, t.package, t.inflow(), t.outflow(), r.inflow(), r.outflow()};
    const double total = inflow[{t.period, t.step}];
    const double scale = total > 0 ? 100 / total : 100;
    d.percent =
        scale * std::max(std::abs(d.ours_in - d.reference_in), std::abs(d.ours_out - d.reference_out));
    d.entry_percent = scale * entry_difference(t, r);
    theirs.erase(found);
    out.push_back(std::move(d));
  }
  for (const auto& [key, term] : theirs) {
    if (ours_steps.contains({term->period, term->step}))
      missing.push_back(fmt::format("period {}, step {}: only the reference has {} of {}", term->period,
                                    term->step, term->text, term->package));
  }
  if (out.empty())
    throw core::InputError(
        {.file = ours.string(), .what = fmt::format("has no step in common with {}", reference.string())});
  return out;
}

}  // namespace phreatic::flow::mf6

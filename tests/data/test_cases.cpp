// SPDX-License-Identifier: BSD-3-Clause
// The collection of small inputs, one folder each: a study's data block, its files, and what must be read or said.
// Where expected.json names a value, that value is in the panel; where a kind must be refused or told, the words
// are looked for.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "loading.hpp"
#include "phreatic/core/files/files.hpp"

namespace phreatic::data {
namespace {

namespace fs = std::filesystem;

struct Expectation {
  bool read = true;                // else refused
  std::vector<std::string> words;  // of problems, warnings and what was said
};

const std::map<std::string, Expectation>& expectations() {
  static const std::map<std::string, Expectation> all = {
      {"K01_dino_two_blocks", {true, {"column names on line"}}},
      {"K01_openmeteo", {true, {"column names on line"}}},
      {"K01_solinst", {true, {"column names on line"}}},
      {"K02_kiwis_hash", {true, {"column names on line"}}},
      {"K03_nwis_rdb", {true, {"holds types and is skipped"}}},
      {"K04_ice_eqp", {false, {"'Ice' (", "missing: [Ice"}}},
      {"K05_plus01", {true, {"+01:00"}}},
      {"K06_ampm", {true, {"12-hour clock"}}},
      {"K07_date_and_time", {false, {"'Time' tells the rows apart", "time: [Date, Time]"}}},
      {"K08_dwd_999", {false, {"missing: [-999]"}}},
      {"K09_kelvin_metres", {true, {"Kelvin: unit: K", "unit: m/d"}}},
      {"K10_negative_depth", {true, {"quantity: level"}}},
      {"K11_header_cm", {false, {"tells cm, the study declares m"}}},
      {"K12_latin1_header", {true, {"Latin-1"}}},
      {"K12_latin1_ids", {true, {"Latin-1"}}},
      {"K15_five_texts",
       {false, {"'<10.5' (", "'12.1*' (", "'12.3e' (", "'dry' (", "missing: [dry]", "qualifiers: keep"}}},
      {"K16_only_wet_days", {false, {"gaps: zero"}}},
      {"K17_two_files", {false, {"files: [first.csv, second.csv]"}}},
      {"K18_three_datums", {false, {"rows: {sl_datum_cd: NGVD29}", "NAVD88"}}},
      {"K19_tab_thousands", {false, {"decimal: comma or thousands: comma"}}},
      {"K20_cr_levels", {true, {"CR only"}}},
      {"K21_rainfall_ET0",
       {true, {"'rainfall' is taken as precipitation", "'ET0' is taken as evaporation_demand"}}},
      {"K24_all_missing", {false, {"missing for every well"}}},
      {"K25_wide_all", {true, {"one well per column"}}},
      {"K26_warning_thrice", {true, {"later steps are not predicted"}}},
  };
  return all;
}

// The data block of a study, loaded.
Loaded load_case(const fs::path& folder) {
  const core::Tree study = core::read_yaml((folder / "study.yml").string());
  const core::Node* block = study.root.find("data");
  EXPECT_NE(block, nullptr);
  core::Problems problems;
  DataParams params;
  core::read_params(core::Tree{study.file, *block}, params, problems);
  core::Log log(true);
  Loaded out;
  if (problems.empty()) out.data = load(params, folder, problems, core::Context{log, false});
  out.problems = all_text(problems);
  return out;
}

void expect_value(const LoadedData& data, const nlohmann::json& reads) {
  const auto entity = data.panel.find_entity(reads["well"].get<std::string>());
  ASSERT_TRUE(entity.has_value()) << reads;
  const auto time = core::parse_date(reads["date"].get<std::string>(), core::DateOrder::iso);
  const auto step = data.panel.axis.index_of(*time);
  ASSERT_TRUE(step.has_value()) << reads;
  EXPECT_NEAR(data.panel.series(*entity, data.targets.front())[*step], reads["level_m"].get<double>(), 5e-5)
      << reads;
}

TEST(Cases, AreReadOrToldAsExpected) {
  const fs::path cases = expand_path("${PHREATIC_SHARED_DATA}/cases/wells", ".");
  if (!fs::is_directory(cases)) GTEST_SKIP() << "no cases at " << cases.string();
  std::size_t looked_at = 0;
  for (const auto& entry : fs::directory_iterator(cases)) {
    const std::string name = entry.path().filename().string();
    SCOPED_TRACE(name);
    const auto known = expectations().find(name);
    const nlohmann::json expected = nlohmann::json::parse(core::read_file(entry.path() / "expected.json"));
    if (known == expectations().end() && !expected.contains("reads")) continue;
    ++looked_at;
    const Loaded loaded = load_case(entry.path());
    if (expected.contains("reads")) {
      EXPECT_EQ(loaded.problems, "");
      expect_value(loaded.data, expected["reads"]);
    }
    if (known == expectations().end()) continue;
    EXPECT_EQ(loaded.problems.empty(), known->second.read) << loaded.problems;
    const std::string text = loaded.problems + joined(loaded.data.warnings) + joined(loaded.data.said);
    for (const std::string& words : known->second.words) expect_has(text, words);
  }
  EXPECT_GE(looked_at, expectations().size());
}

}  // namespace
}  // namespace phreatic::data

# SPDX-License-Identifier: BSD-3-Clause
"""phreatic analyse: its tables against what the same files give when recomputed here, from the training period alone."""
import csv
import unittest

from common import FILES, Folder, phreatic, write

STUDY = "study: wells\ntitle: Series\ndata:\n" + FILES + "  split: {train: {last: 2011-12-31}, validation: {first: 2012-01-01, last: 2012-06-30}, test: {first: 2012-07-01}}\n"


def rows_of(path):
    with open(path) as file:
        return list(csv.DictReader(file))


def monthly(path, column):
    months = {}
    for row in rows_of(path):
        if row[column] and "2009-01-01" <= row["date"] <= "2011-12-31":
            months.setdefault(row["date"][:7], []).append(float(row[column]))
    return {month: sum(v) / len(v) for month, v in months.items()}


class Analyse(unittest.TestCase):
    def test_lags_and_index_are_those_of_the_training_months(self):
        with Folder() as folder:
            basin = write(folder, "basin.yml", "study: wells\nvirtual_wells: true\nbasin: {seed: 3, wells: 3, years: 5}\n")
            self.assertEqual(phreatic("basin", basin, "--out", folder / "data").returncode, 0)
            done = phreatic("analyse", write(folder, "study.yml", STUDY), "--out", folder / "out", "--set", "data.end=2013-12-31")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("false discovery rate", done.stdout)
            self.assertTrue((folder / "out/report.html").exists())
            table = {(r["well"], r["driver"], int(r["lag_months"])): r for r in rows_of(folder / "out/lag_correlations.csv")}
            well = rows_of(folder / "out/entropy.csv")[0]["well"]
            rain = monthly(folder / f"data/drivers/{well}.csv", "precipitation_mm")
            level = monthly(folder / f"data/wells/{well}.csv", "level_m")
            names = sorted(rain)
            for lag in (0, 3):
                pairs = [(rain[names[i - lag]], level[name]) for i, name in enumerate(names) if i >= lag and name in level]
                mean = [sum(p[k] for p in pairs) / len(pairs) for k in (0, 1)]
                cov, x, y = (sum(f(p) for p in pairs) for f in (lambda p: (p[0] - mean[0]) * (p[1] - mean[1]),
                                                               lambda p: (p[0] - mean[0]) ** 2, lambda p: (p[1] - mean[1]) ** 2))
                self.assertEqual(int(table[well, "precipitation", lag]["n"]), len(pairs))
                self.assertAlmostEqual(float(table[well, "precipitation", lag]["pearson"]), cov / (x * y) ** 0.5, places=3)
            entropy = rows_of(folder / "out/entropy.csv")
            self.assertTrue(all(0 <= float(r["entropy_normalised"]) <= 1 for r in entropy))
            # Three training years are fewer than the five that an index needs.
            self.assertEqual({r["index"] for r in rows_of(folder / "out/groundwater_index.csv")}, {""})

    def test_skill_of_a_run_by_group_and_attribute(self):
        with Folder() as folder:
            study = write(folder, "study.yml", "study: wells\nvirtual_wells: true\nbasin: {seed: 3, wells: 8, years: 5}\n"
                          "window: {seq_length: 60, predict_last_n: 30}\nmodel: {hidden_size: 4}\ntraining: {epochs: 1}\nbaselines: []\n")
            missing = phreatic("analyse", study, "--out", folder / "out", "--set", f"analysis.run={folder}/none")
            self.assertEqual(missing.returncode, 2)
            self.assertIn("there is no metrics.csv", missing.stderr)
            self.assertEqual(phreatic("evaluate", study, "--out", folder / "run").returncode, 0)
            done = phreatic("analyse", study, "--out", folder / "out", "--set", f"analysis.run={folder}/run")
            self.assertEqual(done.returncode, 0, done.stderr)
            nse = {r["entity"]: float(r["value"]) for r in rows_of(folder / "run/metrics.csv")
                   if r["period"] == "test" and r["metric"] == "NSE" and r["model"] == "lstm" and r["entity"] != "all"}
            distance = {r["id"]: float(r["distance_to_river_km"]) for r in rows_of(folder / "run/data/attributes.csv")}
            x, y = zip(*((distance[well], value) for well, value in nse.items()))
            mean = [sum(v) / len(v) for v in (x, y)]
            r = (sum((a - mean[0]) * (b - mean[1]) for a, b in zip(x, y)) /
                 (sum((a - mean[0])**2 for a in x) * sum((b - mean[1])**2 for b in y))**0.5)
            found = {(row["attribute"], row["quantity"]): row for row in rows_of(folder / "out/relations.csv")}
            self.assertAlmostEqual(float(found["distance_to_river_km", "NSE of the run"]["r"]), r, places=3)
            page = (folder / "out/report.html").read_text()
            for part in ("skill-boxes", "skill-by-group", "skill-map", "lag-boxes", "boxes-by-lag-1", "entropy-boxes", "relation-1"):
                self.assertIn(part, page)

    def study(self, folder, wells=4, years=5, change=None):
        """The files of a small basin and a study of them; `change` is called with each well's file."""
        basin = write(folder, "basin.yml", f"study: wells\nvirtual_wells: true\nbasin: {{seed: 3, wells: {wells}, years: {years}}}\n")
        self.assertEqual(phreatic("basin", basin, "--out", folder / "data").returncode, 0)
        for file in sorted((folder / "data/wells").iterdir()):
            if change:
                header, *lines = file.read_text().splitlines()
                at = header.split(",").index("level_m")
                rows = [line.split(",") for line in lines]
                change(file.stem, rows, at)
                file.write_text("\n".join([header] + [",".join(row) for row in rows]) + "\n")
        return write(folder, "study.yml", STUDY)

    def analyse(self, folder, study, *more):
        return phreatic("analyse", study, "--out", folder / "out", "--set", "data.end=2013-12-31", *more)

    def test_the_tree_follows_its_definition_and_both_maps_hold_every_well(self):
        """Average linkage by its definition: the two groups whose members are nearest in the mean by 1 - r are joined."""
        def far(a, b):
            names = sorted(set(a) & set(b))
            x, y = [a[n] for n in names], [b[n] for n in names]
            mx, my = sum(x) / len(x), sum(y) / len(y)
            dot = sum((u - mx) * (v - my) for u, v in zip(x, y))
            return 1 - dot / (sum((u - mx) ** 2 for u in x) * sum((v - my) ** 2 for v in y)) ** 0.5
        with Folder() as folder:
            study = self.study(folder, wells=6)
            done = self.analyse(folder, study)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("groups of wells", done.stdout)
            groups = rows_of(folder / "out/groups.csv")
            self.assertEqual([r["well"] for r in groups], [f"V0{i}" for i in range(1, 7)])
            series = [monthly(folder / f"data/wells/{r['well']}.csv", "level_m") for r in groups]
            clusters, heights = [[i] for i in range(6)], []
            while len(clusters) > 1:
                height, a, b = min((sum(far(series[i], series[j]) for i in a for j in b) / len(a) / len(b), a, b)
                                   for k, a in enumerate(clusters) for b in clusters[k + 1:])
                clusters = [c for c in clusters if c not in (a, b)] + [a + b]
                heights.append(height)
            for row, height in zip(rows_of(folder / "out/tree.csv"), heights, strict=True):
                self.assertAlmostEqual(float(row["height"]), height, places=4)
            for grid in ("hexagonal", "rectangular"):
                nodes = [r for r in rows_of(folder / "out/som.csv") if r["grid"] == grid]
                self.assertEqual(sum(int(r["wells"]) for r in nodes), 6)
                hits = {(r["row"], r["column"]): int(r["wells"]) for r in nodes}
                for (row, column), count in hits.items():
                    self.assertEqual(sum(g[f"{grid}_row"] == row and g[f"{grid}_column"] == column for g in groups), count)

    def test_relations_with_attributes_are_those_of_the_tables(self):
        with Folder() as folder:
            basin = write(folder, "basin.yml", "study: wells\nvirtual_wells: true\nbasin: {seed: 3, wells: 8, years: 5}\n")
            self.assertEqual(phreatic("basin", basin, "--out", folder / "data").returncode, 0)
            study = STUDY.replace("  split:", "  attributes: [{file: data/attributes.csv}]\n  split:")
            done = phreatic("analyse", write(folder, "study.yml", study), "--out", folder / "out", "--set", "data.end=2013-12-31")
            self.assertEqual(done.returncode, 0, done.stderr)
            attributes = {r["id" if "id" in r else next(iter(r))]: r for r in rows_of(folder / "data/attributes.csv")}
            entropy = {r["well"]: float(r["entropy_normalised"]) for r in rows_of(folder / "out/entropy.csv")}
            name = "distance_to_river_km"
            pairs = [(float(attributes[well][name]), value) for well, value in entropy.items()]
            mean = [sum(p[k] for p in pairs) / len(pairs) for k in (0, 1)]
            cov, x, y = (sum(f(p) for p in pairs) for f in (lambda p: (p[0] - mean[0]) * (p[1] - mean[1]),
                                                           lambda p: (p[0] - mean[0]) ** 2, lambda p: (p[1] - mean[1]) ** 2))
            (row,) = [r for r in rows_of(folder / "out/relations.csv") if r["attribute"] == name and r["quantity"] == "entropy"]
            self.assertEqual(int(row["wells"]), 8)
            self.assertAlmostEqual(float(row["r"]), cov / (x * y) ** 0.5, places=3)
            self.assertLess(float(row["low"]), float(row["r"]))
            self.assertLess(float(row["r"]), float(row["high"]))

    def test_a_map_with_more_nodes_than_wells_is_told(self):
        with Folder() as folder:
            study = self.study(folder)
            done = self.analyse(folder, study, "--set", "analysis.som.rows=3", "--set", "analysis.som.columns=4")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("the map has 12 nodes for 4 wells", done.stderr)
            self.assertEqual(len(rows_of(folder / "out/som.csv")), 24)
            refused = self.analyse(folder, study, "--set", "analysis.som.rows=3")
            self.assertEqual(refused.returncode, 2)
            self.assertIn("analysis.som: has 3 rows and 0 columns", refused.stderr)
            many = self.analyse(folder, study, "--set", "analysis.groups=5")
            self.assertEqual(many.returncode, 2)
            self.assertIn("analysis.groups: is 5, but 4 wells vary", many.stderr)

    def test_one_well_has_no_map_and_is_told(self):
        with Folder() as folder:
            done = self.analyse(folder, self.study(folder, wells=1))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("1 of 1 series of 'level' vary in the training period: a map needs two", done.stderr)
            self.assertEqual(rows_of(folder / "out/som.csv"), [])

    def test_constant_and_sparse_series_are_told(self):
        def change(well, rows, at):
            if well == "V01":
                for row in rows:
                    row[at] = "12.5" if row[0] < "2012" else row[at]
            if well == "V02":  # one month in four
                rows[:] = [row for row in rows if int(row[0][5:7]) % 4 == 1]
        with Folder() as folder:
            done = self.analyse(folder, self.study(folder, change=change))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("V01: constant over the 36 observed months", done.stderr)
            self.assertIn("V02: 8 of the 36 months of the training period are observed", done.stderr)
            entropy = {r["well"]: r for r in rows_of(folder / "out/entropy.csv")}
            self.assertEqual(float(entropy["V01"]["entropy_bits"]), 0)
            self.assertEqual(entropy["V01"]["weighted_bits"], "")
            self.assertNotIn("V01", [r["well"] for r in rows_of(folder / "out/groups.csv")])

    def test_steps_longer_than_a_month_are_refused(self):
        with Folder() as folder:
            done = self.analyse(folder, self.study(folder, years=5), "--set", "data.step=yearly")
            self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
            self.assertIn("data.step", done.stderr)

    def test_every_target_is_analysed(self):
        with Folder() as folder:
            study = write(folder, "two.yml", """\
study: wells
virtual_wells: true
basin: {seed: 3, wells: 4, years: 4, spin_up_years: 1, aquifer: groundwater, grid: {rows: 12, columns: 12, cell_size: 500, gauges: 2}}
data:
  targets:
    - {files: "wells/{id}.csv", column: level_m}
    - {files: "discharge/{id}.csv", name: discharge, column: discharge_m3_s, quantity: other, unit: m3/s}
""")
            done = phreatic("analyse", study, "--out", folder / "out")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("level: ", done.stdout)
            self.assertIn("discharge: ", done.stdout)
            self.assertEqual({r["well"] for r in rows_of(folder / "out/entropy_discharge.csv")}, {"G1", "G2"})
            self.assertEqual(len({r["well"] for r in rows_of(folder / "out/entropy.csv")}), 4)
            page = (folder / "out/report.html").read_text()
            self.assertIn("discharge: What goes with what?", page)
            for part in ("lags-of-places-1", "boxes-by-lag-1", "entropy-boxes"):
                self.assertIn(part, page)

    def test_the_other_target_stands_beside_the_drivers(self):
        with Folder() as folder:
            files = """\
study: wells
data:
  end: 2011-12-31
  targets:
    - {files: "data/wells/{id}.csv", column: level_m}
    - {files: "data/discharge/{id}.csv", name: discharge, column: discharge_m3_s, quantity: other, unit: m3/s}
  drivers:
    - {files: "data/drivers/{id}.csv", columns: {column: precipitation_mm, name: precipitation, unit: mm/d}}
  split: {train: {last: 2011-06-30}, validation: {first: 2011-07-01, last: 2011-09-30}, test: {first: 2011-10-01}}
"""
            basin = write(folder, "basin.yml", "study: wells\nvirtual_wells: true\nbasin: {seed: 3, wells: 8, years: 4, spin_up_years: 1, aquifer: groundwater, "
                          "grid: {rows: 12, columns: 12, cell_size: 500, gauges: 2}}\n")
            self.assertEqual(phreatic("basin", basin, "--out", folder / "data").returncode, 0)
            done = phreatic("analyse", write(folder, "two.yml", files), "--out", folder / "out")
            self.assertEqual(done.returncode, 0, done.stderr)
            of_levels, of_discharge = (rows_of(folder / f"out/lag_correlations{end}.csv") for end in ("", "_discharge"))
            self.assertEqual({r["driver"] for r in of_levels}, {"precipitation", "discharge at G1", "discharge at G2"})
            # Eight wells are more than six: their mean, each with mean 0 and standard deviation 1.
            self.assertEqual({r["driver"] for r in of_discharge}, {"precipitation", "level, mean of 8 places"})

            def months(path, column):
                return {m: v for m, v in monthly(path, column).items() if m <= "2011-06"}

            def pearson(x, y, lag):
                names = sorted(set(x) | set(y))
                pairs = [(x[names[i - lag]], y[name]) for i, name in enumerate(names) if i >= lag and name in y and names[i - lag] in x]
                mx, my = (sum(p[k] for p in pairs) / len(pairs) for k in (0, 1))
                return sum((a - mx) * (b - my) for a, b in pairs) / (sum((a - mx) ** 2 for a, _ in pairs) * sum((b - my) ** 2 for _, b in pairs)) ** 0.5

            flow = months(folder / "data/discharge/G1.csv", "discharge_m3_s")
            levels = {f"V0{k}": months(folder / f"data/wells/V0{k}.csv", "level_m") for k in range(1, 9)}
            (row,) = [r for r in of_levels if (r["well"], r["driver"], r["lag_months"]) == ("V03", "discharge at G1", "2")]
            self.assertAlmostEqual(float(row["pearson"]), pearson(flow, levels["V03"], 2), places=3)
            standard = []
            for level in levels.values():
                mean = sum(level.values()) / len(level)
                deviation = (sum((v - mean) ** 2 for v in level.values()) / len(level)) ** 0.5
                standard.append({m: (v - mean) / deviation for m, v in level.items()})
            together = {m: sum(s[m] for s in standard if m in s) / sum(m in s for s in standard) for m in flow}
            (row,) = [r for r in of_discharge if (r["well"], r["driver"], r["lag_months"]) == ("G1", "level, mean of 8 places", "1")]
            self.assertAlmostEqual(float(row["pearson"]), pearson(together, flow, 1), places=3)


if __name__ == "__main__":
    unittest.main()

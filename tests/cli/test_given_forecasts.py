# SPDX-License-Identifier: BSD-3-Clause
"""Forecasts that others made in the tables of a study, and the outlook: below, near or above normal."""
import datetime
import math
import unittest

from common import SMALL, Folder, phreatic, write
from test_forecast import FORECAST, forecasts, table


class GivenForecasts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            import netCDF4  # noqa: F401
        except ImportError:
            raise unittest.SkipTest("netCDF4 is not installed (tools/setup --check installs it)") from None
        cls.holder = Folder()
        cls.folder = cls.holder.__enter__()
        made = phreatic("basin", write(cls.folder, "small.yml", SMALL), "--out", cls.folder / "data")
        assert made.returncode == 0, made.stderr
        study = FORECAST.replace("explain: {", "explain: {enabled: false, ") + "outlook: {fewest: 5}\nrolling: {origins: 2, test: 26}\n"
        cls.study = write(cls.folder, "forecast.yml", study)
        cls.out = cls.folder / "run"
        cls.done = phreatic("run", cls.study, "--out", cls.out)
        assert cls.done.returncode == 0, cls.done.stderr

    @classmethod
    def tearDownClass(cls):
        cls.holder.cleanup()

    def own_as_csv(self, name, change=lambda value: value, wide=False, keep=lambda date: True):
        """The run's own forecasts as somebody else's table."""
        import netCDF4
        import numpy

        with netCDF4.Dataset(self.out / "forecasts.nc") as ds:
            wells = ["".join(w) if not isinstance(w, str) else w for w in ds["station_name"][:]]
            parts = {q: numpy.ma.filled(ds[v][:], numpy.nan) for q, v in ((0.05, "lower"), (0.5, "forecast"), (0.95, "upper"))}
        _, times = forecasts(self.out)
        lines = ["well,issue_date,lead,0.05,0.5,0.95" if wide else "well,issue_date,lead,quantile,value"]
        for e, well in enumerate(wells):
            for lead in range(1, 5):
                for t, time in enumerate(times):
                    values = {q: change(float(p[e, lead - 1, t])) for q, p in parts.items()}
                    if any(math.isnan(v) for v in values.values()) or not keep(str(time)):
                        continue
                    issue = datetime.date.fromisoformat(str(time)) - datetime.timedelta(days=7 * lead)
                    if wide:
                        lines.append(f"{well},{issue},{lead}," + ",".join(repr(v) for v in values.values()))
                    else:
                        lines += [f"{well},{issue},{lead},{q},{v!r}" for q, v in values.items()]
        return write(self.folder, name, "\n".join(lines) + "\n")

    def scored(self, out, model, metric="RMSE"):
        return {(r["entity"], r["period"]): float(r["value"]) for r in table(out / "metrics.csv")
                if r["model"] == model and r["metric"] == metric and r["period"].startswith("test lead")}

    def test_forecasts_that_look_like_another_unit_are_named(self):
        for name, factor in (("cm", 100), ("km", 0.001)):
            file = self.own_as_csv(f"{name}.csv", change=lambda value, factor=factor: factor * value)
            done = phreatic("evaluate", self.study, "--forecasts", file, "--out", self.folder / f"in_{name}")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(f"look at: {name}, lead 1: forecasts vary ", done.stdout + done.stderr)
            self.assertIn("scores are of numbers in m: is the file in another unit?", done.stdout + done.stderr)

    def test_an_outlook_without_normal_is_refused(self):
        done = phreatic("check", self.study, "--set", "outlook.low=0.5", "--set", "outlook.high=0.5")
        self.assertEqual(done.returncode, 2)
        self.assertIn("outlook.low: is 0.5, as outlook.high: no level would be near normal", done.stderr)

    def test_a_study_s_own_forecasts_given_back_have_its_own_scores(self):
        for wide in (False, True):
            name = f"own{int(wide)}"
            file = self.own_as_csv(f"{name}.csv", wide=wide)
            out = self.folder / f"scored{int(wide)}"
            done = phreatic("evaluate", self.study, "--forecasts", file, "--out", out)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotIn("in another unit", done.stdout + done.stderr)
            for metric in ("RMSE", "NSE", "coverage_90", "interval_score_90"):
                own, given = self.scored(self.out, "lstm", metric), self.scored(out, name, metric)
                entities = {key for key in own if key[0] != "all"}
                self.assertEqual(len(entities), 16)
                for key in entities:
                    self.assertAlmostEqual(own[key], given[key], places=6)
            # Simple models forecast a few steps more; here they are scored on those of the network.
            pairs = self.scored(out, name, "n"), self.scored(out, "damped_anomaly", "n")
            more = self.scored(self.out, "damped_anomaly", "n")
            simple = self.scored(self.out, "damped_anomaly"), self.scored(out, "damped_anomaly")
            self.assertEqual(pairs[0], pairs[1])
            for key in pairs[0]:
                self.assertLessEqual(pairs[1][key], more[key])
                if pairs[1][key] == more[key]:
                    self.assertAlmostEqual(simple[0][key], simple[1][key], places=9)

    def test_models_are_scored_on_what_they_have_in_common_beside_the_run(self):
        import numpy

        better = self.own_as_csv("shifted.csv", change=lambda v: v + 0.5, keep=lambda date: date >= "2013-01-01")
        out = self.folder / "both"
        done = phreatic("evaluate", self.out, "--forecasts", better, "--out", out)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("lack a forecast by one of the models", done.stderr)
        self.assertIn("shifted", done.stdout)
        values, times = forecasts(self.out)
        observed = {(r["well"], r["date"]): float(r["observed_m"]) for r in table(self.out / "predictions.csv") if r["observed_m"]}
        wells = sorted({w for w, _ in observed})
        for e, well in enumerate(wells):
            errors = numpy.array([values[e, 1, t] - observed[well, str(d)] for t, d in enumerate(times)
                                  if str(d) >= "2013-01-01" and (well, str(d)) in observed and not math.isnan(values[e, 1, t])])
            self.assertAlmostEqual(self.scored(out, "lstm")[well, "test lead 2"], float(numpy.sqrt(numpy.mean(errors**2))), places=5)
            self.assertAlmostEqual(self.scored(out, "shifted")[well, "test lead 2"], float(numpy.sqrt(numpy.mean((errors + 0.5) ** 2))), places=5)

    def test_bad_tables_are_told_line_by_line(self):
        cases = {
            "columns.csv": ("well,when,value\nV01,2013-01-01,3\n", "no column 'issue_date'"),
            "well.csv": ("well,issue_date,lead,quantile,value\nV99,2013-01-02,1,0.5,3\n", "no well 'V99'"),
            "lead.csv": ("well,issue_date,lead,quantile,value\nV01,2013-01-02,0,0.5,3\n", "lead 0"),
            "quantile.csv": ("well,issue_date,lead,quantile,value\nV01,2013-01-02,1,50,3\n", "quantile 50"),
            "number.csv": ("well,issue_date,lead,quantile,value\nV01,2013-01-02,1,0.5,high\n", "'high'"),
            "date.csv": ("well,issue_date,lead,quantile,value\nV01,someday,1,0.5,3\n", "'someday'"),
            "twice.csv": ("well,issue_date,lead,quantile,value\nV01,2013-01-02,1,0.5,3\nV01,2013-01-02,1,0.5,4\n", "second time"),
        }
        for name, (text, said) in cases.items():
            done = phreatic("evaluate", self.study, "--forecasts", write(self.folder, name, text), "--out", self.folder / "bad")
            self.assertEqual(done.returncode, 2, name)
            self.assertIn(said, done.stderr, name)
            self.assertIn(name, done.stderr)
        done = phreatic("evaluate", self.out, "--forecasts", self.folder / "date.csv", "--out", self.out)
        self.assertEqual(done.returncode, 2)
        self.assertIn("run folder", done.stderr)

    def test_what_cannot_be_scored_at_all_is_refused(self):
        cases = {
            "quantile_alone.csv": "well,issue_date,lead,quantile,value\nV01,2015-03-02,1,0.05,3\n",
            "too_early.csv": "well,issue_date,lead,quantile,value\nV01,2009-03-02,1,0.5,3\n",
        }
        for name, text in cases.items():
            out = self.folder / "unscored"
            done = phreatic("evaluate", self.study, "--forecasts", write(self.folder, name, text), "--out", out)
            self.assertEqual(done.returncode, 2, name + done.stdout + done.stderr)
            self.assertIn("nothing of these forecasts can be scored", done.stderr, name)
            self.assertFalse(out.exists(), name)

    def test_outlook_adds_up_and_its_climatology_is_recomputed(self):
        import numpy

        rows = table(self.out / "outlook/outlook.csv")
        self.assertEqual(len(rows), 16)
        for row in rows:
            p = [float(row[c]) for c in ("below_normal", "near_normal", "above_normal")]
            self.assertTrue(any(math.isnan(v) for v in p) or abs(sum(p) - 1) < 1e-5)
        observed = {(r["well"], r["date"]): float(r["observed_m"]) for r in table(self.out / "predictions.csv") if r["observed_m"]}
        values, times = forecasts(self.out)
        scores = {(r["well"], r["lead"]): r for r in table(self.out / "outlook/scores.csv")}
        for e, well in enumerate(sorted({w for w, _ in observed})):
            months = {}
            for (w, date), level in observed.items():
                if w == well and "2010-01-01" <= date <= "2012-06-30":
                    months.setdefault(date[5:7], []).append(level)
            total = []
            for t, date in enumerate(map(str, times)):
                level, usual = observed.get((well, date)), months.get(date[5:7], [])
                if level is None or date < "2012-07-01" or len(usual) < 5 or math.isnan(values[e, 0, t]):
                    continue
                low, high = numpy.quantile(usual, [0.25, 0.75])
                total.append((0.25 - (level <= low)) ** 2 + (0.75 - (level <= high)) ** 2)
            row = scores[well, "1"]
            self.assertEqual(int(row["n"]), len(total))
            self.assertAlmostEqual(float(row["RPS_climatology"]), sum(total) / len(total), places=4)
            self.assertAlmostEqual(float(row["RPSS_climatology"]), 1 - float(row["RPS"]) / float(row["RPS_climatology"]), places=3)
        self.assertIn("Below, near or above normal?", (self.out / "report.html").read_text())
        rolling = table(self.out / "rolling/outlook_scores.csv")
        self.assertGreater(int([r for r in rolling if r["well"] == "all"][0]["n"]), 50)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: BSD-3-Clause
"""A study in forecast mode from files to report: every lead scored, nothing after an issue date in its forecast."""
import csv
import math
import re
import unittest

from common import FILES, SMALL, Folder, phreatic, write

FORECAST = (SMALL.replace("virtual_wells: true\n", "").replace("data:\n", "data:\n  step: weekly\n" + FILES)
            .replace("mode: simulation, seq_length: 240, predict_last_n: 120, stride: 60", "mode: forecast, seq_length: 20, horizon: 4")
            .replace("stride: 60, ref", "stride: 5, ref"))
FORECAST = re.sub(r"basin: .*\n", "", FORECAST)
LAST_KNOWN = "2013-03-01"


def forecasts(run):
    """[well][lead][time], and the times as dates."""
    import netCDF4
    import numpy

    with netCDF4.Dataset(run / "forecasts.nc") as ds:
        times = numpy.array(ds["time"][:], dtype="datetime64[s]").astype("datetime64[D]")
        return numpy.ma.filled(ds["forecast"][:], numpy.nan), times


def table(path):
    with open(path) as file:
        return list(csv.DictReader(file))


class Forecast(unittest.TestCase):
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
        cls.study = write(cls.folder, "forecast.yml", FORECAST)
        cls.out = cls.folder / "run"
        cls.done = phreatic("run", "forecast.yml", "--out", "run", cwd=cls.folder)  # a bare file name

    @classmethod
    def tearDownClass(cls):
        cls.holder.cleanup()

    def test_it_ends_well_and_says_the_lead(self):
        self.assertEqual(self.done.returncode, 0, self.done.stderr)
        self.assertIn("at a lead of 4 steps", self.done.stderr)
        self.assertIn("How far ahead?", (self.out / "report.html").read_text())

    def test_rmse_of_every_lead_recomputed(self):
        import numpy

        values, times = forecasts(self.out)
        rows = [r for r in table(self.out / "metrics.csv") if r["metric"] == "RMSE" and r["model"] == "lstm"]
        observed = {}
        for row in table(self.out / "predictions.csv"):
            if row["observed_m"]:
                observed[row["well"], row["date"]] = float(row["observed_m"])
        wells = sorted({w for w, _ in observed})
        checked = 0
        for e, well in enumerate(wells):
            for lead in range(1, 5):
                pairs = [(values[e, lead - 1, t], observed.get((well, str(times[t])), math.nan)) for t in range(len(times))]
                errors = [a - b for a, b in pairs if not math.isnan(a) and not math.isnan(b)]
                wanted = [float(r["value"]) for r in rows if r["entity"] == well and r["period"] == f"test lead {lead}"]
                self.assertEqual(len(wanted), 1)
                self.assertAlmostEqual(numpy.sqrt(numpy.mean(numpy.square(errors))), wanted[0], places=5)
                checked += 1
        self.assertEqual(checked, 16)

    def test_contributions_of_drivers_and_past_level_add_up(self):
        names = ("precipitation_m", "temperature_m", "pet_m", "past_level_m")
        rows = table(self.out / "explain/contributions.csv")
        self.assertGreater(len(rows), 20)
        for row in rows:
            total = sum(float(row[c]) for c in names) + float(row["base_m"])
            self.assertAlmostEqual(total - float(row["simulated_m"]), float(row["residual_m"]), places=5)

    def test_levels_after_an_issue_date_do_not_change_its_forecast(self):
        """Levels from a date of the test period on replaced by nonsense, then cut off: forecasts issued before stay as they were."""
        import numpy

        before, times = forecasts(self.out)
        for name, keep in (("nonsense", True), ("cut", False)):
            for path in (self.folder / "data/wells").glob("*.csv"):
                lines = path.read_text().splitlines()
                rows = [line if line.split(",")[0] <= LAST_KNOWN else f"{line.split(',')[0]},{99 + i % 7}" for i, line in enumerate(lines[1:])
                        if keep or line.split(",")[0] <= LAST_KNOWN]
                path.write_text("\n".join([lines[0], *rows]) + "\n")
            done = phreatic("predict", self.study, "--out", self.folder / name)
            self.assertEqual(done.returncode, 0, done.stderr)
            after, _ = forecasts(self.folder / name)
            week = numpy.searchsorted(times, numpy.datetime64(LAST_KNOWN), side="right") - 2  # the last step wholly before
            for lead in range(1, 5):
                issued_before = before[:, lead - 1, : week + lead + 1]
                self.assertFalse(numpy.isnan(issued_before[:, -1]).any(), "the forecast after the last level is there")
                self.assertTrue(numpy.array_equal(issued_before, after[:, lead - 1, : week + lead + 1], equal_nan=True), f"{name}, lead {lead}")


if __name__ == "__main__":
    unittest.main()

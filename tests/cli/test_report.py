# SPDX-License-Identifier: BSD-3-Clause
"""The report before a client: words in place of identifiers, measures explained where they stand, nothing claimed without ground."""
import csv
import json
import re
import shutil
import unittest

from common import SMALL, Folder, phreatic, write

METRICS = {"NSE", "NSE, training mean", "R2", "KGE", "bias"}


def model_of(page):
    return json.loads(re.search(r'<script type="application/json" id="model">(.*?)</script>', page, re.S).group(1))


def texts(part, path=""):
    """Every text that a reader sees, with its place; packed series and the study file are none."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key not in ("data", "study", "id", "type", "enc"):
                yield from texts(value, f"{path}/{key}")
    elif isinstance(part, list):
        for i, value in enumerate(part):
            yield from texts(value, f"{path}/{i}")
    elif isinstance(part, str):
        yield path, part


def tables(part):
    if isinstance(part, dict):
        if part.get("type") == "table":
            yield part
        for value in part.values():
            yield from tables(value)
    elif isinstance(part, list):
        for value in part:
            yield from tables(value)


class ReportPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = Folder()
        cls.folder = cls.temporary.__enter__()
        settings = SMALL.replace("wells: 4", "wells: 13").replace("baselines: [persistence, climatology]", "baselines: [persistence, climatology, ridge]")
        done = phreatic("run", write(cls.folder, "study.yml", settings), "--out", cls.folder / "run", "-q")
        assert done.returncode == 0, done.stderr
        cls.page = (cls.folder / "run/report.html").read_text()
        cls.model = model_of(cls.page)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.__exit__(None, None, None)

    def test_of_many_wells_the_worst_and_some_of_every_rank_have_panels_and_the_page_says_so(self):
        self.assertEqual(len(self.model["panels"]["panels"]), 13)
        fewer = self.folder / "fewer"
        shutil.copytree(self.folder / "run", fewer)
        done = phreatic("run", self.folder / "study.yml", "--out", fewer, "-q", "--set", "report_panels=5")
        self.assertEqual(done.returncode, 0, done.stderr)
        panels = model_of((fewer / "report.html").read_text())["panels"]
        shown = [p["entity"] for p in panels["panels"]]
        nse = {r["entity"]: float(r["value"]) for r in csv.DictReader(open(fewer / "metrics.csv"))
               if (r["period"], r["metric"], r["model"]) == ("test", "NSE", "lstm") and r["entity"] != "all"}
        ranked = sorted(nse, key=nse.get)
        self.assertEqual(set(shown), {*ranked[:3], ranked[7], ranked[12]})  # three worst; the middle and the best of the ten others
        self.assertEqual(shown, sorted(shown))
        self.assertIn("5 of the 13 wells have a panel", panels["paragraphs"][0])
        self.assertEqual(next(tables(panels["table"]))["rows"], 13)

    def test_a_reader_meets_words_and_no_identifiers(self):
        drivers = {"et_demand"}  # a name of the study's own
        for path, text in texts(self.model):
            found = set(re.findall(r"\b[a-z]+(?:_[a-z]+)+\b|\b[A-Z]+_[a-z]+\b|\b[a-z]+\.[a-z_]+\.[a-z_]+\b", text)) - drivers
            self.assertFalse({f for f in found if not text.endswith((".csv", ".nc", ".json"))}, f"{path}: {text}")

    def test_every_measure_is_explained_where_it_stands(self):
        seen = set()
        for table in tables(self.model):
            for column in table["columns"]:
                if column["name"] in METRICS:
                    seen.add(column["name"])
                    self.assertGreater(len(column["help"]), 20, column["name"])
        self.assertGreaterEqual(len(seen), 4)

    def test_the_table_of_wells_holds_all_and_says_that_the_worst_come_first(self):
        table = self.model["panels"]["table"]
        self.assertIn("the worst first", table["caption"])
        self.assertEqual(len(table["content"]["columns"][0]["cells"]), 13)

    def test_types_have_names_of_their_own(self):
        names = [cluster["name"] for section in self.model["sections"] for figure in section["figures"] for cluster in figure["content"].get("clusters", [])]
        self.assertGreaterEqual(len(names), 2)
        self.assertEqual(len(names), len(set(names)), names)

    def test_on_paper_tables_are_whole_and_the_settings_stay_away(self):
        printed = self.page[self.page.index("@media print"):]
        for rule in (r"details\.study\s*\{\s*display:\s*none", r"\.table-scroll\s*\{[^}]*max-height:\s*none[^}]*overflow:\s*visible"):
            self.assertRegex(printed, rule)

    def test_no_types_are_claimed_below_a_dozen_wells(self):
        with Folder() as folder:
            done = phreatic("run", write(folder, "study.yml", SMALL), "--out", folder / "run", "-q")
            self.assertEqual(done.returncode, 0, done.stderr)
            model = model_of((folder / "run/report.html").read_text())
            self.assertFalse([text for _, text in texts(model) if "types were taken" in text or "type of dynamics" in text])
            self.assertIn("none are claimed below a dozen wells", (folder / "run/log.txt").read_text())


if __name__ == "__main__":
    unittest.main()

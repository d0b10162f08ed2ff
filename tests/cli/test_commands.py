# SPDX-License-Identifier: BSD-3-Clause
"""Help, init, check: what a newcomer meets first."""
import unittest

from common import ROOT, Folder, phreatic, write

COMMANDS = ["init", "check", "run", "train", "predict", "evaluate", "explain", "cluster", "report", "compare", "basin", "trees", "help"]


class Help(unittest.TestCase):
    def test_every_command_is_listed_and_explains_itself(self):
        top = phreatic("--help")
        self.assertEqual(top.returncode, 0)
        for command in COMMANDS:
            self.assertIn(f"\n  {command} ", top.stdout)
            self.assertEqual(phreatic(command, "--help").returncode, 0, command)

    def test_settings_are_explained_with_unit_default_and_range(self):
        text = phreatic("help", "training").stdout
        self.assertIn("training.learning_rate = 0.001", text)
        self.assertIn("training.batch_size = 256", text)
        self.assertIn("at least 1", text)

    def test_unknown_topic_and_usage_errors_exit_with_2(self):
        wrong = phreatic("help", "trainig")
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("did you mean 'training'?", wrong.stderr)
        self.assertEqual(phreatic("run").returncode, 2)
        self.assertEqual(phreatic("walk").returncode, 2)
        self.assertEqual(phreatic().returncode, 2)

    def test_the_settings_page_of_the_guide_is_current(self):
        page = (ROOT / "docs/guide/settings.md").read_text()
        table = phreatic("help", "wells", "--markdown").stdout
        self.assertIn(table, page, "run: tools/make_settings_page")

    def test_the_table_of_roles_in_the_guide_is_the_one_that_is_read(self):
        page = (ROOT / "docs/guide/input.md").read_text()
        rows = [line.split(maxsplit=1) for line in phreatic("help", "roles").stdout.splitlines()]
        self.assertGreater(len(rows), 10)
        for role, *names in rows:
            self.assertIn(f"| `{role}` | {names[0].strip() if names else 'declared only'} |", page)

    def test_starters_and_commands_are_topics(self):
        for topic, said in (("two-targets", "phreatic init two-targets DIR"), ("flow", "docs/guide/flow.md"), ("trees", "docs/guide/trees.md"),
                            ("analyse", "phreatic help analysis"), ("adjoint", "docs/guide/adjoint.md"), ("ensemble", "docs/guide/ensembles.md")):
            done = phreatic("help", topic)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(said, done.stdout)
        first = phreatic("--help").stdout
        for study in ("virtual-wells", "two-targets", "recharge", "downscaling", "regression"):
            self.assertIn(f"    {study} ", first)


class Init(unittest.TestCase):
    def test_both_studies_pass_their_own_check(self):
        for kind in ("virtual-wells", "wells"):
            with self.subTest(kind), Folder() as folder:
                made = phreatic("init", kind, folder / "study")
                self.assertEqual(made.returncode, 0, made.stderr)
                checked = phreatic("check", folder / "study" / "study.yml")
                self.assertEqual(checked.returncode, 0, checked.stderr)
                self.assertIn("no problem found", checked.stdout)

    def test_nothing_that_is_there_is_overwritten_without_force(self):
        with Folder() as folder:
            for name in ("attributes.csv", "wells/V01.csv"):
                write(folder, name, "mine")
            refused = phreatic("init", "wells", folder)
            self.assertEqual(refused.returncode, 2)
            self.assertIn("attributes.csv: is there already", refused.stderr)
            self.assertEqual(sorted(p.name for p in folder.iterdir()), ["attributes.csv", "wells"])
            self.assertEqual((folder / "wells/V01.csv").read_text(), "mine")
            self.assertEqual(phreatic("init", "wells", folder, "--force").returncode, 0)
            self.assertNotEqual((folder / "wells/V01.csv").read_text(), "mine")

    def test_an_existing_study_is_not_overwritten(self):
        with Folder() as folder:
            phreatic("init", "virtual-wells", folder)
            before = (folder / "study.yml").read_bytes()
            again = phreatic("init", "wells", folder)
            self.assertEqual(again.returncode, 2)
            self.assertEqual((folder / "study.yml").read_bytes(), before)


class RunFolders(unittest.TestCase):
    def test_a_study_does_not_take_the_folder_of_another_kind(self):
        with Folder() as folder:
            self.assertEqual(phreatic("init", "regression", "tables", cwd=folder).returncode, 0)
            self.assertEqual(phreatic("init", "downscaling", "grids", cwd=folder).returncode, 0)
            done = phreatic("run", "tables/study.yml", "--until", "fit", cwd=folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            results = folder / "runs/tables"  # study.yml is named after its folder
            before = {p: p.read_bytes() for p in results.rglob("*") if p.is_file()}
            self.assertTrue(before)
            done = phreatic("run", "grids/study.yml", "--out", "runs/tables", cwd=folder)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("holds the results of a study of the kind 'regression'", done.stderr)
            self.assertEqual({p: p.read_bytes() for p in results.rglob("*") if p.is_file()}, before)

    def test_a_misspelt_model_and_a_lost_file_are_told_by_check(self):
        with Folder() as folder:
            self.assertEqual(phreatic("init", "downscaling", "grids", cwd=folder).returncode, 0)
            study = folder / "grids/study.yml"
            study.write_text(study.read_text().replace("methods: [ols, quadratic]", "methods: [ols, quadrtic]"))
            done = phreatic("check", study)
            self.assertEqual(done.returncode, 2)
            self.assertIn("Did you mean 'quadratic'?", done.stderr)
            study.write_text(study.read_text().replace("quadrtic", "quadratic"))
            for lost in list((folder / "grids").rglob("*.geojson")):
                lost.unlink()
                for command in (["check", study], ["run", study, "--out", folder / "out"]):
                    done = phreatic(*command)
                    self.assertEqual(done.returncode, 2, done.stderr)
                    self.assertIn(f"{lost.name}: there is no such file", done.stderr)

    def test_a_product_named_twice_is_refused(self):
        with Folder() as folder:
            for name in "abc":
                rows = "".join(f"{2005 + m // 12}-{m % 12 + 1:02d}-15,{(m * (3 + ord(name))) % 17}\n" for m in range(60))
                write(folder, f"{name}.csv", "date,basin\n" + rows)
            done = phreatic("tch", "A=a.csv", "B=b.csv", "A=c.csv", "--out", "out.csv", cwd=folder)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("product 'A' is named twice", done.stderr)


class OneRow(unittest.TestCase):
    def test_cubes_and_geotiffs_of_one_row_are_read_back_and_zarr_is_refused_with_the_way_out(self):
        with Folder() as folder:
            (folder / "v.asc").write_text("ncols 4\nnrows 2\nxllcorner 0\nyllcorner 0\ncellsize 5\n1 2 3 4\n5 6 7 8\n")
            row = ("grid", "regrid", "v.asc", "--bounds", "0", "0", "20", "10", "--cell", "10", "--out")
            done = phreatic(*row, "row.zarr", cwd=folder)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("the grid has 2 x 1 cells", done.stderr)
            self.assertIn("Write .nc or .tif", done.stderr)
            self.assertFalse((folder / "row.zarr").exists())
            for name in ("row.tif", "row.nc"):
                self.assertEqual(phreatic(*row, name, cwd=folder).returncode, 0)
                self.assertIn("2 x 1 cells of 10 x 10", phreatic("grid", "info", name, cwd=folder).stdout)

    def test_a_result_without_any_value_is_told(self):
        with Folder() as folder:
            (folder / "v.asc").write_text("ncols 2\nnrows 2\nxllcorner 0\nyllcorner 0\ncellsize 5\nNODATA_value -1\n-1 -1\n-1 -1\n")
            to = ("--cell", "5", "--out", "o.tif")
            done = phreatic("grid", "regrid", "v.asc", "--bounds", "0", "0", "10", "10", *to, cwd=folder)
            self.assertIn("no cell of the result has a value", done.stderr)
            for method in ("bilinear", "nearest", "conservative"):
                done = phreatic("grid", "regrid", "v.asc", "--bounds", "40", "40", "50", "50", *to, "--method", method, cwd=folder)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn("share no area", done.stderr)


if __name__ == "__main__":
    unittest.main()
